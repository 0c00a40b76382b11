"""Pages without a query: cleaned, in blocks, and with their elements numbered."""

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
    """A block: its path of element names, numbered where siblings share one, and what a reader sees of it.

    ``span`` is its place in the page. ``whole``: it is all of an element (htmlrag's is_leaf), rather than the text that
    stands directly in one.
    """

    path: tuple[str, ...]
    text: str
    span: Span | None
    whole: bool


def clean(html: str, *, output: Output = "html", links: bool = False, parity: Literal["htmlrag"] | None = None) -> str:
    """The visible text of a page with the elements that give it structure, and nothing else.

    :param output: "html", "markdown", or "text".
    :param links: keep links with their addresses.
    :param parity: "htmlrag": what clean_html of htmlrag 0.1.1 gives.
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
    :param parity: "htmlrag": those of build_block_tree of htmlrag 0.1.1 over the page as its clean_html leaves it, in
        its order, which goes by depth. Their spans are those of that cleaned page, and not given.
    :param characters: count characters rather than words (htmlrag's zh_char; without parity, Chinese and Japanese are
        counted so by themselves).
    :raises InputError: no text, or more than 20 million characters.
    """
    check_text(html, "block_tree")
    max_words, characters = whole_number(max_words, "max_words", least=1), flag(characters, "characters")
    if _parity(parity):
        found = htmlrag_blocks(html, max_words, characters=characters)
        return [PathBlock(path, text, None, whole) for path, whole, text in found]
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
    """The text of ``blocks`` within their elements, which are named as their paths name them: ``<div0><p1>…``.

    :raises InputError: no page, or no blocks.
    """
    if not isinstance(page, Page):
        raise InputError(f"numbered: received {shown(page)}, expected a Page and blocks of it.")
    blocks = item_list(blocks, "blocks", Block, expected="blocks of the page", error=InputError)
    names: dict[int, str] = {}
    paths = Paths()
    kept = {number for block in blocks for number in page.within(block.start, block.end)}
    for block in blocks:
        node = block.node
        if id(node) not in names:
            path = paths.of(node)
            for name in reversed(path):
                names[id(node)] = name
                if node.parent is None:
                    break
                node = node.parent
    out: list[str] = []
    pending: list[Node | str | tuple[int, int]] = [page.root]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            out.append(item)
        elif isinstance(item, tuple):
            out.append(_runs(page, kept, *item))
        elif name := names.get(id(item), ""):
            out.append(f"<{name}>")
            pending.append(f"</{name}>")
            pending.extend(reversed(_parts(item, names)))
        else:
            pending.extend(reversed(_parts(item, names) if item.parent is None else [(item.first, item.last)]))
    return "".join(out)


def _parts(node: Node, names: dict[int, str]) -> list[Node | str | tuple[int, int]]:
    """Children that have a name, and the runs between them."""
    out: list[Node | str | tuple[int, int]] = []
    at = node.first
    for child in node.children:
        if isinstance(child, Node) and id(child) in names and child.first < child.last:
            out += [(at, child.first), child]
            at = child.last
    return [*out, (at, node.last)]


def _runs(page: Page, kept: set[int], first: int, last: int) -> str:
    return " ".join(page.text(page.runs[i].start, page.runs[i].end) for i in range(first, last) if i in kept)
