"""A chooser: the extractive compressor that says how relevant the texts of another compressor are."""

from __future__ import annotations

from typing import Any, ClassVar

from ragzip.compressors.extractive.family import Extractive
from ragzip.compressors.extractive.pruner import Pruner
from ragzip.errors import OptionError
from ragzip.process.lazy_property import lazy_property

__all__ = ["WithChooser"]


class WithChooser:
    """A compressor with a chooser.

    :param chooser: None: the shipped pruner, with ``chooser_hops``; it is loaded when it is first asked.
    :raises OptionError: anything but an extractive compressor.
    """

    chooser_hops: ClassVar[int] = 2

    def __init__(self, chooser: Extractive | None) -> None:
        if chooser is not None and not isinstance(chooser, Extractive):
            raise OptionError(f"chooser: received {type(chooser).__name__}, expected an extractive compressor.")
        self._chooser = chooser

    @lazy_property
    def chooser(self) -> Extractive:
        """The compressor that says how relevant a text is."""
        return self._chooser or Pruner(hops=self.chooser_hops)

    @property
    def scores_are_probabilities(self) -> bool | None:
        """Whether the chooser's scores are, which a threshold is compared with; None where it does not say."""
        return self.chooser.scores_are_probabilities

    def __getstate__(self) -> dict[str, Any]:
        """The attributes but for cached properties, which a copy computes again."""
        return {
            name: value
            for name, value in self.__dict__.items()
            if not isinstance(getattr(type(self), name, None), lazy_property)
        }
