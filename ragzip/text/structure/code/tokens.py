"""Tokens of languages with braces: brackets with their partners, ends of statements and lines; strings are skipped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from ragzip.text.structure.code.languages import Language

__all__ = ["CodeToken", "CodeTokens", "tokens_of"]

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_REGION = re.compile(r"[\0 \t]*#\s*(?:end)?region\b")
_CONDITION = re.compile(r"#\s*(if|el|end)")


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
    """A condition in the making: its directives, the brackets that are open at #if and at the end of its first branch,
    and whether the brackets in its branches are even.
    """

    directives: list[int]
    before: list[int]
    after_first: list[int] | None = None
    is_even: bool = True


@cache
def _pattern(language: Language) -> re.Pattern[str]:
    line_comments = "|".join(f"{re.escape(comment)}[^\\r\\n]*+" for comment in language.comments)
    strings = [r"\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*+(?:\"\"\"|\Z)"]
    if language.name == "csharp":
        strings.append(r"\$?@\$?\"(?:[^\"]|\"\")*+(?:\"|\Z)")
    if language.name == "cpp":
        strings.append(
            r"(?<=R)\"(?P<delimiter>[^\s()\\\"]{0,16})\((?:[^)]|\)(?!(?P=delimiter)\"))*+(?:\)(?P=delimiter)\"|\Z)"
        )
    if language.name == "rust":
        strings.append(r"(?<=r)(?P<hashes>#{1,8})\"(?:[^\"]|\"(?!(?P=hashes)))*+(?:\"(?P=hashes)|\Z)")
        strings.append(r"'(?:\\[^\r\n']{1,9}|\\'|[^\\'\r\n])'|'\w+")
    elif "'" in language.quotes:
        line_end = "" if language.name in ("php", "sql") else r"\r\n"
        strings.append(rf"'(?:[^'\\{line_end}]|\\.)*+'")
    if "`" in language.quotes:
        escape = "" if language.name == "go" else r"\\"
        strings.append(rf"`(?:[^`{escape}]{'' if language.name == 'go' else '|' + escape + '.'})*+(?:`|\Z)")
    if language.name == "sql":
        strings.append(r"\$\$(?:[^$]|\$(?!\$))*+(?:\$\$|\Z)")
    line_end = "" if language.name in ("php", "rust", "sql") else r"\r\n"
    strings.append(rf"\"(?:[^\"\\{line_end}]|\\.)*+\"")
    alternatives = [rf"(?P<comment>/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)|{line_comments})"]
    if language.has_directives:
        alternatives.append(r"(?P<directive>(?<![^\r\n])[\0 \t]*+#(?:[^\r\n\\/]|\\(?:\r\n|.)|/(?![/*]))*+)")
    if language.has_regexes:
        before = r"(?:(?<=[(,=:\[!&|?{};+>\n])|(?<=[(,=:\[!&|?{};+>] )|(?<=return )|(?<=\A))"
        alternatives.append(
            before + r"(?P<regex>/(?![/*])(?:[^/\\\[\r\n]|\\.|\[(?:[^\]\\\r\n]|\\.){0,200}+\]){1,500}+/)"
        )
    alternatives.append(r"(?P<escape>\\[\"'`])")
    alternatives.append(f"(?P<string>{'|'.join(strings)})")
    alternatives.append(r"(?P<sign>[(){}\[\];,])|(?P<line>\r\n|[\r\n])")
    return re.compile("|".join(alternatives), re.DOTALL)


def tokens_of(source: str, language: Language) -> CodeTokens:
    """The tokens of ``source``. A bracket with no partner is none."""
    all_tokens: list[CodeToken] = []
    partners: dict[int, int] = {}
    open_places: list[int] = []
    open_conditions: list[_Condition] = []
    conditions: dict[int, list[int]] = {}
    for match in _pattern(language).finditer(source):
        kind = match.lastgroup or "string"
        if kind == "sign":
            kind = match.group()
            if kind in _CLOSING:
                open_places.append(len(all_tokens))
            elif kind in ")]}":
                _close(kind, all_tokens, open_places, partners)
        start = match.start()
        if kind == "directive" and _REGION.match(match.group()):
            kind, start = "comment", source.index("#", start)
        elif kind == "directive":
            open_places = _in_branch(match.group(), len(all_tokens), open_places, open_conditions, conditions)
        all_tokens.append(CodeToken(kind, start, match.end()))
    return CodeTokens(all_tokens, partners, conditions)


def _close(kind: str, all_tokens: list[CodeToken], open_places: list[int], partners: dict[int, int]) -> None:
    """Give a bracket that closes the last open one of its kind, and forget the open ones after that."""
    for depth in range(len(open_places) - 1, max(-1, len(open_places) - 5), -1):
        if _CLOSING[all_tokens[open_places[depth]].kind] == kind:
            partners[open_places[depth]] = len(all_tokens)
            del open_places[depth:]
            return


def _in_branch(
    directive: str,
    number: int,
    open_places: list[int],
    open_conditions: list[_Condition],
    conditions: dict[int, list[int]],
) -> list[int]:
    """The brackets that are open after a directive: every branch of a condition begins with the same ones."""
    match = _CONDITION.search(directive)
    word = match.group(1) if match else ""
    if word == "if":
        open_conditions.append(_Condition([number], list(open_places)))
    if word in ("", "if") or not open_conditions:
        return open_places
    condition = open_conditions[-1]
    condition.directives.append(number)
    condition.is_even &= open_places == condition.before
    if condition.after_first is None:
        condition.after_first = open_places
    if word == "el":
        return list(condition.before)
    open_conditions.pop()
    if condition.is_even:
        conditions[condition.directives[0]] = condition.directives[1:]
    return condition.after_first
