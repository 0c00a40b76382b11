"""Recipes of soft compressors, and of the reader that they are measured with."""
