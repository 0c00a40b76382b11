"""Verdicts on written sentences: whether the sources support them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.backends.cached import CachedEmbedder, CachedPassageScorer
from ragzip.backends.load import load_embedder, load_pruner
from ragzip.backends.parallel import at_once, usable_cores
from ragzip.checks import number_in, path_of
from ragzip.compressors.checking.evidence import MAX_SENTENCE_CHARS, Sources, nearest
from ragzip.compressors.checking.facts import facts
from ragzip.compressors.checking.features import FEATURES, SENTENCE_TYPES, weights_from_file
from ragzip.compressors.checking.inventions import flip
from ragzip.errors import InputError, model_errors
from ragzip.models import shipped
from ragzip.text.spans import Span
from ragzip.types import Verdict

if TYPE_CHECKING:
    from ragzip.backends.protocols import PassageScorer, TextEmbedder

__all__ = ["Checked", "Checker", "Measurements", "doubt", "lacks_fact", "measure"]

_CERTAIN_COLUMNS = [FEATURES.index(f"{kind} not in sources") for kind in ("numbers", "dates", "quotes", "names")]
_NEGATED_COLUMN = FEATURES.index("negated")
_UNRELATED = 0.35  # word overlap and similarity below which the sources do not speak of a sentence
_DISTANT = 0.2  # distance above which a fact is in an unrelated passage, or a negation applies
_FACT_LABELS = {"quote": "quotation"}


class Checked(NamedTuple):
    """A verdict on a sentence, with its probability of an error and the reasons; ``source`` is the index of the source
    nearest to it.
    """

    verdict: Verdict
    doubt: float
    reasons: tuple[str, ...]
    source: int


class Measurements(NamedTuple):
    """The feature values of sentences, in the order of :data:`~ragzip.compressors.checking.features.FEATURES`
    (*shape:* (sentences, features)), and the windows of the sources that are nearest to each sentence, the best one
    first.
    """

    values: npt.NDArray[np.float64]
    nearest: list[list[int]]


class _Comparison(NamedTuple):
    """A sentence, and the same one flipped, compared with each window of the sources. *Shapes:* (windows,)."""

    sentence: str
    flipped: str | None
    word_overlaps: npt.NDArray[np.float64]
    similarities: npt.NDArray[np.float32]
    flipped_similarities: npt.NDArray[np.float32] | None
    nearest: list[int]
    evidence: str


class _ErrorLogits(NamedTuple):
    """The logits that a model gives to a sentence after its evidence, higher for wrong ones: as a whole, on average
    over its words, and of its worst word.
    """

    sentence: float = 0.0
    mean_word: float = 0.0
    worst_word: float = 0.0


class Checker:
    """Verdicts on sentences: whether their sources support them.

    Numbers, dates, names and quotations are looked up in the sources. Where the sentence or the sources negate
    something, the nearest windows are compared with the sentence and with its flipped form (negation added or removed).
    A small shipped model reads the sentence after the nearest windows. A fact that the sources lack is enough to refuse
    a sentence; the weights of the other features were fitted on human-written summaries and on copies of them with one
    error each (``ragzip train checker``; figures in the card of the model).

    :param embedder: for the similarity of sentences; default: the shipped one.
    :param threshold: doubt from which a sentence is not supported, 0 to 1; default: that at which 5% of untouched
        sentences of summaries are refused.
    :param model: a folder made by ``ragzip train checker``; default: the shipped one.
    :raises OptionError: a threshold outside its range.
    :raises ModelError: ``model`` holds something else.
    """

    def __init__(
        self,
        embedder: TextEmbedder | None = None,
        *,
        threshold: float | None = None,
        model: str | Path | None = None,
    ) -> None:
        if threshold is not None:
            threshold = number_in(threshold, "threshold", above=0)
        self.embedder = CachedEmbedder(load_embedder(embedder, None))
        folder = shipped("checker") if model is None else path_of(model, "model", expected="the folder of a checker")
        self.model = CachedPassageScorer(load_pruner(folder)[0])
        self.weights = _weights_in(folder)
        self.threshold = float(self.weights["threshold"]) if threshold is None else threshold

    def check(self, said: Sequence[str], sources: Sequence[str], *, known: str = "") -> list[Checked]:
        """A verdict on each sentence of ``said``.

        Sentences of more than 4,000 characters are not checked and count as unsupported; source text after the first
        million characters supports nothing. Lone surrogates are read as "?".

        :param sources: the texts that have to support the sentences.
        :param known: a text whose words, numbers and names may be used besides: the question.
        :raises InputError: anything but strings.
        """
        written, source_texts = _readable(said, "said"), _readable(sources, "sources")
        read = Sources(source_texts, *_readable([known], "known"))
        if not read.windows:
            return [_NO_SOURCES for _ in written]
        short = [sentence for sentence in written if len(sentence) <= MAX_SENTENCE_CHARS]
        verdicts = dict(zip(short, self._verdicts(short, read), strict=True)) if short else {}
        return [verdicts.get(sentence, _TOO_LONG) for sentence in written]

    def _verdicts(self, written: Sequence[str], sources: Sources) -> list[Checked]:
        values, nearest_windows = measure(written, sources, self.embedder, self.model)
        doubts = doubt(values, self.weights).tolist()
        return [
            self._verdict(sentence, sources, dict(zip(FEATURES, row, strict=True)), sentence_doubt, windows[0])
            for sentence, row, sentence_doubt, windows in zip(
                written, values.tolist(), doubts, nearest_windows, strict=True
            )
        ]

    def _verdict(
        self, sentence: str, sources: Sources, features: Mapping[str, float], sentence_doubt: float, window: int
    ) -> Checked:
        source = sources.owners[window]
        if sentence_doubt < self.threshold:
            return Checked("supported", sentence_doubt, (), source)
        unrelated = max(features["word overlap"], features["similarity"]) < _UNRELATED
        verdict: Verdict = "invented" if unrelated else "altered"
        return Checked(verdict, sentence_doubt, _reasons(sentence, sources, features), source)


_NO_SOURCES = Checked("invented", 1.0, ("the sources are empty",), 0)
_TOO_LONG = Checked(
    "invented", 1.0, (f"the sentence has more than {MAX_SENTENCE_CHARS:,} characters and was not checked",), 0
)


def _readable(texts: Sequence[str], argument: str) -> list[str]:
    """The texts, with "?" for lone surrogates, which no model reads."""
    for text in texts:
        if not isinstance(text, str):
            raise InputError(f"{argument}: received {type(text).__name__} among the texts, expected str alone.")
    return [text.encode("utf-8", "replace").decode("utf-8") for text in texts]


def measure(
    written: Sequence[str], sources: Sources, embedder: TextEmbedder, model: PassageScorer | None = None
) -> Measurements:
    """The features of each sentence; those of the model are 0 without one."""
    comparisons = _comparisons(written, sources, embedder)
    logits_by_pair = _logits_by_pair(comparisons, model)
    feature_rows = []
    for comparison in comparisons:
        rule_values = sources.features(
            comparison.sentence,
            comparison.word_overlaps,
            comparison.similarities,
            comparison.flipped_similarities,
        )
        logits = logits_by_pair[comparison.sentence, comparison.evidence]
        flipped_logits = None
        if comparison.flipped is not None:
            flipped_logits = logits_by_pair[comparison.flipped, comparison.evidence]
        model_values = _model_features(logits, flipped_logits, rule_values["small numbers not in sources"])
        features = rule_values | model_values
        feature_rows.append([features[name] for name in FEATURES])
    values = np.array(feature_rows, np.float64).reshape(len(written), len(FEATURES))
    return Measurements(values, [comparison.nearest for comparison in comparisons])


def _comparisons(written: Sequence[str], sources: Sources, embedder: TextEmbedder) -> list[_Comparison]:
    """Each sentence compared with the windows of the sources; all sentences and flipped forms are embedded at once."""
    flips = {sentence: altered.text for sentence in written if (altered := flip(sentence))}
    texts = [*written, *flips.values()]
    vectors = dict(zip(texts, embedder.embed(texts), strict=True))
    window_vectors = embedder.embed(sources.windows)
    comparisons = []
    for sentence in written:
        flipped = flips.get(sentence)
        word_overlaps = sources.share(sentence)
        similarities = window_vectors @ vectors[sentence]
        flipped_similarities = None if flipped is None else window_vectors @ vectors[flipped]
        nearest_windows = nearest(word_overlaps, similarities)
        evidence = sources.evidence(nearest_windows)
        comparisons.append(
            _Comparison(sentence, flipped, word_overlaps, similarities, flipped_similarities, nearest_windows, evidence)
        )
    return comparisons


def _logits_by_pair(
    comparisons: Sequence[_Comparison], model: PassageScorer | None
) -> dict[tuple[str, str], _ErrorLogits]:
    """The logits of each (sentence, evidence) and each (flipped sentence, evidence)."""
    pairs = [(comparison.sentence, comparison.evidence) for comparison in comparisons]
    pairs += [(comparison.flipped, comparison.evidence) for comparison in comparisons if comparison.flipped is not None]
    return dict(zip(pairs, at_once(partial(_error_logits, model), pairs, usable_cores()), strict=True))


def _error_logits(model: PassageScorer | None, pair: tuple[str, str]) -> _ErrorLogits:
    """The logits of a (sentence, evidence)."""
    sentence, evidence = pair
    if model is None:
        return _ErrorLogits()
    (scores,) = model.score_passages(evidence, [(None, sentence)])
    if not len(scores.spans):
        return _ErrorLogits()
    (mean_word,) = scores.sentence_scores((Span(0, len(sentence)),))
    return _ErrorLogits(scores.relevance, float(mean_word), float(scores.word.max()))


def _model_features(
    logits: _ErrorLogits, flipped_logits: _ErrorLogits | None, small_number_missing: float
) -> dict[str, float]:
    """The features by name of :data:`~ragzip.compressors.checking.features.MODEL_FEATURES`."""
    mean_word_above = worst_word_above = 0.0
    if flipped_logits is not None:
        mean_word_above = logits.mean_word - flipped_logits.mean_word
        worst_word_above = logits.worst_word - flipped_logits.worst_word
    return {
        "error logit": logits.sentence,
        "mean word error logit": logits.mean_word,
        "worst word error logit": logits.worst_word,
        "mean word error logit with a small number not in sources": logits.mean_word * small_number_missing,
        "mean word error logit above flipped": mean_word_above,
        "worst word error logit above flipped": worst_word_above,
    }


def doubt(values: npt.NDArray[np.float64], weights: Mapping[str, Any]) -> npt.NDArray[np.float64]:
    """The probability that each sentence has an error in it, by its row of features; 1 where :func:`lacks_fact`.
    *Shape:* (sentences,).

    :param weights: by type of sentence and name of feature, with a bias.
    """
    negated_logits, stated_logits = (
        values @ np.array([weights[sentence_type][name] for name in FEATURES]) + weights[sentence_type]["bias"]
        for sentence_type in SENTENCE_TYPES
    )
    logits = np.where(values[:, _NEGATED_COLUMN] > 0, negated_logits, stated_logits)
    return np.where(lacks_fact(values), 1.0, 1 / (1 + np.exp(-logits)))


def lacks_fact(values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Whether a fact of each sentence is missing in the sources, which alone refuses it. *Shape:* (sentences,).

    One and two in words, short acronyms of an abstract and words that are usually written without a capital do not
    count: writers add them.
    """
    return np.asarray(values[:, _CERTAIN_COLUMNS].any(1), np.bool_)


def _reasons(sentence: str, sources: Sources, features: Mapping[str, float]) -> tuple[str, ...]:
    """The reasons against a sentence, for a reader."""
    reasons = [
        f"the {_FACT_LABELS.get(fact.kind, fact.kind)} {sentence[fact.start : fact.end]!r} is not in the sources"
        for fact in facts(sentence)
        if fact.kind != "negation" and not sources.holds(fact)
    ]
    if features["different count"] and not reasons:
        reasons.append("the sources give a different number of the same thing")
    for kind in ("number", "name"):
        if features[f"{kind} distance by words"] > _DISTANT:
            reasons.append(f"a {kind} in it comes from a passage about something else")
    if features["negated"] and not reasons:
        reasons.append("it denies something that the sources do not seem to deny")
    elif not reasons and (
        features["negated only in sources"] > _DISTANT or features["similarity gain when flipped"] > 0
    ):
        reasons.append("the sources seem to deny it")
    return tuple(reasons) or ("the sources do not support it",)


def _weights_in(folder: Path) -> dict[str, Any]:
    with model_errors(f"model: {folder} holds no checker, expected a folder made by ragzip train checker"):
        return weights_from_file(json.loads((folder / "config.json").read_text("utf-8"))["ragzip"]["doubt"])
