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
from ragzip.compressors.token.clauses import follows_word, solid_spans, ties_of_words
from ragzip.errors import InputError, OptionError
from ragzip.fitting.choose import DEFAULT_RATE, Fill, select, unit_costs, whole_protected
from ragzip.text.scores import Pieces, align
from ragzip.text.spans import Span, merge
from ragzip.text.splitters import blocks, lines
from ragzip.text.words import STOPS, is_unspaced, units
from ragzip.types import Budget, Segment, Tier, Unit

__all__ = ["Token"]

_LONGEST_LINE = 200  # characters; of a longer line of code or of a table the words are chosen from
_ROUNDS = 3  # of dropping repeated force tokens, each of which makes room for words that may stand between others


class Token(ABC):
    """Keeps the best-scored words over all documents: one global threshold, at their cost in the target tokenizer.

    A unit is a word, the punctuation at its end, a phrase of unspaced script, or a line of code or of a table; its
    score is the mean of the pieces that the scorer reads it in. Protected spans are kept, each in one piece. A method
    writes :meth:`score_words`. Punctuation counts as a force token where it ends a word; in code and tables the whole
    line is kept. What is forced passes any threshold.

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
        scored = self._scored(query, segments, budget)
        if self.context_filter and budget.max_tokens is not None:
            scored = self._filtered(scored, budget)
        out = select(scored, budget)
        if self.drop_consecutive and self.force_tokens:
            for _ in range(_ROUNDS):
                repeated = [_repeated(segment, self.force_tokens) for segment in out]
                if not any(repeated):
                    break
                scored = [_set_back(*pair) for pair in zip(scored, repeated, strict=True)]
                out = select(scored, budget)
        return out

    def _scored(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        """``segments`` with their units, and the mean of these as score."""
        with_text = [segment for segment in segments if segment.text.strip()]
        texts = [segment.text for segment in with_text]
        pieces = iter(self.score_words(texts, query) if texts else ())
        out = []
        for segment in segments:
            if not segment.text.strip():
                out.append(_dropped(segment))
                continue
            text = segment.document.text
            spans, keep = next(pieces)
            protected = budget.protect(text)
            found = whole_protected(self._units(segment), merged_spans(protected, solid_spans(text)))
            scores = align(found, segment.in_source(spans), keep)
            mean = float(scores.mean()) if len(scores) else segment.score
            for i in range(1, len(found)):
                if scores[i] > scores[i - 1] and follows_word(text, found[i - 1], found[i]):
                    scores[i] = scores[i - 1]  # it comes no sooner than its word
            tiers = np.where(self._forced_units(text, found), Tier.FORCED, Tier.NORMAL)
            tiers[_touched(found, protected)] = Tier.MUST
            out.append(replace(segment, score=mean, units=tuple(_tied(text, found, scores, tiers))))
        return out

    def _forced_units(self, text: str, found: Sequence[Span]) -> npt.NDArray[np.bool_]:
        forced = np.zeros(len(found), bool)
        if self._forced:
            forced |= _touched(found, [Span(*match.span()) for match in self._forced.finditer(text)])
        if self.force_reserve_digit:
            forced |= [any(map(str.isdecimal, text[start:end])) for start, end in found]
        return forced

    def _units(self, segment: Segment) -> list[Span]:
        """What can be kept or dropped of the document, as far as ``segment`` still has it."""
        text = segment.document.text
        whole = [
            line
            for block in blocks(text)
            if block.kind in ("code", "table", "json")
            for line in lines(text, block.start, block.end)
            if line.end - line.start <= _LONGEST_LINE
        ]
        out: list[Span] = []
        for start, end in segment.spans:
            at, index = start, bisect_left(whole, (start, 0))
            while index < len(whole) and whole[index].end <= end:
                out += [Span(*unit) for unit in units(text, at, whole[index].start)]
                out.append(whole[index])
                at = whole[index].end
                index += 1
            out += [Span(*unit) for unit in units(text, at, end)]
        return out

    def _filtered(self, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        """Only the best documents still have units; the others are empty."""
        sizes = [sum(unit_costs(segment, budget)) for segment in segments]
        assert budget.max_tokens is not None
        if sum(sizes) <= budget.max_tokens:
            return list(segments)
        most = 2 * budget.max_tokens if self.context_filter is True else self.context_filter * sum(sizes)
        order = sorted(range(len(segments)), key=lambda i: -_worth(segments[i]))
        before = dict(zip(order, accumulate([0, *(sizes[i] for i in order)]), strict=False))
        return [segment if before[i] < most else _dropped(segment) for i, segment in enumerate(segments)]


def merged_spans(*kinds: Sequence[Span]) -> list[Span]:
    """The spans of all kinds, sorted, those that overlap as one."""
    return [Span(*span) for span in merge(sorted(span for spans in kinds for span in spans))]


def _tied(
    text: str, found: Sequence[Span], scores: npt.NDArray[np.float64], tiers: npt.NDArray[np.int64]
) -> Iterator[Unit]:
    """The units at ``found``, each with what it needs.

    What is protected stays whatever else does, so it needs nothing; what it would need comes before all that is not
    forced, as far as the budget goes.
    """
    ties = ties_of_words(text, found)
    places = {span: i for i, span in enumerate(found)}
    musts = np.flatnonzero(tiers == Tier.MUST).tolist()
    governing = {places[span] for i in musts for span in ties[i].needs}
    for i, (span, score, tier) in enumerate(zip(found, scores.tolist(), map(Tier, tiers.tolist()), strict=True)):
        unit = Unit(*span, score, tier)
        is_word = any(map(str.isalnum, text[span.start : span.end]))
        if tier == Tier.MUST or (tier == Tier.FORCED and not is_word and i not in governing):
            yield unit
        elif i in governing:
            yield unit._replace(tier=min(tier, Tier.GOVERNING), needs=ties[i].needs)
        elif tier == Tier.FORCED:
            yield unit._replace(needs=ties[i].needs)
        else:
            yield unit._replace(needs=ties[i].needs, section=ties[i].section)


def _dropped(segment: Segment) -> Segment:
    """``segment`` with nothing left, and nothing to choose from."""
    return replace(segment.keep([]), units=())


def _worth(segment: Segment) -> float:
    """Documents with something that must be kept come first."""
    if any(unit.must_be_kept for unit in segment.units):
        return math.inf
    return -math.inf if segment.score is None else segment.score


def _touched(found: Sequence[Span], others: Sequence[Span]) -> npt.NDArray[np.bool_]:
    """Which of ``found`` hold something of ``others``; both are sorted and disjoint. *Shape:* (len(found),)."""
    ends = [end for _, end in others]
    places = ((bisect_right(ends, start), end) for start, end in found)
    return np.array([at < len(others) and others[at].start < end for at, end in places], bool)


def _pattern(force_tokens: Sequence[str]) -> re.Pattern[str] | None:
    """What matches every occurrence that must be kept: no part of a longer word, and sentence punctuation only where
    it ends one.
    """
    parts = []
    for token in sorted(force_tokens, key=len, reverse=True):  # "the answer is" before "the"
        if token.isspace():
            continue
        bare = token.strip()
        quoted = re.escape(bare)
        if not bare.strip(STOPS):
            parts.append(rf"(?<![{STOPS}]){quoted}(?![^\s])")
        else:
            left = r"(?<!\w)" if bare[0].isalnum() and not is_unspaced(bare[0]) else ""
            right = r"(?!\w)" if bare[-1].isalnum() and not is_unspaced(bare[-1]) else ""
            parts.append(f"{left}{quoted}{right}")
    return re.compile("|".join(parts)) if parts else None


def _repeated(segment: Segment, force_tokens: Sequence[str]) -> set[int]:
    """Starts of the kept force tokens that follow an equal one with nothing kept between them."""
    text = segment.document.text
    bare = {token.strip() for token in force_tokens}
    out: set[int] = set()
    before = ""
    starts = [start for start, _ in segment.spans]
    for unit in segment.units:
        at = bisect_right(starts, unit.start) - 1
        if at < 0 or unit.end > segment.spans[at].end:
            continue
        word = text[unit.start : unit.end]
        if word in bare and word == before:
            out.add(unit.start)
        else:
            before = word
    return out


def _set_back(segment: Segment, starts: set[int]) -> Segment:
    """``segment`` with the units at ``starts`` wanted last of all."""
    units = (
        unit._replace(tier=Tier.REPEAT) if unit.start in starts and not unit.must_be_kept else unit
        for unit in segment.units
    )
    return replace(segment, units=tuple(units))
