"""Questions on web pages: a folder with a file of pages (page, html) and files of questions that name one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from ragzip.errors import InputError
from ragzip.eval.suites.example import Example
from ragzip.eval.suites.format import SuiteFormat, SuiteRequest
from ragzip.eval.suites.questions import question_example, question_files
from ragzip.files.rows import DataRow, data_files, rows, stem, text_of
from ragzip.types import Document

__all__ = ["SUITE"]

_PAGES_STEM, _QUESTIONS_STEM = "pages", "questions"


def _examples(request: SuiteRequest) -> Iterator[Example]:
    """The examples of the questions of a folder, each with the page it names.

    :raises InputError: a folder of another form.
    """
    assert request.path is not None
    pages_by_name = _pages(request.path)
    for question_file in question_files(request.path, request.tasks):
        task_name = stem(question_file)
        if task_name == _PAGES_STEM:
            continue
        for record_number, (location, record) in enumerate(rows(question_file), 1):
            documents = (_page(record, location, pages_by_name),)
            default_id = f"{task_name}-{record_number}"
            yield question_example(record, location, default_id, task_name, documents, request.unanswerable)


def _pages(folder: Path) -> dict[str, Document]:
    """The pages of ``folder`` by their names.

    :raises InputError: no folder, or one without a file of pages.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder with pages and questions.")
    pages_file = next((data_file for data_file in data_files(folder) if stem(data_file) == _PAGES_STEM), None)
    if pages_file is None:
        raise InputError(f"{folder}: has no file of pages (pages.jsonl).")
    pages_by_name = {}
    for location, record in rows(pages_file):
        page_name = str(record.get("page") or record.get("id"))
        page_title = None if record.get("title") is None else str(record["title"])
        source = text_of(record, location, "html")
        pages_by_name[page_name] = Document(page_name, source, title=page_title, mime="text/html")
    return pages_by_name


def _page(record: DataRow, location: str, pages_by_name: Mapping[str, Document]) -> Document:
    page_name = str(record.get("page"))
    if page_name not in pages_by_name:
        raise InputError(f"{location}: names the page {page_name!r}, which is not among the pages.")
    return pages_by_name[page_name]


def _matches_folder(_: Path, stems: Collection[str]) -> bool:
    return {_PAGES_STEM, _QUESTIONS_STEM} <= {*stems}


SUITE = SuiteFormat(
    name="html",
    about="questions on web pages (pages and questions in one folder)",
    examples=_examples,
    matches_folder=_matches_folder,
)
