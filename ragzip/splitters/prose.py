"""Sentences of a paragraph: sentencex (Wikimedia, MIT), and its cuts undone where they split what belongs together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ragzip.forking import guarded
from ragzip.splitters.scanner import line_spans, trim
from ragzip.types import Span
from ragzip.words import is_boundary, words

__all__ = ["clauses", "paragraphs", "sentence_spans"]

_LONGEST = 80  # words in a piece; longer "sentences" are transcripts and lists without full stops
_AT_ONCE = 8_000  # characters
_SPACE = re.compile(r"\s")


def paragraphs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A paragraph as a whole when its line breaks only wrap it, else (logs, verse, dialogue, code) line by line."""
    rows = list(line_spans(text, start, end))
    widths = [stop - begin for begin, stop in rows]
    longest = max(widths)
    wrapped = longest <= 120 and all(width >= 0.6 * longest for width in widths[:-1])
    if len(rows) == 1 or wrapped:
        yield start, end
    else:
        yield from rows


_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[“\"'])(?:[Ff]igs?|[Ee]qs?|[Ss]ecs?|[Rr]efs?|[Tt]ab|[Cc]h|[Vv]ols?|[Nn]os?|pp?|cf|al|approx|ca|c|vs|resp|[Dd]ept"
    r"|[Ee]st|[Ee]d|[Ee]ds|[Aa]rt|i\.e|e\.g|viz|[A-Z]|Lt|Col|Gen|Capt|Sgt|Sr|Jr|Rev|Hon|Mt|Ft|Ave|Blvd)\.$"
)
_STARTS_LOW = re.compile(r"[\"'“‘(\[]*[a-z]")
_CLOSER = re.compile(r"(?<![\"'”’)\]»])[\"'”’)\]»]++[.,;:]?(?=\s|$)")


def sentence_spans(text: str, start: int, end: int) -> Iterator[Span]:
    """Sentences of one paragraph: sentencex, and its cuts undone where they would split a word or an abbreviation."""
    pending: Span | None = None
    for span in _boundaries(text, start, end):
        if pending is None:
            pending = span
        elif _belongs_together(text, pending, span):
            pending = Span(pending.start, span.end)
        else:
            yield pending
            pending = span
    if pending is not None:
        yield pending


def _boundaries(text: str, start: int, end: int) -> Iterator[Span]:
    """What sentencex finds, asked for some thousand characters at a time: unclosed quotes take it quadratic time."""
    with guarded():
        import sentencex

    while start < end:
        stop = min(end, start + _AT_ONCE)
        if stop < end:
            gap = _SPACE.search(text, stop, min(end, stop + _AT_ONCE))
            # a cut inside a word does no harm: its halves belong together
            stop = gap.start() if gap else next((i for i in range(stop, stop + 99) if is_boundary(text, i)), stop)
        with guarded():
            rows = sentencex.get_sentence_boundaries("en", text[start:stop])
        found = [span for row in rows if (span := trim(text, start + row["start_index"], start + row["end_index"]))]
        if stop < end and len(found) > 1:  # the last one may go on: it begins the next piece
            stop = found.pop().start
        yield from found
        start = stop


def clauses(text: str, sentence: Span) -> Iterator[Span]:
    """``sentence`` in pieces of at most 80 words, each ending with a clause where there is one."""
    if sentence.end - sentence.start <= _LONGEST:
        yield sentence
        return
    found = list(words(text, *sentence))
    first = 0
    while len(found) - first > _LONGEST:
        ends = (
            i for i in range(first + _LONGEST, first + _LONGEST // 2, -1) if text[found[i - 1][1] - 1] in ",;:，；：、"
        )
        after = next(ends, first + _LONGEST)
        yield Span(found[first][0], found[after - 1][1])
        first = after
    if first < len(found):
        yield Span(found[first][0], sentence.end)


def _belongs_together(text: str, left: Span, right: Span) -> bool:
    if not is_boundary(text, right.start) or not is_boundary(text, left.end):
        return True
    tail = text[max(left.start, left.end - 12) : left.end]
    head = text[right.start : right.start + 8]
    if _STARTS_LOW.match(head) and tail[-1] in ".…" and not _CLOSER.search(tail):
        return True
    if _ABBREVIATION.search(tail) and (head[0].isdigit() or head[0].islower() or head[0] in "(["):
        return True
    return not any(c.isalnum() for c in text[right.start : min(right.end, right.start + 40)])
