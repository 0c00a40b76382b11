"""The view that methods have of a page: the texts of its blocks, and their context."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from ragzip.pages.blocks import Block, Paths
from ragzip.pages.form import PageForm
from ragzip.pages.leads import labels_over
from ragzip.pages.page import Heading, Page
from ragzip.pages.parse import Node
from ragzip.pages.tables import Columns, Row, columns_of
from ragzip.pages.tree import numbered
from ragzip.process.lazy_property import lazy_property
from ragzip.text.spans import Span, Spans
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
    spans: Sequence[Span]
    texts: tuple[str, ...]
    labelled: tuple[str, ...]
    headings: tuple[str, ...]
    columns: tuple[str, ...]
    sections: Sequence[int]
    tables: Sequence[int]
    blocks: Sequence[Block] = ()
    form: PageForm | None = None

    def paths(self) -> list[tuple[str, ...]]:
        """The path of each block's element; of a document that is no page, numbered paragraphs."""
        if self.form is None:
            return [(f"p{block_number}",) for block_number in range(len(self.spans))]
        page_paths = Paths()
        return [page_paths.of(block.node) for block in self.blocks]

    def html(self) -> str:
        """The document with its elements named as the paths name them."""
        if self.form is None:
            return "".join(
                f"<p{block_number}>{block_text}</p{block_number}>" for block_number, block_text in enumerate(self.texts)
            )
        return numbered(self.form.page, self.blocks)

    @lazy_property
    def contexts(self) -> tuple[str, ...]:
        return tuple(
            f"{heading} {columns}".strip() for heading, columns in zip(self.headings, self.columns, strict=True)
        )

    @lazy_property
    def members(self) -> dict[int, list[int]]:
        """The blocks of each table."""
        rows_by_table: dict[int, list[int]] = {}
        for block_number, table in enumerate(self.tables):
            if table >= 0:
                rows_by_table.setdefault(table, []).append(block_number)
        return rows_by_table


def text_view(document: Document, spans: tuple[Span, ...]) -> View:
    """The view of a document that is no page: its sentences."""
    span_texts = tuple(document.text[start:end] for start, end in spans)
    no_texts, no_tables = ("",) * len(spans), (-1,) * len(spans)
    return View(document.title, spans, span_texts, span_texts, no_texts, no_texts, (0,) * len(spans), no_tables)


def page_view(document: Document, form: PageForm, blocks: Sequence[Block]) -> View:
    """The view of ``blocks``, which ``form`` has."""
    page = form.page
    title = document.title or page.name
    headings_above = [page.runs[page.within(block.start, block.end)[0]].heading for block in blocks]
    name_of_heading = {id(heading): _named(page, heading) for heading in headings_above}
    spans = Spans.of((block.start, block.end) for block in blocks)
    labels_of_boxes = labels_over(page, blocks, spans)
    section_keys = (
        (id(heading), block.row and id(block.row.table), labels_of_boxes.get(number))
        for number, (heading, block) in enumerate(zip(headings_above, blocks, strict=True))
    )
    sections = accumulate((section_key != next_key for section_key, next_key in pairwise(section_keys)), initial=0)
    table_numbers: dict[int, int] = {}
    table_of_block = array(
        "i",
        (
            -1
            if block.row is None or block.row.table.layout
            else table_numbers.setdefault(id(block.row.table), len(table_numbers))
            for block in blocks
        ),
    )
    labels = _Labels(form)
    texts = tuple(page.text(block.start, block.end) for block in blocks)
    return View(
        title,
        spans,
        texts,
        tuple(labels.read(block, text) for block, text in zip(blocks, texts, strict=True)) if form.rows else texts,
        tuple(
            _joined(name_of_heading[id(heading)], texts[labels_of_boxes[number]] if number in labels_of_boxes else "")
            for number, heading in enumerate(headings_above)
        ),
        tuple(labels.columns(block) for block in blocks),
        array("i", sections) if blocks else (),
        table_of_block,
        blocks,
        form,
    )


def _joined(heading: str, label: str) -> str:
    """A heading and the label of a box under it."""
    return " ".join(f"{heading} {label}".split()[:_LONGEST_CONTEXT]) if label else heading


def _named(page: Page, heading: Heading | None) -> str:
    """A heading and those over it, the highest first."""
    heading_names: list[str] = []
    while heading is not None:
        heading_names.append(page.text(*page.span(heading.node)))
        heading = heading.parent
    return " ".join(" ".join(reversed(heading_names)).split()[:_LONGEST_CONTEXT])


class _Labels:
    """The names of columns, and of the groups of rows, worked out once for the rows under the same headers."""

    def __init__(self, form: PageForm) -> None:
        self.page = form.page
        self.known: dict[tuple[int, ...], tuple[dict[int, str], list[str]]] = {}
        self.columns_by_table: dict[int, dict[int, Columns]] = {}

    def _names(self, block: Block) -> tuple[dict[int, str], list[str]]:
        """The names of the columns of a row, by column, and the header rows over it that are one cell each."""
        block_row = block.row
        if block_row is None or not block_row.headers or block.kind != "row":
            return {}, []
        header_key = tuple(header.node.number for header in block_row.headers)
        if header_key not in self.known:
            names: dict[int, list[str]] = {}
            over_rows: list[str] = []
            for header in block_row.headers:
                header_cells = header.cells
                if len(header_cells) == 1:
                    over_rows.append(self._text(header_cells[0]))
                    continue
                for column, cell in self._places(header).items():
                    names.setdefault(column, []).append(self._text(cell))
            joined_names = {column: " ".join(filter(None, names[column])) for column in sorted(names)}
            self.known[header_key] = joined_names, over_rows
        return self.known[header_key]

    def _places(self, row: Row) -> dict[int, Node]:
        """The cells of a row by column, a header cell in each that it spans."""
        columns = self._columns(row)
        if columns is None:
            return dict(enumerate(row.cells))
        spanning = columns.reached if row.is_header else {}
        own_cells = {columns.places[cell.number]: cell for cell in row.cells}
        in_row = {cell.number for cell in row.cells}
        return {**{column: cell for column, cell in spanning.items() if cell.number in in_row}, **own_cells}

    def _columns(self, row: Row) -> Columns | None:
        """The columns of the cells of a row; None for a table that does not define any."""
        table = row.table.node
        if table.number not in self.columns_by_table:
            self.columns_by_table[table.number] = columns_of(table, self.page.source)
        return self.columns_by_table[table.number].get(row.node.number)

    def _text(self, cell: Node) -> str:
        return self.page.text(*self.page.span(cell))

    def columns(self, block: Block) -> str:
        column_names, group_names = self._names(block)
        return " ".join(" ".join([*group_names, *column_names.values()]).split()[:_LONGEST_CONTEXT])

    def read(self, block: Block, text: str) -> str:
        """``text``, that of the block, each value of a row after the name of its column and that of its group."""
        column_names, group_names = self._names(block)
        block_row = block.row
        if block_row is None or not (column_names or group_names):
            return text
        labelled_cells = group_names[-1:] if len(block_row.headers) > 1 else []
        for tied_row in block_row.tied or [block_row]:
            for column, cell in self._places(tied_row).items():
                cell_text = self._text(cell)
                if cell_text:
                    cell_name = column_names.get(column, "")
                    labelled_cells.append(f"{cell_name}: {cell_text}" if cell_name else cell_text)
        return "; ".join(labelled_cells)
