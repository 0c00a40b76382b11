"""Encoder-decoder checkpoints that summarise (T5 and similar), in the layout of RECOMP. Needs ``ragzip[torch]``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ragzip.backends.runtimes.torch import TorchModel, digest_of, libraries
from ragzip.checks import whole_number
from ragzip.process import deadline
from ragzip.process.forking import ForkSafeLock

__all__ = ["WINDOW_TOKENS", "Seq2Seq", "is_seq2seq", "layout"]

WINDOW_TOKENS = 1024  # as in the training of RECOMP's summarisers


def layout(query: str | None, text: str) -> str:
    """The input of the encoder: RECOMP's form (Xu et al. 2023, arXiv 2310.04408), or T5's own form without a query."""
    return f"summarize: {text}" if query is None else f"Question: {query}\n Document: {text}\n Summary: "


def is_seq2seq(model: str | Path) -> bool:
    """Whether the checkpoint has an encoder and a decoder, as its config says."""
    if str(model).endswith(".gguf"):
        return False
    _, transformers = libraries()
    try:
        return bool(transformers.AutoConfig.from_pretrained(str(model)).is_encoder_decoder)
    except (OSError, ValueError):  # loading the model reports the error
        return False


class Seq2Seq:
    """A :class:`~ragzip.backends.protocols.Rewriter`: greedy, or with beams.

    :param model: a folder or a hub id, such as "fangyuan/hotpotqa_abstractive_compressor".
    :param window: the largest number of tokens read of a text; the rest of the text is not read.
    :param beams: of the search; RECOMP's own evaluation uses 1, EXIT's comparison with it 5.
    :raises ModelError: no such checkpoint, or of another kind.
    """

    def __init__(
        self, model: str | Path, *, window: int = WINDOW_TOKENS, beams: int = 1, device: str | None = None
    ) -> None:
        window, beams = whole_number(window, "window", least=16), whole_number(beams, "beams", least=1)
        self.model = TorchModel(model, kind="seq2seq", device=device)
        self.longest, self.beams = window, beams
        generation_digest = digest_of(
            self.model.module.generation_config.to_diff_dict() | {"transformers_version": None}
        )
        self.fingerprint = f"{self.model.fingerprint}:{window}:{beams}:{generation_digest}"
        self._lock = ForkSafeLock()

    def rewrite(self, query: str | None, texts: Sequence[str], max_tokens: int) -> list[str]:
        """The summary of each text; the model may write an empty one."""
        with self._lock:
            return [self._one(layout(query, text), max_tokens) for text in texts]

    def _one(self, prompt: str, max_tokens: int) -> str:
        import torch

        tokenizer = self.model.hf_tokenizer
        encoded = tokenizer(prompt, truncation=True, max_length=self.longest, return_tensors="pt").to(self.model.device)
        with torch.inference_mode():
            summary_ids = self.model.module.generate(
                input_ids=encoded.input_ids,
                attention_mask=encoded.attention_mask,
                max_new_tokens=max_tokens,
                num_beams=self.beams,
                do_sample=False,
                stopping_criteria=[_within_deadline],
            )
        return str(tokenizer.decode(summary_ids[0], skip_special_tokens=True)).strip()

    def __reduce__(self) -> tuple[Any, ...]:
        return _make, (self.model.source, self.longest, self.beams, self.model.device)


def _within_deadline(ids: Any, scores: Any, **options: Any) -> Any:
    """False for each sequence: transformers asks after each token whether to stop. *Shape:* (batch,).

    :raises DeadlineError: the call is over.
    """
    import torch

    deadline.check()
    return torch.zeros(len(ids), dtype=torch.bool, device=ids.device)


def _make(model: str, window: int, beams: int, device: str) -> Seq2Seq:
    return Seq2Seq(model, window=window, beams=beams, device=device)
