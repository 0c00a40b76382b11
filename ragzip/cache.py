"""A cache of scores, vectors and rewrites by content, so that no text goes through a model twice.

The key of an entry is the SHA-256 of schema version, task, model fingerprint, query (where the method reads it) and
text; source text is not stored. Values are raw array bytes with a checksum, never pickle: a shared folder cannot run
code.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy.typing as npt

from ragzip.checks import path_of, with_methods
from ragzip.errors import OptionError, reason_of
from ragzip.files.packing import pack, unpack
from ragzip.files.stores import Store, is_server_address, open_store
from ragzip.files.stores.disk import DiskStore
from ragzip.process import deadline
from ragzip.process.forking import ForkSafeLock, after_fork_in_child, guarded
from ragzip.process.memory import BoundedCache

__all__ = [
    "CacheOption",
    "DiskStore",
    "ModelTask",
    "SegmentCache",
    "Store",
    "cache_folder",
    "fetch",
    "open_cache",
    "scored_once",
    "use_cache",
]

SCHEMA = 1
_MAX_MEMORY_BYTES = 2**24  # of the arrays that are also kept in memory
GROUP_TEXTS = 16  # computed and stored together under a time limit

Compute: TypeAlias = Callable[[list[str]], Sequence[npt.NDArray[Any]]]
Valid: TypeAlias = Callable[[str, npt.NDArray[Any]], bool]

_logger = logging.getLogger(__name__)


class SegmentCache:
    """Arrays by content in a :class:`Store`. A damaged or missing entry is a miss, never an error."""

    def __init__(self, store: Store) -> None:
        self.store: Store = with_methods(store, "store", ("get_many", "set_many"), expected="a Store")
        self._recent: BoundedCache[bytes, npt.NDArray[Any]] = BoundedCache(
            _MAX_MEMORY_BYTES, lambda _, array: array.nbytes
        )

    def fetch(
        self,
        task: str,
        fingerprint: str,
        texts: Sequence[str],
        compute: Compute,
        *,
        query: str | None = None,
        valid: Valid | None = None,
    ) -> list[npt.NDArray[Any]]:
        """The arrays of ``texts``; ``compute`` gets the distinct texts that are not stored yet.

        It is called once, or for groups of texts where the call has a time limit.

        :param fingerprint: of the model and everything else, except text and query, that the arrays depend on.
        :param query: part of the key for methods that read the query; else None.
        :param valid: whether a stored array is possible for a text, by its type, shape and numbers. An invalid one,
            written by another program, is a miss and is replaced.
        :raises DeadlineError: an array is missing, and the time of the call is over.
        """
        prefix = _key_prefix(task, fingerprint, query)
        keys = [hashlib.sha256(prefix + text.encode()).digest() for text in texts]
        text_by_key = dict(zip(keys, texts, strict=True))
        arrays = {key: array for key in text_by_key if (array := self._recent.get(key)) is not None}
        for key, value in self._stored([key for key in text_by_key if key not in arrays]).items():
            array = unpack(value)
            if array is not None and (valid is None or valid(text_by_key[key], array)):
                arrays[key] = array
                self._remember(key, array)
        missing = {key: text for key, text in text_by_key.items() if key not in arrays}
        counters = _active_counters.get()
        if counters is not None:
            counters.misses += len(missing)
            counters.hits += len(text_by_key) - len(missing)
        for group in _groups(missing):
            deadline.check()
            fresh = dict(zip(group, compute(list(group.values())), strict=True))
            arrays |= fresh
            self._store(fresh)
        return [arrays[key] for key in keys]

    def _store(self, fresh: Mapping[bytes, npt.NDArray[Any]]) -> None:
        for key, array in fresh.items():
            self._remember(key, array)
        try:
            self.store.set_many({key: pack(array) for key, array in fresh.items()})
        except Exception as error:  # a failing store must not cost the caller its result
            _logger.warning("cache: %s; continuing without it", reason_of(error))

    def _remember(self, key: bytes, array: npt.NDArray[Any]) -> None:
        """Keep ``array`` in memory for the next calls; a view is copied, so that its base array is freed."""
        self._recent.put(key, array if array.base is None else array.copy())

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.store,)

    def _stored(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        try:
            entries = self.store.get_many(keys) if keys else {}
            return {key: entries[key] for key in keys if key in entries}
        except Exception as error:
            _logger.warning("cache: %s; continuing without it", reason_of(error))
            return {}

    def stats(self) -> dict[str, Any]:
        """The figures that the store reports: its path, entries, bytes and size limit."""
        return self.store.stats()

    def clear(self) -> int:
        """The number of entries, all of which are removed."""
        self._recent.clear()
        return self.store.clear()


def _groups(missing: Mapping[bytes, str]) -> Iterator[dict[bytes, str]]:
    """``missing`` as one group; under a time limit in small ones, so that at its end the finished groups are stored."""
    group_size = len(missing) if deadline.remaining() is None else GROUP_TEXTS
    missing_items = iter(missing.items())
    while group := dict(islice(missing_items, group_size)):
        yield group


def _key_prefix(task: str, fingerprint: str, query: str | None) -> bytes:
    hasher = hashlib.sha256()
    for key_part in (str(SCHEMA), task, fingerprint, "" if query is None else "q" + query):
        part_bytes = key_part.encode()
        hasher.update(struct.pack("<Q", len(part_bytes)) + part_bytes)
    return hasher.digest()


@dataclass
class _Counters:
    hits: int = 0
    misses: int = 0


_active_cache: ContextVar[SegmentCache | None] = ContextVar("ragzip_cache", default=None)
_active_counters: ContextVar[_Counters | None] = ContextVar("ragzip_cache_counters", default=None)
_open_lock = ForkSafeLock()
_open_caches: dict[str | Path, SegmentCache] = {}
after_fork_in_child(_open_caches.clear)


def cache_folder() -> Path:
    """The default folder: ``RAGZIP_CACHE_DIR`` if set, else the platform's folder for caches."""
    folder_option = os.environ.get("RAGZIP_CACHE_DIR")
    if folder_option:
        return _expanded(folder_option)
    with guarded():
        from platformdirs import user_cache_path

    return user_cache_path("ragzip", appauthor=False)


def _expanded(path: str | Path) -> Path:
    return path_of(path, "cache", expected="a folder (False turns the cache off)")


CacheOption = SegmentCache | str | Path | bool | None
_DEFAULT, _OFF = "default", "off"  # places by name, on the command line and in settings too
_PLACES_BY_NAME = {_DEFAULT: None, _OFF: False}
_NO_FOLDERS = frozenset(["", "none", "null", "false", "true", "no", "yes", "on", "0", "1"])


def open_cache(cache: CacheOption) -> SegmentCache | None:
    """The cache for an option: None, True or "default" (the default folder), False or "off" (no cache), a path, the
    address of a Redis or Valkey server, or a cache. ``Path("off")`` is a folder.

    :raises OptionError: of another type, or another word for no cache.
    """
    if isinstance(cache, SegmentCache):
        return cache
    if isinstance(cache, str):
        if cache.strip().lower() in _NO_FOLDERS:
            raise OptionError(f"cache: received {cache!r}, expected a folder, redis://…, {_DEFAULT!r}, or {_OFF!r}.")
        cache = _PLACES_BY_NAME.get(cache, cache)
    if cache is False:
        return None
    place: str | Path
    if cache is None or cache is True:
        place = cache_folder()
    elif isinstance(cache, (str, Path)):
        place = cache if is_server_address(cache) else _expanded(cache)
    else:
        raise OptionError(
            f"cache: received {type(cache).__name__}, expected None, False, a path, redis://… or a SegmentCache."
        )
    with _open_lock:
        if place not in _open_caches:
            _open_caches[place] = SegmentCache(open_store(place))
        return _open_caches[place]


@contextlib.contextmanager
def use_cache(cache: SegmentCache | None) -> Iterator[_Counters]:
    """The counts of hits and misses in a block, in which every call uses ``cache`` (None: no cache)."""
    counters = _Counters()
    cache_token, counters_token = _active_cache.set(cache), _active_counters.set(counters)
    try:
        yield counters
    finally:
        _active_cache.reset(cache_token)
        _active_counters.reset(counters_token)


class _NoStore:
    """A :class:`Store` that holds nothing."""

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        return {}

    def set_many(self, items: Mapping[bytes, bytes]) -> None:
        pass

    def stats(self) -> dict[str, Any]:
        return {"entries": 0, "bytes": 0}

    def clear(self) -> int:
        return 0


@contextlib.contextmanager
def scored_once() -> Iterator[None]:
    """A block in which no text goes through a model twice, even where no cache is set: results are kept in memory until
    its end.
    """
    if _active_cache.get() is not None:
        yield
        return
    with use_cache(SegmentCache(_NoStore())):
        yield


class ModelTask(NamedTuple):
    """The use of a model on a text: the task, the model and all else that the result depends on, and the query; None
    for models that do not read it.
    """

    name: str
    fingerprint: str
    query: str | None = None


def fetch(
    task: ModelTask, texts: Sequence[str], compute: Compute, *, valid: Valid, stored: bool = True
) -> list[npt.NDArray[Any]]:
    """The arrays of ``texts`` from the cache that :func:`use_cache` set, see :meth:`SegmentCache.fetch`.

    Without a cache, or with ``stored=False``, equal texts are still computed only once.
    """
    cache = _active_cache.get()
    if cache is not None and stored:
        return cache.fetch(task.name, task.fingerprint, texts, compute, query=task.query, valid=valid)
    deadline.check()
    distinct_texts = list(dict.fromkeys(texts))
    arrays = dict(zip(distinct_texts, compute(distinct_texts), strict=True))
    return [arrays[text] for text in texts]
