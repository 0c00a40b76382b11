"""The reader of records and blocks in plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import compress, dropwhile, groupby, pairwise

from ragzip.text.forms import PlainForm
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.cells import is_rule
from ragzip.text.splitters.page_margins import is_page_line
from ragzip.text.splitters.wrapping import joined
from ragzip.text.structure.base import Relation, Structure, StructuredUnit, visible_length
from ragzip.text.structure.formats.blocks.sessions import assignments, is_bare_prompt, names_above
from ragzip.text.structure.formats.blocks.signs import is_key_line, is_nested, is_statement, record_openers
from ragzip.text.structure.formats.blocks.tree import BlockLine, BlockNode, block_lines, block_tree, is_item
from ragzip.text.structure.keys import worded_line
from ragzip.text.structure.needs.governed import governed
from ragzip.text.structure.parts import Parts

__all__ = ["read", "recognises"]

_MAX_CHARACTERS = 2**23
_SAMPLED_CHARACTERS = 60_000
_MAX_LINES_OF_RECORD, _MAX_CHARACTERS_OF_RECORD = 20, 600
_MAX_LINES_OF_BLOCK, _MAX_CHARACTERS_OF_BLOCK = 7, 300
_MAX_CHARACTERS_READ_WITH = 200  # of a record, beside one of its lines
_MAX_LINE_CHARACTERS = 300  # a longer line is split into sentences
_MIN_LINES_OF_TABLE = 3
_TITLE = pattern_of(r"[#\w].{0,80}(?<![.!?…。！？;,}])$")
_COMMENT = pattern_of(r"#(?!#)\s?\S|//|--\s|;\s|/\*|\"{3}")
_HEADER_OF_MANUAL = pattern_of(  # on each page: "RSYNC(1) … RSYNC(1)"
    r"([\w.+:-]{1,40}\(\d\w{0,5}\)) {2,}[^\n]{1,80} {2,}\1"
)
_BARE_MARK = pattern_of(r"BEGIN:|\*{3}|[\w-]{1,40} ?\{$")  # a head that is no name
_SENTENCE = pattern_of(r"[^\W\d_]\S*(?: \S+){2,}[.!?。]$")
_FURTHER_INPUT = pattern_of(r"\+ |\+$|\.{3}(?: |:|$)|\.{2,8}: ")  # of a statement over several lines
_NAME = pattern_of(r"(?:FN|SUMMARY|(?:server_|host_?)?name|title)\b", re.IGNORECASE)
_DRESS = ":={[( \t*"  # around the name in a head


def recognises(source: str) -> bool:
    """Whether a text of an unknown type surely is records or blocks of lines."""
    end = len(source)
    if end > _SAMPLED_CHARACTERS:  # whole blocks, as far as can be told
        end = source.rfind("\n", 0, _SAMPLED_CHARACTERS)
        end = max(source.rfind("\n\n", 0, _SAMPLED_CHARACTERS), end - 2000)
    return len(source) <= _MAX_CHARACTERS and _roots(source[: max(0, end)]) is not None


def read(source: str) -> Structure | None:
    """The structure of a text of records or blocks; None of another."""
    roots = _roots(source)
    return None if roots is None else _structure(source, roots, _MAX_CHARACTERS_OF_RECORD)


def _structure(source: str, roots: Sequence[BlockNode], longest_whole: int) -> Structure:
    reader = _Reader(source, longest_whole)
    reader.add_all(roots)
    units = tuple(governed(source, reader.parts.closed()))
    return Structure("blocks", units, PlainForm(source), opened=partial(_opened, source))


def _opened(source: str, longest_whole: int) -> Structure:
    return _structure(source, _roots(source) or (), longest_whole)


def _roots(source: str) -> list[BlockNode] | None:
    """The blocks of a text, None where it is not made of such, or printed on pages, whose margins look like heads."""
    lines = block_lines(source)
    if openers := record_openers(lines):
        return block_tree(lines, frozenset(openers))
    if any(line.is_after_blank and is_page_line(line.text) for line in lines):
        return None
    roots = block_tree(lines)
    return roots if is_nested(lines, roots) else None


class _Reader:
    """The units of blocks.

    :param longest_whole: characters of the longest block that may be one unit.
    """

    def __init__(self, source: str, longest_whole: int) -> None:
        self.source, self.longest_whole = source, longest_whole
        self.parts = Parts(source)
        self.statements: dict[int, str] = {}  # what was typed at a prompt, by the place of its unit

    def add_all(self, roots: Sequence[BlockNode]) -> None:
        """Add the blocks of a text, and the prose between them; a title right above blocks leads them."""
        title: int | None = None
        is_comment = False
        runs = [list(run) for _, run in groupby(roots, key=_is_block)]
        is_over_all = sum(_is_block(run[0]) for run in runs) == 1  # a title that says nothing of one block alone
        for nodes, nodes_below in pairwise([*runs, []]):
            if not _is_block(nodes[0]):
                is_apart = bool(nodes_below) and nodes_below[0].line.is_after_blank
                is_comment = bool(nodes_below) and not is_apart and _COMMENT.match(nodes[-1].line.text) is not None
                may_be_title = bool(nodes_below) and (is_apart or not nodes_below[0].is_record)
                title = self._add_between(nodes, may_be_title=may_be_title, is_comment=is_comment)
                continue
            first_place = len(self.parts)
            for number, node in enumerate(nodes):
                has_title = title is not None and not (is_comment and number)
                # a record that has a name can do without the title of all of them
                is_needed = has_title and (is_comment or not (node.is_record or is_over_all))
                needs = (title,) if title is not None and is_needed else ()
                place = len(self.parts)
                self._add(node, needs, ())
                if has_title and not needs:
                    self._put_under(range(place, len(self.parts)), title)
            if title is not None:
                end = nodes[0 if is_comment else -1].end
                self.parts.lead(title, self.parts.units[first_place].start, end)
        self._relate_assignments()

    def _relate_assignments(self) -> None:
        """Let the statement that prints a value, and the one that assigns it, be companions."""
        places = list(self.statements)
        for printing, assigning in assignments(list(self.statements.values())):
            for place, companion in [(printing, assigning), (assigning, printing)]:
                unit = self.parts.units[places[place]]
                companions = (*unit.relation.companions, places[companion])
                self.parts.units[places[place]] = unit.related(companions=companions)

    def _put_under(self, places: range, title: int | None) -> None:
        """Let the units at ``places`` that stand under nothing else stand under a title."""
        for place in places:
            unit = self.parts.units[place]
            if unit.relation.heading is None:
                self.parts.units[place] = unit.related(heading=title)

    def _add_between(self, nodes: Sequence[BlockNode], *, may_be_title: bool, is_comment: bool) -> int | None:
        """Add lines that are of no block; the place of the title, or the comment on the next block, at their end."""
        last_line = nodes[-1].line
        is_title = is_comment or (
            may_be_title
            and last_line.is_after_blank
            and _TITLE.match(last_line.text) is not None
            and _HEADER_OF_MANUAL.match(last_line.text) is None
        )
        before = nodes[:-1] if is_title else nodes
        if before:
            places = self.parts.add_prose(before[0].line.start, before[-1].end)
            is_header = (_HEADER_OF_MANUAL.match(self.source, self.parts.units[place].start) for place in places)
            self.parts.set_aside(compress(places, is_header), "header")
        return self.parts.add(last_line.start, last_line.end) if is_title else None

    def _add(self, node: BlockNode, needs: tuple[int, ...], path: tuple[str, ...]) -> None:
        """Add a block: as one unit where it is small, else its lines, which need its head and what closes it."""
        if node.is_record and is_statement(node.line.text):
            self._add_session(list(node.lines()), needs)
            return
        is_whole = _is_small(node) and visible_length(self.source[node.line.start : node.end]) <= self.longest_whole
        if not node.children or is_whole:
            self._add_unit(node.line.start, node.end, needs, path)
            return
        heading = needs[-1] if needs else None
        inside = Span(node.children[0].line.start, node.children[-1].end)
        head = self.parts.add(node.line.start, node.line.end, Relation(needs, section=inside, heading=heading))
        assert head is not None
        first_place = len(self.parts)
        name = _name_of(node)
        path = (*path, (name or node.line).text.strip(_DRESS))
        self._add_children(node.children, (*needs, head), path)
        if node.is_record and not any(child.is_record for child in node.children):
            self._read_with_record(first_place, node)
        if name is not None:
            units = self.parts.units[first_place:]
            name_place = next(place for place, unit in enumerate(units, first_place) if unit.end >= name.end)
            self.parts.need(
                (place for place in range(first_place, len(self.parts)) if place != name_place), [name_place]
            )
            times = [place for place, unit in enumerate(units, first_place) if _begins_event(self.source, unit.start)]
            self.parts.units[name_place] = self.parts.units[name_place].related(companions=tuple(times[:1]))
        if node.closing is not None:
            places = range(first_place, len(self.parts))
            closing = self.parts.add(node.closing.start, node.closing.end, Relation((*needs, head), section=inside))
            assert closing is not None
            self.parts.need(places, [closing])

    def _add_session(self, lines: Sequence[BlockLine], needs: tuple[int, ...]) -> None:
        """Add a statement with what it printed, as one unit where that is small, and the prose that follows in a
        notebook, which comes with it where that fits.
        """
        end = len(lines) - (len(lines) > 1 and is_bare_prompt(lines[-1].text))
        lines = lines[:end]
        while end > 1 and _is_sentence_below(lines, end - 1):
            end -= 1
        place = len(self.parts)
        self.statements[place] = lines[0].text
        length = visible_length(self.source[lines[0].start : lines[end - 1].end])
        if end <= _MAX_LINES_OF_RECORD and length <= self.longest_whole:
            self._add_unit(lines[0].start, lines[end - 1].end, needs, ())
        else:
            self._add_statement(lines[:end], needs)
        if end < len(lines):
            for number in self.parts.add_prose(lines[end].start, lines[-1].end):
                unit = self.parts.units[number]
                companions = (*unit.relation.companions, place)
                self.parts.units[number] = unit.related(companions=companions)

    def _add_statement(self, lines: Sequence[BlockLine], needs: tuple[int, ...]) -> None:
        """Add the input at a prompt, and the paragraphs of its output; in a long one, a line of figures needs the lines
        above it without any, which say what they are.
        """
        printed_lines = list(dropwhile(lambda line: _FURTHER_INPUT.match(line.text), lines[1:]))
        if not printed_lines:
            self._add_unit(lines[0].start, lines[-1].end, needs, ())
            return
        typed = self.source[lines[0].start : printed_lines[0].start].rstrip()
        section = Span(printed_lines[0].start, lines[-1].end)
        head = self.parts.add(lines[0].start, lines[0].start + len(typed), Relation(needs, section=section))
        assert head is not None
        starts = [number for number, line in enumerate(printed_lines) if not number or line.is_after_blank]
        for first, end in pairwise([*starts, len(printed_lines)]):
            paragraph = printed_lines[first:end]
            texts = [line.text for line in paragraph]
            if joined(texts) or paragraph[-1].end - paragraph[0].start <= self.longest_whole / 4:
                self._add_unit(paragraph[0].start, paragraph[-1].end, (*needs, head), (typed,))
                continue
            names = names_above(paragraph)
            if len(names) + 1 == len(paragraph):  # names over one line of figures
                self._add_unit(paragraph[0].start, paragraph[-1].end, (*needs, head), (typed,))
                continue
            line_needs: tuple[int, ...] = (*needs, head)
            if names:
                inside = Relation(line_needs, section=Span(names[0].end, paragraph[-1].end))
                name = self.parts.add(names[0].start, names[-1].end, inside)
                assert name is not None
                line_needs = (*line_needs, name)
            for line in paragraph[len(names) :]:
                if not is_rule(line.text):
                    self._add_unit(line.start, line.end, line_needs, (typed, *(line.text for line in names[:1])))

    def _read_with_record(self, first_place: int, node: BlockNode) -> None:
        """Let a model read the lines of an opened record, from ``first_place`` on, with what else it says."""
        text = "; ".join(child.line.text for child in node.children)[:_MAX_CHARACTERS_READ_WITH]
        for place in range(first_place, len(self.parts)):
            unit = self.parts.units[place]
            own_text = unit.reading or self.source[slice(*unit.span)]
            self.parts.units[place] = unit._replace(reading=f"{own_text} ({text})")

    def _add_children(self, nodes: Sequence[BlockNode], needs: tuple[int, ...], path: tuple[str, ...]) -> None:
        for run in _runs(nodes):
            if _is_table(run):
                header = self.parts.add(
                    run[0].line.start, run[1].end, Relation(needs, section=Span(run[2].line.start, run[-1].end))
                )
                assert header is not None
                for node in run[2:]:
                    self._add(node, (*needs, header), (*path, run[0].line.text))
            elif _is_prose(run):
                self.parts.add_prose(run[0].line.start, run[-1].end, needs, needs[-1])
            else:
                for commented in _with_comments(run):
                    if len(commented) > 1:
                        self._add_unit(commented[0].line.start, commented[-1].end, needs, path)
                    else:
                        self._add(commented[0], needs, path)

    def _add_unit(self, start: int, end: int, needs: tuple[int, ...], path: tuple[str, ...]) -> None:
        text = self.source[start:end]
        words = "\n".join(map(worded_line, text.split("\n")))
        reading = ": ".join([*path, words]) if path or words != text else None
        relation = Relation(needs, heading=needs[-1] if needs else None)
        self.parts.units.append(StructuredUnit(start, end, relation, reading, is_record=True))


def _begins_event(source: str, start: int) -> bool:
    """Whether a line says when an event of a calendar begins."""
    return source.startswith("DTSTART", start)


def _is_block(node: BlockNode) -> bool:
    """Whether a line has others below it, or is a statement, with or without what it printed."""
    return bool(node.children) or (node.is_record and is_statement(node.line.text))


def _is_sentence_below(lines: Sequence[BlockLine], number: int) -> bool:
    """Whether a line below a cell of a notebook is a paragraph of prose, of one line, parted by a blank one."""
    line = lines[number]
    is_cell = lines[0].text.startswith("In [")
    return is_cell and line.is_after_blank and _SENTENCE.match(line.text) is not None


def _name_of(node: BlockNode) -> BlockLine | None:
    """The line that names a record whose head is a mark alone; it comes with each of the others."""
    if not _BARE_MARK.match(node.line.text):
        return None
    return next((child.line for child in node.children if not child.children and _NAME.match(child.line.text)), None)


def _is_small(node: BlockNode) -> bool:
    """Whether a block is kept whole. Items of a list are kept singly, blocks in a block too."""
    line_count = sum(1 for _ in node.lines())
    characters = node.end - node.line.start
    if node.is_record and not any(child.is_record for child in node.children):
        return line_count <= _MAX_LINES_OF_RECORD and characters <= _MAX_CHARACTERS_OF_RECORD
    if sum(bool(child.children) for child in node.children) > 1 or any(is_item(child.line) for child in node.children):
        return False
    return line_count <= _MAX_LINES_OF_BLOCK and characters <= _MAX_CHARACTERS_OF_BLOCK


def _runs(nodes: Sequence[BlockNode]) -> Iterator[list[BlockNode]]:
    """The nodes, those in a row that are lines without others under them, and no blank line between them, together."""
    run: list[BlockNode] = []
    for node in nodes:
        if run and (node.children or run[-1].children or node.line.is_after_blank or is_item(node.line)):
            yield run
            run = []
        run.append(node)
    if run:
        yield run


def _with_comments(run: Sequence[BlockNode]) -> Iterator[list[BlockNode]]:
    """The nodes of a run, each line with the comments right above it, which say what it means."""
    commented: list[BlockNode] = []
    for node in run:
        commented.append(node)
        if not _is_comment(node):
            yield commented
            commented = []
    if commented:
        yield from ([node] for node in commented)


def _is_comment(node: BlockNode) -> bool:
    return not node.children and _COMMENT.match(node.line.text) is not None


def _is_table(run: Sequence[BlockNode]) -> bool:
    """Whether lines are rows of a table below names and rules under those."""
    if len(run) < _MIN_LINES_OF_TABLE or any(node.children for node in run):
        return False
    return " " in run[1].line.text and is_rule(run[1].line.text)


def _is_prose(run: Sequence[BlockNode]) -> bool:
    """Whether lines are a paragraph, which is split into sentences."""
    texts = [node.line.text for node in run]
    if any(node.children for node in run) or any(map(is_key_line, texts)):
        return False
    if len(texts) == 1:
        return len(texts[0]) > _MAX_LINE_CHARACTERS
    return joined(texts)
