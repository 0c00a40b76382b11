"""Units that another unit needs to stay true: the heading that says "not covered", the sentence that takes it back, the
answer to its question, its footnote; and the units that its pronouns refer to, where those fit.

Without them the unit reads well and says something else than the text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

from ragzip.text.auxiliaries import AUXILIARY
from ragzip.text.languages import language_of
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.references.antecedents import antecedents
from ragzip.text.references.ends import ends_in_question
from ragzip.text.references.sentences import speaker_of
from ragzip.text.statuses import governs
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.attributions import attributions
from ragzip.text.structure.needs.cases import cases, warnings_over_steps
from ragzip.text.structure.needs.choices import choices
from ragzip.text.structure.needs.clause_references import mentioned
from ragzip.text.structure.needs.conditions import alternatives, consequences, enumerated
from ragzip.text.structure.needs.exceptions import exceptions, reliefs
from ragzip.text.structure.needs.footnotes import footnotes
from ragzip.text.structure.needs.notices import corrections, statuses
from ragzip.text.structure.needs.numbered import exclusions
from ragzip.text.structure.needs.openings import openings, subjects
from ragzip.text.structure.needs.outcomes import asking, replies
from ragzip.text.structure.needs.paragraphs import (
    FIRST_STEP,
    STEP,
    in_one_paragraph,
    is_next_sentence,
    is_statement,
    paragraphs,
)
from ragzip.text.structure.needs.replacements import rephrased
from ragzip.text.structure.needs.retractions import taken_back
from ragzip.text.structure.needs.series import series
from ragzip.text.structure.needs.transitive import reached
from ragzip.text.structure.needs.twins import told_apart
from ragzip.text.structure.needs.updates import overtaken
from ragzip.text.structure.needs.verse import lines_going_on

__all__ = ["governed", "governed_pair"]

_UNTIL = pattern_of(  # what was so, in a sentence before one that says what is so since
    r"\b(?:until|till|bis|jusqu|hasta|fino (?:a|al)|até|tot)\b[^.!?]{0,30}\b(?:1[5-9]|20)\d\d\b", re.IGNORECASE
)
_NOT_UNTIL = pattern_of(  # what was so only then: "It was not rebuilt until 1886."
    r"(?:\b(?:not|never|nicht|ne|no|non|não|niet)|n['’]t)\b[^.!?,;:]{0,40}?\b(?:until|till|bis|jusqu|hasta|fino|até|tot)\b",
    re.IGNORECASE,
)
_SINCE = pattern_of(r"(?:since|from|as of|now|today|seit|heute|jetzt|ab|depuis|desde|dal|vanaf|sinds)\b", re.IGNORECASE)
_ELLIPSIS_AT_END = pattern_of(  # "Cats are not.", "The others do."; "May" is a month
    rf"\b(?:{AUXILIARY})(?: not|n['’]t)?[.!]$"
)
_ENOUGH = pattern_of(  # for what the one before says: "Where the fee was raised, 30 days suffice."
    r"(?:(?:where|if|when|in case|wenn|falls|sofern|bei|si|lorsque|quand|en cas|cuando|en caso|se|quando"
    r"|in caso)\b[^.!?]{3,120}?\s)?"
    r"(?:\d+|one|two|three|four|five|six|seven|eight|ten|half|ein\w{0,2}|zwei|drei|vier|fünf|sechs|une?|deux|trois|quatre"
    r"|un[ao]?|dos|tres|cuatro|due|tre|quattro)\s(?:[^\W\d_]{1,20}\s){1,3}?(?:suffices?|will (?:do|suffice)"
    r"|(?:is|are) (?:enough|sufficient)|genüg(?:t|en)|reich(?:t|en)(?: aus)?|suffi(?:t|sent)|bastan?|son suficientes"
    r"|bastano|sono sufficienti)[.!]",
    re.IGNORECASE,
)
_SO_TOO = pattern_of(  # "So must trout.", "Nor do cats."
    rf"(?:so|nor|neither) (?:{AUXILIARY})\b",
    re.IGNORECASE,
)
_ELLIPSIS_BEFORE_CONDITION = pattern_of(  # "Pupils of year 9 may not, unless their parents agree."
    rf"\b(?:{AUXILIARY}) not[,;]?"
    r" (?:unless|except|but|if)\b"
)
_VERDICT = pattern_of(
    r"\(?(?:(?:and|but|of course|certainly|absolutely|probably) )?(?:yes|no|not|true|false|right|wrong|correct"
    r"|never|neither|none|ja|nein|doch|niemals|oui|non|si|jamais|sí|no|nunca|sì|sim|não|nee|tak|nie|да|нет|はい|いいえ|是的|不是)\)?[.!。]?\)?",
    re.IGNORECASE,
)
_MAX_ELLIPSIS_WORDS, _MAX_ANSWER_WORDS = 6, 6
_SEE = pattern_of(
    r"\W{0,3}[^:\n]{2,60}?(?::|\s[–—-])\s(?:see|siehe|s\.|voir|véase|ver|vedi|veja|zie|se|zob\.|см\.)\s(?:also\s|under\s|auch\s|unter\s)?"
    r"[\"“„«]?(?P<name>[^.;:\n]{2,60}?)[\"”“»]?\.?",
    re.IGNORECASE,
)
_NAME_OF_ENTRY = pattern_of(r"\W{0,3}(?P<name>[^:\n]{2,60}?)(?::|\s[–—-])\s")
_LETTERS = pattern_of(r"[^\W\d_]{3}")


def governed(source: str, units: Sequence[StructuredUnit]) -> tuple[StructuredUnit, ...]:
    """The units, with the units that govern them among their needs, directly or through others, and with their
    companions.
    """
    ruled_exceptions = list(exceptions(source, units))
    excluded = list(exclusions(source, units))
    further_companions = [
        *ruled_exceptions,
        *reliefs(source, units),
        *cases(source, units),
        *series(source, units),
        *warnings_over_steps(source, units),
        *enumerated(source, units),
        *consequences(source, units),
        *told_apart(source, units),
        *mentioned(source, units),
        *_speakers(source, units),
        *((sentence, line) for line, sentences in attributions(source, units) for sentence in sentences),
        *((ruled, part) for exclusion in excluded for ruled in exclusion.ruled for part in exclusion.exclusion),
    ]
    units = _with_companions(source, units, further_companions)
    further_needs: dict[int, list[int]] = {}
    exclusion_needs = (
        (exclusion.exclusion[0], exclusion.ruled[0]) for exclusion in excluded if not exclusion.is_of_several
    )
    for unit_number, needed_unit in chain(_pairs(source, units, ruled_exceptions), exclusion_needs):
        if unit_number != needed_unit and needed_unit not in units[unit_number].relation.needs:
            further_needs.setdefault(unit_number, []).append(needed_unit)
    if not further_needs:
        return tuple(units)
    direct = [[*unit.relation.needs, *further_needs.get(number, ())] for number, unit in enumerate(units)]
    return tuple(unit.related(needs=reached(number, direct)) for number, unit in enumerate(units))


def _with_companions(
    source: str, units: Sequence[StructuredUnit], further_companions: Sequence[tuple[int, int]]
) -> list[StructuredUnit]:
    companions: defaultdict[int, list[int]] = defaultdict(list)
    language = language_of(source)
    subjects_of_units = dict(subjects(source, units, language))
    for places in paragraphs(source, units):
        sentences = [source[slice(*units[place].span)] for place in places]
        for place, antecedent_places in antecedents(sentences, language):
            companions[places[place]] = [places[before] for before in antecedent_places]
        for place in places:
            subject = next(
                (subjects_of_units[of] for of in (place, *companions[place]) if of in subjects_of_units), None
            )
            if subject is not None and subject != place:
                subjects_of_units[place] = subject
                companions[place].append(subject)
    led_by = _led(units)
    for number, companion in further_companions:
        companions[number] += [companion, *(item for item in led_by.get(companion, ()) if item != number)]
    return [
        unit.related(companions=tuple(dict.fromkeys([*unit.relation.companions, *companions[number]])))
        if companions[number]
        else unit
        for number, unit in enumerate(units)
    ]


def _speakers(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Quotations that begin a paragraph, each with the sentence before it that names who says it."""
    naming = 0  # the place of such a sentence
    for place, (before, unit) in enumerate(pairwise(units), 1):
        speaker = speaker_of(source[slice(*unit.span)])
        if speaker is None or not is_statement(before):
            naming = place
        elif speaker.kind == "person" and not is_next_sentence(source, before, unit):
            yield place, naming


def _led(units: Sequence[StructuredUnit]) -> dict[int, list[int]]:
    """The items below each unit that only leads to them, and says nothing without."""
    led: dict[int, list[int]] = {}
    for number, unit in enumerate(units):
        for above in unit.relation.needs:
            if units[above].relation.section is not None and unit.relation.heading != above:
                led.setdefault(above, []).append(number)
    return led


def _pairs(
    source: str, units: Sequence[StructuredUnit], ruled_exceptions: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Units, each with one that governs it, by place."""
    yield from _headings(source, units)
    yield from footnotes(source, units)
    yield from _entries_elsewhere(source, units)
    corrected = set(corrections(source, units))
    yield from corrected
    yield from rephrased(source, units)
    yield from overtaken(source, units)
    yield from ((line, sentences[-1]) for line, sentences in attributions(source, units))
    yield from statuses(source, units)
    yield from openings(source, units, language_of(source))
    yield from alternatives(source, units)
    yield from choices(source, units)
    yield from lines_going_on(source, units)
    for ruled, exception in ruled_exceptions:
        head = units[ruled].relation.head
        yield exception, ruled if head is None or units[exception].relation.head == head else head
    for number, (unit, following) in enumerate(pairwise(units)):
        is_followed = is_statement(unit) and is_statement(following) and in_one_paragraph(source, unit, following)
        if is_followed and ends_in_question(source[unit.start : unit.end]):
            yield from _answer(source[following.start : following.end], number)
    notices = {notice for place, notice in corrected if (notice, place) not in corrected}  # on what stands elsewhere
    for places in paragraphs(source, units):
        texts = [source[slice(*units[place].span)] for place in places]
        for number in range(len(texts) - 1):
            if not ends_in_question(texts[number]) and places[number + 1] not in notices:
                yield from ((places[first], places[second]) for first, second in _sentences(texts, number))


def governed_pair(text: str, following_text: str) -> Iterator[tuple[int, int]]:
    """The needs between two texts (0 and 1) that follow each other: pairs of a text and the one that it needs."""
    if ends_in_question(text):
        yield from _answer(following_text, 0)
    else:
        yield from _sentences((text, following_text), 0)


def _answer(following_text: str, question: int) -> Iterator[tuple[int, int]]:
    """The needs between a question and the sentence after it: a short answer says nothing by itself."""
    if not ends_in_question(following_text):
        yield question, question + 1
        if len(following_text.split()) <= _MAX_ANSWER_WORDS:
            yield question + 1, question


def _sentences(texts: Sequence[str], number: int) -> Iterator[tuple[int, int]]:
    """The needs between the sentence at ``number`` and the one after it, by place in ``texts``."""
    text, following_text = texts[number], texts[number + 1]
    is_over = _SINCE.match(following_text) and _UNTIL.search(text) and not _NOT_UNTIL.search(text)
    ruled = number if is_over else taken_back(texts, number + 1)
    if ruled is None:
        ruled = asking(texts, number + 1)
    if ruled is not None:
        yield ruled, number + 1
        yield number + 1, ruled
    elif replies(text, following_text):
        yield number, number + 1
    elif _VERDICT.fullmatch(following_text) or _is_ellipsis(following_text):
        yield number + 1, number


def _is_ellipsis(text: str) -> bool:
    """Whether a sentence says nothing without the one before: "Cats may not.", "Two days are enough."."""
    is_short = len(text.split()) <= _MAX_ELLIPSIS_WORDS
    if is_short and (_ELLIPSIS_AT_END.search(text) or _SO_TOO.match(text)):
        return True
    return _ELLIPSIS_BEFORE_CONDITION.search(text) is not None or _ENOUGH.fullmatch(text) is not None


def _headings(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    governing_headings: dict[int, bool] = {}
    heading_of_steps: int | None = None
    for number, unit in enumerate(units):
        heading = unit.relation.heading
        if heading is not None and heading == number - 1:
            is_first = _begins_steps(source, units, number)
            heading_of_steps = heading if is_first and _has_words(source[slice(*units[heading].span)]) else None
        if heading_of_steps is not None and heading == heading_of_steps and STEP.match(source, unit.start):
            yield number, heading_of_steps
        while heading is not None and heading < number:
            if heading not in governing_headings:
                governing_headings[heading] = governs(source[units[heading].start : units[heading].end])
            if governing_headings[heading]:
                yield number, heading
            heading_above = units[heading].relation.heading
            heading = heading_above if heading_above is not None and heading_above < heading else None


def _has_words(heading: str) -> bool:
    """Whether a heading says something; "Article 4" does not."""
    words = heading.split()
    first = next((number for number, word in enumerate(words) if _LETTERS.search(word)), len(words))
    return any(_LETTERS.match(word) for word in words[first + 1 :])


def _begins_steps(source: str, units: Sequence[StructuredUnit], number: int) -> bool:
    """Whether numbered lines begin with a unit; clauses of contracts stand apart."""
    unit, following = units[number], units[min(number + 1, len(units) - 1)]
    return (
        FIRST_STEP.match(source, unit.start) is not None
        and STEP.match(source, following.start) is not None
        and source.count("\n", unit.end, following.start) == 1
    )


def _entries_elsewhere(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Entries that say only where to look, each with the entry that has this name: "Lost property: see Registry"."""
    pointers = [(number, match) for number, unit in enumerate(units) if (match := _SEE.fullmatch(source, *unit.span))]
    if not pointers:
        return
    entries: dict[str, int] = {}
    for number, unit in enumerate(units):
        name = _NAME_OF_ENTRY.match(source, *unit.span)
        if name is not None:
            entries.setdefault(name["name"].casefold(), number)
    for number, match in pointers:
        entry = entries.get(match["name"].casefold())
        if entry is not None and entry != number:
            yield number, entry
