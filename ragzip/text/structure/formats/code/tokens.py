"""Tokens of languages with braces: brackets with their partners, ends of statements and lines; strings are skipped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.formats.code.languages import Language

__all__ = ["CodeToken", "CodeTokens", "tokens_of"]

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_NOTHING = -1  # in the place of an open bracket, where none is
_MAX_LEFT_OPEN = 3  # brackets that a later one closes with its own
_REGION = pattern_of(r"[\0 \t]*#\s*(?:end)?region\b")
_CONDITION = pattern_of(r"#\s*(if|el|end)")


class CodeToken(NamedTuple):
    """``kind``: a bracket, ";", ",", "line" (the end of one), "comment", "string", or "directive"."""

    kind: str
    start: int
    end: int


class CodeTokens(NamedTuple):
    """The tokens of a text; ``partners`` are the places of the brackets that close those that open;
    ``conditions`` those of #else and #endif by that of their #if, where the brackets between them are even.
    """

    all: list[CodeToken]
    partners: dict[int, int]
    conditions: dict[int, list[int]]


@dataclass(slots=True)
class _Condition:
    """A condition in the making: its directives, the innermost bracket that is open at #if and at the end of its first
    branch, and whether the brackets in its branches are even.
    """

    directives: list[int]
    before: int
    after_first: int | None = None
    is_even: bool = True


@cache
def _pattern(language: Language) -> re.Pattern[str]:
    line_comments = "|".join(f"{re.escape(comment)}[^\\r\\n]*+" for comment in language.comments)
    strings = [r"\"\"\"(?>(?:[^\"\\]++|\\.|\"(?!\"\"))*)(?:\"\"\"|\Z)"]
    if language.name == "csharp":
        strings.append(r"\$?@\$?\"(?>(?:[^\"]++|\"\")*)(?:\"|\Z)")
    if language.name == "cpp":
        strings.append(
            r"(?<=R)\"(?P<delimiter>[^\s()\\\"]{0,16})\((?>(?:[^)]++|\)(?!(?P=delimiter)\"))*)(?:\)(?P=delimiter)\"|\Z)"
        )
    if language.name == "rust":
        strings.append(r"(?<=r)(?P<hashes>#{1,8})\"(?>(?:[^\"]++|\"(?!(?P=hashes)))*)(?:\"(?P=hashes)|\Z)")
        strings.append(r"'(?:\\[^\r\n']{1,9}|\\'|[^\\'\r\n])'|'\w+")
    elif "'" in language.quotes:
        line_end = "" if language.name in ("php", "sql") else r"\r\n"
        strings.append(rf"'(?>(?:[^'\\{line_end}]++|\\.)*)'")
    if "`" in language.quotes:
        escape = "" if language.name == "go" else r"\\"
        strings.append(rf"`(?>(?:[^`{escape}]++{'' if language.name == 'go' else '|' + escape + '.'})*)(?:`|\Z)")
    if language.name == "sql":
        strings.append(r"\$\$(?>(?:[^$]++|\$(?!\$))*)(?:\$\$|\Z)")
    line_end = "" if language.name in ("php", "rust", "sql") else r"\r\n"
    strings.append(rf"\"(?>(?:[^\"\\{line_end}]++|\\.)*)\"")
    alternatives = [rf"(?P<comment>/\*(?>(?:[^*]++|\*(?!/))*)(?:\*/|\Z)|{line_comments})"]
    if language.has_directives:
        alternatives.append(r"(?P<directive>(?<![^\r\n])[\0 \t]*+#(?>(?:[^\r\n\\/]++|\\(?:\r\n|.)|/(?![/*]))*))")
    if language.has_regexes:
        before = r"(?:(?<=[(,=:\[!&|?{};+>\n])|(?<=[(,=:\[!&|?{};+>] )|(?<=return )|(?<=\A))"
        alternatives.append(
            before + r"(?P<regex>/(?![/*])(?>(?:[^/\\\[\r\n]|\\.|\[(?>(?:[^\]\\\r\n]|\\.){0,200})\]){1,500})/)"
        )
    alternatives.append(r"(?P<escape>\\[\"'`])")
    alternatives.append(f"(?P<string>{'|'.join(strings)})")
    alternatives.append(r"(?P<sign>[(){}\[\];,])|(?P<line>\r\n|[\r\n])")
    return re.compile("|".join(alternatives), re.DOTALL)


def tokens_of(source: str, language: Language) -> CodeTokens:
    """The tokens of ``source``. A bracket with no partner is none."""
    all_tokens: list[CodeToken] = []
    partners: dict[int, int] = {}
    outer_places: dict[int, int] = {}  # of a bracket that opens: the innermost one that is open before it
    innermost = _NOTHING
    open_conditions: list[_Condition] = []
    conditions: dict[int, list[int]] = {}
    for match in _pattern(language).finditer(source):
        kind = match.lastgroup or "string"
        if kind == "sign":
            kind = match.group()
            if kind in _CLOSING:
                outer_places[len(all_tokens)] = innermost
                innermost = len(all_tokens)
            elif kind in ")]}" and (partner := _partner(kind, all_tokens, innermost, outer_places)) != _NOTHING:
                partners[partner] = len(all_tokens)
                innermost = outer_places[partner]
        start = match.start()
        if kind == "directive" and _REGION.match(match.group()):
            kind, start = "comment", source.index("#", start)
        elif kind == "directive":
            innermost = _in_branch(match.group(), len(all_tokens), innermost, open_conditions, conditions)
        all_tokens.append(CodeToken(kind, start, match.end()))
    return CodeTokens(all_tokens, partners, conditions)


def _partner(kind: str, all_tokens: list[CodeToken], innermost: int, outer_places: dict[int, int]) -> int:
    """The place of the open bracket that a bracket closes: one of the innermost four."""
    place = innermost
    for _ in range(_MAX_LEFT_OPEN + 1):
        if place == _NOTHING or _CLOSING[all_tokens[place].kind] == kind:
            return place
        place = outer_places[place]
    return _NOTHING


def _in_branch(
    directive: str,
    number: int,
    innermost: int,
    open_conditions: list[_Condition],
    conditions: dict[int, list[int]],
) -> int:
    """The innermost open bracket after a directive: every branch of a condition begins with the same ones."""
    match = _CONDITION.search(directive)
    word = match.group(1) if match else ""
    if word == "if":
        open_conditions.append(_Condition([number], innermost))
    if word in ("", "if") or not open_conditions:
        return innermost
    condition = open_conditions[-1]
    condition.directives.append(number)
    condition.is_even &= innermost == condition.before
    if condition.after_first is None:
        condition.after_first = innermost
    if word == "el":
        return condition.before
    open_conditions.pop()
    if condition.is_even:
        conditions[condition.directives[0]] = condition.directives[1:]
    return condition.after_first
