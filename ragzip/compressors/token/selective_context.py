"""Selective Context: words by their self-information."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from ragzip.backends.cached import CachedWordScorer, Codec, through_cache
from ragzip.backends.entries import are_offsets, is_array_of
from ragzip.backends.load import load_self_information
from ragzip.cache import ModelTask
from ragzip.checks import choice, path_of
from ragzip.compressors.fingerprints import Fingerprinted
from ragzip.compressors.token.family import Token
from ragzip.errors import MissingExtraError, ModelError
from ragzip.fitting.choose import whole_protected
from ragzip.text.spans import Span
from ragzip.text.splitters import blocks, sentences
from ragzip.types import Segment

if TYPE_CHECKING:
    from ragzip.backends.protocols import WordScorer
    from ragzip.text.scores import Pieces

__all__ = ["SelectiveContext"]

_PIPELINE = "en_core_web_sm"
_SPACY_MOST = 100_000  # characters at once


class SelectiveContext(Token):
    """Selective Context (Li et al. 2023, arXiv 2310.06201): what a causal language model could guess is dropped.

    What differs from its code: sentences are batched, offsets and white space of the source are kept, and the share
    that is kept is the exact budget. Phrases are noun chunks, like there; other words stand alone.

    :param model: a folder, a hub id (the paper's is "gpt2"), a GGUF file, or any
        :class:`~ragzip.backends.protocols.WordScorer`. There is no default: no such weights are shipped.
    :param level: what is kept or dropped whole: "phrase" (needs spaCy and a pipeline with a parser; without them, and
        none named, it is "word"), "word" or "sentence".
    :param pipeline: name or folder of a spaCy pipeline; default: en_core_web_sm where it is installed.
    :param device: default: CUDA where there is one, else the CPU.
    :raises MissingExtraError: a pipeline is named, but spaCy is not installed.
    :raises ModelError: no model is named, or it or the pipeline cannot be loaded.

    Other parameters: see :class:`~ragzip.compressors.token.family.Token`.
    """

    name: ClassVar[str] = "token/selective-context.v1"
    scores_are_probabilities: ClassVar[bool] = False

    def __init__(
        self,
        model: str | Path | WordScorer | None = None,
        *,
        device: str | None = None,
        level: Literal["phrase", "word", "sentence"] = "phrase",
        pipeline: str | Path | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.level = choice(level, "level", ("phrase", "word", "sentence"))
        if pipeline is not None:
            path_of(pipeline, "pipeline", expected="the name or folder of a spaCy pipeline")
        self.pipeline = None if pipeline is None else str(pipeline)
        self._spacy = _load_pipeline(self.pipeline) if level == "phrase" else None
        self.scorer = CachedWordScorer(load_self_information(model, device=device))

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        return (self.scorer,)

    def score_words(self, texts: Sequence[str], query: str | None) -> list[Pieces]:
        return self.scorer.score_words(texts)

    def _units(self, segment: Segment) -> list[Span]:
        unit_spans = super()._units(segment)
        source = segment.document.text
        if self.level == "sentence":
            return whole_protected(unit_spans, sentences(source))
        return whole_protected(unit_spans, self._phrases(source)) if self._spacy else unit_spans

    def _phrases(self, text: str) -> list[Span]:
        """Noun chunks of the prose in ``text``, by block and through the cache: the parser is a model too."""
        prose_blocks = [block for block in blocks(text) if block.kind in ("prose", "list", "heading")]
        block_texts = [text[block.start : min(block.end, block.start + _SPACY_MOST)] for block in prose_blocks]
        fingerprint = f"spacy:{self._spacy.meta['name']}:{self._spacy.meta['version']}" if self._spacy else ""
        task = ModelTask("phrases", fingerprint)
        offsets_by_block = through_cache(task, block_texts, self._parse, Codec(_are_phrases))
        return [
            Span(block.start + start, block.start + end)
            for block, offsets in zip(prose_blocks, offsets_by_block, strict=True)
            for start, end in offsets.tolist()
        ]

    def _parse(self, texts: Sequence[str]) -> list[np.ndarray[tuple[int, ...], np.dtype[np.int32]]]:
        parsed_documents = self._spacy.pipe(texts) if self._spacy else ()
        return [
            np.array(
                [(noun_chunk.start_char, noun_chunk.end_char) for noun_chunk in document.noun_chunks], np.int32
            ).reshape(-1, 2)
            for document in parsed_documents
        ]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_spacy": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._spacy = _load_pipeline(self.pipeline) if self.level == "phrase" else None


def _are_phrases(text: str, array: np.ndarray[tuple[int, ...], np.dtype[Any]]) -> bool:
    return is_array_of(array, np.int32, (None, 2)) and are_offsets(text, array)


def _load_pipeline(name: str | None) -> Any:
    try:
        import spacy
    except ModuleNotFoundError as error:
        if name is None:
            return None
        raise MissingExtraError("spacy", "spacy") from error
    try:
        pipeline = spacy.load(name or _PIPELINE, exclude=["ner"])
    except OSError as error:
        if name is None:
            return None
        raise ModelError(f"pipeline: spaCy has no {name!r} here ({str(error)[:200]}).") from error
    if not pipeline("It is so.").has_annotation("DEP"):
        raise ModelError(f"pipeline: {name or _PIPELINE!r} has no parser, and noun chunks need one.")
    return pipeline
