"""A query encoder and the centroids of an index, as one network, and its ranking loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ragzip.eval.measures.kept import contains
from ragzip.retrievers.product_codes import Codebook
from ragzip.training.mean_pooled import MeanPooled
from ragzip.training.retriever.data import RankedPassages, RankingBatch

__all__ = ["JointRanker", "pairwise_loss", "padded"]

NEGATIVES = 32  # of each question: the best results of the index that are not known to answer it
SCALE = 20.0  # of inner products of unit vectors, which lie within -1 and 1


class JointRanker(torch.nn.Module):
    """Query encoder and centroids over passages whose codes stay as they are.

    :param encoder: of queries.
    :param codebook: of the index; its ``scoring`` centroids are trained.
    :param codes: of all passages that are searched. *Shape:* (n, code_bytes).
    """

    def __init__(self, encoder: MeanPooled, codebook: Codebook, codes: Any) -> None:
        super().__init__()
        self.encoder = encoder
        self.rotation: torch.Tensor
        self.codes: torch.Tensor
        self.register_buffer("rotation", torch.tensor(codebook.rotation))
        self.register_buffer("codes", torch.tensor(np.asarray(codes, np.int64)), persistent=False)
        self.centroids = torch.nn.Parameter(torch.tensor(codebook.scoring))

    def queries(self, ids: Any, mask: Any) -> Any:
        """Rotated unit vectors. *Shape:* (batch, sequence) to (batch, dimension)."""
        return self.encoder(ids, mask).float() @ self.rotation.T

    def passages(self, codes: Any) -> Any:
        """The vectors that codes are scored as. *Shape:* (…, code_bytes) to (…, dimension)."""
        pieces = self.centroids[torch.arange(codes.shape[-1], device=codes.device), codes]
        return pieces.flatten(-2)

    def forward(self, ids: Any, mask: Any) -> Any:
        """The score of every passage. *Shape:* (batch, sequence) to (batch, n)."""
        return self.queries(ids, mask) @ self.passages(self.codes).T


def padded(rows: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    """Token ids and their mask. *Shape:* (batch, longest row) each."""
    width = max(map(len, rows))
    ids = torch.zeros((len(rows), width), dtype=torch.int64)
    mask = torch.zeros_like(ids)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = torch.tensor(row)
        mask[number, : len(row)] = 1
    return ids, mask


def pairwise_loss(net: JointRanker, queries: Any, batch: RankingBatch, passages: RankedPassages) -> Any:
    """The mean ranking loss of a batch: for each positive and each of the best negatives, softplus of the difference of
    their scores, by what exchanging the two changes in the reciprocal rank (LambdaRank for MRR).

    Negatives are the best results of the index with the present centroids and queries (end-to-end negatives); passages
    that support the question or hold one of its answers are none.

    :param queries: of :meth:`JointRanker.queries`. *Shape:* (batch, dimension).
    """
    device = queries.device
    with torch.no_grad():
        scores = queries @ net.passages(net.codes).T
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
    vectors = net.passages(net.codes[torch.cat([positives[:, None], candidates], 1)])
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
