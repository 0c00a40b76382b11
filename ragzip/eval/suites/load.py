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
    name = str(suite)
    if name not in FORMATS:
        path = path_of(name, "suite", expected=f"a file, a folder, or one of {', '.join(SUITES)}")
        if not path.exists():
            raise UnknownNameError(
                f"suite: received {shown(name)}, which is no file or folder; expected one, or "
                f"one of {', '.join(SUITES)}."
            )
        name, data = _detect(path).name, path
    every_example = _distinct(_examples(FORMATS[name], data, tuple(tasks), unanswerable))
    examples = [example for example in every_example if example.answers]
    left_out_count = len(every_example) - len(examples)
    notes = (f"{left_out_count} questions without an answer are left out",) if left_out_count else ()
    if most is not None:
        examples = _spread(examples, most)
    if not examples:
        raise InputError(f"{data or name}: no example for {name}{' of ' + ', '.join(tasks) if tasks else ''}.")
    return Suite(name, examples, notes)


def _examples(
    suite_format: SuiteFormat, data: str | Path | None, tasks: tuple[str, ...], unanswerable: bool
) -> Iterator[Example]:
    if data is None and suite_format.hub is None:
        raise OptionError(
            f"data: received None, expected a file or a folder (--data): the suite {suite_format.name} is read from "
            "files."
        )
    path = None if data is None else suite_format.data_path(Path(data))
    return suite_format.examples(SuiteRequest(path, tasks, unanswerable))


def _distinct(examples: Iterable[Example]) -> list[Example]:
    """``examples`` with ids that are unique within a task: repeated ones are numbered."""
    counts: Counter[tuple[str, str]] = Counter()
    distinct = []
    for example in examples:
        counts[example.task, example.id] += 1
        number = counts[example.task, example.id]
        distinct.append(example if number == 1 else replace(example, id=f"{example.id}#{number}"))
    return distinct


def _spread(examples: Sequence[Example], most: int) -> list[Example]:
    """At most ``most`` examples per task, spread evenly."""
    by_task: dict[str, list[Example]] = {}
    for example in examples:
        by_task.setdefault(example.task, []).append(example)
    sample = []
    for task_examples in by_task.values():
        count = min(most, len(task_examples))
        sample += [task_examples[position * len(task_examples) // count] for position in range(count)]
    return sample


def _detect(path: Path) -> SuiteFormat:
    """The first suite of the table whose form the files at ``path`` have.

    :raises InputError: none.
    """
    if path.is_dir():
        file_stems = {stem(file) for file in path.iterdir() if file.is_file()}
        for suite_format in FORMATS.values():
            if suite_format.matches_folder(path, file_stems):
                return suite_format
    files = data_files(path)
    where, row = next(rows(files[0]), (str(path), {}))
    data_stems = [stem(file) for file in files]
    for suite_format in FORMATS.values():
        if suite_format.matches_record(row.keys(), data_stems):
            return suite_format
    raise InputError(
        f"{where}: has {', '.join(map(str, row)) or 'nothing'}, which is none of the forms of {', '.join(SUITES)}."
    )
