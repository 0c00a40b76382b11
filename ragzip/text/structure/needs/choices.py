"""Questions with numbered choices and the letter of the right one: "A) Mars", "B) Venus", "Answer: B"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.base import StructuredUnit

__all__ = ["choices"]

_KEY = pattern_of(  # below the choices: which one is right
    r"\W{0,3}(?:(?:the )?(?:correct |right )?(?:answer|option|choice)|ans|solution|key|(?:richtige )?antwort|lösung"
    r"|(?:bonne )?réponse|respuesta(?: correcta)?|risposta(?: corretta)?|resposta(?: correta)?|juiste antwoord"
    r"|正解|答案|答え|ответ)\W{0,3}(?: is)?\W{0,4}\(?(?:[a-h]|\d)(?:$|[).:,;]|\s[–—-]\s)",
    re.IGNORECASE,
)
_CHOICE = pattern_of(r"(?:[-*•]\s)?(?:\((?P<open>[A-Ha-h1-8])\)|(?P<letter>[A-Ha-h])[).:]|(?P<number>[1-8])\))\s")
_MIN_CHOICES, _MAX_CHOICES = 2, 8


def choices(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """The places of a question, its choices and the line that tells the right one: each with each other one."""
    for key, unit in enumerate(units):
        if not _KEY.match(source, *unit.span):
            continue
        first = _first_choice(source, units, key)
        if key - first < _MIN_CHOICES or not first:
            continue
        exchange = range(first - 1, key + 1)
        yield from ((place, other) for place in exchange for other in exchange if other != place)


def _first_choice(source: str, units: Sequence[StructuredUnit], key: int) -> int:
    """The place of the first of the choices right above the unit at ``key``; ``key`` where there are none."""
    first = key
    while first and key - first < _MAX_CHOICES:
        choice = _CHOICE.match(source, *units[first - 1].span)
        if choice is None:
            break
        first -= 1
        if (choice["open"] or choice["letter"] or choice["number"]) in "Aa1":
            break
    return first
