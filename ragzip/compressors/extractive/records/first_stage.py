"""The first stage for texts of many records: which of them a model reads.

A model takes a millisecond and more for a record, so of a long log or table it reads the records that share most with
the query's wording, and the first and last of each group (:class:`~ragzip.text.structure.base.StructuredUnit`), which
stands for the rest of it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice, pairwise

import numpy as np
import numpy.typing as npt

from ragzip.compressors.extractive.records.dates import date_mentions
from ragzip.compressors.extractive.records.items import Items
from ragzip.compressors.outline import Outline
from ragzip.text.languages import is_function_word, prose_in
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import LETTERS
from ragzip.text.structure import Item
from ragzip.text.words import content, terms

__all__ = [
    "SHORT_FORMS",
    "RecordTexts",
    "identifier_shares",
    "identifiers_of",
    "query_words",
    "rare_word_shares",
    "units_to_read",
]

_MAX_RECORDS = 200  # of a text that are read without a choice
_MAX_WORDED = 48  # records that are read for their wording
_MAX_ALIKE = 8  # of them, of a group and with the same words of the query
_MAX_GROUPS = 24  # whose first and last record are read
_IDENTIFIER = pattern_of(
    r"(?<![^\s,;!?()\[\]{}<>\"'`=])[^\s,;!?()\[\]{}<>\"'`=\d]*+\d[^\s,;!?()\[\]{}<>\"'`=]*+"
)  # a number, a date, a path with a digit
_COMMAND = pattern_of(r"\d>&\d|\s\|\s|&&|/dev/null|\"command\":")  # of a shell
_OPTION = pattern_of(r"\d>&\d|(?<![^\s\"'])-{1,2}[A-Za-z-]*\d+(?!\w)")  # of a command: "-100", "-n5"
_MAX_QUERY_WORDS = 100  # identifiers, and terms besides, that are looked for: a whole text may be given as a query
_YEAR = pattern_of(r"(?:1[5-9]|20)\d\d")
_QUOTED_NAME = pattern_of(r"[\"“”„«「『]([^\"“”„«»「」『』\n]{2,60})[\"“”»」』]")
_MAX_RECORDS_OF_NAME = 3
_MIN_RARE_LETTERS = 4
_ENDING = pattern_of(r"(?:ed|ing|ion)$")
_MIN_LETTERS_OF_BEGINNING = 5  # of a word
_MAX_RARE_SHARE = 0.04  # of the records that have a rare word, where one is less
_LEAST_WORTH = 0.5  # of the words of a text that is raised above all others
_MAX_FEW_TEXTS = 3  # with a word that is not rare, and tells them from most others
_WORTH_OF_KIND = 0.25  # of a word for what a record is, beside a name
_KINDS = frozenset(  # of things: "the rollup process" is named by the other word
    re.findall(
        r"\w+",
        """
        account address agent article average branch category city class client code column company container country
        customer data date department device disk district employee entry event file flag group highest host invoice
        issue item largest line list lowest machine maximum member message minimum name node number order package page
        part patient person place position process product program project record region request result role row section
        server service state status store street student system table task team tenant test ticket time title total
        transaction type unit user value vehicle version volume week worker year
        """,
    )
)
_FORMS_OF_WORDS = {
    "production": "prod",
    "development": "dev",
    "database": "db",
    "memory": "mem",
    "processor": "cpu",
    "quantity": "qty",
    "temperature": "temp",
    "average": "avg",
    "environment": "env",
    "repository": "repo",
    "directory": "dir",
}
SHORT_FORMS = {terms(word)[0]: short_form for word, short_form in _FORMS_OF_WORDS.items()}
"""Short forms of terms, in settings and in names of hosts and columns."""
_MIN_PREFIX = 4  # letters of a term that a word has to begin with: terms are stems
_NUMBER = pattern_of(r"\d+(?:[.,]\d+)?")
_YEAR_BEHIND = pattern_of(r"(?:\d\d)?\d\d(?![\w/]|\.\d)")
_REST_OF_NUMBER = pattern_of(r"\.(?!0(?!\d))\d|,\d{1,2}(?!\d|,\S)")  # "4777.32", and "1.20" of "1"; not "2.0" of "2"


def units_to_read(query: str | None, outline: Outline, source: str) -> list[int]:
    """The units of ``outline``, by number, that a model reads: all but the records that have nothing to do with
    ``query``, where there are many, or many are alike.
    """
    record_numbers = [number for number, is_record in enumerate(outline.records) if is_record]
    has_groups = any(group is not None for group in outline.groups)
    if len(record_numbers) <= _MAX_RECORDS and not has_groups:
        return list(range(len(outline.spans)))
    chosen = {number for number, is_record in enumerate(outline.records) if not is_record}
    if len(record_numbers) <= _MAX_RECORDS:
        chosen.update(number for number in record_numbers if outline.groups[number] is None)
    chosen.update(_ends_of_groups(outline))
    if query is None:
        ungrouped = (number for number in record_numbers if outline.groups[number] is None)
        chosen.update(number for number, _ in zip(ungrouped, range(_MAX_RECORDS), strict=False))
    else:
        chosen.update(_worded(query, outline, source, record_numbers))
    return sorted(chosen)


def _ends_of_groups(outline: Outline) -> Iterator[int]:
    """The first and the last unit of each group; of too many groups, those of the smallest ones."""
    first_of_group: dict[int, int] = {}
    last_of_group: dict[int, int] = {}
    sizes: dict[int, int] = {}
    for number, group in enumerate(outline.groups):
        if group is not None:
            first_of_group.setdefault(group, number)
            last_of_group[group] = number
            sizes[group] = sizes.get(group, 0) + 1
    for group in sorted(sizes, key=lambda group: sizes[group])[:_MAX_GROUPS]:
        yield from {first_of_group[group], last_of_group[group]}


def _worded(query: str, outline: Outline, source: str, record_numbers: Sequence[int]) -> list[int]:
    """The records that share most with the query's wording, rare words first."""
    records = RecordTexts([outline.text_of(number, source) for number in record_numbers])
    items = Items([outline.items[number] for number in record_numbers] if outline.items else ())
    scores = np.zeros(len(records))
    for notations, is_whole in query_words(query):
        numbers = records.with_any_word(notations, is_whole=is_whole)
        if numbers:
            rarity = (len(records) - len(numbers) + 0.5) / (len(numbers) + 0.5)
            scores[items.with_records(numbers)] += np.log(1 + rarity)
    worded: list[int] = []
    alike: Counter[tuple[int | None, float]] = Counter()
    for number in np.argsort(-scores, kind="stable").tolist():
        if scores[number] <= 0 or len(worded) == _MAX_WORDED:
            break
        group = outline.groups[record_numbers[number]]
        alike[group, scores[number]] += 1
        if group is None or alike[group, scores[number]] <= _MAX_ALIKE:
            worded.append(record_numbers[number])
    return worded


def query_words(query: str) -> Iterator[tuple[tuple[str, ...], bool]]:
    """The words that a casefolded record may share with ``query``, and whether they must match whole words or only the
    beginnings of words: its identifiers, each in any of its notations, short terms, and the beginnings of longer ones.
    """
    query = _without_options(query)
    identifiers = identifiers_of(query)
    for notations in identifiers:
        yield notations, True
    for term in _longest(set(terms(query))):
        if not any(term in notation for notations in identifiers for notation in notations):
            if len(term) < _MIN_PREFIX:
                yield (term, *_words_of_term(query, term)), True
            else:
                yield (term[: max(_MIN_PREFIX, len(term) - 1)],), False  # stemming may have changed the last letter
            if term in SHORT_FORMS:
                yield (SHORT_FORMS[term],), True


def _without_options(query: str) -> str:
    """``query`` without the numbers of options, if it is a command of the shell: how many lines it gives says nothing
    of them.
    """
    return _OPTION.sub(" ", query) if _COMMAND.search(query) else query


def _words_of_term(query: str, term: str) -> list[str]:
    """The words of ``query`` that have the stem ``term``, other than that: "kids" of "kid"."""
    words = {word.casefold() for word in LETTERS.findall(query)} - {term}
    return sorted(word for word in words if word.startswith(term) and terms(word) == [term])


class RecordTexts:
    """The texts of records, casefolded, in one, in which words are looked up at once."""

    def __init__(self, texts: Sequence[str]) -> None:
        folded_texts = [text.casefold() for text in texts]
        self._all_text = "\n".join(folded_texts)
        self._starts = list(accumulate((len(text) + 1 for text in folded_texts), initial=0))

    def __len__(self) -> int:
        return len(self._starts) - 1

    def with_word(self, word: str, *, is_whole: bool) -> Iterator[int]:
        """The numbers of the records with a word that is or, if not ``is_whole``, begins with ``word``."""
        is_number = is_whole and _NUMBER.fullmatch(word) is not None
        place = self._all_text.find(word)
        while place >= 0:
            end = place + len(word)
            begins_word = not place or not self._all_text[place - 1].isalnum() or self._begins_time(place)
            begins_word &= not (":" in word and self._all_text.startswith(":", place - 1))
            is_other = is_number and self._is_part_of_number(place, end)
            if begins_word and not is_other and (not is_whole or self._ends_word(word, end)):
                number = bisect_right(self._starts, place) - 1
                yield number
                end = self._starts[number + 1]
            place = self._all_text.find(word, end)

    def with_any_word(self, notations: Sequence[str], *, is_whole: bool) -> list[int]:
        """The numbers, sorted, of the records with one of ``notations`` as :meth:`with_word`."""
        return sorted({number for word in notations for number in self.with_word(word, is_whole=is_whole)})

    def _is_part_of_number(self, start: int, end: int) -> bool:
        """Whether a number there has more digits before or after its point: 4777 in "4777.32" is another one."""
        before = self._all_text[max(0, start - 2) : start]
        is_fraction = before[-1:] == "." and before[:1].isdigit()
        return is_fraction or _REST_OF_NUMBER.match(self._all_text, end) is not None

    def _ends_word(self, word: str, end: int) -> bool:
        """Whether ``word`` is a whole one up to ``end``: a date without a year may have one there, "02.07.2024"."""
        if not self._all_text[end : end + 1].isalnum():
            return not word.endswith("/")
        return word[-1] in "./" and _YEAR_BEHIND.match(self._all_text, end) is not None

    def _begins_time(self, place: int) -> bool:
        """Whether a time begins after a date there: "2024-05-01T10:20"."""
        before = self._all_text[max(0, place - 2) : place]
        return before[-1:] == "t" and before[:1].isdigit() and self._all_text[place].isdigit()


def identifier_shares(
    query: str, texts: Sequence[str], items: Sequence[tuple[Item, ...]] = ()
) -> npt.NDArray[np.float64]:
    """The share of the identifiers of ``query`` that each of ``texts``, or a record that it is in, has, relative to the
    one that has most of them (1 for all where none has any). Years do not count: the caption of a table may give them
    for all its rows. *Shape:* (n,).

    :param items: the records that each is in.
    """
    records, all_items = RecordTexts(texts), Items(items)
    counts = np.zeros(len(records))
    for notations in identifiers_of(query):
        if not _YEAR.fullmatch(notations[0]):
            counts[all_items.with_records(records.with_any_word(notations, is_whole=True))] += 1
    most = counts.max(initial=0)
    return counts / most if most else np.ones(len(records))


def rare_word_shares(query: str, texts: Sequence[str], titles: Sequence[str | None] = ()) -> npt.NDArray[np.float64]:
    """The share of the rare words of ``query`` that each of ``texts`` has, relative to the text that has most of them
    (0 for all where none has any), or less where other words of it tell a few texts from the rest. Rare words are in
    one of the texts, or in very few of many; they name what the query is about, as numbers do, and parts of names count
    ("vg0-backup"). Sentences get 0: models read them. A name in quotation marks has to be there as a whole, and counts
    as much as all rare words together. *Shape:* (n,).

    :param titles: of the documents that the texts are in; a word of one is about all of it, and not rare there.
        Default: none.
    """
    query_words = _rare_candidates(query)
    worth = np.zeros(len(texts))
    if len(texts) < 2 or not query_words:
        return worth
    quoted = _has_quoted_name(query, texts)
    texts_by_word = _texts_by_word(query_words, texts, titles or [None] * len(texts))
    most_texts = max(1.0, _MAX_RARE_SHARE * len(texts))
    highest_worth = _LEAST_WORTH
    for word, numbers in texts_by_word.items():
        worth_of_word = _WORTH_OF_KIND if word in _KINDS else 1.0
        if len(numbers) <= most_texts:
            worth[numbers] += worth_of_word
        elif len(numbers) <= _MAX_FEW_TEXTS:  # "Lisinopril" tells what is asked, and not "patient"
            highest_worth = max(highest_worth, worth_of_word)
    highest_worth = max(highest_worth, float(worth.max()))
    worth[[number for number in np.flatnonzero(worth).tolist() if _is_sentence(texts[number])]] = 0.0
    return np.where(quoted, 1.0, worth / highest_worth)


def _has_quoted_name(query: str, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """A mask of the ``texts`` that have a name which ``query`` has in quotation marks, and which few of them have.
    *Shape:* (n,).
    """
    has_name = np.zeros(len(texts), bool)
    names = [match[1].strip().casefold() for match in islice(_QUOTED_NAME.finditer(query), _MAX_QUERY_WORDS)]
    records = RecordTexts(texts if names else ())
    for name in filter(None, names):
        numbers = list(records.with_word(name, is_whole=True))
        if len(numbers) <= max(_MAX_RECORDS_OF_NAME, _MAX_RARE_SHARE * len(texts)):
            has_name[numbers] = True
    return has_name


def _texts_by_word(words: Sequence[str], texts: Sequence[str], titles: Sequence[str | None]) -> dict[str, list[int]]:
    """The numbers of the texts with each of ``words``, themselves or in their titles; of one that none has, of those
    with a word that begins as it does: "assignee" for "assigned".
    """
    terms_of_titles = {title: set(_letter_terms(title or "")) for title in set(titles)}
    beginning_by_word = {word: _ENDING.sub("", word) for word in words}
    beginnings = {word for word in beginning_by_word.values() if len(word) >= _MIN_LETTERS_OF_BEGINNING}
    lengths = sorted(set(map(len, beginnings)))
    texts_by_word: dict[str, list[int]] = {word: [] for word in words}
    texts_by_beginning: dict[str, list[int]] = {beginning: [] for beginning in beginnings}
    for number, (text, title) in enumerate(zip(texts, titles, strict=True)):
        text_terms = terms_of_titles[title].union(_letter_terms(text))
        for word in text_terms.intersection(texts_by_word):
            texts_by_word[word].append(number)
        for beginning in beginnings.intersection(term[:length] for term in text_terms for length in lengths):
            texts_by_beginning[beginning].append(number)
    return {
        word: numbers or texts_by_beginning.get(beginning_by_word[word], []) for word, numbers in texts_by_word.items()
    }


def _rare_candidates(query: str) -> list[str]:
    """The words of ``query`` that may name something, sorted."""
    query_terms = content(query).intersection(_letter_terms(query))
    telling_terms = {term for term in query_terms if len(term) >= _MIN_RARE_LETTERS and not is_function_word(term)}
    pairs = pairwise(word.casefold() for word in LETTERS.findall(query))
    joined_words = {
        f"{first}{second}" for first, second in pairs if not (is_function_word(first) or is_function_word(second))
    }
    return _longest(telling_terms | joined_words)


def _is_sentence(text: str) -> bool:
    """Whether most words of a record stand in prose."""
    return 2 * len(prose_in(text).split()) > len(text.split())


def _letter_terms(text: str) -> list[str]:
    """The terms of the runs of letters in ``text``."""
    return terms(" ".join(LETTERS.findall(text)))


def identifiers_of(query: str) -> list[tuple[str, ...]]:
    """The numbers, dates, paths with a digit … of ``query``, casefolded and sorted; dates and times in all notations
    that records may have. Options of commands are none.
    """
    query = _without_options(query)
    dates = list(islice(date_mentions(query), _MAX_QUERY_WORDS))
    words = {
        match.group().strip(".:-").casefold()
        for match in _IDENTIFIER.finditer(query)
        if not any(match.start() < date.end and date.start < match.end() for date in dates)
    }
    return [*dict.fromkeys(date.notations for date in dates), *((word,) for word in _longest(words - {""}))]


def _longest(query_words: set[str]) -> list[str]:
    """The longest of ``query_words``, sorted."""
    return sorted(sorted(query_words, key=lambda word: (-len(word), word))[:_MAX_QUERY_WORDS])
