"""The sentences that repeat the statement of a better one.

A repeat has the same words in the same order, in the same place. Whatever two statements differ in may be what they
say: a number, a name, who does what to whom, a negation, "adults" and "children". No list of such words is complete, in
no language, and vectors of opposite statements are alike; so nothing but equal wording counts. To keep a paraphrase
costs tokens, to drop a contradiction costs the truth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ragzip.text.references.sentences import refers_back
from ragzip.text.words import normalised

__all__ = ["bare_words", "repeats"]

_MARKS = '.,;:!…。、，；：！*_`"“”„«»'  # at the ends of a word they say nothing; "?", "-", "<", "$" and "#" of C# do
_HEADING_MARK = "#"  # before a word
_BULLETS = frozenset(["-", "+", "•", "–", "—"])
_LEADING_WORDS = 4  # words: a number among them may stand at the end as well: "In 1911 it was opened"
_SHORTEST = 7  # words that say of what they speak: "Yes." and "Delivery takes three weeks." do not
_SHORTEST_CHARACTERS = 36  # the same in scripts without blanks


class _Passage(Protocol):
    @property
    def title(self) -> str | None: ...

    @property
    def sentences(self) -> tuple[str, ...]: ...

    @property
    def headings(self) -> tuple[str, ...]: ...


def repeats(
    passages: Sequence[_Passage], order: npt.NDArray[np.intp], *, titles_are_written: bool = True
) -> npt.NDArray[np.bool_]:
    """A mask of the sentences that repeat the statement of a better one: in the same words, under the same title and
    heading, and, where they may refer to it, after the same statement, as a number in a column does to those above.
    *Shape:* (n,).

    A heading that is the document's title repeats it, where that is written above the document. ``order`` lists all
    sentences, best first.
    """
    statement_numbers: dict[tuple[object, ...], int] = {}
    wordings = [[bare_words(sentence) for sentence in passage.sentences] for passage in passages]
    statements = [
        statement_number
        for passage, sentence_wordings in zip(passages, wordings, strict=True)
        for statement_number in _statements(passage, sentence_wordings, statement_numbers)
    ]
    title_wordings = {bare_words(passage.title) for passage in passages if titles_are_written and passage.title}
    repeated = np.array(
        [wording in title_wordings for sentence_wordings in wordings for wording in sentence_wordings], bool
    )
    seen_statements: set[int] = set()
    for sentence_number in order.tolist():
        repeated[sentence_number] |= statements[sentence_number] in seen_statements
        seen_statements.add(statements[sentence_number])
    return repeated


def _statements(
    passage: _Passage, wordings: Sequence[tuple[str, ...]], numbers: dict[tuple[object, ...], int]
) -> Iterator[int]:
    """The number of the statement of each sentence: equal numbers are equal statements. New statements are added to
    ``numbers``.

    :param wordings: those of the sentences.
    """
    title = bare_words(passage.title or "")
    number_before: int | None = None
    last_heading, heading_wording = "", bare_words("")
    for wording, heading in zip(wordings, passage.headings or ("",) * len(wordings), strict=True):
        if heading != last_heading:
            last_heading, heading_wording = heading, bare_words(heading)
        context = number_before if _refers(wording) else None
        number_before = numbers.setdefault((title, heading_wording, context, _number_last(wording)), len(numbers))
        yield number_before


def _refers(words: Sequence[str]) -> bool:
    """Whether a sentence may refer to the subject of the sentence before."""
    return refers_back(words[0] if words else "") or (
        len(words) < _SHORTEST and sum(map(len, words)) < _SHORTEST_CHARACTERS
    )


def bare_words(text: str) -> tuple[str, ...]:
    """The normalised words of a text in order, without the marks around them."""
    words = [stripped for word in normalised(text).split() if (stripped := word.lstrip(_HEADING_MARK).strip(_MARKS))]
    return tuple(words[1:] if words and words[0] in _BULLETS else words)


def _number_last(words: tuple[str, ...]) -> tuple[str, ...]:
    """``words``, with a phrase with a number that stands first at the end."""
    words_to_number = max(
        (word_number for word_number, word in enumerate(words[:_LEADING_WORDS], 1) if any(map(str.isdigit, word))),
        default=0,
    )
    return words[words_to_number:] + words[:words_to_number]
