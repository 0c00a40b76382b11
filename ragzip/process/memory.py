"""Values kept in memory between calls, within a number of bytes."""

from __future__ import annotations

import sys
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ragzip.process.forking import after_fork_in_child

__all__ = ["ENTRY_BYTES", "BoundedCache", "strings_bytes"]

ENTRY_BYTES = 200  # what an entry takes besides its key and its value: slots of tables, object headers, numbers

Key = TypeVar("Key")
Value = TypeVar("Value")


class BoundedCache(Generic[Key, Value]):
    """Values by key that together take at most ``max_bytes``; those read longest ago leave first.

    Threads may share it; a forked child begins with an empty one.

    :param size_of: bytes of a key and its value, :data:`ENTRY_BYTES` not included.
    :param keep_newest: keep the newest value whatever its size, where a call that needs it many times would make it
        anew each time; else a value larger than ``max_bytes`` is not kept.
    """

    def __init__(self, max_bytes: int, size_of: Callable[[Key, Value], int], *, keep_newest: bool = False) -> None:
        self.max_bytes, self._size_of, self._keep_newest = max_bytes, size_of, keep_newest
        self.reset()
        _caches.add(self)

    def reset(self) -> None:
        """Forget everything, the lock included: in a forked child another thread may seem to hold it for ever."""
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
        size = self._size_of(key, value) + ENTRY_BYTES
        if size > self.max_bytes and not self._keep_newest:
            return
        with self._lock:
            if (before := self._entries.pop(key, None)) is not None:
                self.total_bytes -= before[1]
            self._entries[key] = value, size
            self.total_bytes += size
            while self.total_bytes > self.max_bytes and len(self._entries) > 1:
                self.total_bytes -= self._entries.popitem(last=False)[1][1]

    def get_or_compute(self, key: Key, compute: Callable[[Key], Value]) -> Value:
        """The value of ``key``; ``compute(key)`` makes it where none is kept. It may not be None."""
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
    """Bytes of a text and a sequence of short objects made from it (strings, spans), an upper bound for the latter."""
    return sys.getsizeof(key) + sum(56 + sys.getsizeof(item) for item in value)


_caches: weakref.WeakSet[BoundedCache[Any, Any]] = weakref.WeakSet()


def _reset_all() -> None:
    for cache in list(_caches):
        cache.reset()


after_fork_in_child(_reset_all)
