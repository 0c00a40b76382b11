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

    A compressor may declare more of itself in attributes, all of them optional:

    - ``fill``: what happens to an unused rest of the budget. "units" (default): the next units that fit are taken;
      "relevant": only those that the query may need; "words": words are exchanged until it is used; "none": the choice
      stays as it is, budget or not (it reproduces another library's).
    - ``default_rate``: the share of the tokens that a call without any budget keeps; None (default): everything.
    - ``default_threshold``: the lowest score that such a call keeps where it has a query; it then holds, not the rate.
    - ``scores_are_probabilities``: whether a caller's threshold means the same for every query; False: one is refused.
    - ``writes_pages``: it is given web pages even where they fit as they are.
    - ``tidies``: redundant text is removed before it reads (default: True).
    - ``tells_unanswerable``: it keeps nothing only where it is sure that nothing in the context answers.
    - ``models``: the models that its output depends on, each with a fingerprint; an evaluation resumes only with these.
    """

    @property
    def name(self) -> str: ...

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]: ...


@dataclass(frozen=True)
class Stage:
    """A compressor with what it declares of itself, see :class:`Compressor`.

    :param scores_are_probabilities: None: it does not say so.
    """

    compressor: Compressor
    fill: Fill
    default_rate: float | None
    default_threshold: float | None
    writes_pages: bool
    scores_are_probabilities: bool | None
    tidies: bool
    tells_unanswerable: bool

    @classmethod
    def of(cls, compressor: Compressor) -> Stage:
        """The stage of ``compressor``, whose attributes are read once."""
        return cls(
            compressor,
            fill=getattr(compressor, "fill", "units"),
            default_rate=getattr(compressor, "default_rate", None),
            default_threshold=getattr(compressor, "default_threshold", None),
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
            f"threshold: received {shown(threshold)}, expected none for {self.name}: its scores are not "
            "probabilities and cannot be compared between queries. Set target_tokens or rate, or use 'auto' or "
            "'extractive/pruner'."
        )
