"""The reader of transcripts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ragzip.text.forms import PlainForm
from ragzip.text.languages import language_of
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.references.antecedents import antecedents
from ragzip.text.references.ends import ends_in_question
from ragzip.text.references.sentences import begins_with_thing, refers_back
from ragzip.text.spans import Span
from ragzip.text.splitters.prose.breaks import STOP_AT_END
from ragzip.text.splitters.scanner import trim
from ragzip.text.structure.base import Relation, Structure
from ragzip.text.structure.formats.transcript.asking import asks_without_mark
from ragzip.text.structure.formats.transcript.cues import are_surely_cues, read_cues
from ragzip.text.structure.formats.transcript.exchanges import bind_talk, is_media_note, question_of
from ragzip.text.structure.formats.transcript.pleasantries import is_greeting, is_pleasantry
from ragzip.text.structure.formats.transcript.remarks import Remark
from ragzip.text.structure.formats.transcript.turns import Turn, are_surely_turns, turns
from ragzip.text.structure.parts import Parts, sentence_spans

__all__ = ["add_turns", "read", "recognises", "remarks_of"]

_MAX_WORDS_OF_REPLY, _MAX_CHARACTERS_OF_REPLY = 2, 40
_MAX_WORDS_OF_WHOLE_TURN = 8
_MAX_WORDS_OF_MESSAGE = 30  # of a chat, whose sentences need those of which they speak
_MAX_REPLIES = 3  # that follow one another, and need the turn before them
_MAX_TURNS_BACK = 3  # to what "those" are
_MAX_COMPANIONS = 3
_MIN_REMARKS, _MIN_SHARE_PUNCTUATED = 4, 0.6  # of talk that a model reads as prose
_HEADING = pattern_of(r"^[ ]{0,3}#{1,6}[ \t][^\n]*$", re.MULTILINE)
_MARK_OF_PROGRAM = pattern_of(
    r"[(\[<](?:edited|this message was edited|bearbeitet|modifié|editado|modificato|bewerkt|edytowano|изменено)[)\]>]",
    re.IGNORECASE,
)
_SAMPLED_CHARACTERS = 60_000


def recognises(source: str) -> bool:
    """Whether a text of an unknown type has nothing but cues, or turns of speakers."""
    if are_surely_cues(source):
        return True
    sample = source if len(source) <= _SAMPLED_CHARACTERS else source[:_SAMPLED_CHARACTERS].rpartition("\n")[0]
    return are_surely_turns(sample, turns(sample))


def read(source: str) -> Structure | None:
    """The structure of a transcript; None where nobody speaks."""
    if are_surely_cues(source) or source.count("-->") > source.count("\n") / 8:
        return read_cues(source)
    all_turns = turns(source)
    if len(all_turns) < 2:
        return None
    parts = Parts(source)
    parts.add_prose(0, all_turns[0].label.start)
    remarks = remarks_of(parts, all_turns, add_turns(parts, all_turns))
    parts.set_aside((remark.first_unit for remark in remarks if _stands_for_media(remark)), "media")
    parts.set_aside(_pleasantries(parts, remarks), "pleasantry")
    bind_talk(source, remarks, parts.units)
    if not _is_punctuated(remarks):
        parts.set_records(place for remark in remarks for place in range(remark.first_unit, remark.last_unit + 1))
    return Structure("transcript", parts.closed(), PlainForm(source))


def remarks_of(parts: Parts, all_turns: Sequence[Turn], places: Sequence[range]) -> list[Remark]:
    """The remarks of the turns that have words; ``places`` are those of the units of each turn."""
    remarks: list[Remark] = []
    part = 0
    for turn, places_of_turn in zip(all_turns, places, strict=True):
        if places_of_turn and not turn.is_event:
            first, last = places_of_turn[0], places_of_turn[-1]
            body_end, headings = _headings_after(parts.source, turn)
            words = parts.source[turn.label.end : body_end].strip()
            first_words = min(first + 1, last) if parts.units[first].relation.section is not None else first
            question = question_of(parts.source, parts.units, first_words, last)
            if question is None and asks_without_mark(words):
                question = last
            remarks.append(Remark(turn.name, words, first_words, last, part, question))
            part += len(headings)
    return remarks


def add_turns(parts: Parts, all_turns: Sequence[Turn]) -> list[range]:
    """The places of the units of each turn, which go to ``parts``."""
    places: list[range] = []
    spoken: list[range] = []
    heading: int | None = None
    is_after_heading = False
    for turn in all_turns:
        body_end, headings = _headings_after(parts.source, turn)
        first = len(parts)
        last_places = _add_turn(parts, turn, body_end, [] if is_after_heading else spoken)
        is_after_heading = bool(headings)
        if heading is not None:
            for place in range(first, len(parts)):
                unit = parts.units[place]
                if unit.relation.heading is None:
                    parts.units[place] = unit.related(heading=heading)
            section = parts.units[heading].relation.section
            assert section is not None
            parts.lead(heading, section.start, turn.end)
        places.append(last_places)
        if not turn.is_event:
            spoken.append(last_places)
        for span in headings:
            heading = parts.add(*span, Relation(section=Span(span.end, span.end)))
    return places


def _is_punctuated(remarks: Sequence[Remark]) -> bool:
    """Whether most remarks end as sentences do: lines of a chat often do not."""
    punctuated = sum(STOP_AT_END.search(remark.words) is not None for remark in remarks)
    return len(remarks) < _MIN_REMARKS or punctuated >= _MIN_SHARE_PUNCTUATED * len(remarks)


def _headings_after(source: str, turn: Turn) -> tuple[int, list[Span]]:
    """The end of the words of a turn, and the headings of Markdown after it."""
    headings: list[Span] = []
    for heading in _HEADING.finditer(source, *turn.body):
        if not headings and trim(source, turn.body.start, heading.start()) is None:
            continue
        headings.append(Span(heading.start(), heading.end()))
    first = headings[0].start if headings else turn.end
    is_last = not headings or trim(source, headings[-1].end, turn.end) is None
    return (first, headings) if is_last else (turn.end, [])


def _add_turn(parts: Parts, turn: Turn, end: int, places_before: Sequence[range]) -> range:
    """The places of the units of a turn: one, or its label and its sentences, which need it."""
    body = trim(parts.source, turn.label.end, end)
    if body is None:
        place = parts.add(*turn.label)
        return range(0) if place is None else range(place, place + 1)
    text = parts.source[slice(*body)]
    sentences = [] if "\n\n" in text and not turn.is_event else [body]
    if sentences and not turn.is_event and len(text.split()) > _MAX_WORDS_OF_WHOLE_TURN:
        sentences = _with_marks(parts.source, sentence_spans(parts.source, *body))
    refers = not turn.is_event and begins_with_thing(text)
    if len(sentences) == 1 and not refers:
        place = parts.add(turn.label.start, body.end)
        assert place is not None
        if not turn.is_event:
            _need_turn_before(parts, place, parts.source[slice(*body)], places_before)
        return range(place, place + 1)
    label = parts.add(*turn.label, Relation(section=body))
    assert label is not None
    if not sentences:  # of several paragraphs
        parts.add_prose(*body, needs=(label,))
    for sentence in sentences:
        parts.add(*sentence, Relation(needs=(label,)), reading=_reading(parts.source, turn, sentence))
    is_message = turn.is_stamped and len(text.split()) <= _MAX_WORDS_OF_MESSAGE
    _bind_antecedents(parts, label + 1, is_message=is_message)
    if refers:
        _accompany_by_turn_before(parts, label + 1, places_before)
    return range(label, len(parts))


def _with_marks(source: str, sentences: Sequence[Span]) -> list[Span]:
    """The ``sentences``, the last with the mark that a program adds after it: "(edited)"."""
    if len(sentences) > 1 and _MARK_OF_PROGRAM.fullmatch(source, *sentences[-1]):
        return [*sentences[:-2], Span(sentences[-2].start, sentences[-1].end)]
    return list(sentences)


def _bind_antecedents(parts: Parts, first: int, *, is_message: bool) -> None:
    """Let the sentences of a turn, from the unit at ``first`` on, be kept with their antecedents: in a short message
    they need them.
    """
    sentences = [parts.source[slice(*unit.span)] for unit in parts.units[first:]]
    for number, numbers_before in antecedents(sentences, language_of(parts.source)):
        places_before = [first + before for before in numbers_before]
        if is_message:
            parts.need([first + number], places_before)
        else:
            unit = parts.units[first + number]
            companions = (*unit.relation.companions, *places_before)
            parts.units[first + number] = unit.related(companions=companions)


def _accompany_by_turn_before(parts: Parts, place: int, places_before: Sequence[range]) -> None:
    """Let a sentence that begins with "those" or "it" be kept with the end of the turn before it."""
    before = next((turn for turn in places_before[: -_MAX_TURNS_BACK - 1 : -1] if _says_something(parts, turn)), None)
    if before is None:
        return
    last_unit = parts.units[before[-1]]
    companions = [before[-1], *last_unit.relation.companions]
    if len(before) > 2 and not last_unit.relation.companions and refers_back(parts.source[slice(*last_unit.span)]):
        companions.append(before[-2])
    unit = parts.units[place]
    companions = companions[:_MAX_COMPANIONS]
    parts.units[place] = unit.related(companions=tuple(companions))


def _stands_for_media(remark: Remark) -> bool:
    """Whether a message stands in the place of a picture, a file or a deleted one; an emoji is a reply."""
    is_one_unit = remark.first_unit == remark.last_unit
    return is_one_unit and is_media_note(remark.words) and any(map(str.isalpha, remark.words))


def _pleasantries(parts: Parts, remarks: Sequence[Remark]) -> Iterator[int]:
    """The places of units that say nothing but "Hey!", or "Thanks, John!" where that answers no question."""
    is_answer = False
    for remark in remarks:
        for place in range(remark.first_unit, remark.last_unit + 1):
            unit = parts.units[place]
            is_whole = remark.first_unit == remark.last_unit
            words = remark.words if is_whole else parts.source[slice(*unit.span)]
            says_little = is_greeting(words) or (not is_answer and is_pleasantry(words))
            if unit.aside is None and unit.relation.section is None and says_little:
                yield place
        is_answer = remark.question is not None


def _says_something(parts: Parts, places: range) -> bool:
    """Whether a turn has more than a word or two, or a picture."""
    if len(places) != 1:
        return bool(places)
    words = parts.source[slice(*parts.units[places[0]].span)].rpartition(":")[2].strip()
    return ends_in_question(words) or not (len(words.split()) <= _MAX_WORDS_OF_REPLY or is_media_note(words))


def _reading(source: str, turn: Turn, sentence: Span) -> str | None:
    """A sentence with the name of its speaker."""
    return f"{turn.name}: {source[slice(*sentence)]}" if turn.name else None


def _need_turn_before(parts: Parts, place: int, words: str, places_before: Sequence[range]) -> None:
    """Let a reply of a word or two need the last sentence before it; the answer to a question counts as that does."""
    is_picture = is_media_note(words) and any(map(str.isalpha, words))  # an emoji is a reply
    is_reply = len(words.split()) <= _MAX_WORDS_OF_REPLY and len(words) <= _MAX_CHARACTERS_OF_REPLY and not is_picture
    if not is_reply or not places_before or not places_before[-1]:
        return
    before = places_before[-1][-1]
    if _length_of_chain(parts, before) >= _MAX_REPLIES:
        return
    parts.need([place], [before])
    if ends_in_question(parts.source[slice(*parts.units[before].span)]):
        unit = parts.units[place]
        parts.units[place] = unit.related(head=before)


def _length_of_chain(parts: Parts, place: int) -> int:
    """The number of replies that follow one another up to ``place``, each of which needs the one before."""
    length = 0
    while length < _MAX_REPLIES and (needs := parts.units[place].relation.needs) and needs[0] == place - 1:
        if parts.units[needs[0]].relation.section is not None:
            break
        place = needs[0]
        length += 1
    return length
