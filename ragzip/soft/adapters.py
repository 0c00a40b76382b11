"""Trained encoders and readers in folders: our layout (:mod:`ragzip.backends.runtimes.lora`), and published ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ragzip.backends.runtimes.lora import read_adapter, size_of
from ragzip.checks import path_of
from ragzip.errors import ModelError, model_errors
from ragzip.files.manifest import replacing_files, settle
from ragzip.models import SHIPPED, shipped
from ragzip.soft.encoders.base import fill
from ragzip.soft.encoders.compllm import CompLLMEncoder
from ragzip.soft.encoders.gmsa import GMSAEncoder
from ragzip.soft.encoders.xrag import XragEncoder
from ragzip.soft.language import LanguageModel

if TYPE_CHECKING:
    from ragzip.backends.protocols import TextEmbedder

__all__ = [
    "FILES",
    "WRITER",
    "LoRA",
    "Trained",
    "load_adapter",
    "load_reader_lora",
    "save_adapter",
    "write_adapter",
]

FORMAT = 1
WRITER = "adapter"  # in the manifest of its folder
FILES = ("config.json", "adapter.safetensors")


class LoRA:
    """A LoRA adapter on a language model: "reader" answers from soft prompts, "rewriter" rewrites texts."""

    head = None

    def __init__(self, lm: LanguageModel, *, rank: int = 8, method: str = "reader") -> None:
        self.lm, self.rank, self.method = lm, rank, method
        self.adapter = lm.add_lora(self.method, rank=rank)

    def tensors(self) -> dict[str, Any]:
        """The trained tensors by name."""
        return {f"lora.{key}": value for key, value in self.lm.lora(self.adapter).items()}

    def settings(self) -> dict[str, Any]:
        """The arguments that make it again."""
        return {"rank": self.rank}


class Trained(Protocol):
    """A trained encoder or adapter, which can be saved."""

    method: str
    lm: LanguageModel

    def tensors(self) -> dict[str, Any]: ...

    def settings(self) -> dict[str, Any]: ...


def save_adapter(trained: Trained, folder: str | Path, notes: Mapping[str, Any] | None = None) -> None:
    """Write ``trained`` to ``folder``, replacing an adapter that was saved there; ``notes`` of its recipe go into the
    config.

    :raises StorageError: the folder holds files of these names that :func:`save_adapter` did not write, or cannot be
        written.
    """
    with replacing_files(folder, WRITER, FILES) as new_folder:
        write_adapter(trained, new_folder, notes)


def write_adapter(trained: Trained, folder: Path, notes: Mapping[str, Any] | None = None) -> None:
    """Write the files of ``trained`` to the empty ``folder``."""
    import torch
    from safetensors.torch import save_file

    config = {
        "format": FORMAT,
        "method": trained.method,
        "settings": trained.settings(),
        "model": size_of(trained.lm.module),
    }
    (folder / "config.json").write_text(json.dumps(config | dict(notes or {}), indent=1) + "\n", "utf-8")
    tensors = {
        name: tensor.detach().to("cpu", torch.float16).contiguous() for name, tensor in trained.tensors().items()
    }
    save_file(tensors, folder / "adapter.safetensors")


def load_adapter(
    method: str, lm: LanguageModel, folder: str | Path | None, *, embedder: TextEmbedder | None = None
) -> Any:
    """The encoder of ``method`` in ``folder`` (None: the shipped one, for SmolLM2-135M), on ``lm``.

    :param folder: a folder that :func:`save_adapter` wrote; for "xrag" also a published checkpoint.
    :param embedder: of "xrag".
    :raises ModelError: no such folder, or made for another method, language model or embedder.
    """
    adapter_folder = _place(method, folder)
    settle(adapter_folder)
    if method == "xrag" and folder is not None and not (adapter_folder / "adapter.safetensors").is_file():
        return fill(_xrag(lm, embedder, {}), _published_projector(adapter_folder))
    config, tensors = read_adapter(adapter_folder, method, lm.module, lm.name)
    settings = config.get("settings", {})
    with model_errors(
        f"adapter: {adapter_folder} has settings that {method} does not know, or others than its weights"
    ):
        if method == "xrag":
            return fill(_xrag(lm, embedder, settings), tensors)
        encoder_classes: dict[str, Any] = {"compllm": CompLLMEncoder, "gmsa": GMSAEncoder}
        return fill(encoder_classes[method](lm, **settings), tensors)


def load_reader_lora(lm: LanguageModel, folder: str | Path | None) -> str:
    """Put the adapter in ``folder`` (None: the shipped one) on ``lm``; the adapter's name there.

    :raises ModelError: as :func:`load_adapter`.
    """
    adapter_folder = _place("reader", folder)
    config, tensors = read_adapter(adapter_folder, "reader", lm.module, lm.name)
    with model_errors(
        f"adapter: {adapter_folder} has settings that a reader does not know, or others than its weights"
    ):
        reader: LoRA = fill(LoRA(lm, **config.get("settings", {})), tensors)
    return reader.adapter


def _xrag(lm: LanguageModel, embedder: TextEmbedder | None, settings: Mapping[str, Any]) -> XragEncoder:
    from ragzip.backends.runtimes.onnx import OnnxEmbedder

    return XragEncoder(
        lm, embedder if embedder is not None else OnnxEmbedder(), embedded_by=settings.get("embedded_by")
    )


def _place(method: str, folder: str | Path | None) -> Path:
    if folder is not None:
        return path_of(folder, "adapter", expected="a folder")
    name = f"soft/{method}"
    if name not in SHIPPED:
        raise ModelError(
            f"adapter: no trained {method} is shipped. Pass the folder of one, or train one: ragzip train soft."
        )
    return shipped(name)


def _published_projector(folder: Path) -> dict[str, Any]:
    """The tensors of the projector in a published xRAG checkpoint, which holds the language model too."""
    from safetensors import safe_open

    tensor_by_key: dict[str, Any] = {}
    for weights_file in sorted(folder.glob("*.safetensors")):
        with model_errors(f"adapter: {weights_file} is damaged"), safe_open(weights_file, "pt") as weights:
            tensor_by_key |= {key: weights.get_tensor(key) for key in weights.keys() if "projector." in key}  # noqa: SIM118
    if not tensor_by_key:
        raise ModelError(f"adapter: {folder} has neither adapter.safetensors nor a checkpoint with a projector in it.")
    return {f"head.{key.rpartition('projector.')[2]}": value for key, value in tensor_by_key.items()}
