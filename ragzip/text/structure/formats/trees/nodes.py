"""The nodes of trees of values, and which of them name a record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ragzip.text.spans import Span

__all__ = ["NodeKind", "RefusalError", "TreeNode", "name_among", "name_within"]

_MAX_NAME_CHARACTERS = 100  # of a value that names a record
_MAX_QUESTION_CHARACTERS = 300
_NAMES = ("name", "title", "id", "key", "label", "slug", "number", "artifactid", "path", "url", "email", "code")
_QUESTIONS = frozenset(["question", "q", "query", "problem", "issue", "frage", "pregunta", "domanda", "pergunta"])
_ANSWERS = frozenset(["answer", "answers", "a", "response", "reply", "solution", "antwort", "respuesta", "resposta"])
_OBJECTS_OF_NAMES = frozenset(["metadata", "meta", "info"])
_ENDINGS_OF_NAMES = ("name", "title", "id", "key")

_NOWHERE = Span(0, 0)
NodeKind = Literal["object", "list", "scalar", "text", "stream"]


class RefusalError(Exception):
    """A text is well-formed, but is not to be read as a tree."""


@dataclass(slots=True)
class TreeNode:
    """A value of a tree, with the key before it.

    :param label: its key or tag, "" for an item of a list.
    :param opening: the text before its children in the source; ``closing``: the text after them.
    :param column: its column; ``item_column``: that of the dashes of its items.
    :param size: characters, about, without white space between values.
    :param children: None: not parsed yet.
    :param value: of a scalar, as it is read.
    :param has_name: whether its opening names it, as attributes do.
    :param is_whole: it is not divided.
    :param needed: nodes that are not divided, without which it cannot be read.
    :param opens: the value that it is the key of: it is kept only with something of that.
    :param key: the node before it that names it, and without which nothing in it can be read.
    """

    start: int
    end: int
    label: str
    kind: NodeKind
    size: int
    opening: Span = _NOWHERE
    closing: Span = _NOWHERE
    children: list[TreeNode] | None = field(default_factory=list)
    value: str = ""
    item_count: int = 1
    column: int = 0
    item_column: int = 0
    has_name: bool = False
    is_string: bool = False
    is_blob: bool = False
    is_whole: bool = False
    needed: list[TreeNode] = field(default_factory=list)
    opens: Span | None = None
    key: TreeNode | None = None

    @property
    def span(self) -> Span:
        """The place of the node, with its key."""
        return Span(self.start, self.end)


def name_among(children: Sequence[TreeNode], *, has_label: bool) -> TreeNode | None:
    """The member that names its record: a question that is answered, an identifying one, else the first short value of
    one without a label.
    """
    if any(child.label.lower() in _ANSWERS for child in children):
        questions = (child for child in children if child.label.lower() in _QUESTIONS and child.is_string)
        if (question := next(questions, None)) is not None and 0 < question.size <= _MAX_QUESTION_CHARACTERS:
            return question
    scalars = [
        child for child in children if child.kind == "scalar" and child.value and child.size <= _MAX_NAME_CHARACTERS
    ]
    by_label: dict[str, TreeNode] = {}
    for child in reversed(scalars):
        by_label[child.label.lower()] = child
    for label in _NAMES:
        if label in by_label:
            return by_label[label]
    if has_label:
        return None
    for ending in _ENDINGS_OF_NAMES:
        for child in scalars:
            if child.label.lower().endswith(ending):
                return child
    return scalars[0] if scalars else None


def name_within(children: Sequence[TreeNode], members_of: Callable[[TreeNode], Sequence[TreeNode]]) -> TreeNode | None:
    """The name of a record in the member that is there for such: "metadata: name: web"."""
    for child in children:
        if child.kind == "object" and child.label.lower() in _OBJECTS_OF_NAMES and not child.is_whole:
            members = [member for member in members_of(child) if member.label.lower() in _NAMES]
            return name_among(members, has_label=True)
    return None
