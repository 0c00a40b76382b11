"""The figures of one example under one compressor and budget, with one reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["AGAIN", "NONE", "Arm", "Record"]

NONE = "none"  # the name of the arm without compression
AGAIN = "none, again"  # of the arm that asks a reader a second time


@dataclass(frozen=True)
class Arm:
    """A compressor and its budget: a rate, a number of tokens, or neither.

    ``name`` is the compressor's name in reports.
    """

    name: str
    rate: float | None = None
    target_tokens: int | None = None

    @property
    def label(self) -> str:
        """The name for people, such as "auto 25%" or "bm25 2000 tokens"."""
        if self.rate is not None:
            return f"{self.name} {100 * self.rate:g}%"
        return f"{self.name} {self.target_tokens} tokens" if self.target_tokens is not None else self.name


@dataclass(frozen=True)
class Record:
    """The figures of one example under one arm, with one reader.

    :param spans: kept spans by document.
    :param kept: see :class:`~ragzip.eval.measures.kept.Kept`.
    :param seconds: "compress" and its stages ("compress/score"), "read", "first" (to the first token).
    :param scores: scores of the prediction by metric; the first is the suite's.
    :param decision: of a conversation's next turn, see :func:`~ragzip.eval.suites.conversations.decision_of`.
    :param fallback: why the example was read whole: its system failed.
    :param error: the error in place of the figures; a resumed run retries the example.
    """

    id: str
    suite: str
    task: str
    compressor: str
    rate: float | None
    target_tokens: int | None
    reader: str | None
    tokens_in: int = 0
    tokens_out: int = 0
    cache_hits: int = 0
    cache_misses: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    kept: dict[str, float | None] = field(default_factory=dict)
    spans: list[list[list[int]]] = field(default_factory=list)
    prediction: str | None = None
    scores: dict[str, float] = field(default_factory=dict)
    nll: float | None = None
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    length: int | None = None
    decision: str | None = None
    fallback: str | None = None
    error: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    fingerprints: dict[str, str] = field(default_factory=dict)

    @property
    def arm(self) -> Arm:
        return Arm(self.compressor, self.rate, self.target_tokens)

    @property
    def key(self) -> tuple[Any, ...]:
        """The identity of the record within a run."""
        return self.task, self.id, self.arm, self.reader

    @property
    def score(self) -> float | None:
        """The score by the suite's metric, if there is a prediction."""
        return next(iter(self.scores.values()), None)
