"""Words that are spelled otherwise than those of a query: without accents ("telefono", "Muenchen"), in one word
("wifi", "Wi-Fi"), with an article or an ending that is written as a part of it (Arabic, Hebrew, Turkish), in the other
Chinese characters, in the other kana, shortened ("Mon", of the names of days and months), in another form ("refunded"),
or as a part of a compound ("Kündigungsfrist").

They stand for a word of a query only where no text has it as it is: exact words come first.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from ragzip.process.lazy_property import lazy_property
from ragzip.text.han_variants import SIMPLIFIED
from ragzip.text.languages import is_of
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
_LEAST_INFLECTED, _MOST_OF_ENDING = 4, 4  # characters: 24 answers more, 4 less, on 3,314 dev questions of 105 sets
_ROMAN_NUMERALS = {  # of chapters, articles and kings; those of one letter are words
    str(tens * 10 + ones): "x" * tens + roman
    for tens in range(4)
    for ones, roman in enumerate(("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"))
    if len("x" * tens + roman) > 1
}
_NUMERALS = _ROMAN_NUMERALS | {roman: number for number, roman in _ROMAN_NUMERALS.items()}
_BEFORE_ES = ("s", "x", "z", "ch", "sh")  # in plurals
_MOST_OF_SHORT_ENDING = 2  # of the shortest words
_LEAST_COMPOUND, _LEAST_OF_COMPOUND, _LEAST_OF_OTHER_PART = 9, 5, 4  # characters: 4 more, 0 less, on 2,127 of 40 sets
_COMPOUNDING = frozenset(["de", "nl", "sv", "da", "no", "fi", "et", "hu"])  # elsewhere "table" is in "attributable"
_BEYOND_LATIN_1 = "\u0100"  # letters of languages with many endings: Polish, Czech, Turkish, Greek, Russian
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
    """The words of some texts, among which those are looked up that are a missing one in another spelling or form, or a
    compound with it.
    """

    def __init__(self, words: Collection[str]) -> None:
        self._words = words
        self._by_spelling: defaultdict[str, list[str]] = defaultdict(list)
        for word in sorted(words):
            if not word.isascii() or "'" in word:  # else it has no other spelling
                for spelling in spellings_of(word):
                    self._by_spelling[spelling].append(word)
        self._spellings = sorted({*words, *self._by_spelling})
        self._backwards = sorted(spelling[::-1] for spelling in self._spellings)

    def variants(self, term: str) -> set[str]:
        """The words that are ``term`` in another spelling; where there is none, in another form, "refunded"; where
        there is none either, the compounds with it and its parts: "Kündigungsfrist", of "Frist".
        """
        spellings = spellings_of(term) | SHORT_FORMS.get(term, frozenset())
        return (
            self._spelled(spellings)
            or self._spelled(form for spelling in spellings for form in self._forms(spelling))
            or self._spelled(word for spelling in spellings for word in self._compounds(spelling))
        )

    def _spelled(self, spellings: Iterable[str]) -> set[str]:
        """The words with one of ``spellings``."""
        words: set[str] = set()
        for spelling in spellings:
            words.update(self._by_spelling.get(spelling, ()))
            if spelling in self._words:
                words.add(spelling)
        return words

    @lazy_property
    def _has_compounds(self) -> bool:
        """Whether the texts are of languages that write compounds in one word; the shortest words tell."""
        return is_of(" ".join(sorted(self._words, key=lambda word: (len(word), word))), _COMPOUNDING)

    def _forms(self, term: str) -> Iterator[str]:
        if len(term) <= _LEAST_INFLECTED and _is_of_letters(term):  # "bus" and "buse", the stem of "buses"
            bare = term.removesuffix("e")
            yield from (bare, f"{bare}e") if bare.endswith(_BEFORE_ES) else ()
        if term in _NUMERALS:
            yield _NUMERALS[term]
        if len(term) >= _LEAST_INFLECTED and _is_of_letters(term):
            words = _beginning_with(term[:_LEAST_INFLECTED], self._spellings)
            yield from (word for word in words if _are_forms(term, word))

    def _compounds(self, term: str) -> Iterator[str]:
        if len(term) < _LEAST_OF_COMPOUND or not _is_of_letters(term) or not self._has_compounds:
            return
        least_length = max(_LEAST_COMPOUND, len(term) + _LEAST_OF_OTHER_PART)
        for word in _beginning_with(term, self._spellings):
            if len(word) >= least_length:
                yield word
        for word in _beginning_with(term[::-1], self._backwards):
            if len(word) >= least_length:
                yield word[::-1]
        if len(term) >= _LEAST_COMPOUND:
            for length in range(_LEAST_OF_COMPOUND, len(term) - _LEAST_OF_OTHER_PART + 1):
                yield term[:length]
                yield term[-length:]


def _is_of_letters(term: str) -> bool:
    """Whether a term is a word of a script with blanks between words."""
    return term.isalpha() and term < _FIRST_WITHOUT_BLANKS


def _beginning_with(beginning: str, words: Sequence[str]) -> Iterator[str]:
    """The ones of ``words`` (sorted) that begin with ``beginning``."""
    for place in range(bisect_left(words, beginning), len(words)):
        if not words[place].startswith(beginning):
            return
        yield words[place]


def _are_forms(first: str, second: str) -> bool:
    """Whether two words differ in a short ending, and perhaps in the last letters before it: "biblioteka",
    "bibliotece"; "Hund" is short, and has no letter to lose.
    """
    shorter, longer = sorted((first, second), key=len)
    if len(shorter) < _LEAST_INFLECTED or len(longer) - len(shorter) > _MOST_OF_ENDING or not longer.isalpha():
        return False
    if len(shorter) == _LEAST_INFLECTED:
        return len(longer) <= _LEAST_INFLECTED + _MOST_OF_SHORT_ENDING and longer.startswith(shorter)
    may_lose_two = len(shorter) > _LEAST_INFLECTED + 1 and max(longer) >= _BEYOND_LATIN_1
    letters_lost = 2 if may_lose_two else 1
    return longer.startswith(shorter[:-letters_lost])


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
    lengths = sorted({len(word) for word in vocabulary if word})
    joined_terms = [term for term in missing if len(term) >= _LEAST_JOINED]
    beginnings = {term[:length] for term in joined_terms for length in lengths[: bisect_left(lengths, len(term))]}
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
