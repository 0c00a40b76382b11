"""The default: the method that does best on the development data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ragzip.budget import DEFAULT_RATE, Fill, select
from ragzip.compressors.extractive.pruner import Pruner
from ragzip.compressors.html.pruner import HtmlPruner
from ragzip.compressors.token.pruner_words import PrunerWords
from ragzip.pages.form import Output
from ragzip.pages.page import is_page
from ragzip.types import Budget, Segment

__all__ = ["Auto"]


class Auto:
    """With a query, sentences by :class:`~ragzip.compressors.extractive.pruner.Pruner`, and the best words of the next
    ones until at least 95 % of the budget is used; without a budget, as little as answers the query (the
    pruner's own threshold). Without a query, words by :class:`~ragzip.compressors.token.pruner_words.PrunerWords`.

    Web pages go by blocks, see :class:`~ragzip.compressors.html.pruner.HtmlPruner`; beside them, other documents go by
    sentences even without a query.

    :param reorder: see :class:`~ragzip.compressors.extractive.family.Extractive`.
    :param output: how web pages are written: "html", "markdown", or "text".
    :param links: of web pages, keep links with their addresses.
    """

    name: ClassVar[str] = "auto.v1"
    scores_are_probabilities: ClassVar[bool] = True
    default_rate: ClassVar[float | None] = DEFAULT_RATE
    default_threshold: float | None = Pruner.default_threshold
    fill: Fill = "words"

    def __init__(self, *, reorder: bool = False, output: Output = "html", links: bool = False) -> None:
        self.sentences = Pruner(fill="words", reorder=reorder)
        self.words = PrunerWords()
        self.pages = HtmlPruner(fill="words", reorder=reorder, output=output, links=links)
        self.reorder = reorder

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        paged = [is_page(segment.document) for segment in segments]
        if not any(paged):
            chosen = self.words if query is None else self.sentences
            return chosen.compress(query, segments, budget)
        texts = [segment for segment, page in zip(segments, paged, strict=True) if not page]
        pages = [segment for segment, page in zip(segments, paged, strict=True) if page]
        scored = iter(self.sentences.scored(query, texts, budget) if texts else [])
        found = iter(self.pages.scored(query, pages, budget))
        return select([next(found if page else scored) for page in paged], budget)
