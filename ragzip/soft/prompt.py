"""Prompts of text and soft segments, and their form for serving engines."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ragzip.checks import check_text, flag, item_list, shown
from ragzip.errors import InputError, ModelError, OptionError
from ragzip.output.layout import ASK
from ragzip.result import Result
from ragzip.soft.language import LanguageModel
from ragzip.types import SoftSegment

__all__ = ["TEMPLATE", "SoftPrompt", "from_base64", "in_format", "to_base64", "vectors_of"]

TEMPLATE = f"{ASK}\n\n{{context}}\n\nQuestion: {{query}}\nAnswer:"
_PLACEHOLDERS = range(0xE000, 0xF900)  # private use characters: one stands for the context in the chat format


@dataclass(frozen=True)
class SoftPrompt:
    """Texts and soft segments in the order in which the model reads them.

    ``plain`` prompts are read as they are; others are a user's message in the model's chat format, where it has one.
    """

    parts: tuple[str | SoftSegment, ...]
    plain: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(_checked(self.parts)))
        flag(self.plain, "plain")

    @classmethod
    def of(
        cls, context: Result | str | Sequence[str | SoftSegment], query: str = "", *, template: str = TEMPLATE
    ) -> SoftPrompt:
        """``template`` with ``context`` (the output of a compressor, soft or not) and ``query`` in it.

        :raises OptionError: a template without exactly one ``{context}``.
        """
        if not isinstance(template, str) or template.count("{context}") != 1:
            raise OptionError(f"template: received {shown(template)}, expected one with {{context}} in it once.")
        check_text(query, "query")
        before, after = (part.replace("{query}", query) for part in template.split("{context}"))
        parts = context.parts if isinstance(context, Result) else [context] if isinstance(context, str) else context
        return cls((before, *_checked(parts), after))


def _checked(parts: object) -> list[str | SoftSegment]:
    return item_list(parts, "prompt", (str, SoftSegment), expected="texts and SoftSegments", error=InputError)


def vectors_of(prompt: SoftPrompt, lm: LanguageModel) -> Any:
    """The input vectors of ``prompt`` for ``lm``. *Shape:* (n, hidden), its dtype and device.

    :raises ModelError: soft segments made for another language model.
    """
    import torch

    part_vectors: list[Any] = []
    for part in in_format(prompt, lm):
        if isinstance(part, SoftSegment):
            if part.model != lm.fingerprint or part.vectors.shape[1] != lm.hidden:
                raise ModelError(
                    f"prompt: a soft segment has vectors of {part.vectors.shape[1]} numbers for the language model "
                    f"{part.model!r}; this one is {lm.fingerprint!r} and takes {lm.hidden}."
                )
            part_vectors.append(torch.from_numpy(part.vectors.copy()).to(lm.device, lm.embeddings.weight.dtype))
        elif part:
            part_vectors.append(lm.embed(torch.tensor(lm.ids(part), device=lm.device, dtype=torch.long)))
    return torch.cat(part_vectors) if part_vectors else torch.zeros((0, lm.hidden), device=lm.device)


def in_format(prompt: SoftPrompt, lm: LanguageModel) -> list[str | SoftSegment]:
    """The parts with the chat format around them; adjacent texts are joined, since they are tokenised as one."""
    parts = list(prompt.parts)
    bos_token = getattr(lm.tokenizer, "bos_token", None) or ""
    if prompt.plain or not getattr(lm.tokenizer, "chat_template", None):
        opening = bos_token if lm.tokenizer.encode("", add_special_tokens=True) else ""
        return _merged([opening, *parts])
    first_text = parts[0] if parts and isinstance(parts[0], str) else ""
    last_text = parts[-1] if len(parts) > 1 and isinstance(parts[-1], str) else ""
    middle_parts = parts[bool(first_text) : len(parts) - bool(last_text)]
    placeholder = next(chr(code) for code in _PLACEHOLDERS if chr(code) not in first_text + last_text)
    message = [{"role": "user", "content": f"{first_text}{placeholder}{last_text}"}]
    formatted = str(lm.tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True))
    before, _, after = formatted.partition(placeholder)
    return _merged([before, *middle_parts, after])


def _merged(parts: Sequence[str | SoftSegment]) -> list[str | SoftSegment]:
    merged_parts: list[str | SoftSegment] = []
    for part in parts:
        if isinstance(part, str) and merged_parts and isinstance(merged_parts[-1], str):
            merged_parts[-1] += part
        elif not isinstance(part, str) or part:
            merged_parts.append(part)
    return merged_parts


def to_base64(vectors: Any) -> str:
    """``vectors`` (n, hidden) as vLLM's server, started with ``--enable-prompt-embeds``, takes them in the field
    ``prompt_embeds`` of a completion request: a tensor saved by torch, in base64. Its Python class takes the tensor
    itself: ``LLM(model, enable_prompt_embeds=True).generate({"prompt_embeds": vectors})``.
    """
    import torch

    buffer = io.BytesIO()
    torch.save(vectors.detach().cpu(), buffer)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def from_base64(text: str) -> Any:
    """The vectors that :func:`to_base64` wrote; no code in them is run.

    :raises InputError: a text that holds no such tensor.
    """
    expected = "one tensor of the shape (n, hidden), saved by torch, in base64"
    if not isinstance(text, str):
        raise InputError(f"prompt_embeds: received {type(text).__name__}, expected {expected}.")
    import torch

    try:
        vectors = torch.load(io.BytesIO(base64.b64decode(text, validate=True)), weights_only=True, map_location="cpu")
    except Exception as error:  # torch and pickle raise many kinds
        reason = f"{type(error).__name__}: {str(error)[:200]}"
        raise InputError(f"prompt_embeds: received no saved tensor ({reason}), expected {expected}.") from error
    if not isinstance(vectors, torch.Tensor) or vectors.dim() != 2:
        raise InputError(f"prompt_embeds: received {type(vectors).__name__} of another shape, expected {expected}.")
    return vectors
