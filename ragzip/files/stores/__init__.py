"""Stores of bytes by key: a folder on disk, or a Redis or Valkey server that several machines share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

__all__ = ["CheckedStore", "Store", "is_server_address", "open_store"]

_SERVER_SCHEMES = ("redis://", "rediss://", "unix://")


class Store(Protocol):
    """A store of entries; another one is a class with these four methods."""

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, bytes]: ...
    def set_many(self, items: Mapping[bytes, bytes]) -> None: ...
    def stats(self) -> dict[str, Any]: ...
    def clear(self) -> int: ...


@runtime_checkable
class CheckedStore(Protocol):
    """A store that can tell, before long work, whether entries can be stored (else a StorageError)."""

    def check(self) -> None: ...


def is_server_address(place: object) -> bool:
    """Whether ``place`` is the address of a Redis or Valkey server, not a folder."""
    return isinstance(place, str) and place.startswith(_SERVER_SCHEMES)


def open_store(place: str | Path) -> Store:
    """The store at ``place``: the address of a server ("redis://host:6379/0"), or a folder.

    :raises OptionError: an address that cannot be one, or no folder.
    :raises MissingExtraError: an address, without the extra ``redis``.
    """
    if isinstance(place, str) and is_server_address(place):
        from ragzip.files.stores.redis import RedisStore

        return RedisStore(place)
    from ragzip.files.stores.disk import DiskStore

    return DiskStore(place)
