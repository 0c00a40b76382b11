"""Blocks, units, sentences and passages of a text, with exact character offsets.

Every character that is not white space belongs to exactly one span; spans carry no white space at their ends.
A unit is the smallest part that can be read by itself, or with the units that its kind needs: a sentence, a list item,
a row of a table, a record, a question, a heading.
"""

from ragzip.text.splitters.passages import passages
from ragzip.text.splitters.scanner import MarkdownBlock, blocks
from ragzip.text.splitters.split_unit import SplitUnit, UnitKind
from ragzip.text.splitters.splitting import lines, sentences, units

__all__ = ["MarkdownBlock", "SplitUnit", "UnitKind", "blocks", "lines", "passages", "sentences", "units"]
