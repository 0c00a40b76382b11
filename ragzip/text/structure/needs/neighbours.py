"""Sentences that the one beside them is not read without: a question and its answer, a statement and the sentence that
takes it back, a sentence that says nothing by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from itertools import pairwise

from ragzip.text.auxiliaries import AUXILIARY
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.references.ends import ends_in_question
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.outcomes import asking, replies
from ragzip.text.structure.needs.paragraphs import in_one_paragraph, is_statement, paragraphs
from ragzip.text.structure.needs.retractions import taken_back

__all__ = ["governed_pair", "needs_of_neighbours"]

_UNTIL = pattern_of(  # what was so, in a sentence before one that says what is so since
    r"\b(?:until|till|bis|jusqu|hasta|fino (?:a|al)|até|tot)\b[^.!?]{0,30}\b(?:1[5-9]|20)\d\d\b", re.IGNORECASE
)
_NOT_UNTIL = pattern_of(  # what was so only then: "It was not rebuilt until 1886."
    r"(?:\b(?:not|never|nicht|ne|no|non|não|niet)|n['’]t)\b[^.!?,;:]{0,40}?\b(?:until|till|bis|jusqu|hasta|fino|até|tot)\b",
    re.IGNORECASE,
)
_SINCE = pattern_of(r"(?:since|from|as of|now|today|seit|heute|jetzt|ab|depuis|desde|dal|vanaf|sinds)\b", re.IGNORECASE)
_ELLIPSIS_AT_END = pattern_of(  # "Cats are not.", "The others do."; "May" is a month
    rf"\b(?:{AUXILIARY})(?: not|n['’]t)?[.!]$"
)
_ENOUGH = pattern_of(  # for what the one before says: "Where the fee was raised, 30 days suffice."
    r"(?:(?:where|if|when|in case|wenn|falls|sofern|bei|si|lorsque|quand|en cas|cuando|en caso|se|quando"
    r"|in caso)\b[^.!?]{3,120}?\s)?"
    r"(?:\d+|one|two|three|four|five|six|seven|eight|ten|half|ein\w{0,2}|zwei|drei|vier|fünf|sechs|une?|deux|trois|quatre"
    r"|un[ao]?|dos|tres|cuatro|due|tre|quattro)\s(?:[^\W\d_]{1,20}\s){1,3}?(?:suffices?|will (?:do|suffice)"
    r"|(?:is|are) (?:enough|sufficient)|genüg(?:t|en)|reich(?:t|en)(?: aus)?|suffi(?:t|sent)|bastan?|son suficientes"
    r"|bastano|sono sufficienti)[.!]",
    re.IGNORECASE,
)
_SO_TOO = pattern_of(  # "So must trout.", "Nor do cats."
    rf"(?:so|nor|neither) (?:{AUXILIARY})\b",
    re.IGNORECASE,
)
_ELLIPSIS_BEFORE_CONDITION = pattern_of(  # "Pupils of year 9 may not, unless their parents agree."
    rf"\b(?:{AUXILIARY}) not[,;]?"
    r" (?:unless|except|but|if)\b"
)
_VERDICT = pattern_of(
    r"\(?(?:(?:and|but|of course|certainly|absolutely|probably) )?(?:yes|no|not|true|false|right|wrong|correct"
    r"|never|neither|none|ja|nein|doch|niemals|oui|non|si|jamais|sí|no|nunca|sì|sim|não|nee|tak|nie|да|нет|はい|いいえ|是的|不是)\)?[.!。]?\)?",
    re.IGNORECASE,
)
_MAX_ELLIPSIS_WORDS, _MAX_ANSWER_WORDS = 6, 6


def needs_of_neighbours(
    source: str, units: Sequence[StructuredUnit], corrected: Set[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """The needs between units that follow each other in a paragraph, as pairs of a unit and the one that it needs.

    :param corrected: of :func:`~ragzip.text.structure.needs.notices.corrections`.
    """
    for number, (unit, following) in enumerate(pairwise(units)):
        is_followed = is_statement(unit) and is_statement(following) and in_one_paragraph(source, unit, following)
        if is_followed and ends_in_question(source[unit.start : unit.end]):
            yield from _answer(source[following.start : following.end], number)
    notices = {notice for place, notice in corrected if (notice, place) not in corrected}  # on what stands elsewhere
    for places in paragraphs(source, units):
        texts = [source[slice(*units[place].span)] for place in places]
        for number in range(len(texts) - 1):
            if not ends_in_question(texts[number]) and places[number + 1] not in notices:
                yield from ((places[first], places[second]) for first, second in _sentences(texts, number))


def governed_pair(text: str, following_text: str) -> Iterator[tuple[int, int]]:
    """The needs between two texts (0 and 1) that follow each other: pairs of a text and the one that it needs."""
    if ends_in_question(text):
        yield from _answer(following_text, 0)
    else:
        yield from _sentences((text, following_text), 0)


def _answer(following_text: str, question: int) -> Iterator[tuple[int, int]]:
    """The needs between a question and the sentence after it: a short answer says nothing by itself."""
    if not ends_in_question(following_text):
        yield question, question + 1
        if len(following_text.split()) <= _MAX_ANSWER_WORDS:
            yield question + 1, question


def _sentences(texts: Sequence[str], number: int) -> Iterator[tuple[int, int]]:
    """The needs between the sentence at ``number`` and the one after it, by place in ``texts``."""
    text, following_text = texts[number], texts[number + 1]
    is_over = _SINCE.match(following_text) and _UNTIL.search(text) and not _NOT_UNTIL.search(text)
    ruled = number if is_over else taken_back(texts, number + 1)
    if ruled is None:
        ruled = asking(texts, number + 1)
    if ruled is not None:
        yield ruled, number + 1
        yield number + 1, ruled
    elif replies(text, following_text):
        yield number, number + 1
    elif _VERDICT.fullmatch(following_text) or _is_ellipsis(following_text):
        yield number + 1, number


def _is_ellipsis(text: str) -> bool:
    """Whether a sentence says nothing without the one before: "Cats may not.", "Two days are enough."."""
    is_short = len(text.split()) <= _MAX_ELLIPSIS_WORDS
    if is_short and (_ELLIPSIS_AT_END.search(text) or _SO_TOO.match(text)):
        return True
    return _ELLIPSIS_BEFORE_CONDITION.search(text) is not None or _ENOUGH.fullmatch(text) is not None
