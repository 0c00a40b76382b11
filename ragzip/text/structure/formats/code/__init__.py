"""Code: functions, classes, statements, with the heads they stand under and the imports they use."""

from ragzip.text.structure.formats.code.reader import read, recognises

__all__ = ["read", "recognises"]
