"""The journal of a run over a file, from which it goes on after a stop at any moment.

    NAME            the output, whole; it appears in one step at the end
    NAME.run.json   what the run depends on, and when it is finished its figures
    NAME.part       a line for each finished row: its number, a tab, the fields that it gets as JSON

All three are entered in the manifest of their folder, so that no file of another program is replaced.
"""

from __future__ import annotations

import json
import os
import time
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from ragzip.errors import StorageError
from ragzip.files.manifest import claim_files
from ragzip.files.writing import storing, write_file

__all__ = ["Journal"]

WRITER = "batch"  # in the manifest of the folder
_SYNC_SECONDS = 1.0  # at most so much work is lost by a power failure; a killed process loses none
_MISSING = -1
_MAX_SHOWN_CHARS = 600  # of the differences between two runs


class Journal:
    """The finished rows of a run, by number.

    :param out: the output of the run.
    :param settings: what the output depends on: a run with others is refused.
    :param row_count: how many rows there are.
    :param keep_errors: whether rows that failed are finished; else they are tried again.
    :raises StorageError: files of these names that are not ragzip's, another run, one that is under way in another
        process, or a folder that cannot be written.
    """

    def __init__(
        self, out: Path, settings: Mapping[str, Any], row_count: int, *, error_field: str, keep_errors: bool
    ) -> None:
        self.out, self.settings, self.error_field = out, dict(settings), error_field
        self._part, self._about = out.with_name(f"{out.name}.part"), out.with_name(f"{out.name}.run.json")
        with storing(out):
            out.parent.mkdir(parents=True, exist_ok=True)
        claim_files(out.parent, WRITER, (out.name, self._part.name, self._about.name))
        self._lock = FileLock(out.with_name(f".{out.name}.ragzip.lock"), timeout=0)
        self._stream: BinaryIO | None = None
        try:
            self._lock.acquire()
        except Timeout:
            raise StorageError(f"{out}: another process is writing it. Wait for it, or name another file.") from None
        try:
            with storing(out):
                self._open(row_count, keep_errors)
        except BaseException:
            self.close()
            raise

    def _open(self, row_count: int, keep_errors: bool) -> None:
        before = self._settings_before()
        self.finished_figures: dict[str, Any] | None = None
        self._offsets = array("q", [_MISSING]) * row_count
        self.done = self.errors = self.tokens_in = self.tokens_out = 0
        if before is not None and self.out.exists() and not self._part.exists() and "finished" in before:
            self.finished_figures = before["finished"]
            return
        if before is None:
            self._part.unlink(missing_ok=True)
        write_file(self._about, json.dumps(self.settings, indent=1, ensure_ascii=False) + "\n")
        self._stream = self._part.open("a+b")
        self._stream.seek(0)
        self._read(keep_errors)
        self._synced_at = time.monotonic()

    def _settings_before(self) -> dict[str, Any] | None:
        """The settings that an earlier run of this output depends on; None without such a run.

        :raises StorageError: not the same.
        """
        if not self._about.exists() or not (self._part.exists() or self.out.exists()):
            return None
        try:
            before: dict[str, Any] = json.loads(self._about.read_bytes())
            differences = [
                f"{name} was {json.dumps(before.get(name))}, now {json.dumps(value)}"
                for name, value in self.settings.items()
                if before.get(name) != json.loads(json.dumps(value))
            ]
        except (ValueError, AttributeError, RecursionError) as error:
            raise StorageError(f"{self._about}: no settings of a run ({error}). Remove it to start again.") from error
        if differences:
            raise StorageError(
                f"{self.out}: belongs to a run with other settings ({'; '.join(differences)[:_MAX_SHOWN_CHARS]}). Name "
                f"another file, or remove {self._about.name} and what begins with {self.out.name} to start again."
            )
        return before

    def _read(self, keep_errors: bool) -> None:
        """Find the finished rows. A line that a killed process left unfinished is not one."""
        assert self._stream is not None
        offset, line = 0, b""
        for line in self._stream:
            if (parsed := _parsed(line, len(self._offsets))) is not None:
                number, fields = parsed
                if keep_errors or fields.get(self.error_field) is None:
                    self._enter(number, offset + line.index(b"\t") + 1, fields)
            offset += len(line)
        if line and not line.endswith(b"\n"):
            self._stream.write(b"\n")

    def _enter(self, number: int, offset: int, fields: Mapping[str, Any]) -> None:
        if self._offsets[number] == _MISSING:
            self.done += 1
            self.errors += fields.get(self.error_field) is not None
            output_field = self.error_field.removesuffix("_error")
            self.tokens_in += fields.get(f"{output_field}_tokens_in") or 0
            self.tokens_out += fields.get(f"{output_field}_tokens_out") or 0
            self._offsets[number] = offset

    def missing(self, number: int) -> bool:
        """Whether the row of this number is not finished."""
        return self._offsets[number] == _MISSING

    def add(self, number: int, fields: Mapping[str, Any]) -> None:
        """Enter the fields of a finished row."""
        assert self._stream is not None
        text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
        with storing(self._part):
            offset = self._stream.seek(0, os.SEEK_END)
            head = f"{number}\t".encode()
            self._stream.write(head + text.encode("utf-8", "backslashreplace") + b"\n")
            self._stream.flush()
            if time.monotonic() - self._synced_at > _SYNC_SECONDS:
                os.fsync(self._stream.fileno())
                self._synced_at = time.monotonic()
        self._enter(number, offset + len(head), fields)

    def fields(self) -> Iterator[dict[str, Any]]:
        """The fields of all rows, in order."""
        assert self._stream is not None
        for offset in self._offsets:
            self._stream.seek(offset)
            yield json.loads(self._stream.readline())

    def finish(self, figures: Mapping[str, Any]) -> None:
        """Note that the output is whole, and remove the journal."""
        assert self._stream is not None
        about = {**self.settings, "finished": dict(figures)}
        write_file(self._about, json.dumps(about, indent=1, ensure_ascii=False) + "\n")
        self._stream.close()
        with storing(self._part):
            self._part.unlink()

    def close(self) -> None:
        """Close the files; what is finished stays."""
        if self._stream is not None:
            self._stream.close()
        self._lock.release()


def _parsed(line: bytes, row_count: int) -> tuple[int, dict[str, Any]] | None:
    """The number and the fields in a line of a journal; None, where it is unfinished or damaged."""
    number, tab, text = line.partition(b"\t")
    if not tab or not line.endswith(b"\n") or not number.isdigit() or len(number) > 18 or int(number) >= row_count:
        return None
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return (int(number), fields) if isinstance(fields, dict) else None
