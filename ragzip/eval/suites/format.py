"""The description of a suite: its name, how its files are recognized, and how its examples are read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from ragzip.errors import InputError, needs_extra
from ragzip.eval.suites.example import Example
from ragzip.files.rows import DataRow, data_files, rows

__all__ = ["HubDataset", "SuiteFormat", "SuiteRequest", "has_keys", "located_rows"]


@dataclass(frozen=True)
class HubDataset:
    """A dataset on the hub, read with ``datasets``; its ``test`` split is used.

    :param configurations: one per task ("qasper", "qasper_e"), or (None,) where the dataset has only one.
    """

    repository: str
    configurations: tuple[str | None, ...] = (None,)


@dataclass(frozen=True)
class SuiteRequest:
    """The options of one load.

    :param path: a file or a folder of files; None: the hub.
    :param tasks: the tasks to load; empty: all.
    :param unanswerable: whether questions without an answer are loaded, with :data:`~.questions.UNANSWERABLE` as
        their answer.
    """

    path: Path | None
    tasks: tuple[str, ...] = ()
    unanswerable: bool = False


def _never(*_: object) -> bool:
    return False


def has_keys(required_keys: Collection[str]) -> Callable[[Collection[str], Collection[str]], bool]:
    """A ``matches_record`` of a :class:`SuiteFormat` for records with all ``required_keys``."""
    return lambda keys, _: {*keys} >= {*required_keys}


@dataclass(frozen=True)
class SuiteFormat:
    """A suite: a file in this folder defines it, a line in :mod:`~ragzip.eval.suites.table` adds it.

    :param about: one line for help texts.
    :param examples: reads the examples of a request.
    :param matches_folder: whether a folder is of this form, by its path and the names of its files without endings.
    :param matches_record: whether a record is of this form, by its keys and the names of all data files.
    :param hub: where the suite is on the hub, if it is.
    :param folder: name of the subfolder of a data folder that holds the suite; default: ``name``.
    :param length_range: label of the range of lengths (in words) that an example is also reported under.
    """

    name: str
    about: str
    examples: Callable[[SuiteRequest], Iterator[Example]]
    matches_folder: Callable[[Path, Collection[str]], bool] = _never
    matches_record: Callable[[Collection[str], Collection[str]], bool] = _never
    hub: HubDataset | None = None
    folder: str = ""
    length_range: Callable[[int], str] | None = None

    def data_path(self, path: Path) -> Path:
        """The subfolder of ``path`` that is named after the suite, or ``path`` where there is none."""
        subfolder = path / (self.folder or self.name)
        return subfolder if subfolder.is_dir() else path


def located_rows(
    request: SuiteRequest, hub: HubDataset | None = None, reads_file: Callable[[Path], bool] | None = None
) -> Iterator[tuple[str, DataRow]]:
    """The records of a request, each with its location ("qasper.jsonl:3"), from files or from ``hub``.

    :param reads_file: whether a file of a folder is read; default: every file is.
    :raises InputError: files that cannot be read, or a hub that cannot be reached.
    :raises MissingExtraError: to be fetched from the hub, and ``datasets`` is not installed.
    """
    if request.path is None:
        if hub is not None:
            yield from _hub_rows(hub, request.tasks)
        return
    filters = reads_file is not None and request.path.is_dir()
    for data_file in data_files(request.path):
        if not filters or (reads_file is not None and reads_file(data_file)):
            yield from rows(data_file)


def _hub_rows(hub: HubDataset, tasks: Collection[str]) -> Iterator[tuple[str, DataRow]]:
    with needs_extra("hub"):
        import datasets
    for configuration in hub.configurations:
        if configuration and tasks and configuration.removesuffix("_e") not in tasks:
            continue
        try:
            test_split = datasets.load_dataset(hub.repository, configuration, split="test")
        except Exception as error:  # network, layout and authorization errors share no base class
            raise InputError(
                f"{hub.repository} could not be fetched ({type(error).__name__}: {str(error)[:200]}). "
                "Name a folder of files with --data."
            ) from error
        for record_number, record in enumerate(test_split, 1):
            yield f"{hub.repository} {configuration or ''}, record {record_number}", dict(record)
