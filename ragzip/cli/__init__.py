"""The command line: parse, call one function, print."""

from ragzip.cli import compress, encode, evaluate, pack, train
from ragzip.cli.app import app

__all__ = ["app", "compress", "encode", "evaluate", "pack", "train"]
