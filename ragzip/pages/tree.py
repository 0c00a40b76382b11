"""Pages without a query: cleaned, split into blocks, with numbered elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from ragzip.checks import check_text, choice, flag, item_list, shown, whole_number
from ragzip.errors import InputError
from ragzip.pages.blocks import Block, Paths
from ragzip.pages.form import Output, check_output, page_form
from ragzip.pages.page import Page
from ragzip.pages.parity import htmlrag_blocks, htmlrag_clean
from ragzip.pages.parse import Node
from ragzip.text.spans import Span

__all__ = ["PathBlock", "block_tree", "clean", "numbered"]


class PathBlock(NamedTuple):
    """A block: its path of element names, numbered where siblings share a name, and its visible text.

    ``span`` is its span in the page. ``whole``: it is a whole element (htmlrag's is_leaf) rather than the text directly
    in one.
    """

    path: tuple[str, ...]
    text: str
    span: Span | None
    whole: bool


def clean(html: str, *, output: Output = "html", links: bool = False, parity: Literal["htmlrag"] | None = None) -> str:
    """The visible text of a page with its structure elements, and nothing else.

    :param output: "html", "markdown", or "text".
    :param links: keep links with their addresses.
    :param parity: "htmlrag": as clean_html of htmlrag 0.1.1 returns it.
    :raises InputError: no text, or more than 20 million characters.
    """
    check_text(html, "clean")
    output, links = check_output(output), flag(links, "links")
    if _parity(parity):
        return htmlrag_clean(html)
    return page_form(html, output=output, links=links).write([(0, len(html))]).text


def block_tree(
    html: str, *, max_words: int = 128, characters: bool = False, parity: Literal["htmlrag"] | None = None
) -> list[PathBlock]:
    """The blocks of a page, in order.

    :param max_words: the most words of a block, see :func:`ragzip.pages.blocks.blocks`.
    :param parity: "htmlrag": the blocks of build_block_tree of htmlrag 0.1.1 over its cleaned page, ordered by depth;
        they have no spans.
    :param characters: count characters rather than words (htmlrag's zh_char; without parity, characters of Chinese and
        Japanese are words anyway).
    :raises InputError: no text, or more than 20 million characters.
    """
    check_text(html, "block_tree")
    max_words, characters = whole_number(max_words, "max_words", least=1), flag(characters, "characters")
    if _parity(parity):
        htmlrag_tree = htmlrag_blocks(html, max_words, characters=characters)
        return [PathBlock(path, text, None, is_whole) for path, is_whole, text in htmlrag_tree]
    form = page_form(html, max_words=max_words)
    paths = Paths()
    return [
        PathBlock(
            paths.of(block.node),
            form.page.text(block.start, block.end),
            Span(block.start, block.end),
            form.page.span(block.node) == (block.start, block.end),
        )
        for block in form.blocks
    ]


def _parity(parity: object) -> bool:
    return choice(parity, "parity", ("htmlrag", None)) is not None


def numbered(page: Page, blocks: Sequence[Block]) -> str:
    """The text of ``blocks`` within their elements, named as in their paths: ``<div0><p1>…``.

    :raises InputError: no page, or no blocks.
    """
    if not isinstance(page, Page):
        raise InputError(f"numbered: received {shown(page)}, expected a Page and blocks of it.")
    blocks = item_list(blocks, "blocks", Block, expected="blocks of the page", error=InputError)
    names_by_number: dict[int, str] = {}
    paths = Paths()
    kept_numbers = {number for block in blocks for number in page.within(block.start, block.end)}
    for block in blocks:
        node = block.node
        if node.number not in names_by_number:
            path = paths.of(node)
            for element_name in reversed(path):
                names_by_number[node.number] = element_name
                if node.parent is None:
                    break
                node = node.parent
    written_parts: list[str] = []
    pending: list[Node | str | tuple[int, int]] = [page.root]
    while pending:
        part = pending.pop()
        if isinstance(part, str):
            written_parts.append(part)
        elif isinstance(part, tuple):
            written_parts.append(_runs(page, kept_numbers, *part))
        elif element_name := names_by_number.get(part.number, ""):
            written_parts.append(f"<{element_name}>")
            pending.append(f"</{element_name}>")
            pending.extend(reversed(_parts(part, names_by_number)))
        else:
            pending.extend(
                reversed(_parts(part, names_by_number) if part.parent is None else [(part.first, part.last)])
            )
    return "".join(written_parts)


def _parts(node: Node, names: dict[int, str]) -> list[Node | str | tuple[int, int]]:
    """The named children of a node, and the ranges of runs between them."""
    parts: list[Node | str | tuple[int, int]] = []
    next_run = node.first
    for child in node.children:
        if child.number in names and child.first < child.last:
            parts += [(next_run, child.first), child]
            next_run = child.last
    return [*parts, (next_run, node.last)]


def _runs(page: Page, kept: set[int], first: int, last: int) -> str:
    return " ".join(
        page.text(page.runs[run_number].start, page.runs[run_number].end)
        for run_number in range(first, last)
        if run_number in kept
    )
