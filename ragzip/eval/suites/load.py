"""Suites of examples, from files or from the hub; :data:`SUITES` lists them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ragzip.checks import flag, item_list, path_of, shown, whole_number
from ragzip.errors import InputError, OptionError, UnknownNameError
from ragzip.eval.suites.example import Example
from ragzip.eval.suites.format import SuiteFormat, SuiteRequest
from ragzip.eval.suites.table import FORMATS
from ragzip.files.rows import data_files, rows, stem

__all__ = ["SUITES", "Suite", "load_suite"]

SUITES = {name: suite_format.about for name, suite_format in FORMATS.items()}


class Suite(NamedTuple):
    """Examples with the name of their suite; ``notes`` are sentences about the examples that were left out."""

    name: str
    examples: list[Example]
    notes: tuple[str, ...]


def load_suite(
    suite: str | Path,
    data: str | Path | None = None,
    *,
    tasks: Sequence[str] = (),
    most: int | None = None,
    unanswerable: bool = False,
) -> Suite:
    """The examples of a suite.

    :param suite: a name of :data:`SUITES`, or the path of a file or folder, whose form is detected from its records.
    :param data: a file, or a folder of files (or of a subfolder named after the suite). Without it, suites that are on
        the hub are fetched with ``datasets``.
    :param tasks: only these tasks (LongBench, MeetingBank), or only these files, by name without ending.
    :param most: maximum number of examples per task, spread evenly over the file.
    :param unanswerable: include questions without an answer; their right answer is then "unanswerable", and every
        prompt of the suite says so. Otherwise they are left out.
    :raises UnknownNameError: neither a suite nor a path.
    :raises InputError: files that cannot be read, or hold no example.
    :raises MissingExtraError: to be fetched from the hub, and ``datasets`` is not installed.
    """
    if most is not None:
        most = whole_number(most, "most", least=1)
    tasks = item_list(tasks, "tasks", str, expected="names of tasks")
    unanswerable = flag(unanswerable, "unanswerable")
    if data is not None:
        data = path_of(data, "data", expected="a file or a folder")
    if not isinstance(suite, (str, Path)):
        raise OptionError(f"suite: received {type(suite).__name__}, expected a path or one of {', '.join(SUITES)}.")
    suite_name = str(suite)
    if suite_name not in FORMATS:
        suite_path = path_of(suite_name, "suite", expected=f"a file, a folder, or one of {', '.join(SUITES)}")
        if not suite_path.exists():
            raise UnknownNameError(
                f"suite: received {shown(suite_name)}, which is not a file or folder; expected one, or "
                f"one of {', '.join(SUITES)}."
            )
        suite_name, data = _detect(suite_path).name, suite_path
    every_example = _distinct(_examples(FORMATS[suite_name], data, tuple(tasks), unanswerable))
    examples = [example for example in every_example if example.answers or example.conversation]
    left_out_count = len(every_example) - len(examples)
    notes = (f"{left_out_count} questions without an answer are left out",) if left_out_count else ()
    if most is not None:
        examples = _spread(examples, most)
    if not examples:
        of_tasks = f" of {', '.join(tasks)}" if tasks else ""
        raise InputError(f"{data or suite_name}: no example for {suite_name}{of_tasks}.")
    return Suite(suite_name, examples, notes)


def _examples(
    suite_format: SuiteFormat, data: str | Path | None, tasks: tuple[str, ...], unanswerable: bool
) -> Iterator[Example]:
    if data is None and suite_format.hub is None:
        raise OptionError(
            f"data: received None, expected a file or a folder (--data): the suite {suite_format.name} is read from "
            "files."
        )
    data_path = None if data is None else suite_format.data_path(Path(data))
    return suite_format.examples(SuiteRequest(data_path, tasks, unanswerable))


def _distinct(examples: Iterable[Example]) -> list[Example]:
    """``examples`` with ids that are unique within a task: repeated ones are numbered."""
    counts: Counter[tuple[str, str]] = Counter()
    distinct = []
    for example in examples:
        counts[example.task, example.id] += 1
        occurrence = counts[example.task, example.id]
        distinct.append(example if occurrence == 1 else replace(example, id=f"{example.id}#{occurrence}"))
    return distinct


def _spread(examples: Sequence[Example], most: int) -> list[Example]:
    """At most ``most`` examples per task, spread evenly."""
    by_task: dict[str, list[Example]] = {}
    for example in examples:
        by_task.setdefault(example.task, []).append(example)
    sample = []
    for task_examples in by_task.values():
        sample_size = min(most, len(task_examples))
        sample += [task_examples[position * len(task_examples) // sample_size] for position in range(sample_size)]
    return sample


def _detect(path: Path) -> SuiteFormat:
    """The first suite of the table whose form the files at ``path`` have.

    :raises InputError: none.
    """
    if path.is_dir():
        file_stems = {stem(data_file) for data_file in path.iterdir() if data_file.is_file()}
        for suite_format in FORMATS.values():
            if suite_format.matches_folder(path, file_stems):
                return suite_format
    suite_files = data_files(path)
    location, record = next(rows(suite_files[0]), (str(path), {}))
    data_stems = [stem(data_file) for data_file in suite_files]
    for suite_format in FORMATS.values():
        if suite_format.matches_record(record.keys(), data_stems):
            return suite_format
    keys = ", ".join(map(str, record)) or "nothing"
    raise InputError(f"{location}: has {keys}, which is none of the forms of {', '.join(SUITES)}.")
