"""From data files to labelled questions. Paths are given, never assumed; JSON lines, gzip'd or not.

The QA schema: ``{"question", "answers": [str], "documents": [{"id", "title", "text"}], "support_spans": [{"doc",
"start", "end"}], "support_kind": "sentence" | "answer" | "snippet" | "passage"}``. Empty ``answers`` and spans: keep
nothing. Of an answered question, a document with ``support`` and without spans is relevant, and nothing is known of its
sentences; where no document has spans or ``support``, nothing is known of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ragzip.errors import InputError
from ragzip.files.rows import rows
from ragzip.text.spans import Span
from ragzip.text.splitters import sentences
from ragzip.text.words import content, words

__all__ = [
    "Passage",
    "Question",
    "decomposed",
    "paragraph_words",
    "question_of",
    "read_deletions",
    "read_extracts",
    "read_meetings",
    "read_pairs",
    "read_qa",
    "read_translated",
]

Mask = npt.NDArray[np.bool_]
_TURNS = 12  # of a meeting in one passage
_OVERLAP = 0.5  # share of a sentence that a supporting span must cover


@dataclass(frozen=True)
class Passage:
    """A text with labels: which sentences are kept, whether it is relevant, which words are kept.

    ``keep`` has one entry for each of ``sentences``, or none where sentences have no label. ``words`` are the spans of
    kept words (None: words have no label).
    """

    title: str | None
    text: str
    sentences: tuple[Span, ...]
    keep: tuple[bool, ...] = ()
    relevant: bool | None = None
    words: tuple[Span, ...] | None = None


@dataclass(frozen=True)
class Question:
    """A query ("" for none) over passages. ``answers`` are spans by passage, for variants of the question."""

    query: str
    passages: tuple[Passage, ...]
    source: str = ""
    answers: tuple[str, ...] = ()


def read_qa(file: Path, most: int | None = None, *, given_sentences: bool = False) -> list[Question]:
    """Questions of a file in the QA schema, up to ``most``.

    :param given_sentences: documents that say where their ``sentences`` are (rows of a table, turns of a chat) are cut
        there.
    :raises InputError: a record that lacks a key, or whose spans lie outside their document.
    """
    out: list[Question] = []
    for where, record in rows(file):
        if most is not None and len(out) >= most:
            break
        try:
            out.append(question_of(record, given_sentences=given_sentences))
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{where}: {type(error).__name__} {error}; expected a record in the QA schema, see "
                "ragzip.training.pruner.data."
            ) from error
    return out


def question_of(record: dict[str, Any], *, given_sentences: bool = False) -> Question:
    """The question of a record in the QA schema; see :func:`read_qa`."""
    spans: dict[str, list[Span]] = defaultdict(list)
    for span in record["support_spans"]:
        spans[span["doc"]].append(Span(span["start"], span["end"]))
    whole = record.get("support_kind") == "sentence"
    by_passage = record.get("support_kind") in ("passage", None) and not record["support_spans"]
    asked = content(record["question"])
    passages = []
    for document in record["documents"]:
        offsets = document.get("sentences") if given_sentences else None
        found = _sentences(document["text"]) if offsets is None else tuple(Span(*span) for span in offsets)
        mine = spans.get(document["id"], [])
        if any(not 0 <= start < end <= len(document["text"]) for start, end in mine):
            raise TypeError(f"a span of document {document['id']!r} lies outside its text;")
        keep = tuple(_supports(sentence, mine, whole) for sentence in found)
        kept_words = tuple(
            Span(start, end)
            for sentence, kept in zip(found, keep, strict=True)
            if kept
            for start, end in words(document["text"], *sentence)
            if (not whole and any(s < end and start < e for s, e in mine))
            or content(document["text"][start:end]) & asked
        )
        answer_words = kept_words + (() if not whole else _answers_in(document["text"], found, keep, record["answers"]))
        support = document.get("support")
        relevant: bool | None = any(keep) or bool(support)
        if record["answers"] and not mine and (support or (support is None and by_passage)):
            keep, relevant = (), True if support else None
            passages.append(Passage(document["title"], document["text"], found, keep, relevant))
            continue
        passages.append(
            Passage(document["title"], document["text"], found, keep, relevant, tuple(sorted(set(answer_words))))
        )
    return Question(record["question"], tuple(passages), record.get("dataset", ""), tuple(record["answers"]))


@lru_cache(maxsize=2**15)
def _sentences(text: str) -> tuple[Span, ...]:
    return tuple(sentences(text))


def _supports(sentence: Span, spans: Sequence[Span], whole: bool) -> bool:
    """Whether a supporting span makes up half of ``sentence``, or (answers) touches it."""
    shared = sum(max(0, min(sentence.end, end) - max(sentence.start, start)) for start, end in spans)
    return shared >= _OVERLAP * (sentence.end - sentence.start) if whole else shared > 0


def _answers_in(text: str, found: Sequence[Span], keep: Sequence[bool], answers: Sequence[str]) -> tuple[Span, ...]:
    out = []
    for sentence, kept in zip(found, keep, strict=True):
        for answer in answers if kept else ():
            at = text.find(answer, sentence.start, sentence.end)
            if at >= 0:
                out += [Span(*word) for word in words(text, at, at + len(answer))]
    return tuple(out)


def decomposed(file: Path) -> list[Question]:
    """The single steps of multi-step questions (MuSiQue's ``decomposition``), each with its one supporting passage."""
    out = []
    for _, record in rows(file):
        steps = record.get("decomposition") or []
        support = [document for document in record["documents"] if document["support"]]
        whole = question_of(record)
        place = {document["id"]: i for i, document in enumerate(record["documents"])}
        answers = [step["answer"] for step in steps]
        for step in steps:
            query = step["question"]
            for i, answer in enumerate(answers, 1):
                query = query.replace(f"#{i}", answer)
            gold = [d for d in support if step["answer"] in d["text"]]
            gold = [d for d in gold if content(d["title"] or "") & content(query)] or gold
            if not gold:
                continue
            passages = [
                passage
                if i == place[gold[0]["id"]]
                else Passage(passage.title, passage.text, passage.sentences, (False,) * len(passage.keep), False, ())
                for i, passage in enumerate(whole.passages)
                if i == place[gold[0]["id"]] or not record["documents"][i]["support"]
            ]
            out.append(Question(query.replace(">>", ":"), tuple(passages), "steps", (step["answer"],)))
    return out


def read_pairs(file: Path) -> list[Question]:
    """Unanswerable questions, and before each the one with an answer that it was made from, where it is known."""
    questions = []
    for _, record in rows(file):
        document = record["documents"][0]
        spans = [
            {"doc": document["id"], "start": start, "end": start + len(answer)}
            for answer in record.get("answerable_answers", ())
            if (start := document["text"].find(answer)) >= 0
        ]
        if spans:
            answered = {
                "question": record["answerable_question"],
                "answers": record["answerable_answers"],
                "documents": [document | {"support": True}],
                "support_spans": spans,
                "support_kind": "answer",
                "dataset": record.get("dataset", ""),
            }
            questions.append(question_of(answered))
        questions.append(question_of(record))
    return questions


def read_translated(file: Path) -> list[Question]:
    """Questions in the language they were asked in, and translated to that of their documents (AfriQA)."""
    return [
        question_of(record | {"question": query})
        for _, record in rows(file)
        for query in dict.fromkeys([record["question"], record.get("question_translated") or record["question"]])
    ]


def read_deletions(file: Path) -> list[Question]:
    """Sentences with the spans of the words that were kept of them (no query)."""
    out = []
    for _, record in rows(file):
        if record.get("keep"):
            text = record["source"]
            kept = tuple(Span(*word) for span in record["keep"] for word in words(text, *span))
            out.append(Question("", (Passage(None, text, (Span(0, len(text)),), words=kept),), "deletions"))
    return out


def read_extracts(file: Path) -> list[Question]:
    """Abstracts with labelled sentences and summaries: sentence keep, and the words that a summary has too."""
    out = []
    for _, record in rows(file):
        text, found = "", []
        for sentence in record["sentences"]:
            start = len(text) + (1 if text else 0)
            text = f"{text} {sentence}" if text else sentence
            found.append(Span(start, len(text)))
        said = set().union(*(content(summary) for summary in record["summaries"]))
        kept = tuple(Span(*word) for word in words(text) if content(text[slice(*word)]) & said)
        keep = tuple(bool(label) for label in record["labels"])
        if len(keep) == len(found):
            out.append(Question("", (Passage(record["title"], text, tuple(found), keep, None, kept),), "extracts"))
    return out


def paragraph_words(questions: Sequence[Question]) -> list[Question]:
    """For each paragraph, the words that any of its questions asks about or answers with (no query)."""
    by_text: dict[str, list[Passage]] = defaultdict(list)
    for question in questions:
        for passage in question.passages:
            if passage.words:
                by_text[passage.text].append(passage)
    out = []
    for text, passages in by_text.items():
        kept = sorted({span for passage in passages for span in passage.words or ()})
        first = passages[0]
        out.append(Question("", (Passage(first.title, text, first.sentences, words=tuple(kept)),), "paragraph-words"))
    return out


def read_meetings(file: Path, seed: int) -> list[Question]:
    """Queries about a meeting over passages of its turns: those that the answer was drawn from, and two others."""
    rng = np.random.default_rng(seed)
    out = []
    for _, record in rows(file):
        turns = [f"{turn['speaker']}: {turn['text']}" for turn in record["transcript"]]
        starts = list(range(0, len(turns), _TURNS))
        for query in record["queries"]:
            support = {turn for first, last in query["spans"] for turn in range(first, last + 1)}
            if not support or len(support) > 4 * _TURNS:
                continue
            inside = [start for start in starts if support & set(range(start, start + _TURNS))]
            others = [start for start in starts if start not in inside]
            chosen = [*rng.permutation(inside)[:2], *rng.permutation(others)[:2]]
            out.append(Question(query["query"], tuple(_turns(turns, start, support) for start in chosen), "meetings"))
    return out


def _turns(turns: Sequence[str], start: int, support: set[int]) -> Passage:
    text, found, keep = "", [], []
    for i in range(start, min(len(turns), start + _TURNS)):
        begin = len(text) + (1 if text else 0)
        text = f"{text}\n{turns[i]}" if text else turns[i]
        found.append(Span(begin, len(text)))
        keep.append(i in support)
    return Passage(None, text, tuple(found), tuple(keep), any(keep))
