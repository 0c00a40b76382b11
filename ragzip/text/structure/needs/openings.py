"""Openings of a paragraph, or of the text, that hold for all that follows in it: the time, the year or version, the
subject.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from ragzip.text.languages import is_function_word, language_of
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import any_of
from ragzip.text.quantities.months import DAYS, MONTHS
from ragzip.text.references.definite import has_name, names_part
from ragzip.text.splitters.headings.plain import has_statement_word
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.paragraphs import begins_paragraph, is_statement, paragraphs

__all__ = ["openings", "subjects"]

_YEAR = r"(?:1\d|20)\d\d"
_DAYS = f"(?i:{any_of(' '.join(DAYS))})"
_DATE = (
    rf"\d{{1,2}}(?:st|nd|rd|th|er|\.|º)?\s(?:of\s|de\s)?{MONTHS}(?:,?\s(?:de\s)?{_YEAR})?"
    rf"|{MONTHS}\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s{_YEAR})?|{MONTHS}\s{_YEAR}"
    rf"|\d{{1,2}}[./-]\d{{1,2}}[./-](?:\d{{2,4}})?"
)
_END = r"(?=\s?[:–—|]|\s-\s|[.,;]?\s|[.,]?$)"
_SIGN = r"(?=\s?[:–—|]|\s-\s|[.,](?:\s|$)|\s?\n)"  # after words that may as well begin a sentence: "3 June was hot."
_STAMP = pattern_of(
    r"[\W_]{0,4}(?i:(?:at|um|à|kl\.?|ore)\s)?(?:"
    rf"(?:[01]?\d|2[0-4])[:h][0-5]\d(?:\s?(?i:am|pm|a\.m\.|p\.m\.|uhr|h|gmt|utc))?{_END}"
    rf"|(?:[01]?\d|2[0-4])(?:[.:][0-5]\d)?\s?(?i:am|pm|a\.m\.|p\.m\.|uhr|hrs)(?![^\W\d_]){_END}"
    r"|(?P<dotted>(?:[01]?\d|2[0-4])\.[0-5]\d(?=\s?[:–—|-]|\s{1,3}[\"“„«]?[A-ZÀ-ÞА-Я]))"  # no "3.50 euros"
    rf"|\d{{4}}-\d\d-\d\d(?:[T\s]\d\d:\d\d(?::\d\d)?)?{_END}"
    rf"|(?:(?:{_DAYS}),?\s(?:the\s|den\s|le\s)?)?(?:{_DATE}){_SIGN}|(?:{_DAYS}){_SIGN}"
    rf"|{_YEAR}(?:[–/-]\d{{2,4}})?(?=\s?[:–—]|\s-\s)"
    rf"|(?i:day|week|month|tag|woche|monat|jour|semaine|día|semana|giorno|settimana|dag|dia)\s\d{{1,3}}{_SIGN})"
)
_TIME_FIRST = pattern_of(
    r"(?:in|on|from|as of|since|until|by|during|im|am|ab|seit|bis|vom|le|du|en|à partir du|depuis|el|desde|nel|dal|em"
    r"|op|vanaf|sinds)\s(?:the\s|jahre?\s|early\s|late\s|spring\s|summer\s|autumn\s|winter\s)?"
    rf"(?:(?:{_DATE})|{MONTHS}|{_YEAR})(?!\w)|{_YEAR}\s(?:was|saw|brought|war|fut|fue|fu|foi)\b",
    re.IGNORECASE,
)
_ANY_TIME = pattern_of(rf"\b(?:{_DATE}|{_YEAR})(?!\w)")
_LABEL_FIRST = pattern_of(  # "**Delivery:** Within three days.", "Delivery: Within three days."
    r"(?:(?P<bold>\*\*|__)(?=\S)[^*_\n]{2,60}(?::(?P=bold)|(?P=bold)\s?:)"
    r"|[A-ZÀ-Þ][^\s.!?:;,]{1,24}(?: [^\s.!?:;,]{1,24}){0,3}:)\s(?=\S)"
)
_LABEL_OF_LINE = pattern_of(
    r"(?P<name>[A-ZÀ-Þ][^\s.!?:;]{1,24}(?: [^\s.!?:;]{1,24}){0,7}):\s(?=\S)"
)  # "Children over 6 years: one."
_AIM_FIRST = pattern_of(  # "To reset the device, hold the button."
    r"(?:to|um|pour|para|per|om)\s(?!(?:date|wit|my|the|our)\b)[^.,:;!?]{4,60},\s(?=[^\W\d_])", re.IGNORECASE
)
_LEAST_AIMED = 2  # paragraphs of instructions
_LEAST_LABELLED = 2  # paragraphs: a single one may be a sentence
_MAX_WORDS_OF_LABELLED = 14  # of the first sentence of such a paragraph: a longer one begins a section
_MAX_SENTENCES_OF_LABELLED = 5
_MAX_NOUNS = 4  # of a paragraph
_NUMBER_OF_SECTION = pattern_of(r"[ \t]{0,3}\d{1,2}\.\d(?:[.)]|(?!\d))")  # then "5.10" is one, too
_LEAST_STAMPED = 2  # paragraphs: one that begins with a date may be a sentence
_YEAR_OR_VERSION = (
    rf"(?:(?:(?:\d{{1,2}}\.?\s)?(?:{MONTHS})|\d{{1,2}}[./]\d{{1,2}}[./])\s?)?(?:1[5-9]|20)\d\d(?:\s?[/–-]\s?(?:\d{{4}}|\d\d))?"
    r"|v?\d{1,3}(?:\.\d{1,3}){1,3}"
)
_EDITION = pattern_of(  # "Visitor guide 2024.", "Terms of sale, version 3.2:", "Preisliste (Stand Mai 2023)."
    rf"(?P<words>[^\W\d_][^.!?:;]{{1,70}}?)[\s,(–—:]{{1,3}}(?:{_YEAR_OR_VERSION})\)?[.:!]"
)
_EDITION_FIRST = pattern_of(  # "Version 2.1.", "Stand: 3. Mai 2022.", "Draft."
    r"(?:(?:version|release|edition|revision|status|valid|ausgabe|fassung|auflage|stand|gültig|édition|valable|edición"
    r"|versión|edizione|versione|valid[oa]|válid[oa]|edição|versão|uitgave|versie|geldig|utgåva|udgave|utgave)\b"
    r"(?!\s(?:the|an?|your)\b)[^.!?]{0,50}?\d[^!?]{0,20}"
    r"|(?:(?:first|second|final|preliminary|erster|zweiter) )?(?:draft|entwurf|brouillon|borrador|bozza|rascunho"
    r"|ontwerp|utkast)(?: (?:version|text|report|agenda|programme|budget))?)[.:!]",
    re.IGNORECASE,
)
_MAX_EDITION_WORDS = 9
_MAX_SMALL_WORDS = 3  # beside function words
_BEFORE_EDITION = frozenset(re.findall(r"\w+", "of version vom von du de del di van från fra stand für for"))
_PREPOSITIONS = frozenset(
    re.findall(
        r"\w+",
        """
        in on at since by until till before after around about during from im seit bis ab um vor nach en depuis desde
        hasta vers nel dal dopo prima em sinds tot voor na i sedan till fra siden w od do в с до circa ca
    """,
    )
)


def openings(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Sentences with the first one of their paragraph, where that begins with its time, or of the text, where that
    names its year or version.
    """
    language = language_of(source)
    beginnings = [place for place in range(len(units)) if begins_paragraph(source, units, place)]
    stamped = set(_stamped(source, units, beginnings))
    edition: int | None = None  # the opening that what follows stands under
    if not beginnings:
        return
    ends = [*beginnings[1:], len(units)]
    is_edition_of_text = False
    for first, end in zip(beginnings, ends, strict=True):
        is_title = first == 0 and _is_run_in(source, units)
        is_sentence = is_statement(units[first]) and not units[first].is_record and (first == 0 or end > first + 1)
        opening = source[slice(*units[first].span)] if is_sentence or is_title else ""
        is_edition = _names_edition(opening, language)
        if is_edition:
            edition = first
            is_edition_of_text = is_edition_of_text or first == 0
        for place in range(first + 1, end):
            if first in stamped and units[place].relation.section is None:
                yield place, first
        if edition is not None and (is_edition_of_text or edition == first):
            yield from (
                (place, edition) for place in range(first, end) if place != edition and is_statement(units[place])
            )


def _is_run_in(source: str, units: Sequence[StructuredUnit]) -> bool:
    """Whether the text begins with a title, in the first paragraph, which goes on after it."""
    section = units[0].relation.section
    return section is not None and len(units) > 1 and "\n" not in source[units[0].end : units[1].start]


def subjects(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Sentences with the first one of their paragraph that says of when or of what they are: where several paragraphs
    begin with a time ("In 2021 …", "From 1 May …"), a label ("Delivery: …") or an aim ("To reset it, …"), or each names
    something at its beginning and speaks of "the dose"; and those of lines with the label of theirs.
    """
    language = language_of(source)
    timed: list[range] = []
    labelled: list[range] = []
    aimed: list[range] = []
    named_by_noun: defaultdict[str, list[range]] = defaultdict(list)
    for places in paragraphs(source, units):
        opening, *texts = (source[slice(*units[place].span)] for place in places)
        is_short = len(opening.split()) <= _MAX_WORDS_OF_LABELLED and len(places) <= _MAX_SENTENCES_OF_LABELLED
        if is_short and _LABEL_FIRST.match(opening):
            labelled.append(places)
        if _AIM_FIRST.match(opening):
            aimed.append(places)
        yield from _under_labels_of_lines(source, units, places)
        if _TIME_FIRST.match(opening):
            timed.append(places)
        elif has_name(opening, language):
            nouns = (" ".join(text.split(maxsplit=2)[:2]) for text in texts if names_part(text, language))
            for noun in islice(dict.fromkeys(nouns), _MAX_NOUNS):
                named_by_noun[noun.lower()].append(places)
    for places in timed if len(timed) > 1 else ():
        yield from ((place, places[0]) for place in places[1:] if not _ANY_TIME.search(source, *units[place].span))
    for places in labelled if _are_labelled(source, units) else ():
        yield from ((place, places[0]) for place in places[1:])
    for places in aimed if len(aimed) >= _LEAST_AIMED else ():
        yield from ((place, places[0]) for place in places[1:])
    for noun, named in named_by_noun.items():
        for places in named if len(named) > 1 else ():
            small_texts = (source[slice(*units[place].span)].lower() for place in places[1:])
            yield from ((place, places[0]) for place, text in enumerate(small_texts, places[1]) if noun in text)


def _under_labels_of_lines(source: str, units: Sequence[StructuredUnit], places: range) -> Iterator[tuple[int, int]]:
    """The sentences of a paragraph with the first one of their line, where several of its lines begin with a label."""
    starts = [
        place for place in places if place == places[0] or "\n" in source[units[place - 1].end : units[place].start]
    ]
    lines = [range(start, end) for start, end in pairwise([*starts, places.stop])]
    labels = {line: label for line in lines if (label := _LABEL_OF_LINE.match(source, *units[line[0]].span))}
    names = [label["name"] for label in labels.values()]
    are_speakers = len(set(names)) < len(names) or not any(" " in name for name in names)
    for line in labels if len(labels) >= _LEAST_LABELLED and not are_speakers else ():
        yield from ((place, line[0]) for place in line[1:])


def _are_labelled(source: str, units: Sequence[StructuredUnit]) -> bool:
    """Whether several paragraphs begin with a label, or one with a label in bold type."""
    labels = [
        label
        for place, unit in enumerate(units)
        if (label := _LABEL_FIRST.match(source, *unit.span)) and begins_paragraph(source, units, place)
    ]
    return len(labels) >= _LEAST_LABELLED or any(label["bold"] for label in labels)


def _stamped(source: str, units: Sequence[StructuredUnit], beginnings: Sequence[int]) -> list[int]:
    """The first units of paragraphs that begin with a time, where several do."""
    has_numbers = any(_NUMBER_OF_SECTION.match(source, units[place].start) for place in beginnings)
    stamped: list[int] = []
    for place in beginnings:
        stamp = _STAMP.match(source, units[place].start, units[place].end)
        if stamp is not None and is_statement(units[place]) and not (has_numbers and stamp.group("dotted")):
            stamped.append(place)
    return stamped if len(stamped) >= _LEAST_STAMPED else []


def _names_edition(sentence: str, language: str | None) -> bool:
    """Whether a sentence has no verb and names the year or the version of what follows: "Visitor guide 2024."."""
    all_words = sentence.split()
    if not all_words:
        return False
    bare_words = [word.strip(",:().") for word in all_words if word != "May"]
    if has_statement_word(bare_words) or len(all_words) > _MAX_EDITION_WORDS:
        return False
    if _EDITION_FIRST.fullmatch(sentence):
        return True
    match = _EDITION.fullmatch(sentence)
    if match is None or not sentence[0].isupper():
        return False
    words: list[str] = match.group("words").strip(" ,(–—:").split()
    last_word = words[-1]
    if last_word.islower() and (is_function_word(last_word) or last_word in _PREPOSITIONS):
        return last_word in _BEFORE_EDITION and len(words) > 1
    if last_word.endswith("ed") or (last_word.islower() and language == "de"):
        return False  # "Founded 1842.", "Goethe starb 1832."
    return sum(word.islower() and not is_function_word(word) for word in words) <= _MAX_SMALL_WORDS
