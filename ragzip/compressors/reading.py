"""The texts of a call that a model does not read, by their language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from ragzip.backends.runtimes.onnx import load_onnx
from ragzip.models import shipped
from ragzip.process.forking import guarded
from ragzip.text.languages import SPANISH_MARK, has_own_script, language_of, words_of_two
from ragzip.text.patterns import LETTERS
from ragzip.types import Note

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["UNKNOWN", "asks_in_another_language", "unread_language", "unread_languages", "unread_note"]

_ENGLISH = "en"
UNKNOWN = "und"  # ISO 639-2: a language that is not told
_SCRIPT_NAMES = {"CJK": "Chinese", "HIRAGANA": "Japanese", "KATAKANA": "Japanese", "HANGUL": "Korean"}
_MOST_SAMPLED = 3000  # characters of all texts, by which their language is told
_FEWEST_SAMPLED = 200  # characters of one text
_FIRST_NOT_LATIN = "\u0370"
_FEWEST_WORDS = 12  # of a text in Latin letters, beside others that are read
_FEWEST_FUNCTION_WORDS, _LEAST_LEAD = 3, 4.0  # of the other language alone, and as a multiple of the English ones
_FEWEST_IN_QUERY = 2
_MORE_ENGLISH = frozenset(
    re.findall(r"\w+", "a an i he she we you so do no me my up us all one two over into such out who about")
)
_FEWEST_WORDS_OF_UNKNOWN = 25  # of a text whose language the table of words does not have
_MOST_ENGLISH, _LEAST_LOWER_CASE = 0.02, 0.6  # then: shares of its words
_LEAST_PIECES = 2.0  # then: pieces of the English vocabulary a word; English prose has 1.2, names and code up to 2


def unread_language(query: str | None, texts: Sequence[str], languages: Collection[str] | None) -> str | None:
    """The language (ISO 639-1) of the texts, or else of the query, if it is told for sure and is none of ``languages``;
    else None, as where ``languages`` is None: they are not known.

    The language of a short query in Latin letters is easily mistaken: that of the texts comes first.
    """
    if languages is None:
        return None
    characters_per_text = max(_FEWEST_SAMPLED, _MOST_SAMPLED // max(1, len(texts)))
    text_language = language_of(
        "\n".join(text[:characters_per_text] for text in texts[: _MOST_SAMPLED // _FEWEST_SAMPLED])
    )
    if text_language is not None and text_language not in languages:
        return text_language
    query_language = language_of(query or "")
    if (
        query_language is None
        or query_language in languages
        or (text_language is not None and max(query or "") < _FIRST_NOT_LATIN)
    ):
        return None
    return query_language


def unread_languages(query: str | None, texts: Sequence[str], languages: Collection[str] | None) -> list[str | None]:
    """The language for which each text cannot be read with the query: its own, or that of the query; None where
    it can. :data:`UNKNOWN` is a language that the table of words does not have; where only its script is told, that.

    A text is told from the others only where that is sure: titles, names and lists of names in a foreign language stand
    in many English texts.
    """
    if languages is None:
        return [None] * len(texts)
    call_language = unread_language(query, texts, languages)
    query_language = UNKNOWN if _is_in_another_script(query or "") else language_of(query or "")
    if query_language == UNKNOWN:
        return [call_language or _script_of(query or "")] * len(texts)
    if query_language is not None and query_language not in languages:
        if call_language is None and _is_surely(query_language, query or "", _FEWEST_IN_QUERY):
            call_language = query_language
        if call_language is not None:
            return [call_language] * len(texts)
    return [_unread(text[:_MOST_SAMPLED], query_language, call_language, languages) for text in texts]


def asks_in_another_language(query: str, text: str) -> bool:
    """Whether ``query`` is surely in another language than ``text``: by their scripts, or by function words."""
    if _is_in_another_script(query) != _is_in_another_script(text):
        return True
    query_language, text_language = language_of(query), language_of(text[:_MOST_SAMPLED])
    if query_language is None or text_language is None or query_language == text_language:
        return False
    if query_language == _ENGLISH or has_own_script(query_language):
        return True
    return _is_surely(query_language, query, _FEWEST_IN_QUERY)


def _is_in_another_script(text: str) -> bool:
    """Whether most letters of ``text`` are not Latin."""
    letters = "".join(LETTERS.findall(text))
    return sum(letter >= _FIRST_NOT_LATIN for letter in letters) * 2 > len(letters)


def _script_of(text: str) -> str:
    """The name of the first script in ``text`` that is not Latin, where its language is not told."""
    letter = next((letter for letter in text if letter >= _FIRST_NOT_LATIN and letter.isalpha()), "")
    script = unicodedata.name(letter, "").partition(" ")[0] if letter else ""
    return f"{_SCRIPT_NAMES.get(script, script.title())} script" if script else UNKNOWN


def _unread(text: str, query_language: str | None, call_language: str | None, languages: Collection[str]) -> str | None:
    """The language of ``text``, where it is not read; that of the call, where its own is not told."""
    language = language_of(text)
    if language is None:
        if call_language is not None or _is_in_another_script(text):
            return call_language or _script_of(text)
        return UNKNOWN if query_language not in languages and _is_of_unknown_language(text) else None
    if language in languages:
        return None
    is_sure = language == call_language or has_own_script(language)
    return language if is_sure or (_has_words(text, _FEWEST_WORDS) and _is_surely(language, text)) else None


def _has_words(text: str, fewest: int) -> bool:
    return len(LETTERS.findall(text)) >= fewest


def _is_surely(language: str, text: str, fewest: int = _FEWEST_FUNCTION_WORDS) -> bool:
    """Whether ``text`` has ``fewest`` different function words of ``language``, and next to none of English, or the
    mark that no other language has.
    """
    if language == "es" and SPANISH_MARK in text:
        return True
    tokens = [token for token in LETTERS.findall(text) if token.islower()]  # no names
    foreign_words, english_words = words_of_two(tokens, language, "en")
    english_count = len(english_words) + sum(token in _MORE_ENGLISH for token in tokens)
    foreign_words = [word for word in foreign_words if len(word) > 1 and word not in _MORE_ENGLISH]  # no initials
    return len(set(foreign_words)) >= fewest and len(foreign_words) >= _LEAST_LEAD * english_count


def _is_of_unknown_language(text: str) -> bool:
    """Whether ``text`` is prose, but no English: words in small letters that the English vocabulary has to split."""
    tokens = LETTERS.findall(text)
    if len(tokens) < _FEWEST_WORDS_OF_UNKNOWN:
        return False
    lower_case = [token for token in tokens if token.islower()]
    english_words, _ = words_of_two([*map(str.lower, tokens)], "en", "")
    english_count = len(english_words) + sum(token in _MORE_ENGLISH for token in lower_case)
    if english_count > _MOST_ENGLISH * len(tokens) or len(lower_case) < _LEAST_LOWER_CASE * len(tokens):
        return False
    with guarded():
        pieces = _english_vocabulary().encode(" ".join(lower_case), add_special_tokens=False).ids
    return len(pieces) >= _LEAST_PIECES * len(lower_case)


@lru_cache(maxsize=1)
def _english_vocabulary() -> Tokenizer:
    """The tokenizer of the shipped pruner."""
    return load_onnx(shipped("pruner")).tokenizer


def unread_note(*languages: str, is_read: bool = False) -> Note:
    """The note in ``Stats.notes`` of a call in languages that the English model does not read.

    :param is_read: the multilingual models were there for them.
    """
    named = ", ".join("an unknown language" if language == UNKNOWN else repr(language) for language in languages)
    if is_read:
        return Note("multilingual", f"the English model does not read {named}: the multilingual models were used")
    install = "pip install 'ragzip[multilingual]' brings a model for a hundred languages"
    return Note("unread-language", f"the model does not read {named}: chosen by wording alone ({install})")
