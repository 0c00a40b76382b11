"""Encoder-decoder checkpoints that summarise (T5 and its kin), in the layout of RECOMP. Needs ``ragzip[torch]``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ragzip.backends.runtimes.torch import TorchModel, digest_of, libraries
from ragzip.checks import whole_number
from ragzip.process import deadline
from ragzip.process.forking import ForkSafeLock

__all__ = ["WINDOW", "Seq2Seq", "is_seq2seq", "layout"]

WINDOW = 1024  # tokens read at once: what RECOMP's summarisers are trained with


def layout(query: str | None, text: str) -> str:
    """What the encoder reads: RECOMP's form (Xu et al. 2023, arXiv 2310.04408); T5's own one without a query."""
    return f"summarize: {text}" if query is None else f"Question: {query}\n Document: {text}\n Summary: "


def is_seq2seq(model: str | Path) -> bool:
    """Whether the checkpoint has an encoder and a decoder, as its config says."""
    if str(model).endswith(".gguf"):
        return False
    _, transformers = libraries()
    try:
        return bool(transformers.AutoConfig.from_pretrained(str(model)).is_encoder_decoder)
    except (OSError, ValueError):  # what is missing is said when the model is loaded
        return False


class Seq2Seq:
    """A :class:`~ragzip.backends.protocols.Rewriter`: greedy, or with beams.

    :param model: a folder or a hub id, such as "fangyuan/hotpotqa_abstractive_compressor".
    :param window: most tokens read of a text; what stands behind them is not read.
    :param beams: of the search; RECOMP's own evaluation has 1, EXIT's comparison with it 5.
    :raises ModelError: no such checkpoint, or of another kind.
    """

    def __init__(self, model: str | Path, *, window: int = WINDOW, beams: int = 1, device: str | None = None) -> None:
        window, beams = whole_number(window, "window", least=16), whole_number(beams, "beams", least=1)
        self.model = TorchModel(model, kind="seq2seq", device=device)
        self.longest, self.beams = window, beams
        how = digest_of(self.model.module.generation_config.to_diff_dict() | {"transformers_version": None})
        self.fingerprint = f"{self.model.fingerprint}:{window}:{beams}:{how}"
        self._lock = ForkSafeLock()

    def rewrite(self, query: str | None, texts: Sequence[str], max_tokens: int) -> list[str]:
        """The summary of each text; the model may write none where nothing helps."""
        with self._lock:
            return [self._one(layout(query, text), max_tokens) for text in texts]

    def _one(self, given: str, max_tokens: int) -> str:
        import torch

        tokenizer = self.model.hf_tokenizer
        ids = tokenizer(given, truncation=True, max_length=self.longest, return_tensors="pt").to(self.model.device)
        with torch.inference_mode():
            made = self.model.module.generate(
                input_ids=ids.input_ids,
                attention_mask=ids.attention_mask,
                max_new_tokens=max_tokens,
                num_beams=self.beams,
                do_sample=False,
                stopping_criteria=[_within_deadline],
            )
        return str(tokenizer.decode(made[0], skip_special_tokens=True)).strip()

    def __reduce__(self) -> tuple[Any, ...]:
        return _make, (self.model.source, self.longest, self.beams, self.model.device)


def _within_deadline(ids: Any, scores: Any, **options: Any) -> Any:
    """That no sequence stops here, asked by transformers after each token. *Shape:* (batch,).

    :raises DeadlineError: the call is over.
    """
    import torch

    deadline.check()
    return torch.zeros(len(ids), dtype=torch.bool, device=ids.device)


def _make(model: str, window: int, beams: int, device: str) -> Seq2Seq:
    return Seq2Seq(model, window=window, beams=beams, device=device)
