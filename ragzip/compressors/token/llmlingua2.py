"""LLMLingua-2: words by a token classifier."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from ragzip.backends.cached import CachedWordScorer
from ragzip.backends.load import load_word_scorer
from ragzip.checks import choice
from ragzip.compressors.fingerprints import Fingerprinted
from ragzip.compressors.token.family import Token
from ragzip.compressors.token.parity import Parity
from ragzip.errors import OptionError
from ragzip.fitting.choose import Fill
from ragzip.types import Budget, Segment

if TYPE_CHECKING:
    from ragzip.backends.protocols import WordScorer
    from ragzip.text.scores import Pieces

__all__ = ["LLMLingua2"]


class LLMLingua2(Token):
    """LLMLingua-2 (Pan et al. 2024, arXiv 2403.12968) with any token classification checkpoint whose label 1 is "keep".

    What differs from the paper's code: text is read once and kept as it is written, with its white space; windows are
    not padded; the model gets its own special tokens; one threshold over all documents (their appendix finds that
    better) at the target tokenizer's cost, so that the budget holds; scores are cached. ``parity="llmlingua"`` gives
    all that up and reproduces ``llmlingua`` 0.2.2, see :class:`~ragzip.compressors.token.parity.Parity`.

    :param model: a folder (a checkpoint, or what ``ragzip export`` made of one), a hub id, or any
        :class:`~ragzip.backends.protocols.WordScorer`. There is no default: no such weights are shipped.
    :param backend: "onnx" | "torch"; default: ONNX where the folder holds such a model, else torch.
    :param device: for torch; default: CUDA where there is one, else the CPU.
    :param window: see :class:`~ragzip.backends.scorers.classifier.TokenClassifier`.
    :param parity: None, or "llmlingua".

    Other parameters: see :class:`~ragzip.compressors.token.family.Token`.
    """

    name: ClassVar[str] = "token/llmlingua2.v1"
    scores_are_probabilities: ClassVar[bool] = True

    def __init__(
        self,
        model: str | Path | WordScorer | None = None,
        *,
        backend: str | None = None,
        device: str | None = None,
        window: int | None = None,
        parity: Literal["llmlingua"] | None = None,
        force_tokens: Sequence[str] = (),
        force_reserve_digit: bool = False,
        drop_consecutive: bool = False,
        context_filter: bool | float = False,
    ) -> None:
        super().__init__(
            force_tokens=force_tokens,
            force_reserve_digit=force_reserve_digit,
            drop_consecutive=drop_consecutive,
            context_filter=context_filter,
        )
        choice(parity, "parity", (None, "llmlingua"))
        self.parity: Parity | None = None
        if parity:
            if window is not None or backend == "onnx" or not isinstance(model, (str, Path)):
                raise OptionError(
                    "parity: 'llmlingua' needs a checkpoint for torch (a folder or a hub id), and no window."
                )
            self.parity = Parity(
                model,
                device=device,
                force_tokens=force_tokens,
                force_reserve_digit=force_reserve_digit,
                drop_consecutive=drop_consecutive,
                context_filter=context_filter,
            )
            self.fill: Fill = "none"
        else:
            self.scorer = CachedWordScorer(load_word_scorer(model, backend, window=window, device=device))

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        return (self.parity.model if self.parity else self.scorer,)

    def score_words(self, texts: Sequence[str], query: str | None) -> list[Pieces]:
        return self.scorer.score_words(texts)

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        if self.parity:
            return self.parity.compress(segments, budget)
        return super().compress(query, segments, budget)
