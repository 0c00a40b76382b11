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
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ragzip.backends.cached import through_cache
from ragzip.backends.entries import are_numbers
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
        placeholders = [f"[NEW{i}]" for i in range(_MOST_FORCED)]
        self.model: TorchModel = TorchModel(model, device=device, placeholders=placeholders)
        self.force_tokens, self.force_reserve_digit = tuple(force_tokens), force_reserve_digit
        self.drop_consecutive, self.context_filter = drop_consecutive, context_filter
        settings = json.loads(self.model.tokenizer.to_str())
        if settings["model"]["type"] == "WordPiece":
            self._mark = "#"
        elif self.model.tokenizer.token_to_id("▁") is not None or any(
            "▁" in t for t in self.model.tokenizer.get_vocab()
        ):
            self._mark = "▁"
        else:
            raise ModelError(
                "parity: llmlingua 0.2.2 knows WordPiece (BERT) and SentencePiece (XLM-R) tokenizers only."
            )
        special = self.model.hf_tokenizer.special_tokens_map
        self._special = {token for token in special.values() if isinstance(token, str)}
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
        count = token_counter("cl100k_base")
        contexts = [list(self._chunks(segment.text)) for segment in segments]
        total = sum(count(segment.text) for segment in segments)
        target = budget.max_tokens if budget.rate is None else None
        rate = budget.rate if budget.rate is not None else 0.5
        if target is not None:
            rate = min(target / max(1, total), 1.0)
        self._score([chunk for chunks in contexts for chunk in chunks])
        kept = [True] * len(segments)
        if self.context_filter and len(segments) > 1:
            share = self._context_share(rate, target, total)
            kept = _best_contexts(contexts, share)
            chunks_left = (chunk for chunks, keep in zip(contexts, kept, strict=True) if keep for chunk in chunks)
            rate = rate if target is None else min(target / max(1, sum(count(c.text) for c in chunks_left)), 1.0)
        return [
            self._compressed(segment, chunks, max(0.0, 1 - rate)) if keep else _segment_of(segment, "", [])
            for segment, chunks, keep in zip(segments, contexts, kept, strict=True)
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
        ends = {*_CHUNK_ENDS, *(self._map[end] for end in _CHUNK_ENDS if end in self._map)}
        replaced = text
        for token, placeholder in self._map.items():
            replaced = replaced.replace(token, placeholder)
        encoding = self.model.tokenizer.encode(replaced, add_special_tokens=False)
        tokens, spans = encoding.tokens, _spans_before(text, replaced, encoding.offsets, self._map)
        most, start = _WINDOW - 2, 0
        while start < len(tokens):
            last = len(tokens) - 1
            if start + most <= last:
                last = next((i for i in range(start + most, start, -1) if tokens[i] in ends), start + most)
            piece = tokens[start : last + 1]
            yield _Chunk(self._written(piece), piece, spans[start : last + 1])
            start = last + 1

    def _written(self, tokens: Sequence[str]) -> str:
        text: str = self.model.hf_tokenizer.convert_tokens_to_string(list(tokens))
        return text

    def _score(self, chunks: Sequence[_Chunk]) -> None:
        """Fill in the words of ``chunks``."""
        fed = [self._fed(chunk.text) for chunk in chunks]
        texts = [chunk.text for chunk in chunks]

        def compute(missing: Sequence[str]) -> list[npt.NDArray[np.float32]]:
            return self.model.run([self._ids(self._fed(text)) for text in missing])

        lengths = dict(zip(texts, map(len, fed), strict=True))

        def valid(text: str, array: npt.NDArray[Any]) -> bool:
            return are_numbers(array, np.float32, (lengths[text],))

        scored = through_cache("parity", self.model.fingerprint, texts, compute, valid=valid, pack=_softmax)
        for chunk, tokens, probabilities in zip(chunks, fed, scored, strict=True):
            chunk.words = self._words(tokens, probabilities, _matched(tokens[1:], chunk.tokens, chunk.spans))

    def _fed(self, text: str) -> list[str]:
        return ["[CLS]", *self._tokens(text), "[SEP]"][:_WINDOW]

    def _ids(self, tokens: Sequence[str]) -> list[int]:
        unknown = self.model.hf_tokenizer.unk_token_id
        ids = (self.model.tokenizer.token_to_id(token) for token in tokens)
        return [unknown if id is None else id for id in ids]

    def _words(
        self, tokens: Sequence[str], probabilities: npt.NDArray[np.float32], spans: Sequence[Span | None]
    ) -> list[_Word]:
        words: list[_Word] = []
        placeholders = set(self._map.values())
        unknown = self.model.hf_tokenizer.unk_token
        for i, (token, probability) in enumerate(zip(tokens, probabilities, strict=True)):
            known = token if self.model.tokenizer.token_to_id(token) is not None else unknown
            if known in self._special:
                continue
            span = spans[i - 1] if i else None
            bare = known.lstrip(self._mark)
            if self._begins_word(known, bare, placeholders) or not words:
                shown = known
                for force_token, placeholder in self._map.items():
                    shown = shown.replace(placeholder, force_token)
                forced = 1.0 if bare in self.force_tokens or bare in placeholders else probability
                words.append(_Word(shown, probability))
            else:
                shown, forced = known, probability
                words[-1].text += bare
            if self.force_reserve_digit and any(map(str.isdecimal, shown)):
                forced = 1.0
            words[-1].probabilities.append(forced)
            if span is not None:
                before = words[-1].span
                words[-1].span = Span(before.start if before else span.start, span.end)
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
            return replace(segment, text=text, verbatim=False)
        parts = []
        for chunk in chunks:
            self._choose(chunk.words, reduce)
            parts.append(self._written([word.text for word in chunk.words if word.kept]))
        return _segment_of(segment, "".join(parts), [word for chunk in chunks for word in chunk.words])

    def _choose(self, words: Sequence[_Word], reduce: float) -> None:
        """Mark the words of one chunk that are kept."""
        if not words:
            return
        probabilities = [word.probability for word in words]
        if self.drop_consecutive:
            self._zero_repeated(words, probabilities, np.percentile(probabilities, int(100 * reduce)))
        weights = token_counter("cl100k_base").many([word.text for word in words])
        expanded = [p for p, weight in zip(probabilities, weights, strict=True) for _ in range(weight)]
        threshold = np.percentile(expanded, int(100 * reduce + 1))
        before = None
        for word, probability in zip(words, probabilities, strict=True):
            word.kept = bool(probability > threshold or (threshold == 1.0 and probability == threshold))
            if word.kept and self.drop_consecutive and word.text in self.force_tokens and before == word.text:
                word.kept = False
            if word.kept:
                before = word.text

    def _zero_repeated(self, words: Sequence[_Word], probabilities: list[Any], threshold: Any) -> None:
        between, before = False, None
        for i, word in enumerate(words):
            if word.text in self.force_tokens:
                if not between and word.text == before:
                    probabilities[i] = 0.0
                between, before = False, word.text
            else:
                between = between or bool(probabilities[i] > threshold)


def _segment_of(segment: Segment, text: str, words: Sequence[_Word]) -> Segment:
    """``segment`` as the tokenizer writes what is kept of it; units and spans point into the source."""
    found = [word for word in words if word.span is not None and word.span.start < word.span.end]
    spans = tuple(word.span for word in found if word.kept and word.span is not None)
    units = tuple(Unit(*word.span, float(word.probability)) for word in found if word.span is not None)
    score = float(np.mean([word.first for word in words])) if words else segment.score
    return replace(segment, text=text, spans=spans, units=units, score=score, verbatim=False)


def _best_contexts(contexts: Sequence[Sequence[_Chunk]], share: float) -> list[bool]:
    words = [[word for chunk in chunks for word in chunk.words] for chunks in contexts]
    scores = [sum(word.first for word in found) / len(found) if found else 0.0 for found in words]
    threshold = np.percentile(scores, int(100 * (1 - share)))
    return [bool(score >= threshold) for score in scores]


def _softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    odds = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(odds[:, 1] / odds.sum(1), np.float32)


def _spans_before(text: str, replaced: str, offsets: Sequence[tuple[int, int]], named: dict[str, str]) -> list[Span]:
    """Offsets in ``replaced`` as offsets in ``text``: a placeholder stands for its force token."""
    moves: list[tuple[int, int]] = []  # (end of a placeholder, how much longer the text is up to there)
    at = moved = 0
    tokens = {placeholder: token for token, placeholder in named.items()}
    while tokens and (hits := [(place, p) for p in tokens if (place := replaced.find(p, at)) >= 0]):
        place, placeholder = min(hits)
        at = place + len(placeholder)
        moved += len(tokens[placeholder]) - len(placeholder)
        moves.append((at, moved))
    ends = np.array([end for end, _ in moves], np.int64)
    shifts = np.array([0, *(moved for _, moved in moves)], np.int64)

    def source(position: int) -> int:
        return position + int(shifts[np.searchsorted(ends, position, "right")]) if len(ends) else position

    return [Span(source(start), source(end)) for start, end in offsets]


def _matched(tokens: Sequence[str], before: Sequence[str], spans: Sequence[Span]) -> list[Span | None]:
    """Where each of ``tokens`` stands, where the chunk's first reading ``before`` has the same token."""
    if list(tokens[: len(before)]) == list(before):
        return [*spans, *[None] * (len(tokens) - len(before))]
    out: list[Span | None] = [None] * len(tokens)
    for a, b, size in SequenceMatcher(None, tokens, before, autojunk=False).get_matching_blocks():
        out[a : a + size] = spans[b : b + size]
    return out
