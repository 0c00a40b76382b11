"""Code whose blocks show in its indentation: Python, and Ruby, shell and Lua, where a word closes a block."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure.formats.code.docstrings import docstring_node
from ragzip.text.structure.formats.code.languages import Language
from ragzip.text.structure.formats.code.tree import MAX_DEPTH, Body, CodeNode, Kind, grouped, is_short, says_nothing

__all__ = ["LogicalLine", "line_nodes", "logical_lines"]

_MAX_DOCSTRING_CHARACTERS = 300  # that come with every part of a function

_PYTHON_TOKEN = pattern_of(
    r"(?P<string>\"\"\"(?>(?:[^\"\\]++|\\.|\"(?!\"\"))*)(?:\"\"\"|\Z)|'''(?>(?:[^'\\]++|\\.|'(?!''))*)(?:'''|\Z)"
    r"|\"(?>(?:[^\"\\\r\n]++|\\(?:\r\n|.))*)\"?|'(?>(?:[^'\\\r\n]++|\\(?:\r\n|.))*)'?)"
    r"|(?P<comment>#[^\r\n]*+)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<joined>\\(?:\r\n|[\r\n]))"
    r"|(?P<line>\r\n|[\r\n])",
    re.DOTALL,
)
_NEW_STATEMENT = pattern_of(r"[\0 \t]*+(?:(?:async[ ]+)?def[ ]+\w+|class[ ]+\w+|from[ ]+[\w.]+[ ]+import\b)")
_INDENT = pattern_of(r"[\0 \t\f]*+")
_PYTHON_HEAD = pattern_of(r"(?:async\s+)?(def|class)\s+(\w+)")
_PYTHON_IMPORT = pattern_of(r"(?:import|from)\b")
_PYTHON_NEXT = pattern_of(r"(?:elif|else|except|finally)\b")
_PYTHON_MATCH = pattern_of(r"match\b")  # nothing but cases may stand in it, and no mark
_DOCSTRING = pattern_of(r"[rRuU]?(?:\"|')")
_RUBY_HEAD = pattern_of(r"(def|class|module|function|local function)\s+([\w.:?!=<>\[\]]+)|()([\w-]++)\s*+\(\)")
_RUBY_IMPORT = pattern_of(r"(?:require(?:_relative)?|source|load)\b|\.\s")
_RUBY_NEXT = pattern_of(r"(?:else|elsif|elif|elseif|rescue|ensure|then|do|\{)\b|\{")
_RUBY_CLOSE = pattern_of(r"(?:end|fi|done|esac|until)\b|[})\]]")
_RUBY_WHOLE = pattern_of(r"(?:case|select|[^=]*?<<)\b|.*[(\[,=\\]$")


class LogicalLine(NamedTuple):
    """A statement's line, which brackets and strings may draw over several; ``indent`` in columns."""

    start: int
    end: int
    indent: int
    is_comment: bool


@cache
def _token_pattern(language: Language) -> re.Pattern[str]:
    if language.name in ("python", "shell"):
        return _PYTHON_TOKEN
    return re.compile(_PYTHON_TOKEN.pattern.replace("#", "|".join(map(re.escape, language.comments))), re.DOTALL)


def logical_lines(source: str, language: Language) -> Iterator[LogicalLine]:
    """The lines of ``source`` that are not blank; a bracket that is never closed ends before the next definition."""
    depth = 0
    line_start = 0
    counts_brackets = language.family == "python"
    for token in _token_pattern(language).finditer(source):
        kind = token.lastgroup
        if kind == "open":
            depth += counts_brackets
        elif kind == "close":
            depth = max(0, depth - 1)
        elif kind == "line" and (depth == 0 or _NEW_STATEMENT.match(source, token.end())):
            depth = 0
            if line := _line(source, line_start, token.start()):
                yield line
            line_start = token.end()
    if line := _line(source, line_start, len(source)):
        yield line


def _line(source: str, start: int, end: int) -> LogicalLine | None:
    match = _INDENT.match(source, start, end)
    assert match is not None  # it matches nothing at all, too
    if match.end() == end:
        return None
    while source[end - 1] in " \t\r\n\f\0":
        end -= 1
        if end == match.end():
            return None
    indent = len(match.group().replace("\0", "").replace("\f", "").expandtabs(8))
    first_character = source[match.end()]
    return LogicalLine(match.end(), end, indent, first_character == "#" or source.startswith("--", match.end()))


def line_nodes(source: str, language: Language, longest_unit: int | None = None) -> list[CodeNode]:
    """The statements and blocks of ``source``."""
    return _Reader(source, language, list(logical_lines(source, language)), longest_unit).nodes()


class _Reader:
    """The lines of a source, as statements and blocks."""

    def __init__(self, source: str, language: Language, lines: Sequence[LogicalLine], longest_unit: int | None) -> None:
        self.source, self.lines, self.longest_unit = source, lines, longest_unit
        self.is_python = language.family == "python"
        self.head = _PYTHON_HEAD.match if self.is_python else _RUBY_HEAD.match
        self.is_import = _PYTHON_IMPORT.match if self.is_python else _RUBY_IMPORT.match
        self.is_next_head = _PYTHON_NEXT.match if self.is_python else _RUBY_NEXT.match

    def nodes(self) -> list[CodeNode]:
        """The nodes of the text."""
        return self._within(0, len(self.lines), 0, in_function=False)

    def _is_apart(self, number: int) -> bool:
        """Whether a comment does not belong to the line after it, ``number``."""
        comment = self.lines[number - 1]
        if self.source.count("\n", comment.end, self.lines[number].start) > 1:
            return True
        return says_nothing(self.source[comment.start : comment.end])

    def _within(self, first: int, end: int, depth: int, *, in_function: bool) -> list[CodeNode]:
        """The nodes of the lines from ``first`` up to ``end``."""
        nodes: list[CodeNode] = []
        number = first
        while number < end:
            code = self._code_from(number, end)
            if code == end:  # comments with nothing after them belong to what is before
                self._add_comment(nodes, number, end)
                break
            for apart in range(number + 1, code + 1):  # comments with a blank line after them
                if self.lines[apart - 1].is_comment and self._is_apart(apart):
                    nodes.append(CodeNode(self.lines[number].start, self.lines[apart - 1].end, "comment"))
                    number = apart
            clauses, after = self._clauses(code, end)
            nodes.append(self._node(number, code, clauses, after, depth, in_function=in_function))
            number = after
        return grouped(self.source, nodes) if in_function else nodes

    def _add_comment(self, nodes: list[CodeNode], number: int, end: int) -> None:
        if nodes and not nodes[-1].bodies:
            nodes[-1].end = self.lines[end - 1].end
        else:
            nodes.append(CodeNode(self.lines[number].start, self.lines[end - 1].end, "comment"))

    def _code_from(self, number: int, end: int) -> int:
        """The first line from ``number`` on that is no comment and no decorator."""
        while number < end and (self.lines[number].is_comment or self._is_decorator(number)):
            number += 1
        return number

    def _is_decorator(self, number: int) -> bool:
        return self.is_python and self.source[self.lines[number].start] == "@"

    def _clauses(self, code: int, end: int) -> tuple[list[int], int]:
        """The lines that begin the clauses of the statement at ``code``, and the line after it."""
        clauses = [code]
        after = self._suite_end(code, end)
        while (following := self._code_from(after, end)) < end and self._goes_on(following, code):
            clauses.append(following)
            after = self._suite_end(following, end)
        if not self.is_python and after < end and self._closes(after, code):
            after += 1
        return clauses, after

    def _goes_on(self, number: int, code: int) -> bool:
        line = self.lines[number]
        return line.indent == self.lines[code].indent and bool(self.is_next_head(self.source, line.start, line.end))

    def _closes(self, number: int, code: int) -> bool:
        line = self.lines[number]
        return line.indent == self.lines[code].indent and bool(_RUBY_CLOSE.match(self.source, line.start, line.end))

    def _suite_end(self, code: int, end: int) -> int:
        """The line after the lines that are indented under ``code``; comments belong to what follows them."""
        indent = self.lines[code].indent
        number = last = code + 1
        while number < end:
            line = self.lines[number]
            if line.indent > indent:
                last = number + 1
            elif not line.is_comment:
                break
            number += 1
        return last

    def _node(
        self, first: int, code: int, clauses: list[int], after: int, depth: int, *, in_function: bool
    ) -> CodeNode:
        """The statement or block of the lines from ``first`` (its comments) up to ``after``."""
        line = self.lines[code]
        start, end = self.lines[first].start, self.lines[after - 1].end
        head = self.head(self.source, line.start, line.end)
        word = head.group(1) if head else None
        name = head.group(head.lastindex or 0) if head else ""
        kind: Kind = "class" if word in ("class", "module") else "function" if head else "block"
        signature = Span(line.start, line.end)
        if self.is_python and after == code + 1 and first == code and (parts := docstring_node(self.source, signature)):
            return parts
        if len(clauses) == after - code:  # one line for each clause
            is_import = self.is_import(self.source, line.start, line.end)
            return CodeNode(start, end, "import" if is_import else "statement", name, signature)
        is_whole = is_short(self.source, line.start, end, kind, is_inner=in_function, longest_unit=self.longest_unit)
        if is_whole or depth > MAX_DEPTH or not self._may_be_opened(clauses, after):
            return CodeNode(start, end, "statement" if kind == "block" else kind, name, signature)
        if self.is_python and _PYTHON_MATCH.match(self.source, line.start, line.end):
            kind = "class"
        node = CodeNode(start, end, kind, name, signature)
        ends = [*clauses[1:], after]
        if not self.is_python:
            ends[-1] -= 1
            node.close = Span(self.lines[after - 1].start, self.lines[after - 1].end)
        for clause, clause_end in zip(clauses, ends, strict=True):
            node.bodies.append(self._body(first if clause == code else clause, clause, clause_end, depth, kind))
        return node

    def _may_be_opened(self, clauses: Sequence[int], after: int) -> bool:
        """Whether each clause has lines of its own under it, and what closes the block is known."""
        line = self.lines[clauses[0]]
        is_whole = not self.is_python and _RUBY_WHOLE.match(self.source, line.start, line.end)
        if is_whole or (not self.is_python and not self._closes(after - 1, clauses[0])):
            return False
        ends = [*clauses[1:], after if self.is_python else after - 1]
        return all(self._code_from(clause + 1, end) < end for clause, end in zip(clauses, ends, strict=True))

    def _body(self, first: int, clause: int, end: int, depth: int, kind: str) -> Body:
        inner = clause + 1
        indent = self._indent(self._code_from(inner, end))
        if kind == "function" and self._has_short_docstring(inner, end):
            inner += 1
        head = Span(self.lines[first].start, self.lines[inner - 1].end)
        return Body(head, self._within(inner, end, depth + 1, in_function=kind != "class"), indent)

    def _has_short_docstring(self, number: int, end: int) -> bool:
        """Whether a line is a docstring that belongs to the signature, with statements after it."""
        line = self.lines[number]
        is_docstring = self.is_python and _DOCSTRING.match(self.source, line.start)
        is_short = line.end - line.start <= _MAX_DOCSTRING_CHARACTERS
        return bool(is_docstring) and is_short and self._code_from(number + 1, end) < end

    def _indent(self, number: int) -> str:
        """The white space before a line."""
        start = self.lines[number].start
        line_start = start
        while line_start > 0 and self.source[line_start - 1] in " \t\f":
            line_start -= 1
        return self.source[line_start:start]
