"""ONNX Runtime on CPU: no torch, no threads of the host's touched.

Dynamically quantised int8 takes the scale of an activation over the whole input tensor, so a text's scores would change
with the texts it shares a batch with (measured: by up to 0.04 in cosine). Each run therefore holds one text, unpadded,
on one thread, and a pool keeps every core busy: exact, and as fast as batching. See models/embedder/CARD.md.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ragzip.errors import ModelError

if TYPE_CHECKING:
    from ragzip.backends.base import Vectors

__all__ = ["OnnxEmbedder", "report_progress", "shipped"]

_T = TypeVar("_T")
_MOST_WINDOWS = 16  # of one text; about 4,000 tokens
_progress: ContextVar[Callable[[int, int], None] | None] = ContextVar("ragzip_progress", default=None)


@contextmanager
def report_progress(callback: Callable[[int, int], None]) -> Iterator[None]:
    """Have model runs within call ``callback(done, total)``, in texts."""
    token = _progress.set(callback)
    try:
        yield
    finally:
        _progress.reset(token)


def shipped(name: str) -> Path:
    """The folder of a model that comes with ragzip."""
    return Path(__file__).parent.parent / "models" / name


class OnnxEmbedder:
    """A sentence embedder: a folder with model.onnx, tokenizer.json and config.json.

    :param folder: default: the shipped embedder (MiniLM-L6, int8).
    :raises ModelError: files missing or damaged.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = Path(folder) if folder is not None else shipped("embedder")
        self._model = _load(str(self.folder.resolve()))

    @property
    def fingerprint(self) -> str:
        return self._model.fingerprint

    @property
    def dimension(self) -> int:
        return self._model.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of ``texts``. *Shape:* (n, dimension).

        A text longer than the window is the mean of its windows, 16 at most, spread over it.
        """
        pieces = [self._model.windows(ids) for ids in self._model.token_ids(texts)]
        flat = [window for windows in pieces for window in windows]
        vectors = _in_parallel(self._model.run, flat)
        out = np.zeros((len(texts), self.dimension), np.float32)
        at = 0
        for i, windows in enumerate(pieces):
            sizes = np.array([len(window) for window in windows], np.float32)
            mean = (np.stack(vectors[at : at + len(windows)]) * sizes[:, None]).sum(0)
            out[i] = mean / max(float(np.linalg.norm(mean)), 1e-12)
            at += len(windows)
        return out

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.folder,)


class _Model:
    """Session, tokenizer and settings of one folder, shared by all who load it in this process."""

    def __init__(self, folder: str) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        onnx, tokenizer, config = (Path(folder) / name for name in ("model.onnx", "tokenizer.json", "config.json"))
        missing = [path.name for path in (onnx, tokenizer, config) if not path.is_file()]
        if missing:
            raise ModelError(
                f"model: {folder} has no {', '.join(missing)}. Expected a folder with model.onnx, tokenizer.json and "
                "config.json; reinstall ragzip if it is a shipped one."
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            settings = json.loads(config.read_text("utf-8"))
            self.dimension, self.window = int(settings["dimension"]), int(settings["window"])
            data = onnx.read_bytes()
            self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
            self._tokenizer = Tokenizer.from_file(str(tokenizer))
        except Exception as error:  # each library raises its own
            raise ModelError(f"model: {folder} could not be loaded ({type(error).__name__}: {error}).") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        specials = self._tokenizer.encode("", add_special_tokens=True).ids
        self._open, self._close = specials[0], specials[-1]
        digest = hashlib.sha256(data + tokenizer.read_bytes()).hexdigest()[:16]
        self.fingerprint = f"onnx:{digest}:window={self.window}"

    def token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in encoded]

    def windows(self, ids: list[int]) -> list[list[int]]:
        payload = self.window - 2
        starts = list(range(0, max(1, len(ids)), payload))
        if len(starts) > _MOST_WINDOWS:  # spread over the text: more of them would not change its mean much
            starts = [starts[i * len(starts) // _MOST_WINDOWS] for i in range(_MOST_WINDOWS)]
        return [[self._open, *ids[start : start + payload], self._close] for start in starts]

    def run(self, ids: list[int]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        array = np.array([ids], np.int64)
        vector: Any = self._session.run(None, {"input_ids": array, "attention_mask": np.ones_like(array)})[0][0]
        return np.asarray(vector, np.float32)


_loading = threading.Lock()


def _load(folder: str) -> _Model:
    with _loading:
        return _load_once(folder)


@lru_cache(maxsize=8)
def _load_once(folder: str) -> _Model:
    return _Model(folder)


def _in_parallel(run: Callable[[list[int]], _T], items: Sequence[list[int]]) -> list[_T]:
    """``run`` over ``items`` on every core this process may use, longest first; results in the order given."""
    report = _progress.get()
    workers = min(len(items), _cores())
    out: list[Any] = [None] * len(items)
    order = sorted(range(len(items)), key=lambda i: -len(items[i]))

    def work(i: int) -> int:
        out[i] = run(items[i])
        return i

    if workers < 2:
        for done, i in enumerate(order, 1):
            work(i)
            if report:
                report(done, len(items))
        return out
    with ThreadPoolExecutor(workers, "ragzip") as pool:
        for done, _ in enumerate(pool.map(work, order), 1):
            if report:
                report(done, len(items))
    return out


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
