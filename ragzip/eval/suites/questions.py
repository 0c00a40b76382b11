"""Examples of question records: the QA schema, and the records of a user's own."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from ragzip.errors import InputError
from ragzip.eval.suites.example import Example, around
from ragzip.eval.suites.format import SuiteRequest
from ragzip.files.documents import read_documents
from ragzip.files.rows import DataRow, data_files, rows, stem, text_of
from ragzip.output.layout import ASK, Layout
from ragzip.types import Document

__all__ = ["QUESTION_KEYS", "UNANSWERABLE", "examples", "question_example", "question_files"]

QUESTION_KEYS = ("question", "query")
UNANSWERABLE = "unanswerable"
_PROMPT = f"{ASK}{{rule}}\n\n{{context}}\n\nQuestion: {{question}}\nAnswer:"
_UNANSWERABLE_RULE = f' If the documents do not say it, answer "{UNANSWERABLE}".'
_METRICS = ("qa_f1", "exact_match", "substring")
_MAX_ANSWER_TOKENS = 32


def examples(request: SuiteRequest) -> Iterator[Example]:
    """The examples of the files of a request; see :func:`~ragzip.eval.suites.load.load_suite`.

    A record of the QA schema has question, answers, documents (id, title, text) and support_spans (doc, start, end).
    A user's own record has question; answers (a list; in CSV one text, or several as a JSON list), or answer; and its
    context: ``context`` (a text), ``documents`` (texts, or objects as above), ``files`` (paths relative to the
    folder), or nothing, which means all files of the folder ``documents`` next to it. ``metric``, ``prompt`` (with
    {context} and {question}) and ``max_tokens`` override the suite's. A question without an answer is an example
    without answers, or, with ``unanswerable``, one with the answer :data:`UNANSWERABLE`.

    :raises InputError: another form.
    """
    assert request.path is not None
    contexts = _Contexts(request.path if request.path.is_dir() else request.path.parent)
    for question_file in question_files(request.path, request.tasks):
        task_name = stem(question_file)
        for record_number, (location, record) in enumerate(rows(question_file), 1):
            documents = contexts.documents(record, location)
            default_id = f"{task_name}-{record_number}"
            yield question_example(record, location, default_id, task_name, documents, request.unanswerable)


def question_files(path: Path, tasks: Collection[str]) -> list[Path]:
    """The data files at ``path`` whose names without endings are among ``tasks``; all where there are none."""
    return [data_file for data_file in data_files(path) if not tasks or stem(data_file) in tasks]


def question_example(
    row: DataRow, where: str, default_id: str, task: str, documents: tuple[Document, ...], unanswerable: bool
) -> Example:
    """The example of a question record.

    :raises InputError: a record of another form.
    """
    question = text_of(row, where, *QUESTION_KEYS)
    prompt = text_of(row, where, "prompt", default=_PROMPT)
    if prompt.count("{context}") != 1:
        raise InputError(f"{where}: prompt has no {{context}}, or more than one.")
    before, after = around(prompt, question=question, rule=_UNANSWERABLE_RULE if unanswerable else "")
    metric = text_of(row, where, "metric", default="")
    all_titled = all(document.title and "html" not in document.mime for document in documents)
    try:
        max_tokens = int(row.get("max_tokens") or _MAX_ANSWER_TOKENS)
    except (TypeError, ValueError):
        raise InputError(f"{where}: max_tokens is {row['max_tokens']!r}, expected a number.") from None
    return Example(
        id=str(row.get("id") or default_id),
        task=task,
        documents=documents,
        query=question,
        answers=_answers(row, where) or ((UNANSWERABLE,) if unanswerable else ()),
        metrics=(metric,) if metric else _METRICS,
        before=before,
        after=after,
        max_tokens=max_tokens,
        layout=Layout(header="{title}\n" if all_titled else ""),
        support=_support(row, where),
    )


def _answers(row: DataRow, where: str) -> tuple[str, ...]:
    answers: Any = row.get("answers", row.get("answer"))
    if isinstance(answers, str) and answers.lstrip().startswith("["):
        with contextlib.suppress(ValueError):  # an answer may begin with a bracket
            answers = json.loads(answers)
    if answers is None or answers == "":
        return ()
    answer_list = [answers] if isinstance(answers, (str, int, float)) else answers
    if not isinstance(answer_list, (list, tuple)):
        raise InputError(f"{where}: answers is {type(answers).__name__}, expected a text or a list of texts.")
    return tuple(str(answer) for answer in answer_list if str(answer).strip())


def _support(row: DataRow, where: str) -> tuple[tuple[int, int, int], ...]:
    """The supporting spans as (position of the document, start, end)."""
    support_spans = row.get("support_spans") or []
    if not support_spans:
        return ()
    try:
        positions = {str(document["id"]): position for position, document in enumerate(row["documents"])}
        return tuple((positions[str(span["doc"])], int(span["start"]), int(span["end"])) for span in support_spans)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{where}: support_spans do not fit the documents ({error!r}).") from error


class _Contexts:
    """The documents of records: in the record, in files that it names, or all files of the folder ``documents``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._shared: tuple[Document, ...] | None = None

    def documents(self, row: DataRow, where: str) -> tuple[Document, ...]:
        """The documents of a record; those of the folder are read once.

        :raises InputError: none, or of another form.
        """
        if row.get("documents") is not None:
            return _record_documents(row["documents"], where)
        if row.get("context") is not None:
            return (Document("context", text_of(row, where, "context"), mime=str(row.get("mime") or "text/plain")),)
        if row.get("files"):
            file_names = row["files"].split(";") if isinstance(row["files"], str) else row["files"]
            return tuple(read_documents([self.folder / str(file_name).strip() for file_name in file_names]))
        if self._shared is None:
            if not (self.folder / "documents").is_dir():
                raise InputError(
                    f"{where}: has {', '.join(map(str, row))}, expected context, documents or files, or a folder "
                    "'documents' next to it."
                )
            self._shared = tuple(read_documents([self.folder / "documents"]))
        return self._shared


def _record_documents(items: Any, where: str) -> tuple[Document, ...]:
    """The documents of the field ``documents``, which CSV files hold as JSON or as one text.

    :raises InputError: another form.
    """
    if isinstance(items, str):
        try:
            items = json.loads(items)
        except ValueError:
            items = [items]
    if not isinstance(items, (list, tuple)):
        raise InputError(f"{where}: documents is {type(items).__name__}, expected a list.")
    return tuple(_record_document(item, position, where) for position, item in enumerate(items))


def _record_document(item: object, position: int, where: str) -> Document:
    document_id = str(position)  # a record's own ids need not be unique
    if isinstance(item, str):
        return Document(document_id, item)
    if not isinstance(item, Mapping):
        raise InputError(f"{where}: document {position} is {type(item).__name__}, expected a text or an object.")
    document_text = text_of(dict(item), f"{where}, document {position}", "text")
    document_title = None if item.get("title") is None else str(item["title"])
    document_name = item.get("source") or item.get("id")
    return Document(
        document_id,
        document_text,
        title=document_title,
        mime=str(item.get("mime") or "text/plain"),
        metadata={} if document_name is None else {"source": str(document_name)},
    )
