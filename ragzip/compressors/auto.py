"""The default: the method that does best on the development data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from ragzip.compressors.extractive.pruner import Pruner
from ragzip.compressors.fingerprints import Fingerprinted, models_of
from ragzip.compressors.html.pruner import HtmlPruner
from ragzip.compressors.token.pruner_words import PrunerWords
from ragzip.fitting.choose import Fill, select
from ragzip.fitting.limits import DEFAULT_RATE
from ragzip.pages.form import Output
from ragzip.pages.page import is_page
from ragzip.types import Budget, Note, Segment

__all__ = ["Auto"]

_WORDS_CHOSEN = Note("words-chosen", "words were left out, not sentences, so that all that is protected stays")


class Auto:
    """Whole sentences by :class:`~ragzip.compressors.extractive.pruner.Pruner`: what the query needs, and at most the
    budget; without a query, those with the most to say. Web pages go by blocks, see
    :class:`~ragzip.compressors.html.pruner.HtmlPruner`.

    Without a query, where something is protected, words by
    :class:`~ragzip.compressors.token.pruner_words.PrunerWords`: all that is protected is then kept, and a note says so.

    :param fill: see :class:`~ragzip.compressors.extractive.family.Extractive`.
    :param output: how web pages are written: "html", "markdown", or "text".
    :param links: of web pages, keep links with their addresses.
    """

    name: ClassVar[str] = "auto.v1"
    scores_are_probabilities: ClassVar[bool] = True
    default_rate: ClassVar[float | None] = DEFAULT_RATE
    writes_pages: ClassVar[bool] = True
    default_threshold: float | None = Pruner.default_threshold

    def __init__(self, *, fill: Fill = "relevant", output: Output = "html", links: bool = False) -> None:
        self.sentences = Pruner(fill=fill)
        self.pages = HtmlPruner(fill=fill, output=output, links=links)
        self.words = PrunerWords()
        self.fill = self.sentences.fill

    @property
    def tells_unanswerable(self) -> bool:
        """Whether the model for texts was trained to tell that nothing answers."""
        return self.sentences.tells_unanswerable

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        return (*models_of(self.sentences), *models_of(self.pages), *models_of(self.words))

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        is_page_by_segment = [is_page(segment.document) for segment in segments]
        if (
            query is None
            and not any(is_page_by_segment)
            and any(budget.protect(segment.document.text) for segment in segments)
        ):
            by_words = self.words.compress(None, segments, budget)
            return [replace(segment, notes=(*segment.notes, _WORDS_CHOSEN)) for segment in by_words]
        scored = list(segments)
        for scorer, of_pages in ((self.sentences, False), (self.pages, True)):
            numbers = [number for number, is_a_page in enumerate(is_page_by_segment) if is_a_page == of_pages]
            if numbers:
                scored_segments = scorer.scored(query, [segments[number] for number in numbers], budget)
                for number, segment in zip(numbers, scored_segments, strict=True):
                    scored[number] = segment
        return select(scored, budget)
