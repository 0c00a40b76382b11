"""Diffs: a change needs the header of its file and that of its hunk; lines around it need the change.

What is kept of a diff can be read; it need not apply as a patch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragzip.text.forms import PlainForm
from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import trim
from ragzip.text.structure.base import Relation, Structure, StructuredUnit
from ragzip.text.structure.visible import read_visible

__all__ = ["read", "recognises"]

_MAX_CHANGED_LINES = 12  # of a unit
_MAX_CONTEXT_LINES = 6
_READ_CONTEXT = 2  # lines of context that a model reads with a change
_HUNK = re.compile(r"@@+ -\d+(?:,\d+)? (?:-\d+(?:,\d+)? )*\+\d+(?:,\d+)? @@+")
_FIRST_LINE = re.compile(r"diff -|--- \S|Index: |commit [0-9a-f]{7,64}\b|From [0-9a-f]{7,64} |=== (?:modified|added)")
_FILE_LINE = re.compile(
    r"diff -|Index: |={20,}$|index [0-9a-f]|(?:new|deleted) file mode|old mode|new mode|similarity index|"
    r"dissimilarity index|rename (?:from|to) |copy (?:from|to) |Binary files |GIT binary patch|--- |\+\+\+ "
)


class _Line(NamedTuple):
    """A line of a diff: its place without white space at its ends, and what it is: "message", "file", "hunk", "change"
    or "context".
    """

    start: int
    end: int
    kind: str


def recognises(source: str) -> bool:
    """Whether a text of an unknown type is a diff: it begins as one does, and has a header of a file and of a hunk."""
    first_line = source.lstrip("\r\n")[:200]
    if not _FIRST_LINE.match(first_line):
        return False
    kinds = {line.kind for line in _lines(source[:50_000])}
    return "file" in kinds and ("hunk" in kinds or source.startswith("diff --git "))


def read(source: str) -> Structure | None:
    """The structure of a unified diff; None of a text without a header of a file."""
    return read_visible(source, _read)


def _read(source: str) -> Structure | None:
    lines = list(_lines(source))
    if not any(line.kind == "file" for line in lines):
        return None
    return Structure("diff", tuple(_units(source, list(_blocks(source, lines)))), PlainForm(source))


def _lines(source: str) -> Iterator[_Line]:
    """The lines that are not blank, with what each is; blank ones in a hunk are context."""
    kind, old_left, new_left = "message", 0, 0
    place = 0
    while place < len(source):
        newline = source.find("\n", place)
        end = newline if newline >= 0 else len(source)
        line = source[place : min(end, place + 200)].rstrip("\r")
        hunk = _HUNK.match(line)
        if hunk:
            kind, (old_left, new_left) = "hunk", _sizes(hunk.group())
        elif kind in {"hunk", "change", "context"} and (old_left > 0 or new_left > 0) and line[:1] in {*" +-\\", ""}:
            kind = "change" if line[:1] in {"+", "-"} else "context"
            old_left -= line[:1] in {"-", " ", ""}
            new_left -= line[:1] in {"+", " ", ""}
        elif kind in {"change", "context"} and line.startswith("\\"):
            kind = "context"
        elif _FILE_LINE.match(line):
            kind = "file"
        elif line.strip():
            kind = "message"
        if span := trim(source, place, end):
            yield _Line(*span, kind)
        place = end + 1


def _sizes(hunk: str) -> tuple[int, int]:
    """The lines of the old and the new file that a hunk speaks of."""
    numbers = re.findall(r"([-+])\d+(?:,(\d{1,9}))?", hunk)
    sizes = {sign: int(size) if size else 1 for sign, size in numbers}
    return sizes.get("-", 0), sizes.get("+", 0)


def _blocks(source: str, lines: Sequence[_Line]) -> Iterator[_Line]:
    """Lines of a kind that stand together, of at most so many lines, as one."""
    start = end = count = 0
    kind = ""
    for line in lines:
        limit = {"hunk": 1, "context": _MAX_CONTEXT_LINES, "change": _MAX_CHANGED_LINES}.get(kind, 20)
        is_next_file = line.kind == "file" and source.startswith(("diff -", "Index: "), line.start)
        is_apart = "\n\n" in source[end : line.start].replace("\r", "")
        if kind and (line.kind != kind or count >= limit or is_next_file or (kind == "message" and is_apart)):
            yield _Line(start, end, kind)
            count = 0
        if not count:
            start, kind = line.start, line.kind
        end = line.end
        count += 1
    if kind:
        yield _Line(start, end, kind)


def _units(source: str, blocks: Sequence[_Line]) -> list[StructuredUnit]:
    """The units of the blocks: headers with their sections, changes, and the context that needs them."""
    file_number = hunk_number = None
    path = ""
    units: list[StructuredUnit] = []
    for number, block in enumerate(blocks):
        needs: tuple[int, ...] = ()
        section, reading = None, None
        if block.kind == "message":
            file_number = hunk_number = None
        elif block.kind == "file":
            file_number, hunk_number = number, None
            path = _path(source[block.start : block.end])
            section = _section(blocks, number, {"hunk", "change", "context"})
        elif block.kind == "hunk":
            hunk_number = number
            needs = () if file_number is None else (file_number,)
            section = _section(blocks, number, {"change", "context"})
        else:
            needs = tuple(needed for needed in (file_number, hunk_number) if needed is not None)
            changed = _nearest_change(blocks, number) if block.kind == "context" else None
            needs += () if changed is None else (changed,)
            if block.kind == "change":
                hunk = "" if hunk_number is None else source[blocks[hunk_number].start : blocks[hunk_number].end]
                reading = _reading(source, blocks, number, path, hunk)
        units.append(StructuredUnit(block.start, block.end, Relation(needs, section=section), reading))
    return units


def _section(blocks: Sequence[_Line], number: int, kinds: set[str]) -> Span | None:
    """The blocks of these kinds behind a header; None where there are none: the header says it all."""
    end = number + 1
    while end < len(blocks) and blocks[end].kind in kinds:
        end += 1
    return Span(blocks[number + 1].start, blocks[end - 1].end) if end > number + 1 else None


def _nearest_change(blocks: Sequence[_Line], number: int) -> int | None:
    """The change behind or before a block of context, else before or behind its neighbours of context."""
    for step in (1, -1, 2, -2):
        place = number + step
        if 0 <= place < len(blocks) and blocks[place].kind == "change":
            between = blocks[min(place, number) : max(place, number)]
            if all(block.kind in {"context", "change"} for block in between):
                return place
    return None


def _path(header: str) -> str:
    """The path of the new file, else of the old one."""
    for pattern in (r"^\+\+\+ (?:b/)?([^\t\r\n]+)", r"^rename to (.+)", r"^--- (?:a/)?([^\t\r\n]+)", r"^Index: (.+)"):
        path = re.search(pattern, header, re.MULTILINE)
        if path and path.group(1).strip() != "/dev/null":
            return path.group(1).strip()
    return header.partition("\n")[0].rpartition(" b/")[2]


def _reading(source: str, blocks: Sequence[_Line], number: int, path: str, hunk: str) -> str:
    """A change with the path of its file, the function that the hunk names, and the lines around it."""
    block = blocks[number]
    function = hunk.rpartition("@@")[2].strip()
    before = after = ""
    if number and blocks[number - 1].kind == "context":
        before = "\n".join(source[blocks[number - 1].start : blocks[number - 1].end].split("\n")[-_READ_CONTEXT:])
    if number + 1 < len(blocks) and blocks[number + 1].kind == "context":
        after = "\n".join(source[blocks[number + 1].start : blocks[number + 1].end].split("\n")[:_READ_CONTEXT])
    place = f"{path}: {function}" if function else path
    return "\n".join(filter(None, (place, before, source[block.start : block.end], after)))
