"""The shipped pruner on the blocks of pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ragzip.backends.cached import CachedPassageScorer
from ragzip.backends.load import load_pruner
from ragzip.checks import whole_number
from ragzip.compressors.extractive.pruner import LANGUAGES
from ragzip.compressors.html.family import Html, Scores
from ragzip.compressors.html.lexical import central, lexical, worded_blocks
from ragzip.compressors.html.views import View
from ragzip.compressors.reading import unread_language, unread_note
from ragzip.compressors.relevance import needed
from ragzip.errors import ModelError
from ragzip.text.scores import sigmoid
from ragzip.text.spans import Span

if TYPE_CHECKING:
    from ragzip.backends.protocols import PassageScorer

__all__ = ["EVIDENCE", "MOST_READ", "HtmlPruner", "evidence"]

EVIDENCE = ("logit", "read", "wording", "table", "many")  # the columns of :func:`evidence`
MOST_READ = 2500  # words of all pages together, by default
_PASSAGE = 120  # words of blocks that are read together
_FEW = 5  # words of context that a passage is thought to add to what is read


class HtmlPruner(Html):
    """Blocks by the shipped model, which reads them with the query, and by wording.

    In two stages, as HtmlRAG does it (Tan et al. 2024, arXiv 2411.02959): wording, of blocks and of the tables they
    stand in, says which parts of the pages are worth reading; the model reads those, rows with the names of their
    columns, up to ``most_read`` words, so that a large page takes no longer than a small one. Scores are probabilities,
    from weights fitted on questions about tables (WikiTableQuestions) and about text (SQuAD) of the same pages.

    :param model: a folder made by ``ragzip train pruner``, or any :class:`~ragzip.backends.protocols.PassageScorer`;
        default: the shipped one.
    :param backend: "onnx", the only one.
    :param most_read: words of all pages together that the model reads.
    Other options are those of :class:`~ragzip.compressors.html.family.Html`.
    """

    name: ClassVar[str] = "html/pruner.v1"
    default_threshold = 0.07
    scores_are_probabilities: ClassVar[bool] = True

    def __init__(
        self,
        model: str | Path | PassageScorer | None = None,
        *,
        backend: str | None = None,
        most_read: int = MOST_READ,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.most_read = whole_number(most_read, "most_read", expected="a whole number of words, 0 or more")
        self.languages = LANGUAGES if model is None else None
        scorer, fusion = load_pruner(model, backend)
        self.scorer = CachedPassageScorer(scorer)
        try:
            weights = fusion["pages"] if fusion else dict.fromkeys(EVIDENCE, 1.0) | {"bias": 0.0}
        except KeyError as error:
            raise ModelError(f"model: {model} has no weights for pages.") from error
        self._weights = np.array([weights[name] for name in EVIDENCE])
        self._bias = weights["bias"]

    def score(self, query: str | None, views: Sequence[View]) -> list[Scores]:
        if query is None:
            return central(views)
        if self._unread(query, views) is not None:
            scores = worded_blocks(query, views)
            best = max((float(array.max(initial=0.0)) for array in scores), default=0.0) or 1.0
            return [array / best for array in scores]
        found = evidence(query, views, self.scorer, self.most_read)
        return [sigmoid(columns @ self._weights + self._bias) for columns in found]

    def notes(self, query: str | None, views: Sequence[View]) -> tuple[str, ...]:
        language = self._unread(query, views)
        return () if language is None else (unread_note(language),)

    def _unread(self, query: str | None, views: Sequence[View]) -> str | None:
        return unread_language(query, [" ".join(view.texts) for view in views], self.languages)

    def needed(self, scores: Sequence[Scores]) -> npt.NDArray[np.bool_]:
        return needed(scores, least_of_document=0)


def evidence(query: str, views: Sequence[View], scorer: PassageScorer, most_read: int) -> list[npt.NDArray[np.float64]]:
    """What speaks for each block, :data:`EVIDENCE`. *Shape:* (blocks, 5) for each view.

    The model's logit (0 where it has not read the block), whether it has, and what
    :func:`~ragzip.compressors.html.lexical.lexical` says, BM25 divided by that of the best block.
    """
    own, tables, many = lexical(query, views)
    best = max(1e-9, *(float(array.max(initial=0.0)) for array in own))
    out = [
        np.column_stack([np.zeros(len(a)), np.zeros(len(a)), a / best, b / best, c])
        for a, b, c in zip(own, tables, many, strict=True)
    ]
    chosen = _worth_reading(views, [a + b for a, b in zip(own, tables, strict=True)], most_read)
    texts = [_passage(views[i], part) for i, part in chosen]
    read = scorer.score_passages(query, [(title, text) for title, text, _ in texts])
    for (i, part), (_, _, spans), one in zip(chosen, texts, read, strict=True):
        out[i][list(part), 0] = one.sentence_scores(spans)
        out[i][list(part), 1] = 1.0
    return out


def _worth_reading(views: Sequence[View], wording: Sequence[Scores], most: int) -> list[tuple[int, range]]:
    """Passages (view, blocks) in order of their best block's wording, up to ``most`` words of all."""
    parts = [(i, part) for i, view in enumerate(views) for part in _parts(view)]
    ranked = sorted(parts, key=lambda item: -float(wording[item[0]][list(item[1])].max()))
    out: list[tuple[int, range]] = []
    left = most
    for i, part in ranked:
        size = _FEW + sum(len(views[i].labelled[block].split()) for block in part)
        if size <= left:
            out.append((i, part))
            left -= size
    return sorted(out, key=lambda item: (item[0], item[1].start))


def _parts(view: View) -> list[range]:
    """Blocks under one heading, cut into passages."""
    out: list[range] = []
    start = size = 0
    for i in range(len(view.spans)):
        words = len(view.labelled[i].split())
        if i > start and (view.sections[i] != view.sections[i - 1] or size + words > _PASSAGE):
            out.append(range(start, i))
            start, size = i, 0
        size += words
    return [*out, range(start, len(view.spans))] if len(view.spans) else []


def _passage(view: View, part: range) -> tuple[str | None, str, list[Span]]:
    """Title and text of a passage, and where its blocks stand in it."""
    title = ": ".join(name for name in (view.title, view.headings[part.start]) if name) or None
    text, spans = "", []
    for block in part:
        start = len(text) + (1 if text else 0)
        text = f"{text}\n{view.labelled[block]}" if text else view.labelled[block]
        spans.append(Span(start, len(text)))
    return title, text, spans
