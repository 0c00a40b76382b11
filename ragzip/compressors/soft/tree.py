"""A tree of soft pieces: passages coarsely, finer towards what the query is about."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ragzip.checks import whole_number
from ragzip.compressors.soft.adapted import Adapted
from ragzip.compressors.soft.family import PieceLevels, SoftPiece, ratio_list, too_small
from ragzip.fitting.descent import Subtree, Trees, descend
from ragzip.fitting.levels import DROPPED, TEXT, PieceCosts
from ragzip.text.spans import Span
from ragzip.types import Budget, Segment

if TYPE_CHECKING:
    from ragzip.backends.protocols import SoftEncoder
    from ragzip.soft.encoders.grained import GrainedEncoder
    from ragzip.soft.language import LanguageModel

__all__ = ["SoftTree"]


class SoftTree(Adapted):
    """The same text at several grains, after SharedLLM (Han et al. 2024, arXiv 2410.19318): each passage of at most 256
    tokens is a binary tree over its pieces of at most 20. A passage is told whole at the coarsest ratio; where the
    budget reaches further, it is halved, the half with the most relevant piece is told at the next finer ratio and the
    other half as before, again and again, the best node of all documents first.

    What differs from the paper: vectors are those of GMSA (passages and runs of pieces, 8 tokens to a vector) and
    CompLLM (pieces, 4 and 2), which stand in the input, where the paper has keys and values in the reader's lower
    layers; the query descends by the pruner's relevance, not by similarity; the budget says how deep it goes, not a
    fixed depth.

    Without a budget every piece is told at the finest ratio.

    :param ratio: tokens to a vector of pieces; default: 2 and 4.
    :param passage_ratio: tokens to a vector of passages, one or several.
    :param adapter: a folder made by ``ragzip train soft compllm``; default: the shipped one.
    :param passage_adapter: a folder made by ``ragzip train soft gmsa``; default: the shipped one.
    :param text: largest share of the pieces that the descent may end at as text, the most relevant ones, 0 to 1.
    Other options: see :class:`~ragzip.compressors.soft.adapted.Adapted`.
    """

    name: ClassVar[str] = "soft/tree.v1"
    method = "compllm"
    default_ratio = (2, 4)
    encoder: GrainedEncoder

    def __init__(
        self,
        model: str | Path | LanguageModel | None = None,
        *,
        ratio: int | Sequence[int] | None = None,
        passage_ratio: int | Sequence[int] = 8,
        passage_adapter: str | Path | None = None,
        text: float = 0.0,
        **options: Any,
    ) -> None:
        self._passage_adapter = passage_adapter
        self._passage_ratios = [
            whole_number(each, "passage_ratio", least=1, expected="a whole number, 1 or more: tokens to a vector")
            for each in ratio_list(passage_ratio, "passage_ratio")
        ]
        piece_ratios = ratio_list(self.default_ratio if ratio is None else ratio, "ratio")
        super().__init__(model, ratio=[*piece_ratios, *self._passage_ratios], text=text, **options)

    def _encoder(self, lm: LanguageModel, adapter: str | Path | None) -> SoftEncoder:
        from ragzip.soft.adapters import load_adapter
        from ragzip.soft.encoders.grained import GrainedEncoder

        piece_encoder = load_adapter("compllm", lm, adapter)
        passage_encoder = load_adapter("gmsa", lm, self._passage_adapter)
        return GrainedEncoder(piece_encoder, passage_encoder, self._passage_ratios, lm=lm)

    def _levels(
        self, segments: Sequence[Segment], pieces: Sequence[SoftPiece], costs: PieceCosts, budget: Budget
    ) -> PieceLevels:
        grove = _Grove(segments, pieces, costs, self.encoder, tuple(reversed(self.ratios)))
        is_leaf = ~costs.is_guarded
        if budget.threshold is not None:
            is_leaf &= costs.scores >= budget.threshold

        def measure(nodes: Sequence[Subtree]) -> int:
            return self._measured(segments, grove.levels(nodes), budget)

        trees = Trees(
            roots=grove.roots(is_leaf),
            documents=np.array([piece.segment for piece in pieces], np.int64),
            scores=costs.scores,
            weights=costs.vector_counts[-1],
            may_be_text=costs.stays_text,
            finest=len(self.ratios) - 1,
            size=grove.size,
        )
        nodes = descend(trees, budget.max_tokens, measure)
        if budget.max_tokens is not None and measure(nodes) > budget.max_tokens:
            raise too_small(budget)
        return grove.levels(nodes)


@dataclass(frozen=True)
class _Grove:
    """The pieces that stand under trees, and what nodes are made of. ``ratios`` are by level, the coarsest first."""

    segments: Sequence[Segment]
    pieces: Sequence[SoftPiece]
    costs: PieceCosts
    encoder: GrainedEncoder
    ratios: tuple[int, ...]
    size_by_node: dict[Subtree, int] = field(default_factory=dict)

    def roots(self, is_leaf: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
        """Runs of leaves of one passage that are next to each other in the source."""
        pieces = self.pieces
        passage_numbers = self._passage_numbers()
        bounds = [
            number
            for number in range(1, len(pieces))
            if passage_numbers[number] != passage_numbers[number - 1]
            or pieces[number].span.start != pieces[number - 1].span.end
            or not is_leaf[number]
            or not is_leaf[number - 1]
        ]
        runs = pairwise([0, *bounds, len(pieces)])
        return [(first, end) for first, end in runs if is_leaf[first]]

    def _passage_numbers(self) -> list[tuple[int, int]]:
        """The segment of each piece, and its passage there."""
        starts_by_segment = {
            segment_number: [span.start for span in self.encoder.passages(self.segments[segment_number].text)]
            for segment_number in {piece.segment for piece in self.pieces}
        }
        return [
            (piece.segment, bisect_right(starts_by_segment[piece.segment], piece.within.start)) for piece in self.pieces
        ]

    def size(self, node: Subtree) -> int:
        """Tokens of ``node``."""
        if node not in self.size_by_node:
            self.size_by_node[node] = self._counted(node)
        return self.size_by_node[node]

    def _counted(self, node: Subtree) -> int:
        if node.level == TEXT:
            return int(self.costs.text_tokens[node.first : node.end].sum())
        if self._is_whole(node):
            return self.encoder.sizes([self._joined(node).text], self.ratios[node.level])[0]
        return int(self.costs.vector_counts[node.level, node.first : node.end].sum())

    def levels(self, nodes: Sequence[Subtree]) -> PieceLevels:
        """The levels of the pieces of ``nodes``; pieces in none of them are dropped, except those that are guarded."""
        pieces: list[SoftPiece] = []
        levels: list[int] = []
        sizes: list[int] = []
        scores: list[float] = []
        for node in self._with_the_others(nodes):
            node_pieces = [self._joined(node)] if self._is_whole(node) else self.pieces[node.first : node.end]
            pieces += node_pieces
            levels += [node.level] * len(node_pieces)
            if self._is_whole(node):
                sizes.append(self.size(node))
                scores.append(float(self.costs.scores[node.first : node.end].max()))
            else:
                sizes += self._sizes(node)
                scores += self.costs.scores[node.first : node.end].tolist()
        return PieceLevels(pieces, np.array(levels, np.int64), sizes, np.array(scores, np.float64))

    def _with_the_others(self, nodes: Sequence[Subtree]) -> list[Subtree]:
        """``nodes``, and what stands in none of them, in order."""
        starts = {node.first: node for node in nodes}
        all_nodes: list[Subtree] = []
        piece_number = 0
        while piece_number < len(self.pieces):
            level = TEXT if self.costs.is_guarded[piece_number] else DROPPED
            all_nodes.append(starts.get(piece_number, Subtree(piece_number, piece_number + 1, level)))
            piece_number = all_nodes[-1].end
        return all_nodes

    def _is_whole(self, node: Subtree) -> bool:
        """Whether the pieces of ``node`` are encoded as one text."""
        return node.level >= 0 and self.ratios[node.level] in self.encoder.passage_ratios

    def _sizes(self, node: Subtree) -> list[int]:
        """Vectors of each piece of ``node``."""
        if node.level < 0:
            return [0] * (node.end - node.first)
        counts: list[int] = self.costs.vector_counts[node.level, node.first : node.end].tolist()
        return counts

    def _joined(self, node: Subtree) -> SoftPiece:
        """The pieces of ``node`` as one."""
        first, last = self.pieces[node.first], self.pieces[node.end - 1]
        within = Span(first.within.start, last.within.end)
        text = self.segments[first.segment].text[slice(*within)]
        return SoftPiece(first.segment, Span(first.span.start, last.span.end), within, text, protected=False)
