"""The input of a call, read as documents."""

from __future__ import annotations

import inspect
import os
from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ragzip.checks import check_text, iter_of, shown
from ragzip.errors import InputError, bytes_remedy, reason_of
from ragzip.result import CompressedDocument, Result
from ragzip.text.places import kind_of_place
from ragzip.text.queries.swapped import looks_swapped
from ragzip.types import Document, Segment

__all__ = [
    "Context",
    "ContextLike",
    "PendingDocument",
    "Received",
    "check_query",
    "context_of",
    "description_of",
    "read_context",
    "read_items",
]

ContextLike = str | Document | Sequence[str | Document]
_EXPECTED = "str, ragzip.Document, or a sequence of either"
_TEXT_KEYS = ("text", "content", "page_content", "body", "passage", "chunk", "snippet", "document", "raw_content")
_LIST_KEYS = ("documents", "texts", "contents", "passages", "chunks")  # of texts, in what a search gives back
_NESTING_KEYS = ("_source", "metadata", "payload", "properties", "fields", "document", "node")  # of one of its hits
_QUERY_KEYS = ("query", "question", "input", "prompt", "text", "content")
_MAX_ID_CHARACTERS = 100
_MESSAGE = "a chat message"
_MESSAGE_KEYS = {"role", "content"}


@dataclass(frozen=True)
class Context:
    """The documents of a call; why some of them cannot be read and stay as they are, by position; and why there are no
    more of them, where reading them failed. ``plain``: one text, given as such.
    """

    documents: Sequence[Document]
    failures: Mapping[int, str] = field(default_factory=dict)
    broken_off: str | None = None
    plain: bool = False


class PendingDocument(NamedTuple):
    """Id and text of a document, and what makes it of them."""

    id: str
    text: str
    make: Callable[[], Document]


def read_context(context: ContextLike, *, tolerant: bool) -> Context:
    """The documents of ``context``; texts without an id are numbered from 0.

    :param tolerant: text that cannot be processed stays as it is, and what a generator gave before it failed is taken.
    :raises InputError: of another type, or an item of another type; without ``tolerant`` also the rest.
    """
    context_items = [context] if isinstance(context, (str, Document)) else context
    items, broken_off = read_items(context_items, "context", expected=_EXPECTED, tolerant=tolerant)
    names_only = bool(items) and all(isinstance(item, str) and kind_of_place(item) for item in items)
    places = ["context"] if isinstance(context, str) else (f"context[{position}]" for position in range(len(items)))
    pending_documents = (
        _pending_document(*numbered, place, names_only)
        for numbered, place in zip(enumerate(items), places, strict=True)
    )
    return replace(context_of(pending_documents, broken_off, tolerant=tolerant), plain=isinstance(context, str))


def check_query(query: object, context: Context) -> str | None:
    """The query without white space around it; None where it is blank.

    :raises InputError: no text, a text that cannot be processed, or the context given in its place.
    """
    if query is None:
        return None
    if not isinstance(query, str):
        raise _description_of_query(query).error("query", "str or None")
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
    received = _description_without_iterating(items) if isinstance(items, Iterable) else description_of(items)
    if received is not None:
        raise received.error(name, expected)
    iterator = iter_of(items, name, expected=expected, error=InputError)
    read_so_far: list[Any] = []
    try:
        read_so_far.extend(iterator)
    except Exception as error:
        failure = InputError(f"{name}: reading it failed after {len(read_so_far)} documents ({reason_of(error)}).")
        if not tolerant or not read_so_far:
            raise failure from error
        return read_so_far, reason_of(failure)
    return read_so_far, None


def context_of(
    pending_documents: Iterable[PendingDocument], broken_off: str | None = None, *, tolerant: bool
) -> Context:
    """The context of documents made of ``pending_documents``.

    :param tolerant: text that cannot be processed stays as it is.
    """
    documents: list[Document] = []
    failures: dict[int, str] = {}
    for position, pending in enumerate(pending_documents):
        try:
            documents.append(pending.make())
        except InputError as error:
            if not tolerant:
                raise
            documents.append(_unchecked(pending.id, pending.text))
            failures[position] = reason_of(error)
    return Context(documents, failures, broken_off)


def _pending_document(position: int, item: object, where: str, names_only: bool) -> PendingDocument:
    """The pending document of one item. ``names_only``: all items are paths, addresses or ids."""
    if isinstance(item, Document):
        return PendingDocument(item.id, item.text, lambda: item)
    if not isinstance(item, str):
        raise description_of(item).error(where, "str or ragzip.Document")

    def make() -> Document:
        text = check_text(item, where)
        if names_only:
            raise _no_text(text, where)
        return Document(str(position), text)

    return PendingDocument(str(position), item, make)


def _no_text(text: str, where: str) -> InputError:
    return InputError(
        f"{where}: received {shown(text)}, which looks like {kind_of_place(text)}, expected the text itself. Nothing "
        "is opened or fetched: read it first, files with ragzip.read_documents([path]). If it is meant as "
        "text, give it as ragzip.Document(id, text)."
    )


def _unchecked(id: str, text: str) -> Document:
    """A document of text that :func:`check_text` refuses, to be handed back as it came."""
    document = Document(id, "")
    object.__setattr__(document, "text", text)
    return document


class Received(NamedTuple):
    """A description of an unexpected input, and what to do about it (empty, where its type says it all)."""

    what: str
    way: str = ""

    def error(self, where: str, expected: str) -> InputError:
        """The error for it in the place of what is ``expected``."""
        return InputError(f"{where}: received {self.what}, expected {expected}.{self.way and ' ' + self.way}")


def description_of(item: object) -> Received:
    """The description of ``item``, which is no text, with the way to make a text of it."""
    received = _description_without_iterating(item) or _with_text(item) or _several(item)
    return received or Received(type(item).__name__)


def _description_of_query(item: object) -> Received:
    """The same of something that was given as the query."""
    received = description_of(item)
    if isinstance(item, (list, tuple)) and item and (message := description_of(item[0])).what == _MESSAGE:
        return Received("a list of chat messages", message.way)
    if isinstance(item, (list, tuple, Document)):
        several = "" if isinstance(item, Document) else " Several questions go into one text: '\\n'.join(questions)."
        return Received(
            type(item).__name__, f"The context comes first, then the query: compress(context, query).{several}"
        )
    if isinstance(item, Mapping) and (key := _key_of_text(item, _QUERY_KEYS)):
        return Received(received.what, f"Give its text: item[{key!r}].")
    return received


def _description_without_iterating(item: object) -> Received | None:
    """The same of something that is not to be iterated over, though it may be iterable (a file, a table, a message)."""
    return _plain(item) or _mapping(item) or _of_ragzip(item) or _of_others(item)


def _plain(item: object) -> Received | None:
    if item is None:
        return Received("None", "Where nothing was retrieved give an empty list; leave out what is missing.")
    if isinstance(item, (bytes, bytearray, memoryview)):
        return Received(type(item).__name__, bytes_remedy(bytes(item)[:8]))
    if isinstance(item, os.PathLike):
        return Received(
            f"the path {shown(item)}",
            "Files are not opened: read it with path.read_text('utf-8'), or ragzip.read_documents([path]).",
        )
    if isinstance(item, type) or inspect.isroutine(item):
        return Received(f"{type(item).__name__} {getattr(item, '__name__', '')}".rstrip(), "Call it first.")
    if inspect.isawaitable(item):
        return Received(f"{type(item).__name__}, which is to be awaited", "Await it first.")
    if isinstance(item, AsyncIterable):
        return Received(type(item).__name__, "Collect it first: [item async for item in items].")
    return None


def _mapping(item: object) -> Received | None:
    if not isinstance(item, Mapping):
        return None
    try:
        values = dict(item)
    except Exception:  # a mapping of anyone's
        values = {}
    keys = [text_key for text_key in values if isinstance(text_key, str)]
    if {*keys} >= _MESSAGE_KEYS:
        return Received(_MESSAGE, "Give its text, message['content'], with the last question as the query.")
    description = f"a {type(item).__name__} with the keys {shown(keys)}"
    if place := _place_of_text(values):
        return Received(
            description, f"Make a document of it: ragzip.Document(id, item{place}, title=…, metadata=item)."
        )
    list_keys = [text_key for text_key in keys if isinstance(values[text_key], (list, tuple))]
    if list_keys:
        list_key = next((text_key for text_key in _LIST_KEYS if text_key in list_keys), list_keys[0])
        is_nested = any(isinstance(element, (list, tuple)) for element in values[list_key])  # a list for each question
        place = f"[{list_key!r}][0]" if is_nested else f"[{list_key!r}]"
        return Received(description, f"Give the texts in it, such as those of item{place}.")
    return Received(description, "Make documents of it: ragzip.Document(id, text).")


def _key_of_text(values: Mapping[Any, Any], keys: Iterable[str]) -> str | None:
    return next((text_key for text_key in keys if isinstance(values.get(text_key), str)), None)


def _place_of_text(values: Mapping[Any, Any]) -> str | None:
    """The subscripts that lead to the text of a mapping, or of one in it as the hits of a search have them."""
    if text_key := _key_of_text(values, _TEXT_KEYS):
        return f"[{text_key!r}]"
    for nesting_key in _NESTING_KEYS:
        inner = values.get(nesting_key)
        if isinstance(inner, dict) and (text_key := _key_of_text(inner, _TEXT_KEYS)):
            return f"[{nesting_key!r}][{text_key!r}]"
    return None


def _of_ragzip(item: object) -> Received | None:
    if isinstance(item, Result):
        return Received("a ragzip.Result", "Give result.text, or run several compressors in one call: compressor=[…].")
    if isinstance(item, (CompressedDocument, Segment)):
        name = type(item).__name__
        return Received(f"a ragzip {name}", "Make a document of it: ragzip.Document(id, item.text).")
    return None


def _of_others(item: object) -> Received | None:
    if _has(item, "page_content"):
        return Received(
            "a LangChain document",
            "Use ragzip.langchain, RagzipCompressor(…).compress_documents(documents, query), or make it "
            "ragzip.Document(d.id, d.page_content, metadata=d.metadata).",
        )
    if _has(item, "node", "score"):
        return Received(
            "a LlamaIndex node with its score",
            "Use ragzip.integrations.llamaindex, RagzipPostprocessor(…), or make it ragzip.Document(n.node.node_id, "
            "n.node.get_content(), score=n.score, metadata=n.node.metadata).",
        )
    if _has(item, "get_content") or _has(item, "node_id", "text"):
        return Received(
            "a LlamaIndex node", "Make it ragzip.Document(node.node_id, node.get_content(), metadata=node.metadata)."
        )
    if _has(item, "content", "meta"):
        return Received(
            "a Haystack document",
            "Use ragzip.integrations.haystack, or ragzip.Document(d.id, d.content, score=d.score, metadata=d.meta).",
        )
    if _has(item, "content") and (_has(item, "role") or _has(item, "type")):
        return Received(_MESSAGE, "Give its text, message.content, with the last question as the query.")
    if _has(item, "columns") and (_has(item, "itertuples") or _has(item, "iter_rows")):
        return Received("a table", "Give the texts of one column, such as list(table['text']).")
    if _has(item, "read", "readline"):
        return Received("an open file", "Give what is in it: file.read().")
    return None


def _with_text(item: object) -> Received | None:
    attribute = next((attribute for attribute in ("text", "content") if isinstance(_value(item, attribute), str)), None)
    return Received(type(item).__name__, f"Make it ragzip.Document(id, item.{attribute}).") if attribute else None


def _several(item: object) -> Received | None:
    if not isinstance(item, (tuple, list, Iterator)):
        return None
    type_name = type(item).__name__
    pair = list(item) if isinstance(item, (tuple, list)) and len(item) == 2 else [None, None]
    if all(isinstance(element, str) for element in pair) and len(str(pair[0])) <= _MAX_ID_CHARACTERS:
        return Received(f"a {type_name} of two texts", "Of an id and its text make ragzip.Document(id, text).")
    if isinstance(pair[1], (int, float)):
        first_kind = "a text" if isinstance(pair[0], str) else description_of(pair[0]).what
        return Received(
            f"a {type_name} of {first_kind} and a number", "Give the first of each: [item for item, score in pairs]."
        )
    return Received(f"a {type_name}", "Give one flat list of texts or documents.")


def _has(item: object, *names: str) -> bool:
    return all(_value(item, name) is not None for name in names)


def _value(item: object, name: str) -> Any:
    """An attribute of an object of anyone's; None, where it has none or fails at it."""
    try:
        return getattr(item, name, None)
    except Exception:
        return None
