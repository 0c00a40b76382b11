"""``ragzip encode``."""

from __future__ import annotations

from typing import Any

import click

from ragzip.cache import SegmentCache
from ragzip.cli.app import app, bar
from ragzip.cli.options import EXISTING_PATH, open_cache_option
from ragzip.compressors.registry import load
from ragzip.errors import OptionError
from ragzip.files.documents import read_documents

__all__ = ["encode"]


@app.command()
@click.argument("files", nargs=-1, required=True)
@click.option("-c", "--compressor", default="soft/compllm", show_default=True, help="A soft compressor.")
@click.option("-m", "--model", required=True, help="The language model: folder, hub id or GGUF file.")
@click.option("--adapter", type=EXISTING_PATH, help="Folder of the trained adapter [shipped].")
@click.option("--ratio", type=click.IntRange(1), help="Tokens per vector [the method's].")
@click.option("--stored", type=click.Choice(["float16", "int8"]), default="float16", show_default=True)
@open_cache_option()
def encode(files: tuple[str, ...], compressor: str, cache: SegmentCache, **options: Any) -> None:
    """Encode FILES and folders into the cache, before any query.

    Interrupted runs resume; of a changed document only the changed pieces are encoded.
    """
    from ragzip.compressors.soft.corpus import encode_corpus
    from ragzip.compressors.soft.family import Soft

    documents = read_documents(files)
    soft_compressor = load(compressor, **{name: value for name, value in options.items() if value is not None})
    if not isinstance(soft_compressor, Soft):
        raise OptionError(f"compressor: received {compressor!r}, expected a soft one, as soft/compllm.")
    with bar("encode") as progress:
        counts = encode_corpus(documents, soft_compressor, cache=cache, progress=progress)
    click.echo(
        f"{counts.documents:,} documents: {counts.vectors:,} vectors, {counts.bytes / 2**20:,.1f} MiB; "
        f"{counts.encoded:,} of {counts.pieces:,} pieces were new"
    )
