"""Sentences about some of what was named before them: "The third is red.", "Neither is waterproof.", "All others can be
renewed.".
"""

from __future__ import annotations

import re

from ragzip.text.auxiliaries import AUXILIARY
from ragzip.text.lazy_patterns import pattern_of

__all__ = [
    "COMMON_VERB",
    "NAMES_TWO",
    "OF_A_GROUP",
    "OF_ONE_MORE",
    "OF_TWO",
    "adds_to_another",
    "has_latter",
    "is_ordinal",
]

COMMON_VERB = f"{AUXILIARY}|costs?|takes?|needs?"
_VERB = (  # that is hardly a noun after an ordinal: "The first allows fishing.", "The first settlers came."
    rf"{COMMON_VERB}|also|still|never|always|only|then|allows?|allowed|opens|opened|leads?|led|covers|covered|includes?|included"
    r"|costs?|runs|ran|goes|went|makes|made|pays|paid|holds|held|contains?|contained|serves|served|gives|gave|offers|offered"
    r"|deals|dealt|concerns|concerned|comes|came|lies|lay|says|said|uses|used|burn(?:s|ed|t)|became|becomes|began|begins"
    r"|requires?|required|applies|applied|closes|closed|stands|stood|belongs|belonged|tells|told|died|left|won|lost"
)
_PLURAL_VERB = "use|live|lie|stand|belong|open|close|run|play|work|pay|cost|need|take|serve|offer|allow|cover|include"
_ORDINAL = "first|second|third|fourth|fifth|last|other|next"
OF_A_GROUP = pattern_of(
    rf"the\s(?:{_ORDINAL}|others|rest|same|remainder)(?:\s(?:two|three|four|one|ones))?\s(?:{_VERB})\b"
    rf"|(?:(?:the\s)?next|another)\sones?\s(?:{_VERB})\b"
    rf"|the\s(?!(?:\w{{0,8}}(?:for|gu|inter|arr|chest|protest|harv|cont|requ|temp|w|qu|n)est|chest|protest|crest|vest|test|rest)\b)\w{{2,15}}est(?:\s(?:two|three|four|one|ones))?"
    rf"\s(?:{_VERB}|dates\s(?:from|back)|weighs|measures)\b(?!\s(?:is|are|was|were|have)\b)"
    rf"|(?:each|all|some|others|another|one|two|three|half|most|many|few|several|any)\s(?:{COMMON_VERB})\b"
    rf"|(?:all|most|any)\s(?:the\s|of\sthe\s)?(?:others?|rest)\s(?:{_VERB})\b"
    rf"|(?:all|any)\sother\s[a-z]{{2,20}}\s(?:{COMMON_VERB})\b"
    r"|(?:none|neither|both|all|some|most|each|one|half)\sof\s(?:them|these|those)\b"
    rf"|the\s(?:{_ORDINAL})\sof\s(?:them|these|those|the\stwo)\b"
    r"|(?:das\s(?:erste|zweite|dritte|letzte)|(?:le|la)\s(?:premi[eè]re?|second|seconde|dernier|dernière))\b"
    r"|alle\s(?:anderen|übrigen)\s(?:sind|können|müssen|dürfen|werden|haben|kosten|zahlen)\b",
    re.IGNORECASE,
)
OF_TWO = pattern_of(
    rf"(?:the\sformer|both|neither|either)\s(?:{_VERB})\b|both\s(?:{_PLURAL_VERB})\b|the\slatter\b|(?:der|die|das)\s(?:erstere|letztere)\b"
    r"|(?:beide|ambos|ambas|entrambi|entrambe)\b|ce(?:t|tte)?\s(?:dernier|dernière|premier)\b|quest['’]ultim[oa]\b",
    re.IGNORECASE,
)
OF_ONE_MORE = pattern_of(  # of a kind that was told of: "The second fire destroyed the organ. A new one was given."
    rf"the\s(?:second|third|fourth|fifth|other|latter)\s(?-i:[a-z]{{3,20}})\s(?:{_VERB}|[a-z]{{2,15}}ed)\b"
    rf"|an?\s(?:[a-z]{{2,15}}\s)?one\s(?:{_VERB})\b",
    re.IGNORECASE,
)
NAMES_TWO = pattern_of(
    r"\b(?:and|or|und|oder|et|ou|y|o|e|en|of|és|och|og|i|и|и́|two|three|zwei|drei|deux|trois|dos|tres|due|tre|dois|três)\b"
    r"|[;&]"
)
_LATTER = pattern_of(r"(?<=\s)the\slatter\b")
_NAMES_ITS_OWN = pattern_of(r"\b(?:and|or)\b|\s[A-ZÀ-Þ]\w[^;]*\s[A-ZÀ-Þ]\w")
_ADDS = pattern_of(rf"the\s(?:{_ORDINAL})(?:\sone)?\s(?:also|too|only|then)\b", re.IGNORECASE)
_BEGINS_WITH_ORDINAL = pattern_of(rf"the\s(?:{_ORDINAL})\b", re.IGNORECASE)


def has_latter(text: str) -> bool:
    """Whether a sentence says "the latter" of what others name: "For the latter the fee is 65."."""
    latter = _LATTER.search(text)
    return latter is not None and not _NAMES_ITS_OWN.search(text, 0, latter.start())


def adds_to_another(text: str) -> bool:
    """Whether a sentence adds to a statement on another member of a group: "The second also allows boats."."""
    return _ADDS.match(text) is not None


def is_ordinal(text: str) -> bool:
    """Whether a sentence begins with one of several by its place: "The first allows fishing."."""
    return _BEGINS_WITH_ORDINAL.match(text) is not None
