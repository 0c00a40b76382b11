"""The result of compressing a list of messages: the list, and a report on each text in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ragzip.result import Result

__all__ = ["CompressedMessages", "MessageReport", "MessageStats", "Status"]

Status = Literal["shortened", "emptied", "whole", "short", "frozen", "recent", "excluded", "failed"]


@dataclass(frozen=True)
class MessageReport:
    """The report on one tool result or context.

    :param row: the number of its row in the list.
    :param tool: the name of the tool; None for a context.
    :param query: the text that it was compressed for.
    :param status: "shortened"; "emptied" (nothing in it is relevant: a mark stands there); "whole" (nothing to leave
        out); "short" (under ``least`` tokens); "frozen" (at or before the last cache breakpoint); "recent"
        (``protect_recent``); "excluded" (``exclude_tools``); "failed" (see ``reason``). All but the first
        two are as they were given.
    :param tokens_in: of the text as it was given.
    :param tokens_out: of the text that stands there now, marks included; with ``shadow``, that would stand there.
    :param handle: of the original, where :class:`~ragzip.messages.originals.Originals` keep it.
    :param reason: why it failed, was emptied though something in it is relevant, or stayed as it was.
    :param result: of :func:`ragzip.compress`, with spans and notes; None where it did not run.
    """

    row: int
    tool: str | None
    query: str | None
    status: Status
    tokens_in: int
    tokens_out: int
    handle: str | None = None
    reason: str | None = None
    result: Result | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class MessageStats:
    """Tokens of all rows before and after (of ``tokenizer``; texts, names, arguments, and 4 a row), and how many texts
    got shorter.
    """

    tokens_in: int
    tokens_out: int
    tokenizer: str
    shortened: int
    texts: int

    @property
    def rate(self) -> float:
        """Tokens kept ÷ tokens given (1.0 for an empty list)."""
        return self.tokens_out / self.tokens_in if self.tokens_in else 1.0


class CompressedMessages(list[Any]):
    """The messages to send: a list with as many rows as were given, in the same order.

    :ivar report: what was done to each tool result and context, in order.
    :ivar stats: tokens of all rows.
    """

    def __init__(self, messages: list[Any], report: tuple[MessageReport, ...], stats: MessageStats) -> None:
        super().__init__(messages)
        self.report, self.stats = report, stats

    @property
    def messages(self) -> list[Any]:
        """The messages as a plain list."""
        return list(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return CompressedMessages, (list(self), self.report, self.stats)
