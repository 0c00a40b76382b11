"""A causal language model that answers prompts and says the next turn of conversations: greedy generation, and the
likelihood of gold answers, from one prefill.
"""

from __future__ import annotations

import copy
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from ragzip.backends.runtimes.lora import merge
from ragzip.backends.runtimes.replies import NextTurn, calls_in_text
from ragzip.backends.runtimes.torch import TorchModel, undo_onednn
from ragzip.checks import choice, path_of, whole_number
from ragzip.errors import InputError
from ragzip.process import deadline
from ragzip.process.forking import ForkSafeLock

__all__ = ["Generator", "Answer", "ends_of"]

_CHAT_FORMAT_TOKENS = 64  # room for the chat format


class Answer(NamedTuple):
    """The answer of a reader to a prompt, with its costs.

    ``first`` is the time to the first token (seconds); ``nll`` the negative log-likelihood (nats, all its tokens) of
    the gold answer, of the likeliest one a token where there are several. None where the reader does not know it.
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
    :param max_length: the largest number of tokens of a prompt; of a longer prompt the first and the last tokens are
        read, half each. Default: the window of the model.
    :param dtype: "float32" | "bfloat16" | "int8" (most linear layers, quantized as they run; on a CPU without bfloat16
        1.5 times as fast as float32, with much the same answers); default: bfloat16 where the processor multiplies
        matrices in it.
    :param adapter: folder of a LoRA adapter for rewriting; its weights are added to the model's.
    :raises ModelError: the model cannot be loaded.
    """

    deterministic: ClassVar[bool] = True  # the same prompt gives the same answer

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
        self.dtype, self.max_length = dtype or _fastest_dtype(), max_length
        is_int8 = self.dtype == "int8"
        self.model = TorchModel(
            model, kind="causal-lm", device="cpu" if is_int8 else device, dtype="float32" if is_int8 else self.dtype
        )
        self.adapter = None if adapter is None else path_of(adapter, "adapter", expected="a folder")
        if self.adapter is not None:
            merge(self.model, self.adapter, "rewriter")
        if is_int8:
            _quantize(self.model)
        self.name = Path(model).stem
        self._ends = ends_of(self.model)
        end_list = ",".join(map(str, sorted(self._ends)))
        self.fingerprint = f"{self.model.prompt_fingerprint}:greedy:{max_length}:ends={end_list}"
        self._lock = ForkSafeLock()

    def read(
        self, prompt: str, *, max_tokens: int, gold: Sequence[str] = (), plain: bool = False, stop: str | None = None
    ) -> Answer:
        """The greedy answer to ``prompt``, of at most ``max_tokens`` tokens.

        :param gold: answers whose likelihood is computed.
        :param plain: continue the prompt as it is; else it is a message in the model's chat format.
        :param stop: a text that ends the answer, once the answer has begun.
        """
        separator = " " if plain and not prompt[-1:].isspace() else ""
        answers = [f"{separator}{answer}" for answer in gold if answer]
        with self._lock:
            return self._answer(self._ids(prompt, max_tokens, plain), max_tokens, answers, stop)

    def decide(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]], *, max_tokens: int
    ) -> NextTurn:
        """The greedy next turn of a conversation of OpenAI's chat completions, of at most ``max_tokens`` tokens.

        :raises ModelError: a model whose chat format has no tools.
        :raises InputError: a conversation that is longer than the model reads.
        """
        with self._lock:
            prompt_ids = self.model.conversation_ids(messages, tools)
            window = int(self.model.settings.get("max_position_embeddings") or 0)
            max_prompt_tokens = self.max_length or window - max_tokens
            if (self.max_length or window) and len(prompt_ids) > max_prompt_tokens:
                raise InputError(
                    f"messages: received {len(prompt_ids):,} tokens, expected at most {max_prompt_tokens:,}, "
                    f"which {self.name} can read."
                )
            answer = self._answer(prompt_ids, max_tokens)
        calls = calls_in_text(answer.text)
        return NextTurn(answer.text, calls, answer.prompt_tokens, answer.output_tokens, answer.seconds)

    def _answer(
        self, prompt_ids: Sequence[int], max_tokens: int, gold: Sequence[str] = (), stop: str | None = None
    ) -> Answer:
        import torch

        with torch.inference_mode():
            start_time = time.perf_counter()
            input_ids = torch.tensor([prompt_ids], device=self.model.device)
            kv_cache = self.model.past()
            logits = self.model.step(kv_cache, input_ids=input_ids, logits_to_keep=1).logits[0, -1].float()
            first_token_seconds = time.perf_counter() - start_time
            likelihoods = [self._likelihood(kv_cache, logits, answer) for answer in gold]
            generation_start = time.perf_counter()
            answer_ids = self._generate(kv_cache, logits, max_tokens, stop)
            answer_text = self.model.hf_tokenizer.decode(answer_ids, skip_special_tokens=True)
            total_seconds = first_token_seconds + time.perf_counter() - generation_start
            nll, gold_tokens = min(
                likelihoods, key=lambda likelihood: likelihood[0] / likelihood[1], default=(None, None)
            )
        return Answer(
            answer_text, len(prompt_ids), len(answer_ids), total_seconds, first_token_seconds, nll, gold_tokens
        )

    def _ids(self, prompt: str, max_tokens: int, plain: bool) -> list[int]:
        tokenizer = self.model.hf_tokenizer
        window = int(self.model.settings.get("max_position_embeddings") or 0)
        max_prompt_tokens = self.max_length or (window - max_tokens - _CHAT_FORMAT_TOKENS if window else None)
        prompt_ids = list(tokenizer.encode(prompt))
        if max_prompt_tokens is not None and len(prompt_ids) > max_prompt_tokens:
            half_length = max_prompt_tokens // 2
            prompt = "".join(
                tokenizer.decode(half_ids, skip_special_tokens=True)
                for half_ids in (prompt_ids[:half_length], prompt_ids[-half_length:])
            )
            prompt_ids = list(tokenizer.encode(prompt))
        return prompt_ids if plain else self.model.chat_ids(prompt)

    def _likelihood(self, kv_cache: Any, logits: Any, answer: str) -> tuple[float, int]:
        """The negative log-likelihood (nats) of ``answer`` after ``kv_cache``, and its number of tokens."""
        import torch

        answer_ids = self.model.hf_tokenizer.encode(answer, add_special_tokens=False)
        target_ids = torch.tensor(answer_ids, device=logits.device)
        target_logits = logits[None]
        if len(answer_ids) > 1:
            answer_output = self.model.step(copy.deepcopy(kv_cache), input_ids=target_ids[None, :-1])
            target_logits = torch.cat([target_logits, answer_output.logits[0].float()])
        return float(torch.nn.functional.cross_entropy(target_logits, target_ids, reduction="sum")), len(answer_ids)

    def _generate(self, kv_cache: Any, logits: Any, max_tokens: int, stop: str | None) -> list[int]:
        import torch

        answer_ids: list[int] = []
        while len(answer_ids) < max_tokens:
            deadline.check()
            answer_ids.append(int(logits.argmax()))
            if answer_ids[-1] in self._ends:
                return answer_ids[:-1]
            if stop and stop in self.model.hf_tokenizer.decode(answer_ids, skip_special_tokens=True).lstrip(stop):
                break
            if len(answer_ids) < max_tokens:
                last_token = torch.tensor([answer_ids[-1:]], device=logits.device)
                logits = self.model.step(kv_cache, input_ids=last_token).logits[0, -1].float()
        return answer_ids

    def __reduce__(self) -> tuple[Any, ...]:
        return _make, (self.model.source, self.max_length, self.dtype, self.model.device, self.adapter)


def _make(model: str, max_length: int | None, dtype: str, device: str, adapter: Path | None) -> Generator:
    return Generator(model, max_length=max_length, dtype=dtype, device=device, adapter=adapter)


def ends_of(model: TorchModel) -> set[int]:
    """The ids that end an answer: the tokenizer's, the model's, and the ends of a turn in common chat formats."""
    tokenizer = model.hf_tokenizer
    model_end = getattr(getattr(model.module, "generation_config", None), "eos_token_id", None)
    end_ids = set(model_end) if isinstance(model_end, (list, tuple)) else {model_end}
    turn_end_ids = [tokenizer.convert_tokens_to_ids(token) for token in ("<|im_end|>", "<|eot_id|>", "<end_of_turn>")]
    end_ids |= {tokenizer.eos_token_id, *(token_id for token_id in turn_end_ids if token_id != tokenizer.unk_token_id)}
    return {int(token_id) for token_id in end_ids if token_id is not None}


def _quantize(model: TorchModel) -> None:
    """Quantize linear layers to int8, with a scale for each output. Layers that narrow stay in floats: the inputs of
    the last layer of a block have a few values a thousand times the others, too wide a range for one scale (Dettmers et
    al. 2022, arXiv 2208.07339). So does the head, where small differences decide.
    """
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a notice that it will move to another package
        module, quantization_config = undo_onednn(model.module), torch.ao.quantization.per_channel_dynamic_qconfig
        output_layer = module.get_output_embeddings()
        config_by_layer: dict[Any, Any] = {
            name: quantization_config
            for name, layer in module.named_modules()
            if isinstance(layer, torch.nn.Linear)
            and layer is not output_layer
            and layer.in_features <= layer.out_features
        }
        quantize: Any = torch.ao.quantization.quantize_dynamic
        model.module = quantize(module, config_by_layer, dtype=torch.qint8, inplace=True)
    model.fingerprint += ":int8"


def _fastest_dtype() -> str:
    """bfloat16 on hardware with units for it (CUDA, or AMX of a CPU), else float32."""
    import torch

    is_amx_supported = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return (
        "bfloat16" if torch.cuda.is_available() or (is_amx_supported is not None and is_amx_supported()) else "float32"
    )
