"""Fitting of the evidence weights for page blocks, on questions about tables and texts of pages.

Files: ``pages.jsonl.gz`` with ``{"page", "title", "html"}`` and ``questions.jsonl.gz`` with ``{"question", "answers",
"page", "table_span": [start, end]}``, the table that answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ragzip.backends.protocols import PassageScorer
from ragzip.compressors.checking.facts import plain
from ragzip.compressors.html.pruner import EVIDENCE, MOST_READ, evidence
from ragzip.compressors.html.views import View, page_view
from ragzip.files.rows import rows
from ragzip.pages.form import page_form
from ragzip.training.data import Question
from ragzip.training.pruner.fusion import QuestionEvidence, weigh
from ragzip.types import Document

__all__ = ["fit_pages"]

_QUESTIONS_PER_PAGE = 3  # questions a page


def fit_pages(
    folder: Path, questions: Sequence[Question], scorer: PassageScorer, *, most: int = 60
) -> dict[str, float]:
    """Weights of :data:`~ragzip.compressors.html.pruner.EVIDENCE` and a bias, from up to ``most`` pages.

    :param questions: about texts: their passages are appended to the pages, three questions a page, so that not every
        answer is in a table.
    """
    evidence_by_question = []
    pages = _pages(folder)[:most]
    for number, (record, page_questions) in enumerate(pages):
        view = _read(record["page"], record["html"], record.get("title"))
        texts = [plain(text) for text in view.texts]
        for page_question in page_questions[:_QUESTIONS_PER_PAGE]:
            columns = evidence(page_question["question"], [view], scorer, MOST_READ)[0]
            evidence_by_question.append(QuestionEvidence(columns, _answering(view, texts, page_question)))
        for question in questions[_QUESTIONS_PER_PAGE * number : _QUESTIONS_PER_PAGE * (number + 1)]:
            added_html = "".join(
                f"<h2>{escape(passage.title or '')}</h2><p>{escape(passage.text)}</p>" for passage in question.passages
            )
            view = _read(record["page"], f"{record['html']}{added_html}", record.get("title"))
            support = [
                plain(passage.text[start:end])
                for passage in question.passages
                for (start, end), is_kept in zip(passage.sentences, passage.keep, strict=True)
                if is_kept
            ]
            block_labels = [
                bool(text) and any(text in support_text or support_text in text for support_text in support)
                for text in map(plain, view.texts)
            ]
            evidence_by_question.append(
                QuestionEvidence(evidence(question.query, [view], scorer, MOST_READ)[0], np.array(block_labels, bool))
            )
    return weigh(evidence_by_question, EVIDENCE)


def _pages(folder: Path) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Pages with the questions about each."""
    questions_by_page: dict[str, list[dict[str, Any]]] = {}
    for _, record in rows(folder / "questions.jsonl.gz"):
        questions_by_page.setdefault(record["page"], []).append(record)
    pages = (record for _, record in rows(folder / "pages.jsonl.gz"))
    return [(record, questions_by_page[record["page"]]) for record in pages if record["page"] in questions_by_page]


def _read(name: str, html: str, title: str | None) -> View:
    document = Document(name, html, title=title, mime="text/html")
    form = page_form(html)
    return page_view(document, form, tuple(form.blocks))


def _answering(view: View, texts: Sequence[str], question: dict[str, Any]) -> npt.NDArray[np.bool_]:
    """A mask of the blocks in the answering table that hold an answer; where none does (the answer is a count), of all
    blocks of that table.
    """
    start, end = question["table_span"]
    inside = np.array([start <= block_start and block_end <= end for block_start, block_end in view.spans], bool)
    answers = [plain(answer) for answer in question["answers"]]
    has_answer = np.array([any(f" {answer} " in f" {text} " for answer in answers) for text in texts], bool)
    return np.asarray(inside & has_answer if (inside & has_answer).any() else inside)
