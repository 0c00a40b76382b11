"""Signs that a text is Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.months import MONTH_BEFORE_YEAR, SPAN_OF_YEARS
from ragzip.text.splitters.headings.plain import is_worded_as_title

__all__ = ["BOLD_QUESTION", "FOOTNOTE", "front_matter_end", "has_bold_questions", "is_bold_name", "recognises"]

BOLD_QUESTION = pattern_of(
    r"^(?:(\*\*|__)[^*_\n]{1,300}[?？؟]\1|(\*\*|__)[^*_\n]{1,300}\2[?？؟])[ \t\r]*+$", re.MULTILINE
)
_YEARS = rf"[ ,|·]{{0,3}}\(?(?:{SPAN_OF_YEARS}|(?:{MONTH_BEFORE_YEAR})?(?:19|20)\d\d)\)?"  # of a job, behind its name
_BOLD_NAME = pattern_of(rf"(?:(\*\*|__)(?=\S)([^*_\n:：]{{1,60}})(?:[:：]\1|\1[:：]?))(?P<years>{_YEARS})?[ \t\r]*+$")
FOOTNOTE = pattern_of(r" {0,3}\[\^([^\]\n]{1,60})\]:")
_MIN_QUESTIONS = 2
_FRONT_MATTER_RULE = pattern_of(r"---[ \t]*$")
_FRONT_MATTER_ENTRY = pattern_of(r"[A-Za-z_][\w -]{0,60}:(?:\s|$)")
_MAX_FRONT_MATTER_LINES = 200
_DETAILS = pattern_of(r"^<details\b[^<>\n]{0,200}>\s{0,9}<summary\b", re.MULTILINE)
_SIGNS = ("<details", "#", "|", "```", "~~~", "[^", "?**", "?__", "**?", "__?")

_HEADING_LINE = pattern_of(r" {0,3}#{1,6}[ \t]+\S")
_SUBHEADING_LINE = pattern_of(r" {0,3}#{2,6}[ \t]+\S")
_FENCE_LINE = pattern_of(r" {0,3}(```+|~~~+)[ \t]*[\w+#.-]{0,20}[ \t]*$")
_TABLE_RULE = pattern_of(
    r"[ \t]{0,3}\|?[ \t]*:?-{2,}+:?[ \t]*(?>(?:\|[ \t]*:?-{2,}+:?[ \t]*)+)\|?[ \t]*$"
    r"|[ \t]{0,3}\|[ \t]*:?-{3,}+:?[ \t]*\|[ \t]*$"
)
_INLINE_SIGN = pattern_of(r"\*\*[^*\s][^*\n]{0,200}\*\*|\[[^\]\n]{1,200}\]\([^)\s]{1,300}\)|`[^`\n]{1,200}`")
_ITEM = pattern_of(r"[ ]{0,8}(?:[-*+]|\d{1,3}[.)])[ ]+\S")
_CODE_ENDING = pattern_of(r"[;{}]\s*$|\)\s*:?\s*$")
_SAMPLED_CHARACTERS = 60_000


def is_bold_name(line: str) -> bool:
    """Whether a line is a name in bold type, without and with a colon, and no statement; or has years behind it."""
    name = _BOLD_NAME.match(line)
    return name is not None and (name["years"] is not None or is_worded_as_title(name[2], alone=True))


def recognises(source: str) -> bool:
    """Whether a text of an unknown type is surely Markdown: it has headings, tables or fences of it, and more than
    one sign, or front matter, footnotes or questions in bold type.
    """
    if not source.startswith(("---", "\ufeff---")) and not any(sign in source for sign in _SIGNS):
        return False
    lines = source[:_SAMPLED_CHARACTERS].splitlines()
    if _has_rare_signs(source, lines):
        return True
    visible = [line for line in lines if line.strip()]
    has_fence = sum(bool(_FENCE_LINE.match(line)) for line in visible if line.lstrip(" ")[:3] in ("```", "~~~")) >= 2
    code_lines = sum(bool(_CODE_ENDING.search(line[-40:])) for line in visible)
    if code_lines > 0.3 * len(visible) and not has_fence:
        return False
    if has_fence or _has_table(lines):
        return True
    headings = _headings(lines, visible)
    has_items = sum(map(bool, map(_ITEM.match, visible))) >= 2
    has_signs = has_items or _INLINE_SIGN.search(source, 0, _SAMPLED_CHARACTERS) is not None
    return bool(headings) and (has_signs or any(map(_SUBHEADING_LINE.match, headings)))


def _has_table(lines: Sequence[str]) -> bool:
    rules = (number for number, line in enumerate(lines) if "--" in line and "|" in line and _TABLE_RULE.match(line))
    return any(0 < number < len(lines) - 1 and "|" in lines[number - 1] for number in rules)


def _headings(lines: Sequence[str], visible: Sequence[str]) -> list[str]:
    """The headings among ``lines``, two or more; none where lines with a hash are more likely comments.

    :param visible: the lines that are not blank.
    """
    is_dense = bool(visible) and _HEADING_LINE.match(visible[0]) is not None  # begins as such, needs no blank lines
    headings = [
        line
        for before, line in pairwise(["", *lines])
        if line.lstrip(" ").startswith("#")
        and _HEADING_LINE.match(line)
        and (not before.strip() or (is_dense and _SUBHEADING_LINE.match(line) and _may_stand_above(before)))
    ]
    hashes = sum(line.lstrip().startswith("#") for line in visible)
    most_hashes = 2 / 3 if len(set(map(_level, headings))) > 1 else 1 / 2
    are_headings = len(headings) >= 2 and hashes <= most_hashes * len(visible) and len(headings) >= 0.6 * hashes
    return headings if are_headings else []


def front_matter_end(lines: Iterable[str]) -> int | None:
    """The number of the line after the front matter that a text begins with; None where it begins with none."""
    first_lines = list(islice(lines, _MAX_FRONT_MATTER_LINES))
    if len(first_lines) < 3 or not _FRONT_MATTER_RULE.match(first_lines[0].lstrip("\ufeff")):
        return None
    if not _FRONT_MATTER_ENTRY.match(first_lines[1]):
        return None
    rules = (number for number, line in enumerate(first_lines) if number > 1 and _FRONT_MATTER_RULE.match(line))
    end = next(rules, None)
    return None if end is None else end + 1


def has_bold_questions(source: str) -> bool:
    """Whether a text has several lines that are a question in bold type, as over answers."""
    return sum(1 for _ in islice(BOLD_QUESTION.finditer(source), _MIN_QUESTIONS)) == _MIN_QUESTIONS


def _has_rare_signs(source: str, lines: list[str]) -> bool:
    """Whether a text has a sign of Markdown that no other text has: front matter over text, folded text, a footnote
    with its mark, questions in bold type.
    """
    end = front_matter_end(lines)
    if end is not None and any(line.strip() and not _FRONT_MATTER_ENTRY.match(line) for line in lines[end:]):
        return True
    if _DETAILS.search(source) is not None:
        return True
    notes = (note.group(1) for line in lines if (note := FOOTNOTE.match(line)) is not None)
    return any(source.count(f"[^{label}]") > 1 for label in islice(notes, 1)) or has_bold_questions(source)


def _may_stand_above(line: str) -> bool:
    """Whether a heading may follow a line without a blank one between them: another heading, or an item of a list."""
    return bool(_SUBHEADING_LINE.match(line) or _ITEM.match(line))


def _level(heading: str) -> int:
    text = heading.lstrip()
    return len(text) - len(text.lstrip("#"))
