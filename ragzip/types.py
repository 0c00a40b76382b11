"""The types everything else is made of."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.checks import answers_misuse, check_text, flag, number_in, real_number, shown
from ragzip.errors import InputError, OptionError
from ragzip.text.forms import FixedForm, Form, PlainForm, RewrittenForm, offsets_of
from ragzip.text.spans import Span
from ragzip.text.tokens import TokenCounter, token_counter

__all__ = [
    "Budget",
    "Claim",
    "Document",
    "Form",
    "Meter",
    "Note",
    "NoteCode",
    "Part",
    "Segment",
    "SoftSegment",
    "Tier",
    "Unit",
    "Verdict",
]


NoteCode = Literal[
    "everything-fits", "tidied", "whole-columns", "some-columns", "unread-language", "multilingual", "above-threshold",
    "nothing-relevant", "nothing-answers", "nothing-likely", "best-unit-too-large", "repeats-left-out", "written",
    "over-budget", "would-be-longer", "words-chosen", "limit-left-out",
]  # fmt: skip


class Note(str):
    """A sentence for the caller about a call, with a code for programs."""

    __slots__ = ("code",)
    code: NoteCode

    def __new__(cls, code: NoteCode, sentence: str) -> Note:
        note = super().__new__(cls, sentence)
        note.code = code
        return note

    def __reduce__(self) -> tuple[Any, ...]:
        return Note, (self.code, str(self))


class Tier(IntEnum):
    """The order in which units are taken, whatever their scores."""

    MUST = 0  # kept in any case: a budget that cannot hold it is an error
    FORCED = 1  # before all others, as far as the budget goes
    GOVERNING = 2  # what governs something that must be kept: a negation, the mark at the end of the sentence
    NORMAL = 3
    REPEAT = 4  # says what a better unit says: after all others


class Unit(NamedTuple):
    """Text that is kept or dropped whole, with the score of the model (higher is better).

    Units of a lower ``tier`` are taken first, within a tier the best ones first. A unit that is not ``relevant`` is not
    taken at all. ``needs`` are units without which this one cannot be read (the lead-in of a list item, the header of a
    row): they come with it. A unit with a ``section`` is a heading, a lead-in or a header: it says something about the
    section, and comes only with a unit of it. ``limits`` are sentences after it, exceptions and the like, with which it
    says more exactly what holds, and which the budget does not hold together with it.
    """

    start: int
    end: int
    score: float
    tier: Tier = Tier.NORMAL
    relevant: bool = True
    needs: tuple[Span, ...] = ()
    section: Span | None = None
    limits: tuple[Span, ...] = ()

    @property
    def span(self) -> Span:
        """The place of the unit in its document."""
        return Span(self.start, self.end)

    @property
    def must_be_kept(self) -> bool:
        """Whether it is kept whatever else is."""
        return self.tier == Tier.MUST

    @property
    def spans(self) -> list[Span]:
        """The spans of the unit and of what it needs, in order."""
        return sorted({*self.needs, self.span}) if self.needs else [self.span]


@answers_misuse
@dataclass(frozen=True)
class Document:
    """A text with an id. The title is context for scoring; it is not part of the text.

    :raises InputError: a text that is not ``str``, has NUL bytes or lone surrogates, or more than 2**27 (134 million)
        characters (web pages may have 20 million, see :mod:`ragzip.pages.parse`); a score that is no number.
    """

    id: str
    text: str
    title: str | None = field(default=None, kw_only=True)
    score: float | None = field(default=None, kw_only=True)
    mime: str = field(default="text/plain", kw_only=True)
    metadata: Mapping[str, Any] = field(default_factory=dict, kw_only=True, hash=False)

    def __post_init__(self) -> None:
        check_text(self.id, "Document.id")
        check_text(self.text, f"the text of document {self.id!r}")
        is_text = "\n" in self.id or (len(self.id.split()) > 11 and " " not in self.text and self.text[-1:].isalnum())
        if is_text and len(self.id) > len(self.text):
            raise InputError(f"Document: received an id of {len(self.id):,} characters, expected Document(id, text).")
        if "/" not in check_text(self.mime, name := f"Document.mime of {self.id!r}"):
            expected = "a media type such as 'text/html'; 'text/plain', the default, lets the text tell its kind"
            raise InputError(f"{name}: received {shown(self.mime)}, expected {expected}.")
        if self.score is not None:
            name = f"Document.score of {self.id!r}"
            number = real_number(self.score, name, expected="a number or None", error=InputError)
            if not isinstance(self.score, (int, float)):  # numpy's, which JSON does not know
                object.__setattr__(self, "score", number)
        if not isinstance(self.metadata, Mapping):
            kind = type(self.metadata).__name__
            raise InputError(f"Document.metadata of {self.id!r}: received {kind}, expected a mapping.")
        if self.title is None and isinstance(self.metadata.get("title"), str):
            object.__setattr__(self, "title", self.metadata["title"])
        if self.title is not None:
            check_text(self.title, f"the title of document {self.id!r}")


@answers_misuse
@dataclass(frozen=True)
class Part(Document):
    """A part of a structured prompt (instruction, examples, question …): a document with a rule of its own.

    :param keep: it stays as it is. Its tokens count against the budget, which must hold them (else a BudgetError).
    :param rate: a budget of its own: at most this share of its tokens is kept, in (0, 1], whatever the threshold.
        What it leaves counts against the budget of the call; where that is too small, it leaves less. Without ``keep``
        or ``rate`` a part shares in that budget like any document.
    :raises OptionError: a rate outside (0, 1], or both.
    """

    keep: bool = field(default=False, kw_only=True)
    rate: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if flag(self.keep, f"Part {self.id!r}, keep") and self.rate is not None:
            raise OptionError(f"Part {self.id!r}: received keep=True, rate={self.rate!r}, expected one of them.")
        if self.rate is not None:
            number_in(self.rate, f"Part {self.id!r}, rate", above=0)


def _no_spans(text: str) -> Sequence[Span]:
    return ()


@dataclass(frozen=True)
class Meter:
    """Counts of tokens, as of the target LLM.

    :param count: of a text, or (``count.many``) of several.
    :param in_prompt: of segments in the prompt, with all that is set around them (None: of their texts and vectors).
    :param unit_tokens: by form, what units of it cost alone, as :func:`ragzip.fitting.choose.unit_costs` keeps them.
    """

    count: TokenCounter
    in_prompt: Callable[[Sequence[Segment]], int] | None = None
    unit_tokens: dict[Form, dict[Span, int]] = field(default_factory=dict, repr=False, compare=False)

    def segments(self, segments: Sequence[Segment]) -> int:
        """Tokens that ``segments`` take."""
        if self.in_prompt is not None:
            return self.in_prompt(segments)
        vector_count = sum(len(soft) for segment in segments for soft in segment.soft)
        return vector_count + sum(self.count.many([segment.text for segment in segments]))


@dataclass(frozen=True)
class Budget:
    """The limit on what may be kept: at most ``max_tokens`` (None: no limit).

    :param meter: what counts tokens; a tokenizer stands for the meter of its counts.
    :param threshold: the lowest score that is kept (None: no threshold).
    :param protect: finds the spans of a text that survive whole.
    :param rate: the rate asked for, where the limit comes from it alone.
    :param writes_titles: whether each document has its title above it.
    """

    meter: Meter
    max_tokens: int | None = None
    threshold: float | None = None
    protect: Callable[[str], Sequence[Span]] = _no_spans
    rate: float | None = None
    writes_titles: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.meter, Meter):
            object.__setattr__(self, "meter", Meter(token_counter(self.meter)))

    @property
    def count(self) -> TokenCounter:
        """The counter of the tokens of a text."""
        return self.meter.count

    def may_hold(self, texts: Sequence[str]) -> list[bool]:
        """Whether each of ``texts`` by itself is within the limit; one of no more characters is taken to be."""
        limit = float("inf") if self.max_tokens is None else self.max_tokens
        long_texts = [text for text in texts if len(text) > limit]
        token_counts = dict(zip(long_texts, self.count.many(long_texts), strict=True))
        return [token_counts.get(text, 0) <= limit for text in texts]


@dataclass(frozen=True, eq=False)
class SoftSegment:
    """A piece of a document as vectors in the space of a language model's input embeddings.

    :param vectors: what the model reads in place of the piece's tokens. *Shape:* (k, hidden).
    :param model: fingerprint of the language model whose space they are in.
    :param span: the piece, in its document.
    :raises InputError: vectors of another shape.
    """

    vectors: npt.NDArray[np.floating[Any]] = field(repr=False)
    model: str
    span: Span = field(default_factory=lambda: Span(0, 0))

    def __post_init__(self) -> None:
        check_text(self.model, "SoftSegment.model")
        if not isinstance(self.vectors, np.ndarray) or self.vectors.dtype.kind != "f":
            raise InputError(
                f"SoftSegment.vectors: received {shown(self.vectors)}, expected an array of floating-point numbers."
            )
        if self.vectors.ndim != 2:
            raise InputError(f"SoftSegment.vectors: received the shape {self.vectors.shape}, expected (k, hidden).")

    def __len__(self) -> int:
        """Soft tokens: the vectors."""
        return len(self.vectors)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SoftSegment):
            return NotImplemented
        is_same_place = self.model == other.model and self.span == other.span
        return is_same_place and np.array_equal(self.vectors, other.vectors)

    def __hash__(self) -> int:
        return hash((self.model, self.span, len(self)))


Verdict = Literal["supported", "altered", "invented"]


@dataclass(frozen=True)
class Claim:
    """A sentence that was written.

    :param text: as it was written.
    :param verdict: "supported"; "altered": the sources speak of it, but a fact of it is another there; "invented": they
        do not.
    :param doubt: how likely it is wrong, 0 to 1.
    :param reasons: what was not found, or found otherwise, in words.
    :param kept: whether it is in the result.
    :param documents: ids of the documents that speak of it most.
    """

    text: str
    verdict: Verdict
    doubt: float
    reasons: tuple[str, ...] = ()
    kept: bool = True
    documents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Segment:
    """A part of a document on its way through compressors.

    ``spans`` are the pieces of ``document.text`` that ``text`` is made of, in order; they touch nothing outside it.
    ``units`` are what the last compressor chose from, kept or not: :func:`ragzip.fitting.fit.fit` trims and refills
    with them. ``claims`` are the sentences of a rewritten segment, whose spans are what was read for it. ``notes`` are
    for the caller.

    ``soft`` are the pieces of the document that vectors stand for; ``text`` and ``spans`` are then the rest of it.

    ``form`` says how the kept part is written, ``held`` are the spans of the document that can still be kept,
    ``places`` where in the text each of ``spans`` begins (None: one after the other). :meth:`whole` is where a segment
    begins, and ``dataclasses.replace`` and :meth:`keep` make another one of it.
    """

    document: Document
    position: int
    text: str
    spans: tuple[Span, ...]
    score: float | None = None
    units: Sequence[Unit] = field(default=(), repr=False)
    soft: tuple[SoftSegment, ...] = ()
    claims: tuple[Claim, ...] = ()
    form: Form = field(kw_only=True, repr=False, compare=False)
    held: tuple[Span, ...] = field(kw_only=True, repr=False, compare=False)
    places: Sequence[int] | None = field(default=None, repr=False, compare=False)
    notes: tuple[Note, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def whole(cls, document: Document, position: int, form: Form | None = None) -> Segment:
        """The whole text of ``document``, at ``position`` among the documents of the call."""
        spans = (Span(0, len(document.text)),) if document.text else ()
        form = PlainForm(document.text) if form is None else form
        return cls(document, position, document.text, spans, document.score, form=form, held=spans)

    @property
    def verbatim(self) -> bool:
        """Whether the text is made of the source."""
        return self.form.is_verbatim

    @property
    def is_whole(self) -> bool:
        """Whether no compressor has left anything out yet."""
        return self.held == (Span(0, len(self.document.text)),)

    @property
    def is_fixed(self) -> bool:
        """Whether it stays as it is, whatever the budget."""
        return self.form.manner == "fixed"

    @property
    def offsets(self) -> Sequence[int]:
        """The start in ``text`` of each of ``spans`` (of verbatim text)."""
        return offsets_of(self.spans) if self.places is None else self.places

    def fixed(self) -> Segment:
        """The same segment, which stays as it is."""
        return self if self.is_fixed else replace(self, form=FixedForm(self.form))

    def rewritten(self, text: str, **changes: Any) -> Segment:
        """``text`` in the place of what the segment holds; its spans stay, as what was read, unless ``changes`` has
        others.
        """
        return replace(self, text=text, form=RewrittenForm(text), held=(), places=None, **changes)

    def in_source(self, spans: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Offsets in the segment's text as offsets in its document. *Shape:* (n, 2) both.

        What stands in the text but not in the document (mark-up that a form has written) gets empty spans.
        """
        if self.text == self.document.text or not len(spans):
            return spans
        if not self.spans:
            return np.zeros_like(spans)
        starts, ends = np.array(self.spans).reshape(-1, 2).T
        offsets = np.array(self.offsets)
        piece_numbers = np.maximum(np.searchsorted(offsets, spans[:, 0], "right") - 1, 0)
        source_spans = spans + (starts - offsets)[piece_numbers][:, None]
        return np.asarray(np.clip(source_spans, starts[piece_numbers][:, None], ends[piece_numbers][:, None]), np.int32)

    def pieces_in_source(self, places: Iterable[tuple[int, int]]) -> list[list[Span]]:
        """The pieces of the document that each of ``places`` in ``self.text`` is made of."""
        offsets = self.offsets
        piece_ends = [offset + end - start for (start, end), offset in zip(self.spans, offsets, strict=True)]
        pieces_by_place: list[list[Span]] = []
        for start, end in places:
            pieces: list[Span] = []
            for piece_number in range(bisect_right(piece_ends, start), len(piece_ends)):
                if offsets[piece_number] >= end:
                    break
                offset_shift = self.spans[piece_number].start - offsets[piece_number]
                pieces.append(
                    Span(
                        max(start, offsets[piece_number]) + offset_shift,
                        min(end, piece_ends[piece_number]) + offset_shift,
                    )
                )
            pieces_by_place.append(pieces)
        return pieces_by_place

    def keep(self, spans: Iterable[tuple[int, int]]) -> Segment:
        """Only ``spans`` of the document's text: the one way verbatim text gets shorter.

        Spans may come in any order and overlap; they are cut to what this segment still has, widened to whole words,
        and joined by white space of the source that stood between them, so that nothing is cut, glued or invented.
        When nothing but white space would go, the segment is returned as it is.

        :raises InputError: the segment was rewritten.
        """
        written = self.form.keep(spans, self.held)
        if written is None:
            return self
        return replace(self, text=written.text, spans=tuple(written.spans), held=written.held, places=written.offsets)
