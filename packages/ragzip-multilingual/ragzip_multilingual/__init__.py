"""The multilingual sentence embedder of ragzip. ``ragzip.models.shipped`` finds it."""

__version__ = "0.1.0"
