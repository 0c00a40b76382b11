"""Mails of one thread or sender: changes that a later one makes to statements of an earlier one."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.references.ends import ends_in_question
from ragzip.text.structure.base import Aside
from ragzip.text.structure.needs.revisions import denied, says_changed, things
from ragzip.text.structure.parts import Parts

__all__ = ["Letter", "bind_changes", "bind_replies", "read_with_writers"]

_ADDRESS = pattern_of(r"[\w.+-]{1,64}@[\w.-]{1,255}")
_REPLY_MARKS = pattern_of(r"(?:(?:re|aw|antw|fwd?|wg|tr|rv|rif|res|sv|vs)\s?(?:\[\d{1,3}\])?[:：]\s*)+", re.IGNORECASE)
_END_OF_TOPIC = pattern_of(r"\s?[,;:(–—|]|\s-\s")
_TIME_OF_DAY = pattern_of(
    r"\b\d{1,2}[:.h]\d\d\b(?![.,]?\d)|\b\d{1,2}\s?(?:uhr|[ap]\.?m\b|h\b|o['’]clock|uur)"
    r"|\b(?:a las|alle(?: ore)?|às)\s\d{1,2}\b",
    re.IGNORECASE,
)
_OF_WRITER = pattern_of(  # "I'd take the second offer."
    r"\b(?:I|my|ich|mein|meine[nmrs]?|je|j['’]|mon|yo|mi|io|mio|ik|mijn)(?:\b|(?<=['’]))", re.IGNORECASE
)
_DISPLAY_NAME = pattern_of(r"[\"']?([^\W\d_][^<>@\"\n(]{1,60}?)[\"']?\s*(?:[<(]|$)")
_MAX_LETTERS_BACK = 3  # of a sender, and of a subject
_MAX_CHANGES = 8  # that are looked for, of one letter
_SENTENCES_UNDER_CHANGED_SUBJECT = 3
_MAX_UNITS_OF_REPLY = 3  # that come with the questions of the mail it answers
_LEAST_COMMON_TERMS, _LEAST_COMMON_SHARE = 2, 1 / 3  # of the shorter sentence


class Letter(NamedTuple):
    """A mail of a thread: its author, its subject ("" without one), and the places of the units below its header."""

    sender: str
    subject: str
    places: range

    @property
    def keys(self) -> list[tuple[str, str]]:
        """The keys that it shares with the letters it belongs to."""
        address = _ADDRESS.search(self.sender)
        sender = (address.group() if address else self.sender).casefold().strip()
        topic = _END_OF_TOPIC.split(_REPLY_MARKS.sub("", self.subject, count=1), maxsplit=1)[0].casefold().strip()
        return [key for key in (("sender", sender), ("subject", topic)) if key[1]]

    @property
    def is_reply(self) -> bool:
        """Whether its subject is marked as that of a reply."""
        return _REPLY_MARKS.match(self.subject) is not None


def read_with_writers(parts: Parts, letters: Sequence[Letter]) -> None:
    """Let a model read the sentences in which writers speak of themselves with their names."""
    for letter in letters:
        name = _DISPLAY_NAME.match(letter.sender)
        if name is None:
            continue
        for place in letter.places:
            unit = parts.units[place]
            text = unit.reading or parts.source[slice(*unit.span)]
            if unit.aside is None and _OF_WRITER.search(text):
                parts.units[place] = unit._replace(reading=f"{name[1]}: {text}")


def bind_changes(parts: Parts, letters: Sequence[Letter]) -> None:
    """Let a statement of an earlier letter need the one in a later letter of the same thread or sender that changes it,
    which is at least as good an answer.
    """
    terms_of_place: dict[int, frozenset[str]] = {}
    earlier_by_key: defaultdict[tuple[str, str], deque[int]] = defaultdict(lambda: deque(maxlen=_MAX_LETTERS_BACK))
    for number, letter in enumerate(letters):
        earlier = sorted({before for key in letter.keys for before in earlier_by_key[key]}, reverse=True)
        if not earlier and letter.is_reply and number + 1 < len(letters):
            earlier = [number + 1] * (not set(letter.keys).isdisjoint(letters[number + 1].keys))  # the latest is first
        statements = [place for before in earlier for place in _statements(parts, letters[before])]
        statements += _statements(parts, letter, "history")
        for changing in _changing(parts, letter) if statements else ():
            for place in (changing, *statements):
                if place not in terms_of_place:
                    terms_of_place[place] = things(parts.source[slice(*parts.units[place].span)])
            changed = _changed(parts, terms_of_place, changing, statements)
            if changed is not None:
                parts.need([changed], [changing])
                unit = parts.units[changing]
                parts.units[changing] = unit.related(head=changed)
        for key in letter.keys:
            earlier_by_key[key].append(number)


def bind_replies(parts: Parts, letters: Sequence[Letter]) -> None:
    """Let a question of a mail be read, and be kept where that fits, with the short reply to it, which stands above:
    it has no header, or the same subject.
    """
    for reply, letter in pairwise(letters):
        is_reply = not reply.keys or (reply.is_reply and not set(reply.keys).isdisjoint(letter.keys))
        reply_places = tuple(_statements(parts, reply)) if is_reply else ()
        if not 0 < len(reply_places) <= _MAX_UNITS_OF_REPLY:
            continue
        for place in _statements(parts, letter):
            unit = parts.units[place]
            if ends_in_question(parts.source[slice(*unit.span)]):
                companions = (*unit.relation.companions, *reply_places)
                parts.units[place] = unit.related(companions=companions, answers=reply_places)


def _statements(parts: Parts, letter: Letter, aside: Aside | None = None) -> Iterator[int]:
    """The places of the units of the text proper, or of an aside."""
    for place in letter.places:
        unit = parts.units[place]
        if unit.aside == aside and unit.relation.section is None:
            yield place


def _changing(parts: Parts, letter: Letter) -> list[int]:
    """The places of the sentences that may say that something has changed."""
    is_subject_changed = says_changed(letter.subject)
    changing: list[int] = []
    for number, place in enumerate(_statements(parts, letter)):
        is_first = is_subject_changed and number < _SENTENCES_UNDER_CHANGED_SUBJECT
        if is_first or says_changed(parts.source[slice(*parts.units[place].span)]):
            changing.append(place)
        if len(changing) == _MAX_CHANGES:
            break
    return changing


def _changed(
    parts: Parts, terms_of_place: dict[int, frozenset[str]], changing: int, statements: Sequence[int]
) -> int | None:
    """The place of the statement that the one at ``changing`` changes: one that it denies, else the one that has most
    in common with it, of the last letter first, else one that names a time of day as it does; None without any.
    """
    denied_terms = denied(parts.source[slice(*parts.units[changing].span)])
    denying = next((place for place in statements if not denied_terms.isdisjoint(terms_of_place[place])), None)
    if denying is not None:
        return denying
    terms = terms_of_place[changing]
    best, most_in_common = None, _LEAST_COMMON_TERMS - 1
    for place in statements:
        in_common = len(terms & terms_of_place[place])
        is_enough = in_common >= _LEAST_COMMON_SHARE * min(len(terms), len(terms_of_place[place]))
        if in_common > most_in_common and is_enough:
            best, most_in_common = place, in_common
    if best is None and _TIME_OF_DAY.search(parts.source, *parts.units[changing].span):
        at_a_time = [place for place in statements if _TIME_OF_DAY.search(parts.source, *parts.units[place].span)]
        best = max(at_a_time, key=lambda place: len(terms & terms_of_place[place]), default=None)
    return best
