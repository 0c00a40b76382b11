"""The main job on a real corpus: retrieve, compress to a token budget, number the sources, ask. No network.

python examples/demo.py                       three questions over 36 Wikipedia articles
python examples/demo.py "Your question?"      one of your own; --target-tokens for the budget
"""

import argparse
import tempfile
import textwrap
import time
from pathlib import Path

import click

import ragzip
from ragzip.retrievers import BM25Retriever

CORPUS = Path(__file__).parent / "corpus"
PROMPT = "Answer from the sources, and cite them by their numbers.\n\n{sources}\n\nQuestion: {question}"
QUESTIONS = [
    "On what fault did the 2008 Sichuan earthquake occur?",
    "When was oil's price raised to $5.11 a barrel, and who raised it?",
    "Which NASA astronaut studied at the University of Chicago?",
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("question", nargs="*", default=QUESTIONS)
    parser.add_argument("--target-tokens", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("out/demo.html"), help="where the HTML diff goes")
    options = parser.parse_args()

    documents = ragzip.read_documents([CORPUS])
    with tempfile.TemporaryDirectory() as cache:  # a cache of the demo's own, so that the first run is a cold one
        start = time.perf_counter()
        retriever = BM25Retriever(documents)
        seconds = time.perf_counter() - start
        click.echo(f"{len(documents)} documents, {len(retriever)} passages, indexed in {seconds:.1f} s")
        for question in options.question:
            passages = retriever.retrieve(question, k=8)
            settings = {"layout": ragzip.Layout.sources(), "cache": cache}
            result = ragzip.compress(passages, question, target_tokens=options.target_tokens, **settings)
            show(question, result)
            again = ragzip.compress(passages, question, target_tokens=options.target_tokens * 2, **settings)
            note = f"again at {options.target_tokens * 2} tokens: {milliseconds(again):.0f} ms, "
            note += f"{again.stats.cache_misses} texts through the model (scores came from the cache)"
            click.secho(f"  {note}", dim=True)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(result.diff("html"), "utf-8")
    click.echo(f"\nKept and dropped text of the last question, with scores: {options.out}")


def show(question, result):
    stats = result.stats
    click.secho(f"\n{question}", fg="cyan", bold=True)
    tokens = click.style(f"{stats.tokens_in:,} → {stats.tokens_out:,} tokens", bold=True)
    click.echo(f"  {len(result.documents)} passages: {tokens} ({stats.rate:.0%}) in {milliseconds(result):.0f} ms")
    for paragraph in PROMPT.format(sources=result.text, question=question).splitlines():
        click.secho(textwrap.indent(textwrap.fill(paragraph, 100), "    "), fg="green")
    for number, document in enumerate(result.documents, 1):
        if document.text:
            place = document.metadata["ragzip"]
            where = f"{Path(place['source']).name}, characters {place['start']}-{place['end']}"
            click.secho(f"  [{number}] {where}", dim=True)


def milliseconds(result):
    return 1000 * sum(result.stats.seconds.values())


if __name__ == "__main__":
    main()
