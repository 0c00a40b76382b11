"""The records of a run, in a file of JSON lines; each is on disk before the next example begins."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ragzip.backends.identity import lasts
from ragzip.errors import InputError, StorageError
from ragzip.eval.record import Record
from ragzip.files.manifest import claim_files
from ragzip.files.writing import storing, whole_lines, write_file

__all__ = ["Records", "read_records"]

WRITER = "evaluation"  # in the manifest of the folder of a run
RECORDS_NAME, RUN_NAME = "records.jsonl", "run.json"
_MAX_SHOWN_CHARS = 600  # of the differences between two runs


class Records:
    """The records of a folder, from which a run resumes.

    Each is flushed to disk before the next example begins, so that an interruption loses only the examples in progress.
    An unfinished last line is removed.

    :param about: settings of the run. A folder with a run of other settings is refused.
    :raises StorageError: such a folder, one with files of these names that are damaged or not ragzip's, or one that
        cannot be written.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self.file = folder / RECORDS_NAME
        self._lock = threading.Lock()
        settings_file = folder / RUN_NAME
        claim_files(folder, WRITER, (RECORDS_NAME, RUN_NAME))
        with storing(folder):
            if settings_file.exists() and self.file.exists():
                _check_same(_settings(settings_file), about, folder)
            records = _parsed(self.file)
            write_file(settings_file, json.dumps(about, indent=1, ensure_ascii=False) + "\n")
            _cut_unfinished_line(self.file)
            # a lone surrogate has no UTF-8 encoding; its escape is the same JSON
            self._stream = self.file.open("a", encoding="utf-8", errors="backslashreplace")
        self.done = {record.key: record for record in _latest(records) if record.error is None}

    def add(self, record: Record) -> None:
        """Append ``record``; thread-safe."""
        line = json.dumps(asdict(record), ensure_ascii=False, separators=(",", ":"))
        with self._lock, storing(self.file):
            self._stream.write(f"{line}\n")
            self._stream.flush()
            os.fsync(self._stream.fileno())
            if record.error is None:
                self.done[record.key] = record

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def read_records(folder: Path) -> list[Record]:
    """The records of a folder, one per key: the last one without an error, else the first error.

    :raises InputError: no records.
    :raises StorageError: a line that is no record; the message has its number.
    """
    records_file = folder / RECORDS_NAME
    if not records_file.exists():
        raise InputError(f"{folder}: has no {RECORDS_NAME}. Is it the folder of a run?")
    return _latest(_parsed(records_file))


def _latest(records: Iterable[Record]) -> list[Record]:
    by_key: dict[tuple[Any, ...], Record] = {}
    for record in records:
        if record.error is None or record.key not in by_key:
            by_key[record.key] = record
    return list(by_key.values())


def _parsed(file: Path) -> list[Record]:
    """The records of the complete lines of ``file``.

    :raises StorageError: a line that is no record; the message has its number.
    """
    records = []
    for number, line in enumerate(whole_lines(file), 1):
        if not line:
            continue
        try:
            records.append(_record(json.loads(line)))
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise StorageError(
                f"{file}, line {number}: no record of a run ({error}). Nothing was changed; remove the line, or write "
                "to another folder."
            ) from error
    return records


def _record(row: Any) -> Record:
    """The record of a parsed JSON line.

    :raises TypeError: a field is missing, unknown or of another type.
    """
    if not isinstance(row, dict):
        raise TypeError(f"received {type(row).__name__}, expected an object")
    record = Record(**row)
    for field_name, (allowed_types, expected) in _FIELD_TYPES.items():
        value = getattr(record, field_name)
        if not isinstance(value, allowed_types) or isinstance(value, bool):
            raise TypeError(f"{field_name} is {value!r:.80}, expected {expected}")
    for field_name, allowed_types in _VALUE_TYPES.items():
        for value_name, value in getattr(record, field_name).items():
            if not isinstance(value, allowed_types) or isinstance(value, bool):
                raise TypeError(f"{field_name}[{value_name!r:.80}] is {value!r:.80}")
    for spans in record.spans:
        if not isinstance(spans, list) or any(
            not isinstance(offsets, list) or len(offsets) != 2 or not all(type(offset) is int for offset in offsets)
            for offsets in spans
        ):
            raise TypeError(f"spans holds {spans!r:.80}, expected lists of [start, end]")
    return record


_NONE_TYPE, _NUMBER_TYPES = type(None), (int, float)
_FIELD_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    **dict.fromkeys(("id", "suite", "task", "compressor"), ((str,), "text")),
    **dict.fromkeys(("reader", "prediction", "decision", "fallback", "error"), ((str, _NONE_TYPE), "text or null")),
    **dict.fromkeys(("rate", "nll"), ((int, float, _NONE_TYPE), "a number or null")),
    **dict.fromkeys(("tokens_in", "tokens_out", "cache_hits", "cache_misses"), ((int,), "a whole number")),
    **dict.fromkeys(
        ("target_tokens", "prompt_tokens", "output_tokens", "length"), ((int, _NONE_TYPE), "a whole number or null")
    ),
    **dict.fromkeys(("seconds", "kept", "scores", "versions", "fingerprints"), ((dict,), "an object")),
    "spans": ((list,), "a list"),
}
_VALUE_TYPES: dict[str, tuple[type, ...]] = {  # of the fields that are objects
    "seconds": _NUMBER_TYPES,
    "scores": _NUMBER_TYPES,
    "kept": (*_NUMBER_TYPES, _NONE_TYPE),
    "versions": (str,),
    "fingerprints": (str,),
}


def _settings(file: Path) -> dict[str, Any]:
    """The settings of the run in ``file`` (run.json).

    :raises StorageError: a damaged file.
    """
    try:
        settings = json.loads(file.read_bytes())
        if not isinstance(settings, dict):
            raise TypeError(f"received {type(settings).__name__}, expected an object")
    except (ValueError, TypeError, RecursionError) as error:
        raise StorageError(f"{file}: is damaged ({error}). Nothing was changed; write to another folder.") from error
    return settings


def _cut_unfinished_line(file: Path) -> None:
    """Truncate ``file`` after its last line break."""
    if not file.exists():
        return
    with file.open("r+b") as stream:
        content = stream.read()
        complete_bytes = content.rfind(b"\n") + 1
        if complete_bytes < len(content):
            stream.truncate(complete_bytes)


def _check_same(before: Mapping[str, Any], now: Mapping[str, Any], folder: Path) -> None:
    """Check that a run resumes with the settings that it began with.

    :raises StorageError: the settings differ.
    """
    names: Iterable[str] = sorted({*before, *now})
    pairs = {name: (before.get(name), now.get(name)) for name in names}
    changes = [f"{name} was {old!r}, is {new!r}" for name, (old, new) in pairs.items() if old != new]
    if changes:
        has_lasting_identity = all(lasts(f"{old}{new}") for old, new in pairs.values())
        advice = "" if has_lasting_identity else " To resume runs, give the reader a name (ChatReader(model, name=…))."
        shown_changes = "; ".join(changes)[:_MAX_SHOWN_CHARS]
        raise StorageError(
            f"{folder}: holds a run with other settings ({shown_changes}). Write to another folder.{advice}"
        )
