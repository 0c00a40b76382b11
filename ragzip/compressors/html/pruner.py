"""The shipped pruner on the blocks of pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.backends.cached import CachedEmbedder, CachedPassageScorer
from ragzip.backends.load import load_embedder, load_pruner
from ragzip.checks import whole_number
from ragzip.compressors.extractive.pruner import LANGUAGES
from ragzip.compressors.extractive.pruning.evidence import MOST_COMPARED_CHARS, UNSURE, Weights
from ragzip.compressors.extractive.pruning.multilingual import MULTILINGUAL_IF_INSTALLED
from ragzip.compressors.fingerprints import Fingerprinted
from ragzip.compressors.html.embedding import described
from ragzip.compressors.html.family import Html
from ragzip.compressors.html.lexical import all_terms, central, lexical, worded_blocks
from ragzip.compressors.html.views import View
from ragzip.compressors.reading import unread_language, unread_note
from ragzip.compressors.relevance import needed_units
from ragzip.errors import ModelError
from ragzip.models import MULTILINGUAL, is_installed
from ragzip.text.scores import Scores
from ragzip.text.spans import Span
from ragzip.types import Note

if TYPE_CHECKING:
    from ragzip.backends.protocols import PassageScorer

__all__ = ["EVIDENCE", "MOST_READ", "HtmlPruner", "evidence"]

EVIDENCE = ("logit", "read", "wording", "table", "many")  # the columns of :func:`evidence`
_COMPARED = ("logit", "similarity")  # where the reading is sure of no block
MOST_READ = 2500  # words of all pages together, by default
_PASSAGE = 120  # words of blocks that are read together
_FIRST_UNSPACED = "\u2e80"  # Chinese and Japanese; Korean, which has blanks, counts with them
_NOT_READ = -6.0  # the logit of a block that the model has not read, where its words are the last to count
_FEW = 5  # words of context that a passage is thought to add to what is read


class HtmlPruner(Html):
    """Blocks by the shipped model, which reads them with the query, and by wording.

    In two stages, as HtmlRAG does it (Tan et al. 2024, arXiv 2411.02959): wording, of blocks and of the tables they
    stand in, says which parts of the pages are worth reading; the model reads those, rows with the names of their
    columns, up to ``most_read`` words, so that a large page takes no longer than a small one. Scores are probabilities,
    from weights fitted on questions about tables (WikiTableQuestions) and about text (SQuAD) of the same pages. Where
    the reading speaks for no block of a short page without tables, the embedder's similarity counts most, as in
    :class:`~ragzip.compressors.extractive.pruner.Pruner`.

    :param model: "multilingual" (``ragzip[multilingual]``), a folder made by ``ragzip train pruner``, or any
        :class:`~ragzip.backends.protocols.PassageScorer`; default: the English one that is shipped.
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
        most_read: int = MOST_READ,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.most_read = whole_number(most_read, "most_read", expected="a whole number of words, 0 or more")
        self.languages = LANGUAGES if model is None else None
        self.reader = _PageReader.of(model)
        self.embedder = CachedEmbedder(load_embedder(None, None)) if model is None else None

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        scorer = self.reader.scorer
        return (scorer,) if self.embedder is None else (scorer, self.embedder, MULTILINGUAL_IF_INSTALLED)

    def score(self, query: str | None, views: Sequence[View]) -> list[Scores]:
        if query is None:
            return central(views)
        if self._unread(query, views) is None:
            return self.reader.score(query, views, self.most_read, self.embedder)
        if is_installed(MULTILINGUAL):
            return _PageReader.of(MULTILINGUAL).score(query, views, self.most_read)
        scores = worded_blocks(query, views)
        best_score = max((float(block_scores.max(initial=0.0)) for block_scores in scores), default=0.0) or 1.0
        return [block_scores / best_score for block_scores in scores]

    def notes(self, query: str | None, views: Sequence[View]) -> tuple[Note, ...]:
        language = self._unread(query, views)
        return () if language is None else (unread_note(language, is_read=is_installed(MULTILINGUAL)),)

    def _unread(self, query: str | None, views: Sequence[View]) -> str | None:
        return unread_language(query, [" ".join(view.texts) for view in views], self.languages)

    def needed(self, scores: Sequence[Scores]) -> npt.NDArray[np.bool_]:
        return needed_units(scores, least_of_document=0)


class _PageReader(NamedTuple):
    """A model that reads query and blocks together, and the weights of :data:`EVIDENCE` with it; ``unsure``: those of
    its logit and of similarity where it is sure of no block (None: it has none).
    """

    scorer: CachedPassageScorer
    weights: Weights
    unsure: Weights | None

    @classmethod
    def of(cls, model: str | Path | PassageScorer | None) -> _PageReader:
        scorer, fusion = load_pruner(model)
        try:
            page_weights = fusion["pages"] if fusion else dict.fromkeys(EVIDENCE, 1.0) | {"bias": 0.0}
        except KeyError as error:
            raise ModelError(f"model: {model} has no weights for pages.") from error
        unsure = Weights.of(fusion[UNSURE], _COMPARED) if UNSURE in fusion else None
        return cls(CachedPassageScorer(scorer), Weights.of(page_weights, EVIDENCE), unsure)

    def score(
        self, query: str, views: Sequence[View], most_read: int, embedder: CachedEmbedder | None = None
    ) -> list[Scores]:
        """The probability that the query needs each block. *Shape:* (blocks,) for each view.

        :param embedder: whose similarity decides where the reading is sure of no block.
        """
        evidence_by_view = evidence(query, views, self.scorer, most_read)
        is_read_and_unsure = not any((columns[:, 0] > 0).any() or columns[:, 3:].any() for columns in evidence_by_view)
        may_compare = self.unsure is not None and embedder is not None and is_read_and_unsure
        texts = [text for view in views for text in described(view)] if may_compare else []
        if self.unsure is None or embedder is None or not 0 < sum(map(len, texts)) <= MOST_COMPARED_CHARS:
            return [self.weights.probabilities(columns) for columns in evidence_by_view]
        vectors, query_vector = embedder.embed_with_query(texts, query)
        logits = np.concatenate([np.where(columns[:, 1] > 0, columns[:, 0], _NOT_READ) for columns in evidence_by_view])
        similarities = 10 * (vectors @ query_vector).astype(np.float64)
        probabilities = self.unsure.probabilities(np.column_stack([logits, similarities]))
        return np.split(probabilities, np.cumsum([len(columns) for columns in evidence_by_view])[:-1])


def evidence(query: str, views: Sequence[View], scorer: PassageScorer, most_read: int) -> list[npt.NDArray[np.float64]]:
    """The evidence for each block, :data:`EVIDENCE`. *Shape:* (blocks, 5) for each view.

    The model's logit (0 where it has not read the block), whether it has, and what
    :func:`~ragzip.compressors.html.lexical.lexical` says, BM25 divided by that of the best block.
    """
    own_scores, table_scores, many_scores = lexical(all_terms(query), views)
    best_score = max(1e-9, *(float(block_scores.max(initial=0.0)) for block_scores in own_scores))
    evidence_by_view = [np.zeros((len(own_array), len(EVIDENCE))) for own_array in own_scores]
    for columns, own_array, table_array, many_array in zip(
        evidence_by_view, own_scores, table_scores, many_scores, strict=True
    ):
        np.divide(own_array, best_score, out=columns[:, 2])
        np.divide(table_array, best_score, out=columns[:, 3])
        columns[:, 4] = many_array
    chosen_parts = _worth_reading(
        views,
        [own_array + table_array for own_array, table_array in zip(own_scores, table_scores, strict=True)],
        most_read,
    )
    part_passages = [_passage(views[view_number], view_part) for view_number, view_part in chosen_parts]
    read_passages = scorer.score_passages(query, [(title, text) for title, text, _ in part_passages])
    for (view_number, view_part), (_, _, spans), passage_scores in zip(
        chosen_parts, part_passages, read_passages, strict=True
    ):
        evidence_by_view[view_number][list(view_part), 0] = passage_scores.sentence_scores(spans)
        evidence_by_view[view_number][list(view_part), 1] = 1.0
    return evidence_by_view


def _worth_reading(views: Sequence[View], wording: Sequence[Scores], most: int) -> list[tuple[int, range]]:
    """Passages (view, blocks) in order of their best block's wording, up to ``most`` words of all."""
    all_parts = [(view_number, view_part) for view_number, view in enumerate(views) for view_part in _parts(view)]
    ranked_parts = sorted(
        all_parts, key=lambda numbered_part: -float(wording[numbered_part[0]][list(numbered_part[1])].max())
    )
    chosen_parts: list[tuple[int, range]] = []
    words_left = most
    for view_number, view_part in ranked_parts:
        part_words = _FEW + sum(_word_count(views[view_number].labelled[block]) for block in view_part)
        if part_words <= words_left:
            chosen_parts.append((view_number, view_part))
            words_left -= part_words
    return sorted(chosen_parts, key=lambda numbered_part: (numbered_part[0], numbered_part[1].start))


def _parts(view: View) -> list[range]:
    """Blocks under one heading, cut into passages."""
    view_parts: list[range] = []
    part_start = part_words = 0
    for block_number in range(len(view.spans)):
        block_words = _word_count(view.labelled[block_number])
        if block_number > part_start and (
            view.sections[block_number] != view.sections[block_number - 1] or part_words + block_words > _PASSAGE
        ):
            view_parts.append(range(part_start, block_number))
            part_start, part_words = block_number, 0
        part_words += block_words
    return [*view_parts, range(part_start, len(view.spans))] if len(view.spans) else []


def _word_count(text: str) -> int:
    """The words of ``text``; in scripts without blanks two characters are one."""
    unspaced = 0 if text.isascii() else sum(character >= _FIRST_UNSPACED for character in text)
    return len(text.split()) + unspaced // 2


def _passage(view: View, part: range) -> tuple[str | None, str, list[Span]]:
    """Title and text of a passage, and where its blocks stand in it."""
    title = ": ".join(heading for heading in (view.title, view.headings[part.start]) if heading) or None
    passage_text, block_spans = "", []
    for block in part:
        block_start = len(passage_text) + (1 if passage_text else 0)
        passage_text = f"{passage_text}\n{view.labelled[block]}" if passage_text else view.labelled[block]
        block_spans.append(Span(block_start, len(passage_text)))
    return title, passage_text, block_spans
