"""Encoder-decoder models as ONNX, on CPU without torch: an encoder, and a decoder with a cache of keys and values.

The files are those of the exporters in use: ``encoder_model.onnx`` with ``decoder_model.onnx`` for the first token and
``decoder_with_past_model.onnx`` for the others, or ``decoder_model_merged.onnx`` for both. A decoder that keeps nothing
works too, and reads all that was written again for each token.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ragzip.backends.runtimes.onnx import files_digest, settings_of, weights_beside
from ragzip.backends.runtimes.seq2seq import WINDOW, layout
from ragzip.checks import path_of, whole_number
from ragzip.errors import ModelError, model_errors
from ragzip.files.manifest import read_settled, settle
from ragzip.process import deadline
from ragzip.process.forking import ForkSafeLock

__all__ = ["Seq2SeqOnnx", "encoder_of"]

_ENCODERS = ("encoder_model.onnx", "encoder.onnx", "encoder_model_quantized.onnx")
_MERGED = ("decoder_model_merged.onnx", "decoder_model_merged_quantized.onnx")
_FIRST = ("decoder_model.onnx", "decoder.onnx", "decoder_model_quantized.onnx")
_NEXT = ("decoder_with_past_model.onnx", "decoder_with_past_model_quantized.onnx")


def encoder_of(folder: str | Path) -> Path | None:
    """The encoder in ``folder``, or its folder "onnx"; None if there is none."""
    return _found(folder, _ENCODERS)


def _found(folder: str | Path, names: Sequence[str]) -> Path | None:
    settle(Path(folder).expanduser())
    places = (Path(folder).expanduser() / beside / name for beside in ("", "onnx") for name in names)
    return next((path for path in places if path.is_file()), None)


class Seq2SeqOnnx:
    """A :class:`~ragzip.backends.protocols.Rewriter`: greedy.

    :param folder: with the graphs, tokenizer.json and, if there is one, config.json (for the tokens that begin and end
        what is written; default: those of T5).
    :param window: most tokens read of a text; what stands behind them is not read.
    :raises ModelError: files missing or damaged.
    """

    def __init__(self, folder: str | Path, *, window: int = WINDOW) -> None:
        place = path_of(folder, "model", expected="a folder")
        self.folder, self.longest = str(folder), whole_number(window, "window", least=16)
        read_settled(place, self._read)
        self._lock = ForkSafeLock()

    def _read(self) -> None:
        from tokenizers import Tokenizer

        folder = self.folder
        encoder, merged = encoder_of(folder), _found(folder, _MERGED)
        first, after = merged or _found(folder, _FIRST), merged or _found(folder, _NEXT)
        tokenizer = _found(folder, ("tokenizer.json",)) or Path(folder) / "tokenizer.json"
        if encoder is None or first is None or not tokenizer.is_file():
            raise ModelError(
                f"model: {folder} is no encoder-decoder in ONNX. Expected encoder_model.onnx, decoder_model.onnx (and "
                "decoder_with_past_model.onnx) or decoder_model_merged.onnx, and tokenizer.json."
            )
        with model_errors(f"model: {folder} could not be loaded"):
            config = _found(folder, ("config.json",))
            settings: dict[str, Any] = settings_of(config) if config else {}
            self._encoder, self._first = _session(encoder), _session(first)
            self._next = self._first if merged else _session(after) if after else None
            self._merged = merged is not None
            self.tokenizer = Tokenizer.from_file(str(tokenizer))
            self._start = int(settings.get("decoder_start_token_id") or settings.get("pad_token_id") or 0)
            ends = settings.get("eos_token_id", 1)
            self._ends = set(map(int, ends if isinstance(ends, list) else [ends]))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(self.longest)
        graphs = [path for path in (encoder, first, after) if path]
        weights = [path for graph in graphs for path in weights_beside(graph)]
        files = [path for path in (*graphs, *weights, tokenizer, config) if path]
        self.fingerprint = f"onnx:{files_digest(*dict.fromkeys(files))}:{self.longest}"

    def rewrite(self, query: str | None, texts: Sequence[str], max_tokens: int) -> list[str]:
        """The summary of each text; the model may write none where nothing helps."""
        with self._lock, model_errors(f"model: {self.folder} cannot run: its files do not fit"):
            return [self._one(layout(query, text), max_tokens) for text in texts]

    def _one(self, given: str, max_tokens: int) -> str:
        ids = np.array([self.tokenizer.encode(given).ids], np.int64)
        mask = np.ones_like(ids)
        (states,) = self._encoder.run(None, {"input_ids": ids, "attention_mask": mask})[:1]
        made: list[int] = []
        past: dict[str, Any] = {}
        while len(made) < max_tokens:
            deadline.check()
            logits, past = self._step([self._start, *made], states, mask, past)
            made.append(int(logits.argmax()))
            if made[-1] in self._ends:
                made.pop()
                break
        return str(self.tokenizer.decode(made, skip_special_tokens=True)).strip()

    def _step(self, written: list[int], states: Any, mask: Any, past: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Logits of the next token, and keys and values so far, by the name of their input."""
        session = self._next if past and self._next is not None else self._first
        ids = np.array([written[-1:] if past else written], np.int64)
        known = {"input_ids": ids, "encoder_hidden_states": states, "encoder_attention_mask": mask, **past}
        if self._merged:
            known["use_cache_branch"] = np.array([bool(past)])
        feed = {}
        for node in session.get_inputs():
            # the first step of a merged decoder has a past of no tokens
            feed[node.name] = known[node.name] if node.name in known else _nothing(node.shape)
        names = [node.name for node in session.get_outputs()]
        found = dict(zip(names, session.run(None, feed), strict=True))
        logits = found.pop("logits")[0, -1]
        if self._next is None:
            return logits, {}
        fresh = {name.replace("present", "past_key_values", 1): value for name, value in found.items()}
        # those of the encoder stay as they were: a merged decoder gives empty ones back
        return logits, {**fresh, **{name: value for name, value in past.items() if ".encoder." in name}}

    def __reduce__(self) -> tuple[Any, ...]:
        return _make, (self.folder, self.longest)


def _make(folder: str, window: int) -> Seq2SeqOnnx:
    return Seq2SeqOnnx(folder, window=window)


def _session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.x64quantprecision", "1")  # as in ragzip.backends.runtimes.onnx
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _nothing(shape: Sequence[Any]) -> Any:
    """Keys or values of no tokens. *Shape:* (1, heads, 0, size)."""
    return np.zeros((1, shape[1], 0, shape[3]), np.float32)
