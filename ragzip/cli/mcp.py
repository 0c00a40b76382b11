"""``ragzip mcp``."""

from __future__ import annotations

from typing import Any

import click

from ragzip.cache import CacheOption
from ragzip.cli.app import app
from ragzip.cli.options import cache_option

__all__ = ["mcp"]


@app.command()
@click.option("-c", "--compressor", default="auto", show_default=True, help="Compressor of all calls.")
@click.option("-n", "--target-tokens", type=int, help="Budget of calls that set none.")
@click.option("-r", "--rate", type=float, help="The same as a share of the tokens.")
@cache_option
def mcp(cache: CacheOption, **options: Any) -> None:
    """Serve a tool that compresses texts to a client of the Model Context Protocol, on standard input and output."""
    from ragzip.integrations.mcp import mcp_server

    mcp_server(**{name: value for name, value in options.items() if value is not None}, cache=cache).run()
