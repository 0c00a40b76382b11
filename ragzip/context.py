"""What a caller gives, as documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from ragzip.checks import iter_of
from ragzip.errors import InputError, reason_of
from ragzip.types import Document, check_text

__all__ = ["Context", "ContextLike", "read_context"]

ContextLike = str | Document | Sequence[str | Document]


@dataclass(frozen=True)
class Context:
    """The documents of a call; why some of them cannot be read and stay as they are, by position; and why there are no
    more of them, where reading them failed.
    """

    documents: Sequence[Document]
    failures: Mapping[int, str] = field(default_factory=dict)
    broken_off: str | None = None


def read_context(context: ContextLike, *, tolerant: bool) -> Context:
    """The documents of ``context``; texts without an id are numbered from 0.

    :param tolerant: text that cannot be processed stays as it is, and what a generator gave before it failed is taken.
    :raises InputError: of another type, or an item of another type; without ``tolerant`` also the rest.
    """
    if isinstance(context, (str, Document)):
        context = [context]
    unordered = isinstance(context, (Mapping, Set))
    binary = isinstance(context, (bytes, bytearray, memoryview))
    if unordered or binary or not isinstance(context, Iterable) or _is_langchain(context):
        raise InputError(
            f"context: received {_named(context)}, expected str, ragzip.Document, or a sequence of either."
        )
    documents: list[Document] = []
    failures: dict[int, str] = {}
    items = iter_of(context, "context", expected="str, ragzip.Document, or a sequence of either", error=InputError)
    while True:
        position = len(documents)
        try:
            item = next(items)
        except StopIteration:
            return Context(documents, failures)
        except Exception as error:
            reading = InputError(f"context: reading it failed after {position} documents ({reason_of(error)}).")
            if not tolerant or not documents:
                raise reading from error
            return Context(documents, failures, reason_of(reading))
        if not isinstance(item, (str, Document)):
            raise InputError(f"context[{position}]: received {_named(item)}, expected str or ragzip.Document.")
        try:
            text = item if isinstance(item, Document) else check_text(item, f"context[{position}]")
        except InputError as error:
            if not tolerant:
                raise
            documents.append(_unchecked(str(position), str(item)))
            failures[position] = reason_of(error)
        else:
            documents.append(text if isinstance(text, Document) else Document(str(position), text))


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
