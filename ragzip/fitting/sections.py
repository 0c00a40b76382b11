"""Kept pieces and the headings over them. Headings are units with a section, in order; pieces are in order too."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from ragzip.text.spans import Span
from ragzip.types import Unit

__all__ = ["has_piece_in", "innermost_headings", "missing_headings"]


def has_piece_in(pieces: Sequence[Span], section: Span) -> bool:
    """Whether one of ``pieces`` begins in ``section``."""
    first = bisect_left(pieces, section.start, key=lambda piece: piece.start)
    return first < len(pieces) and pieces[first].start < section.end


def innermost_headings(pieces: Sequence[Span], headings: Sequence[Unit]) -> dict[Span, Unit]:
    """The next heading over each piece that has one."""
    return {piece: over[-1] for piece, over in _headings_over(pieces, headings) if over}


def missing_headings(pieces: Sequence[Span], headings: Sequence[Unit]) -> list[Unit]:
    """The headings to add to the pieces, in the order in which they are needed, where a piece is under the heading of
    another section, or next to pieces of one; not always all of them, but none only where none is missing.
    """
    kept_spans = set(pieces)
    if len({heading.span for heading in innermost_headings(pieces, headings).values()}) > 1:
        missing: dict[Span, Unit] = {}
        for _, over in _headings_over(pieces, headings):
            for heading in reversed(over):
                if heading.span in kept_spans or heading.span in missing:  # those over it were met before
                    break
                missing[heading.span] = heading
        if missing:
            return list(missing.values())
    heading_by_span = {heading.span: heading for heading in headings}
    heading_before: Unit | None = None
    for piece, over in _headings_over(pieces, headings):
        if heading_before is not None and _end(heading_before) <= piece.start:
            for heading in over:
                if heading.span not in kept_spans and heading.start > heading_before.start:
                    return [heading]
        heading_before = heading_by_span.get(piece, heading_before)
    return []


def _headings_over(pieces: Sequence[Span], headings: Sequence[Unit]) -> Iterator[tuple[Span, list[Unit]]]:
    """Each piece with the headings whose sections it is in, the innermost last."""
    open_headings: list[Unit] = []
    next_heading = 0
    for piece in pieces:
        while next_heading < len(headings) and headings[next_heading].start < piece.start:
            open_headings.append(headings[next_heading])
            next_heading += 1
        open_headings = [heading for heading in open_headings if _end(heading) > piece.start]
        yield piece, open_headings


def _end(heading: Unit) -> int:
    """The end of the section of a heading."""
    return heading.end if heading.section is None else heading.section.end
