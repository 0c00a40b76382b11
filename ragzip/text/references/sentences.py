"""Sentences that say nothing by themselves: "He died in London.", "The second is red.", "However, dogs may not."."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import any_of
from ragzip.text.references.definite import is_of_something_named
from ragzip.text.references.ends import place_of_it, pronoun_at_end
from ragzip.text.references.groups import (
    COMMON_VERB,
    OF_A_GROUP,
    OF_ONE_MORE,
    OF_TWO,
    has_latter,
    names_both,
)
from ragzip.text.references.pronouns import (
    NO_PERSON,
    OWNING,
    PERSONS,
    PERSONS_UNSPACED,
    PLURAL,
    POINTING,
    POINTING_UNSPACED,
    object_pronoun,
)
from ragzip.text.references.verbs import SUBJECTLESS, begins_with_verb
from ragzip.text.words import normalised

__all__ = [
    "SUBJECT_OF_ITS_OWN",
    "Reference",
    "begins_with_thing",
    "reference_of",
    "refers_back",
    "says_of_what_it_speaks",
    "seems_to_refer",
    "speaker_of",
]

_Kind = Literal[
    "person", "owner", "pointing", "group", "two", "subjectless", "verb", "clitic", "linking", "one", "ordinal"
]
_LINKING = r"""
    however but nevertheless nonetheless otherwise therefore thus hence consequently instead then afterwards thereafter
    meanwhile conversely similarly likewise
    for\ (?:example|instance|this\ reason) in\ (?:that|this|such)\ (?:case|event) in\ such\ cases as\ a\ result
    (?:by|in)\ contrast on\ the\ (?:other\ hand|contrary) (?:until|since|before|after|at|from)\ (?:then|that)
    at\ (?:that|the\ same)\ time
    jedoch aber allerdings dennoch trotzdem deshalb daher sonst andernfalls ansonsten stattdessen dagegen hingegen
    danach davor seither seitdem dabei damit dafür darin daran darauf davon dazu dann in\ diesem\ fall
    cependant toutefois mais pourtant depuis\ lors dès\ lors donc sinon néanmoins en\ revanche dans\ ce\ cas ensuite
    pero desde\ entonces no\ obstante sin\ embargo en\ cambio por\ (?:lo\ tanto|eso) de\ lo\ contrario
    en\ (?:ese|este)\ caso
    ma però da\ allora tuttavia quindi altrimenti invece in\ (?:tal|questo)\ caso
    mas porém desde\ então contudo portanto caso\ contrário n(?:esse|este)\ caso
    echter maar daarom anders daarna daarvoor sindsdien destijds in\ dat\ geval men dock därför annars derfor ellers
    jednak ale dlatego inaczej однако но поэтому иначе но\ в проте але однак тому ancak fakat ama aksi\ halde
    لكن ولكن بعد\ ذلك ومع\ ذلك लेकिन परंतु उसके इसके
"""
_LINKING_UNSPACED = tuple(
    re.findall(
        r"\S+",
        "但 然而 不过 不過 否则 否則 因此 所以 ただし 但し しかし だが ただ、 そのため その後 단, 다만 그러나 하지만",
    )
)
_OPENING = r"""
    in on at from for with without after before during since until by under over below above between within among
    despite of as most some all many none both each one half part several few then later today now also here soon
    usually often normally
    im am auf aus bei beim bis durch für gegen nach ohne seit über um unter von vom vor während zu zum zur mit ab
    später heute inzwischen außerdem meist oft
    dans en au aux à pour avec sans après avant depuis dès selon sur la\ plupart puis aujourd['’]hui
    para con sin después antes desde hasta según hoy luego la\ mayoría
    nel nella per senza dopo prima da dal oggi poi la\ maggior no na com sem depois hoje
    op voor met zonder na sinds bij later vandaag в на с по для после до за у після під
"""
_OF_SOME = pattern_of(  # "Most of his works burned."; in "Some 900 people lost their work" it is that of those people
    r"(?:most|some|all|many|none|both|each|one|half|part|several|few|two|three)(?:\sof)?\s", re.IGNORECASE
)
_WORDS_BEFORE = 5  # of a phrase before the pronoun: "For most of the year 2024 it"
_PERSON_FORMS = any_of(" ".join(PERSONS))
_PERSON = pattern_of(
    rf"(?P<first>{_PERSON_FORMS})\b"
    rf"|(?:(?:{any_of(_OPENING)})\b|\d[\d.,]{{0,9}})(?:\s[^\s,;:.!?]{{1,30}}){{0,{_WORDS_BEFORE}}}?,?\s(?P<later>{_PERSON_FORMS})\b",
    re.IGNORECASE,
)
_CLAUSE_FIRST = pattern_of(  # "When you close it, they are deleted."
    r"(?:when|if|once|unless|while|until|as\s(?:long|soon)\sas|wenn|falls|sobald|solange|quand|lorsque|cuando"
    r"|quando|indien"
    r"|zodra)\s(?P<subject>you|we|one|it|he|she|they|sie|er|es|man|il|elle|on|hij|ze|je"
    r"|u)\b(?!\s(?:rain|snow|regnet|schneit))"
    r"(?:[^,.;:!?]{0,60},\s(?:then\s|dann\s)?(?P<main>it|he|she|they)\b)?",
    re.IGNORECASE,
)
_POINTS = pattern_of(
    rf"(?:{any_of(POINTING)})\b"
    rf"|(?:so|nor)\s(?:{COMMON_VERB})\b"
    r"|(?:the|a)\ssame\s(?:applies|goes|holds)\b|dasselbe\b"
    r"|(?:should|if|once|when|unless)\s(?:that|this)\s(?:not|is|isn['’]t|does|doesn['’]t|did|didn['’]t|has|hasn['’]t|fails?"
    r"|works?|helps?|happens?|occurs?|still|persists?)\b"
    r"|(?:sollten?|wenn|falls)\s(?:das|dies)\s(?:nicht|so|der\sfall|auch|noch|immer|passiert|geschieht|hilft|reicht|klappt)\b"
    r"|(?:hilft|reicht|klappt|funktioniert|passiert|geschieht)\s(?:das|dies)\b"
    r"|si\s(?:cela|ça|ceci|eso|esto|ello)\s|se\s(?:ciò|questo\snon|isso|isto)\s"
    r"|(?:als|mocht)\s(?:dat|dit)\s(?:niet|wel|zo|werkt|helpt|gebeurt|lukt)\b|(?:helpt|werkt|lukt)\s(?:dat|dit)\b"
    r"|de[nt]?\s(?:är|er|var|har|kan|ska|skall?|får|må|måste|blir|bliver|blev|gäller|gælder|gjelder|kostar|koster|\w{2,12}s)\b"
    r"|het\s(?:is|was|wordt|werd|heeft|had|kan|mag|moet|geldt|kost)\b",
    re.IGNORECASE,
)
_LINKS = pattern_of(rf"(?:{any_of(_LINKING)})(?=[\s,，、:])", re.IGNORECASE)
_PATTERNS: dict[_Kind, re.Pattern[str]] = {
    "linking": _LINKS,
    "two": OF_TWO,
    "group": OF_A_GROUP,
    "ordinal": OF_ONE_MORE,
    "pointing": _POINTS,
    "subjectless": SUBJECTLESS,
}
_THING = pattern_of(  # a pronoun of things with a verb, and no noun: "Those have been put off."
    rf"(?:those|these|that|this|it)(?:['’](?:s|ll|d)\b"
    rf"|\s(?:{COMMON_VERB}|all|both|only|also|still|just|never|really)\b)"
    r"|it\s\w{2,15}(?:s|ed)\b"
    r"|(?:das|dies|es|die|diese)\s(?:ist|sind|war|waren|wird|werden|wurden?|kostet|kosten|hat|haben|gilt|gelten|kann|können"
    r"|soll(?:en)?|muss|müssen|kommt|kommen|findet|finden|liegt|liegen|steht|stehen)\b"
    r"|c['’](?:est|était|étaient)\b|ce\s(?:sont|sera|n['’]est)\b|(?:ça(?!\sva\b)|cela|ce(?:lui|lle|ux|lles)-ci)\s"
    r"|(?:eso|esto|es[oa]s|est[oa]s|aquello)\s(?:es|son|fue|fueron|se|está|están|ha|han|era|eran|cuestan?|serán?|no)\b"
    r"|(?:quell[oaie]|quest[oaie]|ciò)\s(?:è|sono|erano?|sarà|saranno|si|ha|hanno|costano?|non|viene|vengono|va|vanno)\b"
    r"|(?:dat|dit|die|deze|het)\s(?:is|zijn|was|waren|wordt|worden|werd|werden|heeft|hebben|kosten?|gaat|gaan|kan|kunnen"
    r"|komt|komen|moet|moeten|mag|mogen)\b",
    re.IGNORECASE,
)
_ONE_OF_THEM = pattern_of(  # "Interns need one from the first day."
    r"\b(?:needs?|gets?|receives?|requires?)\sones?"
    r"(?=[.,;!?]|\s(?:from|at|in|on|for|if|unless|when|too|before|after|with)\b)",
    re.IGNORECASE,
)
_SPEAKER = pattern_of(  # of a quotation: '"We want it," she said.'
    r"[\"“„«»][^\"“”„«»\n]{1,800}(?:[,?!.…–—-][\"“”«»](?:\s[–—-])?|[\"“”«»],?)\s(?:"
    r"(?P<person>he|she|they)\s[a-z]|[a-zäöü]{3,16}\s(?P<after>er|sie)\b"
    r"|(?:a-t-|ont-|\w{2,16}-(?:t-)?)(?P<hyphened>ils?|elles?)\b"
    r"|(?P<verb>(?:dijo|explicó|añadió|afirmó|señaló|contó|recordó|aseguró|disse|spieg(?:ò|a)|aggiun(?:se|ge)"
    r"|ha (?:detto|spiegato|aggiunto)|explicou|afirmou|acrescentou)(?=[.,])))"
)
_QUOTATION = pattern_of(  # whose speaker another sentence names
    r"(?:\"[^\"\n]+\"|“[^“”\n]+”|„[^„“\n]+“|«[^«»\n]+»|»[^«»\n]+«)\.?"
)
_NO_PRONOUNS = {"it": frozenset(["il"]), "es": frozenset(["es"])}  # by language: they are such in another one
_BEGINNING = pattern_of(r"(?:\W|\d{1,2}[.)]\s){0,12}")
_MAX_CHARACTERS = 160  # of a sentence that are looked at

SUBJECT_OF_ITS_OWN = frozenset(["linking", "one"])
_READABLE_KINDS = SUBJECT_OF_ITS_OWN | {
    "subjectless",
    "ordinal",
}  # beside other sentences they do not seem to speak of those


class Reference(NamedTuple):
    """The way in which a sentence refers back: the kind, and the pronoun, in one form; empty but for persons and
    owners.
    """

    kind: _Kind
    person: str = ""


def refers_back(text: str) -> bool:
    """Whether ``text``, a sentence, refers to the subject of the ones before it by a pronoun, in a dozen languages."""
    return reference_of(text) is not None


def seems_to_refer(text: str, language: str | None = None) -> bool:
    """Whether ``text``, a sentence, seems to refer to whatever sentence it follows.

    :param language: of the sentence, its ISO 639-1 code, where it is known.
    """
    reference = reference_of(text, language)
    return reference is not None and reference.kind not in _READABLE_KINDS


def says_of_what_it_speaks(text: str, language: str | None = None) -> bool:
    """Whether ``text``, a sentence, can be read without those before it."""
    return not (seems_to_refer(text, language) or is_of_something_named(text, language))


def begins_with_thing(text: str) -> bool:
    """Whether ``text``, words of one speaker, begins with a pronoun of things ("those", "it") and names none."""
    return _THING.match(text) is not None and NO_PERSON.match(text) is None


def reference_of(text: str, language: str | None = None) -> Reference | None:
    """The reference of ``text``, a sentence, to those before it; None where it has none.

    :param language: as of :func:`seems_to_refer`.
    """
    if (speaker := speaker_of(text)) is not None:
        return speaker
    if (beginning := _BEGINNING.match(text)) is not None:
        text = text[beginning.end() :]
    text = text[:_MAX_CHARACTERS]
    if text.startswith(PERSONS_UNSPACED):
        return Reference("person", next(form for form in PERSONS_UNSPACED if text.startswith(form)))
    if text.startswith(POINTING_UNSPACED):
        return Reference("pointing")
    if text.startswith(_LINKING_UNSPACED):
        return Reference("linking")
    kind = next((kind for kind, pattern in _PATTERNS.items() if pattern.match(text)), None)
    if kind is not None and not (kind in ("two", "pointing") and names_both(text)):
        return Reference(kind)
    verb_kind = begins_with_verb(text, language)
    if verb_kind is not None:
        return Reference(verb_kind)
    return (
        _person_of(text, language)
        or _object_of(text)
        or _last_of(text)
        or (Reference("two") if has_latter(text) else None)
        or (Reference("one") if _ONE_OF_THEM.search(text) else None)
    )


def speaker_of(text: str) -> Reference | None:
    """The reference of a quotation to who says it, where a pronoun names that, or nothing."""
    speaker = _SPEAKER.match(text)
    if speaker is None:
        return Reference("pointing") if _QUOTATION.fullmatch(text) else None
    pronoun = speaker["person"] or speaker["after"] or speaker["hyphened"]
    return Reference("verb") if pronoun is None else Reference("person", PERSONS[pronoun])


def _object_of(text: str) -> Reference | None:
    """The reference of a sentence whose first noun is a pronoun after its subject, or in a clause before it."""
    clause = _CLAUSE_FIRST.match(text)
    if clause is not None:
        subjects = (normalised(clause.group("subject")), normalised(clause.group("main") or ""))
        return next((Reference("person", PERSONS[word]) for word in subjects if word in PERSONS), None)
    pronoun = object_pronoun(text)
    return None if pronoun is None else Reference("person", PERSONS[pronoun])


def _last_of(text: str) -> Reference | None:
    word = pronoun_at_end(text)
    if word is not None:
        return Reference("person", PERSONS[word]) if word in PERSONS else Reference("pointing")
    place = place_of_it(text)
    return None if place is None or NO_PERSON.match(text, place) else Reference("person", "it")


def _person_of(text: str, language: str | None) -> Reference | None:
    match = _PERSON.match(text)
    if match is None:
        return None
    is_first = match.group("first") is not None
    form = match.group("first" if is_first else "later")
    word = normalised(form)
    if word in _NO_PRONOUNS.get(language or "", ()) or NO_PERSON.match(text, match.end() - len(form)):
        return None
    if not is_first and word in OWNING and not _is_of_some(text, match.start("later"), word):
        return None  # "In its early days the club was poor."
    return Reference("owner" if is_first and word in OWNING else "person", PERSONS[word])


def _is_of_some(text: str, start: int, word: str) -> bool:
    """Whether the owner ``word`` at ``start``, after "some", is named before the sentence: many have their own."""
    some = _OF_SOME.match(text)
    return some is not None and (some.end() == start or PERSONS[word] not in PLURAL)
