"""What a compressed context still holds: measures that need no reader."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

from ragzip.eval.examples import Example
from ragzip.protect import Protector
from ragzip.types import Result
from ragzip.words import content, is_unspaced, terms

__all__ = ["Kept", "contains", "measure"]

_NUMBERS = Protector(["numbers", "dates"])
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][\w’'-]+(?:\s(?:of\s|the\s|de\s|von\s|van\s)?[A-Z][\w’'-]+){0,5}")
_NEGATION = re.compile(r"\b(?:not|no|never|none|nor|neither|without|cannot|nobody|nothing|\w+n['’]t)\b|[不没無无未非]")
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
    """What ``result`` keeps of what ``example`` needs."""
    spans = [list(document.spans) for document in result.documents]
    whole = [_inside(spans[position], a, b) for position, a, b in example.support]
    wanted = example.support or tuple((i, 0, len(d.text)) for i, d in enumerate(example.documents))
    found: list[list[bool]] = [[], [], []]
    for position, a, b in wanted:
        text = example.documents[position].text[a:b]
        kinds = (
            [(span.start, span.end) for span in _NUMBERS(text)],
            [match.span() for match in _NAME.finditer(text)],
            [match.span() for match in _NEGATION.finditer(text)],
        )
        for place, kind in zip(found, kinds, strict=True):
            place += [_inside(spans[position], a + i, a + j) for i, j in kind]
    answer = words = None
    if example.answers and not all(" ".join(terms(one)).lower() in _CHOICES for one in example.answers):
        if contains("\n".join(document.text for document in example.documents), example.answers):
            answer = float(contains(result.text, example.answers))
        there = content(result.text)
        shares = [len(named & there) / len(named) for one in example.answers if (named := content(one))]
        words = max(shares, default=None)
    return Kept(answer, words, _share(whole), *map(_share, found))


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
