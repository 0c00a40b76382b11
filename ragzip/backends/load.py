"""From the name of a model and a runtime to a backend."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ragzip.backends.classifier import TokenClassifier
from ragzip.backends.onnx import OnnxEmbedder, OnnxModel, graph_of, load_onnx
from ragzip.errors import ModelError, OptionError

if TYPE_CHECKING:
    from ragzip.backends.base import TextEmbedder, WordScorer

__all__ = ["load_embedder", "load_self_information", "load_word_scorer"]


def load_embedder(model: str | Path | TextEmbedder | None, backend: str | None) -> TextEmbedder:
    """The embedder in a folder (None: the shipped one), or ``model`` itself where it is one already.

    :raises OptionError: a runtime that embedders do not have.
    """
    if backend not in (None, "onnx"):
        raise OptionError(f"backend: received {backend!r}, expected 'onnx' for an embedder.")
    return OnnxEmbedder(model) if model is None or isinstance(model, (str, Path)) else model


def load_word_scorer(
    model: str | Path | WordScorer | None, backend: str | None, *, window: int | None = None, device: str | None = None
) -> WordScorer:
    """A token classifier as a word scorer, or ``model`` itself where it is one already.

    :param model: a folder or a hub id.
    :param backend: "onnx" | "torch"; default: ONNX where the folder holds such a model, else torch.
    :raises OptionError: another runtime, or a device with ONNX.
    :raises ModelError: no model named, or it cannot be loaded.
    """
    if backend not in (None, "onnx", "torch"):
        raise OptionError(f"backend: received {backend!r}, expected 'onnx' or 'torch'.")
    if model is None:
        raise ModelError(
            "model: received None, expected a token classification checkpoint: a folder, one made by ragzip export, or "
            "a hub id such as 'microsoft/llmlingua-2-bert-base-multilingual-cased-meetingbank' (needs a network once)."
        )
    if not isinstance(model, (str, Path)):
        return _scorer(model)
    if backend == "onnx" or (backend is None and graph_of(model) is not None):
        if device not in (None, "cpu"):
            raise OptionError(f"device: received {device!r}; ONNX models run on the CPU here. Use backend='torch'.")
        return TokenClassifier(_classifier(load_onnx(model)), window=window)
    return TokenClassifier(_torch(model, device), window=window)


def load_self_information(
    model: str | Path | WordScorer | None, backend: str | None, *, device: str | None = None
) -> WordScorer:
    """A causal language model as a word scorer, or ``model`` itself where it is one already.

    :param model: a folder, a hub id or a GGUF file.
    :raises OptionError: a runtime other than torch.
    :raises ModelError: no model named, or it cannot be loaded.
    """
    if backend not in (None, "torch"):
        raise OptionError(f"backend: received {backend!r}, expected 'torch' for a language model.")
    if model is None:
        raise ModelError(
            "model: received None, expected a causal language model: a folder, a GGUF file, or a hub id such as 'gpt2' "
            "(needs a network once)."
        )
    if not isinstance(model, (str, Path)):
        return _scorer(model)
    from ragzip.backends.surprisal import SelfInformation
    from ragzip.backends.torch import TorchModel

    return SelfInformation(TorchModel(model, kind="causal-lm", device=device))


def _classifier(model: OnnxModel) -> OnnxModel:
    """``model``, if it gives labels to tokens, as far as its folder says what it is."""
    named = model.settings.get("architectures") or []
    is_one = not named or any("TokenClassification" in name for name in named)
    if "dimension" in model.settings or len(model.shape) != 3 or not is_one:
        kind = ", ".join(named) or "an embedder or another kind of model"
        raise ModelError(f"model: {model.folder} is no token classifier ({kind}; output {model.shape}).")
    return model


def _scorer(model: Any) -> WordScorer:
    if not hasattr(model, "score_words") or not hasattr(model, "fingerprint"):
        raise OptionError(f"model: received {type(model).__name__}, expected a folder, a hub id or a WordScorer.")
    return cast("WordScorer", model)


def _torch(model: str | Path, device: str | None) -> Any:
    from ragzip.backends.torch import TorchModel

    return TorchModel(model, device=device)
