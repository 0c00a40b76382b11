"""The form of a page: how the rest of ragzip writes what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal, get_args

from ragzip.checks import choice
from ragzip.pages.blocks import Block, blocks
from ragzip.pages.kept import Written, gather, pieces
from ragzip.pages.page import Page, Plain
from ragzip.pages.tables import Row, find_tables
from ragzip.pages.write_html import write_html
from ragzip.pages.write_lines import write_markdown, write_text
from ragzip.types import Span
from ragzip.words import is_boundary, words

__all__ = ["Output", "PageForm", "check_output", "page_form"]

Output = Literal["html", "markdown", "text"]
_WRITERS = {"html": write_html, "markdown": write_markdown, "text": write_text}
_REMEMBERED = 2_000_000  # characters; larger pages are read anew for each query


def check_output(output: object) -> Output:
    """``output`` if it names a way to write pages.

    :raises OptionError: it does not.
    """
    checked: Output = choice(output, "output", get_args(Output))
    return checked


class PageForm:
    """A page, its tables and blocks, and one way to write them (a :class:`~ragzip.types.Form`)."""

    def __init__(self, page: Page, output: Output, max_words: int) -> None:
        self.page, self.output = page, output
        self.rows: dict[int, Row] = find_tables(page)
        self.blocks: list[Block] = blocks(page, self.rows, max_words=max_words)
        self._protected: tuple[object, list[Span]] = (None, [])

    def write(self, spans: Sequence[tuple[int, int]]) -> Written:
        return _WRITERS[self.output](self.page, gather(self.page, self.rows, spans))

    def passages(self, max_words: int) -> list[Span]:
        """Runs of blocks under one heading, of at most ``max_words`` words (one larger block makes one of its own)."""
        out: list[Span] = []
        size, above = 0, None
        for block in self.blocks:
            words_in = len(self.page.text(block.start, block.end).split())
            heading = self.page.runs[self.page.within(block.start, block.end)[0]].heading
            if out and heading is above and size + words_in <= max_words:
                out[-1] = Span(out[-1].start, block.end)
                size += words_in
            else:
                out.append(Span(block.start, block.end))
                size, above = words_in, heading
        return out

    def alone(self, span: tuple[int, int]) -> str:
        return _WRITERS[self.output](self.page, pieces(self.page, [span])).text

    def words(self, span: tuple[int, int]) -> list[Span]:
        """Words, across tags where no white space stands between."""
        out: list[Span] = []
        source = self.page.source
        last = -1
        for number in self.page.within(*span):
            run = self.page.runs[number]
            low, high = max(span[0], run.start), min(span[1], run.end)
            found = [Span(*word) for word in words(source, low, high)]
            touching = found and out and not run.gap and low == run.start and out[-1].end == last
            if touching and not is_boundary(source[last - 1] + source[low : low + 10], 1):
                out[-1] = Span(out[-1].start, found.pop(0).end)
            out += found
            last = run.end
        return out

    def protected(self, find: Callable[[str], Sequence[Span]]) -> list[Span]:
        if self._protected[0] is not find:
            plain = Plain(self.page.source, self.page.runs)
            self._protected = (find, [plain.back(*span) for span in find(plain.text)])
        return self._protected[1]


def page_form(source: str, *, output: Output = "html", links: bool = False, max_words: int = 40) -> PageForm:
    """The form of the page ``source``; those of the last few pages are remembered.

    :param links: keep links with their addresses.
    :param max_words: see :func:`ragzip.pages.blocks.blocks`.
    :raises InputError: more than 20 million characters.
    """
    make = _remembered if len(source) <= _REMEMBERED else _form
    return make(source, output, links, max_words)


def _form(source: str, output: Output, links: bool, max_words: int) -> PageForm:
    return PageForm(Page.of(source, links=links), output, max_words)


_remembered = lru_cache(maxsize=16)(_form)
