"""Atomic replacement of one file, locks, temporary names, and checks of output files."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from ragzip.errors import OptionError, StorageError
from ragzip.text.lazy_patterns import pattern_of

__all__ = [
    "LOCK_NAME",
    "atomic_file",
    "check_output",
    "folder_lock",
    "is_plain_name",
    "is_temporary",
    "refuse_existing",
    "refuse_inputs",
    "storing",
    "sync",
    "temporary_name",
    "whole_lines",
    "write_file",
]

LOCK_NAME = ".ragzip.lock"
LOCK_SECONDS = 600.0  # the longest wait for another process that writes to the same folder
ABANDONED_SECONDS = 86_400.0  # age from which a temporary file has no living writer
MAX_HEAD_BYTES = 4096  # of an existing file, searched for the mark of ragzip
_TEMPORARY_NAME = pattern_of(r"\.ragzip-[0-9a-f]{16}")


@contextlib.contextmanager
def storing(path: str | Path) -> Iterator[None]:
    """A block in which an OSError becomes a StorageError that names ``path``."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error}). Name another place, or make room there.") from error


def temporary_name() -> str:
    """A new name for a file or folder of the holder of :func:`folder_lock`; the next holder removes leftovers."""
    return f".ragzip-{secrets.token_hex(8)}"


def is_temporary(name: str) -> bool:
    """Whether ``name`` is from :func:`temporary_name`."""
    return _TEMPORARY_NAME.fullmatch(name) is not None


def is_plain_name(name: object) -> bool:
    """Whether ``name`` is the name of a file directly in a folder, not a path that leads elsewhere."""
    return (
        isinstance(name, str) and name not in ("", ".", "..") and not any(character in name for character in "/\\:\0")
    )


def sync(path: Path) -> None:
    """Flush a file or folder to disk (folders only where the system supports it)."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def atomic_file(path: str | Path, temporary: str | None = None, *, flush: bool = True) -> Iterator[Path]:
    """A temporary path next to ``path``, whose file replaces it (or the target of a link) when the block succeeds.

    :param temporary: its name; default: made from the name of ``path``.
    :param flush: flush to disk, so that the file survives a power loss; False where the caller does so.
    :raises OSError: the file cannot be written.
    """
    target = Path(path).resolve()
    fresh = target.with_name(temporary or f".{target.name[:100]}-{secrets.token_hex(8)}.part")
    if temporary is None:
        _remove_abandoned(target)
    try:
        yield fresh
        if target.exists():
            shutil.copymode(target, fresh)
        if flush:
            sync(fresh)
        os.replace(fresh, target)
        if flush:
            sync(target.parent)
    finally:
        fresh.unlink(missing_ok=True)


def _remove_abandoned(target: Path) -> None:
    """Remove the temporary files of killed writers of ``target``."""
    temporary_names = re.compile(re.escape(f".{target.name[:100]}-") + r"[0-9a-f]{16}\.part")
    with contextlib.suppress(OSError):
        for path in target.parent.iterdir():
            if temporary_names.fullmatch(path.name) and time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                path.unlink()


def write_file(path: str | Path, content: str | bytes, *, mark: bytes | None = None) -> None:
    """Write ``content`` to ``path``, completely or not at all; a device or pipe is written to directly.

    :param mark: see :func:`check_output`; None for a file that is in a manifest of ragzip.
    :raises StorageError: an existing file of another program, or one that cannot be written.
    """
    path = Path(path)
    content_bytes = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    with storing(path):
        if _is_device(path):
            path.write_bytes(content_bytes)
            return
        if mark is not None:
            check_output(path, mark)
        with atomic_file(path) as temporary:
            temporary.write_bytes(content_bytes)


def check_output(path: Path, mark: bytes, inputs: Iterable[Path | None] = ()) -> None:
    """Check, before long work, that :func:`write_file` can write its result to ``path``.

    :param mark: bytes near the beginning of every file of this kind.
    :param inputs: files that the call reads.
    :raises StorageError: ``path`` exists without the mark: another program wrote it.
    :raises OptionError: ``path`` is one of ``inputs``.
    """
    with storing(path):
        if not path.exists() or _is_device(path):
            return
        refuse_inputs([path], inputs)
        with path.open("rb") as opened:
            if mark not in opened.read(MAX_HEAD_BYTES):
                raise StorageError(
                    f"{path}: exists already, and ragzip did not write it. Nothing was changed; name another file, or "
                    "remove this one first."
                )


def refuse_existing(path: Path) -> None:
    """Check that ``path`` does not exist; for files that cannot carry a mark.

    :raises StorageError: ``path`` exists.
    """
    if os.path.lexists(path):
        raise StorageError(f"{path}: exists already. Nothing was changed; name another file, or remove it first.")


def _is_device(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()


def refuse_inputs(outputs: Iterable[str | Path], inputs: Iterable[str | Path | None]) -> None:
    """Check that no output would overwrite an input.

    :raises OptionError: one of ``outputs`` is one of the existing ``inputs``.
    """
    read_paths = [Path(path) for path in inputs if path is not None and Path(path).exists()]
    for output in map(Path, outputs):
        if output.exists() and any(output.samefile(path) for path in read_paths):
            raise OptionError(f"{output}: is an input of this call, and would be overwritten. Name another place.")


@contextlib.contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """A lock for writing to ``folder``, which is created if missing; a killed process holds no lock.

    :raises StorageError: another process has been writing for :data:`LOCK_SECONDS`, or the folder cannot be made.
    """
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(folder / LOCK_NAME, timeout=LOCK_SECONDS):
                yield
        except Timeout as error:
            raise StorageError(
                f"{folder}: another process has been writing there for {LOCK_SECONDS:.0f} s. Try again when it is done."
            ) from error


def whole_lines(path: Path) -> list[str]:
    """The complete lines of ``path``: a killed process may leave its last line without a line break.

    :raises StorageError: the file cannot be read, or is no UTF-8 text.
    """
    if not path.exists():
        return []
    try:
        return path.read_bytes().decode("utf-8").split("\n")[:-1]
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{path}: cannot be read ({error}). Expected lines of UTF-8 text.") from error
