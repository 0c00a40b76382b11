"""Template of the abstractive family: cut, plan, rewrite (cached), check against what was read, fit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

import numpy as np

from ragzip.backends.cached import CachedRewriter
from ragzip.backends.parallel import at_once, usable_cores
from ragzip.backends.rewriters import load_rewriter
from ragzip.checks import choice, with_methods
from ragzip.compressors.checking.check import Checker
from ragzip.compressors.checking.evidence import MAX_SENTENCE_CHARS
from ragzip.compressors.chooser import WithChooser
from ragzip.compressors.extractive.family import Extractive
from ragzip.compressors.extractive.texts.passages import Passage
from ragzip.compressors.fingerprints import Fingerprinted, models_of
from ragzip.fitting.choose import Fill, choose, whole_protected
from ragzip.fitting.limits import DEFAULT_RATE
from ragzip.fitting.lines import Line, RewrittenDraft
from ragzip.process.lazy_property import lazy_property
from ragzip.text.scores import Scores
from ragzip.text.spans import Span
from ragzip.text.splitters import sentences
from ragzip.types import Budget, Claim, Segment

if TYPE_CHECKING:
    from ragzip.backends.protocols import Rewriter

__all__ = ["Abstractive", "Piece", "Reading", "Unsupported"]

Unsupported = Literal["drop", "extract", "keep"]
_AT_ONCE = 16  # readings of different length written at the same time
_STEP = 1.15  # lengths asked for are powers of it: budgets that are near share what was written
_LEAST = 8  # tokens, under which nothing is written
_LAST = -1.0  # value of what only fills what is left
_STOPS, _CLOSING = (".", "!", "?", "…", "。", "！", "？"), " \"'”’)]」』"


@dataclass(frozen=True)
class Piece:
    """A part of a document: its place in the kept text, its sentences there, and their scores."""

    segment: int
    span: Span
    title: str | None
    text: str
    sentences: tuple[Span, ...]
    scores: Scores
    tokens: int

    @property
    def relevance(self) -> float:
        return float(self.scores.max(initial=0.0))

    @property
    def shares(self) -> Scores:
        """Tokens of each sentence, by its length."""
        lengths = np.array([end - start for start, end in self.sentences], np.float64)
        return lengths / max(1, len(self.text)) * self.tokens

    @property
    def titled_text(self) -> str:
        """The text, below its title where it has one: what a model reads of it."""
        return f"{self.title}\n{self.text}" if self.title else self.text


@dataclass(frozen=True)
class Reading:
    """Pieces that are rewritten as one, in at most so many tokens; as many as they have: they stay as they are."""

    pieces: tuple[Piece, ...]
    most: int

    @property
    def text(self) -> str:
        return "\n\n".join(piece.titled_text for piece in self.pieces)

    @property
    def tokens(self) -> int:
        return sum(piece.tokens for piece in self.pieces)


class Abstractive(WithChooser, ABC):
    """Writes what is left of the documents again, shorter. A method writes :meth:`cut` and :meth:`plan`.

    Every sentence that was written is checked against what was read (see :mod:`ragzip.compressors.checking`):
    ``Result.report`` says what came of it. The budget is kept by leaving out whole sentences, the least relevant
    first. A document with something protected in it is rewritten only where all of that survives as it is; else
    sentences of it are chosen.

    :param model: what rewrites, with ``url``, ``key``, ``timeout``, ``prompt``, ``adapter``: see
        :func:`ragzip.backends.rewriters.load_rewriter`.
    :param unsupported: of a sentence that the sources do not bear out: "drop" leaves it out (and where nothing else was
        written, the best sentences of the text come in), "extract" takes the best sentences of the text instead of all
        that was written of it, "keep" only reports it.
    :param chooser: what says how relevant sentences of the text are; default: the shipped pruner, one
        reading of it.
    :param checker: what checks; default: :class:`~ragzip.compressors.checking.check.Checker`.
    :raises OptionError: an option outside its range.
    :raises ModelError: no model, or one that cannot be loaded.
    """

    name: ClassVar[str]
    fill: ClassVar[Fill] = "none"
    default_rate: ClassVar[float | None] = DEFAULT_RATE
    chooser_hops = 1

    def __init__(
        self,
        model: Any = None,
        *,
        url: str | None = None,
        key: str | None = None,
        timeout: float | None = None,
        prompt: str | None = None,
        adapter: str | Path | bool | None = None,
        unsupported: Unsupported = "drop",
        chooser: Extractive | None = None,
        checker: Checker | None = None,
        dtype: str | None = None,
        device: str | None = None,
    ) -> None:
        self.unsupported: Unsupported = choice(unsupported, "unsupported", get_args(Unsupported))
        super().__init__(chooser)
        self.rewriter: Rewriter = load_rewriter(
            model, url=url, key=key, timeout=timeout, prompt=prompt, adapter=adapter, dtype=dtype, device=device
        )
        self.cached = CachedRewriter(self.rewriter)
        if checker is not None:
            with_methods(checker, "checker", ("check",), expected="a Checker")
        self._checker = checker

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`; shipped models go with ragzip's version."""
        return (self.rewriter, *models_of(self._chooser), *models_of(self._checker))

    @lazy_property
    def checker(self) -> Checker:
        """Checks what was written."""
        return self._checker or Checker()

    @property
    def default_threshold(self) -> float | None:
        """Calls with a query and no budget read what the chooser takes for relevant; nothing, where nothing is."""
        return self.chooser.default_threshold

    @abstractmethod
    def cut(self, text: str) -> list[Span]:
        """The pieces of a document that are read by themselves, in order."""

    @abstractmethod
    def plan(self, pieces: Sequence[Piece], limit: int) -> list[Reading]:
        """The readings: pieces that the model reads together, each with a limit on its output. Pieces in no reading are
        left out.
        """

    def extras(self, reading: Reading, written: str) -> list[str]:
        """Lines for the rest of the budget, where there is any."""
        return []

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        pieces = self._pieces(query, segments, budget)
        if budget.threshold is not None:
            pieces = [piece for piece in pieces if piece.relevance >= budget.threshold]
        total_tokens = sum(piece.tokens for piece in pieces)
        token_limit = (
            max(_LEAST, round(DEFAULT_RATE * total_tokens)) if budget.max_tokens is None else budget.max_tokens
        )
        readings = self.plan(pieces, token_limit)
        written = self._written(query, readings)

        def lines(number: int) -> list[Line]:
            text = written[number]
            if text is None:
                return self._chosen(readings[number], segments)
            return self._checked(query, readings[number], text, segments, budget) if text else []

        draft = RewrittenDraft(segments, budget)
        for checked_lines in at_once(lines, range(len(readings)), usable_cores()):
            draft.lines += checked_lines
        draft.fit()
        return draft.segments()

    def _pieces(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Piece]:
        """All pieces, with the scores of their sentences."""
        piece_places: list[tuple[int, Span]] = []
        for segment_number, segment in enumerate(segments):
            if segment.text.strip():
                piece_places += [(segment_number, piece_span) for piece_span in self.cut(segment.text)]
        piece_texts = [segments[segment_number].text[slice(*piece_span)] for segment_number, piece_span in piece_places]
        sentence_spans = [tuple(whole_protected(sentences(text), budget.protect(text))) for text in piece_texts]
        titles = [segments[segment_number].document.title for segment_number, _ in piece_places]
        passages = [
            Passage(*passage_fields) for passage_fields in zip(titles, piece_texts, sentence_spans, strict=True)
        ]
        scores = self.chooser.score(query, passages) if passages else []
        piece_fields = zip(
            piece_places, titles, piece_texts, sentence_spans, scores, budget.count.many(piece_texts), strict=True
        )
        return [
            Piece(segment_number, piece_span, *other_fields)
            for (segment_number, piece_span), *other_fields in piece_fields
        ]

    def _written(self, query: str | None, readings: Sequence[Reading]) -> list[str | None]:
        """The text written for each reading; None for readings that stay as they are or get almost no budget.

        Those of one length go to the model together, all lengths at once.
        """
        readings_by_length: dict[int, list[int]] = {}
        for reading_number, reading in enumerate(readings):
            if _LEAST <= reading.most < reading.tokens:
                length_step = int(np.log(reading.most / _LEAST) / np.log(_STEP) + 1e-9)
                readings_by_length.setdefault(int(_LEAST * _STEP**length_step), []).append(reading_number)

        def write(most: int) -> list[str]:
            return self.cached.rewrite(
                query, [readings[reading_number].text for reading_number in readings_by_length[most]], most
            )

        written_texts: list[str | None] = [None] * len(readings)
        for most, texts in zip(readings_by_length, at_once(write, list(readings_by_length), _AT_ONCE), strict=True):
            for reading_number, text in zip(readings_by_length[most], texts, strict=True):
                written_texts[reading_number] = text.strip()
        return written_texts

    def _checked(
        self, query: str | None, reading: Reading, text: str, segments: Sequence[Segment], budget: Budget
    ) -> list[Line]:
        """The written text, sentence by sentence, each with the document that supports it best."""
        read_text = "\n".join(piece.text for piece in reading.pieces)
        protected_texts = {read_text[start:end].strip() for start, end in budget.protect(read_text)}
        kept_texts = {text[start:end].strip() for start, end in budget.protect(text)}
        if any(span not in text for span in protected_texts - kept_texts):
            return self._chosen(reading, segments)
        sentence_spans = sentences(text, longest_block=MAX_SENTENCE_CHARS)
        texts = _finished([text[start:end] for start, end in sentence_spans])
        read_spans = _read(reading)
        lines: list[Line] = []
        checked_sentences = self.checker.check(
            texts, [piece.titled_text for piece in reading.pieces], known=query or ""
        )
        for sentence, (verdict, doubt, reasons, source) in zip(texts, checked_sentences, strict=True):
            piece = reading.pieces[source]
            claim = Claim(sentence, verdict, doubt, reasons, documents=(segments[piece.segment].document.id,))
            is_allowed = verdict == "supported" or self.unsupported == "keep"
            lines.append(
                Line(piece.segment, sentence, piece.relevance, claim=claim, allowed=is_allowed, read=read_spans)
            )
        allowed_count = sum(line.allowed for line in lines)
        if not allowed_count or (self.unsupported == "extract" and allowed_count < len(lines)):
            return [*self._chosen(reading, segments), *(replace(line, allowed=False) for line in lines)]
        lines.sort(key=lambda line: line.segment)
        last_segment = lines[-1].segment
        return lines + [
            Line(last_segment, extra_text, _LAST, read=read_spans, is_preferred=False)
            for extra_text in self.extras(reading, text)
        ]

    def _chosen(self, reading: Reading, segments: Sequence[Segment]) -> list[Line]:
        """The best sentences of a reading, as they are, in as many tokens as it may have."""
        scores = np.concatenate([piece.scores for piece in reading.pieces])
        shares = np.concatenate([piece.shares for piece in reading.pieces])
        is_kept_whole = reading.most >= reading.tokens
        is_kept = (
            np.ones(len(scores), bool)
            if is_kept_whole
            else choose(scores, np.ceil(shares).astype(np.int64), reading.most)
        )
        if not is_kept.any() and len(is_kept):
            is_kept[int(scores.argmax())] = True
        lines: list[Line] = []
        first_sentence = 0
        for piece in reading.pieces:
            segment = segments[piece.segment]
            sentence_places = _placed(segment, piece)
            for sentence_number, (start, end) in enumerate(piece.sentences):
                if is_kept[first_sentence]:
                    lines.append(
                        Line(
                            piece.segment,
                            piece.text[start:end],
                            float(piece.scores[sentence_number]),
                            span=sentence_places[sentence_number],
                        )
                    )
                first_sentence += 1
        return lines


def _finished(texts: list[str]) -> list[str]:
    """Without a last sentence that the length allowed has cut off."""
    cut_off = len(texts) > 1 and not texts[-1].rstrip(_CLOSING).endswith(_STOPS)
    return texts[:-1] if cut_off and texts[-2].rstrip(_CLOSING).endswith(_STOPS) else texts


def _read(reading: Reading) -> dict[int, list[Span]]:
    """The spans of each document that a reading covers, by the number of its segment."""
    spans_by_segment: dict[int, list[Span]] = {}
    for piece in reading.pieces:
        spans_by_segment.setdefault(piece.segment, []).append(piece.span)
    return spans_by_segment


def _placed(segment: Segment, piece: Piece) -> list[Span | None]:
    """The sentences of a piece in their document; None for one that does not stand there in one piece."""
    if not segment.form.is_plain:
        return [None] * len(piece.sentences)
    offset = piece.span.start
    sentence_spans = [(offset + start, offset + end) for start, end in piece.sentences]
    return [spans[0] if len(spans) == 1 else None for spans in segment.pieces_in_source(sentence_spans)]
