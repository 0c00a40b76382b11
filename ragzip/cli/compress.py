"""``ragzip compress``, ``cache`` and ``export``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal

import click

from ragzip.cache import cache_folder, open_cache
from ragzip.cli.app import app, scoring_bar
from ragzip.compressors.base import Compressor
from ragzip.compressors.registry import load
from ragzip.files.documents import document_files, read_documents
from ragzip.files.writing import check_output, write_file
from ragzip.output.diff import MARK
from ragzip.output.layout import Layout
from ragzip.pipeline import Pipeline
from ragzip.result import Result
from ragzip.types import Document

__all__ = ["cache", "compress", "export"]


@app.command()
@click.argument("files", nargs=-1)
@click.option("-q", "--query", help="What the text is needed for.")
@click.option("-n", "--target-tokens", type=int, help="Most tokens kept.")
@click.option("-r", "--rate", type=float, help="Share of tokens kept, above 0 up to 1.")
@click.option("--threshold", type=float, help="Lowest score kept.")
@click.option("-c", "--compressor", multiple=True, help="A name of `ragzip list`; repeat to run several in order.")
@click.option("-m", "--model", help="Folder or hub id of the model of the last compressor named.")
@click.option("--url", help="Server with OpenAI's protocol that has the model, for compressors that rewrite.")
@click.option("--key", envvar="OPENAI_API_KEY", help="Its key [$OPENAI_API_KEY].")
@click.option("--timeout", type=float, help="Seconds for one whole answer of the server, retries included [120].")
@click.option("--tokenizer", help="o200k_base (default), cl100k_base, a tokenizer.json or a hub id.")
@click.option(
    "--protect", multiple=True, help="numbers, dates, urls, emails, paths, identifiers, quotes, code, citations."
)
@click.option("-k", "--top-k", type=click.IntRange(1), help="First retrieve so many passages (needs --query).")
@click.option("--reorder", is_flag=True, help="Set the documents by relevance, the best one first.")
@click.option("--sources", is_flag=True, help="Number the documents: '[1] Title' above each of them.")
@click.option("--header", default="", help="Before each document, such as '[{number}] {title}\\n'.")
@click.option("--deadline", type=float, help="Seconds after which what is not scored yet stays as it is.")
@click.option("--passthrough", is_flag=True, help="Keep a document that fails as it is, rather than fail.")
@click.option("--cache/--no-cache", default=True, help="Reuse scores of earlier runs.")
@click.option("--json", "as_json", is_flag=True, help="Print text, documents, spans and stats as JSON.")
@click.option("--diff", type=click.Path(path_type=Path), help="Write kept and dropped text as an HTML page.")
def compress(files: tuple[str, ...], query: str | None, top_k: int | None, diff: Path | None, **options: Any) -> None:
    """Compress FILES, folders or standard input (-).

    The result goes to standard output, the figures to standard error.
    """
    if top_k is not None and query is None:
        raise click.UsageError("--top-k needs --query.")
    if options["sources"] and options["header"]:
        raise click.UsageError("--sources and --header: expected one of them.")
    sources = files or ("-",)
    for source in sources:
        if source.endswith("?") and not Path(source).exists():
            raise click.UsageError(f"{source}: received a question as a file, expected it with --query.")
    if diff is not None:
        check_output(diff, MARK, document_files(sources))
    with scoring_bar():
        documents = read_documents(sources)
        if top_k is not None and query is not None:
            documents = _retrieve(documents, query, top_k)
            if not documents:
                click.echo("ragzip: no passage has a word of the query", err=True)
        names = list(options["compressor"] or ["auto"])
        last = names.pop()
        pipeline = Pipeline(
            [*names, _loaded(last, options)],
            target_tokens=options["target_tokens"],
            rate=options["rate"],
            threshold=options["threshold"],
            tokenizer=options["tokenizer"],
            protect=options["protect"],
            cache=None if options["cache"] else False,
            on_error="passthrough" if options["passthrough"] else "raise",
            deadline=options["deadline"],
            layout=_layout(options),
        )
        result = pipeline.run(documents, query)
        if diff is not None:
            write_file(diff, result.diff("html"), mark=MARK)
    if options["as_json"]:
        click.echo(json.dumps(_as_json(result), ensure_ascii=False, indent=2))
    else:
        click.echo(result.text)
        click.echo(_figures(result) + (f"; diff: {diff}" if diff else ""), err=True)


@app.group()
def cache() -> None:
    """The cache of scores and vectors."""


@cache.command("stats")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def cache_stats(as_json: bool) -> None:
    """Where it is, and how full."""
    opened = open_cache(cache_folder())
    stats = opened.stats() if opened else {}
    if as_json:
        click.echo(json.dumps(stats, indent=2))
    else:
        used, most = stats["bytes"] / 2**20, stats["size_limit"] / 2**20
        click.echo(f"{stats['folder']}: {stats['entries']:,} entries, {used:,.1f} of {most:,.0f} MiB")


@cache.command("clear")
def cache_clear() -> None:
    """Remove every entry."""
    opened = open_cache(cache_folder())
    click.echo(f"{opened.clear() if opened else 0:,} entries removed")


@app.command()
@click.argument("model")
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option("--dtype", type=click.Choice(["fp32", "int8"]), default="fp32", show_default=True)
@click.option(
    "--texts", type=click.Path(path_type=Path, exists=True), multiple=True, help="Measure agreement on these."
)
def export(model: str, out: Path, dtype: Literal["fp32", "int8"], texts: tuple[Path, ...]) -> None:
    """Write MODEL (a folder or a hub id), a token classifier or an encoder-decoder, to the folder OUT as ONNX.

    What disagrees with its source is not written. Load it with --model OUT, or in Python with load(name, model=OUT).
    """
    from ragzip.backends.export.classifier import export_classifier
    from ragzip.backends.runtimes.seq2seq import is_seq2seq

    sample = [document.text for document in read_documents([str(path) for path in texts])] if texts else None
    if is_seq2seq(model):
        from ragzip.backends.export.seq2seq import export_seq2seq

        same = export_seq2seq(model, out, dtype=dtype, texts=sample)
        click.echo(f"{out}: {dtype}; it writes the same as the source of {same:.0%} of the texts")
        return
    measured = export_classifier(model, out, dtype=dtype, texts=sample)
    click.echo(f"{out}: {dtype}; of {measured.tokens:,} tokens {measured.same:.1%} kept or dropped as by the source")
    click.echo(f"probabilities apart by {measured.mean_difference:.4f}, at most {measured.largest_difference:.4f}")


def _loaded(name: str, options: Mapping[str, Any]) -> str | Compressor:
    """The compressor called ``name``; its name, where nothing is said of its model."""
    names = ("url", "key", "timeout")
    server = {name: options[name] for name in names if options[name] is not None} if options["url"] else {}
    return load(name, model=options["model"], **server) if options["model"] or server else name


def _layout(options: Mapping[str, Any]) -> Layout:
    layout = Layout.sources() if options["sources"] else Layout(header=options["header"].replace("\\n", "\n"))
    return replace(layout, order="score") if options["reorder"] else layout


def _figures(result: Result) -> str:
    stats = result.stats
    milliseconds = 1000 * sum(stats.seconds.values())
    figures = f"{stats.tokens_in:,} → {stats.tokens_out:,} tokens ({stats.rate:.1%}) in {milliseconds:,.0f} ms"
    return "; ".join([figures, *filter(None, [stats.fallback]), *stats.notes])


def _retrieve(documents: list[Document], query: str, k: int) -> list[Document]:
    from ragzip.retrievers.bm25 import BM25Retriever

    return BM25Retriever(documents).retrieve(query, k)


def _as_json(result: Result) -> dict[str, Any]:
    stats = result.stats
    return {
        "text": result.text,
        "documents": [
            {
                "id": document.id,
                "title": document.title,
                "text": document.text,
                "spans": document.spans,
                "score": document.score,
                "metadata": dict(document.metadata),
            }
            for document in result.documents
        ],
        "report": [asdict(claim) for claim in result.report.claims],
        "stats": {
            "tokens_in": stats.tokens_in,
            "tokens_out": stats.tokens_out,
            "target_tokens": stats.target_tokens,
            "rate": stats.rate,
            "tokenizer": stats.tokenizer,
            "compressors": stats.compressors,
            "seconds": dict(stats.seconds),
            "cache_hits": stats.cache_hits,
            "cache_misses": stats.cache_misses,
            "fallback": stats.fallback,
            "notes": stats.notes,
        },
    }
