"""The one way a budget is met: the worst is dropped until the measured count holds, then what still fits comes in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar

__all__ = ["Draft", "SteppedDraft", "settle"]

Step = TypeVar("Step")


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


class SteppedDraft(ABC, Generic[Step]):
    """A draft that is made step by step, as far as there is room; the last step is taken back first.

    :param tokens_left: that steps may take.
    """

    def __init__(self, tokens_left: int) -> None:
        self.tokens_left = tokens_left
        self._steps: list[tuple[Step, int]] = []  # and the tokens each took

    @abstractmethod
    def measured(self) -> int: ...

    @abstractmethod
    def _take(self, step: Step) -> None: ...

    @abstractmethod
    def _take_back(self, step: Step) -> None: ...

    def take(self, step: Step, more_tokens: int) -> bool:
        """Take ``step``; False where there is no room for ``more_tokens``."""
        if more_tokens > self.tokens_left:
            return False
        self._take(step)
        self._steps.append((step, more_tokens))
        self.tokens_left -= more_tokens
        return True

    def drop_worst(self, excess: int) -> bool:
        """See :class:`Draft`."""
        if not self._steps:
            return False
        while self._steps and excess > 0:
            step, more_tokens = self._steps.pop()
            self._take_back(step)
            excess -= max(more_tokens, 0)
        return True

    def let_in(self, total: int, limit: int) -> bool:
        """False, always: what had room was taken already."""
        return False


def settle(draft: Draft, limit: int) -> int:
    """The measured count of ``draft`` after it was made to hold ``limit``, if that can be done."""
    total = draft.measured()
    while True:
        while total > limit and draft.drop_worst(total - limit):
            total = draft.measured()
        if total > limit or not draft.let_in(total, limit):
            return total
        total = draft.measured()
