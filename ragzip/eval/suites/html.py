"""Questions on web pages: a folder with a file of pages (page, html) and files of questions that name one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from ragzip.errors import InputError
from ragzip.eval.suites.example import Example
from ragzip.eval.suites.format import SuiteFormat, SuiteRequest
from ragzip.eval.suites.questions import question_example, question_files
from ragzip.files.rows import Row, data_files, rows, stem, text_of
from ragzip.types import Document

__all__ = ["SUITE"]

_PAGES_STEM, _QUESTIONS_STEM = "pages", "questions"


def _examples(request: SuiteRequest) -> Iterator[Example]:
    """The examples of the questions of a folder, each with the page it names.

    :raises InputError: a folder of another form.
    """
    assert request.path is not None
    pages = _pages(request.path)
    for file in question_files(request.path, request.tasks):
        task = stem(file)
        if task == _PAGES_STEM:
            continue
        for number, (where, row) in enumerate(rows(file), 1):
            documents = (_page(row, where, pages),)
            yield question_example(row, where, f"{task}-{number}", task, documents, unanswerable=request.unanswerable)


def _pages(folder: Path) -> dict[str, Document]:
    """The pages of ``folder`` by their names.

    :raises InputError: no folder, or one without a file of pages.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder with pages and questions.")
    pages_file = next((file for file in data_files(folder) if stem(file) == _PAGES_STEM), None)
    if pages_file is None:
        raise InputError(f"{folder}: has no file of pages (pages.jsonl).")
    pages = {}
    for where, row in rows(pages_file):
        name = str(row.get("page") or row.get("id"))
        title = None if row.get("title") is None else str(row["title"])
        pages[name] = Document(name, text_of(row, where, "html"), title=title, mime="text/html")
    return pages


def _page(row: Row, where: str, pages: Mapping[str, Document]) -> Document:
    name = str(row.get("page"))
    if name not in pages:
        raise InputError(f"{where}: names the page {name!r}, which is not among the pages.")
    return pages[name]


def _matches_folder(_: Path, stems: Collection[str]) -> bool:
    return {_PAGES_STEM, _QUESTIONS_STEM} <= {*stems}


SUITE = SuiteFormat(
    name="html",
    about="questions on web pages (pages and questions in one folder)",
    examples=_examples,
    matches_folder=_matches_folder,
)
