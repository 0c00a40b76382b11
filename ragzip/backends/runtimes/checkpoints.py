"""Kinds of transformers checkpoints: how each is built, and what it says of a token. Needs ``ragzip[torch]``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ragzip.backends.scorers.pairs import segment_ids
from ragzip.errors import ModelError

__all__ = ["KINDS", "Loader"]

Loader = Callable[[Any, str, dict[str, Any]], tuple[Any, set[str]]]
_HEADS = ("pruning_head.classifier", "token_classifier")  # OpenProvence's and Provence's names for it


def _auto(name: str) -> Loader:
    """By one of transformers' own classes."""

    def load(transformers: Any, source: str, extra: dict[str, Any]) -> tuple[Any, set[str]]:
        module, info = getattr(transformers, name).from_pretrained(
            source, output_loading_info=True, **{"dtype": "float32", **extra}
        )
        return module, set(info["missing_keys"])

    return load


def _encoder(transformers: Any, source: str, extra: dict[str, Any]) -> tuple[Any, set[str]]:
    """The states of the last layer. A pooler that the checkpoint lacks is not needed."""
    module, missing = _auto("AutoModel")(transformers, source, extra)
    return _states(module), {key for key in missing if "pooler" not in key}


def _states(encoder: Any) -> Any:
    import torch

    class States(torch.nn.Module):
        """*Shape:* (batch, sequence, hidden), as ``logits``."""

        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.config = encoder, encoder.config

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            found = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            return _Output(found)

    return States()


class _Output:
    def __init__(self, logits: Any) -> None:
        self.logits = logits


def _provence(transformers: Any, source: str, extra: dict[str, Any]) -> tuple[Any, set[str]]:
    """A reranker with a pruning head, in the layout of OpenProvence (config ``open_provence``; ``ranking_model.*`` and
    ``pruning_head.classifier.*``) or of Provence (a DeBERTa-v2 classifier with ``token_classifier.*`` beside). None of
    the checkpoint's own code runs.
    """
    config = json.loads(_file(transformers, source, "config.json").read_text("utf-8"))
    base = dict(config.get("base_model_config") or config)
    kind = base.pop("model_type", "deberta-v2")
    if kind == "open_provence" or kind == "Provence":
        raise ModelError(f"model: {source!r} has no base_model_config: what its encoder is cannot be told.")
    for key in ("architectures", "auto_map", "torch_dtype", "dtype", "id2label", "label2id"):
        base.pop(key, None)
    base["num_labels"] = int(config.get("num_labels") or 1)
    ranker = transformers.AutoModelForSequenceClassification.from_config(
        transformers.AutoConfig.for_model(kind, **base)
    )
    tensors = _tensors(transformers, source)
    head = next((name for name in _HEADS if f"{name}.weight" in tensors), None)
    if head is None:
        raise ModelError(f"model: {source!r} has no pruning head: expected {' or '.join(_HEADS)} among its weights.")
    weight, bias = tensors.pop(f"{head}.weight"), tensors.pop(f"{head}.bias")
    rest = {key.removeprefix("ranking_model."): value.float() for key, value in tensors.items()}
    missing = set(ranker.load_state_dict(rest, strict=False).missing_keys)
    return _pruning(ranker, weight.float(), bias.float()), {key for key in missing if "position_ids" not in key}


def _pruning(ranker: Any, weight: Any, bias: Any) -> Any:
    import torch

    class Pruning(torch.nn.Module):
        """P(keep), 0 (every token of a sentence weighs alike), P(keep) again as the word's, and the ranking logit.

        *Shape:* (batch, sequence, 4), as ``logits``.
        """

        def __init__(self) -> None:
            super().__init__()
            self.ranker, self.config = ranker, ranker.config
            self.separator: int | None = None  # that of the tokenizer, for encoders that know segments apart
            self.head = torch.nn.Linear(weight.shape[1], weight.shape[0])
            with torch.no_grad():
                self.head.weight.copy_(weight)
                self.head.bias.copy_(bias)

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            extra = {}
            if self.separator is not None:
                extra["token_type_ids"] = segment_ids(input_ids, self.separator) * attention_mask
            found = self.ranker(input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True, **extra)
            logits = self.head(found.hidden_states[-1])
            keep = logits.softmax(-1)[..., 1] if logits.shape[-1] == 2 else logits[..., 0].sigmoid()
            rank = found.logits[:, :1].expand_as(keep)
            return _Output(torch.stack([keep, torch.zeros_like(keep), keep, rank], -1))

    return Pruning()


def _file(transformers: Any, source: str, name: str) -> Path:
    """The file called ``name`` of a folder or a hub repository.

    :raises OSError: there is none.
    """
    found = transformers.utils.cached_file(source, name)
    if found is None:
        raise FileNotFoundError(f"{source} has no {name}")
    return Path(found)


def _tensors(transformers: Any, source: str) -> dict[str, Any]:
    import torch
    from safetensors.torch import load_file

    try:
        return dict(load_file(_file(transformers, source, "model.safetensors")))
    except OSError:
        found = torch.load(_file(transformers, source, "pytorch_model.bin"), map_location="cpu", weights_only=True)
        return dict(found)


KINDS: dict[str, Loader] = {
    "token-classification": _auto("AutoModelForTokenClassification"),
    "causal-lm": _auto("AutoModelForCausalLM"),
    "seq2seq": _auto("AutoModelForSeq2SeqLM"),
    "encoder": _encoder,
    "provence": _provence,
}
