"""Documents as JSON has them: a text, an object with a text, or a list of either."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ragzip.checks import shown
from ragzip.errors import InputError
from ragzip.types import Document

__all__ = ["documents_of"]

_FIELDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "id": ((str, int), "a text"),
    "text": (str, "a text"),
    "title": (str, "a text"),
    "score": ((int, float), "a number"),
    "mime": (str, "a media type"),
    "metadata": (Mapping, "an object"),
}


def documents_of(value: object, where: str) -> list[Document]:
    """The documents in a text, an object with "text" (and, if it has them, "id", "title", "score", "mime", "metadata"),
    or a list of either. Those without an id are numbered from 0. Arrays of numpy and pyarrow count as lists.

    :raises InputError: anything else; the message begins with ``where`` and the place in it.
    """
    value = _plain(value)
    if isinstance(value, (str, Mapping)):
        return [_document(value, 0, where)]
    if not isinstance(value, (list, tuple)):
        expected = "a text, an object with a text, or a list of either"
        raise InputError(f"{where}: received {shown(value)}, expected {expected}.")
    return [_document(_plain(item), number, f"{where}[{number}]") for number, item in enumerate(value)]


def _plain(value: object) -> object:
    """The list in an array of numpy or pyarrow."""
    for method in ("tolist", "to_pylist"):
        if not isinstance(value, (str, Mapping)) and hasattr(value, method):
            return getattr(value, method)()
    return value


def _document(item: object, number: int, where: str) -> Document:
    if isinstance(item, str):
        return Document(str(number), item)
    if not isinstance(item, Mapping):
        raise InputError(f"{where}: received {shown(item)}, expected a text, or an object with a text.")
    fields: dict[str, Any] = {}
    for name, (kinds, expected) in _FIELDS.items():
        field_value = item.get(name)
        if field_value is None:
            continue
        if isinstance(field_value, bool) or not isinstance(field_value, kinds):
            raise InputError(f"{where}: {name}: received {shown(field_value)}, expected {expected}.")
        fields[name] = field_value
    if "text" not in fields:
        raise InputError(f"{where}: text: missing, expected a text.")
    return Document(str(fields.pop("id", number)), fields.pop("text"), **fields)
