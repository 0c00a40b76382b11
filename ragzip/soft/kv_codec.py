"""Keys and values of a text as a compact stream, after CacheGen (Liu et al. 2023, arXiv 2310.07240).

What is the same: groups of ten tokens, of which the first is an anchor and the others are differences from it; coarser
steps in later layers; entropy coding; levels of quality. What differs: the scale is that of each channel over the text,
not of each token, so that all numbers of a layer share one distribution and zstandard's Huffman coder (RFC 8878) does
the work of a coder with a table for each channel; where the differences of a channel are larger than its values, as
those of keys with fast rotations are, the values are coded; and the first tokens of a text, whose keys and values are
far from all others (attention sinks), are stored as float16.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.checks import choice
from ragzip.errors import InputError, MissingExtraError

__all__ = ["LEVELS", "KeyValues", "StreamHead", "decoded", "encoded", "head_of"]

Floats = npt.NDArray[np.float32]

LEVELS = {  # step of the differences, as a share of the spread of a channel: in the first, middle and last layers
    "fine": (0.3, 0.4, 0.5),
    "medium": (0.5, 0.7, 0.85),
    "coarse": (0.9, 1.2, 1.5),
}
_MAGIC = b"RZKV"
_VERSION = 1
_PLACE = struct.Struct("<4sHII")  # magic, version, bytes of the head, its checksum
_GROUP_TOKENS = 10
_SINK_TOKENS = 4
_ANCHOR_STEP = 0.4  # of that of the differences: an anchor's error goes into all of its group
_MAX_SYMBOL = 127
_MAX_NUMBERS = 2**31  # of a stream, which bounds what a damaged one can ask for
_FASTEST_GOOD_LEVEL = 1  # of zstandard: entropy coding is all that is wanted of it


class KeyValues(NamedTuple):
    """The keys and values of a text. *Shape:* (layers, heads, tokens, width) each."""

    keys: Floats
    values: Floats

    @property
    def tokens(self) -> int:
        return int(self.keys.shape[2])

    @property
    def float16_bytes(self) -> int:
        """Their size without compression."""
        return 2 * (self.keys.size + self.values.size)


class StreamHead(NamedTuple):
    """What a stream says of itself: the shapes of keys and values, the level, and what its maker said of it."""

    shapes: tuple[tuple[int, int, int, int], tuple[int, int, int, int]]
    level: str
    about: str


def encoded(arrays: KeyValues, level: str = "medium", *, about: str = "") -> bytes:
    """The stream of keys and values.

    :param level: "fine", "medium" or "coarse".
    :param about: what they are of, such as the fingerprint of the model and the text; :func:`decoded` compares it.
    :raises OptionError: another level.
    :raises InputError: arrays of other shapes, or with numbers that are not finite.
    :raises MissingExtraError: without zstandard.
    """
    choice(level, "level", tuple(LEVELS))
    shapes = [list(array.shape) for array in arrays]
    if any(len(shape) != 4 for shape in shapes) or shapes[0][:3] != shapes[1][:3]:
        raise InputError(f"arrays: received the shapes {shapes}, expected (layers, heads, tokens, width) of both.")
    parts = [part for array in arrays for part in _parts(np.asarray(array, np.float32), level)]
    head = json.dumps({"shapes": shapes, "level": level, "about": about}).encode()
    frame = _zstandard().ZstdCompressor(level=_FASTEST_GOOD_LEVEL, write_checksum=True)
    blocks = [frame.compress(np.ascontiguousarray(part).tobytes()) for part in parts]
    sizes = struct.pack(f"<{len(blocks)}Q", *map(len, blocks))
    return b"".join([_PLACE.pack(_MAGIC, _VERSION, len(head), zlib.crc32(head)), head, sizes, *blocks])


def _parts(array: Floats, level: str) -> list[npt.NDArray[Any]]:
    """What is stored of keys or values: the first tokens, the spread of each channel and whether its values are coded,
    the anchors, and layer by layer the differences.
    """
    layers, heads, tokens, width = array.shape
    rows = array.transpose(0, 1, 3, 2).reshape(layers, heads * width, tokens)  # the numbers of a channel side by side
    sinks = rows[:, :, :_SINK_TOKENS].astype(np.float16)
    if not np.isfinite(sinks).all() or not np.isfinite(array).all():
        raise InputError(
            "arrays: received numbers that are not finite in float16, expected keys and values of a model."
        )
    rest = rows[:, :, _SINK_TOKENS:]
    groups = _grouped(rest)
    middle = rest.mean(axis=2, dtype=np.float32) if rest.shape[2] else np.zeros(rows.shape[:2], np.float32)
    spread = _spread(groups[:, :, :, 0] - middle[:, :, None])
    difference_spread = _spread(groups[:, :, :, 1:] - groups[:, :, :, :1])
    is_direct = difference_spread >= spread
    scale = np.where(is_direct, spread, difference_spread).astype(np.float16).astype(np.float32)
    steps = _steps(layers, level)
    anchor_scale = (scale * steps * _ANCHOR_STEP)[:, :, None]
    anchors = _symbols((groups[:, :, :, 0] - _rounded(middle)[:, :, None]) / _positive(anchor_scale), np.int16)
    base = _rounded(middle)[:, :, None] + anchors * anchor_scale
    base = np.where(is_direct[:, :, None], _rounded(middle)[:, :, None], base)
    differences = _symbols(
        (groups[:, :, :, 1:] - base[..., None]) / _positive((scale * steps)[:, :, None, None]), np.int8
    )
    settings = np.stack([middle.astype(np.float16), scale.astype(np.float16)])
    return [sinks, settings, np.packbits(is_direct), anchors, *differences]


def _grouped(rest: Floats) -> Floats:
    """Tokens in groups of ten, the last one filled up with its last token. *Shape:* (layers, channels, groups, 10)."""
    layers, channels, tokens = rest.shape
    filled = -(-tokens // _GROUP_TOKENS) * _GROUP_TOKENS
    padded = np.pad(rest, ((0, 0), (0, 0), (0, filled - tokens)), mode="edge") if tokens else rest
    return padded.reshape(layers, channels, -1, _GROUP_TOKENS)


def _spread(numbers: Floats) -> Floats:
    """The root mean square of each channel. *Shape:* (layers, channels, …) to (layers, channels)."""
    if not numbers.size:
        return np.zeros(numbers.shape[:2], np.float32)
    return np.asarray(np.sqrt(np.square(numbers).mean(axis=tuple(range(2, numbers.ndim)), dtype=np.float32)))


def _steps(layers: int, level: str) -> Floats:
    """The step of each layer. *Shape:* (layers, 1)."""
    thirds = np.minimum(3 * np.arange(layers) // max(1, layers), 2)
    return np.array(LEVELS[level], np.float32)[thirds][:, None]


def _rounded(numbers: Floats) -> Floats:
    """As a decoder reads them."""
    return numbers.astype(np.float16).astype(np.float32)


def _positive(scale: Floats) -> Floats:
    return np.where(scale > 0, scale, 1.0).astype(np.float32)


def _symbols(numbers: Floats, kind: type[np.int8] | type[np.int16]) -> npt.NDArray[Any]:
    most = _MAX_SYMBOL if kind is np.int8 else np.iinfo(np.int16).max
    return np.clip(np.rint(numbers), -most, most).astype(kind)


def head_of(stream: bytes) -> StreamHead:
    """What a stream says of itself.

    :raises InputError: no stream of keys and values, or one of another version.
    """
    return _head(stream)[0]


def decoded(stream: bytes, *, about: str | None = None) -> KeyValues:
    """The keys and values of a stream.

    :param about: what they have to be of; None: anything.
    :raises InputError: no stream of keys and values, a damaged one, or one of something else.
    :raises MissingExtraError: without zstandard.
    """
    head, place = _head(stream)
    if about is not None and head.about != about:
        raise InputError(f"stream: received keys and values of {head.about!r}, expected those of {about!r}.")
    layers = head.shapes[0][0]
    count = 2 * (4 + layers)
    try:
        sizes = struct.unpack_from(f"<{count}Q", stream, place)
        place += 8 * count
        blocks: list[bytes] = []
        for size in sizes:
            blocks.append(stream[place : place + size])
            place += size
        if place != len(stream):
            raise ValueError(f"{len(stream)} bytes, {place} announced")
        half = count // 2
        return KeyValues(
            _array(blocks[:half], head.shapes[0], head.level), _array(blocks[half:], head.shapes[1], head.level)
        )
    except (struct.error, ValueError, _zstandard().ZstdError, MemoryError) as error:
        raise InputError(f"stream: is damaged ({type(error).__name__}: {error}). Encode the text again.") from error


def _head(stream: bytes) -> tuple[StreamHead, int]:
    """The head of a stream, and where its blocks begin."""
    try:
        magic, version, length, checksum = _PLACE.unpack_from(stream)
        if magic != _MAGIC or version != _VERSION:
            raise InputError(
                f"stream: received {bytes(stream[:4])!r}, version {version}, expected {_MAGIC!r}, version {_VERSION}."
            )
        place = _PLACE.size + length
        if zlib.crc32(stream[_PLACE.size : place]) != checksum:
            raise ValueError("a wrong checksum")
        fields = json.loads(stream[_PLACE.size : place])
        keys, values = (tuple(int(size) for size in shape) for shape in fields["shapes"])
        level = fields["level"]
        small = all(
            len(shape) == 4 and min(shape) >= 0 and np.prod(shape, dtype=float) < _MAX_NUMBERS
            for shape in (keys, values)
        )
        if not small or keys[:3] != values[:3] or level not in LEVELS:
            raise ValueError(f"shapes {keys} and {values}, level {level!r}")
        return StreamHead((keys, values), level, str(fields["about"])), place  # type: ignore[arg-type]
    except (struct.error, ValueError, LookupError, TypeError) as error:
        raise InputError(f"stream: is no stream of keys and values ({type(error).__name__}: {error}).") from error


def _array(blocks: list[bytes], shape: tuple[int, int, int, int], level: str) -> Floats:
    """Keys or values from their blocks."""
    layers, heads, tokens, width = shape
    channels = heads * width
    sink_count = min(tokens, _SINK_TOKENS)
    group_count = -(-(tokens - sink_count) // _GROUP_TOKENS)
    sinks = _unpacked(blocks[0], np.float16, (layers, channels, sink_count)).astype(np.float32)
    middle, scale = _unpacked(blocks[1], np.float16, (2, layers, channels)).astype(np.float32)
    bits = _unpacked(blocks[2], np.uint8, (-(-layers * channels // 8),))
    is_direct = np.unpackbits(bits, count=layers * channels).astype(bool).reshape(layers, channels)
    anchors = _unpacked(blocks[3], np.int16, (layers, channels, group_count))
    steps = _steps(layers, level)
    rows = np.empty((layers, channels, sink_count + group_count * _GROUP_TOKENS), np.float32)
    rows[:, :, :sink_count] = sinks
    for layer in range(layers):
        difference_scale = scale[layer] * steps[layer]
        anchor = middle[layer][:, None] + anchors[layer] * (difference_scale * np.float32(_ANCHOR_STEP))[:, None]
        base = np.where(is_direct[layer][:, None], middle[layer][:, None], anchor)
        groups = rows[layer, :, sink_count:].reshape(channels, group_count, _GROUP_TOKENS)
        groups[:, :, 0] = anchor
        differences = _unpacked(blocks[4 + layer], np.int8, (channels, group_count, _GROUP_TOKENS - 1))
        groups[:, :, 1:] = base[..., None] + differences * difference_scale[:, None, None]
        rows[layer, :, sink_count:] = groups.reshape(channels, -1)
    return np.ascontiguousarray(rows[:, :, :tokens].reshape(layers, heads, width, tokens).transpose(0, 1, 3, 2))


def _unpacked(block: bytes, kind: Any, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """The array in a block.

    :raises ValueError: the block holds another number of bytes.
    """
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(kind).itemsize
    data = _zstandard().ZstdDecompressor().decompress(block, max_output_size=size)
    if len(data) != size:
        raise ValueError(f"{len(data)} bytes, {size} expected")
    return np.frombuffer(data, kind).reshape(shape)


def _zstandard() -> Any:
    try:
        import zstandard
    except ModuleNotFoundError as error:
        raise MissingExtraError("zstandard", "kv") from error
    return zstandard
