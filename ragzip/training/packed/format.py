"""Packed files: named arrays and a description, in one memory-mapped safetensors file.

A ragged array ``x`` is the flat array ``x`` with ``x.offsets``, one more than the rows. A file has the lengths of the
rows in their place, which need a byte or two each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ragzip.errors import InputError
from ragzip.files.writing import check_output, write_file

__all__ = [
    "FORMAT",
    "MARK",
    "Array",
    "Packed",
    "is_packed",
    "ragged",
    "read_packed",
    "row_of",
    "smallest",
    "write_packed",
]

Array = npt.NDArray[Any]
MARK = b"ragzip-packed-"
FORMAT = f"{MARK.decode()}2"
_OFFSETS, _LENGTHS = ".offsets", ".lengths"
_DTYPES = {"U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "I32": "<i4", "I64": "<i8", "F32": "<f4"}
_MARKED_BYTES = 200  # at the beginning of a packed file, among which the mark is
_LENGTH_BYTES = 8  # of the header's length, at the beginning of a safetensors file


@dataclass(frozen=True)
class Packed:
    """Arrays by name, and their description (JSON values)."""

    arrays: Mapping[str, Array]
    about: dict[str, Any]

    def row(self, name: str, index: int) -> Array:
        """Row ``index`` of the ragged array ``name``."""
        return row_of(self.arrays[name], self.arrays[f"{name}.offsets"], index)


def row_of(flat: Array, offsets: Array, index: int) -> Array:
    """Row ``index`` of a ragged array."""
    return flat[int(offsets[index]) : int(offsets[index + 1])]


def smallest(values: Array) -> Array:
    """``values`` (whole numbers) in the smallest integer type of packed files that holds them all."""
    low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
    for kind in (np.uint8, np.uint16, np.int32, np.int64):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return values.astype(kind)
    raise OverflowError(f"{high} does not fit 64 bits")


def ragged(name: str, rows: Sequence[Any], columns: tuple[int, ...] = ()) -> dict[str, Array]:
    """The two arrays of a ragged array.

    :param columns: the shape of an element.
    """
    lengths = np.array([len(row) for row in rows], np.int64)
    parts = [np.asarray(row, np.int64).reshape(-1, *columns) for row in rows if len(row)]
    flat = np.concatenate(parts) if parts else np.zeros((0, *columns), np.int64)
    return {name: smallest(flat), f"{name}.offsets": smallest(np.concatenate([[0], lengths.cumsum()]))}


def write_packed(path: Path, arrays: Mapping[str, Array], about: Mapping[str, Any]) -> None:
    """Write ``arrays`` and the description ``about`` to ``path``: whole, or not at all.

    :raises StorageError: an existing file that is no packed one, or one that cannot be written.
    """
    from safetensors.numpy import save

    check_output(path, MARK)
    listed = dict(_stored(name, array) for name, array in arrays.items())
    description = json.dumps({"format": FORMAT, **about}, ensure_ascii=False)  # the format first: it marks the file
    write_file(path, save(listed, metadata={"about": description}))


def _stored(name: str, array: Array) -> tuple[str, Array]:
    """The name and the values in a file of an array."""
    if name.endswith(_OFFSETS):
        return name.removesuffix(_OFFSETS) + _LENGTHS, smallest(np.diff(array.astype(np.int64)))
    return name, np.ascontiguousarray(array)


def is_packed(path: Path) -> bool:
    """Whether ``path`` is a packed file, by the mark in its header."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return MARK in file.read(_MARKED_BYTES)


def read_packed(path: Path) -> Packed:
    """The arrays of a packed file, mapped into memory: pages are read on access. Offsets are made of lengths.

    :raises InputError: another kind of file, or a damaged one.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), "np") as file:  # checks the header, the borders of the arrays and the file's length
            about = json.loads((file.metadata() or {})["about"])
        if about.pop("format") != FORMAT:
            raise ValueError("its format is another one")
        content = np.memmap(path, np.uint8, "r").view(np.ndarray)  # slices of a memmap object are slow
        header_bytes = int(content[:_LENGTH_BYTES].view("<u8")[0])
        begin = _LENGTH_BYTES + header_bytes
        header = json.loads(content[_LENGTH_BYTES:begin].tobytes())
        arrays = dict(
            _restored(name, _array(content[begin:], entry)) for name, entry in header.items() if name != "__metadata__"
        )
    except (SafetensorError, OSError, ValueError, LookupError, TypeError) as error:
        raise InputError(
            f"{path}: received no packed data ({type(error).__name__}: {error}), expected a file that "
            "`ragzip train pack` wrote with this version. Pack the data again."
        ) from error
    return Packed(arrays, about)


def _restored(name: str, values: Array) -> tuple[str, Array]:
    """The name and the array of values in a file."""
    if name.endswith(_LENGTHS):
        offsets = np.concatenate([np.zeros(1, np.int64), values.cumsum(dtype=np.int64)])
        return name.removesuffix(_LENGTHS) + _OFFSETS, offsets
    return name, values


def _array(content: Array, entry: Mapping[str, Any]) -> Array:
    first, last = entry["data_offsets"]
    values: Array = content[first:last]
    return values.view(_DTYPES[entry["dtype"]]).reshape(entry["shape"])
