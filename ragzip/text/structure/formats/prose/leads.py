"""Lead-ins of prose, and titles and names of lines: what they lead to, and whether they say something by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span, column_of
from ragzip.text.splitters import SplitUnit
from ragzip.text.splitters.headings.plain import is_worded_as_title
from ragzip.text.splitters.prose.breaks import SENTENCE_STOPS, ends_in_term, ends_openly
from ragzip.text.structure.base import Item, StructuredUnit
from ragzip.text.structure.needs.exceptions import EXCEPTIONS

__all__ = [
    "ENDS_OF_LEADS",
    "closing_title",
    "end_of",
    "end_of_led",
    "is_exception",
    "leads_only",
    "names_of_lines",
    "paragraphs_of_lines",
    "says_nothing_alone",
    "span_of",
    "titles_of_lines",
    "with_records",
]

_LABELLED = pattern_of(r"[^\W\d_][^:：\n]{1,40}[:：]\s+\S")  # "STOPPED: ibuprofen"
_HANGING = frozenset(["item", "header", "delimiter", "row", "record", "code", "json"])  # what a lead-in leads to
ENDS_OF_LEADS = (":", "：", "—")  # of Markdown
_MAX_NAME_WORDS = 4  # of the first line of a paragraph, which names what the others are of
_MAX_WORDS_OF_HEAD = 9  # of a line apart from a list, which says nothing alone: "What you cannot bring"
_MIN_NAMED = 2
_MIN_SHARE_OF_NAMED = 0.6  # of the paragraphs of lines
_ENDS_OF_STATEMENTS = f"{SENTENCE_STOPS}\"'”“’»«)]"  # a lead-in that ends otherwise says nothing by itself
_OF_ALL_SECTIONS = pattern_of(  # a title after the last section
    r"(?:actions?(?: (?:items?|points?|list))?|(?:open )?tasks|to-?dos?|next (?:steps|meeting)|decisions|summary"
    r"|attachments|appendices|annexes|signatures?|contacts?|references|sources|distribution"
    r"|aufgaben|maßnahmen|nächste (?:schritte|sitzung)|beschlüsse|anlagen|unterschriften|kontakt|quellen|verteiler"
    r"|prochaines? (?:étapes|réunion)|décisions|annexes|tâches|acciones|tareas|próximos pasos|próxima reunión"
    r"|decisiones|anexos|firmas|azioni|prossimi passi|prossima riunione|decisioni|allegati|firme"
    r"|actiepunten|acties|volgende (?:stappen|vergadering)|besluiten|bijlagen|bronnen)\s?:?",
    re.IGNORECASE,
)


def is_exception(text: str, part: SplitUnit) -> bool:
    """Whether a statement between two items excepts something from what stands above it, and introduces nothing."""
    return text[part.end - 1] in _ENDS_OF_STATEMENTS and EXCEPTIONS.match(text, part.start) is not None


def end_of(parts: Sequence[SplitUnit], first: int, kinds: frozenset[str] | set[str]) -> int:
    """The first place from ``first`` on of a unit of another kind."""
    while first < len(parts) and parts[first].kind in kinds:
        first += 1
    return first


def span_of(parts: Sequence[SplitUnit], first: int, end: int) -> Span:
    """The text of the units from ``first`` up to ``end``; an empty span after the one before where there are none."""
    if first < end:
        return Span(parts[first].start, parts[end - 1].end)
    return Span(parts[first - 1].end, parts[first - 1].end)


def end_of_led(text: str, parts: Sequence[SplitUnit], lead: int) -> int:
    """The place after what a lead-in introduces: items, rows and code, or the next paragraph."""
    end = end_of(parts, lead + 1, _HANGING)
    column, first_column = (column_of(text, parts[min(number, len(parts) - 1)].start) for number in (lead, lead + 1))
    for number in range(lead + 2, end):
        if parts[number].kind == "record" and column_of(text, parts[number].start) <= column < first_column:
            return number  # it stands beside the lead-in
        if (parts[number - 1].kind, parts[number].kind) == ("item", "record") and _LABELLED.match(
            text, *parts[number].span
        ):
            return number  # the same, where the list is not indented
        is_apart = text.count("\n", parts[number - 1].end, parts[number].start) > 1
        if is_apart and {parts[number - 1].kind, parts[number].kind} == {"record", "item"}:
            return number  # a list of its own, after lines of another kind, or such lines after the list
        if is_apart and parts[number].kind == "record" and text[parts[lead].end - 1] not in ":：":
            return number  # a line without a colon heads one paragraph of lines
    if end > lead + 1 or end == len(parts) or parts[end].kind != "sentence":
        return end
    end += 1
    while (
        end < len(parts) and parts[end].kind == "sentence" and "\n\n" not in text[parts[end - 1].end : parts[end].start]
    ):
        end += 1
    return end


def says_nothing_alone(text: str, lead: SplitUnit, below: SplitUnit) -> bool:
    """Whether a lead-in is no statement without what follows it."""
    if text[lead.end - 1] in _ENDS_OF_STATEMENTS:
        return False
    is_apart = text.count("\n", lead.end, below.start) > 1
    lead_text = lead.text_in(text)
    is_short = len(lead_text.split()) <= _MAX_WORDS_OF_HEAD and "\n" not in lead_text
    is_cut = is_apart and text[below.start].islower()
    return (
        lead_text[-1] in ":："
        or is_cut
        or ends_openly(lead_text)
        or is_short
        or not (is_apart or ends_in_term(lead_text))
    )


def leads_only(text: str, lead: Span, start_below: int) -> bool:
    """Whether a line of Markdown is no statement without what begins below it: it is open, or a title right above."""
    lead_text = text[slice(*lead)]
    if lead_text[-1] in ENDS_OF_LEADS or ends_openly(lead_text):
        return True
    is_apart = text.count("\n", lead.end, start_below) > 1
    return not is_apart and is_worded_as_title(lead_text, alone=True)


def titles_of_lines(text: str, parts: Sequence[SplitUnit]) -> dict[int, int]:
    """The place of the heading in capital letters that leads to each line of its paragraph, by the place of the line:
    "EDUCATION" above schools.
    """
    titles: dict[int, int] = {}
    title: int | None = None
    for number, part in enumerate(parts):
        if part.kind == "heading":
            title = number if part.text_in(text).isupper() else None
        elif title is not None and text.count("\n", parts[number - 1].end, part.start) > 1:
            title = None
        elif title is not None and (part.kind == "record" or ends_in_term(part.text_in(text))):
            titles[number] = title
    return titles


def names_of_lines(text: str, parts: Sequence[SplitUnit]) -> dict[int, tuple[int]]:
    """The place of the first line of its paragraph, by the place of each other one, where most paragraphs of lines
    begin with a name of what the others are of: "Room B" above the talks there, "Warehouse" above its address.
    """
    paragraphs = [(first, end) for first, end in paragraphs_of_lines(text, parts) if end > first + 1]
    named = [(first, end) for first, end in paragraphs if _begins_with_name(text, parts[first:end])]
    if len(named) < max(_MIN_NAMED, _MIN_SHARE_OF_NAMED * len(paragraphs)):
        return {}
    return {number: (first,) for first, end in named for number in range(first + 1, end)}


def with_records(units: list[StructuredUnit], names: Mapping[int, tuple[int]]) -> list[StructuredUnit]:
    """``units``, lines below a name, and that, as records of one list: a query may name one.

    :param names: see :func:`names_of_lines`.
    """
    firsts = sorted({first for (first,) in names.values()})
    places = {first: place for place, first in enumerate(firsts)}
    if places:
        list_span = Span(units[firsts[0]].start, units[max(names)].end)
        for number in (*firsts, *names):
            place = places[names.get(number, (number,))[0]]
            units[number] = units[number]._replace(items=(Item(list_span, place, len(firsts)),))
    return units


def _begins_with_name(text: str, parts: Sequence[SplitUnit]) -> bool:
    """Whether the first of some lines is a name, and the others are not like it: they have figures or more words."""
    name, *lines_below = (part.text_in(text) for part in parts)
    if not name[0].isalpha() or name[0].islower() or not (name[-1].isalnum() or name[-1] == ")") or "\n" in name:
        return False
    words = name.split()
    if len(words) > _MAX_NAME_WORDS or not any(map(str.isalpha, words)):
        return False
    if any(map(str.isdigit, name[:-3])):
        return all(len(line.split()) > len(words) for line in lines_below)
    with_figures = sum(any(map(str.isdigit, line)) for line in lines_below)
    return 2 * with_figures >= len(lines_below) or all(len(line.split()) > len(words) for line in lines_below)


def paragraphs_of_lines(text: str, parts: Sequence[SplitUnit]) -> Iterator[tuple[int, int]]:
    """The first place and the place after the last of the lines of each paragraph that begins with one."""
    first = 0
    for number in range(1, len(parts) + 1):
        is_end = number == len(parts) or parts[number].kind not in ("record", "sentence")
        if is_end or parts[first].kind != "record" or text.count("\n", parts[number - 1].end, parts[number].start) != 1:
            if parts[first].kind == "record":
                yield first, number
            first = number


def closing_title(text: str, parts: Sequence[SplitUnit]) -> int:
    """The place of the line, after the last heading, that begins a part on all sections, such as "Action items"; the
    number of parts without one.
    """
    titles = [
        number
        for number, part in enumerate(parts)
        if number
        and text.count("\n", parts[number - 1].end, part.start) > 1
        and _OF_ALL_SECTIONS.fullmatch(text, *part.span)
    ]
    last_heading = max((number for number, part in enumerate(parts) if part.kind == "heading"), default=len(parts))
    return titles[0] if len(titles) == 1 and titles[0] > last_heading else len(parts)
