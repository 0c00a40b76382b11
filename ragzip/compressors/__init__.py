"""Compressors, a folder per family. Each keeps the protocol of :mod:`ragzip.compressors.base`."""
