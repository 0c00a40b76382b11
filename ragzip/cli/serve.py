"""``ragzip serve``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ragzip.cli.app import app
from ragzip.server.config import PREFIX, read_config

__all__ = ["serve"]


@app.command()
@click.option("--config", "file", type=click.Path(path_type=Path), help="A file with settings: TOML, YAML or JSON.")
@click.option("--host", help="Address to listen on [127.0.0.1].")
@click.option("--port", type=int, help="Port, 0 for a free one [8642].")
@click.option("--token", help="Token that requests must send; better in $RAGZIP_TOKEN, where ps does not show it.")
@click.option("-c", "--compressor", help="Compressor of requests that name none [auto].")
@click.option("-n", "--target-tokens", type=int, help="Budget of requests that set none.")
@click.option("-r", "--rate", type=float, help="The same as a share of the tokens.")
@click.option(
    "--least", type=int, help="Contexts and tool results with fewer tokens are returned unchanged [tool results: 200]."
)
@click.option(
    "--fail",
    type=click.Choice(["open", "closed"]),
    help="On failure: return the text unchanged (open), or an error (closed) [open].",
)
@click.option("--shadow", is_flag=True, default=None, help="Measure only: texts are returned unchanged.")
@click.option("--deadline", type=float, help="Seconds for a request [30].")
@click.option("--workers", type=int, help="Requests worked on at once [one a core].")
@click.option("--queue", type=int, help="Requests that may wait; more get 429 [64].")
@click.option(
    "--originals", help="Where whole texts are kept to be fetched: off, memory, a folder, redis://… [memory]."
)
@click.option("--cache", help="Scores of earlier requests: default, off, a folder, redis://… [default].")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), help="[info]")
def serve(file: Path | None, **settings: Any) -> None:
    """Answer requests over HTTP: POST /compress, gateways' /v1/compress, LiteLLM's guardrail, a page at /.

    Settings come from these options, else the environment (RAGZIP_PORT …), else a file.
    """
    from ragzip.server.run import serve as run_server

    run_server(read_config(file, **settings))


serve.epilog = f"Environment: {PREFIX}HOST, {PREFIX}PORT, {PREFIX}TOKEN …, one variable a setting."
