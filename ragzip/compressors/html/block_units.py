"""The blocks of a page as units, in arrays: a page may have one for every few characters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import overload

from ragzip.pages.leads import BlockRelation
from ragzip.text.scores import Scores
from ragzip.text.spans import Span
from ragzip.types import Tier, Unit

__all__ = ["BlockUnits"]

_NO_RELATION = BlockRelation()


class BlockUnits(Sequence[Unit]):
    """Units equal to a tuple of them, each made when it is read.

    :param spans: of the blocks, in order.
    :param scores: of the blocks. *Shape:* (n,).
    :param are_relevant: whether each is.
    :param relations: of the blocks that have one, by number.
    """

    __slots__ = ("_are_relevant", "_relations", "_scores", "_spans")

    def __init__(
        self,
        spans: Sequence[Span],
        scores: Scores,
        are_relevant: Iterable[bool],
        relations: Mapping[int, BlockRelation],
    ) -> None:
        self._spans, self._scores, self._relations = spans, scores, relations
        self._are_relevant = bytes(are_relevant)

    def with_irrelevant(self, starts: Collection[int]) -> BlockUnits:
        """The same units, but that those which begin at ``starts`` are not relevant."""
        are_relevant = (
            bool(is_relevant) and span.start not in starts
            for span, is_relevant in zip(self._spans, self._are_relevant, strict=True)
        )
        return BlockUnits(self._spans, self._scores, are_relevant, self._relations)

    def __len__(self) -> int:
        return len(self._spans)

    def __iter__(self) -> Iterator[Unit]:
        return map(self._unit, range(len(self)))

    @overload
    def __getitem__(self, number: int) -> Unit: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[Unit, ...]: ...
    def __getitem__(self, number: int | slice) -> Unit | tuple[Unit, ...]:
        if isinstance(number, slice):
            return tuple(map(self._unit, range(len(self))[number]))
        return self._unit(range(len(self))[number])

    def _unit(self, number: int) -> Unit:
        relation = self._relations.get(number, _NO_RELATION)
        is_relevant = bool(self._are_relevant[number])
        return Unit(
            *self._spans[number], self._scores.item(number), Tier.NORMAL, is_relevant, relation.needs, relation.section
        )

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, (tuple, BlockUnits)) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))
