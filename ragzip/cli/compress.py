"""``ragzip compress``, ``cache`` and ``export``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import click

from ragzip.api import pipeline_of
from ragzip.cache import SegmentCache
from ragzip.cli.app import app, scoring_bar
from ragzip.cli.calls import call_options
from ragzip.cli.options import EXISTING_PATH, FOLDER, open_cache_option
from ragzip.cli.retrieve import RETRIEVERS, retrieved
from ragzip.compressors.options import Options
from ragzip.errors import closest_name
from ragzip.files.documents import document_files, read_documents
from ragzip.files.sheets import SHEET_LAYOUTS, SheetLayout
from ragzip.files.writing import check_output, write_file
from ragzip.output.diff import MARK
from ragzip.result import Result
from ragzip.text.structure.kinds import mime_of
from ragzip.text.structure.names import ending_of
from ragzip.text.structure.readers import READERS

__all__ = ["cache", "compress", "export"]


@app.command()
@click.argument("files", nargs=-1)
@click.option("-q", "--query", help="Question or task that the text is needed for.")
@call_options
@click.option("--mime", help="Media type of all FILES, such as text/csv [by file endings and content].")
@click.option(
    "--sheet-layout",
    type=click.Choice(SHEET_LAYOUTS),
    default="rows",
    show_default=True,
    help="How sheets of workbooks are written.",
)
@click.option("-k", "--top-k", type=click.IntRange(1), help="Retrieve this many passages first (needs --query).")
@click.option(
    "--retriever",
    type=click.Choice(RETRIEVERS),
    default="bm25",
    show_default=True,
    help="What --top-k retrieves by: words, meaning, or both.",
)
@click.option("--feedback", is_flag=True, help="Search a second time with what the first passages add to the query.")
@click.option("--json", "as_json", is_flag=True, help="Print text, documents, spans and stats as JSON.")
@click.option("--diff", type=click.Path(path_type=Path), help="Write kept and dropped text as an HTML page.")
def compress(  # a parameter for each option that is looked at here
    files: tuple[str, ...],
    query: str | None,
    mime: str | None,
    sheet_layout: SheetLayout,
    top_k: int | None,
    retriever: str,
    feedback: bool,
    as_json: bool,
    diff: Path | None,
    call: Options,
) -> None:
    """Compress FILES, folders or standard input (-).

    The result goes to standard output, the figures to standard error.
    """
    if top_k is not None and query is None:
        raise click.UsageError("--top-k needs --query.")
    if top_k is None and (feedback or retriever != "bm25"):
        raise click.UsageError("--retriever and --feedback need --top-k.")
    _check_mime(mime)
    sources = files or ("-",)
    _check_sources(sources, query)
    if "-" in sources and sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty():
        click.echo("reading standard input (Ctrl-D ends it)", err=True)
    if diff is not None:
        check_output(diff, MARK, document_files(sources))
    with scoring_bar():
        documents = read_documents(sources, mime, sheet_layout=sheet_layout)
        if not any(document.text.strip() for document in documents):
            raise click.ClickException(f"{', '.join(sources)}: received no text, expected some")
        if top_k is not None and query is not None:
            documents = retrieved(documents, query, top_k, retriever, feedback=feedback, cache=call["cache"])
            if not documents:
                click.echo("ragzip: no passage contains a word of the query", err=True)
        result = pipeline_of(call, "ragzip compress").run(documents, query)
        if diff is not None:
            write_file(diff, result.diff("html"), mark=MARK)
    if as_json:
        click.echo(json.dumps(result.to_dict(), ensure_ascii=False, indent=2))
    else:
        click.echo(result.text)
        click.echo(_figures(result) + (f"; diff: {diff}" if diff else ""), err=True)


def _check_mime(mime: str | None) -> None:
    if mime is not None and "/" not in mime:
        guess = _mime_meant(mime)
        hint = f" Did you mean {guess}?" if guess else ""
        raise click.UsageError(
            f"--mime {mime}: expected a media type, such as text/csv, text/html or text/plain.{hint}"
        )


def _check_sources(sources: Sequence[str], query: str | None) -> None:
    """Check that no question was given in the place of a file."""
    for source in sources:
        if source.endswith("?") and not Path(source).exists():
            raise click.UsageError(f"{source}: received a question as a file, expected it with --query.")
        if query is None and " " in source.strip() and not ending_of(source) and not Path(source).exists():
            raise click.UsageError(f'{source}: no such file or folder, did you mean --query "{source}"?')


def _mime_meant(name: str) -> str | None:
    """The media type that ``name`` is the second half of, or an ending of whose files it is."""
    mime_of_ending = mime_of(f"file.{name.lstrip('.')}")
    if mime_of_ending != "text/plain":
        return mime_of_ending
    mimes = {"text/html", "text/plain", *(mime for reader in READERS for mime in reader.mimes)}
    known_mimes = sorted(mimes, key=lambda mime: ("/x-" not in mime, mime))  # of one name, the last one counts
    mimes_by_name = {mime.partition("/")[2].removeprefix("x-"): mime for mime in known_mimes}
    guess = closest_name(name, mimes_by_name)
    return mimes_by_name[guess] if guess else None


@app.group()
def cache() -> None:
    """The cache of scores and vectors."""


@cache.command("stats")
@open_cache_option(must_exist=True)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def cache_stats(cache: SegmentCache, as_json: bool) -> None:
    """Show where the cache is, and its size."""
    figures = cache.stats()
    if as_json:
        click.echo(json.dumps(figures, indent=2))
    else:
        limit = f"{figures['size_limit'] / 2**20:,.0f}" if figures["size_limit"] else "unlimited"
        used = f"{figures['bytes'] / 2**20:,.1f} of {limit} MiB"
        click.echo(f"{figures.get('folder') or figures['server']}: {figures['entries']:,} entries, {used}")


@cache.command("clear")
@open_cache_option(must_exist=True)
def cache_clear(cache: SegmentCache) -> None:
    """Remove every entry."""
    click.echo(f"{cache.clear():,} entries removed")


@app.command()
@click.argument("model")
@click.argument("out", type=FOLDER)
@click.option("--dtype", type=click.Choice(["fp32", "int8"]), default="fp32", show_default=True)
@click.option("--texts", type=EXISTING_PATH, multiple=True, help="Texts to measure agreement on.")
def export(model: str, out: Path, dtype: Literal["fp32", "int8"], texts: tuple[Path, ...]) -> None:
    """Write MODEL (a folder or a hub id), a token classifier or an encoder-decoder, to the folder OUT as ONNX.

    An export that disagrees with its source is refused. Load it with --model OUT, or in Python with
    load(name, model=OUT).
    """
    from ragzip.backends.export.classifier import export_classifier
    from ragzip.backends.runtimes.seq2seq import is_seq2seq

    sample = [document.text for document in read_documents([str(path) for path in texts])] if texts else None
    if is_seq2seq(model):
        from ragzip.backends.export.seq2seq import export_seq2seq

        same_share = export_seq2seq(model, out, dtype=dtype, texts=sample)
        click.echo(f"{out}: {dtype}; its output is the source's for {same_share:.0%} of the texts")
        return
    agreement = export_classifier(model, out, dtype=dtype, texts=sample)
    click.echo(f"{out}: {dtype}; same decision as the source for {agreement.same:.1%} of {agreement.tokens:,} tokens")
    click.echo(
        f"difference of probabilities: mean {agreement.mean_difference:.4f}, maximum {agreement.largest_difference:.4f}"
    )


def _figures(result: Result) -> str:
    stats = result.stats
    milliseconds = 1000 * sum(stats.seconds.values())
    figures = f"{stats.tokens_in:,} → {stats.tokens_out:,} tokens ({stats.rate:.1%}) in {milliseconds:,.0f} ms"
    return "; ".join([figures, *filter(None, [stats.fallback]), *stats.notes])
