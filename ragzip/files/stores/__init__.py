"""Stores of bytes by key: a folder on disk, or a Redis or Valkey server that several machines share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from ragzip.errors import OptionError

__all__ = ["CheckedStore", "Store", "is_server_address", "open_store"]

_SERVER_SCHEMES = ("redis", "rediss", "valkey", "valkeys", "unix")
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)


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
    """Whether ``place`` is an address, not a folder; which kinds there are, :func:`open_store` knows."""
    return isinstance(place, str) and _ADDRESS.match(place) is not None


def open_store(place: str | Path) -> Store:
    """The store at ``place``: the address of a server ("redis://host:6379/0", "valkey://…"), or a folder.

    :raises OptionError: an address that cannot be one, or no folder.
    :raises MissingExtraError: an address, without the extra ``redis``.
    """
    if isinstance(place, str) and (address := _ADDRESS.match(place)):
        if address[1] not in _SERVER_SCHEMES:
            raise OptionError(
                f"store: received an address that begins with {address[0]}, expected a folder, or a server: "
                f"{', '.join(f'{scheme}://…' for scheme in _SERVER_SCHEMES)}."
            )
        from ragzip.files.stores.redis import RedisStore

        return RedisStore(place)
    from ragzip.files.stores.disk import DiskStore

    return DiskStore(place)
