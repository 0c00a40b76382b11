"""An encoder of passages and one of their pieces as one, each for its ratios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ragzip.errors import ModelError, OptionError
from ragzip.text.spans import Span

if TYPE_CHECKING:
    from ragzip.backends.protocols import SoftEncoder
    from ragzip.soft.language import LanguageModel

__all__ = ["GrainedEncoder"]


class GrainedEncoder:
    """A :class:`~ragzip.backends.protocols.SoftEncoder` of texts of two sizes: coarse ratios are those of passages, the
    others those of pieces.

    :param piece_encoder: whose pieces are the leaves.
    :param passage_encoder: whose pieces are the passages.
    :param passage_ratios: tokens to a vector of passages.
    :param lm: the language model that reads the vectors, where it is loaded.
    :raises ModelError: encoders for different language models.
    :raises OptionError: a ratio that the encoder of passages was not made for.
    """

    def __init__(
        self,
        piece_encoder: SoftEncoder,
        passage_encoder: SoftEncoder,
        passage_ratios: Sequence[int],
        *,
        lm: LanguageModel | None = None,
    ) -> None:
        if piece_encoder.space != passage_encoder.space:
            raise ModelError(
                f"encoders: received one for the language model {piece_encoder.space!r} and one for "
                f"{passage_encoder.space!r}, expected both for the same."
            )
        self.piece_encoder, self.passage_encoder, self.lm = piece_encoder, passage_encoder, lm
        self.passage_ratios = tuple(sorted({passage_encoder.check(ratio) for ratio in passage_ratios}))

    @property
    def fingerprint(self) -> str:
        """The identity of everything that changes the vectors."""
        return f"grained:{self.piece_encoder.fingerprint}:{self.passage_encoder.fingerprint}:{self.passage_ratios}"

    @property
    def space(self) -> str:
        """Fingerprint of the language model that reads the vectors."""
        return self.piece_encoder.space

    @property
    def hidden(self) -> int:
        """Width of the vectors."""
        return self.piece_encoder.hidden

    def check(self, ratio: int) -> int:
        """``ratio``, if it is one of passages, or one that pieces can have and that is finer than those.

        :raises OptionError: another ratio.
        """
        if isinstance(ratio, int) and ratio in self.passage_ratios:
            return ratio
        piece_ratio = self.piece_encoder.check(ratio)
        if piece_ratio > min(self.passage_ratios):
            raise OptionError(
                f"ratio: received {piece_ratio} for pieces and {min(self.passage_ratios)} for passages, expected more "
                "tokens to a vector of passages than of their pieces."
            )
        return piece_ratio

    def pieces(self, text: str) -> list[Span]:
        """The spans of the leaves."""
        return self.piece_encoder.pieces(text)

    def passages(self, text: str) -> list[Span]:
        """The spans of the passages."""
        return self.passage_encoder.pieces(text)

    def sizes(self, texts: Sequence[str], ratio: int) -> list[int]:
        """The number of vectors of each text."""
        return self._encoder_for(ratio).sizes(texts, ratio)

    def encode(self, texts: Sequence[str], ratio: int) -> list[npt.NDArray[np.float16]]:
        """The vectors of each text. *Shape:* (size, hidden) each."""
        return self._encoder_for(ratio).encode(texts, ratio)

    def _encoder_for(self, ratio: int) -> SoftEncoder:
        return self.passage_encoder if ratio in self.passage_ratios else self.piece_encoder
