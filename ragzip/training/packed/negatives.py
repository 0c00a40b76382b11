"""Hard negatives: similar passages that do not answer the questions of a passage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice

import numpy as np

from ragzip.training.packed.build import RELEVANT
from ragzip.training.packed.format import Array, ragged, row_of

__all__ = ["MAX_CANDIDATES", "hard_negatives"]

MAX_CANDIDATES = 12  # of a passage
_OF_TITLE = 4  # of them with its title
_MAX_SHARE = 0.1  # of the passages that have a piece; commoner ones are ignored
_MAX_QUERY_PIECES = 48
_NEAR_DUPLICATE = 0.6  # share of the distinct pieces of a passage that the other has, too: the same text
_K1, _B = 1.5, 0.75
_SHORTEST_ANSWER = 3  # characters; "no" is everywhere


class _Index:
    """BM25 over token ids, by inverted lists."""

    def __init__(self, texts: Sequence[Array]) -> None:
        self.n = len(texts)
        lengths = np.array([len(text) for text in texts], np.float64)
        norm = _K1 * (1 - _B + _B * lengths / max(1.0, float(lengths.mean())))
        counted = [np.unique(text, return_counts=True) for text in texts]
        self.pieces = [pieces for pieces, _ in counted]
        owner = np.repeat(np.arange(self.n, dtype=np.int32), [len(pieces) for pieces in self.pieces])
        piece = np.concatenate([*self.pieces, np.zeros(0, np.int64)]).astype(np.int64)
        counts = np.concatenate([*(counts for _, counts in counted), np.zeros(0, np.int64)]).astype(np.float32)
        order = np.argsort(piece, kind="stable")
        self._owner = owner[order]
        self._bounds = np.concatenate([[0], np.bincount(piece).cumsum()])
        frequency = np.diff(self._bounds)
        idf = np.log(1 + (self.n - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
        weights = counts * (_K1 + 1) / (counts + norm[owner])
        self._weights = (weights[order] * idf[piece[order]]).astype(np.float32)

    def best(self, query: Array, most: int) -> Array:
        """The numbers of the ``most`` best texts for ``query``, the best one first."""
        limit = max(20.0, _MAX_SHARE * self.n)
        pieces = [int(piece) for piece in np.unique(query) if piece + 1 < len(self._bounds)]
        rarest = sorted(pieces, key=lambda piece: int(self._bounds[piece + 1] - self._bounds[piece]))
        ranges = [
            (int(self._bounds[piece]), int(self._bounds[piece + 1]))
            for piece in rarest[:_MAX_QUERY_PIECES]
            if self._bounds[piece + 1] - self._bounds[piece] <= limit
        ]
        if not ranges:
            return np.zeros(0, np.int64)
        owners = np.concatenate([self._owner[first:last] for first, last in ranges])
        weights = np.concatenate([self._weights[first:last] for first, last in ranges])
        scores = np.bincount(owners, weights, minlength=self.n)
        top = np.argpartition(-scores, most)[:most] if most < self.n else np.arange(self.n)
        top = top[scores[top] > 0]
        return np.asarray(top[np.argsort(-scores[top], kind="stable")], np.int64)


def hard_negatives(
    arrays: dict[str, Array],
    texts: Sequence[str],
    answers_by_question: Sequence[Sequence[str]],
    languages: Sequence[int],
) -> dict[str, Array]:
    """The ragged array ``negatives``: up to :data:`MAX_CANDIDATES` passages for each that is in a question.

    They have the same title, or are the best by BM25 for the title and the questions of the passage, in its language.
    None holds an answer of these questions, and none is a near duplicate.

    :param arrays: see :mod:`ragzip.training.packed.build`.
    :param texts: the text of each passage.
    :param languages: a number for the language of each question.
    """
    passage_count = len(arrays["passage"])
    questions_by_passage: list[list[int]] = [[] for _ in range(passage_count)]
    language_of = np.full(passage_count, -1)
    relevant = (arrays["link.flags"] & RELEVANT) > 0
    link, offsets = arrays["link"], arrays["link.offsets"]
    for question, language in enumerate(languages):
        first, last = int(offsets[question]), int(offsets[question + 1])
        is_relevant = relevant[first:last]
        for number, passage in enumerate(link[first:last].tolist()):
            language_of[passage] = language
            if is_relevant[number] or not is_relevant.any():
                questions_by_passage[passage].append(question)
    rows: list[Array] = [np.zeros(0, np.int64)] * passage_count
    for language in np.unique(language_of[language_of >= 0]).tolist():
        members = np.flatnonzero(language_of == language)
        for passage, candidates in _of_language(arrays, members, texts, questions_by_passage, answers_by_question):
            rows[passage] = candidates
    return ragged("negatives", rows)


def _of_language(
    arrays: dict[str, Array],
    members: Array,
    texts: Sequence[str],
    questions_by_passage: Sequence[Sequence[int]],
    answers_by_question: Sequence[Sequence[str]],
) -> Iterator[tuple[int, Array]]:
    text_of, title_of = arrays["passage"][members].T
    ids = [row_of(arrays["text.ids"], arrays["text.ids.offsets"], text) for text in text_of.tolist()]
    passages = _Passages(ids, [texts[passage].casefold() for passage in members.tolist()])
    by_title: dict[int, list[int]] = {}
    for number, title in enumerate(title_of.tolist()):
        if title:
            by_title.setdefault(title, []).append(number)
    rng = np.random.default_rng(0)
    for number, passage in enumerate(members.tolist()):
        questions = questions_by_passage[passage]
        if not questions:
            continue
        title = int(title_of[number])
        queries = [
            row_of(arrays["query.ids"], arrays["query.ids.offsets"], int(arrays["question"][question, 0]))
            for question in questions[:8]
        ]
        title_ids = row_of(arrays["title.ids"], arrays["title.ids.offsets"], title)
        best = passages.index.best(np.concatenate([title_ids, *queries]), 3 * MAX_CANDIDATES)
        same_title = rng.permutation(by_title.get(title, []))[: 3 * _OF_TITLE].astype(np.int64)
        answers = {
            answer.casefold()
            for question in questions
            for answer in answers_by_question[question]
            if len(answer) >= _SHORTEST_ANSWER or not answer.isascii()
        }
        of_title = islice(passages.unlike(number, same_title, answers), _OF_TITLE)
        candidates = dict.fromkeys(chain(of_title, passages.unlike(number, best, answers)))
        yield passage, members[np.array([*islice(candidates, MAX_CANDIDATES)], np.int64)]


class _Passages:
    """The passages of one language: an index of their token ids, and their texts in small letters."""

    def __init__(self, ids: Sequence[Array], folded: Sequence[str]) -> None:
        self.index, self._folded = _Index(ids), folded
        most_id = max((int(pieces[-1]) for pieces in self.index.pieces if len(pieces)), default=0)
        self._in_passage = np.zeros(1 + most_id, np.bool_)

    def unlike(self, number: int, candidates: Array, answers: set[str]) -> list[int]:
        """The ones of ``candidates`` that are no near duplicates of a passage, and hold none of ``answers``."""
        pieces_of_passage = self.index.pieces[number]
        self._in_passage[pieces_of_passage] = True
        unlike = []
        for candidate in candidates.tolist():
            pieces = self.index.pieces[candidate]
            shared = self._in_passage[pieces].sum()
            is_same_text = shared > _NEAR_DUPLICATE * min(len(pieces), len(pieces_of_passage))
            if not is_same_text and not _holds(self._folded[candidate], answers):
                unlike.append(candidate)
        self._in_passage[pieces_of_passage] = False
        return unlike


def _holds(text: str, answers: set[str]) -> bool:
    return any(answer in text for answer in answers)
