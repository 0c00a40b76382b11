"""Terminal output: of commands, test runners and builds, without escapes and progress bars.

What a terminal shows may be of any kind: a log, a diff, a table, code. What no other reader takes is lines of output:
a failure with its block, a command with its output, and many lines that are alike.
"""

from ragzip.text.structure.formats.terminal.reader import read, recognises

__all__ = ["read", "recognises"]
