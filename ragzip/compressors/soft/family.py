"""Template of the soft family: cut into pieces, choose how finely each is told within the budget, encode, cached."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from ragzip.backends.cached import CachedSoftEncoder, Stored
from ragzip.checks import choice, number_in, with_methods
from ragzip.compressors.chooser import WithChooser
from ragzip.compressors.extractive.family import Extractive
from ragzip.compressors.extractive.texts.passages import Passage
from ragzip.compressors.fingerprints import Fingerprinted, models_of
from ragzip.errors import BudgetError, OptionError
from ragzip.fitting.choose import Fill
from ragzip.fitting.levels import DROPPED, TEXT, Levels, PieceCosts, allocate
from ragzip.text.scores import Scores
from ragzip.text.spans import Span
from ragzip.types import Budget, Document, Segment, SoftSegment, Unit

if TYPE_CHECKING:
    from ragzip.backends.protocols import SoftEncoder

__all__ = ["Soft", "SoftPiece", "PieceLevels", "ratio_list", "too_small"]


@dataclass(frozen=True)
class SoftPiece:
    """A piece of a document: its place in the source, and the text that is encoded for it."""

    segment: int
    span: Span
    within: Span  # in what is left of its document
    text: str
    protected: bool


class PieceLevels(NamedTuple):
    """Pieces in order, the level of each (see :mod:`ragzip.fitting.levels`), its number of vectors, and its score."""

    pieces: Sequence[SoftPiece]
    levels: Levels
    sizes: Sequence[int]
    scores: Scores


class Soft(WithChooser, ABC):
    """Replaces the pieces of a text by vectors of a language model. Budgets count the vectors, and what stays text.

    Without a budget every piece gets the finest ``ratio``. With one, pieces are told coarsely, the most relevant ones
    finer as far as it reaches; where it is too small even so, the least relevant are dropped. Pieces with something
    protected in them stay text.

    :param encoder: what makes the vectors.
    :param ratio: tokens to a vector; of several, the budget chooses piece by piece.
    :param text: share of the pieces that stays text, the most relevant ones (after REFRAG, Lin et al. 2025, arXiv
        2509.01092, which has a policy of its own trained for that), 0 to 1.
    :param chooser: what says how relevant pieces are; default: the shipped pruner.
    :param stored: how vectors are cached, "float16" or "int8" (half the size; a vector's numbers in 255 steps).
    :raises OptionError: an option outside its range, or a ratio that the encoder was not made for.
    """

    name: ClassVar[str]
    fill: ClassVar[Fill] = "none"
    default_rate: ClassVar[float | None] = None

    def __init__(
        self,
        encoder: SoftEncoder,
        *,
        ratio: int | Sequence[int],
        text: float = 0.0,
        chooser: Extractive | None = None,
        stored: Stored = "float16",
    ) -> None:
        with_methods(encoder, "encoder", ("check", "pieces", "sizes", "encode"), expected="a SoftEncoder")
        self.ratios = tuple(sorted({encoder.check(given_ratio) for given_ratio in ratio_list(ratio, "ratio")}))
        super().__init__(chooser)
        self.encoder = encoder
        self.text = number_in(text, "text", expected="a share from 0 to 1")
        self.stored: Stored = choice(stored, "stored", get_args(Stored))
        self.cached = CachedSoftEncoder(encoder, self.stored)

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`; shipped models go with ragzip's version."""
        return (*models_of(self.encoder), *models_of(self._chooser))

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        """Segments with vectors in them, and text where pieces stay text."""
        pieces = [
            piece
            for segment_number, segment in enumerate(segments)
            for piece in self._pieces(segment_number, segment, budget)
        ]
        if not pieces:
            return [segment.keep([]) for segment in segments]
        piece_levels = self._levels(segments, pieces, self._costs(query, segments, pieces, budget), budget)
        if any(
            piece.protected and level != TEXT
            for piece, level in zip(piece_levels.pieces, piece_levels.levels, strict=True)
        ):
            raise too_small(budget)
        return self._assembled(
            segments, piece_levels, self._encoded([piece.text for piece in piece_levels.pieces], piece_levels.levels)
        )

    def _costs(
        self, query: str | None, segments: Sequence[Segment], pieces: Sequence[SoftPiece], budget: Budget
    ) -> PieceCosts:
        """The token costs of ``pieces``, and their relevance."""
        piece_texts = [piece.text for piece in pieces]
        vector_counts = np.array([self.encoder.sizes(piece_texts, ratio) for ratio in reversed(self.ratios)], np.int64)
        scores = (
            self._scores(query, segments, pieces) if self._chooses(vector_counts[-1], budget) else np.zeros(len(pieces))
        )
        is_guarded = np.array([piece.protected for piece in pieces], bool)
        stays_text = is_guarded | self._as_text(query, pieces, scores, budget)
        text_tokens = np.array(
            [
                budget.count(piece_text) if is_kept else 0
                for piece_text, is_kept in zip(piece_texts, stays_text, strict=True)
            ],
            np.int64,
        )
        return PieceCosts(vector_counts, text_tokens, scores, stays_text, is_guarded)

    def _levels(
        self, segments: Sequence[Segment], pieces: Sequence[SoftPiece], costs: PieceCosts, budget: Budget
    ) -> PieceLevels:
        """The level of each piece within the budget."""

        def piece_levels(levels: Levels) -> PieceLevels:
            sizes = [
                0 if level < 0 else int(costs.vector_counts[level, piece_number])
                for piece_number, level in enumerate(levels.tolist())
            ]
            return PieceLevels(pieces, levels, sizes, costs.scores)

        levels = self._allocated(costs, budget, lambda levels: self._measured(segments, piece_levels(levels), budget))
        return piece_levels(levels)

    def _allocated(self, costs: PieceCosts, budget: Budget, measure: Callable[[Levels], int]) -> Levels:
        """The level of each piece; ``measure`` is the real count."""
        return allocate(costs, budget.max_tokens, budget.threshold, measure)

    def _measured(self, segments: Sequence[Segment], piece_levels: PieceLevels, budget: Budget) -> int:
        """The real token count of ``piece_levels``; no model runs."""
        return budget.meter.segments(
            self._assembled(segments, piece_levels, [np.empty((size, 0)) for size in piece_levels.sizes])
        )

    def texts(self, document: Document) -> list[str]:
        """The texts that are encoded for ``document``, piece by piece."""
        return [
            self.prepared(document.title, document.text[slice(*span)]) for span in self.encoder.pieces(document.text)
        ]

    def prepared(self, title: str | None, text: str) -> str:
        """The text that is encoded for a piece of a document called ``title``."""
        return text

    def _pieces(self, number: int, segment: Segment, budget: Budget) -> list[SoftPiece]:
        piece_spans = self.encoder.pieces(segment.text) if segment.text.strip() else []
        if not piece_spans:
            return []
        source_spans = segment.in_source(np.array(piece_spans, np.int32)).tolist()
        protected_spans = budget.protect(segment.document.text)
        return [
            SoftPiece(
                number,
                Span(*source_span),
                piece_span,
                self.prepared(segment.document.title, segment.text[slice(*piece_span)]),
                any(start < source_span[1] and source_span[0] < end for start, end in protected_spans),
            )
            for piece_span, source_span in zip(piece_spans, source_spans, strict=True)
        ]

    def _chooses(self, finest: npt.NDArray[np.int64], budget: Budget) -> bool:
        """Whether it matters how relevant pieces are."""
        is_tight = budget.max_tokens is not None and int(finest.sum()) > 0.8 * budget.max_tokens
        return is_tight or self.text > 0 or budget.threshold is not None

    def _scores(self, query: str | None, segments: Sequence[Segment], pieces: Sequence[SoftPiece]) -> Scores:
        """The relevance of each piece, read in the context of its document."""
        passages = [
            Passage(segments[i].document.title, segments[i].text, tuple(piece.within for piece in segment_pieces))
            for i, segment_pieces in groupby(pieces, key=lambda piece: piece.segment)
        ]
        return np.concatenate(self.chooser.score(query, passages))

    def _as_text(
        self, query: str | None, pieces: Sequence[SoftPiece], scores: Scores, budget: Budget
    ) -> npt.NDArray[np.bool_]:
        """The pieces that stay text where there is room. *Shape:* (n,)."""
        is_kept = np.zeros(len(scores), bool)
        is_kept[np.argsort(-scores, kind="stable")[: round(self.text * len(scores))]] = True
        return is_kept

    def _encoded(self, texts: Sequence[str], levels: Levels) -> list[Any]:
        """The vectors of each piece that has any."""
        piece_vectors: list[Any] = [None] * len(texts)
        for level, ratio in enumerate(reversed(self.ratios)):
            piece_numbers = np.flatnonzero(levels == level).tolist()
            for piece_number, vectors in zip(
                piece_numbers,
                self.cached.encode([texts[piece_number] for piece_number in piece_numbers], ratio),
                strict=True,
            ):
                piece_vectors[piece_number] = vectors
        return piece_vectors

    def _assembled(
        self,
        segments: Sequence[Segment],
        piece_levels: PieceLevels,
        vectors: Sequence[Any],
    ) -> list[Segment]:
        has_scores = bool(
            piece_levels.scores.any()
        )  # else nothing had to be chosen, and documents keep the scores they came with
        kept_spans: list[list[Span]] = [[] for _ in segments]
        soft_segments: list[list[SoftSegment]] = [[] for _ in segments]
        units: list[list[Unit]] = [[] for _ in segments]
        for piece, level, piece_vectors, score in zip(
            piece_levels.pieces, piece_levels.levels.tolist(), vectors, piece_levels.scores.tolist(), strict=True
        ):
            units[piece.segment].append(Unit(*piece.span, score))
            if level == TEXT:
                kept_spans[piece.segment].append(piece.span)
            elif level != DROPPED:
                soft_segments[piece.segment].append(SoftSegment(piece_vectors, self.encoder.space, piece.span))
        return [
            replace(
                segment.keep(kept_spans[segment_number]),
                soft=tuple(soft_segments[segment_number]),
                units=tuple(units[segment_number]),
                score=max((unit.score for unit in units[segment_number]), default=segment.score)
                if has_scores
                else segment.score,
            )
            for segment_number, segment in enumerate(segments)
        ]


def ratio_list(ratio: object, name: str) -> list[Any]:
    """The ratio or ratios in the option ``name`` as a list; an encoder has still to check them.

    :raises OptionError: an empty list.
    """
    ratios = list(ratio) if isinstance(ratio, Sequence) and not isinstance(ratio, (str, bytes)) else [ratio]
    if not ratios:
        raise OptionError(f"{name}: received an empty list, expected tokens to a vector.")
    return ratios


def too_small(budget: Budget) -> BudgetError:
    """The error of a budget that does not hold what is protected."""
    return BudgetError(
        f"target_tokens: {budget.max_tokens} tokens cannot hold the pieces with protected text in them, which stay "
        "text. Raise the budget or protect less."
    )
