"""Languages of code: how they are named, how their strings and comments look, and where their statements end."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["LANGUAGES", "Language", "language_named"]

Family = Literal["python", "ends", "braces"]  # blocks by indentation, by indentation and closing words, by braces


class Language(NamedTuple):
    """A language of code.

    :param names: as in the first line of a Markdown fence.
    :param has_line_ends: whether a statement ends with its line (else with a semicolon).
    :param quotes: the characters that begin a string.
    :param comments: what begins a comment up to the end of the line.
    """

    name: str
    family: Family
    mimes: tuple[str, ...]
    endings: tuple[str, ...]
    names: tuple[str, ...] = ()
    has_line_ends: bool = False
    quotes: str = "\"'"
    comments: tuple[str, ...] = ("//",)
    has_directives: bool = False
    has_regexes: bool = False

    @property
    def mark(self) -> str:
        """The mark in place of statements that are left out."""
        if self.family == "braces":
            return {"sql": "-- …", "r": "# …"}.get(self.name, "/* … */")
        return "..." if self.family == "python" else ": # …" if self.name == "shell" else "# …"


_TABLE = (
    Language(
        "python",
        "python",
        ("text/x-python", "application/x-python", "text/x-script.python", "application/x-python-code"),
        (".py", ".pyi", ".pyw"),
        ("py", "python3"),
        comments=("#",),
    ),
    Language(
        "javascript",
        "braces",
        ("application/javascript", "text/javascript", "application/x-javascript", "text/jsx"),
        (".js", ".jsx", ".mjs", ".cjs"),
        ("js", "jsx", "node"),
        True,
        "\"'`",
        has_regexes=True,
    ),
    Language(
        "typescript",
        "braces",
        ("application/typescript", "text/typescript", "text/x-typescript", "text/tsx"),
        (".ts", ".tsx", ".mts", ".cts"),
        ("ts", "tsx"),
        True,
        "\"'`",
        has_regexes=True,
    ),
    Language("json5", "braces", (), (), ("jsonc",), quotes="\"'"),
    Language("java", "braces", ("text/x-java", "text/x-java-source"), (".java",)),
    Language("c", "braces", ("text/x-c", "text/x-csrc", "text/x-chdr"), (".c",), has_directives=True),
    Language(
        "cpp",
        "braces",
        ("text/x-c++", "text/x-c++src", "text/x-c++hdr"),
        (".cpp", ".h", ".cc", ".cxx", ".hpp", ".hh", ".hxx"),
        ("c++", "cc"),
        has_directives=True,
    ),
    Language("csharp", "braces", ("text/x-csharp",), (".cs",), ("c#", "cs"), has_directives=True),
    Language("go", "braces", ("text/x-go", "text/x-golang"), (".go",), ("golang",), True, "\"'`"),
    Language("rust", "braces", ("text/rust", "text/x-rust"), (".rs",), ("rs",)),
    Language("kotlin", "braces", ("text/x-kotlin",), (".kt", ".kts"), ("kt",), True),
    Language("swift", "braces", ("text/x-swift",), (".swift",), (), True),
    Language("scala", "braces", ("text/x-scala",), (".scala",), (), True),
    Language("dart", "braces", ("application/dart", "text/x-dart"), (".dart",)),
    Language(
        "php", "braces", ("application/x-httpd-php", "application/x-php", "text/x-php"), (".php",), comments=("//", "#")
    ),
    Language("r", "braces", ("text/x-r", "text/x-rsrc"), (".r",), ("r", "rscript"), True, "\"'`", comments=("#",)),
    Language("css", "braces", ("text/css",), (".css", ".scss", ".less")),
    Language(
        "sql",
        "braces",
        ("application/sql", "text/x-sql", "application/x-sql"),
        (".sql",),
        quotes="\"'`",
        comments=("--",),
    ),
    Language("ruby", "ends", ("text/x-ruby", "application/x-ruby"), (".rb",), ("rb",), True, comments=("#",)),
    Language(
        "shell",
        "ends",
        ("application/x-sh", "text/x-sh", "text/x-shellscript", "application/x-shellscript"),
        (".sh", ".bash", ".zsh"),
        ("sh", "bash", "zsh"),
        True,
        comments=("#",),
    ),
    Language("lua", "ends", ("text/x-lua",), (".lua",), (), True, comments=("--",)),
)
LANGUAGES = {language.name: language for language in _TABLE}
_BY_NAME = {name: language for language in _TABLE for name in (language.name, *language.names)}


def language_named(name: str) -> Language | None:
    """The language with this name, as it stands in the first line of a fence; None of others."""
    return _BY_NAME.get(name.strip().lower())
