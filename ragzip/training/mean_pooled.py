"""A sentence embedder in torch: a BERT-type encoder and the mean of its states."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from ragzip.backends.runtimes.onnx import OnnxEmbedder, graph_of
from ragzip.errors import ModelError, model_errors
from ragzip.training.pruner.export import stored_weights

__all__ = ["MeanPooled", "from_embedder"]

_LAYER = "encoder.encoder.layer."
_SAMPLES = ("When did the mill burn down?", "The river reaches the sea at Inverbervie, south of Stonehaven.")
_HEAD_SIZE = 64  # the commonest, tried first
_LEAST_COSINE = 0.98  # of a vector of the network and one of the embedder that it was read from


class MeanPooled(torch.nn.Module):
    """Token states → unit vector: the mean over the attention mask, normalised. *Shape:* (batch, sequence) to (batch,
    dimension).
    """

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: Any, attention_mask: Any) -> Any:
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(mean, p=2, dim=1)


def from_embedder(embedder: OnnxEmbedder) -> MeanPooled:
    """The network of an int8 embedder of BERT's architecture, as floats, to start a training from; dropout is off.

    The folder of an embedder does not say how many heads its attention has: the number whose vectors are those of the
    embedder is taken.

    :raises ModelError: an embedder that ragzip did not export, or of another architecture.
    """
    import onnx

    path = graph_of(embedder.folder) or embedder.folder / "model.onnx"
    with model_errors(f"model: {path} could not be read, expected an embedder in ONNX"):
        graph = onnx.load(str(path)).graph
    sizes = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    weights: dict[str, Any] = {}
    for heads in sorted(_divisors(embedder.dimension), key=lambda heads: abs(embedder.dimension / heads - _HEAD_SIZE)):
        network = MeanPooled(_encoder_of(sizes, heads, path)).eval()
        weights = weights or stored_weights(onnx, graph, network.state_dict(), embedder.folder)
        network.load_state_dict(weights)
        if _agrees(network, embedder):
            return network
    raise ModelError(f"model: {path} is no BERT with mean pooling, expected one as the shipped embedder.")


def _divisors(number: int) -> list[int]:
    return [size for size in range(1, number + 1) if number % size == 0]


def _encoder_of(sizes: dict[str, list[int]], heads: int, path: Path) -> Any:
    """An encoder of the architecture that the shapes of its weights tell."""
    from transformers import BertConfig, BertModel

    rows_name = next((name for name in sizes if name.endswith("word_embeddings/Gather/rows")), None)
    try:
        config = BertConfig(
            vocab_size=sizes[rows_name or "encoder.embeddings.word_embeddings.weight"][0],
            hidden_size=sizes["encoder.embeddings.LayerNorm.bias"][0],
            num_hidden_layers=sum(
                name.startswith(_LAYER) and name.endswith("attention.self.query.bias") for name in sizes
            ),
            num_attention_heads=heads,
            intermediate_size=sizes[f"{_LAYER}0.intermediate.dense.bias"][0],
            max_position_embeddings=sizes["encoder.embeddings.position_embeddings.weight"][0],
            type_vocab_size=sizes["encoder.embeddings.token_type_embeddings.weight"][0],
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
    except (KeyError, IndexError) as error:
        raise ModelError(f"model: {path} has no {error}, expected a BERT as the shipped embedder.") from error
    auto: Any = BertModel
    return auto._from_config(config, attn_implementation="eager", add_pooling_layer=False)


def _agrees(network: MeanPooled, embedder: OnnxEmbedder) -> bool:
    vectors = embedder.embed(_SAMPLES)
    with torch.inference_mode():
        for text, vector in zip(_SAMPLES, vectors, strict=True):
            ids = torch.tensor([embedder.token_ids(text)])
            if not network(ids, torch.ones_like(ids))[0].numpy() @ vector > _LEAST_COSINE:
                return False
    return bool(np.isfinite(vectors).all())
