"""Arrays as bytes with a checksum: never pickle, so that a shared folder cannot run code."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["pack", "unpack"]

_MAGIC = b"rz1"
_DTYPES = {b"e": "<f2", b"f": "<f4", b"d": "<f8", b"b": "|i1", b"i": "<i4", b"l": "<i8", b"B": "|u1"}
_CODES = {np.dtype(name): code for code, name in _DTYPES.items()}


def pack(array: npt.NDArray[Any]) -> bytes:
    """The bytes of ``array``, with its type, its shape and a checksum.

    :raises TypeError: an array of a type that is not stored.
    """
    array = np.asarray(array, order="C")
    if array.dtype not in _CODES:
        raise TypeError(f"cache: arrays of {array.dtype} cannot be stored")
    body = _CODES[array.dtype] + struct.pack("<B", array.ndim) + struct.pack(f"<{array.ndim}q", *array.shape)
    body += array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    return _MAGIC + struct.pack("<I", zlib.crc32(body)) + body


def unpack(value: object) -> npt.NDArray[Any] | None:
    """The array of which :func:`pack` made ``value``; None where it is damaged or something else."""
    if not isinstance(value, bytes) or value[:3] != _MAGIC or len(value) < 9:
        return None
    body = value[7:]
    try:
        if struct.unpack("<I", value[3:7])[0] != zlib.crc32(body):
            return None
        shape = struct.unpack_from(f"<{body[1]}q", body, 2)
        return np.frombuffer(body, np.dtype(_DTYPES[body[:1]]), offset=2 + 8 * body[1]).reshape(shape)
    except (LookupError, ValueError, struct.error):  # a sound sum over nonsense: somebody else wrote it
        return None
