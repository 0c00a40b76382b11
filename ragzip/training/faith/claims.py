"""Claims with their evidence and whether it supports them, as questions to the model that checks rewritings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ragzip.checking.evidence import Sources, nearest
from ragzip.errors import InputError
from ragzip.files.rows import rows
from ragzip.text.spans import Span
from ragzip.text.splitters import sentences
from ragzip.text.words import words
from ragzip.training.faith.pairs import SOURCE
from ragzip.training.pruner.data import Passage, Question

__all__ = ["read_claims"]

_WRONG = {"supported": False, "refuted": True, "unknown": True, "not-supported": True, "partial": True}
_SKIPPED = ("generic", "disputed")  # say nothing that evidence supports, or are judged one way and the other
_MAX_EVIDENCE_WORDS = 120  # as many as the model reads


def read_claims(file: Path) -> list[Question]:
    """For each piece of evidence the claims about it: what the evidence does not support is "kept".

    A record is ``{"claim", "label", "documents", "support_spans"}``; the words in ``unsupported_spans`` of the claim
    are marked. A claim that the evidence supports comes first. Where there is none, and the evidence is one sentence,
    that sentence does.

    :raises InputError: a record that lacks a key, or with another label.
    """
    claims_by_evidence: dict[str, list[Passage]] = {}
    for where, record in rows(file):
        try:
            if record["label"] in _SKIPPED:
                continue
            claim = _claim(record)
            claims_by_evidence.setdefault(_evidence(record), []).append(claim)
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{where}: {type(error).__name__} {error}; expected a claim with its evidence and one of the labels "
                f"{', '.join((*_WRONG, *_SKIPPED))}."
            ) from error
    questions = []
    for evidence, claims in claims_by_evidence.items():
        if all(claim.relevant for claim in claims) and len(sentences(evidence)) == 1:
            claims = [_passage(evidence, False, ()), *claims]
        listed = sorted(dict.fromkeys(claims), key=lambda claim: bool(claim.relevant))
        questions.append(Question(evidence, tuple(listed), SOURCE))
    return questions


def _claim(record: dict[str, Any]) -> Passage:
    text, wrong = record["claim"], _WRONG[record["label"]]
    if not wrong:
        return _passage(text, False, ())
    spans = record.get("unsupported_spans")
    if not spans:
        return _passage(text, True, None)
    marked = {Span(*word) for start, end in spans for word in words(text) if word[0] < end and start < word[1]}
    return _passage(text, True, tuple(sorted(marked)))


def _passage(text: str, wrong: bool, marked: tuple[Span, ...] | None) -> Passage:
    return Passage(None, text, (Span(0, len(text)),), (wrong,), wrong, marked)


def _evidence(record: dict[str, Any]) -> str:
    """What the model reads of the documents: the supporting sentences, where they are known, else the nearest ones."""
    text_by_document = {document["id"]: document["text"] for document in record["documents"]}
    spans = [text_by_document[span["doc"]][span["start"] : span["end"]] for span in record["support_spans"]]
    texts = [" ".join(spans)] if spans else list(text_by_document.values())
    if sum(len(text.split()) for text in texts) <= _MAX_EVIDENCE_WORDS:
        return " ".join(texts)
    read = Sources(texts)
    return read.evidence(nearest(read.share(record["claim"]), np.zeros(len(read.windows), np.float32)))
