"""Blocks of a page that need another one: "Not permitted are:" and the list below it, an item and those below it, a
value with an asterisk and its note, a question and the answer that it shows, what a notice corrects.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from ragzip.pages.blocks import Block
from ragzip.pages.corrections import corrections
from ragzip.pages.exchanges import governed_blocks
from ragzip.pages.lists import named_items
from ragzip.pages.page import Page
from ragzip.pages.parse import Node
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import COLONS
from ragzip.text.references.antecedents import antecedents
from ragzip.text.spans import Span
from ragzip.text.structure.formats.table.naming import is_caption
from ragzip.text.structure.needs.exceptions import begins_with_exception

__all__ = ["BlockRelation", "labels_over", "relations_of_blocks"]

_LISTS = frozenset(["ul", "ol", "dl", "menu"])
_LED_TO = _LISTS | {"table", "pre", "blockquote"}
_MAX_NEEDS = 16  # of a block: lists may stand in lists without end
_NOTE = pattern_of(r"([*†‡]{1,3})\s?\w")
_LINK_TO_NOTE = pattern_of(
    r"""(<sup\b[^<>]{0,200}>\s{0,20})?<a\b[^<>]{0,300}?href\s{0,3}=\s{0,3}["']?\#(?P<name>[\w:.-]{1,80})"""
    r"""(?(1)["'\s>]|["']?(?:\s[^<>]{0,200})?>\s{0,20}<sup\b)""",
    re.IGNORECASE,
)
_RAISED_MARK = pattern_of(r"<sup\b[^<>]{0,200}>\s{0,20}(\d{1,2}|[a-z])\)?\s{0,20}</sup>", re.IGNORECASE)
_UNIT_BEFORE = pattern_of(r"(?<![^\W\d_])[kdcm]?m\Z")  # "5 km" before a raised 2
_IDENTIFIER = pattern_of(r"""\bid\s{0,3}=\s{0,3}["']?([\w:.-]{1,80})(?=["'\s>])""")
_LITERATURE = pattern_of(r"cite|ref|bib|https?:|\bdoi\b|\bISBN\b|\b(?:19|20)\d\d\b", re.IGNORECASE)
_MAX_WORDS_OF_NOTE, _MAX_WORDS_OF_NOTES, _MAX_WORDS_OF_LABEL = 25, 40, 4
_BORDER = 2  # of a block, as the gap before a run
_SAYS_SOMETHING = pattern_of(r"[\d.!?:。！？：]")
_COUNT = pattern_of(r"[-+−]?\d{1,3}(?:[.,]\d{1,3})?k?\s?[✓✔★▲▼]?")
_REFERENCE = pattern_of(r"(?<=[\w)%€$£.,!?])([*†‡]{1,3})(?![\w*†‡])")


class BlockRelation(NamedTuple):
    """The needs of a block, and, of a lead-in, the span of the blocks of which it needs at least one to be kept (None:
    it may be kept by itself); of a sentence that refers back, to a numbered item or to a note, the ``antecedents``
    that it needs where they fit.
    """

    needs: tuple[Span, ...] = ()
    section: Span | None = None
    antecedents: tuple[Span, ...] = ()


def relations_of_blocks(page: Page, blocks: Sequence[Block], spans: Sequence[Span]) -> dict[int, BlockRelation]:
    """The relations, by number, of those ``blocks`` of ``page`` (at ``spans``, in order) that have one: of the items of
    a list to the paragraph that leads in to it, of the rows of a table to its caption in a paragraph, and of an item to
    the one above it in the tree; of an item to the one that takes it back; of a value to its note; of the blocks in a
    fieldset, a panel or details to its label, and of the label to the first of them; of statements to the notice, the
    next paragraph or the reply that takes them back; of a sentence to its antecedents. Headings and header rows with
    nothing under them are kept only with the whole page.
    """
    needs: defaultdict[int, list[Span]] = defaultdict(list)
    sections: dict[int, Span] = {}
    for number, (span, following) in enumerate(pairwise(spans)):
        introduces = page.source[span.end - 1 : span.end] in COLONS or is_caption(page.text(*span))
        led_to = _led_to(page, span, following, introduces=introduces)
        needs_of_span = needs.get(number, [])
        if led_to is None or len(needs_of_span) >= _MAX_NEEDS:
            continue
        last = number
        while last + 1 < len(spans) and page.runs[page.within(*spans[last + 1])[0]].start < _end_of(page, led_to):
            last += 1
            needs[last] += [*needs_of_span, span] if span not in needs[last] else []
        if introduces and last > number:
            sections[number] = Span(following.start, spans[last].end)
        elif begins_with_exception(page.text(*following)):
            needs[number].append(following)
    for number, governing in governed_blocks(page, blocks):
        needs[number] += [spans[governing]] if len(needs[number]) < _MAX_NEEDS else []
    for number, block in enumerate(blocks):
        if _is_bare_label(page, block):
            sections[number] = Span(block.end, block.end)
    posts = _posts_of_counts(page, blocks, spans, sections)
    for number, needed_span in (*_notes(page, spans), *_linked_notes(page, spans), *posts):
        needs[number].append(needed_span)
    for number, notice in corrections(page, blocks):
        needs[number] += [spans[part] for part in notice if part != number]
    for number, needed in _labels_of_boxes(page, blocks, spans, needs):
        if needed:
            needs[number] += needed
        else:
            sections[number] = Span(blocks[number].end, blocks[number].end)
    antecedents_of = dict(_antecedents(page, blocks))
    for number, item in (*named_items(page, spans), *_raised_notes(page, spans)):
        antecedents_of[number] = (*antecedents_of.get(number, ()), item)[:_MAX_NEEDS]
    return {
        number: BlockRelation(
            tuple(dict.fromkeys(needs.get(number, ()))), sections.get(number), antecedents_of.get(number, ())
        )
        for number in needs.keys() | sections.keys() | antecedents_of.keys()
    }


def _labels_of_boxes(
    page: Page, blocks: Sequence[Block], spans: Sequence[Span], needs: Mapping[int, list[Span]]
) -> Iterator[tuple[int, list[Span]]]:
    """The needs of blocks in a box that has a label, by number: the label, and its own needs; and the needs of the
    labels: the first block in the box, and its own needs. A label over nothing needs nothing.
    """
    labels = _label_blocks(page, blocks, spans)
    needs_of_blocks: dict[int, list[Span]] = {}
    # By the number of the block that is the label.
    first_in_box: dict[int, int | None] = {label.number: None for label in labels if label.is_alone}
    for number, label_number in _in_boxes(labels, spans):
        if blocks[number].kind == "heading":  # which comes with what is under it
            continue
        label_needs = needs_of_blocks.get(label_number, [])
        needs_of_blocks[number] = [spans[label_number], *label_needs][:_MAX_NEEDS]
        yield number, needs_of_blocks[number]
        if first_in_box.get(label_number, 0) is None and not _is_bare_label(page, blocks[number]):
            first_in_box[label_number] = number
    for label_number, first in reversed(first_in_box.items()):
        if first is None:
            yield label_number, []
            continue
        first_needs = [*needs_of_blocks.get(first, ()), *needs.get(first, ())]
        needed = [spans[first], *(need for need in dict.fromkeys(first_needs) if need != spans[label_number])]
        yield label_number, needed[:_MAX_NEEDS]


def labels_over(page: Page, blocks: Sequence[Block], spans: Sequence[Span]) -> dict[int, int]:
    """The numbers of blocks in a box, each with the number of the block that is, or holds, the label of the box."""
    return dict(_in_boxes(_label_blocks(page, blocks, spans), spans)) if page.labels else {}


def _in_boxes(labels: Sequence[_LabelBlock], spans: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """The numbers of blocks in boxes, in order, with that of the label of the innermost box that another block has."""
    boxes: list[tuple[int, int]] = []  # open around the current block: the end, and the number of the label
    pending = deque(labels)
    for number, (start, end) in enumerate(spans if labels else ()):
        while boxes and boxes[-1][0] <= start:
            boxes.pop()
        while pending and pending[0].box.start <= start:
            label = pending.popleft()
            if label.box.end > start:
                boxes.append((label.box.end, label.number))
        label_number = next((label_number for _, label_number in boxes[:-3:-1] if label_number != number), None)
        if label_number is not None and spans[label_number].end <= end:
            yield number, label_number


class _LabelBlock(NamedTuple):
    """The number of the block that holds a label, whether it holds nothing else, and where the box is."""

    number: int
    is_alone: bool
    box: Span


def _label_blocks(page: Page, blocks: Sequence[Block], spans: Sequence[Span]) -> list[_LabelBlock]:
    """The labels of boxes that are blocks, in the order of the boxes; headings have relations of their own to the
    blocks under them.
    """
    starts = [span.start for span in spans] if page.labels else []
    label_blocks: list[_LabelBlock] = []
    for label in sorted(page.labels, key=lambda label: label.box.number):
        start, end = page.starts[label.first], page.runs.ends[label.last - 1]
        number = bisect_right(starts, start) - 1
        is_over = label.last <= label.box.first or label.first >= label.box.first
        if number < 0 or not is_over or blocks[number].end < end or blocks[number].kind == "heading":
            continue
        is_alone = (start, end) == (blocks[number].start, blocks[number].end)
        label_blocks.append(_LabelBlock(number, is_alone, page.span(label.box)))
    return label_blocks


def _antecedents(page: Page, blocks: Sequence[Block]) -> Iterator[tuple[int, tuple[Span, ...]]]:
    """The numbers of blocks that are sentences of one paragraph and refer back, each with what it refers to."""
    first = 0
    for number in range(1, len(blocks) + 1):
        if number < len(blocks) and blocks[number].kind == "text" and blocks[number].node == blocks[first].node:
            continue
        if number - first > 1 and blocks[first].kind == "text":
            texts = [page.text(block.start, block.end) for block in blocks[first:number]]
            for place, chain in antecedents(texts):
                spans = (Span(blocks[first + before].start, blocks[first + before].end) for before in chain)
                yield first + place, tuple(spans)
        first = number


def _is_bare_label(page: Page, block: Block) -> bool:
    """Whether a block is a header row, or a heading with nothing under it that says nothing by itself."""
    if block.row is not None and block.row.is_header and block.row is not block.row.table.rows[-1]:
        return True
    text = page.text(block.start, block.end)
    return (
        block.kind == "heading"
        and block.node.number not in page.over
        and len(page.headings) > 1
        and len(text.split()) <= _MAX_WORDS_OF_LABEL
        and not _SAYS_SOMETHING.search(text)
    )


def _posts_of_counts(
    page: Page, blocks: Sequence[Block], spans: Sequence[Span], leads: Container[int]
) -> Iterator[tuple[int, Span]]:
    """The numbers of blocks that are a number alone, with the beginning of the post whose votes they count: what one of
    ``leads`` leads in to comes with it.
    """
    for number, block in enumerate(blocks):
        if block.kind == "text" and _COUNT.fullmatch(page.text(block.start, block.end)):
            post_blocks = 2 if number + 1 in leads else 1
            yield from ((number, span) for span in spans[number + 1 : number + 1 + post_blocks])


def _notes(page: Page, spans: Sequence[Span]) -> Iterator[tuple[int, Span]]:
    """The numbers of blocks with the notes below them to which they refer."""
    notes: dict[str, Span] = {}
    for span in spans:
        note = _NOTE.match(page.source, span.start, span.end) if page.source[span.start] in "*†‡" else None
        if note is not None:
            notes.setdefault(note.group(1), span)
    if not notes:
        return
    for number, span in enumerate(spans):
        for reference in _REFERENCE.finditer(page.text(*span)):
            note_span = notes.get(reference.group(1))
            if note_span is not None and note_span.start > span.start:
                yield number, note_span


def _raised_notes(page: Page, spans: Sequence[Span]) -> Iterator[tuple[int, Span]]:
    """The numbers of blocks with the notes below them to which raised figures refer that are no links: lines that begin
    with the same figure.
    """
    starts = [span.start for span in spans]
    notes: dict[str, int] = {}
    references: list[tuple[str, int]] = []
    for mark in _RAISED_MARK.finditer(page.source):
        number = bisect_right(starts, mark.start(1)) - 1
        run = page.within(mark.start(1), mark.end(1))
        if number < 0 or not run or mark.start(1) >= spans[number].end:
            continue
        if page.runs[run.start].gap == _BORDER:
            notes.setdefault(mark[1], number)
        elif not _UNIT_BEFORE.search(page.source[max(0, mark.start() - 5) : mark.start()]):
            references.append((mark[1], number))
    for mark_text, number in references:
        note = notes.get(mark_text, 0)
        if note > number and len(page.text(*spans[note]).split()) <= _MAX_WORDS_OF_NOTES:
            yield number, spans[note]


def _linked_notes(page: Page, spans: Sequence[Span]) -> Iterator[tuple[int, Span]]:
    """The numbers of blocks with the notes to which raised figures link, and of notes with what they are notes of;
    references to literature are none.
    """
    links = [link for link in _LINK_TO_NOTE.finditer(page.source) if not _LITERATURE.search(link.group("name"))]
    if not links:
        return
    end_of_target: dict[str, int] = {}
    for target in _IDENTIFIER.finditer(page.source):
        end_of_target.setdefault(target.group(1), target.end())
    starts, ends = [span.start for span in spans], [span.end for span in spans]
    for link in links:
        number = bisect_right(starts, link.start()) - 1
        target_end = end_of_target.get(link.group("name"), 0)
        note = max(number + 1, bisect_right(ends, target_end))
        if number < 0 or target_end < link.start() or note == len(spans):
            continue
        text = page.text(*spans[note])
        if len(text.split()) <= _MAX_WORDS_OF_NOTE and not _LITERATURE.search(text):
            yield number, spans[note]
            yield note, spans[number]


def _end_of(page: Page, node: Node) -> int:
    """The end of the text in an element."""
    return page.runs.ends[node.last - 1]


def _led_to(page: Page, span: Span, following: Span, *, introduces: bool) -> Node | None:
    """The list that begins with the ``following`` block, and to which the one at ``span`` leads in; a paragraph does so
    by a colon, an item over a list in it by its place.
    """
    item = next((node for node in reversed(page.runs[page.within(*span)[-1]].chain) if node.name == "li"), None)
    for node in page.runs[page.within(*following)[0]].chain:
        if node.start >= span.end and node.name in (_LED_TO if introduces else _LISTS):
            is_in_item = item is not None and item.first <= node.first and node.last <= item.last
            return node if introduces or is_in_item else None
    return None
