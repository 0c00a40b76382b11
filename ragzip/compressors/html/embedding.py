"""Meaning of blocks and of the tables they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ragzip.backends.cached import CachedEmbedder
from ragzip.backends.load import load_embedder
from ragzip.compressors.fingerprints import Fingerprinted
from ragzip.compressors.html.family import Html
from ragzip.compressors.html.lexical import central
from ragzip.compressors.html.views import View
from ragzip.text.scores import Scores

if TYPE_CHECKING:
    from ragzip.backends.protocols import TextEmbedder

__all__ = ["HtmlEmbedding"]

_ROWS = 4  # of a table, that it is described by


class HtmlEmbedding(Html):
    """Cosine of query and block, as HtmlRAG's first stage has it (Tan et al. 2024, arXiv 2411.02959).

    What differs: the embedder is the shipped MiniLM-L6 rather than BGE-large; a block is embedded with the headings
    above it and each value of a row with the name of its column; a row also gets the similarity of its table, as its
    headings and first rows describe it. Vectors are cached for every query.

    :param model: see :class:`~ragzip.compressors.extractive.embedding.Embedding`.
    :param backend: "onnx" | "torch"; default: ONNX where the folder of the model holds such a graph, else torch.
    Other options are those of :class:`~ragzip.compressors.html.family.Html`.
    """

    name: ClassVar[str] = "html/embedding.v1"
    scores_are_probabilities: ClassVar[bool] = False

    def __init__(
        self, model: str | Path | TextEmbedder | None = None, *, backend: str | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.embedder = CachedEmbedder(load_embedder(model, backend))

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        return (self.embedder,)

    def score(self, query: str | None, views: Sequence[View]) -> list[Scores]:
        if query is None:
            return central(views)
        block_texts = [text for view in views for text in described(view)]
        table_texts = [table for view in views for table in _tables(view)]
        vectors, query_vector = self.embedder.embed_with_query([*block_texts, *table_texts], query)
        similarities = (vectors @ query_vector).astype(np.float64)
        scores_by_view = np.split(similarities[: len(block_texts)], np.cumsum([len(view.spans) for view in views])[:-1])
        table_number = len(block_texts)
        for view, scores in zip(views, scores_by_view, strict=True):
            for rows in view.members.values():
                scores[rows] += similarities[table_number]
                table_number += 1
        return scores_by_view


def described(view: View) -> list[str]:
    """Each block after the headings above it."""
    return [
        f"{heading}: {label}" if heading else label for heading, label in zip(view.headings, view.labelled, strict=True)
    ]


def _tables(view: View) -> list[str]:
    """The subject of each table: title, headings, columns, first rows."""
    return [
        ". ".join(
            table_part
            for table_part in (
                view.title or "",
                view.headings[rows[0]],
                view.columns[rows[-1]],
                " ".join(view.texts[row_number] for row_number in rows[:_ROWS]),
            )
            if table_part
        )
        for rows in view.members.values()
    ]
