"""What a caller gives, as documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

from ragzip.checks import check_text, iter_of, shown
from ragzip.errors import InputError, reason_of
from ragzip.received import looks_swapped, reference, told, told_as_a_whole, told_of_query
from ragzip.types import Document

__all__ = ["Context", "ContextLike", "Draft", "check_query", "context_of", "read_context", "read_items"]

ContextLike = str | Document | Sequence[str | Document]
_EXPECTED = "str, ragzip.Document, or a sequence of either"


@dataclass(frozen=True)
class Context:
    """The documents of a call; why some of them cannot be read and stay as they are, by position; and why there are no
    more of them, where reading them failed. ``plain``: one text, given as such.
    """

    documents: Sequence[Document]
    failures: Mapping[int, str] = field(default_factory=dict)
    broken_off: str | None = None
    plain: bool = False


Draft = tuple[str, str, Callable[[], Document]]  # id and text of a document to be, and what makes it of them


def read_context(context: ContextLike, *, tolerant: bool) -> Context:
    """The documents of ``context``; texts without an id are numbered from 0.

    :param tolerant: text that cannot be processed stays as it is, and what a generator gave before it failed is taken.
    :raises InputError: of another type, or an item of another type; without ``tolerant`` also the rest.
    """
    plain = isinstance(context, str)
    listed = [context] if isinstance(context, (str, Document)) else context
    items, broken_off = read_items(listed, "context", expected=_EXPECTED, tolerant=tolerant)
    names_only = bool(items) and all(isinstance(item, str) and reference(item) for item in items)
    drafts = (_draft(i, item, "context" if plain else f"context[{i}]", names_only) for i, item in enumerate(items))
    return replace(context_of(drafts, broken_off, tolerant=tolerant), plain=plain)


def check_query(query: object, context: Context) -> str | None:
    """The query without white space around it; None where it is blank.

    :raises InputError: no text, a text that cannot be processed, or the context given in its place.
    """
    if query is None:
        return None
    if not isinstance(query, str):
        raise told_of_query(query).error("query", "str or None")
    query = check_text(query, "query").strip()
    if context.plain and looks_swapped(context.documents[0].text, query):
        raise InputError(
            f"context, query: received the question {shown(context.documents[0].text)} as the context and a text of "
            f"{len(query):,} characters as the query, expected the context first: compress(context, query). "
            "If they are meant as they are, give the context as ragzip.Document('0', text)."
        )
    return query or None


def read_items(items: object, name: str, *, expected: str, tolerant: bool) -> tuple[list[Any], str | None]:
    """The items that a caller gave; and why there are no more of them, where reading them failed.

    :param tolerant: what an iterator gave before it failed is taken.
    :raises InputError: a text, bytes, a mapping, a set (it has no order), what has no items; without ``tolerant`` an
        iterator that fails, too.
    """
    if isinstance(items, Set):
        raise InputError(f"{name}: received {type(items).__name__}, which has no order, expected {expected}.")
    received = told_as_a_whole(items) if isinstance(items, Iterable) else told(items)
    if received is not None:
        raise received.error(name, expected)
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


def _draft(position: int, item: object, where: str, names_only: bool) -> Draft:
    """The draft of one item. ``names_only``: all items are paths, addresses or ids."""
    if isinstance(item, Document):
        return item.id, item.text, lambda: item
    if not isinstance(item, str):
        raise told(item).error(where, "str or ragzip.Document")

    def make() -> Document:
        text = check_text(item, where)
        if names_only:
            raise _no_text(text, where)
        return Document(str(position), text)

    return str(position), item, make


def _no_text(text: str, where: str) -> InputError:
    return InputError(
        f"{where}: received {shown(text)}, which looks like {reference(text)}, expected the text itself. Nothing is "
        "opened or fetched: read it first, files with ragzip.documents.read_documents([path]). If it is meant as text, "
        "give it as ragzip.Document(id, text)."
    )


def _unchecked(id: str, text: str) -> Document:
    """A document of text that :func:`check_text` refuses, to be handed back as it came."""
    document = Document(id, "")
    object.__setattr__(document, "text", text)
    return document
