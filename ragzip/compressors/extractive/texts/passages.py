"""The part of a segment that a method reads: its text, or the units that are worth reading, as a passage."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ragzip.compressors.extractive.records.first_stage import units_to_read
from ragzip.compressors.extractive.texts.chunk_borders import OutlinedDocument, joined_outlines
from ragzip.compressors.extractive.texts.titles import headings_like_title, without_needed
from ragzip.compressors.outline import Outline, outline, structured
from ragzip.compressors.page_opening import with_opened_page
from ragzip.process.lazy_property import lazy_property
from ragzip.text.languages import prose_in
from ragzip.text.scores import Scores
from ragzip.text.spans import Span
from ragzip.text.structure import Item
from ragzip.text.structure.formats.log.counted import CountedForm
from ragzip.types import Budget, Segment

__all__ = ["Passage", "ReadText", "read_texts"]

_MAX_RECORD_CHARACTERS = 20_000  # of the records of a passage in which prose is looked for
_MAX_BLOCK_CHARACTERS = 1000  # about an embedder's window: longer tables and code are chosen from line by line


@dataclass(frozen=True)
class Passage:
    """The kept text of one document: its title, its text, the spans of its sentences in it, in order, the heading over
    each ("" where there is none), whether each is a record rather than a sentence, and the records of lists that each
    is in.
    """

    title: str | None
    text: str
    spans: tuple[Span, ...]
    headings: tuple[str, ...] = ()
    records: tuple[bool, ...] = ()
    items: tuple[tuple[Item, ...], ...] = ()

    @lazy_property
    def sentences(self) -> tuple[str, ...]:
        """The texts of the sentences."""
        return tuple(self.text[start:end] for start, end in self.spans)

    @lazy_property
    def prose(self) -> str:
        """The text that shows the language of the passage: its own text, or, of records, only the prose in them. Where
        most of it is records, the rest is names of columns and keys.
        """
        record_count = sum(self.records)
        if not record_count:
            return self.text
        has_prose = 2 * record_count <= len(self.records)
        texts: list[str] = []
        length = 0
        for sentence, is_record in zip(self.sentences, self.records, strict=True):
            if length < _MAX_RECORD_CHARACTERS:
                texts.append(sentence if has_prose and not is_record else prose_in(sentence))
                length += len(sentence)
        return "\n".join(filter(None, texts))

    @lazy_property
    def contexts(self) -> tuple[str, ...]:
        """The context of each sentence: the title, and the heading over it."""
        headings = self.headings or ("",) * len(self.spans)
        return tuple(": ".join(filter(None, (self.title, heading))) for heading in headings)


@dataclass(frozen=True)
class ReadText:
    """The part of a segment that a method reads: the units of its outline with these numbers, as one passage, or as one
    for each source in it.
    """

    segment: Segment
    outline: Outline
    read_units: Sequence[int]
    passages: tuple[Passage, ...]

    @property
    def source(self) -> str:
        """The whole text of the document."""
        return self.segment.document.text

    def scores_of_all(self, read_scores: Scores) -> Scores:
        """The scores of all units, 0 of those that were not read. *Shape:* (m,) to (n,)."""
        if len(self.read_units) == len(self.outline.spans):
            return read_scores
        scores = np.zeros(len(self.outline.spans))
        scores[list(self.read_units)] = read_scores
        return scores

    def within(self, budget: Budget, is_relevant: npt.NDArray[np.bool_], scores: Scores, *, is_asked: bool) -> ReadText:
        """The same with units as ``budget`` holds them. *Shape:* (n,) both."""
        outline = self.outline
        if is_asked and self.segment.form.is_plain:
            outline = outline.within(budget, self.source, is_relevant)
        if budget.threshold is None:
            outline = outline.with_companions(budget, self.source, is_relevant, scores)
        return replace(self, outline=outline)

    def without_count(self, budget: Budget, scores: Scores) -> ReadText:
        """The same, not saying how many records are like the best one where ``budget`` holds that only without it.

        :param scores: of the units. *Shape:* (n,).
        """
        form = self.segment.form
        if budget.max_tokens is None or not isinstance(form, CountedForm) or not len(scores):
            return self
        best = int(scores.argmax())
        spans = sorted(self.outline.spans[number] for number in (best, *self.outline.relations[best].needs))
        counted_tokens, tokens = (
            budget.count(each_form.keep(spans, self.segment.held).text) for each_form in (form, form.uncounted)
        )
        if tokens <= budget.max_tokens < counted_tokens:
            return replace(self, segment=replace(self.segment, form=form.uncounted))
        return self


def read_texts(query: str | None, segments: Sequence[Segment], budget: Budget) -> list[ReadText]:
    """The part of each segment that a method reads, in units that fit ``budget`` where possible."""
    segments = [
        structured(with_opened_page(segment, budget), budget, longest_block=_MAX_BLOCK_CHARACTERS)
        for segment in segments
    ]
    outlines = joined_outlines([OutlinedDocument(segment.document, _outline(segment, budget)) for segment in segments])
    texts: list[ReadText] = []
    for segment, segment_outline in zip(segments, outlines, strict=True):
        read_units = units_to_read(query, segment_outline, segment.document.text)
        if segment_outline.sources:  # what names one is read as its title
            read_units = [number for number in read_units if number not in segment_outline.around_sources]
        passages = tuple(_passages(segment, segment_outline, read_units))
        texts.append(ReadText(segment, segment_outline, read_units, passages))
    return texts


def _outline(segment: Segment, budget: Budget) -> Outline:
    segment_outline = outline(segment, budget, longest_block=_MAX_BLOCK_CHARACTERS)
    if not budget.writes_titles:
        return segment_outline
    return without_needed(segment_outline, headings_like_title(segment_outline, segment.document.title))


def _passages(segment: Segment, outline: Outline, numbers: Sequence[int]) -> Iterator[Passage]:
    """The passages of the units with these numbers: what stands before the first source, and each source."""
    document_title = segment.document.title
    if not outline.sources:
        yield _passage(segment, outline, numbers, document_title)
        return
    starts = [outline.spans[number].start for number in numbers]
    first = 0
    titles = [None, *(source.title for source in outline.sources)]
    for title, end in zip(titles, [*(source.span.start for source in outline.sources), None], strict=True):
        last = len(numbers) if end is None else bisect_left(starts, end)
        if first < last:
            full_title = ": ".join(filter(None, (document_title, title))) or None
            yield _passage(segment, outline, numbers[first:last], full_title)
        first = last


def _passage(segment: Segment, outline: Outline, numbers: Sequence[int], title: str | None) -> Passage:
    """The text of ``segment`` that a model reads: its own text, or, where the structure adds to it or it is too long,
    the readings of the units with these numbers.
    """
    if segment.form.is_plain and not any(outline.readings) and len(numbers) == len(outline.spans):
        spans_in_text = tuple(_within(segment, outline.spans))
        return Passage(title, segment.text, spans_in_text, outline.headings, outline.records, outline.items)
    source = segment.document.text
    readings = [outline.text_of(number, source) for number in numbers]
    texts: list[str] = []
    spans: list[Span] = []
    length = 0
    for place, (number, reading) in enumerate(zip(numbers, readings, strict=True)):
        if place:
            texts.append(_space_between(outline, numbers[place - 1], number, source))
            length += len(texts[-1])
        spans.append(Span(length, length + len(reading)))
        texts.append(reading)
        length += len(reading)
    return Passage(
        title,
        "".join(texts),
        tuple(spans),
        tuple(outline.headings[number] for number in numbers),
        tuple(outline.records[number] for number in numbers),
        tuple(outline.items[number] for number in numbers) if outline.items else (),
    )


def _space_between(outline: Outline, before: int, after: int, source: str) -> str:
    """The separator of two units as a model reads them: between two of prose, the white space of the source."""
    space = source[outline.spans[before].end : outline.spans[after].start]
    is_prose = outline.readings[before] is None and outline.readings[after] is None
    return space if is_prose and space.isspace() else "\n"


def _within(segment: Segment, spans: Sequence[Span]) -> list[Span]:
    """Offsets in the document, which ``segment`` still has, as offsets in its text."""
    if segment.text == segment.document.text:
        return list(spans)
    moved_spans: list[Span] = []
    pieces, offsets = segment.spans, segment.offsets
    piece_number = 0
    for start, end in spans:
        while pieces[piece_number].end <= start:
            piece_number += 1
        shift = offsets[piece_number] - pieces[piece_number].start
        moved_spans.append(Span(start + shift, end + shift))
    return moved_spans
