"""Terminal output: of commands, test runners and builds, without escapes and progress bars."""

from ragzip.text.structure.terminal.reader import read, recognises

__all__ = ["read", "recognises"]
