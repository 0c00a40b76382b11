"""The arrays of a packed file, made from labelled questions: each text, title and query is tokenised once.

========================  ==========================================================================================
``text.ids``              token ids of each text, ragged
``text.sentences``        first and last token (exclusive) of each of its sentences, ragged, (n, 2)
``text.ends``, ``.words`` where windows may be cut (:func:`ragzip.backends.windows.cut_at`): tokens that begin
                          a sentence, and one bit a token for those that begin a word; of texts that may be cut
``title.ids``             ragged; title 0 is none
``query.ids``             ragged; query 0 is none
``passage``               text and title of each passage, (n, 2)
``negatives``             similar passages that do not answer the questions of each passage, ragged
``question``              query of each question, and whether its passages answer it (1, 0, 2 for no label), (n, 2)
``altered``               similar queries that its passages do not answer, ragged
``link``                  the passages of each question, ragged
``link.flags``            of each: see :data:`KEEP` and so on
``link.keep``             its supporting sentences, ragged by link
``link.marked``           ranges of its kept words, in tokens, ragged by link, (n, 2)
``source``                the first question of each source, and their number at the end
========================  ==========================================================================================
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ragzip.backends.scorers.pairs import MAX_QUERY_TOKENS, MAX_TITLE_TOKENS
from ragzip.backends.windows import pair_specials, places, tokenize
from ragzip.training.data import LabelledPassage, Question
from ragzip.training.packed.draws import Draw
from ragzip.training.packed.format import Array, ragged, smallest

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = [
    "KEEP",
    "NO_ANSWER_LABEL",
    "RELEVANCE",
    "RELEVANT",
    "SHORTEST_CUT",
    "WORDS",
    "Group",
    "both_ends",
    "build",
    "identity",
]

KEEP, RELEVANCE, RELEVANT, WORDS = 1, 2, 4, 8  # sentences have labels; relevance has one; it is relevant; words have
NO_ANSWER_LABEL = 2
SHORTEST_CUT = 128  # tokens: no text of fewer is ever cut
_TEXTS_AT_ONCE = 512

Altered = Callable[[Question], Sequence[str]]


class Group(NamedTuple):
    """The questions of one source, and the settings of their draws.

    :param share: of the tokens, relative to those of the other groups.
    :param word_weight: of word labels; None: a little for those of relevant passages.
    :param altered: a function that gives similar queries that the passages of a question do not answer.
    :param answerable: whether the questions say that something answers them, or that nothing does.
    """

    name: str
    language: str
    questions: Sequence[Question]
    share: float
    draw: Draw
    word_weight: float | None = None
    altered: Altered | None = None
    answerable: bool = True


class _Pool:
    """Distinct values, by number."""

    def __init__(self, *first: Any) -> None:
        self.numbers: dict[Any, int] = {value: number for number, value in enumerate(first)}

    def __getitem__(self, value: Any) -> int:
        return self.numbers.setdefault(value, len(self.numbers))


def identity(tokenizer: Tokenizer) -> str:
    """A name of the tokenizer, by its vocabulary: data packed with one cannot be used with another."""
    pieces = sorted(tokenizer.get_vocab(with_added_tokens=True).items(), key=lambda item: (item[1], item[0]))
    return hashlib.sha256("\n".join(piece for piece, _ in pieces).encode()).hexdigest()[:32]


def build(groups: Sequence[Group], tokenizer: Tokenizer) -> tuple[dict[str, Array], dict[str, Any], list[str]]:
    """The arrays of ``groups`` without negatives, the description (specials, tokenizer, sources), and the text of each
    passage.
    """
    texts, titles, queries, passages = _Pool(), _Pool(""), _Pool(""), _Pool()
    questions: list[tuple[int, int]] = []
    altered: list[list[int]] = []
    links: list[list[int]] = []
    linked: list[LabelledPassage] = []
    for group in groups:
        for question in group.questions:
            label = _answerable(question) if group.answerable and question.query else NO_ANSWER_LABEL
            questions.append((queries[question.query], label))
            altered.append([queries[query] for query in (group.altered(question) if group.altered else ())])
            links.append(
                [passages[texts[passage.text, passage.sentences], titles[passage.title or ""]]
                 for passage in question.passages]
            )  # fmt: skip
            linked += question.passages
    passage = np.array(list(passages.numbers), np.int64).reshape(-1, 2)
    link_texts = [passage[number, 0] for numbers in links for number in numbers]
    counts = [len(group.questions) for group in groups]
    begin_ids, separator_ids, end_ids = pair_specials(tokenizer)
    arrays = {
        **_texts(list(texts.numbers), tokenizer, link_texts, linked),
        **ragged("title.ids", [ids[:MAX_TITLE_TOKENS] for ids in _ids(tokenizer, list(titles.numbers))]),
        **ragged("query.ids", [both_ends(ids) for ids in _ids(tokenizer, list(queries.numbers))]),
        "passage": smallest(passage),
        "question": smallest(np.array(questions, np.int64).reshape(-1, 2)),
        **ragged("altered", altered),
        **ragged("link", links),
        "link.flags": np.array([_flags(link_passage) for link_passage in linked], np.uint8),
        **ragged("link.keep", [np.flatnonzero(link_passage.keep) for link_passage in linked]),
        "source": np.cumsum([0, *counts]).astype(np.int64),
    }
    about = {
        "specials": [begin_ids, separator_ids, end_ids],
        "tokenizer": identity(tokenizer),
        "sources": [
            {"name": group.name, "language": group.language, "share": group.share, "word_weight": group.word_weight,
             "draw": vars(group.draw)}
            for group in groups
        ],
    }  # fmt: skip
    distinct_texts = [text_number for text_number, _ in texts.numbers]
    return arrays, about, [distinct_texts[text_number] for text_number in passage[:, 0].tolist()]


def _answerable(question: Question) -> int:
    """Whether a passage supports an answer; without a label where no passage has one."""
    labels = [passage.relevant for passage in question.passages if passage.relevant is not None]
    return int(any(labels)) if labels else NO_ANSWER_LABEL


def _flags(passage: LabelledPassage) -> int:
    relevance = 0 if passage.relevant is None else RELEVANCE | RELEVANT * passage.relevant
    return KEEP * bool(passage.keep) | relevance | WORDS * (passage.words is not None)


def both_ends(ids: Array) -> Array:
    """The query, or the start and the end of a long one, as :func:`ragzip.backends.scorers.pairs.pair_windows` reads
    it.
    """
    half = MAX_QUERY_TOKENS // 2
    return ids if len(ids) <= MAX_QUERY_TOKENS else np.concatenate([ids[:half], ids[-half:]])


def _ids(tokenizer: Tokenizer, texts: Sequence[str]) -> list[Array]:
    return [
        tokens.ids
        for first_text in range(0, len(texts), _TEXTS_AT_ONCE)
        for tokens in tokenize(tokenizer, texts[first_text : first_text + _TEXTS_AT_ONCE])
    ]


def _texts(
    texts: Sequence[tuple[str, Sequence[tuple[int, int]]]],
    tokenizer: Tokenizer,
    link_texts: Sequence[int],
    linked: Sequence[LabelledPassage],
) -> dict[str, Array]:
    """The arrays of texts, and the word labels of the passages made of them."""
    links_by_text: dict[int, list[int]] = {}
    for link, passage in enumerate(linked):
        if passage.words:
            links_by_text.setdefault(int(link_texts[link]), []).append(link)
    ids: list[Array] = []
    sentences: list[Array] = []
    ends: list[Array] = []
    words: list[Array] = []
    marked: list[Array] = [np.zeros((0, 2), np.int64)] * len(linked)
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        text_batch = texts[start : start + _TEXTS_AT_ONCE]
        for (text, spans), tokens in zip(
            text_batch, tokenize(tokenizer, [text for text, _ in text_batch]), strict=True
        ):
            for link in links_by_text.get(len(ids), ()):
                marked[link] = _marked(linked[link].words or (), tokens.spans)
            ids.append(tokens.ids.astype(np.int32))
            sentences.append(_token_ranges(spans, tokens.spans))
            can_be_cut = len(tokens.ids) >= SHORTEST_CUT
            beginnings, first_tokens = places(text, tokens.spans) if can_be_cut else ((), ())
            ends.append(np.array(beginnings, np.int32))
            words.append(_bits(first_tokens, len(tokens.ids)) if can_be_cut else np.zeros(0, np.uint8))
    return {
        **ragged("text.ids", ids),
        **ragged("text.sentences", sentences, (2,)),
        **ragged("text.ends", ends),
        **ragged("text.words", words),
        **ragged("link.marked", marked, (2,)),
    }


def _token_ranges(spans: Sequence[tuple[int, int]], tokens: Array) -> Array:
    """The range of tokens whose middle is inside each span. *Shape:* (n, 2)."""
    edges = np.array(spans, np.int64).reshape(-1, 2)
    middle = (tokens[:, 0].astype(np.int64) + tokens[:, 1]) // 2
    return np.searchsorted(middle, edges)


def _marked(spans: Sequence[tuple[int, int]], tokens: Array) -> Array:
    """The ranges of the tokens that begin in one of ``spans``. *Shape:* (n, 2)."""
    ranges = np.searchsorted(tokens[:, 0], np.array(sorted(spans), np.int64))
    ranges = ranges[ranges[:, 0] < ranges[:, 1]]
    gap_before = ranges[1:, 0] > ranges[:-1, 1]
    return (
        np.stack([ranges[np.append(True, gap_before), 0], ranges[np.append(gap_before, True), 1]], 1)
        if len(ranges)
        else ranges
    )


def _bits(positions: Sequence[int] | Array, token_count: int) -> Array:
    bits = np.zeros(token_count, np.bool_)
    bits[np.asarray(positions, np.int64)] = True
    return np.packbits(bits)
