"""SCOPE: chunks of one meaning, each rewritten to a rate of its own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any, ClassVar

import numpy as np

from ragzip.backends.cached import CachedEmbedder
from ragzip.backends.load import load_embedder
from ragzip.backends.protocols import TextEmbedder
from ragzip.checks import with_methods
from ragzip.compressors.abstractive.chunks import chunks
from ragzip.compressors.abstractive.family import Abstractive, Piece, Reading
from ragzip.compressors.checking.facts import facts
from ragzip.compressors.fingerprints import Fingerprinted, models_of
from ragzip.process.lazy_property import lazy_property
from ragzip.text.spans import Span

__all__ = ["Scope"]

_LEAST = 8  # tokens, under which a chunk is left out
_EQUAL = 1e-6  # tokens: shares are found by halving, from below
_NEARLY = 0.8  # rate from which a chunk stays as it is
_KEYWORDS = 8
_MAX_FACTS = 256  # of a chunk, that are looked for in what was written


class Scope(Abstractive):
    """SCOPE (2025, arXiv 2508.15813): text is cut where its meaning changes, each chunk gets a rate by how
    relevant it is, a model rewrites all of them at once, and they stand in their order.

    What differs from the paper, of which there is no code: relevance is the pruner's; keywords are the chunk's names,
    numbers and dates, and those that a rewriting leaves out are added after it where there is room; what is written is
    checked.

    :param embedder: says where meaning changes; default: the shipped one.
    """

    name: ClassVar[str] = "abstractive/scope.v1"

    def __init__(self, model: Any = None, *, embedder: TextEmbedder | None = None, **options: Any) -> None:
        super().__init__(model, **options)
        if embedder is not None:
            with_methods(embedder, "embedder", ("embed", "dimension", "fingerprint"), expected="a TextEmbedder")
        self._embedder = embedder

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        return (*super().models, *models_of(self._embedder))

    @lazy_property
    def embedder(self) -> CachedEmbedder:
        """Says where meaning changes."""
        return CachedEmbedder(load_embedder(self._embedder, None))

    def cut(self, text: str) -> list[Span]:
        return chunks(text, self.embedder)

    def plan(self, pieces: Sequence[Piece], limit: int) -> list[Reading]:
        """Rates grow with relevance, as far as the budget reaches; what would get next to nothing is left out."""
        if not pieces:
            return []
        token_counts = np.array([piece.tokens for piece in pieces], float)
        relative_worths = np.array([max(piece.relevance, 1e-3) for piece in pieces])
        relative_worths = np.sqrt(relative_worths / relative_worths.max())
        is_kept = _large_enough(token_counts, relative_worths, limit)
        token_caps = _shares(token_counts * is_kept, relative_worths, limit)
        token_caps = np.where(token_caps >= _NEARLY * token_counts, token_counts, token_caps)
        return [
            Reading((pieces[piece_number],), int(token_caps[piece_number]))
            for piece_number in np.flatnonzero(is_kept).tolist()
        ]

    def extras(self, reading: Reading, written: str) -> list[str]:
        written_folded = written.casefold()
        missing: dict[str, None] = {}
        for piece in reading.pieces:
            best_sentences = np.argsort(-piece.scores, kind="stable")[:3].tolist()
            for start, end in (piece.sentences[sentence_number] for sentence_number in sorted(best_sentences)):
                sentence = piece.text[start:end]
                for fact in islice(facts(sentence), _MAX_FACTS):
                    fact_text = sentence[fact.start : fact.end]
                    if fact.kind in ("name", "number", "date") and fact_text.casefold() not in written_folded:
                        missing.setdefault(fact_text)
        return [f"({fact_text})" for fact_text in list(missing)[:_KEYWORDS]]


def _large_enough(tokens: Any, worth: Any, limit: int) -> Any:
    """A mask of the chunks that stay if those with too small a share are left out one by one, the least worth first.
    *Shape:* (n,).

    Each that goes raises the factor of the others, so that whoever has enough keeps it: one pass in order of worth. The
    factor is that of :func:`_shares`: ``whole`` are the tokens of the chunks that stay as they are with it, ``scaled``
    the tokens times worth of the others.
    """
    is_kept = np.ones(len(tokens), bool)
    worst_first = np.argsort(worth, kind="stable")
    whole_tokens, scaled_tokens, first_whole = 0.0, float((tokens * worth).sum()), len(worst_first)
    kept_count, factor = len(worst_first), 0.0
    for piece_number in worst_first.tolist():
        while scaled_tokens > 0:
            factor = max(factor, (limit - whole_tokens) / scaled_tokens)
            nearest = worst_first[first_whole - 1] if first_whole else piece_number
            if first_whole == 0 or worth[nearest] * factor < 1:
                break
            first_whole -= 1
            if is_kept[nearest]:
                whole_tokens += tokens[nearest]
                scaled_tokens -= tokens[nearest] * worth[nearest]
        kept_share = worth[piece_number] * factor  # of its tokens
        if kept_count > 1 and kept_share < 1 and tokens[piece_number] * kept_share <= _LEAST + _EQUAL:
            is_kept[piece_number] = False
            kept_count -= 1
            scaled_tokens -= tokens[piece_number] * worth[piece_number]
    return is_kept


def _shares(tokens: Any, worth: Any, limit: int) -> Any:
    """Tokens of each chunk: its own number times its worth times what makes them fill the limit, but not more than it
    has.
    """
    low, high = 0.0, float(1 / worth.min()) if len(worth) else 1.0
    for _ in range(40):
        middle = (low + high) / 2
        if np.minimum(tokens, tokens * worth * middle).sum() <= limit:
            low = middle
        else:
            high = middle
    return np.minimum(tokens, tokens * worth * low)
