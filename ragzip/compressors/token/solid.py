"""Solid spans, which word-level methods keep or drop as one piece: a governing form with the words next to it, an
amount, a date, a range; whole sentences where negations are not known.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from ragzip.compressors.token.clauses import governing_leads
from ragzip.compressors.token.sentences import CLAUSE_ENDS, clause_ends, parts_of_sentence, sentences_within
from ragzip.text.governing import GOVERNED_LANGUAGES, GoverningForm
from ragzip.text.languages import is_function_word, is_of, language_of
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.protect import PATTERNS
from ragzip.text.quantities.amounts import YEAR
from ragzip.text.quantities.units import UNITS
from ragzip.text.spans import Span, merge
from ragzip.text.splitters import units
from ragzip.text.words import is_unspaced

__all__ = ["solid_spans", "whole_sentences"]

_BLANK = r"(?:[ \t\u00a0]{1,4}|[ \t]?\r?\n(?=\S))"  # a clause may be wrapped
_NEXT = pattern_of(  # the first word of more than three letters: "none of the patients"
    rf"(?:{_BLANK}[\w$€£¥%+-][\w'’-]{{0,2}}(?=\s)){{0,3}}{_BLANK}[\w$€£¥%+-](?:[\w'’.,-]{{0,60}}[\w%])?"
)
_PREVIOUS = pattern_of(rf"[\w'’-]{{1,40}}{_BLANK}$")
_NUMBER_WORDS = (
    "two|three|four|five|six|seven|eight|nine|ten|twelve|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|zwölf|deux|trois"
    "|quatre|cinq|sept|huit|neuf|dix|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|tre|quattro|cinque|sei|sette"
    "|otto|nove|dieci|dois|duas|três|quatro|sete|oito|dez|twee|drie|vijf|zes|zeven|acht|negen|tien|två|fyra|fem|sju|åtta"
    "|nio|tio|fire|seks|syv|otte|åtte"
)
_NUMBER_WORD = pattern_of(rf"\b(?i:{_NUMBER_WORDS})\b(?:[\s-]{UNITS})?")
_RANGE_WORDS = pattern_of(  # between two amounts that are one: "3 to 5 days"
    rf"\.?{_BLANK}(?:to|until|till|through|bis(?:{_BLANK}zum)?|à|au|a|al|até|tot|til|or|oder|ou|o|of|eller){_BLANK}|\s?[-–—]\s?",
    re.IGNORECASE,
)
_IN_TWO_UNITS = pattern_of(rf"\.?{_BLANK}")  # between two amounts that are one: "7 st 4 lb"
_OUT_OF = pattern_of(rf"{_BLANK}(?:out{_BLANK}of|of|in|von|sur|de|di|van{_BLANK}de|av|af){_BLANK}", re.IGNORECASE)
_AND = pattern_of(rf"{_BLANK}(?:and|und|et|y|e|en|och|og){_BLANK}", re.IGNORECASE)
_BETWEEN = pattern_of(rf"\b(?:between|zwischen|entre|tra|fra|tussen|mellan|mellem|mellom){_BLANK}$", re.IGNORECASE)
_SIGN = pattern_of(  # or half of the day, or the era
    rf"\b(?:minus|plus|negative|moins|menos|meno|min){_BLANK}$|(?:[上下]午|凌晨|[早晚]上|午[前後]|(?:公元|西元|紀元)前|[每毎第])$",
    re.IGNORECASE,
)
_RATE = pattern_of(  # after an amount: "40 euros per night", "three times a day"
    rf"{_BLANK}(?:(?:per|pro|par|por|pr\.|je){_BLANK}[^\W\d_]{{1,24}}"
    rf"|(?:an?|al|alla|om){_BLANK}(?:day|hour|week|month|year|night|minute|second|person|giorno|ora|settimana|mese|dia|dagen))(?!\w)"
)
_BOUND = pattern_of(  # before an amount: "within 24 hours", "sank um 3 %", "until the end of 2027"
    r"\b(?:within|until|till|since|by|from|to|after|before|past"
    r"|bis|ab|seit|um|auf|vom|von|zum|binnen|innerhalb|vor|nach|unter|über|dès|depuis|jusqu['’](?:aux?|à|en)|avant|après|sous|de|d['’]ici|à|au"
    r"|desde|hasta|a|tras|entro|dal|dall['’]|da|dopo|di|del|al|até|para|após"
    r"|tot|vanaf|sinds|met|naar|na|från|till|sedan|inom|med|före|efter|fra|til|siden|inden|innen|før|etter)"
    rf"(?:{_BLANK}(?:the|dem|den|der|von|le|la|les|el|il|lo|o|het|à|au|de))?"
    rf"(?:{_BLANK}(?:end{_BLANK}of|early|mid|late|Anfang|Mitte|Ende|début|fin|inicio|fine|inizio|fim|início|eind|begin))?{_BLANK}$",
    re.IGNORECASE,
)
_COUNTED = pattern_of(rf"{_BLANK}([^\W\d_]{{3,40}})(?!\w)")  # what a number without a unit counts
_LOOK_BACK_CHARACTERS = 48  # in which the word before a form is looked for
_MAX_WORD_BEFORE_AMOUNT_CHARACTERS = 24
_MAX_RANGE_WORD_CHARACTERS = 16
_MAX_AMOUNT_CHARACTERS = 120
_MAX_EXCEPTION_CHARACTERS = 160
_MAX_SOLID_CHARACTERS = 240
_OF_SENTENCES = frozenset(
    ["sentence", "rest", "lead-in", "heading", "label", "item", "record", "definition", "question", "answer", "row"]
)
_LETTER = pattern_of(r"[^\W\d_]")
_GOVERNED_LETTER = pattern_of(  # Latin, Kana, Han
    r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uff21-\uff9f]"
)


def solid_spans(text: str, forms: Sequence[GoverningForm]) -> list[Span]:
    """The spans of ``text`` that are kept or dropped as one: governing ``forms`` with the words beside them, lead-ins
    with such forms, quantities with their units, dates, ranges; sorted and disjoint.
    """
    sentence_ends = [end for _, end in sentences_within(text)]
    solid = list(_amounts(text, sentence_ends))
    solid += [_solid(text, form, sentence_ends) for form in forms]
    solid += sorted({lead for lead, _ in governing_leads(text, forms)})
    joined_spans: list[Span] = []
    for span in sorted(solid):
        if not joined_spans or span.start > joined_spans[-1].end:
            joined_spans.append(span)
        elif span.end - joined_spans[-1].start <= _MAX_SOLID_CHARACTERS:  # a long row of forms would be of one piece
            joined_spans[-1] = Span(joined_spans[-1].start, max(joined_spans[-1].end, span.end))
    return joined_spans


def _solid(text: str, form: GoverningForm, sentence_ends: Sequence[int]) -> Span:
    if form.kind == "exception":  # with all that it excepts
        next_end = bisect_right(sentence_ends, form.span.start)
        sentence_end = sentence_ends[next_end] if next_end < len(sentence_ends) else len(text)
        rest_end = min(sentence_end, form.span.end + _MAX_EXCEPTION_CHARACTERS)
        end = next((mark.start for mark in clause_ends(text, Span(form.span.end, rest_end))), rest_end)
        return Span(form.span.start, form.span.end + len(text[form.span.end : end].rstrip()))
    return _with_neighbours(text, form.span, form.kind in ("negation", "opposition"))


def _with_neighbours(text: str, form: Span, both_sides: bool) -> Span:
    start, end = form
    following = _NEXT.match(text, end)
    if following:
        end = following.end()
    elif end < len(text) and is_unspaced(text[end]) and not CLAUSE_ENDS.match(text, end):
        end += 1
    if both_sides:
        search_start = max(0, start - _LOOK_BACK_CHARACTERS)
        if preceding := _PREVIOUS.search(text[search_start:start]):
            start = search_start + preceding.start()
        elif start and is_unspaced(text[start - 1]) and not CLAUSE_ENDS.match(text, start - 1):
            start -= 1
    return Span(start, end)


def _amounts(text: str, sentence_ends: Sequence[int]) -> Iterator[Span]:
    """The numbers and dates of ``text``, each with its unit, its sign and its rate, and those of a range as one."""
    patterns = (PATTERNS["numbers"], PATTERNS["dates"], PATTERNS["units"], _NUMBER_WORD)
    amount: Span | None = None
    for start, end in merge(sorted(match.span() for pattern in patterns for match in pattern.finditer(text))):
        signed_amount = Span(_start_before(text, start, _SIGN), _end_of_amount(text, end))
        joined_amount = None
        if amount is not None and not _lies_between(sentence_ends, amount, signed_amount):
            joined_amount = _range(text, amount, signed_amount)
        if amount is not None and joined_amount is None:
            yield _bounded(text, amount)
        amount = joined_amount or signed_amount
    if amount is not None:
        yield _bounded(text, amount)


def _end_of_amount(text: str, end: int) -> int:
    """The end of an amount with its rate, or with what it counts: "4 audiobooks"."""
    if rate := _RATE.match(text, end):
        return rate.end()
    counted = _COUNTED.match(text, end) if text[end - 1].isdigit() and not YEAR.fullmatch(text, end - 4, end) else None
    return end if counted is None or is_function_word(counted[1].lower()) else counted.end()


def _bounded(text: str, amount: Span) -> Span:
    """An amount with the preposition before it, which says what it is: "within 24 hours", "sank um 3 %"."""
    return Span(_start_before(text, amount.start, _BOUND), amount.end)


def _lies_between(ends: Sequence[int], first: Span, last: Span) -> bool:
    """Whether a sentence ends between two spans: "84 million euros. Three"."""
    return bisect_right(ends, first.end) < bisect_right(ends, last.start)


def _range(text: str, first: Span, last: Span) -> Span | None:
    """The span of a range, or of a share with the word after it, from ``first`` to ``last``; None if they are two."""
    if last.end - first.start > _MAX_AMOUNT_CHARACTERS or last.start - first.end > _MAX_RANGE_WORD_CHARACTERS:
        return None
    if _OUT_OF.fullmatch(text, first.end, last.start):
        following = _NEXT.match(text, last.end)
        return Span(first.start, following.end() if following else last.end)
    if _RANGE_WORDS.fullmatch(text, first.end, last.start) or _is_in_two_units(text, first, last):
        return Span(first.start, last.end)
    range_start = _start_before(text, first.start, _BETWEEN)
    if range_start < first.start and _AND.fullmatch(text, first.end, last.start):
        return Span(range_start, last.end)
    return None


def _is_in_two_units(text: str, first: Span, last: Span) -> bool:
    """Whether two amounts are one: "7 st 4 lb"."""
    ends_in_units = text[first.end - 1].isalpha() and text[last.end - 1].isalpha()
    return ends_in_units and _IN_TWO_UNITS.fullmatch(text, first.end, last.start) is not None


def _start_before(text: str, position: int, pattern: re.Pattern[str]) -> int:
    """The start of the match of ``pattern`` that ends at ``position``; ``position`` where there is none."""
    search_start = max(0, position - _MAX_WORD_BEFORE_AMOUNT_CHARACTERS)
    match = pattern.search(text[search_start:position])
    return position if match is None else search_start + match.start()


def whole_sentences(text: str) -> Iterator[Span]:
    """The sentences of ``text`` in languages whose negations are not all known: words cannot be dropped from them."""
    language = language_of(text)
    is_governed = language in GOVERNED_LANGUAGES if language else is_of(text, GOVERNED_LANGUAGES)
    for unit in units(text):
        if unit.kind in _OF_SENTENCES and not (is_governed and _is_in_governed_script(text[unit.start : unit.end])):
            yield from parts_of_sentence(text, Span(unit.start, unit.end))


def _is_in_governed_script(sentence: str) -> bool:
    letter_count = sum(1 for _ in _LETTER.finditer(sentence))
    return 2 * sum(1 for _ in _GOVERNED_LETTER.finditer(sentence)) >= letter_count
