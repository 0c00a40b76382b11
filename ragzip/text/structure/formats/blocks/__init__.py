"""Records and blocks in plain text: entries of lists of people, works and versions, messages with their translations,
lines under heads by indentation or brackets. A small block is kept whole; a line of a large one needs the head of its
block.

No line is read, or kept, under the name of another block.
"""

from ragzip.text.structure.formats.blocks.reader import read, recognises

__all__ = ["read", "recognises"]
