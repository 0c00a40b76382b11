"""A row of the table of compressors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Entry", "either"]


class Entry(NamedTuple):
    """One registered compressor.

    :param target: "module:Class".
    :param about: what it keeps, and by what.
    :param shipped: the shipped models that it uses.
    :param yours: what a model of the caller's may be, in place of a shipped one, if any.
    :param extra: what its libraries need, besides that of the model.
    """

    target: str
    about: str
    paper: str = ""
    shipped: tuple[str, ...] = ()
    yours: tuple[str, ...] = ()
    extra: str = ""

    @property
    def needs_model(self) -> bool:
        """Whether the caller has to name a model."""
        return bool(self.yours) and not self.shipped

    @property
    def required_extra(self) -> str | None:
        """The extra without which it does not run, whatever the model; None: the base install runs it."""
        return self.extra or ("torch" if self.needs_model and self.yours == ("torch",) else None)

    @property
    def model(self) -> str:
        """The models it uses, for people; empty for none."""
        shipped = f"{' and '.join(self.shipped)} (shipped)" if self.shipped else ""
        yours = f"yours ({either(self.yours)})" if self.yours else ""
        return ", or ".join(filter(None, [shipped, yours]))


def either(kinds: Sequence[str]) -> str:
    """``kinds`` in words: "a, b, or c"."""
    return ", or ".join(filter(None, [", ".join(kinds[:-1]), kinds[-1]]))
