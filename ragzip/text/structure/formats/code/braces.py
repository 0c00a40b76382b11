"""Code whose blocks stand in braces: JavaScript, Java, C, C#, Go, Rust and their like; and SQL."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure.formats.code.cases import case_starts
from ragzip.text.structure.formats.code.heads import CONTROL, NOT_A_BLOCK, kind_and_name, without_brackets
from ragzip.text.structure.formats.code.languages import Language
from ragzip.text.structure.formats.code.sql import SqlList, list_of
from ragzip.text.structure.formats.code.tokens import tokens_of
from ragzip.text.structure.formats.code.tree import (
    MAX_DEPTH,
    Body,
    BracketPair,
    CodeNode,
    grouped,
    indent_of,
    is_short,
    says_nothing,
)

__all__ = ["BraceReader", "brace_nodes"]

_MIN_BODY_LINES = 4
_MIN_BODY_CHARACTERS = 400
_MAX_HEAD_CHARACTERS = 2_000

_WHITE_SPACE = pattern_of(r"[\0\s]*+")
_SPACE_AND_COMMENTS = pattern_of(r"(?>(?:[\0\s]++|//[^\r\n]*+|/\*(?>(?:[^*]++|\*(?!/))*)\*/)*)")
_ENUM_HEAD = pattern_of(r"(?:\w+\s+)*?enum\b")
_SWITCH = pattern_of(r"(?:return\s+)?(?:switch|match|select|when)\b|.*\b(?:switch|match|when)\b[^;{}]*$", re.DOTALL)
_TYPE_PARAMETERS = pattern_of(r"<[^<>]*>")
_OPERATORS = pattern_of(r"operator\s*\S{1,3}|[=!<>]=|=>")
_BEFORE_VALUES = pattern_of(r"(?:[=(,\[:?]|\breturn|\bdefault)\s*$")  # an object of values before its brace
_LIST = pattern_of(r"(?:[=:]|\breturn)\s*$")  # a list of values before its bracket
_MAX_SHORT_VALUE = 20  # characters of values that are kept by groups
_ENUMS_OF_STATEMENTS = ("swift", "scala", "php")
_GOES_ON = pattern_of(r"(?:else|catch|finally)\b")
_UNFINISHED = pattern_of(r"(?:[,(\[{+*/%&|^=<>?:.~\\-]|\b(?:extends|implements|return|else|in|of|as|new|case))$")
_CONTINUES = pattern_of(
    r"[.?:)\]},&|+*%^=<>{]|/(?![/*])|-[^-]|(?:else|catch|finally|extends|implements|where|throws|as|in)\b"
)
_PREFIX_ONLY = pattern_of(r"(?:@[\w.]+\s*)+$|(?:else\s+)?(?:if|for|while)\s*$|else$")
_PHP_TAG = pattern_of(r"<\?(?:php|=)?")


def brace_nodes(source: str, language: Language, longest_unit: int | None = None) -> list[CodeNode]:
    """The statements and blocks of ``source``."""
    return BraceReader(source, language, longest_unit).nodes()


class BraceReader:
    """The tokens of a source, as statements and blocks."""

    def __init__(self, source: str, language: Language, longest_unit: int | None) -> None:
        self.source, self.language, self.longest_unit = source, language, longest_unit
        self.tokens, self.partners, self.conditions = tokens_of(source, language)
        self.skipped = Span(-1, -1)  # the white space and comments that were looked at last

    def nodes(self) -> list[CodeNode]:
        """The nodes of the text; a PHP text is a block under its opening tag."""
        tag = _PHP_TAG.match(self.source) if self.language.name == "php" else None
        code_start = tag.end() if tag else 0
        is_closed = self.source.rstrip().endswith("?>") if tag else False
        code_end = self.source.rindex("?>") if is_closed else len(self.source)
        nodes = self._within(0, len(self.tokens), Span(code_start, code_end), 0)
        if tag is None or not nodes:
            return nodes
        body = Body(Span(0, tag.end()), nodes, None)
        closing_tag = Span(code_end, code_end + 2) if is_closed else None
        return [CodeNode(0, len(self.source), "class", "", Span(0, 0), [body], closing_tag)]

    def _within(self, first: int, end_token: int, span: Span, depth: int, *, in_data: bool = False) -> list[CodeNode]:
        """The nodes between two tokens, in ``span``."""
        nodes: list[CodeNode] = []
        position, token_number = span.start, first
        while True:
            position = self._after_space(position)
            if position >= span.end:
                return nodes
            while token_number < end_token and self.tokens[token_number].end <= position:
                token_number += 1
            if (branch := self._condition(token_number, end_token, position)) is not None:
                node, token_number = self._conditional(branch, depth)
                nodes.append(node)
                position = node.end
                continue
            node_start = position
            code_start, token_number = self._after_comments(position, token_number, end_token, span.end)
            if code_start >= span.end:
                self._add_comment(nodes, node_start, self._trimmed(node_start, span.end))
                return nodes
            is_condition = self._condition(token_number, end_token, code_start) is not None
            first_comment = code_start if is_condition else self._first_comment(node_start, code_start, token_number)
            if node_start < first_comment:
                nodes.append(CodeNode(node_start, self._trimmed(node_start, first_comment), "comment"))
                node_start = first_comment
            if is_condition:
                position = code_start
                continue
            next_token, node_end = self._statement(code_start, token_number, end_token, span.end, in_data=in_data)
            node_end = self._trimmed(code_start, node_end)
            nodes.append(self._node(node_start, code_start, node_end, token_number, next_token, depth, in_data=in_data))
            position, token_number = max(node_end, position + 1), next_token

    def _first_comment(self, start: int, code: int, number: int) -> int:
        """The place where the comments begin that belong to the code after them."""
        first = code
        while number > 0 and self.tokens[number - 1].start >= start:
            number -= 1
            token = self.tokens[number]
            if token.kind != "comment":
                continue
            if self.source.count("\n", token.end, first) > 1 or says_nothing(self.source[token.start : token.end]):
                break
            first = token.start
        return first

    def _add_comment(self, nodes: list[CodeNode], start: int, end: int) -> None:
        if nodes and not nodes[-1].bodies:
            nodes[-1].end = end
        else:
            nodes.append(CodeNode(start, end, "comment"))

    def _after_space(self, place: int) -> int:
        space_match = _WHITE_SPACE.match(self.source, place)
        assert space_match is not None  # it matches nothing at all, too
        return space_match.end()

    def _after_comment(self, place: int) -> int:
        if not self.skipped.start <= place <= self.skipped.end:
            space_match = _SPACE_AND_COMMENTS.match(self.source, place)
            assert space_match is not None  # it matches nothing at all, too
            self.skipped = Span(place, space_match.end())
        return self.skipped.end

    def _trimmed(self, start: int, end: int) -> int:
        while end > start + 1 and (self.source[end - 1].isspace() or self.source[end - 1] == "\0"):
            end -= 1
        return end

    def _after_comments(self, place: int, number: int, end_token: int, end: int) -> tuple[int, int]:
        """The place of the code after comments, and the first token from there on."""
        while number < end_token:
            token = self.tokens[number]
            if token.kind == "comment" and token.start == place:
                place = min(end, self._after_space(token.end))
            elif token.start >= place:
                break
            number += 1
        return min(place, end), number

    def _condition(self, number: int, end_token: int, place: int) -> list[int] | None:
        """The directives of a condition that begins at a token: #if, its branches, #endif; None where it is none."""
        directives = self.conditions.get(number)
        if directives is None or directives[-1] >= end_token or self.tokens[number].end <= place:
            return None
        if self.source[self.tokens[number].start : place].strip("\0 \t"):
            return None
        return [number, *directives]

    def _conditional(self, directives: Sequence[int], depth: int) -> tuple[CodeNode, int]:
        """The block of a condition, and the token after it."""
        starts = [self._after_space(self.tokens[number].start) for number in directives]
        ends = [self._trimmed(start, self.tokens[number].end) for start, number in zip(starts, directives, strict=True)]
        if depth > MAX_DEPTH:
            return CodeNode(starts[0], ends[-1], "statement"), directives[-1] + 1
        # Like a class it frames what stands in it: gaps need no mark.
        opening, closing = Span(starts[0], ends[0]), Span(starts[-1], ends[-1])
        condition = CodeNode(starts[0], ends[-1], "class", "", opening, [], closing)
        for branch in range(len(directives) - 1):
            within = Span(ends[branch], starts[branch + 1])
            nodes = self._within(directives[branch] + 1, directives[branch + 1], within, depth + 1)
            condition.bodies.append(Body(Span(starts[branch], ends[branch]), nodes, ""))
        return condition, directives[-1] + 1

    def _statement(self, code: int, number: int, end_token: int, end: int, *, in_data: bool) -> tuple[int, int]:
        """The token after the statement that begins at ``code``, and the end of its text."""
        head_start = code
        while number < end_token:
            token = self.tokens[number]
            if token.kind == "{":
                closing = self.partners.get(number)
                if closing is None:
                    return end_token, end
                is_block = not in_data and self._is_block(head_start, token.start)
                number, head_start = closing + 1, self.tokens[closing].end
                if is_block and not self._goes_on_after_block(code, head_start):
                    return self._with_rest(number, end_token, head_start, (";",))
                continue
            if token.kind in "([":
                if in_data and number not in self.partners:
                    return end_token, end
                number = self.partners.get(number, number) + 1
                continue
            if token.kind == "directive" and not self.source[code : token.start].strip("\0 \t"):
                return number + 1, token.end
            if (token.kind == ";" and not in_data) or (token.kind == "," and in_data):
                is_clause = self.language.name == "go" and CONTROL.match(self.source, code)  # if x := f(); x > 0 {
                if not is_clause and not _GOES_ON.match(self.source, self._after_comment(token.end)):
                    return self._with_rest(number + 1, end_token, token.end, ())
            if token.kind == "line" and self.language.has_line_ends and not in_data and self._ends_at(code, number):
                return number, token.start
            number += 1
        return end_token, end

    def _with_rest(self, number: int, end_token: int, end: int, signs: tuple[str, ...]) -> tuple[int, int]:
        """The end of a statement with what still belongs to it in its line: a semicolon, a comment."""
        while number < end_token and (self.tokens[number].kind in signs or self.tokens[number].kind == "comment"):
            token = self.tokens[number]
            if self.source[end : token.start].strip(" \t"):
                break
            if token.kind == "comment" and "\n" in self.source[token.start : token.end]:
                break
            number, end = number + 1, token.end
        return number, end

    def _is_block(self, head_start: int, brace: int) -> bool:
        """Whether a brace holds statements, by the text before it (else it holds a value)."""
        block_head = self.source[max(head_start, brace - _MAX_HEAD_CHARACTERS) : brace]
        if self.language.name == "css" or CONTROL.match(block_head.lstrip()):
            return True
        if NOT_A_BLOCK.search(block_head):
            return False
        return "=" not in without_brackets(_OPERATORS.sub(" ", _TYPE_PARAMETERS.sub("", block_head)))

    def _goes_on_after_block(self, code: int, place: int) -> bool:
        """Whether a statement goes on after a block that ends at ``place``."""
        next_place = self._after_comment(place)
        if _GOES_ON.match(self.source, next_place):
            return True
        if self.language.has_line_ends and self.source.startswith((".", "?."), next_place):
            return True
        if self.source.startswith("while", next_place) and self.source.startswith("do", code):
            return True
        if self.source.startswith("typedef", code):
            return next_place < len(self.source) and self.source[next_place] != ";"
        if next_place >= len(self.source) or "\n" in self.source[place:next_place]:
            return False
        following = self.source[next_place]
        if following in "{,).=[(?&|:" or (following == "*" and self.language.has_directives):
            return True
        names_follow = re.match(
            r"(?:static\s+|const\s+)?(?:typedef|struct|union|enum)\b", self.source[code : code + 40]
        )
        return bool(names_follow) and self.language.has_directives and following not in ";}/"

    def _ends_at(self, code: int, number: int) -> bool:
        """Whether a statement ends with a line, in a language in which it may."""
        if self._is_second_blank_line(code, number):
            return False  # as the blank line before it said
        line_token, token_before = self.tokens[number], self.tokens[number - 1] if number else None
        code_end = line_token.start
        if token_before is not None and token_before.kind == "comment" and token_before.start > code:
            code_end = token_before.start
            line_before = self.tokens[number - 2] if number > 1 else token_before
            if line_before.kind == "line" and not self.source[line_before.end : code_end].strip():
                return False  # a line of comment says nothing of where the statement ends
        text_end = self._trimmed(code, code_end)
        last_text = self.source[max(code, text_end - 200) : text_end]
        if not last_text.strip():
            return False
        next_place = self._after_comment(line_token.end)
        if _UNFINISHED.search(last_text) and not last_text.endswith(("++", "--")):
            return False
        is_short = text_end - code < _MAX_HEAD_CHARACTERS and self.source[code] in "@ifwel"
        if is_short and _PREFIX_ONLY.match(without_brackets(self.source[code:text_end])):
            return False
        return not _CONTINUES.match(self.source, next_place)

    def _is_second_blank_line(self, code: int, number: int) -> bool:
        """Whether a blank line comes after another one of the same statement."""
        if number < 2 or self.tokens[number - 2].start < code:
            return False
        two_lines = self.tokens[number - 2 : number]
        is_blank = not self.source[two_lines[0].end : self.tokens[number].start].strip()
        return is_blank and all(token.kind == "line" for token in two_lines)

    def _node(self, start: int, code: int, end: int, first: int, after: int, depth: int, *, in_data: bool) -> CodeNode:
        """The statement or block from ``start`` (its comments) to ``end``."""
        brace_groups = self._groups(first, after, end)
        head_end = self.tokens[brace_groups[0].opening].start if brace_groups else end
        head_text = self.source[code : min(head_end, code + _MAX_HEAD_CHARACTERS)]
        kind, name = kind_and_name(head_text, has_body=bool(brace_groups), language=self.language)
        is_inner = depth > 0 and kind not in ("function", "class")
        node = CodeNode(start, end, kind, name, Span(code, self._trimmed(code, max(code + 1, head_end))))
        is_whole = (
            is_short(self.source, code, end, kind, is_inner=is_inner, longest_unit=self.longest_unit)
            or depth > MAX_DEPTH
            or self.source.startswith("#", code)
        )
        if not is_whole and not in_data and _SWITCH.match(head_text):
            self._open_switch(node, brace_groups[:1])
        elif not is_whole and _ENUM_HEAD.match(head_text):
            self._open_enum(node, brace_groups[:1], depth)
        elif not is_whole and self.language.name == "sql" and depth == 0:
            self._open_list(node, list_of(self.source, Span(code, end), self.tokens, self.partners, first, after))
        elif not is_whole:
            large_groups = [group for group in brace_groups if self._is_large(group)]
            if not large_groups:
                large_groups = [group for group in self._groups(first, after, end, "[") if self._is_large(group)]
            self._open(node, large_groups, after, depth)
        if not node.bodies and kind == "block":
            node.kind = "statement"
        return node

    def _groups(self, first: int, after: int, end: int, bracket: str = "{") -> list[BracketPair]:
        """The outermost braces of a statement, or (of "[") its lists of values."""
        groups: list[BracketPair] = []
        token_number = first
        while token_number < after and self.tokens[token_number].start < end:
            token = self.tokens[token_number]
            closing = self.partners.get(token_number, after if token.kind == bracket == "{" else token_number)
            is_group = token.kind == bracket and closing > token_number
            if is_group and (bracket == "{" or _LIST.search(self.source[max(0, token.start - 40) : token.start])):
                groups.append(BracketPair(token_number, closing))
                token_number = closing
            token_number += 1
        return groups

    def _is_large(self, group: BracketPair) -> bool:
        start = self.tokens[group.opening].end
        end = self.tokens[group.closing].start if group.closing < len(self.tokens) else len(self.source)
        return end - start > _MIN_BODY_CHARACTERS or self.source.count("\n", start, end) >= _MIN_BODY_LINES

    def _open(self, node: CodeNode, groups: Sequence[BracketPair], after: int, depth: int) -> None:
        """Give a node the statements in its braces."""
        head_start = node.start
        for group in groups:
            head = Span(head_start, self.tokens[group.opening].end)
            is_closed = self.partners.get(group.opening) == group.closing
            body_end = self.tokens[group.closing].start if is_closed else node.end
            in_data = self._holds_values(head)
            nodes = self._within(
                group.opening + 1, min(group.closing, after), Span(head.end, body_end), depth + 1, in_data=in_data
            )
            is_list_of_short_values = in_data and body_end - head.end < _MAX_SHORT_VALUE * len(nodes)
            if is_list_of_short_values or (node.kind != "class" and not in_data):
                nodes = grouped(self.source, nodes)
            node.bodies.append(Body(head, nodes, indent_of(self.source, nodes, head.end)))
            head_start = body_end
        node.close = Span(head_start, node.end) if groups and head_start < node.end else None

    def _holds_values(self, head: Span) -> bool:
        """Whether a bracket holds values, by the text up to it."""
        return _BEFORE_VALUES.search(self.source[max(head.start, head.end - 40) : head.end - 1]) is not None

    def _open_switch(self, node: CodeNode, groups: Sequence[BracketPair]) -> None:
        """Give a switch its cases."""
        for opening, closing in groups:
            if self.partners.get(opening) != closing:
                return
            case_tokens = case_starts(self.source, self.tokens, self.partners, opening, closing)
            if len(case_tokens) < 2:
                return
            case_places = [self._after_space(start) for start in case_tokens]
            case_ends = [*case_places[1:], self.tokens[closing].start]
            cases = [CodeNode(*pair, "statement") for pair in zip(case_places, case_ends, strict=True)]
            for case in cases:
                case.end = self._trimmed(case.start, case.end)
            self._frame(node, Span(node.start, case_places[0]), cases, self.tokens[closing].start)

    def _open_enum(self, node: CodeNode, groups: Sequence[BracketPair], depth: int) -> None:
        """Give an enum its members; what is after a semicolon are statements."""
        for opening, closing in groups:
            if self.partners.get(opening) != closing:
                return
            is_data = self.language.name not in _ENUMS_OF_STATEMENTS
            members_end = self._semicolon(opening + 1, closing) if is_data else opening + 1
            rest_start = self.tokens[members_end].start if is_data else self.tokens[opening].end
            head, body_end = Span(node.start, self.tokens[opening].end), self.tokens[closing].start
            members = self._within(opening + 1, members_end, Span(head.end, rest_start), depth + 1, in_data=True)
            nodes = grouped(self.source, members) + self._within(
                members_end, closing, Span(rest_start, body_end), depth + 1
            )
            self._frame(node, head, nodes, body_end)

    def _open_list(self, node: CodeNode, values: SqlList | None) -> None:
        """Give a statement of SQL its columns or rows."""
        if values is not None:
            nodes = self._within(values.first, values.after, values.span, 1, in_data=True)
            self._frame(node, Span(node.start, values.span.start), nodes, values.span.end)
            node.kind, node.name = "class", values.name  # gaps need no mark

    def _semicolon(self, number: int, closing: int) -> int:
        """The first semicolon before ``closing`` outside of inner brackets, else ``closing``."""
        while number < closing and self.tokens[number].kind != ";":
            number = max(number, self.partners.get(number, number)) + 1
        return min(number, closing)

    def _frame(self, node: CodeNode, head: Span, nodes: list[CodeNode], body_end: int) -> None:
        """Give a node one body."""
        head = Span(head.start, self._trimmed(head.start, head.end))
        node.bodies.append(Body(head, nodes, indent_of(self.source, nodes, head.end)))
        node.close = Span(body_end, node.end)
