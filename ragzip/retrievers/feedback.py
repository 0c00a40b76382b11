"""Pseudo-relevance feedback: a second search with what the best passages of a first one add to the query.

The first passages are taken to be relevant, without asking anyone. Where they are, the second search finds more of
their kind; where they are not, it moves away from the query.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from ragzip.checks import choice, number_in, whole_number
from ragzip.errors import OptionError
from ragzip.files.generations import undamaged

if TYPE_CHECKING:
    from ragzip.backends.protocols import Vectors

__all__ = ["RM3", "VectorFeedback", "checked_feedback", "saved_feedback", "settings_of"]

Feedback = TypeVar("Feedback", "VectorFeedback", "RM3")

DEFAULT_QUERY_WEIGHT = 0.5
MOST_COMMON_SHARE = 0.1  # of all passages: a term of more of them says nothing about the best ones
MIN_TERM_CHARACTERS, MAX_TERM_CHARACTERS = 2, 20


@dataclass(frozen=True)
class VectorFeedback:
    """Feedback for vectors (Vector-PRF, Li et al. 2021, arXiv 2108.11044): the query moves towards the mean of the
    first passages. The vectors of these are in the index, so no model runs for them.

    Unlike in the paper, the new query is scaled to unit length, so that scores stay cosines, and Rocchio has one weight
    in place of two, which ranks the same.

    :param method: "rocchio": ``query_weight`` × query + (1 − ``query_weight``) × mean of the passages; "average": the
        mean of the query and the passages, each with the same weight.
    :param passages: how many of the first passages are read; few (1 to 5) are better than many.
    :param query_weight: of "rocchio", above 0 up to 1; 1 is a search without feedback. Default: 0.5.
    :raises OptionError: an option outside its range, or a weight with "average".
    """

    method: Literal["rocchio", "average"] = "rocchio"
    passages: int = 3
    query_weight: float | None = None

    def __post_init__(self) -> None:
        choice(self.method, "VectorFeedback.method", ("rocchio", "average"))
        _set(self, passages=whole_number(self.passages, "VectorFeedback.passages", least=1))
        if self.query_weight is not None:
            _set(self, query_weight=number_in(self.query_weight, "VectorFeedback.query_weight", above=0))
            if self.method == "average":
                raise OptionError(
                    f"VectorFeedback: received method='average' with query_weight={self.query_weight!r}, expected "
                    "method='rocchio' with a weight."
                )

    def moved(self, query_vector: Vectors, passage_vectors: Vectors) -> Vectors:
        """The vector of the second search, of unit length. *Shape:* (dimension,), (n, dimension) to (dimension,); the
        query's own where n is 0.
        """
        if not len(passage_vectors):
            return query_vector
        weight = self._weight_beside(len(passage_vectors))
        vector = weight * query_vector + (1 - weight) * passage_vectors.mean(0)
        norm = float(np.linalg.norm(vector))
        return np.asarray(vector / norm, np.float32) if norm > 0 else query_vector

    def _weight_beside(self, passage_count: int) -> float:
        """The weight of the query beside the mean of ``passage_count`` passages."""
        if self.method == "average":
            return 1 / (1 + passage_count)
        return DEFAULT_QUERY_WEIGHT if self.query_weight is None else self.query_weight


@dataclass(frozen=True)
class RM3:
    """Feedback for BM25 (RM3, Abdul-Jaleel et al. 2004): the query gets the heaviest terms of the first passages.

    A term weighs the sum, over these passages, of its share of the passage's terms times the passage's share of the
    scores. As in Anserini, terms in more than a tenth of all passages and those shorter than 2 or longer than 20
    characters do not count. Unlike there, terms of any script do, and a term in no more passages than are read is never
    too common.

    :param passages: how many of the first passages are read.
    :param terms: how many terms are added.
    :param query_weight: of the query's own terms together, as far as they are not too common, above 0 up to 1; 1 is a
        search without feedback.
    :raises OptionError: an option outside its range.
    """

    passages: int = 10
    terms: int = 10
    query_weight: float = DEFAULT_QUERY_WEIGHT

    def __post_init__(self) -> None:
        _set(
            self,
            passages=whole_number(self.passages, "RM3.passages", least=1),
            terms=whole_number(self.terms, "RM3.terms", least=1),
            query_weight=number_in(self.query_weight, "RM3.query_weight", above=0),
        )

    def expanded(
        self,
        query_weights: Mapping[str, float],
        passage_terms: Sequence[Sequence[str]],
        passage_scores: Sequence[float | None],
        passages_with: Callable[[str], int],
        passage_count: int,
    ) -> dict[str, float]:
        """The weights of the terms of the second search.

        :param passage_terms: of the first passages, with repetitions.
        :param passage_scores: their scores; the passages count the same where one has no positive score.
        :param passages_with: how many passages of the index have a term.
        :param passage_count: of the index.
        """
        most_passages = max(self.passages, MOST_COMMON_SHARE * passage_count)

        def is_telling(term: str) -> bool:
            return MIN_TERM_CHARACTERS <= len(term) <= MAX_TERM_CHARACTERS and 0 < passages_with(term) <= most_passages

        telling_terms = [[term for term in terms if is_telling(term)] for terms in passage_terms]
        relevance = self._relevance(telling_terms, _shares(passage_scores))
        if not relevance:
            return dict(query_weights)
        telling_weight = sum(weight for term, weight in query_weights.items() if is_telling(term))
        feedback_scale = (1 - self.query_weight) * max(1.0, telling_weight) / sum(relevance.values())
        expanded_weights = {term: self.query_weight * weight for term, weight in query_weights.items()}
        for term, weight in relevance.items():
            expanded_weights[term] = expanded_weights.get(term, 0.0) + feedback_scale * weight
        return expanded_weights

    def _relevance(self, passage_terms: Sequence[Sequence[str]], shares: Sequence[float]) -> dict[str, float]:
        """The weights of the terms that weigh most in the first passages; equal ones in order of appearance."""
        weights: defaultdict[str, float] = defaultdict(float)
        for terms_of_passage, share in zip(passage_terms, shares, strict=True):
            for term, count in Counter(terms_of_passage).items():
                weights[term] += share * count / len(terms_of_passage)
        heaviest_first = sorted(weights.items(), key=lambda item: -item[1])
        return dict(heaviest_first[: self.terms])


def _set(feedback: VectorFeedback | RM3, **values: float) -> None:
    """Set checked values, in plain types that JSON knows."""
    for name, value in values.items():
        object.__setattr__(feedback, name, value)


def _shares(scores: Sequence[float | None]) -> list[float]:
    """The share of each score in their sum; equal shares where they have none."""
    numbers = [score for score in scores if score is not None and score > 0]
    if len(numbers) < len(scores):
        return [1 / len(scores)] * len(scores)
    total = sum(numbers)
    return [number / total for number in numbers]


def checked_feedback(value: Any, kind: type[Feedback]) -> Feedback | None:
    """``value``, feedback of a ``kind`` or None.

    :raises OptionError: anything else.
    """
    if value is None or isinstance(value, kind):
        return value
    raise OptionError(f"feedback: received {type(value).__name__}, expected {kind.__name__}(…) or None.")


def settings_of(feedback: VectorFeedback | RM3 | None) -> dict[str, Any]:
    """The settings of the feedback in a saved index."""
    return {} if feedback is None else {"feedback": asdict(feedback)}


def saved_feedback(folder: Path, settings: Mapping[str, Any], kind: type[Feedback]) -> Feedback | None:
    """The feedback of a saved index, None of one without.

    :raises StorageError: it is not of this kind.
    """
    if "feedback" not in settings:
        return None
    with undamaged(folder):
        return kind(**settings["feedback"])
