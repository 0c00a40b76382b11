"""Keys and passwords kept out of every message."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterable, Mapping
from types import CellType, FunctionType, MethodType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ragzip.errors import OptionError
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["Redactor", "checked_key", "looks_secret", "secrets_of"]

MAX_SHOWN_CHARS = 300  # of a foreign text in a message
MAX_READ_CHARS = 2**13  # of a foreign text
_MASK = "***"
_SECRET_NAME = pattern_of(r"key|token|secret|passw|_pwd|auth|credential|cookie|signature|^sig$|^code$", re.IGNORECASE)
_MIN_SECRET_CHARS = 6  # of a value that is a secret by its name alone
_MAX_ATTRIBUTE_DEPTH = 6  # of nested attributes that are searched for secrets
_MAX_ESCAPED_CHARS = 12  # of one character of a secret: \ud83d\ude00


class Redactor:
    """Replaces secrets in texts by "***", also where they are wholly or partly escaped for URLs, JSON or HTML."""

    def __init__(self, secrets: Iterable[str]) -> None:
        distinct_secrets = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_writings, distinct_secrets))) if distinct_secrets else None
        self._longest = _MAX_ESCAPED_CHARS * len(distinct_secrets[0]) if distinct_secrets else 0

    def __call__(self, text: str, *, cut_off: bool = False) -> str:
        """The beginning of ``text`` in one line, without secrets.

        :param cut_off: the text is the beginning of a longer one: a secret at its end may be cut in two.
        """
        if len(text) > MAX_READ_CHARS:
            text, cut_off = text[:MAX_READ_CHARS], True
        if cut_off:
            text = text[: max(0, len(text) - self._longest)]
        if self._pattern is not None:
            text = self._pattern.sub(_MASK, text)
        line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
        return line if len(line) <= MAX_SHOWN_CHARS else f"{line[:MAX_SHOWN_CHARS]} …"


def _writings(secret: str) -> str:
    """A pattern of all escaped forms of ``secret``."""
    return "".join(map(_writing, re.findall(r"\\+|[^\\]", secret)))


def _writing(part: str) -> str:
    """A pattern of all escaped forms of a character, or of several backslashes, which escaping doubles."""
    if part[0] == "\\":
        return rf"(?:(?<!\\)\\{{{len(part)},}}+|(?i:%(?:25)*5c|&#0*92;|&#x0*5c;){{{len(part)}}})"
    escaped = re.escape(part)
    url_pattern = "".join(f"%(?:25)*{byte:02x}" for byte in part.encode("utf-8", "surrogatepass"))
    utf16_hex = part.encode("utf-16-be", "surrogatepass").hex()
    json_pattern = "".join(rf"\\{{1,3}}u{utf16_hex[i : i + 4]}" for i in range(0, len(utf16_hex), 4))
    entity_pattern = f"&#0*{ord(part)};|&#x0*{ord(part):x};"
    patterns = [
        rf"\\{{0,3}}{escaped}" if part in "\"'/" else escaped,
        f"(?i:{url_pattern}|{json_pattern}|{entity_pattern})",
    ]
    if (html_escaped := html.escape(part)) != part:
        patterns.insert(0, re.escape(html_escaped))
    if part == " ":
        patterns.append(r"\+")
    return f"(?:{'|'.join(patterns)})"


def checked_key(key: str | None) -> str | None:
    """``key`` without the white space around it; None for an empty one.

    :raises OptionError: no text, or one with a character that no HTTP header can hold. The key is not shown.
    """
    if key is None:
        return None
    if not isinstance(key, str):
        raise OptionError(f"key: received {type(key).__name__}, expected a text.")
    key = key.strip()
    if any(ord(character) > 0xFF or not (character.isprintable() or character == "\xa0") for character in key):
        raise OptionError(
            "key: received one with a line break, a control character or one outside Latin-1 in it (it is not shown), "
            "expected the key alone. Was it copied whole, from one line?"
        )
    return key or None


def looks_secret(name: str) -> bool:
    """Whether a value of this name is likely to be a key or a password."""
    return _SECRET_NAME.search(name) is not None


def secrets_of(model: Any) -> set[str]:
    """The values that look like keys or passwords in the nested attributes of ``model`` and in the environment."""
    secrets: set[str] = set()
    for name, value in os.environ.items():
        secrets |= _secrets_of_text(value, name)
    _collect(model, "", secrets, set(), _MAX_ATTRIBUTE_DEPTH)
    return secrets


def _collect(value: Any, name: str, secrets: set[str], seen: set[int], depth: int) -> None:
    if isinstance(value, str):
        secrets |= _secrets_of_text(value, name)
        return
    if depth == 0 or id(value) in seen or isinstance(value, type):
        return
    seen.add(id(value))
    if callable(get_secret := getattr(value, "get_secret_value", None)):
        secrets.update(secret for secret in [get_secret()] if isinstance(secret, str))
        return
    items: list[tuple[Any, Any]] = []
    if isinstance(value, Mapping):
        items = list(value.items())
    elif isinstance(value, (list, tuple, set)):
        items = [(name, item) for item in value]
    elif isinstance(value, (FunctionType, MethodType)):
        cells = (cell.cell_contents for cell in getattr(value, "__closure__", None) or () if cell != CellType())
        items = [(name, item) for item in (getattr(value, "__self__", None), *cells)]
    elif hasattr(value, "__dict__"):
        items = [item for item in vars(type(value)).items() if isinstance(item[1], str)] + list(vars(value).items())
    for item_name, item in items:
        _collect(item, str(item_name), secrets, seen, depth - 1)


def _secrets_of_text(text: str, name: str) -> set[str]:
    if looks_secret(name) and len(text) >= _MIN_SECRET_CHARS:
        return {text, *text.split()[-1:]}  # the token of "Bearer …" too
    return _secrets_of_url(text)


def _secrets_of_url(text: str) -> set[str]:
    """User, password and the values of the query, if ``text`` is the address of a server."""
    if not text.lower().startswith(("http://", "https://")):
        return set()
    try:
        parts = urlsplit(text)
    except ValueError:
        return set()
    values = [parts.username, parts.password, *(value for _, value in parse_qsl(parts.query))]
    return {unquote(value) for value in values if value}
