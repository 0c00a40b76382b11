"""The programming language of a text, where that is sure: prose, data, logs and diffs are never code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.formats.code.languages import LANGUAGES, Language
from ragzip.text.structure.formats.code.lines import logical_lines

__all__ = ["language_of"]

_SAMPLED_CHARACTERS = 30_000
_MAX_LINE = 500
_MAX_SHEBANG = 250
_MIN_LINES = 3
_MIN_BRACE_LINES = 5
_MIN_SHARE_OF_CODE = 0.85
_MIN_SHARE_WITHOUT_SENTENCES = 0.6  # of the same, where no line is a sentence
_SHEBANG = pattern_of(r"#!\s*/\S*?(?:env\s+(?:-S\s+)?)?(?:\S*/)?(python|bash|zsh|sh|node|ruby|php|lua)[\d.]*\b")
_SHEBANGS = {"bash": "shell", "zsh": "shell", "sh": "shell", "node": "javascript"}
_OTHER_KINDS = pattern_of(
    r"^(?:diff |@@ |--- |\+\+\+ |```|~~~|<!DOCTYPE|<html|[ \t]*<\?xml|>>> |syntax = \"proto|# User@Host: )",
    re.MULTILINE | re.IGNORECASE,
)
_PYTHON_LINE = pattern_of(
    r"(?:(?:async\s+)?def\s+\w+\s*[(\[].*|class\s+\w+\s*[:(\[].*|@[\w.]+(?:\(.*)?|(?:import|from)\s+\.*[\w.]+.*"
    r"|(?:if|elif|while|for|with|async\s+\w+|except|match)\b.*:(?:\s.*)?|(?:else|try|finally|except)\s*:.*"
    r"|(?:return|raise|yield|assert|del|global|nonlocal|await)\b.*|(?:pass|break|continue)"
    r"|[A-Za-z_]\w*+\s*+:\s*+[A-Za-z_][\w.]*+(?:\[.*\])?(?>(?:\s*+\|\s*+[\w.\[\]]++)*)"
    r"|[\w.\[\]\"'(){}*, :|-]++\s*+(?:[-+*/%&|^@]|//|\*\*|<<|>>)?=(?!=).*|[\w.]+\(.*[)\]]|[rRuUbBfF]{0,2}[\"'].*[\"'])"
    r"\s*(?:\#.*)?",
    re.DOTALL,
)
_PYTHON_BLOCK = pattern_of(r"(?:async\s+)?def\s+\w+\s*[(\[].*:(?:\s|$)|class\s+\w+\s*(?:\(.*\)|\[.*\])?\s*:", re.DOTALL)
_PYTHON_IMPORT = pattern_of(
    r"(?:import\s+[\w.]+(?:\s+as\s+\w+)?(?:\s*,.*)?|from\s+\.*[\w.]*\s+import\s+[\w(*].*)$", re.DOTALL
)
_CODE_LINE_END = pattern_of(
    r"[;{}(),:>\[\]=+&|?\\]$|=>$|^[@#]|^(?://|/\*|\*)|\)\s*[{;,]?$|^(?:import|package|func|let|var|val|const|return)\b"
    r"|^\"[^\"\s]*\"$|^(?:(?:data|sealed|private|public|override) )*(?:class|object|interface|fun) \w"
)
_EVIDENCE = (  # in order: the first language with both kinds of evidence
    (
        "cpp",
        r"^[ \t]*#[ \t]*include\s*[<\"]",
        r"\bstd::|^[ \t]*(?:using namespace|template\s*<|class \w+\s*[:{])|\w::\w++\(",
    ),
    (
        "c",
        r"^[ \t]*#[ \t]*(?:include\s*[<\"]|define\s+\w+)",
        r"^[ \t]*(?:static\s+)?(?:int|void|char|struct|unsigned|typedef|double|float|size_t"
        r"|bool)\b[\w \t*]+[({;=]",
    ),
    (
        "go",
        r"^package \w+\s*$",
        r"^(?:func\b.*\{|import\s+[(\"]|type \w+ (?:struct|interface))",
    ),
    (
        "java",
        r"^(?:package|import) (?:static )?[\w.*]+;",
        r"^[ \t]*(?:(?:public|final|abstract|private|protected) )*(?:class|interface|enum|record) \w+",
    ),
    (
        "csharp",
        r"^[ \t]*(?:using [\w.]+;|namespace [\w.]+)",
        r"^[ \t]*(?:(?:public|internal|static|sealed|abstract|partial|private) )+(?:class|interface"
        r"|struct|enum|record) \w+|^[ \t]*namespace",
    ),
    (
        "rust",
        r"^[ \t]*(?:pub(?:\(\w+\))? )?(?:fn \w.*[{(,]$|use [\w:{}*, ]+;|impl\b.*\{)",
        r"^(?>.*?\blet (?:mut )?\w).*=|->|^[ \t]*#\[|&(?:mut )?self|::",
    ),
    (
        "kotlin",
        r"^[ \t]*(?:(?:private|override|suspend|internal|public|open) )*fun (?:<.*> )?[\w.]+\(",
        r"^[ \t]*(?:import [\w.*]+|package [\w.]+|(?:private |override )?va[lr] \w+)",
    ),
    (
        "swift",
        r"^[ \t]*(?:(?:private|public|override|static|mutating|@\w+) )*func \w+",
        r"^[ \t]*(?:import \w+|(?:private |static )?(?:let|var) \w+|guard let|extension \w+)",
    ),
    (
        "typescript",
        r"^[ \t]*(?:export )?(?:interface|type|enum) \w.*[{=]|^[ \t]*(?:export )?(?:const"
        r"|function) (?:(?>.*?:[^\S\n]*+\w)|.*:[^\S\n]*+\n\s*+\w).*[{=]",
        r"^import .* from ['\"]|^[ \t]*(?:export|const|let|readonly|private|public)\b|=>",
    ),
    (
        "javascript",
        r"\bfunction\s*+\w*+\s*+\([\w\s,$={}]*+\)\s*+\{|=>\s*[{(]?|^import .* from ['\"]|\brequire\(['\"]",
        r"^[ \t]*(?:const|let|var) [\w{$\[]|\bthis\.\w+|^[ \t]*(?:export|return)\b|\bmodule\.exports"
        r"|\}\);?$",
    ),
)
_CLOSING_WORD = pattern_of(r"^[ \t]*end\)?,?[ \t]*$", re.MULTILINE)
_SENTENCE = pattern_of(r"^[ \t]*[A-Z][^\n]*[a-z][.!?][ \t]*$", re.MULTILINE)
_DEFINITIONS = (  # of languages whose blocks end with a word
    ("ruby", pattern_of(r"^[ \t]*def (?:self\.)?\w+[?!=]?(?:[ \t]*\(.*\))?[ \t]*$", re.MULTILINE)),
    (
        "lua",
        pattern_of(r"^[ \t]*(?:local )?(?:function [\w.:]+\(|[\w.]+[ \t]*=[ \t]*function[ \t]*\()", re.MULTILINE),
    ),
)
_OPENING_OF_SHELL = pattern_of(
    r"^[ \t]*+(?:(?:if|while|until|for)[ \t][^\n]{1,300};[ \t]*(?:then|do)|case[ \t][^\n]{1,300}[ \t]in|then|do)"
    r"[ \t]*$",
    re.MULTILINE,
)
_CLOSING_OF_SHELL = pattern_of(r"^[ \t]*+(?:fi|done|esac)[ \t]*(?:$|[|;&<>])", re.MULTILINE)
_STATEMENT_OF_SQL = pattern_of(
    r"^(?:CREATE (?:OR REPLACE |UNIQUE |TEMP(?:ORARY)? )?(?:TABLE|VIEW|INDEX|FUNCTION|PROCEDURE|TRIGGER|TYPE|SEQUENCE"
    r"|SCHEMA)|INSERT INTO|ALTER TABLE|DROP TABLE|DELETE FROM|UPDATE \w+ SET|SELECT\b[^;]{1,2000}?\bFROM|GRANT"
    r"|COPY \w+)\b",
    re.MULTILINE | re.IGNORECASE,
)
_END_OF_SQL = pattern_of(r";[ \t]*(?:--[^\n]*)?$", re.MULTILINE)
_MIN_STATEMENTS_OF_SQL = 2
_FUNCTION_OF_R = pattern_of(r"^[\w.]++[ \t]*+<-[ \t]*+function[ \t]*+\(", re.MULTILINE)
_COMPILED = tuple(
    (name, pattern_of(sure, re.MULTILINE), pattern_of(other, re.MULTILINE)) for name, sure, other in _EVIDENCE
)


def language_of(source: str) -> Language | None:
    """The language of ``source``; None where it is not surely code."""
    sample = source[:_SAMPLED_CHARACTERS]
    if shebang := _SHEBANG.match(sample, 0, _MAX_SHEBANG):
        return LANGUAGES[_SHEBANGS.get(shebang.group(1), shebang.group(1))]
    if sample.lstrip().startswith("<?php"):
        return LANGUAGES["php"]
    if len(source) > len(sample):
        sample = sample[: sample.rfind("\n") + 1]
    if sample.count("\n") < _MIN_LINES - 1 or _OTHER_KINDS.search(sample):
        return None
    if _FUNCTION_OF_R.search(sample) and not _SENTENCE.search(sample):
        return LANGUAGES["r"]
    return _python(sample) or _braces(sample) or _ends(sample) or _shell(sample) or _sql(sample)


def _python(sample: str) -> Language | None:
    """Python, where every line is a statement of it, and there is a definition, or imports."""
    language = LANGUAGES["python"]
    lines = [
        sample[line.start : line.end][:_MAX_LINE] for line in logical_lines(sample, language) if not line.is_comment
    ]
    if len(lines) < _MIN_LINES - 1 or len(lines) < 2:
        return None
    definitions = sum(map(bool, map(_PYTHON_BLOCK.match, lines)))
    imports = sum(map(bool, map(_PYTHON_IMPORT.match, lines)))
    if not definitions and not (imports and len(lines) >= _MIN_LINES):
        return None
    statements = sum(map(bool, map(_PYTHON_LINE.fullmatch, lines)))
    return language if statements >= len(lines) - max(0, len(lines) // 20) else None


def _braces(sample: str) -> Language | None:
    """A language with braces: most lines end as statements do, and two kinds of lines are of one language."""
    lines = [line for line in map(str.strip, sample.splitlines()) if line]
    if not _may_have_blocks(lines):
        return None
    for name, sure, other in _COMPILED:
        if sure.search(sample) and other.search(sample):
            return LANGUAGES[name]
    return None


def _may_have_blocks(lines: Sequence[str]) -> bool:
    if len(lines) < _MIN_BRACE_LINES:
        return False
    opening = sum(line.endswith("{") for line in lines)
    closing = sum(line.startswith("}") for line in lines)
    code = sum(bool(_CODE_LINE_END.search(line)) for line in lines)
    comments = sum(line.startswith(("//", "*", "/*")) for line in lines)
    share = _MIN_SHARE_OF_CODE if any(map(_SENTENCE.match, lines)) else _MIN_SHARE_WITHOUT_SENTENCES
    return min(opening, closing) >= 1 and code >= share * len(lines) and comments < len(lines) / 2


def _ends(sample: str) -> Language | None:
    """A language whose blocks end with a word: each definition has an end, and there are no sentences."""
    ends = len(_CLOSING_WORD.findall(sample))
    for name, definition in _DEFINITIONS:
        definitions = len(definition.findall(sample))
        if 0 < definitions <= ends and not _SENTENCE.search(sample):
            return LANGUAGES[name]
    return None


def _shell(sample: str) -> Language | None:
    """Shell without its first line: a block for each of its closing words, "fi", "done", and no sentences."""
    closings = len(_CLOSING_OF_SHELL.findall(sample))
    is_shell = 0 < closings <= len(_OPENING_OF_SHELL.findall(sample)) and not _SENTENCE.search(sample)
    return LANGUAGES["shell"] if is_shell else None


def _sql(sample: str) -> Language | None:
    """SQL: several statements, each with an end, and no sentences."""
    if _END_OF_SQL.search(sample) is None or _SENTENCE.search(sample):
        return None
    statements = len(_STATEMENT_OF_SQL.findall(sample))
    ends = len(_END_OF_SQL.findall(sample))
    is_sql = statements >= _MIN_STATEMENTS_OF_SQL and ends >= statements / 2
    return LANGUAGES["sql"] if is_sql else None
