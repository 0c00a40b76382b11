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

__all__ = ["NONE", "Arm", "Record", "Records", "read_records"]

NONE = "none"  # as a compressor: the whole context


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
    :param kept: see :class:`~ragzip.eval.kept.Kept`.
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
    :raises StorageError: such a folder, or one that cannot be written.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self.file = folder / "records.jsonl"
        self._lock = threading.Lock()
        settings = folder / "run.json"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if settings.exists() and self.file.exists():
                _same(json.loads(settings.read_text("utf-8")), about, folder)
            partial = settings.with_suffix(".partial")
            partial.write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", "utf-8")
            os.replace(partial, settings)
            _whole_lines(self.file)
            self._out = self.file.open("a", encoding="utf-8")
        except (OSError, ValueError) as error:
            raise StorageError(f"{folder}: the records cannot be written there ({error}).") from error
        self.done = {record.key: record for record in read_records(folder) if record.error is None}

    def add(self, record: Record) -> None:
        """Write ``record``; threads may share this."""
        line = json.dumps(asdict(record), ensure_ascii=False, separators=(",", ":"))
        with self._lock:
            self._out.write(f"{line}\n")
            self._out.flush()
            os.fsync(self._out.fileno())
            if record.error is None:
                self.done[record.key] = record

    def close(self) -> None:
        self._out.close()


def read_records(folder: Path) -> list[Record]:
    """The records of a folder, the last one of each key, errors only where nothing better came after.

    :raises InputError: no records, or a line that is none.
    """
    file = folder / "records.jsonl"
    if not file.exists():
        raise InputError(f"{folder}: has no records.jsonl. Is it the folder of a run?")
    out: dict[tuple[Any, ...], Record] = {}
    for number, line in enumerate(file.read_text("utf-8").split("\n"), 1):
        if not line:
            continue
        try:
            record = Record(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise InputError(f"{file}, line {number}: no record of a run ({error}).") from error
        if record.error is None or record.key not in out:
            out[record.key] = record
    return list(out.values())


def _whole_lines(file: Path) -> None:
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
