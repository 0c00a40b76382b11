"""Arguments given in the wrong order: the question as the context, and the text as the query."""

from __future__ import annotations

import re

from ragzip.text.languages import QUESTION_WORDS
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.queries.tasks import task_of
from ragzip.text.words import content

__all__ = ["looks_swapped"]

_ASKING = QUESTION_WORDS | frozenset(["summarize", "summarise", "explain", "describe", "find", "extract", "compare"])
_QUESTION_MARKS = ("?", "？", "؟", '?"', "?”")
_LONG_TEXT, _LONG_QUESTION = 200, 2000  # characters more than a question has, from which the other is its text
_LONGER_TEXT = 500  # characters, where nothing but its first word tells a question
_SHORT_TEXT, _MIN_SENTENCES = 40, 2  # characters more, and sentences: a text, though it is short
_LONGEST_QUESTION = 400  # characters
_MAX_KEYWORDS, _MIN_SENTENCES_ON_KEYWORDS, _MIN_SHARE_IN_TEXT = 8, 3, 0.6
_ENDED = pattern_of(r"[.!;。！](?:\s|\Z)|[。！](?=\w)")
_SPEAKS_TO_MODEL = pattern_of(
    r"\b(?:you|your|i|my|me|we|our|please|answer|context|decide|rate|grade|classify|explain|rewrite|translate|du|sie|ich"
    r"|mein|wir|bitte|je|mon|nous|vous|usted|rispondi)\b",
    re.IGNORECASE,
)


def looks_swapped(context: str, query: str) -> bool:
    """Whether ``context`` is a short question, an order or keywords, and ``query`` the long text it is about."""
    if len(context) > _LONGEST_QUESTION:
        return False
    question, text = context.strip(), query.strip()
    if not question or "\n" in question:
        return False
    if question.endswith(_QUESTION_MARKS):
        if text.endswith(_QUESTION_MARKS):
            return len(text) >= len(question) + _LONG_QUESTION
        least_length = _SHORT_TEXT if _has_sentences(text, _MIN_SENTENCES) else _LONG_TEXT
        is_long = len(text) >= max(_LONGER_TEXT, len(question) + least_length)
        return is_long or (
            len(text) >= len(question) + least_length and _share_in(text, question) >= _MIN_SHARE_IN_TEXT
        )
    if _ENDED.search(question):
        return False
    if question.split(maxsplit=1)[0].casefold() in _ASKING and len(text) >= _LONGER_TEXT:
        return task_of(question) is not None or _share_in(text, question) >= _MIN_SHARE_IN_TEXT
    return _are_keywords(question, text)


def _has_sentences(text: str, count: int) -> bool:
    return sum(1 for _ in _ENDED.finditer(text)) >= count


def _are_keywords(question: str, text: str) -> bool:
    """Whether a few words are keywords of a text that asks nothing and speaks to nobody."""
    if not 2 <= len(question.split()) <= _MAX_KEYWORDS or not _has_sentences(text, _MIN_SENTENCES_ON_KEYWORDS):
        return False
    if any(mark in text for mark in "?？؟") or _SPEAKS_TO_MODEL.search(text):
        return False
    return len(content(question)) > 1 and _share_in(text, question) >= _MIN_SHARE_IN_TEXT


def _share_in(text: str, question: str) -> float:
    """The share of the content words of a question, or of keywords, that a text has."""
    words, words_of_text = content(question) - _ASKING, content(text)
    count = sum(any(other.startswith(word) for other in words_of_text) for word in words)  # repair, repaired
    return count / max(1, len(words))
