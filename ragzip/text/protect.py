"""Protected spans: numbers, names, code … that a reader cannot guess back when a part of them is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from ragzip.checks import item_list, shown
from ragzip.errors import OptionError, UnknownNameError, closest_name
from ragzip.text.governing import GOVERNING
from ragzip.text.lazy_patterns import LazyPattern, pattern_of
from ragzip.text.patterns import CLAUSE_MARKS
from ragzip.text.quantities.months import MONTHS, MONTHS_ELSEWHERE
from ragzip.text.quantities.units import AMOUNT, BEFORE_NUMBER, UNITS
from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import trim

__all__ = ["PATTERNS", "Protector", "check_protected"]

_DAY_OF_MONTH = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|º|er|\.)?"
_NEGATION = GOVERNING["negation"].pattern
_MARK_INSIDE = (  # a clause: in "3.5 bar", "the 10. of May", "e.g. this", "Dr. Smith"
    rf"(?>(?<=\d)[.,:](?=\d|\s(?:{MONTHS}))|\.(?=[^\W_])|(?-i:\.(?=\s[a-zß-öø-ÿа-я]))"
    r"|(?-i:(?<=\bDr|\bMr|\bMs|\bSt|\bNr|\bNo)\.))"
)
_CLAUSE_CHARACTER = rf"(?:[^{CLAUSE_MARKS}\n\r]|{_MARK_INSIDE})"
_CLAUSE_START = rf"(?:\A|(?<=[{CLAUSE_MARKS}\n])(?<!{_MARK_INSIDE}))"
_CAPITALISED = r"[A-ZÀ-ÖØ-ÞĀ-ŽА-ЯΑ-Ω][\w'’-]{1,40}+"
_NAME_PARTICLES = r"(?:(?:of|the|and|de|du|des|la|von|van|der|da|di|del|della)\s){0,2}"

# Repeats are bounded, so that every pattern takes linear time on hostile text.
PATTERNS: dict[str, re.Pattern[str]] = {
    "numbers": pattern_of(
        rf"{BEFORE_NUMBER}[-+−±~≈]?(?:(?:US)?[$€£¥₹]\s?|(?:EUR|USD|GBP|CHF|JPY)\s)?{AMOUNT}(?:(?:[⁻⁺]?[⁰¹²³⁴-⁹]{{1,4}})|\^-?\d{{1,4}})?"
        rf"(?:[eE][-+]?\d{{1,4}})?(?:\s?(?:±|\+/-|–|-|to|bis|à|x|×)\s?{AMOUNT}(?:[⁻⁺]?[⁰¹²³⁴-⁹]{{1,4}})?)?(?:[\s\u202f-]?{UNITS})?"
    ),
    "dates": pattern_of(
        r"\b\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?\b"
        rf"|\b\d{{1,2}}[./-]\d{{1,2}}[./-](?:\d{{4}}|\d{{2}})\b"
        rf"|\b{_DAY_OF_MONTH}\s(?:(?:of|de|del)\s)?{MONTHS}(?:,?\s(?:de\s)?\d{{4}})?(?!\w)"
        rf"|\b{_DAY_OF_MONTH}\s(?:{MONTHS_ELSEWHERE})(?!\w)(?:\s\d{{4}}(?:\s?[грr]\.)?)?"
        rf"|(?:\b\d{{4}}\.\s)?\b(?:{MONTHS_ELSEWHERE})\s(?:\d{{1,2}}(?!\w)|\d{{4}}\b)"  # "2024. május 3"
        r"|\bngày \d{1,2} tháng \d{1,2}(?: năm \d{4})?"
        rf"|\b{MONTHS}\s{_DAY_OF_MONTH}(?:,?\s\d{{4}})?(?!\w)"
        rf"|\b{MONTHS}\s(?:de\s)?\d{{4}}\b"
        r"|\b(?:1[0-9]|20)\d{2}s?\b"
        r"|\d{1,4}年(?:\d{1,2}月)?(?:\d{1,2}日)?|\d{1,2}月\d{1,2}日"
        r"|\d{4}년(?: ?\d{1,2}월)?(?: ?\d{1,2}일)?|\d{1,2}월 ?\d{1,2}일"
    ),
    "units": pattern_of(rf"{BEFORE_NUMBER}{AMOUNT}[\s\u202f-]?{UNITS}"),
    "negations": pattern_of(  # each with the clause that it negates
        rf"{_CLAUSE_START}{_CLAUSE_CHARACTER}{{0,300}}?(?:{_NEGATION})(?>{_CLAUSE_CHARACTER}{{0,300}})|{_NEGATION}",
        re.IGNORECASE,
    ),
    "names": pattern_of(
        rf"{_CAPITALISED}(?:\s{_NAME_PARTICLES}{_CAPITALISED}){{1,6}}|(?<=[\w,;:)’'\"]\s){_CAPITALISED}"
    ),
    "urls": pattern_of(r"\b(?:https?|ftp|file|s3|git|ssh)://[^\s<>\"'`]{1,2000}(?<![.,;:!?)\]}])|\bwww\.[^\s<>\"'`]{1,2000}(?<![.,;:!?)\]}])"),
    "emails": pattern_of(r"(?<![\w.+-])[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}"),
    "paths": pattern_of(
        r"(?<![\w/:.])(?:~|\.{1,2})?/(?:[\w.@+-]{1,255}/){0,40}[\w.@+-]{1,255}"
        r"|\b[A-Za-z]:\\(?:[^\\/:*?\"<>|\s]{1,255}\\){0,40}[^\\/:*?\"<>|\s]{1,255}"
        r"|(?<![\w/.-])(?:[\w.-]{1,255}/){1,40}[\w-]{1,255}\.[A-Za-z]\w{0,7}\b"
        r"|(?<![\w/.-])[\w-]{1,255}\.(?:py|js|ts|tsx|rs|go|c|h|cpp|java|rb|sh|md|txt|json|ya?ml|toml|csv|html?|css|sql|ipynb|pdf|docx?|xlsx?|png|jpe?g|zip|gz|log|cfg|ini|lock|xml)\b"
    ),
    "identifiers": pattern_of(
        r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"
        r"|\b(?=[\w-]{0,63}\d)[A-Za-z][A-Za-z0-9]{0,31}(?:-[A-Za-z0-9]{1,31}){1,8}\b"
        r"|\b(?=[A-Za-z]{0,63}\d)(?=\d{0,63}[A-Za-z])[A-Za-z0-9]{3,64}\b"
        r"|\b[A-Za-z]\w{0,63}_\w{1,63}\b"
        r"|\b[a-z]{1,40}(?:[A-Z][a-z0-9]{0,40}){1,8}\b"
        r"|\b(?:[A-Z][a-z0-9]{1,40}){2,8}\b"
        r"|\b[A-Za-z_]\w{0,63}(?:\.[A-Za-z_]\w{0,63}){0,8}\(\)"
    ),
    "quotes": pattern_of(
        r"\"[^\"\n]{1,400}\"|“[^”\n]{1,400}”|«[^»\n]{1,400}»|„[^“\n]{1,400}“"
        r"|「[^」\n]{1,400}」|『[^』\n]{1,400}』"
    ),
    "code": pattern_of(r"```[^`]{1,20000}```|(?<!`)``[^`\n]{1,1000}``(?!`)|(?<!`)`[^`\n]{1,1000}`(?!`)"),
    "citations": pattern_of(
        r"\[\d{1,4}(?:\s?[,–-]\s?\d{1,4}){0,20}\]|\[\^[\w-]{1,40}\]|【\d{1,4}[^】\n]{0,40}】"
        r"|\((?:[A-Z][\w'’-]{1,40}(?:\s(?:et al\.|(?:and|&)\s[A-Z][\w'’-]{1,40}))?,?"
        r"\s(?:1[5-9]|20)\d{2}[a-z]?(?:;\s)?){1,12}\)"
    ),
}  # fmt: skip


def check_protected(names: Iterable[str]) -> None:
    """Check names from a request or a command line, where there are no compiled patterns.

    :raises UnknownNameError: one that is not in :data:`PATTERNS`.
    """
    for name in names:
        if name not in PATTERNS:
            raise _unknown_name(name, f"some of {', '.join(PATTERNS)}.")


class Protector:
    """A finder of protected spans: ``protector(text)`` returns them sorted, merged where they overlap, without white
    space at their ends.

    :param what: names from :data:`PATTERNS`, compiled regular expressions (every match), or both.
    :raises UnknownNameError: a name that is not in :data:`PATTERNS`.
    :raises OptionError: of another type.
    """

    def __init__(self, what: str | re.Pattern[str] | Iterable[Any] = ()) -> None:
        if isinstance(what, (str, re.Pattern, LazyPattern)):
            what = (what,)
        items = item_list(what, "protect", object, expected="names or compiled patterns")
        self.patterns: tuple[re.Pattern[str], ...] = tuple(map(_pattern, items))
        self._last: tuple[str, Sequence[Span]] = ("", ())

    def __call__(self, text: str) -> Sequence[Span]:
        if not self.patterns:
            return ()
        last_text, spans = self._last  # one document is passed several times in a row
        if last_text is not text:
            spans = self._find(text)
            self._last = text, spans
        return spans

    def _find(self, text: str) -> list[Span]:
        matches = (match.span() for pattern in self.patterns for match in pattern.finditer(text))
        matched_spans = sorted(span for match_span in matches if (span := trim(text, *match_span)) is not None)
        protected_spans: list[Span] = []
        for start, end in matched_spans:
            if protected_spans and start < protected_spans[-1].end:
                protected_spans[-1] = Span(protected_spans[-1].start, max(protected_spans[-1].end, end))
            else:
                protected_spans.append(Span(start, end))
        return protected_spans


def _unknown_name(name: str, expected: str) -> UnknownNameError:
    guess = closest_name(name, PATTERNS)
    hint = f" (did you mean {guess}?)" if guess else ""
    return UnknownNameError(f"protect: received {shown(name)}{hint}, expected {expected}")


def _pattern(item: object) -> re.Pattern[str]:
    if isinstance(item, str):
        if item not in PATTERNS:
            raise _unknown_name(
                item, f"one of {', '.join(PATTERNS)}, or a pattern of your own: re.compile({shown(item)})."
            )
        return PATTERNS[item]
    if isinstance(item, LazyPattern):  # of PATTERNS
        return item.compiled
    if isinstance(item, re.Pattern) and isinstance(item.pattern, str):
        return item
    raise OptionError(f"protect: received {type(item).__name__}, expected a name or a compiled str pattern.")
