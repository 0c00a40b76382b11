"""Vectors of the parts of one text, each encoded within the text around it.

Late chunking (Günther et al., arXiv 2409.04701), the untrained relative of situated embeddings (SitEmb, arXiv
2508.01959): a model reads a section in one pass, and the vector of a part is the mean of the states of its own tokens,
which have attended to the other parts. What differs: a text longer than the model's window is read in several passes,
each with text before and after its own parts, so that no part stands at the edge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ragzip.backends.windows import specials
from ragzip.errors import model_errors
from ragzip.process.forking import guarded
from ragzip.text.spans import Span

if TYPE_CHECKING:
    from ragzip.backends.protocols import TokenModel, Vectors

__all__ = ["part_vectors"]

_OWN_SHARE = 0.5  # of the tokens of a pass that its own parts may have; the others are context
_MAX_TITLE_SHARE = 0.25  # of the tokens of a pass that the title may have
_MIN_NORM = 1e-12


class _Pass(NamedTuple):
    """Tokens that are read together, and the pieces of parts whose states are taken from them."""

    context: Span
    pieces: list[tuple[int, Span]]  # number of the part, and its tokens


def part_vectors(model: TokenModel, parts: Sequence[str], title: str | None = None) -> Vectors:
    """Unit vectors of consecutive ``parts`` of a text. *Shape:* (len(parts), dimension).

    A pass has as many whole parts as half of its tokens can hold, at least one, and text before and after them. A part
    that is longer than a pass is read in several, and its vector is the mean of all its tokens. A part without a token
    is a zero vector.

    :param model: gives the states of each token, of a model whose vectors are the mean of its states.
    :param title: read at the beginning of every pass; its tokens are in no mean.
    """
    before, after = specials(model.tokenizer)
    with guarded(), model_errors("model: its tokenizer.json cannot be used"):
        encodings = model.tokenizer.encode_batch_fast([f"{title or ''}: ", *parts], add_special_tokens=False)
    title_ids, *ids_by_part = [encoding.ids for encoding in encodings]
    room = model.longest - len(before) - len(after)
    lead = [*before, *title_ids[: int(_MAX_TITLE_SHARE * room)]] if title else before
    ids = [token_id for part_ids in ids_by_part for token_id in part_ids]
    passes = list(_passes([len(part_ids) for part_ids in ids_by_part], room - len(lead) + len(before)))
    windows = [[*lead, *ids[read.context.start : read.context.end], *after] for read in passes]
    states_by_pass = model.run(windows)
    sums: dict[int, Vectors] = {}
    for read, states in zip(passes, states_by_pass, strict=True):
        offset = len(lead) - read.context.start
        for part_number, (start, end) in read.pieces:
            sums[part_number] = sums.get(part_number, np.float32(0)) + states[start + offset : end + offset].sum(0)
    dimension = states_by_pass[0].shape[1] if passes else model.run([[*before, *after]])[0].shape[1]
    vectors = np.zeros((len(parts), dimension), np.float32)
    for part_number, vector in sums.items():
        vectors[part_number] = vector / max(float(np.linalg.norm(vector)), _MIN_NORM)
    return vectors


def _passes(sizes: Sequence[int], room: int) -> Iterator[_Pass]:
    """The passes over parts of so many tokens, of at most ``room`` tokens each."""
    total = sum(sizes)
    group: list[tuple[int, Span]] = []
    for part_number, piece in _pieces(sizes, room):
        if group and piece.end - group[0][1].start > _OWN_SHARE * room:
            yield _Pass(_context(group[0][1].start, group[-1][1].end, total, room), group)
            group = []
        group.append((part_number, piece))
    if group:
        yield _Pass(_context(group[0][1].start, group[-1][1].end, total, room), group)


def _pieces(sizes: Sequence[int], room: int) -> Iterator[tuple[int, Span]]:
    """The number and the tokens of each part that has any, cut where it is longer than ``room``."""
    end = 0
    for part_number, size in enumerate(sizes):
        start, end = end, end + size
        for piece_start in range(start, end, room):
            yield part_number, Span(piece_start, min(end, piece_start + room))


def _context(start: int, end: int, total: int, room: int) -> Span:
    """The tokens to read for those from ``start`` to ``end``: as many before as after, more where one side has less."""
    spare = room - (end - start)
    after = min(total - end, max(spare // 2, spare - start))
    before = min(start, spare - after)
    return Span(start - before, end + after)
