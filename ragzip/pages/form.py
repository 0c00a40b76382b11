"""The form of a page, by which ragzip writes its kept parts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from typing import Literal, get_args

from ragzip.checks import choice
from ragzip.pages.blocks import Block, Blocks, blocks
from ragzip.pages.kept import Written, gather, pieces
from ragzip.pages.page import Page, Plain
from ragzip.pages.tables import Row, find_tables
from ragzip.pages.write_html import write_html
from ragzip.pages.write_lines import write_markdown, write_text
from ragzip.process.lazy_property import lazy_property
from ragzip.process.memory import BoundedCache
from ragzip.text.forms import Form, WrittenText
from ragzip.text.spans import Span, intersect, merge
from ragzip.text.words import is_boundary, words

__all__ = ["Output", "PageForm", "check_output", "page_form"]

Output = Literal["html", "markdown", "text"]
_WRITERS = {"html": write_html, "markdown": write_markdown, "text": write_text}


def check_output(output: object) -> Output:
    """``output``, one of the formats of pages.

    :raises OptionError: anything else.
    """
    checked: Output = choice(output, "output", get_args(Output))
    return checked


class PageForm(Form):
    """A page, its tables and blocks, and an output format.

    :param max_words: see :func:`ragzip.pages.blocks.blocks`.
    """

    manner = "built"

    def __init__(self, page: Page, output: Output, max_words: int) -> None:
        super().__init__(page.source)
        self.page, self.output = page, output
        self.rows: dict[int, Row] = find_tables(page)
        self.max_words = max_words
        self._unneeded: frozenset[int] = frozenset()  # the headings that do not come with what stands under them
        self._protected: tuple[object, list[Span]] = (None, [])

    @lazy_property
    def blocks(self) -> Blocks:
        """The blocks of the page, in order."""
        return blocks(self.page, self.rows, max_words=self.max_words)

    def with_blocks(self, page_blocks: Iterable[Block]) -> PageForm:
        """The same form with other blocks."""
        form = copy(self)
        form.blocks = Blocks(self.page, self.rows, page_blocks)
        return form

    def without_top_heading(self) -> PageForm:
        """The same form, but the kept text is written without the one heading over all of the page."""
        top_headings = [heading.node.number for heading in self.page.headings if heading.parent is None]
        if len(top_headings) != 1:
            return self
        form = copy(self)
        form._unneeded = frozenset(top_headings)
        return form

    def keep(self, spans: Iterable[tuple[int, int]], held: Sequence[Span]) -> WrittenText:
        kept = [Span(*span) for span in merge(intersect(spans, held))]
        text, pieces, places = self.write(kept)
        return WrittenText(text, pieces, tuple(kept), places)

    def write(self, spans: Sequence[tuple[int, int]]) -> Written:
        """The page with ``spans`` (sorted, disjoint) of its source, and what they cannot be read without."""
        return _WRITERS[self.output](self.page, gather(self.page, self.rows, spans, self._unneeded))

    def passages(self, max_words: int) -> list[Span]:
        """Spans of passages: blocks under one heading, at most ``max_words`` words; a larger block is one by itself."""
        passage_spans: list[Span] = []
        passage_words, passage_heading = 0, None
        for block in self.blocks:
            block_words = len(self.page.text(block.start, block.end).split())
            heading = self.page.runs[self.page.within(block.start, block.end)[0]].heading
            if passage_spans and heading is passage_heading and passage_words + block_words <= max_words:
                passage_spans[-1] = Span(passage_spans[-1].start, block.end)
                passage_words += block_words
            else:
                passage_spans.append(Span(block.start, block.end))
                passage_words, passage_heading = block_words, heading
        return passage_spans

    def alone(self, span: tuple[int, int]) -> str:
        return _WRITERS[self.output](self.page, pieces(self.page, [span])).text

    def words(self, span: tuple[int, int]) -> list[Span]:
        """The words in ``span``; a word may run across tags that have no white space between them."""
        word_spans: list[Span] = []
        source = self.page.source
        run_end = -1
        for run_number in self.page.within(*span):
            run = self.page.runs[run_number]
            visible_start, visible_end = max(span[0], run.start), min(span[1], run.end)
            run_words = [Span(*word) for word in words(source, visible_start, visible_end)]
            is_adjacent = not run.gap and visible_start == run.start
            is_touching = run_words and word_spans and is_adjacent and word_spans[-1].end == run_end
            if is_touching and not is_boundary(source[run_end - 1] + source[visible_start : visible_start + 10], 1):
                word_spans[-1] = Span(word_spans[-1].start, run_words.pop(0).end)
            word_spans += run_words
            run_end = run.end
        return word_spans

    def protected(self, find: Callable[[str], Sequence[Span]]) -> list[Span]:
        if self._protected[0] is not find:
            plain_text = Plain(self.page.source, self.page.runs, range(len(self.page.runs)))
            self._protected = (find, [plain_text.back(*span) for span in find(plain_text.text)])
        return self._protected[1]


def page_form(source: str, *, output: Output = "html", links: bool = False, max_words: int = 40) -> PageForm:
    """The form of the page ``source``; the last few are remembered.

    :param links: keep links with their addresses.
    :param max_words: see :func:`ragzip.pages.blocks.blocks`.
    :raises InputError: more than 20 million characters.
    """
    return _form_by_page.get_or_compute(
        (source, output, links, max_words), lambda _: PageForm(Page.of(source, links=links), output, max_words)
    )


_FormKey = tuple[str, Output, bool, int]  # source, output, links, max_words


def _bytes_of(key: _FormKey, form: PageForm) -> int:
    """The bytes of a page, its tree, runs, rows, headings and blocks (at most one for each run or row)."""
    page = form.page
    return (
        sys.getsizeof(key[0])
        + _NODE_BYTES * len(page.root.tree)
        + _RUN_BYTES * len(page.runs)
        + _ROW_BYTES * len(form.rows)
        + _HEADING_BYTES * len(page.headings)
    )


_NODE_BYTES, _RUN_BYTES, _ROW_BYTES, _HEADING_BYTES = 50, 110, 400, 300
_form_by_page: BoundedCache[_FormKey, PageForm] = BoundedCache(2**26, _bytes_of)
