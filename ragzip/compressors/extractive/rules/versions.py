"""Rules for a list of changes that states one thing under several versions, and for documents of one name and several
years or versions: the newest is valid, "raised to 60 s" in 3.0, not "now 30 s" in 2.4; "Fees 2024", not "Fees 2021".
Models that read meaning prefer the one whose words are closest to the query.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from ragzip.compressors.extractive.rules.text_units import TextUnits, just_above
from ragzip.compressors.outline import Outline
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.months import MONTHS
from ragzip.text.quantities.recurring import months_in
from ragzip.text.scores import Scores
from ragzip.text.structure.needs.revisions import things

__all__ = ["with_newest_versions"]

_SHARE_OF_BEST = 0.2  # of the best score: what is less is no answer
_MIN_SHARED = 2  # words of the query, or all that it has
_MIN_VERSIONS = 2
_MAX_STATEMENTS = 40
_MAX_OPENING_CHARACTERS = 100
_PARTS_OF_DAY, _LEAST_YEAR = 3, 1900
_VERSION = pattern_of(
    r"[\s#=*]{0,8}(?P<sign>\[|v\.?[ ]?|(?:version|release|ver\.)[ ][vV]?)?"
    r"(?P<version>\d{1,4}(?:\.\d{1,4}){1,3}|(?P<day>\d{4}-\d\d-\d\d))(?![\w.]*\w)[^.!?\n]{0,40}$",
    re.IGNORECASE | re.MULTILINE,
)
_IN_TITLE = pattern_of(
    rf"(?<![\d.])(?:(?:\d{{1,2}}\.?\s)?(?P<month>{MONTHS})\s)?(?P<year>(?:19|20)\d\d)(?:/\d\d)?(?![\d.-]*\d)"
    r"|(?<![\w.])(?:(?i:v|version|release|ver\.|edition|revision|rev\.)\s?)?(?P<version>\d{1,4}(?:\.\d{1,4}){1,3}"
    r"|\d{4}-\d\d(?:-\d\d)?|(?<=[vV])\d{1,3}|(?<=(?i:version|edition|release)\s)\d{1,3})(?![\w.]*\w)"
)
_ASKS_FOR_ANOTHER = pattern_of(  # for a time or a version, or for how it was
    r"\d\.\d|\b(?:19|20)\d\d\b|\b(?:since|until|before|after|history|changed?|changes|first|original|originally|previous"
    r"|previously|former|formerly|old|older|earlier|were|did|used to|(?:which|what) (?:version|release)"
    r"|was(?!\s(?:ist|sind|kostet|bedeutet|gilt|passiert|macht|kann|muss|soll|wird)\b)"
    r"|seit|früher|zuerst|war|waren|geändert|welcher version|depuis|avant|était|quelle version|desde|antes|era"
    r"|qué versión|dal|prima|quale versione|sinds|vroeger|welke versie)\b",
    re.IGNORECASE,
)


_ASKS_FOR_LATEST = pattern_of(  # of all versions
    r"\b(?:latest|newest|most recent|neueste[nrms]?|letzte[nrms]?|aktuelle[nrms]?|dernière|plus récente|última"
    r"|más reciente|ultima|più recente|nieuwste|laatste)\s(?:\w{1,20}\s){0,2}?"
    r"(?:versions?|releases?|versión|versione|versie)\b"
    r"|\bversi[oó]n\s(?:la plus récente|más reciente)\b",
    re.IGNORECASE,
)


class _Place(NamedTuple):
    """A unit of a text."""

    text: int
    unit: int


def with_newest_versions(query: str | None, texts: Sequence[TextUnits], scores: Sequence[Scores]) -> list[Scores]:
    """The scores of the units of all texts, with the newest statements at least as high as older ones that share the
    same words with ``query``: under other versions in one text, or in documents whose titles differ in their version
    alone. The scores are unchanged where the query asks for a version or a time; where it asks for the latest version,
    the best statement below that is the best one. *Shape:* (n_i,) each, for each text, both.
    """
    raised = list(scores)
    if query is not None and _ASKS_FOR_LATEST.search(query):
        return [_with_latest(text, text_scores) for text, text_scores in zip(texts, scores, strict=True)]
    if query is None or _ASKS_FOR_ANOTHER.search(query):
        return raised
    asked_things = things(query)
    inside_texts = (
        {_Place(number, unit): version for unit, version in _versions(text.outline, text.source).items()}
        for number, text in enumerate(texts)
    )
    for versions in (*inside_texts, *_versions_of_titles(texts)):
        if len(set(versions.values())) >= _MIN_VERSIONS:
            _raise_newest(asked_things, versions, texts, raised)
    return raised


def _with_latest(text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units of a list of changes, with the best one below the newest version as the best of all."""
    versions = _versions(text.outline, text.source)
    if len(set(versions.values())) < _MIN_VERSIONS:
        return scores
    newest = max(versions.values())
    relations = text.outline.relations
    units = [unit for unit, version in versions.items() if version == newest and relations[unit].section is None]
    if not units:
        return scores
    raised = scores.copy()
    raised[max(units, key=scores.__getitem__)] = just_above(float(scores.max()))
    return raised


def _raise_newest(
    asked_things: Set[str],
    versions: Mapping[_Place, tuple[int, ...]],
    texts: Sequence[TextUnits],
    scores: list[Scores],
) -> None:
    """Raise each of ``scores`` of a newer statement to that of the older one of the same in place."""
    versioned_texts = {place.text for place in versions}
    best = max(float(scores[number].max()) for number in versioned_texts)
    all_said = {
        place: things(texts[place.text].source[slice(*texts[place.text].outline.spans[place.unit])])
        for place in versions
        if texts[place.text].outline.relations[place.unit].section is None and scores[place.text][place.unit] > 0
    }
    statements = sorted(
        (place for place, said in all_said.items() if said & asked_things),
        key=lambda place: -scores[place.text][place.unit],
    )[:_MAX_STATEMENTS]
    for number in versioned_texts:
        scores[number] = scores[number].copy()
    for older in sorted(statements, key=versions.__getitem__):
        score = scores[older.text][older.unit]
        if score < _SHARE_OF_BEST * best:
            continue
        for newer in statements:
            if versions[newer] > versions[older] and _is_of_same(all_said[newer], all_said[older], asked_things):
                scores[newer.text][newer.unit] = max(scores[newer.text][newer.unit], just_above(score))


def _versions_of_titles(texts: Sequence[TextUnits]) -> Iterator[dict[_Place, tuple[int, ...]]]:
    """The versions of the units of the documents that have one name, each that of its title."""
    versions_by_name: defaultdict[str, dict[int, tuple[int, ...]]] = defaultdict(dict)
    for number, text in enumerate(texts):
        title = text.title or _opening(text)
        versions = [_version_of(match) for match in _IN_TITLE.finditer(title)]
        if len(versions) == 1:
            versions_by_name[_IN_TITLE.sub("#", title).casefold()][number] = versions[0]
    for versions_by_text in versions_by_name.values():
        if len(set(versions_by_text.values())) >= _MIN_VERSIONS:
            yield {
                _Place(number, unit): version
                for number, version in versions_by_text.items()
                for unit in range(len(texts[number].outline.spans))
            }


def _opening(text: TextUnits) -> str:
    """The first unit of a text, where it is short enough for a title: "Expense policy, effective 1 May 2021."."""
    opening = text.source[slice(*text.outline.spans[0])] if text.outline.spans else ""
    return opening if len(opening) <= _MAX_OPENING_CHARACTERS else ""


def _version_of(match: re.Match[str]) -> tuple[int, ...]:
    """The parts of a version or a day, or the year, with its month where it is named."""
    if match["year"] is None:
        parts = tuple(map(int, re.split(r"[.-]", match["version"])))
        is_day_first = len(parts) == _PARTS_OF_DAY and parts[-1] >= _LEAST_YEAR > parts[0]
        return parts[::-1] if is_day_first else parts
    month = match["month"]
    return (int(match["year"]), *months_in(month)) if month else (int(match["year"]),)


def _is_of_same(newer: Set[str], older: Set[str], asked_things: Set[str]) -> bool:
    """Whether a newer statement has all query words of the older one, except numbers, which may have changed, and
    either these words suffice or the two are similar.
    """
    shared = older & asked_things
    is_enough = len(shared) >= min(_MIN_SHARED, len(asked_things)) or 2 * len(newer & older) >= len(older)
    return {thing for thing in shared if not thing.isdecimal()} <= newer and is_enough


def _versions(outline: Outline, source: str) -> dict[int, tuple[int, ...]]:
    """The version or the day that each unit is under, or begins with, by the number of the unit; none for a text whose
    headings are not those of a list of changes: numbers of sections go up.
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
