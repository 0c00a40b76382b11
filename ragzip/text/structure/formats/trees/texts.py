"""Long texts that are values of a tree, such as pages and messages: their headings, lists and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ragzip.text.spans import Span
from ragzip.text.splitters import units as split_units
from ragzip.text.structure.base import StructuredUnit, joined
from ragzip.text.structure.formats.prose.reader import read_prose
from ragzip.text.structure.formats.trees.nodes import TreeNode
from ragzip.text.structure.parts import moved
from ragzip.text.structure.readers import structure_of
from ragzip.text.words import is_unspaced

__all__ = ["LongText", "sentence_nodes", "text_units"]


class LongText(NamedTuple):
    """A value that is divided: what opens and closes it in the source, and the units between, in order.

    Places in the relations of ``units`` are theirs. ``columns``: where each stands in its line (of none: 0).
    """

    opening: Span
    closing: Span
    units: Sequence[StructuredUnit]
    columns: Sequence[int] = ()


def text_units(text: str, start: int, longest_unit: int | None = None) -> list[StructuredUnit]:
    """The units of ``text``, which begins at ``start`` in its source, as by themselves; white space parts them.

    :param text: in as many characters as it has in the source.
    :param longest_unit: see :func:`ragzip.text.structure.readers.structure_of`.
    """
    structure = structure_of(text, "", "", longest_unit=longest_unit)
    if structure.form.manner == "built":  # written otherwise than it stands
        structure = read_prose(text)
    return [moved(unit, start, 0) for unit in _parted(text, structure.units)]


def sentence_nodes(text: str, start: int) -> list[TreeNode]:
    """The sentences of ``text``, which begins at ``start``, parted by white space, as nodes."""
    units = _parted(text, [StructuredUnit(unit.start, unit.end) for unit in split_units(text)])
    return [TreeNode(unit.start + start, unit.end + start, "", "scalar", unit.end - unit.start) for unit in units]


def _parted(text: str, units: Sequence[StructuredUnit]) -> Sequence[StructuredUnit]:
    """``units``, those that nothing parts as one: an escape sequence may be in two of them."""
    spans: list[Span] = []
    for unit in units:
        if spans and spans[-1].end == unit.start and not is_unspaced(text[unit.start]):
            spans[-1] = Span(spans[-1].start, unit.end)
        else:
            spans.append(unit.span)
    return joined(units, spans)
