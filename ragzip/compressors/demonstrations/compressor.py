"""Demonstrations chosen and shortened together, within one budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal, get_args

from ragzip.backends.cached import CachedEmbedder
from ragzip.backends.load import load_embedder
from ragzip.backends.protocols import TextEmbedder
from ragzip.cache import scored_once
from ragzip.checks import choice, number_in, shown, whole_number, with_methods
from ragzip.compressors.base import Compressor, Stage
from ragzip.compressors.checked import checked_segments
from ragzip.compressors.demonstrations.filling import Filling
from ragzip.compressors.demonstrations.marks import Marks, marks_of
from ragzip.compressors.demonstrations.ranking import Meaning, Similarity, SoftSpace, Wording, ranked
from ragzip.compressors.extractive.pruner import LANGUAGES
from ragzip.compressors.fingerprints import Fingerprinted, models_of
from ragzip.compressors.registry import shared_compressor
from ragzip.compressors.soft.family import Soft
from ragzip.errors import BudgetError, OptionError
from ragzip.fitting.choose import Fill
from ragzip.fitting.fit import fit
from ragzip.output.layout import Layout
from ragzip.process.lazy_property import lazy_property
from ragzip.text.spans import Span
from ragzip.types import Budget, Document, Meter, Note, Segment

__all__ = ["Demonstrations", "KeptFor", "SimilarityName", "similarity_of", "with_notes"]

KeptFor = Literal["label", "query"]
SimilarityName = Literal["embedder", "bm25", "soft"]
_SHARES = (1.0, 0.75, 0.5, 0.35, 0.25)  # of an input, which are tried


class Demonstrations:
    """Few-shot examples after UniICL (2024, arXiv 2405.17062): those near to the input and unlike each other, their
    inputs compressed as far as the budget needs it. Each document is one demonstration.

    What differs: any compressor shortens the inputs, to text or to vectors; likeness is maximal marginal relevance; a
    budget is met exactly. Documents that say where input and label stand (``metadata["demonstration"]``, see
    :class:`~ragzip.compressors.demonstrations.marks.Marks`; :class:`ragzip.demonstrations.DemonstrationBank` and the
    few-shot tasks of LongBench do) never lose a word of label or question, and never show one without something of the
    input. Of other documents all is input.

    Where the budget cannot hold all, inputs are shortened, all of them to the same share; where that is not enough, the
    demonstrations that rank last go; then the best get longer again as far as the budget reaches.

    :param count: most demonstrations.
    :param compressor: a registry name or a Compressor, for the inputs. A soft one makes vectors of them.
    :param similarity: "embedder", "bm25", "soft" (the vectors of a soft compressor, pooled), or a
        :class:`~ragzip.backends.protocols.TextEmbedder`; default: "soft" with a soft compressor, else the embedder.
    :param diversity: from 0 (nearest first) to 1 (only unlike those before).
    :param rate: most of the tokens of each input that are kept (None: all, where the budget holds them).
    :param least_rate: the share to which an input is shortened before a demonstration is left out.
    :param kept_for: what of an input stays: what its own "label" and question need, or what the "query" needs.
    :raises OptionError: an option outside its range.
    """

    name: ClassVar[str] = "extractive/demonstrations.v1"
    fill: ClassVar[Fill] = "none"
    default_rate: ClassVar[float | None] = None
    scores_are_probabilities: ClassVar[bool] = False
    tidies: ClassVar[bool] = False

    def __init__(
        self,
        *,
        count: int = 8,
        compressor: str | Compressor = "auto",
        similarity: SimilarityName | TextEmbedder | None = None,
        diversity: float = 0.2,
        rate: float | None = None,
        least_rate: float = 0.25,
        kept_for: KeptFor = "label",
    ) -> None:
        self.count = whole_number(count, "count", least=1)
        self.compressor = _inner(compressor)
        self.similarity = similarity_of(similarity, self.compressor)
        self.diversity = number_in(diversity, "diversity")
        self.rate = None if rate is None else number_in(rate, "rate", above=0)
        self.least_rate = number_in(least_rate, "least_rate", above=0)
        self.kept_for: KeptFor = choice(kept_for, "kept_for", get_args(KeptFor))

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        return (*models_of(self.compressor), *self.similarity.models)

    @lazy_property
    def _stage(self) -> Stage:
        return Stage.of(self.compressor)

    @property
    def shares(self) -> list[float]:
        """The shares of an input that are tried, the largest first."""
        most = 1.0 if self.rate is None else self.rate
        least = min(self.least_rate, most)
        return [most, *(share for share in _SHARES if least < share < most), *([least] if least < most else [])]

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        """One segment for each demonstration; those not shown are empty."""
        texts = [_compared_text(segment) for segment in segments]
        first_numbers = {segment.text: number for number, segment in reversed(list(enumerate(segments)))}
        shown_numbers = [number for number in sorted(first_numbers.values()) if texts[number]]  # a repeat shows nothing
        shown_texts = [texts[number] for number in shown_numbers]
        order = ranked(self.similarity, query, shown_texts, self.count, self.diversity)
        score_by_number = {shown_numbers[row]: relevance for row, relevance in order}
        notes = self.similarity.notes(query, shown_texts)
        return with_notes(self.filled(query, segments, score_by_number, budget), notes)

    def filled(
        self, query: str | None, segments: Sequence[Segment], score_by_number: dict[int, float], budget: Budget
    ) -> list[Segment]:
        """The demonstrations of ``score_by_number``, best first, as far as ``budget`` holds them; the others empty."""
        shorteners = {
            number: _Shortener(self._stage, self.shares, self._query_of(query, segments[number]), segment, budget)
            for number in score_by_number
            for segment in [replace(segments[number], score=score_by_number[number], units=())]
        }
        emptied = [replace(segment.keep([]), units=(), soft=()) for segment in segments]
        with scored_once():  # at every share the same inputs are scored again
            return Filling(emptied, shorteners, budget, depths=len(self.shares)).segments()

    def _query_of(self, query: str | None, segment: Segment) -> str | None:
        """The query that the input of a demonstration is compressed for."""
        marks = marks_of(segment.document)
        if self.kept_for == "query" or marks is None:
            return query
        return marks.purpose(segment.document.text) or query


def with_notes(segments: Sequence[Segment], notes: Sequence[Note]) -> list[Segment]:
    """``segments``, of which the first one tells ``notes``."""
    return [
        replace(segment, notes=(*segment.notes, *notes)) if notes and number == 0 else segment
        for number, segment in enumerate(segments)
    ]


def _inner(compressor: str | Compressor) -> Compressor:
    if isinstance(compressor, str):
        return shared_compressor(compressor)
    if isinstance(compressor, type) or not isinstance(compressor, Compressor):
        raise OptionError(f"compressor: received {shown(compressor)}, expected a registry name or a Compressor.")
    return compressor


def similarity_of(similarity: Any, compressor: Compressor) -> Similarity:
    """The similarity that ``similarity`` names, or that of a TextEmbedder.

    :raises OptionError: neither, or "soft" without a soft compressor.
    """
    if similarity is None:
        similarity = "soft" if isinstance(compressor, Soft) else "embedder"
    if not isinstance(similarity, str):
        expected = f"{', '.join(map(repr, get_args(SimilarityName)))} or a TextEmbedder"
        with_methods(similarity, "similarity", ("embed", "dimension", "fingerprint"), expected=expected)
        return Meaning(CachedEmbedder(similarity))
    choice(similarity, "similarity", get_args(SimilarityName))
    if similarity == "bm25":
        return Wording()
    if similarity == "embedder":
        return Meaning(CachedEmbedder(load_embedder(None, None)), languages=LANGUAGES)
    if not isinstance(compressor, Soft):
        raise OptionError(f"similarity: received 'soft' with {compressor.name}, expected a soft compressor.")
    return Meaning(SoftSpace(compressor), centred=True)


def _compared_text(segment: Segment) -> str:
    """The part of a demonstration that is compared with a query: all but the label."""
    marks = marks_of(segment.document) if segment.is_whole else None
    return segment.text.strip() if marks is None else marks.shown_to(segment.document.text)


class _Shortener:
    """A demonstration in shorter and shorter versions, made as they are asked for."""

    def __init__(
        self, stage: Stage, shares: Sequence[float], query: str | None, segment: Segment, budget: Budget
    ) -> None:
        self.stage, self.query, self.segment, self.budget = stage, query, segment, budget
        self._open_shares, self._versions = list(shares), list[Segment]()
        self.marks = marks_of(segment.document)
        self.is_soft = isinstance(stage.compressor, Soft)

    def version(self, depth: int) -> Segment:
        """The version with this number, from 0 for the longest on; the shortest where there are not as many. Those that
        are no shorter than the one before are not counted, and neither are those with nothing of the input.
        """
        while len(self._versions) <= depth and self._open_shares:
            version = self._at(self._open_shares.pop(0))
            if version is not None and (not self._versions or self._tokens(version) < self._tokens(self._versions[-1])):
                self._versions.append(version)
        return self._versions[min(depth, len(self._versions) - 1)] if self._versions else self.segment

    def within(self, limit: int) -> Segment | None:
        """The demonstration in at most ``limit`` tokens by itself; None where nothing of the input fits."""
        remaining_tokens = limit - self._tokens(self._around())
        return self._shortened(remaining_tokens) if remaining_tokens > 0 else None

    def _at(self, share: float) -> Segment | None:
        if share == 1.0:
            return self._shortened(None) if self.is_soft else self.segment
        return self._shortened(int(share * self.budget.count(self._input().text)))

    def _tokens(self, segment: Segment) -> int:
        return sum(map(len, segment.soft)) + self.budget.count(segment.text)

    def _around(self) -> Segment:
        """The demonstration without its input."""
        return self.segment.keep([] if self.marks is None else self.marks.outside(self.segment.document.text))

    def _input(self) -> Segment:
        """The input as a document of its own, as far as it is still kept."""
        if self.marks is None:
            return self.segment
        start, end = self.marks.input
        document = Document(self.segment.document.id, self.segment.document.text[start:end])
        held_spans = [(span.start - start, span.end - start) for span in self.segment.held]
        inside = [
            (max(0, begin), min(end - start, stop)) for begin, stop in held_spans if begin < end - start and stop > 0
        ]
        return Segment.whole(document, self.segment.position).keep(inside)

    def _shortened(self, limit: int | None) -> Segment | None:
        """The demonstration with at most ``limit`` tokens of its input; None where nothing of it is left."""
        if self.marks is not None and not self.segment.form.is_plain:
            return None  # an earlier stage has rewritten it
        budget = Budget(Meter(self.budget.count), limit, protect=self.budget.protect)
        whole_input = self._input()
        try:
            compressed = self._compressed(whole_input, budget)
        except BudgetError:
            return None
        if not compressed.text.strip() and not compressed.soft:
            return None
        return compressed if self.marks is None else self._placed(compressed, self.marks)

    def _compressed(self, whole_input: Segment, budget: Budget) -> Segment:
        compressor = self.stage.compressor
        compressed = checked_segments(compressor, compressor.compress(self.query, [whole_input], budget), [whole_input])
        if self.stage.fill != "none" and budget.max_tokens is not None:
            compressed = fit(compressed, budget, Layout(), fill=self.stage.fill)
        return replace(compressed[0], score=self.segment.score, units=())

    def _placed(self, compressed: Segment, marks: Marks) -> Segment:
        """The demonstration with the compressed input in the place of the whole one."""
        text, start = self.segment.document.text, marks.input.start
        if not compressed.verbatim:
            written = f"{text[:start]}{compressed.text}{text[marks.input.end :]}"
            return self.segment.rewritten(written, claims=compressed.claims, notes=compressed.notes)
        kept_spans = [Span(begin + start, end + start) for begin, end in compressed.spans]
        soft_segments = tuple(
            replace(soft, span=Span(soft.span.start + start, soft.span.end + start)) for soft in compressed.soft
        )
        return replace(self.segment.keep([*marks.outside(text), *kept_spans]), soft=soft_segments)
