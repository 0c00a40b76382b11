"""One question to a reader: the instruction stays as it is, the context gets shorter."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

from ragzip.output.layout import Layout
from ragzip.types import Document

__all__ = ["Example"]


@dataclass(frozen=True)
class Example:
    """What a reader is asked, from which documents, and what it should say.

    Only ``documents`` are compressed. ``before`` and ``after`` are the prompt around them: instruction, question.

    :param query: what compressors read; None where the task asks for no part of the context (a summary of all of it).
    :param answers: any of them is right.
    :param metrics: names of :data:`~ragzip.eval.measures.metrics.METRICS`; the first one is the score.
    :param max_tokens: most tokens of a prediction.
    :param layout: how the documents are set into the prompt.
    :param classes: all that a classification may answer.
    :param plain: the prompt is one to go on with, not a message to a chat model.
    :param first_line: only the first line of the prediction counts.
    :param support: (position of the document, start, end) of what the answer rests on, where it is known.
    :param length: words of the context as the suite counts them, for results by length.
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

    def prompt(self, context: str) -> str:
        """The whole prompt, with ``context`` in its place."""
        return f"{self.before}{context}{self.after}"

    @cached_property
    def fingerprint(self) -> str:
        """Of all that is in it: another text under the same id is another example."""
        return hashlib.blake2b(repr(self).encode(), digest_size=8).hexdigest()

    def read(self, prediction: str) -> str:
        """What of a prediction counts."""
        return prediction.lstrip("\n").split("\n")[0] if self.first_line else prediction


def around(template: str, **fields: str) -> tuple[str, str]:
    """What stands before and after ``{context}`` in ``template``, its other fields filled in."""
    before, after = template.split("{context}")
    for name, value in fields.items():
        before, after = before.replace(f"{{{name}}}", value), after.replace(f"{{{name}}}", value)
    return before, after
