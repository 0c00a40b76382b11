"""The command line: parse, call one function, print."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ragzip import __version__
from ragzip.backends.onnx import report_progress
from ragzip.cache import cache_folder, open_cache
from ragzip.documents import read_documents
from ragzip.errors import RagzipError
from ragzip.pipeline import Pipeline
from ragzip.prompt import Layout
from ragzip.registry import entries
from ragzip.types import Document, Result

app = typer.Typer(
    name="ragzip",
    help="Make retrieved text shorter and keep the answer in it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
cache_app = typer.Typer(help="The cache of scores and vectors.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(cache_app, name="cache")


@app.command()
def compress(  # noqa: PLR0913 - one parameter for each option
    files: Annotated[list[str] | None, typer.Argument(help="Files or folders; - reads standard input.")] = None,
    query: Annotated[str | None, typer.Option("--query", "-q", help="What the text is needed for.")] = None,
    target_tokens: Annotated[int | None, typer.Option("--target-tokens", "-n", help="Most tokens kept.")] = None,
    rate: Annotated[float | None, typer.Option("--rate", "-r", help="Share of tokens kept, above 0 up to 1.")] = None,
    threshold: Annotated[float | None, typer.Option("--threshold", help="Lowest score kept.")] = None,
    compressor: Annotated[list[str] | None, typer.Option("--compressor", "-c", help="Name; repeat to chain.")] = None,
    tokenizer: Annotated[
        str | None, typer.Option("--tokenizer", help="o200k_base, cl100k_base, or a tokenizer.json.")
    ] = None,
    protect: Annotated[list[str] | None, typer.Option("--protect", help="numbers, dates, urls, …; repeatable.")] = None,
    top_k: Annotated[int | None, typer.Option("--top-k", "-k", help="First retrieve so many passages.")] = None,
    header: Annotated[
        str, typer.Option("--header", help=r"Before each document, such as '[{number}] {title}\n'.")
    ] = "",
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help="Reuse scores of earlier runs.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print text, documents, spans and stats as JSON.")] = False,
    diff: Annotated[Path | None, typer.Option("--diff", help="Write kept and dropped text as an HTML page.")] = None,
) -> None:
    """Compress files, folders or standard input; the result goes to standard output, the figures to standard error."""
    with _errors(), _progress():
        documents = read_documents(files or ["-"])
        if top_k is not None:
            documents = _retrieve(documents, query, top_k)
        pipeline = Pipeline(
            compressor or "auto",
            target_tokens=target_tokens,
            rate=rate,
            threshold=threshold,
            tokenizer=tokenizer,
            protect=protect or (),
            cache=None if cache else False,
            layout=Layout(header=header.replace("\\n", "\n")),
        )
        result = pipeline.run(documents, query)
        if diff is not None:
            diff.write_text(result.diff("html"), "utf-8")
    if as_json:
        _print(json.dumps(_as_json(result), ensure_ascii=False, indent=2))
    else:
        _print(result.text)
        stats = result.stats
        _status(
            f"{stats.tokens_in:,} → {stats.tokens_out:,} tokens ({stats.rate:.1%}) "
            f"in {sum(stats.seconds.values()) * 1000:,.0f} ms"
            + "".join(f"; {note}" for note in stats.notes)
            + (f"; diff: {diff}" if diff else "")
        )


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """The compressors there are."""
    with _errors():
        table = entries()
    if as_json:
        _print(json.dumps({name: entry._asdict() for name, entry in table.items()}, ensure_ascii=False, indent=2))
        return
    width = max(map(len, table))
    for name, entry in table.items():
        _print(f"{name:<{width}}  {entry.about}" + (f" ({entry.paper})" if entry.paper else ""))


@cache_app.command("stats")
def cache_stats(as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """Where the cache is, and how full."""
    with _errors():
        cache = open_cache(cache_folder())
        stats = cache.stats() if cache else {}
    if as_json:
        _print(json.dumps(stats, indent=2))
    else:
        used, most = stats["bytes"] / 2**20, stats["size_limit"] / 2**20
        _print(f"{stats['folder']}: {stats['entries']:,} entries, {used:,.1f} of {most:,.0f} MiB")


@cache_app.command("clear")
def cache_clear() -> None:
    """Remove every entry."""
    with _errors():
        cache = open_cache(cache_folder())
        count = cache.clear() if cache else 0
    _print(f"{count:,} entries removed")


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        _print(__version__)
        raise typer.Exit


def _retrieve(documents: list[Document], query: str | None, k: int) -> list[Document]:
    from ragzip.retrievers.bm25 import BM25Retriever

    if query is None:
        raise typer.BadParameter("--top-k needs --query.")
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


@contextmanager
def _errors() -> Iterator[None]:
    """Errors made for people: one line on standard error, exit code 1."""
    try:
        yield
    except (RagzipError, OSError) as error:
        sys.stderr.write("ragzip: " + " ".join(str(error).split()) + "\n")
        raise typer.Exit(1) from None


@contextmanager
def _progress() -> Iterator[None]:
    """A bar on standard error while models run, if it is a terminal and there is much to do."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    columns = (TextColumn("scoring"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("scoring", total=None, visible=False)

        def update(done: int, total: int) -> None:
            if total >= 200 and (done % 20 == 0 or done == total):
                bar.update(task, completed=done, total=total, visible=done < total)

        with report_progress(update):
            yield


def _print(text: str) -> None:
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def _status(text: str) -> None:
    sys.stderr.write(text + "\n")
