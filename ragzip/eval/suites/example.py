"""An example of a suite: a question, its documents, and the right answers; or a conversation and its next turn."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ragzip.output.layout import Layout
from ragzip.process.lazy_property import lazy_property
from ragzip.types import Document

__all__ = ["Conversation", "Example"]


@dataclass(frozen=True, eq=False)
class Conversation:
    """Messages of OpenAI's chat completions that end before the assistant's next turn, in which tool results get
    shorter.

    :param tools: that the assistant may call, in the form of the same API.
    :param identifiers: file names, paths, ids … that the recorded next turn takes from the tool results: they stand in
        one of them and nowhere else in the conversation.
    """

    messages: tuple[Mapping[str, Any], ...]
    tools: tuple[Mapping[str, Any], ...] = ()
    identifiers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Example:
    """A question to a reader, with its documents and the right answers.

    Only ``documents`` are compressed. ``before`` and ``after`` are the prompt around them: instruction, question.

    :param query: the query for compressors; None for tasks about the whole context, such as its summary.
    :param answers: the right answers; any of them counts.
    :param metrics: names of :data:`~ragzip.eval.measures.metrics.METRICS`; the first one is the score.
    :param max_tokens: maximum tokens of a prediction.
    :param layout: the layout of the documents in the prompt.
    :param classes: all possible answers of a classification.
    :param plain: the prompt is to be continued as plain text; it is no message to a chat model.
    :param first_line: only the first line of the prediction counts.
    :param support: supporting spans as (position of the document, start, end), where they are known.
    :param length: words of the context as the suite counts them, for results by length.
    :param conversation: of an example in which a reader says the next turn. ``documents`` are then its tool results,
        ``answers`` is its recorded decision, if there is one, and there are no ``metrics``.
    """

    id: str
    task: str
    documents: tuple[Document, ...]
    query: str | None
    answers: tuple[str, ...]
    metrics: tuple[str, ...]
    before: str = ""
    after: str = ""
    max_tokens: int = 64
    layout: Layout = field(default_factory=Layout)
    classes: tuple[str, ...] = ()
    plain: bool = False
    first_line: bool = False
    support: tuple[tuple[int, int, int], ...] = ()
    length: int | None = None
    conversation: Conversation | None = None

    def prompt(self, context: str) -> str:
        """The whole prompt, with ``context`` in its place."""
        return f"{self.before}{context}{self.after}"

    @lazy_property
    def fingerprint(self) -> str:
        """A digest of all fields, which tells apart examples that share an id."""
        return hashlib.blake2b(repr(self).encode(), digest_size=8).hexdigest()

    def read(self, prediction: str) -> str:
        """The part of a prediction that counts."""
        return prediction.lstrip("\n").split("\n")[0] if self.first_line else prediction


def around(template: str, **fields: str) -> tuple[str, str]:
    """The text before and the text after ``{context}`` in ``template``, with its other ``fields`` filled in."""
    before, after = template.split("{context}")
    for field_name, field_value in fields.items():
        placeholder = f"{{{field_name}}}"
        before, after = before.replace(placeholder, field_value), after.replace(placeholder, field_value)
    return before, after
