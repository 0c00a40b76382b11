"""Adapters and encoders in the state that training starts from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ragzip.backends.runtimes.onnx import OnnxEmbedder
from ragzip.soft.adapters import LoRA
from ragzip.soft.encoders.base import even, group_weighted, weighed
from ragzip.soft.encoders.compllm import CompLLMEncoder
from ragzip.soft.encoders.gmsa import GMSAEncoder
from ragzip.soft.encoders.xrag import XragEncoder
from ragzip.soft.language import LanguageModel
from ragzip.training.soft.data import GroupPool

__all__ = ["initial"]

_PROJECTOR_PASSAGES = 1000  # that xrag's projector is first fitted on
_MAX_COUNTED_GROUPS = 2000  # groups of questions of a source whose paragraphs tell how rare a token is


def initial(method: str, lm: LanguageModel, sources: Sequence[GroupPool], seed: int) -> Any:
    """The adapter or encoder in its initial state."""
    if method == "reader":
        return LoRA(lm)
    texts = sorted({text for pool in sources for group in pool.groups[:_MAX_COUNTED_GROUPS] for text in group.gold})
    rarity = _rarity(lm, texts)
    if method == "xrag":
        order = np.random.default_rng(seed).permutation(len(texts))[:_PROJECTOR_PASSAGES]
        return _fitted_to_means(XragEncoder(lm, OnnxEmbedder()), rarity, [texts[text_number] for text_number in order])
    encoder = GMSAEncoder(lm) if method == "gmsa" else CompLLMEncoder(lm, layers=(len(lm.layers) + 1) // 2)
    with torch.no_grad():
        encoder.head["weigh"].weight.copy_(rarity[None])
    return encoder


def _rarity(lm: LanguageModel, texts: Sequence[str]) -> Any:
    """The linear function of a token's embedding that best predicts its rarity in ``texts`` (minus the logarithm of its
    share): rare tokens carry most information. *Shape:* (hidden,).
    """
    ids = torch.tensor([token for ids in lm.many_ids(texts) for token in ids])
    counts = torch.bincount(ids, minlength=len(lm.embeddings.weight)).float()
    seen_ids = counts.nonzero()[:, 0]
    rarity = -((counts[seen_ids] + 0.5) / (counts.sum() + 0.5 * len(counts))).log()
    count_roots = counts[seen_ids].sqrt()[:, None]
    with torch.no_grad():
        features = even(lm.embed(seen_ids.to(lm.device)).float().cpu())
        features = count_roots * torch.cat([features, torch.ones(len(seen_ids), 1)], 1)
        coefficients = torch.linalg.solve(
            features.T @ features + torch.eye(features.shape[1]), features.T @ (count_roots[:, 0] * rarity)
        )
    return coefficients[:-1]


def _fitted_to_means(encoder: XragEncoder, weights: Any, texts: Sequence[str]) -> XragEncoder:
    """The encoder with a projector fitted to the weighted mean token embeddings of passages, in a few seconds; training
    with the language model starts from there.
    """
    lm = encoder.lm
    head: Any = encoder.head
    with torch.no_grad():
        head[0].weight.mul_(encoder.embedder.dimension**0.5)  # vectors of length 1 have small numbers
        tokens = [lm.embed(torch.tensor(ids, device=lm.device))[None] for ids in lm.many_ids(texts)]
        device_weights = weights.to(lm.device)
        means = torch.cat(
            [
                group_weighted(token_vectors, weighed(token_vectors, device_weights), token_vectors.shape[1])[0].float()
                for token_vectors in tokens
            ]
        )
    passage_vectors = torch.from_numpy(encoder.embedder.embed(texts)).to(lm.device)
    optimizer = torch.optim.Adam(head.parameters(), lr=2e-3)
    for _ in range(300):
        loss: Any = torch.nn.functional.mse_loss(head(passage_vectors), means) / lm.scale**2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    optimizer.zero_grad()
    return encoder
