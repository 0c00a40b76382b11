"""Encoding a corpus ahead of all queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ragzip.cache import SegmentCache, use_cache
from ragzip.compressors.soft.family import Soft
from ragzip.files.stores import CheckedStore
from ragzip.types import Document

__all__ = ["Encoded", "encode_corpus"]


class Encoded(NamedTuple):
    """The figures of a corpus in the cache; ``bytes`` are of its vectors, ``encoded`` the pieces that were new."""

    documents: int
    pieces: int
    encoded: int
    vectors: int
    bytes: int


def encode_corpus(
    documents: Sequence[Document],
    compressor: Soft,
    *,
    cache: SegmentCache,
    progress: Callable[[int, int], None] | None = None,
) -> Encoded:
    """Encode every piece of ``documents`` at the compressor's finest ratio, a document at a time, into ``cache``.

    What was encoded by an earlier call, whole or stopped, is found there. Mind the cache's size limit: what was stored
    first leaves first.

    :param progress: called with documents done, and all of them.
    :raises StorageError: the cache is a folder that cannot be written, or somebody else's, or a server that is
        down.
    """
    if isinstance(cache.store, CheckedStore):
        cache.store.check()
    piece_count = vector_count = 0
    with use_cache(cache) as counters:
        for document_number, document in enumerate(documents, 1):
            piece_texts = compressor.texts(document)
            piece_vectors = compressor.cached.encode(piece_texts, compressor.ratios[0])
            piece_count += len(piece_texts)
            vector_count += sum(map(len, piece_vectors))
            if progress is not None:
                progress(document_number, len(documents))
    vector_width = compressor.encoder.hidden
    bytes_per_vector = vector_width + 4 if compressor.stored == "int8" else 2 * vector_width
    return Encoded(len(documents), piece_count, counters.misses, vector_count, vector_count * bytes_per_vector)
