"""The sentences of a region of prose, as spans of its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ragzip.text.languages import language_of
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.citations import is_citation
from ragzip.text.splitters.prose.breaks import STOP_AT_END, is_broken_number
from ragzip.text.splitters.prose.sentences import clauses, is_unmarked, sentence_spans
from ragzip.text.splitters.scanner import trim
from ragzip.text.splitters.wrapping import Region

__all__ = ["sentence_spans_of", "sentences_of_record"]

_LABEL_OF_PROSE = pattern_of(r"(?:[^\W\d_][^\n:.!?]{1,30}[:：]|\[\d{1,4}\])\s+[\"“„«(]?[^\W_]")
_MIN_CHARACTERS_OF_PROSE, _MIN_SENTENCES_OF_PROSE, _MIN_WORDS_OF_SENTENCE = 200, 3, 3


def sentence_spans_of(text: str, region: Region, language: str | None) -> list[Span]:
    """The spans of the sentences of ``region``."""
    if region.kind != "prose":
        return [Span(region.start, region.end)]
    language_code = language_of(region.flat) or language or ""
    unmarked = is_unmarked(region.flat)
    spans = [
        Span(region.start + piece.start, region.start + piece.end)
        for sentence in _with_broken_numbers(text, region, sentence_spans(region.flat, language_code))
        for piece in clauses(region.flat, sentence, unmarked=unmarked)
    ]
    return _covering(text, region, spans)


def _with_broken_numbers(text: str, region: Region, sentence_parts: Iterable[Span]) -> Iterator[Span]:
    """The sentences of a region, those in one that a line break within a number parts: "over 7." and "5 tonnes"."""
    pending: Span | None = None
    last_part = ""
    for span in sentence_parts:
        part = text[region.start + span.start : region.start + span.end]
        if pending is None:
            pending = span
        elif "\n" in text[region.start + pending.end : region.start + span.start] and is_broken_number(last_part, part):
            pending = Span(pending.start, span.end)
        else:
            yield pending
            pending = span
        last_part = part
    if pending is not None:
        yield pending


def _covering(text: str, region: Region, spans: list[Span]) -> list[Span]:
    """``spans`` widened to cover the region: text that is blank in its flat form belongs to the sentence after it."""
    covered: list[Span] = []
    covered_end = region.start
    for span in spans:
        gap = trim(text, covered_end, span.start)
        covered.append(Span(gap.start if gap else span.start, span.end))
        covered_end = span.end
    if remainder := trim(text, covered_end, region.end):
        covered[-1:] = [Span(covered[-1].start if covered else remainder.start, remainder.end)]
    return covered


def sentences_of_record(text: str, region: Region, language: str | None) -> list[Span]:
    """The sentences of a line that has a label or a number and long prose, "Content: …", "[12] …"; none of others."""
    if region.end - region.start < _MIN_CHARACTERS_OF_PROSE or not _LABEL_OF_PROSE.match(text, region.start):
        return []
    if is_citation(text[slice(*region[:2])]):
        return []
    spans = sentence_spans_of(text, region._replace(kind="prose", flat=text[slice(*region[:2])]), language)
    is_prose = len(spans) >= _MIN_SENTENCES_OF_PROSE and all(
        STOP_AT_END.search(text, *span) and len(text[slice(*span)].split()) >= _MIN_WORDS_OF_SENTENCE for span in spans
    )
    return spans if is_prose else []
