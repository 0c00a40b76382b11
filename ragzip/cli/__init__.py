"""The command line: parse, call one function, print."""

from ragzip.cli import batch, bundle, compress, encode, evaluate, listing, mcp, pack, serve, train
from ragzip.cli.app import app

__all__ = ["app", "batch", "bundle", "compress", "encode", "evaluate", "listing", "mcp", "pack", "serve", "train"]
