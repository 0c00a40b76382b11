"""Suites of examples: from files of the forms in :data:`SUITES`, or from the hub where there is a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from ragzip.checks import flag, item_list, path_of, shown, whole_number
from ragzip.errors import InputError, MissingExtraError, OptionError, UnknownNameError
from ragzip.eval.suites import longbench, meetings, own
from ragzip.eval.suites.example import Example
from ragzip.files.rows import DataRow, data_files, rows, stem

__all__ = ["SUITES", "Suite", "load_suite"]

SUITES = {
    "longbench": "LongBench, 21 tasks (official form)",
    "longbench-e": "LongBench-E, 13 tasks in three ranges of length",
    "meetingbank": "MeetingBank, questions and summaries (its public releases)",
    "meetings": "QMSum: queries on meetings",
    "qa": "questions, documents and supporting spans (QA schema)",
    "html": "questions on web pages (pages and questions in one folder)",
    "own": "questions of your own: JSON Lines or CSV, with their context or a folder of documents",
}
_HUB = {
    "longbench": ("THUDM/LongBench", longbench.TASKS),
    "longbench-e": ("THUDM/LongBench", tuple(f"{name}_e" for name in longbench.EVEN)),
    "meetingbank": ("microsoft/MeetingBank-QA-Summary", (None,)),
}


class Suite(NamedTuple):
    """Examples with the name of their form, and what is not among them, in words."""

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

    :param suite: a name of :data:`SUITES`, or the path of a file or folder, whose form is then told from its records.
    :param data: a file, or a folder of files (its subfolder called like the suite, if it has one). Without it the
        suites that are on the hub are fetched with ``datasets``.
    :param tasks: only these tasks (LongBench), or files by name without ending.
    :param most: of each task, so many examples, spread evenly over the file.
    :param unanswerable: take questions without an answer too; the right answer is then "unanswerable", and every
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
    if name not in SUITES:
        path = path_of(name, "suite", expected=f"a file, a folder, or one of {', '.join(SUITES)}")
        if not path.exists():
            raise UnknownNameError(
                f"suite: received {shown(name)}, which is no file or folder; expected one, or "
                f"one of {', '.join(SUITES)}."
            )
        name, data = _form(path), path
    every = _distinct(_examples(name, data, tuple(tasks), unanswerable))
    found = [example for example in every if example.answers]
    left_out = len(every) - len(found)
    notes = (f"{left_out} questions without an answer are left out",) if left_out else ()
    if most is not None:
        found = _spread(found, most)
    if not found:
        raise InputError(f"{data or name}: no example for {name}{' of ' + ', '.join(tasks) if tasks else ''}.")
    return Suite(name, found, notes)


def _distinct(examples: Iterable[Example]) -> list[Example]:
    """``examples`` with ids that no two of a task share: repeated ones are numbered."""
    seen: Counter[tuple[str, str]] = Counter()
    out = []
    for example in examples:
        seen[example.task, example.id] += 1
        number = seen[example.task, example.id]
        out.append(example if number == 1 else replace(example, id=f"{example.id}#{number}"))
    return out


def _spread(examples: Sequence[Example], most: int) -> list[Example]:
    by_task: dict[str, list[Example]] = {}
    for example in examples:
        by_task.setdefault(example.task, []).append(example)
    return [
        found[i * len(found) // min(most, len(found))]
        for found in by_task.values()
        for i in range(min(most, len(found)))
    ]


def _examples(name: str, data: str | Path | None, tasks: tuple[str, ...], unanswerable: bool) -> Iterator[Example]:
    if data is None and name not in _HUB:
        raise OptionError(
            f"data: received None, expected a file or a folder (--data): the suite {name} is read from files."
        )
    path = None if data is None else Path(data)
    if path is not None and (path / name.removesuffix("-e")).is_dir():
        path = path / name.removesuffix("-e")
    if path is not None and name in ("qa", "own", "html"):
        yield from own.examples(name, path, tasks, unanswerable)
        return
    makers: dict[str, Any] = {"meetingbank": meetings.meetingbank, "meetings": meetings.qmsum}
    for number, (where, row) in enumerate(_from_hub(name, tasks) if path is None else _rows(name, path, tasks)):
        if name in makers:
            found = makers[name](row, where, number=number)
            yield from (example for example in found if not tasks or name == "meetings" or example.task in tasks)
        else:
            yield longbench.example(row, where, number=number)


def _rows(name: str, path: Path, tasks: tuple[str, ...]) -> Iterator[tuple[str, DataRow]]:
    """Records of the files of a suite; of LongBench's those of its tasks alone."""
    for file in data_files(path):
        task = stem(file).removesuffix("_e")
        if name.startswith("longbench") and path.is_dir():
            if task not in longbench.TASKS or (tasks and task not in tasks):
                continue
            if stem(file).endswith("_e") != (name == "longbench-e"):
                continue
        yield from rows(file)


def _from_hub(name: str, tasks: tuple[str, ...]) -> Iterator[tuple[str, DataRow]]:
    try:
        import datasets
    except ModuleNotFoundError as error:
        raise MissingExtraError("datasets", "hub") from error
    repository, configurations = _HUB[name]
    for configuration in configurations:
        if configuration and tasks and configuration.removesuffix("_e") not in tasks:
            continue
        try:
            found = datasets.load_dataset(repository, configuration, split="test")
        except Exception as error:  # the hub cannot be reached, or its layout changed: many kinds
            raise InputError(
                f"{repository} could not be fetched ({type(error).__name__}: {str(error)[:200]}). "
                "Name a folder of files with --data."
            ) from error
        for number, row in enumerate(found, 1):
            yield f"{repository} {configuration or ''}, record {number}", dict(row)


def _form(path: Path) -> str:
    """The suite whose form the records at ``path`` have."""
    if path.is_dir():
        names = {stem(file) for file in path.iterdir() if file.is_file()}
        if {"pages", "questions"} <= names:
            return "html"
        if (path / "documents").is_dir() or "questions" in names:
            return "own"
    files = data_files(path)
    where, row = next(rows(files[0]), (str(path), {}))
    keys = set(row)
    if {"context", "answers", "dataset"} <= keys:
        return "longbench-e" if all(stem(file).endswith("_e") for file in files) else "longbench"
    if {"transcript", "queries"} <= keys:
        return "meetings"
    if keys & {"QA_pairs", "qa_pairs"} or (keys & {"transcript", "source"} and keys & {"summary", "reference"}):
        return "meetingbank"
    if {"question", "documents", "answers"} <= keys and "support_spans" in keys:
        return "qa"
    if keys & own.QUESTIONS:
        return "own"
    raise InputError(
        f"{where}: has {', '.join(map(str, row)) or 'nothing'}, which is none of the forms of {', '.join(SUITES)}."
    )
