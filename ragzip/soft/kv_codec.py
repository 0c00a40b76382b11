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
from ragzip.errors import InputError, needs_extra

__all__ = ["LEVELS", "KeyValues", "StreamHead", "decoded", "encoded", "head_of"]

Floats = npt.NDArray[np.float32]

LEVELS = {  # step of the differences, as a share of the spread of a channel: in the first, middle and last layers
    "fine": (0.3, 0.4, 0.5),
    "medium": (0.5, 0.7, 0.85),
    "coarse": (0.9, 1.2, 1.5),
}
_MAGIC = b"RZKV"
_VERSION = 1
_STREAM_START = struct.Struct("<4sHII")  # magic, version, bytes of the head, its checksum
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
    """The head of a stream: the shapes of keys and values, the level, and the description that its maker gave."""

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
    array_shapes = [list(array.shape) for array in arrays]
    if any(len(array_shape) != 4 for array_shape in array_shapes) or array_shapes[0][:3] != array_shapes[1][:3]:
        raise InputError(
            f"arrays: received the shapes {array_shapes}, expected (layers, heads, tokens, width) of both."
        )
    stream_parts = [stream_part for array in arrays for stream_part in _parts(np.asarray(array, np.float32), level)]
    head_bytes = json.dumps({"shapes": array_shapes, "level": level, "about": about}).encode()
    compressor = _zstandard().ZstdCompressor(level=_FASTEST_GOOD_LEVEL, write_checksum=True)
    blocks = [compressor.compress(np.ascontiguousarray(stream_part).tobytes()) for stream_part in stream_parts]
    block_sizes = struct.pack(f"<{len(blocks)}Q", *map(len, blocks))
    return b"".join(
        [
            _STREAM_START.pack(_MAGIC, _VERSION, len(head_bytes), zlib.crc32(head_bytes)),
            head_bytes,
            block_sizes,
            *blocks,
        ]
    )


def _parts(array: Floats, level: str) -> list[npt.NDArray[Any]]:
    """The arrays that are stored for keys or values: the first tokens, the spread of each channel and whether its
    values are coded, the anchors, and layer by layer the differences.
    """
    layer_count, head_count, token_count, head_width = array.shape
    # the numbers of a channel side by side
    channel_rows = array.transpose(0, 1, 3, 2).reshape(layer_count, head_count * head_width, token_count)
    sink_tokens = channel_rows[:, :, :_SINK_TOKENS].astype(np.float16)
    if not np.isfinite(sink_tokens).all() or not np.isfinite(array).all():
        raise InputError(
            "arrays: received numbers that are not finite in float16, expected keys and values of a model."
        )
    later_tokens = channel_rows[:, :, _SINK_TOKENS:]
    token_groups = _grouped(later_tokens)
    channel_means = (
        later_tokens.mean(axis=2, dtype=np.float32)
        if later_tokens.shape[2]
        else np.zeros(channel_rows.shape[:2], np.float32)
    )
    anchor_spread = _spread(token_groups[:, :, :, 0] - channel_means[:, :, None])
    difference_spread = _spread(token_groups[:, :, :, 1:] - token_groups[:, :, :, :1])
    is_direct = difference_spread >= anchor_spread
    channel_scale = np.where(is_direct, anchor_spread, difference_spread).astype(np.float16).astype(np.float32)
    layer_steps = _steps(layer_count, level)
    anchor_scale = (channel_scale * layer_steps * _ANCHOR_STEP)[:, :, None]
    anchors = _symbols(
        (token_groups[:, :, :, 0] - _rounded(channel_means)[:, :, None]) / _positive(anchor_scale), np.int16
    )
    group_base = _rounded(channel_means)[:, :, None] + anchors * anchor_scale
    group_base = np.where(is_direct[:, :, None], _rounded(channel_means)[:, :, None], group_base)
    differences = _symbols(
        (token_groups[:, :, :, 1:] - group_base[..., None])
        / _positive((channel_scale * layer_steps)[:, :, None, None]),
        np.int8,
    )
    channel_settings = np.stack([channel_means.astype(np.float16), channel_scale.astype(np.float16)])
    return [sink_tokens, channel_settings, np.packbits(is_direct), anchors, *differences]


def _grouped(rest: Floats) -> Floats:
    """Tokens in groups of ten, the last one filled up with its last token. *Shape:* (layers, channels, groups, 10)."""
    layer_count, channel_count, token_count = rest.shape
    filled_count = -(-token_count // _GROUP_TOKENS) * _GROUP_TOKENS
    padded_tokens = (
        np.pad(rest, ((0, 0), (0, 0), (0, filled_count - token_count)), mode="edge") if token_count else rest
    )
    return padded_tokens.reshape(layer_count, channel_count, -1, _GROUP_TOKENS)


def _spread(numbers: Floats) -> Floats:
    """The root mean square of each channel. *Shape:* (layers, channels, …) to (layers, channels)."""
    if not numbers.size:
        return np.zeros(numbers.shape[:2], np.float32)
    return np.asarray(np.sqrt(np.square(numbers).mean(axis=tuple(range(2, numbers.ndim)), dtype=np.float32)))


def _steps(layers: int, level: str) -> Floats:
    """The step of each layer. *Shape:* (layers, 1)."""
    third_of_layer = np.minimum(3 * np.arange(layers) // max(1, layers), 2)
    return np.array(LEVELS[level], np.float32)[third_of_layer][:, None]


def _rounded(numbers: Floats) -> Floats:
    """The numbers as a decoder reads them."""
    return numbers.astype(np.float16).astype(np.float32)


def _positive(scale: Floats) -> Floats:
    return np.where(scale > 0, scale, 1.0).astype(np.float32)


def _symbols(numbers: Floats, kind: type[np.int8] | type[np.int16]) -> npt.NDArray[Any]:
    max_symbol = _MAX_SYMBOL if kind is np.int8 else np.iinfo(np.int16).max
    return np.clip(np.rint(numbers), -max_symbol, max_symbol).astype(kind)


def head_of(stream: bytes) -> StreamHead:
    """The head of a stream.

    :raises InputError: no stream of keys and values, or one of another version.
    """
    return _head(stream)[0]


def decoded(stream: bytes, *, about: str | None = None) -> KeyValues:
    """The keys and values of a stream.

    :param about: what they have to be of; None: anything.
    :raises InputError: no stream of keys and values, a damaged one, or one of something else.
    :raises MissingExtraError: without zstandard.
    """
    stream_head, block_start = _head(stream)
    if about is not None and stream_head.about != about:
        raise InputError(f"stream: received keys and values of {stream_head.about!r}, expected those of {about!r}.")
    layer_count = stream_head.shapes[0][0]
    block_count = 2 * (4 + layer_count)
    try:
        block_sizes = struct.unpack_from(f"<{block_count}Q", stream, block_start)
        block_start += 8 * block_count
        blocks: list[bytes] = []
        for block_size in block_sizes:
            blocks.append(stream[block_start : block_start + block_size])
            block_start += block_size
        if block_start != len(stream):
            raise ValueError(f"{len(stream)} bytes, {block_start} announced")
        key_block_count = block_count // 2
        return KeyValues(
            _array(blocks[:key_block_count], stream_head.shapes[0], stream_head.level),
            _array(blocks[key_block_count:], stream_head.shapes[1], stream_head.level),
        )
    except (struct.error, ValueError, _zstandard().ZstdError, MemoryError) as error:
        raise InputError(f"stream: is damaged ({type(error).__name__}: {error}). Encode the text again.") from error


def _head(stream: bytes) -> tuple[StreamHead, int]:
    """The head of a stream, and where its blocks begin."""
    try:
        magic, version, head_length, checksum = _STREAM_START.unpack_from(stream)
        if magic != _MAGIC or version != _VERSION:
            raise InputError(
                f"stream: received {bytes(stream[:4])!r}, version {version}, expected {_MAGIC!r}, version {_VERSION}."
            )
        head_end = _STREAM_START.size + head_length
        if zlib.crc32(stream[_STREAM_START.size : head_end]) != checksum:
            raise ValueError("a wrong checksum")
        head_fields = json.loads(stream[_STREAM_START.size : head_end])
        key_shape, value_shape = (tuple(int(dimension) for dimension in shape) for shape in head_fields["shapes"])
        level = head_fields["level"]
        are_small = all(
            len(shape) == 4 and min(shape) >= 0 and np.prod(shape, dtype=float) < _MAX_NUMBERS
            for shape in (key_shape, value_shape)
        )
        if not are_small or key_shape[:3] != value_shape[:3] or level not in LEVELS:
            raise ValueError(f"shapes {key_shape} and {value_shape}, level {level!r}")
        return StreamHead((key_shape, value_shape), level, str(head_fields["about"])), head_end  # type: ignore[arg-type]
    except (struct.error, ValueError, LookupError, TypeError) as error:
        raise InputError(f"stream: not a stream of keys and values ({type(error).__name__}: {error}).") from error


def _array(blocks: list[bytes], shape: tuple[int, int, int, int], level: str) -> Floats:
    """Keys or values from their blocks."""
    layer_count, head_count, token_count, head_width = shape
    channel_count = head_count * head_width
    sink_count = min(token_count, _SINK_TOKENS)
    group_count = -(-(token_count - sink_count) // _GROUP_TOKENS)
    sink_tokens = _unpacked(blocks[0], np.float16, (layer_count, channel_count, sink_count)).astype(np.float32)
    channel_means, channel_scale = _unpacked(blocks[1], np.float16, (2, layer_count, channel_count)).astype(np.float32)
    packed_flags = _unpacked(blocks[2], np.uint8, (-(-layer_count * channel_count // 8),))
    is_direct = (
        np.unpackbits(packed_flags, count=layer_count * channel_count).astype(bool).reshape(layer_count, channel_count)
    )
    anchors = _unpacked(blocks[3], np.int16, (layer_count, channel_count, group_count))
    layer_steps = _steps(layer_count, level)
    channel_rows = np.empty((layer_count, channel_count, sink_count + group_count * _GROUP_TOKENS), np.float32)
    channel_rows[:, :, :sink_count] = sink_tokens
    for layer in range(layer_count):
        difference_scale = channel_scale[layer] * layer_steps[layer]
        layer_anchors = (
            channel_means[layer][:, None] + anchors[layer] * (difference_scale * np.float32(_ANCHOR_STEP))[:, None]
        )
        group_base = np.where(is_direct[layer][:, None], channel_means[layer][:, None], layer_anchors)
        token_groups = channel_rows[layer, :, sink_count:].reshape(channel_count, group_count, _GROUP_TOKENS)
        token_groups[:, :, 0] = layer_anchors
        differences = _unpacked(blocks[4 + layer], np.int8, (channel_count, group_count, _GROUP_TOKENS - 1))
        token_groups[:, :, 1:] = group_base[..., None] + differences * difference_scale[:, None, None]
        channel_rows[layer, :, sink_count:] = token_groups.reshape(channel_count, -1)
    return np.ascontiguousarray(
        channel_rows[:, :, :token_count].reshape(layer_count, head_count, head_width, token_count).transpose(0, 1, 3, 2)
    )


def _unpacked(block: bytes, kind: Any, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """The array in a block.

    :raises ValueError: the block holds another number of bytes.
    """
    byte_count = int(np.prod(shape, dtype=np.int64)) * np.dtype(kind).itemsize
    block_bytes = _zstandard().ZstdDecompressor().decompress(block, max_output_size=byte_count)
    if len(block_bytes) != byte_count:
        raise ValueError(f"{len(block_bytes)} bytes, {byte_count} expected")
    return np.frombuffer(block_bytes, kind).reshape(shape)


def _zstandard() -> Any:
    with needs_extra("kv"):
        import zstandard
    return zstandard
