"""The kind and the name of a statement, from the text before its first brace."""

from __future__ import annotations

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.formats.code.languages import Language
from ragzip.text.structure.formats.code.tree import Kind

__all__ = ["CONTROL", "NOT_A_BLOCK", "kind_and_name", "without_brackets"]

_CLASS = pattern_of(
    r"(?:[\w@]+(?:\([^()]*\))?[\s,]+)*?(class|struct|interface|trait|impl|namespace|module|extension|object|protocol|union"
    r"|record|mod|package|actor)\b(?:\s*<[^<>]*>)?\s*([\w.$:\\]*)|extern\s+\"C\"()"
)
_IMPORT = pattern_of(
    r"(?:import|using|use|package|from|extern crate|require|include|pub use|export\s*(?:\*|\{[^}]*\})\s*from)\b"
    r"|#\s*(?:include|import|using|pragma)\b|(?:const|let|var)\s+[\w{}\s,:$]+=\s*require\("
)
CONTROL = pattern_of(
    r"(?:\}\s{0,200}+)?(?:else\s{1,200}+)?(if|else|for|foreach|while|do|try|catch|finally|switch|with|lock|using|"
    r"match|loop|select|unsafe|when|guard|defer|synchronized)\b"
)
_FUNCTION_WORD = pattern_of(r"\b(?:function|func|fn|fun|def|sub|init|constructor)\b")
_CALLED = pattern_of(r"(?<![\w$~])([\w$~]++)\s*+(?:<[^<>()]*+>\s*+)?\(")
_NAMED = pattern_of(r"(?<![\w$])([\w$]++)\s*+[=:][^=]")
_GO_METHOD = pattern_of(r"func\s*\([^()]*\)\s*(\w+)")
_ACCESS = pattern_of(r"(?:(?:public|private|protected)\s{0,9}:(?!:)\s{0,99})+")  # of what follows in a class of C++
_ARROW = pattern_of(r"=>\s*$|\bfunction\b[^{}]*$")
NOT_A_BLOCK = pattern_of(
    r"(?:[=(,\[:?\\]|=>|\b(?:return|default|const|let|var|export|export\s+type|import[\w\s,*$]*|new\s+[\w.<>]+\([^()]*\)))\s*$"
)
_ROUND_BRACKET = pattern_of(r"([()])")


def without_brackets(head: str) -> str:
    """The ``head`` without the text in round brackets."""
    pieces: list[str] = []
    open_places: list[int] = []
    for piece in _ROUND_BRACKET.split(head):
        if piece == ")" and open_places:
            del pieces[open_places.pop() :]
            continue
        if piece == "(":
            open_places.append(len(pieces))
        pieces.append(piece)
    return "".join(pieces)


def kind_and_name(head: str, *, has_body: bool, language: Language) -> tuple[Kind, str]:
    """The kind of a statement, from the text before its first brace, and its name."""
    if access := _ACCESS.match(head):
        head = head[access.end() :]
    if _IMPORT.match(head) and not (has_body and head.startswith("using")):
        return "import", ""
    if CONTROL.match(head):
        return ("block" if has_body else "statement"), ""
    is_call_like = language.has_directives and language.name != "csharp" and head.rstrip().endswith(")")
    if has_body and not is_call_like and (container := _CLASS.match(head)):
        return "class", container.group(2) or ""
    if has_body or _FUNCTION_WORD.search(head):
        if method := _GO_METHOD.match(head):
            return "function", method.group(1)
        named, called = _NAMED.search(head), _CALLED.search(head)
        if _ARROW.search(head) and named:
            return "function", named.group(1)
        if called and (not named or called.start() < named.start()):
            return "function" if not NOT_A_BLOCK.search(head) else "block", called.group(1)
        return ("block" if has_body else "statement"), named.group(1) if named else ""
    named = _NAMED.search(head)
    return "statement", named.group(1) if named and named.end() < 80 else ""
