"""Keys and values of long texts, stored compactly and read back into a language model: "CacheGen".

A model that answers from the same text again and again computes its keys and values each time. They can be stored, but
are large: 11,520 numbers a token for SmolLM2-135M. :mod:`ragzip.soft.kv_codec` makes them some five times smaller than
float16. They are those of a prefix: a text that follows another one has others.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from ragzip.cache import CacheOption, ModelTask, fetch, open_cache, use_cache
from ragzip.checks import choice, item_list, number_in, shown, whole_number
from ragzip.errors import InputError, ModelError, OptionError
from ragzip.soft.kv_codec import LEVELS, KeyValues, decoded, encoded, head_of
from ragzip.soft.language import Dtype, LanguageModel, as_language_model

__all__ = ["Chunk", "Prefix", "PrefixStore", "Way", "ways_of"]

Way = Literal["fine", "medium", "coarse", "text"]
_TASK = "keys and values"
_MAX_MODEL_TOKENS_AT_ONCE = 512  # of a long text, whose attention would need memory for all pairs


class Prefix(NamedTuple):
    """A text that a model has read: its token ids, its keys and values as a cache of transformers (each generation
    grows it: take a new one for the next), and the bytes they took where they were stored.
    """

    ids: tuple[int, ...]
    past: Any
    stored_bytes: int


class PrefixStore:
    """The keys and values of texts for one model, computed once and stored.

    :param model: a folder, a hub id or a GGUF file of a causal language model, or a loaded
        :class:`~ragzip.soft.language.LanguageModel`.
    :param level: "fine", "medium" or "coarse", see :data:`~ragzip.soft.kv_codec.LEVELS`.
    :param cache: where they are stored, as of :func:`ragzip.compress`.
    :param device: as for :class:`~ragzip.soft.language.LanguageModel`, as is ``dtype``.
    :raises OptionError: another level.
    :raises ModelError: a model that cannot be loaded, or whose keys and values are not those of all tokens, layer by
        layer (sliding windows, recurrent states).
    """

    def __init__(
        self,
        model: str | Path | LanguageModel,
        *,
        level: str = "medium",
        cache: CacheOption = True,
        device: str | None = None,
        dtype: Dtype = "float32",
    ) -> None:
        self.level = choice(level, "level", tuple(LEVELS))
        self.lm = as_language_model(model, device=device, dtype=dtype)
        self._cache = open_cache(cache)

    def prefixes(self, texts: Sequence[str]) -> list[Prefix]:
        """Each text as the model has read it, from the store where it is there.

        :raises InputError: an empty text, or one that is longer than the model's window.
        """
        texts = item_list(texts, "texts", str, expected="a list of texts", error=InputError)
        with use_cache(self._cache):
            arrays = fetch(
                ModelTask(f"{_TASK}:{self.level}", self.lm.fingerprint),
                texts,
                lambda missing: [np.frombuffer(self.stream(text), np.uint8) for text in missing],
                valid=lambda text, array: array.dtype == np.uint8 and _is_of(array.tobytes(), self._about(text)),
            )
        return [self.read(array.tobytes(), text) for array, text in zip(arrays, texts, strict=True)]

    def stream(self, text: str, level: str | None = None) -> bytes:
        """The keys and values of ``text`` as :func:`~ragzip.soft.kv_codec.encoded` writes them, by default at the level
        of the store.
        """
        return encoded(self.key_values(text), level or self.level, about=self._about(text))

    def read(self, stream: bytes, text: str) -> Prefix:
        """``text`` as the model has read it, from its stream.

        :raises InputError: the stream is damaged, or of another text or model.
        """
        token_ids = self._ids(text)
        arrays = decoded(stream, about=self._about(text))
        return Prefix(tuple(token_ids), self.past_of(arrays), len(stream))

    def key_values(self, text: str) -> KeyValues:
        """The keys and values of ``text``, computed by the model."""
        import torch

        token_ids = self._ids(text)
        model_cache = self.lm.past()
        with torch.no_grad():
            for chunk_start in range(0, len(token_ids), _MAX_MODEL_TOKENS_AT_ONCE):
                self.lm.step(
                    model_cache,
                    input_ids=self.lm.on_device([token_ids[chunk_start : chunk_start + _MAX_MODEL_TOKENS_AT_ONCE]]),
                )
        layer_arrays = [(layer.keys, layer.values) for layer in model_cache.layers]
        if not all(keys is not None and keys.shape[2] == len(token_ids) for keys, _ in layer_arrays):
            raise ModelError(
                f"model: {self.lm.name} does not keep the keys and values of all tokens, expected a model that does."
            )
        keys, values = (torch.cat(arrays).float().cpu().numpy() for arrays in zip(*layer_arrays, strict=True))
        return KeyValues(keys, values)

    def past_of(self, arrays: KeyValues) -> Any:
        """A cache of transformers with ``arrays``, for a model that goes on from them."""
        import torch

        model_cache = self.lm.past()
        model_dtype = next(self.lm.module.parameters()).dtype
        for layer_number, (keys, values) in enumerate(zip(*arrays, strict=True)):
            model_cache.update(
                *(torch.from_numpy(array[None]).to(self.lm.device, model_dtype) for array in (keys, values)),
                layer_number,
            )
        return model_cache

    def _ids(self, text: str) -> list[int]:
        token_ids = self.lm.ids(text)
        if not token_ids:
            raise InputError("texts: received an empty text, expected some.")
        if self.lm.window is not None and len(token_ids) > self.lm.window:
            raise InputError(f"texts: received {len(token_ids)} tokens; {self.lm.name} reads {self.lm.window}.")
        return token_ids

    def _about(self, text: str) -> str:
        """The identity of a stream of ``text``: the model, and the digest of the text."""
        return f"{self.lm.fingerprint}:{self.lm.dtype}:{hashlib.sha256(text.encode()).hexdigest()}"


def _is_of(stream: bytes, about: str) -> bool:
    try:
        return head_of(stream).about == about
    except InputError:
        return False


@dataclass(frozen=True)
class Chunk:
    """A part of a text that is fetched from elsewhere: its tokens, and the bytes of its stream at each level."""

    tokens: int
    stream_bytes: Mapping[str, int]

    def __post_init__(self) -> None:
        """:raises OptionError: anything but whole numbers from 0 on."""
        whole_number(self.tokens, "tokens")
        if not isinstance(self.stream_bytes, Mapping):
            raise OptionError(f"stream_bytes: received {shown(self.stream_bytes)}, expected the bytes by their level.")
        for level, count in self.stream_bytes.items():
            whole_number(count, f"stream_bytes[{level!r}]")


def ways_of(
    chunks: Sequence[Chunk], *, bytes_per_second: float, seconds_per_token: float, seconds: float | None = None
) -> list[Way]:
    """The way in which each chunk reaches the model in time: the level of its stream, or text for the model to read.

    As CacheGen's streaming does: for each chunk in turn the best level at which it and all that follow would be there
    within ``seconds``, else the quickest way. Text has no loss, and is taken wherever it is as quick as the best level
    that is.

    :param bytes_per_second: of the network or disk.
    :param seconds_per_token: that the model takes to read text.
    :param seconds: that all may take; None: for each the quickest of text and the finest level.
    :raises OptionError: a number that is not above 0, or something else than chunks.
    """
    chunks = item_list(chunks, "chunks", Chunk, expected="Chunks, of their tokens and the bytes of their streams")
    for option_name, option_value in (("bytes_per_second", bytes_per_second), ("seconds_per_token", seconds_per_token)):
        number_in(option_value, option_name, above=0, most=math.inf)
    seconds_left = math.inf if seconds is None else number_in(seconds, "seconds", above=0, most=math.inf)
    chosen_ways: list[Way] = []
    for chunk_number, chunk in enumerate(chunks):
        chunks_left = chunks[chunk_number:]
        seconds_by_way = {way: _seconds([chunk], way, bytes_per_second, seconds_per_token) for way in _ways(chunk)}
        ways_in_time = [
            way
            for way in seconds_by_way
            if _seconds(chunks_left, way, bytes_per_second, seconds_per_token) <= seconds_left
        ]
        chosen_way = ways_in_time[0] if ways_in_time else min(seconds_by_way, key=lambda way: seconds_by_way[way])
        if seconds_by_way["text"] <= seconds_by_way[chosen_way]:
            chosen_way = "text"
        chosen_ways.append(chosen_way)
        seconds_left -= seconds_by_way[chosen_way]
    return chosen_ways


def _ways(chunk: Chunk) -> list[Way]:
    """The ways that a chunk can come, the best first."""
    levels: tuple[Way, ...] = ("fine", "medium", "coarse")
    return [*(level for level in levels if level in chunk.stream_bytes), "text"]


def _seconds(chunks: Sequence[Chunk], way: Way, bytes_per_second: float, seconds_per_token: float) -> float:
    """The seconds that ``chunks`` take if all of them come one way."""
    if way == "text":
        return sum(chunk.tokens for chunk in chunks) * seconds_per_token
    return sum(chunk.stream_bytes.get(way, 0) for chunk in chunks) / bytes_per_second
