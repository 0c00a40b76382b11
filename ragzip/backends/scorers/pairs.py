"""Models that read a query and a passage together; how they read them is one layout for training and for use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.backends.protocols import PassageScores, TokenModel
from ragzip.backends.scorers.windows import cut, pair_specials, tokenize

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["LONGEST_QUERY", "LONGEST_TITLE", "VALUES", "PairReader", "PairWindow", "pair_windows", "segment_ids"]

LONGEST_QUERY = 128  # tokens; of a longer query the first and the last 64 are read
LONGEST_TITLE = 32
VALUES = 4  # of a token: sentence value, its weight in the sentence, word, relevance (at the first token)


class PairWindow(NamedTuple):
    """Token ids of one window, and which tokens of the passage stand in it, from ``offset`` on."""

    ids: list[int]
    offset: int
    start: int
    stop: int


def pair_windows(
    tokenizer: Tokenizer, query: str, passages: Sequence[tuple[str | None, str]], longest: int
) -> list[tuple[npt.NDArray[np.int32], list[PairWindow]]]:
    """For each (title, text): offsets of its tokens, and the windows ``[CLS] query [SEP] title [SEP] text [SEP]``
    (without a title, ``[CLS] query [SEP] text [SEP]``), with the special tokens that the tokenizer sets around and
    between two texts: of XLM-R ``<s> query </s> </s> text </s>``.

    *Shape* of the offsets: (n, 2). A text that does not fit one window has several, cut at sentence ends.
    """
    before, between, after = pair_specials(tokenizer)
    asked = tokenize(tokenizer, [query])[0].ids.tolist()
    if len(asked) > LONGEST_QUERY:
        asked = asked[: LONGEST_QUERY // 2] + asked[-LONGEST_QUERY // 2 :]
    titles = tokenize(tokenizer, [title or "" for title, _ in passages])
    out = []
    texts = tokenize(tokenizer, [text for _, text in passages], empty_marks=True)
    for (_, text), title, tokens in zip(passages, titles, texts, strict=True):
        named = title.ids[:LONGEST_TITLE].tolist()
        head = [*before, *asked, *between, *named, *(between if named else ())]
        windows = [
            PairWindow([*head, *tokens.ids[start:stop].tolist(), *after], len(head), start, stop)
            for start, stop in cut(text, tokens.spans, longest - len(head) - len(after))
        ]
        out.append((tokens.spans, windows))
    return out


def segment_ids(token_ids: Any, separator: int) -> Any:
    """0 up to the first separator, 1 after it; of a torch tensor. *Shape:* that of ``token_ids``."""
    separators = (token_ids == separator).long()
    return (separators.cumsum(1) - separators).clamp(max=1)


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
        found = pair_windows(self.model.tokenizer, query or "", passages, self.model.longest)
        outputs = iter(self.model.run([window.ids for _, windows in found for window in windows]))
        out = []
        for spans, windows in found:
            values = np.zeros((len(spans), VALUES - 1), np.float32)
            relevance = []
            for window in windows:
                output = next(outputs)
                stop = window.offset + window.stop - window.start
                values[window.start : window.stop] = output[window.offset : stop, : VALUES - 1]
                relevance.append(float(output[0, VALUES - 1]))
            sentence, weight, word = values.T
            out.append(PassageScores(spans, sentence, weight, word, max(relevance, default=-np.inf)))
        return out

    def __reduce__(self) -> tuple[Any, ...]:
        return _reader, (self.model, self.titled)


def _reader(model: TokenModel, titled: bool) -> PairReader:
    return PairReader(model, titled=titled)
