"""Rules for the values of records that a query names: as a whole, "payments" and not "payments-staging", and with the
name of their column, "PID 1" and no other 1. Neither wording nor meaning distinguishes them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from ragzip.compressors.extractive.records.members import may_tell, members
from ragzip.compressors.extractive.rules.text_units import TextUnits, just_above
from ragzip.text.governing import governing
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.scores import Scores
from ragzip.text.words import terms, with_parted_names

__all__ = ["with_named_values"]

_SHARE_OF_OTHERS = 0.15  # of the score of a record with another value than the one that the query names
_MAX_QUERY_TERMS = 60  # more are a text
_MAX_UNITS = 5000  # of a text
_MAX_VALUE_CHARACTERS = 60
_NUMBERED = pattern_of(  # "PID 1", "order no. 10427", "issue #4106"
    r"(?P<name>[^\W\d_]{2,30})(?: (?:no\.?|nr\.?|number|id|is|=|:))?[ =:]{1,3}#?(?P<value>\d[\w.-]{0,30}\b)"
)
_VALUE = pattern_of(r"\d[\w.-]{0,30}\b")
_RecordsByValue = Mapping[str, Mapping[str, list[int]]]  # by column


def with_named_values(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units, lower for records with another value than the one that ``query`` names in a column.
    *Shape:* (n,) both.
    """
    query_terms = Counter(terms(query or ""))
    if not 0 < len(query_terms) <= _MAX_QUERY_TERMS or len(scores) > _MAX_UNITS or not any(text.outline.records):
        return scores
    records = _records_by_value(text)
    mended_scores = scores.copy()
    query_words = frozenset(_VALUE.findall((query or "").casefold()))
    for column in _numbered_columns(query or "", records):
        best_score = just_above(float(mended_scores.max()))
        named = [number for value, numbers in records[column].items() if value in query_words for number in numbers]
        named_otherwise = [
            number for value, numbers in records[column].items() if value not in query_words for number in numbers
        ]
        best_named = float(mended_scores[named].max())
        mended_scores[named] = mended_scores[named] * (best_score / best_named) if best_named > 0 else best_score
        mended_scores[named_otherwise] *= _SHARE_OF_OTHERS
    for numbers in _with_parts(query_terms, records):
        mended_scores[numbers] *= _SHARE_OF_OTHERS
    return mended_scores


def _records_by_value(text: TextUnits) -> _RecordsByValue:
    """The records, by number, by their columns and their values in small letters."""
    records: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, is_record in enumerate(text.outline.records):
        for column, value in members(text.outline.text_of(number, text.source)) if is_record else ():
            if len(value) <= _MAX_VALUE_CHARACTERS:
                records[column][value.casefold()].append(number)
    return records


def _with_parts(query_terms: Counter[str], records: _RecordsByValue) -> Iterator[list[int]]:
    """The records with a value of which one that the query names is a part, or that is a part of one: the query names
    "payments", which other records have in that column, and no "payments-staging".
    """
    for numbers_by_value in records.values():
        values = {
            value: value_terms
            for value in numbers_by_value
            if may_tell(value)
            and ": " not in value  # a row that is read with the one it is a part of
            and not query_terms.keys().isdisjoint(value_terms := frozenset(terms(value)))
            and not any(governing(value))  # "Detected" and "Not detected" answer the same question
        }
        named_values = {value_terms for value_terms in values.values() if query_terms.keys() >= value_terms}
        for value, value_terms in values.items():
            is_named = value_terms in named_values
            is_part = is_named and all(query_terms[term] == 1 for term in value_terms)
            if (is_part and any(value_terms < named for named in named_values)) or (
                not is_named and any(named < value_terms for named in named_values)
            ):
                yield numbers_by_value[value]


def _numbered_columns(query: str, records: _RecordsByValue) -> set[str]:
    """The columns in which a query names a number that a record has there: "PID 1"."""
    return {
        column
        for match in _NUMBERED.finditer(query)
        for column, numbers_by_value in records.items()
        if match["value"].casefold() in numbers_by_value
        and not set(terms(match["name"])).isdisjoint(terms(with_parted_names(column)))
    }
