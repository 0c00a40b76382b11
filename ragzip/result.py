"""The result of a call: the compressed context, by document, with its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from textwrap import shorten
from typing import Any, Literal

from ragzip.checks import choice
from ragzip.errors import SoftTextError
from ragzip.output import diff as _diff
from ragzip.output.layout import Citation
from ragzip.process.lazy_property import lazy_property
from ragzip.text.spans import Span
from ragzip.types import Claim, Document, Note, Segment, SoftSegment, Unit, Verdict

__all__ = ["Citation", "CompressedDocument", "Report", "Result", "Stats"]


@dataclass(frozen=True)
class CompressedDocument:
    """One input document, compressed. ``spans`` point into ``source.text``; empty text means dropped, where nothing is
    ``soft``. ``fallback`` says which failure left it as it was given.
    """

    segment: Segment
    fallback: str | None = None

    @property
    def text(self) -> str:
        """The kept text.

        :raises SoftTextError: a part of it is vectors, which text cannot hold.
        """
        if self.soft:
            raise SoftTextError(f"document {self.id!r}", sum(map(len, self.soft)))
        return self.segment.text

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it is kept."""
        return not (self.soft or self.spans or self.segment.text)

    @property
    def source(self) -> Document:
        return self.segment.document

    @property
    def spans(self) -> tuple[Span, ...]:
        return self.segment.spans

    @property
    def score(self) -> float | None:
        return self.segment.score

    @property
    def units(self) -> Sequence[Unit]:
        return self.segment.units

    @property
    def soft(self) -> tuple[SoftSegment, ...]:
        return self.segment.soft

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
    """The figures of a call. Tokens are those of ``tokenizer``; seconds are per stage; ``query`` is the question, if
    any. ``notes`` are sentences for people, each with a ``code`` for programs. ``fallback`` says what stays as it was
    given because of a failure, ``failures`` the same by the position of the document.
    """

    tokens_in: int
    tokens_out: int
    target_tokens: int | None = None
    tokenizer: str = ""
    compressors: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    cache_hits: int = 0
    cache_misses: int = 0
    fallback: str | None = None
    notes: tuple[Note, ...] = ()
    query: str | None = field(default=None, repr=False, kw_only=True)
    failures: Mapping[int, str] = field(default_factory=dict, repr=False, kw_only=True)

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


@dataclass(frozen=True)
class Report:
    """All that was written in a call, in order; empty where nothing was."""

    claims: tuple[Claim, ...] = field(default=())

    @property
    def supported(self) -> tuple[Claim, ...]:
        return self._with("supported")

    @property
    def altered(self) -> tuple[Claim, ...]:
        return self._with("altered")

    @property
    def invented(self) -> tuple[Claim, ...]:
        return self._with("invented")

    def _with(self, verdict: Verdict) -> tuple[Claim, ...]:
        return tuple(claim for claim in self.claims if claim.verdict == verdict)

    def __bool__(self) -> bool:
        return bool(self.claims)

    def __str__(self) -> str:
        dropped = sum(not claim.kept for claim in self.claims)
        return (
            f"{len(self.claims)} sentences written: {len(self.supported)} supported, {len(self.altered)} altered, "
            f"{len(self.invented)} invented; {dropped} left out"
        )


@dataclass(frozen=True, repr=False)
class Result:
    """The compressed context: one text for the prompt, and the same by document, in the order given. ``print(result)``
    shows the text and a line of figures; in an f-string it is the text alone.

    ``parts`` is the context as a language model reads it: one text, or texts and soft segments in turn.
    """

    parts: tuple[str | SoftSegment, ...]
    segments: tuple[Segment, ...]
    stats: Stats
    _citations: tuple[Citation, ...] = field(default=(), repr=False)

    @lazy_property
    def documents(self) -> tuple[CompressedDocument, ...]:
        """The same by input document."""
        failures = self.stats.failures
        return tuple(CompressedDocument(segment, failures.get(n)) for n, segment in enumerate(self.segments))

    @property
    def text(self) -> str:
        """The context as text.

        :raises SoftTextError: a part of it is vectors: :class:`ragzip.soft.reader.SoftReader` reads them.
        """
        if vector_count := sum(len(part) for part in self.parts if isinstance(part, SoftSegment)):
            raise SoftTextError("Result", vector_count)
        return "".join(part for part in self.parts if isinstance(part, str))

    def __str__(self) -> str:
        """The text, with vectors as "‹16 vectors›", and a line of figures; where nothing is kept, the reason too."""
        parts = [part if isinstance(part, str) else f"‹{len(part)} vectors›" for part in self.parts]
        figures = "; ".join([self._figures, *(() if self.parts else self.stats.notes)])
        return "".join([*parts, "\n\n" if parts else "", f"[{figures}]"])

    def __format__(self, specification: str) -> str:
        """The text alone, as a prompt takes it: ``f"Context: {result}"``.

        :raises SoftTextError: a part of it is vectors.
        """
        return format(self.text, specification)

    def __repr__(self) -> str:
        beginning = next((part for part in self.parts if isinstance(part, str)), "")
        return f"Result({shorten(beginning[:200], 60, placeholder='…')!r}, {self._figures})"

    @property
    def _figures(self) -> str:
        stats = self.stats
        kept_count = sum(not document.is_empty for document in self.documents)
        tokens = f"{stats.tokens_in:,} → {stats.tokens_out:,} tokens ({stats.rate:.1%})"
        return f"{tokens}, {kept_count} of {len(self.documents)} documents kept"

    @property
    def report(self) -> Report:
        """The report on the text that was rewritten: its claims, and whether the sources support them."""
        return Report(tuple(claim for segment in self.segments for claim in segment.claims))

    def citations(self) -> list[Citation]:
        """The citations of the verbatim pieces of ``text``, in order: where each comes from."""
        return list(self._citations)

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON has it: text, documents, rewritten sentences, citations and figures.

        :raises SoftTextError: a part of it is vectors.
        """
        stats = self.stats
        return {
            "text": self.text,
            "documents": [
                {
                    "id": document.id,
                    "title": document.title,
                    "text": document.text,
                    "spans": [list(span) for span in document.spans],
                    "score": document.score,
                    "metadata": dict(document.metadata),
                    "fallback": document.fallback,
                }
                for document in self.documents
            ],
            "report": [asdict(claim) for claim in self.report.claims],
            "citations": [citation._asdict() for citation in self._citations],
            "stats": {
                **{field.name: getattr(stats, field.name) for field in fields(stats) if field.name != "failures"},
                "rate": stats.rate,
                "compressors": list(stats.compressors),
                "seconds": dict(stats.seconds),
                "notes": list(map(str, stats.notes)),
                "note_codes": [note.code for note in stats.notes],
            },
        }

    def diff(self, format: Literal["html", "ansi"] = "html") -> str:
        """Kept and dropped text in place, under the question, the compressors and the notes. ``html`` is a
        self-contained page with the score of each passage before it and long dropped stretches folded.

        :raises OptionError: for any other format.
        """
        format = choice(format, "format", ("html", "ansi"))
        stats = self.stats
        rows = [
            _diff.DiffDocument(
                document.id,
                document.title,
                document.source.text,
                document.text,
                document.spans,
                document.units,
                document.score,
                document.source.mime,
            )
            for document in self.documents
        ]
        facts = {
            "Question": [stats.query] if stats.query else [],
            "Compressor": [" → ".join(stats.compressors)] if stats.compressors else [],
            "Budget": [] if stats.target_tokens is None else [f"{stats.target_tokens:,} tokens"],
            "Tokenizer": [stats.tokenizer] if stats.tokenizer else [],
            "Notes": stats.notes,
            "Left as given": [stats.fallback] if stats.fallback else [],
        }
        summary = f"{stats.tokens_in:,} → {stats.tokens_out:,} tokens ({stats.rate:.0%} kept)"
        write = _diff.html if format == "html" else _diff.ansi
        return write(rows, summary, facts)
