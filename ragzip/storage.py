"""How ragzip writes to a place that a user names: whole or not at all, and over nothing that is somebody else's.

- :func:`write_file` and :func:`atomic_file`: one file, written beside its place and renamed onto it.
- :func:`replacing_files`: several files of a folder, which change from their old to their new state together. A
  manifest (``ragzip-files.json``) says which files are ours and which part of ragzip wrote each; no other file is
  replaced or removed. The new files are copied to a hidden folder beside the old ones; from the moment the manifest
  names that folder, the new state is the one that counts, and whoever comes next (:func:`settle`) moves what a killed
  process has not moved.
- :func:`claim_files`: enters files in the manifest that are then written in place (records, logs).
- :func:`read_settled`: reads several files of such a folder in one state.

Folders that never had a manifest can be read as they are.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout

from ragzip.errors import OptionError, StorageError

__all__ = [
    "LOCK_NAME",
    "MANIFEST_NAME",
    "atomic_file",
    "check_files",
    "claim_files",
    "folder_lock",
    "is_plain_name",
    "is_temporary",
    "read_settled",
    "refuse_inputs",
    "replacing_files",
    "settle",
    "storing",
    "sync",
    "temporary_name",
    "whole_lines",
    "write_file",
]

MANIFEST_NAME = "ragzip-files.json"
LOCK_NAME = ".ragzip.lock"
SCHEMA = 1
LOCK_SECONDS = 600.0  # longest wait for another process that writes to the same folder
ABANDONED_SECONDS = 86_400.0  # age from which a temporary file has no living writer
MAX_MANIFEST_BYTES = 2**20
READ_ATTEMPTS = 200  # of a folder that is written all the while
MAX_HEAD_BYTES = 4096  # of an existing file, looked at for our mark
_TEMPORARY = re.compile(r"\.ragzip-[0-9a-f]{16}")
_T = TypeVar("_T")


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
def atomic_file(path: str | Path, temporary: str | None = None) -> Iterator[Path]:
    """A temporary path beside ``path`` whose file takes its place when the block ends well; through a link, the place
    that the link leads to.

    :param temporary: its name; default: one made from the name of ``path``.
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
        sync(fresh)
        os.replace(fresh, target)
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


def write_file(
    path: str | Path, content: str | bytes, *, mark: bytes | None = None, inputs: Iterable[Path] = ()
) -> None:
    """Write ``content`` to ``path``: whole, or not at all. A device or pipe is written to as it is.

    :param mark: bytes near the beginning of every file of this kind. An existing file without them is refused; None
        stands for a file that is ours by its manifest.
    :param inputs: files that the call has read; none of them is written to.
    :raises StorageError: an existing file of somebody else, or one that cannot be written.
    :raises OptionError: ``path`` is one of ``inputs``.
    """
    path = Path(path)
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    with storing(path):
        refuse_inputs([path], inputs)
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_bytes(data)
            return
        if mark is not None and path.exists():
            _check_mark(path, mark)
        with atomic_file(path) as fresh:
            fresh.write_bytes(data)


def _check_mark(path: Path, mark: bytes) -> None:
    with path.open("rb") as file:
        if mark not in file.read(MAX_HEAD_BYTES):
            raise StorageError(
                f"{path}: exists already, and ragzip did not write it. Nothing was changed; name another file, or "
                "remove this one first."
            )


def refuse_inputs(outputs: Iterable[str | Path], inputs: Iterable[str | Path | None]) -> None:
    """Nothing.

    :raises OptionError: one of ``outputs`` is one of ``inputs`` (None and what does not exist are none).
    """
    read = [Path(path) for path in inputs if path is not None and Path(path).exists()]
    for output in map(Path, outputs):
        if output.exists() and any(output.samefile(path) for path in read):
            raise OptionError(f"{output}: is read by this call, and would be written over. Name another place.")


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


@dataclass(frozen=True)
class _Manifest:
    """Which files of a folder are ours.

    :param writers: the part of ragzip that wrote each file, by name.
    :param staged: the hidden folder whose files are moved here now; "" outside a move.
    :param obsolete: files of the state before, which go with the move.
    :param state: another text for every state.
    """

    writers: Mapping[str, str] = field(default_factory=dict)
    staged: str = ""
    obsolete: tuple[str, ...] = ()
    state: str = ""


def _read_manifest(folder: Path) -> _Manifest:
    """The manifest of ``folder``; an empty one where there is none.

    :raises StorageError: the file of that name is not ours, or damaged.
    """
    path = folder / MANIFEST_NAME
    try:
        if not path.exists():
            return _Manifest()
        with path.open("rb") as file:
            data: Any = json.loads(file.read(MAX_MANIFEST_BYTES + 1))
        if data["ragzip"] != "files" or data["schema"] != SCHEMA:
            raise ValueError("another name or schema")
        manifest = _Manifest(dict(data["writers"]), data["staged"], tuple(data["obsolete"]), data["state"])
        names = (*manifest.writers, *manifest.obsolete)
        texts = (*manifest.writers.values(), manifest.staged, manifest.state)
        if not all(map(is_plain_name, names)) or not all(isinstance(text, str) for text in texts):
            raise ValueError("names that are no names of files")
        if manifest.staged and not is_temporary(manifest.staged):
            raise ValueError(f"a folder {manifest.staged!r} to move from")
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise StorageError(
            f"{path}: is no manifest of ragzip ({type(error).__name__}: {error}). Nothing was changed; name another "
            "folder, or remove this file if the folder is ragzip's."
        ) from error
    return manifest


def _write_manifest(folder: Path, manifest: _Manifest) -> None:
    with atomic_file(folder / MANIFEST_NAME, temporary_name()) as fresh:
        fresh.write_text(
            json.dumps({"ragzip": "files", "schema": SCHEMA, **asdict(manifest)}, indent=1) + "\n", "utf-8"
        )


def check_files(folder: str | Path, writer: str, names: Iterable[str]) -> None:
    """Nothing; called before long work whose files are written at its end.

    :param writer: the part of ragzip that writes them.
    :raises StorageError: one of the files is there already and ``writer`` did not write it.
    """
    folder = Path(folder)
    with storing(folder):
        if folder.exists() and not folder.is_dir():
            raise StorageError(f"{folder}: is a file, expected a folder to write to. Name another place.")
        writers = _read_manifest(folder).writers
        taken = [name for name in names if os.path.lexists(folder / name) and writers.get(name) != writer]
        if taken:
            raise StorageError(
                f"{folder}: holds {', '.join(sorted(taken))}, which ragzip did not write there as part of "
                f"{writer}. Nothing was changed; name another folder, or remove these files first."
            )


def claim_files(folder: str | Path, writer: str, names: Iterable[str]) -> None:
    """Enter files in the manifest of ``folder``, before ``writer`` writes them in place.

    :raises StorageError: as :func:`check_files`, or the folder cannot be written.
    """
    folder, names = Path(folder).resolve(), list(names)
    check_files(folder, writer, names)
    with folder_lock(folder):
        manifest = _settled(folder)
        check_files(folder, writer, names)
        if any(manifest.writers.get(name) != writer for name in names):
            writers = {**manifest.writers, **dict.fromkeys(names, writer)}
            _write_manifest(folder, replace(manifest, writers=writers))


@contextlib.contextmanager
def replacing_files(folder: str | Path, writer: str, names: Iterable[str] = ()) -> Iterator[Path]:
    """A temporary folder whose files take the place of those that ``writer`` wrote to ``folder`` before: all together
    when the block ends well, and none otherwise.

    :param names: files that are sure to be written; they are checked before the block.
    :raises StorageError: as :func:`check_files`, or the folder cannot be written.
    """
    folder = Path(folder).expanduser().resolve()
    check_files(folder, writer, names)
    with tempfile.TemporaryDirectory(prefix="ragzip-") as name:
        yield Path(name)
        with folder_lock(folder):
            _publish(Path(name), folder, writer)


def _publish(source: Path, folder: Path, writer: str) -> None:
    manifest = _settled(folder)
    names = sorted(file.name for file in source.iterdir())
    check_files(folder, writer, names)
    staged = folder / temporary_name()
    try:
        staged.mkdir()
        for name in names:
            shutil.copyfile(source / name, staged / name)
            sync(staged / name)
        sync(staged)
        others = {name: other for name, other in manifest.writers.items() if other != writer}
        obsolete = tuple(name for name in manifest.writers if name not in others and name not in names)
        moving = _Manifest(
            {**others, **dict.fromkeys(names, writer)}, staged.name, obsolete, state=secrets.token_hex(8)
        )
        _write_manifest(folder, moving)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    _move(folder, moving)


def _move(folder: Path, manifest: _Manifest) -> _Manifest:
    """The manifest after its staged files have been moved; those that a killed process moved are moved already."""
    staged = folder / manifest.staged
    for name in manifest.writers:
        if (staged / name).is_file():
            os.replace(staged / name, folder / name)
    for name in manifest.obsolete:
        (folder / name).unlink(missing_ok=True)
    sync(folder)
    settled = replace(manifest, staged="", obsolete=())
    _write_manifest(folder, settled)
    return settled


def _settled(folder: Path) -> _Manifest:
    """The manifest of a folder that this process has locked, after a move that was cut short has been finished and the
    remains of killed processes removed.
    """
    manifest = _read_manifest(folder)
    if manifest.staged:
        manifest = _move(folder, manifest)
    for path in folder.iterdir():
        if is_temporary(path.name):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
    return manifest


def settle(folder: str | Path) -> str:
    """The state of ``folder``, after what a killed process had begun to move there has been moved. Without a manifest
    of ours: "".

    :raises StorageError: there is something to move, and the folder cannot be written.
    """
    folder = Path(folder)
    try:
        manifest = _read_manifest(folder)
    except StorageError:
        return ""  # somebody else's file of that name: nothing here is ours to move
    if manifest.staged:
        with folder_lock(folder):
            manifest = _settled(folder)
    return manifest.state


def read_settled(folder: str | Path, read: Callable[[], _T]) -> _T:
    """What ``read`` returns, its files in ``folder`` all of one state: it is called again when they were replaced
    meanwhile.

    :raises StorageError: they were replaced again and again.
    """
    for _ in range(READ_ATTEMPTS):
        state = settle(folder)
        try:
            result = read()
        except Exception:
            if settle(folder) == state:
                raise
            continue
        if settle(folder) == state:
            return result
    raise StorageError(f"{folder}: was replaced {READ_ATTEMPTS} times while it was read. Try again later.")


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
