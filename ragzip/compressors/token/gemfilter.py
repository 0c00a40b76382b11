"""GemFilter: words by the attention of an early layer of a language model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from ragzip.backends.cached import CachedWordScorer
from ragzip.backends.load import load_prompt_attention
from ragzip.backends.scorers.retrieval_heads import attention_heads
from ragzip.checks import choice, flag, whole_number
from ragzip.compressors.fingerprints import Fingerprinted
from ragzip.compressors.token.family import Token
from ragzip.errors import OptionError
from ragzip.fitting.choose import Fill, whole_protected
from ragzip.text.scores import best_mean
from ragzip.text.spans import Span
from ragzip.text.splitters import sentences
from ragzip.types import Segment

if TYPE_CHECKING:
    from ragzip.backends.protocols import WordScorer
    from ragzip.text.scores import Pieces

__all__ = ["GemFilter"]

_MIN_WINDOW_TOKENS = 128


class GemFilter(Token):
    """GemFilter (Shi et al. 2024, arXiv 2409.17422): words that the last token of the prompt, which ends with the
    question, attends to in an early layer of a causal language model. The layers after it are not run.

    As in the paper's code, the inner products of that token's query vector with all keys are summed over the layer's
    heads without softmax, and each is averaged with two neighbours on either side. What differs: each document has a
    prompt of its own, so that its scores can be stored; instruction and question are no candidates, nor are they
    averaged with the text; texts longer than the model's window are read in several; windows are batched; any model
    may filter for any other, since text is what comes out.

    With ``heads``, the products of retrieval heads (Wu et al. 2024, arXiv 2404.15574) are summed in place of those of
    a whole layer: heads that copy a fact out of a long text, wherever they are.

    :param model: a folder, a hub id or a GGUF file, or any :class:`~ragzip.backends.protocols.WordScorer`. There is no
        default: no such weights are shipped.
    :param layer: the layer to read, from 0; default: at three quarters of the depth. ``python -m
        ragzip.training.gemfilter layer`` finds the best one for a model, which is well worth it.
    :param heads: a JSON file made by ``python -m ragzip.training.gemfilter heads``, or pairs of (layer, head), both
        counted from 0.
    :param softmax: sum attention weights (after softmax) in place of inner products, which the paper does not; see
        the guide for what either keeps.
    :param level: what is kept or dropped whole: "word" or "sentence", whose score is the mean of its eight best tokens.
    :param window: token ids that are read at once, the prompt included; default: what the model reads, at most 8,192.
    :param device: default: CUDA where there is one, else the CPU.
    :raises OptionError: ``layer`` and ``heads`` at once, or a value outside its range.
    :raises ModelError: no model is named, it cannot be loaded, or the file of ``heads`` belongs to another one.

    Other parameters: see :class:`~ragzip.compressors.token.family.Token`.
    """

    name: ClassVar[str] = "token/gemfilter.v1"
    scores_are_probabilities: ClassVar[bool] = False

    def __init__(
        self,
        model: str | Path | WordScorer | None = None,
        *,
        layer: int | None = None,
        heads: str | Path | Sequence[tuple[int, int]] | None = None,
        softmax: bool = False,
        level: Literal["word", "sentence"] = "word",
        window: int | None = None,
        device: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.level = choice(level, "level", ("word", "sentence"))
        self.fill: Fill = "units" if level == "sentence" else "words"
        if layer is not None and heads is not None:
            raise OptionError("layer: received layer and heads, expected one of the two: heads have their own layers.")
        if layer is not None:
            whole_number(layer, "layer")
        if window is not None:
            whole_number(window, "window", least=_MIN_WINDOW_TOKENS)
        named_heads = None if heads is None else attention_heads(heads)
        self.scorer = CachedWordScorer(
            load_prompt_attention(
                model,
                layer=layer,
                heads=named_heads,
                softmax=flag(softmax, "softmax"),
                window=window,
                device=device,
            )
        )

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        return (self.scorer,)

    def score_words(self, texts: Sequence[str], query: str | None) -> list[Pieces]:
        return self.scorer.score_words(texts, query)

    def _units(self, segment: Segment) -> list[Span]:
        unit_spans = super()._units(segment)
        if self.level == "sentence":
            return whole_protected(unit_spans, sentences(segment.document.text))
        return unit_spans

    def _unit_scores(self, unit_spans: Sequence[Span], pieces: Pieces) -> npt.NDArray[np.float64]:
        if self.level == "sentence":
            return best_mean(unit_spans, pieces)
        return super()._unit_scores(unit_spans, pieces)
