"""Which sentences say what a better one says already."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from ragzip.words import content

if TYPE_CHECKING:
    from ragzip.backends.base import Vectors

__all__ = ["repeats", "restated"]

_SAME = 0.93  # cosine from which two sentences count as saying the same
_ALL_PAIRS = 8192  # sentences up to which every pair is compared; beyond, only equal wording counts as a repeat
_BEST = 256  # sentences that are compared word by word
_SAID = 0.75  # share of a sentence's terms that a better one has, from which nothing new is said
_NEGATIONS = frozenset(["not", "no", "never", "none", "nor", "without", "neither", "cannot"])


class _Passage(Protocol):
    @property
    def title(self) -> str | None: ...

    @property
    def sentences(self) -> tuple[str, ...]: ...


def repeats(
    passages: Sequence[_Passage], order: npt.NDArray[np.intp], vectors: Vectors | None
) -> npt.NDArray[np.bool_]:
    """Which sentences say what a better one says, in the same words or (by cosine) in others. *Shape:* (n,).

    A heading that is the document's title repeats it. ``order`` lists all sentences, best first.
    """
    seen = {_wording(passage.title) for passage in passages if passage.title}
    texts = [sentence for passage in passages for sentence in passage.sentences]
    out = np.zeros(len(texts), bool)
    for i in order.tolist():
        wording = _wording(texts[i])
        out[i] = wording in seen
        seen.add(wording)
    if vectors is None or len(order) > _ALL_PAIRS:
        return out
    ordered = vectors[order]
    for start in range(0, len(order), 1024):
        block = ordered[start : start + 1024]
        similar = np.tril(block @ ordered[: start + len(block)].T > _SAME, start - 1)
        out[order[start : start + len(block)]] |= similar.any(1)
    return out


def restated(texts: Sequence[str], order: npt.NDArray[np.intp], known: Collection[str]) -> npt.NDArray[np.bool_]:
    """Which of the best sentences say nothing that a better one does not say, judged by their words. *Shape:* (n,).

    Three quarters of their terms stand in the better one, of those that are not ``known`` from the query too; with all
    their numbers, and negated alike. No model is needed, so that it costs next to nothing.
    """
    out = np.zeros(len(texts), bool)
    better: list[tuple[set[str], bool]] = []
    for i in order[:_BEST].tolist():
        terms = content(texts[i])
        new = terms - set(known)
        numbers = {term for term in terms if any(map(str.isdigit, term))}
        negated = not _NEGATIONS.isdisjoint(texts[i].casefold().replace("n't", " not").split())
        said = any(
            negated == other_negated
            and numbers <= other
            and len(terms & other) >= _SAID * len(terms)
            and len(new & other) >= _SAID * len(new)
            for other, other_negated in better
            if terms
        )
        out[i] = said
        if not said:
            better.append((terms, negated))
    return out


def _wording(text: str) -> str:
    return " ".join(text.casefold().lstrip("# ").split())
