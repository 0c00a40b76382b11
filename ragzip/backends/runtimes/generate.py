"""A causal language model that answers: greedy generation, and the likelihood of given answers, from one prefill."""

from __future__ import annotations

import copy
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ragzip.backends.runtimes.lora import merge
from ragzip.backends.runtimes.torch import TorchModel, undo_onednn
from ragzip.checks import choice, path_of, whole_number
from ragzip.process import deadline
from ragzip.process.forking import ForkSafeLock

__all__ = ["Generator", "Answer", "ends_of"]

_ROOM = 64  # tokens that a chat format may add


class Answer(NamedTuple):
    """What a reader made of a prompt.

    ``first`` is the time to the first token (seconds); ``nll`` the negative log-likelihood (nats, all its tokens) of
    the gold answer, of the likeliest one a token where there are several. None where the reader cannot tell.
    """

    text: str
    prompt_tokens: int
    output_tokens: int
    seconds: float
    first: float | None = None
    nll: float | None = None
    nll_tokens: int | None = None


class Generator:
    """Any causal language model of transformers, a GGUF file included.

    :param model: a folder, a hub id or a GGUF file.
    :param max_length: most tokens of a prompt; of a longer one the first and the last half are read. Default: what the
        model reads.
    :param dtype: "float32" | "bfloat16" | "int8" (most linear layers, quantized as they run; on a CPU without bfloat16
        1.5 times as fast as float32, with much the same answers); default: bfloat16 where the processor multiplies
        matrices in it.
    :param adapter: folder of a LoRA adapter with which it rewrites; its weights are added to the model's.
    :raises ModelError: a model that cannot be loaded.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        max_length: int | None = None,
        dtype: str | None = None,
        device: str | None = None,
        adapter: str | Path | None = None,
    ) -> None:
        choice(dtype, "dtype", (None, "float32", "bfloat16", "int8"))
        if max_length is not None:
            max_length = whole_number(max_length, "max_length", least=16, expected="16 tokens or more")
        self.dtype, self.max_length = dtype or _fastest(), max_length
        int8 = self.dtype == "int8"
        self.model = TorchModel(
            model, kind="causal-lm", device="cpu" if int8 else device, dtype="float32" if int8 else self.dtype
        )
        self.adapter = None if adapter is None else path_of(adapter, "adapter", expected="a folder")
        if self.adapter is not None:
            merge(self.model, self.adapter, "rewriter")
        if int8:
            _quantize(self.model)
        self.name = Path(model).stem
        self._ends = ends_of(self.model)
        ends = ",".join(map(str, sorted(self._ends)))
        self.fingerprint = f"{self.model.prompt_fingerprint}:greedy:{max_length}:ends={ends}"
        self._lock = ForkSafeLock()

    def read(
        self, prompt: str, *, max_tokens: int, gold: Sequence[str] = (), plain: bool = False, stop: str | None = None
    ) -> Answer:
        """Answer ``prompt`` with at most ``max_tokens`` tokens, the likeliest one each time.

        :param gold: answers to give the likelihood of.
        :param plain: go on with the prompt as it is; else it is a message in the model's chat format.
        :param stop: what ends the answer, once it has begun.
        """
        import torch

        with self._lock, torch.inference_mode():
            ids = self._ids(prompt, max_tokens, plain)
            start = time.perf_counter()
            given = torch.tensor([ids], device=self.model.device)
            past = self.model.past()
            logits = self.model.step(past, input_ids=given, logits_to_keep=1).logits[0, -1].float()
            first = time.perf_counter() - start
            space = " " if plain and not prompt[-1:].isspace() else ""
            likely = [self._likelihood(past, logits, f"{space}{answer}") for answer in gold if answer]
            begun = time.perf_counter()
            made = self._generate(past, logits, max_tokens, stop)
            text = self.model.hf_tokenizer.decode(made, skip_special_tokens=True)
            seconds = first + time.perf_counter() - begun
            nll, tokens = min(likely, key=lambda one: one[0] / one[1], default=(None, None))
        return Answer(text, len(ids), len(made), seconds, first, nll, tokens)

    def _ids(self, prompt: str, max_tokens: int, plain: bool) -> list[int]:
        tokenizer = self.model.hf_tokenizer
        window = int(self.model.settings.get("max_position_embeddings") or 0)
        most = self.max_length or (window - max_tokens - _ROOM if window else None)
        ids = list(tokenizer.encode(prompt))
        if most is not None and len(ids) > most:
            half = most // 2
            prompt = "".join(tokenizer.decode(part, skip_special_tokens=True) for part in (ids[:half], ids[-half:]))
            ids = list(tokenizer.encode(prompt))
        return ids if plain else self.model.chat_ids(prompt)

    def _likelihood(self, past: Any, logits: Any, answer: str) -> tuple[float, int]:
        """Negative log-likelihood (nats) of ``answer`` after what ``past`` holds, and its number of tokens."""
        import torch

        ids = self.model.hf_tokenizer.encode(answer, add_special_tokens=False)
        target = torch.tensor(ids, device=logits.device)
        rows = logits[None]
        if len(ids) > 1:
            more = self.model.step(copy.deepcopy(past), input_ids=target[None, :-1])
            rows = torch.cat([rows, more.logits[0].float()])
        return float(torch.nn.functional.cross_entropy(rows, target, reduction="sum")), len(ids)

    def _generate(self, past: Any, logits: Any, max_tokens: int, stop: str | None) -> list[int]:
        import torch

        made: list[int] = []
        while len(made) < max_tokens:
            deadline.check()
            made.append(int(logits.argmax()))
            if made[-1] in self._ends:
                return made[:-1]
            if stop and stop in self.model.hf_tokenizer.decode(made, skip_special_tokens=True).lstrip(stop):
                break
            if len(made) < max_tokens:
                step = torch.tensor([made[-1:]], device=logits.device)
                logits = self.model.step(past, input_ids=step).logits[0, -1].float()
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _make, (self.model.source, self.max_length, self.dtype, self.model.device, self.adapter)


def _make(model: str, max_length: int | None, dtype: str, device: str, adapter: Path | None) -> Generator:
    return Generator(model, max_length=max_length, dtype=dtype, device=device, adapter=adapter)


def ends_of(model: TorchModel) -> set[int]:
    """Tokens that end an answer: the tokenizer's, the model's, and what ends a turn in common chat formats."""
    tokenizer = model.hf_tokenizer
    named = getattr(getattr(model.module, "generation_config", None), "eos_token_id", None)
    ends = set(named) if isinstance(named, (list, tuple)) else {named}
    turns = [tokenizer.convert_tokens_to_ids(token) for token in ("<|im_end|>", "<|eot_id|>", "<end_of_turn>")]
    ends |= {tokenizer.eos_token_id, *(id for id in turns if id != tokenizer.unk_token_id)}
    return {int(id) for id in ends if id is not None}


def _quantize(model: TorchModel) -> None:
    """Linear layers in int8, a scale for each output. Those that narrow stay: what comes into the last layer of a block
    has a few values a thousand times the others, which one scale cannot hold (Dettmers et al. 2022, arXiv 2208.07339).
    So does the head, where small differences decide.
    """
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it will move to a package of its own
        module, how = undo_onednn(model.module), torch.ao.quantization.per_channel_dynamic_qconfig
        head = module.get_output_embeddings()
        layers: dict[Any, Any] = {
            name: how
            for name, layer in module.named_modules()
            if isinstance(layer, torch.nn.Linear) and layer is not head and layer.in_features <= layer.out_features
        }
        quantize: Any = torch.ao.quantization.quantize_dynamic
        model.module = quantize(module, layers, dtype=torch.qint8, inplace=True)
    model.fingerprint += ":int8"


def _fastest() -> str:
    """bfloat16 where there is a unit for it: CUDA, or AMX of a CPU."""
    import torch

    amx = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return "bfloat16" if torch.cuda.is_available() or (amx is not None and amx()) else "float32"
