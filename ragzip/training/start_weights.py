"""Checkpoint folders to start training from: encoder, tokenizer, and the head of a trained pruner."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ragzip.errors import ModelError
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.writing import refuse_inputs
from ragzip.training.pruner.model import PrunerNet
from ragzip.training.pruner.recipe import HEAD, start

__all__ = ["FILES", "WRITER", "write_encoder", "write_network", "write_start_weights"]

WRITER = "start weights"  # in the manifest of their folder
FILES = ("model.safetensors", "config.json", "tokenizer.json")


def write_start_weights(out: Path, model: Path | None = None, *, layers: int | None = None) -> int:
    """The size in bytes of the float16 weights that ``out`` gets, with tokenizer and config: all that another machine
    needs to start training from ``model``. ``start(out)`` gives the same network, within the rounding to float16.

    :param model: as in :func:`~ragzip.training.pruner.recipe.start`; default: the shipped pruner.
    :param layers: of a checkpoint, keep only so many.
    :raises ModelError: ``model`` cannot be trained, or float16 cannot hold its weights.
    :raises OptionError: ``out`` is ``model``.
    :raises StorageError: ``out`` holds files of these names that ragzip did not write, or cannot be written.
    """
    refuse_inputs([out], [model])
    check_files(out, WRITER, FILES)
    net, tokenizer = start(model, layers)
    trained = model is None or (model / "model.onnx").is_file() or (model / HEAD).is_file()
    return write_network(net, tokenizer, out, head=trained)


def write_network(net: PrunerNet, tokenizer: Any, out: Path, *, head: bool = True) -> int:
    """The size in bytes of the float16 weights of ``net`` that ``out`` gets, see :func:`write_start_weights`.

    :param head: write the outputs, too.
    """
    with replacing_files(out, WRITER, FILES) as fresh:
        write_encoder(net.encoder, tokenizer, fresh, dtype=torch.float16)
        if head:
            _save({name: tensor.float() for name, tensor in net.head.state_dict().items()}, fresh / HEAD)
        return sum(file.stat().st_size for file in fresh.glob("*.safetensors"))


def write_encoder(encoder: Any, tokenizer: Any, folder: Path, *, dtype: torch.dtype) -> None:
    """Write a checkpoint in the layout of transformers into ``folder``.

    :raises ModelError: ``dtype`` cannot hold the weights.
    """
    tensors = {name: tensor.detach().cpu().to(dtype) for name, tensor in encoder.state_dict().items()}
    too_large = [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]
    if too_large:
        raise ModelError(f"model: {', '.join(too_large[:4])} hold numbers that {dtype} cannot, expected finite ones.")
    _save(tensors, folder / "model.safetensors")
    encoder.config.architectures = [type(encoder).__name__]
    encoder.config.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))


def _save(tensors: dict[str, Any], path: Path) -> None:
    from safetensors.torch import save_file

    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, metadata={"format": "pt"})
