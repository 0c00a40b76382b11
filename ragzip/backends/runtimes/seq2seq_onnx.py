"""Encoder-decoder models as ONNX, on CPU without torch: an encoder, and a decoder with a cache of keys and values.

The files are those of the exporters in use: ``encoder_model.onnx`` with ``decoder_model.onnx`` for the first token and
``decoder_with_past_model.onnx`` for the others, or ``decoder_model_merged.onnx`` for both. A decoder without such
a cache works too, and reads all earlier tokens again for each new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ragzip.backends.runtimes.onnx import files_digest, settings_of, weights_beside
from ragzip.backends.runtimes.seq2seq import WINDOW_TOKENS, layout
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
    settle(Path(folder).expanduser())
    return _first_file(folder, _ENCODERS)


def _first_file(folder: str | Path, names: Sequence[str]) -> Path | None:
    candidates = (Path(folder).expanduser() / subfolder / name for subfolder in ("", "onnx") for name in names)
    return next((candidate for candidate in candidates if candidate.is_file()), None)


class Seq2SeqOnnx:
    """A :class:`~ragzip.backends.protocols.Rewriter`: greedy.

    :param folder: with the graphs, tokenizer.json and, if there is one, config.json (for the tokens that begin and end
        a summary; default: those of T5).
    :param window: the largest number of tokens read of a text; the rest of the text is not read.
    :raises ModelError: files missing or damaged.
    """

    def __init__(self, folder: str | Path, *, window: int = WINDOW_TOKENS) -> None:
        folder_path = path_of(folder, "model", expected="a folder")
        self.folder, self.longest = str(folder), whole_number(window, "window", least=16)
        read_settled(folder_path, self._read)
        self._lock = ForkSafeLock()

    def _read(self) -> None:
        from tokenizers import Tokenizer

        folder = self.folder
        encoder_path, merged_path = _first_file(folder, _ENCODERS), _first_file(folder, _MERGED)
        first_path, next_path = merged_path or _first_file(folder, _FIRST), merged_path or _first_file(folder, _NEXT)
        tokenizer_path = _first_file(folder, ("tokenizer.json",)) or Path(folder) / "tokenizer.json"
        if encoder_path is None or first_path is None or not tokenizer_path.is_file():
            raise ModelError(
                f"model: {folder} is not an encoder-decoder in ONNX. Expected encoder_model.onnx, decoder_model.onnx "
                "(and decoder_with_past_model.onnx) or decoder_model_merged.onnx, and tokenizer.json."
            )
        with model_errors(f"model: {folder} could not be loaded"):
            config_path = _first_file(folder, ("config.json",))
            settings: dict[str, Any] = settings_of(config_path) if config_path else {}
            self._encoder, self._first = _session(encoder_path), _session(first_path)
            self._next = self._first if merged_path else _session(next_path) if next_path else None
            self._merged = merged_path is not None
            self.tokenizer = Tokenizer.from_file(str(tokenizer_path))
            self._start = int(settings.get("decoder_start_token_id") or settings.get("pad_token_id") or 0)
            end_ids = settings.get("eos_token_id", 1)
            self._ends = set(map(int, end_ids if isinstance(end_ids, list) else [end_ids]))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(self.longest)
        graph_paths = [path for path in (encoder_path, first_path, next_path) if path]
        weight_paths = [path for graph in graph_paths for path in weights_beside(graph)]
        model_files = [path for path in (*graph_paths, *weight_paths, tokenizer_path, config_path) if path]
        self.fingerprint = f"onnx:{files_digest(*dict.fromkeys(model_files))}:{self.longest}"

    def rewrite(self, query: str | None, texts: Sequence[str], max_tokens: int) -> list[str]:
        """The summary of each text; the model may write an empty one."""
        with self._lock, model_errors(f"model: {self.folder} cannot run: its files do not fit"):
            return [self._one(layout(query, text), max_tokens) for text in texts]

    def _one(self, prompt: str, max_tokens: int) -> str:
        input_ids = np.array([self.tokenizer.encode(prompt).ids], np.int64)
        attention_mask = np.ones_like(input_ids)
        (encoder_states,) = self._encoder.run(None, {"input_ids": input_ids, "attention_mask": attention_mask})[:1]
        summary_ids: list[int] = []
        kv_cache: dict[str, Any] = {}
        while len(summary_ids) < max_tokens:
            deadline.check()
            logits, kv_cache = self._step([self._start, *summary_ids], encoder_states, attention_mask, kv_cache)
            summary_ids.append(int(logits.argmax()))
            if summary_ids[-1] in self._ends:
                summary_ids.pop()
                break
        return str(self.tokenizer.decode(summary_ids, skip_special_tokens=True)).strip()

    def _step(
        self, decoded_ids: list[int], encoder_states: Any, attention_mask: Any, kv_cache: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """The logits of the next token, and the keys and values so far by the name of their input."""
        session = self._next if kv_cache and self._next is not None else self._first
        decoder_ids = np.array([decoded_ids[-1:] if kv_cache else decoded_ids], np.int64)
        value_by_input = {
            "input_ids": decoder_ids,
            "encoder_hidden_states": encoder_states,
            "encoder_attention_mask": attention_mask,
            **kv_cache,
        }
        if self._merged:
            value_by_input["use_cache_branch"] = np.array([bool(kv_cache)])
        inputs = {}
        for graph_input in session.get_inputs():  # the first step of a merged decoder has a past of no tokens
            if graph_input.name in value_by_input:
                inputs[graph_input.name] = value_by_input[graph_input.name]
            else:
                inputs[graph_input.name] = _empty_past(graph_input.shape)
        output_names = [graph_output.name for graph_output in session.get_outputs()]
        value_by_output = dict(zip(output_names, session.run(None, inputs), strict=True))
        logits = value_by_output.pop("logits")[0, -1]
        if self._next is None:
            return logits, {}
        new_cache = {name.replace("present", "past_key_values", 1): value for name, value in value_by_output.items()}
        # a merged decoder gives empty keys and values of the encoder: the first ones are kept
        return logits, {**new_cache, **{name: value for name, value in kv_cache.items() if ".encoder." in name}}

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


def _empty_past(shape: Sequence[Any]) -> Any:
    """Keys or values of no tokens. *Shape:* (1, heads, 0, size)."""
    return np.zeros((1, shape[1], 0, shape[3]), np.float32)
