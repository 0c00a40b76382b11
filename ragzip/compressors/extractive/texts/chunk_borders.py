"""Chunks of one text that overlap, as splitters make them, and the sentences that their borders cut.

A splitter that counts characters or tokens cuts within sentences, and repeats the end of a chunk at the start of the
next one. What is left of a sentence in one chunk then stands whole in the other, or both parts together are the
sentence.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from ragzip.compressors.extractive.texts.repeats import bare_words
from ragzip.compressors.outline import Outline
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.types import Document

__all__ = ["OutlinedDocument", "joined_outlines"]

_FEWEST_CHARACTERS = 16  # of an overlap: fewer are chance
_MOST_ALIKE = 20  # chunks that begin with the same characters: more are forms
_MOST_SEARCHED = 200  # texts, whose beginnings are searched in all of them first
_PAGE = pattern_of(r"\b(?:pages?|pp?|seiten?|chunk|part)\b\W{0,2}\d{1,5}", re.IGNORECASE)
_START = pattern_of(r"(?<!\S)\S|[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\uffef]")  # of a word, where one is told


class OutlinedDocument(NamedTuple):
    """A document of a call, and its outline."""

    document: Document
    outline: Outline


class _Chunk(NamedTuple):
    """A chunk of the document with this number: its title, its text, and the spans of its units in that, from the
    number ``first_unit`` of the document on.
    """

    document: int
    title: str
    text: str
    spans: Sequence[Span]
    first_unit: int


class _Overlap(NamedTuple):
    """The characters from ``start`` of a chunk are the first ``length`` of another one, to the end of one of them."""

    earlier: int
    later: int
    start: int
    length: int


class _Place(NamedTuple):
    """A unit of a chunk, both by number."""

    chunk: int
    unit: int


class _Border(NamedTuple):
    """A unit at a border of its chunk, and the one of the other chunk that stands there.

    ``shift``: from offsets in the chunk of the former to those in that of the latter.
    """

    cut: _Place
    other: _Place
    shift: int


def joined_outlines(documents: Sequence[OutlinedDocument]) -> list[Outline]:
    """The outlines of ``documents`` with the units that borders cut: the parts of one that another chunk has whole, and
    the halves that make a sentence, which is their reading, with one of another chunk. What a chunk repeats of an
    earlier one counts as a part, too: there it stands below its header, and after what it refers to.
    """
    outlines = [document.outline for document in documents]
    chunks = [chunk for number, document in enumerate(documents) for chunk in _chunks(number, document)]

    def change(place: _Place, changed: Callable[[Outline, int], Outline]) -> None:
        chunk = chunks[place.chunk]
        outlines[chunk.document] = changed(outlines[chunk.document], chunk.first_unit + place.unit)

    for overlap in _overlaps(chunks):
        for cut, other, shift in _borders(chunks, overlap):
            cut_span, other_span = (chunks[place.chunk].spans[place.unit] for place in (cut, other))
            start, end = cut_span.start + shift, cut_span.end + shift
            if (start, end) == other_span:
                continue
            if other_span.start <= start and end <= other_span.end:
                change(cut, _with_cut_part)
            elif start < other_span.start < end < other_span.end:
                first_half = chunks[cut.chunk].text[cut_span.start : cut_span.end]
                sentence = first_half + chunks[other.chunk].text[end : other_span.end]
                for place in (cut, other):
                    change(place, partial(_with_half, sentence=sentence))
        for unit in _repeated(chunks, overlap):
            change(_Place(overlap.later, unit), _with_part)
    return outlines


def _chunks(number: int, document: OutlinedDocument) -> Iterator[_Chunk]:
    """The chunks of a document; titles without their pages, of which one text has many."""
    source = document.document.text
    for title, (start, end), units in document.outline.chunks(source):
        titles = f"{document.document.title or ''} {_PAGE.sub('', title or '')}"
        unit_spans = document.outline.spans[units.start : units.stop]
        spans = [Span(unit_start - start, unit_end - start) for unit_start, unit_end in unit_spans]
        yield _Chunk(number, " ".join(bare_words(titles)), source[start:end], spans, units.start)


def _repeated(chunks: Sequence[_Chunk], overlap: _Overlap) -> list[int]:
    """The units of the later chunk that are units of the earlier one."""
    spans = {Span(start - overlap.start, end - overlap.start) for start, end in chunks[overlap.earlier].spans}
    return [number for number, span in enumerate(chunks[overlap.later].spans) if span in spans]


def _with_part(outline: Outline, unit: int) -> Outline:
    return replace(outline, parts=outline.parts | {unit})


def _with_cut_part(outline: Outline, unit: int) -> Outline:
    """The outline where ``unit``, a part, comes with no other one: what is left of a sentence is no antecedent."""
    relations = tuple(
        relation._replace(companions=tuple(companion for companion in relation.companions if companion != unit))
        for relation in outline.relations
    )
    return _with_part(replace(outline, relations=relations), unit)


def _with_half(outline: Outline, unit: int, sentence: str) -> Outline:
    readings = (*outline.readings[:unit], sentence, *outline.readings[unit + 1 :])
    return replace(outline, halves=outline.halves | {unit}, readings=readings)


def _borders(chunks: Sequence[_Chunk], overlap: _Overlap) -> Iterator[_Border]:
    """The units that the borders of two chunks may have cut: the first one of the later chunk, and the last one of that
    which ends first.
    """
    earlier, later, start, length = overlap
    first, begun = _unit_at(chunks, later, 0), _unit_at(chunks, earlier, start)
    last_of_earlier, last_of_later = (
        _unit_at(chunks, earlier, start + length - 1),
        _unit_at(chunks, later, length - 1),
    )
    if first is None or begun is None or last_of_earlier is None or last_of_later is None:
        return
    yield _Border(first, begun, start)
    if start + length == len(chunks[earlier].text):
        yield _Border(last_of_earlier, last_of_later, -start)
    else:
        yield _Border(last_of_later, last_of_earlier, start)


def _unit_at(chunks: Sequence[_Chunk], number: int, offset: int) -> _Place | None:
    """The unit of a chunk at ``offset`` or before; the first one, where none is before it; None, where it has none."""
    spans = chunks[number].spans
    unit = max(0, bisect_right(spans, offset, key=lambda span: span.start) - 1)
    return _Place(number, unit) if spans else None


def _overlaps(chunks: Sequence[_Chunk]) -> Iterator[_Overlap]:
    """The overlaps of chunks with one title; of two chunks, the first one."""
    if len(chunks) < 2:
        return
    texts = [chunk.text for chunk in chunks]
    by_beginning = _by_beginning(texts)
    for earlier, text in enumerate(texts):
        overlapping = {earlier}
        for start in (match.start() for match in _START.finditer(text) if by_beginning):
            for later in by_beginning.get(text[start : start + _FEWEST_CHARACTERS], ()):
                length = min(len(text) - start, len(texts[later]))
                if later in overlapping or chunks[later].title != chunks[earlier].title or length < _FEWEST_CHARACTERS:
                    continue
                if start == 0 and (-len(text), earlier) > (-len(texts[later]), later):  # the same the other way round
                    continue
                if text.startswith(texts[later][:length], start):
                    overlapping.add(later)
                    yield _Overlap(earlier, later, start, length)


def _by_beginning(texts: Sequence[str]) -> dict[str, list[int]]:
    """The numbers of the texts by their first characters, where these may stand in another one, too."""
    by_beginning: dict[str, list[int]] = {}
    for number, text in enumerate(texts):
        by_beginning.setdefault(text[:_FEWEST_CHARACTERS], []).append(number)
    if len(texts) <= _MOST_SEARCHED:
        together = "\0".join(texts)
        by_beginning = {
            beginning: numbers
            for beginning, numbers in by_beginning.items()
            if len(numbers) > 1 or together.count(beginning) > 1
        }
    return {beginning: numbers for beginning, numbers in by_beginning.items() if len(numbers) <= _MOST_ALIKE}
