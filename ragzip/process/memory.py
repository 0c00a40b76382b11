"""Values kept in memory between calls, up to a number of bytes."""

from __future__ import annotations

import sys
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any, Generic, TypeVar

from ragzip.process.forking import after_fork_in_child

__all__ = ["ENTRY_BYTES", "BoundedCache", "strings_bytes"]

ENTRY_BYTES = 200  # of an entry besides its key and value: table slots, object headers, numbers

Key = TypeVar("Key")
Value = TypeVar("Value")


class BoundedCache(Generic[Key, Value]):
    """Values by key, of at most ``max_bytes`` together; the least recently read are dropped first.

    Threads may share it; a forked child, a copy and a pickled one begin empty.

    :param size_of: the bytes of a key and its value, without :data:`ENTRY_BYTES`.
    :param keep_newest: keep the newest value whatever its size, for calls that need it many times; else a value larger
        than ``max_bytes`` is not kept.
    """

    def __init__(self, max_bytes: int, size_of: Callable[[Key, Value], int], *, keep_newest: bool = False) -> None:
        self.max_bytes, self._size_of, self._keep_newest = max_bytes, size_of, keep_newest
        self.reset()
        _caches.add(self)

    def __reduce__(self) -> tuple[Callable[[], BoundedCache[Key, Value]], tuple[()]]:
        return partial(BoundedCache, self.max_bytes, self._size_of, keep_newest=self._keep_newest), ()

    def reset(self) -> None:
        """Forget everything and replace the lock, which in a forked child may be held forever."""
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self.total_bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key) -> Value | None:
        """The value of ``key``, None without one."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: Key, value: Value) -> None:
        """Keep ``value`` for ``key``."""
        entry_bytes = self._size_of(key, value) + ENTRY_BYTES
        if entry_bytes > self.max_bytes and not self._keep_newest:
            return
        with self._lock:
            if (replaced := self._entries.pop(key, None)) is not None:
                self.total_bytes -= replaced[1]
            self._entries[key] = value, entry_bytes
            self.total_bytes += entry_bytes
            while self.total_bytes > self.max_bytes and len(self._entries) > 1:
                self.total_bytes -= self._entries.popitem(last=False)[1][1]

    def get_or_compute(self, key: Key, compute: Callable[[Key], Value]) -> Value:
        """The value of ``key``, from ``compute(key)`` where none is kept; values must not be None."""
        value = self.get(key)
        if value is None:
            value = compute(key)
            self.put(key, value)
        return value

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self.total_bytes = 0


def strings_bytes(key: str, value: Any) -> int:
    """The bytes of a text and, at most, of a sequence of short objects made from it (strings, spans)."""
    return sys.getsizeof(key) + sum(56 + sys.getsizeof(short_object) for short_object in value)


_caches: weakref.WeakSet[BoundedCache[Any, Any]] = weakref.WeakSet()


def _reset_all() -> None:
    for bounded_cache in list(_caches):
        bounded_cache.reset()


after_fork_in_child(_reset_all)
