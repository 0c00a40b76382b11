"""Template of the extractive family: split into sentences, score, smooth over neighbours, mark repeats, select."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from ragzip.checks import choice, number_in
from ragzip.compressors.extractive.records.columns import with_columns
from ragzip.compressors.extractive.records.first_stage import identifier_shares
from ragzip.compressors.extractive.records.narrow_tables import with_narrow_tables
from ragzip.compressors.extractive.rules.table import mended
from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.compressors.extractive.texts.asides import unasked
from ragzip.compressors.extractive.texts.passages import Passage, ReadText, read_texts
from ragzip.compressors.extractive.texts.repeats import repeats
from ragzip.compressors.extractive.texts.subjects import with_subjects
from ragzip.compressors.extractive.texts.unlinked import in_unlinked_texts
from ragzip.compressors.relevance import THRESHOLD_OF_WORDING, Criteria, relevant, units_sharing_words
from ragzip.errors import OptionError
from ragzip.fitting.choose import Fill, select
from ragzip.fitting.limits import DEFAULT_RATE
from ragzip.text.queries.questions import asks_for_several, readings_of
from ragzip.text.scores import Scores, grouped
from ragzip.types import Budget, Note, Segment, Tier

__all__ = ["Analysis", "Extractive", "Passage", "smoothed"]

_SHARE_BESIDE_ORPHAN = 0.8  # of the same, that a sentence after it has which comes with it
_LEAST_IN_PLACE_OF_BEST = 0.21  # of the best score: of 42 kept units with less, on 600 dev questions, three were needed
_SHARE_OF_ORPHAN = 0.98  # of the score of a sentence that speaks of what does not fit, that another one is as good from
_Value = TypeVar("_Value", bound=np.generic)


class Analysis(NamedTuple):
    """The scores that a method gives to passages, whatever the budget.

    ``scores`` of the sentences, one array (n_i,) for each passage; ``relevance`` of each passage, where the method has
    it (default: the score of its best sentence). ``by_wording``: the scores are no probabilities, but say how much of
    the query's wording a sentence has; ``notes`` are for the caller. ``nothing_answers``: whether the method is sure of
    that; None where it decides nothing of the kind.
    """

    scores: list[Scores]
    relevance: Sequence[float] | None = None
    by_wording: bool = False
    notes: tuple[Note, ...] = ()
    nothing_answers: bool | None = None


def _best_of(analyses: Sequence[Analysis]) -> Analysis:
    """The analysis with the best score of each sentence and passage among ``analyses``."""
    first_analysis = analyses[0]
    if len(analyses) == 1:
        return first_analysis
    scores = [
        np.max(scores_by_analysis, axis=0)
        for scores_by_analysis in zip(*(analysis.scores for analysis in analyses), strict=True)
    ]
    relevances = [analysis.relevance for analysis in analyses if analysis.relevance is not None]
    return first_analysis._replace(
        scores=scores,
        relevance=np.max(relevances, axis=0).tolist() if relevances else None,
        nothing_answers=None
        if first_analysis.nothing_answers is None
        else all(analysis.nothing_answers for analysis in analyses),
    )


def _by_text(analysis: Analysis, texts: Sequence[ReadText]) -> Analysis:
    """``analysis`` of the passages of all texts, with what it says of each text together."""
    if all(len(text.passages) == 1 for text in texts):
        return analysis
    ends = np.cumsum([len(text.passages) for text in texts])[:-1].tolist()
    bounds = list(pairwise([0, *ends, len(analysis.scores)]))
    relevance = analysis.relevance
    return analysis._replace(
        scores=[np.concatenate([*analysis.scores[first:end], np.zeros(0)]) for first, end in bounds],
        relevance=None if relevance is None else [max(relevance[first:end], default=0.0) for first, end in bounds],
    )


class Extractive:
    """Keeps the best-scored sentences over all documents. A method writes :meth:`score` or :meth:`analyse`.

    :param neighbours: share of a neighbour's score that a sentence gets on top of its own, 0 to 1.
    :param fill: ``"relevant"`` keeps what the query may need, and at most the budget; ``"units"`` uses the budget up
        with the next best sentences.
    """

    name: ClassVar[str]
    default_rate: ClassVar[float | None] = DEFAULT_RATE
    default_threshold: float | None = None
    scores_are_probabilities: ClassVar[bool | None] = None

    def __init__(self, *, neighbours: float = 0.0, fill: Fill = "relevant") -> None:
        self.neighbours = number_in(neighbours, "neighbours")
        self.fill: Fill = choice(fill, "fill", ("relevant", "units"))

    def __init_subclass__(cls, **options: Any) -> None:
        """Check that a method has :meth:`score` or :meth:`analyse`, its own or of the class it extends.

        :raises OptionError: it has neither.
        """
        super().__init_subclass__(**options)
        if cls.score is Extractive.score and cls.analyse is Extractive.analyse:
            raise OptionError(
                f"{cls.__name__}: received an extractive compressor without score and analyse, expected one of them, "
                "such as score(self, query, passages), which returns an array of scores for each passage."
            )

    def score(self, query: str | None, passages: Sequence[Passage]) -> list[Scores]:
        """The score of each sentence, higher is better, whatever the budget. Without a query: how central it is.

        *Shape:* one array (n_i,) for each passage.
        """
        return self.analyse(query, passages).scores

    def analyse(self, query: str | None, passages: Sequence[Passage]) -> Analysis:
        """The scores, and further findings of the method."""
        return Analysis(self.score(query, passages))

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        return select(self.scored(query, segments, budget), budget)

    def scored(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        """``segments`` with their sentences as units; nothing is chosen yet."""
        texts = with_subjects(read_texts(query, segments, budget), budget)
        if not any(text.outline.spans for text in texts):
            return [text.segment.keep([]) for text in texts]
        questions = readings_of(query) if query is not None else ()
        passages = [passage for text in texts for passage in text.passages]
        analysis = _best_of([self.analyse(question, passages) for question in questions or (None,)])
        analysis = _by_text(analysis, texts)
        scores = self._unit_scores(query, texts, analysis, budget)
        repeated = _repeated(texts, scores, budget)
        is_asked = bool(questions)
        is_left_out = unasked(query, [text.outline for text in texts], [text.source for text in texts])
        if is_asked and self.fill == "relevant":
            is_left_out |= repeated
        may_be_kept = self._may_be_kept(query, analysis, scores, is_left_out, budget, is_asked=is_asked)
        texts = [
            text.within(budget, is_relevant, unit_scores, is_asked=is_asked).without_count(budget, unit_scores)
            for text, is_relevant, unit_scores in zip(texts, _split(may_be_kept, scores), scores, strict=True)
        ]
        may_be_kept &= ~_beside_orphans(texts, np.where(may_be_kept, np.concatenate(scores), -np.inf), budget)
        if is_asked and self.fill == "relevant" and budget.threshold is None:
            counting_scores = np.where(may_be_kept, np.concatenate(scores), -np.inf)
            may_be_kept &= _in_place_of_best(query or "", texts, counting_scores, budget)
            if self.scores_are_probabilities and not analysis.by_wording:
                counting_scores = np.where(may_be_kept, np.concatenate(scores), -np.inf)
                may_be_kept &= ~in_unlinked_texts(query or "", texts, counting_scores)
        tiers = (Tier.REPEAT if is_repeat else Tier.NORMAL for is_repeat in repeated.tolist())
        ranks = grouped(list(zip(tiers, may_be_kept.tolist(), strict=True)), scores)
        scored_segments = with_columns(query, _scored_segments(texts, scores, ranks, analysis), budget)
        return with_narrow_tables(query, scored_segments, budget)

    def _unit_scores(
        self, query: str | None, texts: Sequence[ReadText], analysis: Analysis, budget: Budget
    ) -> list[Scores]:
        """The scores of all units: those of the method, mended by rules. *Shape:* one array (n_i,) for each text."""
        scores = [
            text.scores_of_all(_smoothed_prose(text.passages, read_scores, self.neighbours))
            for text, read_scores in zip(texts, analysis.scores, strict=True)
        ]
        units_of_texts = [TextUnits(text.outline, text.source, text.segment.document.title, budget) for text in texts]
        return mended(query, units_of_texts, scores)

    def _may_be_kept(
        self,
        query: str | None,
        analysis: Analysis,
        scores: Sequence[Scores],
        is_left_out: npt.NDArray[np.bool_],
        budget: Budget,
        *,
        is_asked: bool,
    ) -> npt.NDArray[np.bool_]:
        """A mask of the units of all texts that the query may need, none of which ``is_left_out``: a repeat, or an
        aside that it does not ask for. *Shape:* one array (n_i,) for each text, and (n,), to (n,).
        """
        counting_scores = scores
        if is_left_out.any():
            counting_scores = _split(np.where(is_left_out, 0.0, np.concatenate(scores)), scores)
        if analysis.by_wording:
            criteria = Criteria(units_sharing_words, THRESHOLD_OF_WORDING, analysis.nothing_answers)
        else:
            has_several_parts = query is not None and asks_for_several(query)
            criteria = Criteria(self.needed, self.default_threshold, analysis.nothing_answers, has_several_parts)
        is_relevant = relevant(counting_scores, criteria, budget, is_asked=is_asked, fill=self.fill)
        return is_relevant & ~is_left_out

    def needed(self, scores: Sequence[Scores]) -> npt.NDArray[np.bool_]:
        """A mask of the sentences that a query may need, by their scores; all, where a method cannot say.

        *Shape:* one array (n_i,) for each passage to (n,).
        """
        return np.ones(sum(map(len, scores)), bool)


def _scored_segments(
    texts: Sequence[ReadText],
    scores: Sequence[Scores],
    ranks: Sequence[Sequence[tuple[Tier, bool]]],
    analysis: Analysis,
) -> list[Segment]:
    """The segments with their units; ``ranks`` has the tier of each unit, and whether it may be kept."""
    best_of_texts = [float(unit_scores.max(initial=-math.inf)) for unit_scores in scores]
    best_text = max(range(len(texts)), key=best_of_texts.__getitem__, default=None)
    scored_segments = []
    for number, (text, unit_scores, unit_ranks) in enumerate(zip(texts, scores, ranks, strict=True)):
        best_score = float(unit_scores.max()) if len(unit_scores) else text.segment.score
        relevance = analysis.relevance[number] if analysis.relevance else best_score
        units = text.outline.units(unit_scores, unit_ranks, text.segment.form.signs, has_best=number == best_text)
        scored_segments.append(replace(text.segment, score=relevance, units=units, notes=analysis.notes))
    return scored_segments


def _split(values: npt.NDArray[_Value], scores: Sequence[Scores]) -> list[npt.NDArray[_Value]]:
    """``values`` of all units by text, as ``scores`` are. *Shape:* (n,) to (n_i,) each."""
    return np.split(values, np.cumsum(list(map(len, scores)))[:-1])


def _beside_orphans(texts: Sequence[ReadText], scores: Scores, budget: Budget) -> npt.NDArray[np.bool_]:
    """A mask of the units that would be misread, since their antecedent does not fit.

    The best unit that fits is none of them. Where it has lost its antecedent, and no other unit that fits is as good,
    they are those of its document that it may seem to speak of: all before it, and those after it that score much less.
    A unit that does not fit itself is none of them, so that the call says how many tokens it needs. Units that may not
    be kept score minus infinity. *Shape:* (n,) both.
    """
    is_orphan = np.concatenate([text.outline.orphans(text.source) for text in texts])
    if not is_orphan.any():
        return is_orphan
    places = [(text, number) for text in texts for number in range(len(text.outline.spans))]
    best_first = [place for place in np.argsort(-scores, kind="stable").tolist() if np.isfinite(scores[place])]
    best = next((place for place in best_first if _may_be_best(places[place], budget)), None)
    if best is None:
        is_orphan[best_first] = False
        return is_orphan
    is_orphan[best_first[: best_first.index(best)]] = False
    if not is_orphan[best]:
        return is_orphan
    as_good = (place for place in best_first if scores[place] >= _SHARE_OF_ORPHAN * scores[best])
    if any(not is_orphan[place] and _may_be_best(places[place], budget) for place in as_good):
        return is_orphan
    text, number = places[best]
    after_best = slice(best + 1, best - number + len(text.outline.spans))
    is_orphan[best - number : best] = True
    is_orphan[after_best] |= scores[after_best] < _SHARE_BESIDE_ORPHAN * scores[best]
    is_orphan[best] = False
    return is_orphan


def _in_place_of_best(query: str, texts: Sequence[ReadText], scores: Scores, budget: Budget) -> npt.NDArray[np.bool_]:
    """The units that can stand in for the best one where that is larger than the budget: those that are not far worse;
    for a record with a number of ``query``, those with one. All, where it may fit: the call says how many tokens it
    needs. Units that may not be kept score minus infinity. *Shape:* (n,) both.
    """
    ends = np.cumsum([len(text.outline.spans) for text in texts])
    for place in map(int, np.argsort(-scores, kind="stable")):
        text = texts[text_number := int(np.searchsorted(ends, place, side="right"))]
        number = place - int(ends[text_number]) + len(text.outline.spans)
        if not np.isfinite(scores[place]):
            break
        if text.outline.relations[number].section is not None:
            continue
        if text.outline.fits(number, budget, text.source):
            break
        is_near = np.asarray(scores >= _LEAST_IN_PLACE_OF_BEST * scores[place])
        if not text.outline.records[number]:
            return is_near
        unit_texts = [
            text.outline.text_of(unit, text.source) for text in texts for unit in range(len(text.outline.spans))
        ]
        shares = identifier_shares(query, unit_texts)
        return np.asarray(is_near & ((shares > 0) | (shares[place] == 0)))
    return np.ones(len(scores), bool)


def _may_be_best(place: tuple[ReadText, int], budget: Budget) -> bool:
    """Whether a unit is no heading, and may fit into ``budget``."""
    text, number = place
    return text.outline.relations[number].section is None and text.outline.fits(number, budget, text.source)


def _smoothed_prose(passages: Sequence[Passage], scores: Scores, share: float) -> Scores:
    """The scores of the sentences, smoothed over their neighbours, except those of records. *Shape:* (n,)."""
    records = [is_record for passage in passages for is_record in passage.records]
    if share == 0 or not any(records):
        return smoothed(scores, share)
    return np.where(records, scores, smoothed(scores, share))


def _repeated(texts: Sequence[ReadText], scores: Sequence[Scores], budget: Budget) -> npt.NDArray[np.bool_]:
    """A mask of the units of all documents that repeat a better one, are a part of another one, or were not read.
    *Shape:* (n,).
    """
    first_units = np.cumsum([0, *map(len, scores)])[:-1].tolist()
    texts_from = list(zip(first_units, texts, strict=True))
    all_scores = np.concatenate(scores)
    parts = [first + number for first, text in texts_from for number in text.outline.parts]
    all_scores[parts] = -np.inf  # no unit repeats a part of another one
    read_units = [first + number for first, text in texts_from for number in text.read_units]
    repeated = np.ones(len(all_scores), bool)
    repeated[read_units] = repeats(
        [passage for text in texts for passage in text.passages],
        np.argsort(-all_scores[read_units], kind="stable"),
        titles_are_written=budget.writes_titles,
    )
    kept_with_others = [(first, text.outline.halves | text.outline.around_sources) for first, text in texts_from]
    repeated[[first + number for first, numbers in kept_with_others for number in numbers]] = False
    repeated[parts] = True
    return repeated


def smoothed(scores: Scores, share: float) -> Scores:
    """Each score plus ``share`` of its better neighbour's: a sentence beside a good one is often needed with it."""
    if share == 0 or len(scores) < 2:
        return scores
    lowest_score = float(scores.min())
    padded_scores = np.concatenate(([lowest_score], scores, [lowest_score]))
    return np.asarray((scores + share * np.maximum(padded_scores[:-2], padded_scores[2:])) / (1 + share))
