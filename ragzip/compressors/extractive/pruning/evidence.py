"""Evidence for each sentence: the pruner's reading, wording, meaning, links between documents, references to it, a
second hop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from ragzip.compressors.extractive.bm25 import bm25, index_terms
from ragzip.compressors.extractive.pruning.links import links
from ragzip.process import deadline
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.scores import sigmoid
from ragzip.text.titles import titled

if TYPE_CHECKING:
    from ragzip.backends.protocols import PassageScorer, PassageScores, TextEmbedder
    from ragzip.compressors.extractive.texts.passages import Passage
    from ragzip.text.scores import Scores

__all__ = [
    "LEAST_SURE",
    "LEAST_SURE_OF_SEVERAL",
    "MOST_COMPARED_CHARS",
    "UNSURE",
    "UNSURE_KINDS",
    "Evidence",
    "Weights",
    "answer_evidence",
    "answered_variant",
    "collect",
    "compared_wholly",
    "names",
    "variant",
]

UNSURE = "unsure"  # the name of the weights of :data:`UNSURE_KINDS`
UNSURE_KINDS = ("logit", "wording", "linked", "similarity")
LEAST_SURE = 0.15  # the best probability of a call below which these weights decide,
LEAST_SURE_OF_SEVERAL = 0.05  # and of one with several passages, where links and a second hop count
MOST_COMPARED_CHARS = 20_000  # of all sentences or blocks, by meaning, where the reading is not sure of any

_READ_AGAIN_SHARE = 0.25  # of the characters of all passages, for the second hop
_COMPARED_SHARE = 0.11  # of the characters of all sentences, by meaning
_COMPARED_SHARE_OF_ONE = _COMPARED_SHARE + _READ_AGAIN_SHARE  # of one passage, which has no second hop
_MIN_CHARS = 1000  # that are compared, or read again, of a context of any length
_MAX_SHARE_OF_BEST = 0.35  # of the best passage or sentence, which is more than its share where there are few
_LOW_RELEVANCE = -6.0  # a logit below which passages are alike
_USUAL_SIMILARITY = 3.0  # of a sentence that is not about the query, times ten
_NO_SENTENCE = -20.0  # a logit next to impossible
_PRONOUN = pattern_of(r"(?:He|She|It|They|His|Her|Its|Their|This|These|That|Those|Such|There)\b")


class Evidence(NamedTuple):
    """The evidence: ``values`` of :func:`names` for each sentence. *Shape:* (all sentences, kinds). ``read`` is the
    first reading of each passage, ``worth`` the priority of each sentence for the comparison by meaning. *Shape:* (all
    sentences,).
    """

    values: npt.NDArray[np.float64]
    read: list[PassageScores]
    worth: npt.NDArray[np.float64]


class Weights(NamedTuple):
    """The weight of each column of evidence in the probability that a query needs something, and the bias."""

    by_column: npt.NDArray[np.float64]
    bias: float

    @classmethod
    def of(cls, weights: Mapping[str, float], kinds: Iterable[str]) -> Self:
        """The weights for columns of ``kinds`` from ``weights``, a mapping by name in a model's config; 0 for kinds
        that it does not have.
        """
        return cls(np.array([weights.get(kind, 0.0) for kind in kinds]), weights["bias"])

    def probabilities(self, values: npt.NDArray[np.float64]) -> Scores:
        """*Shape:* (n, kinds) to (n,)."""
        return sigmoid(values @ self.by_column + self.bias)


def names(*, hops: int, similarity: bool) -> tuple[str, ...]:
    """The kinds of evidence, in the order of the columns."""
    evidence_names = ["logit", "wording", "linked", "naming", "referred", "referring"]
    return (*evidence_names, *(["similarity"] if similarity else []), *(["hop"] if hops > 1 else []))


def answer_evidence(evidence: Evidence, passages: Sequence[Passage], *, similarity: bool) -> npt.NDArray[np.float64]:
    """The evidence that each passage has an answer: its relevance, its best sentence and, with ``similarity``, its
    greatest similarity. *Shape:* (passages, 2 or 3).
    """
    kinds = names(hops=1, similarity=similarity)
    columns = [kinds.index("logit"), *([kinds.index("similarity")] if similarity else [])]
    ends = np.cumsum([len(passage.spans) for passage in passages])[:-1]
    best_values = [
        values[:, columns].max(axis=0) if len(values) else np.full(len(columns), _NO_SENTENCE)
        for values in np.split(evidence.values, ends)
    ]
    relevances = np.maximum([scores.relevance for scores in evidence.read], _NO_SENTENCE)
    return np.column_stack([relevances, np.array(best_values).reshape(len(passages), len(columns))])


def variant(*, hops: int, similarity: bool, several: bool = False) -> str:
    """The name of the weights that belong to :func:`names`; ``several``: for calls with more than one passage."""
    return f"{hops}{'+similarity' if similarity else ''}{', several' if several else ''}"


def answered_variant(*, similarity: bool) -> str:
    """The name of the weights that belong to :func:`answer_evidence`."""
    return f"answered{'+similarity' if similarity else ''}"


def collect(
    query: str, passages: Sequence[Passage], scorer: PassageScorer, embedder: TextEmbedder | None, hops: int
) -> Evidence:
    """All evidence for the sentences of ``passages``, at some 1.4 times the cost of one reading where they are long.

    One reading of everything says where more can matter. Only the sentences that it and their wording speak for are
    compared with the query by meaning, 11% of the text (36% of a single passage); the others are as similar as
    the least similar of them, at most. The second hop reads a quarter again, with the best sentence of the first
    reading after the query: a document that shares no word with the query may share many with that sentence. With one
    passage there is nothing to go on to, and after the deadline of a call no time for it. A thousand characters are
    compared, and as many read again, in any case: short contexts as a whole.

    Where all of it together speaks for no sentence (:data:`LEAST_SURE`), everything is compared
    (:func:`compared_wholly`), and other weights decide, for which meaning counts most: a model trained on questions
    about paragraphs of prose hardly tells one entry of an FAQ or a list from the next where the query is worded
    otherwise, and an embedder does.
    """
    titled_texts = [(passage.title, passage.text) for passage in passages]
    read_passages = scorer.score_passages(query, titled_texts)
    logits = [
        passage_scores.sentence_scores(passage.spans)
        for passage_scores, passage in zip(read_passages, passages, strict=True)
    ]
    all_logits = np.concatenate(logits)
    relevance_logits = np.array([passage_scores.relevance for passage_scores in read_passages])
    relevance = sigmoid(relevance_logits)
    titled_terms = [
        index_terms(context) + index_terms(sentence)
        for passage in passages
        for context, sentence in zip(passage.contexts, passage.sentences, strict=True)
    ]
    # function words too, here and in the second hop: without them HotpotQA and MuSiQue lose a point, and none gains
    wording = bm25(Counter(index_terms(query)), titled_terms)
    wording_shares = wording / max(float(wording.max(initial=0.0)), 1e-9)
    passage_links = links(passages, [sigmoid(sentence_logits) for sentence_logits in logits], relevance.tolist())
    columns = [all_logits, wording_shares, passage_links.linked, passage_links.naming, *_references(passages, logits)]
    relevance_of_sentences = np.repeat(
        np.maximum(relevance_logits, _LOW_RELEVANCE), [len(passage.spans) for passage in passages]
    )
    # on the scale of the logits; chosen, with those of the second hop, on development questions
    worth = 0.5 * all_logits + 3 * wording_shares + 3 * passage_links.linked + 0.15 * relevance_of_sentences
    if embedder is not None:
        share = _COMPARED_SHARE if len(passages) > 1 else _COMPARED_SHARE_OF_ONE
        columns.append(_similarities(query, passages, embedder, worth, share))
    if hops > 1:
        hop_logits = list(logits)
        if len(passages) > 1 and len(all_logits) and not deadline.is_over():
            sentence, numbers = _second_hop(passages, logits, relevance, passage_links.linked)
            read_again = scorer.score_passages(f"{query} {sentence}", [titled_texts[number] for number in numbers])
            for number, passage_scores in zip(numbers, read_again, strict=True):
                hop_logits[number] = passage_scores.sentence_scores(passages[number].spans)
        columns.append(np.concatenate(hop_logits))
    return Evidence(np.column_stack(columns), read_passages, worth)


def compared_wholly(query: str, passages: Sequence[Passage], evidence: Evidence, embedder: TextEmbedder) -> Evidence:
    """``evidence``, with the similarity of all sentences to the query, or of what is worth most of a long context."""
    total_chars = sum(end - start for passage in passages for start, end in passage.spans)
    if total_chars <= _MIN_CHARS:
        return evidence
    values = evidence.values.copy()
    share = min(1.0, MOST_COMPARED_CHARS / total_chars)
    column = names(hops=1, similarity=True).index("similarity")
    values[:, column] = _similarities(query, passages, embedder, evidence.worth, share)
    return evidence._replace(values=values)


def _similarities(
    query: str, passages: Sequence[Passage], embedder: TextEmbedder, worth: Scores, share: float
) -> Scores:
    """Ten times the similarity of each sentence to the query, of those that are worth most, ``share`` of the text; the
    others have the least of these. *Shape:* (all sentences,) both.
    """
    titled_sentences = [
        titled(context, sentence)
        for passage in passages
        for context, sentence in zip(passage.contexts, passage.sentences, strict=True)
    ]
    compared = _share_of(worth, [len(sentence) for sentence in titled_sentences], share)
    vectors = embedder.embed([*(titled_sentences[number] for number in compared), query])
    similarities = 10 * (vectors[:-1] @ vectors[-1]).astype(np.float64)
    all_similarities = np.full(len(worth), float(similarities.min(initial=_USUAL_SIMILARITY)))
    all_similarities[compared] = similarities
    return all_similarities


def _second_hop(
    passages: Sequence[Passage], logits: Sequence[Scores], relevance: npt.NDArray[np.float64], linked: Scores
) -> tuple[str, list[int]]:
    """The best sentence, and the numbers of the passages in which a reading with it can change the choice: those that
    are relevant, that the first reading leads to by a name, or that share words with it; not its own and its copies.
    """
    best_logits = np.array([values.max(initial=_NO_SENTENCE) for values in logits])
    best_passage = passages[best_number := int(best_logits.argmax())]
    sentence = best_passage.sentences[int(logits[best_number].argmax())]
    shared = bm25(
        Counter(index_terms(sentence)),
        [index_terms(passage.title or "") + index_terms(passage.text) for passage in passages],
    )
    is_copy = np.array([passage.text == best_passage.text for passage in passages])
    shared[is_copy] = 0.0
    ends = np.cumsum([len(values) for values in logits])[:-1]
    best_linked = np.array([values.max(initial=0.0) for values in np.split(linked, ends)])
    worth = relevance + 2 * best_linked + 0.5 * shared / max(float(shared.max(initial=0.0)), 1e-9) + 0.2 * best_logits
    lengths = [len(passage.text) for passage in passages]
    if sum(lengths) > _MIN_CHARS:
        worth[is_copy] = -np.inf
    return sentence, _share_of(worth, lengths, _READ_AGAIN_SHARE)


def _share_of(worth: npt.NDArray[np.float64], sizes: Sequence[int], share: float) -> list[int]:
    """The numbers of the items that are worth most, in order, as many as ``share`` of all characters holds, or
    :data:`_MIN_CHARS`; the best one also where it is a little larger.

    :param sizes: of the items, in characters.
    """
    total = sum(sizes)
    free_chars = max(share * total, _MIN_CHARS)
    chosen: list[int] = []
    for number in np.argsort(-worth, kind="stable").tolist():
        fits = sizes[number] <= free_chars or (not chosen and sizes[number] <= _MAX_SHARE_OF_BEST * total)
        if worth[number] > -np.inf and fits:
            chosen.append(number)
            free_chars -= sizes[number]
    return sorted(chosen)


def _references(passages: Sequence[Passage], logits: Sequence[Scores]) -> list[Scores]:
    """The evidence of pronouns, as probabilities: of a sentence that the next one refers to with a pronoun, the
    probability of the next one; and of the next one, that of the sentence before it. *Shapes:* (all sentences,) each.
    """
    referred, referring = [], []
    for passage, sentence_logits in zip(passages, logits, strict=True):
        probabilities = sigmoid(sentence_logits)
        begins_with_pronoun = np.array([bool(_PRONOUN.match(sentence)) for sentence in passage.sentences], bool)
        begins_with_pronoun[:1] = False
        referring.append(np.where(begins_with_pronoun, np.roll(probabilities, 1), 0.0))
        referred.append(np.roll(np.where(begins_with_pronoun, probabilities, 0.0), -1))
    return [np.concatenate(referred), np.concatenate(referring)]
