"""Runs a grid of compressors, budgets and one reader over examples, and goes on where it was stopped."""

from __future__ import annotations

import contextlib
import importlib.metadata
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import ragzip
from ragzip.backends.identity import function_identity
from ragzip.backends.runtimes.onnx import files_digest
from ragzip.cache import CacheOption
from ragzip.checks import flag, item_list, number_in, path_of, text, whole_number, with_methods
from ragzip.compressors.base import Compressor
from ragzip.compressors.registry import shared
from ragzip.errors import InputError, OptionError
from ragzip.eval.measures.kept import measure
from ragzip.eval.measures.metrics import best
from ragzip.eval.runs.readers import Reader, VectorReader
from ragzip.eval.runs.records import NONE, Arm, Record, Records
from ragzip.eval.suites.example import Example
from ragzip.pipeline import Pipeline
from ragzip.result import Result
from ragzip.text.tokens import TokenCounter, Tokenizer, token_counter

__all__ = ["arms", "run"]

Progress = Callable[[int, int], None]
_PACKAGES = ("numpy", "onnxruntime", "tokenizers", "tiktoken", "torch", "transformers")


def arms(compressors: Sequence[str], rates: Sequence[float] = (), target_tokens: Sequence[int] = ()) -> list[Arm]:
    """The grid: no compression, then each compressor at each rate and number of tokens (at its default with neither).

    :raises OptionError: a rate outside (0, 1], or no tokens.
    """
    names = item_list(compressors, "compressors", str, expected="a list of names")
    shares = item_list(rates, "rate", object, expected="numbers in (0, 1]")
    limits = item_list(target_tokens, "target_tokens", object, expected="whole numbers, 1 or more")
    budgets: list[tuple[float | None, int | None]] = [(number_in(share, "rate", above=0), None) for share in shares]
    budgets += [(None, whole_number(tokens, "target_tokens", least=1)) for tokens in limits]
    named = [name for name in names if name != NONE]
    return [Arm(NONE), *(Arm(name, *budget) for name in named for budget in budgets or [(None, None)])]


def run(
    examples: Sequence[Example],
    grid: Sequence[Arm],
    *,
    out: str | Path,
    suite: str,
    compressors: Mapping[str, Compressor] | None = None,
    reader: Reader | None = None,
    likelihood: bool = False,
    tokenizer: Tokenizer = None,
    cache: CacheOption = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[Record]:
    """Every example under every arm of ``grid``; the records, which also lie in the folder ``out``.

    A run that was stopped is gone on with by the same call: what has a record is not done again. At most what each
    worker was at is lost. An example that fails has its error for a record, and the run goes on.

    :param compressors: those that are no registry name, by the name that ``grid`` has for them.
    :param likelihood: ask the reader for the likelihood of the right answers too.
    :param workers: examples at a time. A model here computes one at a time; chat models and servers gain by more.
    :param progress: called with the number of records done, and of all.
    :raises StorageError: ``out`` holds a run with another reader, tokenizer or suite, or with one that nothing tells
        from others: a chat model without a name (see :class:`~ragzip.eval.runs.readers.ChatReader`), a lambda.
    """
    examples = item_list(examples, "examples", Example, expected="a list of Examples", error=InputError)
    grid = item_list(grid, "grid", Arm, expected="what arms() gives")
    folder = path_of(out, "out", expected="a folder")
    text(suite, "suite", expected="the name of the suite")
    workers, likelihood = whole_number(workers, "workers", least=1), flag(likelihood, "likelihood")
    if compressors is not None and not isinstance(compressors, Mapping):
        raise OptionError(f"compressors: received {type(compressors).__name__}, expected Compressors by name.")
    if reader is not None:
        with_methods(reader, "reader", ("read", "name", "fingerprint"), expected="a Reader, as load_reader() gives")
    if progress is not None and not callable(progress):
        raise OptionError(f"progress: received {type(progress).__name__}, expected a function of two numbers.")
    counter = token_counter(tokenizer)
    by_name = {arm.name: (compressors or {}).get(arm.name) or shared(arm.name) for arm in grid if arm.name != NONE}
    versions = _versions()
    about = {
        "suite": suite,
        "reader": reader.fingerprint if reader else None,
        "tokenizer": _tokenizer_mark(tokenizer, counter.name),
        "ragzip": ragzip.__version__,
    }
    name = reader.name if reader else None
    marks = {arm.name: _fingerprints(by_name.get(arm.name)) for arm in grid}
    if reader:
        marks = {key: mark | {"reader": reader.fingerprint} for key, mark in marks.items()}
    records = Records(folder, about)

    def made(example: Example, arm: Arm) -> Record | None:
        """The record there is of the same example by the same models."""
        record = records.done.get((example.task, example.id, arm, name))
        same = record and record.fingerprints == marks[arm.name] | {"example": example.fingerprint}
        return record if same else None

    wanted = [(example, arm) for example in examples for arm in grid if made(example, arm) is None]
    total = len(examples) * len(grid)
    left = total - len(wanted)

    def one(example: Example, arm: Arm) -> Record:
        blank: dict[str, Any] = {
            "id": example.id,
            "suite": suite,
            "task": example.task,
            "compressor": arm.name,
            "rate": arm.rate,
            "target_tokens": arm.target_tokens,
            "reader": name,
            "length": example.length,
            "versions": versions,
            "fingerprints": marks[arm.name] | {"example": example.fingerprint},
        }
        try:
            result = _compress(example, arm, by_name.get(arm.name), tokenizer, cache)
            figures = _figures(example, result)
            if reader is not None:
                reading = _read(example, result, reader, likelihood)
                figures["seconds"] |= reading.pop("seconds")
                figures |= reading
            return Record(**blank, **figures)
        except Exception as error:  # one example must not stop a run of hours
            return Record(**blank, error=f"{type(error).__name__}: {error}"[:500])

    failed = []
    try:
        if progress:
            progress(left, total)
        for done, new in enumerate(_all(one, wanted, workers), left + 1):
            records.add(new)
            if new.error is not None:
                failed.append(new)
            if progress:
                progress(done, total)
    finally:
        records.close()
    found = (made(example, arm) for example in examples for arm in grid)
    return [*(record for record in found if record is not None), *failed]


def _all(
    one: Callable[[Example, Arm], Record], wanted: Sequence[tuple[Example, Arm]], workers: int
) -> Iterator[Record]:
    """Records as they come; with several workers a few examples ahead, no more, so that little is lost."""
    if workers == 1:
        yield from (one(*pair) for pair in wanted)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: set[Future[Record]] = set()
        pairs = iter(wanted)
        try:
            while True:
                while len(waiting) < workers and (pair := next(pairs, None)) is not None:
                    waiting.add(pool.submit(one, *pair))
                if not waiting:
                    return
                ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in ready)
        finally:
            for future in waiting:
                future.cancel()


def _compress(
    example: Example, arm: Arm, compressor: Compressor | None, tokenizer: Tokenizer, cache: CacheOption
) -> Result:
    options: dict[str, Any] = {"tokenizer": tokenizer, "cache": cache, "layout": example.layout}
    if compressor is None:  # everything is kept
        return Pipeline("baseline/none", rate=1.0, **options).run(example.documents, example.query)
    options |= {"rate": arm.rate, "target_tokens": arm.target_tokens}
    return Pipeline(compressor, **options).run(example.documents, example.query)


def _figures(example: Example, result: Result) -> dict[str, Any]:
    stats = result.stats
    return {
        "tokens_in": stats.tokens_in,
        "tokens_out": stats.tokens_out,
        "cache_hits": stats.cache_hits,
        "cache_misses": stats.cache_misses,
        "kept": measure(example, result)._asdict(),
        "spans": [[list(span) for span in document.spans] for document in result.documents],
        "seconds": {
            "compress": round(sum(stats.seconds.values()), 6),
            **{f"compress/{stage}": round(seconds, 6) for stage, seconds in stats.seconds.items()},
        },
    }


def _read(example: Example, result: Result, reader: Reader, likelihood: bool) -> dict[str, Any]:
    soft = any(document.soft for document in result.documents) and isinstance(reader, VectorReader)
    prompt = (example.before, *result.parts, example.after) if soft else example.prompt(result.text)
    reading = reader.read(
        prompt,
        max_tokens=example.max_tokens,
        gold=example.answers if likelihood else (),
        plain=example.plain,
        stop="\n" if example.first_line else None,
    )
    prediction = example.read(reading.text)
    return {
        "prediction": reading.text,
        "scores": {name: best(name, prediction, example.answers, example.classes) for name in example.metrics},
        "nll": reading.nll,
        "prompt_tokens": reading.prompt_tokens,
        "output_tokens": reading.output_tokens,
        "seconds": {"read": round(reading.seconds, 6)}
        | ({} if reading.first is None else {"first": round(reading.first, 6)}),
    }


def _versions() -> dict[str, str]:
    out = {"ragzip": ragzip.__version__, "python": platform.python_version()}
    for package in _PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            out[package] = importlib.metadata.version(package)
    return out


def _tokenizer_mark(tokenizer: Tokenizer, name: str) -> str:
    """What tells the tokenizer from others: its name, with the content of a file; see
    :func:`~ragzip.backends.identity.function_identity` for a function.
    """
    if callable(tokenizer) and not isinstance(tokenizer, TokenCounter):
        return function_identity(tokenizer)
    file = Path(name)
    return f"{name}:{files_digest(file)}" if file.is_file() else name


def _fingerprints(compressor: Compressor | None) -> dict[str, str]:
    """Of the models of ``compressor``, and of those it is made of, under its versioned name."""
    if compressor is None:
        return {}
    found: set[str] = set()
    seen: set[int] = set()
    waiting: list[Any] = [compressor]
    while waiting:
        item = waiting.pop()
        if id(item) in seen or isinstance(item, (str, bytes)):
            continue
        seen.add(id(item))
        mark = getattr(item, "fingerprint", None)
        if isinstance(mark, str):
            found.add(mark)
        elif isinstance(item, (list, tuple)):
            waiting += item
        elif isinstance(item, dict):
            waiting += item.values()
        elif type(item).__module__.startswith("ragzip."):
            waiting += vars(item).values() if hasattr(item, "__dict__") else ()
    return {compressor.name: " ".join(sorted(found))}
