"""The name of a text that shows its kind: an id with the ending of a file, or the name of its source in its metadata;
and its media type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

__all__ = ["bare_mime", "ending_of", "name_of"]

_NAME_KEYS = ("source", "file_name", "filename", "file_path", "path", "url")
_PART_KEYS = ("row", "seq_num", "page", "page_number", "start_index", "ragzip")
_MAX_ENDING_CHARACTERS = 11  # with its dot: ".properties"


def bare_mime(mime: str) -> str:
    """A media type without its parameters ("; charset=utf-8"), in small letters."""
    return mime.partition(";")[0].strip().lower()


def ending_of(name: str) -> str:
    """The ending of a file name or an address, with its dot, in small letters; "" for none."""
    path = name
    if "://" in name:
        try:
            path = urlsplit(name).path
        except ValueError:  # an address that is none
            return ""
    if f"{path.rpartition('/')[2]}.".startswith(".env."):  # ".env.local" is written like ".env"
        return ".env"
    stem, dot, ending = path.rpartition(".")
    has_ending = bool(dot and stem and ending.isalnum()) and len(ending) < _MAX_ENDING_CHARACTERS
    return f".{ending.lower()}" if has_ending else ""


def name_of(document_id: str, metadata: Mapping[str, Any]) -> str:
    """The id of a document, where it ends like a file; else the file that its metadata name.

    What loaders and splitters make of a part of a file (a row, an element, a page, a chunk) is not written like the
    file: its metadata say which part it is, and then the file tells nothing.
    """
    if ending_of(document_id) or any(key in metadata for key in _PART_KEYS):
        return document_id
    names = (metadata.get(key) for key in _NAME_KEYS)
    return next((name for name in names if isinstance(name, str) and ending_of(name)), document_id)
