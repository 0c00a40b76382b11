"""Rules for the record of a list that a query names, and for the values of it that the query asks for.

"Who is assigned to issue 4106?": the number picks the record, "assigned" the value of it. Records that lack what picks
one give way; in the record that is picked the values compete for the rest of the query, and the best of them comes with
what names it.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.compressors.extractive.records.first_stage import SHORT_FORMS, RecordTexts, query_words
from ragzip.compressors.extractive.records.items import Items
from ragzip.compressors.extractive.records.members import may_tell, members
from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.compressors.relevance import worth_of_others
from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import LETTERS
from ragzip.text.scores import Scores
from ragzip.text.structure import Item
from ragzip.text.words import terms

__all__ = ["with_picked_records"]

_WORTH_IN_DOUBT = 0.5  # beside one that has a rare word of the query
_WORTH_OF_PICKED = 0.9  # of the best score of its list, that of the best value of the record that the query names
_WORTH_OF_REST = 0.3  # of the best value, that of the rest of a record that may name otherwise what is asked
_SHARE_OF_REST = 0.1  # of that, by the method's score
_MAX_VALUES_OF_WHOLE = 20  # of a record that is then kept whole
_SHARE_OF_WORDING = 0.7  # in what tells the values of a record from one another; the rest is the method's score
_MORE_OF_INNER = 0.01  # of the worth of a value, for each record around the one that is picked
_SHARE_OF_BEST = 0.9  # of the evidence for the best record, that for others as good
_WEIGHT_OF_SHARED = 0.5  # of a number that many records have, beside a rare word
_MIN_WORDS = 2  # that pick a record which has no name of them alone
_MAX_NAME_CHARACTERS = 100
_KEY_PARTS = pattern_of(r"[.:/_-]")
_TEXT_KEY = pattern_of(r"\b(?:text|body|message|content|msg|comment|reply|answer)$", re.IGNORECASE)
_PARTS = pattern_of(r": |, |; |[()\n]")  # what parts the keys and values of a record as it is read


class _Word(NamedTuple):
    """A word of a query: whether it has a digit, and the units that have it."""

    is_identifier: bool
    units: frozenset[int]


class _PickingWords(NamedTuple):
    """The words of a query that a record has, but for function words; the words, by number, that pick each record; and
    whether no record has another word, of some letters: what the query asks for may have another name there.
    """

    words: Sequence[_Word]
    evidence: Mapping[Item, Sequence[int]]
    has_missing_word: bool


def with_picked_records(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units, lower for records in the same list as one that ``query`` names, and higher for the
    values of that one which the rest of the query asks for. *Shape:* (n,) both.
    """
    outline, source = text.outline, text.source
    if query is None or not any(outline.items):
        return scores
    items = Items(outline.items)
    texts = [outline.text_of(number, source) for number in range(len(outline.spans))]
    needs = [relation.needs for relation in outline.relations]
    choice = _Choice(
        _picking_words(query, texts, items),
        items,
        _Names(query, texts, items),
        needs,
        scores.copy(),
        worth_of_others(query),
    )
    for records in items.by_list().values():
        choice.weigh(records)
    return choice.scores


def _picking_words(query: str, texts: Sequence[str], items: Items) -> _PickingWords:
    telling_query = LETTERS.sub(lambda word: "" if is_function_word(word[0].casefold()) else word[0], query)
    record_texts = RecordTexts(texts)
    words: list[_Word] = []
    has_missing_word = False
    for notations, is_whole in query_words(telling_query):
        units = frozenset(record_texts.with_any_word(notations, is_whole=is_whole))
        if units:
            words.append(_Word(any(map(str.isdigit, notations[0])), units))
        else:
            has_missing_word |= not is_whole
    evidence: defaultdict[Item, list[int]] = defaultdict(list)
    for word_number, word in enumerate(words):
        for item in items.picked(word.units):
            evidence[item].append(word_number)
    return _PickingWords(words, evidence, has_missing_word)


class _Names:
    """Keys and values that stand in a query as a whole."""

    def __init__(self, query: str, texts: Sequence[str], items: Items) -> None:
        query_terms = terms(query)
        self._query_terms = frozenset(
            [*query_terms, *(SHORT_FORMS[term] for term in query_terms if term in SHORT_FORMS)]
        )
        self._texts = texts
        self._items = items
        self._has_name: dict[int, bool] = {}
        self._values: dict[int, list[tuple[str, bool]]] = {}
        self._is_named_by_text: dict[str, bool] = {}

    def stands_in(self, number: int) -> bool:
        """Whether the query has all words of a value, or of a key, of a unit."""
        if number not in self._has_name:
            parts = _PARTS.split(self._texts[number])
            names = [*parts, *(word for part in parts for word in part.split() if word[0] == "/")]
            self._has_name[number] = any(map(self._is_named, names))
        return self._has_name[number]

    def called(self, records: Sequence[Item]) -> list[Item]:
        """The records of a list whose key, or whose values of members that all of them have, are in the query: "the app
        service", "in staging". None where these do not distinguish any from the others.
        """
        if records[0].has_key:
            keys = self.keys(records)
            called = [record for record in records if self._is_named(keys[record])]
            return called if len(called) < len(records) else []
        values: defaultdict[str, dict[Item, bool]] = defaultdict(dict)
        for record in records:
            for number in self._items.units[record]:
                for name, tells in self._members(number):
                    values[name].setdefault(record, tells)
        called = list(records)
        for is_named in values.values():
            if len(is_named) == len(records) and any(is_named.values()):
                called = [record for record in called if is_named[record]]
        return called if len(called) < len(records) else []

    def _members(self, number: int) -> list[tuple[str, bool]]:
        """The names of the members of a unit, and whether the value of each is in the query and distinctive."""
        if number not in self._values:
            self._values[number] = [
                (name, self._is_named(value) and may_tell(value)) for name, value in members(self._texts[number])
            ]
        return self._values[number]

    def keys(self, records: Sequence[Item]) -> dict[Item, str]:
        """The key of each record: the first word of its units after the words that all units of the list begin with."""
        first_words = {record: self._texts[self._items.units[record][0]].split() for record in records}
        all_words = list(first_words.values())
        shared = 0
        while all(len(words) > shared + 1 and words[shared] == all_words[0][shared] for words in all_words):
            shared += 1
        return {record: _KEY_PARTS.sub(" ", words[shared]) if words else "" for record, words in first_words.items()}

    def is_question(self, number: int) -> bool:
        """Whether a unit is a question."""
        return self._texts[number].rstrip().endswith(("?", "？"))

    def is_text(self, number: int) -> bool:
        """Whether a unit is a text of several words."""
        name, _, value = self._texts[number].rpartition(": ")
        return _TEXT_KEY.search(name) is not None and " " in value.strip()

    def _is_named(self, name: str) -> bool:
        if not name or len(name) > _MAX_NAME_CHARACTERS:
            return False
        if name not in self._is_named_by_text:
            name_terms = terms(name)
            self._is_named_by_text[name] = bool(name_terms) and self._query_terms.issuperset(name_terms)
        return self._is_named_by_text[name]


class _Choice:
    """The scores of units, weighed by the records that a query picks, list by list, the outer ones first."""

    def __init__(
        self,
        picking_words: _PickingWords,
        items: Items,
        names: _Names,
        needs: Sequence[Sequence[int]],
        scores: npt.NDArray[np.float64],
        worth_of_others: float,
    ) -> None:
        self.words, self.evidence, self._has_missing_word = picking_words
        self.items, self.names, self.needs, self.scores = items, names, needs, scores
        self._worth_of_others = worth_of_others
        self._has_given_way = np.zeros(len(scores), bool)

    def weigh(self, records: Sequence[Item]) -> None:
        """Weigh the units of a list. A record that is one unit, and has no key, has itself the words that pick it."""
        is_identified = any(
            self.words[number].is_identifier for record in records for number in self.evidence.get(record, ())
        )
        called = [] if is_identified else self.names.called(records)
        if called:
            uncalled = set(records).difference(called)
            uncalled_units = [number for record in uncalled for number in self.items.units[record]]
            self.scores[uncalled_units] *= _WORTH_IN_DOUBT
        if not records[0].has_key and all(len(self.items.units[record]) == 1 for record in records):
            return
        picked = [record for record in called or records if record in self.evidence]
        if not picked or self._has_given_way[self.items.units[picked[0]][0]]:
            return
        weights = {record: self._weight(record) for record in picked}
        picked.sort(key=lambda record: -weights[record])
        named = [
            record
            for record in picked
            if weights[record] >= _SHARE_OF_BEST * weights[picked[0]] and self._is_named(record)
        ]
        staying = self._not_lacking(picked, weights)
        replies = self._replies(named, records) if named else []
        staying.update(replies)
        if records[0].has_key:  # sections of one file, a record each, have its name
            keys = self.names.keys(records)
            kept_keys = {keys[record] for record in staying}
            staying.update(record for record in records if keys[record] in kept_keys)
        best_score = max(float(self.scores[self.items.units[record]].max()) for record in records)
        for record in records:
            if record not in staying:
                units = self.items.units[record]
                self.scores[units] *= self._worth_of_others if named else _WORTH_IN_DOUBT
                self._has_given_way[units] |= bool(named)
        for record in named:
            self._weigh_values(record, best_score)
        for record in replies:
            self._weigh_reply(record, best_score)

    def _weight(self, record: Item) -> float:
        """The weight of a record: the number of its rare words, numbers counted twice, and a part of that for numbers
        that other records have too.
        """
        rare_words = self.evidence[record]
        units = self.items.units[record]
        shared_numbers = sum(
            word.is_identifier and number not in rare_words and not word.units.isdisjoint(units)
            for number, word in enumerate(self.words)
        )
        rare_count = sum(1 + self.words[number].is_identifier for number in rare_words)
        return rare_count + _WEIGHT_OF_SHARED * shared_numbers

    def _is_named(self, record: Item) -> bool:
        """Whether a record is surely picked: by a number, by several words, or by a name of it."""
        words = self.evidence[record]
        if len(words) >= _MIN_WORDS or any(self.words[word].is_identifier for word in words):
            return True
        return any(
            number in self.words[word].units and self.names.stands_in(number)
            for word in words
            for number in self.items.units[record]
        )

    def _not_lacking(self, picked: Sequence[Item], weights: Mapping[Item, float]) -> set[Item]:
        """The records of ``picked`` (the best first) that are about as good as the best, or have a word that no better
        one has.
        """
        staying: set[Item] = set()
        met: set[int] = set()
        for record in picked:
            if not met.issuperset(self.evidence[record]):
                staying.add(record)
                met.update(self.evidence[record])
            elif weights[record] >= _SHARE_OF_BEST * weights[picked[0]]:
                staying.add(record)
        return staying

    def _replies(self, named: Sequence[Item], records: Sequence[Item]) -> list[Item]:
        """The records that follow those which ask the question of the query, without an answer: messages of a chat."""
        record_by_place = {record.place: record for record in records}
        behind = [
            record_by_place.get(record.place + 1)
            for record in named
            if any(self._is_open_question(number, record) for number in self._picking_units(record))
        ]
        return [record for record in behind if record is not None and record not in named]

    def _is_open_question(self, number: int, record: Item) -> bool:
        """Whether a unit of a record is a question, and names no answer there."""
        is_name = any(number in self.needs[other] for other in self.items.units[record])
        return not is_name and self.names.is_question(number)

    def _picking_units(self, record: Item) -> list[int]:
        words = [self.words[number] for number in self.evidence[record]]
        return [number for number in self.items.units[record] if any(number in word.units for word in words)]

    def _weigh_reply(self, record: Item, best_score: float) -> None:
        """Weigh the values of a record that answers: its text, and the values that the rest of the query asks for."""
        self._weigh_values(record, best_score)
        texts = [number for number in self.items.units[record] if self.names.is_text(number)]
        self.scores[texts] = np.maximum(self.scores[texts], _WORTH_OF_PICKED * best_score)

    def _weigh_values(self, record: Item, best_score: float) -> None:
        """Weigh the values of a record by the rest of the query: those that do not pick it themselves."""
        units = self.items.units[record]
        wording = np.zeros(len(units))
        naming = {needed for number in units for needed in self.needs[number]}
        is_picking = np.array([number in naming for number in units])
        for word_number, word in enumerate(self.words):
            has_word = np.array([number in word.units for number in units])
            count = int(has_word.sum())
            if not 0 < count < len(units):  # it tells none from the others
                continue
            if word_number in self.evidence.get(record, ()):
                is_picking |= has_word
            else:
                wording[has_word] += math.log(1 + (len(units) - count + 0.5) / (count + 0.5))
        wording[is_picking] = 0.0
        method_scores = self.scores[units]
        ranks = np.minimum(1.0, _of_best(method_scores, ~is_picking))
        if wording.any():
            worth = (_SHARE_OF_WORDING * _of_best(wording) + (1 - _SHARE_OF_WORDING) * ranks) ** 3
        else:
            worth = (1 - _SHARE_OF_WORDING) * ranks
        if not is_picking.any():  # what picks the record stands over it
            worth = _of_best(worth)
        if self._has_missing_word and len(units) <= _MAX_VALUES_OF_WHOLE:
            worth = np.maximum(worth, _WORTH_OF_REST * (1 + _SHARE_OF_REST * ranks))
        depth = self.items.of_units[units[0]].index(record)
        ranked_scores = (1 + _MORE_OF_INNER * depth) * _WORTH_OF_PICKED * best_score * worth
        self.scores[units] = np.where(is_picking, np.maximum(method_scores, ranked_scores), ranked_scores)


def _of_best(values: npt.NDArray[np.float64], counts: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.float64]:
    """The values as shares of the best one among those that count. *Shape:* (n,) all."""
    best = float((values if counts is None else values[counts]).max(initial=0.0))
    return values / best if best > 0 else values
