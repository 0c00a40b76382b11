"""Sentences that say what was not the cause of something, with the next one, which says what was."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.paragraphs import in_one_paragraph, is_statement

__all__ = ["denied_causes"]

_DENIES = pattern_of(
    r"(?:\bnot|n['’]t|\bnever)\s(?:been\s)?(?:the|a|our|its|to)\s(?:\w{3,12}\s)?(?:cause|reason|culprit|problem|issue|answer"
    r"|solution|fix|explanation|blame)\b(?!\s(?:of|for|that|why)\b)"
    r"|(?:\bnot|n['’]t)\s(?:caused|explained|solved|fixed)\sby\b|(?:\bnot|n['’]t)\s(?:help|solve\sit|fix\sit)\b"
    r"|\bnicht\s(?:die\sursache|der\s(?:grund|auslöser)|das\sproblem|schuld|daran)\b"
    r"|\b(?:half|hilft|geholfen)\s(?:auch\s)?nicht\b"
    r"|\bpas\s(?:la\s(?:cause|raison|solution)|le\sproblème)\b"
    r"|\bno\s(?:es|era|fue)\s(?:la\s(?:causa|solución)|el\sproblema)\b"
    r"|\bnon\s(?:è|era)\s(?:la\s(?:causa|soluzione)|il\sproblema)\b|\bniet\sde\s(?:oorzaak|oplossing)\b",
    re.IGNORECASE,
)
_SIGNS = (  # one of them is in what the pattern finds, which takes longer
    "cause", "reason", "culprit", "problem", "issue", "answer", "solution", "fix", "expla", "blame", "solve", "help",
    "ursache", "grund", "auslöser", "schuld", "daran", "half", "hilf", "geholfen", "raison", "problème", "causa",
    "solución", "soluzione", "oorzaak", "oplossing",
)  # fmt: skip
_QUESTION = "?"


def denied_causes(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Each sentence that says what was not the cause, or did not help, with the one after it in its paragraph."""
    for place, (unit, following) in enumerate(pairwise(units)):
        if not (is_statement(unit) and is_statement(following) and in_one_paragraph(source, unit, following)):
            continue
        sentence = source[unit.start : unit.end].lower()
        if sentence[-1] != _QUESTION and any(sign in sentence for sign in _SIGNS) and _DENIES.search(sentence):
            yield place, place + 1
