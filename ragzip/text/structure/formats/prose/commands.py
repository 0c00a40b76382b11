"""Commands that follow one another: steps, which are kept together."""

from __future__ import annotations

from collections.abc import Sequence

from ragzip.text.splitters import SplitUnit
from ragzip.text.structure.commands import is_command

__all__ = ["with_commands"]

_MAX_LINES, _MAX_CHARACTERS = 8, 600  # of one block


def with_commands(text: str, parts: Sequence[SplitUnit], longest_block: int | None) -> list[SplitUnit]:
    """The units, lines of commands right below each other as one; all apart in a longer block."""
    joined: list[SplitUnit] = []
    block: list[SplitUnit] = []
    for part in (*parts, None):
        goes_on = part is not None and part.kind == "record" and is_command(text[part.start : part.end])
        if block and not (goes_on and part is not None and text.count("\n", block[-1].end, part.start) == 1):
            joined += _as_one(block, longest_block)
            block = []
        if part is not None:
            (block if goes_on else joined).append(part)
    return joined


def _as_one(block: Sequence[SplitUnit], longest_block: int | None) -> Sequence[SplitUnit]:
    first, last = block[0], block[-1]
    longest = _MAX_CHARACTERS if longest_block is None else min(longest_block, _MAX_CHARACTERS)
    is_short = len(block) <= _MAX_LINES and last.end - first.start <= longest
    return [first._replace(end=last.end)] if is_short else block
