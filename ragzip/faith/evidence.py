"""What the sources say of a sentence: where they speak of it, and whether its facts stand there."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ragzip.faith.facts import Fact, denials, facts, named_mostly, numbers, plain, spoken
from ragzip.splitters import sentences
from ragzip.words import content, terms

__all__ = ["FEATURES", "MODEL", "Sources", "nearest"]

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
    "counted otherwise",
    "counted so",
    "denies",
    "denied there",
    "denied near",
    "denies alone",
    "denied where it does not",
    "words found",
    "similar",
    "likelier turned round",
)
MODEL = (
    "read as wrong",
    "read as wrong, word by word",
    "its worst word",
    "read as wrong, a small number is nowhere",
    "read as wronger",  # by so much more than the same sentence turned round
    "its worst word is worse",
)

_SCOPE = 6  # terms behind a denial that it is taken to deny
_SMALL = 2
_BEHIND = 40  # characters behind a number in which what it counts is looked for
_INITIALS = 4  # letters of a name in capitals that a writer may have made up for what an abstract calls otherwise
_SHORT = 20  # windows that an abstract has at most
_NEAR = 5  # windows looked at for denials
_READ = 8  # windows that a model may read
_ROUNDED = 0.02  # of a number, by which a rounder one may differ from it
_JOINED = 7  # letters of a name that two words may be written for: earth-like
_EVIDENCE = 120  # words of them that it does read


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
        named = {name for text in (*self.windows, known) for name in _capitalized(text)}
        self._starts = {word[:n] for word in named for n in range(4, len(word))}
        self._long = len(self.windows) > _SHORT
        runs = [run for window in self.windows for run in _runs(window)]
        self._joined = {(a + b).casefold() for run in runs for a, b in itertools.pairwise(run) if len(a + b) >= _JOINED}
        self._initials = {
            "".join(word[0] for word in run[i : i + k]).casefold()
            for run in (_names(runs) if self._long else runs)
            for k in (2, 3, 4, 5)
            for i in range(len(run) - k + 1)
        }
        self.denied = [_scopes(window) for window in self.windows]
        self._counted: dict[str, set[str]] = {}
        for term, value in itertools.chain.from_iterable(map(_counted, self.windows)):
            self._counted.setdefault(term, set()).add(value)

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
        """Whether a word is there, or a name that it may be made from: Britain of British, Markov of Markovian."""
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
            name = self._named(fact, sentence)
            if not self.holds(fact):
                out[f"{name} nowhere"] = 1.0
            elif fact.kind in ("number", "name") and (there := self._there(fact)).any():
                near = there | np.roll(there, 1) | np.roll(there, -1)
                for key, by in ((f"{fact.kind}s elsewhere", found), (f"{fact.kind}s elsewhere, by meaning", alike)):
                    out[key] = max(out[key], float(by.max() - by[near].max()))
        for term, value in _counted(sentence):
            if values := self._counted.get(term):
                out["counted so" if _number_in(value, values) else "counted otherwise"] = 1.0
        out |= self._denials(sentence, wanted, found, alike)
        everything = set().union(*self.terms) if self.terms else set()
        out["words found"] = self.weight(wanted & everything) / max(1e-9, self.weight(wanted))
        out["similar"] = float(alike.max(initial=0))
        if turned is not None:
            closest = np.argsort(-alike, kind="stable")[:_NEAR]
            out["likelier turned round"] = 20 * float((turned - alike)[closest].mean())
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

    def _named(self, fact: Fact, sentence: str) -> str:
        """What is counted together: a small number in words, and a short name of capitals beside an abstract, are often
        a writer's own.
        """
        if fact.kind == "number" and not sentence[fact.start].isdigit() and float(fact.form) <= _SMALL:
            return "small numbers"
        if fact.common:
            return "common names"
        short = fact.shouted and len(fact.form.removesuffix("s")) <= _INITIALS
        return "shouted names" if short and not self._long else f"{fact.kind}s"

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
        near = [bool(self.denied[i]) for i in nearest(found, alike)[:_NEAR]]
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


def _runs(text: str) -> Iterator[list[str]]:
    """Words that stand together without a function word or a stop between them."""
    for run in re.split(r"[^\w\s'’-]|\d", text):
        words = re.findall(r"[^\W\d_]+", run)
        for known, group in itertools.groupby(words, lambda word: bool(content(word))):
            if known:
                yield list(group)


def _names(runs: Iterable[list[str]]) -> Iterator[list[str]]:
    """Of such words those with a capital: in a long text the initials of the others make up nearly everything."""
    for run in runs:
        for small, group in itertools.groupby(run, str.islower):
            if not small:
                yield list(group)


def _capitalized(text: str) -> Iterator[str]:
    """Words with a capital, in small letters; those that begin the text only where they mostly have one."""
    for match in re.finditer(r"[^\W\d_a-z][^\W\d_]+", text):
        if match.start() or named_mostly(match[0]):
            yield match[0].casefold()


def _counted(text: str) -> Iterator[tuple[str, str]]:
    """What stands behind each number, and its value."""
    for _, end, value in numbers(text):
        for term in terms(text[end : end + _BEHIND])[:1]:
            yield term, value


def nearest(found: npt.NDArray[np.float64], alike: npt.NDArray[np.float32]) -> list[int]:
    """The windows that speak of a sentence most, the best one first: by wording and by meaning."""
    return [int(i) for i in np.argsort(-(found + alike), kind="stable")[:_READ]]


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
