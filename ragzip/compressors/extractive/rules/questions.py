"""Units of a text that ask the very question of the query: what answers there answers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.text.governing import governing
from ragzip.text.scores import Scores
from ragzip.text.words import words

if TYPE_CHECKING:
    from ragzip.compressors.outline import Outline

__all__ = ["with_equal_questions_first"]

_MAX_QUESTION_CHARACTERS = 300
_MARKS = "?？؟"
_BESIDE_WORDS = "*_#\"'“”„«»‹›()[]{}?？؟!！.,:;¿¡。：，-–— "
_LEAST_SHARED = 0.75  # of the words of both
_MIN_WORDS = 2
_LABELS = frozenset(["q", "question", "frage", "pregunta", "domanda", "pergunta", "vraag", "a"])


def with_equal_questions_first(query: str | None, texts: Sequence[TextUnits], scores: Sequence[Scores]) -> list[Scores]:
    """The scores, with units that ask the question of ``query`` above all others. *Shape:* (n_i,) each."""
    query_words = _words(query) if query is not None else []
    if len(query_words) < _MIN_WORDS:
        return list(scores)
    shares = [_shares(query_words, text.outline, text.source) for text in texts]
    best_share = max((float(document_shares.max(initial=0.0)) for document_shares in shares), default=0.0)
    if best_share < _LEAST_SHARED:
        return list(scores)
    best_score = max(float(document_scores.max(initial=0.0)) for document_scores in scores)
    first_score = best_score * (1 + 1e-6)
    if best_score <= 1:  # a probability stays one
        first_score = min(first_score, 1.0)
    return [
        np.where(document_shares >= best_share, first_score, document_scores)
        for document_scores, document_shares in zip(scores, shares, strict=True)
    ]


def _shares(query_words: Sequence[str], outline: Outline, source: str) -> Scores:
    """The similarity of the query and the question at the beginning of each unit, by their words, 0 to 1; 0 without an
    answer. *Shape:* (n,).
    """
    shares = np.zeros(len(outline.spans))
    marks = [mark for mark in _MARKS if mark in source]
    if marks:
        for number, (start, end) in enumerate(outline.spans):
            last = min(end, start + _MAX_QUESTION_CHARACTERS)
            question_ends = [place for mark in marks if (place := source.find(mark, start, last)) >= 0]
            if question_ends:
                shares[number] = _share(query_words, outline, number, source, min(question_ends))
    return shares


def _share(query_words: Sequence[str], outline: Outline, number: int, source: str, question_end: int) -> float:
    """The similarity of the query and the question at the beginning of a unit, by their words, 0 to 1; 0 where no
    answer follows.
    """
    start, end = outline.spans[number]
    has_answer = len(_words(source[question_end : min(end, question_end + _MAX_QUESTION_CHARACTERS)])) > 0
    if not has_answer and outline.relations[number].section is None:
        return 0.0
    return _shared(query_words, _words(source[start:question_end]))


def _words(text: str) -> list[str]:
    """The words of a text as they count, without the label or the number before a question."""
    text_words = [text[slice(*span)].strip(_BESIDE_WORDS).casefold() for span in words(text)]
    text_words = [word for word in text_words if word]
    while text_words and (text_words[0].rstrip("0123456789") in _LABELS or text_words[0].isdigit()):
        text_words.pop(0)
    return text_words


def _shared(query_words: Sequence[str], question_words: Sequence[str]) -> float:
    """The share of words that two questions have in common; 0 where each has one that the other lacks, or one says not,
    or a number, that the other does not.
    """
    if list(query_words) == list(question_words):
        return 1.0
    query_set, question_set = set(query_words), set(question_words)
    further = query_set ^ question_set
    if query_set - question_set and question_set - query_set:
        return 0.0
    if any(any(map(str.isdigit, word)) for word in further) or any(True for _ in governing(" ".join(sorted(further)))):
        return 0.0
    return 0.99 * len(query_set & question_set) / max(len(query_set | question_set), 1)
