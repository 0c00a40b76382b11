"""Saved data of many files in a folder, replaced as a whole: ``folder/index.json`` names the current generation.

    folder/index.json                          our name and schema, the settings, the name of the generation
    folder/data-<16 hexadecimal digits>/…      its files, and generation.json, which lists them

A save writes a new generation beside the current one and then replaces index.json, in one step: a reader and a process
killed at any moment leave or see the old state or the new one. Then the generation before is removed, by its list.
Other files in the folder are not touched.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from ragzip.errors import StorageError
from ragzip.files.writing import (
    LOCK_NAME,
    atomic_file,
    folder_lock,
    is_plain_name,
    is_temporary,
    storing,
    sync,
    temporary_name,
)

__all__ = ["POINTER_NAME", "Generation", "new_generation", "read_generation", "undamaged"]

POINTER_NAME = "index.json"
LIST_NAME = "generation.json"
OURS = "index"
SCHEMA = 2
MAX_POINTER_BYTES = 2**24
READ_ATTEMPTS = 1000  # of a folder that is saved to all the while
_DATA = re.compile(r"data-[0-9a-f]{16}")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Generation:
    """One state of what is saved: the folder of its files, and the settings that stand in index.json."""

    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)


@contextlib.contextmanager
def new_generation(folder: Path, files: tuple[str, ...]) -> Iterator[Generation]:
    """A generation to fill, which becomes the current one of ``folder`` when the block ends well.

    :param files: what may be written, as paths in the generation ("bm25/params.json").
    :raises StorageError: ``folder`` holds something else, or cannot be written.
    """
    folder = folder.resolve()  # through a link, the place that it leads to
    with storing(folder):
        _check(folder)
        with folder_lock(folder):
            _check(folder)
            fresh = Generation(folder / f"data-{secrets.token_hex(8)}")
            fresh.folder.mkdir()
            try:
                _write_json(fresh.folder / LIST_NAME, {"files": files}, flush=False)
                yield fresh
                unlisted = [file for file in _files(fresh.folder) if file not in (LIST_NAME, *files)]
                if unlisted:
                    _write_json(fresh.folder / LIST_NAME, {"files": [*files, *unlisted]}, flush=False)
                for path in [*fresh.folder.rglob("*"), fresh.folder]:
                    sync(path)
                _write_json(folder / POINTER_NAME, {**fresh.settings, "data": fresh.folder.name})
            finally:
                with contextlib.suppress(OSError, StorageError):  # the next save removes the rest
                    _remove_unused(folder)


def _check(folder: Path) -> None:
    """Nothing.

    :raises StorageError: ``folder`` is neither missing, nor empty, nor one that ragzip saved to.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise StorageError(f"index: {folder} is a file, expected a folder. Name another place.")
    if (folder / POINTER_NAME).exists():
        try:
            _read_pointer(folder)
        except StorageError as error:
            raise StorageError(f"{error} Nothing was changed; name another folder, or remove the file.") from error
        return
    foreign = [path.name for path in folder.iterdir() if not _is_ours(path)]
    if foreign:
        shown = ", ".join(sorted(foreign)[:3])
        raise StorageError(
            f"index: {folder} holds {shown}, and no index. Nothing was changed; name another folder, or clear it."
        )


def _is_ours(path: Path) -> bool:
    """Whether the lock, a temporary file, or a generation that a killed save left."""
    if path.name == LOCK_NAME or is_temporary(path.name):
        return True
    return _DATA.fullmatch(path.name) is not None and _listed(path) is not None


def _listed(generation: Path) -> list[str] | None:
    """The files that a generation lists, none where its save was killed before it wrote any; None: it is not ours."""
    if generation.is_symlink() or not generation.is_dir():
        return None
    if all(is_temporary(path.name) for path in generation.iterdir()):
        return []
    try:
        files = _read_json(generation / LIST_NAME)["files"]
    except (StorageError, LookupError):
        return None
    names = [name for name in files if isinstance(name, str)] if isinstance(files, list) else []
    return [name for name in names if all(map(is_plain_name, PurePosixPath(name).parts))]


def _remove_unused(folder: Path) -> None:
    """Remove every generation but the current one. The caller holds the lock: no other save is at work."""
    current = _read_pointer(folder)["data"] if (folder / POINTER_NAME).exists() else None
    for path in folder.iterdir():
        if is_temporary(path.name) and path.is_file():
            path.unlink(missing_ok=True)
        elif path.name != current and _DATA.fullmatch(path.name) and (files := _listed(path)) is not None:
            _remove(path, files)


def _remove(generation: Path, files: list[str]) -> None:
    """Remove the listed files, then the folders that are empty; the list goes last, so that a killed removal can be
    finished.
    """
    inner = [generation.joinpath(*PurePosixPath(name).parts) for name in files]
    for path in inner:
        path.unlink(missing_ok=True)
    folders = {parent for path in inner for parent in path.parents if generation in parent.parents}
    for path in sorted(folders, reverse=True):  # inner ones first
        with contextlib.suppress(OSError):
            path.rmdir()
    for path in generation.iterdir():
        if path.name == LIST_NAME or is_temporary(path.name):
            path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        generation.rmdir()


def read_generation(folder: str | Path, read: Callable[[Generation], _T]) -> _T:
    """What ``read`` returns for the current generation of ``folder``. It is called again when a save has removed the
    generation meanwhile.

    :raises StorageError: no index, or a damaged one.
    """
    folder = Path(folder)
    for _ in range(READ_ATTEMPTS):
        settings = _read_pointer(folder)
        name = settings["data"]
        try:
            return read(Generation(folder / name, settings))
        except StorageError:
            if _read_pointer(folder)["data"] == name:
                raise
    raise StorageError(f"index: {folder} was replaced {READ_ATTEMPTS} times while it was read. Try again later.")


@contextlib.contextmanager
def undamaged(folder: Path) -> Iterator[None]:
    """Nothing; whatever the files of a damaged index make a library raise is a StorageError."""
    try:
        yield
    except StorageError:
        raise
    except Exception as error:  # each library raises its own
        raise StorageError(
            f"index: {folder} is damaged ({type(error).__name__}: {str(error)[:300]}). Build it anew."
        ) from error


def _files(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


def _write_json(path: Path, content: dict[str, Any], *, flush: bool = True) -> None:
    with atomic_file(path, temporary_name(), flush=flush) as fresh:
        fresh.write_text(json.dumps({"ragzip": OURS, "schema": SCHEMA, **content}), "utf-8")


def _read_pointer(folder: Path) -> dict[str, Any]:
    """The content of index.json.

    :raises StorageError: there is none, or it is not ours, of another schema or damaged.
    """
    pointer = _read_json(folder / POINTER_NAME)
    if not isinstance(pointer.get("data"), str) or not _DATA.fullmatch(pointer["data"]):
        raise StorageError(
            f"index: {folder / POINTER_NAME} names the data {pointer.get('data')!r:.80}, expected a folder such as "
            "data-0123456789abcdef. Build the index anew."
        )
    return pointer


def _read_json(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content: Any = json.loads(file.read(MAX_POINTER_BYTES + 1))
    except (OSError, ValueError, RecursionError) as error:
        raise StorageError(
            f"index: {path.parent} holds no index that can be read ({error}). Make one with save()."
        ) from error
    if not isinstance(content, dict) or content.get("ragzip") != OURS or content.get("schema") != SCHEMA:
        marks = {key: content.get(key) for key in ("ragzip", "schema")} if isinstance(content, dict) else {}
        raise StorageError(
            f"index: {path} is no index of ragzip ({marks or type(content).__name__}; expected ragzip: {OURS!r}, "
            f"schema: {SCHEMA})."
        )
    return content
