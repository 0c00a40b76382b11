"""HtmlRAG's second stage: a language model names the block."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ragzip.backends.cached import CachedPathScorer
from ragzip.backends.load import load_path_scorer
from ragzip.compressors.fingerprints import Fingerprinted
from ragzip.compressors.html.family import Html
from ragzip.compressors.html.views import View
from ragzip.errors import OptionError
from ragzip.text.scores import Scores

if TYPE_CHECKING:
    from ragzip.backends.protocols import PathScorer

__all__ = ["HtmlPaths"]

_PROMPT = (
    "A web page, its elements numbered:\n```\n{html}\n```\nQuestion: {query}\n"
    "Name the element that holds the answer, by the tags that lead to it from the root, such as <html><body><div2><p>."
    "\nAnswer: "
)


class HtmlPaths(Html):
    """HtmlRAG's generative pruning (Tan et al. 2024, arXiv 2411.02959): how likely a causal language model names the
    path of each block as the one that answers. What is computed, and what differs: see
    :class:`ragzip.backends.scorers.paths.PathModel`.

    Pages longer than the model's window have to be pruned first: ``compressor=["html/bm25", "html/paths"]`` takes off
    half of the way by wording.

    :param model: a folder, a hub id or a GGUF file, or any :class:`~ragzip.backends.protocols.PathScorer`; there is no
        default. zstanjj/HTML-Pruner-Llama-1B and -Phi-3.8B are HtmlRAG's own.
    :param prompt: what the model is asked, with {html} and {query}; a checkpoint may have been trained on another one.
    :param device: for torch.
    Other options are those of :class:`~ragzip.compressors.html.family.Html`; blocks have 128 words, as in the paper.
    """

    name: ClassVar[str] = "html/paths.v1"
    scores_are_probabilities: ClassVar[bool] = False

    def __init__(
        self,
        model: str | Path | PathScorer | None = None,
        *,
        prompt: str = _PROMPT,
        device: str | None = None,
        max_words: int = 128,
        **options: Any,
    ) -> None:
        super().__init__(max_words=max_words, **options)
        if not isinstance(prompt, str) or "{html}" not in prompt or "{query}" not in prompt:
            raise OptionError(f"prompt: received {prompt!r}, expected a text with {{html}} and {{query}}.")
        self.prompt = prompt
        self.scorer = CachedPathScorer(load_path_scorer(model, device=device))

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        return (self.scorer,)

    def score(self, query: str | None, views: Sequence[View]) -> list[Scores]:
        question = query or "What is this page about?"
        scores_by_view: list[Scores] = []
        for view in views:
            prompt = self.prompt.replace("{html}", view.html()).replace("{query}", question)
            scores_by_view.append(self.scorer.score_paths(prompt, view.paths()).astype(np.float64))
        return scores_by_view
