"""One text of the lines of a PDF page: words divided at line ends are joined, hyphens that are their own stay."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from ragzip.files.pdf_lines import PageLines
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.words import is_unspaced

__all__ = ["DIVIDED", "counted_words", "joined"]

DIVIDED = pattern_of(r"(?<=\w)[-\u00ad\u2010]$")
_RANGE = pattern_of(r"(?<=\d)[–—]$")
_ADDRESSES = ("http://", "https://", "www.")
_FIRST_PART = pattern_of(r"(?<![\w-])[\w-]++$")
_HYPHENATED = pattern_of(r"\w+-\w")
_SUSPENDED = pattern_of(  # "pre- and post-war", "Ein- und Ausgang"
    r"(?:and|or|to|und|oder|bis|sowie|et|ou|y|e|ed|en|of|och|og|ja|i|и|или)(?![\w-])", re.IGNORECASE
)
_TENS = frozenset(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"])
_ONES = frozenset(
    [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
    ]
)
_MAX_TAIL = 200  # characters, that hold the last word of a text
_NO_WORDS: Mapping[str, int] = {}


def joined(text: str, line: str, words: Mapping[str, int] = _NO_WORDS) -> str:
    """``text`` with the next line of it behind it. ``words`` has the number of times that each is in the file."""
    if not text or not line:
        return text or line
    tail = text[-_MAX_TAIL:]
    if DIVIDED.search(tail):
        return _without_division(text, line, words)
    if _RANGE.search(tail) and line[0].isdigit():
        return text + line
    last_word = tail.rsplit(maxsplit=1)[-1]
    if last_word.startswith(_ADDRESSES) and last_word.endswith("/") and (line[0].islower() or line[0].isdigit()):
        return text + line
    is_parted = not _are_unparted(text[-1], line[0])
    return f"{text} {line}" if is_parted else text + line


def counted_words(pages: Sequence[PageLines]) -> Counter[str]:
    """The number of times that each word is in the pages, in lower case, hyphens included."""
    return Counter(
        word for page in pages for line in page.lines for word in re.findall(r"[\w-]+", line.text.casefold())
    )


def _are_unparted(last: str, first: str) -> bool:
    """Whether no blank stands between two characters of a text of whose script the words are not parted by blanks."""
    are_unspaced = [is_unspaced(character) for character in (last, first)]
    return all(are_unspaced) or (any(are_unspaced) and (last.isdigit() or first.isdigit()))


def _without_division(text: str, line: str, words: Mapping[str, int]) -> str:
    """``text``, which ends with a hyphen, and ``line``: without the hyphen where it only divides a word."""
    if text[-1] == "\u00ad":
        return text[:-1] + line
    if _SUSPENDED.match(line):
        return f"{text} {line}"
    first_match, second_match = _FIRST_PART.search(text[-_MAX_TAIL:-1].casefold()), re.match(r"[\w]+", line.casefold())
    first_part = first_match.group() if first_match else ""
    second_part = second_match.group() if second_match else ""
    counts = {hyphen: words.get(f"{first_part}{hyphen}{second_part}", 0) for hyphen in ("", "-")}
    if counts[""] != counts["-"]:
        has_hyphen = counts["-"] > counts[""]
    else:
        has_hyphen = (
            not line[0].islower()
            or "-" in first_part
            or first_part[-1:].isdigit()
            or bool(_HYPHENATED.match(line))
            or (first_part in _TENS and second_part in _ONES)
        )
    return (text if has_hyphen else text[:-1]) + line
