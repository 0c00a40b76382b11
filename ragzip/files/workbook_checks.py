"""Checks of the memory that a workbook would take, made on its parts before a reader makes room for its cells.

Readers make room for all cells up to the last one, and for the text of each of them: a file of a kilobyte may name a
cell a million rows down, repeat a row a million times, or show one long text in a million cells. Out of memory, those
written in Rust end the process.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from xml.parsers import expat

from ragzip.checks import MAX_CHARACTERS
from ragzip.errors import InputError
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["check_cells", "check_workbook"]

_MAX_CELLS = 5_000_000
_MAX_UNPACKED_BYTES = 1 << 30
_CHUNK_BYTES = 1 << 20
_ADDRESS = pattern_of(r"([A-Za-z]{0,3})([0-9]{1,7})")
_OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_ENCRYPTED_PARTS = b"encryption-data"
_ODS_CONTENT, _ODS_MANIFEST = "content.xml", "META-INF/manifest.xml"


def check_workbook(path: Path) -> None:
    """Refuse a workbook that is encrypted, or would take more memory than a document may.

    :raises InputError: such a workbook.
    :raises ExpatError: a part that is no XML.
    """
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            if file.read(len(_OLE_SIGNATURE)) == _OLE_SIGNATURE and _ENCRYPTED_PACKAGE in path.read_bytes():
                raise _encrypted(path)
        return
    with zipfile.ZipFile(path) as archive:
        if sum(part.file_size for part in archive.infolist()) > _MAX_UNPACKED_BYTES:
            raise InputError(
                f"{path}: unpacks to more than {_MAX_UNPACKED_BYTES >> 20:,} megabytes. Export the part you need."
            )
        names = archive.namelist()
        if _ODS_MANIFEST in names and _ENCRYPTED_PARTS in archive.read(_ODS_MANIFEST):
            raise _encrypted(path)
        if _ODS_CONTENT in names:
            _check_open_document(path, archive)
        else:
            _check_office_open(path, archive)


def check_cells(path: Path, part: str, cells: int) -> None:
    """Refuse a part of a workbook with too many cells up to its last one.

    :raises InputError: more than five million.
    """
    if cells > _MAX_CELLS:
        raise InputError(f"{path}, {part}: more than {_MAX_CELLS:,} cells. Export the part you need.")


def _check_characters(path: Path, part: str, characters: int) -> None:
    if characters > MAX_CHARACTERS:
        raise InputError(
            f"{path}, {part}: more than {MAX_CHARACTERS:,} characters in its cells. Export the part you need."
        )


def _encrypted(path: Path) -> InputError:
    return InputError(f"{path}: is encrypted. Save it without a password.")


def _parse(archive: zipfile.ZipFile, part: str, **handlers: Callable[..., None]) -> None:
    """Read a part as XML, piece by piece; entities of its own are refused."""

    def refuse_entity(*_: object) -> None:
        raise InputError(f"{archive.filename}, {part}: declares entities, which no workbook needs.")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.EntityDeclHandler = refuse_entity
    for name, handler in handlers.items():
        setattr(parser, name, handler)
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            parser.Parse(chunk, False)
    parser.Parse(b"", True)


@lru_cache(maxsize=1000)
def _local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition(" ")[2]


# OpenDocument


class _Table:
    """The size of the cells of an OpenDocument table so far: up to the last one that is not empty."""

    def __init__(self) -> None:
        self.rows = self.last_row = self.last_column = self.characters = 0
        self.begin_row(0)

    def begin_row(self, repeats: int) -> None:
        self.row_repeats, self.columns, self.filled_columns, self.row_characters = repeats, 0, 0, 0
        self.begin_cell(0, is_filled=False)

    def begin_cell(self, repeats: int, *, is_filled: bool) -> None:
        self.cell_repeats, self.is_filled, self.cell_characters = repeats, is_filled, 0

    def end_cell(self) -> None:
        self.columns += self.cell_repeats
        if self.is_filled or self.cell_characters:
            self.filled_columns = self.columns
            self.row_characters += self.cell_repeats * self.cell_characters

    def end_row(self) -> None:
        self.rows += self.row_repeats
        if self.filled_columns:
            self.last_row, self.last_column = self.rows, max(self.last_column, self.filled_columns)
            self.characters += self.row_repeats * self.row_characters


def _check_open_document(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuse a workbook of OpenDocument by how often its rows and cells are repeated."""
    tables: list[_Table] = []  # the open ones

    def begin(name: str, attributes: dict[str, str]) -> None:
        local_name = _local(name)
        values = {_local(key): value for key, value in attributes.items()}
        if local_name == "table":
            tables.append(_Table())
        elif tables and local_name == "table-row":
            tables[-1].begin_row(_repeats(path, values, "number-rows-repeated"))
        elif tables and local_name in ("table-cell", "covered-table-cell"):
            repeats = _repeats(path, values, "number-columns-repeated")
            tables[-1].begin_cell(repeats, is_filled="value-type" in values or "formula" in values)
        elif tables and local_name == "s":
            tables[-1].cell_characters += _repeats(path, values, "c")

    def text(characters: str) -> None:
        if tables:
            tables[-1].cell_characters += len(characters)

    def end(name: str) -> None:
        local_name = _local(name)
        if tables and local_name in ("table-cell", "covered-table-cell"):
            tables[-1].end_cell()
        elif tables and local_name == "table-row":
            tables[-1].end_row()
            check_cells(path, _ODS_CONTENT, tables[-1].last_row * tables[-1].last_column)
            _check_characters(path, _ODS_CONTENT, tables[-1].characters)
        elif tables and local_name == "table":
            tables.pop()

    _parse(archive, _ODS_CONTENT, StartElementHandler=begin, CharacterDataHandler=text, EndElementHandler=end)


def _repeats(path: Path, values: dict[str, str], name: str) -> int:
    number = values.get(name, "1")
    if not re.fullmatch(r"\d{1,18}", number):
        raise InputError(f"{path}, {_ODS_CONTENT}: {name} is {number[:40]!r}, expected a whole number.")
    return int(number)


# Office Open XML


class _Sheet:
    """The last row and column of a sheet that a cell is in, from 1, and how many cells it names."""

    def __init__(self) -> None:
        self.row = self.column = self.last_row = self.last_column = self.named_cells = 0


def _check_office_open(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuse a workbook of Office Open XML by the addresses of its cells and the texts that they share."""
    parts_by_root: dict[str, list[str]] = {}
    for part in archive.namelist():
        parts_by_root.setdefault(_root(archive, part), []).append(part)
    shared_lengths = [length for part in parts_by_root.get("sst", ()) for length in _shared_lengths(archive, part)]
    for part in parts_by_root.get("worksheet", ()):
        sheet = _sheet(path, archive, part)
        check_cells(path, part, sheet.last_row * sheet.last_column)
        if sheet.named_cells * max(shared_lengths, default=0) > MAX_CHARACTERS:
            _check_characters(path, part, _shared_characters(archive, part, shared_lengths))


class _RootRead(Exception):
    """Raised with the name of the first element of a part."""


def _root(archive: zipfile.ZipFile, part: str) -> str:
    """The name of the first element of a part, "" for one that is no XML. A sheet may have any name."""

    def begin(name: str, attributes: dict[str, str]) -> None:
        raise _RootRead(_local(name))

    try:
        _parse(archive, part, StartElementHandler=begin)
    except _RootRead as root:
        return str(root)
    except expat.ExpatError:
        if part.endswith(".xml"):
            raise
    return ""


def _sheet(path: Path, archive: zipfile.ZipFile, part: str) -> _Sheet:
    sheet = _Sheet()

    def begin(name: str, attributes: dict[str, str]) -> None:
        local_name = _local(name)
        if local_name == "row":
            sheet.row = int(_address(path, part, attributes)[1]) if "r" in attributes else sheet.row + 1
            sheet.column = 0
        elif local_name == "c":
            if "r" in attributes:
                letters, row = _address(path, part, attributes)
                sheet.row, sheet.column = int(row), _column(letters)
            else:
                sheet.column += 1
            sheet.named_cells += 1
            if sheet.row > sheet.last_row:
                sheet.last_row = sheet.row
            if sheet.column > sheet.last_column:
                sheet.last_column = sheet.column

    _parse(archive, part, StartElementHandler=begin)
    return sheet


def _address(path: Path, part: str, attributes: dict[str, str]) -> tuple[str, str]:
    """The letters (none for a row) and the digits of the address of a row or a cell."""
    address = _ADDRESS.fullmatch(attributes["r"])
    if address is None:
        raise InputError(f"{path}, {part}: the address {attributes['r'][:40]!r}, expected one such as A1.")
    return address[1], address[2]


@lru_cache(maxsize=1000)
def _column(letters: str) -> int:
    """The number of a column: 1 for A, 27 for AA."""
    column = 0
    for letter in letters.upper():
        column = 26 * column + ord(letter) - 64
    return column


def _shared_lengths(archive: zipfile.ZipFile, part: str) -> list[int]:
    """The lengths of the texts that cells share, in order."""
    lengths: list[int] = []

    def begin(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "si":
            lengths.append(0)

    def text(characters: str) -> None:
        if lengths:
            lengths[-1] += len(characters)

    _parse(archive, part, StartElementHandler=begin, CharacterDataHandler=text)
    return lengths


def _shared_characters(archive: zipfile.ZipFile, part: str, shared_lengths: list[int]) -> int:
    """The characters of all cells of a sheet that show a shared text."""
    shown = 0
    is_shared = is_value = False
    value = ""

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal is_shared, is_value, value
        if _local(name) == "c":
            is_shared = attributes.get("t") == "s"
        is_value, value = _local(name) == "v", ""

    def text(characters: str) -> None:
        nonlocal value
        value += characters if is_shared and is_value else ""

    def end(name: str) -> None:
        nonlocal is_value, shown
        if is_shared and is_value and value.strip().isdecimal() and int(value) < len(shared_lengths):
            shown += shared_lengths[int(value)]
        is_value = False

    _parse(archive, part, StartElementHandler=begin, CharacterDataHandler=text, EndElementHandler=end)
    return shown
