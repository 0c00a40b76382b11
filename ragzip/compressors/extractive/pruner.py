"""The shipped pruner: one small encoder reads query and passage together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from ragzip.backends.cached import CachedPassageScorer
from ragzip.backends.load import load_pruner
from ragzip.budget import Fill
from ragzip.compressors.extractive.bm25 import bm25, index_terms
from ragzip.compressors.extractive.family import Analysis, Extractive, Passage, Scores
from ragzip.compressors.extractive.links import links
from ragzip.compressors.extractive.repeats import restated
from ragzip.errors import OptionError
from ragzip.pieces import Pieces, pool
from ragzip.words import content

if TYPE_CHECKING:
    from ragzip.backends.base import PassageScorer, PassageScores

__all__ = ["EVIDENCE", "Pruner", "evidence"]

EVIDENCE = ("logit", "relevance", "wording", "linked", "naming")


class Pruner(Extractive):
    """Sentences by a model that reads query and passage together, as Provence (Chirkova et al. 2025, arXiv 2501.16214)
    and EXIT (Hwang et al. 2024, arXiv 2412.12559) do it, with 23 MB of weights of our own.

    One pass gives what each sentence, each word, and the passage as a whole are worth; title and all other sentences of
    the passage are read with them. What differs from Provence: a sentence is trained against all others of its
    question; wording (BM25) and links between documents (a good sentence names another document) count too; scores are
    probabilities, calibrated, so that 0.5 means as much; a token budget is met exactly, and what says nothing new is
    set back.

    A call without a budget keeps what has a score of 0.5 or more, which may be nothing. Without a query a sentence is
    worth the mean of its words.

    :param model: a folder made by ``ragzip train pruner``, or any :class:`~ragzip.backends.base.PassageScorer`;
        default: the shipped one.
    :param backend: "onnx", the only one.
    :param follow: let scores travel along links between documents, for questions that need two of them.
    :raises OptionError: an option outside its range.
    """

    name: ClassVar[str] = "extractive/pruner.v1"
    default_threshold = 0.5

    def __init__(
        self,
        model: str | Path | PassageScorer | None = None,
        *,
        backend: str | None = None,
        follow: bool = True,
        fill: Fill = "units",
        reorder: bool = False,
    ) -> None:
        super().__init__(fill=fill, reorder=reorder)
        if not isinstance(follow, bool):
            raise OptionError(f"follow: received {follow!r}, expected True or False.")
        self.follow = follow
        scorer, self.fusion = load_pruner(model, backend)
        self.scorer = CachedPassageScorer(scorer)

    def score(self, query: str | None, passages: Sequence[Passage]) -> list[Scores]:
        return self.analyse(query, passages).scores

    def analyse(self, query: str | None, passages: Sequence[Passage]) -> Analysis:
        read = self.scorer.score_passages(query, [(passage.title, passage.text) for passage in passages])
        words = [Pieces(one.spans, _sigmoid(one.values[:, 2]).astype(np.float32)) for one in read]
        edges = np.cumsum([len(passage.spans) for passage in passages])[:-1]
        if query is None:
            means = [_means(*pair) for pair in zip(words, passages, strict=True)]
            return Analysis(means, words=words)
        found = evidence(query, passages, read, follow=self.follow)
        weights = np.array([self.fusion.weights.get(name, 0.0) for name in EVIDENCE])
        flat = _sigmoid(found @ weights + self.fusion.bias)
        texts = [sentence for passage in passages for sentence in passage.sentences]
        repeated = restated(texts, np.argsort(-flat, kind="stable"), content(query))
        relevance = _sigmoid(np.array([one.relevance for one in read])).tolist()
        return Analysis(np.split(flat, edges), words=words, relevance=relevance, repeated=repeated)


def evidence(
    query: str, passages: Sequence[Passage], read: Sequence[PassageScores], *, follow: bool = True
) -> npt.NDArray[np.float64]:
    """What speaks for each sentence, in the order of :data:`EVIDENCE`. *Shape:* (all sentences, 5)."""
    logits = [pool(one.spans, one.values, passage.spans) for one, passage in zip(read, passages, strict=True)]
    sizes = [len(array) for array in logits]
    relevance = np.array([one.relevance if np.isfinite(one.relevance) else -10.0 for one in read])
    texts = [
        index_terms(passage.title or "") + index_terms(sentence)
        for passage in passages
        for sentence in passage.sentences
    ]
    wording = bm25(Counter(index_terms(query)), texts)
    out = np.zeros((sum(sizes), len(EVIDENCE)))
    out[:, 0] = np.concatenate(logits)
    out[:, 1] = np.repeat(relevance, sizes)
    out[:, 2] = wording / max(float(wording.max(initial=0.0)), 1e-9)
    if follow:
        found = links(passages, [_sigmoid(array) for array in logits], _sigmoid(relevance).tolist())
        out[:, 3], out[:, 4] = found.linked, found.naming
    return out


def _means(words: Pieces, passage: Passage) -> Scores:
    """The mean of a sentence's words."""
    values = np.column_stack([words.keep, np.zeros_like(words.keep)])
    return np.maximum(pool(words.spans, values, passage.spans), 0.0)


def _sigmoid(logits: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.asarray(logits, np.float64).clip(-30, 30))))
