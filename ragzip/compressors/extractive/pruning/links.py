"""Links between the documents of a call: a good sentence of one names another.

Questions that need two documents ("in which city is the university that Toad Hall belongs to?") share words with the
first only; what leads to the second is its title, in a sentence of the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import NAME_PARTICLES
from ragzip.text.words import normalised

if TYPE_CHECKING:
    from ragzip.compressors.extractive.texts.passages import Passage
    from ragzip.text.scores import Scores

__all__ = ["Links", "links"]

_WORD = pattern_of(r"\w+")
_SUBJECT = pattern_of(rf"(?:The |An? )?([A-Z][\w’'-]*(?: (?:(?:{NAME_PARTICLES}) )?[A-Z][\w’'-]*)*)")
_SHORTEST = 4  # characters of a name
_MOST = 2_000_000  # pairs of passage and sentence that are looked at


class Links(NamedTuple):
    """For each sentence, in order: the best score (0 to 1) of a sentence of another document that names this one's
    document (``linked``), and the relevance (0 to 1) of the best other document that it names itself (``naming``).
    """

    linked: Scores
    naming: Scores


def links(passages: Sequence[Passage], scores: Sequence[Scores], relevance: Sequence[float]) -> Links:
    """Follow the names of documents: their titles, or without one what their first sentence begins with.

    :param scores: of each passage's sentences, 0 to 1.
    :param relevance: of each passage, 0 to 1.
    """
    sentence_counts = [len(passage.sentences) for passage in passages]
    linked, naming = np.zeros(sum(sentence_counts)), np.zeros(sum(sentence_counts))
    passage_names = [_name(passage) for passage in passages]
    if len(passages) < 2 or len(passages) * sum(sentence_counts) > _MOST:
        return Links(linked, naming)
    first_sentences = np.concatenate([[0], np.cumsum(sentence_counts)])
    for passage_number, passage in enumerate(passages):
        for sentence_number, sentence in enumerate(passage.sentences):
            bare_sentence = _bare(sentence)
            for other_number, other_name in enumerate(passage_names):
                if (
                    other_number == passage_number
                    or not other_name
                    or other_name == passage_names[passage_number]
                    or other_name not in bare_sentence
                ):
                    continue
                sentence_place = int(first_sentences[passage_number]) + sentence_number
                naming[sentence_place] = max(naming[sentence_place], relevance[other_number])
                other_sentences = slice(int(first_sentences[other_number]), int(first_sentences[other_number + 1]))
                linked[other_sentences] = np.maximum(linked[other_sentences], scores[passage_number][sentence_number])
    return Links(linked, naming)


def _name(passage: Passage) -> str:
    passage_title = passage.title
    if passage_title is None and passage.sentences and (subject_match := _SUBJECT.match(passage.sentences[0])):
        passage_title = subject_match.group(1)
    bare_name = _bare(_without_aside(passage_title or ""))
    return bare_name if len(bare_name) - 2 >= _SHORTEST else ""


def _without_aside(title: str) -> str:
    """``title`` without the brackets that it ends with, as in "Mercury (planet)"."""
    title = title.rstrip()
    opened = title.find("(", title.rfind(")", 0, len(title) - 1) + 1) if title.endswith(")") else -1
    return title[:opened] if opened >= 0 else title


def _bare(text: str) -> str:
    """Normalised words with one blank around each."""
    return f" {' '.join(_WORD.findall(normalised(text)))} "
