"""A causal language model that reads input embeddings, with low-rank adapters."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ragzip.backends.runtimes.generate import ends_of
from ragzip.backends.runtimes.lora import SCALE
from ragzip.backends.runtimes.torch import TorchModel, to_device, undo_onednn
from ragzip.checks import choice, path_of, text
from ragzip.errors import ModelError, OptionError, needs_extra
from ragzip.process.forking import ForkSafeLock

__all__ = ["Dtype", "LanguageModel", "as_language_model", "states_of"]

Dtype = Literal["float32", "bfloat16"]


class LanguageModel:
    """Any causal language model of transformers, a GGUF file included, that reads vectors in place of token ids.

    Adapters share its weights; one is active at a time, and calls wait for each other.

    :param model: a folder, a hub id or a GGUF file.
    :param device: "cpu", "cuda" …; default: CUDA where there is one, else the CPU.
    :param dtype: "float32" | "bfloat16".
    :param tokenizer: folder of the tokenizer, where it is not that of the model.
    :raises ModelError: a model that cannot be loaded.
    :raises MissingExtraError: without ``ragzip[torch]``.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        device: str | None = None,
        dtype: Dtype = "float32",
        tokenizer: str | Path | None = None,
    ) -> None:
        choice(dtype, "dtype", ("float32", "bfloat16"))
        self._model = TorchModel(model, kind="causal-lm", device=device, dtype=dtype, tokenizer=tokenizer)
        self.name, self.dtype, self.device = str(model), dtype, self._model.device
        self.fingerprint = self._model.fingerprint
        self.tokenizer = self._model.hf_tokenizer
        self.module: Any = self._model.module
        self.module.requires_grad_(False)
        self.embeddings: Any = self.module.get_input_embeddings()
        self._tokenizer_from = tokenizer
        self.hidden = int(self.embeddings.weight.shape[1])
        self.scale = float(self.embeddings.weight.float().square().mean().sqrt())  # of a number in an embedding
        settings = self._model.settings
        self.window = int(settings.get("max_position_embeddings") or settings.get("n_positions") or 0) or None
        self.ends = ends_of(self._model)
        self._lock = ForkSafeLock()
        self._adapters: list[str] = []
        self._adapted_layers: list[Any] = []
        self.training: set[str] = set()  # adapters that gradients reach
        self.remake: tuple[Any, ...] | None = None  # what a pickle calls, where plain loading is not enough

    def ids(self, text: str) -> list[int]:
        """Token ids of ``text``, no special ones added."""
        return list(self._model.tokenizer.encode(text, add_special_tokens=False).ids)

    def chat_ids(self, prompt: str) -> list[int]:
        """Token ids of ``prompt`` in the model's chat format."""
        return self._model.chat_ids(prompt)

    def many_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """:meth:`ids` of each text."""
        return [
            list(encoding.ids) for encoding in self._model.tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        ]

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """The character offsets of each token of ``text``."""
        return list(self._model.tokenizer.encode(text, add_special_tokens=False).offsets)

    def on_device(self, numbers: Any) -> Any:
        """Whole numbers, nested as deep as they are, as a tensor on the device; nothing waits for the copy."""
        return to_device(np.array(numbers, np.int64), self.device)

    def embed(self, ids: Any) -> Any:
        """*Shape:* (…) to (…, hidden)."""
        return self.embeddings(ids)

    def trunk(self, layers: Sequence[Any]) -> Any:
        """The model with ``layers`` in place of its own and no final norm, sharing all other modules.

        :raises ModelError: it is not built as Llama, Mistral, Qwen, Gemma … are.
        """
        import torch

        full_model = self._layered()
        short_model = copy.copy(full_model)
        short_model._modules = dict(full_model._modules)
        short_model.layers, short_model.norm = torch.nn.ModuleList(layers), torch.nn.Identity()
        short_model.config = copy.copy(full_model.config)
        short_model.config.num_hidden_layers = len(layers)
        return short_model

    @property
    def layers(self) -> Any:
        """Its layers, first to last.

        :raises ModelError: it is not built as Llama, Mistral, Qwen, Gemma … are.
        """
        return self._layered().layers

    def _layered(self) -> Any:
        base_model = self.module.base_model
        if not all(hasattr(base_model, name) for name in ("layers", "norm", "rotary_emb")):
            raise ModelError(
                f"model: {self.name} ({type(base_model).__name__}) has no layers that can be run by themselves."
            )
        return base_model

    def step(self, past: Any, **inputs: Any) -> Any:
        """The output for ``inputs`` after the tokens in the KV cache ``past``, which grows by them."""
        return self._model.step(past, **inputs)

    def past(self) -> Any:
        """An empty KV cache."""
        return self._model.past()

    def resize(self, tokens: int) -> None:
        """Make room for ``tokens`` in the vocabulary."""
        self.module.resize_token_embeddings(tokens)
        self.module.requires_grad_(False)
        self.embeddings = self.module.get_input_embeddings()

    def differentiable(self) -> None:
        """Let gradients through: slower on some processors."""
        undo_onednn(self.module)

    def add_lora(self, kind: str, *, rank: int, layers: int | None = None) -> str:
        """Put a LoRA adapter of ``rank`` (alpha twice that) on all linear layers but the head, or on those of the first
        ``layers`` blocks. It is off until :meth:`using` is called with the returned name.
        """
        peft = _peft()
        layer_numbers = None if layers is None else list(range(layers))
        config = peft.LoraConfig(
            r=rank, lora_alpha=SCALE * rank, target_modules=_linear(self.module), layers_to_transform=layer_numbers
        )
        with self._lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that there is an adapter already; that GPT-2's layers are transposed
            name = f"{kind}-{len(self._adapters)}"
            peft.inject_adapter_in_model(config, self.module, adapter_name=name)
            self._adapters.append(name)
            self._adapted_layers = [
                layer
                for layer in self.module.modules()
                if hasattr(layer, "lora_A") and hasattr(layer, "enable_adapters")
            ]
            self._switch(None)
        return name

    def lora(self, name: str) -> dict[str, Any]:
        """The adapter's parameters by name, without the name of the adapter."""
        name_part = f".{name}."
        return {
            parameter_name.replace(name_part, "."): parameter
            for parameter_name, parameter in self.module.named_parameters()
            if name_part in parameter_name and ".lora_" in parameter_name
        }

    @contextmanager
    def using(self, name: str | None) -> Iterator[None]:
        """Run with the adapter ``name`` (None: with none), alone."""
        with self._lock:
            self._switch(name)
            try:
                yield
            finally:
                self._switch(None)

    def _switch(self, name: str | None) -> None:
        for layer in self._adapted_layers:
            has_adapter = name is not None and name in layer.lora_A
            layer.enable_adapters(has_adapter)
            if has_adapter:
                layer.set_adapter([name], inference_mode=name not in self.training)

    def __reduce__(self) -> tuple[Any, ...]:
        """Without adapters: encoders and readers put theirs on again."""
        return self.remake or (_make, (self.name, self.device, self.dtype, self._tokenizer_from))


def states_of(trunk: Any, vectors: Any, **inputs: Any) -> Any:
    """The states of the last layer of a model, or of a part of it (:meth:`LanguageModel.trunk`), over ``vectors``.

    *Shape:* (batch, n, hidden) to the same.
    """
    return trunk(inputs_embeds=vectors, use_cache=False, **inputs).last_hidden_state


def _make(model: str, device: str, dtype: Dtype, tokenizer: str | Path | None) -> LanguageModel:
    return LanguageModel(model, device=device, dtype=dtype, tokenizer=tokenizer)


def _linear(module: Any) -> list[str]:
    """The last names of the linear layers within blocks, such as ``q_proj``; with adapters, of the wrapped layers."""
    import torch
    from transformers.pytorch_utils import Conv1D  # GPT-2's linear layers

    linear_types = (torch.nn.Linear, Conv1D)
    head = module.get_output_embeddings()
    layer_paths = [
        path for path, layer in module.named_modules() if isinstance(layer, linear_types) and layer is not head
    ]
    unwrapped_paths = [path.removesuffix(".base_layer") for path in layer_paths if ".lora_" not in path]
    return sorted({path.rpartition(".")[2] for path in unwrapped_paths})


def _peft() -> Any:
    with needs_extra("torch"):
        import peft
    return peft


@lru_cache(maxsize=2)
def _loaded(model: str, device: str | None, dtype: Dtype) -> LanguageModel:
    return LanguageModel(model, device=device, dtype=dtype)


def as_language_model(
    model: str | Path | LanguageModel | None, *, device: str | None = None, dtype: Dtype = "float32"
) -> LanguageModel:
    """The language model that ``model`` names; it is loaded once for compressor and reader.

    :raises ModelError: no model named.
    """
    if isinstance(model, LanguageModel):
        return model
    if model is None:
        raise ModelError(
            "model: received None, expected the language model that reads the vectors: a folder, a GGUF file, or a hub "
            "id such as 'HuggingFaceTB/SmolLM2-135M-Instruct' (needs a network once)."
        )
    if not isinstance(model, (str, Path)):
        raise OptionError(f"model: received {type(model).__name__}, expected a path, a hub id or a LanguageModel.")
    path_of(model, "model", expected="a folder, a hub id or a GGUF file")
    choice(dtype, "dtype", ("float32", "bfloat16"))
    if device is not None:
        text(device, "device", expected="the name of one, as 'cpu' or 'cuda'")
    return _loaded(str(model), device, dtype)
