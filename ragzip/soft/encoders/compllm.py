"""CompLLM's encoder: the language model itself, with a LoRA adapter, summarises short pieces one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from ragzip.soft.encoders.base import LMEncoder, even, runs_weighted, weighed
from ragzip.soft.language import LanguageModel, states_of

__all__ = ["CompLLMEncoder"]


class CompLLMEncoder(LMEncoder):
    """Berton et al. 2025 (CompLLM, arXiv 2509.19228): a piece of at most 20 tokens, then a place for each vector; the
    last states there, through a linear layer, stand for the piece's tokens.

    What differs from the paper: a place stands for a run of tokens that ends at one of the piece's weightiest; it is
    filled with their mean by weight and a learned vector, not with an end-of-text token; the linear layer gives what is
    added to that mean, in units of the embeddings, from states of equal size; the states may be those of a layer below
    the last. Weights are a linear function of the token's embedding. Where they are all the same and nothing is learnt,
    the encoder is mean pooling. One adapter serves all ratios, each with a vector of its own.

    :param rank: of the adapter.
    :param layers: of the language model, from the first; None: all.
    """

    method = "compllm"
    most = 20
    join = False

    def __init__(
        self, lm: LanguageModel, *, ratios: Sequence[int] = (2, 4), rank: int = 8, layers: int | None = None
    ) -> None:
        super().__init__(lm)
        self.ratios, self.rank, self.layers = tuple(ratios), rank, layers
        self.head = torch.nn.ModuleDict(
            {
                "out": torch.nn.Linear(lm.hidden, lm.hidden),
                "place": torch.nn.Embedding(max(ratios) + 1, lm.hidden),
                "weigh": torch.nn.Linear(lm.hidden, 1, bias=False),
            }
        ).to(lm.device, lm.embeddings.weight.dtype)
        for parameter in self.head.parameters():
            torch.nn.init.zeros_(parameter)
        self.adapter = lm.add_lora(self.method, rank=rank, layers=layers)
        self._trunk = lm.module.base_model if layers is None else lm.trunk(list(lm.layers)[:layers])

    def settings(self) -> dict[str, Any]:
        """The arguments that make it again."""
        return {"ratios": list(self.ratios or ()), "rank": self.rank, "layers": self.layers}

    def forward(self, ids: Any, ratio: int) -> Any:
        """*Shape:* (batch, n) to (batch, ⌈n/ratio⌉, hidden)."""
        token_embeddings = self.lm.embed(ids)
        run_means = runs_weighted(
            token_embeddings, weighed(token_embeddings, self.head["weigh"].weight[0]).to(token_embeddings.dtype), ratio
        )
        slots = run_means + self.head["place"].weight[ratio]
        inputs = torch.cat([token_embeddings, slots.to(token_embeddings.dtype)], 1)
        states = states_of(self._trunk, inputs)[:, ids.shape[1] :]
        return run_means + self.lm.scale * self.head["out"](even(states))
