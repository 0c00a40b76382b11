"""The search for the level of each part of a text within a budget: trees over runs of pieces, from sizes and scores
alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.fitting.levels import TEXT
from ragzip.fitting.settle import SteppedDraft, settle

__all__ = ["Subtree", "Trees", "descend"]


class Subtree(NamedTuple):
    """The pieces from ``first`` to before ``end``, at ``level``: a number from 0, the coarsest, or ``TEXT``."""

    first: int
    end: int
    level: int


@dataclass(frozen=True)
class Trees:
    """A binary tree over each passage, with n pieces in all as leaves.

    :ivar roots: the pieces of each passage: the first one, and the one after the last.
    :ivar documents: number of the document of each piece. *Shape:* (n,).
    :ivar scores: of the pieces, higher is better. *Shape:* (n,).
    :ivar weights: of the pieces, by which a run is halved. *Shape:* (n,).
    :ivar may_be_text: pieces that are text where there is room, not only vectors of the finest level. *Shape:* (n,).
    :ivar finest: the finest level.
    :ivar size: tokens of a node.
    """

    roots: Sequence[tuple[int, int]]
    documents: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float64]
    weights: npt.NDArray[np.int64]
    may_be_text: npt.NDArray[np.bool_]
    finest: int
    size: Callable[[Subtree], int]

    def best_score(self, node: Subtree) -> float:
        """The score of the best piece of ``node``."""
        return float(self.scores[node.first : node.end].max())

    def halves(self, node: Subtree) -> tuple[Subtree, ...]:
        """``node`` cut into two of about the same weight; nothing, where it is one piece."""
        if node.end - node.first < 2:
            return ()
        weights_before = np.cumsum(self.weights[node.first : node.end - 1])
        total_weight = int(self.weights[node.first : node.end].sum())
        middle = node.first + 1 + int(np.abs(2 * weights_before - total_weight).argmin())
        return Subtree(node.first, middle, node.level), Subtree(middle, node.end, node.level)

    def children(self, node: Subtree) -> tuple[Subtree, ...]:
        """The nodes that one step of the descent makes of ``node``: its better half one level finer, and the other half
        unchanged. Empty where it is as fine as it may be.
        """
        if node.level == TEXT:
            return ()
        if node.level == self.finest:
            singles = [Subtree(piece, piece + 1, node.level) for piece in range(node.first, node.end)]
            has_text = [bool(self.may_be_text[single.first]) for single in singles]
            if len(singles) == 1 and has_text[0]:
                return (node._replace(level=TEXT),)
            return tuple(singles) if len(singles) > 1 and any(has_text) else ()
        halves = self.halves(node)
        if not halves:
            return (node._replace(level=node.level + 1),)
        better = max(halves, key=self.best_score)
        return tuple(half._replace(level=half.level + 1) if half is better else half for half in halves)

    def finest_nodes(self) -> list[Subtree]:
        """All pieces as finely as they may be told."""
        return [
            Subtree(piece, piece + 1, TEXT if self.may_be_text[piece] else self.finest)
            for root in self.roots
            for piece in range(*root)
        ]


def descend(trees: Trees, limit: int | None, measure: Callable[[Sequence[Subtree]], int]) -> list[Subtree]:
    """The nodes that cover the kept pieces, in order.

    Each passage whole at the coarsest level, the best ones first, as far as ``limit`` reaches, and halves of those that
    do not fit; the rest of it lets the best nodes descend. Then the real count is made to hold.

    :param limit: most tokens (None: every piece as finely as may be).
    :param measure: the real count of nodes, and of whatever else is there.
    """
    nodes = trees.finest_nodes()
    if limit is None or measure(nodes) <= limit:
        return nodes
    roots = [Subtree(first, end, 0) for first, end in trees.roots]
    tokens_before = measure([])
    tokens_around = measure(roots) - tokens_before - sum(map(trees.size, roots))
    document_count = len({int(trees.documents[root.first]) for root in roots})
    draft = _Draft(trees, limit - tokens_before, measure)
    _let_in(draft, roots, max(0, -(-tokens_around // max(1, document_count))))
    _refine(draft)
    settle(draft, limit)
    return draft.nodes


def _let_in(draft: _Draft, roots: Iterable[Subtree], tokens_per_document: int) -> None:
    queue = [(-draft.trees.best_score(root), root) for root in roots]
    heapify(queue)
    open_documents: set[int] = set()
    while queue and draft.tokens_left > 0:
        _, node = heappop(queue)
        document = int(draft.trees.documents[node.first])
        if draft.exchange((), (node,), 0 if document in open_documents else tokens_per_document):
            open_documents.add(document)
            continue
        for half in draft.trees.halves(node):
            heappush(queue, (-draft.trees.best_score(half), half))


def _refine(draft: _Draft) -> None:
    queue = [(-draft.trees.best_score(node), node) for node in draft.nodes]
    heapify(queue)
    while queue and draft.tokens_left > 0:
        _, node = heappop(queue)
        children = draft.trees.children(node)
        if children and draft.exchange((node,), children):
            for child in children:
                heappush(queue, (-draft.trees.best_score(child), child))


class _Exchange(NamedTuple):
    """Nodes, and those that take their place."""

    replaced: tuple[Subtree, ...]
    replacing: tuple[Subtree, ...]


class _Draft(SteppedDraft[_Exchange]):
    """Nodes, exchanged for finer ones step by step."""

    def __init__(self, trees: Trees, tokens_left: int, measure: Callable[[Sequence[Subtree]], int]) -> None:
        super().__init__(tokens_left)
        self.trees, self._measure = trees, measure
        self._node_by_first: dict[int, Subtree] = {}

    @property
    def nodes(self) -> list[Subtree]:
        """The nodes, in order."""
        return [self._node_by_first[first] for first in sorted(self._node_by_first)]

    def exchange(self, replaced: tuple[Subtree, ...], replacing: tuple[Subtree, ...], tokens_around: int = 0) -> bool:
        """``replacing`` in the place of ``replaced``; False where there is no room."""
        more_tokens = tokens_around + sum(map(self.trees.size, replacing)) - sum(map(self.trees.size, replaced))
        return self.take(_Exchange(replaced, replacing), more_tokens)

    def measured(self) -> int:
        return self._measure(self.nodes)

    def _take(self, step: _Exchange) -> None:
        for node in step.replaced:
            del self._node_by_first[node.first]
        for node in step.replacing:
            self._node_by_first[node.first] = node

    def _take_back(self, step: _Exchange) -> None:
        self._take(_Exchange(step.replacing, step.replaced))
