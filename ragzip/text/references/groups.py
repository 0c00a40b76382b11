"""Sentences about some of what was named before them: "The third is red.", "Neither is waterproof.", "All others can be
renewed.".
"""

from __future__ import annotations

import re

from ragzip.text.auxiliaries import AUXILIARY
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.numerals import number_words

__all__ = [
    "COMMON_VERB",
    "NAMES_TWO",
    "OF_A_GROUP",
    "OF_ONE_MORE",
    "OF_TWO",
    "adds_to_another",
    "counts_several",
    "has_latter",
    "is_of_the_rest",
    "is_ordinal",
    "names_both",
]

COMMON_VERB = f"{AUXILIARY}|costs?|takes?|needs?"
_ONE_DOES = (
    "allows|opens|leads|covers|includes|runs|goes|makes|pays|holds|contains|serves|gives|offers|deals|concerns|comes|lies"
    "|says|uses|burns|becomes|begins|requires|applies|closes|stands|belongs|tells|accepts|sells|shuts|starts|ends|sits"
    "|lacks"
)
_VERB = (  # that is hardly a noun after an ordinal: "The first allows fishing.", "The first settlers came."
    rf"{COMMON_VERB}|{_ONE_DOES}|also|still|never|always|only|then|allowed|opened|led|covered|included|ran|went|made|paid|held"
    r"|contained|served|gave|offered|dealt|concerned|came|lay|said|used|burn(?:ed|t)|became|began|required|applied|closed"
    r"|stood|belonged|told|died|left|won|lost"
)
_SEVERAL_DO = (
    "use|live|lie|stand|belong|open|close|shut|run|play|work|pay|cost|need|take|serve|offer|allow|cover|include|share|sell"
    "|accept|start|end|begin|go|lead|hold|contain|require|apply|come|give|make|remain|stay|sit|lack"
)
_SEVERAL_SURELY_DO = (  # "All close at six."; not "All close friends came."
    rf"(?:{_VERB}|(?:{_SEVERAL_DO})(?=[.,;]|\s(?:at|on|in|from|for|by|until|with|only|daily|all|every|earlier|later|early"
    r"|late|there|here|no|not|an?|the|their|its|more|less|\d)))"
)
_NUMBER = "two|three|four|five|six"
_NUMBERED = rf"(?:{_NUMBER})\b(?!\s(?:thirds|quarters|fifths|halves))"
_ORDINAL = "first|second|third|fourth|fifth|last|other|next"
_COMPARED = (
    "larger|bigger|smaller|older|elder|newer|younger|cheaper|longer|shorter|taller|faster|slower|upper|inner|outer"
)
_OF_THE_REST = (  # "The other two close at six."; "The Others is a film."
    rf"the\s(?:other|remaining)\s(?:{_NUMBERED}|ones\b)|the\sothers\b(?!['’]|\s(?:is|was)\b)"
    rf"|the\s(?:rest|remainder)\s{_SEVERAL_SURELY_DO}\b"
    r"|(?:die|alle)\s(?:anderen|übrigen|restlichen)\s(?:beiden|zwei|drei|vier)\b"
    r"|die\s(?:beiden|zwei|drei|vier)\s(?:anderen|übrigen|restlichen)\b"
    r"|(?:die|alle)\s(?:anderen|übrigen|restlichen)\s(?:sind|waren|haben|können|müssen|dürfen|werden|kosten|zahlen|schließen"
    r"|öffnen|gelten|liegen|bleiben|brauchen)\b"
    r"|les\s(?:(?:deux|trois|quatre)\sautres|autres\s(?:sont|étaient|ont|ferment|ouvrent|coûtent|peuvent|doivent|restent))\b"
    r"|l[oa]s\s(?:otr[oa]s\s(?:dos|tres|cuatro)|(?:otr[oa]s|demás)\s(?:son|están|tienen|cierran|abren|cuestan|pueden|deben))\b"
    r"|(?:gli\saltri|le\saltre)\s(?:due|tre|quattro|sono|hanno|chiudono|aprono|costano|possono|devono)\b"
    r"|[oa]s\soutr[oa]s\s(?:dois|duas|três|quatro|são|têm|fecham|abrem|custam|podem|devem)\b"
    r"|de\sandere\s(?:twee|drie|vier|zijn|hebben|sluiten|openen|kosten|kunnen|moeten)\b"
)
_BEFORE_GROUP = r"(?:(?:only|even|also|not|of|among|unlike|like|besides|except(?:\sfor)?|apart\sfrom)\s)?"
OF_A_GROUP = pattern_of(
    rf"{_BEFORE_GROUP}(?:{_OF_THE_REST}"
    rf"|the\s(?:{_ORDINAL}|same)(?:\s(?:{_NUMBER}|ones?))?\s(?:{_VERB})\b"
    rf"|the\s(?:(?:first|last|next)\s)?(?:{_NUMBER})\s{_SEVERAL_SURELY_DO}\b|the\s(?:{_NUMBER})\sof\sthem\b"
    rf"|the\s(?:{_ORDINAL}|{_COMPARED})\sone\b(?!\s(?:hundred|thousand|million|billion|third|half|of\sthe|to|who)\b)"
    rf"|the\s(?:{_ORDINAL}),\s(?:in|at|on|by|near|from|with|the|an?|which|also|however|called|built|made)\b"
    rf"|the\s(?:{_COMPARED})(?:\sof\sthe\stwo)?\s(?:{_VERB})\b"
    rf"|(?:(?:the\s)?next|another)\sones?\s(?:{_VERB})\b"
    rf"|the\s(?!(?:\w{{0,8}}(?:for|gu|inter|arr|chest|protest|harv|cont|requ|temp|w|qu|n)est|chest|protest|crest|vest|test|rest)\b)\w{{2,15}}est(?:\s(?:two|three|four|one|ones))?"
    rf"\s(?:{_VERB}|dates\s(?:from|back)|weighs|measures)\b(?!\s(?:is|are|was|were|have)\b)"
    rf"|(?:each|one|another|half|any)\s(?:{COMMON_VERB}|{_ONE_DOES})\b"
    rf"|(?:(?:all|any)\s(?:{_NUMBER})|all|some|others|{_NUMBER}|most|many|few|several)\s"
    rf"(?:{COMMON_VERB}|(?!{COMMON_VERB}){_SEVERAL_SURELY_DO})\b"
    rf"|(?:all|most|any)\s(?:the\s|of\sthe\s)?(?:others?|rest)\s(?:{_VERB})\b"
    rf"|(?:all|any)\sother\s[a-z]{{2,20}}\s(?:{COMMON_VERB})\b"
    rf"|(?:none|neither|both|all|some|most|many|several|few|any|each|one|half|{_NUMBER})\sof\s(?:them|these|those)\b"
    rf"|(?:none|all|any|each|one)\sof\sthe\s(?:{_NUMBER})\s(?:{_VERB})\b"
    rf"|the\s(?:{_ORDINAL})\sof\s(?:them|these|those|the\stwo)\b"
    rf"|(?<=\bof\s)(?:these|those|them|the\s(?:{_NUMBER}))(?=,)"
    r"|de[rn]?\s(?:erste|zweite|dritte|letzte|andere)\s(?:ist|war|hat|wird|wurde|kann|muss|darf|kostet|schließt|öffnet"
    r"|verkauft|gilt|liegt|steht)\b"
    r"|das\s(?:erste|zweite|dritte|letzte)\b(?!\s(?-i:[A-ZÄÖÜ]))|(?:le|la)\s(?:premi[eè]re?|second|seconde|dernier|dernière)\b"
    r"|el\s(?:primero|tercero)\b|(?:el|la)\s(?:segund[oa]|últim[oa]|primera|tercera|otr[oa])\s(?:es|está|tiene|vende|cuesta"
    r"|abre|cierra|era|fue|puede|debe)\b"
    r"|(?:il|la)\s(?:prim[oa]|second[oa]|terz[oa])\s(?:è|ha|vende|costa|apre|chiude|era|fu|può|deve)\b"
    r"|de\s(?:eerste|tweede|derde|laatste|andere)\s(?:is|was|heeft|kost|sluit|opent|verkoopt|kan|moet|mag)\b"
    r")",
    re.IGNORECASE,
)
_OF_THE_REST_OF_A_GROUP = pattern_of(rf"{_BEFORE_GROUP}(?:{_OF_THE_REST})", re.IGNORECASE)
OF_TWO = pattern_of(
    rf"(?:the\sformer|both|neither|either)\s(?:{_VERB})\b|both\s(?:{_SEVERAL_DO})\b|the\slatter\b"
    r"|(?:(?:der|die|das)\s)?(?:erstere|letztere)[rs]?\b"
    r"|kein(?:e[rs]?)?\s(?:von\sbeiden|der\sbeiden|davon)\b|aucune?\sdes\sdeux\b|nenhuma?\sdos\sdois\b"
    rf"|(?:les\sdeux|l[oa]s\sdos)\s(?:sont|étaient|ont|ferment|ouvrent|son|están|tienen|cierran|abren)\b"
    r"|(?:beide(?!\s(?-i:[A-ZÄÖÜ]))|amb[oa]s|entrambi|entrambe)\b|ce(?:t|tte)?\s(?:dernier|dernière|premier)\b"
    r"|quest['’]ultim[oa]\b",
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
_COUNTS_SEVERAL = pattern_of(
    rf"\b(?:{number_words(2, 12)}|several|mehrere|plusieurs|vari[oa]s|diversi|diverse|\d{{1,2}})\s"
    r"(?!(?:in|on|to)\b)[^\W\d_]{2}"
    r"|\b(?:and|und|et|y|e|ed|en)\b",
    re.IGNORECASE,
)
_NAMES_BOTH = pattern_of(
    r"(?:both|either|neither)\s(?=(?:the|an?|in|for)\s|(?-i:[A-Z]))"
    rf"(?:(?!(?:{COMMON_VERB})\b)[^\s.,;:!?]{{1,30}}\s){{1,7}}?(?:and|n?or)\s"
    r"|neither\s[^.;:!?]{1,60}?\snor\s"
    rf"|(?:both|either|neither|none)\sof\s(?:the(?!\s(?:{_NUMBER})\b)|our|my|your)\s",
    re.IGNORECASE,
)
_LATTER = pattern_of(r"(?<=\s)the\slatter\b")
_NAMES_ITS_OWN = pattern_of(r"\b(?:and|or)\b|\s[A-ZÀ-Þ]\w[^;]*\s[A-ZÀ-Þ]\w")
_ADDS = pattern_of(rf"the\s(?:{_ORDINAL})(?:\sone)?\s(?:also|too|only|then)\b", re.IGNORECASE)
_BEGINS_WITH_ORDINAL = pattern_of(rf"the\s(?:{_ORDINAL})\b", re.IGNORECASE)


def has_latter(text: str) -> bool:
    """Whether a sentence says "the latter" of what others name: "For the latter the fee is 65."."""
    latter = _LATTER.search(text)
    return latter is not None and not _NAMES_ITS_OWN.search(text, 0, latter.start())


def is_of_the_rest(text: str) -> bool:
    """Whether a sentence speaks of those of a group that others do not: "The other two close at six."."""
    return _OF_THE_REST_OF_A_GROUP.match(text) is not None


def counts_several(text: str) -> bool:
    """Whether a sentence says of how many things it speaks, or names them: "There are three pools."."""
    return _COUNTS_SEVERAL.search(text) is not None


def names_both(text: str) -> bool:
    """Whether a sentence names the things of which it says "both", "neither" or "either": "Both Ann and Ben came."."""
    return _NAMES_BOTH.match(text) is not None


def adds_to_another(text: str) -> bool:
    """Whether a sentence adds to a statement on another member of a group: "The second also allows boats."."""
    return _ADDS.match(text) is not None


def is_ordinal(text: str) -> bool:
    """Whether a sentence begins with one of several by its place: "The first allows fishing."."""
    return _BEGINS_WITH_ORDINAL.match(text) is not None
