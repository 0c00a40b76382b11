"""Headings over the kept text: those that fit, and those that are required where units of several sections are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ragzip.fitting.documents import bare_documents, headings_to_do_without
from ragzip.fitting.sections import has_piece_in, innermost_headings, missing_headings
from ragzip.fitting.unit_trial import UnitTrial
from ragzip.text.languages import is_function_word
from ragzip.text.spans import Span
from ragzip.text.words import terms
from ragzip.types import Tier, Unit

__all__ = ["add_headings"]

_MOST_GIVEN_UP = 24  # units for headings, each of which costs a count of the whole text
_SHARE_FAR_WORSE = 0.5  # of the best score: a heading says more than a unit with less


def add_headings(trial: UnitTrial, limit: int) -> None:
    """Add the headings above something kept that still fit, the innermost first, then the cheapest; none that says
    the title again.
    """
    titles = _titles(trial)
    _add_headings_that_fit(trial, limit, titles)
    left_to_give_up = _part_sections(trial, limit)
    left_to_give_up = _part_documents(trial, limit, titles, left_to_give_up)
    if _end_sections(trial, limit, titles, left_to_give_up) < _MOST_GIVEN_UP:
        _add_headings_that_fit(trial, limit, titles)
        _take_back(trial, limit, titles)
    _give_up_headings_before(trial, titles)


class _Title(NamedTuple):
    """The heading over the whole of a document, or over all but its first lines; the section below it, and the words
    that show its subject.
    """

    span: Span
    section: Span
    words: frozenset[str]


def _titles(trial: UnitTrial) -> dict[int, _Title]:
    """The title of each document that has one in its text, by its index; not where the layout has written it above."""
    titles: dict[int, _Title] = {}
    for index, headings in trial.headings_by_document.items():
        title = headings[0]
        if title.tier == Tier.REPEAT and trial.layout.writes_titles:
            continue
        if title.section is not None and title.section.end >= trial.end_of_units(index):
            title_terms = terms(trial.given[index].document.text[title.start : title.end])
            words = frozenset(word for word in title_terms if not is_function_word(word))
            titles[index] = _Title(title.span, title.section, words)
    return titles


def _missing_titles(trial: UnitTrial, titles: Mapping[int, _Title]) -> list[int]:
    """The documents, by index, whose title is not kept, and shares a word with that of another document with kept
    pieces: their statements on similar things differ, and would be read as if about the other one.
    """
    return [index for index in _alike(trial, titles) if (index, titles[index].span) not in trial.holders]


def _alike(trial: UnitTrial, titles: Mapping[int, _Title]) -> list[int]:
    """The documents with kept pieces, by index, whose titles share words."""
    kept_titles = {index: title for index, title in titles.items() if has_piece_in(trial.spans[index], title.section)}
    counts = Counter(word for title in kept_titles.values() for word in title.words)
    return [index for index, title in kept_titles.items() if any(counts[word] > 1 for word in title.words)]


def _add_headings_that_fit(trial: UnitTrial, limit: int, titles: Mapping[int, _Title]) -> None:
    needed = {(index, titles[index].span.start) for index in _missing_titles(trial, titles)}
    innermost = {
        (index, heading.start)
        for index, headings in trial.headings_by_document.items()
        for heading in innermost_headings(trial.spans[index], headings).values()
    }
    ranked_headings: list[tuple[bool, bool, int, int]] = []
    for number in trial.headings:
        index, unit = trial.segment_indices[number], trial.unit(number)
        if unit.section is None or unit.tier == Tier.REPEAT or (index, unit.span) in trial.holders:
            continue
        if has_piece_in(trial.spans[index], unit.section):
            place = index, unit.start
            ranked_headings.append((place not in needed, place not in innermost, trial.costs[number], number))
    trial.hold_fitting(
        [(trial.segment_indices[number], [trial.unit(number).span]) for *_, number in sorted(ranked_headings)], limit
    )


def _part_sections(trial: UnitTrial, limit: int) -> int:
    """The number of units that may still be given up, once units of several sections of a document are under their own
    headings: where a heading does not fit, the worst unit is given up.
    """
    left_to_give_up = _MOST_GIVEN_UP
    for index, headings in trial.headings_by_document.items():
        while missing := missing_headings(trial.spans[index], headings):
            groups = [(index, [heading.span]) for heading in missing]
            if len(trial.hold_fitting(groups, limit, until_miss=True)) == len(missing):
                continue
            if not left_to_give_up or not _give_up_worst(trial):
                break
            left_to_give_up -= 1
    if left_to_give_up < _MOST_GIVEN_UP:
        _settle_bare(trial, limit)
    return left_to_give_up


def _part_documents(trial: UnitTrial, limit: int, titles: Mapping[int, _Title], left_to_give_up: int) -> int:
    """The number of units that may still be given up, once units of documents with similar titles are under their
    titles: where a title does not fit, the worst unit is given up.
    """
    while missing := _missing_titles(trial, titles):
        groups = [(index, [titles[index].span]) for index in missing]
        if len(trial.hold_fitting(groups, limit, until_miss=True)) == len(missing):
            continue
        if not left_to_give_up or not _give_up_worst(trial):
            break
        _settle_bare(trial, limit)
        left_to_give_up -= 1
    return left_to_give_up


def _end_sections(trial: UnitTrial, limit: int, titles: Mapping[int, _Title], left_to_give_up: int) -> int:
    """The number of units that may still be given up, once no document is read as a part of the section that the one
    before ends with: where a heading over its first piece does not fit, the worst unit is given up, if it is far worse
    than the best one, or if that section cannot do without its heading.
    """
    while bare := bare_documents(trial):
        if len(trial.hold_fitting(list(bare.items()), limit, until_miss=True)) == len(bare):
            continue
        is_far_worse = trial.unit(trial.kept[-1]).score < _SHARE_FAR_WORSE * trial.unit(trial.kept[0]).score
        may_give_up = is_far_worse or not headings_to_do_without(trial, next(iter(bare)), _alike(trial, titles))
        if not left_to_give_up or not may_give_up or not _give_up_worst(trial):
            break
        _settle_bare(trial, limit)
        left_to_give_up -= 1
    return left_to_give_up


def _give_up_headings_before(trial: UnitTrial, titles: Mapping[int, _Title]) -> None:
    """Keep no heading, where that can be, below which the text of another document would be read."""
    while bare := bare_documents(trial):
        headings = headings_to_do_without(trial, next(iter(bare)), _alike(trial, titles))
        if not headings:
            return
        for index, span in headings:
            while trial.holders[index, span]:
                trial.release(index, [span])
        trial.total = trial.recount()


def _settle_bare(trial: UnitTrial, limit: int) -> None:
    _give_up_bare(trial)
    while trial.total > limit and trial.let_go(trial.total - limit):  # signs of what was left out may take more
        _give_up_bare(trial)


def _take_back(trial: UnitTrial, limit: int, titles: Mapping[int, _Title]) -> None:
    """Keep units that fit after all, each with the heading next over it."""
    left_to_take = _MOST_GIVEN_UP
    numbers = [left for left in trial.left_out if trial.may_come(left, limit - trial.total)]
    innermost = _innermost_by_document(trial, numbers)
    for number in numbers:
        index, unit = trial.segment_indices[number], trial.unit(number)
        headings = trial.headings_by_document.get(index, [])
        over = innermost.get(index, {}).get(unit.span)
        own_headings = [over.span] if over is not None and (index, over.span) not in trial.holders else []
        is_below_title = index in titles and unit.start >= titles[index].section.start
        if is_below_title and (index, titles[index].span) not in trial.holders:
            own_headings.append(titles[index].span)
        group = index, sorted({*unit.spans, *own_headings})
        if not left_to_take:
            break
        if not trial.hold_fitting([group], limit):
            continue
        left_to_take -= 1
        if missing_headings(trial.spans[index], headings):
            trial.release(*group)
            trial.total = trial.recount()
        else:
            trial.move([number], trial.left_out, trial.kept)


def _innermost_by_document(trial: UnitTrial, numbers: Sequence[int]) -> dict[int, dict[Span, Unit]]:
    """The next heading over each of some units, by document and span."""
    spans_by_document: dict[int, list[Span]] = {}
    for number in numbers:
        spans_by_document.setdefault(trial.segment_indices[number], []).append(trial.unit(number).span)
    return {
        index: innermost_headings(sorted(spans), trial.headings_by_document.get(index, []))
        for index, spans in spans_by_document.items()
    }


def _give_up_worst(trial: UnitTrial) -> bool:
    """Keep the worst unit no longer; False where there is only one."""
    if len(trial.kept) < 2 or not trial.let_go(1):
        return False
    trial.total = trial.recount()
    return True


def _give_up_bare(trial: UnitTrial) -> None:
    """Keep no heading with nothing left below it."""
    for index, headings in trial.headings_by_document.items():
        for heading in reversed(headings):
            is_bare = heading.section is not None and not has_piece_in(trial.spans[index], heading.section)
            if is_bare and trial.holders[index, heading.span] == 1:
                trial.release(index, [heading.span])
    trial.total = trial.recount()
