"""Template of the token family: split into words, score, align, select over all documents."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ragzip.checks import flag, item_list, number_in, shown
from ragzip.compressors.token.clauses import follows_word, ties_of_words
from ragzip.compressors.token.kernels import needs_with_kernels
from ragzip.compressors.token.solid import solid_spans, whole_sentences
from ragzip.errors import InputError, OptionError
from ragzip.fitting.choose import Fill, select, unit_costs, whole_protected
from ragzip.fitting.limits import DEFAULT_RATE
from ragzip.text.governing import GoverningForm, governing
from ragzip.text.scores import Pieces, align
from ragzip.text.spans import Span, merge
from ragzip.text.splitters import blocks, lines
from ragzip.text.words import STOPS, is_unspaced, word_units
from ragzip.types import Budget, Segment, Tier, Unit

__all__ = ["Token"]

_MAX_LINE_CHARACTERS = 200  # of a longer line of code or of a table the words are chosen from
_MAX_ROUNDS = 3  # of dropping repeated force tokens, each of which makes room for words that may stand between others


class Token(ABC):
    """Keeps the best-scored words over all documents: one global threshold, at their cost in the target tokenizer.

    A unit is a word, the punctuation at its end, a phrase of unspaced script, or a line of code or of a table; its
    score is the mean of the pieces that the scorer reads it in. An amount with its unit, a date and a range are one
    unit; so is a sentence in a language whose negations are not all in :mod:`ragzip.text.governing`. Protected spans
    are kept, each in one piece. A method writes :meth:`score_words`. Punctuation counts as a force token where it ends
    a word; in code and tables the whole line is kept. What is forced passes any threshold.

    :param force_tokens: words, phrases or punctuation that come before all others wherever they stand, as far as the
        budget goes (to insist, ``protect`` them). Line breaks need not be named: those between kept words are kept.
    :param force_reserve_digit: the same for every word that has a digit in it.
    :param drop_consecutive: of equal force tokens with nothing kept between them, keep the first (but for the last few
        words that make the budget exact).
    :param context_filter: first choose whole documents by their mean score, then words in them, from the same scores:
        True takes documents until they hold twice the budget (LLMLingua-2's rule for a target), a number in (0, 1]
        until they hold that share of the tokens. Where all fits, or no budget is set, nothing is filtered.
    :raises OptionError: an option of another type or outside its range.
    """

    name: ClassVar[str]
    default_rate: ClassVar[float | None] = DEFAULT_RATE
    fill: Fill = "words"

    def __init__(
        self,
        *,
        force_tokens: Sequence[str] = (),
        force_reserve_digit: bool = False,
        drop_consecutive: bool = False,
        context_filter: bool | float = False,
    ) -> None:
        expected = "a sequence of texts"
        self.force_tokens = tuple(item_list(force_tokens, "force_tokens", str, expected=expected))
        if not all(self.force_tokens):
            raise OptionError(f"force_tokens: received {shown(self.force_tokens)}, expected {expected}, none empty.")
        self.force_reserve_digit = flag(force_reserve_digit, "force_reserve_digit")
        self.drop_consecutive = flag(drop_consecutive, "drop_consecutive")
        self.context_filter = context_filter
        if not isinstance(context_filter, bool):
            expected = "a bool or a number in (0, 1]"
            self.context_filter = number_in(context_filter, "context_filter", above=0, expected=expected)
        self._forced = _pattern(self.force_tokens)

    @abstractmethod
    def score_words(self, texts: Sequence[str], query: str | None) -> list[Pieces]:
        """The scored pieces of each text, whatever the budget."""

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        if any(not segment.verbatim for segment in segments):
            raise InputError(f"{self.name}: received rewritten text, expected verbatim text. Run it before that stage.")
        scored_segments = self._scored(query, segments, budget)
        if self.context_filter and budget.max_tokens is not None:
            scored_segments = self._filtered(scored_segments, budget)
        selected = select(scored_segments, budget)
        if self.drop_consecutive and self.force_tokens:
            for _ in range(_MAX_ROUNDS):
                repeats_by_segment = [_repeated(segment, self.force_tokens) for segment in selected]
                if not any(repeats_by_segment):
                    break
                scored_segments = [
                    _set_back(*segment_and_repeats)
                    for segment_and_repeats in zip(scored_segments, repeats_by_segment, strict=True)
                ]
                selected = select(scored_segments, budget)
        return selected

    def _scored(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        """``segments`` with their units, and the mean of these as score."""
        with_text = [number for number, segment in enumerate(segments) if segment.text.strip()]
        pieces_of_texts = self.score_words([segments[number].text for number in with_text], query) if with_text else []
        pieces_by_segment = dict(zip(with_text, pieces_of_texts, strict=True))
        scored_segments = []
        for number, segment in enumerate(segments):
            if number not in pieces_by_segment:
                scored_segments.append(_dropped(segment))
                continue
            source = segment.document.text
            piece_spans, piece_scores = pieces_by_segment[number]
            pieces = Pieces(segment.in_source(piece_spans), piece_scores)
            protected_spans = budget.protect(source)
            forms = sorted(governing(source))
            solid = merged_spans(solid_spans(source, forms), list(whole_sentences(source)))
            unit_spans = whole_protected(self._units(segment), merged_spans(protected_spans, solid))
            unit_scores = self._unit_scores(unit_spans, pieces)
            mean_score = float(unit_scores.mean()) if len(unit_scores) else segment.score
            for unit_number in range(1, len(unit_spans)):
                if unit_scores[unit_number] > unit_scores[unit_number - 1] and follows_word(
                    source, unit_spans[unit_number - 1], unit_spans[unit_number]
                ):
                    unit_scores[unit_number] = unit_scores[unit_number - 1]  # it comes no sooner than its word
            tiers = np.where(self._forced_units(source, unit_spans), Tier.FORCED, Tier.NORMAL)
            tiers[_touched(unit_spans, protected_spans)] = Tier.MUST
            scored_segments.append(
                replace(segment, score=mean_score, units=tuple(_tied(source, forms, unit_spans, unit_scores, tiers)))
            )
        return scored_segments

    def _unit_scores(self, unit_spans: Sequence[Span], pieces: Pieces) -> npt.NDArray[np.float64]:
        """The score of each unit, from the pieces of its document. *Shape:* (len(unit_spans),)."""
        return align(unit_spans, *pieces)

    def _forced_units(self, text: str, unit_spans: Sequence[Span]) -> npt.NDArray[np.bool_]:
        is_forced = np.zeros(len(unit_spans), bool)
        if self._forced:
            is_forced |= _touched(unit_spans, [Span(*match.span()) for match in self._forced.finditer(text)])
        if self.force_reserve_digit:
            is_forced |= [any(map(str.isdecimal, text[start:end])) for start, end in unit_spans]
        return is_forced

    def _units(self, segment: Segment) -> list[Span]:
        """The units of the document that can be kept or dropped, in the part of it that ``segment`` still has."""
        source = segment.document.text
        whole_lines = [
            line
            for block in blocks(source)
            if block.kind in ("code", "table", "json")
            for line in lines(source, block.start, block.end)
            if line.end - line.start <= _MAX_LINE_CHARACTERS
        ]
        unit_spans: list[Span] = []
        for start, end in segment.spans:
            position, line_number = start, bisect_left(whole_lines, (start, 0))
            while line_number < len(whole_lines) and whole_lines[line_number].end <= end:
                unit_spans += [Span(*unit) for unit in word_units(source, position, whole_lines[line_number].start)]
                unit_spans.append(whole_lines[line_number])
                position = whole_lines[line_number].end
                line_number += 1
            unit_spans += [Span(*unit) for unit in word_units(source, position, end)]
        return unit_spans

    def _filtered(self, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        """Only the best documents still have units; the others are empty."""
        token_counts = [sum(unit_costs(segment, budget)) for segment in segments]
        assert budget.max_tokens is not None
        if sum(token_counts) <= budget.max_tokens:
            return list(segments)
        max_tokens = 2 * budget.max_tokens if self.context_filter is True else self.context_filter * sum(token_counts)
        best_first = sorted(range(len(segments)), key=lambda segment_number: -_worth(segments[segment_number]))
        tokens_before = dict(
            zip(
                best_first,
                accumulate([0, *(token_counts[segment_number] for segment_number in best_first)]),
                strict=False,
            )
        )
        return [
            segment if tokens_before[segment_number] < max_tokens else _dropped(segment)
            for segment_number, segment in enumerate(segments)
        ]


def merged_spans(*kinds: Sequence[Span]) -> list[Span]:
    """The spans of all kinds, sorted, those that overlap as one."""
    return [Span(*span) for span in merge(sorted(span for spans in kinds for span in spans))]


def _tied(
    text: str,
    forms: Sequence[GoverningForm],
    unit_spans: Sequence[Span],
    scores: npt.NDArray[np.float64],
    tiers: npt.NDArray[np.int64],
) -> Iterator[Unit]:
    """The units at ``unit_spans``, each with what it needs.

    What is protected stays whatever else does, so it needs nothing; what it would need comes before all that is not
    forced, as far as the budget goes. What is chosen for its score comes with the best words of its sentence.
    """
    ties = ties_of_words(text, forms, unit_spans)
    chosen_needs = needs_with_kernels(text, unit_spans, scores, ties)
    number_of_span = {span: unit_number for unit_number, span in enumerate(unit_spans)}
    must_numbers = np.flatnonzero(tiers == Tier.MUST).tolist()
    governing_numbers = {number_of_span[span] for unit_number in must_numbers for span in ties[unit_number].needs}
    for unit_number, (span, score, tier) in enumerate(
        zip(unit_spans, scores.tolist(), map(Tier, tiers.tolist()), strict=True)
    ):
        unit = Unit(*span, score, tier)
        is_word = any(map(str.isalnum, text[span.start : span.end]))
        if tier == Tier.MUST or (tier == Tier.FORCED and not is_word and unit_number not in governing_numbers):
            yield unit
        elif unit_number in governing_numbers:
            yield unit._replace(tier=min(tier, Tier.GOVERNING), needs=ties[unit_number].needs)
        elif tier == Tier.FORCED:
            yield unit._replace(needs=ties[unit_number].needs)
        else:
            yield unit._replace(needs=chosen_needs[unit_number], section=ties[unit_number].section)


def _dropped(segment: Segment) -> Segment:
    """``segment`` with nothing left, and nothing to choose from."""
    return replace(segment.keep([]), units=())


def _worth(segment: Segment) -> float:
    """Documents with something that must be kept come first."""
    if any(unit.must_be_kept for unit in segment.units):
        return math.inf
    return -math.inf if segment.score is None else segment.score


def _touched(unit_spans: Sequence[Span], others: Sequence[Span]) -> npt.NDArray[np.bool_]:
    """A mask of the units that hold something of ``others``; both are sorted and disjoint. *Shape:*
    (len(unit_spans),).
    """
    other_ends = [end for _, end in others]
    next_others = ((bisect_right(other_ends, start), end) for start, end in unit_spans)
    return np.array(
        [next_other < len(others) and others[next_other].start < end for next_other, end in next_others], bool
    )


def _pattern(force_tokens: Sequence[str]) -> re.Pattern[str] | None:
    """The pattern of the occurrences of ``force_tokens`` that must be kept: no part of a longer word, and sentence
    punctuation only where it ends one.
    """
    alternatives = []
    for token in sorted(force_tokens, key=len, reverse=True):  # "the answer is" before "the"
        if token.isspace():
            continue
        stripped = token.strip()
        quoted = re.escape(stripped)
        if not stripped.strip(STOPS):
            alternatives.append(rf"(?<![{STOPS}]){quoted}(?![^\s])")
        else:
            before_token = r"(?<!\w)" if stripped[0].isalnum() and not is_unspaced(stripped[0]) else ""
            after_token = r"(?!\w)" if stripped[-1].isalnum() and not is_unspaced(stripped[-1]) else ""
            alternatives.append(f"{before_token}{quoted}{after_token}")
    return re.compile("|".join(alternatives)) if alternatives else None


def _repeated(segment: Segment, force_tokens: Sequence[str]) -> set[int]:
    """Starts of the kept force tokens that follow an equal one with nothing kept between them."""
    source = segment.document.text
    stripped_tokens = {token.strip() for token in force_tokens}
    repeat_starts: set[int] = set()
    word_before = ""
    kept_starts = [start for start, _ in segment.spans]
    for unit in segment.units:
        kept_number = bisect_right(kept_starts, unit.start) - 1
        if kept_number < 0 or unit.end > segment.spans[kept_number].end:
            continue
        word = source[unit.start : unit.end]
        if word in stripped_tokens and word == word_before:
            repeat_starts.add(unit.start)
        else:
            word_before = word
    return repeat_starts


def _set_back(segment: Segment, starts: set[int]) -> Segment:
    """``segment`` with the units at ``starts`` wanted last of all."""
    units_set_back = (
        unit._replace(tier=Tier.REPEAT) if unit.start in starts and not unit.must_be_kept else unit
        for unit in segment.units
    )
    return replace(segment, units=tuple(units_set_back))
