"""Signs of lines at the top and at the bottom of a page: its number, with or without the title of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.units import UNITS

__all__ = ["differ_by_page", "is_page_line", "is_page_number", "names_page", "parted_sentences", "wording_of_margin"]

_PAGE_WORD = r"(?:page|seite|página|pagina|pág\.|pag\.|стр\.|страница|sida|strona|sivu|sayfa|oldal|p\.|S\.)"
_NUMBER_OF = r"\d{1,4}(?:\s{0,2}(?:/|of|von|de|di|sur|из|z|av|van)\s{0,2}\d{1,4})?"
_PAGE_LINE = pattern_of(
    rf"\W{{0,4}}{_PAGE_WORD}\s{{0,3}}{_NUMBER_OF}\W{{0,4}}$"
    r"|side\s{0,3}\d{1,4}\s{0,2}(?:/|a[fv])\s{0,2}\d{1,4}$"  # "Side 1" alone may be one of a record
    rf"|[^\n]{{1,120}}(?:\s{{3,99}}|\s[|·•]\s)[\[(]?(?-i:(?![a-zà-ÿа-я]\w{{2}})){_PAGE_WORD}\s{{0,3}}{_NUMBER_OF}[\])]?$"
    rf"|{_PAGE_WORD}\s{{0,3}}{_NUMBER_OF}(?:\s{{3,99}}|\s[|·•]\s)[^\n]{{1,120}}$",
    re.IGNORECASE,
)
_PAGE_NUMBER = pattern_of(r"[-–—\[(|\s]{0,4}\d{1,4}[-–—\])|\s]{0,4}$")
_FIGURES = pattern_of(r"\d+")
_MAX_PAGE_NUMBER_CHARACTERS = 11
_MAX_PAGE_DIGITS = 4
_MAX_PAGES_APART = 2  # of a header that stands on the left pages alone
_AMOUNT = pattern_of(rf"\d[.,]\d|[€$£%]|\d\s{{0,3}}{UNITS}")


def is_page_line(content: str) -> bool:
    """Whether a line says which page it is on: "Page 3 of 9"."""
    return _PAGE_LINE.match(content) is not None


def is_page_number(content: str) -> bool:
    """Whether a line is a number that a page may have: "- 3 -"."""
    return len(content) <= _MAX_PAGE_NUMBER_CHARACTERS and _PAGE_NUMBER.match(content) is not None


def names_page(content: str) -> bool:
    """Whether a line can be nothing but the number of a page: "- 3 -", "Page 3"; a bare number may be a value."""
    return is_page_line(content) or (is_page_number(content) and not content[0].isdigit())


def differ_by_page(contents: Sequence[str]) -> bool:
    """Whether lines of one wording, in order, have the same figures but for one of each, which numbers their pages."""
    figures = [_FIGURES.findall(content) for content in contents]
    differing = [column for column in zip(*figures, strict=False) if len(set(column)) > 1]
    if len({len(column) for column in figures}) > 1 or len(differing) > 1:
        return False
    if not differing:
        return True
    if any(len(figure) > _MAX_PAGE_DIGITS for figure in differing[0]) or any(map(_AMOUNT.search, contents)):
        return False
    return all(0 <= int(after) - int(before) <= _MAX_PAGES_APART for before, after in pairwise(differing[0]))


def wording_of_margin(content: str) -> str:
    """The words that a line has on every page: ``content`` without figures."""
    return " ".join(_FIGURES.sub("", content).split())


def parted_sentences(kinds: Sequence[str]) -> Iterator[list[int]]:
    """The places of the parts of each sentence that margins of pages stand in.

    :param kinds: of the units of a text, "rest" for the rest of a sentence.
    """
    places: list[int] = []
    for place, kind in enumerate(kinds):
        if kind == "rest":
            places.append(place)
        elif kind != "margin":
            if len(places) > 1:
                yield places
            places = [place]
    if len(places) > 1:
        yield places
