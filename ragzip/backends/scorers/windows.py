"""From texts to windows of token ids that a model can read, and back to offsets.

Tokenised once, without special tokens, in parts of some thousand characters (memory), cut where white space stands. A
text that fits the model is one window. A longer one has to be cut somewhere: at sentence ends, into windows of about
equal length and half the size, since attention costs the square (MiniLM: 15 % less time in fp32, 25 % in int8).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.errors import ModelError, model_errors
from ragzip.process.forking import guarded
from ragzip.text.words import long_words

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = [
    "Places",
    "Tokens",
    "cut",
    "cut_at",
    "pair_specials",
    "places",
    "separator_of",
    "specials",
    "tells_segments",
    "tokenize",
]

_UNUSABLE = "model: its tokenizer.json cannot be used"
_PART = 10_000  # characters tokenised at once
_LONGEST_WORD = 1_000  # characters; of a longer word (no text, and it stays or goes whole) only so many are read
_WORD_MARKS = ("▁", "Ġ")  # a token that begins a word starts with it, of SentencePiece and of byte-level BPE
_GAP = re.compile(r"\s|(?<=[。！？])")
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’)\]]*+(?=\s)|[。！？]+[」』）]*|(?=[\r\n])")


@dataclass(frozen=True)
class Tokens:
    """Token ids of a text and their character offsets, white space trimmed. *Shapes:* (n,), (n, 2)."""

    ids: npt.NDArray[np.int64]
    spans: npt.NDArray[np.int32]


class Places(NamedTuple):
    """The tokens of a text that a sentence, and that a word, may begin with. *Shapes:* (n,), (n,)."""

    sentences: npt.NDArray[np.int64]
    words: npt.NDArray[np.int64]


def specials(tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """The ids that the tokenizer sets before and after a text."""
    with model_errors(_UNUSABLE):
        encoded = tokenizer.encode("a", add_special_tokens=True)
    inside = [i for i, special in enumerate(encoded.special_tokens_mask) if not special]
    ids: list[int] = encoded.ids
    return (ids[: inside[0]], ids[inside[-1] + 1 :]) if inside else ([], [])


def pair_specials(tokenizer: Tokenizer) -> tuple[list[int], list[int], list[int]]:
    """The ids that the tokenizer sets before, between and after two texts."""
    with model_errors(_UNUSABLE):
        encoded = tokenizer.encode("a", "a", add_special_tokens=True)
    ids: list[int] = encoded.ids
    first = [i for i, text in enumerate(encoded.sequence_ids) if text == 0]
    second = [i for i, text in enumerate(encoded.sequence_ids) if text == 1]
    if not first or not second:
        raise ModelError("model: its tokenizer.json makes no token of 'a', expected one that can read text.")
    return ids[: first[0]], ids[first[-1] + 1 : second[0]], ids[second[-1] + 1 :]


def separator_of(tokenizer: Tokenizer) -> int:
    """The id that ends the first of two texts: ``[SEP]`` of BERT, ``</s>`` of XLM-R.

    :raises ModelError: the tokenizer sets nothing between two texts.
    """
    _, between, _ = pair_specials(tokenizer)
    if not between:
        raise ModelError(
            "model: its tokenizer.json sets nothing between two texts, expected a special token, as [SEP] of BERT-type "
            "encoders. Give it a post_processor with a template for pairs."
        )
    return between[0]


def tells_segments(tokenizer: Tokenizer) -> bool:
    """Whether the tokenizer gives two texts different segment ids, as BERT's does, and XLM-R's does not."""
    with model_errors(_UNUSABLE):
        encoded = tokenizer.encode("a", "a", add_special_tokens=True)
    return len(set(encoded.type_ids)) > 1


def tokenize(tokenizer: Tokenizer, texts: Sequence[str], *, empty_marks: bool = False) -> list[Tokens]:
    """The tokens of each text. Special tokens written in a text are read as the tokenizer reads them.

    :param empty_marks: give tokens that only mark the beginning of a word no character of it.
    """
    parts = [(i, start, text[start:end]) for i, text in enumerate(texts) for start, end in _parts(text)]
    with guarded(), model_errors(_UNUSABLE):
        encoded = tokenizer.encode_batch([part for _, _, part in parts], add_special_tokens=False)
    found: list[list[Tokens]] = [[] for _ in texts]
    marks = [(mark, tokenizer.token_to_id(mark)) for mark in _WORD_MARKS if empty_marks]
    for (i, start, part), encoding in zip(parts, encoded, strict=True):
        spans = np.array(encoding.offsets, np.int32).reshape(-1, 2)
        ids = np.array(encoding.ids, np.int64)
        for mark, number in marks:
            _empty_marks(part, spans, mark, np.flatnonzero(ids == number) if number is not None else ids[:0])
        _trim(part, spans)
        found[i].append(Tokens(ids, spans + np.int32(start)))
    return [_joined(tokens) for tokens in found]


def _parts(text: str) -> list[tuple[int, int]]:
    """``text`` in parts, cut at white space or a full stop of unspaced script, without the ends of very long words."""
    out: list[tuple[int, int]] = []
    skipped = ((start + _LONGEST_WORD, end) for start, end in long_words(text, _LONGEST_WORD))
    edges = [(0, 0), *skipped, (len(text), 0)]
    for (_, start), (end, _) in pairwise(edges):
        while end - start > _PART:
            gap = _GAP.search(text, start + _PART, end)
            if gap is None:
                break
            out.append((start, gap.start()))
            start = gap.start()
        if start < end:
            out.append((start, end))
    return out


def _trim(text: str, spans: npt.NDArray[np.int32]) -> None:
    """Take white space off the ends of ``spans``: some tokenizers count the space before a word as part of it."""
    for i, (start, end) in enumerate(spans.tolist()):
        if start < end and (text[start].isspace() or text[end - 1].isspace()):
            piece = text[start:end]
            left = len(piece) - len(piece.lstrip())
            spans[i] = (start + left, start + len(piece.rstrip())) if left < len(piece) else (start, start)


def _empty_marks(text: str, spans: npt.NDArray[np.int32], mark: str, places: npt.NDArray[np.int64]) -> None:
    """Make the spans of ``places``, tokens that are nothing but ``mark``, empty where ``text`` has no such character: a
    tokenizer that puts one before a word says that it covers the first character, which the next token covers too.
    """
    for i in places.tolist():
        start, end = spans[i].tolist()
        if mark not in text[start:end]:
            spans[i, 1] = start


def _joined(tokens: Sequence[Tokens]) -> Tokens:
    if not tokens:
        return Tokens(np.zeros(0, np.int64), np.zeros((0, 2), np.int32))
    return Tokens(np.concatenate([t.ids for t in tokens]), np.concatenate([t.spans for t in tokens]))


def cut(text: str, spans: npt.NDArray[np.int32], most: int, *, size: int | None = None) -> list[tuple[int, int]]:
    """Ranges of tokens that make the windows of ``text``, in order, without overlap.

    :param spans: of the tokens of ``text``. *Shape:* (n, 2).
    :param most: the longest window; up to it a text is left whole.
    :param size: the longest window of a text that has to be cut; default: half of ``most``.
    """
    n = len(spans)
    return cut_at(n, places(text, spans), most, size=size) if n > most else [(0, n)] if n else []


def places(text: str, spans: npt.NDArray[np.int32]) -> Places:
    """Where the windows of ``text`` may begin."""
    ends = np.array([match.end() for match in _SENTENCE_END.finditer(text)], np.int64)
    sentences = np.unique(np.searchsorted(spans[:, 0], ends))
    return Places(sentences, np.flatnonzero(spans[1:, 0] > spans[:-1, 1]) + 1)


def cut_at(n: int, places: Places, most: int, *, size: int | None = None) -> list[tuple[int, int]]:
    """See :func:`cut`, for a text of ``n`` tokens."""
    if n <= most:
        return [(0, n)] if n else []
    size = max(1, most // 2 if size is None else min(size, most))
    even = -(-n // -(-n // size))  # so that no short window is left over
    windows: list[tuple[int, int]] = []
    start = 0
    while n - start > size:
        stop = (
            _nearest(places.sentences, start, even, size) or _nearest(places.words, start, even, size) or start + size
        )
        windows.append((start, stop))
        start = stop
    return [*windows, (start, n)]


def _nearest(places: npt.NDArray[np.int64], start: int, even: int, size: int) -> int | None:
    """The one of ``places`` nearest to ``even`` tokens after ``start``: at least half of that, at most ``size``."""
    inside = places[np.searchsorted(places, start + max(1, even // 2)) : np.searchsorted(places, start + size, "right")]
    return int(inside[np.abs(inside - start - even).argmin()]) if len(inside) else None
