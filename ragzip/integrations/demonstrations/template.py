"""Demonstrations, how a prompt writes them, and how they are cut out of a prompt again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from string import Formatter

from ragzip.checks import check_text, shown, text
from ragzip.compressors.demonstrations.marks import Marks, marks_of_text
from ragzip.errors import InputError, OptionError
from ragzip.text.spans import Span
from ragzip.types import Document

__all__ = ["Demonstration", "Template", "cut"]

_FIELDS = ("input", "question", "label")
_EXPECTED = "{input} and {label} once each, {question} at most once, and the label last"


@dataclass(frozen=True)
class Demonstration:
    """An input with its label, as a few-shot prompt shows it.

    :param input: what may be shortened: a passage, a dialogue, a review.
    :param label: the right answer, which never is.
    :param question: what is asked about the input, where each demonstration asks something else; never shortened.
    :raises InputError: no text, or a blank input.
    """

    input: str
    label: str
    question: str = ""

    def __post_init__(self) -> None:
        for name in _FIELDS:
            check_text(getattr(self, name), f"Demonstration.{name}")
        if not self.input.strip():
            raise InputError("Demonstration.input: received a blank text, expected what the label belongs to.")


@dataclass(frozen=True)
class Template:
    r"""The format of a demonstration in a prompt, as in ``"Question: {input}\nType: {label}"``.

    :param pattern: with ``{input}`` and ``{label}`` once each, perhaps ``{question}`` once; the label is last.
    :raises OptionError: any other.
    """

    pattern: str

    def __post_init__(self) -> None:
        text(self.pattern, "template", expected=_EXPECTED)
        try:
            pieces = list(Formatter().parse(self.pattern))
        except ValueError as error:
            raise self._error(str(error)) from None
        names = [name for _, name, _, _ in pieces if name is not None]
        if any(format_spec or conversion for _, _, format_spec, conversion in pieces):
            raise self._error("a format or a conversion")
        if sorted(names) != sorted({*names} | {"input", "label"}) or not {*names} <= {*_FIELDS} or names[-1] != "label":
            raise self._error(f"the fields {names}")

    def _error(self, problem: str) -> OptionError:
        return OptionError(f"template: received {shown(self.pattern)} ({problem}), expected {_EXPECTED}.")

    @property
    def has_question(self) -> bool:
        """Whether it writes questions."""
        return any(name == "question" for _, name, _, _ in Formatter().parse(self.pattern))

    def document(self, demonstration: Demonstration, id: str, *, score: float | None = None) -> Document:
        """The ``demonstration`` as a document whose metadata has the spans of its parts."""
        written, spans = "", {}
        for literal, name, _, _ in Formatter().parse(self.pattern):
            written += literal
            if name is not None:
                value = str(getattr(demonstration, name))
                spans[name] = Span(len(written), len(written) + len(value))
                written += value
        marks = Marks(spans["input"], spans["label"], spans.get("question"))
        return Document(id, written, score=score, metadata=marks.metadata())

    def beginning(self, input: str, question: str = "") -> str:
        """A new input as the prompt writes it, up to where its label is to come."""
        document = self.document(Demonstration(input, "", question), "new")
        return document.text[: document.metadata["demonstration"]["label"][0]]


def cut(prompt: str, *, input: str, label: str, question: str | None = None) -> list[Demonstration]:
    r"""The demonstrations of a few-shot prompt, one after another.

    :param input: what stands before each input, at the beginning of a line: ``"Question:"``; ``label`` and ``question``
        likewise. What comes before the first input, or after the last label's line, is no demonstration.
    :raises InputError: a prompt without any.
    """
    check_text(prompt, "prompt")
    signs = {"input": input, "label": label} | ({} if question is None else {"question": question})
    for name, sign in signs.items():
        text(sign, name, expected=f"what stands before each {name}, as in 'Question:'")
    starts = [match.start() for match in re.finditer(rf"^{re.escape(input)}", prompt, re.MULTILINE)]
    blocks = [prompt[start:end] for start, end in pairwise([*starts, len(prompt)])]
    marked = [(block, marks_of_text(block, label, question, begins=input)) for block in blocks]
    demonstrations = [_demonstration(block, marks) for block, marks in marked if marks is not None]
    complete = [demonstration for demonstration in demonstrations if demonstration.label]
    if not complete:
        raise InputError(
            f"prompt: received no demonstration, expected lines that begin with {input!r} and, below them, {label!r}."
        )
    return complete


def _demonstration(block: str, marks: Marks) -> Demonstration:
    question = "" if marks.question is None else block[slice(*marks.question)]
    return Demonstration(block[slice(*marks.input)], block[slice(*marks.label)], question)
