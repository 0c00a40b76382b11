"""Rows (of files, tables, data sets) with a context and a query, and what compression adds to them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Unpack

from ragzip.api import pipeline_of
from ragzip.checks import flag, shown, text
from ragzip.compressors.options import Options
from ragzip.errors import InputError, OptionError, reason_of
from ragzip.files.objects import documents_of
from ragzip.files.rows import QUERY_FIELDS
from ragzip.result import Result
from ragzip.types import Document

__all__ = ["CONTEXT_FIELDS", "ROW_OPTIONS", "RowCompressor", "RowOptions"]

CONTEXT_FIELDS = ("context", "documents", "text")  # the first one that a row has, where none is named
_MAX_ERROR_CHARACTERS = 500
_log = logging.getLogger(__name__)
Item = tuple[Any, Any]  # what a row has as context and as query


class RowOptions(Options, total=False):
    """The options of a :class:`RowCompressor`, which describes them."""

    context_field: str | None
    query_field: str | None
    query: str | None
    output_field: str
    keep_context: bool
    documents: bool


ROW_OPTIONS = tuple(name for name in RowOptions.__annotations__ if name not in Options.__annotations__)


class RowCompressor:
    """A function from a row to the row with its context compressed, for ``datasets.map``, pandas, and others that map.

    The context of a row is a text, an object with "text" (and "id", "title", "mime" …), or a list of either. The new
    row has all its fields but the context, and these (``compressed`` is ``output_field``):

    - ``compressed``: the text, None where the row failed;
    - ``compressed_tokens_in``, ``compressed_tokens_out``: its tokens before and after;
    - ``compressed_notes``: remarks, and what stayed as it was given;
    - ``compressed_error``: why the row failed, None where it did not;
    - ``compressed_documents``, on request: id, text, spans and score of each document.

    Models are loaded at the first row, once. It can be pickled.

    :param context_field: the name of the context; None: "context", "documents" or "text", the first that a row has.
    :param query_field: the name of the query; None: "query", "question" or "input", the first with a value, if any. A
        warning is logged where the first row has none of them.
    :param query: one query for all rows.
    :param keep_context: keep the context in the new row.
    :param documents: add ``compressed_documents``.
    :param options: those of :func:`ragzip.compress`.
    :raises OptionError: an option that is unknown or outside its range, or both ``query_field`` and ``query``.
    """

    def __init__(
        self,
        *,
        context_field: str | None = None,
        query_field: str | None = None,
        query: str | None = None,
        output_field: str = "compressed",
        keep_context: bool = False,
        documents: bool = False,
        **options: Unpack[Options],
    ) -> None:
        for name, value in (("context_field", context_field), ("query_field", query_field), ("query", query)):
            if value is not None:
                text(value, name)
        if query_field is not None and query is not None:
            raise OptionError(
                f"query_field, query: received {shown(query_field)} and {shown(query)}, expected one of them."
            )
        self.context_field, self.query_field, self.query = context_field, query_field, query
        self._is_query_checked = query_field is not None or query is not None
        self.output_field = text(output_field, "output_field")
        self.keep_context, self.documents = flag(keep_context, "keep_context"), flag(documents, "documents")
        self.pipeline = pipeline_of(options, "RowCompressor", besides=ROW_OPTIONS)

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The new row; what is wrong with ``row`` is in its field for errors."""
        return self.joined(row, self.fields(row))

    def fields(self, row: object) -> dict[str, Any]:
        """The fields that are added to ``row``; what is wrong with it is in the one for errors."""
        try:
            item = self.item(row)
        except InputError as error:
            return self.failed(error)
        return self.compressed(item)

    def item(self, row: object) -> Item:
        """The item of ``row``: its context and its query.

        :raises InputError: no mapping, or one without the context.
        """
        if not isinstance(row, Mapping):
            raise InputError(f"row: received {shown(row)}, expected a mapping of fields.")
        context_field = self.context_field_of(row)
        if context_field is None or _is_missing(row.get(context_field)):
            expected = repr(self.context_field) if self.context_field else " or ".join(map(repr, CONTEXT_FIELDS))
            raise InputError(f"row: received the fields {shown(list(row))}, expected a context as {expected}.")
        self.check_query(row)
        return row[context_field], self._query_of(row, context_field)

    def _query_of(self, row: Mapping[str, Any], context_field: str) -> Any:
        """The query for ``row``, None without one. What another field than "query" holds is one where it is a text."""
        if self.query is not None:
            return self.query
        if self.query_field is not None:
            query = row.get(self.query_field)
            return None if _is_missing(query) else query
        values = ((name, row.get(name)) for name in QUERY_FIELDS if name != context_field)
        return next(
            (value for name, value in values if isinstance(value, str) or (name == "query" and not _is_missing(value))),
            None,
        )

    def check_query(self, names: Iterable[str]) -> None:
        """Log, the first time, where no query is named and none of the fields ``names`` holds one."""
        if self._is_query_checked:
            return
        self._is_query_checked = True
        fields = set(names)
        if not any(name in fields for name in QUERY_FIELDS if name != self.context_field_of(fields)):
            _log.warning(
                "no field %s or %s: rows are compressed for their own content; name it with query_field, --query-field",
                ", ".join(QUERY_FIELDS[:-1]),
                QUERY_FIELDS[-1],
            )

    def context_field_of(self, names: Iterable[str]) -> str | None:
        """The one of the fields ``names`` that holds the context."""
        candidates = CONTEXT_FIELDS if self.context_field is None else (self.context_field,)
        present_names = set(names)
        return next((name for name in candidates if name in present_names), None)

    def compressed(self, item: Item) -> dict[str, Any]:
        """The fields that are added to a row, from what :meth:`item` gives."""
        context, query = item
        try:
            return self._fields(self.pipeline.run(_context_of(context), query))
        except Exception as error:  # one row must not stop a run of hours
            return self.failed(error)

    def failed(self, error: Exception | str) -> dict[str, Any]:
        """The fields of a row that failed."""
        reason = error if isinstance(error, str) else reason_of(error)
        return self._named(None, None, None, [], reason[:_MAX_ERROR_CHARACTERS], None)

    def joined(self, row: object, fields: Mapping[str, Any]) -> dict[str, Any]:
        """``row`` with ``fields``, and without its context.

        :raises InputError: it has one of these fields already.
        """
        if not isinstance(row, Mapping):
            return dict(fields)
        kept = self.without_context(row)
        self.check_names(kept)
        return {**kept, **fields}

    def without_context(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of ``row`` that the new row keeps."""
        dropped = None if self.keep_context else self.context_field_of(row)
        return {name: value for name, value in row.items() if name != dropped}

    def check_names(self, names: Iterable[str]) -> None:
        """Check that no field of a row would be overwritten.

        :raises InputError: one would be.
        """
        if taken := sorted(set(names) & set(self.added_fields)):
            raise InputError(
                f"row: received the fields {shown(taken)}, expected none of them, as they are added. Rename them, "
                "or set output_field."
            )

    @property
    def added_fields(self) -> tuple[str, ...]:
        """The names of the fields that are added."""
        return tuple(self._named(None, None, None, [], None, None))

    @property
    def error_field(self) -> str:
        """The name of the field for errors."""
        return f"{self.output_field}_error"

    def _fields(self, result: Result) -> dict[str, Any]:
        stats = result.stats
        notes = [*stats.notes, *([stats.fallback] if stats.fallback else [])]
        documents = [
            {name: document[name] for name in ("id", "text", "spans", "score")}
            for document in result.to_dict()["documents"]
        ]
        return self._named(result.text, stats.tokens_in, stats.tokens_out, notes, None, documents)

    def _named(
        self,
        compressed_text: str | None,
        tokens_in: int | None,
        tokens_out: int | None,
        notes: list[str],
        error: str | None,
        documents: list[dict[str, Any]] | None,
    ) -> dict[str, Any]:
        name = self.output_field
        fields = {
            name: compressed_text,
            f"{name}_tokens_in": tokens_in,
            f"{name}_tokens_out": tokens_out,
            f"{name}_notes": notes,
            self.error_field: error,
        }
        return {**fields, f"{name}_documents": documents} if self.documents else fields


def _context_of(context: object) -> str | list[Document]:
    return context if isinstance(context, str) else documents_of(context, "context")


def _is_missing(value: object) -> bool:
    """Whether a table has no value there: None, or the NaN of pandas."""
    return value is None or (isinstance(value, float) and value != value)
