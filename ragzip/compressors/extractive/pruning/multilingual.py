"""Sentences in languages that the English pruner does not read: the multilingual one, or wording and meaning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final
from unicodedata import combining, normalize

import numpy as np
import numpy.typing as npt

from ragzip.backends.cached import CachedEmbedder, CachedPassageScorer
from ragzip.backends.load import load_embedder, load_pruner
from ragzip.backends.runtimes.onnx import files_digest, weights_beside
from ragzip.compressors.extractive.bm25 import bm25, index_terms
from ragzip.compressors.extractive.family import Analysis
from ragzip.compressors.extractive.joined_scores import with_records
from ragzip.models import MULTILINGUAL, is_installed, shipped
from ragzip.text.scores import sigmoid
from ragzip.text.titles import titled

if TYPE_CHECKING:
    from ragzip.compressors.extractive.texts.passages import Passage
    from ragzip.text.scores import Scores

__all__ = [
    "MULTILINGUAL_IF_INSTALLED",
    "WEIGHTS",
    "in_any_language",
    "language_evidence",
    "multilingual_embedder",
    "multilingual_reader",
    "variant_of",
]

_LEAST_NORM = 1e-9
_NOT_RELEVANT = -20.0  # a logit, of a passage without a token
_STEM_LETTERS = 4  # best of 4, 5 and 6 on training questions in ar, he, ru, fr, tr
_CUT = "~"  # tells first letters from a word
_FIRST_WITHOUT_BLANKS = "\u0e00"  # Thai; Latin, Greek, Cyrillic, Hebrew, Arabic and the scripts of India come before

# By python -m ragzip.training.languages, on 240 training questions in ten languages; those of the pruner, which has
# seen these, on 288 development questions in eight (--files jaquad drcd norquad tquad iapp-thai arcd squad2-fi afriqa
# persianqa).
WEIGHTS: Final[Mapping[str, Mapping[str, float]]] = {
    "wording": {
        "wording": 1.494,
        "neighbour_wording": 0.308,
        "passage_wording": 2.442,
        "coverage": 7.838,
        "bias": -8.088,
    },
    "meaning": {
        "similarity": 3.424,
        "neighbour_similarity": 1.005,
        "passage_similarity": -0.688,
        "coverage": 3.681,
        "passage_wording": 1.441,
        "bias": -7.251,
    },
    "reading": {
        "reading": 0.593,
        "relevance": 0.205,
        "wording": 1.037,
        "neighbour_wording": 0.514,
        "passage_wording": 1.211,
        "coverage": 0.423,
        "bias": -2.924,
    },
}
_USUAL_SENTENCES = 72  # of a call, when the weights were fitted: among fewer, each is likelier the right one


class _IfInstalled:
    """The multilingual models as something that an output depends on, without loading them."""

    @property
    def fingerprint(self) -> str:
        """A digest of their files; "" where they are not installed."""
        if not is_installed(MULTILINGUAL):
            return ""
        folder = shipped(MULTILINGUAL)
        graph = folder / "model.onnx"  # which names that of the embedder, whose weights it shares
        files = (graph, folder / "tokenizer.json", folder / "config.json", *weights_beside(graph))
        return f"{MULTILINGUAL}:{files_digest(*files)}"


MULTILINGUAL_IF_INSTALLED: Final = _IfInstalled()


def multilingual_embedder() -> CachedEmbedder | None:
    """The embedder of ``ragzip[multilingual]``; None where it is not installed."""
    return CachedEmbedder(load_embedder(MULTILINGUAL, None)) if is_installed(MULTILINGUAL) else None


def multilingual_reader() -> CachedPassageScorer | None:
    """The pruner of ``ragzip[multilingual]``; None where it is not installed."""
    return CachedPassageScorer(load_pruner(MULTILINGUAL)[0]) if is_installed(MULTILINGUAL) else None


def in_any_language(
    query: str, passages: Sequence[Passage], model: CachedEmbedder | CachedPassageScorer | None
) -> Analysis:
    """The probability that the query needs each sentence, by wording and, with ``model``, by meaning or by what it
    reads; of records, by their own wording, too.

    By wording alone it is never sure that nothing answers: an answer may be worded otherwise, or in another language.
    """
    evidence = language_evidence(query, passages, model)
    weights = WEIGHTS[variant_of(model)]
    logits = sum((evidence[kind] * weight for kind, weight in weights.items() if kind != "bias"), weights["bias"])
    if not isinstance(model, CachedPassageScorer):  # the other kinds of evidence say what is best of a call
        logits = logits + _likelier(sum(len(passage.spans) for passage in passages))
    probabilities = with_records(query, sigmoid(np.asarray(logits, np.float64)), passages)
    scores = np.split(probabilities, np.cumsum([len(passage.spans) for passage in passages])[:-1])
    return Analysis(scores, nothing_answers=False if model is None else None)


def variant_of(model: CachedEmbedder | CachedPassageScorer | None) -> str:
    """The name in :data:`WEIGHTS` of the evidence that there is with ``model``."""
    if model is None:
        return "wording"
    return "meaning" if isinstance(model, CachedEmbedder) else "reading"


def _likelier(sentence_count: int) -> float:
    """The amount that is added to the log-odds of each sentence where there are only a few."""
    return max(0.0, float(np.log(_USUAL_SENTENCES / max(1, sentence_count))))


def language_evidence(
    query: str, passages: Sequence[Passage], model: CachedEmbedder | CachedPassageScorer | None
) -> dict[str, Scores]:
    """The evidence for each sentence, by the names in :data:`WEIGHTS`. *Shape:* (all sentences,) each.

    Wording is a share of the best sentence's or passage's; coverage is the share of the query's terms, by rarity, that
    a sentence has. Similarities are ten times the distance of a cosine from the mean of the call: those of E5 lie
    close together, at another height in each language. That of a passage is of the mean of its sentences. What a pruner
    says of a sentence or a passage is a logit.
    """
    counts = np.array([len(passage.spans) for passage in passages], np.int64)
    evidence = _wording(query, passages, counts)
    if isinstance(model, CachedEmbedder):
        evidence |= _similarities(query, passages, model, counts)
    elif model is not None:
        evidence |= _reading(query, passages, model, counts)
    return evidence


def _reading(
    query: str, passages: Sequence[Passage], reader: CachedPassageScorer, counts: npt.NDArray[np.int64]
) -> dict[str, Scores]:
    read_passages = reader.score_passages(query, [(passage.title, passage.text) for passage in passages])
    logits = [scores.sentence_scores(passage.spans) for scores, passage in zip(read_passages, passages, strict=True)]
    relevances = np.maximum([scores.relevance for scores in read_passages], _NOT_RELEVANT)
    return {"reading": np.concatenate(logits), "relevance": np.repeat(relevances, counts)}


def _wording(query: str, passages: Sequence[Passage], counts: npt.NDArray[np.int64]) -> dict[str, Scores]:
    query_terms = Counter(_inflected_terms(query))
    context_terms = [[_inflected_terms(context) for context in passage.contexts] for passage in passages]
    texts_by_passage = [[_inflected_terms(sentence) for sentence in passage.sentences] for passage in passages]
    sentence_terms = [
        context + sentence
        for contexts, sentences in zip(context_terms, texts_by_passage, strict=True)
        for context, sentence in zip(contexts, sentences, strict=True)
    ]
    passage_terms = [
        [*_inflected_terms(passage.title or ""), *chain.from_iterable(sentences)]
        for passage, sentences in zip(passages, texts_by_passage, strict=True)
    ]
    shares = _shares_of_best(bm25(query_terms, sentence_terms))
    passage_shares = _shares_of_best(bm25(query_terms, passage_terms))
    return {
        "wording": shares,
        "neighbour_wording": _best_neighbours(shares, counts),
        "passage_wording": np.repeat(passage_shares, counts),
        "coverage": _coverage(query_terms, sentence_terms),
    }


def _inflected_terms(text: str) -> tuple[str, ...]:
    """The index terms of ``text``; of a longer word of a script with blanks its first letters too, without accents, so
    that its inflected forms meet (truncation, McNamee and Mayfield 2004).
    """
    terms = index_terms(text)
    return (*terms, *(f"{_plain(term)[:_STEM_LETTERS]}{_CUT}" for term in terms if _is_inflected(term)))


def _is_inflected(term: str) -> bool:
    return len(term) > _STEM_LETTERS and term < _FIRST_WITHOUT_BLANKS and term.isalpha()


def _plain(term: str) -> str:
    """``term`` without accents."""
    if term.isascii():
        return term
    return "".join(character for character in normalize("NFD", term) if not combining(character))


def _similarities(
    query: str, passages: Sequence[Passage], embedder: CachedEmbedder, counts: npt.NDArray[np.int64]
) -> dict[str, Scores]:
    titled_sentences = [
        titled(context, sentence)
        for passage in passages
        for context, sentence in zip(passage.contexts, passage.sentences, strict=True)
    ]
    vectors, query_vector = embedder.embed_with_query(titled_sentences, query)
    cosines = (vectors @ query_vector).astype(np.float64)
    passage_cosines = np.array(
        [
            float(passage_vectors.sum(0) @ query_vector)
            / max(float(np.linalg.norm(passage_vectors.sum(0))), _LEAST_NORM)
            for passage_vectors in np.split(vectors, np.cumsum(counts)[:-1])
        ]
    )
    mean = cosines.mean() if len(cosines) else 0.0
    return {
        "similarity": 10 * (cosines - mean),
        "neighbour_similarity": 10 * (_best_neighbours(cosines, counts) - mean),
        "passage_similarity": 10 * (np.repeat(passage_cosines, counts) - mean),
    }


def _shares_of_best(scores: Scores) -> Scores:
    return scores / max(float(scores.max(initial=0.0)), _LEAST_NORM)


def _best_neighbours(scores: Scores, counts: npt.NDArray[np.int64]) -> Scores:
    """The better score of the sentences before and after each one, in its passage; the lowest of all where there is
    none. *Shape:* (n,).
    """
    lowest = float(scores.min(initial=np.inf)) if len(scores) else 0.0
    best_scores = [
        np.maximum(np.concatenate([[lowest], own_scores[:-1]]), np.concatenate([own_scores[1:], [lowest]]))
        for own_scores in np.split(scores, np.cumsum(counts)[:-1])
        if len(own_scores)
    ]
    return np.concatenate(best_scores) if best_scores else np.zeros(0)


def _coverage(query: Counter[str], texts: Sequence[Sequence[str]]) -> Scores:
    """The share of the terms of ``query``, weighted by rarity, that each text has. *Shape:* (len(texts),)."""
    shared_terms = [query.keys() & set(text) for text in texts]
    frequencies = Counter(term for terms_of_text in shared_terms for term in terms_of_text)
    rarity = {
        term: float(np.log(1 + (len(texts) - frequencies[term] + 0.5) / (frequencies[term] + 0.5))) for term in query
    }
    total = max(sum(rarity.values()), _LEAST_NORM)
    return np.array([sum(rarity[term] for term in sorted(terms_of_text)) / total for terms_of_text in shared_terms])
