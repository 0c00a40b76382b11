"""Several retrievers as one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress
from pathlib import Path
from typing import Any, Literal, Self

from ragzip.checks import choice, item_list, number_in, whole_number, with_methods
from ragzip.errors import InputError, OptionError
from ragzip.files.generations import Generation, new_generation, read_generation, undamaged
from ragzip.retrievers.base import (
    PassageIndex,
    Retriever,
    check_k,
    check_kind,
    id_list,
    listed_documents,
    saved_number,
    scored,
)
from ragzip.retrievers.bm25 import BM25Retriever
from ragzip.retrievers.dense import DenseRetriever
from ragzip.retrievers.feedback import RM3, VectorFeedback
from ragzip.types import Document

__all__ = ["HybridRetriever", "fuse", "fuse_scores"]

FUSIONS = ("ranks", "scores")
INTERPOLATIONS = ("before", "after", "both")
_OPTIONS_WITH_RETRIEVERS = ("depth", "fusion", "weights", "interpolate")
MIN_SCORED_DOCUMENTS = 100  # of a ranking: the last of a few good ones would count as bad


def fuse(
    rankings: Sequence[Sequence[Document]], *, k0: int = 60, weights: Sequence[float] | None = None
) -> list[Document]:
    """Reciprocal rank fusion (Cormack et al. 2009): a document scores the sum of 1 / (k0 + rank), ranks from 1.

    Documents are the same when their ids or their texts are; equal scores keep the order of first appearance.

    :param weights: of the rankings. Default: 1 each.
    """
    k0 = whole_number(k0, "k0")
    return _fused(rankings, weights, lambda ranking: [1 / (k0 + rank) for rank in range(1, len(ranking) + 1)])


def fuse_scores(rankings: Sequence[Sequence[Document]], *, weights: Sequence[float] | None = None) -> list[Document]:
    """Interpolation (Li et al. 2022, arXiv 2205.00235): a document scores the sum of its scores, each scaled to 0 for
    the last and 1 for the best document of its ranking; 0 where a ranking lacks it.

    Documents are the same when their ids or their texts are; equal scores keep the order of first appearance.

    :param weights: of the rankings. Default: 1 each.
    :raises InputError: a document without a score.
    """
    return _fused(rankings, weights, _scaled_scores)


def _fused(
    rankings: Sequence[Sequence[Document]],
    weights: Sequence[float] | None,
    points_of: Callable[[list[Document]], list[float]],
) -> list[Document]:
    """The documents of all rankings, with the weighted sums of their points in each."""
    listed_rankings = item_list(rankings, "rankings", object, expected="lists of documents", error=InputError)
    score_by_id: dict[str, float] = {}
    document_by_id: dict[str, Document] = {}
    for ranking, weight in zip(listed_rankings, _weights_for(len(listed_rankings), weights), strict=True):
        documents = listed_documents(ranking)
        ids = _ids_in_fusion(documents, document_by_id)
        for document, document_id, points in zip(documents, ids, points_of(documents), strict=True):
            score_by_id[document_id] = score_by_id.get(document_id, 0.0) + weight * points
            document_by_id.setdefault(document_id, document)
    best_first = sorted(score_by_id.items(), key=lambda item: -item[1])
    return [scored(document_by_id[document_id], score) for document_id, score in best_first]


def _ids_in_fusion(documents: Sequence[Document], document_by_id: Mapping[str, Document]) -> list[str]:
    """The ids under which ``documents`` are fused with those of earlier rankings: their own, or that of one with the
    same text and no other title, as retrievers that make ids themselves give ids_by_text for it.
    """
    own_ids = {document.id for document in documents}
    ids_by_text: dict[str, str] = {}
    for document_id, document in document_by_id.items():
        if document_id not in own_ids:
            ids_by_text.setdefault(document.text, document_id)
    ids: list[str] = []
    for document in documents:
        same_id = None if document.id in document_by_id else ids_by_text.get(document.text)
        titles = {document.title, None if same_id is None else document_by_id[same_id].title} - {None}
        is_same = same_id is not None and same_id not in ids and len(titles) < 2
        ids.append(same_id if same_id is not None and is_same else document.id)
    return ids


def _scaled_scores(ranking: list[Document]) -> list[float]:
    """The scores of a ranking from 0 to 1; 1 for all where they are equal."""
    scores = [_score_of(document) for document in ranking]
    least, range_of_scores = min(scores, default=0.0), max(scores, default=0.0) - min(scores, default=0.0)
    return [(score - least) / range_of_scores if range_of_scores > 0 else 1.0 for score in scores]


def _score_of(document: Document) -> float:
    if document.score is None:
        raise InputError(
            f"rankings: received the document {document.id!r:.80} without a score, expected scores to fuse. Fuse by "
            "ranks instead."
        )
    return document.score


def _weights_for(ranking_count: int, weights: Sequence[float] | None) -> list[float]:
    """A weight for each ranking.

    :raises OptionError: another number of weights, or one that is not positive.
    """
    if weights is None:
        return [1.0] * ranking_count
    expected = f"{ranking_count} positive numbers, one for each ranking"
    listed_weights = item_list(weights, "weights", object, expected=expected)
    if len(listed_weights) != ranking_count:
        raise OptionError(f"weights: received {len(listed_weights)}, expected {expected}.")
    return [
        number_in(weight, f"weights[{position}]", most=math.inf, above=0)
        for position, weight in enumerate(listed_weights)
    ]


class HybridRetriever:
    """BM25 and dense retrieval over the same documents, fused; or any retrievers of your own.

    With feedback, interpolation says where the retrievers' answers are fused ("To Interpolate or not to Interpolate",
    Li et al. 2022, arXiv 2205.00235). Unlike in the paper, they may be fused by ranks, and BM25 may have feedback too.

    :param documents: to index, by BM25 and by embedding.
    :param retrievers: use these instead (they hold their own documents, and have feedback of their own).
    :param depth: each retriever gives ``depth`` times ``k`` documents.
    :param fusion: "ranks": by :func:`fuse`; "scores": by :func:`fuse_scores`, of at least 100 documents a retriever.
    :param weights: of the retrievers, BM25 first. Default: 1 each.
    :param feedback: of the dense retriever, see :class:`~ragzip.retrievers.feedback.VectorFeedback`.
    :param bm25_feedback: of BM25, see :class:`~ragzip.retrievers.feedback.RM3`.
    :param interpolate: "before": the passages that feedback reads are the first ones of all retrievers together, and
        the answer is that of those with feedback; "after": each retriever reads its own first passages, and the answers
        are fused; "both": read from all together, and fused. Without feedback all three are the same.
    """

    kind = "hybrid"

    def __init__(
        self,
        documents: Iterable[Document] = (),
        *,
        retrievers: Sequence[Retriever] | None = None,
        depth: int = 3,
        fusion: Literal["ranks", "scores"] = "ranks",
        weights: Sequence[float] | None = None,
        feedback: VectorFeedback | None = None,
        bm25_feedback: RM3 | None = None,
        interpolate: Literal["before", "after", "both"] = "both",
        **options: Any,
    ) -> None:
        self.depth = whole_number(depth, "depth", least=1)
        self.fusion = choice(fusion, "fusion", FUSIONS)
        self.interpolate = choice(interpolate, "interpolate", INTERPOLATIONS)
        if retrievers is not None:
            if feedback is not None or bm25_feedback is not None:
                raise OptionError("feedback: received it with retrievers, expected it in the retrievers themselves.")
            if options or listed_documents(documents):
                raise OptionError(
                    f"HybridRetriever: received {', '.join(options) or 'documents'} with retrievers, expected "
                    f"{', '.join(_OPTIONS_WITH_RETRIEVERS)}; all else is up to the retrievers themselves."
                )
            self.retrievers = _listed_retrievers(retrievers)
        else:
            listed = listed_documents(documents)
            passage_options = {option: options[option] for option in ("max_words", "overlap") if option in options}
            bm25 = BM25Retriever(listed, feedback=bm25_feedback, **passage_options)
            self.retrievers = (bm25, DenseRetriever(listed, feedback=feedback, **options))
        self.weights = _weights_for(len(self.retrievers), weights)

    def retrieve(self, query: str, k: int = 10) -> list[Document]:
        """At most ``k`` documents, best first; their scores are those of the fusion."""
        k = check_k(k)
        count = max(k * self.depth, self._fewest_documents())
        has_feedback = [_with_feedback(retriever) is not None for retriever in self.retrievers]
        if self.interpolate == "after" or not any(has_feedback):
            return self._fused([retriever.retrieve(query, count) for retriever in self.retrievers])[:k]
        first_rankings = [_without_feedback(retriever, query, count) for retriever in self.retrievers]
        first_documents = self._fused(first_rankings)
        rankings = [
            ranking if index is None else index.retrieve_with_feedback(query, first_documents, count)
            for ranking, index in zip(first_rankings, map(_with_feedback, self.retrievers), strict=True)
        ]
        return self._fused(rankings, has_feedback if self.interpolate == "before" else None)[:k]

    def _fewest_documents(self) -> int:
        """The number of documents that the fusion and the feedback need from each retriever."""
        read_counts = [
            index.feedback.passages
            for index in map(_with_feedback, self.retrievers)
            if index is not None and index.feedback is not None
        ]
        return max([MIN_SCORED_DOCUMENTS if self.fusion == "scores" else 1, *read_counts])

    def _fused(self, rankings: Sequence[list[Document]], is_fused: Sequence[bool] | None = None) -> list[Document]:
        """The documents of the rankings, best first.

        :param is_fused: whether each ranking counts. Default: all do.
        """
        weights = self.weights
        if is_fused is not None:
            rankings, weights = list(compress(rankings, is_fused)), list(compress(weights, is_fused))
        if self.fusion == "scores":
            return fuse_scores(rankings, weights=weights)
        return fuse(rankings, weights=weights)

    def __len__(self) -> int:
        return max((len(index) for index in self._indexes()), default=0)

    def add(self, documents: Iterable[Document]) -> int:
        """Index ``documents`` everywhere; a document whose id is already indexed is replaced."""
        listed = listed_documents(documents)
        return max(index.add(listed) for index in self._indexes())

    def delete(self, ids: str | Iterable[str]) -> int:
        """Remove the documents with these ids everywhere. Returns the number of passages removed."""
        document_ids = id_list(ids)
        return max(index.delete(document_ids) for index in self._indexes())

    def save(self, folder: str | Path) -> None:
        """Write both indexes to ``folder``; earlier ones are replaced once all files are written.

        :raises StorageError: the folder holds other files, or cannot be written.
        """
        indexes = self._indexes()
        index_files = tuple(f"{index.kind}/{file_name}" for index in indexes for file_name in index.files)
        with new_generation(Path(folder), index_files) as generation:
            fusion_settings = {"fusion": self.fusion, "weights": self.weights, "interpolate": self.interpolate}
            generation.settings.update(kind=self.kind, depth=self.depth, **fusion_settings)
            for index in indexes:
                index_folder = generation.folder / index.kind
                index_folder.mkdir()
                generation.settings[index.kind] = index._write(index_folder)

    @classmethod
    def load(cls, folder: str | Path, **options: Any) -> Self:
        """The retriever that :meth:`save` wrote. Options: those of :meth:`DenseRetriever.load`.

        :raises StorageError: as :meth:`DenseRetriever.load`.
        """
        return read_generation(folder, lambda generation: cls._read(generation, options))

    @classmethod
    def _read(cls, generation: Generation, options: dict[str, Any]) -> Self:
        folder, settings = generation.folder, generation.settings
        check_kind(folder, settings, cls.kind)
        depth = saved_number(folder, settings, "depth", 1)
        bm25 = BM25Retriever._read(folder / "bm25", settings.get("bm25"), {})
        dense = DenseRetriever._read(folder / "dense", settings.get("dense"), options)
        fusion_settings = {name: settings[name] for name in ("fusion", "weights", "interpolate") if name in settings}
        with undamaged(folder):
            return cls(retrievers=(bm25, dense), depth=depth, **fusion_settings)

    def _indexes(self) -> tuple[BM25Retriever, DenseRetriever]:
        match self.retrievers:
            case (BM25Retriever() as bm25, DenseRetriever() as dense):
                return bm25, dense
        raise OptionError("HybridRetriever: only one made from documents can be changed or saved; change its parts.")


def _listed_retrievers(retrievers: Sequence[Retriever]) -> tuple[Retriever, ...]:
    """``retrievers``, each with the method that makes it one.

    :raises OptionError: something else.
    """
    expected = "objects with retrieve(query, k); of a store of LangChain, ragzip.langchain.LangChainRetriever(store)"
    listed_retrievers = item_list(retrievers, "retrievers", object, expected=expected)
    for position, retriever in enumerate(listed_retrievers):
        with_methods(retriever, f"retrievers[{position}]", ("retrieve",), expected=expected)
    return tuple(listed_retrievers)


def _with_feedback(retriever: Retriever) -> PassageIndex | None:
    """``retriever``, where it is an index with feedback."""
    return retriever if isinstance(retriever, PassageIndex) and retriever.feedback is not None else None


def _without_feedback(retriever: Retriever, query: str, k: int) -> list[Document]:
    """The documents that ``retriever`` finds in a single search, without feedback."""
    index = _with_feedback(retriever)
    return retriever.retrieve(query, k) if index is None else index.retrieve_with_feedback(query, (), k)
