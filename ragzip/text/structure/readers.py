"""The kinds of structured texts, a line each, and the reader of each kind."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from ragzip.process.memory import BoundedCache
from ragzip.text.structure.base import Structure
from ragzip.text.structure.prose import read_prose

__all__ = ["KINDS", "READERS", "StructureReader", "structure_of"]


class StructureReader(NamedTuple):
    """The reader of one kind of text.

    Its module has ``read(source) -> Structure | None`` (None: the text is not of this kind after all), and, where
    ``by_content``, ``recognises(source) -> bool``: whether a text of an unknown type is surely of this kind.
    """

    kind: str
    mimes: tuple[str, ...]
    endings: tuple[str, ...]
    by_content: bool = True

    def read(self, source: str) -> Structure | None:
        """The structure of ``source``, None where it is of another kind."""
        structure: Structure | None = self._function("read")(source)
        return structure

    def recognises(self, source: str) -> bool:
        """Whether ``source`` is surely of this kind."""
        return self.by_content and bool(self._function("recognises")(source))

    def _function(self, name: str) -> Callable[[str], Any]:
        function: Callable[[str], Any] = getattr(import_module(f"ragzip.text.structure.{self.kind}"), name)
        return function


READERS = (  # the order in which contents are looked at: the surest first
    StructureReader("table", ("text/csv", "text/tab-separated-values"), (".csv", ".tsv", ".tab")),
    StructureReader("mail", ("message/rfc822", "application/mbox"), (".eml", ".mbox")),
    StructureReader("qa", (), (".faq",)),
    StructureReader("transcript", ("application/x-subrip", "text/vtt", "text/srt"), (".srt", ".vtt")),
    StructureReader("markdown", ("text/markdown", "text/x-markdown"), (".md", ".markdown", ".mdown")),
)
KINDS = {reader.kind: reader for reader in READERS}
_PROSE_MIMES = frozenset(["text/plain", "application/octet-stream", ""])
_MAX_CACHED_BYTES = 2**26
_UNIT_BYTES = 400  # of a unit with its relation and its reading


def structure_of(source: str, mime: str, name: str, *, longest_block: int | None = None) -> Structure:
    """The structure of a text: by its media type, else by the ending of its name, else by what is in it.

    What no reader takes is prose. The last few are remembered: a text is read again for every query.

    :param name: a file name or an id.
    :param longest_block: see :func:`ragzip.text.structure.prose.read_prose`.
    """
    key = (source, mime, _ending(name), longest_block)
    return _structure_by_text.get_or_compute(key, lambda _: _read(source, mime, _ending(name), longest_block))


def _read(source: str, mime: str, ending: str, longest_block: int | None) -> Structure:
    mime = mime.partition(";")[0].strip().lower()
    named = [reader for reader in READERS if mime in reader.mimes]
    if not named and mime in _PROSE_MIMES:
        named = [reader for reader in READERS if ending in reader.endings]
        named += [reader for reader in READERS if reader not in named and reader.recognises(source)]
    for reader in named:
        structure = reader.read(source)
        if structure is not None:
            return structure
    return read_prose(source, longest_block=longest_block)


def _ending(name: str) -> str:
    """The ending of a file name, with its dot, in small letters."""
    stem, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if dot and stem and len(ending) < 10 else ""


_structure_by_text: BoundedCache[tuple[str, str, str, int | None], Structure] = BoundedCache(
    _MAX_CACHED_BYTES,
    lambda key, structure: sys.getsizeof(key[0]) + _UNIT_BYTES * len(structure.units),
    keep_newest=True,
)
