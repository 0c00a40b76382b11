"""The files of a training: its checkpoint and its log, read back with errors that say what to do."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from ragzip.errors import StorageError
from ragzip.files.writing import whole_lines

__all__ = ["describing_checkpoint", "load_checkpoint", "logged_rows", "on_cpu"]


def on_cpu(value: Any) -> Any:
    """``value`` with all tensors in it on the CPU."""
    if isinstance(value, torch.Tensor):
        return value.detach().cpu()
    if isinstance(value, Mapping):
        return {name: on_cpu(item) for name, item in value.items()}
    return [on_cpu(item) for item in value] if isinstance(value, list) else value


def load_checkpoint(checkpoint: Path) -> dict[str, Any]:
    """The state in ``checkpoint``, on the CPU."""
    with describing_checkpoint(checkpoint):
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        if not isinstance(state, dict):
            raise TypeError(f"received {type(state).__name__}, expected a dict")
        return state


@contextlib.contextmanager
def describing_checkpoint(checkpoint: Path) -> Iterator[None]:
    """Turn any error within into a StorageError that says what to do with ``checkpoint``."""
    try:
        yield
    except Exception as error:  # torch raises many kinds
        raise StorageError(
            f"{checkpoint}: is not a checkpoint of this training ({type(error).__name__}: {str(error)[:300]}). Remove "
            "it to start again, or name another folder."
        ) from error


def logged_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a log; an unfinished last row is skipped."""
    log_rows = []
    for number, line in enumerate(whole_lines(path), 1):
        try:
            row = json.loads(line)
            if not isinstance(row["step"], int):
                raise TypeError(f"step {row['step']!r:.80}")
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise StorageError(
                f"{path}, line {number}: no row of a training log ({type(error).__name__}: {error}). Remove the file "
                "with checkpoint.pt to start again."
            ) from error
        log_rows.append(row)
    return log_rows
