"""``ragzip batch``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from ragzip.cli.app import app, bar
from ragzip.cli.options import cache_option, tokenizer_option
from ragzip.integrations.batches import compress_file
from ragzip.output.layout import Layout
from ragzip.text.protect import PATTERNS

__all__ = ["batch"]

_FILE = click.Path(path_type=Path, dir_okay=False)


@app.command()
@click.argument("source", type=_FILE)
@click.argument("out", type=_FILE)
@click.option("--context-field", help="Field with the context [context, documents or text].")
@click.option("--query-field", help="Field with the query [query, where a row has it].")
@click.option("-q", "--query", help="One query for all rows.")
@click.option("--output-field", default="compressed", show_default=True, help="Field for the text; others begin so.")
@click.option("--keep-context", is_flag=True, help="Keep the context in the output.")
@click.option("--documents", is_flag=True, help="Add the documents with their spans and scores.")
@click.option("-n", "--target-tokens", type=int, help="Maximum tokens kept of a row.")
@click.option("-r", "--rate", type=float, help="Share of tokens kept, above 0 up to 1.")
@click.option("--threshold", type=float, help="Minimum score kept.")
@click.option("-c", "--compressor", multiple=True, help="A name from `ragzip list`; repeat to run several in order.")
@tokenizer_option
@click.option("--protect", multiple=True, help=f"Kind of text to protect; repeat. One of {', '.join(PATTERNS)}.")
@click.option("--reorder", is_flag=True, help="Order documents by relevance, the best one first.")
@click.option("--sources", is_flag=True, help="Write a numbered header, '[1] Title', before each document.")
@click.option("--header", default="", help="Header of each document, such as '[{number}] {title}\\n'.")
@click.option("--deadline", type=float, help="Seconds for a row, after which documents without scores stay unchanged.")
@click.option("--passthrough", is_flag=True, help="Keep a document unchanged where compression fails.")
@cache_option
@click.option("-w", "--workers", type=click.IntRange(1), help="Processes [one for each core].")
@click.option("--strict", is_flag=True, help="Stop at the first row that fails.")
def batch(source: Path, out: Path, **options: Any) -> None:
    """Compress every row of SOURCE (.jsonl, .json, .csv, .parquet) into OUT (.jsonl, .jsonl.gz, .parquet).

    Stopped at any moment, the same command goes on. A row that fails has its error in the output. Exit code 1 where one
    did.
    """
    if options["sources"] and options["header"]:
        raise click.UsageError("--sources and --header: expected one of them.")
    header, sources, reorder = (options.pop(name) for name in ("header", "sources", "reorder"))
    layout = Layout.sources() if sources else Layout(header=header.replace("\\n", "\n"))
    options["layout"] = replace(layout, order="score") if reorder else layout
    options["compressor"] = list(options["compressor"]) or "auto"
    options["on_error"] = "passthrough" if options.pop("passthrough") else "raise"
    with bar("batch") as progress:
        report = compress_file(source, out, progress=progress, **options)
    share = report.tokens_out / report.tokens_in if report.tokens_in else 1.0
    click.echo(
        f"{out}: {report.rows:,} rows, {report.new_rows:,} of them now in {report.seconds:,.1f} s; "
        f"{report.tokens_in:,} → {report.tokens_out:,} tokens ({share:.1%}); {report.errors:,} rows failed"
    )
    if report.errors:
        raise click.ClickException(f"{report.errors:,} rows failed: see {options['output_field']}_error in {out}")
