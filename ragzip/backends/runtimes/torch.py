"""PyTorch and transformers: hub checkpoints, on CPU or an accelerator. Needs ``ragzip[torch]``.

Windows of like length share a batch. A score must not depend on other windows: on CPU a window shares a batch only
with windows of its length (short ones are padded to a multiple of 32 for that); its numbers are then the same to the
bit in a batch of any size, and a test ensures that. On an accelerator windows are padded to the longest of
their batch, and scores agree to about six digits.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ragzip.backends.progress import reported
from ragzip.backends.runtimes.checkpoints import KINDS
from ragzip.backends.runtimes.onnx import longest_window
from ragzip.backends.runtimes.replies import with_argument_objects
from ragzip.backends.windows import separator_of, tells_segments
from ragzip.checks import path_of, text
from ragzip.errors import ModelError, OptionError, model_errors, needs_extra
from ragzip.process.forking import ForkSafeLock

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["PLACE", "Kind", "TorchModel", "digest_of", "libraries", "to_device", "undo_onednn"]

Kind = Literal["token-classification", "causal-lm", "seq2seq", "encoder", "provence"]
_ACCELERATOR_BATCH_TOKENS = 16_384
_CPU_BATCH_TOKENS = 768  # about the size of its caches
_PADDING_STEP_TOKENS = 32
_MAX_PADDED_TOKENS = 128  # padding longer windows saves no time
_SEGMENTED_MODEL_TYPES = ("bert", "electra")  # encoders with segment ids
_MIN_ONEDNN_OUTPUTS = 16  # smaller linear layers gain no time
PLACE = ("_name_or_path", "transformers_version")  # of a config: they do not identify the model
_load_lock = ForkSafeLock()


class TorchModel:
    """A transformers checkpoint; a :class:`~ragzip.backends.protocols.TokenModel`.

    A token classifier gives the logits of each token. A causal language model gives each token's self-information,
    -log p(token | those before it), in nats; the first token of a window has none, and gets 0. An encoder gives the
    states of its last layer, a Provence-type pruner what :class:`~ragzip.backends.scorers.pairs.PairReader` reads.

    :param model: a folder or a hub id; for a causal model also a GGUF file.
    :param device: "cpu", "cuda", "mps" …; default: CUDA where there is one, else the CPU.
    :param placeholders: names of special tokens to add, with new embedding rows (drawn as LLMLingua-2 draws them).
    :param dtype: of a causal model's weights, "float32" or "bfloat16".
    :param tokenizer: folder of the tokenizer, where it is not that of the model.
    :raises ModelError: no such checkpoint, of another kind, or without a fast tokenizer.
    :raises MissingExtraError: without ``ragzip[torch]``.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        kind: Kind = "token-classification",
        device: str | None = None,
        placeholders: Sequence[str] = (),
        dtype: str = "float32",
        tokenizer: str | Path | None = None,
    ) -> None:
        path_of(model, "model", expected="a folder, a hub id or a GGUF file")
        if device is not None:
            text(device, "device", expected="the name of one, as 'cpu' or 'cuda'")
        torch, transformers = libraries()
        self.tokenizer_from = None if tokenizer is None else str(tokenizer)
        self.source, self.kind, self.placeholders, self.dtype = str(model), kind, tuple(placeholders), dtype
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        try:
            torch.zeros(1, device=self.device)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            raise OptionError(f"device: received {device!r}, expected one that is here, as 'cpu' ({error}).") from None
        with _load_lock, _quiet(transformers):
            module, self.hf_tokenizer = self._load(transformers)
            if self.placeholders:
                self._add_placeholders(torch, module)
        backend_tokenizer = self.hf_tokenizer.backend_tokenizer
        self.tokenizer: Tokenizer = type(backend_tokenizer).from_str(backend_tokenizer.to_str())
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        # llmlingua masks this token everywhere, also within a text
        self._masked = self.tokenizer.token_to_id("[PAD]") if self.placeholders else None
        self.settings: dict[str, Any] = module.config.to_dict()
        self.fingerprint = f"torch:{_digest(module, self.tokenizer)}"
        # the name of the argument: "cache" from transformers 5.24 on
        self._cache_keyword = "cache" if "cache" in inspect.signature(module.forward).parameters else "past_key_values"
        self.module = module.eval().to(self.device)
        if self.device == "cpu" and not self.placeholders and dtype == "float32":
            _use_onednn(torch, self.module)

    def _load(self, transformers: Any) -> tuple[Any, Any]:
        source_path = Path(self.source).expanduser()
        source, loading_options = self.source, {}
        if not source_path.exists() and (self.source.startswith((".", "/", "~")) or self.source.count("/") > 1):
            raise ModelError(f"model: could not be loaded: there is no folder {self.source!r}, and it is not a hub id.")
        if source_path.suffix == ".gguf":
            source, loading_options = str(source_path.parent), {"gguf_file": source_path.name}
        elif source_path.exists():
            source = str(source_path)
        expected = f"a folder, or a hub id that can be reached, with a checkpoint for {self.kind}"
        with model_errors(f"model: {self.source!r} could not be loaded, expected {expected}"):
            # of checkpoints with code of their own only tokenizer.json is read
            tokenizers = transformers.PreTrainedTokenizerFast if self.kind == "provence" else transformers.AutoTokenizer
            tokenizer_options = loading_options if self.tokenizer_from is None else {}
            tokenizer = tokenizers.from_pretrained(self.tokenizer_from or source, **tokenizer_options)
            if self.dtype != "float32":
                loading_options["dtype"] = self.dtype
            module, missing_names = KINDS[self.kind](transformers, source, loading_options)
            if hasattr(module, "separator") and module.config.model_type in _SEGMENTED_MODEL_TYPES:
                backend_tokenizer = tokenizer.backend_tokenizer
                module.separator = separator_of(backend_tokenizer) if tells_segments(backend_tokenizer) else None
        untrained_names = sorted(missing_names)
        architectures = getattr(module.config, "architectures", None) or []
        if self.kind == "token-classification" and not untrained_names and architectures:
            untrained_names = [] if any("TokenClassification" in name for name in architectures) else architectures
        if untrained_names:
            raise ModelError(
                f"model: {self.source!r} is not a checkpoint for {self.kind}: it has no weights for, or is, "
                f"{', '.join(untrained_names[:4])}."
            )
        if not getattr(tokenizer, "is_fast", False):
            raise ModelError(f"model: {self.source!r} has no fast tokenizer, and offsets are needed.")
        return module, tokenizer

    def _add_placeholders(self, torch: Any, module: Any) -> None:
        """Add the placeholders as ``llmlingua`` 0.2.2 does, with its seed; the host's random state is restored."""
        random_state = torch.random.get_rng_state()
        try:
            torch.default_generator.manual_seed(42)
            self.hf_tokenizer.add_special_tokens({"additional_special_tokens": list(self.placeholders)})
            module.resize_token_embeddings(len(self.hf_tokenizer))
        finally:
            torch.random.set_rng_state(random_state)

    @property
    def longest(self) -> int:
        """The largest number of token ids in a window, special ones included."""
        return longest_window(self.settings)

    @property
    def prompt_fingerprint(self) -> str:
        """``fingerprint`` with a digest of the chat format, for chat prompts (see :meth:`chat_ids`)."""
        template = getattr(self.hf_tokenizer, "chat_template", None)
        return f"{self.fingerprint}:chat={digest_of(template)}" if template else self.fingerprint

    def chat_ids(self, prompt: str, *, end: str = "") -> list[int]:
        """The token ids of ``prompt`` in the model's chat format; without one, of the prompt and ``end``."""
        tokenizer = self.hf_tokenizer
        if not getattr(tokenizer, "chat_template", None):
            return list(tokenizer.encode(f"{prompt}{end}"))
        messages = [{"role": "user", "content": prompt}]
        formatted = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return list(tokenizer.encode(formatted, add_special_tokens=False))

    def conversation_ids(self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> list[int]:
        """The token ids of a conversation of OpenAI's chat completions in the model's chat format, up to where the
        model says its next turn.

        :raises ModelError: a model without a chat format, or whose format has no tools.
        """
        tokenizer = self.hf_tokenizer
        template = tokenizer.get_chat_template(tools=list(tools)) if getattr(tokenizer, "chat_template", None) else ""
        if not template or (tools and "tools" not in template):
            lacking = "has no tools" if template else "is missing"
            raise ModelError(f"{self.source}: its chat format {lacking}, expected a model that can call tools.")
        formatted = tokenizer.apply_chat_template(
            list(map(with_argument_objects, messages)),
            tools=list(tools) or None,
            tokenize=False,
            add_generation_prompt=True,
        )
        return list(tokenizer.encode(formatted, add_special_tokens=False))

    def step(self, past: Any, **inputs: Any) -> Any:
        """The output of a causal model for ``inputs`` after the tokens in the KV cache ``past``, which grows by them
        (see :meth:`past`).
        """
        return self.module(**{self._cache_keyword: past}, use_cache=True, **inputs)

    def past(self) -> Any:
        """An empty KV cache, which keeps all tokens also for layers with a sliding window."""
        _, transformers = libraries()
        return transformers.DynamicCache()

    def run(self, windows: Sequence[Sequence[int]]) -> list[npt.NDArray[np.float32]]:
        """*Shape:* (length, labels) for a classifier, (length, 1) for a language model; one for each window."""
        outputs: list[Any] = [None] * len(windows)
        done_count = 0
        with reported(len(windows)) as report:
            for batch in self.batches([len(window) for window in windows]):
                for index, output in zip(batch, self._run([windows[index] for index in batch]), strict=True):
                    outputs[index] = output
                done_count += len(batch)
                report(done_count)
        return outputs

    def batches(self, lengths: Sequence[int]) -> Iterator[list[int]]:
        """Batches of the indices of windows with ``lengths``, longest windows first."""
        batch: list[int] = []
        for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
            if batch and (
                len(batch) == self._rows(lengths[batch[0]]) or not self._together(lengths[batch[0]], lengths[index])
            ):
                yield batch
                batch = []
            batch.append(index)
        if batch:
            yield batch

    def _rows(self, longest: int) -> int:
        """The number of windows in a batch whose longest window has ``longest`` tokens."""
        return max(
            1, _ACCELERATOR_BATCH_TOKENS // longest if self.device != "cpu" else _CPU_BATCH_TOKENS // _padded(longest)
        )

    def _together(self, longest: int, length: int) -> bool:
        return self.device != "cpu" or _padded(length) == _padded(longest)

    def padded(self, windows: Sequence[Sequence[int]]) -> tuple[Any, Any]:
        """The token ids and the attention mask of a batch, on the device. *Shape:* (windows, longest window) each."""
        torch, _ = libraries()
        padded_length = max(map(len, windows))
        if self.device == "cpu":
            padded_length = max(padded_length, min(_padded(padded_length), self.longest))
        input_ids = torch.zeros((len(windows), padded_length), dtype=torch.long)
        attention_mask = torch.zeros_like(input_ids)
        for row_number, window in enumerate(windows):
            input_ids[row_number, : len(window)] = torch.tensor(window)
            attention_mask[row_number, : len(window)] = torch.tensor(
                [int(token_id != self._masked) for token_id in window]
            )
        return input_ids.to(self.device), attention_mask.to(self.device)

    def _run(self, windows: Sequence[Sequence[int]]) -> list[npt.NDArray[np.float32]]:
        torch, _ = libraries()
        input_ids, attention_mask = self.padded(windows)
        with torch.inference_mode():
            logits = self.module(input_ids=input_ids, attention_mask=attention_mask).logits.float()
            if self.kind == "causal-lm":
                logits = _self_information(torch, logits, input_ids)
            outputs = logits.cpu().numpy()
        return [outputs[row_number, : len(window)] for row_number, window in enumerate(windows)]

    def __reduce__(self) -> tuple[Any, ...]:
        return _make, (self.source, self.kind, self.device, self.placeholders, self.dtype, self.tokenizer_from)


def _padded(length: int) -> int:
    return -(-length // _PADDING_STEP_TOKENS) * _PADDING_STEP_TOKENS if length <= _MAX_PADDED_TOKENS else length


def _make(
    model: str, kind: Kind, device: str, placeholders: Sequence[str], dtype: str, tokenizer: str | None
) -> TorchModel:
    return TorchModel(model, kind=kind, device=device, placeholders=placeholders, dtype=dtype, tokenizer=tokenizer)


def _self_information(torch: Any, logits: Any, ids: Any) -> Any:
    """*Shape:* (batch, length, vocabulary) to (batch, length, 1)."""
    losses = torch.nn.functional.cross_entropy(logits[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none")
    return torch.nn.functional.pad(losses, (1, 0)).unsqueeze(-1)


def libraries() -> tuple[Any, Any]:
    """Torch and transformers.

    :raises MissingExtraError: without ``ragzip[torch]``.
    """
    with needs_extra("torch"):
        import torch
        import transformers
    return torch, transformers


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """A context without progress bars and load reports on the host's terminal."""
    transformers_logging = transformers.utils.logging
    verbosity, had_progress_bars = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        if had_progress_bars:
            transformers_logging.enable_progress_bar()


def digest_of(settings: Any) -> str:
    """A short digest of a text, or of settings that JSON can hold."""
    settings_text = settings if isinstance(settings, str) else json.dumps(settings, sort_keys=True, default=str)
    return hashlib.blake2b(settings_text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _digest(module: Any, tokenizer: Tokenizer) -> str:
    """The digest of the tokenizer, the config and every tensor, independent of the checkpoint's folder."""
    torch, _ = libraries()
    config_items = {setting: value for setting, value in module.config.to_dict().items() if setting not in PLACE}
    hasher = hashlib.blake2b(tokenizer.to_str().encode(), digest_size=8)
    hasher.update(str(sorted(config_items.items(), key=str)).encode())
    for name, tensor in sorted(module.state_dict().items()):
        hasher.update(name.encode() + str(tuple(tensor.shape)).encode())
        hasher.update(tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return hasher.hexdigest()


def _use_onednn(torch: Any, module: Any) -> None:
    """Run linear layers in oneDNN, which torch includes besides MKL: three times as fast on AMD processors, with the
    same numbers to rounding. Without this operator in the build of torch nothing changes.
    """
    try:
        operator = torch.ops.mkldnn._linear_pointwise
        sample_input, sample_weight, sample_bias = (
            torch.arange(size, dtype=torch.float32).sin() for size in (96, 512, 16)
        )
        sample_input, sample_weight = sample_input.reshape(3, 32), sample_weight.reshape(16, 32)
        is_equal = torch.allclose(
            operator(sample_input, sample_weight, sample_bias, "none", [], ""),
            sample_input @ sample_weight.T + sample_bias,
            atol=1e-4,
        )
    except (AttributeError, RuntimeError):
        return
    if not is_equal:
        return

    def forward(layer: Any) -> Any:
        return lambda sample_input: operator(sample_input, layer.weight, layer.bias, "none", [], "")

    for layer in module.modules():
        if type(layer) is torch.nn.Linear and layer.out_features >= _MIN_ONEDNN_OUTPUTS:
            layer.forward = forward(layer)


def to_device(value: Any, device: Any) -> Any:
    """The tensor or array ``value`` as a tensor on ``device``; to a GPU it is copied without waiting."""
    import torch

    tensor = torch.from_numpy(np.ascontiguousarray(value)) if isinstance(value, np.ndarray) else value
    if torch.device(device).type == "cuda" and tensor.device.type == "cpu":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


def undo_onednn(module: Any) -> Any:
    """``module`` with torch's own linear layers, for tracing."""
    for layer in module.modules():
        layer.__dict__.pop("forward", None)
    return module
