"""What takes back something of the item of a list, the list or the paragraph above it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragzip.text.patterns import GOVERNING
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.paragraphs import is_next_sentence, is_statement

__all__ = ["EXCEPTIONS", "begins_with_exception", "exceptions"]

EXCEPTIONS = re.compile(  # a paragraph that takes back something of the list or paragraph above it
    r"(?:the )?(?:only )?exceptions?(?:\s?:| (?:is|are|to this)\b)|(?:die )?(?:einzige )?ausnahmen?\s?:"
    r"|(?:la )?excepci(?:ón|ones)\s?:|eccezion[ei]\s?:|exceç(?:ão|ões)\s?:|uitzondering(?:en)?\s?:|undantag\s?:"
    r"|(?:this|these|the foregoing)(?: (?:list|rule|ban|provision|limit|amount)s?)? (?:do|does|shall) not apply\b"
    r"|(?:dies|das) gilt nicht\b|(?:ceci|cela) ne (?:s['’]applique|vaut) pas\b|esto no se aplica\b"
    r"|(?:questo|ciò) non (?:vale|si applica)\b|isto não se aplica\b|dit geldt niet\b|(?:例外|但書)",
    re.IGNORECASE,
)
_EXCEPTS = re.compile(  # a sentence that excepts something from what the one before says
    r"(?:the (?:only )?|an? )?exceptions? (?:is|are|to|apply|applies|was|were)\b|exceptions?\s?:"
    r"|[^.!?]{1,60}\bis an exception\b|(?:die (?:einzige )?|eine )?ausnahmen?\b|(?:la única )?excepci(?:ón|ones)\b"
    r"|eccezion[ei]\b|exceç(?:ão|ões)\b|uitzondering(?:en)?\b|undantag\b|undtagelser?\b|unntak\b|исключени[ея]\b"
    r"|wyjąt(?:ek|ki)\b|ただし|但し|但(?!是)|단[,، ]|다만",
    re.IGNORECASE,
)
_MARKER = re.compile(r"(?:[-*+•–][ \t]{1,4}|\d{1,3}[.)][ \t]{1,4})?[(*_]{0,3}")
_NOT_FOR = re.compile(r"(?:not (?:for|on|in)|nicht für|with the exception)\b", re.IGNORECASE)


def begins_with_exception(text: str, start: int = 0) -> bool:
    """Whether an item of ``text`` that begins at ``start`` says what is excepted: "- except fruit"."""
    marker = _MARKER.match(text, start)
    words_start = start if marker is None else marker.end()
    return any(pattern.match(text, words_start) for pattern in (GOVERNING["exception"], _NOT_FOR))


def exceptions(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Sentences and the items of lists, each with the exceptions next below it."""
    places_by_head: defaultdict[int, list[int]] = defaultdict(list)  # since the last exceptions of each list
    last_exception = -1
    for number, (unit, exception) in enumerate(pairwise(units), 1):
        lead = unit.relation.head
        if lead is not None and number - 1 != last_exception:
            places_by_head[lead].append(number - 1)
        if not (is_statement(unit) and is_statement(exception)):
            continue
        is_next = is_next_sentence(source, unit, exception)
        if not (_EXCEPTS if is_next else EXCEPTIONS).match(source, exception.start):
            continue
        ruled = [number - 1] if is_next or lead is None else places_by_head.pop(lead, [number - 1])
        yield from ((place, number) for place in ruled)
        last_exception = number
