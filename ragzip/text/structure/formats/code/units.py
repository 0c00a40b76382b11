"""Units of code: statements, functions, heads of blocks; with the imports they use and what a model reads of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure.base import Relation, StructuredUnit
from ragzip.text.structure.formats.code.constants import constants
from ragzip.text.structure.formats.code.form import Head
from ragzip.text.structure.formats.code.languages import Language
from ragzip.text.structure.formats.code.readings import reading
from ragzip.text.structure.formats.code.tree import CodeNode, says_nothing

__all__ = ["UnitTable", "structured_units", "unit_table"]

_MAX_CLAUSES = 30  # of a block of which all heads are kept
_MAX_NAMES = 50  # of imports that a head may bring to each statement under it
_MAX_NAME_CHARACTERS = 100
_MAX_IMPORT_CHARACTERS = 60  # longer imports come only where there is room
_COMMENT_LINES = pattern_of(r"[\s#/*;\0-]*+")
_WORD = pattern_of(r"[^\W\d]\w*")
_STRINGS = (
    r"(?<![fF\\])(?:\"\"\"(?>(?:[^\"\\]++|\\.|\"(?!\"\"))*)\"\"\"|'''(?>(?:[^'\\]++|\\.|'(?!''))*)'''"
    r"|\"(?>(?:[^\"\\\r\n]++|\\.)*)\"|'(?>(?:[^'\\\r\n]++|\\.)*)')"
)
_STRING_OR_COMMENT = pattern_of(_STRINGS + r"|#[^\r\n]*+", re.DOTALL)
_STRING_OR_SLASH_COMMENT = pattern_of(_STRINGS + r"|//[^\r\n]*+|/\*(?>(?:[^*]++|\*(?!/))*)(?:\*/|\Z)", re.DOTALL)
_PYTHON_IMPORTED = pattern_of(
    r"^[ \t\0]*(?:from[ \t]+[\w.]+[ \t]+)?import[ \t]+(\([^)]*+(?:\)|\Z)|[^\r\n]*)", re.MULTILINE
)
_PYTHON_BOUND = pattern_of(r"(?<![\w.])([\w.]++)(?:\s+as\s+(\w++))?\s*+(?:,|$)")
_BOUND = pattern_of(r"(?<![\w$])[\d$]*+([^\W\d][\w$]*+)(?:[^\S\r\n]*+[\r\n]|\s*+(?:$|[,;})=])|\s++from\b)")
_QUOTED_PATH = pattern_of(r"[\"']([^\"'\r\n]*)[\"']")


@dataclass
class UnitTable:
    """Units of code in the making, in order: a column each."""

    spans: list[Span] = field(default_factory=list)
    nodes: list[CodeNode] = field(default_factory=list)
    frames: list[tuple[int, ...]] = field(default_factory=list)
    paths: list[tuple[str, ...]] = field(default_factory=list)
    heads: dict[int, Head] = field(default_factory=dict)

    def add(self, span: Span, node: CodeNode, frames: tuple[int, ...], path: tuple[str, ...]) -> int:
        """The number of a new unit."""
        self.spans.append(span)
        self.nodes.append(node)
        self.frames.append(frames)
        self.paths.append(path)
        return len(self.spans) - 1


def unit_table(nodes: Sequence[CodeNode]) -> UnitTable:
    """The units of a tree."""
    table = UnitTable()
    _add(table, nodes, (), ())
    return table


def _add(table: UnitTable, nodes: Sequence[CodeNode], frames: tuple[int, ...], path: tuple[str, ...]) -> None:
    for node in nodes:
        if not node.bodies:
            table.add(Span(node.start, node.end), node, frames, path)
            continue
        inner_path = (*path, _title(node)) if node.name else path
        first_number = len(table.spans)
        head_numbers = _head_numbers(node, first_number)
        for body_number, body in enumerate(node.bodies):
            head_number = head_numbers[body_number]
            block_heads = _heads_kept_with(head_number, head_numbers)
            other_heads = tuple(number for number in block_heads if number != head_number)
            table.add(body.head, node, (*frames, *other_heads), path)
            _add(table, body.nodes, (*frames, *block_heads), inner_path)
            is_last = body_number == len(node.bodies) - 1
            table.heads[head_number] = Head(
                len(table.spans),
                node.close if is_last else None,
                node.kind != "class",
                body.mark_indent,
                is_first=body_number == 0,
            )


def _heads_kept_with(head_number: int, head_numbers: tuple[int, ...]) -> tuple[int, ...]:
    """The heads of a block that come with one of them: all, but of a long chain only the first and the last."""
    if len(head_numbers) <= _MAX_CLAUSES:
        return head_numbers
    return tuple(sorted({head_numbers[0], head_number, head_numbers[-1]}))


def _head_numbers(node: CodeNode, first: int) -> tuple[int, ...]:
    """The numbers that the heads of a block will have."""
    numbers: list[int] = []
    for body in node.bodies:
        numbers.append(first)
        first += 1 + sum(map(_unit_count, body.nodes))
    return tuple(numbers)


def _unit_count(node: CodeNode) -> int:
    if not node.bodies:
        return 1
    return sum(1 + sum(map(_unit_count, body.nodes)) for body in node.bodies)


def _title(node: CodeNode) -> str:
    """The name of a block with what it is: "class FileCache"."""
    name = node.name[:_MAX_NAME_CHARACTERS]
    return f"{node.kind} {name}" if node.kind in ("class", "function") else name


def structured_units(layout: str, table: UnitTable, language: Language) -> list[StructuredUnit]:
    """The units of ``table`` with their relations and readings."""
    importing = _imports(layout, table, language)
    used = [_used(layout, span, importing, language) for span in table.spans]
    uses = _uses(table, used, importing)
    is_short = {
        name: all(table.spans[place].end - table.spans[place].start <= _MAX_IMPORT_CHARACTERS for place in places)
        for name, places in importing.items()
    }
    values = constants(layout, table.spans, table.nodes, table.paths, language)
    used_values = [_used(layout, span, values, language) for span in table.spans]
    short_imports = {name: places if is_short[name] else () for name, places in importing.items()}
    return [
        StructuredUnit(
            *span,
            Relation(
                needs=_needs(table, number, used, short_imports),
                section=_section(layout, table, number, uses),
                companions=tuple(sorted({values[name][0] for name in used_values[number]} - {number})),
            ),
            reading(layout, table.nodes[number], span, table.paths[number], language),
            is_record=True,
        )
        for number, span in enumerate(table.spans)
    ]


def _uses(table: UnitTable, used: Sequence[set[str]], importing: dict[str, tuple[int, ...]]) -> dict[int, Span]:
    """The text from the first to the last unit that uses an import, by the number of each import that is used."""
    uses: dict[int, Span] = {}
    for number, names in enumerate(used):
        span = table.spans[number]
        for place in {place for name in names for place in importing[name]} - {number}:
            uses[place] = Span(uses.get(place, span).start, span.end)
    return uses


def _needs(
    table: UnitTable, number: int, used: Sequence[set[str]], importing: dict[str, tuple[int, ...]]
) -> tuple[int, ...]:
    """The heads that a unit stands under, and the imports of the names that it and they use."""
    frames = table.frames[number]
    names = used[number].union(*(used[frame] for frame in frames if len(used[frame]) <= _MAX_NAMES))
    needed = {place for name in names for place in importing[name]}.union(frames)
    return tuple(sorted(needed - {number}))


def _section(layout: str, table: UnitTable, number: int, uses: Mapping[int, Span]) -> Span | None:
    """The section of a unit: of a head that says nothing by itself, its body; of a comment, the text after it; of an
    import, the units that use it. A licence has an empty one: it is never kept.
    """
    node, span = table.nodes[number], table.spans[number]
    nothing = Span(span.end, span.end)
    head = table.heads.get(number)
    if head is not None:
        last = head.body_end - 1
        body = Span(table.spans[number + 1].start, table.spans[last].end) if last > number else nothing
        return None if node.kind == "function" else body
    if node.kind == "import":
        return uses.get(number)
    if node.kind != "comment":
        return None
    text = layout[span.start : span.end]
    return (
        nothing
        if says_nothing(text) or _COMMENT_LINES.fullmatch(text) or number + 1 == len(table.spans)
        else table.spans[number + 1]
    )


def _imports(layout: str, table: UnitTable, language: Language) -> dict[str, tuple[int, ...]]:
    """The unit of each import, with the heads it stands under, by the names that it binds."""
    units_by_name: dict[str, tuple[int, ...]] = {}
    for number, (node, span) in enumerate(zip(table.nodes, table.spans, strict=True)):
        is_plain = not node.bodies and node.kind in ("import", "statement")
        if not is_plain or table.paths[number]:
            continue
        if node.kind == "import" or (language.name == "python" and "import" in layout[span.start : span.end]):
            for name in _bound(layout[span.start : span.end], language):
                units_by_name[name] = tuple(sorted({number, *table.frames[number]}))
    return units_by_name


def _bound(text: str, language: Language) -> Iterator[str]:
    """The names that an import binds."""
    if language.name == "python":
        for names in _PYTHON_IMPORTED.findall(text):
            for match in _PYTHON_BOUND.finditer(re.sub(r"#[^\r\n]*|[()]", "", names).strip()):
                yield match.group(2) or match.group(1).partition(".")[0]
        return
    if language.name == "go":
        yield from (path.rpartition("/")[2] for path in _QUOTED_PATH.findall(text))
    yield from (name for name in _BOUND.findall(_QUOTED_PATH.sub("", text)) if name not in ("from", "default", "type"))


def _used(layout: str, span: Span, names: dict[str, tuple[int, ...]], language: Language) -> set[str]:
    """The ``names`` that a unit has, outside strings and comments."""
    if not names:
        return set()
    pattern = _STRING_OR_COMMENT if "#" in language.comments else _STRING_OR_SLASH_COMMENT
    text = pattern.sub(" ", layout[span.start : span.end])
    return set(_WORD.findall(text)).intersection(names)
