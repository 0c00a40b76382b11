"""Links between the documents of a call: a good sentence of one names another.

Questions that need two documents ("in which city is the university that Toad Hall belongs to?") share words with the
first only; what leads to the second is its title, in a sentence of the first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ragzip.text.patterns import NAME_PARTICLES
from ragzip.text.words import normalised

if TYPE_CHECKING:
    from ragzip.compressors.extractive.family import Passage, Scores

__all__ = ["Links", "links"]

_WORD = re.compile(r"\w+")
_SUBJECT = re.compile(rf"(?:The |An? )?([A-Z][\w’'-]*(?: (?:(?:{NAME_PARTICLES}) )?[A-Z][\w’'-]*)*)")
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
    sizes = [len(passage.sentences) for passage in passages]
    linked, naming = np.zeros(sum(sizes)), np.zeros(sum(sizes))
    names = [_name(passage) for passage in passages]
    if len(passages) < 2 or len(passages) * sum(sizes) > _MOST:
        return Links(linked, naming)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    for i, passage in enumerate(passages):
        for at, sentence in enumerate(passage.sentences):
            read = _bare(sentence)
            for j, name in enumerate(names):
                if j == i or not name or name == names[i] or name not in read:
                    continue
                place = int(starts[i]) + at
                naming[place] = max(naming[place], relevance[j])
                mine = slice(int(starts[j]), int(starts[j + 1]))
                linked[mine] = np.maximum(linked[mine], scores[i][at])
    return Links(linked, naming)


def _name(passage: Passage) -> str:
    title = passage.title
    if title is None and passage.sentences and (found := _SUBJECT.match(passage.sentences[0])):
        title = found.group(1)
    bare = _bare(_without_aside(title or ""))
    return bare if len(bare) - 2 >= _SHORTEST else ""


def _without_aside(title: str) -> str:
    """``title`` without the brackets that it ends with, as in "Mercury (planet)"."""
    title = title.rstrip()
    opened = title.find("(", title.rfind(")", 0, len(title) - 1) + 1) if title.endswith(")") else -1
    return title[:opened] if opened >= 0 else title


def _bare(text: str) -> str:
    """Normalised words with one blank around each."""
    return f" {' '.join(_WORD.findall(normalised(text)))} "
