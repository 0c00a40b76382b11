"""Texts that name the place of a text instead of being one: paths, addresses, ids."""

from __future__ import annotations

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["kind_of_place"]

_LONGEST_NAME = 300  # characters of a path, an address or an id


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ENDINGS = _set(
    "pdf doc docx xls xlsx ppt pptx odt ods rtf epub txt text md markdown rst htm html xml json jsonl csv tsv parquet "
    "yml yaml toml log tex py ipynb zip gz png jpg jpeg eml msg"
)
_KINDS = _set(
    "doc docs document id ids chunk node passage page file item record row rec msg message article source src ref sku "
    "uid key paper arxiv pmid isbn urn vec point obj object"
)
_WORDS_OF_A_NAME = 6
_DIGITS_OF_AN_ID, _LENGTH_OF_A_KEY, _LONGEST_ID = 5, 16, 100
_JOINTS = "_:#./-"
_ADDRESS = pattern_of(r"(?:[A-Za-z][A-Za-z0-9+.-]{1,20}://|www\.)\S")
_ROOTED = pattern_of(r"(?:~|\.{1,2}|[A-Za-z]:)[\\/][\w.-]|[\\/]{1,2}[\w.-]{1,100}+[\\/][\w.-]")
_UUID = pattern_of(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_DOI = pattern_of(r"10\.[0-9]{4,9}/\S")
_KIND = pattern_of(r"[A-Za-z]{2,10}+")


def kind_of_place(text: str) -> str | None:
    """The kind of the place that ``text`` is, where it names one: "a path", "an address" or "an id"; else None."""
    if len(text) > _LONGEST_NAME:
        return None
    stripped = text.strip()
    if not stripped or "\n" in stripped:
        return None
    words = stripped.split()
    if len(words) == 1 and _ADDRESS.match(stripped):
        return "an address"
    if _is_path(stripped, words):
        return "a path"
    return "an id" if len(words) == 1 and _is_id(stripped) else None


def _is_path(name: str, words: list[str]) -> bool:
    file_stem, _, ending = name.rpartition(".")
    has_file_ending, is_rooted = bool(file_stem) and ending.casefold() in _ENDINGS, bool(_ROOTED.match(name))
    if len(words) == 1:
        return has_file_ending or is_rooted
    is_name = len(words) <= _WORDS_OF_A_NAME and not any(word[-1] in ".,:;!?" for word in words)
    return has_file_ending and (is_rooted or is_name)


def _is_id(name: str) -> bool:
    if not name.isascii() or len(name) > _LONGEST_ID or not any(character.isdigit() for character in name):
        return False
    if _UUID.fullmatch(name) or _DOI.match(name):
        return True
    if not all(character.isalnum() or character in _JOINTS for character in name) or not name[-1].isalnum():
        return False
    if name.isdigit():
        return len(name) >= _DIGITS_OF_AN_ID
    kind_prefix = _KIND.match(name)
    return (kind_prefix is not None and kind_prefix.group().casefold() in _KINDS) or (
        len(name) >= _LENGTH_OF_A_KEY and sum(character.isdigit() for character in name) > 1
    )
