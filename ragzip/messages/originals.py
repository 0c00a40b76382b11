"""The originals of shortened texts, by handle, and the tool with which a model fetches them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ragzip.checks import check_text, choice, with_methods
from ragzip.checks import text as check_name
from ragzip.errors import InputError, OptionError
from ragzip.files.stores import Store, open_store
from ragzip.files.stores.memory import BoundedStore
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["TOOL_NAME", "Originals"]

TOOL_NAME = "ragzip_original"
DEFAULT_HINT = f'{TOOL_NAME}("{{handle}}") has all of it'
MAX_BYTES_IN_MEMORY = 2**26  # of all texts, without a store
HANDLE_DIGITS = 24
_HANDLE = pattern_of(rf"[0-9a-f]{{{HANDLE_DIGITS}}}")
_DESCRIPTION = (
    "Returns the whole text of an earlier tool result or document that was shortened. Call it only if the shortened "
    "text lacks something that is needed."
)
_PREFIX = b"ragzip-original:"


class Originals:
    """Whole texts by handle: the first 24 hexadecimal digits of their SHA-256, so that equal texts have one.

    :param store: a folder, the address of a Redis or Valkey server, or a :class:`~ragzip.files.stores.Store`; default:
        the memory of this process, up to 67 MB; what was stored longest ago goes first.
    :param hint: what a mark says of the way to the text; ``{handle}`` stands for the handle.
    """

    def __init__(self, store: str | Path | Store | None = None, *, hint: str = DEFAULT_HINT) -> None:
        if "{handle}" not in check_name(hint, "hint"):
            raise OptionError(f"hint: received {hint!r}, expected a text with {{handle}} in it.")
        self._hint = hint
        self.store: Store
        if store is None:
            self.store = BoundedStore(MAX_BYTES_IN_MEMORY)
        elif isinstance(store, (str, Path)):
            self.store = open_store(store)
        else:
            expected = "a folder, redis://… or a Store (get_many, set_many)"
            self.store = with_methods(store, "store", ("get_many", "set_many"), expected=expected)

    def hint(self, handle: str) -> str:
        """The hint on how to fetch the text with this handle."""
        return self._hint.replace("{handle}", handle)

    def put(self, text: str) -> str:
        """The handle of ``text``, which is kept."""
        data = check_text(text, "text").encode()
        handle = hashlib.sha256(data).hexdigest()[:HANDLE_DIGITS]
        self.store.set_many({_PREFIX + handle.encode(): data})
        return handle

    def get(self, handle: str) -> str:
        """The text with this handle.

        :raises InputError: no handle, or one that is not kept (any longer).
        """
        if not isinstance(handle, str) or not _HANDLE.fullmatch(handle):
            raise InputError(
                f"handle: received {handle!r}, expected {HANDLE_DIGITS} hexadecimal digits, as the mark in a text has."
            )
        key = _PREFIX + handle.encode()
        data = self.store.get_many([key]).get(key)
        if data is None:
            raise InputError(f"handle: received {handle!r}, which is not kept here (any longer).")
        return data.decode()

    def answer(self, arguments: Mapping[str, Any]) -> str:
        """The tool's answer to a call with ``arguments``: the text, or the reason why there is none."""
        if not isinstance(arguments, Mapping):
            return f'arguments: received {type(arguments).__name__}, expected an object: {{"handle": "…"}}.'
        try:
            return self.get(arguments.get("handle", ""))
        except InputError as error:
            return str(error)

    @staticmethod
    def tool(format: str = "openai") -> dict[str, Any]:
        """The definition of the tool for a request: "openai" (chat), "openai-responses" or "anthropic"."""
        schema = {
            "type": "object",
            "properties": {"handle": {"type": "string", "description": "The handle in the mark of the text."}},
            "required": ["handle"],
            "additionalProperties": False,
        }
        choice(format, "format", ("openai", "openai-responses", "anthropic"))
        if format == "anthropic":
            return {"name": TOOL_NAME, "description": _DESCRIPTION, "input_schema": schema}
        function = {"name": TOOL_NAME, "description": _DESCRIPTION, "parameters": schema}
        if format == "openai":
            return {"type": "function", "function": function}
        return {"type": "function", **function, "strict": True}
