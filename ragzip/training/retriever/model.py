"""A query encoder over the vectors of an index, or with the centroids of its codes, and its ranking loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ragzip.eval.measures.kept import contains
from ragzip.retrievers.product_codes import Codebook
from ragzip.training.mean_pooled import MeanPooled
from ragzip.training.retriever.data import RankedPassages, RankingBatch

__all__ = ["JointRanker", "Ranker", "VectorRanker", "pairwise_loss", "padded"]

NEGATIVES = 32  # of each question: the best results of the index that are not known to answer it
SCALE = 20.0  # of inner products of unit vectors, which lie within -1 and 1


class Ranker(torch.nn.Module, ABC):
    """Queries against passages that stay as they are.

    :param encoder: of queries.
    """

    def __init__(self, encoder: MeanPooled) -> None:
        super().__init__()
        self.encoder = encoder

    def queries(self, ids: Any, mask: Any) -> Any:
        """Unit vectors. *Shape:* (batch, sequence) to (batch, dimension)."""
        return self.encoder(ids, mask).float()

    @abstractmethod
    def vectors(self, numbers: Any = None) -> Any:
        """The vectors that passages are scored by, for their numbers (None: all). *Shape:* (…) to (…, dimension)."""

    def forward(self, ids: Any, mask: Any) -> Any:
        """The score of every passage. *Shape:* (batch, sequence) to (batch, n)."""
        return self.queries(ids, mask) @ self.vectors().T


class VectorRanker(Ranker):
    """Query encoder over the vectors of passages.

    :param vectors: of all passages that are searched. *Shape:* (n, dimension).
    """

    def __init__(self, encoder: MeanPooled, vectors: Any) -> None:
        super().__init__(encoder)
        self.stored: torch.Tensor
        self.register_buffer("stored", torch.tensor(np.asarray(vectors, np.float32)), persistent=False)

    def vectors(self, numbers: Any = None) -> Any:
        return self.stored if numbers is None else self.stored[numbers]


class JointRanker(Ranker):
    """Query encoder and centroids over passages whose codes stay as they are.

    :param codebook: of the index; its ``scoring`` centroids are trained.
    :param codes: of all passages that are searched. *Shape:* (n, code_bytes).
    """

    def __init__(self, encoder: MeanPooled, codebook: Codebook, codes: Any) -> None:
        super().__init__(encoder)
        self.rotation: torch.Tensor
        self.codes: torch.Tensor
        self.register_buffer("rotation", torch.tensor(codebook.rotation))
        self.register_buffer("codes", torch.tensor(np.asarray(codes, np.int64)), persistent=False)
        self.centroids = torch.nn.Parameter(torch.tensor(codebook.scoring))

    def queries(self, ids: Any, mask: Any) -> Any:
        """Rotated unit vectors. *Shape:* (batch, sequence) to (batch, dimension)."""
        return super().queries(ids, mask) @ self.rotation.T

    def vectors(self, numbers: Any = None) -> Any:
        codes = self.codes if numbers is None else self.codes[numbers]
        return self.centroids[torch.arange(codes.shape[-1], device=codes.device), codes].flatten(-2)


def padded(rows: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    """Token ids and their mask. *Shape:* (batch, longest row) each."""
    width = max(map(len, rows))
    ids = torch.zeros((len(rows), width), dtype=torch.int64)
    mask = torch.zeros_like(ids)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = torch.tensor(row)
        mask[number, : len(row)] = 1
    return ids, mask


def pairwise_loss(net: Ranker, queries: Any, batch: RankingBatch, passages: RankedPassages) -> Any:
    """The mean ranking loss of a batch: for each positive and each of the best negatives, softplus of the difference of
    their scores, by what exchanging the two changes in the reciprocal rank (LambdaRank for MRR).

    Negatives are the best results of the index with the present queries and centroids (end-to-end negatives); passages
    that support the question or hold one of its answers are none.

    :param queries: of :meth:`Ranker.queries`. *Shape:* (batch, dimension).
    """
    device = queries.device
    with torch.no_grad():
        scores = queries @ net.vectors().T
        positives = torch.tensor(batch.positives, device=device)
        positive_scores = scores.gather(1, positives[:, None])
        for row, question in enumerate(batch.questions):
            scores[row, list(question.positives)] = -torch.inf
        count = min(NEGATIVES, scores.shape[1] - 1)
        candidates = scores.topk(count).indices
        is_negative = torch.tensor(_without_answers(candidates.tolist(), batch, passages), device=device)
        is_negative &= scores.gather(1, candidates).isfinite()
        above = ((scores.gather(1, candidates) > positive_scores) & is_negative).sum(1, keepdim=True)
        positive_rank = 1 + above  # among the best results: further down is as bad
        rank = is_negative.cumsum(1).clamp(min=1)
        negative_rank = torch.where(rank <= above, rank, rank + 1)
        weights = (1 / positive_rank - 1 / negative_rank).abs() * is_negative
    vectors = net.vectors(torch.cat([positives[:, None], candidates], 1))
    trained_scores = torch.einsum("bd,bnd->bn", queries, vectors)
    differences = trained_scores[:, 1:] - trained_scores[:, :1]
    return (weights * torch.nn.functional.softplus(SCALE * differences)).sum(1).mean()


def _without_answers(
    candidates: Sequence[Sequence[int]], batch: RankingBatch, passages: RankedPassages
) -> list[list[bool]]:
    return [
        [not contains(passages.texts[number], question.answers) for number in numbers]
        for numbers, question in zip(candidates, batch.questions, strict=True)
    ]
