"""Rows of data files: JSON Lines, JSON, CSV (all three also gzipped) and Parquet."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ragzip.checks import MAX_CHARACTERS
from ragzip.errors import InputError, needs_extra, reason_of
from ragzip.process.forking import ForkSafeLock

__all__ = ["ENDINGS", "QUERY_FIELDS", "DataRow", "data_files", "ending_of_data", "lazy_rows", "rows", "stem", "text_of"]

DataRow = dict[str, Any]
QUERY_FIELDS = ("query", "question", "input")  # names of the field with the query, the first that a row has
ENDINGS = (".jsonl", ".json", ".csv", ".tsv", ".parquet")
_ROWS_PER_BATCH = 1000  # of a Parquet file, in memory
_csv_lock = ForkSafeLock()


def stem(path: Path) -> str:
    """The name of a data file without its endings."""
    file_name = path.name.removesuffix(".gz")
    return file_name[: -len(ending)] if (ending := ending_of_data(path)) else file_name


def ending_of_data(path: Path) -> str:
    """The one of :data:`ENDINGS` that a file has, before .gz; "" for another file."""
    file_name = path.name.lower().removesuffix(".gz")
    return next((ending for ending in ENDINGS if file_name.endswith(ending)), "")


def data_files(path: Path) -> list[Path]:
    """``path`` itself, or the data files in that folder, sorted by name.

    :raises InputError: no such path, or a folder without one.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"{path}: received a path with no such file or folder, expected data files.")
    data_paths = sorted(file for file in path.iterdir() if file.is_file() and ending_of_data(file))
    if not data_paths:
        raise InputError(f"{path}: received a folder without data files, expected some of {', '.join(ENDINGS)}.")
    return data_paths


def rows(path: Path) -> Iterator[tuple[str, DataRow]]:
    """The records of a file, each with its place ("questions.jsonl:3").

    :raises InputError: another kind of file, or a record that cannot be read.
    :raises MissingExtraError: a Parquet file without pyarrow.
    """
    for place, row in lazy_rows(path):
        if isinstance(row, InputError):
            raise row
        yield place, row


def lazy_rows(path: Path) -> Iterator[tuple[str, DataRow | InputError]]:
    """:func:`rows`, with the error of a line of JSON that cannot be read in its place. JSON Lines and Parquet are read
    piece by piece, so that a file may be larger than the memory.

    :raises InputError: another kind of file, or one that cannot be read on.
    :raises MissingExtraError: a Parquet file without pyarrow.
    """
    ending = ending_of_data(path)
    if ending == ".parquet":
        yield from _parquet_rows(path)
    elif ending == ".jsonl":
        yield from _json_lines(path)
    elif ending == ".json":
        yield from _json_rows(path, _text(path))
    elif ending:
        yield from _csv_rows(path, _text(path), "\t" if ending == ".tsv" else ",")
    else:
        raise InputError(f"{path}: expected a file ending in {', '.join(ENDINGS)} (or .gz after the first ones).")


def _json_lines(path: Path) -> Iterator[tuple[str, DataRow | InputError]]:
    try:
        with gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                place = f"{path}:{number}"
                if line.strip():
                    yield place, _json_line(place, line)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: could not be read ({error}). Expected a UTF-8 text file, gzipped or not.") from error


def _json_line(place: str, line: bytes) -> DataRow | InputError:
    try:
        return _json_object(place, line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return InputError(f"{place}: could not be read ({error}). Expected a UTF-8 text file, gzipped or not.")
    except InputError as error:
        return error


def _text(path: Path) -> str:
    try:
        file_bytes = path.read_bytes()
        return (gzip.decompress(file_bytes) if path.name.lower().endswith(".gz") else file_bytes).decode("utf-8-sig")
    except (UnicodeDecodeError, OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: could not be read ({error}). Expected a UTF-8 text file, gzipped or not.") from error


def _json_object(where: str, text: str) -> DataRow:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: received invalid JSON ({error}), expected one object a line.") from error
    if not isinstance(record, dict):
        raise InputError(f"{where}: received {type(record).__name__}, expected a JSON object.")
    return record


def _json_rows(path: Path, text: str) -> Iterator[tuple[str, DataRow]]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: expected JSON ({error}).") from error
    if isinstance(content, dict):  # all records under one key, or each under its own
        lists = [value for value in content.values() if isinstance(value, list)]
        content = lists[0] if len(lists) == 1 and len(content) <= 2 else list(content.values())
    if not isinstance(content, list) or not all(isinstance(record, dict) for record in content):
        raise InputError(f"{path}: expected a JSON list of objects.")
    for number, record in enumerate(content, 1):
        yield f"{path}, record {number}", record


def _csv_rows(path: Path, text: str, delimiter: str) -> Iterator[tuple[str, DataRow]]:
    with _csv_lock:
        limit_before = csv.field_size_limit(MAX_CHARACTERS)  # a field may be a whole context
        try:
            table_rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
        except csv.Error as error:
            raise InputError(f"{path}: expected a CSV file ({error}).") from error
        finally:
            csv.field_size_limit(limit_before)
    for number, row in enumerate(table_rows, 1):
        if None in row:
            raise InputError(f"{path}, row {number}: more fields than the header names. Quote fields with commas.")
        yield f"{path}, row {number}", {key: value for key, value in row.items() if value is not None}


def _parquet_rows(path: Path) -> Iterator[tuple[str, DataRow]]:
    with needs_extra("parquet"):
        from pyarrow import parquet
    try:
        with parquet.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(_ROWS_PER_BATCH):
                for row in batch.to_pylist():
                    number += 1
                    yield f"{path}, record {number}", row
    except Exception as error:  # pyarrow raises errors of many types
        raise InputError(f"{path}: expected a Parquet file ({reason_of(error)}).") from error


def text_of(row: DataRow, where: str, *names: str, default: str | None = None) -> str:
    """The text of the first of the fields ``names`` that the row has.

    :raises InputError: the row has none of them and there is no default, or the field is no text.
    """
    for name in names:
        if row.get(name) is not None:
            if not isinstance(row[name], str):
                raise InputError(f"{where}: {name} is {type(row[name]).__name__}, expected text.")
            return str(row[name])
    if default is None:
        raise InputError(f"{where}: has {', '.join(map(str, row)) or 'nothing'}, expected {' or '.join(names)}.")
    return default
