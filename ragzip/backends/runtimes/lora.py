"""Trained adapters in folders: ``config.json`` (method, settings, size of the language model, notes of the recipe)
and ``adapter.safetensors`` (float16). An adapter belongs to one language model.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ragzip.backends.runtimes.torch import TorchModel
from ragzip.checks import shown
from ragzip.errors import ModelError, StorageError, model_errors
from ragzip.files.manifest import read_settled

__all__ = ["SCALE", "merge", "read_adapter", "size_of"]

SCALE = 2  # alpha ÷ rank, of all our adapters
_A_SUFFIX, _B_SUFFIX = ".lora_A.weight", ".lora_B.weight"


def read_adapter(path: Path, method: str, module: Any, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The config and the tensors of the adapter in ``path``.

    :param module: the language model of the adapter; ``name`` names it in errors.
    :raises ModelError: no such folder, or made for another method or language model.
    """
    from safetensors.torch import load_file

    def read() -> tuple[dict[str, Any], dict[str, Any]]:
        config = json.loads((path / "config.json").read_text("utf-8"))
        if not isinstance(config, dict):
            raise ValueError(f"config.json holds {type(config).__name__}, expected an object")
        return config, load_file(path / "adapter.safetensors")

    try:
        config, tensors = read_settled(path, read)
    except StorageError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(
            f"adapter: {path} cannot be read ({error}). Expected config.json, adapter.safetensors."
        ) from None
    except Exception as error:  # safetensors raises its own error type
        raise ModelError(f"adapter: {path}/adapter.safetensors is damaged ({error}).") from error
    if config.get("method") != method:
        raise ModelError(f"adapter: {path} holds {shown(config.get('method'))}, expected {method!r}.")
    if not isinstance(config.get("settings", {}), dict):
        raise ModelError(f"adapter: {path}/config.json has settings {shown(config['settings'])}, expected an object.")
    if config.get("model") != size_of(module):
        raise ModelError(
            f"adapter: {path} was made for a language model of the size {config.get('model')}; {name} is "
            f"{size_of(module)}."
        )
    return config, tensors


def size_of(module: Any) -> dict[str, int]:
    """The size of a language model: an adapter fits all models of its size."""
    names = ("hidden_size", "num_hidden_layers", "vocab_size")
    return {name: int(getattr(module.config, name, 0) or 0) for name in names}


def merge(model: TorchModel, path: Path, method: str) -> None:
    """Add the LoRA adapter in ``path`` to the weights of ``model``, permanently: the model then runs at full speed.

    :raises ModelError: see :func:`read_adapter`.
    """
    import torch

    _, tensors = read_adapter(path, method, model.module, model.source)
    parameter_by_name = dict(model.module.named_parameters())
    with model_errors(f"adapter: {path} does not fit {model.source}"):
        for layer_name in sorted(name.removesuffix(_A_SUFFIX) for name in tensors if name.endswith(_A_SUFFIX)):
            low_rank_a = tensors[layer_name + _A_SUFFIX].float()
            low_rank_b = tensors[layer_name + _B_SUFFIX].float()
            parameter = parameter_by_name[layer_name.removeprefix("lora.") + ".weight"]
            with torch.no_grad():
                parameter.add_((SCALE * low_rank_b @ low_rank_a).to(parameter))
    weights_digest = hashlib.blake2b((path / "adapter.safetensors").read_bytes(), digest_size=8)
    model.fingerprint += f":{weights_digest.hexdigest()}"
