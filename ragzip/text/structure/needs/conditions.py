"""Sentences that go on where the condition of the one before does not hold, or does: "Otherwise call 112."."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.numerals import number_words
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.exemptions import NOT_APPLIED
from ragzip.text.structure.needs.paragraphs import (
    LIST_MARKER,
    in_one_paragraph,
    is_next_sentence,
    is_statement,
)

__all__ = ["alternatives", "consequences", "enumerated", "goes_beyond"]

_OTHERWISE = pattern_of(
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
_IN_THAT_CASE = pattern_of(
    r"(?:if so|in (?:that|this|such|such a) (?:case|event)|in such cases|in (?:diesem|dem) falle?"
    r"|in (?:diesen|solchen) fällen|dans (?:ce cas|ces cas)|en (?:ese|este|tal) caso|in (?:tal|questo|quel) caso"
    r"|n(?:esse|este) caso|in dat geval|i så (?:fall|fald)|w tym przypadku|в этом случае)(?=[\s,:])|その場合|이 경우",
    re.IGNORECASE,
)
_CONDITION = pattern_of(
    r"\b(?:if|unless|when(?:ever)?|where|provided|in case|once|should|as long as|whoever|wenn|falls|sofern|sobald"
    r"|soweit|wer|si|lorsque|quand|quiconque|siempre que|cuando|quien|se|qualora|quando|purché|chi|caso|als|indien"
    r"|wanneer|mits|tenzij|om|när|ifall|hvis|når|såfremt|jeśli|jeżeli|gdy|если|когда|якщо|коли)\b"
    r"|もし|場合|れば|たら|如果|若|当|만약|으면",
    re.IGNORECASE,
)
_AFTER_THAT = pattern_of(
    r"(?:after (?:that|this|this period|these \w+ \w+)|afterwards|thereafter|from then on|beyond that|danach"
    r"|anschließend|nach (?:dieser zeit|ablauf dieser frist)|ensuite|après (?:cela|ce délai)|passé ce délai|au-delà"
    r"|después|pasado este plazo|dopo|trascorso questo (?:termine|periodo)|daarna|därefter|derefter)(?=[\s,:])",
    re.IGNORECASE,
)
_TIME_LIMIT = pattern_of(  # "within 14 days", "for the first three months", "jusqu'à 6 jours avant le départ"
    r"\b(?:within|until|up to|for|first|in|during|innerhalb|bis|binnen|für|ersten?|jusqu['’]à|pendant|dans|durante"
    rf"|hasta|dentro|entro|fino a|gedurende)\s(?:\w+\s){{0,3}}?(?:\d{{1,3}}|{number_words(2, 7)})"
    r"[\s-](?:working |business |calendar )?(?:minutes?|hours?"
    r"|days?|weeks?|months?|years?|minuten|stunden|tagen?|wochen|monaten?|jahren?|heures?|jours?|semaines?|mois|ans"
    r"|horas?|días?|semanas?|meses|años|ore|giorni|mesi|anni|dagen|weken|maanden|jaar)\b",
    re.IGNORECASE,
)
_TERMS = pattern_of(  # of an offer or a rule, unlike those of a story
    r"\b(?:may|can|cannot|must|free|costs?|charges?|charged|fees?|refund\w*|valid|is|are|kostenlos|kostenfrei"
    r"|gebührenfrei|kann|können|darf|dürfen|muss|müssen|ist|sind|gratuit\w*|sans frais|peut|peuvent|est|sont|gratis"
    r"|puede|pueden|es|son|può|possono|è|sono|kan|kunnen|mag|mogen)\b",
    re.IGNORECASE,
)
_BEYOND_IT = pattern_of(  # "Later claims are not paid."
    r"(?:Later|Late|Longer|Earlier|Shorter|Larger|Bigger|Smaller|Heavier|Higher|Wider|Older|Younger|Further|Additional"
    r"|Spätere|Verspätete|Längere|Frühere|Kürzere|Größere|Kleinere|Schwerere|Höhere|Weitere|Ältere|Jüngere)"
    r"(?:\s(?:or|oder)\s[a-zà-þ]{3,16})?\s(?!(?:on|in|at|than|that|this|still|he|she|it|they|als)\b)[^\W\d_]{3,24}\s"
    r"(?![^.!?]{0,60}?\b(?:was|were|had|war|waren|hatten?|wurden?)\b)"
)
_LIMIT = pattern_of(
    r"\b(?:within|until|till|before|by|after|up to|at most|at least|no more than|not more than|not exceed|maximum|max\."
    r"|less than|under|over|more than|for|innerhalb|binnen|bis|vor|höchstens|maximal|mindestens|weniger als|mehr als"
    r"|unter|über|für)\b[^.!?;:]{0,30}?\d"
    rf"|\b(?:one|einer?|{number_words(2, 12)})"
    r"\s(?:minute|hour|day|week|month|year|minuten?|stunden?|tage|woche|monat|jahr)",
    re.IGNORECASE,
)
_NOT_OFFERED = pattern_of(
    r"\b(?:is not (?:valid|available|possible) (?:for|on|in)|entfällt (?:für|bei))\b", re.IGNORECASE
)
_FOR_THOSE = pattern_of(  # after a case that a rule does not apply to: what holds there
    r"(?:there,|here,|instead[\s,]|for (?:these|those|them|such \w+)[\s,]|on these[\s,]|in these[\s,]|dort\s|hier\s"
    r"|für diese\s|bei diesen\s|stattdessen\s|pour (?:ceux-ci|celles-ci|ces \w+)[\s,]|là,|para (?:estos|estas)[\s,]"
    r"|per (?:questi|queste)[\s,]|daar\s|voor deze\s)",
    re.IGNORECASE,
)
_LISTS_ANOTHER = pattern_of(  # at the end of an item; "vitamin E" is a name
    r"(?<!\w)(?:and|or|AND|OR|und|oder|sowie|et|ou|y|o|e|en|of|och|eller|og|lub|oraz|и|или|або)$"
)
_TO_YOU = pattern_of(
    r"(?:you (?:may|might|will|should|must)(?: also| then| still)? (?:need|have to|be|not|require|get|receive)"
    r"|sie (?:benötigen|brauchen|müssen|sollten|erhalten)(?: dann| möglicherweise| evtl\.)"
    r"|vous (?:aurez|pourrez avoir|devrez)(?: alors| peut-être)? (?:besoin|avoir|être)"
    r"|(?:puede|podrá|tendrá) (?:que|ser|necesitar)|potrebbe (?:essere|avere)|(?:pode|poderá) (?:ser|ter|precisar)"
    r"|u (?:moet|hebt) (?:dan|misschien|mogelijk))\b",
    re.IGNORECASE,
)
_MAX_WORDS_ON_CONDITION = 9
_MAX_DISTANCE = 3  # units from a condition to its alternative


def alternatives(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Pairs of units, the first of which needs the second: a sentence or an item with a condition, and the next one
    that states the alternative, need each other; the consequence "in that case", and what "you may need", need the
    condition. A statement on what holds beyond a limit needs the sentence that sets it. Where none has a condition,
    "otherwise" needs the sentence before it. The same holds for a time limit and a statement on what holds "after
    that", and for cases that a rule does not apply to and what holds "there".
    """
    for number in range(1, len(units)):
        if _goes_on(source, units, number):
            yield number - 1, number
            yield number, number - 1
            continue
        if is_next_sentence(source, units[number - 1], units[number]) and _rests_on(
            source[slice(*units[number - 1].span)], source[slice(*units[number].span)]
        ):
            yield number, number - 1
            continue
        is_otherwise = _begins(_OTHERWISE, source, units[number])
        if not is_statement(units[number]) or not (is_otherwise or _begins(_IN_THAT_CASE, source, units[number])):
            continue
        places = list(_places_before(units, number))
        condition = _nearest_condition(source, units, places)
        if condition is not None:
            yield number, condition
            if is_otherwise:
                yield condition, number
        elif is_otherwise and places and in_one_paragraph(source, units[number - 1], units[number]):
            yield number, number - 1


def consequences(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Pairs of units, the second a companion of the first: conditions with what holds "in that case", which says more
    of them.
    """
    for number in range(1, len(units)):
        if is_statement(units[number]) and _begins(_IN_THAT_CASE, source, units[number]):
            condition = _nearest_condition(source, units, list(_places_before(units, number)))
            if condition is not None:
                yield condition, number


def _rests_on(before: str, text: str) -> bool:
    """Whether a sentence holds only beyond the limit, or on the condition, that the one before it states: "You may need
    a lower dose.".
    """
    is_on_condition = _TO_YOU.match(text) is not None and len(text.split()) <= _MAX_WORDS_ON_CONDITION
    return goes_beyond(before, text) or (is_on_condition and _CONDITION.search(before) is not None)


def _begins(pattern: re.Pattern[str], source: str, unit: StructuredUnit) -> bool:
    """Whether a unit begins with ``pattern``, after the marker of an item."""
    marker = LIST_MARKER.match(source, unit.start)
    return pattern.match(source, unit.start if marker is None else marker.end(), unit.end) is not None


def goes_beyond(before: str, text: str) -> bool:
    """Whether a sentence states what holds beyond the limit that the one before it sets: "Later claims are not
    paid.".
    """
    return (
        _BEYOND_IT.match(text) is not None
        and _LIMIT.search(before) is not None
        and _TERMS.search(text) is not None
        and _BEYOND_IT.match(before) is None
    )


def enumerated(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Items of a list that end in "and" or "or", and the ones next below them, each with the other."""
    for number, (unit, following) in enumerate(pairwise(units)):
        are_items = LIST_MARKER.match(source, unit.start) and LIST_MARKER.match(source, following.start)
        is_said_of_both = unit.relation.section is None and following.relation.section is None
        if are_items and is_said_of_both and _LISTS_ANOTHER.search(source[unit.start : unit.end]):
            yield number, number + 1
            yield number + 1, number


def _goes_on(source: str, units: Sequence[StructuredUnit], number: int) -> bool:
    """Whether a sentence states what holds after the time in the one before, or for the cases that it excludes."""
    before, unit = units[number - 1], units[number]
    if not is_statement(unit) or not is_statement(before):
        return False
    if _FOR_THOSE.match(source, *unit.span):
        is_bound = any(pattern.search(source, *before.span) for pattern in (NOT_APPLIED, _NOT_OFFERED))
    else:
        is_bound = (
            _AFTER_THAT.match(source, *unit.span) is not None
            and _TIME_LIMIT.search(source, *before.span) is not None
            and _TERMS.search(source, *before.span) is not None
            and _TERMS.search(source, *unit.span) is not None
        )
    return is_bound and in_one_paragraph(source, before, unit)


def _places_before(units: Sequence[StructuredUnit], number: int) -> Iterator[int]:
    """The places of the statements just before the unit at ``number`` in its section, the nearest first."""
    for place in range(number - 1, max(number - 1 - _MAX_DISTANCE, -1), -1):
        if not is_statement(units[place]) or units[place].relation.heading != units[number].relation.heading:
            return
        yield place


def _nearest_condition(source: str, units: Sequence[StructuredUnit], places: Sequence[int]) -> int | None:
    return next((place for place in places if _has_condition(source, units[place])), None)


def _has_condition(source: str, unit: StructuredUnit) -> bool:
    is_statement_of_its_own = source[unit.end - 1] not in "?？؟" and not _OTHERWISE.match(source, unit.start)
    return is_statement_of_its_own and _CONDITION.search(source, *unit.span) is not None
