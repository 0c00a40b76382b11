"""Runs of a grid of compressors and budgets with one reader over examples; interrupted runs resume."""

from __future__ import annotations

import contextlib
import importlib.metadata
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import ragzip
from ragzip.cache import CacheOption
from ragzip.checks import flag, item_list, number_in, path_of, text, whole_number, with_methods
from ragzip.compressors.base import Compressor
from ragzip.compressors.fingerprints import fingerprints_of, tokenizer_identity
from ragzip.compressors.registry import shared_compressor
from ragzip.errors import InputError, OptionError
from ragzip.eval.measures.kept import measure
from ragzip.eval.measures.metrics import best
from ragzip.eval.record import AGAIN, NONE, Arm, Record
from ragzip.eval.runs.conversations import conversation_figures
from ragzip.eval.runs.readers import Decider, Reader, VectorReader
from ragzip.eval.runs.records import Records
from ragzip.eval.runs.systems import MessagesSystem, System, system_of
from ragzip.eval.suites.example import Example
from ragzip.pipeline import Pipeline
from ragzip.result import Result
from ragzip.text.tokens import Tokenizer, token_counter

__all__ = ["arms", "run"]

Progress = Callable[[int, int], None]
_MAX_ERROR_CHARS = 500
_PACKAGES = ("numpy", "onnxruntime", "tokenizers", "tiktoken", "torch", "transformers")


def arms(compressors: Sequence[str], rates: Sequence[float] = (), target_tokens: Sequence[int] = ()) -> list[Arm]:
    """The arms of a grid: no compression, then each compressor at each rate and each number of tokens (without either,
    at its default).

    :raises OptionError: a rate outside (0, 1], or no tokens.
    """
    compressor_names = item_list(compressors, "compressors", str, expected="a list of names")
    rate_list = item_list(rates, "rate", object, expected="numbers in (0, 1]")
    token_counts = item_list(target_tokens, "target_tokens", object, expected="whole numbers, 1 or more")
    budgets: list[tuple[float | None, int | None]] = [(number_in(rate, "rate", above=0), None) for rate in rate_list]
    budgets += [(None, whole_number(tokens, "target_tokens", least=1)) for tokens in token_counts]
    compressed = [name for name in compressor_names if name != NONE]
    return [Arm(NONE), *(Arm(name, *budget) for name in compressed for budget in budgets or [(None, None)])]


@dataclass(frozen=True)
class _Settings:
    """The settings that all examples of a run share.

    :param compressors: by the name of the arm; no compression has none.
    :param systems: of conversations, by arm; no compression has none.
    :param fingerprints: of the compressor's models and the reader, by the name of the arm.
    """

    suite: str
    compressors: Mapping[str, Compressor]
    systems: Mapping[Arm, System]
    reader: Reader | Decider | None
    likelihood: bool
    tokenizer: Tokenizer
    cache: CacheOption
    versions: dict[str, str]
    fingerprints: Mapping[str, dict[str, str]]

    @property
    def reader_name(self) -> str | None:
        return self.reader.name if self.reader else None

    @property
    def of_folder(self) -> dict[str, str | None]:
        """The settings that all runs of one folder share."""
        return {
            "suite": self.suite,
            "reader": self.reader.fingerprint if self.reader else None,
            "tokenizer": tokenizer_identity(self.tokenizer),
            "ragzip": ragzip.__version__,
        }

    def fingerprints_of(self, example: Example, arm: Arm) -> dict[str, str]:
        """The fingerprints of everything that a record of ``example`` under ``arm`` depends on."""
        return self.fingerprints[arm.name] | {"example": example.fingerprint}


def run(
    examples: Sequence[Example],
    grid: Sequence[Arm],
    *,
    out: str | Path,
    suite: str,
    compressors: Mapping[str, Compressor] | None = None,
    systems: Sequence[System | Callable[[Any], Any]] = (),
    reader: Reader | Decider | None = None,
    likelihood: bool = False,
    tokenizer: Tokenizer = None,
    cache: CacheOption = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[Record]:
    """The records of every example under every arm of ``grid``, which are also written to the folder ``out``.

    The same call resumes an interrupted run: examples with a record are not repeated, and at most one example per
    worker is lost. The record of an example that fails holds its error, and the run continues.

    :param compressors: compressors that are not in the registry, by their names in ``grid``.
    :param systems: of messages, each another arm; for conversations (the suites decisions and tool-results).
    :param likelihood: also measure the likelihood of the right answers, if the reader supports it.
    :param workers: examples at a time. A local model computes one at a time; chat models and servers gain from more.
    :param progress: called with the number of finished records and of all.
    :raises StorageError: ``out`` holds a run with another reader, tokenizer or suite, or with one that has no lasting
        identity: a chat model without a name (see :class:`~ragzip.eval.runs.readers.ChatReader`), a lambda.
    """
    examples = item_list(examples, "examples", Example, expected="a list of Examples", error=InputError)
    grid = item_list(grid, "grid", Arm, expected="what arms() gives")
    folder = path_of(out, "out", expected="a folder")
    text(suite, "suite", expected="the name of the suite")
    workers, likelihood = whole_number(workers, "workers", least=1), flag(likelihood, "likelihood")
    if compressors is not None and not isinstance(compressors, Mapping):
        raise OptionError(f"compressors: received {type(compressors).__name__}, expected Compressors by name.")
    if progress is not None and not callable(progress):
        raise OptionError(f"progress: received {type(progress).__name__}, expected a function of two numbers.")
    has_conversations = any(example.conversation is not None for example in examples)
    _check_reader(reader, has_conversations)
    own_systems = {system.name: system for system in map(system_of, systems)}
    _check_conversations(examples, grid, own_systems, len(systems), reader)
    by_name = {
        arm.name: (compressors or {}).get(arm.name) or shared_compressor(arm.name) for arm in grid if arm.name != NONE
    }
    systems_by_arm: dict[Arm, System] = {Arm(name): system for name, system in own_systems.items()}
    if has_conversations:
        systems_by_arm |= {arm: _system(arm, by_name[arm.name], tokenizer, cache) for arm in grid if arm.name != NONE}
        grid = [*grid, *map(Arm, own_systems), *([Arm(AGAIN)] if _asks_again(reader, grid) else [])]
    settings = _Settings(
        suite=suite,
        compressors=by_name,
        systems=systems_by_arm,
        reader=reader,
        likelihood=likelihood,
        tokenizer=tokenizer,
        cache=cache,
        versions=_versions(),
        fingerprints=_fingerprints(grid, by_name, own_systems, reader),
    )
    with contextlib.closing(Records(folder, settings.of_folder)) as records:
        planned = [(example, arm) for example in examples for arm in grid]
        failures = _measure(records, settings, planned, workers, progress)
    stored = (_stored(records, settings, example, arm) for example, arm in planned)
    return [*(record for record in stored if record is not None), *failures]


def _fingerprints(
    grid: Sequence[Arm],
    compressors: Mapping[str, Compressor],
    systems: Mapping[str, System],
    reader: Reader | Decider | None,
) -> dict[str, dict[str, str]]:
    """The fingerprints of the models of each arm, and of the reader, by the name of the arm."""
    models = {name: fingerprints_of(compressor) for name, compressor in compressors.items()}
    models |= {name: {"system": system.fingerprint} for name, system in systems.items()}
    of_reader = {"reader": reader.fingerprint} if reader else {}
    return {arm.name: models.get(arm.name, {}) | of_reader for arm in grid}


def _measure(
    records: Records,
    settings: _Settings,
    planned: Sequence[tuple[Example, Arm]],
    workers: int,
    progress: Progress | None,
) -> list[Record]:
    """The new records that hold an error; every example and arm of ``planned`` without a stored record is measured."""
    pending = [(example, arm) for example, arm in planned if _stored(records, settings, example, arm) is None]
    finished_before = len(planned) - len(pending)
    failures = []
    if progress:
        progress(finished_before, len(planned))
    measured = _in_parallel(partial(_measured, settings), pending, workers)
    for finished, record in enumerate(measured, finished_before + 1):
        records.add(record)
        if record.error is not None:
            failures.append(record)
        if progress:
            progress(finished, len(planned))
    return failures


def _check_reader(reader: object, has_conversations: bool) -> None:
    """Check that ``reader`` can answer questions, or decide in conversations.

    :raises OptionError: it cannot.
    """
    if reader is None:
        return
    method = "decide" if has_conversations else "read"
    expected = f"a reader with the method {method}" if has_conversations else "a Reader, as load_reader() gives"
    with_methods(reader, "reader", (method, "name", "fingerprint"), expected=expected)


def _check_conversations(
    examples: Sequence[Example],
    grid: Sequence[Arm],
    systems: Mapping[str, System],
    system_count: int,
    reader: Reader | Decider | None,
) -> None:
    """Check that systems and reader go with the examples.

    :raises OptionError: systems with the name of another arm, systems for examples that are no conversations, or a
        reader for conversations without tools.
    :raises InputError: conversations among other examples.
    """
    if len(systems) < system_count or any(arm.name in systems for arm in grid) or AGAIN in systems:
        raise OptionError(f"systems: received {', '.join(systems)}, expected a name of its own for each arm.")
    conversations = [example.conversation for example in examples if example.conversation is not None]
    if 0 < len(conversations) < len(examples):
        raise InputError("examples: received conversations among others, expected only conversations, or none.")
    if systems and not conversations:
        raise OptionError("systems: received examples without messages, expected a suite of conversations: decisions.")
    if reader is not None and any(not conversation.tools for conversation in conversations):
        raise OptionError(
            "reader: received examples without tools to choose from, expected none: this suite is measured without one."
        )


def _asks_again(reader: Reader | Decider | None, grid: Sequence[Arm]) -> bool:
    """Whether the reader is asked twice without compression, to know how often it agrees with itself."""
    return isinstance(reader, Decider) and not reader.deterministic and Arm(NONE) in grid


def _system(arm: Arm, compressor: Compressor, tokenizer: Tokenizer, cache: CacheOption) -> System:
    """The compressor and budget of ``arm`` as a system; the budget holds for each tool result, short ones too."""
    return MessagesSystem(
        arm.label,
        compressor=compressor,
        rate=arm.rate,
        target_tokens=arm.target_tokens,
        tokenizer=tokenizer,
        cache=cache,
        least=0,
    )


def _stored(records: Records, settings: _Settings, example: Example, arm: Arm) -> Record | None:
    """The stored record of ``example`` under ``arm``, if it is of the same example and the same models."""
    record = records.done.get((example.task, example.id, arm, settings.reader_name))
    return record if record and record.fingerprints == settings.fingerprints_of(example, arm) else None


def _measured(settings: _Settings, example: Example, arm: Arm) -> Record:
    """A new record of ``example`` under ``arm``, with its figures or its error."""
    fields: dict[str, Any] = {
        "id": example.id,
        "suite": settings.suite,
        "task": example.task,
        "compressor": arm.name,
        "rate": arm.rate,
        "target_tokens": arm.target_tokens,
        "reader": settings.reader_name,
        "length": example.length,
        "versions": settings.versions,
        "fingerprints": settings.fingerprints_of(example, arm),
    }
    try:
        if example.conversation is not None:
            system = settings.systems.get(arm)
            decider = settings.reader if isinstance(settings.reader, Decider) else None
            counter = token_counter(settings.tokenizer)
            return Record(**fields, **conversation_figures(example, example.conversation, system, decider, counter))
        result = _compress(example, arm, settings)
        figures = _figures(example, result)
        if isinstance(settings.reader, Reader):
            reading_figures = _read(example, result, settings.reader, settings.likelihood)
            figures["seconds"] |= reading_figures.pop("seconds")
            figures |= reading_figures
        return Record(**fields, **figures)
    except Exception as error:  # one example must not stop a run of hours
        return Record(**fields, error=f"{type(error).__name__}: {error}"[:_MAX_ERROR_CHARS])


def _in_parallel(
    measured: Callable[[Example, Arm], Record], pending: Sequence[tuple[Example, Arm]], workers: int
) -> Iterator[Record]:
    """The records of ``pending`` in the order in which they finish.

    At most ``workers`` examples are in flight, so that an interruption loses no more than these.
    """
    if workers == 1:
        yield from (measured(example, arm) for example, arm in pending)
        return
    with ThreadPoolExecutor(workers) as executor:
        in_flight: set[Future[Record]] = set()
        remaining = iter(pending)
        try:
            while True:
                for example, arm in islice(remaining, workers - len(in_flight)):
                    in_flight.add(executor.submit(measured, example, arm))
                if not in_flight:
                    return
                finished, in_flight = wait(in_flight, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in finished)
        finally:
            for future in in_flight:
                future.cancel()


def _compress(example: Example, arm: Arm, settings: _Settings) -> Result:
    options: dict[str, Any] = {
        "tokenizer": settings.tokenizer,
        "cache": settings.cache,
        "layout": example.layout,
    }
    compressor = settings.compressors.get(arm.name)
    if compressor is None:  # no compression
        return Pipeline("baseline/none", rate=1.0, **options).run(example.documents, example.query)
    options |= {"rate": arm.rate, "target_tokens": arm.target_tokens}
    return Pipeline(compressor, **options).run(example.documents, example.query)


def _figures(example: Example, result: Result) -> dict[str, Any]:
    """The fields of a record that need no reader."""
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
            **{f"compress/{stage_name}": round(seconds, 6) for stage_name, seconds in stats.seconds.items()},
        },
    }


def _read(example: Example, result: Result, reader: Reader, likelihood: bool) -> dict[str, Any]:
    """The fields of a record that the reader's answer gives."""
    has_vectors = any(document.soft for document in result.documents) and isinstance(reader, VectorReader)
    prompt = (example.before, *result.parts, example.after) if has_vectors else example.prompt(result.text)
    reading = reader.read(
        prompt,
        max_tokens=example.max_tokens,
        gold=example.answers if likelihood else (),
        plain=example.plain,
        stop="\n" if example.first_line else None,
    )
    prediction = example.read(reading.text)
    seconds = {"read": reading.seconds} | ({} if reading.first is None else {"first": reading.first})
    return {
        "prediction": reading.text,
        "scores": {
            metric_name: best(metric_name, prediction, example.answers, example.classes)
            for metric_name in example.metrics
        },
        "nll": reading.nll,
        "prompt_tokens": reading.prompt_tokens,
        "output_tokens": reading.output_tokens,
        "seconds": {stage_name: round(duration, 6) for stage_name, duration in seconds.items()},
    }


def _versions() -> dict[str, str]:
    versions = {"ragzip": ragzip.__version__, "python": platform.python_version()}
    for package in _PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[package] = importlib.metadata.version(package)
    return versions
