"""Products of queries and keys in the attention layers of a causal language model. Needs ``ragzip[torch]``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ragzip.backends.progress import reported
from ragzip.errors import InputError, ModelError

if TYPE_CHECKING:
    from ragzip.backends.runtimes.torch import TorchModel

__all__ = ["AttentionReader", "Products"]

Products = npt.NDArray[np.float32]  # (layers, heads, positions, tokens)
_PREFIX = "ragzip-"  # of the attention functions registered here


class AttentionReader:
    """The products of queries and keys in some layers of a model; the layers after the last of them are not run.

    Queries and keys are those that the model's attention function gets: after rotary embeddings and normalisation.
    Each key head is counted for every query head that shares it.

    :raises ModelError: the architecture keeps its attention function to itself (it does not use transformers'
        ``AttentionInterface``).
    """

    def __init__(self, model: TorchModel) -> None:
        from transformers import AttentionInterface
        from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, AttentionMaskInterface

        self.model = model
        module = model.module
        function_name = str(module.config._attn_implementation or "eager").removeprefix(_PREFIX)
        name = f"{_PREFIX}{function_name}"
        AttentionInterface.register(name, partial(_attention, function_name))
        AttentionMaskInterface.register(name, ALL_MASK_ATTENTION_FUNCTIONS[function_name])
        module.set_attn_implementation(name)
        if module.config._attn_implementation != name:
            raise ModelError(
                f"model: {model.source} ({type(module).__name__}) does not let its attention be read, expected an "
                "architecture that uses transformers' AttentionInterface, as Llama, Qwen, Mistral, Gemma, Phi, GPT-2."
            )

    @property
    def fingerprint(self) -> str:
        """The identity of the model and its chat format."""
        return self.model.prompt_fingerprint

    @property
    def layer_count(self) -> int:
        """The number of layers of the model."""
        return int(self.model.module.config.num_hidden_layers)

    @property
    def head_count(self) -> int:
        """The number of query heads of each layer."""
        return int(self.model.module.config.num_attention_heads)

    @property
    def longest(self) -> int:
        """The largest number of token ids in a window by the model's config."""
        settings = self.model.settings
        return int(settings.get("max_position_embeddings") or settings.get("n_positions") or sys.maxsize)

    def products(
        self, windows: Sequence[Sequence[int]], positions: Sequence[Sequence[int]], layers: Sequence[int]
    ) -> list[Products]:
        """The inner products of the queries at ``positions`` of each window with all keys of the window, times the
        model's own factor (1 ÷ √width, in most), not masked. *Shape:* (layers, heads, positions, tokens) for each
        window.

        :param layers: numbers of attention layers from 0, in ascending order.
        :raises ModelError: there is no such layer.
        :raises InputError: a window is longer than the model reads.
        """
        longest = max(map(len, windows), default=0)
        if longest > self.longest:
            raise InputError(
                f"text: received one of {longest} tokens with its prompt, expected at most the {self.longest} that the "
                "model reads. Give shorter texts, or name a model with a longer window."
            )
        products: list[Products] = [np.zeros(0, np.float32)] * len(windows)
        done_count = 0
        with reported(len(windows)) as report:
            for batch in self.model.batches([len(window) for window in windows]):
                recording = _Recording(
                    layers, [positions[number] for number in batch], [len(windows[number]) for number in batch]
                )
                self._run([windows[number] for number in batch], recording)
                for row_number, number in enumerate(batch):
                    products[number] = np.stack(recording.products[row_number])
                done_count += len(batch)
                report(done_count)
        return products

    def _run(self, windows: Sequence[Sequence[int]], recording: _Recording) -> None:
        import torch

        input_ids, attention_mask = self.model.padded(windows)
        mark = _current.set(recording)
        try:
            with torch.inference_mode():
                self.model.module(input_ids=input_ids, attention_mask=attention_mask, use_cache=False, logits_to_keep=1)
        except _LastLayerError:
            return
        finally:
            _current.reset(mark)
        raise ModelError(
            f"model: {self.model.source} has {recording.layer + 1} layers with attention, and layer "
            f"{recording.layers[-1]} was to be read. They are counted from 0."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.model,)


class _LastLayerError(Exception):
    """The last layer to be read has been reached: the forward pass ends here."""


class _Recording:
    """The products of one forward pass, by row and layer."""

    def __init__(self, layers: Sequence[int], positions: Sequence[Sequence[int]], lengths: Sequence[int]) -> None:
        self.layers, self.positions, self.lengths = tuple(layers), positions, lengths
        self.layer = -1  # of the attention function that ran last
        self.products: list[list[Products]] = [[] for _ in lengths]

    def add(self, query: Any, key: Any, factor: float | None) -> None:
        """Record the next layer, if it is to be read.

        :param query: *Shape:* (rows, heads, tokens, width).
        :param key: *Shape:* (rows, key heads, tokens, width).
        :param factor: of the products; None: 1 ÷ √width.
        :raises _LastLayerError: no other layer is to be read.
        """
        self.layer += 1
        if self.layer in self.layers:
            for row_number, (row_positions, length) in enumerate(zip(self.positions, self.lengths, strict=True)):
                row_products = _products(query[row_number][:, list(row_positions)], key[row_number][:, :length])
                scaled = row_products.float() * (query.shape[-1] ** -0.5 if factor is None else factor)
                self.products[row_number].append(scaled.cpu().numpy())
        if self.layer == self.layers[-1]:
            raise _LastLayerError


def _products(query: Any, key: Any) -> Any:
    """*Shapes:* (heads, positions, width) and (key heads, tokens, width) to (heads, positions, tokens)."""
    heads, positions, width = query.shape
    by_key_head = query.reshape(len(key), heads // len(key), positions, width)
    return (by_key_head @ key[:, None].transpose(-1, -2)).reshape(heads, positions, -1)


_current: ContextVar[_Recording | None] = ContextVar("recording", default=None)


def _attention(
    function_name: str, module: Any, query: Any, key: Any, value: Any, attention_mask: Any, *args: Any, **options: Any
) -> Any:
    """The attention function ``function_name``, which lets the recording of the call see queries and keys."""
    recording = _current.get()
    if recording is not None:
        recording.add(query, key, options.get("scaling"))
    return _function(function_name, module)(module, query, key, value, attention_mask, *args, **options)


def _function(name: str, module: Any) -> Callable[..., Any]:
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    if name == "eager":  # each architecture has its own
        function: Callable[..., Any] = vars(sys.modules[type(module).__module__])["eager_attention_forward"]
        return function
    function = ALL_ATTENTION_FUNCTIONS[name]
    return function
