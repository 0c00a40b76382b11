"""ONNX Runtime on CPU: no torch, no threads of the host's touched.

Each run holds one window, unpadded, on one thread, and a pool keeps every core busy: a score is the same to the bit
whatever is scored beside it (batches of other shapes round differently, and int8 with one scale for a whole tensor
moved a similarity by up to 0.04), and it is as fast as batching.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from ragzip.backends.progress import reported
from ragzip.checks import path_of, shown
from ragzip.errors import ModelError, model_errors
from ragzip.files.manifest import read_settled, settle
from ragzip.models import shipped
from ragzip.process.forking import ForkSafeLock, guarded

if TYPE_CHECKING:
    from ragzip.backends.protocols import Vectors

__all__ = [
    "OnnxEmbedder",
    "OnnxModel",
    "files_digest",
    "graph_of",
    "load_onnx",
    "longest_window",
    "settings_of",
    "weights_beside",
]

_T = TypeVar("_T")
Output = npt.NDArray[Any]
LEAST_WINDOW = 8  # tokens
_GRAPH_ONLY = 2**27  # bytes; a graph without its weights is smaller
_MOST_WINDOWS = 16  # of one text; about 4,000 tokens


class OnnxModel:
    """Session, tokenizer and settings of one folder; a :class:`~ragzip.backends.protocols.TokenModel`.

    A folder made by ``ragzip export``, or one with model.onnx (or onnx/model.onnx), tokenizer.json and the config.json
    of the checkpoint.

    :raises ModelError: files missing or damaged.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = path_of(folder, "model", expected="a folder")
        read_settled(self.folder, self._read)

    def _read(self) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        folder = self.folder
        graph = graph_of(self.folder) or self.folder / "model.onnx"
        tokenizer, config = self.folder / "tokenizer.json", self.folder / "config.json"
        missing = [path.name for path in (graph, tokenizer, config) if not path.is_file()]
        if missing:
            raise ModelError(
                f"model: {folder} has no {', '.join(missing)}. Expected a folder with model.onnx, tokenizer.json and "
                "config.json; ragzip export makes one. Reinstall ragzip if it is a shipped one."
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # without VNNI, sums of two products would be cut off at 16 bits: scores must not depend on the processor
        options.add_session_config_entry("session.x64quantprecision", "1")
        with model_errors(f"model: {folder} could not be loaded"):
            self.settings: dict[str, Any] = settings_of(config)
            self.longest = longest_window(self.settings)
            self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
            self.tokenizer = Tokenizer.from_file(str(tokenizer))
            self._inputs = {node.name: _DTYPES[node.type] for node in self._session.get_inputs()}
            self.shape: list[Any] = self._session.get_outputs()[0].shape
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        if unknown := set(self._inputs) - set(_INPUTS):
            raise ModelError(
                f"model: {folder} takes {', '.join(sorted(unknown))}, expected no inputs but {', '.join(_INPUTS)}."
            )
        self.digest = files_digest(graph, tokenizer, config, *weights_beside(graph))

    @property
    def fingerprint(self) -> str:
        return f"onnx:{self.digest}"

    def run(self, windows: Sequence[Sequence[int]]) -> list[Output]:
        """The first output for each window. *Shape:* that of the model, less the batch."""
        return _in_parallel(self._run, windows)

    def _run(self, ids: Sequence[int]) -> Output:
        feed = {name: np.asarray(_INPUTS[name](ids), dtype)[None] for name, dtype in self._inputs.items()}
        with guarded(), model_errors(f"model: {self.folder} cannot run: model.onnx and tokenizer.json do not fit"):
            return np.asarray(self._session.run(None, feed)[0][0], np.float32)

    def __reduce__(self) -> tuple[Any, ...]:
        return load_onnx, (str(self.folder),)


_DTYPES = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}


def settings_of(config: Path) -> dict[str, Any]:
    """The object in a config.json.

    :raises ModelError: it cannot be read, or holds something else.
    """
    try:
        settings = json.loads(config.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"model: {config} cannot be read ({error}). Expected a JSON object.") from None
    if not isinstance(settings, dict):
        raise ModelError(f"model: {config} holds {type(settings).__name__}, expected a JSON object.")
    return settings


def graph_of(folder: str | Path) -> Path | None:
    """The ONNX model in ``folder``, where hub repositories keep it; None if there is none."""
    settle(folder)
    places = (Path(folder) / name for name in ("model.onnx", "onnx/model.onnx", "onnx/model_quantized.onnx"))
    return next((path for path in places if path.is_file()), None)


_INPUTS: dict[str, Callable[[Sequence[int]], Any]] = {
    "input_ids": np.array,
    "attention_mask": np.ones_like,
    "token_type_ids": np.zeros_like,
    "position_ids": lambda ids: np.arange(len(ids)),
}


def weights_beside(graph: Path) -> list[Path]:
    """Files of weights that the graph only names, as models of gigabytes have them."""
    data = graph.read_bytes() if graph.stat().st_size < _GRAPH_ONLY else b""
    return [path for path in sorted(graph.parent.rglob("*")) if path.is_file() and path.name.encode() in data]


def files_digest(*paths: Path) -> str:
    """The beginning of the SHA-256 of all files together."""
    hasher = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(2**20):
                hasher.update(block)
    return hasher.hexdigest()[:16]


def longest_window(config: dict[str, Any]) -> int:
    """The window that a checkpoint's config allows, 512 at most: what these models are trained on."""
    trained_with = config.get("ragzip")
    if isinstance(trained_with, dict) and (longest := trained_with.get("longest")):
        return _window(longest, "ragzip.longest")
    positions = _window(config.get("max_position_embeddings") or config.get("n_positions") or 512, "positions")
    if "roberta" in str(config.get("model_type")):  # its positions begin after that of padding
        positions -= _setting(config.get("pad_token_id") or 1, "pad_token_id") + 1
    return min(positions, 512)


def _window(value: object, name: str) -> int:
    """Tokens of a window, of which special ones leave some room."""
    return _setting(value, name, least=LEAST_WINDOW)


def _setting(value: object, name: str, *, least: int = 0) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ModelError(f"model: config.json has {name} {shown(value)}, expected a whole number, {least} or more.")
    return value


class OnnxEmbedder:
    """A sentence embedder: a folder with model.onnx, tokenizer.json and config.json.

    :param folder: default: the shipped embedder (MiniLM-L6, int8).
    :raises ModelError: files missing or damaged.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = path_of(folder, "model", expected="a folder") if folder is not None else shipped("embedder")
        self._model = load_onnx(str(self.folder))
        settings = self._model.settings
        if not {"dimension", "window"} <= settings.keys():
            raise ModelError(f"model: {self.folder} is no embedder: its config.json has no dimension and window.")
        self.dimension = _setting(settings["dimension"], "dimension", least=1)
        self.window = _window(settings["window"], "window")
        shape = self._model.shape
        if len(shape) != 2 or (isinstance(shape[1], int) and shape[1] != self.dimension):
            raise ModelError(f"model: {self.folder} is no embedder of {self.dimension} numbers; its output is {shape}.")
        with model_errors(f"model: {self.folder}/tokenizer.json cannot be used"):
            specials = self._model.tokenizer.encode("", add_special_tokens=True).ids
            self._open, self._close = specials[0], specials[-1]

    @property
    def fingerprint(self) -> str:
        return f"{self._model.fingerprint}:window={self.window}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of ``texts``. *Shape:* (n, dimension).

        A text longer than the window is the mean of its windows, 16 at most, spread over it.
        """
        with guarded(), model_errors(f"model: {self.folder}/tokenizer.json cannot be used"):
            encoded = self._model.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        pieces = [self._windows(encoding.ids) for encoding in encoded]
        vectors = self._model.run([window for windows in pieces for window in windows])
        out = np.zeros((len(texts), self.dimension), np.float32)
        at = 0
        for i, windows in enumerate(pieces):
            sizes = np.array([len(window) for window in windows], np.float32)
            mean = (np.stack(vectors[at : at + len(windows)]) * sizes[:, None]).sum(0)
            out[i] = mean / max(float(np.linalg.norm(mean)), 1e-12)
            at += len(windows)
        return out

    def _windows(self, ids: list[int]) -> list[list[int]]:
        payload = self.window - 2
        starts = list(range(0, max(1, len(ids)), payload))
        if len(starts) > _MOST_WINDOWS:  # spread over the text: more of them would not change its mean much
            starts = [starts[i * len(starts) // _MOST_WINDOWS] for i in range(_MOST_WINDOWS)]
        return [[self._open, *ids[start : start + payload], self._close] for start in starts]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.folder,)


_loading = ForkSafeLock()


def load_onnx(folder: str | Path) -> OnnxModel:
    """The model in ``folder``, shared by all who load it in this process until one of its files is written anew."""
    path = path_of(folder, "model", expected="a folder").resolve()
    graph = graph_of(path)
    beside = sorted({*path.glob("*"), *(graph.parent.rglob("*") if graph else ())})
    states = [(str(file), file.stat()) for file in beside if file.is_file()]
    with _loading, guarded():
        return _load_once(str(path), tuple((name, state.st_mtime_ns, state.st_size) for name, state in states))


@lru_cache(maxsize=8)
def _load_once(folder: str, files: tuple[tuple[str, int, int], ...]) -> OnnxModel:
    return OnnxModel(folder)


def _in_parallel(run: Callable[[Sequence[int]], _T], items: Sequence[Sequence[int]]) -> list[_T]:
    """``run`` over ``items`` on every core this process may use, longest first; results in the order given."""
    workers = min(len(items), _cores())
    out: list[Any] = [None] * len(items)
    order = sorted(range(len(items)), key=lambda i: -len(items[i]))

    def work(i: int) -> None:
        out[i] = run(items[i])

    with reported(len(items)) as report:
        if workers < 2:
            for done, i in enumerate(order, 1):
                work(i)
                report(done)
            return out
        pool = ThreadPoolExecutor(workers, "ragzip")
        try:
            for done, _ in enumerate(pool.map(work, order), 1):
                report(done)
        finally:
            pool.shutdown(cancel_futures=True)
    return out


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
