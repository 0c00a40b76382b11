"""Commits as ``git log`` prints them: each, with its author, date and message, is one record. In a small budget its
lines come one by one, each with the commit and the subject of its message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import pairwise

from ragzip.text.forms import PlainForm
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure.base import Relation, Structure
from ragzip.text.structure.parts import Parts

__all__ = ["read", "recognises"]

_COMMIT = pattern_of(
    r"^commit [0-9a-f]{7,64}(?: \([^\n]{1,300}\))?[ \t]*\r?\n(?=(?:Merge|Author|AuthorDate|Commit): )", re.MULTILINE
)
_LINE = pattern_of(r"[^\n]+")
_HEAD_LINE = pattern_of(r"[A-Z][A-Za-z]{3,12}:\s")
_GAP = pattern_of(r"\n[ \t\r]*\n")
_PATCH = pattern_of(r"^diff --", re.MULTILINE)
_MAX_CHARACTERS_OF_RECORD = 600


def recognises(source: str) -> bool:
    """Whether a text of an unknown type surely is a list of commits: it begins with one, and shows no changes."""
    return _COMMIT.match(source.lstrip()) is not None and _PATCH.search(source) is None


def read(source: str, longest_unit: int = _MAX_CHARACTERS_OF_RECORD) -> Structure | None:
    """The structure of a list of commits; None of a text without.

    :param longest_unit: characters of the longest commit that is one unit.
    """
    starts = [match.start() for match in _COMMIT.finditer(source)]
    if not starts:
        return None
    parts = Parts(source)
    parts.add_prose(0, starts[0])
    for start, end in pairwise([*starts, len(source)]):
        if len(source[start:end].strip()) <= longest_unit:
            parts.add(start, end, is_record=True)
        else:
            _add_lines(parts, start, end)
    return Structure("commits", parts.closed(), PlainForm(source), opened=partial(read, source))


def _add_lines(parts: Parts, start: int, end: int) -> None:
    """Add the commit line, which comes with others alone, the lines of the head, and the paragraphs of the message."""
    first_line, *lines = _LINE.finditer(parts.source, start, end)
    hash_text = first_line.group().partition(" ")[2]  # all of them begin with the word "commit"
    commit = parts.add(*first_line.span(), Relation(section=Span(first_line.end(), end)), reading=hash_text)
    heads = [line for line in lines if _HEAD_LINE.match(line.group())]
    message_start = heads[-1].end() if heads else first_line.end()
    paragraphs = list(_paragraphs(parts.source, message_start, end))
    subject_text = " ".join(parts.source[slice(*paragraphs[0])].split()) if paragraphs else ""
    places = [parts.add(*head.span(), reading=_reading(head.group(), subject_text), is_record=True) for head in heads]
    subject, *body = [parts.add(*paragraph, is_record=True) for paragraph in paragraphs] or [None]
    places += body
    parts.need([place for place in (*places, subject) if place is not None], [] if commit is None else [commit])
    if subject is not None:
        parts.need([place for place in places if place is not None], [subject])


def _reading(line: str, subject_text: str) -> str:
    """A line of the head as a model reads it: parents say nothing of what a commit is about."""
    return line if line.startswith("Merge:") else f"{subject_text}: {line}"


def _paragraphs(source: str, start: int, end: int) -> Iterator[Span]:
    """The paragraphs of a message, which is indented."""
    paragraph_start = start
    for gap in _GAP.finditer(source, start, end):
        if source[paragraph_start : gap.start()].strip():
            yield Span(paragraph_start, gap.start())
        paragraph_start = gap.end()
    if source[paragraph_start:end].strip():
        yield Span(paragraph_start, end)
