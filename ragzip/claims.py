"""What a rewriting says, sentence by sentence, and what the sources say to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Claim", "Report", "Verdict"]

Verdict = Literal["supported", "altered", "invented"]


@dataclass(frozen=True)
class Claim:
    """A sentence that was written.

    :param text: as it was written.
    :param verdict: "supported"; "altered": the sources speak of it, but a fact of it is another there; "invented": they
        do not.
    :param doubt: how likely it is wrong, 0 to 1.
    :param reasons: what was not found, or found otherwise, in words.
    :param kept: whether it is in the result.
    :param documents: ids of the documents that speak of it most.
    """

    text: str
    verdict: Verdict
    doubt: float
    reasons: tuple[str, ...] = ()
    kept: bool = True
    documents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """All that was written in a call, in order; empty where nothing was."""

    claims: tuple[Claim, ...] = field(default=())

    @property
    def supported(self) -> tuple[Claim, ...]:
        return self._with("supported")

    @property
    def altered(self) -> tuple[Claim, ...]:
        return self._with("altered")

    @property
    def invented(self) -> tuple[Claim, ...]:
        return self._with("invented")

    def _with(self, verdict: Verdict) -> tuple[Claim, ...]:
        return tuple(claim for claim in self.claims if claim.verdict == verdict)

    def __bool__(self) -> bool:
        return bool(self.claims)

    def __str__(self) -> str:
        dropped = sum(not claim.kept for claim in self.claims)
        return (
            f"{len(self.claims)} sentences written: {len(self.supported)} supported, {len(self.altered)} altered, "
            f"{len(self.invented)} invented; {dropped} left out"
        )
