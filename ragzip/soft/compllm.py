"""CompLLM's encoder: the language model itself, with a LoRA adapter, sums up short pieces one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from ragzip.soft.encoder import LMEncoder, even, group_mean
from ragzip.soft.language import LanguageModel

__all__ = ["CompLLMEncoder"]


class CompLLMEncoder(LMEncoder):
    """Berton et al. 2025 (CompLLM, arXiv 2509.19228): a piece of at most 20 tokens, then a place for each vector; the
    last states there, through a linear layer, stand for the piece's tokens.

    What differs from the paper: a place is filled with the mean of the token embeddings that it stands for and a
    learned vector, not with an end-of-text token; and the linear layer gives what is added to that mean, in units of
    the embeddings, from states of equal size. At the start of training the encoder is therefore mean pooling. One
    adapter serves all ratios, each with a vector of its own.

    :param rank: of the adapter.
    """

    method = "compllm"
    most = 20
    join = False

    def __init__(self, lm: LanguageModel, *, ratios: Sequence[int] = (2, 4), rank: int = 8) -> None:
        super().__init__(lm)
        self.ratios, self.rank = tuple(ratios), rank
        self.head = torch.nn.ModuleDict(
            {
                "out": torch.nn.Linear(lm.hidden, lm.hidden),
                "place": torch.nn.Embedding(max(ratios) + 1, lm.hidden),
            }
        ).to(lm.device, lm.embeddings.weight.dtype)
        for parameter in self.head.parameters():
            torch.nn.init.zeros_(parameter)
        self.adapter = lm.add_lora(self.method, rank=rank)

    def settings(self) -> dict[str, Any]:
        """What it is made again with."""
        return {"ratios": list(self.ratios or ()), "rank": self.rank}

    def forward(self, ids: Any, ratio: int) -> Any:
        """*Shape:* (batch, n) to (batch, ⌈n/ratio⌉, hidden)."""
        tokens = self.lm.embed(ids)
        means = group_mean(tokens, ratio)
        places = means + self.head["place"].weight[ratio]
        states = self.lm.hidden_states(torch.cat([tokens, places.to(tokens.dtype)], 1))[:, ids.shape[1] :]
        return means + self.lm.scale * self.head["out"](even(states))
