"""``ragzip eval``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ragzip.cli.app import app, bar
from ragzip.cli.options import (
    EXISTING_PATH,
    cache_option,
    out_folder_option,
    server_options,
    tokenizer_option,
)
from ragzip.files.writing import refuse_inputs

__all__ = ["eval_"]


class _EvalCommand(click.Command):
    """A command whose help lists the suites, which are imported for it alone."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from ragzip.eval.suites.table import FORMATS

        super().format_help_text(ctx, formatter)
        with formatter.section("Suites"):
            formatter.write_dl([(suite_name, suite_format.about) for suite_name, suite_format in FORMATS.items()])


@app.command("eval", cls=_EvalCommand)
@click.argument("suite")
@click.option("--data", type=EXISTING_PATH, help="File or folder of the suite.")
@out_folder_option
@click.option(
    "-c",
    "--compressor",
    "compressors",
    multiple=True,
    default=["auto"],
    show_default=True,
    help="Compressor to measure; repeat to compare several.",
)
@click.option(
    "--system",
    "systems",
    multiple=True,
    help="Another compressor of messages as an arm, module:function; for conversations. Repeat.",
)
@click.option("-r", "--rate", "rates", type=float, multiple=True, help="Share of tokens kept; repeat.")
@click.option("-n", "--target-tokens", type=int, multiple=True, help="Maximum tokens kept; repeat.")
@click.option("-t", "--task", "tasks", multiple=True, help="Only this task or file of the suite; repeat.")
@click.option("--most", type=click.IntRange(1), help="Maximum examples per task, spread evenly.")
@click.option("--unanswerable", is_flag=True, help="Include questions without an answer.")
@click.option("--reader", help="Language model: folder, hub id or GGUF file; with --url its name there. [none]")
@server_options("Server with OpenAI's protocol, such as http://localhost:8000/v1.")
@click.option("--max-length", type=int, help="Maximum tokens of a prompt; a longer one loses its middle.")
@click.option("--dtype", type=click.Choice(["float32", "bfloat16", "int8"]), help="Data type of a local reader.")
@click.option("--likelihood", is_flag=True, help="Also measure the likelihood of the right answers.")
@click.option(
    "--margin",
    type=float,
    default=0.05,
    show_default=True,
    help="Share of decisions that may be worse than without compression.",
)
@tokenizer_option
@cache_option
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Examples at a time.")
@click.option(
    "--prices",
    "prices_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="JSON file with prices: input and output (per million tokens), cached (price of a cached prompt token, as a "
    "share of input), hits (share of context tokens that are cached), machine (per hour), prefill (prompt tokens "
    "that the target model reads per second).",
)
def eval_(suite: str, out: Path, prices_file: Path | None, **options: Any) -> None:
    """Measure on SUITE what compression keeps, costs and saves.

    SUITE is a file, a folder, or one of the suites below. OUT gets records, tables, plots and one page with all
    of it (report.html). Interrupted runs resume.
    """
    from ragzip.eval.evaluate import FILES, evaluate
    from ragzip.eval.measures.economics import Prices
    from ragzip.eval.runs.readers import load_reader
    from ragzip.eval.runs.records import RECORDS_NAME, RUN_NAME
    from ragzip.eval.runs.runner import arms
    from ragzip.eval.runs.systems import load_system
    from ragzip.eval.suites.load import load_suite

    refuse_inputs(
        [out / name for name in (*FILES, RECORDS_NAME, RUN_NAME)], [Path(suite), options["data"], prices_file]
    )

    def selected(*names: str) -> dict[str, Any]:
        return {name: options[name] for name in names}

    prices = Prices() if prices_file is None else Prices.read(prices_file)
    with bar("eval") as progress:
        report = evaluate(
            load_suite(suite, **selected("data", "tasks", "most", "unanswerable")),
            arms(**selected("compressors", "rates", "target_tokens")),
            out=out,
            reader=load_reader(**selected("reader", "url", "key", "timeout", "max_length", "dtype")),
            cache=options["cache"],
            systems=list(map(load_system, options["systems"])),
            prices=prices,
            progress=progress,
            **selected("margin", "likelihood", "tokenizer", "workers"),
        )
    click.echo(report.to_text())
    if report.all_failed:
        click.echo(f"{out}: every example failed; see report.html and records.jsonl", err=True)
        click.get_current_context().exit(1)
    click.echo(f"{out}: report.html, .md, .csv and .json; quality.png and .svg; records.jsonl", err=True)
