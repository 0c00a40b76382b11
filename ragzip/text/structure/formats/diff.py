"""Diffs: a change needs the header of its file and that of its hunk; lines around it need the change. The lines of Git
above the names of a changed file ("diff --git", "index") are kept only with these.

What is kept of a diff can be read; it need not apply as a patch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragzip.text.forms import PlainForm
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import trim
from ragzip.text.structure.base import Relation, Structure, StructuredUnit
from ragzip.text.structure.visible import read_visible

__all__ = ["read", "recognises"]

_MAX_CHANGED_LINES = 12  # of a unit
_MAX_CONTEXT_LINES = 6
_MAX_LINES_ABOVE = 2  # the names of a file
_READ_CONTEXT = 2  # lines of context that a model reads with a change
_HUNK_HEADER = pattern_of(r"@@+ -\d+(?:,\d+)? (?:-\d+(?:,\d+)? )*\+\d+(?:,\d+)? @@+")
_FIRST_LINE = pattern_of(r"diff -|--- \S|Index: |commit [0-9a-f]{7,64}\b|From [0-9a-f]{7,64} |=== (?:modified|added)")
_STATUS = pattern_of(r"^((?:new|deleted) file) mode", re.MULTILINE)
_FILE_LINE = pattern_of(
    r"diff -|Index: |={20,}$|index [0-9a-f]|(?:new|deleted) file mode|old mode|new mode|similarity index|"
    r"dissimilarity index|rename (?:from|to) |copy (?:from|to) |Binary files |GIT binary patch|--- |\+\+\+ "
)


class _Line(NamedTuple):
    """A line of a diff: its place without white space at its ends, and what it is: "message", "above file", "file",
    "hunk", "change" or "context".
    """

    start: int
    end: int
    kind: str


def recognises(source: str) -> bool:
    """Whether a text of an unknown type is a diff: it begins as one does, and has a header of a file and of a hunk."""
    first_line = source.lstrip("\r\n")[:200]
    if not _FIRST_LINE.match(first_line):
        return False
    line_kinds = {line.kind for line in _lines(source[:50_000])}
    return "file" in line_kinds and ("hunk" in line_kinds or source.startswith("diff --git "))


def read(source: str) -> Structure | None:
    """The structure of a unified diff; None of a text without a header of a file."""
    return read_visible(source, _read)


def _read(source: str) -> Structure | None:
    lines = list(_lines(source))
    if not any(line.kind == "file" for line in lines):
        return None
    _mark_above_files(source, lines)
    return Structure("diff", tuple(_units(source, list(_blocks(source, lines)))), PlainForm(source))


def _mark_above_files(source: str, lines: list[_Line]) -> None:
    """Let the lines "diff …" and "index …" be of their own kind, where the names of the file stand right below."""
    for number, line in enumerate(lines):
        if line.kind != "file" or not source.startswith("diff -", line.start):
            continue
        end = number + 1
        while end < len(lines) and end < number + _MAX_LINES_ABOVE and source.startswith("index ", lines[end].start):
            end += 1
        if end < len(lines) and source.startswith("--- ", lines[end].start):
            lines[number:end] = [above._replace(kind="above file") for above in lines[number:end]]


def _lines(source: str) -> Iterator[_Line]:
    """The lines that are not blank, with what each is; blank ones in a hunk are context."""
    line_kind, old_left, new_left = "message", 0, 0
    line_start = 0
    while line_start < len(source):
        newline = source.find("\n", line_start)
        line_end = newline if newline >= 0 else len(source)
        line_text = source[line_start : min(line_end, line_start + 200)].rstrip("\r")
        hunk_header = _HUNK_HEADER.match(line_text)
        if hunk_header:
            line_kind, (old_left, new_left) = "hunk", _sizes(hunk_header.group())
        elif (
            line_kind in {"hunk", "change", "context"}
            and (old_left > 0 or new_left > 0)
            and line_text[:1] in {*" +-\\", ""}
        ):
            line_kind = "change" if line_text[:1] in {"+", "-"} else "context"
            old_left -= line_text[:1] in {"-", " ", ""}
            new_left -= line_text[:1] in {"+", " ", ""}
        elif line_kind in {"change", "context"} and line_text.startswith("\\"):
            line_kind = "context"
        elif _FILE_LINE.match(line_text):
            line_kind = "file"
        elif line_text.strip():
            line_kind = "message"
        if line_span := trim(source, line_start, line_end):
            yield _Line(*line_span, line_kind)
        line_start = line_end + 1


def _sizes(hunk: str) -> tuple[int, int]:
    """The lines of the old and the new file that a hunk speaks of."""
    signed_sizes = re.findall(r"([-+])\d+(?:,(\d{1,9}))?", hunk)
    size_by_sign = {sign: int(size) if size else 1 for sign, size in signed_sizes}
    return size_by_sign.get("-", 0), size_by_sign.get("+", 0)


def _blocks(source: str, lines: Sequence[_Line]) -> Iterator[_Line]:
    """Lines of a kind that stand together, of at most so many lines, as one."""
    block_start = block_end = line_count = 0
    block_kind = ""
    for line in lines:
        line_limit = {"hunk": 1, "context": _MAX_CONTEXT_LINES, "change": _MAX_CHANGED_LINES}.get(block_kind, 20)
        is_next_file = line.kind == "file" and source.startswith(("diff -", "Index: "), line.start)
        is_apart = "\n\n" in source[block_end : line.start].replace("\r", "")
        if block_kind and (
            line.kind != block_kind
            or line_count >= line_limit
            or is_next_file
            or (block_kind == "message" and is_apart)
        ):
            yield _Line(block_start, block_end, block_kind)
            line_count = 0
        if not line_count:
            block_start, block_kind = line.start, line.kind
        block_end = line.end
        line_count += 1
    if block_kind:
        yield _Line(block_start, block_end, block_kind)


def _units(source: str, blocks: Sequence[_Line]) -> list[StructuredUnit]:
    """The units of the blocks: headers with their sections, changes, and the context that needs them."""
    file_number = hunk_number = None
    file_path = ""
    units: list[StructuredUnit] = []
    for block_number, block in enumerate(blocks):
        needed_blocks: tuple[int, ...] = ()
        section, reading = None, None
        if block.kind == "message":
            file_number = hunk_number = None
        elif block.kind == "above file":
            names = _section(blocks, block_number + 1, {"hunk", "change", "context"})
            section = Span(blocks[block_number + 1].start, blocks[block_number + 1].end if names is None else names.end)
        elif block.kind == "file":
            file_number, hunk_number = block_number, None
            header = source[block.start : block.end]
            status = _STATUS.search(header)
            file_path = f"{_path(header)} ({status[1]})" if status else _path(header)
            section = _section(blocks, block_number, {"hunk", "change", "context"})
        elif block.kind == "hunk":
            hunk_number = block_number
            needed_blocks = () if file_number is None else (file_number,)
            section = _section(blocks, block_number, {"change", "context"})
        else:
            needed_blocks = tuple(
                header_number for header_number in (file_number, hunk_number) if header_number is not None
            )
            nearest_change = _nearest_change(blocks, block_number) if block.kind == "context" else None
            needed_blocks += () if nearest_change is None else (nearest_change,)
            if block.kind == "change":
                hunk_header = "" if hunk_number is None else source[blocks[hunk_number].start : blocks[hunk_number].end]
                reading = _reading(source, blocks, block_number, file_path, hunk_header)
        units.append(StructuredUnit(block.start, block.end, Relation(needed_blocks, section=section), reading))
    return units


def _section(blocks: Sequence[_Line], number: int, kinds: set[str]) -> Span | None:
    """The blocks of these kinds after a header; None where there are none: the header says it all."""
    section_end = number + 1
    while section_end < len(blocks) and blocks[section_end].kind in kinds:
        section_end += 1
    return Span(blocks[number + 1].start, blocks[section_end - 1].end) if section_end > number + 1 else None


def _nearest_change(blocks: Sequence[_Line], number: int) -> int | None:
    """The change after or before a block of context, else before or after its neighbours of context."""
    for step in (1, -1, 2, -2):
        neighbour = number + step
        if 0 <= neighbour < len(blocks) and blocks[neighbour].kind == "change":
            between = blocks[min(neighbour, number) : max(neighbour, number)]
            if all(block.kind in {"context", "change"} for block in between):
                return neighbour
    return None


def _path(header: str) -> str:
    """The path of the new file, else of the old one."""
    for pattern in (r"^\+\+\+ (?:b/)?([^\t\r\n]+)", r"^rename to (.+)", r"^--- (?:a/)?([^\t\r\n]+)", r"^Index: (.+)"):
        path_match = re.search(pattern, header, re.MULTILINE)
        if path_match and path_match.group(1).strip() != "/dev/null":
            return path_match.group(1).strip()
    return header.partition("\n")[0].rpartition(" b/")[2]


def _reading(source: str, blocks: Sequence[_Line], number: int, path: str, hunk: str) -> str:
    """A change with the path of its file, the function that the hunk names, and the lines around it."""
    change = blocks[number]
    function_name = hunk.rpartition("@@")[2].strip()
    context_before = context_after = ""
    if number and blocks[number - 1].kind == "context":
        context_before = "\n".join(
            source[blocks[number - 1].start : blocks[number - 1].end].split("\n")[-_READ_CONTEXT:]
        )
    if number + 1 < len(blocks) and blocks[number + 1].kind == "context":
        context_after = "\n".join(source[blocks[number + 1].start : blocks[number + 1].end].split("\n")[:_READ_CONTEXT])
    change_place = f"{path}: {function_name}" if function_name else path
    return "\n".join(filter(None, (change_place, context_before, source[change.start : change.end], context_after)))
