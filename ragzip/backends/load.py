"""The backend for the name of a model and a runtime."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard, cast

from ragzip.backends.runtimes.onnx import OnnxEmbedder, OnnxModel, graph_of, load_onnx
from ragzip.backends.scorers.classifier import TokenClassifier
from ragzip.backends.scorers.mean_pool import MeanPoolEmbedder
from ragzip.backends.scorers.pairs import VALUES, PairReader
from ragzip.backends.scorers.paths import PathModel
from ragzip.backends.scorers.prompt_attention import PromptAttention
from ragzip.backends.scorers.retrieval_heads import RetrievalHeads
from ragzip.backends.scorers.surprisal import SelfInformation
from ragzip.backends.scorers.yes_no import YesNo
from ragzip.checks import choice, path_of, text, with_methods
from ragzip.errors import ModelError, OptionError
from ragzip.models import MULTILINGUAL, MULTILINGUAL_EMBEDDER, shipped

if TYPE_CHECKING:
    from ragzip.backends.protocols import PairScorer, PassageScorer, PathScorer, TextEmbedder, WordScorer
    from ragzip.backends.runtimes.torch import Kind

__all__ = [
    "Fusion",
    "is_named",
    "load_embedder",
    "load_judge",
    "load_path_scorer",
    "load_prompt_attention",
    "load_provence",
    "load_pruner",
    "load_self_information",
    "load_word_scorer",
]

Fusion = dict[str, dict[str, float]]  # weights of the evidence by name, by what evidence there is


class _Loader(NamedTuple):
    """A rule for loading the backends of one protocol.

    :param methods: of the protocol, besides ``fingerprint``: an object with them is a backend already.
    :param expected: what may be passed, for messages about other objects.
    :param kind: of the torch checkpoint (:data:`ragzip.backends.runtimes.checkpoints.KINDS`).
    :param make: the backend over a :class:`~ragzip.backends.runtimes.torch.TorchModel`.
    :param checkpoint: what has to be named, where no model is shipped.
    """

    methods: tuple[str, ...]
    expected: str
    kind: Kind
    make: Callable[[Any], Any]
    checkpoint: str | None = None

    def own_backend(self, model: Any) -> Any | None:
        """``model``, if it is a backend; None where it is the name of one, or None.

        :raises OptionError: an object that is no such backend, or a name that no model can have.
        :raises ModelError: no model is named, and none is shipped.
        """
        if model is None and self.checkpoint is not None:
            raise ModelError(f"model: received None, expected {self.checkpoint} (needs a network once).")
        if model is None or is_named(model):
            return None
        return with_methods(model, "model", (*self.methods, "fingerprint"), expected=self.expected)

    def from_torch(self, model: str | Path, device: str | None = None) -> Any:
        """The backend over the torch checkpoint ``model``."""
        from ragzip.backends.runtimes.torch import TorchModel

        return self.make(TorchModel(model, kind=self.kind, device=device))

    def load(self, model: Any, device: str | None = None) -> Any:
        """``model``, if it is a backend; else the backend over that torch checkpoint."""
        backend = self.own_backend(model)
        return self.from_torch(model, device) if backend is None else backend


_EMBEDDER = _Loader(("embed", "dimension"), "a folder, a hub id or a TextEmbedder", "encoder", MeanPoolEmbedder)
_PROVENCE = _Loader(
    ("score_passages",),
    "a folder or a PassageScorer",
    "provence",
    partial(PairReader, titled=False),
    "an OpenProvence or Provence checkpoint: a folder, or a hub id such as "
    "'hotchpotch/open-provence-reranker-xsmall-v1'",
)
_PRUNER = _PROVENCE._replace(checkpoint=None)  # in ONNX alone; one is shipped
_JUDGE = _Loader(
    ("score_pairs",),
    "a folder, a hub id or a PairScorer",
    "causal-lm",
    YesNo,
    "a causal language model: a folder, a GGUF file, or a hub id of EXIT's weights merged into their base, "
    "google/gemma-2b-it",
)
_PATH_SCORER = _Loader(
    ("score_paths",),
    "a folder, a hub id or a PathScorer",
    "causal-lm",
    PathModel,
    "a causal language model: a folder, a GGUF file, or a hub id such as 'zstanjj/HTML-Pruner-Llama-1B'",
)
_SELF_INFORMATION = _Loader(
    ("score_words",),
    "a folder, a hub id or a WordScorer",
    "causal-lm",
    SelfInformation,
    "a causal language model: a folder, a GGUF file, or a hub id such as 'gpt2'",
)
_WORD_SCORER = _Loader(
    ("score_words",),
    "a folder, a hub id or a WordScorer",
    "token-classification",
    TokenClassifier,
    "a token classification checkpoint: a folder, one made by ragzip export, or a hub id such as "
    "'microsoft/llmlingua-2-bert-base-multilingual-cased-meetingbank'",
)


def load_embedder(model: str | Path | TextEmbedder | None, backend: str | None) -> TextEmbedder:
    """The embedder in a folder (None: the shipped one), or ``model`` itself where it is one already.

    :param model: "multilingual", the one in the package ragzip-multilingual; a folder made by the recipe of the shipped
        ones; or an encoder checkpoint (a folder or a hub id), whose text vectors are then the mean of its token states,
        not normalised.
    :param backend: "onnx" | "torch"; default: ONNX where the folder holds such a model, else torch.
    :raises OptionError: another runtime.
    """
    choice(backend, "backend", (None, "onnx", "torch"))
    embedder = _EMBEDDER.own_backend(model)
    if embedder is not None:
        return cast("TextEmbedder", embedder)
    name = cast("str | Path | None", model)
    if backend == "torch" and name in (None, MULTILINGUAL):
        raise OptionError("backend: received 'torch' without a model, expected 'onnx' for the shipped embedders.")
    if name == MULTILINGUAL:
        return OnnxEmbedder(shipped(MULTILINGUAL_EMBEDDER))
    if name is not None and (backend == "torch" or (backend is None and graph_of(name) is None)):
        return cast("TextEmbedder", _EMBEDDER.from_torch(name))
    return OnnxEmbedder(name)


def load_pruner(model: str | Path | PassageScorer | None) -> tuple[PassageScorer, Fusion]:
    """The pruner in a folder (None: the English one; "multilingual": the one in ragzip-multilingual), or ``model``
    itself where it is a scorer already; and the weights of its evidence ({} for a scorer).

    :raises OptionError: no scorer.
    :raises ModelError: the folder holds something else.
    """
    scorer = _PRUNER.own_backend(model)
    if scorer is not None:
        return scorer, {}
    name = "pruner" if model is None else MULTILINGUAL if model == MULTILINGUAL else None
    pruner = load_onnx(cast("str | Path", model) if name is None else shipped(name))
    settings = pruner.settings.get("ragzip")
    fusion = settings.get("fusion") if isinstance(settings, dict) else None
    if not _is_fusion(fusion) or len(pruner.shape) != 3 or pruner.shape[-1] != VALUES:
        raise ModelError(f"model: {pruner.folder} holds no pruner. Expected a folder made by ragzip train pruner.")
    return PairReader(pruner), cast("Fusion", fusion)


def _is_fusion(value: object) -> bool:
    """Whether ``value`` holds finite weights of the evidence by name, with a bias, by what evidence there is."""
    return isinstance(value, dict) and all(
        isinstance(weights, dict)
        and "bias" in weights
        and all(isinstance(weight, (int, float)) and math.isfinite(weight) for weight in weights.values())
        for weights in value.values()
    )


def load_provence(model: str | Path | PassageScorer | None, *, device: str | None = None) -> PassageScorer:
    """A Provence-type checkpoint (a folder or a hub id), or ``model`` itself where it is a scorer already.

    :raises ModelError: no model named, or it cannot be loaded.
    """
    return cast("PassageScorer", _PROVENCE.load(model, device))


def load_judge(model: str | Path | PairScorer | None, *, device: str | None = None) -> PairScorer:
    """A causal language model that answers yes or no, or ``model`` itself where it is a scorer already.

    :param model: a folder, a hub id or a GGUF file.
    :raises ModelError: no model named, or it cannot be loaded.
    """
    return cast("PairScorer", _JUDGE.load(model, device))


def load_path_scorer(model: str | Path | PathScorer | None, *, device: str | None = None) -> PathScorer:
    """A causal language model that names paths of a page, or ``model`` itself where it is a scorer already.

    :param model: a folder, a hub id or a GGUF file.
    :raises ModelError: no model named, or it cannot be loaded.
    """
    return cast("PathScorer", _PATH_SCORER.load(model, device))


def load_prompt_attention(
    model: str | Path | WordScorer | None,
    *,
    layer: int | None = None,
    heads: RetrievalHeads | None = None,
    softmax: bool = False,
    window: int | None = None,
    device: str | None = None,
) -> WordScorer:
    """The attention of a causal language model as a word scorer, or ``model`` itself where it is a scorer already.

    :param model: a folder, a hub id or a GGUF file; other parameters: see
        :class:`~ragzip.backends.scorers.prompt_attention.PromptAttention`.
    :raises ModelError: no model named, it cannot be loaded, or its attention cannot be read.
    """
    make = partial(PromptAttention.over, layer=layer, heads=heads, softmax=softmax, window=window)
    return cast("WordScorer", _SELF_INFORMATION._replace(make=make).load(model, device))


def load_self_information(model: str | Path | WordScorer | None, *, device: str | None = None) -> WordScorer:
    """A causal language model as a word scorer, or ``model`` itself where it is one already.

    :param model: a folder, a hub id or a GGUF file.
    :raises ModelError: no model named, or it cannot be loaded.
    """
    return cast("WordScorer", _SELF_INFORMATION.load(model, device))


def load_word_scorer(
    model: str | Path | WordScorer | None, backend: str | None, *, window: int | None = None, device: str | None = None
) -> WordScorer:
    """A token classifier as a word scorer, or ``model`` itself where it is one already.

    :param model: a folder or a hub id.
    :param backend: "onnx" | "torch"; default: ONNX where the folder holds such a model, else torch.
    :raises OptionError: another runtime, or a device with ONNX.
    :raises ModelError: no model named, or it cannot be loaded.
    """
    choice(backend, "backend", (None, "onnx", "torch"))
    scorer = _WORD_SCORER.own_backend(model)
    if scorer is not None:
        return cast("WordScorer", scorer)
    name = cast("str | Path", model)
    if backend == "onnx" or (backend is None and graph_of(name) is not None):
        if device is not None and text(device, "device") != "cpu":
            raise OptionError(f"device: received {device!r}; ONNX models run on the CPU here. Use backend='torch'.")
        return TokenClassifier(_token_classifier(load_onnx(name)), window=window)
    loader = _WORD_SCORER._replace(make=partial(TokenClassifier, window=window))
    return cast("WordScorer", loader.from_torch(name, device))


def _token_classifier(model: OnnxModel) -> OnnxModel:
    """``model``, if it gives labels to tokens, as far as its folder says what it is."""
    architectures = model.settings.get("architectures") or []
    names = [str(name) for name in (architectures if isinstance(architectures, list) else [architectures])]
    may_be_one = not names or any("TokenClassification" in name for name in names)
    if "dimension" in model.settings or len(model.shape) != 3 or not may_be_one:
        kind = ", ".join(names) or "an embedder or another kind of model"
        raise ModelError(f"model: {model.folder} is not a token classifier ({kind}; output {model.shape}).")
    return model


def is_named(model: Any) -> TypeGuard[str | Path]:
    """Whether ``model`` is the name of one, rather than an object that does its work.

    :raises OptionError: a name that neither a folder nor a hub model can have.
    """
    if not isinstance(model, (str, Path)):
        return False
    path_of(model, "model", expected="a folder or a hub id")
    return True
