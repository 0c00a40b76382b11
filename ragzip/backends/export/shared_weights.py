"""Weights that two ONNX graphs have in common, stored once: as external data of one, in the file of the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ragzip.errors import ModelError, needs_extra
from ragzip.files.writing import atomic_file, storing

__all__ = ["share_weights"]

_MIN_SHARED_BYTES = 4096  # of a tensor: smaller ones save nothing


def share_weights(graph: Path, holder: Path) -> int:
    """The number of bytes saved in the model at ``graph``: tensors that ``holder`` has too, byte for byte, are removed
    from it and read from there. ``holder`` is not changed, and has to stay at its path.

    :param holder: an ONNX model with its weights in its own file, in a folder below that of ``graph``: ONNX Runtime
        opens no external data outside it.
    :raises ModelError: ``holder`` lies elsewhere.
    :raises StorageError: ``graph`` cannot be written.
    :raises MissingExtraError: without ``ragzip[torch]``.
    """
    with needs_extra("torch"):
        import onnx
        from onnx.external_data_helper import set_external_data
    if not holder.resolve().is_relative_to(graph.parent.resolve()):
        raise ModelError(f"model: received weights in {holder}, expected a file below {graph.parent}.")
    location = holder.resolve().relative_to(graph.parent.resolve()).as_posix()
    model, held_bytes = onnx.load(str(graph)), holder.read_bytes()
    held = {_raw_bytes(tensor) for tensor in onnx.load(str(holder)).graph.initializer}
    saved_bytes = 0
    for tensor in model.graph.initializer:
        raw = _raw_bytes(tensor)
        if len(raw) < _MIN_SHARED_BYTES or raw not in held:
            continue
        set_external_data(tensor, location, offset=held_bytes.index(raw), length=len(raw))
        tensor.ClearField("raw_data")
        saved_bytes += len(raw)
    with storing(graph), atomic_file(graph) as fresh:
        fresh.write_bytes(model.SerializeToString())
    return saved_bytes


def _raw_bytes(tensor: Any) -> bytes:
    """The bytes in which the values of ``tensor`` are stored in its file; b"" where they are stored otherwise."""
    return bytes(tensor.raw_data) if tensor.HasField("raw_data") else b""
