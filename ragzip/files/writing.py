"""One file, written beside its place and renamed onto it; and what the other modules of this folder are made of."""

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
LOCK_SECONDS = 600.0  # longest wait for another process that writes to the same folder
ABANDONED_SECONDS = 86_400.0  # age from which a temporary file has no living writer
MAX_HEAD_BYTES = 4096  # of an existing file, looked at for our mark
_TEMPORARY = re.compile(r"\.ragzip-[0-9a-f]{16}")


@contextlib.contextmanager
def storing(path: str | Path) -> Iterator[None]:
    """Nothing; an OSError within becomes a StorageError that names ``path``."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error}). Name another place, or make room there.") from error


def temporary_name() -> str:
    """A name for a file or folder that only the holder of :func:`folder_lock` writes; later holders remove it."""
    return f".ragzip-{secrets.token_hex(8)}"


def is_temporary(name: str) -> bool:
    """Whether ``name`` is one of :func:`temporary_name`."""
    return _TEMPORARY.fullmatch(name) is not None


def is_plain_name(name: object) -> bool:
    """Whether ``name`` is that of a file directly in a folder: no path that leads elsewhere."""
    return isinstance(name, str) and name not in ("", ".", "..") and not any(c in name for c in "/\\:\0")


def sync(path: Path) -> None:
    """Flush a file or folder to the disk (folders only where the system can)."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def atomic_file(path: str | Path, temporary: str | None = None, *, flush: bool = True) -> Iterator[Path]:
    """A temporary path beside ``path`` whose file takes its place when the block ends well; through a link, the place
    that the link leads to.

    :param temporary: its name; default: one made from the name of ``path``.
    :param flush: to the disk, so that it survives a loss of power; False where the caller does that.
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
    """Temporary files that killed writers of ``target`` left."""
    pattern = re.compile(re.escape(f".{target.name[:100]}-") + r"[0-9a-f]{16}\.part")
    with contextlib.suppress(OSError):
        for path in target.parent.iterdir():
            if pattern.fullmatch(path.name) and time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                path.unlink()


def write_file(path: str | Path, content: str | bytes, *, mark: bytes | None = None) -> None:
    """Write ``content`` to ``path``: whole, or not at all. A device or pipe is written to as it is.

    :param mark: see :func:`check_output`; None stands for a file that is ours by its manifest.
    :raises StorageError: an existing file of somebody else, or one that cannot be written.
    """
    path = Path(path)
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    with storing(path):
        if _is_device(path):
            path.write_bytes(data)
            return
        if mark is not None:
            check_output(path, mark)
        with atomic_file(path) as fresh:
            fresh.write_bytes(data)


def check_output(path: Path, mark: bytes, inputs: Iterable[Path | None] = ()) -> None:
    """Nothing; called before long work whose result :func:`write_file` writes.

    :param mark: bytes near the beginning of every file of this kind.
    :param inputs: files that the call reads.
    :raises StorageError: ``path`` exists, and has no mark: somebody else wrote it.
    :raises OptionError: ``path`` is one of ``inputs``.
    """
    with storing(path):
        if not path.exists() or _is_device(path):
            return
        refuse_inputs([path], inputs)
        with path.open("rb") as file:
            if mark not in file.read(MAX_HEAD_BYTES):
                raise StorageError(
                    f"{path}: exists already, and ragzip did not write it. Nothing was changed; name another file, or "
                    "remove this one first."
                )


def refuse_existing(path: Path) -> None:
    """Nothing; for files that cannot carry a mark.

    :raises StorageError: ``path`` exists.
    """
    if os.path.lexists(path):
        raise StorageError(f"{path}: exists already. Nothing was changed; name another file, or remove it first.")


def _is_device(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()


def refuse_inputs(outputs: Iterable[str | Path], inputs: Iterable[str | Path | None]) -> None:
    """Nothing.

    :raises OptionError: one of ``outputs`` is one of ``inputs`` (None and what does not exist are none).
    """
    read = [Path(path) for path in inputs if path is not None and Path(path).exists()]
    for output in map(Path, outputs):
        if output.exists() and any(output.samefile(path) for path in read):
            raise OptionError(
                f"{output}: is what this call itself reads, and would be written over. Name another place."
            )


@contextlib.contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Exclusive writing to ``folder``, which is made where it is missing; a killed process holds no lock.

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
    """The lines of ``path`` that end in a line break: a process that was killed leaves its last line unfinished.

    :raises StorageError: the file cannot be read, or is no UTF-8 text.
    """
    if not path.exists():
        return []
    try:
        return path.read_bytes().decode("utf-8").split("\n")[:-1]
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{path}: cannot be read ({error}). Expected lines of UTF-8 text.") from error
