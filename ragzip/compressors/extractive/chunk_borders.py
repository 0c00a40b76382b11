"""Chunks of one text that overlap, as splitters make them, and the sentences that their borders cut.

A splitter that counts characters or tokens cuts within sentences, and repeats the end of a chunk at the start of the
next one. What is left of a sentence in one chunk then stands whole in the other, or both parts together are the
sentence.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ragzip.compressors.extractive.repeats import bare_words
from ragzip.compressors.outline import Outline
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.types import Document

__all__ = ["OutlinedDocument", "joined_outlines"]

_FEWEST_CHARACTERS = 16  # of an overlap: fewer are chance
_MOST_ALIKE = 20  # chunks that begin with the same characters: more are forms
_MOST_SEARCHED = 200  # texts, whose beginnings are searched in all of them first
_START = pattern_of(r"(?<!\S)\S|[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\uffef]")  # of a word, where one is told


class OutlinedDocument(NamedTuple):
    """A document of a call, and its outline."""

    document: Document
    outline: Outline


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


def joined_outlines(chunks: Sequence[OutlinedDocument]) -> list[Outline]:
    """The outlines of ``chunks`` with the units that borders cut: the parts of one that another chunk has whole, and
    the halves that make a sentence, which is their reading, with one of another chunk. What a chunk repeats of an
    earlier one counts as a part, too: there it stands below its header, and behind what it refers to.
    """
    outlines = [chunk.outline for chunk in chunks]
    for overlap in _overlaps(chunks):
        for cut, other, shift in _borders(chunks, overlap):
            cut_span, other_span = _span(chunks, cut), _span(chunks, other)
            start, end = cut_span.start + shift, cut_span.end + shift
            if (start, end) == other_span:
                continue
            if other_span.start <= start and end <= other_span.end:
                outlines[cut.chunk] = _without_companion(_with_parts(outlines[cut.chunk], [cut.unit]), cut.unit)
            elif start < other_span.start < end < other_span.end:
                first_half = chunks[cut.chunk].document.text[cut_span.start : cut_span.end]
                sentence = first_half + chunks[other.chunk].document.text[end : other_span.end]
                for chunk_number, unit in (cut, other):
                    outlines[chunk_number] = _with_half(outlines[chunk_number], unit, sentence)
        outlines[overlap.later] = _with_parts(outlines[overlap.later], _repeated(chunks, overlap))
    return outlines


def _repeated(chunks: Sequence[OutlinedDocument], overlap: _Overlap) -> list[int]:
    """The units of the later chunk that are units of the earlier one."""
    spans = {Span(start - overlap.start, end - overlap.start) for start, end in chunks[overlap.earlier].outline.spans}
    return [number for number, span in enumerate(chunks[overlap.later].outline.spans) if span in spans]


def _with_parts(outline: Outline, units: Sequence[int]) -> Outline:
    return replace(outline, parts=outline.parts.union(units))


def _without_companion(outline: Outline, unit: int) -> Outline:
    """The outline where ``unit`` comes with no other one: what is left of a sentence is no antecedent."""
    relations = tuple(
        relation._replace(companions=tuple(companion for companion in relation.companions if companion != unit))
        for relation in outline.relations
    )
    return replace(outline, relations=relations)


def _with_half(outline: Outline, unit: int, sentence: str) -> Outline:
    readings = (*outline.readings[:unit], sentence, *outline.readings[unit + 1 :])
    return replace(outline, halves=outline.halves | {unit}, readings=readings)


def _borders(chunks: Sequence[OutlinedDocument], overlap: _Overlap) -> Iterator[_Border]:
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
    if start + length == len(chunks[earlier].document.text):
        yield _Border(last_of_earlier, last_of_later, -start)
    else:
        yield _Border(last_of_later, last_of_earlier, start)


def _unit_at(chunks: Sequence[OutlinedDocument], number: int, offset: int) -> _Place | None:
    """The unit of a chunk at ``offset`` or before; the first one, where none is before it; None, where it has none."""
    spans = chunks[number].outline.spans
    unit = max(0, bisect_right(spans, offset, key=lambda span: span.start) - 1)
    return _Place(number, unit) if spans else None


def _span(chunks: Sequence[OutlinedDocument], place: _Place) -> Span:
    return chunks[place.chunk].outline.spans[place.unit]


def _overlaps(chunks: Sequence[OutlinedDocument]) -> Iterator[_Overlap]:
    """The overlaps of chunks with one title; of two chunks, the first one."""
    if len(chunks) < 2:
        return
    titles = [bare_words(chunk.document.title or "") for chunk in chunks]
    texts = [chunk.document.text for chunk in chunks]
    by_beginning = _by_beginning(texts)
    for earlier, text in enumerate(texts):
        overlapping = {earlier}
        for start in (match.start() for match in _START.finditer(text) if by_beginning):
            for later in by_beginning.get(text[start : start + _FEWEST_CHARACTERS], ()):
                length = min(len(text) - start, len(texts[later]))
                if later in overlapping or titles[later] != titles[earlier] or length < _FEWEST_CHARACTERS:
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
