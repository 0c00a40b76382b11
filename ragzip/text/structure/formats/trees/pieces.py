"""Pieces of JSON whose beginning is cut off, as splitters make them: with the brackets that they lack, they parse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure.formats.trees.units import MAX_CHARACTERS, Tree

__all__ = ["JsonPiece", "moved_to_piece", "piece_of"]

_TOKEN = pattern_of(
    r'[ \t\r\n]*+(?:(?P<string>"(?>(?:[^"\\]++|\\.)*)")|(?P<cut_string>"(?>(?:[^"\\]++|\\.)*)\\?\Z)'
    r"|(?P<word>-?\d[\d.eE+-]*+|true\b|false\b|null\b)|(?P<sign>[{}\[\],:])|(?P<cut_word>-|[a-z]{1,4}(?=\Z)))",
    re.DOTALL,
)
_LEADING = pattern_of(r"[\s,}\]]*+")  # of what is wholly cut off
_CUT_WORD = pattern_of(r"[\w.+-]{1,40}(?=\s{0,9}[,}\]])")
_CUT_STRING = pattern_of(r'(?>(?:[^"\\]++|\\.)*)"\s*+[,:}\]]', re.DOTALL)
_SPACE = pattern_of(r"\s*+")
_CLOSING = {"{": "}", "[": "]"}
_OPENING = {"}": "{", "]": "["}
_MIN_KEYS = 2


class JsonPiece(NamedTuple):
    """A piece of JSON, as long as it was, with blanks for what cannot be read: ``before + text + after`` parses."""

    before: str
    text: str
    after: str

    @property
    def completed(self) -> str:
        """The piece in its brackets."""
        return f"{self.before}{self.text}{self.after}"


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


def piece_of(source: str) -> JsonPiece | None:
    """A text without the beginning of the JSON that it is a piece of; None of any other text."""
    if len(source) > MAX_CHARACTERS or not ('":' in source or '" :' in source):
        return None
    start = _end_of(_LEADING, source, 0)
    cut_word, cut_string = _CUT_WORD.match(source, start), _CUT_STRING.match(source, start)
    for text, quote in (
        (_blank(source, 0, start), ""),
        *([(_blank(source, 0, cut_word.end()), "")] if cut_word else []),
        *([(source, '"')] if cut_string else []),
    ):
        tokens = list(_tokens(f"{quote}{text}"))
        if tokens and tokens[-1].kind != "other" and sum(token.text == ":" for token in tokens) >= _MIN_KEYS:
            return _in_brackets(text, quote, tokens)
    return None


def _tokens(text: str) -> Iterator[_Token]:
    """The tokens of ``text``, up to the first that is none of JSON ("other")."""
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            if _end_of(_SPACE, text, place) < len(text):
                yield _Token("other", "", place, place)
            return
        assert match.lastgroup is not None
        yield _Token(match.lastgroup, match[match.lastgroup], *match.span(match.lastgroup))
        place = match.end()


def _in_brackets(text: str, quote: str, tokens: Sequence[_Token]) -> JsonPiece | None:
    """The piece with the brackets that it lacks; None where it lacks none at its beginning."""
    missing: list[str] = []  # the brackets around its beginning, the innermost first
    open_brackets: list[str] = []
    signs = ""  # those of the outermost level reached
    for token in tokens:
        if token.text in _CLOSING and token.kind == "sign":
            open_brackets.append(token.text)
        elif token.text in _OPENING and token.kind == "sign":
            if open_brackets:
                if open_brackets.pop() != _OPENING[token.text]:
                    return None
            else:
                missing.append(_OPENING[token.text])
                signs = ""
        elif token.kind == "sign" and not open_brackets:
            signs += token.text
    has_outer = bool(signs)
    if has_outer:
        missing.append("{" if ":" in signs else "[")
    if not missing:
        return None
    text, value_after = _without_cut_end(text, quote, tokens, [*(missing[-1:] if has_outer else ()), *open_brackets])
    closing = "".join(_CLOSING[bracket] for bracket in reversed(open_brackets))
    closing += _CLOSING[missing[-1]] if has_outer else ""
    opening = "".join(f'{bracket}"":' if bracket == "{" else bracket for bracket in missing[:0:-1]) + missing[0]
    if missing[0] == "{" and not (len(tokens) > 1 and tokens[0].kind == "string" and tokens[1].text == ":"):
        opening += '""' if tokens[0].text == ":" else '"":'
    return JsonPiece(opening + quote, text, value_after + closing)


def _without_cut_end(text: str, quote: str, tokens: Sequence[_Token], open_brackets: Sequence[str]) -> tuple[str, str]:
    """The text with blanks for a last token that cannot be read, and what its last value lacks."""
    last = len(tokens) - 1
    after = ""
    if tokens[last].kind == "cut_string":
        is_escape = tokens[last].text.endswith("\\")
        if is_escape:
            text = text[:-1] + " "
        after = '"'
    elif tokens[last].kind == "cut_word":
        text = _blank(text, tokens[last].start - len(quote), tokens[last].end - len(quote))
        last -= 1
    in_object = bool(open_brackets) and open_brackets[-1] == "{"
    token, sign_before = tokens[last], tokens[last - 1].text if last > 0 else ""
    if token.kind == "sign" and token.text == ":":
        return text, "null"
    if token.kind == "sign" and token.text == ",":
        return _blank(text, token.start - len(quote), token.end - len(quote)), ""
    if in_object and token.kind in ("string", "cut_string") and sign_before in ("{", ","):
        after += ":null"
    return text, after


def moved_to_piece(tree: Tree, piece: JsonPiece) -> Tree:
    """The tree of a completed piece, with the places in the piece itself."""
    shift, length = len(piece.before), len(piece.text)

    def moved(span: Span) -> Span:
        return Span(*(min(max(place - shift, 0), length) for place in span))

    units = []
    for unit in tree.units:
        section = unit.relation.section
        start, end = moved(unit.span)
        items = tuple(item._replace(list_span=moved(item.list_span)) for item in unit.items)
        relation = unit.relation if section is None else unit.relation._replace(section=moved(section))
        units.append(unit._replace(start=start, end=end, items=items, relation=relation))
    leaves = tuple(
        leaf._replace(start=span.start, end=span.end)
        for leaf in tree.leaves
        for span in (moved(Span(leaf.start, leaf.end)),)
    )
    branches = tuple(
        branch._replace(
            opening=moved(branch.opening),
            closing=moved(branch.closing),
            mark=None if branch.mark is None else moved(branch.mark),
        )
        for branch in tree.branches
    )
    return Tree(tuple(units), leaves, branches, tree.records)


def _blank(text: str, start: int, end: int) -> str:
    return f"{text[:start]}{' ' * (end - start)}{text[end:]}"


def _end_of(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return start if match is None else match.end()
