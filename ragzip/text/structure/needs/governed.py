"""Units that another unit needs to stay true: the heading that says "not covered", the sentence that takes it back, the
answer to its question, its footnote; and the units that its pronouns refer to, where those fit.

Without them the unit reads well and says something else than the text. Each rule is a function of the text and its
units to pairs of places, a line in one of two tables here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from ragzip.text.languages import language_of
from ragzip.text.references.antecedents import antecedents
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.attributions import speakers_below, speakers_of_quotations, words_of_speakers
from ragzip.text.structure.needs.cases import cases, warnings_over_steps
from ragzip.text.structure.needs.choices import choices
from ragzip.text.structure.needs.clause_references import mentioned
from ragzip.text.structure.needs.comparisons import compared_with
from ragzip.text.structure.needs.conditions import alternatives, consequences, enumerated
from ragzip.text.structure.needs.denied_causes import denied_causes
from ragzip.text.structure.needs.durations import told_from
from ragzip.text.structure.needs.entries_elsewhere import entries_elsewhere
from ragzip.text.structure.needs.exceptions import exceptions, reliefs
from ragzip.text.structure.needs.footnotes import footnotes
from ragzip.text.structure.needs.headings import governing_headings
from ragzip.text.structure.needs.neighbours import needs_of_neighbours
from ragzip.text.structure.needs.notices import corrections, statuses
from ragzip.text.structure.needs.numbered import Exclusion, exclusions
from ragzip.text.structure.needs.openings import openings, subjects
from ragzip.text.structure.needs.paragraphs import paragraphs
from ragzip.text.structure.needs.replacements import rephrased
from ragzip.text.structure.needs.series import series
from ragzip.text.structure.needs.transitive import reached
from ragzip.text.structure.needs.twins import told_apart
from ragzip.text.structure.needs.unfinished import unfinished
from ragzip.text.structure.needs.updates import overtaken
from ragzip.text.structure.needs.verse import lines_going_on

__all__ = ["COMPANIONS", "NEEDS", "governed"]

_Pairs = Iterable[tuple[int, int]]
_Rule = Callable[[str, Sequence[StructuredUnit]], _Pairs]

NEEDS: Final[tuple[_Rule, ...]] = (  # a unit, and one without which it is never kept
    governing_headings,  # "Not covered", and a heading over steps
    footnotes,
    entries_elsewhere,  # "Lost property: see Registry"
    rephrased,  # an amended clause and its new wording
    overtaken,  # a statement and a later one that makes it out of date
    words_of_speakers,  # "— Franklin D. Roosevelt, 1933", and the words above
    statuses,  # "Cancelled."
    openings,  # a time, year or version that a paragraph or the text begins with
    alternatives,  # a condition and what holds otherwise
    choices,  # a question and the answers to choose from
    lines_going_on,  # verse
)
COMPANIONS: Final[tuple[_Rule, ...]] = (  # a unit, and one that comes with it where both fit
    reliefs,  # a duty and who is exempt from it
    cases,  # a rule and the case that is otherwise
    series,
    warnings_over_steps,
    enumerated,  # a condition and its enumerated parts
    consequences,
    told_apart,  # twins and what tells them apart
    mentioned,  # the clauses that a clause names
    speakers_of_quotations,  # a quotation and the sentence that names who says it
    compared_with,  # "Bergen sold twice as many."
    denied_causes,  # what was not the cause, and what was
    told_from,  # "Three years later", and what it was later than
    speakers_below,  # words and the line below that says whose they are
)


def governed(source: str, units: Sequence[StructuredUnit]) -> tuple[StructuredUnit, ...]:
    """The units, with the units that govern them among their needs, directly or through others, and with their
    companions.
    """
    ruled_exceptions = list(exceptions(source, units))
    excluded = list(exclusions(source, units))
    finishing = list(unfinished(source, units))  # an item of a list, and the statement above it that it finishes
    items_of_statements = ((statement, item) for item, statement in finishing)
    companions = chain(ruled_exceptions, items_of_statements, _pairs(COMPANIONS, source, units), _parts_of(excluded))
    units = _with_companions(source, units, companions)
    corrected = frozenset(corrections(source, units))  # a sentence and the notice that it is wrong
    needs = chain(
        _pairs(NEEDS, source, units),
        corrected,
        finishing,
        _rules_of(units, ruled_exceptions),
        needs_of_neighbours(source, units, corrected),
        ((exclusion.exclusion[0], exclusion.ruled[0]) for exclusion in excluded if not exclusion.is_of_several),
    )
    return _with_needs(units, needs)


def _pairs(rules: Sequence[_Rule], source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    return chain.from_iterable(rule(source, units) for rule in rules)


def _parts_of(excluded: Sequence[Exclusion]) -> Iterator[tuple[int, int]]:
    """Each ruled unit with all parts of the exclusion that says when it does not apply."""
    return ((ruled, part) for exclusion in excluded for ruled in exclusion.ruled for part in exclusion.exclusion)


def _rules_of(units: Sequence[StructuredUnit], ruled_exceptions: _Pairs) -> Iterator[tuple[int, int]]:
    """Each exception with its rule, or, where that is in another list, with the lead-in of the rule's list."""
    for ruled, exception in ruled_exceptions:
        head = units[ruled].relation.head
        yield exception, ruled if head is None or units[exception].relation.head == head else head


def _with_needs(units: Sequence[StructuredUnit], needs: _Pairs) -> tuple[StructuredUnit, ...]:
    further_needs: dict[int, list[int]] = {}
    for number, needed_unit in needs:
        if number != needed_unit and needed_unit not in units[number].relation.needs:
            further_needs.setdefault(number, []).append(needed_unit)
    if not further_needs:
        return tuple(units)
    direct = [[*unit.relation.needs, *further_needs.get(number, ())] for number, unit in enumerate(units)]
    return tuple(unit.related(needs=reached(number, direct)) for number, unit in enumerate(units))


def _with_companions(source: str, units: Sequence[StructuredUnit], further_companions: _Pairs) -> list[StructuredUnit]:
    companions: defaultdict[int, list[int]] = defaultdict(list)
    language = language_of(source)
    subjects_of_units = dict(subjects(source, units))
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


def _led(units: Sequence[StructuredUnit]) -> dict[int, list[int]]:
    """The items below each unit that only leads to them, and says nothing without."""
    led: dict[int, list[int]] = {}
    for number, unit in enumerate(units):
        for above in unit.relation.needs:
            if units[above].relation.section is not None and unit.relation.heading != above:
                led.setdefault(above, []).append(number)
    return led
