"""Template of the HTML family: pages to blocks, score, select. Other documents go by sentences."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ragzip.checks import choice, flag, whole_number
from ragzip.compressors.html.block_units import BlockUnits
from ragzip.compressors.html.views import View, page_view, text_view
from ragzip.compressors.outline import Outline, outline, structured
from ragzip.compressors.relevance import relevant
from ragzip.fitting.choose import DEFAULT_RATE, Fill, select, whole_protected
from ragzip.pages.blocks import Block
from ragzip.pages.form import Output, PageForm, check_output, page_form
from ragzip.pages.leads import relations_of_blocks
from ragzip.pages.page import is_page
from ragzip.text.questions import readings_of
from ragzip.text.spans import Span
from ragzip.types import Budget, Note, Segment, Tier, Unit

__all__ = ["Html", "Scores"]

Scores = npt.NDArray[np.float64]


class Html(ABC):
    """Keeps the best-scored blocks over all pages, with the headings above them and the header rows of their tables.

    A method writes :meth:`score`. What is written is cleaned: scripts, styles, comments, attributes (but colspan,
    rowspan and, on request, the addresses of links) and tags that give no structure are gone. As HTML it is made of
    pieces of the page alone; end tags that HTML lets one leave out are left out.

    Pages are documents of the type text/html, and those that begin as one (``<!doctype html>``, ``<html``).

    :param output: "html", "markdown", or "text".
    :param links: keep links, with their addresses.
    :param max_words: the most words of a block, see :func:`ragzip.pages.blocks.blocks`.
    :param fill: see :class:`~ragzip.compressors.extractive.family.Extractive`.
    :param reorder: see :class:`~ragzip.compressors.extractive.family.Extractive`.
    :raises OptionError: an option outside its range.
    """

    name: ClassVar[str]
    default_rate: ClassVar[float | None] = DEFAULT_RATE
    writes_pages: ClassVar[bool] = True
    default_threshold: float | None = None

    def __init__(
        self,
        *,
        output: Output = "html",
        links: bool = False,
        max_words: int = 40,
        fill: Fill = "relevant",
        reorder: bool = False,
    ) -> None:
        self.output, self.links = check_output(output), flag(links, "links")
        self.max_words = whole_number(max_words, "max_words", least=1)
        self.fill: Fill = choice(fill, "fill", ("relevant", "units"))
        self.reorder = flag(reorder, "reorder")

    @abstractmethod
    def score(self, query: str | None, views: Sequence[View]) -> list[Scores]:
        """The score of each block, higher is better, whatever the budget. *Shape:* one array (n_i,) a view."""

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        return select(self.scored(query, segments, budget), budget)

    def scored(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        """``segments`` with their blocks as units; nothing is chosen yet."""
        views: list[View] = []
        outlines: list[Outline | None] = []
        formed_segments: list[Segment] = []
        for segment in segments:
            own_form = self._form(segment)
            formed_segments.append(
                structured(segment) if own_form is None else replace(segment, form=own_form, held=segment.held)
            )
            outlines.append(outline(formed_segments[-1], budget) if own_form is None else None)
            views.append(_view(formed_segments[-1], own_form, outlines[-1], budget))
        readings = readings_of(query) if query is not None else ()
        scores_by_view = [np.zeros(0)] * len(views)
        if any(view.spans for view in views):
            scores_by_reading = [self.score(reading, views) for reading in readings or (None,)]
            scores_by_view = [
                np.max(scores_of_readings, axis=0) for scores_of_readings in zip(*scores_by_reading, strict=True)
            ]
        may_be_kept = relevant(
            scores_by_view,
            bool(readings),
            budget,
            fill=self.fill,
            threshold=self.default_threshold,
            needed=self.needed,
        )
        notes = self.notes(query, views)
        ranks = ((Tier.NORMAL, is_relevant) for is_relevant in may_be_kept.tolist())
        return [
            replace(
                segment,
                score=float(block_scores.max()) if len(block_scores) else segment.score,
                units=_units(view, segment_outline, block_scores, ranks),
                notes=notes,
            )
            for segment, view, segment_outline, block_scores in zip(
                formed_segments, views, outlines, scores_by_view, strict=True
            )
        ]

    def notes(self, query: str | None, views: Sequence[View]) -> tuple[Note, ...]:
        """What the caller has to know of the choice; a method overrides it."""
        return ()

    def needed(self, scores: Sequence[Scores]) -> npt.NDArray[np.bool_]:
        """Which blocks a query may need, by their scores; all, where a method cannot say.

        *Shape:* one array (n_i,) for each page to (n,).
        """
        return np.ones(sum(map(len, scores)), bool)

    def _form(self, segment: Segment) -> PageForm | None:
        if isinstance(segment.form, PageForm):
            return segment.form
        if not segment.verbatim or not is_page(segment.document):
            return None
        return page_form(segment.document.text, output=self.output, links=self.links, max_words=self.max_words)


def _units(view: View, outline: Outline | None, scores: Scores, ranks: Iterator[tuple[Tier, bool]]) -> Sequence[Unit]:
    if outline is not None:
        return outline.units(outline.related_scores(scores), ranks)
    relations = {} if view.form is None else relations_of_blocks(view.form.page, view.spans)
    are_relevant = (is_relevant for _, is_relevant in islice(ranks, len(view.spans)))
    return BlockUnits(view.spans, scores, are_relevant, relations)


def _view(segment: Segment, form: PageForm | None, outline: Outline | None, budget: Budget) -> View:
    if form is None or outline is not None:
        return text_view(segment.document, outline.spans if outline else ())
    page_blocks: Sequence[Block] = form.blocks
    if protected := form.protected(budget.protect):
        joined_spans = whole_protected([Span(block.start, block.end) for block in page_blocks], protected)
        page_blocks = _joined(page_blocks, joined_spans)
    whole_span = Span(0, len(segment.document.text))
    held_spans = segment.held
    if held_spans != (whole_span,):
        held_starts = {start for start, _ in _held([Span(block.start, block.end) for block in page_blocks], held_spans)}
        page_blocks = [block for block in page_blocks if block.start in held_starts]
    return page_view(segment.document, form, page_blocks)


def _held(spans: Sequence[Span], held: Sequence[Span]) -> list[Span]:
    """Those of ``spans`` that lie in ``held`` (both sorted)."""
    held_spans: list[Span] = []
    held_number = 0
    for span in spans:
        while held_number < len(held) and held[held_number].end < span.end:
            held_number += 1
        if held_number < len(held) and held[held_number].start <= span.start:
            held_spans.append(span)
    return held_spans


def _joined(blocks: Sequence[Block], spans: Sequence[Span]) -> list[Block]:
    """``blocks`` merged where one of ``spans`` holds several."""
    joined_blocks: list[Block] = []
    block_number = 0
    for start, end in spans:
        first_block = blocks[block_number]
        while block_number < len(blocks) and blocks[block_number].end <= end:
            block_number += 1
        joined_blocks.append(first_block._replace(start=start, end=end))
    return joined_blocks
