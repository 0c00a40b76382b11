"""Claims with evidence and a label: training questions of the checker, and what its weights are fitted on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ragzip.compressors.checking.evidence import Sources, nearest
from ragzip.errors import InputError
from ragzip.files.rows import rows
from ragzip.text.spans import Span
from ragzip.text.splitters import sentences
from ragzip.text.words import words
from ragzip.training.checker.pairs import SOURCE
from ragzip.training.data import LabelledPassage, Question, spread

__all__ = ["CLAIM_SETS", "LabelledClaim", "claim_halves", "read_claims"]

CLAIM_SETS = ("fever-symmetric", "fm2", "scifact-pairs", "breaking-nli", "begin", "wice")  # licences allow weights
_WRONG = {"supported": False, "refuted": True, "unknown": True, "not-supported": True, "partial": True}
_SKIPPED = ("generic", "disputed")  # have no content to support, or contradictory labels
_MAX_EVIDENCE_WORDS = 120  # as many as the model reads
_MAX_CLAIMS = 150  # of a set and of a half, supported and not


class LabelledClaim(NamedTuple):
    """A claim about texts, the title of the first one known, and whether they support it."""

    name: str
    text: str
    sources: tuple[str, ...]
    title: str
    is_supported: bool


def claim_halves(folder: Path) -> tuple[list[LabelledClaim], list[LabelledClaim]]:
    """Claims of :data:`CLAIM_SETS` in ``folder``/facts, as many supported as not as far as there are: two halves that
    have no evidence in common. Missing files are skipped.

    :raises InputError: a record that lacks a key, or with another label.
    """
    halves: tuple[list[LabelledClaim], list[LabelledClaim]] = ([], [])
    for name in CLAIM_SETS:
        file = folder / "facts" / f"{name}.jsonl.gz"
        claims_by_group: dict[str, list[LabelledClaim]] = {}
        for location, record in rows(file) if file.is_file() else ():
            with _described(location):
                if record["label"] not in _SKIPPED:
                    claims_by_group.setdefault(record["group"], []).append(_labelled(name, record))
        for half, groups in zip(halves, (list(claims_by_group)[::2], list(claims_by_group)[1::2]), strict=True):
            claims = [claim for group in groups for claim in claims_by_group[group]]
            for is_supported in (True, False):
                half += spread([claim for claim in claims if claim.is_supported == is_supported], _MAX_CLAIMS)
    return halves


def _labelled(name: str, record: dict[str, Any]) -> LabelledClaim:
    documents = record["documents"]
    texts = tuple(document["text"] for document in documents)
    return LabelledClaim(name, record["claim"], texts, documents[0]["title"] or "", not _WRONG[record["label"]])


def read_claims(file: Path) -> list[Question]:
    """The claims about each piece of evidence; unsupported ones are labelled "kept".

    A record is ``{"claim", "label", "documents", "support_spans"}``; the words in ``unsupported_spans`` of the claim
    are marked. Supported claims come first. Evidence of one sentence without such a claim is its own
    supported claim.

    :raises InputError: a record that lacks a key, or with another label.
    """
    claims_by_evidence: dict[str, list[LabelledPassage]] = {}
    for location, record in rows(file):
        with _described(location):
            if record["label"] not in _SKIPPED:
                claims_by_evidence.setdefault(_evidence(record), []).append(_claim(record))
    questions = []
    for evidence, claims in claims_by_evidence.items():
        if all(claim.relevant for claim in claims) and len(sentences(evidence)) == 1:
            claims = [_passage(evidence, False, ()), *claims]
        distinct_claims = sorted(dict.fromkeys(claims), key=lambda claim: bool(claim.relevant))
        questions.append(Question(evidence, tuple(distinct_claims), SOURCE))
    return questions


@contextmanager
def _described(location: str) -> Iterator[None]:
    """An :class:`InputError` for what is wrong with the record at ``location``."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise InputError(
            f"{location}: {type(error).__name__} {error}; expected a claim with its evidence and one of the labels "
            f"{', '.join((*_WRONG, *_SKIPPED))}."
        ) from error


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
