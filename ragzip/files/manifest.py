"""Several files of a folder that are replaced together, next to files of other programs.

A manifest (``ragzip-files.json``) lists the files of ragzip and the part of ragzip that wrote each; no other file is
replaced or removed. New files are copied to a hidden folder next to the old ones. Once the manifest names that folder,
the new state is valid, and the next process moves the files that a killed one has not moved. Folders without a manifest
can be read as they are.

- :func:`replacing_files`: writes such files.
- :func:`claim_files`: enters files in the manifest that are then written in place (records, logs).
- :func:`read_settled`: reads several files in one state.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from ragzip.errors import StorageError, reason_of
from ragzip.files.writing import atomic_file, folder_lock, is_plain_name, is_temporary, storing, sync, temporary_name

__all__ = ["MANIFEST_NAME", "check_files", "claim_files", "read_settled", "replacing_files", "settle"]

MANIFEST_NAME = "ragzip-files.json"
SCHEMA = 1
MAX_MANIFEST_BYTES = 2**20
READ_ATTEMPTS = 200  # at a folder that other processes keep writing to
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class _Manifest:
    """The files of ragzip in a folder.

    :param writers: the part of ragzip that wrote each file, by file name.
    :param staged: the hidden folder from which files are being moved; "" outside a move.
    :param obsolete: files of the previous state, which the move removes.
    :param state: a text that is different for every state.
    """

    writers: Mapping[str, str] = field(default_factory=dict)
    staged: str = ""
    obsolete: tuple[str, ...] = ()
    state: str = ""


def _read_manifest(folder: Path) -> _Manifest:
    """The manifest of ``folder``, empty where there is none.

    :raises StorageError: the file of that name is damaged, or not from ragzip.
    """
    manifest_path = folder / MANIFEST_NAME
    try:
        if not manifest_path.exists():
            return _Manifest()
        with manifest_path.open("rb") as opened:
            content: Any = json.loads(opened.read(MAX_MANIFEST_BYTES + 1))
        if content["ragzip"] != "files" or content["schema"] != SCHEMA:
            raise ValueError("another name or schema")
        manifest = _Manifest(dict(content["writers"]), content["staged"], tuple(content["obsolete"]), content["state"])
        names = (*manifest.writers, *manifest.obsolete)
        texts = (*manifest.writers.values(), manifest.staged, manifest.state)
        if not all(map(is_plain_name, names)) or not all(isinstance(text, str) for text in texts):
            raise ValueError("names that are no names of files")
        if manifest.staged and not is_temporary(manifest.staged):
            raise ValueError(f"a folder {manifest.staged!r} to move from")
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise StorageError(
            f"{manifest_path}: is not a manifest of ragzip ({reason_of(error)}). Nothing was changed; name "
            "another folder, or remove this file if the folder is ragzip's."
        ) from error
    return manifest


def _write_manifest(folder: Path, manifest: _Manifest) -> None:
    with atomic_file(folder / MANIFEST_NAME, temporary_name()) as temporary:
        temporary.write_text(
            json.dumps({"ragzip": "files", "schema": SCHEMA, **asdict(manifest)}, indent=1) + "\n", "utf-8"
        )


def check_files(
    folder: str | Path, writer: str, names: Iterable[str], *, is_ours: Callable[[Path], bool] | None = None
) -> None:
    """Check, before long work, that its files can be written to ``folder`` at the end.

    :param writer: the part of ragzip that writes them.
    :param is_ours: whether a file that the manifest does not name is from ragzip, by its content.
    :raises StorageError: one of the files exists, and ``writer`` did not write it; or the folder is a file, or no
        folder to write to.
    """
    folder = Path(folder)
    with storing(folder):
        nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if not nearest.is_dir():
            raise StorageError(f"{nearest}: is a file, expected a folder to write to. Name another place.")
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise StorageError(f"{folder} cannot be written: {nearest} is read-only for you. Name another place.")
        writers = _read_manifest(folder).writers
        existing_names = [
            file_name for file_name in names if os.path.lexists(folder / file_name) and writers.get(file_name) != writer
        ]
        foreign_names = [
            file_name for file_name in existing_names if is_ours is None or not is_ours(folder / file_name)
        ]
        if foreign_names:
            shown_names = ", ".join(
                file_name + " (is a folder)" * (folder / file_name).is_dir() for file_name in sorted(foreign_names)
            )
            raise StorageError(
                f"{folder}: holds {shown_names}, which ragzip did not write there ({writer}). Nothing was changed; "
                "name another folder, or remove this first."
            )


def claim_files(
    folder: str | Path, writer: str, names: Iterable[str], *, is_ours: Callable[[Path], bool] | None = None
) -> None:
    """Enter files in the manifest of ``folder``, before ``writer`` writes them in place.

    :param is_ours: see :func:`check_files`.
    :raises StorageError: as :func:`check_files`, or the folder cannot be written.
    """
    folder, names = Path(folder).resolve(), list(names)
    check_files(folder, writer, names, is_ours=is_ours)
    manifest = _read_manifest(folder)
    if not manifest.staged and all(manifest.writers.get(name) == writer for name in names):
        return
    with folder_lock(folder):
        manifest = _settled(folder)
        check_files(folder, writer, names, is_ours=is_ours)
        if any(manifest.writers.get(name) != writer for name in names):
            writers = {**manifest.writers, **dict.fromkeys(names, writer)}
            _write_manifest(folder, replace(manifest, writers=writers))


@contextlib.contextmanager
def replacing_files(folder: str | Path, writer: str, names: Iterable[str] = ()) -> Iterator[Path]:
    """A temporary folder whose files replace those that ``writer`` wrote to ``folder`` before.

    They are replaced all together when the block succeeds, and not at all otherwise.

    :param names: files that are certain to be written; they are checked before the block.
    :raises StorageError: as :func:`check_files`, or the folder cannot be written.
    """
    folder = Path(folder).expanduser().resolve()
    check_files(folder, writer, names)
    with tempfile.TemporaryDirectory(prefix="ragzip-") as temporary:
        yield Path(temporary)
        with folder_lock(folder):
            _publish(Path(temporary), folder, writer)


def _publish(source: Path, folder: Path, writer: str) -> None:
    manifest = _settled(folder)
    file_names = sorted(file.name for file in source.iterdir())
    check_files(folder, writer, file_names)
    staged = folder / temporary_name()
    try:
        staged.mkdir()
        for file_name in file_names:
            shutil.copyfile(source / file_name, staged / file_name)
            sync(staged / file_name)
        sync(staged)
        other_writers = {
            file_name: file_writer for file_name, file_writer in manifest.writers.items() if file_writer != writer
        }
        obsolete = tuple(
            file_name
            for file_name in manifest.writers
            if file_name not in other_writers and file_name not in file_names
        )
        new_manifest = _Manifest(
            {**other_writers, **dict.fromkeys(file_names, writer)}, staged.name, obsolete, state=secrets.token_hex(8)
        )
        _write_manifest(folder, new_manifest)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    _move(folder, new_manifest)


def _move(folder: Path, manifest: _Manifest) -> _Manifest:
    """The manifest after its staged files have been moved; a killed process may have moved some of them."""
    staged = folder / manifest.staged
    for file_name in manifest.writers:
        if (staged / file_name).is_file():
            os.replace(staged / file_name, folder / file_name)
    for file_name in manifest.obsolete:
        (folder / file_name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        staged.rmdir()
    sync(folder)
    moved = replace(manifest, staged="", obsolete=())
    _write_manifest(folder, moved)
    return moved


def _settled(folder: Path) -> _Manifest:
    """The manifest of a folder that this process has locked, in a settled state.

    An interrupted move is finished, and temporary files of killed processes are removed.
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
    """The state of ``folder`` after any interrupted move has been finished; "" without a manifest of ragzip.

    :raises StorageError: there are files to move, and the folder cannot be written.
    """
    folder = Path(folder)
    try:
        manifest = _read_manifest(folder)
    except StorageError:
        return ""  # another program's file of that name: there is nothing to move
    if manifest.staged:
        with folder_lock(folder):
            manifest = _settled(folder)
    return manifest.state


def read_settled(folder: str | Path, read: Callable[[], _Result]) -> _Result:
    """The result of ``read``, with all its files in ``folder`` in one state; retried when they were replaced meanwhile.

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
