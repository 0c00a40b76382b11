"""The shortening of one tool result or context: one decision, by its texts and the query that they are compressed
for.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ragzip.api import pipeline_of
from ragzip.context import Context
from ragzip.errors import DeadlineError, reason_of
from ragzip.fitting.limits import limit_of
from ragzip.messages.originals import Originals
from ragzip.messages.result import Status
from ragzip.messages.rows import MessageText, ToolCall
from ragzip.process import deadline
from ragzip.process.memory import BoundedCache
from ragzip.result import Result
from ragzip.text.structure.names import ending_of
from ragzip.text.tokens import TokenCounter, token_counter
from ragzip.types import Document

__all__ = ["Shortened", "Shortener", "decision_key", "decisions", "query_of"]

_log = logging.getLogger(__name__)
_MAX_QUESTION_CHARACTERS = 1000  # the end of a longer user text is taken: the question mostly stands there
_MAX_ARGUMENT_CHARACTERS = 300
_MARKS = ("[…]", "…")  # of an emptied text, where the budget holds no longer one
_NO_ROOM_FOR_HINT = "the budget has no room for a mark that says how the whole text is fetched"
_MAX_BYTES_OF_DECISIONS = 2**26
_BYTES_PER_TOKEN = 4
_ATTEMPTS = 5  # to fit what is counted by text and not together; the last one keeps nothing


class Shortened(NamedTuple):
    """The texts as they are to be sent, and what was done; see :class:`~ragzip.messages.result.MessageReport`."""

    texts: tuple[str, ...]
    status: Status
    tokens_in: int
    tokens_out: int
    handle: str | None = None
    reason: str | None = None
    result: Result | None = None


def decisions() -> BoundedCache[bytes, Shortened]:
    """An empty memory of decisions on texts, by :func:`decision_key`."""
    return BoundedCache(_MAX_BYTES_OF_DECISIONS, _bytes_of)


def _bytes_of(key: bytes, shortened: Shortened) -> int:
    """The bytes of a decision, whose result has the whole texts."""
    return len(key) + _BYTES_PER_TOKEN * shortened.tokens_in + sum(map(sys.getsizeof, shortened.texts))


def decision_key(*values: object) -> bytes:
    """The key of a decision that depends on ``values``."""
    return hashlib.sha256(json.dumps(values).encode("utf-8", "surrogatepass")).digest()


def query_of(question: str, call: ToolCall) -> str | None:
    """The query for a tool result: the last user text before the call, and the call, as text; None without either."""
    question = question.strip()
    if len(question) > _MAX_QUESTION_CHARACTERS:
        question = question[-_MAX_QUESTION_CHARACTERS:].partition(" ")[2]
    arguments = (
        f"{name} {_written(value)}" for name, value in call.values().items() if value not in (None, "", [], {})
    )
    called = " ".join(part for part in (call.name.replace("_", " "), *arguments) if part)
    return "\n".join(part for part in (question, called) if part) or None


def _written(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text[:_MAX_ARGUMENT_CHARACTERS]


class Shortener:
    """Shortens texts with the options of :func:`ragzip.compress`; the same texts and query give the same texts.

    :param options: of the pipeline; its budget is that of one result.
    :param least: results under so many tokens stay as they are.
    """

    def __init__(self, options: Mapping[str, Any], least: int, originals: Originals | None, where: str) -> None:
        self.options, self.least, self.originals = dict(options), least, originals
        self.pipeline = pipeline_of(self.options, where)
        self.counter: TokenCounter = token_counter(self.pipeline.tokenizer)
        self.pipeline.check()
        self._decisions = decisions()

    def shorten(
        self, leaves: Sequence[MessageText], query: str | None, call: ToolCall | None = None, room: int | None = None
    ) -> Shortened:
        """The texts of ``leaves``, shortened together under one budget.

        :param call: the call that made them: a file name in its arguments tells what they are.
        :param room: tokens that they may have at most, whatever the budget.
        """
        parts = tuple(leaf.part for leaf in leaves)
        tokens_in = sum(self.counter.many(parts))
        if tokens_in < self.least and (room is None or tokens_in <= room):
            return Shortened(parts, "short", tokens_in, tokens_in)
        key = decision_key(parts, [leaf.title for leaf in leaves], query, _file_name(call), room)
        if (remembered := self._decisions.get(key)) is not None:
            return remembered
        try:
            shortened = self._shortened(leaves, parts, query, call, tokens_in, room)
        except Exception as error:
            if not self.pipeline.tolerant and not isinstance(error, DeadlineError):
                raise
            _log.warning("a text of a message as given: %s", reason_of(error))
            return Shortened(parts, "failed", tokens_in, tokens_in, reason=reason_of(error))
        if shortened.status != "failed":
            self._decisions.put(key, shortened)
        return shortened

    def _shortened(
        self,
        leaves: Sequence[MessageText],
        parts: tuple[str, ...],
        query: str | None,
        call: ToolCall | None,
        tokens_in: int,
        room: int | None,
    ) -> Shortened:
        deadline.check()
        limits = (limit_of(tokens_in, self.pipeline.target_tokens, self.pipeline.rate), room)
        limit = min((value for value in limits if value is not None), default=None)
        documents = [_document(number, leaf, call) for number, leaf in enumerate(leaves)]
        target, texts, tokens_out = limit, parts, tokens_in
        handle: str | None = None
        result: Result | None = None
        first_result: Result | None = None  # with the whole budget, which tells whether something is relevant
        for attempt in range(1, _ATTEMPTS + 1):
            result = self._result(documents, query, target)
            if result.stats.fallback:
                return Shortened(parts, "failed", tokens_in, tokens_in, reason=result.stats.fallback, result=result)
            first_result = first_result or result
            kept_texts = [document.text for document in result.documents]
            if kept_texts == list(parts):
                return Shortened(parts, "whole", tokens_in, tokens_in, result=result)
            if self.originals is not None:
                handle = self.originals.put("\n\n".join(parts))
            texts = self._marked(parts, kept_texts, _left_out(tokens_in, result, first_result), handle, limit)
            tokens_out = sum(self.counter.many(texts))
            if limit is None or tokens_out <= limit or not target:
                break
            target = 0 if attempt == _ATTEMPTS - 1 else max(0, target - attempt * (tokens_out - limit))
        if tokens_out >= tokens_in:
            return Shortened(parts, "whole", tokens_in, tokens_in, reason="a mark would be as long", result=result)
        if result and any(document.text for document in result.documents):
            return Shortened(texts, "shortened", tokens_in, tokens_out, handle, result=result)
        if first_result and (bare := self._without_hint(parts, first_result, limit)) is not None:
            bare_tokens = sum(self.counter.many(bare))
            return Shortened(bare, "shortened", tokens_in, bare_tokens, handle, _NO_ROOM_FOR_HINT, first_result)
        return Shortened(texts, "emptied", tokens_in, tokens_out, handle, _too_large(first_result), result)

    def _without_hint(self, parts: Sequence[str], result: Result, limit: int | None) -> tuple[str, ...] | None:
        """The text that ``result`` keeps, with no mark on the original, which is better than the mark alone; None where
        that is nothing, or too much.
        """
        kept_texts = [document.text for document in result.documents]
        texts = self._marked(parts, kept_texts, "", None, limit)
        return texts if any(kept_texts) and self._fits(texts, limit) else None

    def _result(self, documents: Sequence[Document], query: str | None, target: int | None) -> Result:
        """The result for one budget, as it is or smaller."""
        if target is None:
            return self.pipeline.run(Context(documents), query)
        options = {**self.options, "target_tokens": target, "rate": None}
        return pipeline_of(options, "compress_messages").run(Context(documents), query)

    def _marked(
        self, parts: Sequence[str], kept_texts: Sequence[str], left_out: str, handle: str | None, limit: int | None
    ) -> tuple[str, ...]:
        """``kept_texts`` with a mark for each that is empty and was not, since empty blocks are refused by APIs; and,
        where the original can be fetched, how: in short, where the limit holds no more.

        :param left_out: says how much is left out.
        """
        texts = [kept or (_MARKS[1] if part.strip() else part) for part, kept in zip(parts, kept_texts, strict=True)]
        hint = self.originals.hint(handle) if self.originals is not None and handle else None
        marks = [f"[{left_out}]"] if hint is None else [f"[{left_out}; {hint}]", f"[{hint}]"]
        if any(kept.strip() for kept in kept_texts):
            if hint is None:
                return tuple(texts)
            last = max(number for number, kept in enumerate(kept_texts) if kept.strip())
            ways = [_with_text(texts, last, f"{texts[last]}\n{mark}") for mark in marks]
            return next((way for way in ways if self._fits(way, limit)), ways[0])
        first = next(number for number, part in enumerate(parts) if part.strip())
        ways = [_with_text(texts, first, mark) for mark in (*marks, *_MARKS)]
        return next((way for way in ways if self._fits(way, limit)), ways[-1])

    def _fits(self, texts: Sequence[str], limit: int | None) -> bool:
        return limit is None or sum(self.counter.many(texts)) <= limit


def _with_text(texts: Sequence[str], number: int, text: str) -> tuple[str, ...]:
    return *texts[:number], text, *texts[number + 1 :]


def _too_large(result: Result | None) -> str | None:
    """The note of a result that its best unit exceeds the budget; None without one."""
    notes = result.stats.notes if result else ()
    return next((str(note) for note in notes if note.code == "best-unit-too-large"), None)


def _left_out(tokens_in: int, result: Result, first_result: Result) -> str:
    """The summary of a shortened or emptied text of ``tokens_in`` tokens: the number left out, and whether something
    relevant is among them.

    :param first_result: the one with the whole budget.
    """
    if any(document.text for document in result.documents):
        return f"shortened from {tokens_in:,} tokens"
    has_relevant_units = any(unit.relevant for document in first_result.documents for unit in document.units)
    return f"{tokens_in:,} tokens left out" + ("" if has_relevant_units else ", nothing in them is relevant")


def _document(number: int, leaf: MessageText, call: ToolCall | None) -> Document:
    name = _file_name(call)
    return Document(str(number), leaf.part, title=leaf.title, metadata={"source": name} if name else {})


def _file_name(call: ToolCall | None) -> str | None:
    """The only file that a call names in its arguments, by which the kind of its result is told."""
    values = call.values().values() if call is not None else ()
    names = [value for value in values if isinstance(value, str) and " " not in value and ending_of(value)]
    return names[0] if len(names) == 1 else None
