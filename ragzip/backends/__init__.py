"""The runtimes of models. Compressors see only the protocols of :mod:`ragzip.backends.protocols`."""
