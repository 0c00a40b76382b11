"""``llmlingua`` 0.2.2, decision for decision, so that published results can be reproduced.

What it does differently from ragzip, and this module with it: the text goes through the tokenizer twice and comes out
as the tokenizer writes it (not verbatim); each chunk of 510 tokens has a threshold of its own, a percentile over words
weighted by their cl100k tokens; force tokens of several pieces become placeholders with untrained embeddings; the
model is fed "[CLS]" and "[SEP]" whatever its tokenizer (to XLM-R they are unknown tokens). The rate is only aimed at.
What fits the budget as it is stays as it is, here as everywhere in ragzip; empty contexts leave no separator.

Follows the behaviour of the package (MIT, Microsoft), and is tested against it on the same weights.
"""

from __future__ import annotations

import json
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ragzip.backends.cached import Codec, through_cache
from ragzip.backends.entries import are_numbers
from ragzip.cache import ModelTask
from ragzip.errors import ModelError, OptionError
from ragzip.text.spans import Span
from ragzip.text.tokens import token_counter
from ragzip.types import Budget, Segment, Unit

if TYPE_CHECKING:
    from ragzip.backends.runtimes.torch import TorchModel

__all__ = ["Parity"]

_WINDOW = 512
_MOST_FORCED = 100
_CHUNK_ENDS = (".", "\n")


@dataclass
class _Word:
    """A word as the tokenizer writes it; the probability of each piece, 1 where it is forced, and that of the first
    piece as it was (all that llmlingua's context score is made of).
    """

    text: str
    first: Any
    probabilities: list[Any] = field(default_factory=list)
    span: Span | None = None
    kept: bool = False

    @property
    def probability(self) -> Any:
        return sum(self.probabilities) / len(self.probabilities)


@dataclass
class _Chunk:
    """A piece of a context: its text as the tokenizer writes it, and where each of its first tokens stands."""

    text: str
    tokens: list[str]
    spans: list[Span]
    words: list[_Word] = field(default_factory=list)


class Parity:
    """See the module. Result texts equal those of ``llmlingua``; spans say which words of the source are meant.

    :raises OptionError: over 100 force tokens.
    :raises ModelError: a tokenizer that ``llmlingua`` does not know: neither WordPiece nor SentencePiece.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        device: str | None,
        force_tokens: Sequence[str],
        force_reserve_digit: bool,
        drop_consecutive: bool,
        context_filter: bool | float,
    ) -> None:
        from ragzip.backends.runtimes.torch import TorchModel

        if len(force_tokens) > _MOST_FORCED:
            raise OptionError(f"force_tokens: received {len(force_tokens)}, expected at most {_MOST_FORCED}.")
        placeholders = [f"[NEW{number}]" for number in range(_MOST_FORCED)]
        self.model: TorchModel = TorchModel(model, device=device, placeholders=placeholders)
        self.force_tokens, self.force_reserve_digit = tuple(force_tokens), force_reserve_digit
        self.drop_consecutive, self.context_filter = drop_consecutive, context_filter
        settings = json.loads(self.model.tokenizer.to_str())
        if settings["model"]["type"] == "WordPiece":
            self._mark = "#"
        elif self.model.tokenizer.token_to_id("▁") is not None or any(
            "▁" in vocabulary_token for vocabulary_token in self.model.tokenizer.get_vocab()
        ):
            self._mark = "▁"
        else:
            raise ModelError(
                "parity: llmlingua 0.2.2 knows WordPiece (BERT) and SentencePiece (XLM-R) tokenizers only."
            )
        special_tokens = self.model.hf_tokenizer.special_tokens_map
        self._special = {token for token in special_tokens.values() if isinstance(token, str)}
        self._map = {
            token: placeholder
            for token, placeholder in zip(self.force_tokens, placeholders, strict=False)
            if len(self._tokens(token)) != 1
        }

    def compress(self, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        if budget.threshold is not None:
            raise OptionError("threshold: received a threshold; llmlingua 0.2.2 has none. Leave parity off.")
        if any(budget.protect(segment.document.text) for segment in segments):
            raise OptionError("protect: llmlingua 0.2.2 protects nothing but force_tokens. Leave parity off.")
        count_tokens = token_counter("cl100k_base")
        chunks_by_segment = [list(self._chunks(segment.text)) for segment in segments]
        total_tokens = sum(count_tokens(segment.text) for segment in segments)
        target_tokens = budget.max_tokens if budget.rate is None else None
        token_rate = budget.rate if budget.rate is not None else 0.5
        if target_tokens is not None:
            token_rate = min(target_tokens / max(1, total_tokens), 1.0)
        self._score([chunk for chunks in chunks_by_segment for chunk in chunks])
        is_kept = [True] * len(segments)
        if self.context_filter and len(segments) > 1:
            context_share = self._context_share(token_rate, target_tokens, total_tokens)
            is_kept = _best_contexts(chunks_by_segment, context_share)
            chunks_left = (
                chunk
                for chunks, is_segment_kept in zip(chunks_by_segment, is_kept, strict=True)
                if is_segment_kept
                for chunk in chunks
            )
            token_rate = (
                token_rate
                if target_tokens is None
                else min(target_tokens / max(1, sum(count_tokens(kept_chunk.text) for kept_chunk in chunks_left)), 1.0)
            )
        return [
            self._compressed(segment, chunks, max(0.0, 1 - token_rate))
            if is_segment_kept
            else _segment_of(segment, "", [])
            for segment, chunks, is_segment_kept in zip(segments, chunks_by_segment, is_kept, strict=True)
        ]

    def _context_share(self, rate: float, target: int | None, total: int) -> float:
        if self.context_filter is not True:
            return float(self.context_filter)
        return (rate + 1) / 2 if target is None else min(2 * target / max(1, total), 1.0)

    def _tokens(self, text: str) -> list[str]:
        tokens: list[str] = self.model.tokenizer.encode(text, add_special_tokens=False).tokens
        return tokens

    def _chunks(self, text: str) -> Iterator[_Chunk]:
        """Up to 511 tokens each, the last one a chunk end where there is one."""
        chunk_ends = {*_CHUNK_ENDS, *(self._map[end] for end in _CHUNK_ENDS if end in self._map)}
        replaced = text
        for token, placeholder in self._map.items():
            replaced = replaced.replace(token, placeholder)
        encoding = self.model.tokenizer.encode(replaced, add_special_tokens=False)
        tokens, token_spans = encoding.tokens, _spans_before(replaced, encoding.offsets, self._map)
        max_tokens, first_token = _WINDOW - 2, 0
        while first_token < len(tokens):
            last_token = len(tokens) - 1
            if first_token + max_tokens <= last_token:
                last_token = next(
                    (
                        token_number
                        for token_number in range(first_token + max_tokens, first_token, -1)
                        if tokens[token_number] in chunk_ends
                    ),
                    first_token + max_tokens,
                )
            chunk_tokens = tokens[first_token : last_token + 1]
            yield _Chunk(self._written(chunk_tokens), chunk_tokens, token_spans[first_token : last_token + 1])
            first_token = last_token + 1

    def _written(self, tokens: Sequence[str]) -> str:
        text: str = self.model.hf_tokenizer.convert_tokens_to_string(list(tokens))
        return text

    def _score(self, chunks: Sequence[_Chunk]) -> None:
        """Fill in the words of ``chunks``."""
        fed_tokens = [self._fed(chunk.text) for chunk in chunks]
        chunk_texts = [chunk.text for chunk in chunks]

        def compute(missing: Sequence[str]) -> list[npt.NDArray[np.float32]]:
            return self.model.run([self._ids(self._fed(text)) for text in missing])

        fed_lengths = dict(zip(chunk_texts, map(len, fed_tokens), strict=True))

        def valid(text: str, array: npt.NDArray[Any]) -> bool:
            return are_numbers(array, np.float32, (fed_lengths[text],))

        task = ModelTask("parity", self.model.fingerprint)
        probabilities_by_chunk = through_cache(task, chunk_texts, compute, Codec(valid, _softmax))
        for chunk, chunk_tokens, probabilities in zip(chunks, fed_tokens, probabilities_by_chunk, strict=True):
            chunk.words = self._words(
                chunk_tokens, probabilities, _matched(chunk_tokens[1:], chunk.tokens, chunk.spans)
            )

    def _fed(self, text: str) -> list[str]:
        return ["[CLS]", *self._tokens(text), "[SEP]"][:_WINDOW]

    def _ids(self, tokens: Sequence[str]) -> list[int]:
        unknown_id = self.model.hf_tokenizer.unk_token_id
        token_ids = (self.model.tokenizer.token_to_id(token) for token in tokens)
        return [unknown_id if token_id is None else token_id for token_id in token_ids]

    def _words(
        self, tokens: Sequence[str], probabilities: npt.NDArray[np.float32], spans: Sequence[Span | None]
    ) -> list[_Word]:
        words: list[_Word] = []
        placeholders = set(self._map.values())
        unknown_token = self.model.hf_tokenizer.unk_token
        for token_number, (token, probability) in enumerate(zip(tokens, probabilities, strict=True)):
            known_token = token if self.model.tokenizer.token_to_id(token) is not None else unknown_token
            if known_token in self._special:
                continue
            token_span = spans[token_number - 1] if token_number else None
            unmarked = known_token.lstrip(self._mark)
            if self._begins_word(known_token, unmarked, placeholders) or not words:
                shown_text = known_token
                for force_token, placeholder in self._map.items():
                    shown_text = shown_text.replace(placeholder, force_token)
                word_probability = 1.0 if unmarked in self.force_tokens or unmarked in placeholders else probability
                words.append(_Word(shown_text, probability))
            else:
                shown_text, word_probability = known_token, probability
                words[-1].text += unmarked
            if self.force_reserve_digit and any(map(str.isdecimal, shown_text)):
                word_probability = 1.0
            words[-1].probabilities.append(word_probability)
            if token_span is not None:
                span_before = words[-1].span
                words[-1].span = Span(span_before.start if span_before else token_span.start, token_span.end)
        return words

    def _begins_word(self, token: str, bare: str, placeholders: set[str]) -> bool:
        if self._mark == "#":
            return not token.startswith("##") or bare in self.force_tokens or bare in placeholders
        return (
            token in string.punctuation
            or token in self.force_tokens
            or token in placeholders
            or token.startswith(self._mark)
        )

    def _compressed(self, segment: Segment, chunks: Sequence[_Chunk], reduce: float) -> Segment:
        if reduce <= 0:
            text = "".join(chunk.text for chunk in chunks)
            for token, placeholder in self._map.items():
                text = text.replace(placeholder, token)
            return segment.rewritten(text)
        chunk_texts = []
        for chunk in chunks:
            self._choose(chunk.words, reduce)
            chunk_texts.append(self._written([word.text for word in chunk.words if word.kept]))
        return _segment_of(segment, "".join(chunk_texts), [word for chunk in chunks for word in chunk.words])

    def _choose(self, words: Sequence[_Word], reduce: float) -> None:
        """Mark the words of one chunk that are kept."""
        if not words:
            return
        probabilities = [word.probability for word in words]
        if self.drop_consecutive:
            self._zero_repeated(words, probabilities, np.percentile(probabilities, int(100 * reduce)))
        token_counts = token_counter("cl100k_base").many([word.text for word in words])
        probability_per_token = [
            word_probability
            for word_probability, token_count in zip(probabilities, token_counts, strict=True)
            for _ in range(token_count)
        ]
        threshold = np.percentile(probability_per_token, int(100 * reduce + 1))
        kept_before = None
        for word, probability in zip(words, probabilities, strict=True):
            word.kept = bool(probability > threshold or (threshold == 1.0 and probability == threshold))
            if word.kept and self.drop_consecutive and word.text in self.force_tokens and kept_before == word.text:
                word.kept = False
            if word.kept:
                kept_before = word.text

    def _zero_repeated(self, words: Sequence[_Word], probabilities: list[Any], threshold: Any) -> None:
        is_between, token_before = False, None
        for word_number, word in enumerate(words):
            if word.text in self.force_tokens:
                if not is_between and word.text == token_before:
                    probabilities[word_number] = 0.0
                is_between, token_before = False, word.text
            else:
                is_between = is_between or bool(probabilities[word_number] > threshold)


def _segment_of(segment: Segment, text: str, words: Sequence[_Word]) -> Segment:
    """``segment`` as the tokenizer writes what is kept of it; units and spans point into the source."""
    placed_words = [word for word in words if word.span is not None and word.span.start < word.span.end]
    kept_spans = tuple(word.span for word in placed_words if word.kept and word.span is not None)
    units = tuple(Unit(*word.span, float(word.probability)) for word in placed_words if word.span is not None)
    score = float(np.mean([word.first for word in words])) if words else segment.score
    return segment.rewritten(text, spans=kept_spans, units=units, score=score)


def _best_contexts(contexts: Sequence[Sequence[_Chunk]], share: float) -> list[bool]:
    words_by_context = [[word for chunk in chunks for word in chunk.words] for chunks in contexts]
    context_scores = [
        sum(word.first for word in context_words) / len(context_words) if context_words else 0.0
        for context_words in words_by_context
    ]
    threshold = np.percentile(context_scores, int(100 * (1 - share)))
    return [bool(score >= threshold) for score in context_scores]


def _softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    odds = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(odds[:, 1] / odds.sum(1), np.float32)


def _spans_before(replaced: str, offsets: Sequence[tuple[int, int]], named: dict[str, str]) -> list[Span]:
    """Offsets in ``replaced`` as offsets in the text before: a placeholder stands for its force token."""
    placeholder_moves: list[tuple[int, int]] = []  # (end of a placeholder, how much longer the text is up to there)
    search_start = moved_characters = 0
    token_of_placeholder = {placeholder: token for token, placeholder in named.items()}
    while token_of_placeholder and (
        next_placeholders := [
            (place, candidate)
            for candidate in token_of_placeholder
            if (place := replaced.find(candidate, search_start)) >= 0
        ]
    ):
        place, placeholder = min(next_placeholders)
        search_start = place + len(placeholder)
        moved_characters += len(token_of_placeholder[placeholder]) - len(placeholder)
        placeholder_moves.append((search_start, moved_characters))
    move_ends = np.array([end for end, _ in placeholder_moves], np.int64)
    shifts = np.array([0, *(moved_characters for _, moved_characters in placeholder_moves)], np.int64)

    def source(position: int) -> int:
        return position + int(shifts[np.searchsorted(move_ends, position, "right")]) if len(move_ends) else position

    return [Span(source(start), source(end)) for start, end in offsets]


def _matched(tokens: Sequence[str], before: Sequence[str], spans: Sequence[Span]) -> list[Span | None]:
    """The span of each of ``tokens`` that the chunk's first reading, ``before``, has too; None for the others."""
    if list(tokens[: len(before)]) == list(before):
        return [*spans, *[None] * (len(tokens) - len(before))]
    matched_spans: list[Span | None] = [None] * len(tokens)
    for token_start, before_start, match_length in SequenceMatcher(
        None, tokens, before, autojunk=False
    ).get_matching_blocks():
        matched_spans[token_start : token_start + match_length] = spans[before_start : before_start + match_length]
    return matched_spans
