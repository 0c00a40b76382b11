"""What the words of a clause cannot be kept without: the forms that govern it, and the mark that ends its sentence.

"The vaccine is not recommended" must not become "The vaccine recommended". So a modal, quantifier, comparative or unit
of measure is one piece with the word beside it, and every word of a clause needs the negations and exceptions of it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragzip.joins import merge
from ragzip.patterns import Form, governing
from ragzip.protect import PATTERNS
from ragzip.splitters import sentences
from ragzip.types import Span
from ragzip.words import is_unspaced

__all__ = ["Ties", "solid_spans", "ties_of_words"]

_NEXT = re.compile(r"[ \t\u00a0]{1,4}[\w$€£¥%+-][\w'’.,-]{0,60}")
_PREVIOUS = re.compile(r"[\w'’-]{1,40}[ \t\u00a0]{1,4}$")
_CLAUSE_ENDS = re.compile(r"[.!?;:,。！？；，、](?=\s|$)|[。！？；，、]|\n")
_LOOK_BACK = 48  # characters in which the word before a form is looked for
_FARTHEST = 64  # words from a form to what it governs, in text without marks
_LONGEST_EXCEPTION = 160  # characters


def solid_spans(text: str) -> list[Span]:
    """The spans of ``text`` that are kept or dropped as one: governing forms with the words beside them, quantities
    with their units; sorted and disjoint.
    """
    spans = [Span(*match.span()) for match in PATTERNS["units"].finditer(text)]
    spans += [_solid(text, form) for form in governing(text)]
    return [Span(*span) for span in merge(sorted(spans))]


def _solid(text: str, form: Form) -> Span:
    if form.kind == "exception":  # with all that it excepts
        rest = _CLAUSE_ENDS.split(text[form.span.end : form.span.end + _LONGEST_EXCEPTION], maxsplit=1)[0]
        return Span(form.span.start, form.span.end + len(rest.rstrip()))
    return _with_neighbours(text, form.span, form.kind == "negation")


def _with_neighbours(text: str, form: Span, both_sides: bool) -> Span:
    start, end = form
    following = _NEXT.match(text, end)
    if following:
        end = following.end()
    elif end < len(text) and is_unspaced(text[end]) and not _CLAUSE_ENDS.match(text, end):
        end += 1
    if both_sides:
        from_ = max(0, start - _LOOK_BACK)
        if preceding := _PREVIOUS.search(text[from_:start]):
            start = from_ + preceding.start()
        elif start and is_unspaced(text[start - 1]) and not _CLAUSE_ENDS.match(text, start - 1):
            start -= 1
    return Span(start, end)


class Ties(NamedTuple):
    """Of one word to others of its text: ``needs`` and ``section``, see :class:`ragzip.types.Unit`."""

    needs: tuple[Span, ...] = ()
    section: Span | None = None


def ties_of_words(text: str, words: Sequence[Span]) -> list[Ties]:
    """For each of ``words`` (sorted, disjoint), those without which what is kept of its clause would say something
    else.

    The words of a clause need its negations, those of a sentence its exceptions and the mark at its end, which comes
    with nothing else; in unspaced scripts, where nothing else parts clauses, the mark at the end of each.
    """
    starts = [word.start for word in words]
    needs: list[set[int]] = [set() for _ in words]
    marks: dict[int, Span] = {}
    forms = sorted(governing(text))
    negations = [bisect_right(starts, form.span.start) - 1 for form in forms if form.kind == "negation"]
    exceptions = [bisect_right(starts, form.span.start) - 1 for form in forms if form.kind == "exception"]
    for clause in _clauses(text):
        inside = _inside(starts, clause)
        _tie(needs, inside, negations)
        if is_unspaced(text[clause.end - 1]):
            marks |= _tie_mark(text, words, needs, inside)
    for sentence in sentences(text):
        inside = _inside(starts, sentence)
        _tie(needs, inside, exceptions)
        marks |= _tie_mark(text, words, needs, inside)
    return [Ties(tuple(words[j] for j in sorted(needed)), marks.get(i)) for i, needed in enumerate(needs)]


def _inside(starts: Sequence[int], span: Span) -> range:
    """The places of the words that begin in ``span``."""
    return range(bisect_left(starts, span.start), bisect_left(starts, span.end))


def _tie(needs: Sequence[set[int]], inside: range, needed: Sequence[int]) -> None:
    """Have the words ``inside`` need those of ``needed`` (sorted) that are there too, and not far from them."""
    here = needed[bisect_left(needed, inside.start) : bisect_left(needed, inside.stop)]
    for i in inside if here else ():
        near = here[bisect_left(here, i - _FARTHEST) : bisect_left(here, i + _FARTHEST)]
        needs[i].update(j for j in near if j != i)


def _tie_mark(text: str, words: Sequence[Span], needs: Sequence[set[int]], inside: range) -> dict[int, Span]:
    """Have the words ``inside`` need the mark they end with, if they do; its place and the span it ends."""
    if len(inside) < 2 or _is_word(text, words[inside[-1]]):
        return {}
    _tie(needs, inside, [inside[-1]])
    return {inside[-1]: Span(words[inside[0]].start, words[inside[-1]].start)}


def _is_word(text: str, span: Span) -> bool:
    return any(map(str.isalnum, text[span.start : span.end]))


def _clauses(text: str) -> Iterator[Span]:
    start = 0
    for end in _CLAUSE_ENDS.finditer(text):
        yield Span(start, end.end())
        start = end.end()
    if start < len(text):
        yield Span(start, len(text))
