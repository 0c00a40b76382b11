"""Small runs of the evaluation: six examples, two compressors, and a reader that needs no model."""

from ragzip.backends.runtimes.generate import Answer
from ragzip.eval.runs.runner import arms, run
from ragzip.eval.suites.example import Example
from ragzip.types import Document

RATES = (0.3, 0.6)
FACTS = ["Paris is in France", "Oslo is in Norway", "Rome is in Italy", "Bern is in Switzerland"]


def example(number, **more):
    documents = tuple(Document(str(i), f"{fact}. It rained there {number} times.") for i, fact in enumerate(FACTS))
    given = {
        "id": f"e{number}", "task": "facts", "documents": documents, "query": "Where is Oslo?", "answers": ("Norway",),
        "metrics": ("qa_f1", "exact_match"), "before": "Read:\n", "after": "\nWhere is Oslo?", "support": ((1, 0, 18),),
    }  # fmt: skip
    return Example(**{**given, **more})


EXAMPLES = [example(i) for i in range(6)]
GRID = arms(["bm25", "baseline/truncate"], RATES)


class Echo:
    """Says where Oslo is if the prompt does."""

    name, fingerprint = "echo", "echo:1"

    def __init__(self):
        self.prompts = []

    def read(self, prompt, *, max_tokens, gold=(), plain=False, stop=None):
        self.prompts.append(prompt)
        return Answer("Norway" if "Norway" in prompt else "no idea", len(prompt) // 4, 1, 0.5, 0.4, 0.1, 1)


def go(out, examples=EXAMPLES, grid=GRID, **options):
    return run(examples, grid, out=out, suite="qa", cache=False, **options)
