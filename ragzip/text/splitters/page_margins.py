"""What lines at the top and at the bottom of a page look like: its number, with or without the title of the text."""

from __future__ import annotations

import re

__all__ = ["has_columns", "is_page_line", "is_page_number", "names_page", "wording_of_margin"]

_PAGE_WORD = r"(?:page|seite|página|pagina|pág\.|pag\.|стр\.|страница|sida|side|strona|sivu|sayfa|oldal|p\.|S\.)"
_NUMBER_OF = r"\d{1,4}(?:\s{0,2}(?:/|of|von|de|di|sur|из|z|av|van)\s{0,2}\d{1,4})?"
_PAGE_LINE = re.compile(
    rf"\W{{0,4}}{_PAGE_WORD}\s{{0,3}}{_NUMBER_OF}\W{{0,4}}$"
    rf"|[^\n]{{1,120}}(?:\s{{3,99}}|\s[|·•]\s)[\[(]?{_PAGE_WORD}\s{{0,3}}{_NUMBER_OF}[\])]?$"
    rf"|{_PAGE_WORD}\s{{0,3}}{_NUMBER_OF}(?:\s{{3,99}}|\s[|·•]\s)[^\n]{{1,120}}$",
    re.IGNORECASE,
)
_PAGE_NUMBER = re.compile(r"[-–—\[(|\s]{0,4}\d{1,4}[-–—\])|\s]{0,4}$")
_COLUMNS = re.compile(r"\S\s{3,99}\S")
_FIGURES = re.compile(r"\d+")
_MAX_PAGE_NUMBER_CHARACTERS = 11


def is_page_line(content: str) -> bool:
    """Whether a line says which page it is on: "Page 3 of 9"."""
    return _PAGE_LINE.match(content) is not None


def is_page_number(content: str) -> bool:
    """Whether a line is a number that a page may have: "- 3 -"."""
    return len(content) <= _MAX_PAGE_NUMBER_CHARACTERS and _PAGE_NUMBER.match(content) is not None


def names_page(content: str) -> bool:
    """Whether a line can be nothing but the number of a page: "- 3 -", "Page 3"; a bare number may be a value."""
    return is_page_line(content) or (is_page_number(content) and not content[0].isdigit())


def has_columns(content: str) -> bool:
    """Whether wide blanks stand within a line."""
    return _COLUMNS.search(content) is not None


def wording_of_margin(content: str) -> str:
    """What a line says on every page: ``content`` without figures."""
    return " ".join(_FIGURES.sub("", content).split())
