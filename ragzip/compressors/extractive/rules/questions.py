"""Units of a text that ask the very question of the query: what answers there answers it. One that nothing answers, as
the question in a prompt, and the query that a service repeats with its results, is no evidence.
"""

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

__all__ = ["with_equal_questions_first", "with_repeated_query_last"]

_MAX_QUESTION_CHARACTERS = 300
_MARKS = "?？؟"
_BESIDE_WORDS = "*_#\"'“”„«»‹›()[]{}?？؟!！.,:;¿¡。：，-–— "
_MAX_REPEATED_CHARACTERS = 60  # beside the query: labels
_LEAST_SHARED = 0.75  # of the words of both
_MIN_WORDS = 2
_BELOW, _ABOVE = 1 - 1e-6, 1 + 1e-6  # what has this share of another score is just worse, or better
_LABELS = frozenset(["q", "question", "frage", "pregunta", "domanda", "pergunta", "vraag", "a"])
_LABELS_OF_QUERY = _LABELS | {"query", "input", "task", "request", "user", "human", "search"}
_LABELS_OF_ANSWER = frozenset(
    ["answer", "response", "helpful", "assistant", "antwort", "respuesta", "risposta", "réponse"]
)


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
    first_score = best_score * _ABOVE
    if best_score <= 1:  # a probability stays one
        first_score = min(first_score, 1.0)
    return [
        np.where(document_shares >= best_share, first_score, document_scores)
        for document_scores, document_shares in zip(scores, shares, strict=True)
    ]


def with_repeated_query_last(query: str | None, texts: Sequence[TextUnits], scores: Sequence[Scores]) -> list[Scores]:
    """The scores, with units that only repeat ``query`` no higher than the best other one, and records that do so at 0.
    *Shape:* (n_i,) each.
    """
    query_words = _bare_words(query) if query is not None else []
    if len(query_words) < _MIN_WORDS:
        return list(scores)
    repeats_query = [
        np.array([_repeats(query_words, text.outline, number, text.source) for number in range(len(text_scores))], bool)
        for text, text_scores in zip(texts, scores, strict=True)
    ]
    if not any(repeats.any() for repeats in repeats_query):
        return list(scores)
    best_other = max(
        float(text_scores[~repeats].max(initial=0.0))
        for text_scores, repeats in zip(scores, repeats_query, strict=True)
    )
    if best_other <= 0:
        return list(scores)
    return [
        np.where(repeats, np.minimum(text_scores, ~np.array(text.outline.records) * best_other * _BELOW), text_scores)
        for text, text_scores, repeats in zip(texts, scores, repeats_query, strict=True)
    ]


def _repeats(query_words: Sequence[str], outline: Outline, number: int, source: str) -> bool:
    """Whether a unit says the query again, as a question, or after a label, and nothing else, and nothing answers."""
    start, end = outline.spans[number]
    relation = outline.relations[number]
    if end - start > _MAX_REPEATED_CHARACTERS + 2 * sum(map(len, query_words)) or relation.section is not None:
        return False
    unit = source[start:end].casefold()
    if not all(word in unit for word in query_words):
        return False
    needed = (outline.spans[place] for place in (*relation.needs, *relation.answers))
    if any(not _LABELS_OF_ANSWER.issuperset(_bare_words(source[slice(*span)])) for span in needed):
        return False
    unit_words = _bare_words(source[start:end])
    while unit_words and unit_words[-1] in _LABELS_OF_ANSWER:
        unit_words.pop()
    labels = unit_words[: -len(query_words)]
    is_asked = bool(labels) or any(mark in source[start:end] for mark in _MARKS)
    return is_asked and _LABELS_OF_QUERY.issuperset(labels) and unit_words[len(labels) :] == list(query_words)


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
    text_words = _bare_words(text)
    while text_words and (text_words[0].rstrip("0123456789") in _LABELS or text_words[0].isdigit()):
        text_words.pop(0)
    return text_words


def _bare_words(text: str) -> list[str]:
    text_words = (text[slice(*span)].strip(_BESIDE_WORDS).casefold() for span in words(text))
    return [word for word in text_words if word]


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
