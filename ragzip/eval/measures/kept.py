"""What a compressed context still holds: measures that need no reader."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from ragzip.eval.suites.example import Example
from ragzip.result import Result
from ragzip.text.patterns import GOVERNING, NAME_PARTICLES
from ragzip.text.protect import Protector
from ragzip.text.words import content, is_unspaced, terms

__all__ = ["Kept", "contains", "measure"]

_NUMBERS = Protector(["numbers", "dates"])
_NAME = re.compile(rf"(?<![.!?]\s)(?<!^)\b[A-Z][\w’'-]+(?:\s(?:(?:{NAME_PARTICLES})\s)?[A-Z][\w’'-]+){{0,5}}")
_NEGATION = GOVERNING["negation"]
_WORD = re.compile(r"[^\W_]+")
_CHOICES = {"yes", "no"}


class Kept(NamedTuple):
    """Shares (0 to 1) of what is kept; None where there was nothing to keep, or it is not known.

    ``answer`` is 1 if a right answer stands in the text, word for word but for case and punctuation (known where it
    stands in the whole context, yes and no apart); ``words`` the share of its content words, of the answer that has
    most of them there, for answers that are sentences. ``support`` is the share of the supporting spans kept whole, and
    the ones after it those of numbers and dates, of names, and of negations in these spans (in the whole context where
    no spans are known).
    """

    answer: float | None
    words: float | None
    support: float | None
    numbers: float | None
    names: float | None
    negations: float | None


def measure(example: Example, result: Result) -> Kept:
    """What ``result`` keeps of what ``example`` needs; of vectors that is not known: only a reader can tell."""
    if any(document.soft for document in result.documents):
        return Kept(None, None, None, None, None, None)
    needed = _needed(example)
    spans = [list(document.spans) for document in result.documents]
    shares = [_share([_inside(spans[i], a, b) for i, a, b in places]) for places in (example.support, *needed.places)]
    there = content(result.text)
    words = max((len(named & there) / len(named) for named in needed.words), default=None)
    return Kept(float(contains(result.text, example.answers)) if needed.answer else None, words, *shares)


class _Needed(NamedTuple):
    """Whether an answer stands in the whole context; the answers' content words; places of numbers, names, negations
    (document, start, end).
    """

    answer: bool
    words: list[set[str]]
    places: list[list[tuple[int, int, int]]]


@lru_cache(maxsize=64)  # a grid asks for an example under every arm in a row
def _needed(example: Example) -> _Needed:
    wanted = example.support or tuple((i, 0, len(d.text)) for i, d in enumerate(example.documents))
    places: list[list[tuple[int, int, int]]] = [[], [], []]
    for position, a, b in wanted:
        text = example.documents[position].text[a:b]
        kinds = (
            [(span.start, span.end) for span in _NUMBERS(text)],
            [match.span() for match in _NAME.finditer(text)],
            [match.span() for match in _NEGATION.finditer(text)],
        )
        for found, kind in zip(places, kinds, strict=True):
            found += [(position, a + start, a + end) for start, end in kind]
    if all(" ".join(terms(answer)) in _CHOICES for answer in example.answers):
        return _Needed(False, [], places)
    whole = "\n".join(document.text for document in example.documents)
    words = [named for answer in example.answers if (named := content(answer))]
    return _Needed(contains(whole, example.answers), words, places)


def contains(text: str, answers: Sequence[str]) -> bool:
    """Whether any of ``answers`` stands in ``text``, case and punctuation aside; by whole words where the script has
    them between blanks.
    """
    words = _WORD.findall(text.casefold())
    spaced, run = f" {' '.join(words)} ", "".join(words)
    for answer in answers:
        named = _WORD.findall(answer.casefold())
        if named and (f" {' '.join(named)} " in spaced or (is_unspaced(named[0][0]) and "".join(named) in run)):
            return True
    return False


def _inside(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of ``spans`` (sorted, disjoint) holds all from ``start`` to ``end``."""
    at = bisect_right(spans, start, key=itemgetter(0)) - 1
    return at >= 0 and end <= spans[at][1]


def _share(kept: Sequence[bool]) -> float | None:
    return sum(kept) / len(kept) if kept else None
