"""ONNX Runtime on CPU, without torch, and without changing the host's threads.

Each run holds one window, unpadded, on one thread, and a pool keeps every core busy: a score is the same to the bit
whatever else is scored (batches of other shapes round differently, and int8 with one scale for a whole tensor
moved a similarity by up to 0.04), and it is as fast as batching.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from ragzip.backends.late_chunks import part_vectors
from ragzip.backends.parallel import usable_cores
from ragzip.backends.progress import reported
from ragzip.backends.runtimes.graphs import UNCHANGED, GraphChange, changed_graph, temperature_of
from ragzip.checks import choice, path_of, shown, whole_number
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

Role = Literal["passage", "query"]
_Result = TypeVar("_Result")
Output = npt.NDArray[Any]
MIN_WINDOW_TOKENS = 8  # special ones included
_MAX_BARE_GRAPH_BYTES = 2**27  # a graph with its weights in other files is smaller
_PLACE_OF_WEIGHTS = b"location"  # the key of the file that a tensor of the graph is in
_MAX_WINDOWS_PER_TEXT = 16  # about 4,000 tokens


class OnnxModel:
    """Session, tokenizer and settings of one folder; a :class:`~ragzip.backends.protocols.TokenModel`.

    A folder made by ``ragzip export``, or one with model.onnx (or onnx/model.onnx), tokenizer.json and the config.json
    of the checkpoint.

    :param change: of the graph, see :mod:`ragzip.backends.runtimes.graphs`.
    :raises ModelError: files missing or damaged, or a graph that cannot be changed like this.
    """

    def __init__(self, folder: str | Path, change: GraphChange = UNCHANGED) -> None:
        self.folder, self.change = path_of(folder, "model", expected="a folder"), change
        read_settled(self.folder, self._read)

    def _read(self) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        folder = self.folder
        graph_path = graph_of(folder) or folder / "model.onnx"
        tokenizer_path, config_path = folder / "tokenizer.json", folder / "config.json"
        missing_names = [path.name for path in (graph_path, tokenizer_path, config_path) if not path.is_file()]
        if missing_names:
            raise ModelError(
                f"model: {folder} has no {', '.join(missing_names)}. Expected a folder with model.onnx, tokenizer.json "
                "and config.json; ragzip export makes one. Reinstall ragzip if it is a shipped one."
            )
        session_options = onnxruntime.SessionOptions()
        session_options.intra_op_num_threads = session_options.inter_op_num_threads = 1
        session_options.log_severity_level = 3
        # without VNNI, sums of two products saturate at 16 bits: scores must not depend on the processor
        session_options.add_session_config_entry("session.x64quantprecision", "1")
        with model_errors(f"model: {folder} could not be loaded"):
            self.settings: dict[str, Any] = settings_of(config_path)
            self.longest = longest_window(self.settings)
            graph = str(graph_path) if self.change == UNCHANGED else changed_graph(graph_path, self.change)
            self._session = onnxruntime.InferenceSession(graph, session_options, providers=["CPUExecutionProvider"])
            self.tokenizer = Tokenizer.from_file(str(tokenizer_path))
            self._inputs = {node.name: _DTYPES[node.type] for node in self._session.get_inputs()}
            self.shape: list[Any] = self._session.get_outputs()[0].shape
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        if unknown_inputs := set(self._inputs) - set(_INPUT_MAKERS):
            known_inputs = ", ".join(_INPUT_MAKERS)
            raise ModelError(
                f"model: {folder} takes {', '.join(sorted(unknown_inputs))}, expected no inputs but {known_inputs}."
            )
        self.digest = files_digest(graph_path, tokenizer_path, config_path, *weights_beside(graph_path))

    @property
    def fingerprint(self) -> str:
        return f"onnx:{self.digest}{self.change.suffix}"

    def run(self, windows: Sequence[Sequence[int]]) -> list[Output]:
        """The first output for each window. *Shape:* that of the model, less the batch."""
        return _in_parallel(self._run, windows)

    def _run(self, ids: Sequence[int]) -> Output:
        inputs = {
            input_name: np.asarray(_INPUT_MAKERS[input_name](ids), dtype)[None]
            for input_name, dtype in self._inputs.items()
        }
        with guarded(), model_errors(f"model: {self.folder} cannot run: model.onnx and tokenizer.json do not fit"):
            return np.asarray(self._session.run(None, inputs)[0][0], np.float32)

    def __reduce__(self) -> tuple[Any, ...]:
        return load_onnx, (str(self.folder), self.change)


_DTYPES = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}


def settings_of(config: Path) -> dict[str, Any]:
    """The object in a config.json.

    :raises ModelError: the file cannot be read, or holds no object.
    """
    try:
        settings = json.loads(config.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"model: {config} cannot be read ({error}). Expected a JSON object.") from None
    if not isinstance(settings, dict):
        raise ModelError(f"model: {config} holds {type(settings).__name__}, expected a JSON object.")
    return settings


def graph_of(folder: str | Path) -> Path | None:
    """The ONNX model in ``folder``, at the usual places of hub repositories; None if there is none."""
    settle(folder)
    candidates = (Path(folder) / name for name in ("model.onnx", "onnx/model.onnx", "onnx/model_quantized.onnx"))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


_INPUT_MAKERS: dict[str, Callable[[Sequence[int]], Any]] = {
    "input_ids": np.array,
    "attention_mask": np.ones_like,
    "token_type_ids": np.zeros_like,
    "position_ids": lambda ids: np.arange(len(ids)),
}


def weights_beside(graph: Path) -> list[Path]:
    """The weight files that the graph names: large models keep their weights outside the graph."""
    graph_bytes = graph.read_bytes() if graph.stat().st_size < _MAX_BARE_GRAPH_BYTES else b""
    if _PLACE_OF_WEIGHTS not in graph_bytes:  # each name is looked for in the whole graph, which takes a while
        return []
    return [path for path in sorted(graph.parent.rglob("*")) if path.is_file() and path.name.encode() in graph_bytes]


def files_digest(*paths: Path) -> str:
    """The first 16 hex digits of the SHA-256 of all files together."""
    hasher = hashlib.sha256()
    for path in paths:
        with path.open("rb") as opened_file:
            while chunk := opened_file.read(2**20):
                hasher.update(chunk)
    return hasher.hexdigest()[:16]


def longest_window(config: dict[str, Any]) -> int:
    """The window that a checkpoint's config allows, at most 512 tokens, the training length of these models."""
    trained_with = config.get("ragzip")
    if isinstance(trained_with, dict) and (trained_window := trained_with.get("longest")):
        return _window(trained_window, "ragzip.longest")
    position_count = _window(config.get("max_position_embeddings") or config.get("n_positions") or 512, "positions")
    if "roberta" in str(config.get("model_type")):  # its positions begin after the padding id
        position_count -= _setting(config.get("pad_token_id") or 1, "pad_token_id") + 1
    return min(position_count, 512)


def _window(value: object, name: str) -> int:
    """``value`` as the tokens of a window that has room for more than special ones."""
    return _setting(value, name, least=MIN_WINDOW_TOKENS)


def _setting(value: object, name: str, *, least: int = 0) -> int:
    return whole_number(value, f"model, {name} in config.json", least=least, error=ModelError)


class OnnxEmbedder:
    """A sentence embedder: a folder with model.onnx, tokenizer.json and config.json.

    Where its config.json has ``prefixes``, as E5's does, the one of ``role`` stands before each window that is read.

    :param folder: default: the shipped embedder (MiniLM-L6, int8).
    :param temperature: of the softmax of its attention (TempScale, arXiv 2410.24200): under 1, attention is sharper and
        the vectors of long texts lie further apart. Other than 1 it needs ``onnx``, of ``ragzip[situated]``.
    :param role: of the texts that are embedded: "passage" or "query".
    :raises ModelError: files missing or damaged.
    :raises OptionError: a temperature under 0.1 or above 10.
    """

    def __init__(self, folder: str | Path | None = None, *, temperature: float = 1.0, role: Role = "passage") -> None:
        self.folder = path_of(folder, "model", expected="a folder") if folder is not None else shipped("embedder")
        self.temperature = temperature_of(temperature)
        self.role: Role = choice(role, "role", ("passage", "query"))
        self._model = load_onnx(str(self.folder), GraphChange(self.temperature))
        settings = self._model.settings
        if not {"dimension", "window"} <= settings.keys():
            raise ModelError(f"model: {self.folder} is not an embedder: its config.json has no dimension and window.")
        self.dimension = _setting(settings["dimension"], "dimension", least=1)
        self.window = _window(settings["window"], "window")
        output_shape = self._model.shape
        if len(output_shape) != 2 or (isinstance(output_shape[1], int) and output_shape[1] != self.dimension):
            raise ModelError(
                f"model: {self.folder} is not an embedder of {self.dimension} numbers; its output is {output_shape}."
            )
        with model_errors(f"model: {self.folder}/tokenizer.json cannot be used"):
            special_ids = self._model.tokenizer.encode("", add_special_tokens=True).ids
            self._open, self._close = [special_ids[0], *self._prefix_ids()], special_ids[-1]

    def _prefix_ids(self) -> list[int]:
        """The ids of the prefix of ``role``."""
        prefixes = self._model.settings.get("prefixes", {})
        if not isinstance(prefixes, dict) or not all(isinstance(prefix, str) for prefix in prefixes.values()):
            raise ModelError(
                f"model: {self.folder}/config.json has prefixes {shown(prefixes)}, expected texts by role."
            )
        self.prefixes: dict[str, str] = prefixes
        prefix = prefixes.get(self.role, "")
        ids: list[int] = self._model.tokenizer.encode(prefix, add_special_tokens=False).ids if prefix else []
        if len(ids) + MIN_WINDOW_TOKENS > self.window:
            raise ModelError(
                f"model: {self.folder}: its prefix {shown(prefix)} leaves no room in {self.window} tokens."
            )
        return ids

    def for_queries(self) -> OnnxEmbedder:
        """The embedder of queries: itself where texts and queries are read alike."""
        return OnnxEmbedder(self.folder, temperature=self.temperature, role="query") if self.prefixes else self

    @property
    def fingerprint(self) -> str:
        role = f":{self.role}" if self.prefixes else ""
        return f"{self._model.fingerprint}:window={self.window}{role}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of ``texts``. *Shape:* (n, dimension).

        A text longer than the window is the mean of its windows, at most 16, spread over it.
        """
        with guarded(), model_errors(f"model: {self.folder}/tokenizer.json cannot be used"):
            encoded = self._model.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        windows_by_text = [self._windows(encoding.ids) for encoding in encoded]
        window_vectors = self._model.run([window for windows in windows_by_text for window in windows])
        text_vectors = np.zeros((len(texts), self.dimension), np.float32)
        first_window = 0
        for text_number, windows in enumerate(windows_by_text):
            window_sizes = np.array([len(window) for window in windows], np.float32)
            weighted_sum = (
                np.stack(window_vectors[first_window : first_window + len(windows)]) * window_sizes[:, None]
            ).sum(0)
            text_vectors[text_number] = weighted_sum / max(float(np.linalg.norm(weighted_sum)), 1e-12)
            first_window += len(windows)
        return text_vectors

    def token_ids(self, text: str) -> list[int]:
        """The token ids of the first window of ``text``."""
        return self._windows(self._model.tokenizer.encode(text, add_special_tokens=False).ids)[0]

    def embed_parts(self, parts: Sequence[str], title: str | None = None) -> Vectors:
        """Unit vectors of consecutive parts of one text, each encoded within the parts around it (late chunking), see
        :func:`~ragzip.backends.late_chunks.part_vectors`. *Shape:* (len(parts), dimension).

        :raises ModelError: the model does not pool token states by their mean.
        :raises MissingExtraError: without ``onnx``, of ``ragzip[situated]``.
        """
        change = GraphChange(self.temperature, token_states=True)
        return part_vectors(load_onnx(str(self.folder), change), parts, title)

    def _windows(self, ids: list[int]) -> list[list[int]]:
        payload_tokens = self.window - len(self._open) - 1
        starts = list(range(0, max(1, len(ids)), payload_tokens))
        if len(starts) > _MAX_WINDOWS_PER_TEXT:  # spread over the text: more windows would hardly change the mean
            starts = [
                starts[window_number * len(starts) // _MAX_WINDOWS_PER_TEXT]
                for window_number in range(_MAX_WINDOWS_PER_TEXT)
            ]
        return [[*self._open, *ids[start : start + payload_tokens], self._close] for start in starts]

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), temperature=self.temperature, role=self.role), (self.folder,)


_load_lock = ForkSafeLock()


def load_onnx(folder: str | Path, change: GraphChange = UNCHANGED) -> OnnxModel:
    """The model in ``folder`` with ``change``, shared by all users in this process until one of its files changes."""
    folder_path = path_of(folder, "model", expected="a folder").resolve()
    graph_path = graph_of(folder_path)
    model_files = sorted({*folder_path.glob("*"), *(graph_path.parent.rglob("*") if graph_path else ())})
    file_states = [(str(file), file.stat()) for file in model_files if file.is_file()]
    with _load_lock, guarded():
        states = tuple((name, file_stat.st_mtime_ns, file_stat.st_size) for name, file_stat in file_states)
        return _load_once(str(folder_path), states, change)


@lru_cache(maxsize=8)
def _load_once(folder: str, files: tuple[tuple[str, int, int], ...], change: GraphChange) -> OnnxModel:
    return OnnxModel(folder, change)


def _in_parallel(run: Callable[[Sequence[int]], _Result], items: Sequence[Sequence[int]]) -> list[_Result]:
    """The result of ``run`` for each of ``items``, on every core this process may use, longest item first."""
    worker_count = min(len(items), usable_cores())
    results: list[Any] = [None] * len(items)
    longest_first = sorted(range(len(items)), key=lambda index: -len(items[index]))

    def work(index: int) -> None:
        results[index] = run(items[index])

    with reported(len(items)) as report:
        if worker_count < 2:
            for done_count, index in enumerate(longest_first, 1):
                work(index)
                report(done_count)
            return results
        executor = ThreadPoolExecutor(worker_count, "ragzip")
        try:
            for done_count, _ in enumerate(executor.map(work, longest_first), 1):
                report(done_count)
        finally:
            executor.shutdown(cancel_futures=True)
    return results
