"""Sentences that go on where the condition of the one before does not hold, or does: "Otherwise call 112."."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.paragraphs import LIST_MARKER, in_one_paragraph, is_statement

__all__ = ["alternatives"]

_OTHERWISE = re.compile(
    r"(?i:otherwise(?! known)|or else|if not(?=[\s,])|in (?:all|any|every) other cases?|in other cases|failing that"
    r"|sonst|ansonsten|ander(?:e)?nfalls|(?:wenn|falls|sofern) nicht(?=[\s,])"
    r"|in (?:allen )?(?:anderen|übrigen|sonstigen) fällen"
    r"|sinon|autrement(?! dit)|à défaut(?! d)|dans (?:le cas contraire|(?:tous )?les autres cas)"
    r"|de lo contrario|si no(?=,)|en (?:caso contrario|(?:todos )?los (?:demás|otros) casos)"
    r"|altrimenti|diversamente|se no(?=,)|in caso contrario|(?:in tutti gli|negli) altri casi"
    r"|caso contrário|senão|se não(?=,)|(?:em todos )?(?:n?os) (?:demais|outros|restantes) casos"
    r"|zo niet|indien niet|in (?:alle )?(?:andere|overige) gevallen"
    r"|annars|i (?:alla )?(?:andra|övriga) fall|ellers|i (?:alle )?andre (?:tilfælde|tilfeller)"
    r"|w przeciwnym razie|w (?:pozostałych|innych) przypadkach|inaczej(?! m)"
    r"|иначе|в противном случае|(?:во всех )?(?:в )?остальных случаях|інакше|в іншому (?:разі|випадку))(?=[\s,:])"
    r"|(?:else|Else|anders|Anders)(?:,|\s(?!dan\b|als\b)(?=[a-zà-þ]))"  # Anders and Else are names, too
    r"|それ以外|そうでない場合|さもないと|否则|否則|其他情况|其他情況|그렇지 않으면|그 외"
)
_IN_THAT_CASE = re.compile(
    r"(?:if so|in (?:that|this|such|such a) (?:case|event)|in such cases|in (?:diesem|dem) falle?"
    r"|in (?:diesen|solchen) fällen|dans (?:ce cas|ces cas)|en (?:ese|este|tal) caso|in (?:tal|questo|quel) caso"
    r"|n(?:esse|este) caso|in dat geval|i så (?:fall|fald)|w tym przypadku|в этом случае)(?=[\s,:])|その場合|이 경우",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:if|unless|when(?:ever)?|where|provided|in case|once|should|as long as|whoever|wenn|falls|sofern|sobald"
    r"|soweit|wer|si|lorsque|quand|quiconque|siempre que|cuando|quien|se|qualora|quando|purché|chi|caso|als|indien"
    r"|wanneer|mits|tenzij|om|när|ifall|hvis|når|såfremt|jeśli|jeżeli|gdy|если|когда|якщо|коли)\b"
    r"|もし|場合|れば|たら|如果|若|当|만약|으면",
    re.IGNORECASE,
)
_MAX_DISTANCE = 3  # units from a condition to its alternative


def alternatives(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """A sentence or an item with a condition, and the one behind it that says what holds otherwise, or then: each needs
    the other. Where none has a condition, "otherwise" needs the sentence before it.
    """
    for number in range(1, len(units)):
        marker = LIST_MARKER.match(source, units[number].start)
        start = units[number].start if marker is None else marker.end()
        is_otherwise = _OTHERWISE.match(source, start, units[number].end) is not None
        if not is_statement(units[number]) or not (is_otherwise or _IN_THAT_CASE.match(source, start)):
            continue
        places = list(_places_before(units, number))
        with_condition = next((place for place in places if _has_condition(source, units[place])), None)
        if with_condition is not None:
            yield with_condition, number
            yield number, with_condition
        elif is_otherwise and places and in_one_paragraph(source, units[number - 1], units[number]):
            yield number, number - 1


def _places_before(units: Sequence[StructuredUnit], number: int) -> Iterator[int]:
    """The places of the statements just before the unit at ``number`` in its section, the nearest first."""
    for place in range(number - 1, max(number - 1 - _MAX_DISTANCE, -1), -1):
        if not is_statement(units[place]) or units[place].relation.heading != units[number].relation.heading:
            return
        yield place


def _has_condition(source: str, unit: StructuredUnit) -> bool:
    is_statement_of_its_own = source[unit.end - 1] not in "?？؟" and not _OTHERWISE.match(source, unit.start)
    return is_statement_of_its_own and _CONDITION.search(source, *unit.span) is not None
