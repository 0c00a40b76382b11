"""PyTorch and transformers: hub checkpoints, on CPU or an accelerator. Needs ``ragzip[torch]``.

Windows of like length share a batch. A score must not depend on what is scored beside it: on CPU a window shares a
batch with others of its length only (short ones are padded to a multiple of 32 for that); its numbers are then the same
to the bit in a batch of any size, and a test holds it to that. On an accelerator windows are padded to the longest of
their batch, and scores agree to about six digits.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ragzip.backends.progress import reported
from ragzip.backends.runtimes.checkpoints import KINDS
from ragzip.backends.runtimes.onnx import longest_window
from ragzip.backends.scorers.windows import separator_of, tells_segments
from ragzip.checks import path_of, text
from ragzip.errors import MissingExtraError, ModelError, OptionError, model_errors
from ragzip.process.forking import ForkSafeLock

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["PLACE", "Kind", "TorchModel", "digest_of", "libraries", "undo_onednn"]

Kind = Literal["token-classification", "causal-lm", "seq2seq", "encoder", "provence"]
_BATCH_TOKENS = 16_384  # of a batch on an accelerator
_CPU_TOKENS = 768  # of a batch on CPU, about what its caches hold
_STEP, _SHORT = 32, 128  # windows of up to 128 tokens are padded to a multiple of 32; longer ones gain nothing by it
_SEGMENTED = ("bert", "electra")  # encoders that are told which text a token belongs to
_SMALL = 16  # outputs under which a linear layer is not worth replacing
PLACE = ("_name_or_path", "transformers_version")  # of a config: not what the model is
_loading = ForkSafeLock()


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
        with _loading, _quiet(transformers):
            module, fast = self._load(transformers)
            self.hf_tokenizer = fast
            if self.placeholders:
                self._add_placeholders(torch, module)
        self.tokenizer: Tokenizer = type(fast.backend_tokenizer).from_str(fast.backend_tokenizer.to_str())
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        # llmlingua leaves this token out of attention wherever it stands, in a text too
        self._masked = self.tokenizer.token_to_id("[PAD]") if self.placeholders else None
        self.settings: dict[str, Any] = module.config.to_dict()
        self.fingerprint = f"torch:{_digest(module, self.tokenizer)}"
        # transformers calls it "cache" from 5.24 on
        self._cache_keyword = "cache" if "cache" in inspect.signature(module.forward).parameters else "past_key_values"
        self.module = module.eval().to(self.device)
        if self.device == "cpu" and not self.placeholders and dtype == "float32":
            _use_onednn(torch, self.module)

    def _load(self, transformers: Any) -> tuple[Any, Any]:
        path = Path(self.source).expanduser()
        source, extra = self.source, {}
        if not path.exists() and (self.source.startswith((".", "/", "~")) or self.source.count("/") > 1):
            raise ModelError(f"model: could not be loaded: there is no folder {self.source!r}, and it is no hub id.")
        if path.suffix == ".gguf":
            source, extra = str(path.parent), {"gguf_file": path.name}
        elif path.exists():
            source = str(path)
        expected = f"a folder, or a hub id that can be reached, with a checkpoint for {self.kind}"
        with model_errors(f"model: {self.source!r} could not be loaded, expected {expected}"):
            # of the kinds with code of their own only tokenizer.json is read
            tokenizers = transformers.PreTrainedTokenizerFast if self.kind == "provence" else transformers.AutoTokenizer
            beside = extra if self.tokenizer_from is None else {}
            tokenizer = tokenizers.from_pretrained(self.tokenizer_from or source, **beside)
            if self.dtype != "float32":
                extra["dtype"] = self.dtype
            module, missing = KINDS[self.kind](transformers, source, extra)
            if hasattr(module, "separator") and module.config.model_type in _SEGMENTED:
                texts = tokenizer.backend_tokenizer
                module.separator = separator_of(texts) if tells_segments(texts) else None
        fresh = sorted(missing)
        named = getattr(module.config, "architectures", None) or []
        if self.kind == "token-classification" and not fresh and named:
            fresh = [] if any("TokenClassification" in name for name in named) else named
        if fresh:
            raise ModelError(
                f"model: {self.source!r} is no checkpoint for {self.kind}: it has no weights for, or is, "
                f"{', '.join(fresh[:4])}."
            )
        if not getattr(tokenizer, "is_fast", False):
            raise ModelError(f"model: {self.source!r} has no fast tokenizer, and offsets are needed.")
        return module, tokenizer

    def _add_placeholders(self, torch: Any, module: Any) -> None:
        """As ``llmlingua`` 0.2.2 does it, seed included, but leaving the host's random state alone."""
        before = torch.random.get_rng_state()
        try:
            torch.default_generator.manual_seed(42)
            self.hf_tokenizer.add_special_tokens({"additional_special_tokens": list(self.placeholders)})
            module.resize_token_embeddings(len(self.hf_tokenizer))
        finally:
            torch.random.set_rng_state(before)

    @property
    def longest(self) -> int:
        """The most token ids that a window may have, special ones included."""
        return longest_window(self.settings)

    @property
    def prompt_fingerprint(self) -> str:
        """``fingerprint``, and a digest of the chat format, for chat prompts (see :meth:`chat_ids`)."""
        template = getattr(self.hf_tokenizer, "chat_template", None)
        return f"{self.fingerprint}:chat={digest_of(template)}" if template else self.fingerprint

    def chat_ids(self, prompt: str, *, end: str = "") -> list[int]:
        """Token ids of ``prompt`` in the model's chat format; where it has none, of the prompt and ``end``."""
        tokenizer = self.hf_tokenizer
        if not getattr(tokenizer, "chat_template", None):
            return list(tokenizer.encode(f"{prompt}{end}"))
        message = [{"role": "user", "content": prompt}]
        written = tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
        return list(tokenizer.encode(written, add_special_tokens=False))

    def step(self, past: Any, **inputs: Any) -> Any:
        """Run a causal model on ``inputs`` after what ``past`` holds (see :meth:`past`), which grows by them."""
        return self.module(**{self._cache_keyword: past}, use_cache=True, **inputs)

    def past(self) -> Any:
        """An empty cache of keys and values, of all tokens for layers with a sliding window too."""
        _, transformers = libraries()
        return transformers.DynamicCache()

    def run(self, windows: Sequence[Sequence[int]]) -> list[npt.NDArray[np.float32]]:
        """*Shape:* (length, labels) for a classifier, (length, 1) for a language model; one for each window."""
        out: list[Any] = [None] * len(windows)
        done = 0
        with reported(len(windows)) as report:
            for batch in self._batches([len(window) for window in windows]):
                for i, array in zip(batch, self._run([windows[i] for i in batch]), strict=True):
                    out[i] = array
                done += len(batch)
                report(done)
        return out

    def _batches(self, lengths: Sequence[int]) -> Iterator[list[int]]:
        """Indices of the windows that run together, longest first."""
        batch: list[int] = []
        for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
            if batch and (
                len(batch) == self._rows(lengths[batch[0]]) or not self._together(lengths[batch[0]], lengths[i])
            ):
                yield batch
                batch = []
            batch.append(i)
        if batch:
            yield batch

    def _rows(self, longest: int) -> int:
        """Windows in a batch whose longest has ``longest`` tokens."""
        return max(1, _BATCH_TOKENS // longest if self.device != "cpu" else _CPU_TOKENS // _padded(longest))

    def _together(self, longest: int, length: int) -> bool:
        return self.device != "cpu" or _padded(length) == _padded(longest)

    def _run(self, windows: Sequence[Sequence[int]]) -> list[npt.NDArray[np.float32]]:
        torch, _ = libraries()
        longest = max(map(len, windows))
        if self.device == "cpu":
            longest = min(_padded(longest), self.longest)
        ids = torch.zeros((len(windows), longest), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, window in enumerate(windows):
            ids[row, : len(window)] = torch.tensor(window)
            mask[row, : len(window)] = torch.tensor([int(id != self._masked) for id in window])
        ids = ids.to(self.device)
        with torch.inference_mode():
            logits = self.module(input_ids=ids, attention_mask=mask.to(self.device)).logits.float()
            if self.kind == "causal-lm":
                logits = _self_information(torch, logits, ids)
            array = logits.cpu().numpy()
        return [array[row, : len(window)] for row, window in enumerate(windows)]

    def __reduce__(self) -> tuple[Any, ...]:
        return _make, (self.source, self.kind, self.device, self.placeholders, self.dtype, self.tokenizer_from)


def _padded(length: int) -> int:
    return -(-length // _STEP) * _STEP if length <= _SHORT else length


def _make(
    model: str, kind: Kind, device: str, placeholders: Sequence[str], dtype: str, tokenizer: str | None
) -> TorchModel:
    return TorchModel(model, kind=kind, device=device, placeholders=placeholders, dtype=dtype, tokenizer=tokenizer)


def _self_information(torch: Any, logits: Any, ids: Any) -> Any:
    """*Shape:* (batch, length, vocabulary) to (batch, length, 1)."""
    loss = torch.nn.functional.cross_entropy(logits[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none")
    return torch.nn.functional.pad(loss, (1, 0)).unsqueeze(-1)


def libraries() -> tuple[Any, Any]:
    """Torch and transformers.

    :raises MissingExtraError: without ``ragzip[torch]``.
    """
    try:
        import torch
        import transformers
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "torch", "torch") from error
    return torch, transformers


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """No bars and load reports on the host's terminal."""
    logging = transformers.utils.logging
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def digest_of(settings: Any) -> str:
    """A short digest of a text, or of settings that JSON can hold."""
    data = settings if isinstance(settings, str) else json.dumps(settings, sort_keys=True, default=str)
    return hashlib.blake2b(data.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _digest(module: Any, tokenizer: Tokenizer) -> str:
    """Of the tokenizer, the config and every tensor, wherever the checkpoint lies."""
    torch, _ = libraries()
    settings = {key: value for key, value in module.config.to_dict().items() if key not in PLACE}
    hasher = hashlib.blake2b(tokenizer.to_str().encode(), digest_size=8)
    hasher.update(str(sorted(settings.items(), key=str)).encode())
    for name, tensor in sorted(module.state_dict().items()):
        hasher.update(name.encode() + str(tuple(tensor.shape)).encode())
        hasher.update(tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return hasher.hexdigest()


def _use_onednn(torch: Any, module: Any) -> None:
    """Have linear layers run in oneDNN, which torch carries beside MKL: three times as fast on AMD processors, equal
    numbers to rounding. Where this build of torch has no such operator nothing changes.
    """
    try:
        operator = torch.ops.mkldnn._linear_pointwise
        x, weight, bias = (torch.arange(n, dtype=torch.float32).sin() for n in (96, 512, 16))
        x, weight = x.reshape(3, 32), weight.reshape(16, 32)
        same = torch.allclose(operator(x, weight, bias, "none", [], ""), x @ weight.T + bias, atol=1e-4)
    except (AttributeError, RuntimeError):
        return
    if not same:
        return

    def forward(layer: Any) -> Any:
        return lambda x: operator(x, layer.weight, layer.bias, "none", [], "")

    for layer in module.modules():
        if type(layer) is torch.nn.Linear and layer.out_features >= _SMALL:
            layer.forward = forward(layer)


def undo_onednn(module: Any) -> Any:
    """``module`` with its linear layers as torch made them, for tracing."""
    for layer in module.modules():
        layer.__dict__.pop("forward", None)
    return module
