"""Forms: how the part of a document that is kept is written, and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple, Protocol, Self

from ragzip.errors import InputError
from ragzip.text.spans import Span, covers, intersect, join, merge, tidy
from ragzip.text.words import words

__all__ = ["FixedForm", "Form", "PlainForm", "RewrittenForm", "WrittenText", "offsets_of"]

_MAX_SPACE = 2  # characters of white space before a unit that are counted with it


class WrittenText(NamedTuple):
    """Text as a form writes it.

    ``spans`` are the pieces of the source in ``text``, ``offsets`` their places there (None: one after the other), and
    ``held`` the spans of the source that can still be kept.
    """

    text: str
    spans: Sequence[Span]
    held: tuple[Span, ...]
    offsets: Sequence[int] | None = None


class Form(Protocol):
    """A way to write the kept part of a document, with what it cannot be read without."""

    @property
    def is_verbatim(self) -> bool:
        """Whether the text is made of the source."""
        ...

    @property
    def is_plain(self) -> bool:
        """Whether the text is the pieces of the source, and nothing else."""
        ...

    @property
    def is_cut(self) -> bool:
        """Whether units can be left out and taken in again."""
        ...

    @property
    def source(self) -> str:
        """The text that :meth:`words` and :meth:`protected` speak of."""
        ...

    @property
    def untidy(self) -> Form:
        """The form that writes redundant text, too."""
        ...

    def keep(self, spans: Iterable[tuple[int, int]], held: Sequence[Span]) -> WrittenText | None:
        """The text for ``spans`` of the source, as far as they are ``held``; None where nothing would change."""
        ...

    def alone(self, span: tuple[int, int]) -> str:
        """The text for one span by itself, as a stand-in for its cost in place."""
        ...

    def words(self, span: tuple[int, int]) -> list[Span]:
        """The visible words of a span of the source."""
        ...

    def protected(self, find: Callable[[str], Sequence[Span]]) -> Sequence[Span]:
        """The spans of the source in which ``find`` finds something in the visible text."""
        ...


class _TextForm:
    """A form whose visible text is its source."""

    is_verbatim: bool
    is_plain: bool
    is_cut: bool

    def __init__(self, source: str) -> None:
        self.source = source

    @property
    def untidy(self) -> Self:
        return self

    def alone(self, span: tuple[int, int]) -> str:
        return self.source[slice(*span)]

    def words(self, span: tuple[int, int]) -> list[Span]:
        return [Span(*word) for word in words(self.source, *span)]

    def protected(self, find: Callable[[str], Sequence[Span]]) -> Sequence[Span]:
        return find(self.source)


class PlainForm(_TextForm):
    """Text as it stands in the source: spans are widened to whole words and joined by white space of the source."""

    is_verbatim = is_plain = is_cut = True

    def keep(self, spans: Iterable[tuple[int, int]], held: Sequence[Span]) -> WrittenText | None:
        kept_spans = merge([tidy(self.source, start, end) for start, end in intersect(spans, held)])
        if not kept_spans:
            return WrittenText("", (), ())
        if covers(self.source, kept_spans, held):
            return None
        joined_spans = tuple(Span(*span) for span in join(self.source, kept_spans))
        return WrittenText("".join(self.source[start:end] for start, end in joined_spans), joined_spans, joined_spans)

    def alone(self, span: tuple[int, int]) -> str:
        start, end = span
        space_start = start
        while space_start > 0 and start - space_start < _MAX_SPACE and self.source[space_start - 1].isspace():
            space_start -= 1
        return self.source[space_start:end]


class RewrittenForm(_TextForm):
    """Text that a model wrote: it stays as it is, or goes."""

    is_verbatim = is_plain = is_cut = False

    def keep(self, spans: Iterable[tuple[int, int]], held: Sequence[Span]) -> WrittenText | None:
        if any(spans):
            raise InputError("Segment.keep: this segment was rewritten; it has no verbatim text to keep a part of.")
        return WrittenText("", (), ())


class FixedForm(_TextForm):
    """Text that stays as it is, whatever the budget."""

    is_cut = False

    def __init__(self, form: Form) -> None:
        super().__init__(form.source)
        self.is_verbatim, self.is_plain = form.is_verbatim, form.is_plain

    def keep(self, spans: Iterable[tuple[int, int]], held: Sequence[Span]) -> WrittenText | None:
        return None


def offsets_of(spans: Sequence[Span]) -> tuple[int, ...]:
    """The places of pieces that stand one after the other in a text."""
    return tuple(accumulate((end - start for start, end in spans), initial=0))[: len(spans)]
