"""Readers of labelled questions from data files (JSON lines, gzip'd or not).

The QA schema: ``{"question", "answers": [str], "documents": [{"id", "title", "text"}], "support_spans": [{"doc",
"start", "end"}], "support_kind": "sentence" | "answer" | "snippet" | "passage"}``. Empty ``answers`` and spans: keep
nothing. In an answered question, a document with ``support`` and without spans is relevant and its sentences have no
label; where no document has spans or ``support``, no sentence has one.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ragzip.errors import InputError
from ragzip.files.rows import rows
from ragzip.text.spans import Span
from ragzip.text.splitters import sentences
from ragzip.text.structure import structure_of_document
from ragzip.text.words import content, words
from ragzip.types import Document

__all__ = [
    "LabelledPassage",
    "Question",
    "among_others",
    "decomposed",
    "paragraph_words",
    "question_of",
    "read_deletions",
    "read_extracts",
    "read_meetings",
    "read_pairs",
    "read_qa",
    "read_records",
    "read_translated",
    "spread",
]

_Item = TypeVar("_Item")
_TURNS_PER_PASSAGE = 12  # of a meeting in one passage
_MIN_SUPPORT_SHARE = 0.5  # share of a sentence that a supporting span must cover


@dataclass(frozen=True)
class LabelledPassage:
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
    passages: tuple[LabelledPassage, ...]
    source: str = ""
    answers: tuple[str, ...] = ()


def read_qa(file: Path, most: int | None = None, *, given_sentences: bool = False) -> list[Question]:
    """Questions of a file in the QA schema, up to ``most``.

    :param given_sentences: split documents at their ``sentences`` offsets (rows of a table, turns of a chat), if any.
    :raises InputError: a record that lacks a key, or whose spans lie outside their document.
    """
    questions: list[Question] = []
    for where, record in rows(file):
        if most is not None and len(questions) >= most:
            break
        try:
            questions.append(question_of(record, given_sentences=given_sentences))
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{where}: {type(error).__name__} {error}; expected a record in the QA schema, see "
                "ragzip.training.data."
            ) from error
    return questions


def spread(items: Sequence[_Item], most: int | None) -> list[_Item]:
    """At most ``most`` of ``items``, evenly spread; None: all."""
    if most is None or len(items) <= most:
        return list(items)
    return [items[number] for number in np.linspace(0, len(items) - 1, most).round().astype(int).tolist()]


def among_others(questions: Sequence[Question], passage_count: int = 10, seed: int = 0) -> list[Question]:
    """Each of ``questions`` with its passages among those of the other ones that hold none of its answers, up to
    ``passage_count`` in all, in random order.
    """
    passage_by_text = {passage.text: passage for question in questions for passage in question.passages}
    mixed_questions = []
    for number, question in enumerate(questions):
        draw = random.Random(f"{seed} {number}")
        own_texts = {passage.text for passage in question.passages}
        answers = [answer.casefold() for answer in question.answers]
        distractors = [
            passage
            for text, passage in passage_by_text.items()
            if text not in own_texts and not any(answer in text.casefold() for answer in answers)
        ]
        drawn_count = max(0, min(passage_count - len(question.passages), len(distractors)))
        mixed = [*question.passages, *map(_unrelated, draw.sample(distractors, drawn_count))]
        draw.shuffle(mixed)
        mixed_questions.append(replace(question, passages=tuple(mixed)))
    return mixed_questions


def _unrelated(passage: LabelledPassage) -> LabelledPassage:
    return replace(passage, keep=(False,) * len(passage.sentences), relevant=False, words=None)


def question_of(record: dict[str, Any], *, given_sentences: bool = False) -> Question:
    """The question of a record in the QA schema; see :func:`read_qa`."""
    spans: dict[str, list[Span]] = defaultdict(list)
    for span in record["support_spans"]:
        spans[span["doc"]].append(Span(span["start"], span["end"]))
    passages = [
        _labelled_passage(record, document, spans.get(document["id"], []), given_sentences=given_sentences)
        for document in record["documents"]
    ]
    return Question(record["question"], tuple(passages), record.get("dataset", ""), tuple(record["answers"]))


def _labelled_passage(
    record: Mapping[str, Any], document: Mapping[str, Any], support_spans: Sequence[Span], *, given_sentences: bool
) -> LabelledPassage:
    """One document of ``record`` with the labels of its sentences and words."""
    text = document["text"]
    if any(not 0 <= start < end <= len(text) for start, end in support_spans):
        raise TypeError(f"a span of document {document['id']!r} lies outside its text;")
    offsets = document.get("sentences") if given_sentences else None
    sentence_spans = _sentences(text) if offsets is None else tuple(Span(*span) for span in offsets)
    support = document.get("support")
    has_passage_labels_only = record.get("support_kind") in ("passage", None) and not record["support_spans"]
    is_unlabelled = support or (support is None and has_passage_labels_only)
    if record["answers"] and not support_spans and is_unlabelled:  # it may answer, nobody knows where
        return LabelledPassage(document["title"], text, sentence_spans, (), True if support else None)
    by_sentence = record.get("support_kind") == "sentence"
    labels = tuple(_supports(sentence, support_spans, by_sentence) for sentence in sentence_spans)
    query_terms = content(record["question"])
    answer_words = {
        Span(*word)
        for sentence, is_kept in zip(sentence_spans, labels, strict=True)
        if is_kept
        for word in words(text, *sentence)
        if (not by_sentence and _touches(word, support_spans)) or content(text[slice(*word)]) & query_terms
    }
    if by_sentence:
        answer_words.update(_answers_in(text, sentence_spans, labels, record["answers"]))
    is_relevant = any(labels) or bool(support)
    return LabelledPassage(document["title"], text, sentence_spans, labels, is_relevant, tuple(sorted(answer_words)))


def _touches(word: tuple[int, int], spans: Sequence[Span]) -> bool:
    return any(start < word[1] and word[0] < end for start, end in spans)


@lru_cache(maxsize=2**15)
def _sentences(text: str) -> tuple[Span, ...]:
    return tuple(sentences(text))


def _supports(sentence: Span, spans: Sequence[Span], whole: bool) -> bool:
    """Whether supporting spans cover half of ``sentence`` (``whole``), or answer spans touch it."""
    shared = sum(max(0, min(sentence.end, end) - max(sentence.start, start)) for start, end in spans)
    return shared >= _MIN_SUPPORT_SHARE * (sentence.end - sentence.start) if whole else shared > 0


def _answers_in(
    text: str, sentence_spans: Sequence[Span], keep: Sequence[bool], answers: Sequence[str]
) -> tuple[Span, ...]:
    answer_words = []
    for sentence, kept in zip(sentence_spans, keep, strict=True):
        for answer in answers if kept else ():
            answer_start = text.find(answer, sentence.start, sentence.end)
            if answer_start >= 0:
                answer_words += [Span(*word) for word in words(text, answer_start, answer_start + len(answer))]
    return tuple(answer_words)


def decomposed(file: Path) -> list[Question]:
    """The single steps of multi-step questions (MuSiQue's ``decomposition``), each with its one supporting passage."""
    questions = []
    for _, record in rows(file):
        steps = record.get("decomposition") or []
        support = [document for document in record["documents"] if document["support"]]
        question = question_of(record)
        passage_numbers = {document["id"]: number for number, document in enumerate(record["documents"])}
        answers = [step["answer"] for step in steps]
        for step in steps:
            query = step["question"]
            for number, answer in enumerate(answers, 1):
                query = query.replace(f"#{number}", answer)
            supporting = [document for document in support if step["answer"] in document["text"]]
            with_title = [document for document in supporting if content(document["title"] or "") & content(query)]
            supporting = with_title or supporting
            if not supporting:
                continue
            passages = [
                passage
                if number == passage_numbers[supporting[0]["id"]]
                else LabelledPassage(
                    passage.title, passage.text, passage.sentences, (False,) * len(passage.keep), False, ()
                )
                for number, passage in enumerate(question.passages)
                if number == passage_numbers[supporting[0]["id"]] or not record["documents"][number]["support"]
            ]
            questions.append(Question(query.replace(">>", ":"), tuple(passages), "steps", (step["answer"],)))
    return questions


def read_pairs(file: Path) -> list[Question]:
    """Unanswerable questions, each after the answerable one that it was derived from, if known."""
    questions = []
    for _, record in rows(file):
        document = record["documents"][0]
        spans = [
            {"doc": document["id"], "start": answer_start, "end": answer_start + len(answer)}
            for answer in record.get("answerable_answers", ())
            if (answer_start := document["text"].find(answer)) >= 0
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


def read_records(file: Path) -> list[Question]:
    """Questions over tables, whose rows are written as the pruner reads them: with the names of their columns, see
    :class:`~ragzip.text.structure.base.StructuredUnit`. Documents without rows are split into sentences.
    """
    return [question_of(_as_read(record), given_sentences=True) for _, record in rows(file)]


def _as_read(record: dict[str, Any]) -> dict[str, Any]:
    """``record`` with the units of its structured documents as they are read, and its supporting spans in them."""
    documents, support_spans = [], []
    for document in record["documents"]:
        spans = [span for span in record["support_spans"] if span["doc"] == document["id"]]
        units = structure_of_document(Document(document["id"], document["text"], title=document["title"])).units
        if not any(unit.is_record for unit in units):
            documents.append(document | {"sentences": None})
            support_spans += spans
            continue
        texts = [document["text"][unit.start : unit.end] if unit.reading is None else unit.reading for unit in units]
        ends = list(accumulate(len(text) + 1 for text in texts))
        offsets = [(end - 1 - len(text), end - 1) for text, end in zip(texts, ends, strict=True)]
        documents.append(document | {"text": "\n".join(texts), "sentences": offsets})
        support_spans += [
            {"doc": document["id"], "start": start, "end": end}
            for unit, (start, end) in zip(units, offsets, strict=True)
            if _supports(unit.span, [Span(span["start"], span["end"]) for span in spans], whole=True)
        ]
    return record | {"documents": documents, "support_spans": support_spans}


def read_translated(file: Path) -> list[Question]:
    """Questions in their original language, and translated to that of their documents (AfriQA)."""
    return [
        question_of(record | {"question": query_text})
        for _, record in rows(file)
        for query_text in dict.fromkeys([record["question"], record.get("question_translated") or record["question"]])
    ]


def read_deletions(file: Path) -> list[Question]:
    """Sentences with the spans of the words that an editor kept (no query)."""
    questions = []
    for _, record in rows(file):
        if record.get("keep"):
            text = record["source"]
            kept_words = tuple(Span(*word) for span in record["keep"] for word in words(text, *span))
            questions.append(
                Question("", (LabelledPassage(None, text, (Span(0, len(text)),), words=kept_words),), "deletions")
            )
    return questions


def read_extracts(file: Path) -> list[Question]:
    """Abstracts with labelled sentences and summaries: sentence labels, and the words shared with a summary."""
    questions = []
    for _, record in rows(file):
        text, sentence_spans = "", []
        for sentence in record["sentences"]:
            start = len(text) + (1 if text else 0)
            text = f"{text} {sentence}" if text else sentence
            sentence_spans.append(Span(start, len(text)))
        summary_terms = set().union(*(content(summary) for summary in record["summaries"]))
        kept_words = tuple(Span(*word) for word in words(text) if content(text[slice(*word)]) & summary_terms)
        keep = tuple(bool(label) for label in record["labels"])
        if len(keep) == len(sentence_spans):
            questions.append(
                Question(
                    "",
                    (LabelledPassage(record["title"], text, tuple(sentence_spans), keep, None, kept_words),),
                    "extracts",
                )
            )
    return questions


def paragraph_words(questions: Sequence[Question]) -> list[Question]:
    """Paragraphs with the words of all their questions and answers (no query)."""
    passages_by_text: dict[str, list[LabelledPassage]] = defaultdict(list)
    for question in questions:
        for passage in question.passages:
            if passage.words:
                passages_by_text[passage.text].append(passage)
    labelled = []
    for text, passages in passages_by_text.items():
        kept_words = sorted({span for passage in passages for span in passage.words or ()})
        first_passage = passages[0]
        labelled.append(
            Question(
                "",
                (LabelledPassage(first_passage.title, text, first_passage.sentences, words=tuple(kept_words)),),
                "paragraph-words",
            )
        )
    return labelled


def read_meetings(file: Path, seed: int) -> list[Question]:
    """Queries about a meeting over passages of its turns: two that support the answer, and two others."""
    rng = np.random.default_rng(seed)
    questions = []
    for _, record in rows(file):
        turns = [f"{turn['speaker']}: {turn['text']}" for turn in record["transcript"]]
        starts = list(range(0, len(turns), _TURNS_PER_PASSAGE))
        for query in record["queries"]:
            support = {turn for first, last in query["spans"] for turn in range(first, last + 1)}
            if not support or len(support) > 4 * _TURNS_PER_PASSAGE:
                continue
            supporting_starts = [start for start in starts if support & set(range(start, start + _TURNS_PER_PASSAGE))]
            other_starts = [start for start in starts if start not in supporting_starts]
            chosen = [*rng.permutation(supporting_starts)[:2], *rng.permutation(other_starts)[:2]]
            questions.append(
                Question(query["query"], tuple(_turns(turns, start, support) for start in chosen), "meetings")
            )
    return questions


def _turns(turns: Sequence[str], start: int, support: set[int]) -> LabelledPassage:
    text, turn_spans, keep = "", [], []
    for turn_number in range(start, min(len(turns), start + _TURNS_PER_PASSAGE)):
        turn_start = len(text) + (1 if text else 0)
        text = f"{text}\n{turns[turn_number]}" if text else turns[turn_number]
        turn_spans.append(Span(turn_start, len(text)))
        keep.append(turn_number in support)
    return LabelledPassage(None, text, tuple(turn_spans), tuple(keep), any(keep))
