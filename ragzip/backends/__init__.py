"""Where models run. Compressors see only the protocols of :mod:`ragzip.backends.protocols`."""
