"""Extractive compressors: keep a subset of the sentences."""
