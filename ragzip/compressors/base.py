"""The one protocol of all compressors, and what they declare of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ragzip.checks import number_in, real_number, shown
from ragzip.errors import OptionError
from ragzip.fitting.choose import Fill
from ragzip.types import Budget, Segment

__all__ = ["Compressor", "Stage"]


@runtime_checkable
class Compressor(Protocol):
    """Anything that makes segments shorter.

    ``name`` is the registry name with its version. ``compress`` gives back one segment for each that it was given, in
    the same order, and fills ``Segment.units`` with all it chose from, so that the exact budget can be met afterwards.
    A compressor may declare ``fill = "words"`` to have an unused rest of the budget used by exchanging words,
    ``fill = "none"`` to have its choice left as it is, budget or not (it then reproduces another library's), and
    ``default_rate`` for calls that set no budget at all (None: keep everything then), ``default_threshold`` for such
    calls that have a query (its scores then decide, not the rate), ``reorder = True`` to have the documents set by
    score, ``writes_pages = True`` to be given web pages even where they fit as they are, and
    ``tells_unanswerable = True`` where it keeps nothing of a context only when it is sure that nothing there answers.
    ``scores_are_probabilities`` says whether a caller's threshold means the same for every query: where it is False,
    one is refused. ``models`` are the models that its output depends on, each with a fingerprint: an evaluation resumes
    only with the same ones.
    """

    @property
    def name(self) -> str: ...

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]: ...


@dataclass(frozen=True)
class Stage:
    """A compressor with what it declares of itself.

    ``scores_are_probabilities`` is None of a compressor that does not say so. One that does not tidy texts leaves
    in what says nothing, unless a call asks for it.
    """

    compressor: Compressor
    fill: Fill
    default_rate: float | None
    default_threshold: float | None
    reorders: bool
    writes_pages: bool
    scores_are_probabilities: bool | None
    tidies: bool
    tells_unanswerable: bool

    @classmethod
    def of(cls, compressor: Compressor) -> Stage:
        """What ``compressor`` declares, read once."""
        return cls(
            compressor,
            fill=getattr(compressor, "fill", "units"),
            default_rate=getattr(compressor, "default_rate", None),
            default_threshold=getattr(compressor, "default_threshold", None),
            reorders=bool(getattr(compressor, "reorder", False)),
            writes_pages=bool(getattr(compressor, "writes_pages", False)),
            scores_are_probabilities=getattr(compressor, "scores_are_probabilities", None),
            tidies=bool(getattr(compressor, "tidies", True)),
            tells_unanswerable=bool(getattr(compressor, "tells_unanswerable", False)),
        )

    @property
    def name(self) -> str:
        """The registry name of the compressor, with its version."""
        return self.compressor.name

    @property
    def may_keep_everything(self) -> bool:
        """Whether a context that is too short to be worth it may stay whole: the compressor chooses from the text."""
        return self.fill != "none" and self.default_rate is not None

    def check_threshold(self, threshold: object) -> float | None:
        """The threshold of a caller for this compressor, one of unknown scores taking any number.

        :raises OptionError: no number, not from 0 to 1 where scores are probabilities, or any where they are none.
        """
        if threshold is None:
            return None
        if self.scores_are_probabilities is None:
            return real_number(threshold, "threshold")
        if self.scores_are_probabilities:
            return number_in(threshold, "threshold", expected="a probability, 0 to 1")
        raise OptionError(
            f"threshold: received {shown(threshold)}, expected none for {self.name}: its scores are no "
            "probabilities, they mean something else for every query. Set target_tokens or "
            "rate, or use 'auto' or 'extractive/pruner'."
        )
