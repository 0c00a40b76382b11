"""The blocks of Markdown with their lines: tokens, front matter, definitions, and noise."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from ragzip.process.lazy_property import lazy_property
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.definitions import Definition, definitions
from ragzip.text.splitters.scanner import FENCE, may_be_underlined, trim
from ragzip.text.structure.base import Structure
from ragzip.text.structure.encoded import encoded_data
from ragzip.text.structure.formats.markdown.signs import (
    BOLD_QUESTION,
    FOOTNOTE,
    front_matter_end,
    has_bold_questions,
    is_bold_name,
)
from ragzip.text.structure.parts import with_line_ends
from ragzip.text.structure.readers import structure_of

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

__all__ = ["MarkdownSource", "markdown_source"]

_LINE_BREAK = pattern_of(r"\r\n?|\n")
_TARGET = r"\([^()\n]{0,2000}(?:\([^()\n]{0,500}\)[^()\n]{0,500})?\)"
_BADGE = pattern_of(rf"\[!\[[^\[\]\n]{{0,300}}\](?:{_TARGET}|\[[^\]\n]{{0,100}}\])\](?:{_TARGET}|\[[^\]\n]{{0,100}}\])")
_IMAGE = pattern_of(rf"!\[[^\[\]\n]{{0,500}}\](?:{_TARGET}|\[[^\]\n]{{0,100}}\])|<img\s[^<>]{{0,2000}}>")
_ENDINGS = {"javascript": "js", "typescript": "ts", "python": "py", "yml": "yaml", "shell": "sh", "bash": "sh"}
_NO_STRUCTURE_INSIDE = frozenset(["", "md", "markdown", "text", "txt"])


@dataclass
class MarkdownSource:
    """A text in Markdown.

    :param lines: spans without line breaks.
    :param front_matter: its lines, first and last + 1.
    :param definitions: the number of the first line of the terms, and the entry.
    :param footnotes: labels and spans; ``links``: labels in capital letters, and spans, of link definitions.
    :param noise: sorted and disjoint.
    """

    source: str
    lines: list[Span]
    tokens: list[Token] = field(default_factory=list)
    front_matter: tuple[int, int] | None = None
    definitions: dict[int, Definition] = field(default_factory=dict)
    footnotes: list[tuple[str, Span]] = field(default_factory=list)
    links: list[tuple[str, Span]] = field(default_factory=list)
    noise: list[Span] = field(default_factory=list)

    def span(self, first: int, end: int) -> Span:
        """The text of lines, without white space at its ends."""
        end = min(end, len(self.lines))
        first = min(first, end - 1)
        block_span = Span(self.lines[first].start, self.lines[end - 1].end)
        return trim(self.source, *block_span) or Span(block_span.start, block_span.start)

    def is_over_rule(self, first: int, end: int) -> bool:
        """Whether lines are a text over a rule, the last of them, which parts it from the next one, and no title."""
        return not may_be_underlined(self.source[slice(*self.span(first, end - 1))])

    def line(self, number: int) -> str:
        """The text of a line."""
        return self.source[slice(*self.lines[number])]

    def is_blank(self, first: int, end: int) -> bool:
        """Whether lines have nothing but white space."""
        return all(not self.line(number).strip() for number in range(first, min(end, len(self.lines))))

    def is_visible(self, start: int, end: int) -> bool:
        """Whether something is left of a span without the noise in it."""
        place = start
        first = bisect_right(self._noise_ends, start)
        for noise_start, noise_end in self.noise[first : bisect_left(self._noise_starts, end, first)]:
            if self.source[place:noise_start].strip():
                return True
            place = noise_end
        return bool(self.source[place:end].strip())

    def visible_text(self, start: int, end: int) -> str:
        """A span without the noise in it."""
        texts: list[str] = []
        first = bisect_right(self._noise_ends, start)
        for noise_start, noise_end in self.noise[first : bisect_left(self._noise_starts, end, first)]:
            texts.append(self.source[start:noise_start])
            start = noise_end
        return "".join([*texts, self.source[start:end]])

    def index_noise(self) -> None:
        """Prepare :meth:`is_visible` and :meth:`visible_text`."""
        self._noise_starts = [span.start for span in self.noise]
        self._noise_ends = [span.end for span in self.noise]

    def is_bold_heading(self, line: int) -> bool:
        """Whether a line is a question in bold type, and the text has others, as over answers; or a name in bold type
        alone, below other text and above what it names: "**Topping**".
        """
        span = self.span(line, line + 1)
        if BOLD_QUESTION.match(self.source, *span) is not None and self._has_bold_questions:
            return True
        return is_bold_name(self.source[slice(*span)]) and line > self._first_line and self._is_apart(line)

    def _is_apart(self, line: int) -> bool:
        """Whether blank lines stand around a line, and something other than a table below it."""
        below = trim(self.source, self.lines[line].end, len(self.source))
        if below is None or self.source.startswith("|", below.start):
            return False
        return self.is_blank(line - 1, line) and self.is_blank(line + 1, line + 2)

    @lazy_property
    def _first_line(self) -> int:
        """The first line that is not blank."""
        return next((line for line in range(len(self.lines)) if not self.is_blank(line, line + 1)), 0)

    @lazy_property
    def _has_bold_questions(self) -> bool:
        return has_bold_questions(self.source)

    def structure_inside(self, info: str, inside: Span) -> Structure | None:
        """The structure of the text in a fence, where it is written as it stands."""
        language = info.split()[0].lower() if info.split() else ""
        if language in _NO_STRUCTURE_INSIDE:
            return None
        text = self.source[slice(*inside)]
        structure = structure_of(text, "text/plain", f"inside.{_ENDINGS.get(language, language)}")
        return structure if structure.kind != "prose" else None


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table").disable("inline")


def markdown_source(source: str) -> MarkdownSource:
    """The blocks of ``source``."""
    text = MarkdownSource(source, list(_line_spans(source)))
    hidden: set[int] = set()  # lines that the parser does not see: it would take them for something else
    text.front_matter = _front_matter(text)
    if text.front_matter is not None:
        hidden.update(range(*text.front_matter))
    for entry in definitions([text.line(number) for number in range(len(text.lines))]):
        if entry.first not in hidden:
            text.definitions[entry.first] = entry
            hidden.update(range(entry.body, entry.end))
    for label, first, end in _footnotes(text, hidden):
        text.footnotes.append((label, text.span(first, end)))
        hidden.update(range(first, end))
    environment = _parse(text, hidden)
    paragraphs = {token.map[0] for token in text.tokens if token.type == "paragraph_open" and token.map}
    lost = [entry for first, entry in text.definitions.items() if first not in paragraphs]
    for entry in lost:  # the parser takes its term for something else
        del text.definitions[entry.first]
        hidden.difference_update(range(entry.body, entry.end))
    if lost:
        environment = _parse(text, hidden)
    for label, reference in environment.get("references", {}).items():
        text.links.append((" ".join(label.split()).upper(), text.span(*reference["map"])))
    text.noise = with_line_ends(source, _noise(text))
    text.index_noise()
    return text


def _parse(text: MarkdownSource, hidden: AbstractSet[int]) -> dict[str, Any]:
    """Read the blocks of the lines that are not ``hidden``; the environment of the parser."""
    visible = "\n".join("" if number in hidden else text.line(number) for number in range(len(text.lines)))
    environment: dict[str, Any] = {}
    text.tokens = _parser().parse(visible, environment)
    return environment


def _line_spans(source: str) -> Iterator[Span]:
    """The lines as CommonMark counts them."""
    start = 0
    for line_break in _LINE_BREAK.finditer(source):
        yield Span(start, line_break.start())
        start = line_break.end()
    yield Span(start, len(source))


def _front_matter(text: MarkdownSource) -> tuple[int, int] | None:
    end = front_matter_end(map(text.line, range(len(text.lines))))
    return None if end is None else (0, end)


def _footnotes(text: MarkdownSource, hidden: set[int]) -> Iterator[tuple[str, int, int]]:
    """The label, first line and last line + 1 of each footnote, outside of fences."""
    if "[^" not in text.source:
        return
    fence = ""
    number = 0
    while number < len(text.lines):
        line = text.line(number)
        number += 1
        if mark := FENCE.match(line):
            if not fence:
                fence = mark.group(1)
            elif mark.group(1).startswith(fence):
                fence = ""
        if fence or number - 1 in hidden or not (label := FOOTNOTE.match(line)):
            continue
        first = number - 1
        while number < len(text.lines) and _goes_on(text, number):
            number += 1
        yield label.group(1), first, number


def _goes_on(text: MarkdownSource, number: int) -> bool:
    """Whether a line belongs to the footnote above it."""
    line = text.line(number)
    if not line.strip():
        following = text.line(number + 1) if number + 1 < len(text.lines) else ""
        return following.startswith(("    ", "\t")) and bool(following.strip())
    return not FOOTNOTE.match(line) and not line.lstrip().startswith(("#", "```", "~~~", "|"))


def _noise(text: MarkdownSource) -> Iterator[Span]:
    """Comments and badges outside of code, and paragraphs of nothing but pictures."""
    code = [
        text.span(*token.map)
        for token in text.tokens
        if token.type in ("fence", "code_block") and token.map is not None
    ]
    code_ends = [span.end for span in code]

    def is_code(place: int) -> bool:
        number = bisect_right(code_ends, place)
        return number < len(code) and code[number].start <= place

    badges = _BADGE.finditer(text.source) if "[![" in text.source else ()
    for span in (*_comments(text.source), *(Span(*badge.span()) for badge in badges)):
        if not is_code(span.start):
            yield span
    if "data:" in text.source:
        yield from (span for span in encoded_data(text.source) if not is_code(span.start))
    if "![" in text.source or "<img" in text.source:
        yield from _pictures(text)


def _comments(source: str) -> Iterator[Span]:
    start = source.find("<!--")
    while start >= 0 and (end := source.find("-->", start + 4)) >= 0:
        yield Span(start, end + 3)
        start = source.find("<!--", end + 3)


def _without_comments(text: str) -> str:
    start, pieces = 0, []
    for comment in _comments(text):
        pieces.append(text[start : comment.start])
        start = comment.end
    return "".join([*pieces, text[start:]])


def _pictures(text: MarkdownSource) -> Iterator[Span]:
    for token in text.tokens:
        if token.type not in ("paragraph_open", "html_block") or token.map is None:
            continue
        span = text.span(*token.map)
        paragraph = text.source[slice(*span)]
        if ("![" in paragraph or "<img" in paragraph) and not _without_pictures(paragraph).strip(" \t\r\n*_|•·"):
            yield span


def _without_pictures(paragraph: str) -> str:
    text = _IMAGE.sub("", _BADGE.sub("", _without_comments(paragraph)))
    return re.sub(r"</?(?:p|a|div|br|center|picture|source)(?:\s[^<>]{0,1000})?/?>", "", text)
