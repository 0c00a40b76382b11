"""The one protocol of all compressors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from ragzip.checks import number_in, real_number, shown
from ragzip.errors import OptionError
from ragzip.fitting.choose import Fill
from ragzip.types import Budget, Segment

__all__ = [
    "Compressor",
    "check_threshold",
    "default_rate_of",
    "default_threshold_of",
    "fill_of",
    "reorders",
    "writes_pages",
]


@runtime_checkable
class Compressor(Protocol):
    """Anything that makes segments shorter.

    ``name`` is the registry name with its version. ``compress`` gives back one segment for each that it was given, in
    the same order, and fills ``Segment.units`` with all it chose from, so that the exact budget can be met afterwards.
    A compressor may declare ``fill = "words"`` to have an unused rest of the budget used by exchanging words,
    ``fill = "none"`` to have its choice left as it is, budget or not (it then reproduces another library's), and
    ``default_rate`` for calls that set no budget at all (None: keep everything then), ``default_threshold`` for such
    calls that have a query (its scores then decide, not the rate), ``reorder = True`` to have the documents set by
    score, and ``writes_pages = True`` to be given web pages even where they fit as they are.
    ``scores_are_probabilities`` says whether a caller's threshold means the same for every query: where it is False,
    one is refused. ``models`` are the models that its output depends on, each with a fingerprint: an evaluation resumes
    only with the same ones.
    """

    @property
    def name(self) -> str: ...

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]: ...


def default_rate_of(compressor: Compressor) -> float | None:
    """The rate of ``compressor`` for calls that set no budget."""
    rate: float | None = getattr(compressor, "default_rate", None)
    return rate


def fill_of(compressor: Compressor) -> Fill:
    """How the rest of a budget is used after ``compressor``."""
    fill: Fill = getattr(compressor, "fill", "units")
    return fill


def default_threshold_of(compressor: Compressor) -> float | None:
    """The threshold of ``compressor`` for calls that have a query and set no budget."""
    threshold: float | None = getattr(compressor, "default_threshold", None)
    return threshold


def writes_pages(compressor: Compressor) -> bool:
    """Whether ``compressor`` writes web pages anew, without what a reader of them does not see."""
    return bool(getattr(compressor, "writes_pages", False))


def check_threshold(threshold: object, compressor: Compressor) -> float | None:
    """The threshold of a caller for ``compressor``.

    A compressor that does not say whether its scores are probabilities is the caller's own: it takes any number.

    :raises OptionError: no number, not from 0 to 1 where scores are probabilities, or any where they are none.
    """
    if threshold is None:
        return None
    probabilities: bool | None = getattr(compressor, "scores_are_probabilities", None)
    if probabilities is None:
        return real_number(threshold, "threshold")
    if probabilities:
        return number_in(threshold, "threshold", expected="a probability, 0 to 1")
    raise OptionError(
        f"threshold: received {shown(threshold)}, expected none for {compressor.name}: its scores are no "
        "probabilities, they mean something else for every query. Set target_tokens or "
        "rate, or use 'auto' or 'extractive/pruner'."
    )


def reorders(compressor: Compressor) -> bool:
    """Whether the documents are to be set by score after ``compressor``."""
    return bool(getattr(compressor, "reorder", False))
