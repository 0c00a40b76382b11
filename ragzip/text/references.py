"""Sentences that speak of what the sentence before speaks of: "He died in London."."""

from __future__ import annotations

import re

from ragzip.text.words import normalised

__all__ = ["refers_back"]

_REFERRING = frozenset(
    re.findall(
        r"\w+",
        """
    it he she they this that these those its his her their there such both
    er sie es dies diese dieser dieses sein seine ihr ihre dort
    il elle ils elles ce cela ceci cette ces son sa ses leur
    él ella ellos ellas este esta esto ese esa eso su sus
    lui lei loro esso essa questo questa quello quella suo sua
    ele ela eles elas isto isso esse essa seu sua
    hij zij ze het dit dat deze die zijn haar hun
    он она оно они это его её их
    """,
    )
)
_REFERRING_UNSPACED = (*tuple("它他她这這那其此"), "これ", "それ", "あれ", "彼", "この", "その")
_FIRST_WORD = re.compile(r"\W*(\w+)")
_MAX_CHARACTERS_BEFORE = 40


def refers_back(text: str) -> bool:
    """Whether ``text`` begins with a pronoun, in one of nine languages."""
    first_word = _FIRST_WORD.match(text[:_MAX_CHARACTERS_BEFORE])
    if first_word is None:
        return False
    word = normalised(first_word.group(1))
    return word in _REFERRING or word.startswith(_REFERRING_UNSPACED)
