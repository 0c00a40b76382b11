"""Headings that say no more than the title of their document.

A model reads the title with every text, so what it says of such a heading says nothing of the text below; and where the
layout writes the title above the text, the heading is not written a second time.
"""

from __future__ import annotations

from dataclasses import replace

from ragzip.compressors.extractive.texts.repeats import bare_words
from ragzip.compressors.outline import Outline

__all__ = ["headings_like_title", "without_needed"]


def headings_like_title(outline: Outline, title: str | None) -> frozenset[int]:
    """The numbers of the headings that are worded as ``title``."""
    title_wording = bare_words(title or "")
    if not title_wording:
        return frozenset()
    headings = {
        relation.heading: heading
        for relation, heading in zip(outline.relations, outline.headings, strict=True)
        if relation.heading is not None
    }
    return frozenset(number for number, heading in headings.items() if bare_words(heading) == title_wording)


def without_needed(outline: Outline, headings: frozenset[int]) -> Outline:
    """The outline with no unit that needs one of ``headings``, which are written elsewhere."""
    if not headings:
        return outline
    relations = tuple(
        relation._replace(needs=tuple(needed for needed in relation.needs if needed not in headings))
        for relation in outline.relations
    )
    return replace(outline, relations=relations)
