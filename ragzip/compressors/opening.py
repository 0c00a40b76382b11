"""The structure of a document as a budget holds it: what is larger than the whole budget is opened."""

from __future__ import annotations

from ragzip.text.spans import Span
from ragzip.text.structure import Structure, StructuredUnit, structure_of_document, visible_length
from ragzip.types import Budget, Document

__all__ = ["structure_within"]

_SHARE_OF_LENGTH = 0.8  # of the longest unit, where no unit is longer after all
_MAX_MEASURED = 2000  # units of a text by which it is found which ones a budget holds


def structure_within(document: Document, budget: Budget, longest_block: int | None) -> Structure:
    """The structure of a document, what is larger than the whole ``budget`` opened, where that can be."""
    structure = structure_of_document(document, longest_block=longest_block)
    longest_unit = _longest_unit(structure, document.text, budget)
    if longest_unit is None:
        return structure
    opened = structure_of_document(document, longest_block=longest_block, longest_unit=longest_unit)
    if len(opened.units) == len(structure.units):  # its kind measures units without blanks
        shorter = int(_SHARE_OF_LENGTH * longest_unit)
    else:  # with what they need, parts may be as long
        shorter = _longest_unit(opened, document.text, budget) or longest_unit
    if shorter < longest_unit:
        opened = structure_of_document(document, longest_block=longest_block, longest_unit=shorter)
    return opened


def _longest_unit(structure: Structure, source: str, budget: Budget) -> int | None:
    """The characters of the longest units that ``budget`` holds, each with what it needs; None where it holds all.

    Below those of the shortest unit that it does not hold, and by the characters a token of each such unit.
    """
    limit = budget.max_tokens
    if structure.opened is None or limit is None:
        return None
    unit_of_length = {
        visible_length(source[slice(*unit.span)]): unit
        for unit in structure.units[:: 1 + len(structure.units) // _MAX_MEASURED]
    }
    lengths = sorted(unit_of_length)
    token_counts = budget.count.many([_written(structure, unit_of_length[length], source) for length in lengths])
    too_large = [(length, tokens) for length, tokens in zip(lengths, token_counts, strict=True) if tokens > limit]
    if not too_large:
        return None
    longest_below = max((length for length in lengths if length < too_large[0][0]), default=0)
    return max(longest_below, min(length * limit // tokens for length, tokens in too_large))


def _written(structure: Structure, unit: StructuredUnit, source: str) -> str:
    """The text of a unit, written with the units that it needs."""
    needed_spans = [structure.units[needed].span for needed in unit.relation.needs]
    written_text = structure.form.keep(sorted([*needed_spans, unit.span]), [Span(0, len(source))])
    return source if written_text is None else written_text.text
