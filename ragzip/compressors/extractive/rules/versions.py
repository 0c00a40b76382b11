"""What a list of changes says of one thing under several versions: the newest is how it is, "raised to 60 s" in 3.0,
not "now 30 s" in 2.4. Models that read meaning prefer the one whose words are closest to the query.
"""

from __future__ import annotations

import re
from collections.abc import Set

from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.compressors.outline import Outline
from ragzip.compressors.relevance import Scores
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.needs.changes import things

__all__ = ["with_newest_versions"]

_ABOVE = 1 + 1e-6  # the score of an older statement: where one of them fits, it is the newest one
_SHARE_OF_BEST = 0.2  # of the best score: what is less is no answer
_MIN_SHARED = 2  # words of the query, or all that it has
_MIN_VERSIONS = 2
_MAX_STATEMENTS = 40
_VERSION = pattern_of(
    r"[\s#=*]{0,8}(?P<sign>\[|v\.?[ ]?|(?:version|release|ver\.)[ ][vV]?)?"
    r"(?P<version>\d{1,4}(?:\.\d{1,4}){1,3}|(?P<day>\d{4}-\d\d-\d\d))(?![\w.]*\w)[^.!?\n]{0,40}$",
    re.IGNORECASE | re.MULTILINE,
)
_ASKS_FOR_ANOTHER = pattern_of(  # for a time or a version, or for how it was
    r"\d\.\d|\b(?:19|20)\d\d\b|\b(?:since|until|before|after|history|changed?|changes|first|original|originally|previous"
    r"|previously|former|formerly|old|older|earlier|were|did|used to|(?:which|what) (?:version|release)"
    r"|was(?!\s(?:ist|sind|kostet|bedeutet|gilt|passiert|macht|kann|muss|soll|wird)\b)"
    r"|seit|früher|zuerst|war|waren|geändert|welcher version|depuis|avant|était|quelle version|desde|antes|era"
    r"|qué versión|dal|prima|quale versione|sinds|vroeger|welke versie)\b",
    re.IGNORECASE,
)


def with_newest_versions(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """``scores`` of the units of a text, those of the newest statements at least what older ones have that say the same
    words of ``query``, under other versions. As they are where it asks for a version or a time. *Shape:* (n,) both.
    """
    outline, source = text.outline, text.source
    if query is None or not len(scores) or _ASKS_FOR_ANOTHER.search(query):
        return scores
    versions = _versions(outline, source)
    if len(set(versions.values())) < _MIN_VERSIONS:
        return scores
    asked_things = things(query)
    best = float(scores.max())
    all_said = {
        number: things(source[slice(*outline.spans[number])])
        for number in versions
        if outline.relations[number].section is None and scores[number] > 0
    }
    statements = sorted(
        (number for number, said in all_said.items() if said & asked_things), key=lambda number: -scores[number]
    )[:_MAX_STATEMENTS]
    raised = scores.copy()
    for older in sorted(statements, key=versions.__getitem__):
        if raised[older] < _SHARE_OF_BEST * best:
            continue
        for newer in statements:
            if versions[newer] > versions[older] and _is_of_same(all_said[newer], all_said[older], asked_things):
                raised[newer] = max(raised[newer], raised[older] * _ABOVE)
    return raised


def _is_of_same(newer: Set[str], older: Set[str], asked_things: Set[str]) -> bool:
    """Whether a statement says all that is asked and an older one says, and that is enough, or they are much alike."""
    shared = older & asked_things
    is_enough = len(shared) >= min(_MIN_SHARED, len(asked_things)) or 2 * len(newer & older) >= len(older)
    return newer >= shared and is_enough


def _versions(outline: Outline, source: str) -> dict[int, tuple[int, ...]]:
    """The version or the day that each unit stands under, or begins with, by its number; none of a text whose headings
    are not those of a list of changes: numbers of sections go up.
    """
    heads = {relation.head for relation in outline.relations}
    version_of_unit: dict[int, tuple[int, ...] | None] = {}
    own_versions: list[tuple[int, ...]] = []
    has_signs = True
    for number, (span, relation) in enumerate(zip(outline.spans, outline.relations, strict=True)):
        over = relation.heading if relation.heading is not None else relation.head
        may_have = relation.section is not None or number in heads or "\n" in source[span.start : span.end]
        version = _VERSION.match(source, span.start, span.end) if may_have else None
        if version is not None:
            own_version = tuple(map(int, re.split(r"[.-]", version["version"])))
            version_of_unit[number] = own_version
            own_versions.append(own_version)
            has_signs &= version["sign"] is not None or version["day"] is not None
        elif over is not None and over < number:
            version_of_unit[number] = version_of_unit.get(over)
    if not (has_signs or own_versions == sorted(own_versions, reverse=True)):
        return {}
    return {number: version for number, version in version_of_unit.items() if version is not None}
