"""Assembling the text an LLM reads: order, separators, headers, citation marks."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from string import Formatter
from typing import Any, Literal, NamedTuple

from ragzip.checks import answers_misuse, check_text, choice, shown
from ragzip.errors import OptionError
from ragzip.text.spans import Span
from ragzip.text.structure.names import ending_of
from ragzip.types import Part, Segment, SoftSegment

__all__ = ["ASK", "Citation", "Layout", "Rendered", "render", "text_of"]

_FIELDS = frozenset(["number", "id", "title"])  # of a header

ASK = "Answer the question from the documents below with a few words, as they stand there, and nothing else."


class Citation(NamedTuple):
    """``Result.text[start:end]`` is ``source_start:source_end`` of the text of document ``id``."""

    start: int
    end: int
    id: str
    source_start: int
    source_end: int


@answers_misuse
@dataclass(frozen=True)
class Layout:
    r"""The layout of documents in a prompt. Everything it adds is counted against the budget.

    ``separator`` stands between documents. ``header`` is written before each document that has text left, but for a
    :class:`~ragzip.types.Part` with ``keep=True``, which is no source; it may use ``{number}``, ``{id}`` and
    ``{title}`` (on one line; without a title the file that the id names, else empty), as in
    ``"[{number}] {title}\n"``. ``order`` is that in which they were given, or by score, the best document first.

    ``{number}`` is the position among the documents given, from 1, whatever is dropped: an LLM that cites [3] means
    ``documents[2]`` of the caller, which is ``Result.documents[2]`` too.

    :raises OptionError: for a header with any other field, or another order.
    """

    separator: str = "\n\n"
    header: str = ""
    order: Literal["given", "score"] = "given"

    def __post_init__(self) -> None:
        check_text(self.separator, "Layout.separator")
        check_text(self.header, "Layout.header")
        choice(self.order, "Layout.order", ("given", "score"))
        try:
            if not all(_is_field(name, format_spec) for _, name, format_spec, _ in Formatter().parse(self.header)):
                raise LookupError("another field, a part of one, or one within another")
            self.header.format(number=1, id="", title="")
        except (LookupError, ValueError, AttributeError, TypeError, OverflowError, MemoryError) as error:
            raise OptionError(
                f"Layout.header: received {shown(self.header)} ({error}), expected {{number}}, {{id}}, {{title}}."
            ) from None

    @classmethod
    def sources(cls) -> Layout:
        r"""Numbered sources, for answers that cite them: a line "[1] Title" above each document that has text left."""
        return cls(header="[{number}] {title}\n")

    @property
    def writes_titles(self) -> bool:
        """Whether the header of a document has its title."""
        return any(name == "title" for _, name, _, _ in Formatter().parse(self.header))

    @property
    def parts_documents(self) -> bool:
        """Whether something is written between two documents, so that none is read as the end of the one before."""
        return bool(self.header.strip() or self.separator.strip())

    def in_order(self, segments: Sequence[Segment]) -> list[int]:
        """The places of ``segments`` in the order in which they are set."""
        places = list(range(len(segments)))
        return sorted(places, key=lambda place: _by_score(segments[place])) if self.order == "score" else places

    def opening(self, segment: Segment, *, first: bool) -> str:
        """The text before that of ``segment``'s document: the separator, unless it is the ``first``, and the header."""
        header = self._header(segment)
        return header if first else self.separator + header

    def _header(self, segment: Segment) -> str:
        document = segment.document
        if not self.header or (isinstance(document, Part) and document.keep):
            return ""
        title = document.title or _file_in(document.id)
        if "\n" in title.strip():  # it would look like several sources
            title = " ".join(title.split())
        header = self.header.format(number=segment.position + 1, id=document.id, title=title)
        return header if title else header.replace(" \n", "\n")


def _file_in(document_id: str) -> str:
    """The name of the file that an id names: without its folders, with a place in it; "" for another id."""
    name = re.split(r"[/\\]", document_id)[-1]
    return name if ending_of(name.partition(":")[0]) else ""


def _is_field(name: str | None, format_spec: str | None) -> bool:
    """Whether a replacement field of a header is one of a document, whatever the document is."""
    return name is None or (name in _FIELDS and "{" not in (format_spec or ""))


class Rendered(NamedTuple):
    """The context, texts and soft segments in turn, and where each verbatim piece of its text comes from."""

    parts: tuple[str | SoftSegment, ...]
    citations: tuple[Citation, ...]

    @property
    def text(self) -> str:
        """The texts alone."""
        return "".join(part for part in self.parts if isinstance(part, str))

    def tokens(self, count: Callable[[str], int]) -> int:
        """Tokens of each text by itself, and the soft ones."""
        return sum(count(part) if isinstance(part, str) else len(part) for part in self.parts)


def render(segments: Sequence[Segment], layout: Layout) -> Rendered:
    """Set ``segments`` (at most one a document, in order) as one context; empty ones leave no trace."""
    segments = [segments[place] for place in layout.in_order(segments)]
    parts: list[str | SoftSegment] = []
    citations: list[Citation] = []
    text_length = 0
    for segment in segments:
        if not segment.text and not segment.soft:
            continue
        opening = layout.opening(segment, first=not parts)
        text_length += len(opening)
        parts += [opening, *_in_turn(segment)]
        if segment.verbatim:
            for (start, end), offset in zip(segment.spans, segment.offsets, strict=True):
                citation_start = text_length + offset
                citations.append(
                    Citation(citation_start, citation_start + end - start, segment.document.id, start, end)
                )
        text_length += len(segment.text)
    has_vectors = any(segment.soft for segment in segments)
    return Rendered(_joined(parts) if has_vectors else _one(parts), tuple(citations))


def text_of(segments: Sequence[Segment], texts: Sequence[str], layout: Layout) -> str:
    """The text of :func:`render`, if each of ``segments`` had the one of ``texts`` in the place of its own.

    What is tried against a budget is only counted, many times a call: no segment and no citation is made for it, and
    vectors are passed over.
    """
    parts: list[str] = []
    for place in layout.in_order(segments):
        if texts[place]:
            parts += [layout.opening(segments[place], first=not parts), texts[place]]
    return "".join(parts)


def _by_score(segment: Segment) -> float:
    return math.inf if segment.score is None else -segment.score


def _in_turn(segment: Segment) -> list[str | SoftSegment]:
    """The kept texts and vectors of a document, in the order of the source."""
    if not segment.soft:
        return [segment.text]
    placed_texts = [(span, segment.document.text[slice(*span)]) for span in segment.spans]
    placed: list[tuple[Span, str | SoftSegment]] = [
        *placed_texts,
        *((soft_segment.span, soft_segment) for soft_segment in segment.soft),
    ]
    return [part for _, part in sorted(placed, key=lambda placed_part: placed_part[0])]


def _one(texts: Sequence[Any]) -> tuple[str | SoftSegment, ...]:
    """The usual case, many times a call: text alone."""
    return (whole_text,) if (whole_text := "".join(texts)) else ()


def _joined(parts: Sequence[str | SoftSegment]) -> tuple[str | SoftSegment, ...]:
    """Texts that meet as one."""
    joined_parts: list[str | SoftSegment] = []
    for is_soft, group in groupby(parts, key=lambda part: isinstance(part, SoftSegment)):
        group_parts = list(group)
        joined_parts += group_parts if is_soft else ["".join(part for part in group_parts if isinstance(part, str))]
    return tuple(part for part in joined_parts if part != "")
