"""Encoding a corpus ahead of all queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ragzip.cache import DiskStore, SegmentCache, use_cache
from ragzip.compressors.soft.family import Soft
from ragzip.types import Document

__all__ = ["Encoded", "encode_corpus"]


class Encoded(NamedTuple):
    """What the cache now holds of a corpus; ``bytes`` are of its vectors, ``encoded`` the pieces that were new."""

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
    :raises StorageError: the cache is a folder that cannot be written, or somebody else's.
    """
    if isinstance(cache.store, DiskStore):
        cache.store.check()
    pieces = vectors = 0
    with use_cache(cache) as counters:
        for number, document in enumerate(documents, 1):
            texts = compressor.texts(document)
            arrays = compressor.cached.encode(texts, compressor.ratios[0])
            pieces += len(texts)
            vectors += sum(map(len, arrays))
            if progress is not None:
                progress(number, len(documents))
    width = compressor.encoder.hidden
    each = width + 4 if compressor.stored == "int8" else 2 * width
    return Encoded(len(documents), pieces, counters.misses, vectors, vectors * each)
