"""``ragzip eval``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ragzip.cli.app import app, bar
from ragzip.files.writing import refuse_inputs

__all__ = ["eval_"]


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
@click.option("--timeout", type=float, help="Seconds for one whole answer of the server, retries included [120].")
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
    from ragzip.eval.evaluate import FILES, evaluate
    from ragzip.eval.measures.economics import Prices
    from ragzip.eval.runs.readers import load_reader
    from ragzip.eval.runs.records import RECORDS_NAME, RUN_NAME
    from ragzip.eval.runs.runner import arms
    from ragzip.eval.suites.load import load_suite

    refuse_inputs([out / name for name in (*FILES, RECORDS_NAME, RUN_NAME)], [Path(suite), options["data"]])

    def take(*names: str) -> dict[str, Any]:
        return {name: options[name] for name in names}

    with bar("eval") as progress:
        report = evaluate(
            load_suite(suite, **take("data", "tasks", "most", "unanswerable")),
            arms(**take("compressors", "rates", "target_tokens")),
            out=out,
            reader=load_reader(**take("reader", "url", "key", "timeout", "max_length", "dtype")),
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
    if report.all_failed:
        click.echo(f"{out}: every example failed; see report.html and records.jsonl", err=True)
        click.get_current_context().exit(1)
    click.echo(f"{out}: report.html, .md, .csv and .json; quality.png and .svg; records.jsonl", err=True)
