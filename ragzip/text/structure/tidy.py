"""Texts without redundant text: the noise that the reader of their kind knows, and white space."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ragzip.text.forms import Form, PlainForm, WrittenText
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span, covers, intersect, merge
from ragzip.text.structure.base import Structure
from ragzip.text.structure.encoded import ENCODED, encoded_data
from ragzip.text.structure.forms import TidyForm
from ragzip.text.structure.parts import with_line_ends
from ragzip.text.structure.visible import terminal_noise

__all__ = ["BLANK_LINES", "TidyText", "TidyTextForm", "UntidyTextForm", "tidy_text"]

_STRING = r'"(?>(?:[^"\\]++|\\.)*)"'
_EMPTY_MEMBERS = pattern_of(
    rf'(?>(?:[\s,]*+(?>(?:{_STRING}\s*+:\s*+)?)(?:null|""|\[\s*+\]|\{{\s*+\}}))*)[\s,]*+', re.DOTALL
)
_ENCODED_MEMBERS = pattern_of(
    rf'(?>(?:[\s,]*+(?>(?:{_STRING}\s*+:\s*+)?)(?:null|"(?>(?:{ENCODED.pattern})?)"|\[\s*+\]|\{{\s*+\}}))*)[\s,]*+',
    re.DOTALL,
)
_HIDDEN = pattern_of(r"[\x1b\x08\r]")
_LINE_END_BLANKS = pattern_of(r"(?<![ \t])[ \t]++(?=\r?\n|\Z)")
BLANK_LINES = pattern_of(r"(?<=\n)(?:[ \t]*+\r?\n)+(?=[ \t]*+\r?\n)")  # after the first of several
_BLANKS = pattern_of(r"(?<=\S[ \t])[ \t]++(?=\S)")
_NOISE_BY_KIND = {  # what readers take for noise, beside white space, escapes and encoded data
    "log": "repeated lines",
    "mail": "headers for machines and repeated quotations",
    "markdown": "comments, badges, pictures and headings over nothing",
    "table": "repeated headers, rules and empty columns",
    "terminal": "what a terminal does not show",
    "transcript": "notes and styles",
    "wikitext": "comments, references and the marks of links and bold text",
}


class TidyText(NamedTuple):
    """A text without noise: the text as it is written, its form, and the parts that were left out, in words."""

    written: WrittenText
    form: TidyTextForm
    left_out: tuple[str, ...]

    @property
    def removed(self) -> list[Span]:
        """The spans of the source that are left out."""
        return list(_removed(self.form.source, self.written.spans))


class TidyTextForm(TidyForm):
    """The visible part of a text, from which words are chosen unchanged.

    :param whole: the tidy text as a whole.
    :param kind_form: what writes units of the text, for compressors that read it as what it is.
    """

    def __init__(self, source: str, whole: WrittenText, kind_form: Form) -> None:
        super().__init__(source, list(_removed(source, whole.spans)), {})
        self.whole, self.kind_form = whole, kind_form

    def keep(self, spans: Iterable[tuple[int, int]], held: Sequence[Span]) -> WrittenText:
        kept = list(intersect(spans, held))
        return self.whole if covers(self.source, merge(kept), self.whole.spans) else super().keep(kept, held)


class UntidyTextForm(PlainForm):
    """A text that stays as it is, noise and all, from which words are chosen unchanged.

    :param kind_form: what writes units of the text with all that is in them.
    """

    def __init__(self, source: str, kind_form: Form) -> None:
        super().__init__(source)
        self.kind_form = kind_form


def tidy_text(source: str, structure: Structure, *, prose: bool = False) -> TidyText | None:
    """A text without the noise that its reader knows; None where there is none, or where more than that would go.

    :param prose: of prose, too, without what says nothing in any text.
    """
    form = structure.form
    if prose and structure.kind == "prose":
        form = TidyForm(source, _noise_of_prose(source), {})
    whole = Span(0, len(source))
    written = form.keep(_kept(structure, whole), [whole])
    if written is None or len(written.text.strip()) >= len(source.strip()) or not written.text:
        return None
    left_out = {}
    for start, end in _removed(source, written.spans):
        what = _named(source[start:end], structure.kind)
        if what is None:
            return None
        left_out[what] = True
    written = written._replace(held=(whole,))
    return TidyText(written, TidyTextForm(source, written, form), tuple(left_out))


def _noise_of_prose(source: str) -> list[Span]:
    """The spans that say nothing in any text: escapes, encoded data, blanks at the ends of lines and between words,
    blank lines after the first.
    """
    noise = terminal_noise(source)
    noise += with_line_ends(source, encoded_data(source))
    for pattern in (_LINE_END_BLANKS, BLANK_LINES, _BLANKS):
        noise += [Span(*match.span()) for match in pattern.finditer(source)]
    return [Span(*span) for span in merge(noise)]


def _kept(structure: Structure, whole: Span) -> Iterator[Span]:
    """All of the text but the units that never come: rules of tables, headers that are repeated."""
    start = whole.start
    for unit in structure.units:
        section = unit.relation.section
        if section is not None and section.start == section.end:
            if start < unit.start:
                yield Span(start, unit.start)
            start = unit.end
    if start < whole.end:
        yield Span(start, whole.end)


def _removed(source: str, kept: Sequence[Span]) -> Iterator[Span]:
    """The spans of ``source`` between ``kept``."""
    for before, after in pairwise([Span(0, 0), *kept, Span(len(source), len(source))]):
        if before.end < after.start:
            yield Span(before.end, after.start)


def _named(text: str, kind: str) -> str | None:
    """The name of a part that is left out; None for one that may say something."""
    if not text.strip():
        return "white space"
    if kind in ("json", "log", "markdown") and _EMPTY_MEMBERS.fullmatch(text):
        return "empty values"
    if ENCODED.search(text) and (kind != "json" or _ENCODED_MEMBERS.fullmatch(text)):
        return "encoded data"
    if _HIDDEN.search(text.rstrip("\r\n")):
        return "escapes and progress bars"
    return _NOISE_BY_KIND.get(kind)
