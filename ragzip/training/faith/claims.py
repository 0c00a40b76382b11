"""Claims with evidence and a label, as training questions of the checker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ragzip.compressors.checking.evidence import Sources, nearest
from ragzip.errors import InputError
from ragzip.files.rows import rows
from ragzip.text.spans import Span
from ragzip.text.splitters import sentences
from ragzip.text.words import words
from ragzip.training.faith.pairs import SOURCE
from ragzip.training.pruner.data import LabelledPassage, Question

__all__ = ["read_claims"]

_WRONG = {"supported": False, "refuted": True, "unknown": True, "not-supported": True, "partial": True}
_SKIPPED = ("generic", "disputed")  # have no content to support, or contradictory labels
_MAX_EVIDENCE_WORDS = 120  # as many as the model reads


def read_claims(file: Path) -> list[Question]:
    """The claims about each piece of evidence; unsupported ones are labelled "kept".

    A record is ``{"claim", "label", "documents", "support_spans"}``; the words in ``unsupported_spans`` of the claim
    are marked. Supported claims come first. Evidence of one sentence without such a claim is its own
    supported claim.

    :raises InputError: a record that lacks a key, or with another label.
    """
    claims_by_evidence: dict[str, list[LabelledPassage]] = {}
    for location, record in rows(file):
        try:
            if record["label"] in _SKIPPED:
                continue
            claim = _claim(record)
            claims_by_evidence.setdefault(_evidence(record), []).append(claim)
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{location}: {type(error).__name__} {error}; expected a claim with its evidence and one of the labels "
                f"{', '.join((*_WRONG, *_SKIPPED))}."
            ) from error
    questions = []
    for evidence, claims in claims_by_evidence.items():
        if all(claim.relevant for claim in claims) and len(sentences(evidence)) == 1:
            claims = [_passage(evidence, False, ()), *claims]
        distinct_claims = sorted(dict.fromkeys(claims), key=lambda claim: bool(claim.relevant))
        questions.append(Question(evidence, tuple(distinct_claims), SOURCE))
    return questions


def _claim(record: dict[str, Any]) -> LabelledPassage:
    text, wrong = record["claim"], _WRONG[record["label"]]
    if not wrong:
        return _passage(text, False, ())
    spans = record.get("unsupported_spans")
    if not spans:
        return _passage(text, True, None)
    marked = {Span(*word) for start, end in spans for word in words(text) if word[0] < end and start < word[1]}
    return _passage(text, True, tuple(sorted(marked)))


def _passage(text: str, wrong: bool, marked: tuple[Span, ...] | None) -> LabelledPassage:
    return LabelledPassage(None, text, (Span(0, len(text)),), (wrong,), wrong, marked)


def _evidence(record: dict[str, Any]) -> str:
    """The text that the model reads: the supporting sentences if they are labelled, else the nearest ones."""
    text_by_document = {document["id"]: document["text"] for document in record["documents"]}
    spans = [text_by_document[span["doc"]][span["start"] : span["end"]] for span in record["support_spans"]]
    texts = [" ".join(spans)] if spans else list(text_by_document.values())
    if sum(len(text.split()) for text in texts) <= _MAX_EVIDENCE_WORDS:
        return " ".join(texts)
    sources = Sources(texts)
    return sources.evidence(nearest(sources.share(record["claim"]), np.zeros(len(sources.windows), np.float32)))
