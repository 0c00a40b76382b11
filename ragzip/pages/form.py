"""The form of a page: how the rest of ragzip writes what is kept of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Literal, get_args

from ragzip.checks import choice
from ragzip.pages.blocks import Block, blocks
from ragzip.pages.kept import Written as WrittenPage
from ragzip.pages.kept import gather, pieces
from ragzip.pages.page import Page, Plain
from ragzip.pages.tables import Row, find_tables
from ragzip.pages.write_html import write_html
from ragzip.pages.write_lines import write_markdown, write_text
from ragzip.process.memory import BoundedCache
from ragzip.text.forms import Written
from ragzip.text.spans import Span, intersect, merge
from ragzip.text.words import is_boundary, words

__all__ = ["Output", "PageForm", "check_output", "page_form"]

Output = Literal["html", "markdown", "text"]
_WRITERS = {"html": write_html, "markdown": write_markdown, "text": write_text}


def check_output(output: object) -> Output:
    """``output`` if it names a way to write pages.

    :raises OptionError: it does not.
    """
    checked: Output = choice(output, "output", get_args(Output))
    return checked


class PageForm:
    """A page, its tables and blocks, and one way to write them (a :class:`~ragzip.text.forms.Form`)."""

    is_verbatim = is_cut = True
    is_plain = False

    def __init__(self, page: Page, output: Output, max_words: int) -> None:
        self.page, self.output = page, output
        self.rows: dict[int, Row] = find_tables(page)
        self.max_words = max_words
        self._protected: tuple[object, list[Span]] = (None, [])

    @cached_property
    def blocks(self) -> list[Block]:
        """The blocks of the page, in order."""
        return blocks(self.page, self.rows, max_words=self.max_words)

    @property
    def source(self) -> str:
        """The source of the page."""
        return self.page.source

    def keep(self, spans: Iterable[tuple[int, int]], held: Sequence[Span]) -> Written:
        kept = [Span(*span) for span in merge(intersect(spans, held))]
        text, pieces, places = self.write(kept)
        return Written(text, pieces, tuple(kept), places)

    def write(self, spans: Sequence[tuple[int, int]]) -> WrittenPage:
        """The page with ``spans`` (sorted, disjoint) of its source, and what they cannot be read without."""
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
    return _form_by_page.get_or_compute(
        (source, output, links, max_words), lambda _: PageForm(Page.of(source, links=links), output, max_words)
    )


_Key = tuple[str, Output, bool, int]  # source, output, links, max_words


def _bytes_of(key: _Key, form: PageForm) -> int:
    """Bytes of a page, its tree, runs, rows and blocks (one at most for each run or row)."""
    source, runs, rows = key[0], len(form.page.runs), len(form.rows)
    nodes = sum(1 for _ in form.page.root.walk())
    return sys.getsizeof(source) + _NODE_BYTES * nodes + _RUN_BYTES * runs + _ROW_BYTES * rows


_NODE_BYTES, _RUN_BYTES, _ROW_BYTES = 320, 340, 400
_form_by_page: BoundedCache[_Key, PageForm] = BoundedCache(2**26, _bytes_of)
