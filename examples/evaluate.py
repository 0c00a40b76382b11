"""Does compression help? Three questions on the demo corpus, no reader: what is left of the answers, at which price."""

import sys
import tempfile
from pathlib import Path

from ragzip import read_documents
from ragzip.eval.evaluate import evaluate
from ragzip.eval.measures.economics import Prices
from ragzip.eval.runs.runner import arms
from ragzip.eval.suites.example import Example
from ragzip.eval.suites.load import Suite
from ragzip.output.layout import Layout
from ragzip.retrievers import BM25Retriever

QUESTIONS = {
    "When did the oil crisis begin?": "October 1973",
    "Who was the first person on the Moon?": "Neil Armstrong",
    "In which church was Chopin's funeral held?": "Church of the Madeleine",
}

index = BM25Retriever(read_documents([Path(__file__).parent / "corpus"]))
examples = [
    Example(
        id=question,
        task="corpus",
        documents=tuple(index.retrieve(question, k=4)),
        query=question,
        answers=(answer,),
        metrics=("qa_f1",),
        layout=Layout(header="{title}\n"),
    )
    for question, answer in QUESTIONS.items()
]
out = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
report = evaluate(
    Suite("corpus", examples, ()),
    arms(["auto", "bm25", "baseline/truncate"], rates=[0.1, 0.3]),
    out=out,
    prices=Prices(input=0.5, prefill=2000),
)
print(report.to_text())
print(f"{out / 'report.html'}: all of it, with wins and losses")
