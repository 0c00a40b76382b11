"""Remarks of a talk whose value a later one changes: "let's use 8080", "8080 clashed, we moved it to 9090"."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from ragzip.text.changes import INSTEAD_OF
from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.formats.prose.days import days_in
from ragzip.text.structure.formats.transcript.remarks import Remark
from ragzip.text.structure.needs.revisions import says_changed

__all__ = ["changed_values", "contradicted_replies", "echoes", "stands_alone"]

_NUMBER = r"(?!(?:19|20)\d\d(?![\d.,:]*\d))\d[\d.,:]{0,20}\d"  # no year
_VALUE = pattern_of(  # a number of several digits, a name with a digit or a capital letter inside, or within a sentence
    rf"(?<![^\W_])(?:{_NUMBER}|[^\W\d_]{{1,20}}\d[\w.-]{{0,20}}|(?<=[^.!?:…\s] )[A-Z][\w-]{{1,40}}"
    r"|[A-Z]?[a-z]{1,20}[A-Z]\w{0,40})(?!\w)"
)
_SAYS_NOW = pattern_of(  # how things are by now
    r"\b(?:now|by now|since (?:today|yesterday|then|last)|in the end|from now on|finally|turned out"
    r"|jetzt|nun|inzwischen|mittlerweile|seit (?:heute|gestern)|am ende|letztlich|künftig|ab sofort"
    r"|maintenant|désormais|finalement|depuis (?:hier|aujourd)|ahora|al final|desde (?:hoy|ayer)"
    r"|adesso|alla fine|da (?:oggi|ieri)|inmiddels|uiteindelijk|sinds (?:vandaag|gisteren))\b",
    re.IGNORECASE,
)
_SAYS_REPLACED = pattern_of(
    r"\b(?:instead|stattdessen|à la place|en su lugar|al suo posto|in plaats daarvan"
    r"|mov(?:ed|ing)|switch(?:ed|ing)|chang(?:ed|ing)|swapp(?:ed|ing)|replac(?:ed|ing)|migrat(?:ed|ing)"
    r"|(?:up|down)grad(?:ed|ing)|rais(?:ed|ing)|lower(?:ed|ing)|reduc(?:ed|ing)|increas(?:ed|ing)|cut to"
    r"|gewechselt|umgestellt|umgezogen|geändert|erhöht|gesenkt|ersetzt|changée?s?|remplacée?s?|passée?s? [àa]"
    r"|cambiad[oa]s?|reemplazad[oa]s?|subid[oa]s?|bajad[oa]s?|cambiat[oaie]|sostituit[oaie]|passat[oaie]"
    r"|veranderd|vervangen|verhoogd|verlaagd|overgestapt)\b",
    re.IGNORECASE,
)
_SAYS_MISSED = pattern_of(  # a train, so that a later time holds
    r"\b(?:missed (?:it|the|my|our)|running late|(?:be|am|are) late"
    r"|(?:take|taking|catch|catching|get|getting) (?:the|a) (?:next|later|earlier)"
    r"|verpasst|verspäte[nt]?|(?:nehmen?|nimmt) (?:den|die) (?:nächsten?|späteren?|früheren?)"
    r"|ratée?s?|manquée?s?|en retard|perd(?:ido|í|imos)|con retraso|perso|in ritardo|gemist|te laat)\b",
    re.IGNORECASE,
)
_SETTLES = pattern_of(  # a value, in few words: "ok 13:00 then"
    r"\d\s?(?:€|euros?|[ap]m|uhr|h)?,?\s(?:then|dann|alors|entonces|allora|dan)\W{0,3}$", re.IGNORECASE
)
_SAYS_NEW = pattern_of(  # "ok, new time 16:00"
    r"\b(?:new (?:time|date|day|room|place|price|number|port|plan|deadline|version)"
    r"|neue[rs]? (?:zeit|uhrzeit|termin|raum|ort|preis|nummer|datum|frist)"
    r"|nouve(?:au|l|lle) (?:heure|date|salle|lieu|prix|numéro)|nuev[oa] (?:hora|fecha|sala|lugar|precio|número)"
    r"|nuov[oa] (?:ora|orario|data|sala|luogo|prezzo|numero)|nieuwe (?:tijd|datum|zaal|plaats|prijs))\b",
    re.IGNORECASE,
)
_MAX_WORDS_TO_SETTLE = 6
_DENIED_BEFORE = pattern_of(  # the value
    rf"\b(?:{INSTEAD_OF}|not|no longer|nicht(?: mehr)?|kein(?:e|en)?|pas|plus|ya no|no|non|niet(?: meer)?)"
    r"\s(?:[^\W\d_]{1,12}\s){0,2}$",
    re.IGNORECASE,
)
_SAYS_NO = pattern_of(  # to what another speaker has said
    r"\W{0,3}(?:(?:oh|uh|hm+|sorry|ähm?|ach|ah)\W{1,3})?(?:no|nope|nah|nein|nee|nö|non|não|nej|wrong|falsch|faux|incorrect"
    r"|actually|eigentlich|en fait|en realidad|in realtà|eigenlijk)"
    r"(?:\W{0,2}[,.;:!–—-]\W{0,3}|\s(?=\d|it\b|at\b|um\b|erst\b))",
    re.IGNORECASE,
)
_SAYS_STALE = pattern_of(  # of what another speaker has named
    r"\W{0,3}(?:(?:no|but|careful|sorry|nein|aber|non|mais|no|pero|ma|nee|maar)\W{1,3})?"
    r"(?:(?:that|this)(?: one)?|it|die|das|der|ce(?:lui|lle)?(?:-là|-ci)?|c|esa?|eso|ese|quell[ao]|questo|die|dat)"
    r"(?:['’]s|['’]est|\s(?:is|was|has been|ist|war|wurde|est|était|a été|es|era|fue|è|era|is|was|werd))\s"
    r"(?:[^\W\d_]{1,12}\s){0,2}?"
    r"(?:cancell?ed|old|out ?dated|out of date|obsolete|void|withdrawn|expired|superseded|replaced|wrong|invalid|stale"
    r"|no longer|alte?|veraltet|überholt|ungültig|storniert|falsch|abgelaufen|ersetzt|nicht mehr|ancien(?:ne)?"
    r"|annulée?|périmée?|obsolète|remplacée?|fausse|plus|viej[oa]|anulad[oa]|caducad[oa]|obsolet[oa]|antigu[oa]"
    r"|vecchi[oa]|annullat[oa]|scadut[oa]|superat[oa]|oude?|verouderd|vervallen|geannuleerd|ongeldig)\b",
    re.IGNORECASE,
)
_CORRECTS = pattern_of(  # a word of what the same speaker has said
    r"\b(?:sorry|my (?:mistake|bad|error)|i mean(?:t)?|oops|typo|you['’]?re right|entschuldigung|verzeihung|stimmt"
    r"|ich meine?|mein fehler|pardon|désolée?|je veux dire|mon erreur|tu as raison|perdón|quiero decir|mi error"
    r"|tienes razón|scusa(?:te)?|volevo dire|mio errore|hai ragione|ik bedoel|mijn fout|je hebt gelijk)\b",
    re.IGNORECASE,
)
_PRONOUN = pattern_of(
    r"\b(?:it|they|that|this|es|ihn|das|dies|ça|cela|il|elle|lo|eso|esto|questo|het|dat)\b", re.IGNORECASE
)
_BEGINS_CHANGED = pattern_of(  # of what was said before: "moved to 11:30"
    r"\W{0,3}(?:(?:ok|sorry|update|now|just|nun|jetzt)\W{1,3})?(?:re)?(?:moved|pushed|postponed|delayed|scheduled|shifted|bumped"
    r"|changed|brought forward|verschoben|verlegt|vorgezogen|geändert|déplacée?s?|reportée?s?|avancée?s?|décalée?s?"
    r"|aplazad[oa]s?|movid[oa]s?|cambiad[oa]s?|adelantad[oa]s?|spostat[oaie]|rinviat[oaie]|anticipat[oaie]"
    r"|verplaatst|verzet|uitgesteld|gewijzigd) (?:to|until|by|back|up|auf|um|von|à|au|de|a|al|alle|naar|tot)\b",
    re.IGNORECASE,
)
_SEARCHED_CHARACTERS = 50  # before a value
_WHOLE_NUMBER = pattern_of(f"{_NUMBER}$")
_MAX_WORDS_OF_CORRECTION = 8
_MAX_WORDS = 25  # of a remark that changes something
_MIN_WORDS_ALONE = 7
_MAX_TURNS_BACK = 12  # to what the same speaker said of it
_MAX_TURNS_TO_ECHO = 12
_MAX_TURNS_TO_CONTRADICTION = 3
_MAX_OUTDATED = 8  # remarks with one value


def stands_alone(words: str) -> bool:
    """Whether a remark that takes something back states the correction: it has some words, and a value."""
    return len(words.split()) >= _MIN_WORDS_ALONE and bool(_values(words))


def changed_values(remarks: Sequence[Remark]) -> Iterator[tuple[int, int]]:
    """The remarks with a value that a later one changes, each with that one, by number: it names the value and another
    one, and says that something has changed; without naming it, where the same speaker did.
    """
    speaker_words = {word for remark in remarks for word in remark.speaker.casefold().split()}
    numbers_by_value: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for number, remark in enumerate(remarks):
        if len(remark.words.split()) > _MAX_WORDS or remark.question is not None:
            continue
        values = _values(remark.words) - speaker_words
        known_values = sorted(value for value in values if (remark.part, value) in numbers_by_value)
        new_values = values.difference(known_values)
        for value in known_values:
            if new_values and _changes(remark.words, value, new_values):
                outdated_numbers = numbers_by_value.pop((remark.part, value))[-_MAX_OUTDATED:]
                yield from ((outdated_number, number) for outdated_number in outdated_numbers)
            else:
                numbers_by_value[remark.part, value].append(number)
        if not known_values and _changes_unnamed(remark.words, new_values):
            yield from ((outdated_number, number) for outdated_number in _last_with_number(remarks, number))
        yield from ((outdated_number, number) for outdated_number in _last_with_other_day(remarks, number))
        for value in new_values:
            numbers_by_value[remark.part, value].append(number)


def contradicted_replies(remarks: Sequence[Remark], replies: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Replies with a number, each with the remark soon after it in which another speaker denies it with another number,
    before the next question; and replies with a value, each with the one that calls that outdated and gives another
    one. Both by number.
    """
    for reply_number in replies:
        reply = remarks[reply_number]
        reply_values = _values(reply.words)
        for number in range(reply_number + 1, min(reply_number + 1 + _MAX_TURNS_TO_CONTRADICTION, len(remarks))):
            remark = remarks[number]
            if not reply_values or remark.part != reply.part or remark.question is not None:
                break
            is_brief = len(remark.words.split()) <= _MAX_WORDS
            if not is_brief or remark.speaker == reply.speaker:
                continue
            is_stale = _SAYS_STALE.match(remark.words) is not None
            if is_stale or _SAYS_NO.match(remark.words):
                if (_values if is_stale else _numbers)(remark.words) - reply_values:
                    yield reply_number, number
                break


def _changes(words: str, value: str, new_values: Collection[str]) -> bool:
    """Whether words with new values, of a number other numbers, say that a value no longer holds."""
    if _is_denied(words, value) or _SAYS_REPLACED.search(words):
        return not _is_number(value) or any(map(_is_number, new_values))
    is_change = says_changed(words) or _SAYS_NOW.search(words) is not None
    return is_change and _is_number(value) and any(map(_is_number, new_values))


def _changes_unnamed(words: str, new_values: Collection[str]) -> bool:
    """Whether words with new values, a number among them, say that another value no longer holds, but not which."""
    says_change = says_changed(words) or _SAYS_MISSED.search(words) is not None or _settles(words)
    return says_change and any(map(_is_number, new_values)) and not any(_is_denied(words, new) for new in new_values)


def _settles(words: str) -> bool:
    says_new = _SETTLES.search(words) is not None or _SAYS_NEW.search(words) is not None
    return says_new and len(words.split()) <= _MAX_WORDS_TO_SETTLE


def _is_denied(words: str, value: str) -> bool:
    """Whether words say that something is not ``value``."""
    place = words.casefold().find(value)
    return place > 0 and _DENIED_BEFORE.search(words[max(0, place - _SEARCHED_CHARACTERS) : place]) is not None


def _last_with_number(remarks: Sequence[Remark], number: int) -> Iterator[int]:
    """The last remark of the same speaker with a number of the same kind, by its own number; nothing without one, or
    where this remark names its subject.
    """
    remark = remarks[number]
    has_subject = _PRONOUN.search(remark.words) is not None or _BEGINS_CHANGED.match(remark.words) is not None
    if not has_subject and not _settles(remark.words):
        return
    kinds = _kinds(remark.words)
    for earlier_number in range(number - 1, max(number - _MAX_TURNS_BACK, 0) - 1, -1):
        earlier = remarks[earlier_number]
        is_of_speaker = bool(remark.speaker) and (earlier.speaker, earlier.part) == (remark.speaker, remark.part)
        if is_of_speaker and not kinds.isdisjoint(_kinds(earlier.words)):
            yield earlier_number
            return


def _last_with_other_day(remarks: Sequence[Remark], number: int) -> Iterator[int]:
    """The last remark of the same speaker that names a day of the week, by its number, where this one corrects that."""
    remark = remarks[number]
    if not remark.speaker or len(remark.words.split()) > _MAX_WORDS_OF_CORRECTION or not _CORRECTS.search(remark.words):
        return
    days = days_in(remark.words)
    for earlier_number in range(number - 1, max(number - _MAX_TURNS_BACK, 0) - 1, -1) if days else ():
        earlier = remarks[earlier_number]
        if (earlier.speaker, earlier.part) == (remark.speaker, remark.part) and (said_days := days_in(earlier.words)):
            if days.isdisjoint(said_days):
                yield earlier_number
            return


def _kinds(words: str) -> set[str]:
    """The kinds of the numbers in words: times, and others."""
    return {"time" if ":" in value else "number" for value in _numbers(words)}


def echoes(remarks: Sequence[Remark], outdated_number: int, later_number: int) -> Iterator[int]:
    """The remarks soon after one that is outdated, before the later one, that repeat a value of it, by number."""
    outdated = remarks[outdated_number]
    numbers = range(outdated_number + 1, min(later_number, outdated_number + 1 + _MAX_TURNS_TO_ECHO))
    speaker_words = {word for number in numbers for word in remarks[number].speaker.casefold().split()}
    outdated_values = _values(outdated.words) - speaker_words
    for number in numbers:
        words = {word.strip(".,;:!?\"'()").casefold() for word in remarks[number].words.split()}
        if remarks[number].part == outdated.part and not outdated_values.isdisjoint(words):
            yield number


def _values(words: str) -> frozenset[str]:
    """The numbers of several digits and the names in a remark, but for a word that begins a sentence."""
    texts = (match[0].casefold() for match in _VALUE.finditer(words))
    return frozenset(text for text in texts if not is_function_word(text))


def _numbers(words: str) -> frozenset[str]:
    return frozenset(value for value in _values(words) if _is_number(value))


def _is_number(value: str) -> bool:
    return _WHOLE_NUMBER.match(value) is not None
