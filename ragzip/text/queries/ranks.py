"""The ranks that a query asks for by a word: "silver", "came in second", "who was last?"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.numerals import RANK_OF_WORD

__all__ = ["LAST", "asked_ranks"]

LAST = -1
"""The rank of whoever is last."""

_RANKS = RANK_OF_WORD | dict.fromkeys(
    ["last", "letzter", "letzte", "letzten", "dernier", "dernière", "último", "ultimo"], LAST
)
_ORDINAL = "|".join(sorted(_RANKS, key=len, reverse=True))
_MEDALS = {"gold": 1, "silver": 2, "silber": 2, "bronze": 3, "oro": 1, "plata": 2, "argent": 2}
_MEDAL = pattern_of(r"\b(?:gold|silver|silber|bronze|oro|plata|argent)\b", re.IGNORECASE)
_OF_MEDALS = pattern_of(  # "a silver medal", "won gold"
    r"\bmed(?:al|aill?|all)|\b(?:won|wins?|winning|took|takes?|earn(?:ed|s)?|gew(?:ann|innt|onnen)|gagn\w{1,4}|gan[óa]\w{0,3})"
    r"\s(?:the\s|a\s)?(?:gold|silver|silber|bronze|oro|plata|argent)\b",
    re.IGNORECASE,
)
_SEVERAL = (  # "second, third and fourth"
    rf"(?:{_ORDINAL})(?:(?:,|,?\s(?:and|or|und|oder|et|ou|y|o))\s(?:in\s|the\s|which\s|who\s)?(?:{_ORDINAL})){{0,4}}"
)
_PLACE = pattern_of(
    rf"\b(?:came|come|comes|finish(?:ed|es)?|placed|ranked|ranks?|end(?:ed|s)? up|be(?:came|longte)?|belegten?|wurden?"
    rf"|kam|arriv\w{{1,4}}|termin\w{{1,5}}|qued\w{{1,4}}|classé\w{{0,2}})\s(?:in\s|the\s|als\s|en\s|auf\s){{0,3}}"
    rf"(?P<ranks>{_SEVERAL})\b"
    rf"|\b(?P<placed>{_SEVERAL})[\s-](?:place|position|rank|platz|rang|lugar|puesto|posto)\b"
    rf"|\b(?:was|were|is|are|war|ist|était|fue|fu)\s(?P<was>{_ORDINAL})(?=\s(?:and|or|in|at|with|und|oder|et|y|e)\s|\W{{0,9}}$)"
    r"|(?P<runner_up>\brunners?[\s-]up\b)",
    re.IGNORECASE,
)
_ANY_ORDINAL = pattern_of(rf"\b(?:{_ORDINAL})\b", re.IGNORECASE)


def asked_ranks(query: str) -> Iterator[int]:
    """The ranks that ``query`` asks for; ``LAST`` for the last one."""
    if _OF_MEDALS.search(query):
        yield from (_MEDALS[medal[0].lower()] for medal in _MEDAL.finditer(query))
    for match in _PLACE.finditer(query):
        if match["runner_up"]:
            yield 2
        for ordinal in _ANY_ORDINAL.finditer(match["ranks"] or match["placed"] or match["was"] or ""):
            yield _RANKS[ordinal[0].lower()]
