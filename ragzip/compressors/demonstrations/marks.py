"""The parts of a demonstration: the input, which may be shortened, and the label and the question, which never are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ragzip.checks import shown
from ragzip.errors import InputError
from ragzip.text.spans import Span
from ragzip.types import Document

__all__ = ["KEY", "Marks", "marks_of", "marks_of_text"]

KEY = "demonstration"  # in the metadata of a document
_EXPECTED = "{'input': [start, end], 'label': [start, end]} and perhaps 'question', within the text, the label last"


class Marks(NamedTuple):
    """The positions of the parts of a demonstration in its text, in characters.

    :param question: what is asked about the input; None where the input is all there is.
    """

    input: Span
    label: Span
    question: Span | None = None

    def metadata(self) -> dict[str, Any]:
        """The metadata by which :func:`marks_of` finds the parts again."""
        spans = {name: list(span) for name, span in self._asdict().items() if span is not None}
        return {KEY: spans}

    def outside(self, text: str) -> list[Span]:
        """The pieces of ``text`` that are never cut: all but the input."""
        pieces = [Span(0, self.input.start), Span(self.input.end, len(text))]
        return [piece for piece in pieces if piece.start < piece.end]

    def shown_to(self, text: str) -> str:
        """``text`` without its label: what a new input is compared with."""
        return text[: self.label.start].rstrip()

    def purpose(self, text: str) -> str:
        """Question and label: what the input has to bear out."""
        spans = [self.label] if self.question is None else [self.question, self.label]
        return " ".join(text[slice(*span)].strip() for span in spans).strip()


def marks_of(document: Document) -> Marks | None:
    """The parts of ``document``, as its metadata has them; None of one that is not marked.

    :raises InputError: marks that do not fit its text.
    """
    marks = document.metadata.get(KEY)
    if not isinstance(marks, Mapping) or not {"input", "label"} <= marks.keys():
        return None
    spans = {name: _span(marks[name], document) for name in ("input", "label", "question") if marks.get(name)}
    if not {"input", "label"} <= spans.keys() or any(span.start < spans["input"].end for span in _after(spans)):
        raise _error(document)
    return Marks(**spans)


def _after(spans: Mapping[str, Span]) -> list[Span]:
    """The label, and a question where it is not before the input."""
    question = spans.get("question")
    is_before = question is None or question.end <= spans["input"].start
    return [spans["label"]] if is_before or question is None else [spans["label"], question]


def _span(value: Any, document: Document) -> Span:
    is_pair = isinstance(value, (list, tuple)) and len(value) == 2
    if not is_pair or not all(type(offset) is int for offset in value):
        raise _error(document)
    start, end = value
    if not 0 <= start <= end <= len(document.text):
        raise _error(document)
    return Span(start, end)


def _error(document: Document) -> InputError:
    marks = shown(document.metadata[KEY])
    return InputError(f"Document.metadata of {document.id!r}: received {KEY!r}: {marks}, expected {_EXPECTED}.")


def marks_of_text(text: str, label: str, question: str | None = None, *, begins: str = "") -> Marks | None:
    """The parts of a demonstration as its prompt writes it; None where it has no label.

    :param label: what stands before the label, at the beginning of a line: "Type:". The last one counts.
    :param question: what stands before the question, in the same way.
    :param begins: what stands before the input, at the beginning of ``text``.
    """
    label_sign = _last_sign(text, label, len(text))
    if label_sign is None:
        return None
    question_sign = None if question is None else _last_sign(text, question, label_sign.start)
    input_end = label_sign.start if question_sign is None else question_sign.start
    input_start = len(begins) if text.startswith(begins) else 0
    if not text[input_start:input_end].strip():
        return None
    return Marks(
        _stripped(text, input_start, input_end),
        _stripped(text, label_sign.end, len(text)),
        None if question_sign is None else _stripped(text, question_sign.end, label_sign.start),
    )


def _last_sign(text: str, sign: str, end: int) -> Span | None:
    """The last line beginning with ``sign`` before ``end``: the place of the sign."""
    signs = [match.span() for match in re.finditer(rf"^{re.escape(sign)}", text[:end], re.MULTILINE)]
    return Span(*signs[-1]) if signs else None


def _stripped(text: str, start: int, end: int) -> Span:
    """The span without white space at its ends; an empty one at its start."""
    piece = text[start:end]
    kept_start = start + len(piece) - len(piece.lstrip())
    return Span(kept_start, max(kept_start, start + len(piece.rstrip()))) if piece.strip() else Span(start, start)
