"""What the sources say of a sentence: where they speak of it, and whether its facts stand there."""

from __future__ import annotations

import itertools
import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Any

import numpy as np
import numpy.typing as npt

from ragzip.checking.facts import Fact, denials, facts, named_mostly, numbers, plain, spoken
from ragzip.checking.places import Numbers, Places, number_of
from ragzip.text.splitters import sentences
from ragzip.text.words import content, terms

__all__ = ["FEATURES", "FORMER_NAMES", "MAX_SENTENCE_CHARS", "MAX_SOURCES_CHARS", "MODEL", "Sources", "nearest"]

MAX_SENTENCE_CHARS = 4_000  # a longer list, table or piece of code is taken line by line; a longer line is not checked
MAX_SOURCES_CHARS = 1_000_000  # read of all sources together: what stands behind them supports nothing

FEATURES = (
    "missing_numbers",
    "missing_small_numbers",
    "missing_names",
    "missing_acronyms",
    "missing_common_names",
    "missing_dates",
    "missing_quotes",
    "numbers_in_other_windows",
    "names_in_other_windows",
    "numbers_in_dissimilar_windows",
    "names_in_dissimilar_windows",
    "conflicting_counts",
    "matching_counts",
    "has_negation",
    "negated_in_sources",
    "negated_nearby",
    "negated_alone",
    "negation_conflict",
    "word_overlap",
    "similarity",
    "similarity_gain_of_flip",
)
MODEL = (
    "model_logit",
    "model_sentence_logit",
    "model_worst_word",
    "model_sentence_logit_of_missing_small_number",
    "model_sentence_logit_over_flip",
    "model_worst_word_over_flip",
)
FORMER_NAMES = {  # of features, in the settings of models that were trained before they were renamed
    "numbers nowhere": "missing_numbers",
    "small numbers nowhere": "missing_small_numbers",
    "names nowhere": "missing_names",
    "shouted names nowhere": "missing_acronyms",
    "common names nowhere": "missing_common_names",
    "dates nowhere": "missing_dates",
    "quotes nowhere": "missing_quotes",
    "numbers elsewhere": "numbers_in_other_windows",
    "names elsewhere": "names_in_other_windows",
    "numbers elsewhere, by meaning": "numbers_in_dissimilar_windows",
    "names elsewhere, by meaning": "names_in_dissimilar_windows",
    "counted otherwise": "conflicting_counts",
    "counted so": "matching_counts",
    "denies": "has_negation",
    "denied there": "negated_in_sources",
    "denied near": "negated_nearby",
    "denies alone": "negated_alone",
    "denied where it does not": "negation_conflict",
    "words found": "word_overlap",
    "similar": "similarity",
    "likelier turned round": "similarity_gain_of_flip",
    "read as wrong": "model_logit",
    "read as wrong, word by word": "model_sentence_logit",
    "its worst word": "model_worst_word",
    "read as wrong, a small number is nowhere": "model_sentence_logit_of_missing_small_number",
    "read as wronger": "model_sentence_logit_over_flip",
    "its worst word is worse": "model_worst_word_over_flip",
}

_SCOPE = 6  # terms behind a denial that it is taken to deny
_SMALL = 2
_BEHIND = 40  # characters behind a number in which what it counts is looked for
_INITIALS = 4  # letters of a name in capitals that a writer may have made up for what an abstract calls otherwise
_SHORT = 20  # windows that an abstract has at most
_NEAR = 5  # windows looked at for denials
_READ = 8  # windows that a model may read
_JOINED = 7  # letters of a name that two words may be written for: earth-like
_EVIDENCE = 120  # words of them that it does read
_PREFIX = 4  # letters that a word shares at least with the name that it is made from


class Sources:
    """The texts that were read, cut into sentences, with what stands in each.

    Of all texts together a million characters are read, from the first on.

    :param known: words, numbers and names that may be used besides.
    """

    def __init__(self, texts: Sequence[str], known: str = "") -> None:
        texts = list(_first(texts, MAX_SOURCES_CHARS))
        spans = [sentences(text, longest_block=MAX_SENTENCE_CHARS) for text in texts]
        self.windows = [text[start:end] for text, places in zip(texts, spans, strict=True) for start, end in places]
        self.owners = [i for i, places in enumerate(spans) for _ in places]
        n = len(self.windows)
        self.terms = Places([content(window) for window in self.windows])
        self.idf = {term: math.log(1 + n / count) for term, count in self.terms.counts().items()}
        self.unseen = math.log(2 + n)
        self.numbers = Numbers([spoken(window) for window in self.windows])
        self.words = Places([set(re.findall(r"\w+", window.casefold())) for window in self.windows])
        self.plain = plain(" ".join(texts))
        self._known_numbers = Numbers([spoken(known)])
        self._known_words = set(re.findall(r"\w+", known.casefold()))
        self._months = {word[:3] for word in (*self.words.counts(), *self._known_words)}
        self._named = sorted({name for text in (*self.windows, known) for name in _capitalized(text)})
        self._long = n > _SHORT
        runs = [run for window in self.windows for run in _runs(window)]
        self._joined = {(a + b).casefold() for run in runs for a, b in itertools.pairwise(run) if len(a + b) >= _JOINED}
        self._initials = {
            "".join(word[0] for word in run[i : i + k]).casefold()
            for run in (_names(runs) if self._long else runs)
            for k in (2, 3, 4, 5)
            for i in range(len(run) - k + 1)
        }
        scopes_by_window = [_scopes(window) for window in self.windows]
        self.denied = np.array([bool(scopes) for scopes in scopes_by_window], np.bool_)
        self._scope_owners = np.array([i for i, scopes in enumerate(scopes_by_window) for _ in scopes], np.int64)
        scopes = [scope for scopes in scopes_by_window for scope in scopes]
        self._scopes = Places(scopes)
        self._scope_weights = np.array([self.weight(scope) for scope in scopes], np.float64)
        values_by_term: dict[str, set[str]] = {}
        for term, value in itertools.chain.from_iterable(map(_counted, self.windows)):
            values_by_term.setdefault(term, set()).add(value)
        self._counted = {term: Numbers([values]) for term, values in values_by_term.items()}

    def holds(self, fact: Fact) -> bool:
        """Whether the fact stands anywhere in the sources."""
        if fact.kind == "number":
            return fact.form in self.numbers or fact.form in self._known_numbers
        if fact.kind == "date":
            return fact.form in self._months
        if fact.kind == "quote":
            return fact.form in self.plain
        if fact.kind == "negation":
            return bool(self.denied.any())
        if fact.shouted and fact.form.removesuffix("s") in self._initials:
            return True
        return all(self._knows(part) for part in re.findall(r"\w+", fact.form))

    def mentions(self, name: str) -> bool:
        """Whether any word of ``name`` stands in the sources."""
        return any(self._has_word(part) for part in re.findall(r"\w+", name.casefold()))

    def _has_word(self, word: str) -> bool:
        return word in self.words or word in self._known_words

    def _knows(self, name: str) -> bool:
        """Whether a word is there, or a name that it may be made from: Britain of British, Markov of Markovian."""
        if self._has_word(name) or self._has_word(name.removesuffix("s")) or name in self._joined:
            return True
        start = name[: max(_PREFIX, len(name) - 3)]
        longer = bisect_right(self._named, start)
        return len(name) > _PREFIX and longer < len(self._named) and self._named[longer].startswith(start)

    def weight(self, found: Set[str]) -> float:
        """Of terms, by how rare they are in the sources."""
        return sum(self.idf.get(term, self.unseen) for term in sorted(found))

    def share(self, sentence: str) -> npt.NDArray[np.float64]:
        """Of the terms of ``sentence``, by weight, what each window has. *Shape:* (n,)."""
        wanted = content(sentence)
        return self._weights(wanted, self.terms, len(self.windows)) / max(1e-9, self.weight(wanted))

    def _weights(self, wanted: Set[str], places: Places, n: int) -> npt.NDArray[np.float64]:
        """The weight of the ``wanted`` terms that stand in each of ``n`` places. *Shape:* (n,)."""
        weights = np.zeros(n)
        for term in sorted(wanted):
            weights[places[term]] += self.idf.get(term, self.unseen)
        return weights

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
        near = [(kind, by, _beside(by)) for kind, by in (("other_windows", found), ("dissimilar_windows", alike))]
        stated = [fact for fact in facts(sentence) if fact.kind != "negation"]
        distinct = {(self._called(fact, sentence), fact.form, fact.shouted): fact for fact in stated}
        for (name, *_), fact in distinct.items():
            if not self.holds(fact):
                out[f"missing_{name}"] = 1.0
            elif fact.kind in ("number", "name") and len(there := self._there(fact)):
                for kind, by, beside in near:
                    key = f"{fact.kind}s_in_{kind}"
                    out[key] = max(out[key], float(by.max() - beside[there].max()))
        for term, value in set(_counted(sentence)):
            if values := self._counted.get(term):
                out["matching_counts" if value in values else "conflicting_counts"] = 1.0
        out |= self._denials(sentence, wanted, found, alike)
        out["word_overlap"] = self.weight(wanted & self.idf.keys()) / max(1e-9, self.weight(wanted))
        out["similarity"] = float(alike.max(initial=0))
        if turned is not None:
            closest = np.argsort(-alike, kind="stable")[:_NEAR]
            out["similarity_gain_of_flip"] = 20 * float((turned - alike)[closest].mean())
        return [out[name] for name in FEATURES]

    def evidence(self, nearest: Sequence[int]) -> str:
        """The windows ``nearest`` to a sentence, as far as a model reads them, the best one first."""
        out: list[str] = []
        left = _EVIDENCE
        for i in nearest:
            found = self.windows[i][:MAX_SENTENCE_CHARS].split()[:left]
            out.append(" ".join(found))
            left -= len(found)
            if left <= 0:
                break
        return " ".join(out)

    def _called(self, fact: Fact, sentence: str) -> str:
        """What is counted together: a small number in words, and a short name of capitals beside an abstract, are often
        a writer's own.
        """
        if fact.kind == "number":
            value = number_of(fact.form) if sentence[fact.start].isalpha() else None
            return "numbers" if value is None or value > _SMALL else "small_numbers"
        if fact.common:
            return "common_names"
        short = fact.shouted and len(fact.form.removesuffix("s")) <= _INITIALS
        return "acronyms" if short and not self._long else f"{fact.kind}s"

    def _there(self, fact: Fact) -> npt.NDArray[np.int64]:
        """The windows that a number or a name stands in. *Shape:* (windows,)."""
        if fact.kind == "number":
            return np.array(self.numbers.windows(fact.form), np.int64)
        forms = {form for part in re.findall(r"\w+", fact.form) for form in (part, part.removesuffix("s"))}
        return np.concatenate([self.words[form] for form in forms])

    def _denials(
        self, sentence: str, wanted: set[str], found: npt.NDArray[np.float64], alike: npt.NDArray[np.float32]
    ) -> dict[str, float]:
        own = _scopes(sentence)
        near = self.denied[nearest(found, alike)[:_NEAR]].tolist()
        n = len(self._scope_owners)
        there = against = 0.0
        for scope in {frozenset(scope) for scope in own} if n else ():
            shares = self._weights(scope, self._scopes, n) / max(1e-9, self.weight(scope))
            there = max(there, float(shares.max()))
        if not own and n:
            shares = self._weights(wanted, self._scopes, n) / np.maximum(self._scope_weights, 1e-9)
            against = float((shares * found[self._scope_owners]).max())
        return {
            "has_negation": float(bool(own)),
            "negated_in_sources": there,
            "negated_nearby": (sum(near) / max(1, len(near))) * (1 if own else -1) if near else 0.0,
            "negated_alone": float(bool(own) and not any(near)),
            "negation_conflict": against,
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
    ends = [end for _, end in denials(text)]
    if not ends:
        return []
    wanted = content(text)
    behind: list[str] = []  # the first terms from a denial on, each of them once: read from the end of the text
    scopes: list[set[str]] = []
    for start, end in reversed([*itertools.pairwise([*ends, len(text)])]):
        for term in reversed(terms(text[start:end])):
            behind = [term, *(other for other in behind if other != term)][:_SCOPE]
        scopes.append({*behind} & wanted)
    return scopes[::-1]


def _first(texts: Sequence[str], most: int) -> Iterator[str]:
    """The texts, as far as their first ``most`` characters reach."""
    for text in texts:
        yield text[:most]
        most -= min(most, len(text))


def _beside(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The best value of each window and those beside it; the last one is beside the first. *Shape:* (n,)."""
    return np.asarray(np.maximum(values, np.maximum(np.roll(values, 1), np.roll(values, -1))))
