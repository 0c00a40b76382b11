"""The command line: parse, call one function, print."""

from ragzip.cli import bundle, compress, encode, evaluate, listing, pack, serve, train
from ragzip.cli.app import app

__all__ = ["app", "bundle", "compress", "encode", "evaluate", "listing", "pack", "serve", "train"]
