"""The records with the largest or smallest value, where a query asks for that: no wording tells it.

A record is read as "product: bell, stock: 7": so rows of tables, items of JSON and elements of XML are one.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.compressors.extractive.records.amounts import comparable_value
from ragzip.compressors.extractive.records.first_stage import SHORT_FORMS
from ragzip.compressors.extractive.records.members import may_tell, measured_members, members
from ragzip.compressors.extractive.rules.extreme_columns import (
    COLUMNS_OF_NOUN,
    COLUMNS_OF_WORD,
    ENDS_OF_WORD,
    NAMES_OF_TIMES,
)
from ragzip.compressors.extractive.rules.text_units import SHARE_IN_PLACE, TextUnits, just_above
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import LETTERS
from ragzip.text.quantities.numerals import NUMBER_OF_WORD, RANK_OF_WORD
from ragzip.text.queries.superlatives import with_english_superlatives
from ragzip.text.scores import Scores
from ragzip.text.words import terms, with_parted_names

__all__ = ["with_extreme_records", "with_extremes"]

_LARGEST = pattern_of(r"\b(?:most|largest|biggest|greatest|highest|maximum|max|top|busiest|meisten)\b", re.IGNORECASE)
_SMALLEST = pattern_of(r"\b(?:least|smallest|lowest|fewest|minimum|min|wenigsten)\b", re.IGNORECASE)
_TOP_TIME = pattern_of(r"\b(?:top|best)\b[^.?!]{0,30}\btimes?\b", re.IGNORECASE)
_LIMIT = pattern_of(r"\b(?:max|min)(?:imum)?\b", re.IGNORECASE)
_YEARS = (1500, 2100)
_ANY_DATE = 1e10  # dates are numbers from there on
_ASKS_FOR_FIRST = pattern_of(r"\b(?:which|who|what|whose)\b[^?.!]{1,120}\b(first|last)\W*$", re.IGNORECASE)
_ASKS_FOR_FIRST_SEVERAL = pattern_of(  # "her first two roles", and no time: "the last three months"
    r"\b(first|last)(?=\s(?:two|three|four|five|[2-9])\s(?!(?:\w+\s)?"
    r"(?:second|minute|hour|day|night|week|month|quarter|year|decade|centur|line|char|letter|digit|word|time)))",
    re.IGNORECASE,
)
_BOUND = pattern_of(  # what asks for no extreme: "how full is /srv?" asks for the value of one record
    r"\bat (?:most|least)\b|\bmost of\b|\bnot least\b|\bhow full\b", re.IGNORECASE
)
_LEAST_CHEAP = pattern_of(r"\bleast\s+(expensive|full)\b", re.IGNORECASE)
_MAY_BE_VALUE = pattern_of(r"(?<!\bthe )(?<!['’]s )\b([^\W\d_]{4,})")
_MAX_PLACES = 20
_PLACES_BEFORE = (
    4  # words before "largest" among which a number says how many: "the 3 cities with the most inhabitants"
)
_TOTAL = pattern_of(  # with the noun that is summed up after it, if any
    r"(?:(?:grand|sub)[ -]?)?(?:totals?|sum|overall|turnout|average|mean|median|summe|gesamt|insgesamt|durchschnitt"
    r"|somme|moyenne|suma|promedio|totale)\b(?P<alone>\s*(?:\([^()]*\)\s*)?$)?",
    re.IGNORECASE,
)
_SHARE_OF_SUM = 0.9  # of the other values, that a total of something has: "Total Recall" is the name of a film
_MIN_RECORDS = 3
_MIN_SHARE = 0.6  # of the records with a column whose values in it are numbers
_SHARE_OF_BEST = 0.95  # of the best score, that of the first ones of columns that the query does not name
_MAX_ALIKE = 2  # first ones of such a column
_MIN_LETTERS_OF_BEGINNING = 5  # of a word that has the name of a column as its beginning
_MAX_FIRSTS = 4  # of all such columns
_NUMBERS_RECORDS = pattern_of(r"(?:^|[\s_])(?:id|pid|no|nr|number|rank|pos|line|year|row)\b\.?$|#", re.IGNORECASE)
_SHARE_OF_NEXT = 0.5  # of the score of a record, that of the next one


class _Question(NamedTuple):
    """The extreme that a query asks for: the number of largest or smallest values, or the rank of one (0: none is
    named; 2 for "the second largest"), its words, names of columns that it
    may mean, and the words that follow "most" or the like, in order; whether it says "maximum" or "minimum", which may
    be a part of a column's name; the names of columns whose opposite end it means: the fastest has the least time; and
    whether it asks for the first or the last one in time.
    """

    is_largest: bool
    places: int
    rank: int
    terms: frozenset[str]
    columns: frozenset[str]
    compared: Sequence[str]
    says_limit: bool
    reversed_columns: frozenset[str]
    is_of_time: bool

    def of_column(self, name: str) -> _Question:
        """The question for the values of a column: the slowest has the least speed, but the most time."""
        is_reversed = not self.reversed_columns.isdisjoint(_terms_of_name(name))
        return self._replace(is_largest=not self.is_largest) if is_reversed else self

    def distance(self, rank: int) -> float:
        """The distance of a rank from what is asked: for one rank, those above it are nearer, as they show it."""
        behind = rank - (self.rank or self.places)
        return min(behind, 100) if behind >= 0 else -behind / 2 if self.rank else 0

    def closeness(self, name_terms: Set[str]) -> int:
        """The closeness of a column's name to "most": the earlier one of its words follows it, the higher. In "most CPU
        and what is its PID", CPU is meant.
        """
        places = (
            place
            for place, term in enumerate(self.compared)
            if term in name_terms or SHORT_FORMS.get(term) in name_terms
        )
        return -next(places, len(self.compared))


def with_extremes(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units, with records ranked by the value of which ``query`` asks for the largest or smallest:
    the first ones, as many as it asks for, have the best score of all, and the others follow; where the budget holds
    none of the first ones, no other takes their place. Where no column has a name that the query uses, the few records
    with the largest or smallest value in any column are about as good as the best; a single one is the best. The scores
    are unchanged where the query asks for no such value. *Shape:* (n,) both.
    """
    if query is None or not len(scores):
        return scores
    texts = text.records()
    is_record = text.outline.records
    without_values = [number for number in range(len(scores)) if is_record[number] and number not in texts]
    return with_extreme_records(
        query, texts, scores, fits=text.fits, without_values=without_values, measured_texts=text.entries
    )


def with_extreme_records(
    query: str,
    texts: Mapping[int, str],
    scores: npt.NDArray[np.float64],
    *,
    fits: Callable[[int], bool] | None = None,
    without_values: Sequence[int] = (),
    measured_texts: Callable[[], Mapping[int, str]] | None = None,
) -> npt.NDArray[np.float64]:
    """The scores of records, ranked as by :func:`with_extremes`.

    :param texts: of the records, as they are read, by number.
    :param fits: whether the budget holds a record.
    :param without_values: further records, which have none.
    :param measured_texts: gives the texts of which numbers say what they measure (None: no such are looked at).
    """
    query = with_english_superlatives(query)
    question = _question(query)
    if question is None or _is_value(query, texts):
        return scores
    values_by_name, totals = _values_by_name(texts)
    name = _column_of(question, values_by_name)
    if not name and not question.is_of_time and measured_texts is not None:
        entries = measured_texts()
        measured_by_name, _ = _values_by_name(entries, measured_members)
        name = _column_of(question, measured_by_name)
        texts, values_by_name = (entries, measured_by_name) if name else (texts, values_by_name)
    if name and question.says_limit and _LIMIT.search(with_parted_names(name)):
        return scores
    values = _without_totals(values_by_name[name], totals) if name else {}
    if not values:
        is_of_some_columns = question.is_of_time or question.reversed_columns
        return scores if is_of_some_columns else _with_any_extreme(question, values_by_name, totals, scores)
    if question.is_of_time and not _are_times(name, values.values()):
        return scores
    named = _named(question, texts)
    named_values = {number: value for number, value in values.items() if number in named} or values
    if len(values) < _MIN_RECORDS or len(named_values) == 1:
        return scores
    values, question = named_values, question.of_column(name)
    ranks = {value: rank for rank, value in enumerate(sorted(set(values.values()), reverse=question.is_largest))}
    best_score = float(scores.max()) if scores.max() > 0 else 1.0
    ranked_scores = scores.copy()
    for number, value in values.items():
        ranked_scores[number] = best_score * _SHARE_OF_NEXT ** question.distance(ranks[value] + 1)
    first = [number for number in values if ranked_scores[number] == best_score]
    if fits is not None and not any(map(fits, first)):
        ranked_scores[sorted(values.keys() - set(first))] *= SHARE_IN_PLACE
    ranked_scores[[*without_values, *(number for number in texts if number not in values)]] *= _SHARE_OF_NEXT
    return ranked_scores


def _question(query: str) -> _Question | None:
    """The extreme that ``query`` asks for; None where it asks for no largest or smallest value, or for both."""
    text = _BOUND.sub(" ", query)
    words = [word.casefold() for word in LETTERS.findall(text)]
    named = [COLUMNS_OF_WORD[word] for word in words if word in COLUMNS_OF_WORD]
    with_other_end = [ENDS_OF_WORD[word] for word in words if word in ENDS_OF_WORD]
    reversed_columns = frozenset(terms(" ".join(reversed_names for _, _, reversed_names in with_other_end)))
    if _TOP_TIME.search(text):  # which is the least
        reversed_columns |= frozenset(terms("time"))
    named += [(is_largest, f"{columns} {reversed_names}") for is_largest, columns, reversed_names in with_other_end]
    asked_several = _ASKS_FOR_FIRST_SEVERAL.search(text) if not named else None
    asked_in_time = asked_several or (_ASKS_FOR_FIRST.search(text) if not named else None)
    if asked_in_time is not None:
        named = [(asked_in_time[1].lower() == "last", NAMES_OF_TIMES)]
    is_largest = _LARGEST.search(text) is not None or any(is_largest for is_largest, _ in named)
    is_smallest = _SMALLEST.search(text) is not None or not all(is_largest for is_largest, _ in named)
    if _LEAST_CHEAP.search(query):
        is_largest, is_smallest = False, True
    if is_largest == is_smallest:
        return None
    nouns = [COLUMNS_OF_NOUN[word] for word in words if word in COLUMNS_OF_NOUN]
    columns = frozenset(terms(" ".join([*(columns for _, columns in named), *nouns])))
    superlative = (_LARGEST if is_largest else _SMALLEST).search(query)
    compared = terms(query[superlative.end() :]) if superlative else ()
    query_terms = terms(query)
    short_forms = [SHORT_FORMS[term] for term in query_terms if term in SHORT_FORMS]
    all_terms = frozenset([*query_terms, *short_forms])
    says_limit = not named and superlative is not None and _LIMIT.match(superlative[0]) is not None
    return _Question(
        is_largest,
        _places(text, asked_several or superlative),
        0 if superlative is None else RANK_OF_WORD.get(_word_before(query, superlative), 0),
        all_terms,
        columns,
        compared,
        says_limit,
        reversed_columns,
        asked_in_time is not None,
    )


def _is_value(query: str, texts: Mapping[int, str]) -> bool:
    """Whether the superlative of a query is the value of a record: "latest" in "Which image has the tag latest?"; or
    begins the name of a column: "full day".
    """
    names = {name[1].casefold() for name in _MAY_BE_VALUE.finditer(query)} & COLUMNS_OF_WORD.keys()
    fields = {field for text in texts.values() for field in members(text)} if names else ()
    small_query = query.casefold()
    in_query = {name.casefold() for name, _ in fields if " " in name and name.casefold() in small_query}
    firsts = {text.casefold().partition(" ")[0] for text in (*in_query, *(value for _, value in fields))}
    return not names.isdisjoint(firsts)


def _word_before(query: str, superlative: re.Match[str]) -> str:
    """The word right before a superlative, in small letters: "second", "3rd"; "" for none."""
    return (query[: superlative.start()].casefold().replace("-", " ").split() or [""])[-1]


def _places(query: str, superlative: re.Match[str] | None) -> int:
    """The number of values that a query asks for: three for "top three", "the 3 largest"."""
    if superlative is None:
        return 1
    before = query[: superlative.start()].casefold().split()[-_PLACES_BEFORE:]
    behind = query[superlative.end() :].casefold().split()[:1]
    for word in (*behind, *reversed(before)):
        number = NUMBER_OF_WORD["en"].get(word) or (int(word) if word.isdecimal() and len(word) < 3 else 0)
        if 1 < number <= _MAX_PLACES:
            return number
    return 1


def _with_any_extreme(
    question: _Question,
    values_by_name: Mapping[str, Mapping[int, float]],
    totals: Mapping[int, bool],
    scores: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """The scores, with records that have the largest or smallest value of a column about as good as the best, where the
    columns agree on few: "the highest thermal power" may be called "MWt". *Shape:* (n,) both.
    """
    firsts: set[int] = set()
    for name, named_values in values_by_name.items():
        values = _without_totals(named_values, totals)
        first_value = (max if question.is_largest else min)(values.values(), default=0.0)
        column_firsts = [number for number, value in values.items() if value == first_value]
        if len(column_firsts) <= _MAX_ALIKE and _NUMBERS_RECORDS.search(name) is None and not _are_counted(values):
            firsts.update(column_firsts)
    if not 0 < len(firsts) <= _MAX_FIRSTS:
        return scores
    best_score = float(scores.max())
    raised_scores = scores.copy()
    numbers = sorted(firsts)
    raised_scores[numbers] = np.maximum(
        scores[numbers], just_above(best_score) if len(firsts) == 1 else _SHARE_OF_BEST * best_score
    )
    return raised_scores


def _are_counted(values: Mapping[int, float]) -> bool:
    """Whether values only number their records, upwards."""
    ordered = [values[number] for number in sorted(values)]
    return all(after - before == 1 for before, after in pairwise(ordered))


def _values_by_name(
    texts: Mapping[int, str], members_of: Callable[[str], Iterable[tuple[str, str]]] = members
) -> tuple[dict[str, dict[int, float]], dict[int, bool]]:
    """The numbers of each column that has enough of them, by the number of the record; and the records that are called
    totals, with whether they are called nothing else.

    :param members_of: the names and values of a record as it is read.
    """
    values_by_name: defaultdict[str, dict[int, float]] = defaultdict(dict)
    counts: Counter[str] = Counter()
    totals: dict[int, bool] = {}
    for number, record_text in texts.items():
        for name, text in members_of(record_text):
            counts[name] += 1
            value = comparable_value(text)
            if value is not None:
                values_by_name[name].setdefault(number, value)
            elif total := _TOTAL.match(text):
                totals[number] = totals.get(number, False) or total["alone"] is not None
    columns = {
        name: values
        for name, values in values_by_name.items()
        if len(values) >= max(_MIN_RECORDS, _MIN_SHARE * counts[name])
    }
    return columns, totals


def _column_of(question: _Question, names: Iterable[str]) -> str:
    """The name of the column that a question means; "" where none is clear."""
    best_name, best_match = "", (0, 0, -len(question.compared))
    for name in names:
        name_terms = _terms_of_name(name)
        shared_count, meant_count = len(name_terms & question.terms), len(name_terms & question.columns)
        meant_count += sum(_begins_any(term, question.terms) for term in name_terms - question.terms)
        match = (shared_count, meant_count, question.closeness(name_terms))
        if match > best_match:
            best_name, best_match = name, match
    return best_name


def _begins_any(term: str, words: Set[str]) -> bool:
    """Whether a term is the beginning of a word: "agree" of "agreement"."""
    return len(term) >= _MIN_LETTERS_OF_BEGINNING and any(word.startswith(term) for word in words)


def _terms_of_name(name: str) -> set[str]:
    return set(terms(with_parted_names(name).replace("%", " ")))


def _named(question: _Question, texts: Mapping[int, str]) -> set[int]:
    """The records with a value that stands in a question: "food" of "the highest amount for food"."""
    return {
        number
        for number, text in texts.items()
        if any(may_tell(value) and question.terms.issuperset(terms(value)) for _, value in members(text) if value)
    }


def _are_times(name: str, values: Collection[float]) -> bool:
    """Whether the values of a column are dates, years, or times by its name."""
    are_dates = all(value >= _ANY_DATE or _YEARS[0] <= value <= _YEARS[1] for value in values)
    return are_dates or not _terms_of_name(name).isdisjoint(terms(NAMES_OF_TIMES))


def _without_totals(values: Mapping[int, float], totals: Mapping[int, bool]) -> dict[int, float]:
    """``values`` without those of records that sum up others.

    :param totals: the records that are called totals, with whether they are called nothing else.
    """
    summed_values = [value for number, value in values.items() if number not in totals]
    largest, total = max(summed_values, default=math.inf), _SHARE_OF_SUM * sum(summed_values)
    return {
        number: value
        for number, value in values.items()
        if number not in totals or value < (largest if totals[number] else max(largest, total))
    }
