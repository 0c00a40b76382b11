"""Sentences that were written, checked against what was read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.backends.cached import CachedEmbedder, CachedPassageScorer
from ragzip.backends.load import load_embedder, load_pruner
from ragzip.backends.parallel import at_once
from ragzip.checking.evidence import FEATURES, FORMER_NAMES, MAX_SENTENCE_CHARS, MODEL, Sources, nearest
from ragzip.checking.facts import facts
from ragzip.checking.inventions import flip
from ragzip.errors import InputError, OptionError
from ragzip.models import shipped
from ragzip.text.spans import Span
from ragzip.types import Verdict

if TYPE_CHECKING:
    from ragzip.backends.protocols import PassageScorer, TextEmbedder

__all__ = ["KINDS", "WAYS", "Checked", "Checker", "Measured", "doubt", "measured", "nowhere"]

KINDS = (*FEATURES, *MODEL)
WAYS = ("denies", "states")  # the same evidence counts otherwise in the one than in the other
_CERTAIN = [FEATURES.index(f"missing_{kind}") for kind in ("numbers", "dates", "quotes", "names")]
_SMALL = FEATURES.index("missing_small_numbers")
_DENIES = FEATURES.index("has_negation")
_FAR = 0.35  # share of a sentence's words, and similarity, under which the sources do not speak of it
_APART = 0.2
_MAX_SENTENCES_AT_ONCE = os.cpu_count() or 1  # a window takes one core


class Checked(NamedTuple):
    """What the sources say of a sentence; ``source`` is the one that speaks of it most, by number."""

    verdict: Verdict
    doubt: float
    reasons: tuple[str, ...]
    source: int


class Measured(NamedTuple):
    """What counts for or against sentences, in the order of :data:`KINDS` (*shape:* (n, kinds)), and the windows of
    the sources that speak of each most, the best one first.
    """

    values: npt.NDArray[np.float64]
    nearest: list[list[int]]


class Checker:
    """Whether sentences say what their sources say.

    Numbers, dates, names and quotations are looked for in the sources; where the sentence denies something, or they do,
    the nearest windows are compared with it and with the same sentence turned round; a small model of our own reads it
    behind them. What is nowhere is refused; how much the rest counts was fitted on summaries that people wrote and on
    the same ones with one thing made wrong (``python -m ragzip.training.faith``; figures in the card of the model).

    :param embedder: for the similarity of sentences; default: the shipped one.
    :param threshold: doubt from which a sentence is not supported, 0 to 1; default: that at which 5 % of untouched
        sentences of summaries are refused.
    :raises OptionError: a threshold outside its range.
    """

    def __init__(self, embedder: TextEmbedder | None = None, *, threshold: float | None = None) -> None:
        if threshold is not None and not 0 < threshold <= 1:
            raise OptionError(f"threshold: received {threshold!r}, expected a number in (0, 1].")
        self.embedder = CachedEmbedder(load_embedder(embedder, None))
        self.model = CachedPassageScorer(load_pruner(shipped("checker"), None)[0])
        self.weights = _weights()
        self.threshold = float(self.weights["threshold"]) if threshold is None else threshold

    @property
    def models(self) -> tuple[CachedEmbedder, CachedPassageScorer]:
        """The models that verdicts depend on."""
        return (self.embedder, self.model)

    def check(self, said: Sequence[str], sources: Sequence[str], *, known: str = "") -> list[Checked]:
        """A verdict on each of ``said``.

        What cannot be checked is not supported: a sentence of more than 4,000 characters, and what stands behind the
        first million characters of the sources. Lone surrogates are read as "?".

        :param sources: what was read.
        :param known: what may be said besides: the question.
        :raises InputError: anything but strings.
        """
        said, sources = _readable(said, "said"), _readable(sources, "sources")
        read = Sources(sources, *_readable([known], "known"))
        if not read.windows:
            return [Checked("invented", 1.0, ("there is no source to support it",), 0) for _ in said]
        short = [sentence for sentence in said if len(sentence) <= MAX_SENTENCE_CHARS]
        checked = iter(self._checked(short, read) if short else ())
        return [next(checked) if len(sentence) <= MAX_SENTENCE_CHARS else _TOO_LONG for sentence in said]

    def _checked(self, said: Sequence[str], read: Sources) -> list[Checked]:
        found = measured(said, read, self.embedder, self.model)
        verdicts = []
        for i, value in enumerate(doubt(found.values, self.weights).tolist()):
            source = read.owners[found.nearest[i][0]]
            if value < self.threshold:
                verdicts.append(Checked("supported", value, (), source))
                continue
            evidence = dict(zip(KINDS, found.values[i].tolist(), strict=True))
            far = max(evidence["word_overlap"], evidence["similarity"]) < _FAR
            reasons = _reasons(said[i], read, evidence)
            verdicts.append(Checked("invented" if far else "altered", value, reasons, source))
        return verdicts


_TOO_LONG = Checked("invented", 1.0, (f"it has more than {MAX_SENTENCE_CHARS:,} characters, and was not checked",), 0)


def _readable(texts: Sequence[str], what: str) -> list[str]:
    """The texts, with "?" for lone surrogates, which no model reads."""
    for text in texts:
        if not isinstance(text, str):
            raise InputError(f"{what}: received {type(text).__name__} among the texts, expected str alone.")
    return [text.encode("utf-8", "replace").decode("utf-8") for text in texts]


class _Reading(NamedTuple):
    """A sentence as the model reads it, after the windows that speak of it.

    ``relevance`` and ``sentence_logit`` are of the sentence as a whole, ``worst_word`` is its largest word logit.
    """

    relevance: float
    sentence_logit: float
    worst_word: float


def measured(
    said: Sequence[str], read: Sources, embedder: TextEmbedder, model: PassageScorer | None = None
) -> Measured:
    """The evidence for and against each sentence; without a model, that of the model is 0.

    A sentence whose negation can be turned round is measured beside the turned one.
    """
    flipped = {number: altered.text for number, sentence in enumerate(said) if (altered := flip(sentence))}
    vectors = embedder.embed([*said, *flipped.values()])
    window_vectors = embedder.embed(read.windows)
    similarities = [window_vectors @ vector for vector in vectors]
    similarities_of_flipped = dict(zip(flipped, similarities[len(said) :], strict=True))
    features: list[list[float]] = []
    windows: list[list[int]] = []
    for number, sentence in enumerate(said):
        overlap, similarity = read.share(sentence), similarities[number]
        features.append(read.features(sentence, overlap, similarity, similarities_of_flipped.get(number)))
        windows.append(nearest(overlap, similarity))
    evidence = [read.evidence(sentence_windows) for sentence_windows in windows]
    as_written = list(zip(said, evidence, strict=True))
    as_flipped = [(text, evidence[number]) for number, text in flipped.items()]
    readings = at_once(partial(_read, model), as_written + as_flipped, _MAX_SENTENCES_AT_ONCE)
    readings_of_flipped = dict(zip(flipped, readings[len(said) :], strict=True))
    rows = [
        [*features[number], *_model_features(readings[number], readings_of_flipped.get(number), features[number])]
        for number in range(len(said))
    ]
    return Measured(np.array(rows, np.float64).reshape(len(said), len(KINDS)), windows)


def _model_features(reading: _Reading, flipped: _Reading | None, features: Sequence[float]) -> list[float]:
    """What a model says of a sentence, in the order of :data:`~ragzip.checking.evidence.MODEL`."""
    over_flipped = [0.0, 0.0]
    if flipped is not None:
        over_flipped = [
            reading.sentence_logit - flipped.sentence_logit,
            reading.worst_word - flipped.worst_word,
        ]
    return [*reading, reading.sentence_logit * features[_SMALL], *over_flipped]


def _read(model: PassageScorer | None, pair: tuple[str, str]) -> _Reading:
    """The logits that the model gives a sentence after its evidence."""
    sentence, evidence = pair
    if model is None:
        return _Reading(0.0, 0.0, 0.0)
    (scores,) = model.score_passages(evidence, [(None, sentence)])
    if not len(scores.spans):
        return _Reading(0.0, 0.0, 0.0)
    whole = scores.sentence_scores((Span(0, len(sentence)),))
    return _Reading(scores.relevance, float(whole[0]), float(scores.word.max()))


def doubt(values: npt.NDArray[np.float64], weights: Mapping[str, Any]) -> npt.NDArray[np.float64]:
    """How likely each row of what counts is that of a sentence with something wrong in it; 1 where a number, a date,
    a name or a quotation is :func:`nowhere`. *Shape:* (n,).

    :param weights: by kind, with a bias: of sentences that ``denies``, and of those that ``states``.
    """
    logits = [values @ np.array([weights[way][kind] for kind in KINDS]) + weights[way]["bias"] for way in WAYS]
    return np.where(nowhere(values), 1.0, 1 / (1 + np.exp(-np.where(values[:, _DENIES] > 0, *logits))))


def nowhere(values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which rows are those of sentences with a fact that is not in the sources: reason enough. *Shape:* (n,).

    One and two in words, short names of capitals beside an abstract and words that are usual without one are often a
    writer's own.
    """
    return np.asarray(values[:, _CERTAIN].any(1), np.bool_)


def _reasons(sentence: str, read: Sources, evidence: Mapping[str, float]) -> tuple[str, ...]:
    """Why a sentence is not supported, in words."""
    reasons = [
        f"the {fact.kind} {sentence[fact.start : fact.end]!r} is nowhere in the sources"
        for fact in facts(sentence)
        if fact.kind != "negation" and not read.holds(fact)
    ]
    if evidence["conflicting_counts"] and not reasons:
        reasons.append("the sources have another number of the same")
    for kind in ("number", "name"):
        if evidence[f"{kind}s_in_other_windows"] > _APART:
            reasons.append(f"the sources have a {kind} of it only where they speak of something else")
    if evidence["has_negation"] and not reasons:
        reasons.append("it denies something that the sources do not seem to deny")
    elif not reasons and (evidence["negation_conflict"] > _APART or evidence["similarity_gain_of_flip"] > 0):
        reasons.append("the sources seem to deny it")
    return tuple(reasons) or ("the sources do not support it",)


@lru_cache(maxsize=1)
def _weights() -> dict[str, Any]:
    settings = json.loads((shipped("checker") / "config.json").read_text("utf-8"))
    weights: dict[str, Any] = settings["ragzip"]["doubt"]
    return weights | {way: {FORMER_NAMES.get(name, name): weights[way][name] for name in weights[way]} for way in WAYS}
