"""Sentences of a paragraph: sentencex (Wikimedia, MIT), and its cuts undone where they split what belongs together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ragzip.process.forking import guarded
from ragzip.text.spans import Span
from ragzip.text.splitters.abbreviations import ends_missed, ends_open, is_ordinal
from ragzip.text.splitters.scanner import trim
from ragzip.text.words import is_boundary, is_unspaced, words

__all__ = ["clauses", "is_unmarked", "sentence_spans"]

_LONGEST_SENTENCE = 250  # words (of Han and Kana half a word a character)
_LONGEST_UNMARKED = 80  # words of a piece of a transcript: text with fewer than a stop in 250 words
_LONGEST_RUN = 400  # characters of a piece of Thai, Lao, Khmer or Burmese, which blanks divide into clauses
_AT_ONCE = 8_000  # characters
_SPACE = re.compile(r"\s")
_STOPS = re.compile(r"[.!?…。！？।॥؟۔։።។။]+")
_UNSPACED_ABUGIDA = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_CLAUSE_ENDS = (";；", ",:，：、")  # better ones first

_STARTS_LOW = re.compile(r"[\"'“‘(\[«]*[^\W\d_]")
_CLOSER = re.compile(r"(?<![\"'”’)\]»])[\"'”’)\]»]++[.,;:]?(?=\s|$)")
_QUOTE_GOES_ON = re.compile(r"[\u3041-\u3096、，。]")
_BRACKETED = re.compile(r"[(\[“\"«][^()\[\]“”\"«»]{1,400}[.!?…][)\]”\"»]\s+(?=[\"“‘«(¿¡]?[^\W\d_])")


def sentence_spans(flat: str, language: str) -> Iterator[Span]:
    """Sentences of one paragraph, as offsets in ``flat``.

    :param language: its ISO 639-1 code; empty where it is unknown.
    """
    pending: Span | None = None
    for span in _boundaries(flat, language):
        if pending is None:
            pending = span
        elif _belongs_together(flat, pending, span, language):
            pending = Span(pending.start, span.end)
        else:
            yield from _missed(flat, pending, language)
            pending = span
    if pending is not None:
        yield from _missed(flat, pending, language)


def _missed(flat: str, sentence: Span, language: str) -> Iterator[Span]:
    """``sentence`` cut where sentencex takes its last word for an abbreviation."""
    start = sentence.start
    for match in ends_missed(language).finditer(flat, *sentence):
        yield from _bracketed_first(flat, Span(start, match.start() + len(match.group().rstrip())))
        start = match.end()
    yield from _bracketed_first(flat, Span(start, sentence.end))


def _bracketed_first(flat: str, sentence: Span) -> Iterator[Span]:
    """``sentence`` in two where a whole sentence in brackets or quotes begins it and another follows."""
    match = _BRACKETED.match(flat, *sentence)
    if match and flat[match.end() : match.end() + 1].isupper() and flat[sentence.start] in "([":
        yield Span(sentence.start, match.start() + len(match.group().rstrip()))
        yield Span(match.end(), sentence.end)
    else:
        yield sentence


def _boundaries(flat: str, language: str) -> Iterator[Span]:
    """What sentencex finds, asked for some thousand characters at a time: unclosed quotes take it quadratic time."""
    with guarded():
        import sentencex

    start, end = 0, len(flat)
    while start < end:
        stop = min(end, start + _AT_ONCE)
        if stop < end:
            gap = _SPACE.search(flat, stop, min(end, stop + _AT_ONCE))
            # a cut inside a word does no harm: its halves belong together
            stop = gap.start() if gap else next((i for i in range(stop, stop + 99) if is_boundary(flat, i)), stop)
        with guarded():
            rows = sentencex.get_sentence_boundaries(language or "en", flat[start:stop])
        spans = [span for row in rows if (span := trim(flat, start + row["start_index"], start + row["end_index"]))]
        if stop < end and len(spans) > 1:  # the last one may go on: it begins the next piece
            stop = spans.pop().start
        yield from spans
        start = stop


def _belongs_together(flat: str, left: Span, right: Span, language: str) -> bool:
    if not is_boundary(flat, right.start) or not is_boundary(flat, left.end):
        return True
    tail = flat[max(left.start, left.end - 30) : left.end]
    head = flat[right.start : right.start + 16]
    if _is_low(head) and tail[-1] in ".…])" and (tail[-1] in "])" or not _CLOSER.search(tail)):
        return True
    if tail[-1] in "」』" and language in ("ja", "") and _QUOTE_GOES_ON.match(head):
        return True
    if ends_open(tail, head, language) or is_ordinal(tail, head, language):
        return True
    return not any(c.isalnum() for c in flat[right.start : min(right.end, right.start + 40)])


def _is_low(head: str) -> bool:
    match = _STARTS_LOW.match(head)
    return match is not None and match.group()[-1].islower()


def clauses(flat: str, sentence: Span, *, unmarked: bool) -> Iterator[Span]:
    """``sentence`` in pieces where it is too long for one: each ends with a clause where there is one.

    :param unmarked: the text has (nearly) no sentence marks: a transcript.
    """
    longest = _LONGEST_UNMARKED if unmarked else _LONGEST_SENTENCE
    if sentence.end - sentence.start <= longest:
        yield sentence
        return
    if len(_UNSPACED_ABUGIDA.findall(flat, *sentence)) * 2 > sentence.end - sentence.start:
        yield from _runs(flat, sentence)
        return
    spans = list(words(flat, *sentence))
    if sum(is_unspaced(flat[start]) for start, _ in spans) * 2 > len(spans):
        longest *= 2
    first = 0
    while len(spans) - first > longest:
        after = _clause_end(flat, spans, first, longest)
        yield Span(spans[first][0], spans[after - 1][1])
        first = after
    if first < len(spans):
        yield Span(spans[first][0], sentence.end)


def _clause_end(flat: str, spans: list[tuple[int, int]], first: int, longest: int) -> int:
    """The number of the word after a piece: after the last clause of its second half, else after ``longest`` words."""
    for marks in _CLAUSE_ENDS:
        for number in range(first + longest, first + longest // 2, -1):
            if flat[spans[number - 1][1] - 1] in marks:
                return number
    return first + longest


def _runs(flat: str, sentence: Span) -> Iterator[Span]:
    start = sentence.start
    end = start
    for left, right in words(flat, *sentence):
        if right - start > _LONGEST_RUN and end > start:
            yield Span(start, end)
            start = left
        end = right
    yield Span(start, sentence.end)


def is_unmarked(flat: str) -> bool:
    """Whether a paragraph has fewer than one sentence mark in 250 words."""
    marks = sum(1 for _ in _STOPS.finditer(flat))
    return sum(1 for _ in words(flat)) > _LONGEST_SENTENCE * marks
