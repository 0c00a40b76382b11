"""Rows of a list of messages, whatever wrote them: fields are read from mappings and from the objects of SDKs, and only
mappings are rewritten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ragzip.errors import InputError

__all__ = [
    "MessageText",
    "Path",
    "ToolCall",
    "blocks_of",
    "field_of",
    "row_list",
    "text_leaves",
    "text_of",
    "with_parts",
    "word_of",
]

Path = tuple[str | int, ...]  # keys and indices, from a row to a text in it


class ToolCall(NamedTuple):
    """The call that a tool result answers; ``arguments`` as the model wrote them."""

    name: str = ""
    arguments: Any = None

    def values(self) -> Mapping[str, Any]:
        """The arguments by name; those that are no JSON object under one name."""
        arguments = self.arguments
        if isinstance(arguments, str):
            try:
                arguments = json.loads(arguments)
            except (ValueError, RecursionError):
                return {"input": arguments} if arguments.strip() else {}
        if isinstance(arguments, Mapping):
            return arguments
        return {} if arguments is None else {"input": arguments}


class MessageText(NamedTuple):
    """A text in a row that may get shorter: from ``start`` to ``end`` of the text at ``path``."""

    path: Path
    text: str
    title: str | None = None
    start: int = 0
    end: int | None = None

    @property
    def part(self) -> str:
        """The text that may get shorter."""
        return self.text[self.start : self.end]


def row_list(messages: object) -> list[Any]:
    """The rows of ``messages``, as they are.

    :raises InputError: no list of messages, a row that has neither role nor type, or one that is an object of
        LangChain, in which nothing would get shorter.
    """
    expected = "a list of chat messages, such as [{'role': 'user', 'content': '…'}]"
    if isinstance(messages, (str, bytes, Mapping)) or not isinstance(messages, Sequence):
        hint = " Put it into a list." if isinstance(messages, Mapping) else ""
        raise InputError(f"messages: received {type(messages).__name__}, expected {expected}.{hint}")
    for number, row in enumerate(messages):
        has_kind = word_of(row, "role") is not None or word_of(row, "type") is not None
        if not has_kind or _is_of_langchain(row):
            keys = f" with the keys {sorted(map(str, row))}" if isinstance(row, Mapping) else ""
            raise InputError(
                f"messages[{number}]: received {type(row).__name__}{keys}, expected a message with a role or a type: a "
                "dict, or an object of an SDK. Messages of LangChain: use ragzip.langchain.RagzipMiddleware, or "
                "convert_to_openai_messages."
            )
    return list(messages)


def _is_of_langchain(row: object) -> bool:
    """Whether a row is a message object of LangChain, told by its class; LangChain is not imported."""
    return any(base.__module__.startswith("langchain") for base in type(row).__mro__)


def field_of(item: object, name: str) -> Any:
    """The field ``name`` of a mapping or an object; None where there is none."""
    return item.get(name) if isinstance(item, Mapping) else getattr(item, name, None)


def word_of(item: object, name: str) -> str | None:
    """The field ``name``, a role or a type; None where it is no text, as only malformed rows have it."""
    value = field_of(item, name)
    return value if isinstance(value, str) else None


def blocks_of(item: object, name: str = "content") -> Sequence[Any]:
    """The blocks in the field ``name``; none where it is a text."""
    blocks = field_of(item, name)
    return blocks if isinstance(blocks, Sequence) and not isinstance(blocks, (str, bytes)) else ()


def text_of(item: object, types: Sequence[str]) -> str:
    """The text of a row: its content, or that of its blocks of ``types``."""
    content = field_of(item, "content")
    if isinstance(content, str):
        return content
    texts = (field_of(block, "text") for block in blocks_of(item) if word_of(block, "type") in types)
    return "\n".join(text for text in texts if isinstance(text, str))


def text_leaves(item: object, name: str, types: Sequence[str]) -> Iterator[MessageText]:
    """The text in the field ``name``, or those of its blocks of ``types``; only texts that can be replaced."""
    content = field_of(item, name)
    if isinstance(content, str):
        yield MessageText((name,), content)
    for number, block in enumerate(blocks_of(item, name)):
        text = field_of(block, "text")
        if isinstance(block, Mapping) and word_of(block, "type") in types and isinstance(text, str):
            yield MessageText((name, number, "text"), text)


def with_parts(item: Any, leaves: Sequence[MessageText], parts: Sequence[str]) -> Any:
    """A copy of ``item`` with ``parts`` in place of those of ``leaves``, in order; one text may hold several."""
    texts: dict[Path, str] = {}
    for leaf, part in zip(reversed(leaves), reversed(parts), strict=True):
        text = texts.get(leaf.path, leaf.text)
        if part != leaf.part:
            texts[leaf.path] = text[: leaf.start] + part + ("" if leaf.end is None else text[leaf.end :])
    for path, text in texts.items():
        item = _replaced(item, path, text)
    return item


def _replaced(item: Any, path: Path, text: str) -> Any:
    """A copy of ``item`` with ``text`` at ``path``; what is not on the path is shared with ``item``."""
    if not path:
        return text
    key, *deeper = path
    copy: Any = list(item) if isinstance(key, int) else dict(item)
    copy[key] = _replaced(item[key], tuple(deeper), text)
    return copy
