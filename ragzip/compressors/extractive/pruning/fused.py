"""A pruner's model with the weights of its evidence, which gives sentences and passages probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ragzip.backends.cached import CachedEmbedder, CachedPassageScorer
from ragzip.backends.load import load_embedder, load_pruner
from ragzip.compressors.extractive.family import Analysis
from ragzip.compressors.extractive.joined_scores import with_records
from ragzip.compressors.extractive.pruning.evidence import (
    LEAST_SURE,
    LEAST_SURE_OF_SEVERAL,
    UNSURE,
    Evidence,
    Weights,
    answer_evidence,
    answered_variant,
    collect,
    compared_wholly,
    names,
    variant,
)
from ragzip.compressors.extractive.texts.passages import Passage
from ragzip.errors import ModelError
from ragzip.text.queries.questions import asks
from ragzip.text.scores import Pieces, Scores, pool, sigmoid

if TYPE_CHECKING:
    from ragzip.backends.protocols import PassageScorer
    from ragzip.compressors.fingerprints import Fingerprinted

__all__ = ["FusedReader"]

_LEAST_POSSIBLE = 0.01  # the best probability by meaning under which nothing answers: that of a sixth of the FAQs and
# lists of short statements that do not answer, and of one of 123 that do


class FusedReader:
    """A model that reads query and passage together, and the other evidence that its reading is joined with, see
    :mod:`ragzip.compressors.extractive.pruning.evidence`.

    :param model: as of :func:`~ragzip.backends.load.load_pruner`.
    :param hops: 2 reads a quarter of the text a second time, with the best sentence after the query.
    :param similarity: count the English embedder's similarity of the query and the sentences that may matter, where the
        model has weights for it.
    :raises ModelError: no such model, or one without weights for these.
    """

    def __init__(self, model: str | Path | PassageScorer | None, *, hops: int, similarity: bool) -> None:
        scorer, fusion = load_pruner(model)
        similarity = similarity and (not fusion or variant(hops=hops, similarity=True) in fusion)
        self.scorer, self.hops = CachedPassageScorer(scorer), hops
        self.embedder = CachedEmbedder(load_embedder(None, None)) if similarity else None
        evidence_names = names(hops=hops, similarity=similarity)
        try:
            weights = fusion[variant(hops=hops, similarity=similarity)] if fusion else {"logit": 1.0, "bias": 0.0}
        except KeyError as error:
            raise ModelError(f"model: {model} has no weights for hops={hops}.") from error
        weights_of_several = fusion.get(variant(hops=hops, similarity=similarity, several=True), weights)
        # links and a second hop say nothing where there is one passage, so each case has weights of its own
        self._weights = [Weights.of(by_name, evidence_names) for by_name in (weights, weights_of_several)]
        unsure_weights = fusion.get(UNSURE) if self.embedder is not None else None
        self._unsure = None if unsure_weights is None else Weights.of(unsure_weights, evidence_names)
        self._answered = _answered_weights(fusion, similarity=similarity)

    @property
    def tells_unanswerable(self) -> bool:
        """Whether the model was trained to tell that nothing answers, and is sure of it often enough."""
        return self._answered is not None and self._answered.least > 0

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        return (self.scorer,) if self.embedder is None else (self.scorer, self.embedder)

    def analyse(self, query: str | None, passages: Sequence[Passage]) -> Analysis:
        """The model's scores of passages in a language that it reads; without a query, how informative they are."""
        if query is None:
            read_passages = self.scorer.score_passages(None, [(passage.title, passage.text) for passage in passages])
            words_by_passage = [
                Pieces(passage_scores.spans, sigmoid(passage_scores.word).astype(np.float32))
                for passage_scores in read_passages
            ]
            return Analysis(
                [_means(*words_and_passage) for words_and_passage in zip(words_by_passage, passages, strict=True)]
            )
        evidence = collect(query, passages, self.scorer, self.embedder, self.hops)
        probabilities, is_unsure = self._probabilities(query, passages, evidence)
        all_scores = with_records(query, probabilities, passages)
        has_nothing = True if is_unsure and all_scores.max(initial=0.0) < _LEAST_POSSIBLE else None
        scores = np.split(all_scores, np.cumsum([len(passage.spans) for passage in passages])[:-1])
        if self._answered is None:
            relevances = np.array([passage_scores.relevance for passage_scores in evidence.read])
            return Analysis(scores, relevance=sigmoid(relevances).tolist(), nothing_answers=has_nothing)
        speaking = answer_evidence(evidence, passages, similarity=self.embedder is not None)
        has_answer = self._answered.weights.probabilities(np.vstack([speaking, speaking.max(axis=0)]))
        relevance = has_answer[:-1].tolist()
        if not self.tells_unanswerable:
            return Analysis(scores, relevance=relevance, nothing_answers=has_nothing)
        may_have_none = asks(query) and not any(
            any(passage.records) for passage in passages
        )  # it reads little of those
        return Analysis(
            scores,
            relevance=relevance,
            nothing_answers=bool(has_answer[-1] < self._answered.least) and may_have_none,
        )

    def _probabilities(self, query: str, passages: Sequence[Passage], evidence: Evidence) -> tuple[Scores, bool]:
        """The probability that each sentence is needed, and whether the reading found none that is surely needed.
        *Shape:* (all sentences,).
        """
        has_several = len(passages) > 1
        probabilities = self._weights[has_several].probabilities(evidence.values)
        is_sure = probabilities.max(initial=0.0) >= (LEAST_SURE_OF_SEVERAL if has_several else LEAST_SURE)
        if is_sure or self._unsure is None or self.embedder is None:
            return probabilities, False
        return self._unsure.probabilities(compared_wholly(query, passages, evidence, self.embedder).values), True


class _Answered(NamedTuple):
    """The weights of :func:`~ragzip.compressors.extractive.pruning.evidence.answer_evidence`, and the probability below
    which it is sure that nothing answers (0: the scores of the sentences tell).
    """

    weights: Weights
    least: float


def _answered_weights(fusion: Mapping[str, Mapping[str, float]], *, similarity: bool) -> _Answered | None:
    """The weights in the settings of a model; None where it has none."""
    weights = fusion.get(answered_variant(similarity=similarity))
    if weights is None:
        return None
    kinds = ("relevance", "logit", *(["similarity"] if similarity else []))
    return _Answered(Weights.of(weights, kinds), weights.get("least", 0.0))


def _means(words: Pieces, passage: Passage) -> Scores:
    """The mean of each sentence's words."""
    return np.maximum(pool(words.spans, words.scores, np.zeros_like(words.scores), passage.spans), 0.0)
