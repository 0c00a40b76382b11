"""Saved data of many files in a folder, replaced as a whole: ``folder/index.json`` names the current generation.

    folder/index.json                          name and schema, settings, the name of the current generation
    folder/data-<16 hexadecimal digits>/…      its files, and generation.json, which lists them

A save writes a new generation next to the current one and then replaces index.json in one step. So a reader sees, and a
process killed at any moment leaves, either the old state or the new one. Then the old generation is removed, by its
list. Other files in the folder are not touched.
"""

from __future__ import annotations

import contextlib
import json
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
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["Generation", "new_generation", "read_generation", "undamaged"]

POINTER_NAME = "index.json"
LIST_NAME = "generation.json"
POINTER_KIND = "index"
SCHEMA = 2
MAX_POINTER_BYTES = 2**24
READ_ATTEMPTS = 1000  # at a folder that other processes keep saving to
_GENERATION_NAME = pattern_of(r"data-[0-9a-f]{16}")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Generation:
    """One saved state: the folder of its files, and the settings in index.json."""

    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)


@contextlib.contextmanager
def new_generation(folder: Path, files: tuple[str, ...]) -> Iterator[Generation]:
    """A generation to fill, which becomes the current one of ``folder`` when the block succeeds.

    :param files: the files that may be written, as paths in the generation ("bm25/params.json").
    :raises StorageError: ``folder`` holds something else, or cannot be written.
    """
    folder = folder.resolve()  # the target of a link
    with storing(folder):
        _check(folder)
        with folder_lock(folder):
            _check(folder)
            generation = Generation(folder / f"data-{secrets.token_hex(8)}")
            generation.folder.mkdir()
            try:
                _write_json(generation.folder / LIST_NAME, {"files": files}, flush=False)
                yield generation
                unlisted = [file for file in _file_names(generation.folder) if file not in (LIST_NAME, *files)]
                if unlisted:
                    _write_json(generation.folder / LIST_NAME, {"files": [*files, *unlisted]}, flush=False)
                for path in [*generation.folder.rglob("*"), generation.folder]:
                    sync(path)
                _write_json(folder / POINTER_NAME, {**generation.settings, "data": generation.folder.name})
            finally:
                with contextlib.suppress(OSError, StorageError):  # the next save removes what remains
                    _remove_unused(folder)


def _check(folder: Path) -> None:
    """Check that ``folder`` can be saved to.

    :raises StorageError: it is neither missing, nor empty, nor a folder that ragzip saved to.
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
    foreign_names = [path.name for path in folder.iterdir() if not _is_ours(path)]
    if foreign_names:
        shown_names = ", ".join(sorted(foreign_names)[:3])
        raise StorageError(
            f"index: {folder} holds {shown_names}, and no index. Nothing was changed; name another folder, or clear it."
        )


def _is_ours(path: Path) -> bool:
    """Whether ``path`` is the lock, a temporary file, or the generation of a killed save."""
    if path.name == LOCK_NAME or is_temporary(path.name):
        return True
    return _GENERATION_NAME.fullmatch(path.name) is not None and _listed_files(path) is not None


def _listed_files(generation: Path) -> list[str] | None:
    """The files that a generation lists, [] where its save was killed before it wrote any; None for another folder."""
    if generation.is_symlink() or not generation.is_dir():
        return None
    if all(is_temporary(path.name) for path in generation.iterdir()):
        return []
    try:
        files = _read_json(generation / LIST_NAME)["files"]
    except (StorageError, LookupError):
        return None
    file_names = [file_name for file_name in files if isinstance(file_name, str)] if isinstance(files, list) else []
    return [file_name for file_name in file_names if all(map(is_plain_name, PurePosixPath(file_name).parts))]


def _remove_unused(folder: Path) -> None:
    """Remove all generations but the current one. The caller holds the lock, so no other save is running."""
    current = _read_pointer(folder)["data"] if (folder / POINTER_NAME).exists() else None
    for path in folder.iterdir():
        if is_temporary(path.name) and path.is_file():
            path.unlink(missing_ok=True)
        elif (
            path.name != current
            and _GENERATION_NAME.fullmatch(path.name)
            and (files := _listed_files(path)) is not None
        ):
            _remove(path, files)


def _remove(generation: Path, files: list[str]) -> None:
    """Remove the listed files, then the empty folders, and the list last, so that a killed removal can be resumed."""
    file_paths = [generation.joinpath(*PurePosixPath(name).parts) for name in files]
    for path in file_paths:
        path.unlink(missing_ok=True)
    inner_folders = {parent for path in file_paths for parent in path.parents if generation in parent.parents}
    for path in sorted(inner_folders, reverse=True):  # inner ones first
        with contextlib.suppress(OSError):
            path.rmdir()
    for path in generation.iterdir():
        if path.name == LIST_NAME or is_temporary(path.name):
            path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        generation.rmdir()


def read_generation(folder: str | Path, read: Callable[[Generation], _Result]) -> _Result:
    """The result of ``read`` for the current generation of ``folder``; retried when a save has removed the generation.

    :raises StorageError: no index, or a damaged one.
    """
    folder = Path(folder)
    for _ in range(READ_ATTEMPTS):
        settings = _read_pointer(folder)
        generation_name = settings["data"]
        try:
            return read(Generation(folder / generation_name, settings))
        except StorageError:
            if _read_pointer(folder)["data"] == generation_name:
                raise
    raise StorageError(f"index: {folder} was replaced {READ_ATTEMPTS} times while it was read. Try again later.")


@contextlib.contextmanager
def undamaged(folder: Path) -> Iterator[None]:
    """A block in which any error of a library that reads a damaged index becomes a StorageError."""
    try:
        yield
    except StorageError:
        raise
    except Exception as error:  # each library has errors of its own
        raise StorageError(
            f"index: {folder} is damaged ({type(error).__name__}: {str(error)[:300]}). Rebuild it."
        ) from error


def _file_names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


def _write_json(path: Path, content: dict[str, Any], *, flush: bool = True) -> None:
    with atomic_file(path, temporary_name(), flush=flush) as temporary:
        temporary.write_text(json.dumps({"ragzip": POINTER_KIND, "schema": SCHEMA, **content}), "utf-8")


def _read_pointer(folder: Path) -> dict[str, Any]:
    """The content of index.json.

    :raises StorageError: the file is missing, damaged, of another schema, or not from ragzip.
    """
    pointer = _read_json(folder / POINTER_NAME)
    if not isinstance(pointer.get("data"), str) or not _GENERATION_NAME.fullmatch(pointer["data"]):
        raise StorageError(
            f"index: {folder / POINTER_NAME} names the data {pointer.get('data')!r:.80}, expected a folder such as "
            "data-0123456789abcdef. Rebuild the index."
        )
    return pointer


def _read_json(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as opened:
            content: Any = json.loads(opened.read(MAX_POINTER_BYTES + 1))
    except (OSError, ValueError, RecursionError) as error:
        raise StorageError(
            f"index: {path.parent} holds no index that can be read ({error}). Make one with save()."
        ) from error
    if not isinstance(content, dict) or content.get("ragzip") != POINTER_KIND or content.get("schema") != SCHEMA:
        marks = {key: content.get(key) for key in ("ragzip", "schema")} if isinstance(content, dict) else {}
        raise StorageError(
            f"index: {path} is not an index of ragzip ({marks or type(content).__name__}; expected ragzip: "
            f"{POINTER_KIND!r}, schema: {SCHEMA})."
        )
    return content
