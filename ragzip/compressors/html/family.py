"""Template of the HTML family: pages to blocks, score, select. Other documents go by sentences."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.checks import choice, flag, whole_number
from ragzip.compressors.extractive.rules.ranges import names_value, with_ranges
from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.compressors.html.block_units import BlockUnits
from ragzip.compressors.html.opening import ScoredBlocks, opened
from ragzip.compressors.html.rows import with_rows
from ragzip.compressors.html.suggestions import weighted
from ragzip.compressors.html.views import View, page_view, text_view
from ragzip.compressors.outline import Outline, outline, structured
from ragzip.compressors.relevance import Criteria, relevant
from ragzip.fitting.choose import Fill, is_candidate, select, whole_protected
from ragzip.fitting.limits import DEFAULT_RATE
from ragzip.pages.blocks import Block
from ragzip.pages.form import Output, PageForm, check_output, page_form
from ragzip.pages.leads import BlockRelation, relations_of_blocks
from ragzip.pages.page import is_page
from ragzip.text.queries.questions import readings_of
from ragzip.text.scores import Scores
from ragzip.text.spans import Span
from ragzip.types import Budget, Note, Segment, Tier, Unit

__all__ = ["Html"]


class _ReadPage(NamedTuple):
    """A page, as methods see it."""

    segment: Segment
    view: View
    form: PageForm

    def mended(self, query: str | None, scores: Scores, budget: Budget) -> Scores:
        """The scores of the blocks after the rules for amounts, years and days that they hold for. *Shape:* (n,)."""
        if query is None or not names_value(query):
            return scores
        page_outline = outline(self.segment, budget)
        if tuple(page_outline.spans) != tuple(self.view.spans):
            return scores
        return with_ranges(query, TextUnits(page_outline, self.form.source, self.view.title, budget), scores)

    def units(
        self, query: str | None, scores: Scores, is_relevant: npt.NDArray[np.bool_], budget: Budget
    ) -> Sequence[Unit]:
        """The blocks with their scores, those that the budget does not hold in parts."""
        page = self.form.page
        opened_blocks = opened(query, self.view, ScoredBlocks(self.view.blocks, scores, is_relevant), budget)
        blocks, block_scores, relevant_blocks = opened_blocks
        is_as_read = blocks is self.view.blocks
        spans = self.view.spans if is_as_read else [Span(block.start, block.end) for block in blocks]
        relations = {
            number: relation._replace(needs=_needs(self.form, spans[number], relation, budget))
            for number, relation in relations_of_blocks(page, blocks, spans).items()
        }
        return BlockUnits(spans, block_scores, relevant_blocks.tolist(), relations)


class _ReadText(NamedTuple):
    """A document that is no page, as methods see it."""

    segment: Segment
    view: View
    outline: Outline

    def mended(self, query: str | None, scores: Scores, budget: Budget) -> Scores:
        return scores

    def units(
        self, query: str | None, scores: Scores, is_relevant: npt.NDArray[np.bool_], budget: Budget
    ) -> Sequence[Unit]:
        """The sentences with their scores."""
        ranks = [(Tier.NORMAL, is_kept) for is_kept in is_relevant.tolist()]
        return self.outline.units(self.outline.related_scores(scores), ranks)


class Html(ABC):
    """Keeps the best-scored blocks over all pages, with the headings above them and the header rows of their tables.

    A method writes :meth:`score`. What is written is cleaned: scripts, styles, comments, attributes (but colspan,
    rowspan and, on request, the addresses of links) and tags that give no structure are gone. As HTML it is made of
    pieces of the page, but for the numbers of list items after others that are left out; end tags that HTML lets one
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
        texts = [self._read(segment, budget) for segment in segments]
        views = [text.view for text in texts]
        readings = readings_of(query) if query is not None else ()
        scores_by_view = [
            text.mended(query, scores, budget)
            for text, scores in zip(texts, self._scores(query, readings, views), strict=True)
        ]
        criteria = Criteria(self.needed, self.default_threshold)
        may_be_kept = relevant(scores_by_view, criteria, budget, is_asked=bool(readings), fill=self.fill)
        relevant_by_view = np.split(may_be_kept, np.cumsum(list(map(len, scores_by_view)))[:-1])
        notes = self.notes(query, views)
        scored_segments = []
        for text, scores, is_relevant in zip(texts, scores_by_view, relevant_by_view, strict=True):
            best_score = float(scores.max()) if len(scores) else text.segment.score
            units = text.units(query, scores, is_relevant, budget)
            scored_segment = replace(text.segment, score=best_score, units=units, notes=notes)
            scored_segments.append(_with_best(scored_segment, budget))
        return scored_segments

    def _read(self, segment: Segment, budget: Budget) -> _ReadPage | _ReadText:
        form = self._form(segment)
        if form is not None:
            return _ReadPage(replace(segment, form=form), _page_view(segment, form, budget), form)
        structured_segment = structured(segment, budget)
        text_outline = outline(structured_segment, budget)
        return _ReadText(structured_segment, text_view(segment.document, text_outline.spans), text_outline)

    def _scores(self, query: str | None, readings: Sequence[str], views: Sequence[View]) -> list[Scores]:
        """The scores of the blocks of each view, the best of all ``readings`` of the query. *Shape:* (n_i,) each."""
        if not any(view.spans for view in views):
            return [np.zeros(0)] * len(views)
        scores_by_reading = [self.score(reading, views) for reading in readings or (None,)]
        return [
            with_rows(query, view, weighted(query, view, np.max(scores_of_readings, axis=0)))
            for view, *scores_of_readings in zip(views, *scores_by_reading, strict=True)
        ]

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


def _needs(form: PageForm, span: Span, relation: BlockRelation, budget: Budget) -> tuple[Span, ...]:
    """The spans that a block needs, with its antecedents where both fit ``budget``."""
    if not relation.antecedents or budget.threshold is not None:
        return relation.needs
    needs = tuple(dict.fromkeys([*relation.needs, *relation.antecedents]))
    whole_spans = [Span(0, len(form.source))]
    (is_held,) = budget.may_hold([form.without_top_heading().keep(sorted([span, *needs]), whole_spans).text])
    return needs if is_held else relation.needs


def _page_view(segment: Segment, form: PageForm, budget: Budget) -> View:
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
