"""Which sentences say what a better one says already.

Two statements that differ in a number, a name, the order of names, a negation or another form that governs what is
said, or that stand under two headings, are no repeats, however alike they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ragzip.patterns import signature
from ragzip.words import content, terms

if TYPE_CHECKING:
    from ragzip.backends.base import Vectors

__all__ = ["repeats", "restated"]

_SAME = 0.93  # cosine from which two sentences count as saying the same
_ALL_PAIRS = 8192  # sentences up to which every pair is compared; beyond, only equal wording counts as a repeat
_BEST = 256  # sentences that are compared word by word
_SHARED = 0.75  # share of a sentence's terms that a better one has, from which nothing new is said
_NAME = re.compile(r"\b[^\W\d_a-zß-öø-ÿ][\w'’-]*")  # a word with a capital
_NUMERALS = frozenset(
    re.findall(
        r"\w+",
        """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion half third quarter
    first second once twice double dozen monday tuesday wednesday thursday friday saturday sunday
    ein eine zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig hundert tausend million
    un deux trois quatre cinq six sept huit neuf dix onze douze vingt trente cent mille
    uno dos tres cuatro cinco seis siete ocho nueve diez once doce veinte cien mil
    due tre quattro cinque sei sette otto nove dieci venti cento mille
    um dois três quatro sete oito nove dez vinte
    een twee drie vijf zes zeven acht negen tien twintig honderd duizend
    """,
    )
)


class _Passage(Protocol):
    @property
    def title(self) -> str | None: ...

    @property
    def sentences(self) -> tuple[str, ...]: ...

    @property
    def headings(self) -> tuple[str, ...]: ...


class _Statement(NamedTuple):
    """What a sentence shares with its repeats: the heading over it, numbers, names in order, forms that govern it."""

    heading: str
    numbers: Counter[str]
    names: tuple[str, ...]
    forms: Counter[str]

    def is_same(self, other: _Statement) -> bool:
        return self == other

    def is_within(self, other: _Statement) -> bool:
        """Whether ``other`` has all of it: under the same heading, names in the same order, governed alike."""
        if self.heading != other.heading or self.forms != other.forms or not self.numbers <= other.numbers:
            return False
        rest = iter(other.names)
        return all(name in rest for name in self.names)


def _statement(text: str, heading: str) -> _Statement:
    numbers = Counter(term for term in terms(text) if term in _NUMERALS or any(map(str.isdigit, term)))
    names = tuple(name for name in _NAME.findall(text) if content(name))
    return _Statement(heading, numbers, names, signature(text))


def repeats(
    passages: Sequence[_Passage], order: npt.NDArray[np.intp], vectors: Vectors | None
) -> npt.NDArray[np.bool_]:
    """Which sentences say what a better one says, in the same words or (by cosine) in others. *Shape:* (n,).

    A heading that is the document's title repeats it. ``order`` lists all sentences, best first.
    """
    titles = {_wording(passage.title) for passage in passages if passage.title}
    texts = [sentence for passage in passages for sentence in passage.sentences]
    headings = _headings(passages)
    seen: set[tuple[str, str]] = set()
    repeated = np.zeros(len(texts), bool)
    for i in order.tolist():
        wording = _wording(texts[i])
        key = headings[i], wording
        repeated[i] = key in seen or wording in titles
        seen.add(key)
    if vectors is None or len(order) > _ALL_PAIRS:
        return repeated
    statements: dict[int, _Statement] = {}
    ordered = vectors[order]
    for start in range(0, len(order), 1024):
        block = ordered[start : start + 1024]
        similar = np.tril(block @ ordered[: start + len(block)].T > _SAME, start - 1)
        for row, column in np.argwhere(similar).tolist():
            i, j = int(order[start + row]), int(order[column])
            if repeated[i]:
                continue
            for k in (i, j):
                statements.setdefault(k, _statement(texts[k], headings[k]))
            repeated[i] = statements[i].is_same(statements[j])
    return repeated


def restated(
    texts: Sequence[str], order: npt.NDArray[np.intp], known: Collection[str], headings: Sequence[str] = ()
) -> npt.NDArray[np.bool_]:
    """Which of the best sentences say nothing that a better one does not say, judged by their words. *Shape:* (n,).

    Three quarters of their terms stand in the better one, of those that are not ``known`` from the query too; with all
    their numbers and names, and governed alike. No model is needed, so that it costs next to nothing.

    :param headings: the one over each sentence; default: none.
    """
    repeated = np.zeros(len(texts), bool)
    better: list[tuple[set[str], _Statement]] = []
    for i in order[:_BEST].tolist():
        own_terms = content(texts[i])
        statement = _statement(texts[i], headings[i] if headings else "")
        new = own_terms - set(known)
        repeated[i] = any(
            len(own_terms & other_terms) >= _SHARED * len(own_terms)
            and len(new & other_terms) >= _SHARED * len(new)
            and statement.is_within(other)
            for other_terms, other in better
            if own_terms
        )
        if not repeated[i]:
            better.append((own_terms, statement))
    return repeated


def _headings(passages: Sequence[_Passage]) -> list[str]:
    """The heading over each sentence of all passages."""
    return [heading for passage in passages for heading in (passage.headings or ("",) * len(passage.sentences))]


def _wording(text: str) -> str:
    return " ".join(text.casefold().lstrip("# ").split())
