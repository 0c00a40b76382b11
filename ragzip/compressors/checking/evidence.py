"""Features of a sentence against its sources: the passages nearest to it, and its facts in them."""

from __future__ import annotations

import itertools
import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

import numpy as np
import numpy.typing as npt

from ragzip.compressors.checking.facts import Fact, denials, facts, named_mostly, numbers, plain, spoken
from ragzip.compressors.checking.features import RULE_FEATURES
from ragzip.compressors.checking.places import NumberIndex, WindowIndex, number_of
from ragzip.text.splitters import sentences
from ragzip.text.words import content, terms

__all__ = ["MAX_SENTENCE_CHARS", "MAX_SOURCES_CHARS", "Sources", "nearest"]

MAX_SENTENCE_CHARS = 4_000  # longer lists, tables and code are split at lines; a longer line is not checked
MAX_SOURCES_CHARS = 1_000_000  # of all sources together: text after them supports nothing

_MAX_SCOPE_TERMS = 6  # after a negation, that it is taken to negate
_LARGEST_SMALL_NUMBER = 2
_MAX_COUNTED_CHARS = 40  # after a number, in which the noun that it counts is looked for
_MAX_ACRONYM_LETTERS = 4  # of an acronym that a writer may have coined for something in an abstract
_MAX_ABSTRACT_WINDOWS = 20
_MAX_NEGATION_WINDOWS = 5  # nearest windows that are examined for negations
_MAX_EVIDENCE_WINDOWS = 8
_MAX_EVIDENCE_WORDS = 120
_MIN_COMPOUND_LETTERS = 7  # of a name that two words may be written for: earth-like
_MIN_PREFIX_LETTERS = 4  # that a word shares with the name that it is derived from


class Sources:
    """The sentences ("windows") of the source texts, with an index of their terms, numbers, names and negations.

    Only the first million characters of all texts together are read.

    :param known: a text whose words, numbers and names count as known, too.
    """

    def __init__(self, texts: Sequence[str], known: str = "") -> None:
        texts = list(_first(texts, MAX_SOURCES_CHARS))
        spans_by_text = [sentences(text, longest_block=MAX_SENTENCE_CHARS) for text in texts]
        self.windows = [
            text[start:end] for text, spans in zip(texts, spans_by_text, strict=True) for start, end in spans
        ]
        self.owners = [source for source, spans in enumerate(spans_by_text) for _ in spans]
        window_count = len(self.windows)
        self.terms = WindowIndex([content(window) for window in self.windows])
        self.idf = {term: math.log(1 + window_count / count) for term, count in self.terms.counts().items()}
        self.unseen = math.log(2 + window_count)
        self.numbers = NumberIndex([spoken(window) for window in self.windows])
        self.words = WindowIndex([set(re.findall(r"\w+", window.casefold())) for window in self.windows])
        self.plain = plain(" ".join(texts))
        self._known_numbers = NumberIndex([spoken(known)])
        self._known_words = set(re.findall(r"\w+", known.casefold()))
        self._months = {word[:3] for word in (*self.words.counts(), *self._known_words)}
        self._long = window_count > _MAX_ABSTRACT_WINDOWS
        self._index_names(known)
        self._index_negations()
        values_by_term: dict[str, set[str]] = {}
        for term, value in itertools.chain.from_iterable(map(_counted, self.windows)):
            values_by_term.setdefault(term, set()).add(value)
        self._counted = {term: NumberIndex([values]) for term, values in values_by_term.items()}

    def _index_names(self, known: str) -> None:
        """Index names, words that may be written as one, and initials of names of several words."""
        self._named = sorted({name for text in (*self.windows, known) for name in _capitalized(text)})
        phrases = [phrase for window in self.windows for phrase in _phrases(window)]
        self._compounds = {
            (first + second).casefold()
            for phrase in phrases
            for first, second in itertools.pairwise(phrase)
            if len(first + second) >= _MIN_COMPOUND_LETTERS
        }
        self._initials = {
            "".join(word[0] for word in phrase[start : start + length]).casefold()
            for phrase in (_capitalized_parts(phrases) if self._long else phrases)
            for length in (2, 3, 4, 5)
            for start in range(len(phrase) - length + 1)
        }

    def _index_negations(self) -> None:
        """Index the windows that deny something, and the terms that each negation denies."""
        scopes_by_window = [_scopes(window) for window in self.windows]
        self.negated = np.array([bool(scopes) for scopes in scopes_by_window], np.bool_)
        self._scope_owners = np.array(
            [window for window, scopes in enumerate(scopes_by_window) for _ in scopes], np.int64
        )
        scopes = [scope for scopes in scopes_by_window for scope in scopes]
        self._scopes = WindowIndex(scopes)
        self._scope_weights = np.array([self.weight(scope) for scope in scopes], np.float64)

    def holds(self, fact: Fact) -> bool:
        """Whether the fact is anywhere in the sources."""
        if fact.kind == "number":
            return fact.form in self.numbers or fact.form in self._known_numbers
        if fact.kind == "date":
            return fact.form in self._months
        if fact.kind == "quote":
            return fact.form in self.plain
        if fact.kind == "negation":
            return bool(self.negated.any())
        if fact.shouted and fact.form.removesuffix("s") in self._initials:
            return True
        return all(self._knows(part) for part in re.findall(r"\w+", fact.form))

    def mentions(self, name: str) -> bool:
        """Whether any word of ``name`` is in the sources."""
        return any(self._has_word(part) for part in re.findall(r"\w+", name.casefold()))

    def _has_word(self, word: str) -> bool:
        return word in self.words or word in self._known_words

    def _knows(self, name: str) -> bool:
        """Whether a word is known, or a name that it may be derived from: British from Britain."""
        if self._has_word(name) or self._has_word(name.removesuffix("s")) or name in self._compounds:
            return True
        prefix = name[: max(_MIN_PREFIX_LETTERS, len(name) - 3)]
        following = bisect_right(self._named, prefix)
        return (
            len(name) > _MIN_PREFIX_LETTERS
            and following < len(self._named)
            and self._named[following].startswith(prefix)
        )

    def weight(self, content_terms: Set[str]) -> float:
        """The weight of terms, by how rare they are in the sources."""
        return sum(self.idf.get(term, self.unseen) for term in sorted(content_terms))

    def share(self, sentence: str) -> npt.NDArray[np.float64]:
        """The share of the terms of ``sentence``, by weight, that each window has. *Shape:* (windows,)."""
        content_terms = content(sentence)
        return self._weights(content_terms, self.terms, len(self.windows)) / max(1e-9, self.weight(content_terms))

    def _weights(self, content_terms: Set[str], places: WindowIndex, place_count: int) -> npt.NDArray[np.float64]:
        """The weight of ``content_terms`` in each place. *Shape:* (places,)."""
        weights = np.zeros(place_count)
        for term in sorted(content_terms):
            weights[places[term]] += self.idf.get(term, self.unseen)
        return weights

    def features(
        self,
        sentence: str,
        word_overlaps: npt.NDArray[np.float64],
        similarities: npt.NDArray[np.float32],
        flipped_similarities: npt.NDArray[np.float32] | None,
    ) -> dict[str, float]:
        """The features by name of :data:`~ragzip.compressors.checking.features.RULE_FEATURES`.

        :param word_overlaps: with each window, see :meth:`share`. *Shape:* (windows,), as of the others.
        :param similarities: of the sentence to each window, by meaning.
        :param flipped_similarities: of the sentence with its negation flipped, where that can be done.
        """
        content_terms = content(sentence)
        features = dict.fromkeys(RULE_FEATURES, 0.0)
        features |= self._fact_features(sentence, {"words": word_overlaps, "meaning": similarities})
        features |= self._count_features(sentence)
        features |= self._negation_features(sentence, content_terms, word_overlaps, similarities)
        features["word overlap"] = self.weight(content_terms & self.idf.keys()) / max(1e-9, self.weight(content_terms))
        features["similarity"] = float(similarities.max(initial=0))
        if flipped_similarities is not None:
            closest = np.argsort(-similarities, kind="stable")[:_MAX_NEGATION_WINDOWS]
            gains = (flipped_similarities - similarities)[closest]
            features["similarity gain when flipped"] = 20 * float(gains.mean())
        return features

    def _fact_features(self, sentence: str, relevances: Mapping[str, npt.NDArray[Any]]) -> dict[str, float]:
        """The features of the kinds of facts that are missing in the sources, and of the distance of the others from
        the sentence's own passage.

        :param relevances: of the windows to the sentence, by words and by meaning. *Shape:* (windows,).
        """
        best_relevances = {measure: _best_around(values) for measure, values in relevances.items()}
        stated = [fact for fact in facts(sentence) if fact.kind != "negation"]
        distinct = {(self._group(fact, sentence), fact.form, fact.shouted): fact for fact in stated}
        features: dict[str, float] = {}
        for (group, *_), fact in distinct.items():
            if not self.holds(fact):
                features[f"{group} not in sources"] = 1.0
            elif fact.kind in ("number", "name") and len(windows := self._windows_with(fact)):
                for measure, values in relevances.items():
                    name = f"{fact.kind} distance by {measure}"
                    distance = float(values.max() - best_relevances[measure][windows].max())
                    features[name] = max(features.get(name, 0.0), distance)
        return features

    def _count_features(self, sentence: str) -> dict[str, float]:
        """Whether the sources count the same nouns as the sentence, and whether they give the same numbers."""
        features: dict[str, float] = {}
        for term, value in _counted(sentence):
            if source_values := self._counted.get(term):
                features["same count" if value in source_values else "different count"] = 1.0
        return features

    def evidence(self, nearest: Sequence[int]) -> str:
        """The text of the windows ``nearest`` to a sentence, the best one first, cut to 120 words."""
        texts: list[str] = []
        words_left = _MAX_EVIDENCE_WORDS
        for window in nearest:
            words = self.windows[window][:MAX_SENTENCE_CHARS].split()[:words_left]
            texts.append(" ".join(words))
            words_left -= len(words)
            if words_left <= 0:
                break
        return " ".join(texts)

    def _group(self, fact: Fact, sentence: str) -> str:
        """The group that a missing fact is counted in. Small numbers in words, and short acronyms where the source is
        an abstract, are often the writer's.
        """
        if fact.kind == "number":
            value = number_of(fact.form) if sentence[fact.start].isalpha() else None
            return "numbers" if value is None or value > _LARGEST_SMALL_NUMBER else "small numbers"
        if fact.common:
            return "common words"
        short = fact.shouted and len(fact.form.removesuffix("s")) <= _MAX_ACRONYM_LETTERS
        return "acronyms" if short and not self._long else f"{fact.kind}s"

    def _windows_with(self, fact: Fact) -> npt.NDArray[np.int64]:
        """The windows that have a number or a name. *Shape:* (windows with it,)."""
        if fact.kind == "number":
            return np.array(self.numbers.windows(fact.form), np.int64)
        word_forms = {
            word_form
            for name_part in re.findall(r"\w+", fact.form)
            for word_form in (name_part, name_part.removesuffix("s"))
        }
        return np.concatenate([self.words[word_form] for word_form in word_forms])

    def _negation_features(
        self,
        sentence: str,
        content_terms: set[str],
        word_overlaps: npt.NDArray[np.float64],
        similarities: npt.NDArray[np.float32],
    ) -> dict[str, float]:
        """The features that show how far the negations of the sentence and of the sources agree."""
        scopes = _scopes(sentence)
        near_negated = self.negated[nearest(word_overlaps, similarities)[:_MAX_NEGATION_WINDOWS]].tolist()
        scope_count = len(self._scope_owners)
        shared = source_only = 0.0
        for scope in {frozenset(scope) for scope in scopes} if scope_count else ():
            shares = self._weights(scope, self._scopes, scope_count) / max(1e-9, self.weight(scope))
            shared = max(shared, float(shares.max()))
        if not scopes and scope_count:
            shares = self._weights(content_terms, self._scopes, scope_count) / np.maximum(self._scope_weights, 1e-9)
            source_only = float((shares * word_overlaps[self._scope_owners]).max())
        return {
            "negated": float(bool(scopes)),
            "negation in sources": shared,
            "negated windows": (sum(near_negated) / max(1, len(near_negated))) * (1 if scopes else -1)
            if near_negated
            else 0.0,
            "negated alone": float(bool(scopes) and not any(near_negated)),
            "negated only in sources": source_only,
        }


def _phrases(text: str) -> Iterator[list[str]]:
    """The words between two function words, digits or punctuation marks, without them."""
    for segment in re.split(r"[^\w\s'’-]|\d", text):
        words = re.findall(r"[^\W\d_]+", segment)
        for telling, phrase in itertools.groupby(words, lambda word: bool(content(word))):
            if telling:
                yield list(phrase)


def _capitalized_parts(phrases: Iterable[list[str]]) -> Iterator[list[str]]:
    """The parts of phrases in which each word has a capital: in a long text the initials of all words give nearly
    every combination.
    """
    for phrase in phrases:
        for lower, part in itertools.groupby(phrase, str.islower):
            if not lower:
                yield list(part)


def _capitalized(text: str) -> Iterator[str]:
    """Words with a capital, in small letters; the first word of the text only if it is usually written with one."""
    for match in re.finditer(r"[^\W\d_a-z][^\W\d_]+", text):
        if match.start() or named_mostly(match[0]):
            yield match[0].casefold()


def _counted(text: str) -> Iterator[tuple[str, str]]:
    """The first term after each number, and the value of the number."""
    for _, end, value in numbers(text):
        for term in terms(text[end : end + _MAX_COUNTED_CHARS])[:1]:
            yield term, value


def nearest(word_overlaps: npt.NDArray[np.float64], similarities: npt.NDArray[np.float32]) -> list[int]:
    """The windows nearest to a sentence by words and by meaning, the best one first."""
    order = np.argsort(-(word_overlaps + similarities), kind="stable")
    return [int(window) for window in order[:_MAX_EVIDENCE_WINDOWS]]


def _scopes(text: str) -> list[set[str]]:
    """The terms that each negation negates."""
    negation_ends = [end for _, end in denials(text)]
    if not negation_ends:
        return []
    content_terms = content(text)
    following: list[str] = []  # the first distinct terms after a negation; built from the end of the text
    scopes: list[set[str]] = []
    for start, end in reversed([*itertools.pairwise([*negation_ends, len(text)])]):
        for term in reversed(terms(text[start:end])):
            following = [term, *(later for later in following if later != term)][:_MAX_SCOPE_TERMS]
        scopes.append({*following} & content_terms)
    return scopes[::-1]


def _first(texts: Sequence[str], max_chars: int) -> Iterator[str]:
    """The texts, cut to ``max_chars`` in all."""
    for text in texts:
        yield text[:max_chars]
        max_chars -= min(max_chars, len(text))


def _best_around(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The best value of each window and its neighbours, the first and last included. *Shape:* (windows,)."""
    return np.asarray(np.maximum(values, np.maximum(np.roll(values, 1), np.roll(values, -1))))
