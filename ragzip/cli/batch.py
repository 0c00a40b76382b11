"""``ragzip batch``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ragzip.cli.app import app, bar
from ragzip.cli.calls import call_options
from ragzip.compressors.options import Options
from ragzip.integrations.batches import compress_file

__all__ = ["batch"]

_FILE = click.Path(path_type=Path, dir_okay=False)


@app.command()
@click.argument("source", type=_FILE)
@click.argument("out", type=_FILE)
@click.option("--context-field", help="Field with the context [context, documents or text].")
@click.option("--query-field", help="Field with the query [query, question or input].")
@click.option("-q", "--query", help="One query for all rows.")
@click.option(
    "--output-field",
    default="compressed",
    show_default=True,
    help="Field for the text, and prefix of the other new fields.",
)
@click.option("--keep-context", is_flag=True, help="Keep the context in the output.")
@click.option("--documents", is_flag=True, help="Add the documents with their spans and scores.")
@call_options
@click.option("-w", "--workers", type=click.IntRange(1), help="Processes [one for each core].")
@click.option("--strict", is_flag=True, help="Stop at the first row that fails.")
def batch(source: Path, out: Path, call: Options, **options: Any) -> None:
    """Compress every row of SOURCE (.jsonl, .json, .csv, .parquet) into OUT (.jsonl, .jsonl.gz, .parquet).

    The same command resumes an interrupted run. The options of a call hold for each row; a row that fails has its error
    in the output. Exit code 1 where one did.
    """
    with bar("batch") as progress:
        report = compress_file(source, out, progress=progress, **call, **options)
    share = report.tokens_out / report.tokens_in if report.tokens_in else 1.0
    click.echo(
        f"{out}: {report.rows:,} rows, {report.new_rows:,} of them now in {report.seconds:,.1f} s; "
        f"{report.tokens_in:,} → {report.tokens_out:,} tokens ({share:.1%}); {report.errors:,} rows failed"
    )
    if report.errors:
        raise click.ClickException(f"{report.errors:,} rows failed: see {options['output_field']}_error in {out}")
