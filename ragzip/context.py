"""What a caller gives, as documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from ragzip.checks import check_text, iter_of
from ragzip.errors import InputError, reason_of
from ragzip.types import Document

__all__ = ["Context", "ContextLike", "Draft", "context_of", "read_context", "read_items"]

ContextLike = str | Document | Sequence[str | Document]


@dataclass(frozen=True)
class Context:
    """The documents of a call; why some of them cannot be read and stay as they are, by position; and why there are no
    more of them, where reading them failed.
    """

    documents: Sequence[Document]
    failures: Mapping[int, str] = field(default_factory=dict)
    broken_off: str | None = None


Draft = tuple[str, str, Callable[[], Document]]  # id and text of a document to be, and what makes it of them


def read_context(context: ContextLike, *, tolerant: bool) -> Context:
    """The documents of ``context``; texts without an id are numbered from 0.

    :param tolerant: text that cannot be processed stays as it is, and what a generator gave before it failed is taken.
    :raises InputError: of another type, or an item of another type; without ``tolerant`` also the rest.
    """
    expected = "str, ragzip.Document, or a sequence of either"
    if isinstance(context, (bytes, bytearray, memoryview)) or _is_langchain(context):
        raise InputError(f"context: received {_named(context)}, expected {expected}.")
    listed = [context] if isinstance(context, (str, Document)) else context
    items, broken_off = read_items(listed, "context", expected=expected, tolerant=tolerant)
    return context_of(map(_draft, count(), items), broken_off, tolerant=tolerant)


def read_items(items: object, name: str, *, expected: str, tolerant: bool) -> tuple[list[Any], str | None]:
    """The items that a caller gave; and why there are no more of them, where reading them failed.

    :param tolerant: what an iterator gave before it failed is taken.
    :raises InputError: a text, bytes, a mapping, a set (it has no order), what has no items; without ``tolerant`` an
        iterator that fails, too.
    """
    if isinstance(items, Set):
        raise InputError(f"{name}: received {type(items).__name__}, which has no order, expected {expected}.")
    iterator = iter_of(items, name, expected=expected, error=InputError)
    listed: list[Any] = []
    try:
        listed.extend(iterator)
    except Exception as error:
        failure = InputError(f"{name}: reading it failed after {len(listed)} documents ({reason_of(error)}).")
        if not tolerant or not listed:
            raise failure from error
        return listed, reason_of(failure)
    return listed, None


def context_of(drafts: Iterable[Draft], broken_off: str | None = None, *, tolerant: bool) -> Context:
    """The context of documents made of ``drafts``.

    :param tolerant: text that cannot be processed stays as it is.
    """
    documents: list[Document] = []
    failures: dict[int, str] = {}
    for position, (id, text, make) in enumerate(drafts):
        try:
            documents.append(make())
        except InputError as error:
            if not tolerant:
                raise
            documents.append(_unchecked(id, text))
            failures[position] = reason_of(error)
    return Context(documents, failures, broken_off)


def _draft(position: int, item: object) -> Draft:
    if isinstance(item, Document):
        return item.id, item.text, lambda: item
    if not isinstance(item, str):
        raise InputError(f"context[{position}]: received {_named(item)}, expected str or ragzip.Document.")
    return str(position), item, lambda: Document(str(position), check_text(item, f"context[{position}]"))


def _is_langchain(item: object) -> bool:
    return hasattr(item, "page_content")


def _named(item: object) -> str:
    """The type of what was received, and what to do about it where that is known."""
    if isinstance(item, (bytes, bytearray)):
        return f"{type(item).__name__} (decode it: data.decode('utf-8'))"
    if _is_langchain(item):
        return "a LangChain document (use ragzip.langchain)"
    return type(item).__name__


def _unchecked(id: str, text: str) -> Document:
    """A document of text that :func:`check_text` refuses, to be handed back as it came."""
    document = Document(id, "")
    object.__setattr__(document, "text", text)
    return document
