"""A reader of prompts of text and soft segments: answers, streamed or at once, and the likelihood of answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ragzip.checks import whole_number
from ragzip.errors import InputError
from ragzip.process import deadline
from ragzip.process.lazy_property import lazy_property
from ragzip.soft.adapters import load_reader_lora
from ragzip.soft.encoders.base import digest
from ragzip.soft.language import Dtype, LanguageModel, as_language_model
from ragzip.soft.prompt import SoftPrompt, in_format, vectors_of

__all__ = ["Likelihood", "SoftReader", "padded"]


class Likelihood(NamedTuple):
    """The negative log-likelihood of an answer (nats, over all its tokens), and its number of tokens."""

    nll: float
    tokens: int


class SoftReader:
    """A causal language model that reads text and soft segments, greedily.

    :param model: a folder, a hub id or a GGUF file, or the :class:`~ragzip.soft.language.LanguageModel` that a soft
        compressor runs on: both have to be the same.
    :param adapter: a folder with a LoRA adapter for reading (``ragzip train soft reader``); True: the shipped one for
        SmolLM2-135M; None: the model as it is.
    :param device: as for :class:`~ragzip.soft.language.LanguageModel`, as is ``dtype``.
    :param batch: the largest number of prompts in a batch.
    :raises ModelError: a model or an adapter that cannot be loaded.
    """

    def __init__(
        self,
        model: str | Path | LanguageModel,
        *,
        adapter: str | Path | bool | None = None,
        device: str | None = None,
        dtype: Dtype = "float32",
        batch: int = 8,
    ) -> None:
        batch = whole_number(batch, "batch", least=1)
        self.lm, self.batch, self.adapter = as_language_model(model, device=device, dtype=dtype), batch, adapter
        self._adapter: str | None = None
        if adapter is not None and adapter is not False:
            self._adapter = load_reader_lora(self.lm, None if adapter is True else adapter)

    @lazy_property
    def fingerprint(self) -> str:
        """The identity of the model and its adapter."""
        lora_digest = "" if self._adapter is None else digest(self.lm.lora(self._adapter))
        return f"{self.lm.fingerprint}:{self.lm.dtype}:{lora_digest}"

    def tokens(self, prompt: SoftPrompt) -> int:
        """The number of tokens and vectors that the model reads of ``prompt``, its chat format included."""
        return sum(len(self.lm.ids(part) if isinstance(part, str) else part) for part in in_format(prompt, self.lm))

    def generate(self, prompts: Sequence[SoftPrompt], *, max_tokens: int = 64) -> list[str]:
        """The answer to each prompt, of at most ``max_tokens`` tokens.

        :raises InputError: objects other than prompts.
        """
        answers: list[str] = []
        for batch_prompts in self._batches(prompts):
            ids_by_row: list[list[int]] = [[] for _ in batch_prompts]
            for token_by_row in self._steps(batch_prompts, max_tokens):
                for row, token in token_by_row.items():
                    ids_by_row[row].append(token)
            answers += [self.lm.tokenizer.decode(ids, skip_special_tokens=True).strip() for ids in ids_by_row]
        return answers

    def stream(self, prompt: SoftPrompt, *, max_tokens: int = 64) -> Iterator[str]:
        """The answer in pieces of whole characters."""
        answer_ids: list[int] = []
        shown_text = ""
        for token_by_row in self._steps(self._checked([prompt]), max_tokens):
            answer_ids += token_by_row.values()
            text = self.lm.tokenizer.decode(answer_ids, skip_special_tokens=True)
            if not text.endswith("\ufffd") and len(text) > len(shown_text):
                yield text[len(shown_text) :]
                shown_text = text
        if remaining_text := self.lm.tokenizer.decode(answer_ids, skip_special_tokens=True)[len(shown_text) :]:
            yield remaining_text

    def likelihood(self, prompts: Sequence[SoftPrompt], answers: Sequence[str]) -> list[Likelihood]:
        """The likelihood of each answer after its prompt.

        :raises InputError: an empty answer, or not as many as prompts.
        """
        import torch

        if len(prompts) != len(answers) or not all(isinstance(answer, str) and answer for answer in answers):
            raise InputError(f"answers: expected {len(prompts)} texts that are not empty, one for each prompt.")
        likelihoods: list[Likelihood] = []
        for start, batch_prompts in zip(range(0, len(prompts), self.batch), self._batches(prompts), strict=True):
            prompt_vectors = [vectors_of(prompt, self.lm) for prompt in batch_prompts]
            answer_ids = [
                torch.tensor(self.lm.ids(self._answer(prompt, answer)), device=self.lm.device)
                for prompt, answer in zip(batch_prompts, answers[start:], strict=False)
            ]
            rows = [
                torch.cat([vectors, self.lm.embed(more)])
                for vectors, more in zip(prompt_vectors, answer_ids, strict=True)
            ]
            batch = self._fitting(padded(rows), 0)
            with torch.no_grad(), self.lm.using(self._adapter):
                max_answer_tokens = max(map(len, answer_ids))
                logits = self.lm.module(**batch, use_cache=False, logits_to_keep=max_answer_tokens + 1).logits.float()
            for row, target in zip(logits, answer_ids, strict=True):
                nll = torch.nn.functional.cross_entropy(row[-1 - len(target) : -1], target, reduction="sum")
                likelihoods.append(Likelihood(float(nll), len(target)))
        return likelihoods

    def __reduce__(self) -> tuple[Any, ...]:
        return _remake, (self.lm, self.adapter, self.batch)

    def _answer(self, prompt: SoftPrompt, answer: str) -> str:
        """``answer``, with a space before it where the prompt is no message and ends without one."""
        is_plain = prompt.plain or not getattr(self.lm.tokenizer, "chat_template", None)
        last_part = prompt.parts[-1] if prompt.parts else ""
        return f" {answer}" if is_plain and not (isinstance(last_part, str) and last_part[-1:].isspace()) else answer

    def _checked(self, prompts: Sequence[SoftPrompt]) -> Sequence[SoftPrompt]:
        if isinstance(prompts, SoftPrompt) or not all(isinstance(prompt, SoftPrompt) for prompt in prompts):
            raise InputError("prompts: expected a list of SoftPrompt (make one with SoftPrompt.of(result, query)).")
        return prompts

    def _batches(self, prompts: Sequence[SoftPrompt]) -> Iterator[Sequence[SoftPrompt]]:
        checked_prompts = self._checked(prompts)
        for start in range(0, len(checked_prompts), self.batch):
            yield checked_prompts[start : start + self.batch]

    def _fitting(self, batch: dict[str, Any], new_tokens: int) -> dict[str, Any]:
        """``batch``, if the model can read it and ``new_tokens`` after it."""
        length = batch["inputs_embeds"].shape[1]
        if self.lm.window is not None and length + new_tokens > self.lm.window:
            raise InputError(
                f"prompt: received {length} tokens, {new_tokens} more to come; {self.lm.name} reads {self.lm.window}. "
                "Use a smaller budget."
            )
        return batch

    def _steps(self, prompts: Sequence[SoftPrompt], max_tokens: int) -> Iterator[dict[int, int]]:
        """The next token of each open row, step by step; a row is closed by its end token, which is not yielded."""
        import torch

        batch = self._fitting(padded([vectors_of(prompt, self.lm) for prompt in prompts]), max_tokens)
        kv_cache, attention_mask = self.lm.past(), batch["attention_mask"]
        positions = batch["position_ids"][:, -1:]
        open_rows = set(range(len(prompts)))
        inputs = batch
        for _ in range(max_tokens):
            deadline.check()
            with torch.no_grad(), self.lm.using(self._adapter):
                logits = self.lm.step(kv_cache, **inputs, logits_to_keep=1).logits[:, -1].float()
            tokens = logits.argmax(-1)
            open_rows -= {row for row in open_rows if int(tokens[row]) in self.lm.ends}
            if not open_rows:
                return
            yield {row: int(tokens[row]) for row in sorted(open_rows)}
            attention_mask = torch.nn.functional.pad(attention_mask, (0, 1), value=1)
            positions = positions + 1
            inputs = {"input_ids": tokens[:, None], "attention_mask": attention_mask, "position_ids": positions}


def _remake(lm: LanguageModel, adapter: str | Path | bool | None, batch: int) -> SoftReader:
    return SoftReader(lm, adapter=adapter, batch=batch)


def padded(rows: Sequence[Any]) -> dict[str, Any]:
    """Rows of vectors as one batch, padded on the left, with masks and with positions that begin at 0 in each row."""
    import torch

    max_length = max(map(len, rows))
    if not all(map(len, rows)):
        raise InputError("prompt: received an empty one, expected text or vectors in it.")
    vectors = torch.stack([torch.nn.functional.pad(row, (0, 0, max_length - len(row), 0)) for row in rows])
    attention_mask = torch.zeros(vectors.shape[:2], dtype=torch.long, device=vectors.device)
    for row_number, row in enumerate(rows):
        attention_mask[row_number, max_length - len(row) :] = 1
    positions = (attention_mask.cumsum(1) - 1).clamp(min=0)
    return {"inputs_embeds": vectors, "attention_mask": attention_mask, "position_ids": positions}
