"""The names and descriptions of the kinds of structured texts, for people, and the media types of files."""

from __future__ import annotations

from importlib import import_module
from mimetypes import MimeTypes
from typing import NamedTuple

from ragzip.text.structure.names import bare_mime, ending_of
from ragzip.text.structure.readers import READERS

__all__ = ["MIMES_OF_PAGES", "TextKind", "is_mime_of_page", "kind_told", "mime_of", "text_endings", "text_kinds"]

MIMES_OF_PAGES = {".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml"}  # by ending
_PLAIN_ENDINGS = (".txt", ".text", ".rst")
_STANDARD_TYPES = MimeTypes()  # without those of the machine


class TextKind(NamedTuple):
    """A kind of structured texts: its name, a description with the needs of its units, and the signs by which it is
    recognised.
    """

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


def text_endings() -> frozenset[str]:
    """The endings of files that hold text: of every kind, of web pages and of plain text."""
    endings = (ending for reader in READERS for ending in reader.endings)
    return frozenset([*_PLAIN_ENDINGS, *MIMES_OF_PAGES, *endings])


def is_mime_of_page(mime: str) -> bool:
    """Whether a media type is that of HTML."""
    return bare_mime(mime) in MIMES_OF_PAGES.values()


def kind_told(mime: str, name: str) -> str | None:
    """The kind that a media type or else the ending of a name tells; None: neither tells any. Contents are not read."""
    mime, ending = bare_mime(mime), ending_of(name)
    by_mime = (reader.kind for reader in READERS if mime in reader.mimes)
    by_ending = (reader.kind for reader in READERS if ending in reader.endings)
    return next(by_mime, None) or next(by_ending, None)


def mime_of(name: str) -> str:
    """The media type of a file by its ending, where a reader knows it; else "text/plain": the ending tells the kind."""
    mime = _STANDARD_TYPES.guess_type(name)[0]
    return mime if mime is not None and any(mime in reader.mimes for reader in READERS) else "text/plain"


def _about(kind: str) -> str:
    """The first paragraph of the docstring of the module of a kind."""
    docstring = import_module(f"ragzip.text.structure.formats.{kind}").__doc__ or ""
    return " ".join(docstring.split("\n\n")[0].split()).replace("``", "")
