"""Rules for records that have, or lack, a property that a query asks for: "Which features are disabled?" asks for
those with "enabled: false", "Which pods are not running?" for those with another status than "Running", "Which prizes
did she win?" for those that were "Won", "On which day is there a warning?" for the ones whose warning is not null,
"What is out of stock?" for those with a stock of 0. All records of a list have these words: wording does not decide.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from ragzip.compressors.extractive.records.members import members
from ragzip.compressors.extractive.rules.text_units import TextUnits, just_above, raised
from ragzip.compressors.outline import Outline
from ragzip.text.governing import governing
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import LETTERS
from ragzip.text.scores import Scores
from ragzip.text.spans import Span
from ragzip.text.structure import Item
from ragzip.text.structure.formats.table.columns import asks_about_rows
from ragzip.text.words import in_words, terms

__all__ = ["with_flags"]

_ASKS_FOR_RECORDS = pattern_of(  # some of them, by what they are
    r"\b(?:which|who|whose|list|show|find|name|how many|what (?!is\b|was\b|are the\b|does\b|did\b|do\b)|welche[rsnm]?"
    r"|quel(?:le)?s?|qué|cuáles|quali)\b",
    re.IGNORECASE,
)
_ASKS_WHERE_NONE_IS = pattern_of(
    r"\b(?:where|when|wo|wann|où|quand|dónde|cuándo|dove|quando|onde|waar|wanneer)\b[^?.!]{1,60}"
    r"\b(?:no|without|keine?n?|ohne|pas d[e’']|sans|ningún|ninguna|sin|nessun[oa]?|senza|nenhuma?|sem|geen|zonder)\s",
    re.IGNORECASE,
)
_NOT_STATUS = pattern_of(
    r"(?:\bnot|n['’]t|\bnicht|\bpas|\bnon)\s(?:(?:yet|be|been|being|currently|mehr|encore)\s){0,2}([^\W\d_]{3,20})",
    re.IGNORECASE,
)
_ASKS_FOR_LACK = pattern_of(  # of a value
    r"(?:\bnot|n['’]t) (?:have|has|had)\b|\b(?:no|without|missing|lacks?|lacking|empty|blank|ohne|keine?n?|sans"
    r"|pas d[e']|sin|senza|sem|zonder|geen)\b",
    re.IGNORECASE,
)
_NEGATIVE = pattern_of(r"\b(?:in|un|dis|non|not|im|ir)-?([^\W\d_]{4,20})", re.IGNORECASE)
_OPPOSITES = {"disabled": "enabled", "off": "on", "closed": "open", "enabled": "disabled", "open": "closed"}
_OUTCOMES = {  # statuses that no stem tells from the verb: "Which prizes did she win?"
    form: outcome
    for outcome, forms in {
        "won": "win wins winning",
        "lost": "lose loses",
        "sold": "sell sells",
        "paid": "pay pays",
    }.items()
    for form in (outcome, *forms.split())
}
_OTHER_OUTCOMES = frozenset(  # beside which one of those is no grade among others, as "Gold" is
    re.findall(
        r"\S+",
        """
        nominated lost finalist runner-up shortlisted longlisted drawn pending open unpaid overdue unsold refunded
        withdrawn cancelled n/a - –
        """,
    )
)
_OPENINGS_OF_STATUS = {"running": "up", "up": "up", "stopped": "exited"}  # as docker ps has them: "Up 3 weeks"
_TRUE = frozenset(["true", "yes", "t", "y", "ja", "oui"])
_FALSE = frozenset(["false", "no", "f", "n", "nein", "non"])
_NONE = frozenset(["none", "null", "nil", "-", ""])
_COUNT = pattern_of(r"(\d{1,12}(?:[.,]\d{1,3})?)(?:\s[^\W\d_]{1,12}\.?)?")  # "12 pcs"
_HAS_SOME = pattern_of(  # right before the name of a column: "Which hosts have any errors?"
    r"(?:\b(?:with|have|has|had|got|show|shows|reported|mit|haben|hat|hatte|avec|ont|a|con|tienen?|hanno|ha|met|hebben|heeft)"
    r"(?:\s(?:any|some|open|der|des|irgendwelche|einige|algún|alguna|qualche))?\s)$",
    re.IGNORECASE,
)
_HAS_NONE = pattern_of(
    r"(?:\b(?:no|zero|without(?: any)?|not have(?: any)?|n['’]t have(?: any)?|free of|0|ohne|keine?n?|null|sans|aucune?"
    r"|sin|ningún|ninguna|cero|senza|nessun[oa]?|zero|sem|nenhuma?|zonder|geen)\s|\b(?:pas|plus)\sd[e'’]\s?)$",
    re.IGNORECASE,
)
_SOLD_OUT = pattern_of(
    r"\b(?:out of stock|sold out|unavailable|(?:none|nothing) left|fully booked|booked out"
    r"|(?:not|n['’]t|no longer) (?:in stock|available|left)|ausverkauft|ausgebucht|vergriffen"
    r"|nicht (?:mehr )?(?:auf lager|lieferbar|verfügbar|vorrätig|frei)"
    r"|en rupture|épuisée?s?|complets?|plus disponibles?|indisponibles?"
    r"|agotad[oa]s?|sin (?:stock|existencias)"
    r"|no disponibles?"
    r"|esaurit[oaie]|non disponibil[ei]|esgotad[oa]s?|uitverkocht|volgeboekt"
    r"|niet (?:meer )?(?:op voorraad|beschikbaar))\b",
    re.IGNORECASE,
)
_LEFT = pattern_of(
    r"\b(?:in stock|available|on hand|(?:still|noch) (?:left|free|frei)|auf lager|lieferbar|verfügbar|vorrätig|en stock"
    r"|disponib(?:les?|ili?)"
    r"|op voorraad|beschikbaar)\b",
    re.IGNORECASE,
)
_STOCK = frozenset(  # last parts of the names of columns
    terms(
        "stock stocks inventory quantity qty available availability hand left remaining free vacancies seats places"
        " bestand lagerbestand menge verfügbar frei plätze quantité dispo disponible existencias cantidad plazas"
        " giacenza quantità"
        " disponibile posti voorraad aantal beschikbaar estoque quantidade"
    )
)
_REMARK = pattern_of(r"\s\([^()]*\)?$")
_SPELLED = pattern_of(r"^.*\(([^()]+)\)$")
_UNTELLING = frozenset(terms("is are has have was does flag"))
_OF_NEED = frozenset(terms("need needs needed require requires required must necessary"))
_MIN_RECORDS = 3
_MIN_STEM = 5  # letters: "nominations" asks for those that were "nominated"
_SAMPLED_RECORDS = 500  # that tell whether there are columns
_MIN_SHARE = 0.6  # of the records that have a column that is asked for
_MAX_STATUSES = 0.7  # of the records, the distinct values of a column of statuses
_SHARE_OF_OTHERS = 0.02  # of the scores of the other records

_Record = int | Item


class _Value(NamedTuple):
    """A value of a column, and the unit that has it."""

    text: str
    unit: int


_Column = Mapping[_Record, _Value]


def with_flags(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units, with records raised or lowered by whether they have the property that ``query`` asks
    for; unchanged where it asks for none. *Shape:* (n,) both.
    """
    outline, source = text.outline, text.source
    if query is None or sum(outline.records) < _MIN_RECORDS:
        return scores
    asks_for_records = _ASKS_FOR_RECORDS.search(query) is not None
    if not (asks_for_records or _SOLD_OUT.search(query) or _ASKS_WHERE_NONE_IS.search(query)):
        return scores
    numbers = [number for number, is_record in enumerate(outline.records) if is_record]
    is_one_list = len(numbers) > _SAMPLED_RECORDS and not any(outline.items)
    if is_one_list and not _columns(outline, source, numbers[:: len(numbers) // _SAMPLED_RECORDS]):
        return scores  # lines of a log have no columns
    columns = _columns(outline, source, numbers)
    properties = (_by_flag, _by_status, _by_outcome) if asks_for_records else ()
    choices = (by(query, columns) for by in (*properties, _by_count))
    chosen = next(filter(None, choices), None)
    if chosen is None:
        return scores
    weighed_scores = scores.copy()
    wanted_units = [value.unit for value, is_wanted in chosen.values() if is_wanted]
    for number in range(len(scores)):
        record = _record_of(outline, number)
        if record in chosen and not chosen[record][1]:
            weighed_scores[number] *= _SHARE_OF_OTHERS
    return raised(weighed_scores, wanted_units, just_above(float(scores.max(initial=0.0))))


def _record_of(outline: Outline, number: int) -> _Record:
    """The record that a unit is, or is in."""
    items = outline.items[number] if outline.items else ()
    return items[-1] if items else number


def _columns(outline: Outline, source: str, numbers: Sequence[int]) -> list[tuple[str, _Column]]:
    """The values, and the names, of the columns that most records of a list, or of a text beside its lists, have; empty
    values for the other records.

    :param numbers: of the records that are looked at.
    """
    columns: defaultdict[tuple[Span | None, str], dict[_Record, _Value]] = defaultdict(dict)
    records: defaultdict[Span | None, dict[_Record, int]] = defaultdict(dict)
    for number in numbers:
        if outline.relations[number].section is not None:
            continue
        record = _record_of(outline, number)
        list_span = record.list_span if isinstance(record, Item) else None
        for name, value in members(outline.text_of(number, source)):
            records[list_span].setdefault(record, number)
            columns[list_span, name].setdefault(record, _Value(_REMARK.sub("", value).casefold(), number))
    return [
        (name, {record: values.get(record, _Value("", unit)) for record, unit in records[list_span].items()})
        for (list_span, name), values in columns.items()
        if len(values) >= max(_MIN_RECORDS, _MIN_SHARE * len(records[list_span]))
    ]


def _by_flag(query: str, columns: Sequence[tuple[str, _Column]]) -> dict[_Record, tuple[_Value, bool]]:
    """The records of the column that ``query`` names, of values that are true or false, or for the most part null; and
    whether each is wanted.
    """
    query_terms = frozenset(terms(query))
    query_terms |= frozenset() if _OF_NEED.isdisjoint(query_terms) else _OF_NEED  # "need a reboot": "reboot required"
    words = [word.casefold() for word in LETTERS.findall(query)]
    opposites = {_OPPOSITES[word] for word in words if word in _OPPOSITES}
    opposites.update(match[1].casefold() for match in _NEGATIVE.finditer(query))
    opposite_terms = frozenset(terms(" ".join(opposites)))
    is_negated = any(kind == "negation" for _, kind in governing(query))
    asks_for_lack = _ASKS_FOR_LACK.search(query) is not None
    for name, column in columns:
        name_terms = _terms_of_name(name)
        if not name_terms:
            continue
        is_opposite = not name_terms <= query_terms
        if is_opposite and not _is_opposite(name_terms, query_terms, opposite_terms):
            continue
        texts = [value.text for value in column.values()]
        without_value = sum(text in _NONE for text in texts)
        if _are_flags(texts):
            wanted_texts = _FALSE if is_opposite != is_negated else _TRUE
            return {record: (value, value.text in wanted_texts) for record, value in column.items()}
        is_told_apart = asks_for_lack or 2 * without_value > len(texts)
        if len(texts) > without_value > 0 and is_told_apart and not is_opposite:
            wants_none = is_negated or asks_for_lack
            return {record: (value, (value.text in _NONE) == wants_none) for record, value in column.items()}
    return {}


def _terms_of_name(name: str) -> frozenset[str]:
    """The terms of the last part of the name of a column: of "stock available", "isActive (is active)"."""
    spelled = _SPELLED.match(name)
    last_part = spelled[1] if spelled else in_words(name.split()[-1] if name.split() else "").replace("_", " ")
    return frozenset(terms(last_part)) - _UNTELLING


def _is_opposite(name_terms: AbstractSet[str], query_terms: AbstractSet[str], opposite_terms: AbstractSet[str]) -> bool:
    """Whether a name says the opposite of a word of the query: "active" of "inactive"."""
    return not name_terms.isdisjoint(opposite_terms) and name_terms <= query_terms | opposite_terms


def _are_flags(texts: list[str]) -> bool:
    """Whether values are true or false, and some of them are either."""
    values = {text for text in texts if text not in _NONE}
    return values <= _TRUE | _FALSE and bool(values & _TRUE) and bool(values & _FALSE)


def _by_status(query: str, columns: Sequence[tuple[str, _Column]]) -> dict[_Record, tuple[_Value, bool]]:
    """The records of a column of statuses of which ``query`` negates one with "not", and whether each is wanted."""
    match = _NOT_STATUS.search(query)
    if match is None:
        return {}
    status_terms = terms(match[1])
    for _, column in columns:
        texts = {value.text for value in column.values()}
        statuses = {text for text in texts if terms(text) == status_terms}
        opening = _OPENINGS_OF_STATUS.get(match[1].casefold())
        begun = {text for text in texts if opening is not None and text.partition(" ")[0] == opening}
        if begun and begun < texts and len(column) > len(begun):
            return {record: (value, value.text not in begun) for record, value in column.items()}
        if statuses and 2 <= len(texts) <= max(2, _MAX_STATUSES * len(column)):
            return {record: (value, value.text not in statuses) for record, value in column.items()}
    return {}


def _by_outcome(query: str, columns: Sequence[tuple[str, _Column]]) -> dict[_Record, tuple[_Value, bool]]:
    """The records of a column of statuses of which ``query`` asks for one by a verb, and whether each is wanted."""
    words = {word.casefold() for word in LETTERS.findall(query)}
    outcomes = {_OUTCOMES[word] for word in words if word in _OUTCOMES}
    if len(outcomes) != 1 or any(kind == "negation" for _, kind in governing(query)):
        return {}
    for _, column in columns:
        texts = {value.text for value in column.values()}
        other_texts = texts - outcomes
        are_asked = any(
            word.startswith(text[:_MIN_STEM]) for text in other_texts if len(text) >= _MIN_STEM for word in words
        )
        if (
            outcomes <= texts
            and other_texts
            and other_texts <= _OTHER_OUTCOMES | _OUTCOMES.keys() | _NONE
            and not are_asked
        ):
            return {record: (value, value.text in outcomes) for record, value in column.items()}
    return {}


def _by_count(query: str, columns: Sequence[tuple[str, _Column]]) -> dict[_Record, tuple[_Value, bool]]:
    """The records of a column of counts, some of them 0, of which ``query`` asks for those with none, or with any; and
    whether each is wanted.
    """
    is_sold_out = _SOLD_OUT.search(query) is not None
    asks_for_stock = is_sold_out or (_LEFT.search(query) is not None and not _ASKS_FOR_LACK.search(query))
    for name, column in columns:
        counts = [_COUNT.fullmatch(value.text) for value in column.values()]
        zeros = sum(count is not None and _is_zero(count[1]) for count in counts)
        if not 0 < zeros < len(counts) or None in counts:
            continue
        name_terms = _terms_of_name(name)
        if asks_for_stock and not name_terms.isdisjoint(_STOCK):
            wants_none = is_sold_out
        elif (asks_for_none := _asks_for_none(query, name_terms)) is not None:
            wants_none = asks_for_none
        else:
            continue
        are_none = [_is_zero(count[1]) for count in counts if count is not None]
        pairs = zip(column.items(), are_none, strict=True)
        return {record: (value, is_none == wants_none) for (record, value), is_none in pairs}
    return {}


def _asks_for_none(query: str, name_terms: AbstractSet[str]) -> bool | None:
    """Whether ``query`` asks for records without what a column counts; None where it asks for no such thing."""
    for word in LETTERS.finditer(query):
        if name_terms and name_terms == frozenset(terms(word[0])):
            before = query[: word.start()]
            if _HAS_NONE.search(before):
                return True
            if _HAS_SOME.search(before) and not (asks_about_rows(query) or any(map(str.isdigit, query))):
                return False
    return None


def _is_zero(text: str) -> bool:
    return not text.strip("0.,")
