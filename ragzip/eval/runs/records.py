"""The records of a run: one JSON line each, on disk as soon as it is made."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ragzip.backends.identity import lasts
from ragzip.errors import InputError, StorageError
from ragzip.files.manifest import claim_files
from ragzip.files.writing import storing, whole_lines, write_file

__all__ = ["NONE", "Arm", "Record", "Records", "read_records"]

NONE = "none"  # as a compressor: the whole context
WRITER = "evaluation"  # in the manifest of the folder of a run
RECORDS_NAME, RUN_NAME = "records.jsonl", "run.json"


@dataclass(frozen=True)
class Arm:
    """What a context is compressed by, and how much of it is kept: a rate, a number of tokens, or neither.

    ``name`` is how reports call the compressor.
    """

    name: str
    rate: float | None = None
    target_tokens: int | None = None

    @property
    def label(self) -> str:
        """Such as "auto 25 %" or "bm25 2000 tokens"."""
        if self.rate is not None:
            return f"{self.name} {100 * self.rate:g} %"
        return f"{self.name} {self.target_tokens} tokens" if self.target_tokens is not None else self.name


@dataclass(frozen=True)
class Record:
    """One example under one arm, read by one reader.

    :param spans: of each document, what is kept of it.
    :param kept: see :class:`~ragzip.eval.measures.kept.Kept`.
    :param seconds: "compress" and its stages ("compress/score"), "read", "first" (to the first token).
    :param scores: the prediction's, by metric; the first is the suite's.
    :param error: what went wrong, in place of the figures; a resumed run tries it again.
    """

    id: str
    suite: str
    task: str
    compressor: str
    rate: float | None
    target_tokens: int | None
    reader: str | None
    tokens_in: int = 0
    tokens_out: int = 0
    cache_hits: int = 0
    cache_misses: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    kept: dict[str, float | None] = field(default_factory=dict)
    spans: list[list[list[int]]] = field(default_factory=list)
    prediction: str | None = None
    scores: dict[str, float] = field(default_factory=dict)
    nll: float | None = None
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    length: int | None = None
    error: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    fingerprints: dict[str, str] = field(default_factory=dict)

    @property
    def arm(self) -> Arm:
        return Arm(self.compressor, self.rate, self.target_tokens)

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it from all other records of a run."""
        return self.task, self.id, self.arm, self.reader

    @property
    def score(self) -> float | None:
        """By the suite's metric, if there is a prediction."""
        return next(iter(self.scores.values()), None)


class Records:
    """The records of a folder, which a run goes on from.

    Each is written and flushed to disk before the next one is begun: whatever stops a run, only what it was at is lost.
    An unfinished last line is taken off.

    :param about: what the run depends on. A folder of a run that differs in it is refused.
    :raises StorageError: such a folder, one whose files of these names are somebody else's or damaged, or one that
        cannot be written.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self.file = folder / RECORDS_NAME
        self._lock = threading.Lock()
        settings = folder / RUN_NAME
        claim_files(folder, WRITER, (RECORDS_NAME, RUN_NAME))
        with storing(folder):
            if settings.exists() and self.file.exists():
                _same(_settings(settings), about, folder)
            listed = _parsed(self.file)
            write_file(settings, json.dumps(about, indent=1, ensure_ascii=False) + "\n")
            _cut_unfinished_line(self.file)
            # a lone surrogate has no UTF-8; as an escape it is the same JSON
            self._out = self.file.open("a", encoding="utf-8", errors="backslashreplace")
        self.done = {record.key: record for record in _latest(listed) if record.error is None}

    def add(self, record: Record) -> None:
        """Write ``record``; threads may share this."""
        line = json.dumps(asdict(record), ensure_ascii=False, separators=(",", ":"))
        with self._lock, storing(self.file):
            self._out.write(f"{line}\n")
            self._out.flush()
            os.fsync(self._out.fileno())
            if record.error is None:
                self.done[record.key] = record

    def close(self) -> None:
        self._out.close()


def read_records(folder: Path) -> list[Record]:
    """The records of a folder, the last one of each key, errors only where nothing better came after.

    :raises InputError: no records.
    :raises StorageError: a line that is none; the message has its number.
    """
    file = folder / RECORDS_NAME
    if not file.exists():
        raise InputError(f"{folder}: has no {RECORDS_NAME}. Is it the folder of a run?")
    return _latest(_parsed(file))


def _latest(records: Iterable[Record]) -> list[Record]:
    by_key: dict[tuple[Any, ...], Record] = {}
    for record in records:
        if record.error is None or record.key not in by_key:
            by_key[record.key] = record
    return list(by_key.values())


def _parsed(file: Path) -> list[Record]:
    """The records of the whole lines of ``file``.

    :raises StorageError: a line is none; the message has its number.
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
    """The record in a row of JSON.

    :raises TypeError: a field is missing, unknown or of another type.
    """
    if not isinstance(row, dict):
        raise TypeError(f"received {type(row).__name__}, expected an object")
    record = Record(**row)
    for name, (kinds, shown) in _TYPES.items():
        value = getattr(record, name)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise TypeError(f"{name} is {value!r:.80}, expected {shown}")
    tables = (("seconds", _NUMBER), ("scores", _NUMBER), ("kept", (*_NUMBER, _NONE)), ("versions", (str,)))
    for name, kinds in (*tables, ("fingerprints", (str,))):
        for key, value in getattr(record, name).items():
            if not isinstance(value, kinds) or isinstance(value, bool):
                raise TypeError(f"{name}[{key!r:.80}] is {value!r:.80}")
    for spans in record.spans:
        if not isinstance(spans, list) or any(
            not isinstance(span, list) or len(span) != 2 or not all(type(end) is int for end in span) for span in spans
        ):
            raise TypeError(f"spans holds {spans!r:.80}, expected lists of [start, end]")
    return record


_NONE, _NUMBER = type(None), (int, float)
_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    **dict.fromkeys(("id", "suite", "task", "compressor"), ((str,), "text")),
    **dict.fromkeys(("reader", "prediction", "error"), ((str, _NONE), "text or null")),
    **dict.fromkeys(("rate", "nll"), ((int, float, _NONE), "a number or null")),
    **dict.fromkeys(("tokens_in", "tokens_out", "cache_hits", "cache_misses"), ((int,), "a whole number")),
    **dict.fromkeys(
        ("target_tokens", "prompt_tokens", "output_tokens", "length"), ((int, _NONE), "a whole number or null")
    ),
    **dict.fromkeys(("seconds", "kept", "scores", "versions", "fingerprints"), ((dict,), "an object")),
    "spans": ((list,), "a list"),
}


def _settings(file: Path) -> dict[str, Any]:
    """What run.json says that its run depends on.

    :raises StorageError: it is damaged.
    """
    try:
        settings = json.loads(file.read_bytes())
        if not isinstance(settings, dict):
            raise TypeError(f"received {type(settings).__name__}, expected an object")
    except (ValueError, TypeError, RecursionError) as error:
        raise StorageError(f"{file}: is damaged ({error}). Nothing was changed; write to another folder.") from error
    return settings


def _cut_unfinished_line(file: Path) -> None:
    """Cut off what stands behind the last line break."""
    if not file.exists():
        return
    with file.open("r+b") as stream:
        data = stream.read()
        end = data.rfind(b"\n") + 1
        if end < len(data):
            stream.truncate(end)


def _same(before: Mapping[str, Any], now: Mapping[str, Any], folder: Path) -> None:
    keys: Iterable[str] = sorted({*before, *now})
    changed = [f"{key} was {before.get(key)!r}, is {now.get(key)!r}" for key in keys if before.get(key) != now.get(key)]
    if changed:
        named = all(lasts(f"{before.get(key)}{now.get(key)}") for key in keys)
        advice = "" if named else " To go on with a run, give the reader a name (ChatReader(model, name=…))."
        raise StorageError(
            f"{folder}: holds a run of another kind ({'; '.join(changed)[:600]}). Write to another folder.{advice}"
        )
