"""Arrays as bytes with a checksum, and without pickle: data in a shared folder must not run code."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["pack", "unpack"]

_MAGIC = b"rz1"
_DTYPE_BY_CODE = {b"e": "<f2", b"f": "<f4", b"d": "<f8", b"b": "|i1", b"i": "<i4", b"l": "<i8", b"B": "|u1"}
_CODE_BY_DTYPE = {np.dtype(name): code for code, name in _DTYPE_BY_CODE.items()}


def pack(array: npt.NDArray[Any]) -> bytes:
    """The bytes of ``array`` with its type, its shape and a checksum.

    :raises TypeError: an array of a type that cannot be stored.
    """
    array = np.asarray(array, order="C")
    if array.dtype not in _CODE_BY_DTYPE:
        raise TypeError(f"cache: arrays of {array.dtype} cannot be stored")
    packed_body = (
        _CODE_BY_DTYPE[array.dtype] + struct.pack("<B", array.ndim) + struct.pack(f"<{array.ndim}q", *array.shape)
    )
    packed_body += array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    return _MAGIC + struct.pack("<I", zlib.crc32(packed_body)) + packed_body


def unpack(value: object) -> npt.NDArray[Any] | None:
    """The array that :func:`pack` made ``value`` from; None where it is damaged or anything else."""
    if not isinstance(value, bytes) or value[:3] != _MAGIC or len(value) < 9:
        return None
    packed_body = value[7:]
    try:
        if struct.unpack("<I", value[3:7])[0] != zlib.crc32(packed_body):
            return None
        shape = struct.unpack_from(f"<{packed_body[1]}q", packed_body, 2)
        return np.frombuffer(
            packed_body, np.dtype(_DTYPE_BY_CODE[packed_body[:1]]), offset=2 + 8 * packed_body[1]
        ).reshape(shape)
    except (LookupError, ValueError, struct.error):  # a valid checksum of invalid content: another program wrote it
        return None
