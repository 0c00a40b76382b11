"""Entries in the memory of this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

__all__ = ["BoundedStore"]


class BoundedStore:
    """A :class:`~ragzip.files.stores.Store` of values of at most ``max_bytes`` together; what was stored longest ago
    goes first, the newest never.

    A copy has the entries too, unlike that of a :class:`~ragzip.process.memory.BoundedCache`: nothing could compute
    them again.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._entries: dict[bytes, bytes] = {}  # in the order in which they were stored
        self._total_bytes = 0
        self._lock = Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = Lock()

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        return {key: value for key in keys if (value := self._entries.get(key)) is not None}

    def set_many(self, items: Mapping[bytes, bytes]) -> None:
        with self._lock:
            for key, value in items.items():
                self._total_bytes += len(value) - len(self._entries.pop(key, b""))
                self._entries[key] = value
            while self._total_bytes > self.max_bytes and len(self._entries) > 1:
                oldest = next(iter(self._entries))
                self._total_bytes -= len(self._entries.pop(oldest))

    def stats(self) -> dict[str, Any]:
        return {"entries": len(self._entries), "bytes": self._total_bytes}

    def clear(self) -> int:
        with self._lock:
            count = len(self._entries)
            self._entries.clear()
            self._total_bytes = 0
        return count
