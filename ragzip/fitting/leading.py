"""The first words of segments that have no scored units, as many as a budget holds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

from ragzip.errors import BudgetError
from ragzip.fitting.trial import Trial
from ragzip.output.layout import Layout, render
from ragzip.text.forms import Form
from ragzip.text.spans import Span
from ragzip.types import Budget, Segment

__all__ = ["Atoms", "largest", "leading_words"]

_MAX_TRIED_WORDS = 64  # for the last few tokens


class Atoms(NamedTuple):
    """Words in order, each protected span as one; ``protected`` are those that are."""

    spans: list[Span]
    protected: list[Span]


def leading_words(segments: Sequence[Segment], budget: Budget, layout: Layout) -> list[Segment]:
    """The segments with the first words of the rendered text that fit, in order over all but the fixed ones; protected
    spans are never cut.

    A word too long for the rest of the budget is passed over for the next few that fit.

    :raises BudgetError: the text begins with a protected span that does not fit.
    """
    limit = budget.max_tokens
    if limit is None or not segments:
        return list(segments)
    # a form writes the kept part of an earlier stage in its own way
    segments = [segment.keep(segment.held) if segment.form.is_cut else segment for segment in segments]
    atoms = [_segment_atoms(segment, budget) for segment in segments]
    ends = list(accumulate(len(each.spans) for each in atoms))

    def with_words(word_count: int) -> list[Segment]:
        """The segments with the first ``word_count`` words of all."""
        cut_index = bisect_right(ends, word_count)
        if cut_index == len(segments):
            return list(segments)
        words_before = ends[cut_index - 1] if cut_index else 0
        cut = _first(segments[cut_index], atoms[cut_index].spans[: word_count - words_before])
        return [*segments[:cut_index], cut, *(segment.keep([]) for segment in segments[cut_index + 1 :])]

    kept_count = largest(ends[-1], lambda count: budget.count(render(with_words(count), layout).text) <= limit)
    trial = Trial(with_words(kept_count), budget, layout)
    cut_index = bisect_right(ends, kept_count)
    if kept_count == 0 and cut_index < len(segments) and limit > 0:
        first = atoms[cut_index]
        if first.spans[0] in first.protected[:1]:
            raise BudgetError(
                f"target_tokens: {limit} tokens cannot hold the protected span that the text begins with. "
                "Raise the budget or protect less."
            )
    tries_left = _MAX_TRIED_WORDS
    for index in range(cut_index, len(segments)):
        if trial.total >= limit or not tries_left:
            break
        is_opened = bool(trial.spans[index])
        if not segments[index].form.is_cut or (not is_opened and trial.total + trial.opening(index) > limit):
            continue
        words_before = ends[index - 1] if index else 0
        kept_here = kept_count - words_before if index == cut_index else 0
        for atom in atoms[index].spans[kept_here:][:tries_left]:
            tries_left -= 1
            trial.try_add(index, [atom], limit)
    return trial.segments()


def _segment_atoms(segment: Segment, budget: Budget) -> Atoms:
    if segment.is_fixed:
        return Atoms([], [])
    protected = segment.form.protected(budget.protect)
    spans = segment.held if segment.form.is_cut else [Span(0, len(segment.text))]
    parts = [_atoms_of(segment.form, span, protected) for span in spans]
    return Atoms(
        [atom for part in parts for atom in part.spans],
        [atom for part in parts for atom in part.protected],
    )


def _first(segment: Segment, atoms: Sequence[Span]) -> Segment:
    """``segment`` up to the last of ``atoms``."""
    if not atoms:
        return segment.keep([])
    if segment.form.is_cut:
        return segment.keep([(0, atoms[-1].end)])
    return segment.rewritten(segment.text[: atoms[-1].end])


def _atoms_of(form: Form, span: Span, protected: Sequence[Span]) -> Atoms:
    """The words of a span of the source, each protected span in one piece."""
    atoms: list[Span] = []
    protected_atoms: list[Span] = []
    place = bisect_left(protected, span.start, key=lambda protected_span: protected_span.end)
    for word in form.words(span):
        while place < len(protected) and protected[place].end <= word.start:
            place += 1
        if place == len(protected) or protected[place].start >= word.end:
            atoms.append(word)
        elif atoms and atoms[-1].end > protected[place].start:
            atoms[-1] = protected_atoms[-1] = Span(atoms[-1].start, word.end)
        else:
            atoms.append(word)
            protected_atoms.append(word)
    return Atoms(atoms, protected_atoms)


def largest(most: int, holds: Callable[[int], bool]) -> int:
    """The largest count in 0..``most`` for which ``holds(count)``, which is true up to some count and false beyond."""
    low, high = 0, 1
    while high < most and holds(high):  # doubling: the cost follows the answer, not the length of the text
        low, high = high, 2 * high
    high = min(high, most)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low
