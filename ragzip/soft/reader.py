"""Reading prompts of text and soft segments: answers, word by word or at once, and the likelihood of given ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from ragzip.checks import whole_number
from ragzip.errors import InputError
from ragzip.process import deadline
from ragzip.soft.adapters import load_reader_lora
from ragzip.soft.encoders.base import digest
from ragzip.soft.language import Dtype, LanguageModel, as_language_model
from ragzip.soft.prompt import SoftPrompt, in_format, vectors_of

__all__ = ["Likelihood", "SoftReader", "padded"]


class Likelihood(NamedTuple):
    """Negative log-likelihood of an answer (nats, all its tokens), and its tokens."""

    nll: float
    tokens: int


class SoftReader:
    """A causal language model that reads text and soft segments, greedily.

    :param model: a folder, a hub id or a GGUF file, or the :class:`~ragzip.soft.language.LanguageModel` that a soft
        compressor runs on: the two have to be the same.
    :param adapter: a folder with a LoRA adapter for reading (``ragzip train soft reader``); True: the shipped one for
        SmolLM2-135M; None: the model as it is.
    :param device: as for :class:`~ragzip.soft.language.LanguageModel`, as is ``dtype``.
    :param batch: most prompts that are read together.
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

    @cached_property
    def fingerprint(self) -> str:
        """Of the model and its adapter."""
        lora = "" if self._adapter is None else digest(self.lm.lora(self._adapter))
        return f"{self.lm.fingerprint}:{self.lm.dtype}:{lora}"

    def tokens(self, prompt: SoftPrompt) -> int:
        """What the model reads of ``prompt``: tokens and vectors, its chat format included."""
        return sum(len(self.lm.ids(part) if isinstance(part, str) else part) for part in in_format(prompt, self.lm))

    def generate(self, prompts: Sequence[SoftPrompt], *, max_tokens: int = 64) -> list[str]:
        """The answer to each prompt, of at most ``max_tokens`` tokens.

        :raises InputError: no prompts, but something else.
        """
        out: list[str] = []
        for some in self._batches(prompts):
            made: list[list[int]] = [[] for _ in some]
            for step in self._steps(some, max_tokens):
                for row, token in step.items():
                    made[row].append(token)
            out += [self.lm.tokenizer.decode(ids, skip_special_tokens=True).strip() for ids in made]
        return out

    def stream(self, prompt: SoftPrompt, *, max_tokens: int = 64) -> Iterator[str]:
        """The answer piece by piece, whole characters each."""
        made: list[int] = []
        shown = ""
        for step in self._steps(self._checked([prompt]), max_tokens):
            made += step.values()
            text = self.lm.tokenizer.decode(made, skip_special_tokens=True)
            if not text.endswith("\ufffd") and len(text) > len(shown):
                yield text[len(shown) :]
                shown = text
        if rest := self.lm.tokenizer.decode(made, skip_special_tokens=True)[len(shown) :]:
            yield rest

    def likelihood(self, prompts: Sequence[SoftPrompt], answers: Sequence[str]) -> list[Likelihood]:
        """How likely each answer is after its prompt.

        :raises InputError: an empty answer, or not as many as prompts.
        """
        import torch

        if len(prompts) != len(answers) or not all(isinstance(answer, str) and answer for answer in answers):
            raise InputError(f"answers: expected {len(prompts)} texts that are not empty, one for each prompt.")
        out: list[Likelihood] = []
        for start, some in zip(range(0, len(prompts), self.batch), self._batches(prompts), strict=True):
            given = [vectors_of(prompt, self.lm) for prompt in some]
            ids = [
                torch.tensor(self.lm.ids(self._answer(prompt, answer)), device=self.lm.device)
                for prompt, answer in zip(some, answers[start:], strict=False)
            ]
            rows = [torch.cat([one, self.lm.embed(more)]) for one, more in zip(given, ids, strict=True)]
            batch = self._fitting(padded(rows), 0)
            with torch.no_grad(), self.lm.using(self._adapter):
                longest = max(map(len, ids))
                logits = self.lm.module(**batch, use_cache=False, logits_to_keep=longest + 1).logits.float()
            for row, target in zip(logits, ids, strict=True):
                nll = torch.nn.functional.cross_entropy(row[-1 - len(target) : -1], target, reduction="sum")
                out.append(Likelihood(float(nll), len(target)))
        return out

    def __reduce__(self) -> tuple[Any, ...]:
        return _remake, (self.lm, self.adapter, self.batch)

    def _answer(self, prompt: SoftPrompt, answer: str) -> str:
        """With the space that follows a prompt which is no message."""
        plain = prompt.plain or not getattr(self.lm.tokenizer, "chat_template", None)
        last = prompt.parts[-1] if prompt.parts else ""
        return f" {answer}" if plain and not (isinstance(last, str) and last[-1:].isspace()) else answer

    def _checked(self, prompts: Sequence[SoftPrompt]) -> Sequence[SoftPrompt]:
        if isinstance(prompts, SoftPrompt) or not all(isinstance(prompt, SoftPrompt) for prompt in prompts):
            raise InputError("prompts: expected a list of SoftPrompt (make one with SoftPrompt.of(result, query)).")
        return prompts

    def _batches(self, prompts: Sequence[SoftPrompt]) -> Iterator[Sequence[SoftPrompt]]:
        listed = self._checked(prompts)
        for start in range(0, len(listed), self.batch):
            yield listed[start : start + self.batch]

    def _fitting(self, batch: dict[str, Any], more: int) -> dict[str, Any]:
        """``batch``, if the model can read it and ``more`` tokens behind it."""
        length = batch["inputs_embeds"].shape[1]
        if self.lm.window is not None and length + more > self.lm.window:
            raise InputError(
                f"prompt: received {length} tokens, {more} more to come; {self.lm.name} reads {self.lm.window}. "
                "Use a smaller budget."
            )
        return batch

    def _steps(self, prompts: Sequence[SoftPrompt], max_tokens: int) -> Iterator[dict[int, int]]:
        """One token for each row that goes on, after each other; the last of a row is not its end mark."""
        import torch

        batch = self._fitting(padded([vectors_of(prompt, self.lm) for prompt in prompts]), max_tokens)
        past, mask = self.lm.past(), batch["attention_mask"]
        places = batch["position_ids"][:, -1:]
        going = set(range(len(prompts)))
        inputs = batch
        for _ in range(max_tokens):
            deadline.check()
            with torch.no_grad(), self.lm.using(self._adapter):
                logits = self.lm.step(past, **inputs, logits_to_keep=1).logits[:, -1].float()
            tokens = logits.argmax(-1)
            going -= {row for row in going if int(tokens[row]) in self.lm.ends}
            if not going:
                return
            yield {row: int(tokens[row]) for row in sorted(going)}
            mask = torch.nn.functional.pad(mask, (0, 1), value=1)
            places = places + 1
            inputs = {"input_ids": tokens[:, None], "attention_mask": mask, "position_ids": places}


def _remake(lm: LanguageModel, adapter: str | Path | bool | None, batch: int) -> SoftReader:
    return SoftReader(lm, adapter=adapter, batch=batch)


def padded(rows: Sequence[Any]) -> dict[str, Any]:
    """Rows of vectors as one batch, padded on the left: masks, and positions that begin at 0 in each row."""
    import torch

    longest = max(map(len, rows))
    if not all(map(len, rows)):
        raise InputError("prompt: received an empty one, expected text or vectors in it.")
    vectors = torch.stack([torch.nn.functional.pad(row, (0, 0, longest - len(row), 0)) for row in rows])
    mask = torch.zeros(vectors.shape[:2], dtype=torch.long, device=vectors.device)
    for i, row in enumerate(rows):
        mask[i, longest - len(row) :] = 1
    places = (mask.cumsum(1) - 1).clamp(min=0)
    return {"inputs_embeds": vectors, "attention_mask": mask, "position_ids": places}
