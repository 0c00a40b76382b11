"""Template of the abstractive family: cut, plan, rewrite (cached), check against what was read, fit."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

import numpy as np

from ragzip.backends.cached import CachedRewriter
from ragzip.backends.load import load_rewriter
from ragzip.backends.parallel import at_once
from ragzip.checking.check import Checker
from ragzip.checking.evidence import MAX_SENTENCE_CHARS
from ragzip.checks import choice, with_methods
from ragzip.compressors.extractive.family import Extractive, Passage, Scores
from ragzip.compressors.extractive.pruner import Pruner
from ragzip.compressors.fingerprints import Fingerprinted, models_of
from ragzip.errors import OptionError
from ragzip.fitting.choose import DEFAULT_RATE, Fill, choose, counted, whole_protected
from ragzip.fitting.lines import Line, Page
from ragzip.text.spans import Span
from ragzip.text.splitters import sentences
from ragzip.types import Budget, Claim, Segment

if TYPE_CHECKING:
    from ragzip.backends.protocols import Rewriter

__all__ = ["Abstractive", "Piece", "Reading", "Unsupported"]

Unsupported = Literal["drop", "extract", "keep"]
_AT_ONCE = 16  # readings of different length written at the same time
_CORES = os.cpu_count() or 1
_STEP = 1.15  # lengths asked for are powers of it: budgets that are near share what was written
_LEAST = 8  # tokens, under which nothing is written
_LAST = -1.0  # value of what only fills what is left
_STOPS, _CLOSING = (".", "!", "?", "…", "。", "！", "？"), " \"'”’)]」』"


@dataclass(frozen=True)
class Piece:
    """A part of a document: where it stands in what is left of it, its sentences there, and their scores."""

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
    def told(self) -> str:
        """What is read of it."""
        return f"{self.title}\n{self.text}" if self.title else self.text


@dataclass(frozen=True)
class Reading:
    """Pieces that are rewritten as one, in at most so many tokens; as many as they have: they stay as they are."""

    pieces: tuple[Piece, ...]
    most: int

    @property
    def text(self) -> str:
        return "\n\n".join(piece.told for piece in self.pieces)

    @property
    def tokens(self) -> int:
        return sum(piece.tokens for piece in self.pieces)


class Abstractive(ABC):
    """Writes what is left of the documents again, shorter. A method writes :meth:`cut` and :meth:`plan`.

    Every sentence that was written is checked against what was read (see :mod:`ragzip.checking`): ``Result.report``
    says what came of it. The budget is kept by leaving out whole sentences, the least relevant first. A document with
    something protected in it is rewritten only where all of that survives as it is; else sentences of it are chosen.

    :param model: what rewrites, with ``url``, ``key``, ``timeout``, ``prompt``, ``adapter``: see
        :func:`ragzip.backends.load.load_rewriter`.
    :param unsupported: of a sentence that the sources do not bear out: "drop" leaves it out (and where nothing else was
        written, the best sentences of the text come in), "extract" takes the best sentences of the text instead of all
        that was written of it, "keep" only reports it.
    :param chooser: what says how relevant sentences of the text are; default: the shipped pruner, one
        reading of it.
    :param checker: what checks; default: :class:`~ragzip.checking.check.Checker`.
    :raises OptionError: an option outside its range.
    :raises ModelError: no model, or one that cannot be loaded.
    """

    name: ClassVar[str]
    fill: ClassVar[Fill] = "none"
    default_rate: ClassVar[float | None] = DEFAULT_RATE

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
        if chooser is not None and not isinstance(chooser, Extractive):
            raise OptionError(f"chooser: received {type(chooser).__name__}, expected an extractive compressor.")
        self.rewriter: Rewriter = load_rewriter(
            model, url=url, key=key, timeout=timeout, prompt=prompt, adapter=adapter, dtype=dtype, device=device
        )
        self.cached = CachedRewriter(self.rewriter)
        if checker is not None:
            with_methods(checker, "checker", ("check",), expected="a Checker")
        self._chooser, self._checker = chooser, checker

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`; shipped models go with ragzip's version."""
        return (self.rewriter, *models_of(self._chooser), *models_of(self._checker))

    @cached_property
    def chooser(self) -> Extractive:
        """Says how relevant sentences are."""
        return self._chooser or Pruner(hops=1)

    @cached_property
    def checker(self) -> Checker:
        """Checks what was written."""
        return self._checker or Checker()

    @property
    def default_threshold(self) -> float | None:
        """Calls with a query and no budget read what the chooser takes for relevant; nothing, where nothing is."""
        return self.chooser.default_threshold

    @property
    def scores_are_probabilities(self) -> bool | None:
        """Whether the chooser's scores are, which a threshold is compared with; None where it does not say."""
        return getattr(self.chooser, "scores_are_probabilities", None)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key not in ("chooser", "checker")}

    @abstractmethod
    def cut(self, text: str) -> list[Span]:
        """The pieces of a document that are read by themselves, in order."""

    @abstractmethod
    def plan(self, pieces: Sequence[Piece], limit: int) -> list[Reading]:
        """What is read together, and how long what is written of it may be; pieces in none are left out."""

    def extras(self, reading: Reading, written: str) -> list[str]:
        """Lines for the rest of the budget, where there is any."""
        return []

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        pieces = self._pieces(query, segments, budget)
        if budget.threshold is not None:
            pieces = [piece for piece in pieces if piece.relevance >= budget.threshold]
        total = sum(piece.tokens for piece in pieces)
        limit = max(_LEAST, round(DEFAULT_RATE * total)) if budget.max_tokens is None else budget.max_tokens
        readings = self.plan(pieces, limit)
        written = self._written(query, readings)

        def lines(i: int) -> list[Line]:
            text = written[i]
            if text is None:
                return self._chosen(readings[i], segments)
            return self._checked(query, readings[i], text, segments, budget) if text else []

        page = Page(segments, budget)
        for found in at_once(lines, range(len(readings)), _CORES):
            page.lines += found
        page.fit()
        return page.segments()

    def _pieces(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Piece]:
        """All pieces, with the scores of their sentences."""
        found: list[tuple[int, Span]] = []
        for i, segment in enumerate(segments):
            if segment.text.strip():
                found += [(i, span) for span in self.cut(segment.text)]
        texts = [segments[i].text[slice(*span)] for i, span in found]
        spans = [tuple(whole_protected(sentences(text), budget.protect(text))) for text in texts]
        titles = [segments[i].document.title for i, _ in found]
        passages = [Passage(*one) for one in zip(titles, texts, spans, strict=True)]
        scores = self.chooser.score(query, passages) if passages else []
        rows = zip(found, titles, texts, spans, scores, counted(budget, texts), strict=True)
        return [Piece(i, span, *rest) for (i, span), *rest in rows]

    def _written(self, query: str | None, readings: Sequence[Reading]) -> list[str | None]:
        """What was written of each reading; None for those that stay as they are, or may have next to nothing.

        Those of one length go to the model together, all lengths at once.
        """
        lengths: dict[int, list[int]] = {}
        for i, reading in enumerate(readings):
            if _LEAST <= reading.most < reading.tokens:
                step = int(np.log(reading.most / _LEAST) / np.log(_STEP) + 1e-9)
                lengths.setdefault(int(_LEAST * _STEP**step), []).append(i)

        def write(most: int) -> list[str]:
            return self.cached.rewrite(query, [readings[i].text for i in lengths[most]], most)

        out: list[str | None] = [None] * len(readings)
        for most, texts in zip(lengths, at_once(write, list(lengths), _AT_ONCE), strict=True):
            for i, text in zip(lengths[most], texts, strict=True):
                out[i] = text.strip()
        return out

    def _checked(
        self, query: str | None, reading: Reading, text: str, segments: Sequence[Segment], budget: Budget
    ) -> list[Line]:
        """What was written, sentence by sentence, each with the document that speaks of it most."""
        whole = "\n".join(piece.text for piece in reading.pieces)
        protected = {whole[start:end].strip() for start, end in budget.protect(whole)}
        kept = {text[start:end].strip() for start, end in budget.protect(text)}
        if any(span not in text for span in protected - kept):
            return self._chosen(reading, segments)
        spans = sentences(text, longest_block=MAX_SENTENCE_CHARS)
        said = _finished([text[start:end] for start, end in spans])
        read = _read(reading)
        lines: list[Line] = []
        found = self.checker.check(said, [piece.told for piece in reading.pieces], known=query or "")
        for sentence, (verdict, doubt, reasons, source) in zip(said, found, strict=True):
            piece = reading.pieces[source]
            claim = Claim(sentence, verdict, doubt, reasons, documents=(segments[piece.segment].document.id,))
            stays = verdict == "supported" or self.unsupported == "keep"
            lines.append(Line(piece.segment, sentence, piece.relevance, claim=claim, allowed=stays, read=read))
        good = sum(line.allowed for line in lines)
        if not good or (self.unsupported == "extract" and good < len(lines)):
            return [*self._chosen(reading, segments), *(replace(line, allowed=False) for line in lines)]
        lines.sort(key=lambda line: line.segment)
        last = lines[-1].segment
        return lines + [Line(last, one, _LAST, read=read, wanted=False) for one in self.extras(reading, text)]

    def _chosen(self, reading: Reading, segments: Sequence[Segment]) -> list[Line]:
        """The best sentences of a reading, as they are, in as many tokens as it may have."""
        scores = np.concatenate([piece.scores for piece in reading.pieces])
        shares = np.concatenate([piece.shares for piece in reading.pieces])
        whole = reading.most >= reading.tokens
        kept = np.ones(len(scores), bool) if whole else choose(scores, np.ceil(shares).astype(np.int64), reading.most)
        if not kept.any() and len(kept):
            kept[int(scores.argmax())] = True
        lines: list[Line] = []
        at = 0
        for piece in reading.pieces:
            segment = segments[piece.segment]
            placed = _placed(segment, piece)
            for n, (start, end) in enumerate(piece.sentences):
                if kept[at]:
                    lines.append(Line(piece.segment, piece.text[start:end], float(piece.scores[n]), span=placed[n]))
                at += 1
        return lines


def _finished(said: list[str]) -> list[str]:
    """Without a last sentence that the length allowed has cut off."""
    cut_off = len(said) > 1 and not said[-1].rstrip(_CLOSING).endswith(_STOPS)
    return said[:-1] if cut_off and said[-2].rstrip(_CLOSING).endswith(_STOPS) else said


def _read(reading: Reading) -> dict[int, list[Span]]:
    """What was read of each document, in what is left of it."""
    out: dict[int, list[Span]] = {}
    for piece in reading.pieces:
        out.setdefault(piece.segment, []).append(piece.span)
    return out


def _placed(segment: Segment, piece: Piece) -> list[Span | None]:
    """The sentences of a piece in their document; None for one that does not stand there in one piece."""
    if not segment.verbatim or segment.form:
        return [None] * len(piece.sentences)
    offset = piece.span.start
    places = [(offset + start, offset + end) for start, end in piece.sentences]
    return [spans[0] if len(spans) == 1 else None for spans in segment.pieces_in_source(places)]
