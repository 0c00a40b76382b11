"""The command line: parse, call one function, print."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import click

from ragzip import __version__
from ragzip.backends.onnx import report_progress
from ragzip.cache import cache_folder, open_cache
from ragzip.documents import read_documents
from ragzip.errors import MissingExtraError, RagzipError
from ragzip.pipeline import Pipeline
from ragzip.prompt import Layout
from ragzip.registry import entries, load
from ragzip.types import Document, Result

_MUCH = 200  # texts from which a progress bar is worth showing


class _OneLine(click.Group):
    """Errors in one line on standard error: exit code 1, for wrong usage 2.

    Output that the terminal's encoding cannot show does not stop it.
    """

    def main(self, *args: Any, **kwargs: Any) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        try:
            result = super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.ClickException as error:
            click.echo(f"ragzip: {error.format_message()}", err=True)
            sys.exit(error.exit_code)
        except BrokenPipeError:  # whoever read the output has had enough
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - so that the flush at exit has somewhere to go
            sys.exit(1)
        except (RagzipError, OSError) as error:
            click.echo("ragzip: " + " ".join(str(error).split()), err=True)
            sys.exit(1)
        except click.Abort:
            sys.exit(130)
        sys.exit(result if isinstance(result, int) else 0)


@click.group(cls=_OneLine, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s")
def app() -> None:
    """Make retrieved text shorter and keep the answer in it."""


@app.command()
@click.argument("files", nargs=-1)
@click.option("-q", "--query", help="What the text is needed for.")
@click.option("-n", "--target-tokens", type=int, help="Most tokens kept.")
@click.option("-r", "--rate", type=float, help="Share of tokens kept, above 0 up to 1.")
@click.option("--threshold", type=float, help="Lowest score kept.")
@click.option("-c", "--compressor", multiple=True, help="A name of `ragzip list`; repeat to run several in order.")
@click.option("-m", "--model", help="Folder or hub id of the model of the last compressor named.")
@click.option("--tokenizer", help="o200k_base (default), cl100k_base, a tokenizer.json or a hub id.")
@click.option(
    "--protect", multiple=True, help="numbers, dates, urls, emails, paths, identifiers, quotes, code, citations."
)
@click.option("-k", "--top-k", type=click.IntRange(1), help="First retrieve so many passages (needs --query).")
@click.option("--reorder", is_flag=True, help="Set the documents by relevance, the best one first.")
@click.option("--header", default="", help="Before each document, such as '[{number}] {title}\\n'.")
@click.option("--cache/--no-cache", default=True, help="Reuse scores of earlier runs.")
@click.option("--json", "as_json", is_flag=True, help="Print text, documents, spans and stats as JSON.")
@click.option("--diff", type=click.Path(path_type=Path), help="Write kept and dropped text as an HTML page.")
def compress(files: tuple[str, ...], query: str | None, top_k: int | None, diff: Path | None, **options: Any) -> None:
    """Compress FILES, folders or standard input (-).

    The result goes to standard output, the figures to standard error.
    """
    if top_k is not None and query is None:
        raise click.UsageError("--top-k needs --query.")
    with _progress():
        documents = read_documents(files or ["-"])
        if top_k is not None and query is not None:
            documents = _retrieve(documents, query, top_k)
            if not documents:
                click.echo("ragzip: no passage has a word of the query", err=True)
        names = list(options["compressor"] or ["auto"])
        last = names.pop()
        pipeline = Pipeline(
            [*names, load(last, model=options["model"]) if options["model"] else last],
            target_tokens=options["target_tokens"],
            rate=options["rate"],
            threshold=options["threshold"],
            tokenizer=options["tokenizer"],
            protect=options["protect"],
            cache=None if options["cache"] else False,
            layout=Layout(
                header=options["header"].replace("\\n", "\n"), order="score" if options["reorder"] else "given"
            ),
        )
        result = pipeline.run(documents, query)
        if diff is not None:
            diff.write_text(result.diff("html"), "utf-8")
    if options["as_json"]:
        click.echo(json.dumps(_as_json(result), ensure_ascii=False, indent=2))
    else:
        click.echo(result.text)
        click.echo(_figures(result) + (f"; diff: {diff}" if diff else ""), err=True)


@app.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_(as_json: bool) -> None:
    """The compressors there are."""
    table = entries()
    if as_json:
        click.echo(json.dumps({name: entry._asdict() for name, entry in table.items()}, ensure_ascii=False, indent=2))
        return
    width = max(map(len, table))
    for name, entry in table.items():
        click.echo(f"{name:<{width}}  {entry.about}" + (f" ({entry.paper})" if entry.paper else ""))


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
    """Write the token classification checkpoint MODEL (a folder or a hub id) to the folder OUT as ONNX.

    What disagrees with its source is not written. Load it with --model OUT, or in Python with load(name, model=OUT).
    """
    from ragzip.backends.export import export_classifier

    sample = [document.text for document in read_documents([str(path) for path in texts])] if texts else None
    measured = export_classifier(model, out, dtype=dtype, texts=sample)
    click.echo(f"{out}: {dtype}; of {measured.tokens:,} tokens {measured.same:.1%} kept or dropped as by the source")
    click.echo(f"probabilities apart by {measured.mean_difference:.4f}, at most {measured.largest_difference:.4f}")


@app.group()
def train() -> None:
    """Train models on data of your own (needs ragzip[train])."""


@train.command("pruner")
@click.option(
    "--data", type=click.Path(path_type=Path, exists=True), multiple=True, required=True, help="Questions, QA schema."
)
@click.option("--dev", type=click.Path(path_type=Path, exists=True), multiple=True, help="Measure on these.")
@click.option("-o", "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write.")
@click.option("-m", "--model", type=click.Path(path_type=Path, exists=True), help="Begin with it [the shipped pruner].")
@click.option("--tokens", type=click.IntRange(1000), default=1_000_000, show_default=True, help="How much to read.")
@click.option("--seed", type=int, default=0, show_default=True)
def train_pruner(
    data: tuple[Path, ...], dev: tuple[Path, ...], out: Path, model: Path | None, tokens: int, seed: int
) -> None:
    """Fine-tune the pruner on questions, documents and supporting spans.

    Load it with --model OUT, or in Python with load("pruner", model=OUT). A call that was stopped goes on where it was.
    """
    try:
        from ragzip.training.pruner.recipe import fine_tune
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "torch", "train") from error
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    figures = fine_tune(data, out, dev=dev, model=model, tokens=tokens, seed=seed)
    kept = ", ".join(f"{name} {value:.3f}" for name, value in figures["dev"].items())
    click.echo(f"{out}: {figures['tokens']:,} tokens; supporting sentences kept: {kept}")


@app.command("eval")
@click.argument("suite")
@click.option("--data", type=click.Path(path_type=Path, exists=True), help="File or folder of the suite.")
@click.option("-o", "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write.")
@click.option(
    "-c", "--compressor", "compressors", multiple=True, default=["auto"], show_default=True, help="To compare; repeat."
)
@click.option("-r", "--rate", "rates", type=float, multiple=True, help="Share of tokens kept; repeat.")
@click.option("-n", "--target-tokens", type=int, multiple=True, help="Most tokens kept; repeat.")
@click.option("-t", "--task", "tasks", multiple=True, help="Only this task or file of the suite; repeat.")
@click.option("--most", type=click.IntRange(1), help="Examples of each task, spread evenly.")
@click.option("--unanswerable", is_flag=True, help="Take questions without an answer too.")
@click.option("--reader", help="Language model: folder, hub id or GGUF file; with --url its name there. [none]")
@click.option("--url", help="Server with OpenAI's protocol, such as http://localhost:8000/v1.")
@click.option("--key", envvar="OPENAI_API_KEY", help="Its key [$OPENAI_API_KEY].")
@click.option("--max-length", type=int, help="Most tokens of a prompt; a longer one loses its middle.")
@click.option("--dtype", type=click.Choice(["float32", "bfloat16", "int8"]), help="Of a reader that runs here.")
@click.option("--likelihood", is_flag=True, help="Measure the likelihood of the right answers too.")
@click.option("--tokenizer", help="o200k_base (default), cl100k_base, a tokenizer.json or a hub id.")
@click.option("--cache/--no-cache", default=True, help="Reuse scores of earlier runs.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Examples at a time.")
@click.option("--price-in", type=float, default=0.0, help="Of a million prompt tokens.")
@click.option("--price-out", type=float, default=0.0, help="Of a million tokens of answers.")
@click.option("--price-cached", type=float, default=1.0, help="Share of it that a cached prompt token costs.")
@click.option("--cache-hits", type=float, default=0.0, help="Share of whole contexts that is cached.")
@click.option("--price-hour", type=float, default=0.0, help="Of an hour of the machine that compresses.")
@click.option("--prefill", type=float, help="Tokens a second that the target model reads [as measured].")
def eval_(suite: str, out: Path, **options: Any) -> None:
    """Measure on SUITE what compression keeps, costs and saves.

    SUITE is a file or folder, or longbench, longbench-e, meetingbank, meetings, qa, html, own. The same call goes on
    where it was stopped. OUT gets records, tables, plots and one page with all of it (report.html).
    """
    from ragzip.eval.economics import Prices
    from ragzip.eval.evaluate import evaluate
    from ragzip.eval.readers import load_reader
    from ragzip.eval.runner import arms
    from ragzip.eval.suites import load_suite

    def take(*names: str) -> dict[str, Any]:
        return {name: options[name] for name in names}

    with _bar("eval") as progress:
        report = evaluate(
            load_suite(suite, **take("data", "tasks", "most", "unanswerable")),
            arms(**take("compressors", "rates", "target_tokens")),
            out=out,
            reader=load_reader(**take("reader", "url", "key", "max_length", "dtype")),
            cache=None if options["cache"] else False,
            prices=Prices(
                input=options["price_in"],
                output=options["price_out"],
                cached=options["price_cached"],
                hits=options["cache_hits"],
                machine=options["price_hour"],
                prefill=options["prefill"],
            ),
            progress=progress,
            **take("likelihood", "tokenizer", "workers"),
        )
    click.echo(report.to_text())
    click.echo(f"{out}: report.html, .md, .csv and .json; quality.png and .svg; records.jsonl", err=True)


def _figures(result: Result) -> str:
    stats = result.stats
    milliseconds = 1000 * sum(stats.seconds.values())
    figures = f"{stats.tokens_in:,} → {stats.tokens_out:,} tokens ({stats.rate:.1%}) in {milliseconds:,.0f} ms"
    return "; ".join([figures, *stats.notes])


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
def _bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with rate and time left on standard error; where that is no terminal, a line now and then."""
    bars: list[Any] = []
    start, begun, last = 0.0, 0, 0

    def update(done: int, total: int) -> None:
        nonlocal start, begun, last
        if not bars:
            start, begun, last = time.monotonic(), done, done
            bars.append(
                click.progressbar(length=total, label=label, show_pos=True, item_show_func=str, file=sys.stderr)
            )
        each = (done - begun) / max(1e-9, time.monotonic() - start)
        if sys.stderr.isatty():
            bars[0].update(done - bars[0].pos, f"{each:.1f}/s")
        elif done == total or done - last >= max(1, total // 20):
            left = (total - done) / each if each else 0
            click.echo(f"{label}: {done:,} of {total:,}, {each:.2f}/s, {left:,.0f} s left", err=True)
            last = done
        if done == total and sys.stderr.isatty():
            bars.pop().render_finish()

    yield update


@contextmanager
def _progress() -> Iterator[None]:
    """A bar on standard error while models run, if it is a terminal and there is much to do."""
    if not sys.stderr.isatty():
        yield
        return
    with _bar("scoring") as update:

        def much(done: int, total: int) -> None:
            if total >= _MUCH:
                update(done, total)

        with report_progress(much):
            yield
