"""A bounded memory of the decisions of a compressor of messages."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

__all__ = ["Memory", "key_of"]

_MAX_CHARACTERS = 2**24  # of texts decided on
_Decision = TypeVar("_Decision")


class Memory(Generic[_Decision]):
    """Decisions by key, those not asked for the longest going first. Threads may share it; a copy begins empty."""

    def __init__(self) -> None:
        self._decisions: OrderedDict[bytes, tuple[_Decision, int]] = OrderedDict()
        self._characters = 0
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__init__()  # type: ignore[misc]

    def get(self, key: bytes) -> _Decision | None:
        """The decision under ``key``; None where there is none (any longer)."""
        with self._lock:
            if key not in self._decisions:
                return None
            self._decisions.move_to_end(key)
            return self._decisions[key][0]

    def put(self, key: bytes, decision: _Decision, characters: int) -> None:
        """Remember ``decision``, on a text of so many ``characters``."""
        with self._lock:
            _, replaced_characters = self._decisions.pop(key, (None, 0))
            self._decisions[key] = (decision, characters)
            self._characters += characters - replaced_characters
            while self._characters > _MAX_CHARACTERS:
                _, (_, dropped_characters) = self._decisions.popitem(last=False)
                self._characters -= dropped_characters


def key_of(*values: object) -> bytes:
    """The key of a decision that depends on ``values``."""
    return hashlib.sha256(json.dumps(values).encode("utf-8", "surrogatepass")).digest()
