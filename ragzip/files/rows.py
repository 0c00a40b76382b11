"""Rows of data files: JSON Lines, JSON, CSV, Parquet; the first three gzipped too."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ragzip.errors import InputError, MissingExtraError
from ragzip.process.forking import ForkSafeLock

__all__ = ["ENDINGS", "Row", "data_files", "rows", "stem", "text_of"]

Row = dict[str, Any]
ENDINGS = (".jsonl", ".json", ".csv", ".tsv", ".parquet")
_LONGEST = 2**27  # characters of one field of a CSV file: a context may be long
_csv = ForkSafeLock()


def stem(path: Path) -> str:
    """The name of a data file without its endings."""
    name = path.name.removesuffix(".gz")
    return name[: -len(ending)] if (ending := _ending(path)) else name


def _ending(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    return next((ending for ending in ENDINGS if name.endswith(ending)), "")


def data_files(path: Path) -> list[Path]:
    """``path`` itself, or the data files in that folder, sorted by name.

    :raises InputError: no such path, or a folder without one.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"{path}: received a path with no such file or folder, expected data files.")
    found = sorted(file for file in path.iterdir() if file.is_file() and _ending(file))
    if not found:
        raise InputError(f"{path}: received a folder without data files, expected some of {', '.join(ENDINGS)}.")
    return found


def rows(path: Path) -> Iterator[tuple[str, Row]]:
    """Each record of a file, with where it stands ("questions.jsonl:3").

    :raises InputError: another kind of file, or a record that cannot be read.
    :raises MissingExtraError: a Parquet file without pyarrow.
    """
    ending = _ending(path)
    if ending == ".parquet":
        yield from _parquet(path)
        return
    if not ending:
        raise InputError(f"{path}: expected a file ending in {', '.join(ENDINGS)} (or .gz after the first ones).")
    text = _text(path)
    if ending == ".jsonl":
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield f"{path}:{number}", _object(f"{path}:{number}", line)
    elif ending == ".json":
        yield from _json(path, text)
    else:
        yield from _table(path, text, "\t" if ending == ".tsv" else ",")


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.name.lower().endswith(".gz") else data).decode("utf-8-sig")
    except (UnicodeDecodeError, OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: could not be read ({error}). Expected a UTF-8 text file, gzip'd or not.") from error


def _object(where: str, text: str) -> Row:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: received no JSON ({error}), expected one object a line.") from error
    if not isinstance(found, dict):
        raise InputError(f"{where}: received {type(found).__name__}, expected a JSON object.")
    return found


def _json(path: Path, text: str) -> Iterator[tuple[str, Row]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: expected JSON ({error}).") from error
    if isinstance(found, dict):  # under one key, or one record a key
        lists = [value for value in found.values() if isinstance(value, list)]
        found = lists[0] if len(lists) == 1 and len(found) <= 2 else list(found.values())
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise InputError(f"{path}: expected a JSON list of objects.")
    for number, item in enumerate(found, 1):
        yield f"{path}, record {number}", item


def _table(path: Path, text: str, delimiter: str) -> Iterator[tuple[str, Row]]:
    with _csv:
        before = csv.field_size_limit(_LONGEST)
        try:
            found = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
        except csv.Error as error:
            raise InputError(f"{path}: expected a CSV file ({error}).") from error
        finally:
            csv.field_size_limit(before)
    for number, row in enumerate(found, 1):
        if None in row:
            raise InputError(f"{path}, row {number}: more fields than the header names. Quote fields with commas.")
        yield f"{path}, row {number}", {key: value for key, value in row.items() if value is not None}


def _parquet(path: Path) -> Iterator[tuple[str, Row]]:
    try:
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise MissingExtraError("pyarrow", "hub") from error
    try:
        table = parquet.read_table(path).to_pylist()
    except Exception as error:  # pyarrow raises many kinds
        raise InputError(f"{path}: expected a Parquet file ({type(error).__name__}: {error}).") from error
    for number, row in enumerate(table, 1):
        yield f"{path}, record {number}", row


def text_of(row: Row, where: str, *names: str, default: str | None = None) -> str:
    """The first of the fields ``names`` that the row has, as text.

    :raises InputError: none, and no default; or no text.
    """
    for name in names:
        if row.get(name) is not None:
            if not isinstance(row[name], str):
                raise InputError(f"{where}: {name} is {type(row[name]).__name__}, expected text.")
            return str(row[name])
    if default is None:
        raise InputError(f"{where}: has {', '.join(map(str, row)) or 'nothing'}, expected {' or '.join(names)}.")
    return default
