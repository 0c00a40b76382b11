"""The one way a budget is met: the worst is dropped until the measured count holds, then what still fits comes in."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Draft", "settle"]


class Draft(Protocol):
    """A choice of things that take tokens: units, lines, levels of compression."""

    def measured(self) -> int:
        """The real count of the whole, as it would be sent."""
        ...

    def drop_worst(self, excess: int) -> bool:
        """Drop the worst, about as many as make up for ``excess`` tokens, at least one; False where nothing may go."""
        ...

    def let_in(self, total: int, limit: int) -> bool:
        """Let in the best of the others that seem to fit; whether any came whose real count is not known yet."""
        ...


def settle(draft: Draft, limit: int) -> int:
    """The measured count of ``draft`` after it was made to hold ``limit``, if that can be done."""
    total = draft.measured()
    while True:
        while total > limit and draft.drop_worst(total - limit):
            total = draft.measured()
        if total > limit or not draft.let_in(total, limit):
            return total
        total = draft.measured()
