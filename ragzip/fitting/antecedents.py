"""What kept pronouns stand for: without it they would stand for something else that is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from ragzip.text.references import refers_back
from ragzip.text.spans import Span
from ragzip.types import Tier, Unit

__all__ = ["antecedents"]


def antecedents(text: str, units: Sequence[Unit], kept: Collection[Span]) -> Iterator[int]:
    """The places of the units that are left out just before a kept one that begins with a pronoun, where another one is
    kept before them: "John Smith was an explorer. [John Smith was a Labour leader.] He died in London.".

    :param text: of the document.
    :param units: of the document, in order.
    :param kept: the spans of those that are kept.
    """
    has_kept = False
    for place, (unit_before, unit) in enumerate(pairwise(units)):
        is_before_kept = unit_before.span in kept
        if (
            unit.span in kept
            and has_kept
            and not is_before_kept
            and unit_before.section is None
            and unit_before.tier < Tier.REPEAT
            and "\n\n" not in text[unit_before.end : unit.start]
            and refers_back(text[unit.start : unit.end])
        ):
            yield place
        has_kept |= is_before_kept
