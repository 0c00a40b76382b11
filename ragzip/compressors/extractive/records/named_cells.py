"""The records with a value that a query names as a whole: "the state reptiles of South Carolina and Florida" names two
rows, and neither is worth less for lacking the other's name, or a number that the total has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.compressors.extractive.records.members import may_tell, members
from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["have_named_value"]

_WORD = pattern_of(r"[^\W_]+(?:['’.&-](?=[^\W_])[^\W_]+)*")
_MAX_RECORDS = 2000  # more are no table that a question is asked about row by row
_MAX_QUERY_WORDS = 100
_MAX_NAME_WORDS = 8
_MAX_NAME_CHARACTERS = 60
_MAX_ALIKE = 3  # records with a name
_MAX_SHARE_ALIKE = 0.04  # of the records, that may have it too
_MIN_WORDS = 2  # of a name in small letters
_MIN_INITIALS = 3
_NO_INITIALS = frozenset(["of", "the", "and", "for", "de", "du", "des", "la", "del", "der", "die", "und", "für", "&"])


class _QueryWord(NamedTuple):
    """A word of a query in small letters, whether it begins with a capital letter or a digit, and whether only a blank
    parts it from the word before.
    """

    text: str
    is_name: bool
    follows: bool


def have_named_value(query: str, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """A mask of the records with several members of which ``query`` names a value that few of them have. Of those with
    the same name, only the ones with most values of the query. *Shape:* (n,).
    """
    is_named = np.zeros(len(texts), bool)
    query_words = list(islice(_words_of(query), _MAX_QUERY_WORDS))
    if not 1 < len(texts) <= _MAX_RECORDS or len(query_words) >= _MAX_QUERY_WORDS:
        return is_named
    records_by_name = _records_by_name(
        texts, frozenset([*(word.text for word in query_words), *_initials_of(query_words)])
    )
    spans_by_name = {name: spans for name in records_by_name if (spans := list(_spans_of(name, query_words)))}
    whole_names = [name for name, spans in spans_by_name.items() if not _is_inside_others(name, spans_by_name)]
    most_records = max(_MAX_ALIKE, _MAX_SHARE_ALIKE * len(texts))
    telling_names = [name for name in whole_names if len(records_by_name[name]) <= most_records]
    counts = _named_counts(texts, frozenset(word.text for word in query_words)) if telling_names else is_named
    for name in telling_names:
        numbers = np.array(sorted(records_by_name[name]))
        is_named[numbers[counts[numbers] == counts[numbers].max()]] = True
    return is_named


def _named_counts(texts: Sequence[str], query_words: frozenset[str]) -> npt.NDArray[np.int64]:
    """The number of values of each record whose words are all in a query, a status too: "the open ones of Orion Labs".
    *Shape:* (n,).
    """
    words_by_record = (
        [[match[0].casefold() for match in _WORD.finditer(value)] for _, value in members(text)] for text in texts
    )
    return np.array(
        [
            sum(
                bool(words) and query_words.issuperset(words) and not all(map(is_function_word, words))
                for words in record
            )
            for record in words_by_record
        ]
    )


def _words_of(text: str) -> Iterator[_QueryWord]:
    end_before = 0
    for match in _WORD.finditer(text):
        word = match[0]
        yield _QueryWord(
            word.casefold(),
            not word[0].islower() and not is_function_word(word),
            text[end_before : match.start()] == " ",
        )
        end_before = match.end()


def _records_by_name(texts: Sequence[str], query_words: frozenset[str]) -> Mapping[tuple[str, ...], set[int]]:
    """The records with each value all of whose words, or initials, are ``query_words``, by the words of the value."""
    records: defaultdict[tuple[str, ...], set[int]] = defaultdict(set)
    names_by_value: dict[str, tuple[str, ...] | None] = {}
    for number, text in enumerate(texts):
        values = [value for _, value in members(text)]
        for value in values if len(values) > 1 else ():
            if value not in names_by_value:
                names_by_value[value] = _name_in(value, query_words)
            name = names_by_value[value]
            if name is not None:
                records[name].add(number)
    return records


def _name_in(value: str, query_words: frozenset[str]) -> tuple[str, ...] | None:
    """The words of a value, or its initials, if they are ``query_words``; None otherwise."""
    if len(value) > _MAX_NAME_CHARACTERS or not may_tell(value):
        return None
    words = tuple(match[0] for match in _WORD.finditer(value))
    if not words or len(words) > _MAX_NAME_WORDS:
        return None
    name = tuple(word.casefold() for word in words)
    if query_words.issuperset(name):
        return name
    initials = _initials(words)
    return (initials,) if initials in query_words else None


def _initials(words: Sequence[str]) -> str:
    """The initials of a name of several words in small letters, "" for fewer."""
    initials = "".join(word[0] for word in words if word.casefold() not in _NO_INITIALS).casefold()
    return initials if len(initials) >= _MIN_INITIALS else ""


def _initials_of(words: Sequence[_QueryWord]) -> Iterator[str]:
    """The initials of each run of names in a query: "bnp" of "the British National Party"."""
    run: list[str] = []
    for word in (*words, _QueryWord("", False, False)):
        if run and not (word.follows and (word.is_name or word.text in _NO_INITIALS)):
            yield from filter(None, [_initials(run)])
            run = []
        if word.is_name or (run and word.text in _NO_INITIALS):
            run.append(word.text)


def _spans_of(name: Sequence[str], query_words: Sequence[_QueryWord]) -> Iterator[tuple[int, int]]:
    """The places of a name among the words of a query, where no word of a longer name stands beside it."""
    texts = [word.text for word in query_words]
    for start in range(len(texts) - len(name) + 1):
        end = start + len(name)
        if texts[start:end] != list(name):
            continue
        words = query_words[start:end]
        telling_count = sum(not is_function_word(word.text) for word in words)
        if telling_count < _MIN_WORDS and not any(word.is_name for word in words[start == 0 :]):
            continue  # "what is the gold price?" names no row "Gold"
        is_longer = (start > 1 and words[0].follows and words[0].is_name and query_words[start - 1].is_name) or (
            end < len(texts) and query_words[end].follows and words[-1].is_name and query_words[end].is_name
        )
        if not is_longer:
            yield start, end


def _is_inside_others(
    name: tuple[str, ...], spans_by_name: Mapping[tuple[str, ...], Sequence[tuple[int, int]]]
) -> bool:
    """Whether every place of a name in a query is a part of a longer one."""
    longer_spans = [span for other, spans in spans_by_name.items() if len(other) > len(name) for span in spans]
    return all(
        any(first <= start and end <= last for first, last in longer_spans) for start, end in spans_by_name[name]
    )
