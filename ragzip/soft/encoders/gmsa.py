"""GMSA's encoder: the first layers of the language model, groups of states merged, and a layer that maps them back."""

from __future__ import annotations

import copy
from typing import Any

import torch

from ragzip.backends.runtimes.torch import undo_onednn
from ragzip.soft.encoders.base import LMEncoder, even, group_mean, group_weighted, weighed
from ragzip.soft.language import LanguageModel, states_of

__all__ = ["GMSAEncoder"]


class GMSAEncoder(LMEncoder):
    """Tang et al. 2025 (GMSA, arXiv 2505.12215): states of the first ``layers`` layers, with LoRA; the mean of each
    group of ``ratio`` of them (any size); then one layer, a copy of the model's first one, that takes the merged states
    back to where the model reads.

    What differs from the paper's code: states are brought to equal size before they are merged; a linear layer after
    that block gives what is added to the group's token embeddings, their mean by weight (a linear function of the
    embedding), so that training begins with that; a text is encoded in pieces of at most 256 tokens, which do not
    change with each other.

    :param layers: of the language model, from the first.
    :param rank: of the adapter.
    """

    method = "gmsa"
    most = 256

    def __init__(self, lm: LanguageModel, *, layers: int = 8, rank: int = 16) -> None:
        super().__init__(lm)
        self.layers, self.rank = min(layers, len(lm.layers)), rank
        alignment_block = _plain(lm.layers[0]).requires_grad_(True)
        self.adapter = lm.add_lora(self.method, rank=rank, layers=self.layers)
        dtype = lm.embeddings.weight.dtype
        output_layer = torch.nn.Linear(lm.hidden, lm.hidden).to(lm.device, dtype)
        weight_layer = torch.nn.Linear(lm.hidden, 1, bias=False).to(lm.device, dtype)
        for parameter in (output_layer.weight, output_layer.bias, weight_layer.weight):
            torch.nn.init.zeros_(parameter)
        self.head = torch.nn.ModuleDict({"block": alignment_block, "out": output_layer, "weigh": weight_layer})
        self._encoder, self._alignment = lm.trunk(list(lm.layers)[: self.layers]), lm.trunk([alignment_block])

    def settings(self) -> dict[str, Any]:
        """The arguments that make it again."""
        return {"layers": self.layers, "rank": self.rank}

    def forward(self, ids: Any, ratio: int) -> Any:
        """*Shape:* (batch, n) to (batch, ⌈n/ratio⌉, hidden)."""
        token_embeddings = self.lm.embed(ids)
        # even: the first token's state is hundreds of times as large as others in models of the Llama kind
        states = even(states_of(self._encoder, token_embeddings))
        aligned = states_of(self._alignment, self.lm.scale * group_mean(states, ratio))
        weights = weighed(token_embeddings, self.head["weigh"].weight[0]).to(token_embeddings.dtype)
        return group_weighted(token_embeddings, weights, ratio) + self.lm.scale * self.head["out"](even(aligned))


def _plain(layer: Any) -> Any:
    """A copy of ``layer``, without adapters, and with linear layers that run on the copy's own weights."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    bare_layer = copy.deepcopy(layer)
    wrapped_parts = [
        (path, wrapper) for path, wrapper in bare_layer.named_modules() if isinstance(wrapper, BaseTunerLayer)
    ]
    for path, wrapper in wrapped_parts:
        parent, _, name = path.rpartition(".")
        setattr(bare_layer.get_submodule(parent), name, wrapper.get_base_layer())
    return undo_onednn(bare_layer)
