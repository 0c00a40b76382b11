"""What there is to say of the kinds of structured texts to people, and which media types files have."""

from __future__ import annotations

from importlib import import_module
from mimetypes import MimeTypes
from typing import NamedTuple

from ragzip.text.structure.readers import READERS

__all__ = ["TextKind", "mime_of", "text_kinds"]

_STANDARD_TYPES = MimeTypes()  # without those of the machine


class TextKind(NamedTuple):
    """A kind of structured texts: its name, what it is and what its units need, and the signs by which it is told."""

    name: str
    about: str
    mimes: tuple[str, ...]
    endings: tuple[str, ...]
    by_content: bool


def text_kinds() -> list[TextKind]:
    """The kinds, in the order in which contents are looked at; the readers of one kind are together."""
    readers_by_kind = {
        kind: [reader for reader in READERS if reader.kind == kind]
        for kind in dict.fromkeys(reader.kind for reader in READERS)
    }
    return [
        TextKind(
            kind,
            _about(kind),
            tuple(dict.fromkeys(mime for reader in readers for mime in reader.mimes)),
            tuple(dict.fromkeys(ending for reader in readers for ending in reader.endings)),
            any(reader.by_content for reader in readers),
        )
        for kind, readers in readers_by_kind.items()
    ]


def mime_of(name: str) -> str:
    """The media type of a file by its ending, where a reader knows it; else "text/plain": the ending tells the kind."""
    mime = _STANDARD_TYPES.guess_type(name)[0]
    return mime if mime is not None and any(mime in reader.mimes for reader in READERS) else "text/plain"


def _about(kind: str) -> str:
    """The first paragraph of the docstring of the module of a kind."""
    docstring = import_module(f"ragzip.text.structure.{kind}").__doc__ or ""
    return " ".join(docstring.split("\n\n")[0].split()).replace("``", "")
