"""What speaks for a sentence: the pruner's reading, wording, meaning, links between documents, what refers to it, a
second hop.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.compressors.extractive.bm25 import bm25, index_terms
from ragzip.compressors.extractive.links import links
from ragzip.process import deadline
from ragzip.text.scores import sigmoid
from ragzip.text.titles import titled

if TYPE_CHECKING:
    from ragzip.backends.protocols import PassageScorer, PassageScores, TextEmbedder
    from ragzip.compressors.extractive.family import Passage, Scores

__all__ = ["ANSWERED", "Evidence", "answer_evidence", "collect", "names", "variant"]

_NO_SENTENCE = -20.0  # a logit next to impossible
_PRONOUN = re.compile(r"(?:He|She|It|They|His|Her|Its|Their|This|These|That|Those|Such|There)\b")


class Evidence(NamedTuple):
    """``values`` are those of :func:`names` for each sentence. *Shape:* (all sentences, kinds). ``read`` is the first
    reading of each passage.
    """

    values: npt.NDArray[np.float64]
    read: list[PassageScores]


def names(*, hops: int, similarity: bool) -> tuple[str, ...]:
    """The kinds of evidence, in the order of the columns."""
    evidence_names = ["logit", "wording", "linked", "naming", "referred", "referring"]
    return (*evidence_names, *(["similarity"] if similarity else []), *(["hop"] if hops > 1 else []))


ANSWERED = "answered"  # the name of the weights of :func:`answer_evidence`, with "+similarity" where that counts


def answer_evidence(evidence: Evidence, passages: Sequence[Passage], *, similarity: bool) -> npt.NDArray[np.float64]:
    """What speaks for an answer in each passage: its relevance, its best sentence and, if it counts, its greatest
    similarity. *Shape:* (passages, 2 or 3).
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


def collect(
    query: str, passages: Sequence[Passage], scorer: PassageScorer, embedder: TextEmbedder | None, hops: int
) -> Evidence:
    """All evidence for the sentences of ``passages``.

    The second hop reads all passages again, with the best sentence of the first one behind the query: a document that
    shares no word with the query may share many with that sentence. With one passage there is nothing to go on to, and
    after the deadline of a call no time for it.
    """
    titled_texts = [(passage.title, passage.text) for passage in passages]
    read_passages = scorer.score_passages(query, titled_texts)
    logits = [
        passage_scores.sentence_scores(passage.spans)
        for passage_scores, passage in zip(read_passages, passages, strict=True)
    ]
    all_logits = np.concatenate(logits)
    relevance = sigmoid(np.array([passage_scores.relevance for passage_scores in read_passages])).tolist()
    all_sentences = [sentence for passage in passages for sentence in passage.sentences]
    titled_terms = [
        index_terms(context) + index_terms(sentence)
        for passage in passages
        for context, sentence in zip(passage.contexts, passage.sentences, strict=True)
    ]
    wording = bm25(Counter(index_terms(query)), titled_terms)
    passage_links = links(passages, [sigmoid(sentence_logits) for sentence_logits in logits], relevance)
    columns = [
        all_logits,
        wording / max(float(wording.max(initial=0.0)), 1e-9),
        passage_links.linked,
        passage_links.naming,
    ]
    columns += _references(passages, logits)
    if embedder is not None:
        titled_sentences = [
            titled(context, sentence)
            for passage in passages
            for context, sentence in zip(passage.contexts, passage.sentences, strict=True)
        ]
        vectors = embedder.embed([*titled_sentences, query])
        columns.append(10 * (vectors[:-1] @ vectors[-1]).astype(np.float64))
    if hops > 1:
        columns.append(all_logits)
        if len(passages) > 1 and len(all_logits) and not deadline.is_over():
            read_again = scorer.score_passages(f"{query} {all_sentences[int(all_logits.argmax())]}", titled_texts)
            second_logits = [
                passage_scores.sentence_scores(read_passage.spans)
                for passage_scores, read_passage in zip(read_again, passages, strict=True)
            ]
            columns[-1] = np.concatenate(second_logits)
    return Evidence(np.column_stack(columns), read_passages)


def _references(passages: Sequence[Passage], logits: Sequence[Scores]) -> list[Scores]:
    """For a sentence that the next one goes on with a pronoun, what the next one is worth (0 to 1); and for the next
    one, what this one is worth. *Shapes:* (all sentences,) each.
    """
    referred, referring = [], []
    for passage, sentence_logits in zip(passages, logits, strict=True):
        probabilities = sigmoid(sentence_logits)
        begins_with_pronoun = np.array([bool(_PRONOUN.match(sentence)) for sentence in passage.sentences], bool)
        begins_with_pronoun[:1] = False
        referring.append(np.where(begins_with_pronoun, np.roll(probabilities, 1), 0.0))
        referred.append(np.roll(np.where(begins_with_pronoun, probabilities, 0.0), -1))
    return [np.concatenate(referred), np.concatenate(referring)]
