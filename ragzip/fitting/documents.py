"""Kept text of documents below kept headings of others: with no header between them, it would be read as theirs."""

from __future__ import annotations

from collections.abc import Collection

from ragzip.fitting.sections import missing_headings
from ragzip.fitting.unit_trial import UnitTrial
from ragzip.text.spans import Span
from ragzip.types import Tier

__all__ = ["bare_documents", "headings_to_do_without"]


def bare_documents(trial: UnitTrial) -> dict[int, list[Span]]:
    """The documents, by index, that are set after one with a kept heading, and whose first piece is under none of
    its own headings that are kept; with the outermost of these.
    """
    bare: dict[int, list[Span]] = {}
    if trial.layout.parts_documents:
        return bare
    needed = _needed_spans(trial)
    is_below_heading = False
    for index in trial.layout.in_order(trial.given):
        if not trial.spans[index] or index not in trial.headings_by_document:
            continue
        if is_below_heading and (heading := _outermost_if_none_is_kept(trial, index)):
            bare[index] = [heading]
        is_below_heading = is_below_heading or bool(_headings_for_readers(trial, index, needed))
    return bare


def _outermost_if_none_is_kept(trial: UnitTrial, index: int) -> Span | None:
    """The outermost heading over the first piece of a document; None where it is a heading, or has a kept one."""
    first = trial.spans[index][0]
    over = [
        heading
        for heading in trial.headings_by_document[index]
        if heading.section is not None and heading.section.start <= first.start < heading.section.end
    ]
    is_named = any((index, heading.span) in trial.holders for heading in over)
    return None if is_named or not over or over[0].tier == Tier.REPEAT else over[0].span


def headings_to_do_without(trial: UnitTrial, bare_index: int, alike: Collection[int]) -> list[tuple[int, Span]]:
    """The headings of all documents set before one, which it is read below; none where one of these documents has kept
    units of several sections, or is ``alike`` another one.
    """
    needed = _needed_spans(trial)
    order = trial.layout.in_order(trial.given)
    headings: list[tuple[int, Span]] = []
    for index in order[: order.index(bare_index)]:
        spans = _headings_for_readers(trial, index, needed)
        pieces = [piece for piece in trial.spans[index] if piece not in spans]
        if spans and (index in alike or missing_headings(pieces, trial.headings_by_document[index])):
            return []
        headings += [(index, span) for span in spans]
    return headings


def _needed_spans(trial: UnitTrial) -> set[tuple[int, Span]]:
    """The kept units, and what they need, with their documents."""
    return {(trial.segment_indices[number], span) for number in trial.kept for span in trial.unit(number).spans}


def _headings_for_readers(trial: UnitTrial, index: int, needed: Collection[tuple[int, Span]]) -> list[Span]:
    """The kept headings of a document that no kept unit needs."""
    spans = [heading.span for heading in trial.headings_by_document.get(index, ())]
    return [span for span in spans if (index, span) in trial.holders and (index, span) not in needed]
