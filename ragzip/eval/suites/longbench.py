"""LongBench (Bai et al. 2023, arXiv 2308.14508): its 21 tasks and the 13 of LongBench-E.

Prompts, lengths of predictions and metrics are those of the official configuration. What is ours: the context is given
as documents wherever it is made of some (passages, paragraphs, few-shot examples), and of code the last lines, which
the next one is wanted for, stay as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

from ragzip.errors import InputError
from ragzip.eval.suites.example import Example, around
from ragzip.files.rows import DataRow, text_of
from ragzip.output.layout import Layout
from ragzip.types import Document, Part

__all__ = ["BUCKETS", "EVEN", "TASKS", "bucket", "example", "split", "tasks"]

_LAST_LINES = 20  # of code, that are kept
BUCKETS = ("0-4k", "4-8k", "8k+")


@lru_cache(1)
def tasks() -> dict[str, dict[str, Any]]:
    """Each task's prompt, metric, most tokens of a prediction, and kind."""
    text = (resources.files("ragzip.eval.suites") / "longbench.json").read_text("utf-8")
    return dict(json.loads(text)["tasks"])


TASKS = tuple(tasks())
EVEN = tuple(name for name, task in tasks().items() if task.get("even"))  # those of LongBench-E


def bucket(length: int) -> str:
    """The range of lengths (words) that LongBench-E reports an example under."""
    return BUCKETS[(length >= 4000) + (length >= 8000)]


def example(row: DataRow, where: str, *, number: int) -> Example:
    """An :class:`Example` of a record in the official form (input, context, answers, length, dataset, all_classes).

    :raises InputError: a record without them, or of another task.
    """
    name = text_of(row, where, "dataset").removesuffix("_e")
    if name not in tasks():
        raise InputError(f"{where}: dataset is {name!r}, expected one of {', '.join(TASKS)}.")
    task = tasks()[name]
    context, asked = text_of(row, where, "context"), text_of(row, where, "input", default="")
    answers = row.get("answers")
    if not isinstance(answers, (list, tuple)) or not all(isinstance(answer, str) for answer in answers):
        raise InputError(f"{where}: answers is {type(answers).__name__}, expected a list of texts.")
    query: str | None = asked.strip() or None
    if task.get("code"):
        documents, layout, query = _code(context)
    else:
        documents, layout = split(context, task.get("documents"))
    before, after = around(task["prompt"], input=asked)
    return Example(
        id=str(row.get("_id") or f"{name}-{number}"),
        task=name,
        documents=documents,
        query=query,
        answers=tuple(answers),
        metrics=(task["metric"],),
        before=before,
        after=after,
        max_tokens=task["max_tokens"],
        layout=layout,
        classes=tuple(row.get("all_classes") or ()),
        plain=bool(task.get("plain")),
        first_line=bool(task.get("first_line")),
        length=int(row["length"]) if row.get("length") is not None else None,
    )


def _code(context: str) -> tuple[tuple[Document, ...], Layout, str | None]:
    """The file's last lines are what is to be gone on with: they are kept, and are the query."""
    lines = context.splitlines(keepends=True)
    at = len("".join(lines[:-_LAST_LINES]))
    last = context[at:]
    parts = (Document("context", context[:at]), Part("last lines", last, keep=True))
    return tuple(part for part in parts if part.text), Layout(separator=""), last.strip() or None


def split(context: str, word: str | None) -> tuple[tuple[Document, ...], Layout]:
    """``context`` as documents that each begin with ``word`` ("Passage 3:", "Dialogue:"), and the layout that sets
    them together again to the same text; as one document where it does not.

    What they begin with, up to the colon or the end of its line, is their title: it is written wherever something of
    the document is kept.
    """
    pattern = re.compile(rf"^{re.escape(word)}(?: ?\d+)?(?:[:：][ \n]?|\n)", re.MULTILINE) if word else None
    found = list(pattern.finditer(context)) if pattern else []
    whole = (Document("0", context),) if context else ()
    if len(found) < 2 or found[0].start():
        return whole, Layout()
    ends = [match.start() for match in found[1:]] + [len(context)]
    texts = [context[match.end() : end] for match, end in zip(found, ends, strict=True)]
    separator = _separator(texts)
    texts = [*(text.removesuffix(separator) for text in texts[:-1]), texts[-1]]
    titles = [match.group() for match in found]
    if separator.join(map("".join, zip(titles, texts, strict=True))) != context:
        return whole, Layout()
    return (
        tuple(Document(str(i), text, title=title) for i, (title, text) in enumerate(zip(titles, texts, strict=True))),
        Layout(separator=separator, header="{title}"),
    )


def _separator(texts: Sequence[str]) -> str:
    """The line breaks that all but the last text end with."""
    counts = [len(text) - len(text.rstrip("\n")) for text in texts[:-1]]
    return "\n" * min(counts)
