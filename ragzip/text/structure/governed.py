"""What a unit cannot do without for the sake of truth: the heading that says "not covered", the sentence that takes it
back, the answer to its question, its footnote; and what its pronouns stand for, where that fits.

Without them the unit reads well and says something else than the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragzip.text.languages import language_of
from ragzip.text.patterns import governing
from ragzip.text.references import antecedents
from ragzip.text.structure.base import StructuredUnit

__all__ = ["governed"]

_GOVERNING_KINDS = frozenset(["negation", "exception"])
_STATUS = re.compile(  # of what stands under a heading: not so, not so any more, not so yet, or then
    r"\b(?:myths?|false|wrong|mistakes?|misconceptions?|retracted|retractions?|withdrawn|repealed|obsolete|deprecated|former"
    r"|formerly|previous(?:ly)?|old|until|before|since|draft|proposed|proposals?|rejected|cancel(?:l)?ed|hypothetical|fiction"
    r"|contra-?indications?|exclusions?|excluded|limitations?|don['’]ts|cons|disadvantages|avoid|banned|absent"
    r"|mythen|irrtümer|falsch|früher|alt|bisher|bis|seit|entwurf|abgelehnt|ausgeschlossen|ausschlüsse|gegenanzeigen|nachteile"
    r"|mythes|faux|ancien(?:ne)?s?|jusqu|depuis|projet|rejeté|exclusions|contre-indications|inconvénients"
    r"|mitos|falso|antiguos?|hasta|desde|borrador|rechazad[oa]s?|exclusiones|contraindicaciones|desventajas)\b"
    r"|\b(?:1[5-9]|20)\d\d\b",
    re.IGNORECASE,
)
_QUESTION_AT_END = re.compile(r"[?？؟][\"'”’»)\]]{0,3}$")
_TAKES_BACK = re.compile(  # a sentence that says of the one before that it does not hold, or when
    r"(?:(?:this|that|it|which) (?:is|was) (?:not (?:true|so|the case|correct)|false|wrong|incorrect|untrue"
    r"|a (?:myth|lie|hoax)|no longer (?:true|so|the case))|the (?:opposite|reverse|contrary) (?:is|was) true"
    r"|none of (?:this|that|it|these) \w|(?:this|that|it) (?:only applies|applies only|does not apply|did not apply)"
    r"|that is, (?:unless|except|if|only)\b|(?:not (?:true|so)|unless|only if|but (?:not|only))\b"
    r"|but (?:it|they|this|that|he|she) (?:is|was|are|were|does|do|did)\b"
    r"|(?:correction|erratum|retraction|clarification)\b"
    r"|das (?:stimmt nicht|ist (?:falsch|nicht wahr|ein irrtum)|gegenteil)|(?:dies|das) gilt (?:nur|nicht)"
    r"|es sei denn|korrektur\b|berichtigung\b"
    r"|c['’]est faux|ce n['’]est pas vrai|le contraire|cela ne (?:s['’]applique|vaut)"
    r"|es falso|no es (?:cierto|verdad)|esto (?:solo|no) se aplica|lo contrario|corrección\b"
    r"|è falso|non è vero|questo (?:vale solo|non vale)|é falso|não é verdade"
    r"|dit (?:is niet waar|geldt (?:alleen|niet))|\((?:false|wrong|not true|falsch|faux|falso)\))",
    re.IGNORECASE,
)
_ELLIPSIS_AT_END = re.compile(  # "Cats are not.", "The others do."; "May" is a month
    r"\b(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must|may)(?: not|n['’]t)?[.!]$"
)
_VERDICT = re.compile(
    r"\(?(?:(?:and|but|of course|certainly|absolutely|probably) )?(?:yes|no|not|true|false|right|wrong|correct"
    r"|never|neither|none|ja|nein|doch|niemals|oui|non|si|jamais|sí|no|nunca|sì|sim|não|nee|tak|nie|да|нет|はい|いいえ|是的|不是)\)?[.!。]?\)?",
    re.IGNORECASE,
)
_MAX_ELLIPSIS_WORDS, _MAX_ANSWER_WORDS = 6, 6
_FOOTNOTE_MARK = re.compile(r"(?<![^\W\d_])(?<!\d)[¹²³⁴-⁹†‡]+|(?<=[^\W\d_]{3})[¹²³⁴-⁹†‡]+")  # no "m²", no "10³"
_MAX_NOTE_WORDS = 40
_MAX_HEADING_CHARACTERS = 200
_MARKER_OF_ITEM = re.compile(r"(?:[-*+•–]|\(?\w{1,3}[.)])\s")


def governed(source: str, units: Sequence[StructuredUnit]) -> tuple[StructuredUnit, ...]:
    """``units`` that need what governs them, and, through others, what that needs, with their antecedents."""
    units = _with_antecedents(source, units)
    further_needs: dict[int, list[int]] = {}
    for unit_number, needed_unit in _pairs(source, units):
        if unit_number != needed_unit and needed_unit not in units[unit_number].relation.needs:
            further_needs.setdefault(unit_number, []).append(needed_unit)
    if not further_needs:
        return tuple(units)
    direct = [[*unit.relation.needs, *further_needs.get(number, ())] for number, unit in enumerate(units)]
    return tuple(
        unit._replace(relation=unit.relation._replace(needs=_reached(number, direct)))
        for number, unit in enumerate(units)
    )


def _with_antecedents(source: str, units: Sequence[StructuredUnit]) -> list[StructuredUnit]:
    all_units = list(units)
    language = language_of(source)
    for places in _paragraphs(source, units):
        sentences = [source[slice(*units[place].span)] for place in places]
        for place, chain in antecedents(sentences, language):
            unit = units[places[place]]
            relation = unit.relation._replace(antecedents=tuple(places[before] for before in chain))
            all_units[places[place]] = unit._replace(relation=relation)
    return all_units


def _paragraphs(source: str, units: Sequence[StructuredUnit]) -> Iterator[range]:
    """The places of the sentences of each paragraph that has several."""
    first = 0
    for place in range(1, len(units) + 1):
        if place < len(units) and _is_next_sentence(source, units[place - 1], units[place]):
            continue
        if place - first > 1:
            yield range(first, place)
        first = place


def _is_next_sentence(source: str, unit: StructuredUnit, following: StructuredUnit) -> bool:
    return (
        _is_statement(unit)
        and _is_statement(following)
        and not unit.is_record
        and not following.is_record
        and _in_one_paragraph(source, unit, following)
        and not _MARKER_OF_ITEM.match(source, following.start)
    )


def _reached(unit_number: int, direct: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """What a unit needs, through others too."""
    reached = dict.fromkeys(direct[unit_number])
    pending = list(reached)
    while pending:
        for needed_unit in direct[pending.pop()]:
            if needed_unit not in reached:
                reached[needed_unit] = None
                pending.append(needed_unit)
    reached.pop(unit_number, None)
    return tuple(reached)


def _pairs(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Units, each with one that governs it, by place."""
    yield from _headings(source, units)
    yield from _footnotes(source, units)
    for number, (unit, following) in enumerate(pairwise(units)):
        if _is_statement(unit) and _is_statement(following) and _in_one_paragraph(source, unit, following):
            text, following_text = source[unit.start : unit.end], source[following.start : following.end]
            if _QUESTION_AT_END.search(text):
                yield from _answer(following_text, number)
            elif not unit.is_record and not following.is_record:
                yield from _sentences(following_text, number)


def _is_statement(unit: StructuredUnit) -> bool:
    return unit.relation.section is None and unit.reading is None


def _in_one_paragraph(source: str, unit: StructuredUnit, following: StructuredUnit) -> bool:
    return source.count("\n", unit.end, following.start) < 2 and unit.relation.head == following.relation.head


def _answer(following_text: str, question: int) -> Iterator[tuple[int, int]]:
    """What a question and the sentence after it need of each other: a short answer says nothing by itself."""
    if not _QUESTION_AT_END.search(following_text):
        yield question, question + 1
        if len(following_text.split()) <= _MAX_ANSWER_WORDS:
            yield question + 1, question


def _sentences(following_text: str, number: int) -> Iterator[tuple[int, int]]:
    """What the sentence at ``number`` and the one after it need of each other."""
    word_count = len(following_text.split())
    if _TAKES_BACK.match(following_text):
        yield number, number + 1
        yield number + 1, number
    elif _VERDICT.fullmatch(following_text) or (
        word_count <= _MAX_ELLIPSIS_WORDS and _ELLIPSIS_AT_END.search(following_text)
    ):
        yield number + 1, number


def _headings(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    governing_headings: dict[int, bool] = {}
    for number, unit in enumerate(units):
        heading = unit.relation.heading
        while heading is not None and heading < number:
            if heading not in governing_headings:
                governing_headings[heading] = _governs(source[units[heading].start : units[heading].end])
            if governing_headings[heading]:
                yield number, heading
            heading_above = units[heading].relation.heading
            heading = heading_above if heading_above is not None and heading_above < heading else None


def _governs(heading: str) -> bool:
    """Whether what stands under a heading is not so without it."""
    heading = heading[:_MAX_HEADING_CHARACTERS]
    return _STATUS.search(heading) is not None or any(form.kind in _GOVERNING_KINDS for form in governing(heading))


def _footnotes(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    notes: dict[str, int] = {}
    for number, unit in enumerate(units):
        mark = _FOOTNOTE_MARK.match(source, unit.start, unit.end)
        if mark is not None and len(source[unit.start : unit.end].split()) <= _MAX_NOTE_WORDS:
            notes.setdefault(mark.group(), number)
    if not notes:
        return
    for number, unit in enumerate(units):
        for mark in _FOOTNOTE_MARK.finditer(source, unit.start + 1, unit.end):
            note = notes.get(mark.group())
            if note is not None and note > number:
                yield number, note
                yield note, number
