"""LongBench (Bai et al. 2023, arXiv 2308.14508): its 21 tasks, and which of them are in LongBench-E.

Prompts, prediction lengths and metrics are those of the official configuration. Two things differ: a context that
consists of passages, paragraphs or few-shot examples is given as that many documents, and the last lines of code, which
the prediction continues, are kept. Few-shot examples say where their input and label stand, for
:class:`~ragzip.compressors.demonstrations.compressor.Demonstrations`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from ragzip.compressors.demonstrations.marks import marks_of_text
from ragzip.errors import InputError
from ragzip.eval.suites.example import Example, around
from ragzip.eval.suites.format import HubDataset, SuiteFormat, SuiteRequest, located_rows
from ragzip.files.rows import DataRow, stem, text_of
from ragzip.output.layout import Layout
from ragzip.types import Document, Part

__all__ = ["BUCKETS", "EVEN", "SUITE", "TASKS", "bucket", "example", "examples_of_files", "split", "tasks"]

REPOSITORY = "THUDM/LongBench"
RECORD_KEYS = frozenset({"context", "answers", "dataset"})
BUCKETS = ("0-4k", "4-8k", "8k+")  # of words
_KEPT_CODE_LINES = 20


@lru_cache(1)
def tasks() -> dict[str, dict[str, Any]]:
    """Each task's prompt, metric, maximum prediction length in tokens, and flags."""
    json_text = (resources.files("ragzip.eval.suites") / "longbench.json").read_text("utf-8")
    return dict(json.loads(json_text)["tasks"])


TASKS = tuple(tasks())
EVEN = tuple(name for name, task in tasks().items() if task.get("even"))  # the tasks of LongBench-E


def bucket(length: int) -> str:
    """The range of lengths (words) that LongBench-E reports an example under."""
    return BUCKETS[(length >= 4000) + (length >= 8000)]


def examples_of_files(request: SuiteRequest, hub: HubDataset, *, even: bool) -> Iterator[Example]:
    """The examples of a request; of a folder, those of the files of LongBench-E (``even``) or of the other ones."""

    def reads_file(file: Path) -> bool:
        task_name = stem(file).removesuffix("_e")
        selected = task_name in TASKS and (not request.tasks or task_name in request.tasks)
        return selected and stem(file).endswith("_e") == even

    for record_number, (location, record) in enumerate(located_rows(request, hub, reads_file)):
        yield example(record, location, number=record_number)


def example(row: DataRow, where: str, *, number: int) -> Example:
    """The :class:`Example` of a record in the official form (input, context, answers, length, dataset, all_classes).

    :raises InputError: a record without these keys, or of an unknown task.
    """
    task_name = text_of(row, where, "dataset").removesuffix("_e")
    if task_name not in tasks():
        raise InputError(f"{where}: dataset is {task_name!r}, expected one of {', '.join(TASKS)}.")
    settings = tasks()[task_name]
    context, question = text_of(row, where, "context"), text_of(row, where, "input", default="")
    answers = row.get("answers")
    if not isinstance(answers, (list, tuple)) or not all(isinstance(answer, str) for answer in answers):
        raise InputError(f"{where}: answers is {type(answers).__name__}, expected a list of texts.")
    query: str | None = question.strip() or None
    if settings.get("code"):
        documents, layout, query = _code(context)
    else:
        documents, layout = split(context, settings.get("documents"))
        documents = tuple(_marked(document, settings) for document in documents)
    before, after = around(settings["prompt"], input=question)
    return Example(
        id=str(row.get("_id") or f"{task_name}-{number}"),
        task=task_name,
        documents=documents,
        query=query,
        answers=tuple(answers),
        metrics=(settings["metric"],),
        before=before,
        after=after,
        max_tokens=settings["max_tokens"],
        layout=layout,
        classes=tuple(row.get("all_classes") or ()),
        plain=bool(settings.get("plain")),
        first_line=bool(settings.get("first_line")),
        length=int(row["length"]) if row.get("length") is not None else None,
    )


def _code(context: str) -> tuple[tuple[Document, ...], Layout, str | None]:
    """The documents, layout and query of a code completion: the last lines are a kept part, and the query."""
    code_lines = context.splitlines(keepends=True)
    kept_start = len("".join(code_lines[:-_KEPT_CODE_LINES]))
    last_lines = context[kept_start:]
    parts = (Document("context", context[:kept_start]), Part("last lines", last_lines, keep=True))
    return tuple(part for part in parts if part.text), Layout(separator=""), last_lines.strip() or None


def split(context: str, word: str | None) -> tuple[tuple[Document, ...], Layout]:
    """The documents of ``context`` that each begin with ``word`` ("Passage 3:", "Dialogue:"), and a layout that joins
    them to the same text. One document where the context has no such parts.

    The beginning of a document, up to the colon or the end of its line, is its title, which is written wherever a part
    of the document is kept.
    """
    pattern = re.compile(rf"^{re.escape(word)}(?: ?\d+)?(?:[:：][ \n]?|\n)", re.MULTILINE) if word else None
    headings = list(pattern.finditer(context)) if pattern else []
    undivided = (Document("0", context),) if context else ()
    if len(headings) < 2 or headings[0].start():
        return undivided, Layout()
    text_ends = [heading.start() for heading in headings[1:]] + [len(context)]
    texts = [context[heading.end() : text_end] for heading, text_end in zip(headings, text_ends, strict=True)]
    separator = _separator(texts)
    texts = [*(text.removesuffix(separator) for text in texts[:-1]), texts[-1]]
    titles = [heading.group() for heading in headings]
    if separator.join(map("".join, zip(titles, texts, strict=True))) != context:
        return undivided, Layout()
    documents = tuple(
        Document(str(position), text, title=title)
        for position, (title, text) in enumerate(zip(titles, texts, strict=True))
    )
    return documents, Layout(separator=separator, header="{title}")


def _marked(document: Document, settings: DataRow) -> Document:
    """``document``, a few-shot example of a task that has them, with the places of its input, question and label."""
    label = settings.get("label")
    if label is None or document.title is None:
        return document
    marks = marks_of_text(document.text, label, settings.get("question"))
    return document if marks is None else replace(document, metadata={**document.metadata, **marks.metadata()})


def _separator(texts: Sequence[str]) -> str:
    """The line breaks at the end of every text but the last."""
    counts = [len(text) - len(text.rstrip("\n")) for text in texts[:-1]]
    return "\n" * min(counts)


_HUB_DATASET = HubDataset(REPOSITORY, TASKS)


def _examples(request: SuiteRequest) -> Iterator[Example]:
    return examples_of_files(request, _HUB_DATASET, even=False)


def _matches_record(keys: Collection[str], stems: Collection[str]) -> bool:
    return {*keys} >= RECORD_KEYS and not all(name.endswith("_e") for name in stems)


SUITE = SuiteFormat(
    name="longbench",
    about="LongBench, 21 tasks (official form)",
    examples=_examples,
    matches_record=_matches_record,
    hub=_HUB_DATASET,
)
