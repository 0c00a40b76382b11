"""The types everything else is made of. No input or output, no model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from textwrap import shorten
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip import diff as _diff
from ragzip.checks import check_text, choice, flag, number_in, real_number, shown
from ragzip.claims import Claim, Report
from ragzip.errors import InputError, OptionError, SoftTextError
from ragzip.joins import covers, intersect, join, merge, tidy
from ragzip.spans import Form as Form
from ragzip.spans import Span as Span

__all__ = [
    "Budget",
    "Citation",
    "Claim",
    "CompressedDocument",
    "Document",
    "Part",
    "Report",
    "Result",
    "Segment",
    "SoftSegment",
    "Span",
    "Stats",
    "Unit",
]


class Unit(NamedTuple):
    """One thing that is kept or dropped whole, with its score (higher is better).

    A score of ``math.inf`` means it must be kept. ``redundant`` marks a unit that repeats a better one: it is taken
    only after all others. A unit that is not ``relevant`` is not taken at all. ``needs`` are units without which this
    one cannot be read (the lead-in of a list item, the header of a row): they come with it. A unit with a ``section``
    is a heading, a lead-in or a header: it says something about the section, and comes only with a unit of it.
    """

    start: int
    end: int
    score: float
    redundant: bool = False
    relevant: bool = True
    needs: tuple[Span, ...] = ()
    section: Span | None = None

    @property
    def span(self) -> Span:
        """Where it stands."""
        return Span(self.start, self.end)

    @property
    def spans(self) -> list[Span]:
        """Where it and what it needs stand, in order."""
        return sorted({*self.needs, self.span}) if self.needs else [self.span]


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
        check_text(self.mime, f"Document.mime of {self.id!r}")
        if self.score is not None:
            number = real_number(
                self.score, f"Document.score of {self.id!r}", expected="a number or None", error=InputError
            )
            if not isinstance(self.score, (int, float)):  # numpy's, which JSON does not know
                object.__setattr__(self, "score", number)
        if not isinstance(self.metadata, Mapping):
            raise InputError(
                f"Document.metadata of {self.id!r}: received {type(self.metadata).__name__}, expected a mapping."
            )
        if self.title is None and isinstance(self.metadata.get("title"), str):
            object.__setattr__(self, "title", self.metadata["title"])
        if self.title is not None:
            check_text(self.title, f"the title of document {self.id!r}")


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
class Budget:
    """How much may be kept.

    ``max_tokens`` counts tokens of the target tokenizer (None: no limit). ``threshold`` is the lowest score that is
    kept (None: no threshold). ``count`` counts tokens; ``protect`` finds spans that survive whole. ``rate`` is the one
    asked for, where the limit comes from it alone. ``measure`` says what segments take in the prompt, with all that is
    set around them (None: as much as their texts).
    """

    count: Callable[[str], int]
    max_tokens: int | None = None
    threshold: float | None = None
    protect: Callable[[str], Sequence[Span]] = _no_spans
    rate: float | None = None
    measure: Callable[[Sequence[Segment]], int] | None = None


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
        same = self.model == other.model and self.span == other.span
        return same and np.array_equal(self.vectors, other.vectors)

    def __hash__(self) -> int:
        return hash((self.model, self.span, len(self)))


@dataclass(frozen=True)
class Segment:
    """A part of a document on its way through compressors.

    ``spans`` are the pieces of ``document.text`` that ``text`` is made of, in order; they touch nothing outside it.
    ``units`` are what the last compressor chose from, kept or not: :func:`ragzip.fit.fit` trims and refills with
    them. A rewritten segment has ``verbatim=False``; its spans then say what was read, and ``claims`` are its
    sentences. ``notes`` are what a compressor has to say of it.

    ``soft`` are the pieces of the document that vectors stand for; ``text`` and ``spans`` are then the rest of it.

    With a ``form``, ``text`` is what the form writes for the spans ``asked`` for, and ``places`` says where in it each
    of ``spans`` begins.
    """

    document: Document
    position: int
    text: str
    spans: tuple[Span, ...]
    score: float | None = None
    units: tuple[Unit, ...] = ()
    verbatim: bool = True
    soft: tuple[SoftSegment, ...] = ()
    claims: tuple[Claim, ...] = ()
    form: Form | None = field(default=None, repr=False, compare=False)
    asked: tuple[Span, ...] = field(default=(), repr=False, compare=False)
    places: tuple[int, ...] | None = field(default=None, repr=False, compare=False)
    notes: tuple[str, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def whole(cls, document: Document, position: int, form: Form | None = None) -> Segment:
        """The whole text of ``document``, which stands at ``position`` among the documents given."""
        spans = (Span(0, len(document.text)),) if document.text else ()
        return cls(document, position, document.text, spans, document.score, form=form, asked=spans)

    @property
    def holds(self) -> tuple[Span, ...]:
        """What of the document can still be kept."""
        return self.asked if self.form else self.spans

    @property
    def offsets(self) -> tuple[int, ...]:
        """Where in ``text`` each of ``spans`` begins (of verbatim text)."""
        if self.places is not None:
            return self.places
        return tuple(accumulate((end - start for start, end in self.spans), initial=0))[: len(self.spans)]

    def keep(self, spans: Iterable[tuple[int, int]]) -> Segment:
        """Only ``spans`` of the document's text: the one way verbatim text gets shorter.

        Spans may come in any order and overlap; they are cut to what this segment still has, widened to whole words,
        and joined by white space of the source that stood between them, so that nothing is cut, glued or invented.
        When nothing but white space would go, the segment is returned as it is.
        """
        if not self.verbatim:
            raise InputError("Segment.keep: this segment was rewritten; it has no verbatim text to keep a part of.")
        source = self.document.text
        if self.form:
            asked = merge(intersect(spans, self.holds))
            text, pieces, places = self.form.write(asked)
            return replace(self, text=text, spans=pieces, places=places, asked=tuple(Span(*span) for span in asked))
        wanted = merge([tidy(source, start, end) for start, end in intersect(spans, self.spans)])
        if not wanted:
            return replace(self, text="", spans=())
        if covers(source, wanted, self.spans):
            return self
        joined = join(source, wanted)
        text = "".join(source[start:end] for start, end in joined)
        return replace(self, text=text, spans=tuple(Span(*span) for span in joined))


class Citation(NamedTuple):
    """``Result.text[start:end]`` is ``source_start:source_end`` of the text of document ``id``."""

    start: int
    end: int
    id: str
    source_start: int
    source_end: int


@dataclass(frozen=True)
class CompressedDocument:
    """What is left of one input document. ``spans`` point into ``source.text``; empty text means dropped, where nothing
    is ``soft``.
    """

    source: Document
    _text: str
    spans: tuple[Span, ...]
    score: float | None = None
    units: tuple[Unit, ...] = field(default=(), repr=False)
    soft: tuple[SoftSegment, ...] = ()

    @property
    def text(self) -> str:
        """What is left as text.

        :raises SoftTextError: a part of it is vectors, which text cannot hold.
        """
        if self.soft:
            raise SoftTextError(f"document {self.id!r}", sum(map(len, self.soft)))
        return self._text

    @property
    def id(self) -> str:
        return self.source.id

    @property
    def title(self) -> str | None:
        return self.source.title

    @property
    def metadata(self) -> Mapping[str, Any]:
        return self.source.metadata


@dataclass(frozen=True)
class Stats:
    """What a call did. Tokens are those of ``tokenizer``; seconds are per stage."""

    tokens_in: int
    tokens_out: int
    target_tokens: int | None = None
    tokenizer: str = ""
    compressors: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    cache_hits: int = 0
    cache_misses: int = 0
    fallback: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def rate(self) -> float:
        """Tokens kept ÷ tokens given (1.0 for empty input)."""
        return self.tokens_out / self.tokens_in if self.tokens_in else 1.0

    @property
    def ratio(self) -> float:
        """Tokens given ÷ tokens kept (``inf`` when nothing is kept)."""
        if not self.tokens_out:
            return float("inf") if self.tokens_in else 1.0
        return self.tokens_in / self.tokens_out


@dataclass(frozen=True, repr=False)
class Result:
    """The compressed context: one text for the prompt, and the same by document, in the order given. ``print(result)``
    shows the text and a line of figures.

    ``parts`` is the context as a language model reads it: one text, or texts and soft segments in turn.
    """

    parts: tuple[str | SoftSegment, ...]
    documents: tuple[CompressedDocument, ...]
    segments: tuple[Segment, ...]
    stats: Stats
    _citations: tuple[Citation, ...] = field(default=(), repr=False)

    @property
    def text(self) -> str:
        """The context as text.

        :raises SoftTextError: a part of it is vectors: :class:`ragzip.soft.reader.SoftReader` reads them.
        """
        if k := sum(len(part) for part in self.parts if isinstance(part, SoftSegment)):
            raise SoftTextError("Result", k)
        return "".join(part for part in self.parts if isinstance(part, str))

    def __str__(self) -> str:
        """The text, with vectors as "‹16 vectors›", and a line of figures; where nothing is kept, the reason too."""
        parts = [part if isinstance(part, str) else f"‹{len(part)} vectors›" for part in self.parts]
        figures = "; ".join([self._figures, *(() if self.parts else self.stats.notes)])
        return "".join([*parts, "\n\n" if parts else "", f"[{figures}]"])

    def __repr__(self) -> str:
        beginning = next((part for part in self.parts if isinstance(part, str)), "")
        return f"Result({shorten(beginning[:200], 60, placeholder='…')!r}, {self._figures})"

    @property
    def _figures(self) -> str:
        stats, kept = self.stats, sum(bool(d.soft or d.spans or d._text) for d in self.documents)
        tokens = f"{stats.tokens_in:,} → {stats.tokens_out:,} tokens ({stats.rate:.1%})"
        return f"{tokens}, {kept} of {len(self.documents)} documents kept"

    @property
    def report(self) -> Report:
        """What was written anew, and whether the sources bear it out."""
        return Report(tuple(claim for segment in self.segments for claim in segment.claims))

    def citations(self) -> list[Citation]:
        """Where each verbatim piece of ``text`` came from, in order."""
        return list(self._citations)

    def diff(self, format: Literal["html", "ansi"] = "html") -> str:
        """Kept and dropped text in place. ``html`` is a self-contained page with scores on hover.

        :raises OptionError: for any other format.
        """
        format = choice(format, "format", ("html", "ansi"))
        rows = [
            _diff.Row(d.id, d.title, d.source.text, d.text, d.spans, [unit[:4] for unit in d.units])
            for d in self.documents
        ]
        summary = f"{self.stats.tokens_in:,} → {self.stats.tokens_out:,} tokens ({self.stats.rate:.0%})"
        return _diff.html(rows, summary) if format == "html" else _diff.ansi(rows, summary)
