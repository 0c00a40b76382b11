"""Questions in talk with their replies: a question alone lets another reply be read as its answer. Statements that
their speaker takes back, with the corrections.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain

from ragzip.text.auxiliaries import AUXILIARY
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.references.ends import ends_in_question
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.formats.transcript.asking import asks_anyone, asks_without_mark, declines
from ragzip.text.structure.formats.transcript.outdated import changed_values, contradicted_replies, echoes, stands_alone
from ragzip.text.structure.formats.transcript.promises import broken_promises
from ragzip.text.structure.formats.transcript.remarks import Remark
from ragzip.text.structure.needs.revisions import Withdrawal, withdrawal
from ragzip.text.structure.parts import with_needs

__all__ = ["bind_talk", "is_media_note", "question_of", "remark_asks", "retractions"]

_MEDIA_NOTE = pattern_of(  # in the place of a picture or a file; brackets and signs without a word
    r"\u200e?(?:<[^<>\n]{1,80}>|\[[^\[\]\n]{1,80}\]|\([^()\n]{1,80}\)|[^\w\n?？؟]{1,40}"
    r"|(?:image|video|audio|sticker|gif|document|contact card|bild|audio|imagen|immagine|imagem)"
    r" (?:omitted|weggelassen|omitid[oa]|omess[oa]|ocultad[oa])|\S{1,80} \(file attached\)"
    r"|(?:this message was deleted|you deleted this message|missed (?:voice|video) call)\.?)",
    re.IGNORECASE,
)
_ASKED_BEFORE_MORE = pattern_of(r"[?？؟][\"'”“’»«)\]*_]{0,4}\s")
_VERDICT = pattern_of(
    r"(?:yes|yeah|yep|no|nope|not|true|false|right|sure|never|neither|none|ja|nein|doch|oui|non|si|sí|sì|sim|não|nee|да|нет)\b"
    rf"|(?:I|we|you|he|she|it|they) (?:am|{AUXILIARY})"
    r"(?:n?['’]?t|not| not)?(?: too| as well| either)?\s?(?:[,.;:!–—-]|$)",  # "I can't, my car is broken"
    re.IGNORECASE,
)
_VERDICT_AND_MORE = pattern_of(  # "Yes, I have cleaned it just before the race."
    r"(?:yes|yeah|yep|no|nope|ja|nein|doch|oui|non|si|sí|sì)\b\s?[,.;:!–—-]\s?"
    r"(?:I|we|you|he|she|it|they|there|ich|wir|du|er|sie|es|je|tu|il|elle|on|nous|vous|ils|elles|yo)\b",
    re.IGNORECASE,
)
_MAX_WORDS_OF_SHORT_REPLY = 6
_MIN_WORDS_OF_FURTHER_REPLY = 3  # one of fewer speaks of what is said right before it
_MAX_TURNS_BETWEEN = 3
_MAX_WORDS_AFTER_QUESTION = 8  # of the same message: "Who can drive? I have room for three."
_MAX_CHARACTERS_AFTER_QUESTION = 120
_MAX_WORDS_OF_NEXT_REPLY, _MAX_WORDS_OF_ITS_QUESTION = 25, 25
_MAX_FURTHER_MESSAGES = 2  # of a reply
_MAX_TURNS_TO_RETRACTION = 6
_MAX_RETRACTIONS = 3  # of one statement, each of the one before
_MAX_UNITS_TO_RETRACTION = 3  # of the remark that it is in
_MAX_WORDS_WITHOUT_CORRECTION = 4  # "sorry, wrong"


def remark_asks(words: str) -> bool:
    """Whether words end in a question, or in one with a few words after it."""
    if ends_in_question(words) or asks_without_mark(words):
        return True
    *_, behind = _ASKED_BEFORE_MORE.split(words[-_MAX_CHARACTERS_AFTER_QUESTION:])
    return len(behind) < min(len(words), _MAX_CHARACTERS_AFTER_QUESTION) and (
        len(behind.split()) <= _MAX_WORDS_AFTER_QUESTION
    )


def question_of(source: str, units: Sequence[StructuredUnit], first: int, last: int) -> int | None:
    """The unit, from ``first`` to ``last``, of the question that is asked there: the last one, or one with a few words
    after it; None where nothing is asked.
    """
    words_after = 0
    for place in range(last, first - 1, -1):
        words = source[slice(*units[place].span)]
        if ends_in_question(words) or (place == last and remark_asks(words)):
            return place
        words_after += len(words.split())
        if words_after > _MAX_WORDS_AFTER_QUESTION:
            break
    return None


def is_media_note(words: str) -> bool:
    """Whether words stand in the place of a picture or a file, or are none."""
    return _MEDIA_NOTE.fullmatch(words) is not None


def bind_talk(source: str, remarks: Sequence[Remark], units: list[StructuredUnit]) -> None:
    """Let questions and their replies, and retracted statements and their corrections, be kept together; changes
    ``units``.
    """
    spans = [unit.span for unit in units]
    remark_by_first_unit = {remark.first_unit: remark for remark in remarks}
    for place, needed in _exchanges(source, remarks, spans):
        later_remark = remark_by_first_unit.get(max(place, needed))
        if needed < place and later_remark is not None and _says_more(source, later_remark, spans):
            units[place] = units[place].related(companions=(*units[place].relation.companions, needed))
            continue
        units[place] = with_needs(units[place], [needed])
        if place < needed and later_remark is not None:
            units[place] = units[place].related(answers=tuple(range(needed, later_remark.last_unit + 1)))
    for place, reply in chain(_next_replies(source, remarks, spans), _further_messages(remarks)):
        units[place] = units[place].related(companions=(*units[place].relation.companions, *reply))
    _bind_outdated(remarks, units, list(retractions(source, remarks, spans)))


def _bind_outdated(
    remarks: Sequence[Remark], units: list[StructuredUnit], retraction_needs: Sequence[tuple[int, int]]
) -> None:
    """Let outdated statements, their repetitions and the questions that they answer need the later remark. The remark
    scores as high as the question, and can be read without the outdated one where it states by itself what holds;
    changes ``units``.

    :param retraction_needs: units with one that each needs, by place.
    """
    remark_of_unit = {
        place: number
        for number, remark in enumerate(remarks)
        for place in range(remark.first_unit, remark.last_unit + 1)
    }
    question_of_reply = {
        reply: remark.question
        for number, remark in enumerate(remarks)
        if remark.question is not None and (reply := next(_replies(remarks, number), None)) is not None
    }
    changes = dict.fromkeys(  # what is outdated, each with the later remark, by number
        chain(
            changed_values(remarks),
            contradicted_replies(remarks, question_of_reply),
            broken_promises(remarks),
        )
    )
    changed_by: defaultdict[int, set[int]] = defaultdict(set)
    for outdated_number, later_number in changes:
        changed_by[later_number].add(outdated_number)
    for place, needed in retraction_needs:
        withdrawn_number, later_number = remark_of_unit[min(place, needed)], remark_of_unit[max(place, needed)]
        if withdrawn_number not in changed_by.get(later_number, (withdrawn_number,)):
            continue  # "14 instead of 12" names another one
        is_answer = withdrawn_number in question_of_reply and stands_alone(remarks[later_number].words)
        if is_answer:
            changes[withdrawn_number, later_number] = None
        if not is_answer or place < needed:
            units[place] = with_needs(units[place], [needed])
    for outdated_number, later_number in list(changes):
        echo_numbers = echoes(remarks, outdated_number, later_number)
        changes |= dict.fromkeys((echo_number, later_number) for echo_number in echo_numbers)
    for outdated_number, later_number in changes:
        first_place, question = remarks[outdated_number].first_unit, question_of_reply.get(outdated_number)
        later_place = remarks[later_number].first_unit
        later_places = [later_place, *range(later_place + 1, min(later_place + 1, remarks[later_number].last_unit) + 1)]
        outdated_places = [*range(first_place, remarks[outdated_number].last_unit + 1)]
        for place in outdated_places if question is None else [*outdated_places, question]:
            units[place] = with_needs(units[place], later_places)
        if units[later_place].relation.head is None:
            head = first_place if question is None else question
            units[later_place] = units[later_place].related(head=head)


def _exchanges(source: str, remarks: Sequence[Remark], spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Pairs of units, by place, the first of which needs the second: a question its reply where that is short, or says
    yes or no, and such a reply its question. A long one may be about something else, where several talk, and is read
    without it.

    :param spans: of all units.
    """
    questions_of_reply: dict[int, int] = {}
    for number, remark in enumerate(remarks):
        if remark.question is None:
            continue
        yield from ((place, remark.question) for place in range(remark.question + 1, remark.last_unit + 1))
        replies = list(_replies(remarks, number))
        if replies and _is_short(source, remarks[replies[0]], spans):
            questions_of_reply[replies[0]] = remark.question  # the last question before it
            yield remark.question, remarks[replies[0]].first_unit
            if (helper := _helping_reply(remarks, number, replies)) is not None:
                questions_of_reply[helper] = remark.question
                yield remark.question, remarks[helper].first_unit
        for reply_number in replies[1:]:
            words = remarks[reply_number].words
            if _VERDICT.match(words) and len(words.split()) >= _MIN_WORDS_OF_FURTHER_REPLY:  # of another of those asked
                questions_of_reply[reply_number] = remark.question
    for reply_number, question in questions_of_reply.items():
        reply = remarks[reply_number]
        yield reply.first_unit, question
        if reply.first_unit < reply.last_unit:
            yield reply.first_unit + 1, reply.first_unit  # it goes on with a word or two


def _helping_reply(remarks: Sequence[Remark], question_number: int, replies: Sequence[int]) -> int | None:
    """The number of the first of the ``replies`` that answers a question to anyone, where the first one declines."""
    if not declines(remarks[replies[0]].words) or not asks_anyone(remarks[question_number].words):
        return None
    return next((number for number in replies[1:] if not declines(remarks[number].words)), None)


def _next_replies(
    source: str, remarks: Sequence[Remark], spans: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, range]]:
    """Questions with the units of the very next remark, of another speaker, where that is brief, if not short: it says
    more than the question does, which is read without it where they do not fit together.

    :param spans: of all units.
    """
    for number, remark in enumerate(remarks):
        if remark.question is not None and next(_replies(remarks, number), None) == number + 1:
            reply = remarks[number + 1]
            if _is_brief_pair(remark, reply) and not _is_short(source, reply, spans):
                yield remark.question, range(reply.first_unit, reply.last_unit + 1)


def _further_messages(remarks: Sequence[Remark]) -> Iterator[tuple[int, range]]:
    """Questions, and the first messages of their replies, each with the units of the brief further ones in which the
    same speaker goes on: "No, it is closed." "I booked for Friday.".
    """
    for number, remark in enumerate(remarks):
        reply_number = None if remark.question is None else next(_replies(remarks, number), None)
        if reply_number is None or not remarks[reply_number].speaker:
            continue
        for further_number in range(reply_number, min(reply_number + _MAX_FURTHER_MESSAGES, len(remarks) - 1)):
            further = remarks[further_number + 1]
            is_brief = len(further.words.split()) <= _MAX_WORDS_OF_NEXT_REPLY and not is_media_note(further.words)
            if further.question is not None or not is_brief or not _goes_on(remarks, further_number):
                break
            places = range(further.first_unit, further.last_unit + 1)
            assert remark.question is not None
            yield remark.question, places
            yield remarks[reply_number].first_unit, places


def retractions(source: str, remarks: Sequence[Remark], spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Pairs of units, by place, the first of which needs the second: words that a speaker takes back, within some
    turns, and the correction.

    :param spans: of all units.
    """
    retraction_counts: dict[int, int] = {}  # up to a remark, each of which takes back the one before
    for number, remark in enumerate(remarks):
        if not remark.speaker or (taking_back := _withdrawal(source, remark, spans)) is None:
            continue
        first, taken_back = taking_back
        said_number = _said(remarks, number, taken_back)
        if said_number is None or retraction_counts.get(said_number, 0) == _MAX_RETRACTIONS:
            continue
        retraction_counts[number] = retraction_counts.get(said_number, 0) + 1
        withdrawn = remarks[said_number]
        places = range(withdrawn.first_unit, withdrawn.last_unit + 1)
        meant = [place for place in places if taken_back.may_mean(source[slice(*spans[place])])] or places
        instead = [first, *range(first + 1, min(first + 1, remark.last_unit) + 1)]
        if len(remark.words.split()) <= _MAX_WORDS_WITHOUT_CORRECTION and _goes_on(remarks, number):
            instead.append(remarks[number + 1].first_unit)
        yield from ((place, later) for place in meant for later in instead)
        yield from ((later, meant[-1]) for later in instead)


def _withdrawal(source: str, remark: Remark, spans: Sequence[tuple[int, int]]) -> tuple[int, Withdrawal] | None:
    """The unit of a remark with which something is taken back, by place, and how."""
    if remark.first_unit == remark.last_unit:
        taken_back = withdrawal(remark.words)
        return None if taken_back is None else (remark.first_unit, taken_back)
    for place in range(remark.first_unit, min(remark.last_unit + 1, remark.first_unit + _MAX_UNITS_TO_RETRACTION)):
        taken_back = withdrawal(source[slice(*spans[place])])
        if taken_back is not None:
            return place, taken_back._replace(words=remark.words)
    return None


def _said(remarks: Sequence[Remark], number: int, taken_back: Withdrawal) -> int | None:
    """The number of the last remark of the same speaker that may be taken back, else of the last one where one surely
    is; None without one.
    """
    remark = remarks[number]
    earlier = [
        before
        for before in range(number - 1, max(number - _MAX_TURNS_TO_RETRACTION, 0) - 1, -1)
        if remarks[before].speaker == remark.speaker
        and remarks[before].part == remark.part
        and not is_media_note(remarks[before].words)
    ]
    meant = next((before for before in earlier if taken_back.may_mean(remarks[before].words)), None)
    return next(iter(earlier), None) if meant is None and taken_back.is_sure else meant


def _goes_on(remarks: Sequence[Remark], number: int) -> bool:
    """Whether the next remark is of the same speaker."""
    if number + 1 == len(remarks):
        return False
    remark, following = remarks[number], remarks[number + 1]
    return following.speaker == remark.speaker and following.part == remark.part


def _is_brief_pair(question: Remark, reply: Remark) -> bool:
    """Whether a reply is short enough to come with its question whenever that does."""
    is_brief = len(reply.words.split()) <= _MAX_WORDS_OF_NEXT_REPLY
    return is_brief and len(question.words.split()) <= _MAX_WORDS_OF_ITS_QUESTION


def _is_short(source: str, reply: Remark, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a reply begins with few words, or with yes or no."""
    first_words = _first_words(source, reply, spans)
    return len(first_words.split()) <= _MAX_WORDS_OF_SHORT_REPLY or _VERDICT.match(first_words) is not None


def _says_more(source: str, reply: Remark, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a reply goes on after yes or no with a statement that is read without its question where both do not
    fit.
    """
    first_words = _first_words(source, reply, spans)
    return len(first_words.split()) > _MAX_WORDS_OF_SHORT_REPLY and _VERDICT_AND_MORE.match(first_words) is not None


def _first_words(source: str, reply: Remark, spans: Sequence[tuple[int, int]]) -> str:
    """The words of the first unit of a reply, without its speaker where that is all of it."""
    start, end = spans[reply.first_unit]
    return source[start:end] if reply.first_unit < reply.last_unit else reply.words


def _replies(remarks: Sequence[Remark], question_number: int) -> Iterator[int]:
    """The numbers of the next remarks of other speakers, up to another question, or where another part begins; of a
    remark that says yes and asks back, too: "I can, where from?".
    """
    question = remarks[question_number]
    last_number = min(len(remarks) - 1, question_number + 1 + _MAX_TURNS_BETWEEN)
    for number in range(question_number + 1, last_number + 1):
        remark = remarks[number]
        is_same_speaker = bool(remark.speaker) and remark.speaker == question.speaker
        asks_back = remark.question is not None
        says_yes = not is_same_speaker and _VERDICT.match(remark.words) and not declines(remark.words)
        if remark.part != question.part or (asks_back and not says_yes):
            return
        if not is_same_speaker and not is_media_note(remark.words):
            yield number
        if asks_back:
            return
