"""What methods see of a page: the texts of its blocks, and what stands over and around them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

from ragzip.pages.blocks import Block, Paths
from ragzip.pages.form import PageForm
from ragzip.pages.page import Heading, Page
from ragzip.pages.tree import numbered
from ragzip.text.spans import Span
from ragzip.types import Document

__all__ = ["View", "page_view", "text_view"]

_LONGEST_CONTEXT = 60  # words of headings and column names that a block is read with


@dataclass(frozen=True)
class View:
    """The blocks of one document, in order.

    ``texts`` is what a reader sees of each, ``labelled`` the same with the name of its column before each value of a
    table, ``contexts`` the headings over it and the names of its columns. ``sections`` numbers the blocks under one
    heading, ``tables`` those of one table (-1: in none).
    """

    title: str | None
    spans: tuple[Span, ...]
    texts: tuple[str, ...]
    labelled: tuple[str, ...]
    headings: tuple[str, ...]
    columns: tuple[str, ...]
    sections: tuple[int, ...]
    tables: tuple[int, ...]
    blocks: tuple[Block, ...] = ()
    form: PageForm | None = None

    def paths(self) -> list[tuple[str, ...]]:
        """The path of each block's element; of a document that is no page, numbered paragraphs."""
        if self.form is None:
            return [(f"p{i}",) for i in range(len(self.spans))]
        paths = Paths()
        return [paths.of(block.node) for block in self.blocks]

    def html(self) -> str:
        """The document with its elements named as the paths name them."""
        if self.form is None:
            return "".join(f"<p{i}>{text}</p{i}>" for i, text in enumerate(self.texts))
        return numbered(self.form.page, self.blocks)

    @cached_property
    def contexts(self) -> tuple[str, ...]:
        return tuple(f"{a} {b}".strip() for a, b in zip(self.headings, self.columns, strict=True))

    @cached_property
    def members(self) -> dict[int, list[int]]:
        """The blocks of each table."""
        out: dict[int, list[int]] = {}
        for number, table in enumerate(self.tables):
            if table >= 0:
                out.setdefault(table, []).append(number)
        return out


def text_view(document: Document, spans: tuple[Span, ...]) -> View:
    """The view of a document that is no page: its sentences."""
    texts = tuple(document.text[start:end] for start, end in spans)
    none, nowhere = ("",) * len(spans), (-1,) * len(spans)
    return View(document.title, spans, texts, texts, none, none, (0,) * len(spans), nowhere)


def page_view(document: Document, form: PageForm, blocks: tuple[Block, ...]) -> View:
    """The view of ``blocks``, which ``form`` has."""
    page = form.page
    title = document.title or page.name
    over = [page.runs[page.within(block.start, block.end)[0]].heading for block in blocks]
    named = {id(heading): _named(page, heading) for heading in over}
    keys = [(id(heading), block.row and id(block.row.table)) for heading, block in zip(over, blocks, strict=True)]
    sections = accumulate((a != b for a, b in pairwise(keys)), initial=0)
    numbers: dict[int, int] = {}
    tables = [
        -1 if block.row is None or block.row.table.layout else numbers.setdefault(id(block.row.table), len(numbers))
        for block in blocks
    ]
    labels = _Labels(form)
    return View(
        title,
        tuple(Span(block.start, block.end) for block in blocks),
        tuple(page.text(block.start, block.end) for block in blocks),
        tuple(labels.read(block) for block in blocks),
        tuple(named[id(heading)] for heading in over),
        tuple(labels.columns(block) for block in blocks),
        tuple(sections) if blocks else (),
        tuple(tables),
        blocks,
        form,
    )


def _named(page: Page, heading: Heading | None) -> str:
    """A heading and those over it, the highest first."""
    names: list[str] = []
    while heading is not None:
        names.append(page.text(*page.span(heading.node)))
        heading = heading.parent
    return " ".join(" ".join(reversed(names)).split()[:_LONGEST_CONTEXT])


class _Labels:
    """The names of columns, worked out once a table."""

    def __init__(self, form: PageForm) -> None:
        self.page = form.page
        self.known: dict[tuple[int, ...], list[str]] = {}

    def _names(self, block: Block) -> list[str]:
        row = block.row
        if row is None or not row.headers or block.kind != "row":
            return []
        key = tuple(id(header.node) for header in row.headers)
        if key not in self.known:
            cells = row.headers[0].cells if row.headers else []
            self.known[key] = [self.page.text(*self.page.span(cell)) for cell in cells]
        return self.known[key]

    def columns(self, block: Block) -> str:
        return " ".join(" ".join(self._names(block)).split()[:_LONGEST_CONTEXT])

    def read(self, block: Block) -> str:
        """The block's text, each value of a row with the name of its column."""
        names = self._names(block)
        row = block.row
        if not names or row is None:
            return self.page.text(block.start, block.end)
        parts = []
        for one in row.tied or [row]:
            cells = one.cells
            named = names if len(cells) == len(names) else [""] * len(cells)
            for name, cell in zip(named, cells, strict=True):
                value = self.page.text(*self.page.span(cell))
                if value:
                    parts.append(f"{name}: {value}" if name else value)
        return "; ".join(parts)
