"""Logs: records that begin with a time or a level, of which many are alike."""

from ragzip.text.structure.formats.log.reader import read, recognises

__all__ = ["read", "recognises"]
