"""Ages without a unit: "a child of four", "my son is nine", "children from 6 to 12", "drivers under 25"."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["AT_LEAST", "AT_MOST", "DASH", "UNITS_OF_AGE", "age_ranges", "ages_in"]

UNITS_OF_AGE = frozenset(  # in the form that units of amounts have
    ["year", "yr", "yo", "jahr", "an", "ans", "année", "anné", "año", "anno", "ann", "ano", "jaar", "jar"]
)
_PERSON_NOUNS = (
    r"child|kid|toddler|infant|baby|boy|girl|son|daughter|person|patient|pupil|student|teenager|adolescent|adult|man|woman"
    r"|driver|player|member|passenger|guest|visitor|applicant|employee|customer|cyclist|rider|swimmer|senior|kind|enfant"
    r"|adulte|niñ[oa]|bambin[oa]|ragazz[oa]|criança"
)
_PERSONS = (
    rf"(?:(?:{_PERSON_NOUNS})(?:e?s)?|children|babies|anyone|someone|everyone|people|those|men|women|staff|youth|kinder|jugendliche"
    r"|personen|fahrer|schüler|erwachsene|jeunes|personnes|personas|menores|bambini|ragazzi|crianças|kinderen|personen)"
)
_NO_AGE = (  # after a number: another unit, or the rest of a larger one
    r"(?![.,:/]?\d|[\s-]?(?:kg|kilo\w*|g|lbs?|pounds?|cm|m|km|ft|feet|%|percent|euros?|dollars?|[€$£]|hours?|minutes?|points?"
    r"|times|persons?|people|(?:month|week|day)s?|(?:monat|woche|tage?|stunde)\w*|mois|jours?|meses|días?|mesi)\b)"
)
_AGE = rf"\b(\d{{1,2}})\b{_NO_AGE}"
DASH = (  # between the least and the greatest amount of a range
    r"(?:-|–|—|\b(?:to|through|and|bis|und|à|et|a|y|e|tot|en|do|до)\b|至|到|~|～)"
)
AT_LEAST = (  # before the least amount of a range without an end
    r"(?:over|above|more\sthan|at\sleast|from|older\sthan|exceeding|ab|über|mehr\sals|mindestens|älter\sals|plus\sde"
    r"|dès|à\spartir\sde|más\sde|desde|mayores\sde|a\spartir\sde|oltre|più\sdi|meer\sdan|vanaf|boven)"
)
AT_MOST = (  # before the greatest amount of one without a beginning
    r"(?:under|below|less\sthan|up\sto|at\smost|younger\sthan|unter|bis(?:\s(?:zu|einschließlich))?|weniger\sals"
    r"|höchstens|jünger\sals|moins\sde|jusqu['’]à|menos\sde|menores\sde|hasta|meno\sdi|fino\sa|sotto\si|minder\sdan"
    r"|tot|onder)"
)
_AGED = (
    rf"\b(?:{_PERSONS},?(?:\s(?:who\sare|that\sare|im\salter))?(?:\s(?:aged?|ages|of|from|between|von|zwischen|de|entre|da|van"
    r"|tussen)){0,3}|aged?|ages)\s"
)
_PERSON_OF = pattern_of(rf"\b{_PERSONS}\s(?:of|aged|von|de)\s{_AGE}", re.IGNORECASE)
_PERSON_IS = pattern_of(
    rf"\b(?:(?:{_PERSONS}|he|she|er|sie)\s(?:is|turns|turned|ist|wird|a|tiene|ha|tem)|i\sam|i['’]m|ich\sbin|j['’]ai|tengo)\s"
    rf"{_AGE}(?=\s?(?:[.,;:!?]|$|and\b|und\b|et\b|y\b))",
    re.IGNORECASE,
)
_BETWEEN = pattern_of(rf"{_AGED}(\d{{1,2}})\s?{DASH}\s?{_AGE}", re.IGNORECASE)
_FROM = pattern_of(
    rf"{_AGED}{AT_LEAST}\s{_AGE}(?!\s?{DASH}\s?\d)|{_AGED}{_AGE}(?=\s(?:and|or)\s(?:over|older|above|up)\b)",
    re.IGNORECASE,
)
_UP_TO = pattern_of(
    rf"{_AGED}{AT_MOST}\s{_AGE}|{_AGED}{_AGE}(?=\s(?:and|or)\s(?:under|younger|below)\b)", re.IGNORECASE
)


def ages_in(query: str) -> Iterator[str]:
    """The figures of the ages, in years, of persons that ``query`` names."""
    for pattern in (_PERSON_OF, _PERSON_IS):
        yield from (match.group(1) for match in pattern.finditer(query))


def age_ranges(text: str) -> Iterator[tuple[float, float]]:
    """The first and the last age, in years, of those of whom ``text`` speaks."""
    for match in _BETWEEN.finditer(text):
        yield float(match.group(1)), float(match.group(2))
    for pattern, is_least in ((_FROM, True), (_UP_TO, False)):
        for match in pattern.finditer(text):
            age = float(match.group(1) or match.group(2))
            yield (age, math.inf) if is_least else (-math.inf, age)
