"""Titles that a paragraph begins with, as its first sentence: "Brevia R5, user manual. Fill the tank.". Without it, the
text after it reads as if it were about something else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ragzip.text.languages import is_function_word, language_of
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.months import MONTHS
from ragzip.text.spans import Span
from ragzip.text.splitters import SplitUnit
from ragzip.text.splitters.headings.plain import has_statement_word
from ragzip.text.statuses import begins_with_status
from ragzip.text.structure.base import Relation

__all__ = ["is_title", "relate_titled", "with_titles"]

_TITLED = frozenset(["sentence", "title", "lead-in"])
_MIN_WORDS, _MAX_WORDS, _MAX_BARE_WORDS = 2, 12, 5  # bare: without a date or a colon
_IN_PARTS = pattern_of(r"[:,]\s|\s[–—-]\s|\s\(")
_CODE = pattern_of(r"[^\W\d_]{1,10}-?\d\w{0,10}|\d+[^\W\d_]\w{0,10}")  # "V7", "TL-3"
_DAY_OR_YEAR = pattern_of(
    rf"(?:\d{{1,2}}\.?\s)?(?:{MONTHS})(?:\s\d{{1,2}}(?!\d),?)?(?:\s\d{{4}})?|\b(?:1[5-9]|20)\d\d\b"
)
_VALUE = pattern_of(r"\d\s?[%€$£°]|[€$£]\s?\d|(?<![\w./-])\d+(?:[.,]\d+)?(?![\w/-])")
_NOT_IN_TITLE = pattern_of(r"[!?;…。！？；]|\.\s")
_WITH_VERB = frozenset(  # words of statements beside those of `has_statement_word`
    re.findall(
        r"\w+",
        """
        i we you he she they it ich wir er sie es je nous vous il elle ils yo él ella
        rose fell won lost met made took gave came went ran saw wrote says said got became began grew left held kept led
        paid sold bought built broke chose drew found fought flew heard knew meant sank sat sent spent stood struck
        thought told threw mean means include includes need needs want wants
    """,
    )
)
_WORD = pattern_of(r"\w+")
_JUDGES = pattern_of(  # what says how something is, and greetings: "Great phone.", "Thanks Ann."
    r"(?:hi|hello|hey|dear|thanks?|sorry|welcome|hallo|danke|bonjour|merci|hola|gracias|very"
    r"|really|so|too|great|good|nice|bad|poor|excellent|perfect|amazing|awesome|terrible|awful|lovely|best|worst"
    r"|sehr|gut|super|toll|schlecht|très|bon|bonne|mauvais|muy|buen|mal|excelente)\w{0,2}\b",
    re.IGNORECASE,
)


def with_titles(text: str, parts: Sequence[SplitUnit]) -> list[SplitUnit]:
    """The ``parts``, with the title that a text begins with, or the text after a heading on its line, marked as one."""
    titled = list(parts)
    language = language_of(text)
    for place, (part, below) in enumerate(pairwise(parts)):
        behind_heading = place > 0 and titled[place - 1].kind in ("heading", "title")
        is_first = place == 0 or (behind_heading and _is_on_line(text, parts[place - 1], part))
        is_sentence = part.kind == below.kind == "sentence" and _is_on_line(text, part, below)
        if is_first and is_sentence and is_title(part.text_in(text), language):
            titled[place] = part._replace(kind="title")
    return titled


def relate_titled(text: str, parts: Sequence[SplitUnit], unit_relations: list[Relation], title: int) -> int:
    """Relate the sentences after the title of a paragraph to it, and to one before it; the place after it."""
    end = title + 1
    while end < len(parts) and parts[end].kind in _TITLED and "\n\n" not in text[parts[end - 1].end : parts[end].start]:
        end += 1
    unit_relations[title] = unit_relations[title]._replace(section=Span(parts[title + 1].start, parts[end - 1].end))
    for number in range(title + 1, end):
        relation = unit_relations[number]
        unit_relations[number] = relation._replace(needs=(*relation.needs, title), heading=title)
    return title + 1


def is_title(sentence: str, language: str | None) -> bool:
    """Whether a sentence has no verb and names what follows: by words in parts, a name, a code, or by itself."""
    if not _is_verbless(sentence, language):
        return False
    if _VALUE.search(_DAY_OR_YEAR.sub(" ", sentence)):  # "Harden 3, Westleigh 2." says something
        return False
    all_words = sentence[:-1].split()
    is_long = len(all_words) > _MAX_BARE_WORDS
    if is_long and not (":" in sentence or _DAY_OR_YEAR.search(sentence)):
        return False
    return (
        _IN_PARTS.search(sentence) is not None
        or any(_CODE.fullmatch(word) for word in all_words)
        or all(word[:1].isupper() for word in all_words)
    )


def _is_on_line(text: str, part: SplitUnit, following: SplitUnit) -> bool:
    """Whether a part goes on, on the line of the one before it."""
    return "\n" not in text[part.end : following.start]


def _is_verbless(sentence: str, language: str | None) -> bool:
    all_words = [word.strip(',:()«»"“”„') for word in sentence[:-1].split()]
    if sentence[-1:] != "." or not _MIN_WORDS <= len(all_words) <= _MAX_WORDS or not sentence[0].isupper():
        return False
    small = _small_words(all_words)
    is_worded_as_statement = (
        is_function_word(all_words[0].lower())
        or has_statement_word([word for word in all_words if word != "May"])
        or not _WITH_VERB.isdisjoint(_WORD.findall(sentence.lower()))
        or (language == "de" and bool(small))
        or any(word.endswith("ed") for word in all_words)
        or any(
            _may_be_verb(word, after)
            for word, after in pairwise(_IN_PARTS.split(sentence[:-1], maxsplit=1)[0].split())
            if word in small
        )
    )
    return not (
        is_worded_as_statement
        or _NOT_IN_TITLE.search(sentence[:-1])
        or _JUDGES.match(sentence)
        or begins_with_status(sentence)
    )


def _small_words(all_words: Sequence[str]) -> list[str]:
    """The words that begin with a small letter and are no function words."""
    return [word for word in all_words if word[:1].islower() and not is_function_word(word)]


def _may_be_verb(word: str, after: str) -> bool:
    """Whether a word before another one may be a verb of the third person: "Rain causes erosion."."""
    return word.endswith("s") and not word.endswith("ss") and not is_function_word(after)
