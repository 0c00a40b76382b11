"""Several retrievers as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

from ragzip.checks import item_list, whole_number, with_methods
from ragzip.errors import InputError, OptionError
from ragzip.files.generations import Generation, new_generation, read_generation
from ragzip.retrievers.base import Retriever, check_k, check_kind, id_list, listed_documents, saved_number, scored
from ragzip.retrievers.bm25 import BM25Retriever
from ragzip.retrievers.dense import DenseRetriever
from ragzip.types import Document

__all__ = ["HybridRetriever", "fuse"]


def fuse(rankings: Sequence[Sequence[Document]], *, k0: int = 60) -> list[Document]:
    """Reciprocal rank fusion (Cormack et al. 2009): a document scores the sum of 1 / (k0 + rank), ranks from 1.

    Documents are the same when their ids are; equal scores keep the order of first appearance.
    """
    k0 = whole_number(k0, "k0")
    score_by_id: dict[str, float] = {}
    document_by_id: dict[str, Document] = {}
    for ranking in item_list(rankings, "rankings", object, expected="lists of documents", error=InputError):
        for rank, document in enumerate(listed_documents(ranking), 1):
            score_by_id[document.id] = score_by_id.get(document.id, 0.0) + 1 / (k0 + rank)
            document_by_id.setdefault(document.id, document)
    best_first = sorted(score_by_id.items(), key=lambda item: -item[1])
    return [scored(document_by_id[document_id], score) for document_id, score in best_first]


class HybridRetriever:
    """BM25 and dense retrieval over the same documents, fused by rank; or any retrievers of your own.

    :param documents: to index, by BM25 and by embedding.
    :param retrievers: use these instead (they hold their own documents).
    :param depth: each retriever gives ``depth`` times ``k`` documents.
    """

    kind = "hybrid"

    def __init__(
        self,
        documents: Iterable[Document] = (),
        *,
        retrievers: Sequence[Retriever] | None = None,
        depth: int = 3,
        **options: Any,
    ) -> None:
        self.depth = whole_number(depth, "depth", least=1)
        if retrievers is not None:
            expected = "objects with retrieve(query, k)"
            listed_retrievers = item_list(retrievers, "retrievers", object, expected=expected)
            for position, retriever in enumerate(listed_retrievers):
                with_methods(retriever, f"retrievers[{position}]", ("retrieve",), expected=expected)
            self.retrievers = tuple(listed_retrievers)
            return
        listed = listed_documents(documents)
        passage_options = {option: options[option] for option in ("max_words", "overlap") if option in options}
        self.retrievers = (BM25Retriever(listed, **passage_options), DenseRetriever(listed, **options))

    def retrieve(self, query: str, k: int = 10) -> list[Document]:
        """At most ``k`` documents, best first; their scores are those of the fusion."""
        k = check_k(k)
        return fuse([retriever.retrieve(query, k * self.depth) for retriever in self.retrievers])[:k]

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
            generation.settings.update(kind=self.kind, depth=self.depth)
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
        return cls(retrievers=(bm25, dense), depth=depth)

    def _indexes(self) -> tuple[BM25Retriever, DenseRetriever]:
        match self.retrievers:
            case (BM25Retriever() as bm25, DenseRetriever() as dense):
                return bm25, dense
        raise OptionError("HybridRetriever: only one made from documents can be changed or saved; change its parts.")
