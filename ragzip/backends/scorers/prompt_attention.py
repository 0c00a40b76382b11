"""Word scores from the attention of a prompt's last token. Needs ``ragzip[torch]``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.backends.runtimes.attention import AttentionReader, Products
from ragzip.backends.scorers.retrieval_heads import RetrievalHeads
from ragzip.backends.windows import Tokens, cut, tokenize
from ragzip.checks import whole_number
from ragzip.errors import InputError
from ragzip.output.layout import ASK
from ragzip.text.scores import Pieces, grouped

if TYPE_CHECKING:
    from ragzip.backends.runtimes.torch import TorchModel

__all__ = ["DEFAULT_DEPTH", "Frame", "PromptAttention", "default_layer", "frame_of", "text_scores"]

DEFAULT_DEPTH = 0.75  # of the layers. The paper reads 0.41 to 0.59 of larger models; smaller ones find answers later
_MAX_WINDOW_TOKENS = 8192
_NEIGHBOURS = 2  # on each side, which a token's score is averaged with
_GENERAL_QUESTION = "What are the main points?"
_PLACEHOLDERS = range(0xE000, 0xF900)  # private use characters: one stands for the text in the chat format


class Frame(NamedTuple):
    """The token ids of a prompt before and after the text."""

    before: list[int]
    after: list[int]


class PromptAttention:
    """A :class:`~ragzip.backends.protocols.WordScorer`: the inner products of the prompt's last query vector with the
    keys of the text's tokens, summed over heads, each sum averaged with two neighbours on either side.

    The question is after the text, in the model's chat format where it has one. A text that is longer than the
    window is read in several, each with the question after it.

    :param layer: the layer whose heads are summed, all of them; default: :func:`default_layer`.
    :param heads: those that are summed in place of the heads of one layer.
    :param softmax: sum the heads' attention weights in place of their inner products.
    :param window: token ids that are read at once, the prompt included; default: what the model reads, at most 8,192.
    :raises OptionError: a layer or head that the model does not have.
    :raises ModelError: heads that were found for another model.
    """

    def __init__(
        self,
        model: AttentionReader,
        *,
        layer: int | None = None,
        heads: RetrievalHeads | None = None,
        softmax: bool = False,
        window: int | None = None,
    ) -> None:
        self.model, self.softmax = model, softmax
        self.layer = default_layer(model.layer_count)
        if layer is not None:
            self.layer = whole_number(layer, "layer", most=model.layer_count - 1)
        if heads is not None:
            heads.check(model.layer_count, model.head_count)
        self.heads = () if heads is None else tuple(sorted(heads.scores))
        self.window = min(model.longest, window or _MAX_WINDOW_TOKENS)

    @classmethod
    def over(
        cls, model: TorchModel, *, layer: int | None, heads: RetrievalHeads | None, softmax: bool, window: int | None
    ) -> PromptAttention:
        """The scorer over a causal language model."""
        return cls(AttentionReader(model), layer=layer, heads=heads, softmax=softmax, window=window)

    @property
    def layers(self) -> list[int]:
        """The numbers of the layers that are read, in ascending order; none after the last of them is run."""
        return sorted({head.layer for head in self.heads}) or [self.layer]

    @property
    def fingerprint(self) -> str:
        read_part = ",".join(f"{layer}.{head}" for layer, head in self.heads) or f"layer {self.layer}"
        summed_part = "softmax" if self.softmax else "products"
        return f"{self.model.fingerprint}:prompt-attention:{read_part}:{summed_part}:{self.window}"

    def score_words(self, texts: Sequence[str], query: str | None = None) -> list[Pieces]:
        """The tokens of each text with their scores.

        :raises InputError: the question leaves no room for the text.
        """
        frame = frame_of(self.model, query)
        payload_tokens = self.window - len(frame.before) - len(frame.after)
        if payload_tokens < len(frame.after):
            raise InputError(
                f"query: it has {len(frame.after)} tokens with its prompt, and the model reads {self.window}, expected "
                "a question that leaves half of them for the text."
            )
        tokens_by_text = tokenize(self.model.model.tokenizer, texts)
        ranges_by_text = [
            cut(text, tokens.spans, payload_tokens) for text, tokens in zip(texts, tokens_by_text, strict=True)
        ]
        window_scores = self._window_scores(tokens_by_text, ranges_by_text, frame)
        return [
            Pieces(tokens.spans, np.concatenate([np.zeros(0, np.float32), *scores_of_text]))
            for tokens, scores_of_text in zip(tokens_by_text, grouped(window_scores, ranges_by_text), strict=True)
        ]

    def _window_scores(
        self, tokens_by_text: Sequence[Tokens], ranges_by_text: Sequence[Sequence[tuple[int, int]]], frame: Frame
    ) -> list[npt.NDArray[np.float32]]:
        windows = [
            [*frame.before, *tokens.ids[start:stop].tolist(), *frame.after]
            for tokens, token_ranges in zip(tokens_by_text, ranges_by_text, strict=True)
            for start, stop in token_ranges
        ]
        last_positions = [[len(window) - 1] for window in windows]
        return [
            text_scores(self._chosen(products), frame, softmax=self.softmax)
            for products in self.model.products(windows, last_positions, self.layers)
        ]

    def _chosen(self, products: Products) -> npt.NDArray[np.float32]:
        """The products of the heads that are summed. *Shape:* (layers, heads, 1, tokens) to (summed heads, tokens)."""
        if not self.heads:
            return products[0, :, 0]
        layers = self.layers
        return np.stack([products[layers.index(layer), head, 0] for layer, head in self.heads])


def default_layer(layer_count: int) -> int:
    """The layer at three quarters of a model's depth."""
    return min(layer_count - 1, round(DEFAULT_DEPTH * layer_count))


def text_scores(products: npt.NDArray[np.float32], frame: Frame, *, softmax: bool) -> npt.NDArray[np.float32]:
    """The scores of the tokens of the text within ``frame``: sums over heads, averaged with their neighbours.

    :param products: of the last query with all tokens of the prompt. *Shape:* (heads, tokens of prompt and text).
    :param softmax: sum attention weights, which prompt and text share, in place of products.
    """
    if softmax:
        weights = np.exp(products - products.max(1, keepdims=True))
        products = weights / weights.sum(1, keepdims=True)
    return _averaged(products.sum(0)[len(frame.before) : -len(frame.after)])


def _averaged(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Each score's mean with its two neighbours on either side, as far as there are any. *Shape:* (n,) to the same."""
    totals = np.concatenate([[0.0], np.cumsum(scores, dtype=np.float64)])
    starts = np.maximum(np.arange(len(scores)) - _NEIGHBOURS, 0)
    stops = np.minimum(np.arange(len(scores)) + _NEIGHBOURS + 1, len(scores))
    return np.asarray((totals[stops] - totals[starts]) / (stops - starts), np.float32)


def frame_of(model: AttentionReader, query: str | None) -> Frame:
    """The prompt around a text, with the question after it; without one, a general question."""
    before, after = f"{ASK}\n\n", f"\n\nQuestion: {query or _GENERAL_QUESTION}\nAnswer:"
    tokenizer = model.model.hf_tokenizer
    if not getattr(tokenizer, "chat_template", None):
        return Frame(list(tokenizer.encode(before)), list(tokenizer.encode(after, add_special_tokens=False)))
    placeholder = next(chr(code) for code in _PLACEHOLDERS if chr(code) not in after)
    messages = [{"role": "user", "content": f"{before}{placeholder}{after}"}]
    formatted = str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))
    formatted_before, _, formatted_after = formatted.partition(placeholder)
    return Frame(
        list(tokenizer.encode(formatted_before, add_special_tokens=False)),
        list(tokenizer.encode(formatted_after, add_special_tokens=False)),
    )
