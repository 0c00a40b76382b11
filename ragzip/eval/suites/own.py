"""Questions with documents: the QA schema, web pages, and a user's own files."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ragzip.errors import InputError
from ragzip.eval.suites.example import Example, around
from ragzip.files.documents import read_documents
from ragzip.files.rows import DataRow, data_files, rows, stem, text_of
from ragzip.output.layout import ASK, Layout
from ragzip.types import Document

__all__ = ["QUESTIONS", "UNANSWERABLE", "examples"]

QUESTIONS = {"question", "query"}
UNANSWERABLE = "unanswerable"
_PROMPT = f"{ASK}{{rule}}\n\n{{context}}\n\nQuestion: {{question}}\nAnswer:"
_RULE = f' If the documents do not say it, answer "{UNANSWERABLE}".'
_METRICS = ("qa_f1", "exact_match", "substring")
_MOST_TOKENS = 32


def examples(form: str, path: Path, tasks: tuple[str, ...], unanswerable: bool) -> Iterator[Example]:
    """The examples of the files at ``path``; see :func:`~ragzip.eval.suites.load.load_suite`.

    A record of the QA schema has question, answers, documents (id, title, text) and support_spans (doc, start, end).
    One of a user's own has question; answers (a list; in CSV one text, or several as a JSON list), or answer; and its
    context: ``context`` (a text), ``documents`` (texts, or objects as above), ``files`` (paths from the folder), or
    nothing, for all files of the folder ``documents`` beside it. ``metric``, ``prompt`` (with {context} and
    {question}) and ``max_tokens`` are as the suite has them unless the record says otherwise. A question without an
    answer is an example without one, or with ``unanswerable``, one whose answer is that.

    :raises InputError: another form.
    """
    pages = _pages(path) if form == "html" else {}
    shelf = _Shelf(path if path.is_dir() else path.parent)
    for file in data_files(path):
        task = stem(file)
        if (form == "html" and task == "pages") or (tasks and task not in tasks):
            continue
        for number, (where, row) in enumerate(rows(file), 1):
            documents = _page(row, where, pages) if form == "html" else shelf.documents(row, where)
            yield _example(row, where, f"{task}-{number}", task, documents, unanswerable)


def _example(
    row: DataRow,
    where: str,
    name: str,
    task: str,
    documents: tuple[Document, ...],
    unanswerable: bool,
) -> Example:
    question = text_of(row, where, *QUESTIONS)
    prompt = text_of(row, where, "prompt", default=_PROMPT)
    if prompt.count("{context}") != 1:
        raise InputError(f"{where}: prompt has no {{context}}, or more than one.")
    before, after = around(prompt, question=question, rule=_RULE if unanswerable else "")
    metric = text_of(row, where, "metric", default="")
    titled = all(document.title for document in documents) and not any("html" in d.mime for d in documents)
    try:
        most = int(row.get("max_tokens") or _MOST_TOKENS)
    except (TypeError, ValueError):
        raise InputError(f"{where}: max_tokens is {row['max_tokens']!r}, expected a number.") from None
    return Example(
        id=str(row.get("id") or name),
        task=task,
        documents=documents,
        query=question,
        answers=_answers(row, where) or ((UNANSWERABLE,) if unanswerable else ()),
        metrics=(metric,) if metric else _METRICS,
        before=before,
        after=after,
        max_tokens=most,
        layout=Layout(header="{title}\n" if titled else ""),
        support=_support(row, where),
    )


def _answers(row: DataRow, where: str) -> tuple[str, ...]:
    found: Any = row.get("answers", row.get("answer"))
    if isinstance(found, str) and found.lstrip().startswith("["):
        with contextlib.suppress(ValueError):  # an answer may begin with a bracket
            found = json.loads(found)
    if found is None or found == "":
        return ()
    listed = [found] if isinstance(found, (str, int, float)) else found
    if not isinstance(listed, (list, tuple)):
        raise InputError(f"{where}: answers is {type(found).__name__}, expected a text or a list of texts.")
    return tuple(str(answer) for answer in listed if str(answer).strip())


def _support(row: DataRow, where: str) -> tuple[tuple[int, int, int], ...]:
    spans = row.get("support_spans") or []
    try:
        place = {str(document["id"]): i for i, document in enumerate(row["documents"])} if spans else {}
        return tuple((place[str(span["doc"])], int(span["start"]), int(span["end"])) for span in spans)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{where}: support_spans do not fit the documents ({error!r}).") from error


class _Shelf:
    """The documents of records: in them, in files they name, or all of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._all: tuple[Document, ...] | None = None

    def documents(self, row: DataRow, where: str) -> tuple[Document, ...]:
        if row.get("documents") is not None:
            return _given(row["documents"], where)
        if row.get("context") is not None:
            return (Document("context", text_of(row, where, "context")),)
        if row.get("files"):
            named = row["files"].split(";") if isinstance(row["files"], str) else row["files"]
            return tuple(read_documents([self.folder / str(name).strip() for name in named]))
        if self._all is None:
            if not (self.folder / "documents").is_dir():
                raise InputError(
                    f"{where}: has {', '.join(map(str, row))}, expected context, documents or files, or a folder "
                    "'documents' beside it."
                )
            self._all = tuple(read_documents([self.folder / "documents"]))
        return self._all


def _given(found: Any, where: str) -> tuple[Document, ...]:
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except ValueError:
            found = [found]
    if not isinstance(found, (list, tuple)):
        raise InputError(f"{where}: documents is {type(found).__name__}, expected a list.")
    out = []
    for i, item in enumerate(found):
        if isinstance(item, str):
            out.append(Document(str(i), item))
        elif isinstance(item, Mapping):
            text, title = text_of(dict(item), f"{where}, document {i}", "text"), item.get("title")
            mime = str(item.get("mime") or "text/plain")
            # ids need not be unique in a record, so the position is the id
            out.append(Document(str(i), text, title=None if title is None else str(title), mime=mime))
        else:
            raise InputError(f"{where}: document {i} is {type(item).__name__}, expected a text or an object.")
    return tuple(out)


def _pages(path: Path) -> dict[str, Document]:
    if not path.is_dir():
        raise InputError(f"{path}: expected a folder with pages and questions.")
    file = next((file for file in data_files(path) if stem(file) == "pages"), None)
    if file is None:
        raise InputError(f"{path}: has no file of pages (pages.jsonl).")
    out = {}
    for where, row in rows(file):
        name = str(row.get("page") or row.get("id"))
        title = row.get("title")
        out[name] = Document(
            name, text_of(row, where, "html"), title=None if title is None else str(title), mime="text/html"
        )
    return out


def _page(row: DataRow, where: str, pages: Mapping[str, Document]) -> tuple[Document, ...]:
    name = str(row.get("page"))
    if name not in pages:
        raise InputError(f"{where}: names the page {name!r}, which is not among the pages.")
    return (pages[name],)
