"""Words that are spelled otherwise than those of a query: without accents ("telefono", "Muenchen"), in one word
("wifi", "Wi-Fi"), with an article or an ending that is written as a part of it (Arabic, Hebrew, Turkish), in the other
Chinese characters, in the other kana, shortened ("Mon", of the names of days and months), or in another form
("refunded").

They stand for a word of a query only where no text has it as it is: exact words come first.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from ragzip.text.han_variants import SIMPLIFIED
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.months import SHORT_FORMS

__all__ = ["Vocabulary", "counts_of_variants", "joined_in", "spellings_of"]

_ACCENTED = pattern_of(r"[\u00c0-\u024f\u0370-\u03ff\u1e00-\u1fff]")  # Latin and Greek
_ARABIC_WORD, _HEBREW_WORD = pattern_of("[\u0621-\u064a]{4}"), pattern_of("[\u05d0-\u05ea]{4}")
_ARABIC_PREFIX = pattern_of("(?:[وفبك]?ال|[ول]?لل|[وفبكل])(?=.{3})")  # and, so, in, as, to, the
_ARABIC_ARTICLE = pattern_of("(?:[وفبك]?ال|[ول]?لل)(?=.{3})")
_HEBREW_PREFIX = pattern_of("[והבלמשכ](?=.{3})")
_KANA, _HAN = pattern_of("[\u30a1-\u30f6]"), pattern_of("[\u4e00-\u9fff]")
_HIRAGANA_OF_KATAKANA = {katakana: katakana - 0x60 for katakana in range(0x30A1, 0x30F7)}
_WITHOUT_STROKE = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "þ": "th"})
_WITH_E = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "æ": "ae", "å": "aa"})
_LEAST_BEFORE_APOSTROPHE = 3  # characters: "istanbul'da", not "o'brien"
_SHORT_VERBS = ("ve", "re", "ll", "d", "m", "t")  # "you've" is not "you"
_LEAST_JOINED = 4  # characters of a word that may be written in two
_LEAST_INFLECTED, _MOST_OF_ENDING = 5, 4  # characters: 16 answers more, 1 less, on 1,187 dev questions of 69 sets
_FIRST_WITHOUT_BLANKS = "\u0e00"  # scripts from here on have no blanks between words
_WORDS_OF_ONE_LETTER = frozenset("aioyàéèó")  # "a way" is not "away"
_MAX_REMEMBERED = 2**14


@lru_cache(maxsize=_MAX_REMEMBERED)
def spellings_of(term: str) -> frozenset[str]:
    """The spellings by which a term is the same as another one: two are one word where they share one."""
    spellings = {term}
    stem, apostrophe, ending = term.partition("'")
    if apostrophe and len(stem) >= _LEAST_BEFORE_APOSTROPHE and ending not in _SHORT_VERBS:
        spellings.add(stem)
    if not term.isascii():
        spellings.update(*map(_other_spellings, tuple(spellings)))
    return frozenset(spellings)


def _other_spellings(term: str) -> set[str]:
    if _ACCENTED.search(term):
        marks_apart = unicodedata.normalize("NFD", term.translate(_WITHOUT_STROKE))
        return {
            "".join(character for character in marks_apart if not unicodedata.combining(character)),
            term.translate(_WITH_E),
        }
    if _ARABIC_WORD.match(term):
        prefixes = (pattern.match(term) for pattern in (_ARABIC_PREFIX, _ARABIC_ARTICLE))
        return {term[prefix.end() :] for prefix in prefixes if prefix} | {term.removesuffix("ا")}
    if _HEBREW_WORD.match(term):
        return {term[1:]} if _HEBREW_PREFIX.match(term) else set()
    if _KANA.search(term):
        return {term.translate(_HIRAGANA_OF_KATAKANA)}
    return {term.translate(SIMPLIFIED)} if _HAN.search(term) else set()


class Vocabulary:
    """The words of some texts, among which those are looked up that are a missing one in another spelling or form."""

    def __init__(self, words: Collection[str]) -> None:
        self._words = words
        self._in_order = sorted(words)
        self._by_spelling: defaultdict[str, list[str]] = defaultdict(list)
        for word in self._in_order:
            if not word.isascii() or "'" in word:  # else it has no other spelling
                for spelling in spellings_of(word):
                    self._by_spelling[spelling].append(word)

    def variants(self, term: str) -> set[str]:
        """The words that are ``term`` in another spelling; where there is none, in another form: "refunded"."""
        spellings = spellings_of(term) | SHORT_FORMS.get(term, frozenset())
        variants = {spelling for spelling in spellings if spelling in self._words}
        variants.update(*(self._by_spelling.get(spelling, ()) for spelling in spellings))
        return variants or set(self._forms(term))

    def _forms(self, term: str) -> Iterator[str]:
        if len(term) < _LEAST_INFLECTED or not term.isalpha() or term >= _FIRST_WITHOUT_BLANKS:
            return
        beginning = term[: max(_LEAST_INFLECTED, len(term) - _MOST_OF_ENDING) - 1]
        for place in range(bisect_left(self._in_order, beginning), len(self._in_order)):
            word = self._in_order[place]
            if not word.startswith(beginning):
                return
            if _are_forms(term, word):
                yield word


def _are_forms(first: str, second: str) -> bool:
    """Whether two words differ in a short ending, and perhaps in the letter before it: "biblioteka", "bibliotece"."""
    shorter, longer = sorted((first, second), key=len)
    if len(shorter) < _LEAST_INFLECTED or len(longer) - len(shorter) > _MOST_OF_ENDING or not longer.isalpha():
        return False
    return longer.startswith(shorter[:-1])


def joined_in(query_terms: Sequence[str], vocabulary: Collection[str]) -> dict[str, str]:
    """The words of ``vocabulary`` that a query writes in two, each with the part that ``vocabulary`` does not have:
    "signoff", of "sign-off".
    """
    joined: dict[str, str] = {}
    for first, second in pairwise(query_terms):
        missing = next((part for part in (first, second) if part not in vocabulary), None)
        if missing is not None and len(first + second) >= _LEAST_JOINED and first + second in vocabulary:
            joined[first + second] = missing
    return joined


def counts_of_variants(
    query_terms: Sequence[str], missing: Collection[str], texts: Sequence[Sequence[str]]
) -> Iterator[tuple[str, int, int]]:
    """Each of the ``missing`` terms of a query with the number of a text that has it in another spelling, which may be
    in two words or more, "Wi-Fi", "1 000 000", and how often.
    """
    vocabulary = set().union(*texts)
    words = Vocabulary(vocabulary)
    term_of_variant = {variant: term for term in missing for variant in words.variants(term)}
    term_of_variant |= joined_in(query_terms, vocabulary)
    beginnings = {term[:length] for term in missing for length in range(1, len(term)) if len(term) >= _LEAST_JOINED}
    beginnings = (beginnings & vocabulary) - _WORDS_OF_ONE_LETTER
    if not term_of_variant and not beginnings:
        return
    for text_number, text in enumerate(texts):
        counts: Counter[str] = Counter()
        for place, word in enumerate(text):
            if word in term_of_variant:
                counts[term_of_variant[word]] += 1
            elif word in beginnings and (parted_term := _whole_word(text, place, missing)):
                counts[parted_term] += 1
        for term, count in counts.items():
            yield term, text_number, count


def _whole_word(text: Sequence[str], place: int, missing: Collection[str]) -> str | None:
    """The missing term that ``text`` has from ``place`` on, in two words or the groups of a number; None for none."""
    joined = text[place]
    for word in text[place + 1 : place + 4]:
        joined += word
        if joined in missing:
            return joined
        if not joined.isdigit():  # of words, two are enough
            return None
    return None
