"""A store in a folder, over SQLite."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakSet

from ragzip.checks import path_of, whole_number
from ragzip.errors import StorageError, reason_of
from ragzip.files.manifest import claim_files
from ragzip.process.forking import ForkSafeLock, after_fork_in_child, guarded

__all__ = ["DATABASE_NAME", "DEFAULT_SIZE_LIMIT", "DiskStore"]

WRITER = "cache"  # in the manifest of the folder
DATABASE_NAME = "cache.db"
_MIN_FILE_BYTES = 2**62  # of an entry that gets a file of its own: no entry does
DEFAULT_SIZE_LIMIT = 2**30  # bytes; the oldest entries are removed first

_logger = logging.getLogger(__name__)

_disk_stores: WeakSet[DiskStore] = WeakSet()
_parent_databases: list[Any] = []


def _reopen_disk_stores() -> None:
    for disk_store in list(_disk_stores):
        disk_store.reopen()


after_fork_in_child(_reopen_disk_stores)


class DiskStore:
    """A store in a folder that threads and processes share (diskcache over SQLite, in WAL mode).

    A storage error (a full or read-only disk, a damaged file) costs speed, never a result: it is logged, and the entry
    counts as missing. A database of ragzip that SQLite cannot read is renamed and replaced by an empty one; a folder
    with the cache.db of another program is not used.
    """

    def __init__(self, folder: str | Path, *, size_limit: int = DEFAULT_SIZE_LIMIT) -> None:
        self.folder = path_of(folder, "cache", expected="a folder")
        self.size_limit = whole_number(
            size_limit, "size_limit", least=1, most=2**62, expected="a number of bytes above 0"
        )
        self._cache: Any = None
        self._warned = False
        self._lock = ForkSafeLock()
        _disk_stores.add(self)

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        entries: dict[bytes, bytes] = {}
        with self._without_failures():
            cache = self._open()
            for key in keys:
                value = cache.get(key)
                if isinstance(value, bytes):
                    entries[key] = value
        return entries

    def set_many(self, items: Mapping[bytes, bytes]) -> None:
        with self._without_failures():
            cache = self._open()
            with cache.transact(retry=False):
                for key, value in items.items():
                    cache.set(key, value)

    def stats(self) -> dict[str, Any]:
        entry_count = byte_count = 0
        with self._without_failures():
            cache = self._open()
            entry_count, byte_count = len(cache), cache.volume()
        return {"folder": str(self.folder), "entries": entry_count, "bytes": byte_count, "size_limit": self.size_limit}

    def check(self) -> None:
        """Check, before long work, that entries can be stored.

        :raises StorageError: they cannot.
        """
        try:
            self._open()
        except Exception as error:  # sqlite3 and the file system raise errors of their own
            raise StorageError(f"cache: {self.folder} cannot be used ({error}). Name another folder.") from error

    def clear(self) -> int:
        removed_count = 0
        with self._without_failures():
            removed_count = int(self._open().clear())
        return removed_count

    @contextlib.contextmanager
    def _without_failures(self) -> Iterator[None]:
        """A block that ends where the storage fails: that must not cost the caller its result."""
        try:
            with guarded():
                yield
        except Exception as error:  # sqlite3, diskcache and the file system raise errors of their own
            self._recover(error)

    def _open(self) -> Any:
        if self._cache is None:
            with self._lock:
                if self._cache is None:
                    self._cache = _open_diskcache(self.folder, self.size_limit)
        return self._cache

    def reopen(self) -> None:
        """Open the database again at its next use, since a forked child must not touch its parent's connection."""
        _parent_databases.append(self._cache)  # never closed: that would change the files of the parent
        self._cache = None

    def _recover(self, error: Exception) -> None:
        if not self._warned:
            self._warned = True
            _logger.warning("cache %s: %s; continuing without it", self.folder, reason_of(error))
        if not isinstance(error, sqlite3.DatabaseError) or isinstance(error, sqlite3.OperationalError):
            return  # busy, full or read-only: the file itself may be intact
        with self._lock:
            self._cache = None
            for database_path in self.folder.glob(f"{DATABASE_NAME}*"):
                with contextlib.suppress(OSError):
                    database_path.replace(database_path.with_name(f"damaged-{os.getpid()}-{database_path.name}"))

    def __reduce__(self) -> tuple[Any, ...]:
        return _disk_store, (str(self.folder), self.size_limit)


def _disk_store(folder: str, size_limit: int) -> DiskStore:
    return DiskStore(folder, size_limit=size_limit)


def _open_diskcache(folder: Path, size_limit: int) -> Any:
    import diskcache
    from diskcache.core import MODE_RAW

    class RawDisk(diskcache.Disk):  # type: ignore[misc]
        """A disk of raw bytes, which refuses to read pickles in a shared folder."""

        def put(self, key: Any) -> tuple[Any, bool]:
            return sqlite3.Binary(key), True

        def get(self, key: Any, raw: Any) -> Any:
            return bytes(key)

        def fetch(self, mode: int, filename: Any, value: Any, read: bool) -> Any:
            return bytes(value) if mode == MODE_RAW and filename is None and isinstance(value, bytes) else None

    claim_files(folder, WRITER, (DATABASE_NAME,), is_ours=_has_our_settings)
    return diskcache.Cache(
        str(folder),
        timeout=5,
        disk=RawDisk,
        size_limit=size_limit,
        eviction_policy="least-recently-stored",  # reads write nothing, so that processes do not wait for each other
        disk_min_file_size=_MIN_FILE_BYTES,  # all in the database: a killed process leaves no partial file
        statistics=0,
        tag_index=0,
    )


def _has_our_settings(database: Path) -> bool:
    """Whether ``database`` is a cache of ragzip from before caches had a manifest."""
    try:
        with contextlib.closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            setting_rows = connection.execute("SELECT value FROM Settings WHERE key = 'disk_min_file_size'").fetchall()
    except sqlite3.Error:
        return False
    return setting_rows == [(_MIN_FILE_BYTES,)]
