"""Forms: how the part of a document that is kept is written, and counted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Literal, NamedTuple

from ragzip.errors import InputError
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span, covers, intersect, join, merge, tidy
from ragzip.text.words import words

__all__ = ["FixedForm", "Form", "Manner", "PlainForm", "RewrittenForm", "WrittenText", "offsets_of"]

Manner = Literal[
    "source",  # units as they stand in the source
    "tidy",  # the same without noise
    "built",  # units with what stands around them: keys, tags, heads of blocks
    "rewritten",  # text that a model wrote
    "fixed",  # all of it, whatever the budget
]

_STOP_AT_END, _MAX_MARKS = pattern_of(r"[.!?…。！？।॥؟۔][\"”’»)\]]{0,2}\Z"), 4
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


class Form(ABC):
    """A way to write the kept part of a document, with what it cannot be read without.

    Every form writes :meth:`keep`. The other methods are those of units that are written as they stand in the source.

    :param source: the text that :meth:`words` and :meth:`protected` speak of.
    """

    manner: Manner
    is_verbatim: bool = True  # whether the text is made of the source
    is_plain: bool = False  # whether the text is the pieces of the source, and nothing else
    is_tidy: bool = True  # of a built one: whether what says nothing is left out of its units
    kind_form: Form | None = None  # of a text that was only tidied: what writes units of its kind
    longest_unit: int | None = None  # characters of a record or class from which it was read as what is in it
    signs: frozenset[Span] = frozenset()  # the places that can say that items were left out

    def __init__(self, source: str) -> None:
        self.source = source

    @property
    def is_cut(self) -> bool:
        """Whether units can be left out and taken in again."""
        return self.manner not in ("rewritten", "fixed")

    @property
    def untidy(self) -> Form:
        """The form that writes redundant text, too."""
        return self

    @abstractmethod
    def keep(self, spans: Iterable[tuple[int, int]], held: Sequence[Span]) -> WrittenText | None:
        """The text for ``spans`` of the source, as far as they are ``held``; None where nothing would change."""

    def alone(self, span: tuple[int, int]) -> str:
        """The text for one span by itself, as a stand-in for its cost in place."""
        return self.source[slice(*span)]

    def reading(self, span: tuple[int, int]) -> str:
        """The text that a model reads in the place of a span."""
        return self.source[slice(*span)]

    def words(self, span: tuple[int, int]) -> list[Span]:
        """The visible words of a span of the source."""
        return [Span(*word) for word in words(self.source, *span)]

    def protected(self, find: Callable[[str], Sequence[Span]]) -> Sequence[Span]:
        """The spans of the source in which ``find`` finds something in the visible text."""
        return find(self.source)


class PlainForm(Form):
    """Text as it stands in the source: spans are widened to whole words and joined by white space of the source.

    :param view: the source with white space for the line breaks that it spells out (None: the source), see
        :func:`ragzip.text.escaped_breaks.with_line_breaks`.
    """

    manner = "source"
    is_plain = True

    def __init__(self, source: str, view: str | None = None) -> None:
        super().__init__(source)
        self._view = source if view is None else view

    def keep(self, spans: Iterable[tuple[int, int]], held: Sequence[Span]) -> WrittenText | None:
        kept_spans = merge([self._tidy(start, end) for start, end in intersect(spans, held)])
        if not kept_spans:
            return WrittenText("", (), ())
        if covers(self._view, kept_spans, held):
            return None
        joined_spans = tuple(Span(*span) for span in join(self._view, kept_spans))
        return WrittenText("".join(self.source[start:end] for start, end in joined_spans), joined_spans, joined_spans)

    def _tidy(self, start: int, end: int) -> tuple[int, int]:
        """A span without white space at its ends, widened to whole words, but not past the end of a sentence that no
        blank follows: "it.The".
        """
        tidy_start, tidy_end = tidy(self._view, start, end)
        if tidy_start < start and _STOP_AT_END.search(self._view, tidy_start, start):
            tidy_start = start
        if tidy_end > end and _STOP_AT_END.search(self._view, max(0, end - _MAX_MARKS), end):
            tidy_end = end
        return tidy_start, tidy_end

    def alone(self, span: tuple[int, int]) -> str:
        start, end = span
        space_start = start
        while space_start > 0 and start - space_start < _MAX_SPACE and self._view[space_start - 1].isspace():
            space_start -= 1
        return self.source[space_start:end]

    def words(self, span: tuple[int, int]) -> list[Span]:
        return [Span(*word) for word in words(self._view, *span)]


class RewrittenForm(Form):
    """Text that a model wrote: it stays as it is, or goes."""

    manner = "rewritten"
    is_verbatim = False

    def keep(self, spans: Iterable[tuple[int, int]], held: Sequence[Span]) -> WrittenText | None:
        if any(spans):
            raise InputError("Segment.keep: this segment was rewritten; it has no verbatim text to keep a part of.")
        return WrittenText("", (), ())


class FixedForm(Form):
    """Text that stays as it is, whatever the budget."""

    manner = "fixed"

    def __init__(self, form: Form) -> None:
        super().__init__(form.source)
        self.is_verbatim, self.is_plain = form.is_verbatim, form.is_plain

    def keep(self, spans: Iterable[tuple[int, int]], held: Sequence[Span]) -> WrittenText | None:
        return None


def offsets_of(spans: Sequence[Span]) -> tuple[int, ...]:
    """The places of pieces that stand one after the other in a text."""
    return tuple(accumulate((end - start for start, end in spans), initial=0))[: len(spans)]
