"""Kinds of transformers checkpoints: how each is built, and its outputs for a token. Needs ``ragzip[torch]``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ragzip.backends.windows import segment_ids
from ragzip.errors import ModelError

__all__ = ["KINDS", "Loader"]

Loader = Callable[[Any, str, dict[str, Any]], tuple[Any, set[str]]]
_HEAD_NAMES = ("pruning_head.classifier", "token_classifier")  # OpenProvence's, Provence's


def _auto(name: str) -> Loader:
    """A loader that uses one of transformers' own classes."""

    def load(transformers: Any, source: str, extra: dict[str, Any]) -> tuple[Any, set[str]]:
        module, loading_info = getattr(transformers, name).from_pretrained(
            source, output_loading_info=True, **{"dtype": "float32", **extra}
        )
        return module, set(loading_info["missing_keys"])

    return load


def _encoder(transformers: Any, source: str, extra: dict[str, Any]) -> tuple[Any, set[str]]:
    """An encoder that gives the states of its last layer. A missing pooler is accepted."""
    module, missing_names = _auto("AutoModel")(transformers, source, extra)
    return _states(module), {tensor_name for tensor_name in missing_names if "pooler" not in tensor_name}


def _states(encoder: Any) -> Any:
    import torch

    class States(torch.nn.Module):
        """*Shape:* (batch, sequence, hidden), as ``logits``."""

        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.config = encoder, encoder.config

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            hidden_states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            return _Output(hidden_states)

    return States()


class _Output:
    def __init__(self, logits: Any) -> None:
        self.logits = logits


def _provence(transformers: Any, source: str, extra: dict[str, Any]) -> tuple[Any, set[str]]:
    """A reranker with a pruning head, in the layout of OpenProvence (config ``open_provence``; ``ranking_model.*`` and
    ``pruning_head.classifier.*``) or of Provence (a DeBERTa-v2 classifier with ``token_classifier.*`` besides). None of
    the checkpoint's own code runs.
    """
    config = json.loads(_file(transformers, source, "config.json").read_text("utf-8"))
    encoder_config = dict(config.get("base_model_config") or config)
    model_type = encoder_config.pop("model_type", "deberta-v2")
    if model_type == "open_provence" or model_type == "Provence":
        raise ModelError(f"model: {source!r} has no base_model_config, which names its encoder.")
    for key in ("architectures", "auto_map", "torch_dtype", "dtype", "id2label", "label2id"):
        encoder_config.pop(key, None)
    encoder_config["num_labels"] = int(config.get("num_labels") or 1)
    ranker = transformers.AutoModelForSequenceClassification.from_config(
        transformers.AutoConfig.for_model(model_type, **encoder_config)
    )
    tensors = _tensors(transformers, source)
    head_name = next((name for name in _HEAD_NAMES if f"{name}.weight" in tensors), None)
    if head_name is None:
        raise ModelError(
            f"model: {source!r} has no pruning head: expected {' or '.join(_HEAD_NAMES)} among its weights."
        )
    weight, bias = tensors.pop(f"{head_name}.weight"), tensors.pop(f"{head_name}.bias")
    ranker_tensors = {key.removeprefix("ranking_model."): tensor.float() for key, tensor in tensors.items()}
    missing_names = set(ranker.load_state_dict(ranker_tensors, strict=False).missing_keys)
    return _pruning(ranker, weight.float(), bias.float()), {key for key in missing_names if "position_ids" not in key}


def _pruning(ranker: Any, weight: Any, bias: Any) -> Any:
    import torch

    class Pruning(torch.nn.Module):
        """P(keep), 0 (every token of a sentence weighs alike), P(keep) again as the word's, and the ranking logit.

        *Shape:* (batch, sequence, 4), as ``logits``.
        """

        def __init__(self) -> None:
            super().__init__()
            self.ranker, self.config = ranker, ranker.config
            self.separator: int | None = None  # of the tokenizer, for encoders that distinguish segments
            self.head = torch.nn.Linear(weight.shape[1], weight.shape[0])
            with torch.no_grad():
                self.head.weight.copy_(weight)
                self.head.bias.copy_(bias)

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            segment_inputs = {}
            if self.separator is not None:
                segment_inputs["token_type_ids"] = segment_ids(input_ids, self.separator) * attention_mask
            ranker_output = self.ranker(
                input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True, **segment_inputs
            )
            head_logits = self.head(ranker_output.hidden_states[-1])
            keep_probability = (
                head_logits.softmax(-1)[..., 1] if head_logits.shape[-1] == 2 else head_logits[..., 0].sigmoid()
            )
            rank_logit = ranker_output.logits[:, :1].expand_as(keep_probability)
            return _Output(
                torch.stack([keep_probability, torch.zeros_like(keep_probability), keep_probability, rank_logit], -1)
            )

    return Pruning()


def _file(transformers: Any, source: str, name: str) -> Path:
    """The file called ``name`` of a folder or a hub repository.

    :raises OSError: there is none.
    """
    cached_path = transformers.utils.cached_file(source, name)
    if cached_path is None:
        raise FileNotFoundError(f"{source} has no {name}")
    return Path(cached_path)


def _tensors(transformers: Any, source: str) -> dict[str, Any]:
    import torch
    from safetensors.torch import load_file

    try:
        return dict(load_file(_file(transformers, source, "model.safetensors")))
    except OSError:
        tensors = torch.load(_file(transformers, source, "pytorch_model.bin"), map_location="cpu", weights_only=True)
        return dict(tensors)


KINDS: dict[str, Loader] = {
    "token-classification": _auto("AutoModelForTokenClassification"),
    "causal-lm": _auto("AutoModelForCausalLM"),
    "seq2seq": _auto("AutoModelForSeq2SeqLM"),
    "encoder": _encoder,
    "provence": _provence,
}
