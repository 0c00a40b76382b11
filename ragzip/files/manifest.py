"""Several files of a folder, which change from their old to their new state together, beside those of other people.

A manifest (``ragzip-files.json``) says which files are ours and which part of ragzip wrote each; no other file is
replaced or removed. New files are copied to a hidden folder beside the old ones. From the moment the manifest names
that folder, the new state is the one that counts, and whoever comes next moves what a killed process has not moved.
Folders that never had a manifest can be read as they are.

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

from ragzip.errors import StorageError
from ragzip.files.writing import atomic_file, folder_lock, is_plain_name, is_temporary, storing, sync, temporary_name

__all__ = ["MANIFEST_NAME", "check_files", "claim_files", "read_settled", "replacing_files", "settle"]

MANIFEST_NAME = "ragzip-files.json"
SCHEMA = 1
MAX_MANIFEST_BYTES = 2**20
READ_ATTEMPTS = 200  # of a folder that is written all the while
_T = TypeVar("_T")


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


def check_files(
    folder: str | Path, writer: str, names: Iterable[str], *, is_ours: Callable[[Path], bool] | None = None
) -> None:
    """Nothing; called before long work whose files are written at its end.

    :param writer: the part of ragzip that writes them.
    :param is_ours: tells by its content whether a file is ours that the manifest does not name.
    :raises StorageError: one of the files is there already and ``writer`` did not write it.
    """
    folder = Path(folder)
    with storing(folder):
        if folder.exists() and not folder.is_dir():
            raise StorageError(f"{folder}: is a file, expected a folder to write to. Name another place.")
        writers = _read_manifest(folder).writers
        there = [name for name in names if os.path.lexists(folder / name) and writers.get(name) != writer]
        taken = [name for name in there if is_ours is None or not is_ours(folder / name)]
        if taken:
            shown = ", ".join(name + " (is a folder)" * (folder / name).is_dir() for name in sorted(taken))
            raise StorageError(
                f"{folder}: holds {shown}, which ragzip did not write there ({writer}). Nothing was changed; name "
                "another folder, or remove this first."
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
    with contextlib.suppress(OSError):
        staged.rmdir()
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
