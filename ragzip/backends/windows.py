"""Windows of token ids that a model can read, made from texts, and the way back to offsets.

Tokenised once, without special tokens, in parts of some thousand characters (memory), cut where white space stands. A
text that fits the model is one window. A longer text is cut at sentence ends, into windows of about
equal length and half the size, since attention costs the square (MiniLM: 15% less time in fp32, 25% in int8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.errors import ModelError, model_errors
from ragzip.process.forking import guarded
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.scores import grouped
from ragzip.text.words import long_words

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from ragzip.backends.protocols import TokenModel

__all__ = [
    "CutPlaces",
    "Tokens",
    "cut",
    "cut_at",
    "pair_specials",
    "places",
    "run_ranges",
    "segment_ids",
    "separator_of",
    "specials",
    "tells_segments",
    "tokenize",
]

_UNUSABLE = "model: its tokenizer.json cannot be used"
_MAX_PART_CHARS = 10_000  # tokenised at once, to limit memory
_MAX_WORD_CHARS = 1_000  # read of a longer word, which is no text, and stays or goes whole
_WORD_MARKS = ("▁", "Ġ")  # the prefix of a token that begins a word: SentencePiece, byte-level BPE
_PART_END = pattern_of(r"\s|(?<=[。！？])")
_SENTENCE_END = pattern_of(r"(?<![.!?…])[.!?…]++[\"'”’)\]]*+(?=\s)|[。！？]+[」』）]*|(?=[\r\n])")


@dataclass(frozen=True)
class Tokens:
    """The token ids of a text and their character offsets, white space trimmed. *Shapes:* (n,), (n, 2)."""

    ids: npt.NDArray[np.int64]
    spans: npt.NDArray[np.int32]


class CutPlaces(NamedTuple):
    """The numbers of the tokens that begin a sentence, and of those that begin a word. *Shapes:* (n,), (n,)."""

    sentences: npt.NDArray[np.int64]
    words: npt.NDArray[np.int64]


def specials(tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """The ids that the tokenizer sets before and after a text."""
    with model_errors(_UNUSABLE):
        encoded = tokenizer.encode("a", add_special_tokens=True)
    inner_positions = [position for position, special in enumerate(encoded.special_tokens_mask) if not special]
    ids: list[int] = encoded.ids
    return (ids[: inner_positions[0]], ids[inner_positions[-1] + 1 :]) if inner_positions else ([], [])


def pair_specials(tokenizer: Tokenizer) -> tuple[list[int], list[int], list[int]]:
    """The ids that the tokenizer sets before, between and after two texts."""
    with model_errors(_UNUSABLE):
        encoded = tokenizer.encode("a", "a", add_special_tokens=True)
    ids: list[int] = encoded.ids
    first_positions = [
        position for position, sequence_number in enumerate(encoded.sequence_ids) if sequence_number == 0
    ]
    second_positions = [
        position for position, sequence_number in enumerate(encoded.sequence_ids) if sequence_number == 1
    ]
    if not first_positions or not second_positions:
        raise ModelError("model: its tokenizer.json makes no token of 'a', expected one that can read text.")
    return (
        ids[: first_positions[0]],
        ids[first_positions[-1] + 1 : second_positions[0]],
        ids[second_positions[-1] + 1 :],
    )


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

    :param empty_marks: give empty spans to tokens that only mark the beginning of a word.
    """
    text_parts = [
        (text_number, start, text[start:end]) for text_number, text in enumerate(texts) for start, end in _parts(text)
    ]
    with guarded(), model_errors(_UNUSABLE):
        encoded = tokenizer.encode_batch([part_text for _, _, part_text in text_parts], add_special_tokens=False)
    parts_by_text: list[list[Tokens]] = [[] for _ in texts]
    word_marks = [(mark, tokenizer.token_to_id(mark)) for mark in _WORD_MARKS if empty_marks]
    for (text_number, start, part_text), encoding in zip(text_parts, encoded, strict=True):
        spans = np.array(encoding.offsets, np.int32).reshape(-1, 2)
        ids = np.array(encoding.ids, np.int64)
        for mark, mark_id in word_marks:
            _empty_marks(part_text, spans, mark, np.flatnonzero(ids == mark_id) if mark_id is not None else ids[:0])
        _trim(part_text, spans)
        parts_by_text[text_number].append(Tokens(ids, spans + np.int32(start)))
    return [_joined(tokens) for tokens in parts_by_text]


def _parts(text: str) -> list[tuple[int, int]]:
    """``text`` in parts, cut at white space or a full stop of unspaced script, without the ends of very long words."""
    part_spans: list[tuple[int, int]] = []
    skipped = ((start + _MAX_WORD_CHARS, end) for start, end in long_words(text, _MAX_WORD_CHARS))
    edges = [(0, 0), *skipped, (len(text), 0)]
    for (_, start), (end, _) in pairwise(edges):
        while end - start > _MAX_PART_CHARS:
            gap = _PART_END.search(text, start + _MAX_PART_CHARS, end)
            if gap is None:
                break
            part_spans.append((start, gap.start()))
            start = gap.start()
        if start < end:
            part_spans.append((start, end))
    return part_spans


def _trim(text: str, spans: npt.NDArray[np.int32]) -> None:
    """Take white space off the ends of ``spans``: some tokenizers count the space before a word as part of it."""
    for token_number, (start, end) in enumerate(spans.tolist()):
        if start < end and (text[start].isspace() or text[end - 1].isspace()):
            token_text = text[start:end]
            leading_spaces = len(token_text) - len(token_text.lstrip())
            spans[token_number] = (
                (start + leading_spaces, start + len(token_text.rstrip()))
                if leading_spaces < len(token_text)
                else (start, start)
            )


def _empty_marks(text: str, spans: npt.NDArray[np.int32], mark: str, token_numbers: npt.NDArray[np.int64]) -> None:
    """Make the spans of ``token_numbers``, tokens that consist of ``mark``, empty where ``text`` has no such character:
    some tokenizers give such a token the first character of the word, which the next token covers too.
    """
    for token_number in token_numbers.tolist():
        start, end = spans[token_number].tolist()
        if mark not in text[start:end]:
            spans[token_number, 1] = start


def _joined(tokens: Sequence[Tokens]) -> Tokens:
    if not tokens:
        return Tokens(np.zeros(0, np.int64), np.zeros((0, 2), np.int32))
    return Tokens(np.concatenate([part.ids for part in tokens]), np.concatenate([part.spans for part in tokens]))


def run_ranges(
    model: TokenModel,
    tokens_by_text: Sequence[Tokens],
    ranges_by_text: Sequence[Sequence[tuple[int, int]]],
    before: Sequence[int] = (),
    after: Sequence[int] = (),
) -> list[npt.NDArray[np.float32]]:
    """The outputs of ``model`` for the tokens of each text. *Shape:* (tokens, outputs) each; (0, 1) without tokens.

    :param ranges_by_text: of the tokens that make each window, in order, without overlap.
    :param before: the ids that each window begins with; ``after`` those that it ends with.
    """
    windows = [
        [*before, *tokens.ids[start:stop].tolist(), *after]
        for tokens, token_ranges in zip(tokens_by_text, ranges_by_text, strict=True)
        for start, stop in token_ranges
    ]
    outputs_by_text = []
    for token_ranges, window_outputs in zip(ranges_by_text, grouped(model.run(windows), ranges_by_text), strict=True):
        outputs = [
            output[len(before) : len(before) + stop - start]
            for (start, stop), output in zip(token_ranges, window_outputs, strict=True)
        ]
        outputs_by_text.append(np.concatenate(outputs) if outputs else np.zeros((0, 1), np.float32))
    return outputs_by_text


def segment_ids(token_ids: Any, separator: int) -> Any:
    """0 up to the first separator, 1 after it; of a torch tensor. *Shape:* that of ``token_ids``."""
    separators = (token_ids == separator).long()
    return (separators.cumsum(1) - separators).clamp(max=1)


def cut(text: str, spans: npt.NDArray[np.int32], most: int, *, size: int | None = None) -> list[tuple[int, int]]:
    """Ranges of tokens that make the windows of ``text``, in order, without overlap.

    :param spans: of the tokens of ``text``. *Shape:* (n, 2).
    :param most: the longest window; up to it a text is left whole.
    :param size: the longest window of a text that has to be cut; default: half of ``most``.
    """
    token_count = len(spans)
    if token_count > most:
        return cut_at(token_count, places(text, spans), most, size=size)
    return [(0, token_count)] if token_count else []


def places(text: str, spans: npt.NDArray[np.int32]) -> CutPlaces:
    """The tokens at which windows of ``text`` may begin."""
    sentence_ends = np.array([match.end() for match in _SENTENCE_END.finditer(text)], np.int64)
    sentence_starts = np.unique(np.searchsorted(spans[:, 0], sentence_ends))
    return CutPlaces(sentence_starts, np.flatnonzero(spans[1:, 0] > spans[:-1, 1]) + 1)


def cut_at(n: int, places: CutPlaces, most: int, *, size: int | None = None) -> list[tuple[int, int]]:
    """The windows of a text of ``n`` tokens, see :func:`cut`."""
    if n <= most:
        return [(0, n)] if n else []
    size = max(1, most // 2 if size is None else min(size, most))
    even_size = -(-n // -(-n // size))  # so that no short window remains
    windows: list[tuple[int, int]] = []
    start = 0
    while n - start > size:
        stop = (
            _nearest(places.sentences, start, even_size, size)
            or _nearest(places.words, start, even_size, size)
            or start + size
        )
        windows.append((start, stop))
        start = stop
    return [*windows, (start, n)]


def _nearest(places: npt.NDArray[np.int64], start: int, even_size: int, size: int) -> int | None:
    """The member of ``places`` nearest to ``start + even_size``, at least half of that and at most ``size`` away."""
    candidates = places[
        np.searchsorted(places, start + max(1, even_size // 2)) : np.searchsorted(places, start + size, "right")
    ]
    return int(candidates[np.abs(candidates - start - even_size).argmin()]) if len(candidates) else None
