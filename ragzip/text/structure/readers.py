"""The kinds of structured texts, a line each, and the reader of each kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from typing import Any, NamedTuple, Protocol

from ragzip.process.forking import guarded
from ragzip.process.memory import BoundedCache, strings_bytes
from ragzip.text.forms import PlainForm
from ragzip.text.structure.base import Structure
from ragzip.text.structure.formats.code.languages import LANGUAGES
from ragzip.text.structure.formats.prose.reader import read_prose
from ragzip.text.structure.names import bare_mime, ending_of, name_of
from ragzip.text.structure.reminders import with_reminders

__all__ = [
    "READERS",
    "StructureReader",
    "is_declared",
    "media_type",
    "read_by_content",
    "structure_besides_prose",
    "structure_of",
    "structure_of_document",
]


class StructureReader(NamedTuple):
    """The reader of one kind of text.

    Its module has ``read(source) -> Structure | None`` (None: the text is not of this kind after all), and, where
    ``by_content``, ``recognises(source) -> bool``: whether a text of an unknown type is surely of this kind.
    """

    kind: str
    mimes: tuple[str, ...]
    endings: tuple[str, ...]
    by_content: bool = True
    language: str | None = None  # of code

    def read(self, source: str) -> Structure | None:
        """The structure of ``source``, None where it is of another kind."""
        languages = (self.language,) if self.language else ()
        structure: Structure | None = self._function("read")(source, *languages)
        return structure

    def recognises(self, source: str) -> bool:
        """Whether ``source`` is surely of this kind."""
        return self.by_content and bool(self._function("recognises")(source))

    def _function(self, name: str) -> Callable[..., Any]:
        with guarded():  # a child that is forked during an import would wait for it for ever
            function: Callable[..., Any] = getattr(import_module(f"ragzip.text.structure.formats.{self.kind}"), name)
        return function


READERS = (  # the order in which contents are looked at: the surest first
    StructureReader("sheet", ("text/x-sheet",), (), by_content=False),
    StructureReader("paper", ("text/x-paper",), (), by_content=False),
    StructureReader("sources", (), ()),
    StructureReader("code", (), ()),
    StructureReader("dockerfile", ("text/x-dockerfile",), (".dockerfile",)),
    StructureReader("commits", (), ()),
    StructureReader("terminal", (), ()),
    StructureReader("diff", ("text/x-diff", "text/x-patch"), (".diff", ".patch")),
    StructureReader("asciidoc", ("text/asciidoc", "text/x-asciidoc"), (".adoc", ".asciidoc")),
    StructureReader("wikitext", ("text/x-wiki",), (".wiki", ".wikitext", ".mediawiki")),
    StructureReader("latex", ("application/x-tex", "application/x-latex", "text/x-tex"), (".tex", ".latex")),
    StructureReader("branches", (), ()),
    StructureReader(
        "xml",
        ("application/xml", "text/xml", "application/rss+xml", "application/atom+xml", "image/svg+xml"),
        (".xml", ".rss", ".atom", ".xsd", ".wsdl", ".plist", ".pom", ".csproj", ".config", ".svg"),
    ),
    StructureReader("log", ("text/x-log",), (".log",)),
    StructureReader(
        "json",
        ("application/json", "application/x-ndjson", "application/jsonl", "text/json"),
        (".json", ".jsonl", ".ndjson", ".ipynb", ".geojson"),
    ),
    StructureReader("literals", (), ()),
    StructureReader("json5", ("application/json5", "application/jsonc"), (".json5", ".jsonc", ".code-workspace")),
    StructureReader("mail", ("message/rfc822", "application/mbox"), (".eml", ".mbox")),
    StructureReader("qa", (), (".faq",)),
    StructureReader("transcript", ("application/x-subrip", "text/vtt", "text/srt"), (".srt", ".vtt")),
    StructureReader("settings", (), ()),
    StructureReader("entries", (), ()),
    StructureReader("table", ("text/csv", "text/tab-separated-values"), (".csv", ".tsv", ".tab")),
    *(
        StructureReader("code", language.mimes, language.endings, by_content=False, language=language.name)
        for language in LANGUAGES.values()
    ),
    StructureReader("yaml", ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"), (".yaml", ".yml")),
    StructureReader(
        "config", ("application/toml", "text/x-toml"), (".toml", ".ini", ".cfg", ".conf", ".properties", ".env")
    ),
    StructureReader("markdown", ("text/markdown", "text/x-markdown"), (".md", ".markdown", ".mdown")),
    StructureReader("mixed", (), ()),
    StructureReader("blocks", (), (".bib", ".tf", ".hcl", ".proto", ".graphql", ".vcf", ".ics", ".pgn", ".po", ".pot")),
)
_PROSE_MIMES = frozenset(["text/plain", "application/octet-stream", ""])
_MIMES_OF_SYNTAX = {"json": "application/json", "xml": "application/xml", "yaml": "application/yaml"}  # after "+"
_MAX_CACHED_BYTES = 2**26
_UNIT_BYTES = 400  # of a unit with its relation, without its reading

_NO_KIND = Structure("prose", (), PlainForm(""))  # stands in the cache for a text that is not read yet


def structure_of(
    source: str, mime: str, name: str, *, longest_block: int | None = None, longest_unit: int | None = None
) -> Structure:
    """The structure of a text: by its media type, else by the ending of its name, else by its content.

    What no reader takes is prose. The last few are remembered: a text is read again for every query.

    :param name: a file name or an id.
    :param longest_block: see :func:`ragzip.text.structure.formats.prose.reader.read_prose`.
    :param longest_unit: characters of the longest record or class that is one unit; of a longer one, what is in it is
        (None: of a length that suits the kind).
    """
    ending = ending_of(name)
    structure = _of_kind(source, mime, ending)
    if structure is _NO_KIND:
        structure = _prose_by_text.get_or_compute(
            (source, longest_block),
            lambda _: with_reminders(source, read_prose(source, longest_block=longest_block)),
        )
    open_units = structure.opened
    if longest_unit is None or open_units is None:
        return structure
    return _opened_by_text.get_or_compute(
        (source, mime, ending, longest_block, longest_unit),
        lambda _: with_reminders(source, open_units(longest_unit) or structure),
    )


def _of_kind(source: str, mime: str, ending: str) -> Structure:
    """The structure of a text that is not prose, else :data:`_NO_KIND`."""
    return _structure_by_text.get_or_compute((source, mime, ending), lambda _: _read_once(source, mime, ending))


def _read_once(source: str, mime: str, ending: str) -> Structure:
    structure = _read(source, mime, ending)
    return _NO_KIND if structure is None else with_reminders(source, structure)


class _TypedText(Protocol):
    """A text with the signs by which its kind is recognised."""

    @property
    def id(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def mime(self) -> str: ...

    @property
    def metadata(self) -> Mapping[str, Any]: ...


def structure_of_document(
    document: _TypedText, *, longest_block: int | None = None, longest_unit: int | None = None
) -> Structure:
    """The structure of a document, as by :func:`structure_of`."""
    name = name_of(document.id, document.metadata)
    return structure_of(document.text, document.mime, name, longest_block=longest_block, longest_unit=longest_unit)


def structure_besides_prose(document: _TypedText) -> Structure | None:
    """The structure of a document that is not prose, as by :func:`structure_of`; None of prose, which is not read."""
    structure = _of_kind(document.text, document.mime, ending_of(name_of(document.id, document.metadata)))
    return None if structure is _NO_KIND else structure


def media_type(kind: str, document: _TypedText) -> str:
    """The media type for the ``kind`` of a part of ``document``, where its own name does not give one; that of the
    document where it is more specific, or nothing else is known.
    """
    if document.mime not in _PROSE_MIMES:
        return document.mime
    ending = ending_of(name_of(document.id, document.metadata))
    typed_readers = [reader for reader in READERS if reader.kind == kind and reader.mimes]
    named_readers = [reader for reader in typed_readers if ending in reader.endings]
    if not named_readers and len(typed_readers) > 1:
        return document.mime
    return next((reader.mimes[0] for reader in named_readers or typed_readers), document.mime)


def is_declared(kind: str, document: _TypedText) -> bool:
    """Whether the media type of a document, or the ending of its name, says that it is of a kind."""
    mime, ending = bare_mime(document.mime), ending_of(name_of(document.id, document.metadata))
    return any(reader.kind == kind and (mime in reader.mimes or ending in reader.endings) for reader in READERS)


def _read(source: str, mime: str, ending: str) -> Structure | None:
    mime = bare_mime(mime)
    mimes = {mime, _MIMES_OF_SYNTAX.get(mime.rpartition("+")[2], mime)}  # "application/x-ipynb+json"
    typed_readers = [reader for reader in READERS if not mimes.isdisjoint(reader.mimes)]
    named_readers = [reader for reader in READERS if ending in reader.endings]
    readers = typed_readers or (named_readers if mime in _PROSE_MIMES else [])
    structures = (structure for reader in readers if (structure := reader.read(source)) is not None)
    structure = next(structures, None)
    if structure is None and not typed_readers and mime in _PROSE_MIMES:
        besides = {reader.kind for reader in named_readers}
        structure = read_by_content(source, besides=besides)
    return structure


def read_by_content(source: str, *, besides: Collection[str] = ()) -> Structure | None:
    """The structure of a text of an unknown type; None where no reader is sure of it.

    :param besides: kinds that it is not.
    """
    for reader in READERS:
        if reader.kind not in besides and reader.recognises(source):
            structure = reader.read(source)
            if structure is not None:
                return structure
    return None


def _bytes_of(key: tuple[str, *tuple[str | int | None, ...]], structure: Structure) -> int:
    """The bytes of a text, which is the first of ``key``, and its structure."""
    readings = [unit.reading for unit in structure.units if unit.reading is not None]
    return strings_bytes(key[0], readings) + _UNIT_BYTES * len(structure.units)


_structure_by_text: BoundedCache[tuple[str, str, str], Structure] = BoundedCache(
    _MAX_CACHED_BYTES, _bytes_of, keep_newest=True
)
_prose_by_text: BoundedCache[tuple[str, int | None], Structure] = BoundedCache(
    _MAX_CACHED_BYTES, _bytes_of, keep_newest=True
)
_opened_by_text: BoundedCache[tuple[str, str, str, int | None, int], Structure] = BoundedCache(
    _MAX_CACHED_BYTES, _bytes_of, keep_newest=True
)
