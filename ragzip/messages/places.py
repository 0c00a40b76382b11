"""The texts in a list of messages that may get shorter, and what each is compressed for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from operator import index
from typing import Any, NamedTuple

from ragzip.checks import shown, text
from ragzip.errors import OptionError, reason_of
from ragzip.messages.formats import MessageFormat, block_leaves
from ragzip.messages.rows import MessageText, ToolCall, blocks_of, word_of
from ragzip.messages.shortening import query_of

__all__ = ["ContextOption", "Place", "context_option", "places_of"]

_log = logging.getLogger(__name__)
ContextOption = bool | tuple[str, str] | Callable[[str], tuple[int, int] | None]
_CONTEXT_ROLES = ("user", "system", "developer")


class Place(NamedTuple):
    """A tool result, or (without a call) a context.

    :ivar is_asked_later: the query stands in a later row, which the list may not have had at first.
    :ivar failure: why the contexts of the row are not known.
    """

    row: int
    leaves: tuple[MessageText, ...]
    query: str | None
    call: ToolCall | None
    is_asked_later: bool = False
    failure: str | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """The texts that may get shorter."""
        return tuple(leaf.part for leaf in self.leaves)


def places_of(
    rows: Sequence[Any], message_format: MessageFormat, context: ContextOption, *, tolerant: bool = False
) -> list[Place]:
    """The tool results and, by ``context``, the contexts of a list, in the order of their rows.

    :param tolerant: a row for which the function ``context`` fails has a place that says so.
    """
    places = [
        Place(result.row, leaves, query_of(result.question, result.call), result.call)
        for result in message_format.results(rows)
        if (leaves := tuple(leaf for leaf in result.leaves if leaf.part.strip()))
    ]
    if context is not False:
        places += _contexts(rows, message_format, context, tolerant=tolerant)
    return sorted(places, key=lambda place: place.row)


def context_option(value: object) -> ContextOption:
    """``value`` as the option ``context`` of :func:`ragzip.compress_messages`.

    :raises OptionError: something else.
    """
    if isinstance(value, bool) or callable(value):
        return value
    if isinstance(value, (tuple, list)) and len(value) == 2:
        opening, closing = (text(item, "context", expected="two delimiters, such as '<context>'") for item in value)
        return opening, closing
    raise OptionError(f"context: received {shown(value)}, expected True, two delimiters, or a function.")


def _contexts(
    rows: Sequence[Any], message_format: MessageFormat, context: ContextOption, *, tolerant: bool
) -> Iterator[Place]:
    for number, row in enumerate(rows):
        if word_of(row, "role") not in _CONTEXT_ROLES or not isinstance(row, Mapping):
            continue
        try:
            leaves, text_around = _contexts_of(row, message_format, context)
        except OptionError as error:
            if not tolerant:
                raise
            _log.warning("messages[%d] as given: %s", number, reason_of(error))
            yield Place(number, tuple(message_format.row_leaves(row)), None, None, failure=reason_of(error))
            continue
        if leaves:
            later_text = "" if text_around else _question_after(rows, number, message_format)
            yield Place(number, leaves, text_around or later_text or None, None, is_asked_later=bool(later_text))


def _question_after(rows: Sequence[Any], number: int, message_format: MessageFormat) -> str:
    """The first text of the user after a row that holds contexts and nothing else; "" where there is none.

    What was answered before there was a question stays as it was sent: of a row of the user, only those right after it
    count. Instructions of the system are sent with a question.
    """
    later_rows: Iterable[Any] = rows[number + 1 :]
    if word_of(rows[number], "role") == "user":
        later_rows = takewhile(lambda row: word_of(row, "role") in _CONTEXT_ROLES, later_rows)
    return next((text for row in later_rows if (text := message_format.user_text(row)).strip()), "")


def _contexts_of(
    row: Mapping[str, Any], message_format: MessageFormat, context: ContextOption
) -> tuple[tuple[MessageText, ...], str]:
    """The contexts of a row; and, of a user row, the text around them, "" where it says nothing."""
    leaves = [
        leaf._replace(path=("content", place, *leaf.path))
        for place, block in enumerate(blocks_of(row))
        for leaf in block_leaves(block)
    ]
    texts_around: list[str] = []
    for leaf in message_format.row_leaves(row):
        end_before = 0
        for start, end in _spans(leaf.text, context):
            leaves.append(leaf._replace(start=start, end=end))
            texts_around.append(leaf.text[end_before:start])
            end_before = end
        texts_around.append(leaf.text[end_before:])
    if isinstance(context, tuple):
        texts_around = [part.replace(context[0], "").replace(context[1], "") for part in texts_around]
    text_around = "\n".join(texts_around).strip() if word_of(row, "role") == "user" else ""
    kept_leaves = tuple(leaf for leaf in leaves if leaf.part.strip())
    return kept_leaves, text_around if any(map(str.isalnum, text_around)) else ""


def _spans(row_text: str, context: ContextOption) -> Iterator[tuple[int, int]]:
    """The places of the contexts in the text of a row."""
    if isinstance(context, tuple):
        yield from _delimited(row_text, *context)
    elif not isinstance(context, bool) and (span := _span(row_text, context)) is not None:
        yield span


def _span(row_text: str, context: Callable[[str], tuple[int, int] | None]) -> tuple[int, int] | None:
    """The span that a caller's function gives for the text of a row.

    :raises OptionError: it raises an error, or returns something else than a place in the text.
    """
    expected = "expected a start and an end in the text, or None"
    try:
        span = context(row_text)
    except Exception as error:
        raise OptionError(f"context: the function raised {reason_of(error)}, {expected}.") from error
    if span is None:
        return None
    try:
        start, end = map(index, span)
    except (TypeError, ValueError):
        start, end = -1, -1
    if not 0 <= start <= end <= len(row_text):
        raise OptionError(f"context: returned {shown(span)}, {expected}.")
    return start, end


def _delimited(row_text: str, opening: str, closing: str) -> Iterator[tuple[int, int]]:
    """The spans between each closing delimiter and the last opening one before it.

    An opening one that is mentioned earlier, and never closed, takes nothing of the user's text in.
    """
    position = 0
    while (start := row_text.find(opening, position)) >= 0:
        start += len(opening)
        end = row_text.find(closing, start)
        if end < 0:
            return
        last_opening = row_text.rfind(opening, start, end)
        yield start if last_opening < 0 else last_opening + len(opening), end
        position = end + len(closing)
