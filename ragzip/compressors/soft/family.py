"""Template of the soft family: cut into pieces, choose how finely each is told within the budget, encode, cached."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar, get_args

import numpy as np
import numpy.typing as npt

from ragzip.backends.cached import CachedSoftEncoder, Stored
from ragzip.checks import choice, number_in, with_methods
from ragzip.compressors.extractive.family import Extractive, Passage
from ragzip.compressors.extractive.pruner import Pruner
from ragzip.compressors.fingerprints import Fingerprinted, models_of
from ragzip.errors import BudgetError, OptionError
from ragzip.fitting.choose import Fill
from ragzip.fitting.levels import DROPPED, TEXT, allocate
from ragzip.text.spans import Span
from ragzip.types import Budget, Document, Segment, SoftSegment, Unit

if TYPE_CHECKING:
    from ragzip.backends.protocols import SoftEncoder

__all__ = ["Soft"]

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Piece:
    """A piece of a document: where it stands in the source, and what is encoded of it."""

    segment: int
    span: Span
    within: Span  # in what is left of its document
    text: str
    protected: bool


class Soft(ABC):
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
        listed: list[Any] = (
            list(ratio) if isinstance(ratio, Sequence) and not isinstance(ratio, (str, bytes)) else [ratio]
        )
        if not listed:
            raise OptionError("ratio: received an empty list, expected tokens to a vector.")
        self.ratios = tuple(sorted({encoder.check(one) for one in listed}))
        if chooser is not None and not isinstance(chooser, Extractive):
            raise OptionError(f"chooser: received {type(chooser).__name__}, expected an extractive compressor.")
        self.encoder, self._chooser = encoder, chooser
        self.text = number_in(text, "text", expected="a share from 0 to 1")
        self.stored: Stored = choice(stored, "stored", get_args(Stored))
        self.cached = CachedSoftEncoder(encoder, self.stored)

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`; shipped models go with ragzip's version."""
        return (*models_of(self.encoder), *models_of(self._chooser))

    @cached_property
    def chooser(self) -> Extractive:
        """Says how relevant pieces are."""
        return self._chooser or Pruner()

    @property
    def scores_are_probabilities(self) -> bool | None:
        """Whether the chooser's scores are, which a threshold is compared with; None where it does not say."""
        return getattr(self.chooser, "scores_are_probabilities", None)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "chooser"}

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        """Segments with vectors in them, and text where pieces stay text."""
        pieces = [piece for i, segment in enumerate(segments) for piece in self._pieces(i, segment, budget)]
        if not pieces:
            return [segment.keep([]) for segment in segments]
        texts = [piece.text for piece in pieces]
        sizes = np.array([self.encoder.sizes(texts, ratio) for ratio in reversed(self.ratios)], np.int64)
        scores = self._scores(query, segments, pieces) if self._chooses(sizes[-1], budget) else np.zeros(len(pieces))
        guarded = np.array([piece.protected for piece in pieces])
        text = guarded | self._as_text(scores)
        whole = np.array([budget.count(one) if kept else 0 for one, kept in zip(texts, text, strict=True)], np.int64)

        def placed(levels: npt.NDArray[np.int64]) -> list[Segment]:
            hollow = [np.empty((0 if level < 0 else sizes[level, i], 0)) for i, level in enumerate(levels)]
            return self._assembled(segments, pieces, levels, hollow, scores)

        def measure(levels: npt.NDArray[np.int64]) -> int:
            if budget.measure is not None:
                return budget.measure(placed(levels))
            soft = int(sum(sizes[level, i] for i, level in enumerate(levels) if level >= 0))
            return soft + int(whole[levels == TEXT].sum())

        levels = allocate(sizes, whole, scores, text, guarded, budget.max_tokens, budget.threshold, measure)
        if (levels[guarded] != TEXT).any():
            raise BudgetError(
                f"target_tokens: {budget.max_tokens} tokens cannot hold the pieces with protected text in them, which "
                "stay text. Raise the budget or protect less."
            )
        return self._assembled(segments, pieces, levels, self._encoded(texts, levels), scores)

    def texts(self, document: Document) -> list[str]:
        """What is encoded of ``document``, piece by piece."""
        return [
            self.prepared(document.title, document.text[slice(*span)]) for span in self.encoder.pieces(document.text)
        ]

    def prepared(self, title: str | None, text: str) -> str:
        """What is encoded of a piece of a document called ``title``."""
        return text

    def _pieces(self, i: int, segment: Segment, budget: Budget) -> list[_Piece]:
        spans = self.encoder.pieces(segment.text) if segment.text.strip() else []
        if not spans:
            return []
        placed = segment.in_source(np.array(spans, np.int32)).tolist()
        guarded = budget.protect(segment.document.text)
        return [
            _Piece(
                i,
                Span(*there),
                here,
                self.prepared(segment.document.title, segment.text[slice(*here)]),
                any(start < there[1] and there[0] < end for start, end in guarded),
            )
            for here, there in zip(spans, placed, strict=True)
        ]

    def _chooses(self, finest: npt.NDArray[np.int64], budget: Budget) -> bool:
        """Whether it matters how relevant pieces are."""
        small = budget.max_tokens is not None and int(finest.sum()) > 0.8 * budget.max_tokens
        return small or self.text > 0 or budget.threshold is not None

    def _scores(self, query: str | None, segments: Sequence[Segment], pieces: Sequence[_Piece]) -> Scores:
        """How relevant each piece is, read in its document."""
        passages = [
            Passage(segments[i].document.title, segments[i].text, tuple(piece.within for piece in found))
            for i, found in groupby(pieces, key=lambda piece: piece.segment)
        ]
        return np.concatenate(self.chooser.score(query, passages))

    def _as_text(self, scores: Scores) -> npt.NDArray[np.bool_]:
        kept = np.zeros(len(scores), bool)
        kept[np.argsort(-scores, kind="stable")[: round(self.text * len(scores))]] = True
        return kept

    def _encoded(self, texts: Sequence[str], levels: npt.NDArray[np.int64]) -> list[Any]:
        """The vectors of each piece that has any."""
        out: list[Any] = [None] * len(texts)
        for level, ratio in enumerate(reversed(self.ratios)):
            rows = np.flatnonzero(levels == level).tolist()
            for i, vectors in zip(rows, self.cached.encode([texts[i] for i in rows], ratio), strict=True):
                out[i] = vectors
        return out

    def _assembled(
        self,
        segments: Sequence[Segment],
        pieces: Sequence[_Piece],
        levels: npt.NDArray[np.int64],
        vectors: Sequence[Any],
        scores: Scores,
    ) -> list[Segment]:
        scored = bool(scores.any())  # else nothing had to be chosen, and documents keep the scores they came with
        kept: list[list[Span]] = [[] for _ in segments]
        soft: list[list[SoftSegment]] = [[] for _ in segments]
        units: list[list[Unit]] = [[] for _ in segments]
        for piece, level, array, score in zip(pieces, levels.tolist(), vectors, scores.tolist(), strict=True):
            units[piece.segment].append(Unit(*piece.span, score))
            if level == TEXT:
                kept[piece.segment].append(piece.span)
            elif level != DROPPED:
                soft[piece.segment].append(SoftSegment(array, self.encoder.space, piece.span))
        return [
            replace(
                segment.keep(kept[i]),
                soft=tuple(soft[i]),
                units=tuple(units[i]),
                score=max((unit.score for unit in units[i]), default=segment.score) if scored else segment.score,
            )
            for i, segment in enumerate(segments)
        ]
