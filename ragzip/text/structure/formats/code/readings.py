"""The readings of code, which models get in place of it: its name, its comment, the code, and its names in words."""

from __future__ import annotations

import re

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure.formats.code.languages import Language
from ragzip.text.structure.formats.code.tree import CodeNode
from ragzip.text.words import in_words

__all__ = ["reading"]

_IDENTIFIER = pattern_of(r"[^\W\d]\w{3,}")
_DOCSTRING = pattern_of(
    r"\s*+[rRuU]?(?:\"\"\"((?>(?:[^\"\\]++|\\.|\"(?!\"\"))*))\"\"\"|'''((?>(?:[^'\\]++|\\.|'(?!''))*))'''"
    r"|\"((?>(?:[^\"\\\r\n]++|\\.)*))\"|'((?>(?:[^'\\\r\n]++|\\.)*))')",
    re.DOTALL,
)
_COMMENT_SIGNS = pattern_of(r"^[ \t\0]*(?:/\*+|\*+/?|//+!?|#+|--+)[ \t]?|\*+/[ \t]*$", re.MULTILINE)
_MAX_CHARACTERS = 3_000


def _is_compound(name: str) -> bool:
    return "_" in name.strip("_") or not (name.islower() or name.isupper() or name[1:].islower())


def reading(layout: str, node: CodeNode, span: Span, path: tuple[str, ...], language: Language) -> str:
    """The reading of a unit of ``node``, under the blocks of ``path``."""
    title = _title(node, path)
    about, code = _parted(layout, node, span, language)
    code = code.replace("\0", "")[:_MAX_CHARACTERS]
    identifiers = dict.fromkeys(_IDENTIFIER.findall(f"{title} {code}"))
    names = ", ".join(dict.fromkeys(in_words(name) for name in identifiers if _is_compound(name)))
    opening = f"{title}: {about}" if title and about else title or about
    return "\n".join(filter(None, (opening, code, names)))


def _title(node: CodeNode, path: tuple[str, ...]) -> str:
    """The name of a unit with those of the blocks it stands in: "class FileCache method evict_oldest"."""
    if node.kind not in ("function", "class") or not node.name:
        return " ".join(path)
    is_method = node.kind == "function" and bool(path) and path[-1].startswith("class ")
    return " ".join([*path, f"{'method' if is_method else node.kind} {node.name}"])


def _parted(layout: str, node: CodeNode, span: Span, language: Language) -> tuple[str, str]:
    """The comment or docstring of a unit, and the code without it."""
    if node.kind not in ("function", "class") or not span.start <= node.signature.start < span.end:
        return "", layout[span.start : span.end]
    comment = _COMMENT_SIGNS.sub("", layout[span.start : node.signature.start].replace("\0", ""))
    signature_end = min(node.signature.end, span.end)
    docstring = _DOCSTRING.match(layout, signature_end, span.end) if language.name == "python" else None
    if docstring is None:
        return " ".join(comment.split()), layout[node.signature.start : span.end]
    about = next((text for text in docstring.groups() if text), "")
    code = layout[node.signature.start : signature_end] + layout[docstring.end() : span.end]
    return " ".join(f"{comment} {about}".split()), code
