"""Template of the HTML family: pages to blocks, score, select. Other documents go by sentences."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ragzip.checks import choice, flag, whole_number
from ragzip.compressors.html.block_units import BlockUnits
from ragzip.compressors.html.opening import ScoredBlocks, opened
from ragzip.compressors.html.rows import with_rows
from ragzip.compressors.html.suggestions import weighted
from ragzip.compressors.html.views import View, page_view, text_view
from ragzip.compressors.outline import Outline, outline, structured
from ragzip.compressors.relevance import relevant
from ragzip.fitting.choose import Fill, is_candidate, select, whole_protected
from ragzip.fitting.limits import DEFAULT_RATE
from ragzip.pages.blocks import Block
from ragzip.pages.form import Output, PageForm, check_output, page_form
from ragzip.pages.leads import BlockRelation, relations_of_blocks
from ragzip.pages.page import is_page
from ragzip.text.questions import readings_of
from ragzip.text.scores import Scores
from ragzip.text.spans import Span
from ragzip.types import Budget, Note, Segment, Tier, Unit

__all__ = ["Html"]


class Html(ABC):
    """Keeps the best-scored blocks over all pages, with the headings above them and the header rows of their tables.

    A method writes :meth:`score`. What is written is cleaned: scripts, styles, comments, attributes (but colspan,
    rowspan and, on request, the addresses of links) and tags that give no structure are gone. As HTML it is made of
    pieces of the page, but for the numbers of list items behind others that are left out; end tags that HTML lets one
    leave out are left out.

    Pages are documents of the type text/html, and those that surely are one (``<!doctype html>``, ``<html``, a fragment
    of which all text is in elements).

    :param output: "html", "markdown", or "text".
    :param links: keep links, with their addresses.
    :param max_words: the most words of a block, see :func:`ragzip.pages.blocks.blocks`.
    :param fill: see :class:`~ragzip.compressors.extractive.family.Extractive`.
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
    ) -> None:
        self.output, self.links = check_output(output), flag(links, "links")
        self.max_words = whole_number(max_words, "max_words", least=1)
        self.fill: Fill = choice(fill, "fill", ("relevant", "units"))

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
                structured(segment, budget) if own_form is None else replace(segment, form=own_form, held=segment.held)
            )
            outlines.append(outline(formed_segments[-1], budget) if own_form is None else None)
            views.append(_view(formed_segments[-1], own_form, outlines[-1], budget))
        readings = readings_of(query) if query is not None else ()
        scores_by_view = [np.zeros(0)] * len(views)
        if any(view.spans for view in views):
            scores_by_reading = [self.score(reading, views) for reading in readings or (None,)]
            scores_by_view = [
                with_rows(query, view, weighted(query, view, np.max(scores_of_readings, axis=0)))
                for view, *scores_of_readings in zip(views, *scores_by_reading, strict=True)
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
        segment_ends = np.cumsum(list(map(len, scores_by_view)))[:-1]
        scored_segments = []
        for segment, view, segment_outline, block_scores, is_relevant in zip(
            formed_segments, views, outlines, scores_by_view, np.split(may_be_kept, segment_ends), strict=True
        ):
            units: Sequence[Unit]
            if segment_outline is not None:
                ranks = ((Tier.NORMAL, is_kept) for is_kept in is_relevant.tolist())
                units = segment_outline.units(segment_outline.related_scores(block_scores), ranks)
            else:
                scored_blocks = ScoredBlocks(view.blocks, block_scores, is_relevant)
                units = _units(view, opened(query, view, scored_blocks, budget), budget)
            best_score = float(block_scores.max()) if len(block_scores) else segment.score
            scored_segment = replace(segment, score=best_score, units=units, notes=notes)
            scored_segments.append(_with_best(scored_segment, budget))
        return scored_segments

    def notes(self, query: str | None, views: Sequence[View]) -> tuple[Note, ...]:
        """The notes on the choice for the caller; a method overrides it."""
        return ()

    def needed(self, scores: Sequence[Scores]) -> npt.NDArray[np.bool_]:
        """A mask of the blocks that a query may need, by their scores; all, where a method cannot say.

        *Shape:* one array (n_i,) for each page to (n,).
        """
        return np.ones(sum(map(len, scores)), bool)

    def _form(self, segment: Segment) -> PageForm | None:
        if isinstance(segment.form, PageForm):
            return segment.form
        if not segment.verbatim or not is_page(segment.document):
            return None
        return page_form(segment.document.text, output=self.output, links=self.links, max_words=self.max_words)


def _with_best(segment: Segment, budget: Budget) -> Segment:
    """``segment``, without the heading over all of its page where the best block would not fit with it."""
    if budget.max_tokens is None or not isinstance(segment.form, PageForm):
        return segment
    page = segment.form.page
    headings_over = {
        page.span(heading.node).start for heading in page.headings if heading.node.number in page.over
    }  # which come with what stands under them
    candidates = (unit for unit in segment.units if is_candidate(unit, None) and unit.start not in headings_over)
    best = max(candidates, key=lambda unit: unit.score, default=None)
    if best is None:
        return segment
    form = segment.form.without_top_heading()
    is_held, is_held_without = budget.may_hold(
        [written_form.keep(best.spans, segment.held).text for written_form in (segment.form, form)]
    )
    if is_held or not is_held_without or not isinstance(segment.units, BlockUnits):
        return segment
    return replace(segment, form=form, units=segment.units.with_irrelevant(headings_over))


def _units(view: View, scored_blocks: ScoredBlocks, budget: Budget) -> Sequence[Unit]:
    blocks, scores, is_relevant = scored_blocks
    if view.form is None:
        return BlockUnits(view.spans, scores, is_relevant.tolist(), {})
    page = view.form.page
    spans = view.spans if blocks is view.blocks else [Span(block.start, block.end) for block in blocks]
    relations = {
        number: relation._replace(needs=_needs(view.form, spans[number], relation, budget))
        for number, relation in relations_of_blocks(page, blocks, spans).items()
    }
    return BlockUnits(spans, scores, is_relevant.tolist(), relations)


def _needs(form: PageForm, span: Span, relation: BlockRelation, budget: Budget) -> tuple[Span, ...]:
    """The spans that a block needs, with its antecedents where both fit ``budget``."""
    if not relation.antecedents or budget.threshold is not None:
        return relation.needs
    needs = tuple(dict.fromkeys([*relation.needs, *relation.antecedents]))
    whole = [Span(0, len(form.source))]
    (is_held,) = budget.may_hold([form.without_top_heading().keep(sorted([span, *needs]), whole).text])
    return needs if is_held else relation.needs


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
    """The spans that lie in ``held`` (both sorted)."""
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
