"""``python -m ragzip`` is the command line."""

from ragzip.cli import app

app()
