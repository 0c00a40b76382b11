"""Code whose blocks stand in braces: JavaScript, Java, C, C#, Go, Rust and their like; and SQL."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ragzip.text.spans import Span
from ragzip.text.structure.code.languages import Language
from ragzip.text.structure.code.tokens import tokens_of
from ragzip.text.structure.code.tree import MAX_DEPTH, Body, CodeNode, Kind, grouped, says_nothing

__all__ = ["brace_nodes"]

_MAX_LINES = 40  # of a function that is kept whole
_MAX_INNER_LINES = 20  # of a statement inside a longer one
_MAX_CLASS_LINES = 12
_MAX_CHARACTERS = 2_000
_MIN_BODY_LINES = 4
_MIN_BODY_CHARACTERS = 400
_MAX_HEAD_CHARACTERS = 2_000

_SPACE = re.compile(r"[\0\s]*+")
_SPACE_AND_COMMENTS = re.compile(r"(?:[\0\s]++|//[^\r\n]*+|/\*(?:[^*]|\*(?!/))*+\*/)*+")
_CLASS = re.compile(
    r"(?:[\w@]+(?:\([^()]*\))?[\s,]+)*?(class|struct|interface|trait|impl|namespace|module|extension|object|protocol|union"
    r"|record|mod|package|actor)\b(?:\s*<[^<>]*>)?\s*([\w.$:\\]*)|extern\s+\"C\"()"
)
_ENUM = re.compile(r"(?:\w+\s+)*?enum\b")
_IMPORT = re.compile(
    r"(?:import|using|use|package|from|extern crate|require|include|pub use|export\s*(?:\*|\{[^}]*\})\s*from)\b"
    r"|#\s*(?:include|import|using|pragma)\b|(?:const|let|var)\s+[\w{}\s,:$]+=\s*require\("
)
_CONTROL = re.compile(
    r"(?:\}\s{0,200}+)?(?:else\s{1,200}+)?(if|else|for|foreach|while|do|try|catch|finally|switch|with|lock|using|"
    r"match|loop|select|unsafe|when|guard|defer|synchronized)\b"
)
_WHOLE = re.compile(r"(?:return\s+)?(?:switch|match|select|when)\b|.*\b(?:switch|match|when)\b[^;{}]*$", re.DOTALL)
_FUNCTION_WORD = re.compile(r"\b(?:function|func|fn|fun|def|sub|init|constructor)\b")
_CALLED = re.compile(r"(?<![\w$~])([\w$~]++)\s*+(?:<[^<>()]*+>\s*+)?\(")
_NAMED = re.compile(r"(?<![\w$])([\w$]++)\s*+[=:][^=]")
_GO_METHOD = re.compile(r"func\s*\([^()]*\)\s*(\w+)")
_ARROW = re.compile(r"=>\s*$|\bfunction\b[^{}]*$")
_GENERICS = re.compile(r"<[^<>]*>")
_OPERATORS = re.compile(r"operator\s*\S{1,3}|[=!<>]=|=>")
_NOT_A_BLOCK = re.compile(
    r"(?:[=(,\[:?\\]|=>|\b(?:return|default|const|let|var|export|export\s+type|import[\w\s,*$]*|new\s+[\w.<>]+\([^()]*\)))\s*$"
)
_DATA = re.compile(r"(?:[=(,\[:?]|\breturn|\bdefault)\s*$")  # an object of values before its brace
_GOES_ON = re.compile(r"(?:else|catch|finally)\b")
_UNFINISHED = re.compile(r"(?:[,(\[{+*/%&|^=<>?:.~\\-]|\b(?:extends|implements|return|else|in|of|as|new|case))$")
_CONTINUES = re.compile(
    r"[.?:)\]},&|+*%^=<>{]|/(?![/*])|-[^-]|(?:else|catch|finally|extends|implements|where|throws|as|in)\b"
)
_PREFIX_ONLY = re.compile(r"(?:@[\w.]+\s*)+$|(?:else\s+)?(?:if|for|while)\s*$|else$")
_ROUND_BRACKET = re.compile(r"([()])")
_PHP = re.compile(r"<\?(?:php|=)?")


class _Group(NamedTuple):
    """A pair of braces: the tokens that open and close it (the end of the text where nothing does)."""

    opening: int
    closing: int


def brace_nodes(source: str, language: Language) -> list[CodeNode]:
    """The statements and blocks of ``source``."""
    reader = _Reader(source, language)
    return reader.nodes()


class _Reader:
    """The tokens of a source, as statements and blocks."""

    def __init__(self, source: str, language: Language) -> None:
        self.source, self.language = source, language
        self.tokens, self.partners, self.conditions = tokens_of(source, language)
        self.skipped = Span(-1, -1)  # the white space and comments that were looked at last

    def nodes(self) -> list[CodeNode]:
        """The nodes of the text; a PHP text is a block under its opening tag."""
        tag = _PHP.match(self.source) if self.language.name == "php" else None
        start = tag.end() if tag else 0
        close = self.source.rstrip().endswith("?>") if tag else False
        end = self.source.rindex("?>") if close else len(self.source)
        nodes = self._within(0, len(self.tokens), Span(start, end), 0)
        if tag is None or not nodes:
            return nodes
        body = Body(Span(0, tag.end()), nodes, None)
        return [CodeNode(0, len(self.source), "class", "", Span(0, 0), [body], Span(end, end + 2) if close else None)]

    def _within(self, first: int, end_token: int, span: Span, depth: int, *, in_data: bool = False) -> list[CodeNode]:
        """The nodes between two tokens, in ``span``."""
        nodes: list[CodeNode] = []
        place, number = span.start, first
        while True:
            place = self._after_space(place)
            if place >= span.end:
                return nodes
            while number < end_token and self.tokens[number].end <= place:
                number += 1
            if (branch := self._condition(number, end_token, place)) is not None:
                node, number = self._conditional(branch, depth)
                nodes.append(node)
                place = node.end
                continue
            start = place
            code, number = self._after_comments(place, number, end_token, span.end)
            if code >= span.end:
                self._add_comment(nodes, start, self._trimmed(start, span.end))
                return nodes
            is_condition = self._condition(number, end_token, code) is not None
            first_comment = code if is_condition else self._first_comment(start, code, number)
            if start < first_comment:
                nodes.append(CodeNode(start, self._trimmed(start, first_comment), "comment"))
                start = first_comment
            if is_condition:
                place = code
                continue
            after, end = self._statement(code, number, end_token, span.end, in_data=in_data)
            end = self._trimmed(code, end)
            nodes.append(self._node(start, code, end, number, after, depth, in_data=in_data))
            place, number = max(end, place + 1), after

    def _first_comment(self, start: int, code: int, number: int) -> int:
        """The place where the comments begin that belong to the code after them."""
        place = code
        while number > 0 and self.tokens[number - 1].start >= start:
            number -= 1
            token = self.tokens[number]
            if token.kind != "comment":
                continue
            if self.source.count("\n", token.end, place) > 1 or says_nothing(self.source[token.start : token.end]):
                break
            place = token.start
        return place

    def _add_comment(self, nodes: list[CodeNode], start: int, end: int) -> None:
        if nodes and not nodes[-1].bodies:
            nodes[-1].end = end
        else:
            nodes.append(CodeNode(start, end, "comment"))

    def _after_space(self, place: int) -> int:
        match = _SPACE.match(self.source, place)
        assert match is not None  # it matches nothing at all, too
        return match.end()

    def _after_comment(self, place: int) -> int:
        if not self.skipped.start <= place <= self.skipped.end:
            match = _SPACE_AND_COMMENTS.match(self.source, place)
            assert match is not None  # it matches nothing at all, too
            self.skipped = Span(place, match.end())
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
        places = [self._after_space(self.tokens[number].start) for number in directives]
        ends = [self._trimmed(place, self.tokens[number].end) for place, number in zip(places, directives, strict=True)]
        if depth > MAX_DEPTH:
            return CodeNode(places[0], ends[-1], "statement"), directives[-1] + 1
        # Like a class it frames what stands in it: gaps need no mark.
        node = CodeNode(places[0], ends[-1], "class", "", Span(places[0], ends[0]), [], Span(places[-1], ends[-1]))
        for branch in range(len(directives) - 1):
            within = Span(ends[branch], places[branch + 1])
            nodes = self._within(directives[branch] + 1, directives[branch + 1], within, depth + 1)
            node.bodies.append(Body(Span(places[branch], ends[branch]), nodes, ""))
        return node, directives[-1] + 1

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
                number = self.partners.get(number, number) + 1
                continue
            if token.kind == "directive" and not self.source[code : token.start].strip("\0 \t"):
                return number + 1, token.end
            if (token.kind == ";" and not in_data) or (token.kind == "," and in_data):
                is_clause = self.language.name == "go" and _CONTROL.match(self.source, code)  # if x := f(); x > 0 {
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
        """Whether statements stand in a brace, by what is before it (a value, where it does not)."""
        head = self.source[max(head_start, brace - _MAX_HEAD_CHARACTERS) : brace]
        if self.language.name == "css" or _CONTROL.match(head.lstrip()):
            return True
        if _NOT_A_BLOCK.search(head):
            return False
        return "=" not in _without_brackets(_OPERATORS.sub(" ", _GENERICS.sub("", head)))

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
        line, before = self.tokens[number], self.tokens[number - 1] if number else None
        code_end = line.start
        if before is not None and before.kind == "comment" and before.start > code:
            code_end = before.start
            line_before = self.tokens[number - 2] if number > 1 else before
            if line_before.kind == "line" and not self.source[line_before.end : code_end].strip():
                return False  # a line of comment says nothing of where the statement ends
        text_end = self._trimmed(code, code_end)
        text = self.source[max(code, text_end - 200) : text_end]
        if not text.strip():
            return False
        next_place = self._after_comment(line.end)
        if _UNFINISHED.search(text) and not text.endswith(("++", "--")):
            return False
        is_short = text_end - code < _MAX_HEAD_CHARACTERS and self.source[code] in "@ifwel"
        if is_short and _PREFIX_ONLY.match(_without_brackets(self.source[code:text_end])):
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
        groups = self._groups(first, after, end)
        head_end = self.tokens[groups[0].opening].start if groups else end
        head = self.source[code : min(head_end, code + _MAX_HEAD_CHARACTERS)]
        kind, name = _kind(head, has_body=bool(groups), language=self.language)
        is_inner = depth > 0 and kind not in ("function", "class")
        node = CodeNode(start, end, kind, name, Span(code, self._trimmed(code, max(code + 1, head_end))))
        max_lines = _MAX_CLASS_LINES if kind == "class" else _MAX_INNER_LINES if is_inner else _MAX_LINES
        line_count = 1 + self.source.count("\n", code, end)
        is_short = line_count <= max_lines and end - code <= _MAX_CHARACTERS
        whole = is_short or depth > MAX_DEPTH or _ENUM.match(head) or (not in_data and _WHOLE.match(head))
        large_groups = [] if whole else [group for group in groups if self._is_large(group)]
        if not large_groups or self.source.startswith("#", code):
            node.kind = "statement" if kind == "block" else kind
            return node
        self._open(node, large_groups, after, depth)
        return node

    def _groups(self, first: int, after: int, end: int) -> list[_Group]:
        """The outermost braces of a statement."""
        groups: list[_Group] = []
        number = first
        while number < after and self.tokens[number].start < end:
            closing = self.partners.get(number, after if self.tokens[number].kind == "{" else number)
            if self.tokens[number].kind == "{":
                groups.append(_Group(number, closing))
                number = closing
            number += 1
        return groups

    def _is_large(self, group: _Group) -> bool:
        start = self.tokens[group.opening].end
        end = self.tokens[group.closing].start if group.closing < len(self.tokens) else len(self.source)
        return end - start > _MIN_BODY_CHARACTERS or self.source.count("\n", start, end) >= _MIN_BODY_LINES

    def _open(self, node: CodeNode, groups: Sequence[_Group], after: int, depth: int) -> None:
        """Give a node the statements in its braces."""
        head_start = node.start
        for group in groups:
            head = Span(head_start, self.tokens[group.opening].end)
            is_closed = self.partners.get(group.opening) == group.closing
            body_end = self.tokens[group.closing].start if is_closed else node.end
            in_data = bool(_DATA.search(self.source[max(head.start, head.end - 40) : head.end - 1]))
            nodes = self._within(
                group.opening + 1, min(group.closing, after), Span(head.end, body_end), depth + 1, in_data=in_data
            )
            if node.kind != "class" and not in_data:
                nodes = grouped(self.source, nodes)
            node.bodies.append(Body(head, nodes, self._indent(nodes, head.end)))
            head_start = body_end
        node.close = Span(head_start, node.end) if head_start < node.end else None

    def _indent(self, nodes: Sequence[CodeNode], head_end: int) -> str | None:
        """The white space before the first of ``nodes``, None where it stands in the line of its head."""
        if not nodes:
            return None
        before = self.source[head_end : nodes[0].start]
        line_start = max(before.rfind("\n"), before.rfind("\r")) + 1
        return before[line_start:].replace("\0", "") if line_start else None


def _without_brackets(head: str) -> str:
    """``head`` without what stands in round brackets."""
    pieces: list[str] = []
    open_places: list[int] = []
    for piece in _ROUND_BRACKET.split(head):
        if piece == ")" and open_places:
            del pieces[open_places.pop() :]
            continue
        if piece == "(":
            open_places.append(len(pieces))
        pieces.append(piece)
    return "".join(pieces)


def _kind(head: str, *, has_body: bool, language: Language) -> tuple[Kind, str]:
    """What a statement is, by what stands before its first brace, and its name."""
    if _IMPORT.match(head) and not (has_body and head.startswith("using")):
        return "import", ""
    if _CONTROL.match(head):
        return ("block" if has_body else "statement"), ""
    is_call_like = language.has_directives and language.name != "csharp" and head.rstrip().endswith(")")
    if has_body and not is_call_like and (container := _CLASS.match(head)):
        return "class", container.group(2) or ""
    if has_body or _FUNCTION_WORD.search(head):
        if method := _GO_METHOD.match(head):
            return "function", method.group(1)
        named, called = _NAMED.search(head), _CALLED.search(head)
        if _ARROW.search(head) and named:
            return "function", named.group(1)
        if called and (not named or called.start() < named.start()):
            return "function" if not _NOT_A_BLOCK.search(head) else "block", called.group(1)
        return ("block" if has_body else "statement"), named.group(1) if named else ""
    named = _NAMED.search(head)
    return "statement", named.group(1) if named and named.end() < 80 else ""
