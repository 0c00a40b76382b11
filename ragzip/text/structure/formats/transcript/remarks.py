"""Remarks: the words that one speaker says at a time."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Remark"]


class Remark(NamedTuple):
    """The words that one speaker says at a time: the speaker ("" where that is not known), the words, the first and the
    last unit of them, the part of the text, as one below a heading, in which it is said, and the unit of the question
    that it asks (None: it asks nothing).
    """

    speaker: str
    words: str
    first_unit: int
    last_unit: int
    part: int = 0
    question: int | None = None
