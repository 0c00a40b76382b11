"""Kept text of documents below kept headings of others: with no header between them, it would be read as theirs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ragzip.fitting.sections import missing_headings
from ragzip.fitting.unit_trial import UnitTrial
from ragzip.text.spans import Span
from ragzip.text.words import terms
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
    heading_before: list[str] | None = None  # the terms of the last kept one
    for index in trial.layout.in_order(trial.given):
        if not trial.spans[index] or index not in trial.headings_by_document:
            continue
        if heading_before is not None and (heading := _outermost_if_none_is_kept(trial, index, heading_before)):
            bare[index] = [heading]
        if kept_headings := _headings_for_readers(trial, index, needed):
            heading_before = _terms_of(trial, index, kept_headings[-1])
    return bare


def _outermost_if_none_is_kept(trial: UnitTrial, index: int, heading_before: Sequence[str]) -> Span | None:
    """The outermost heading over the first piece of a document; None where it is a heading, or has a kept one, where
    ``heading_before`` says the same, and where the piece says itself what a repeated heading says.
    """
    first = trial.spans[index][0]
    over = [
        heading
        for heading in trial.headings_by_document[index]
        if heading.section is not None and heading.section.start <= first.start < heading.section.end
    ]
    if not over or any((index, heading.span) in trial.holders for heading in over):
        return None
    heading_terms = _terms_of(trial, index, over[0].span)
    is_said = over[0].tier == Tier.REPEAT and set(heading_terms).issubset(_terms_of(trial, index, first))
    return None if is_said or heading_terms == heading_before else over[0].span


def _terms_of(trial: UnitTrial, index: int, span: Span) -> list[str]:
    return terms(trial.given[index].document.text[slice(*span)])


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
