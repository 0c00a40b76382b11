"""Retrieval by meaning: FAISS over the shipped sentence embedder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np

from ragzip.backends.cached import CachedEmbedder, CachedPartEmbedder
from ragzip.backends.load import load_embedder
from ragzip.cache import SegmentCache, open_cache, use_cache
from ragzip.checks import choice, flag, shown, whole_number, with_methods
from ragzip.errors import InputError, OptionError, StorageError
from ragzip.retrievers.base import (
    PASSAGES_NAME,
    PassageIndex,
    PassageRows,
    listed_documents,
    readable,
    saved_number,
)
from ragzip.retrievers.feedback import VectorFeedback, checked_feedback, saved_feedback, settings_of
from ragzip.retrievers.product_codes import CODE_FILES, ProductCodes
from ragzip.retrievers.vectors import VECTORS_NAME, FlatVectors, VectorIndex
from ragzip.text.titles import titled
from ragzip.types import Document

if TYPE_CHECKING:
    from ragzip.backends.protocols import PartEmbedder, TextEmbedder, Vectors

__all__ = ["DenseRetriever", "embedded_text"]

_EMBEDDER_METHODS = ("embed", "dimension", "fingerprint")
_INDEXES = ("flat", "pq")
_PROBES = 8


class DenseRetriever(PassageIndex):
    """Inner product over unit vectors with FAISS. Vectors are cached by content: an unchanged passage is not embedded
    again.

    :param embedder: "multilingual" (``ragzip[multilingual]``), the folder of an ONNX embedder, or any
        :class:`~ragzip.backends.protocols.TextEmbedder`; default: the English one that is shipped. An index is bound to
        it by its fingerprint.
    :param feedback: a second search with the vectors of the first passages, see
        :class:`~ragzip.retrievers.feedback.VectorFeedback`. It is saved with the index.
    :param query_embedder: of queries, where it is another than that of passages (``ragzip train retriever`` makes one).
    :param index: "flat": exact; a loaded index stays on disk, mapped into memory, until it is changed. "pq": codes of
        ``code_bytes`` bytes a passage in place of vectors, see :mod:`ragzip.retrievers.product_codes`; the first
        documents that are added, of at least 256 passages, train it.
    :param code_bytes: of "pq": bytes of a passage. Default: the dimension ÷ 8, 32 times less than "flat".
    :param cells: of "pq": groups of passages, for some millions of them; 1 reads all passages.
    :param probes: of "pq": groups that a search reads.
    :param situated: encode each passage within the passages around it in its document (late chunking), see
        :mod:`ragzip.backends.late_chunks`. The embedder needs ``embed_parts``, as the shipped one has.
    :param cache: None (the default cache) | False (off) | a path | a SegmentCache.
    :raises InputError: fewer passages than "pq" can be trained on.
    :raises MissingExtraError: without ``ragzip[dense]``.
    """

    kind = "dense"
    files = (PASSAGES_NAME, VECTORS_NAME, *CODE_FILES)
    feedback: VectorFeedback | None

    def __init__(
        self,
        documents: Iterable[Document] = (),
        *,
        embedder: str | Path | TextEmbedder | None = None,
        feedback: VectorFeedback | None = None,
        query_embedder: TextEmbedder | None = None,
        index: str = "flat",
        code_bytes: int | None = None,
        cells: int = 1,
        probes: int = _PROBES,
        situated: bool = False,
        cache: SegmentCache | str | Path | bool | None = None,
        max_words: int = 150,
        overlap: int = 0,
    ) -> None:
        if embedder is not None and not isinstance(embedder, (str, Path)):
            _checked_embedder(embedder, "embedder")
        loaded_embedder = load_embedder(embedder, None)
        self.situated = flag(situated, "situated")
        self.embedder = _part_embedder(loaded_embedder) if self.situated else CachedEmbedder(loaded_embedder)
        self.query_embedder = (
            self.embedder.for_queries() if query_embedder is None else self._cached_query_embedder(query_embedder)
        )
        self.feedback = checked_feedback(feedback, VectorFeedback)
        self._rows = PassageRows()
        self._cache = open_cache(cache)
        self._vectors: VectorIndex
        if choice(index, "index", _INDEXES) == "pq":
            self._vectors = ProductCodes(self.embedder.dimension, code_bytes, cells, probes)
        elif code_bytes is not None or cells != 1 or probes != _PROBES:
            raise OptionError("index: received 'flat' with code_bytes, cells or probes, expected index='pq' with them.")
        else:
            self._vectors = FlatVectors(self.embedder.dimension)
        super().__init__(documents, max_words=max_words, overlap=overlap)

    def add(self, documents: Iterable[Document], *, vectors: Sequence[Vectors] | None = None) -> int:
        """Index ``documents``; one whose id is already indexed is replaced. Returns how many passages are new.

        :param vectors: of the passages of each document, as :meth:`encode` of an index with the same options gives
            them, on this machine or another one; default: they are computed.
        :raises InputError: not as many vectors as there are passages, or of another dimension.
        """
        if vectors is None:
            return super().add(documents)
        listed, vectors = listed_documents(documents), list(vectors)
        if len(vectors) != len(listed):
            raise InputError(f"vectors: received those of {len(vectors)} documents, expected {len(listed)}.")
        vectors_by_id = {document.id: array for document, array in zip(listed, vectors, strict=True)}
        return self._add(listed, partial(self._added_encoded, vectors_by_id))

    def encode(self, documents: Iterable[Document]) -> list[Vectors]:
        """The vectors of the passages of each document, for :meth:`add`; the index stays as it is. *Shape:* (passages,
        dimension) each, float32.
        """
        return self._vectors_by_group([self.cut([document]) for document in listed_documents(documents)])

    def as_embedder(self) -> TextEmbedder:
        """An embedder that reads the vectors of indexed passages from the index, and embeds other texts. Where the
        index has other vectors than the embedder's (codes, situated passages), all texts are embedded.
        """
        return self.embedder if self._vectors.kind == "pq" or self.situated else _FromIndex(self)

    def vectors(self, rows: Sequence[int]) -> Vectors:
        """The vectors of passages by their row in ``self.passages``; with "pq" those that the codes stand for.
        *Shape:* (len(rows), dimension).
        """
        return self._vectors.vectors(rows)

    def use_trained(self, query_embedder: TextEmbedder, centroids: Vectors | None = None) -> None:
        """Search with another query embedder, and the centroids that were trained with it, see
        :meth:`~ragzip.retrievers.product_codes.ProductCodes.score_with`.

        :raises OptionError: centroids for a flat index, or the embedder has another dimension.
        :raises InputError: centroids of another shape than those of the index.
        """
        embedder = self._cached_query_embedder(query_embedder)
        with self._lock:
            if centroids is not None:
                self.product_codes.score_with(centroids)
            self.query_embedder = embedder

    @property
    def has_codes(self) -> bool:
        """Whether the index has codes in place of vectors."""
        return isinstance(self._vectors, ProductCodes)

    @property
    def product_codes(self) -> ProductCodes:
        """The codes of the passages.

        :raises OptionError: the index is flat.
        """
        if not isinstance(self._vectors, ProductCodes):
            raise OptionError("index: received an index='flat', expected one made with index='pq'.")
        return self._vectors

    def _added(self, passages: Sequence[Document]) -> None:
        by_document = [list(group) for _, group in groupby(passages, key=_source_of)]
        self._append(np.concatenate(self._vectors_by_group(by_document)))

    def _added_encoded(self, vectors_by_id: Mapping[str, Vectors], passages: Sequence[Document]) -> None:
        arrays = []
        for document_id, group in groupby(passages, key=_source_of):
            array, shape = (
                np.asarray(vectors_by_id[document_id], np.float32),
                (len(list(group)), self.embedder.dimension),
            )
            if array.shape != shape:
                raise InputError(
                    f"vectors: received the shape {array.shape} for the document {document_id!r}, expected {shape}. "
                    "Encode with the same embedder, max_words and overlap."
                )
            arrays.append(array)
        self._append(np.concatenate(arrays))

    def _append(self, vectors: Vectors) -> None:
        self._vectors.add(vectors)
        self._forget_origin()

    def _vectors_by_group(self, groups: Sequence[list[Document]]) -> list[Vectors]:
        """The vectors of the passages of each document. *Shape:* (passages, dimension) each."""
        if self.situated:
            return [self._embed_parts(group) if group else self._embed(self.embedder, []) for group in groups]
        vectors = self._embed(self.embedder, [embedded_text(passage) for group in groups for passage in group])
        ends = np.cumsum([len(group) for group in groups])
        return [vectors[end - len(group) : end] for end, group in zip(ends, groups, strict=True)]

    def _deleted(self, is_kept: Sequence[bool]) -> None:
        self._vectors.remove(np.flatnonzero(~np.array(is_kept, bool)).astype(np.int64))
        self._forget_origin()

    def _encoded(self, query: str) -> Vectors:
        """The vector of ``query``. *Shape:* (dimension,)."""
        return np.asarray(self._embed(self.query_embedder, [query])[0])

    def _moved(self, encoded_query: Vectors, first_passages: Sequence[Document]) -> Vectors:
        if self.feedback is None:
            return encoded_query
        return self.feedback.moved(encoded_query, self._vectors_of(first_passages))

    def _vectors_of(self, passages: Sequence[Document]) -> Vectors:
        """The vectors of ``passages``, from the index where they are in it. *Shape:* (n, dimension)."""
        rows = self._rows.of(passages, self.passages)
        indexed_rows = [row for row in rows if row is not None]
        missing_texts = [embedded_text(passage) for passage, row in zip(passages, rows, strict=True) if row is None]
        with self._reading():
            indexed_vectors = self.vectors(indexed_rows) if indexed_rows else self._embed(self.embedder, [])
        return np.concatenate([indexed_vectors, self._embed(self.embedder, missing_texts)])

    def _search(self, encoded_query: Vectors, k: int) -> list[tuple[int, float]]:
        return self._vectors.search(encoded_query, k)

    def _settings(self) -> dict[str, Any]:
        settings = {"embedder": self.embedder.fingerprint, "dimension": self.embedder.dimension}
        if self.query_embedder.fingerprint != self.embedder.fingerprint:
            settings["query_embedder"] = self.query_embedder.fingerprint
        if self.situated:
            settings["situated"] = True
        return settings | {"index": self._vectors.kind, **self._vectors.settings} | settings_of(self.feedback)

    def _save(self, folder: Path) -> None:
        self._vectors.save(folder)

    @classmethod
    def _options_for(cls, options: dict[str, Any], folder: Path, settings: dict[str, Any]) -> dict[str, Any]:
        kind = "pq" if settings.get("index") == "pq" else "flat"
        situated = settings.get("situated", False) is True
        if options.get("situated", situated) != situated:
            raise StorageError(
                f"situated: received {shown(options['situated'])}, expected {situated}, as {folder} has its passages. "
                "Rebuild the index."
            )
        saved: dict[str, Any] = {"index": kind}
        if kind == "pq":
            saved |= {name: settings.get(name) for name in ("code_bytes", "cells", "probes")}
        for name in options.keys() & saved.keys() - {"probes"}:
            if options[name] not in (None, saved[name]):
                raise OptionError(
                    f"load: received {name}={shown(options[name])}, expected {saved[name]!r}, as {folder} was built. "
                    "Rebuild the index."
                )
        return {name: value for name, value in options.items() if name not in saved}

    @classmethod
    def _read(cls, folder: Path, settings: Any, options: dict[str, Any]) -> Self:
        index = super()._read(folder, settings, options)
        if index.has_codes and "probes" in options:
            index.product_codes.probes = whole_number(options["probes"], "probes", least=1)
        return index

    def _load(self, folder: Path, settings: dict[str, Any]) -> None:
        _check_embedder(folder, settings.get("embedder"), self.embedder.fingerprint, "embedder")
        query_fingerprint = settings.get("query_embedder", self.embedder.fingerprint)
        _check_embedder(folder, query_fingerprint, self.query_embedder.fingerprint, "query_embedder")
        if settings.get("situated", False) is True and not self.situated:
            self.situated, self.embedder = True, _part_embedder(self.embedder.embedder)
        dimension = self.embedder.dimension
        if settings.get("index", "flat") == "pq":
            numbers = [saved_number(folder, settings, name, 1) for name in ("code_bytes", "cells", "probes")]
            self._vectors = ProductCodes(dimension, *numbers)
        else:
            self._vectors = FlatVectors(dimension)
        self.feedback = self.feedback or saved_feedback(folder, settings, VectorFeedback)
        if self.passages:
            self._vectors.load(folder, len(self.passages))

    def _embed(self, embedder: CachedEmbedder, texts: list[str]) -> Vectors:
        with use_cache(self._cache):
            return embedder.embed(texts)

    def _embed_parts(self, passages: list[Document]) -> Vectors:
        """The vectors of all passages of a document, each within the others around it. *Shape:* (n, dimension)."""
        with use_cache(self._cache):
            parts = [readable(passage) for passage in passages]
            return cast("CachedPartEmbedder", self.embedder).embed_parts(parts, passages[0].title)

    def _cached_query_embedder(self, embedder: TextEmbedder) -> CachedEmbedder:
        _checked_embedder(embedder, "query_embedder")
        if embedder.dimension != self.embedder.dimension:
            raise OptionError(
                f"query_embedder: received vectors of {embedder.dimension} numbers, expected "
                f"{self.embedder.dimension}, as those of passages."
            )
        return CachedEmbedder(embedder)

    def _forget_origin(self) -> None:
        if not self._vectors.is_mapped:
            self._origin = None


def _checked_embedder(embedder: TextEmbedder, name: str) -> TextEmbedder:
    checked: TextEmbedder = with_methods(embedder, name, _EMBEDDER_METHODS, expected="a TextEmbedder")
    return checked


def _part_embedder(embedder: TextEmbedder) -> CachedPartEmbedder:
    methods = (*_EMBEDDER_METHODS, "embed_parts")
    expected = "a PartEmbedder for situated passages, with embed_parts(parts, title)"
    checked: PartEmbedder = with_methods(embedder, "embedder", methods, expected=expected)
    return CachedPartEmbedder(checked)


def _check_embedder(folder: Path, saved: object, fingerprint: str, name: str) -> None:
    """Check that the index in ``folder`` was ``saved`` with the embedder of this fingerprint.

    :raises StorageError: with another one.
    """
    if saved != fingerprint:
        raise StorageError(
            f"index: {folder} was made with the {name} {saved!r:.200}, this one is {fingerprint!r}. Pass the same "
            f"{name}, or rebuild the index."
        )


def _source_of(passage: Document) -> str:
    """The id of the document that ``passage`` was cut from."""
    source: str = passage.metadata["ragzip"]["source"]
    return source


def embedded_text(passage: Document) -> str:
    """The text of a passage that is embedded."""
    return titled(passage.title, readable(passage))


class _FromIndex:
    """A :class:`~ragzip.backends.protocols.TextEmbedder` that gives the vectors of the index's embedder."""

    def __init__(self, index: DenseRetriever) -> None:
        self.index = index
        self.fingerprint, self.dimension = index.embedder.fingerprint, index.embedder.dimension
        self._rows: dict[str, int] = {}
        self._known: list[Document] | None = None

    def for_queries(self) -> TextEmbedder:
        """The embedder of queries; see :class:`~ragzip.backends.protocols.TwoSidedEmbedder`."""
        return self.index.embedder.for_queries()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors. *Shape:* (n, dimension)."""
        with self.index._lock:
            if self._known is not self.index.passages:  # every change makes a new list
                self._known = self.index.passages
                self._rows = {embedded_text(passage): row for row, passage in enumerate(self._known)}
            indexed_texts = [text for text in texts if text in self._rows]
            vectors = self.index.vectors([self._rows[text] for text in indexed_texts]) if indexed_texts else ()
        missing_texts = [text for text in texts if text not in self._rows]
        vector_by_text = dict(zip(indexed_texts, vectors, strict=True))
        vector_by_text |= dict(zip(missing_texts, self.index.embedder.embed(missing_texts), strict=True))
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        return np.stack([vector_by_text[text] for text in texts])
