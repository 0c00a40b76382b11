"""Models that read a query and a passage together, in one layout for training and use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.backends.protocols import PassageScores, TokenModel
from ragzip.backends.windows import cut, pair_specials, tokenize
from ragzip.text.scores import grouped

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["MAX_QUERY_TOKENS", "MAX_TITLE_TOKENS", "VALUES", "PairReader", "PairWindow", "pair_windows"]

MAX_QUERY_TOKENS = 128  # of a longer query the first and the last 64 are read
MAX_TITLE_TOKENS = 32
VALUES = 4  # of a token: sentence value, its weight in the sentence, word, relevance (at the first token)


class PairWindow(NamedTuple):
    """The token ids of one window; from ``offset`` on, the tokens ``start`` to ``stop`` of the passage."""

    ids: list[int]
    offset: int
    start: int
    stop: int


def pair_windows(
    tokenizer: Tokenizer, query: str, passages: Sequence[tuple[str | None, str]], longest: int
) -> list[tuple[npt.NDArray[np.int32], list[PairWindow]]]:
    """The offsets of the tokens of each (title, text), and the windows ``[CLS] query [SEP] title [SEP] text [SEP]``
    (without a title, ``[CLS] query [SEP] text [SEP]``), with the special tokens that the tokenizer sets around and
    between two texts: for XLM-R ``<s> query </s> </s> text </s>``.

    *Shape* of the offsets: (n, 2). A text that does not fit one window has several windows, cut at sentence ends.
    """
    opening_ids, separator_ids, closing_ids = pair_specials(tokenizer)
    query_ids = tokenize(tokenizer, [query])[0].ids.tolist()
    if len(query_ids) > MAX_QUERY_TOKENS:
        query_ids = query_ids[: MAX_QUERY_TOKENS // 2] + query_ids[-MAX_QUERY_TOKENS // 2 :]
    title_tokens = tokenize(tokenizer, [title or "" for title, _ in passages])
    windows_by_passage = []
    text_tokens = tokenize(tokenizer, [text for _, text in passages], empty_marks=True)
    for (_, text), title, tokens in zip(passages, title_tokens, text_tokens, strict=True):
        title_ids = title.ids[:MAX_TITLE_TOKENS].tolist()
        head_ids = [*opening_ids, *query_ids, *separator_ids, *title_ids, *(separator_ids if title_ids else ())]
        windows = [
            PairWindow([*head_ids, *tokens.ids[start:stop].tolist(), *closing_ids], len(head_ids), start, stop)
            for start, stop in cut(text, tokens.spans, longest - len(head_ids) - len(closing_ids))
        ]
        windows_by_passage.append((tokens.spans, windows))
    return windows_by_passage


class PairReader:
    """A :class:`~ragzip.backends.protocols.PassageScorer` over a model with :data:`VALUES` outputs for each token, such
    as the shipped pruner. A passage of several windows is as relevant as its best one.

    :param titled: whether the model reads titles.
    """

    def __init__(self, model: TokenModel, *, titled: bool = True) -> None:
        self.model, self.titled = model, titled

    @property
    def fingerprint(self) -> str:
        return f"{self.model.fingerprint}:pairs{'' if self.titled else ':untitled'}"

    def score_passages(self, query: str | None, passages: Sequence[tuple[str | None, str]]) -> list[PassageScores]:
        """See :class:`~ragzip.backends.protocols.PassageScorer`; values and relevance are logits."""
        if not self.titled:
            passages = [(None, text) for _, text in passages]
        windows_by_passage = pair_windows(self.model.tokenizer, query or "", passages, self.model.longest)
        outputs = self.model.run([window.ids for _, windows in windows_by_passage for window in windows])
        outputs_by_passage = grouped(outputs, [windows for _, windows in windows_by_passage])
        scores = []
        for (spans, windows), window_outputs in zip(windows_by_passage, outputs_by_passage, strict=True):
            token_values = np.zeros((len(spans), VALUES - 1), np.float32)
            window_relevances = []
            for window, output in zip(windows, window_outputs, strict=True):
                passage_end = window.offset + window.stop - window.start
                token_values[window.start : window.stop] = output[window.offset : passage_end, : VALUES - 1]
                window_relevances.append(float(output[0, VALUES - 1]))
            sentence, weight, word = token_values.T
            scores.append(PassageScores(spans, sentence, weight, word, max(window_relevances, default=-np.inf)))
        return scores

    def __reduce__(self) -> tuple[Any, ...]:
        return _reader, (self.model, self.titled)


def _reader(model: TokenModel, titled: bool) -> PairReader:
    return PairReader(model, titled=titled)
