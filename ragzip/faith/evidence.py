"""What the sources say of a sentence: where they speak of it, and whether its facts stand there."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ragzip.faith.facts import Fact, denials, facts, plain, spoken
from ragzip.splitters import sentences
from ragzip.words import content, terms

__all__ = ["BOTH", "FEATURES", "MODEL", "TURNED", "Sources", "nearest"]

FEATURES = (
    "numbers nowhere",
    "small numbers nowhere",
    "names nowhere",
    "shouted names nowhere",
    "common names nowhere",
    "dates nowhere",
    "quotes nowhere",
    "numbers elsewhere",
    "names elsewhere",
    "numbers elsewhere, by meaning",
    "names elsewhere, by meaning",
    "denies",
    "denied there",
    "denied near",
    "denies alone",
    "denied where it does not",
    "words found",
    "similar",
    "likelier turned round",
    "likelier turned round, denies",
)
MODEL = ("read as wrong", "read as wrong, word by word", "its worst word")
BOTH = ("read as wrong, denies", "read as wrong, a fact is nowhere")  # the second of the model's, where that is so
TURNED = (  # by how much more than the same sentence turned round, in all and where it denies
    "read as wronger",
    "its worst word is worse",
    "read as wronger, denies",
    "its worst word is worse, denies",
)

_SCOPE = 6  # terms behind a denial that it is taken to deny
_SMALL = 4
_NEAR = 5  # windows looked at for denials
_ROUNDED = 0.02  # of a number, by which a rounder one may differ from it
_JOINED = 7  # letters of a name that two words may be written for: earth-like
_EVIDENCE = 110  # words of them that a model reads


class Sources:
    """The texts that were read, cut into sentences, with what stands in each.

    :param known: words, numbers and names that may be used besides.
    """

    def __init__(self, texts: Sequence[str], known: str = "") -> None:
        found = [(text[start:end], i) for i, text in enumerate(texts) for start, end in sentences(text)]
        self.windows, self.owners = [window for window, _ in found], [i for _, i in found]
        self.terms = [content(window) for window in self.windows]
        counts = Counter(term for found in self.terms for term in found)
        n = len(self.windows)
        self.idf = {term: math.log(1 + n / count) for term, count in counts.items()}
        self.unseen = math.log(2 + n)
        self.numbers = [spoken(window) for window in self.windows]
        self.words = [set(re.findall(r"\w+", window.casefold())) for window in self.windows]
        self.plain = plain(" ".join(texts))
        self._all_numbers = set().union(*self.numbers, spoken(known))
        self._all_words = set().union(*self.words, re.findall(r"\w+", known.casefold()))
        self._starts = {word[:n] for word in self._all_words for n in range(4, len(word))}
        runs = [run.split() for window in self.windows for run in _runs(window)]
        self._initials = {
            "".join(word[0] for word in run[i : i + k])
            for run in runs
            for k in (2, 3, 4, 5)
            for i in range(len(run) - k + 1)
        }
        self._joined = {a + b for run in runs for a, b in itertools.pairwise(run) if len(a + b) >= _JOINED}
        self.denied = [_scopes(window) for window in self.windows]

    def holds(self, fact: Fact) -> bool:
        """Whether the fact stands anywhere in the sources."""
        if fact.kind == "number":
            return _number_in(fact.form, self._all_numbers)
        if fact.kind == "date":
            return any(word.startswith(fact.form) for word in self._all_words)
        if fact.kind == "quote":
            return fact.form in self.plain
        if fact.kind == "negation":
            return any(self.denied)
        if fact.shouted and fact.form.removesuffix("s") in self._initials:
            return True
        return all(self._knows(part) for part in re.findall(r"\w+", fact.form))

    def mentions(self, name: str) -> bool:
        """Whether any word of ``name`` stands in the sources."""
        return any(part in self._all_words for part in re.findall(r"\w+", name.casefold()))

    def _knows(self, name: str) -> bool:
        """Whether a word is there, or one that it may be made from: Britain of British, Markov of Markovian."""
        if name in self._all_words or name.removesuffix("s") in self._all_words or name in self._joined:
            return True
        return len(name) > 4 and name[: max(4, len(name) - 3)] in self._starts

    def weight(self, found: set[str]) -> float:
        """Of terms, by how rare they are in the sources."""
        return sum(self.idf.get(term, self.unseen) for term in found)

    def share(self, sentence: str) -> npt.NDArray[np.float64]:
        """Of the terms of ``sentence``, by weight, what each window has. *Shape:* (n,)."""
        wanted = content(sentence)
        return np.array([self.weight(wanted & one) for one in self.terms]) / max(1e-9, self.weight(wanted))

    def features(
        self,
        sentence: str,
        found: npt.NDArray[np.float64],
        alike: npt.NDArray[np.float32],
        turned: npt.NDArray[np.float32] | None,
    ) -> list[float]:
        """See :data:`FEATURES`.

        :param found: see :meth:`share`; ``alike``: the similarity of the sentence to each window; ``turned``: that of
            the same with its denial turned round, if it can be. *Shape:* (n,).
        """
        wanted = content(sentence)
        out = dict.fromkeys(FEATURES, 0.0)
        for fact in facts(sentence):
            if fact.kind == "negation":
                continue
            name = _named(fact, sentence)
            if not self.holds(fact):
                out[f"{name} nowhere"] = 1.0
            elif fact.kind in ("number", "name") and (there := self._there(fact)).any():
                near = there | np.roll(there, 1) | np.roll(there, -1)
                for key, by in ((f"{fact.kind}s elsewhere", found), (f"{fact.kind}s elsewhere, by meaning", alike)):
                    out[key] = max(out[key], float(by.max() - by[near].max()))
        out |= self._denials(sentence, wanted, found, alike)
        everything = set().union(*self.terms) if self.terms else set()
        out["words found"] = self.weight(wanted & everything) / max(1e-9, self.weight(wanted))
        out["similar"] = float(alike.max(initial=0))
        if turned is not None:
            gain = 20 * float((turned - alike)[np.argsort(-alike, kind="stable")[:_NEAR]].mean())
            out["likelier turned round"] = gain
            out["likelier turned round, denies"] = gain * out["denies"]
        return [out[name] for name in FEATURES]

    def evidence(self, nearest: Sequence[int]) -> str:
        """The windows ``nearest`` to a sentence, as far as a model reads them, the best one first."""
        out: list[str] = []
        left = _EVIDENCE
        for i in nearest:
            found = self.windows[i].split()[:left]
            out.append(" ".join(found))
            left -= len(found)
            if left <= 0:
                break
        return " ".join(out)

    def _there(self, fact: Fact) -> npt.NDArray[np.bool_]:
        """The windows that a number or a name stands in. *Shape:* (n,)."""
        if fact.kind == "number":
            return np.array([_number_in(fact.form, values) for values in self.numbers])
        parts = re.findall(r"\w+", fact.form)
        return np.array([any(_same(part, words) for part in parts) for words in self.words])

    def _denials(
        self, sentence: str, wanted: set[str], found: npt.NDArray[np.float64], alike: npt.NDArray[np.float32]
    ) -> dict[str, float]:
        own = _scopes(sentence)
        near = [bool(self.denied[i]) for i in nearest(found, alike)]
        there = 0.0
        for scope in own:
            for scopes in self.denied:
                for other in scopes:
                    there = max(there, self.weight(scope & other) / max(1e-9, self.weight(scope)))
        against = 0.0
        if not own:
            for i, scopes in enumerate(self.denied):
                for other in scopes:
                    if other:
                        share = self.weight(other & wanted) / self.weight(other)
                        against = max(against, share * float(found[i]))
        return {
            "denies": float(bool(own)),
            "denied there": there,
            "denied near": (sum(near) / max(1, len(near))) * (1 if own else -1) if near else 0.0,
            "denies alone": float(bool(own) and not any(near)),
            "denied where it does not": against,
        }


def _runs(text: str) -> Iterator[str]:
    """Words that stand together without a function word or a stop between them, in small letters."""
    for run in re.split(r"[^\w\s'’-]|\d", text.casefold()):
        words = re.findall(r"[^\W\d_]+", run)
        for known, group in itertools.groupby(words, lambda word: bool(content(word))):
            if known:
                yield " ".join(group)


def _named(fact: Fact, sentence: str) -> str:
    """What is counted together: a small number in words and a name of capitals alone are often a writer's own."""
    if fact.kind == "number" and not sentence[fact.start].isdigit() and float(fact.form) <= _SMALL:
        return "small numbers"
    if fact.kind == "name" and (fact.shouted or fact.common):
        return "shouted names" if fact.shouted else "common names"
    return f"{fact.kind}s"


def nearest(found: npt.NDArray[np.float64], alike: npt.NDArray[np.float32]) -> list[int]:
    """The windows that speak of a sentence most, the best one first: by wording and by meaning."""
    return [int(i) for i in np.argsort(-(found + alike), kind="stable")[:_NEAR]]


def _scopes(text: str) -> list[set[str]]:
    """The terms that each denial denies."""
    return [set(list(dict.fromkeys(terms(text[end:])))[:_SCOPE]) & content(text) for _, end in denials(text)]


def _same(name: str, words: set[str]) -> bool:
    return name in words or name.removesuffix("s") in words


def _number_in(form: str, values: set[str]) -> bool:
    if form in values:
        return True
    value, digits = float(form), _digits(form)
    return any(digits < _digits(other) and abs(value - float(other)) <= _ROUNDED * float(other) for other in values)


def _digits(form: str) -> int:
    """How many it is given in, without zeros at its ends."""
    return len(form.replace(".", "").strip("0"))
