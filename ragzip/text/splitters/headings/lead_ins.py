"""Sentences and lines that introduce what stands below them: "The new rule reads:", "Not for these."."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.months import MONTHS
from ragzip.text.splitters.prose.breaks import STOP_AT_END
from ragzip.text.splitters.split_unit import SplitUnit
from ragzip.text.splitters.wrapping import Region
from ragzip.text.statuses import denies

__all__ = ["announces_list", "introduces_below"]

_OPEN_END = pattern_of(r"[:：]$|\bVALUES$", re.IGNORECASE)  # of a line over others; in SQL, rows follow
_LEAST_WORDS_OF_SPEAKER = 3
_LEAST_WORDS_GOING_ON = 3  # of a line that goes on in the paragraph below it
_WORDS = pattern_of(r"[^\W\d_]{1,40}[\s'’,-]+\w")  # no address on the web, and no word alone
_FOLLOWING_AT_END = pattern_of(  # at the end of a paragraph: the next one is meant
    r"\bthe following\b|\bas follows\b|\bfolgende[srn]?\b|\bcomme suit\b|\blo siguiente\b|\bil seguente\b",
    re.IGNORECASE,
)
_MAX_WORDS_OF_STATUS = 4  # of a sentence that is a head but for its stop: "Not covered."
_THE_FOLLOWING = pattern_of(  # above a list
    r"\b(?:the following(?! (?:day|night|morning|evening|week|month|season|year|decade))|as follows"
    r"|folgende[nmrs]?(?! (?:Tage?|Nacht|Woche|Monate?|Jahre?))|suivante?s|siguientes|seguenti|seguintes|volgende)\b"
    r"|以下|下列|次の",
    re.IGNORECASE,
)
_THESE = pattern_of(  # with no noun
    r"\b(?:these|those|diese[n]?|ceux-ci|celles-ci|ést[oa]s|estos|estas|questi|queste|estes|deze)"
    r"(?=[.!]|\s(?:is|are|must|may|can|will|at|in|into|on|to|with|for|sind|dürfen|werden|nicht|nie|mit|in|son|no|se"
    r"|sono|non|niet|mogen)\b)",
    re.IGNORECASE,
)
_YEAR_OR_DAY = pattern_of(rf"\b(?:1[5-9]|20)\d\d\b|\b\d{{1,2}}\.?\s{MONTHS}|{MONTHS}\s\d{{1,2}}\b")


def announces_list(text: str, parts: Sequence[SplitUnit]) -> bool:
    """Whether the last of ``parts``, a whole sentence above a list, says something of its items: "The insurance does
    not pay for the following damage.", "Under no circumstances may you bring these.".
    """
    sentence = parts[-1].text_in(text)
    if STOP_AT_END.search(sentence) is None:
        return False
    if _THE_FOLLOWING.search(sentence):
        return True
    is_alone = len(parts) == 1 or text.count("\n", parts[-2].end, parts[-1].start) > 1
    is_open = len(sentence.split()) <= _MAX_WORDS_OF_STATUS or _THESE.search(sentence) is not None
    return is_alone and is_open and denies(sentence)


def introduces_below(text: str, last_unit: SplitUnit, following: Region) -> bool:
    """Whether the end of a paragraph, or a line of records, introduces what follows: "The new rule reads:"."""
    if last_unit.kind == "record":
        return (
            (following.kind == "record" or (following.kind == "prose" and _leads_prose(text, last_unit)))
            and _OPEN_END.search(text, *last_unit.span) is not None
            and text.count("\n", last_unit.end, following.start) == 1
        )
    return last_unit.kind == "sentence" and (
        text[last_unit.end - 1] in ":："
        or _FOLLOWING_AT_END.search(text, *last_unit.span) is not None
        or _goes_on_below(text, last_unit, following)
    )


def _goes_on_below(text: str, last_unit: SplitUnit, following: Region) -> bool:
    """Whether a paragraph goes on with the sentence at the end of the one above: "It does not cover", "normal wear"."""
    return (
        following.kind in ("prose", "record")
        and text[following.start].islower()
        and _WORDS.match(text, following.start, following.end) is not None
        and text[last_unit.end - 1].isalpha()
        and ":" not in last_unit.text_in(text)
        and len(last_unit.text_in(text).split()) >= _LEAST_WORDS_GOING_ON
    )


def _leads_prose(text: str, last_unit: SplitUnit) -> bool:
    """Whether a label describes what follows, or names its speaker: "Method:", "Answer by Kim:"; "2019:"; "Passage 2:"
    only counts.
    """
    label = last_unit.text_in(text)
    if _YEAR_OR_DAY.search(label):
        return True
    is_apart = text.endswith("\n\n", 0, last_unit.start) and not any(map(str.isdigit, label))
    return is_apart or len(label.split()) >= _LEAST_WORDS_OF_SPEAKER
