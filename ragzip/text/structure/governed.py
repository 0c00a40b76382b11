"""What a unit cannot do without for the sake of truth: the heading that says "not covered", the sentence that takes it
back, the answer to its question, its footnote; and what its pronouns stand for, where that fits.

Without them the unit reads well and says something else than the text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragzip.text.languages import language_of
from ragzip.text.patterns import governing
from ragzip.text.references import antecedents
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.corrections import MAX_NOTICES, begins_with_correction, is_corrected
from ragzip.text.structure.exceptions import EXCEPTIONS
from ragzip.text.structure.needs import reached
from ragzip.text.words import content

__all__ = ["LIST_MARKER", "governed"]

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
_LABEL_OF_NOTE = (  # before a sentence that says of the one before when it holds
    r"(?:(?:(?:please )?note(?: that)?|n\.?b\.?|important|attention|warning|caution|hinweis|achtung|wichtig|remarque"
    r"|nota|attenzione|atención|atenção|let op|obs)\s?[:!.–—-]?\s+)?"
)
_EXCEPTS = re.compile(  # a sentence that excepts something from what the one before says
    r"(?:the (?:only )?|an? )?exceptions? (?:is|are|to|apply|applies|was|were)\b|exceptions?\s?:"
    r"|[^.!?]{1,60}\bis an exception\b|(?:die (?:einzige )?|eine )?ausnahmen?\b|(?:la única )?excepci(?:ón|ones)\b"
    r"|eccezion[ei]\b|exceç(?:ão|ões)\b|uitzondering(?:en)?\b|undantag\b|undtagelser?\b|unntak\b|исключени[ея]\b"
    r"|wyjąt(?:ek|ki)\b|ただし|但し|但(?!是)|단[,، ]|다만",
    re.IGNORECASE,
)
_TAKES_BACK = re.compile(  # a sentence that says of the one before that it does not hold, or when
    _LABEL_OF_NOTE
    + r"(?:(?:this|that|it|which) (?:is|was) (?:not (?:true|so|the case|correct)|false|wrong|incorrect|untrue"
    r"|a (?:myth|lie|hoax)|no longer (?:true|so|the case))|the (?:opposite|reverse|contrary) (?:is|was) true"
    r"|none of (?:this|that|it|these) \w|(?:this|that|it) (?:only applies|applies only|does not apply|did not apply)"
    r"|that is, (?:unless|except|if|only)\b|(?:not (?:true|so)|unless|only if|but (?:not|only))\b"
    r"|but (?:it|they|this|that|he|she) (?:is|was|are|were|does|do|did)\b"
    r"|i (?:do|did) not\.|i (?:disagree|(?:don['’]t|do not) (?:agree|think so))\b"
    r"|(?:correction|erratum|retraction|clarification)\b"
    r"|das (?:stimmt nicht|ist (?:falsch|nicht wahr|ein irrtum)|gegenteil)|(?:dies|das) gilt (?:nur|nicht)"
    r"|es sei denn|korrektur\b|berichtigung\b"
    r"|c['’]est faux|ce n['’]est pas vrai|le contraire|cela ne (?:s['’]applique|vaut)"
    r"|es falso|no es (?:cierto|verdad)|esto (?:solo|no) se aplica|lo contrario|corrección\b"
    r"|è falso|non è vero|questo (?:vale solo|non vale)|é falso|não é verdade"
    r"|dit (?:is niet waar|geldt (?:alleen|niet))"
    r"|\((?:false|wrong|not true|falsch|faux|falso)\))",
    re.IGNORECASE,
)
_UNTIL = re.compile(  # what was so, in a sentence before one that says what is so since
    r"\b(?:until|till|bis|jusqu|hasta|fino (?:a|al)|até|tot)\b[^.!?]{0,30}\b(?:1[5-9]|20)\d\d\b", re.IGNORECASE
)
_SINCE = re.compile(r"(?:since|from|as of|now|today|seit|heute|jetzt|ab|depuis|desde|dal|vanaf|sinds)\b", re.IGNORECASE)
_OUTCOME = re.compile(  # of what the sentence before asks for: "Refused, 3 votes to 1."
    r"(?:(?:unanimously|narrowly|einstimmig|mehrheitlich) )?(?:agreed|refused|approved|rejected|carried|adopted|denied"
    r"|granted|passed|lost|defeated|withdrawn|deferred|postponed|adjourned|dismissed|upheld|declined|accepted|noted|resolved"
    r"|angenommen|abgelehnt|vertagt|zurückgestellt|zurückgezogen|genehmigt|beschlossen|adopté|rejeté|refusé|approuvé"
    r"|reporté|accordé|aprobad[oa]|rechazad[oa]|aplazad[oa]|denegad[oa]|approvat[oa]|respint[oa]|rinviat[oa]|aprovad[oa]"
    r"|rejeitad[oa]|adiad[oa]|aangenomen|verworpen|afgewezen|uitgesteld|goedgekeurd)e?s?"
    r"(?:[.,;:!]|\s(?:by|unanimously|with|on|until|mit|einstimmig|bis|à|par|por|con|all['’]|met)\b)",
    re.IGNORECASE,
)
_OUTCOME_OF = re.compile(  # "The motion was not put to the vote."
    r"(?:the|this|that|his|her|its|their) (?:motion|proposal|request|application|appeal|amendment|resolution|petition"
    r"|complaint|objection|offer|bill|claim|bid|action)s? (?:was|were|is|has|have|had|failed|passed|succeeded)\b"
    r"|(?:der|die|das|sein|ihr)e? (?:antrag|vorschlag|klage|berufung|revision|beschwerde|einspruch)"
    r" (?:wurde|wird|ist|blieb|hatte)\b"
    r"|(?:la|le|sa) (?:motion|proposition|demande|requête|plainte) (?:a|est|fut)\b"
    r"|(?:la|su) (?:moción|propuesta|solicitud|demanda) (?:fue|es|ha)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:propos|mov(?:ed|es)\b|ask|request|appl(?:y|ie)|appeal|suggest|demand|sought|seek|offer|claim|object|petition"
    r"|complain|beantrag|schlug|schlägt|klag|bat\b|forder|demand|requ[êi]|plaint|solicit|pid(?:e|ió)\b)",
    re.IGNORECASE,
)
_MAX_SENTENCES_TO_OUTCOME = 3
_ELLIPSIS_AT_END = re.compile(  # "Cats are not.", "The others do."; "May" is a month
    r"\b(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must|may)(?: not|n['’]t)?[.!]$"
)
_ELLIPSIS_BEFORE_CONDITION = re.compile(  # "Pupils of year 9 may not, unless their parents agree."
    r"\b(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must|may) not[,;]?"
    r" (?:unless|except|but|if)\b"
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
LIST_MARKER = re.compile(r"(?:[-*+•–]|\((?:\d{1,3}|[a-zA-Z]{1,4})\)|(?:\d{1,3}|[a-z])[.)])\s")


def governed(source: str, units: Sequence[StructuredUnit]) -> tuple[StructuredUnit, ...]:
    """``units`` that need what governs them, and, through others, what that needs, with their companions."""
    exceptions = list(_exceptions(source, units))
    units = _with_companions(source, units, exceptions)
    further_needs: dict[int, list[int]] = {}
    for unit_number, needed_unit in _pairs(source, units, exceptions):
        if unit_number != needed_unit and needed_unit not in units[unit_number].relation.needs:
            further_needs.setdefault(unit_number, []).append(needed_unit)
    if not further_needs:
        return tuple(units)
    direct = [[*unit.relation.needs, *further_needs.get(number, ())] for number, unit in enumerate(units)]
    return tuple(
        unit._replace(relation=unit.relation._replace(needs=reached(number, direct)))
        for number, unit in enumerate(units)
    )


def _with_companions(
    source: str, units: Sequence[StructuredUnit], exceptions: Sequence[tuple[int, int]]
) -> list[StructuredUnit]:
    companions: dict[int, list[int]] = {}
    language = language_of(source)
    for places in _paragraphs(source, units):
        sentences = [source[slice(*units[place].span)] for place in places]
        for place, chain in antecedents(sentences, language):
            companions[places[place]] = [places[before] for before in chain]
    for number, exception in exceptions:
        companions.setdefault(number, []).append(exception)
    return [
        unit._replace(relation=unit.relation._replace(companions=(*unit.relation.companions, *companions[number])))
        if number in companions
        else unit
        for number, unit in enumerate(units)
    ]


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
        and not LIST_MARKER.match(source, following.start)
    )


def _pairs(
    source: str, units: Sequence[StructuredUnit], exceptions: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Units, each with one that governs it, by place."""
    yield from _headings(source, units)
    yield from _footnotes(source, units)
    yield from _corrections(source, units)
    for ruled, exception in exceptions:
        head = units[ruled].relation.head
        yield exception, ruled if head is None or units[exception].relation.head == head else head
    for number, (unit, following) in enumerate(pairwise(units)):
        is_followed = _is_statement(unit) and _is_statement(following) and _in_one_paragraph(source, unit, following)
        if is_followed and _QUESTION_AT_END.search(source[unit.start : unit.end]):
            yield from _answer(source[following.start : following.end], number)
    for places in _paragraphs(source, units):
        texts = [source[slice(*units[place].span)] for place in places]
        for number in range(len(texts) - 1):
            if not _QUESTION_AT_END.search(texts[number]):
                yield from ((places[first], places[second]) for first, second in _sentences(texts, number))


def _exceptions(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Sentences and the items of lists, each with the exceptions next below it."""
    places_by_head: defaultdict[int, list[int]] = defaultdict(list)  # since the last exceptions of each list
    last_exception = -1
    for number, (unit, exception) in enumerate(pairwise(units), 1):
        lead = unit.relation.head
        if lead is not None and number - 1 != last_exception:
            places_by_head[lead].append(number - 1)
        if not (_is_statement(unit) and _is_statement(exception)):
            continue
        is_next = _is_next_sentence(source, unit, exception)
        if not (_EXCEPTS if is_next else EXCEPTIONS).match(source, exception.start):
            continue
        ruled = [number - 1] if is_next or lead is None else places_by_head.pop(lead, [number - 1])
        yield from ((place, number) for place in ruled)
        last_exception = number


def _corrections(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Sentences with the notice in another paragraph that corrects what they say."""
    notices = [number for number in range(len(units)) if _is_notice(source, units, number)]
    if not 0 < len(notices) <= MAX_NOTICES:
        return
    words_by_unit = [content(source[slice(*unit.span)]) for unit in units]
    for first, after in pairwise([*notices, len(units)]):
        notice = [first]
        while notice[-1] + 1 < after and _is_next_sentence(source, units[notice[-1]], units[notice[-1] + 1]):
            notice.append(notice[-1] + 1)
        corrected = content(source[units[first].start : units[notice[-1]].end])
        for number, (unit, words) in enumerate(zip(units, words_by_unit, strict=True)):
            if number not in notice and _is_statement(unit) and is_corrected(words, corrected):
                yield from ((number, part) for part in notice)
        yield from ((part, other) for part in notice for other in notice if other != part)


def _is_notice(source: str, units: Sequence[StructuredUnit], number: int) -> bool:
    """Whether a paragraph that says what was wrong begins with a unit."""
    unit = units[number]
    is_first = number == 0 or not _in_one_paragraph(source, units[number - 1], unit)
    return is_first and _is_statement(unit) and begins_with_correction(source, unit.start)


def _is_statement(unit: StructuredUnit) -> bool:
    return unit.relation.section is None and (unit.reading is None or not unit.is_record)


def _in_one_paragraph(source: str, unit: StructuredUnit, following: StructuredUnit) -> bool:
    return source.count("\n", unit.end, following.start) < 2 and unit.relation.head == following.relation.head


def _answer(following_text: str, question: int) -> Iterator[tuple[int, int]]:
    """What a question and the sentence after it need of each other: a short answer says nothing by itself."""
    if not _QUESTION_AT_END.search(following_text):
        yield question, question + 1
        if len(following_text.split()) <= _MAX_ANSWER_WORDS:
            yield question + 1, question


def _sentences(texts: Sequence[str], number: int) -> Iterator[tuple[int, int]]:
    """What the sentence at ``number`` and the one after it need of each other, by place in ``texts``."""
    text, following_text = texts[number], texts[number + 1]
    if _TAKES_BACK.match(following_text) or (_UNTIL.search(text) and _SINCE.match(following_text)):
        yield number, number + 1
        yield number + 1, number
    elif (asking := _asking(texts, number + 1)) is not None:
        yield asking, number + 1
        yield number + 1, asking
    elif _VERDICT.fullmatch(following_text) or _is_ellipsis(following_text):
        yield number + 1, number


def _asking(texts: Sequence[str], number: int) -> int | None:
    """The place of the sentence that asks for what the one at ``number`` says the outcome of."""
    if _OUTCOME.match(texts[number]):
        return number - 1
    if not _OUTCOME_OF.match(texts[number]):
        return None
    places = range(number - 1, max(number - 1 - _MAX_SENTENCES_TO_OUTCOME, -1), -1)
    return next((place for place in places if _ASKS.search(texts[place])), None)


def _is_ellipsis(text: str) -> bool:
    """Whether a sentence has no verb but that of the one before: "Cats may not."."""
    is_short = len(text.split()) <= _MAX_ELLIPSIS_WORDS
    return bool((is_short and _ELLIPSIS_AT_END.search(text)) or _ELLIPSIS_BEFORE_CONDITION.search(text))


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
