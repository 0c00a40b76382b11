"""Sentences that say nothing by themselves: "He died in London.", "The second is red.", "However, dogs may not."."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Literal, NamedTuple

from ragzip.text.definite import has_name, is_of_something_named
from ragzip.text.verbs import begins_with_verb
from ragzip.text.words import normalised

__all__ = ["antecedents", "begins_with_thing", "refers_back", "seems_to_refer"]

_Kind = Literal["person", "owner", "pointing", "group", "two", "subjectless", "verb", "clitic", "linking", "one"]
_PERSONS = {  # how a pronoun, and who owns something, are named alike
    form: forms.split()[0]
    for forms in (
        "he his him", "she her hers", "it its", "they their them",
        "er sein seine seinen seinem seiner ihn ihm", "sie ihr ihre ihren ihrem ihrer ihnen", "es",
        "il lui", "elle", "ils leur leurs", "elles", "son sa ses",
        "él", "ella", "ellos", "ellas", "su sus", "egli", "lei", "loro", "esso", "essa", "suo sua suoi sue",
        "ele dele", "ela dela", "eles", "elas", "seu sua seus suas",
        "hij zijn hem", "zij ze haar hun",
        "han hans honom ham", "hon hun hennes hendes",
        "он его ему", "она её ей", "они их им", "оно", "він його", "вона її", "вони їх",
    )
    for form in forms.split()
}  # fmt: skip
_PLURAL = frozenset(["they", "ils", "elles", "ellos", "ellas", "loro", "eles", "elas", "они", "вони"])
_OWNING = frozenset(
    re.findall(
        r"\w+",
        """
        his her its their sein seine ihr ihre son sa ses leur leurs su sus suo sua suoi sue seu sua seus suas zijn haar
        hun hans hennes hendes deras deres его её их його її
        """,
    )
)
_POINTING = """
    this that these those there such both neither none either here
    dies diese dieser dieses diesen diesem dort beide ce cela ceci cette cet ces
    este esta esto estos estas ese esa eso esos esas ambos ambas ninguno ninguna
    questo questa questi queste quello quella entrambi entrambe nessuno isto isso esse essa esses essas ambos
    dit dat deze beide это этот эта эти це ці
"""
_LINKING = r"""
    however but nevertheless nonetheless otherwise therefore thus hence consequently instead then afterwards thereafter
    meanwhile conversely similarly likewise
    for\ (?:example|instance|this\ reason) in\ (?:that|this|such)\ (?:case|event) in\ such\ cases as\ a\ result
    (?:by|in)\ contrast on\ the\ (?:other\ hand|contrary) (?:until|since|before|after|at|from)\ (?:then|that)
    at\ (?:that|the\ same)\ time
    jedoch aber allerdings dennoch trotzdem deshalb daher sonst andernfalls ansonsten stattdessen dagegen hingegen
    danach davor dabei damit dafür darin daran darauf davon dazu dann in\ diesem\ fall
    cependant toutefois mais pourtant donc sinon néanmoins en\ revanche dans\ ce\ cas ensuite
    pero no\ obstante sin\ embargo en\ cambio por\ (?:lo\ tanto|eso) de\ lo\ contrario en\ (?:ese|este)\ caso
    ma però tuttavia quindi altrimenti invece in\ (?:tal|questo)\ caso
    mas porém contudo portanto caso\ contrário n(?:esse|este)\ caso
    echter maar daarom anders daarna in\ dat\ geval men dock därför annars derfor ellers
    jednak ale dlatego inaczej однако но поэтому иначе но\ в проте але однак тому ancak fakat ama aksi\ halde
    لكن ولكن بعد\ ذلك ومع\ ذلك लेकिन परंतु उसके इसके
"""
_LINKING_UNSPACED = tuple(
    re.findall(
        r"\S+",
        "但 然而 不过 不過 否则 否則 因此 所以 ただし 但し しかし だが ただ、 そのため その後 단, 다만 그러나 하지만",
    )
)
_POINTING_UNSPACED = (*tuple("這这那其此该該"), "これ", "それ", "あれ", "この", "その", "그것", "이것", "이는")
_PERSONS_UNSPACED = (*tuple("它他她"), "彼女", "彼", "그는", "그녀")

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
_OF_SOME = re.compile(r"(?:most|some|all|many|none|both|each|one|half|part|several|few|two|three)\b", re.IGNORECASE)
_WORDS_BEFORE = 5  # of a phrase before the pronoun: "For most of the year 2024 it"


def _any_of(forms: str) -> str:
    longest_first = sorted(re.findall(r"(?:\\.|\S)+", forms), key=len, reverse=True)
    return "|".join(longest_first).replace("\\ ", r"\s")


_AUXILIARY = (
    "is|are|was|were|has|have|had|do|does|did|can|could|may|might|must|shall|should|will|would|costs?|takes?|needs?"
)
_PERSON_FORMS = _any_of(" ".join(_PERSONS))
_PERSON = re.compile(
    rf"(?P<first>{_PERSON_FORMS})\b"
    rf"|(?:(?:{_any_of(_OPENING)})\b|\d[\d.,]{{0,9}})(?:\s[^\s,;:.!?]{{1,30}}){{0,{_WORDS_BEFORE}}}?,?\s(?P<later>{_PERSON_FORMS})\b",
    re.IGNORECASE,
)
_JUDGED = (  # of what comes behind: "It is forbidden to smoke."
    "possible|impossible|likely|unlikely|important|necessary|advisable|easy|hard|difficult|better|best|forbidden|prohibited"
    "|permitted|allowed|known|said|believed|thought|reported|assumed|estimated|clear|true|false|unclear|unknown|recommended"
    "|required|common|usual|customary|illegal|legal|dangerous|safe|useful|worth|enough|said|claimed|decided|agreed|planned"
    "|an? (?:myth|fact|pity|shame|mistake|duty)|time|up"
)
_NO_PERSON = re.compile(  # "Es gibt zwei Seen."
    rf"it\s(?:(?:is|was|has\sbeen|will\sbe|may\sbe|can\sbe|seems|appears|became)\s(?:(?:not|also|still|now|only|\w+ly)\s)?(?:{_JUDGED})"
    r"\b[^.!?]{0,60}?\b(?:that|to|whether|for)\b|(?:seems|appears|turns?\sout|turned\sout)\b"
    r"|(?:rain|snow)|is\s(?:cold|hot|warm|dry|wet|dark|late|early)\b|takes\b)"
    r"|es\s(?:gibt|gab|geht|ist\b[^.!?]{0,60}\b(?:dass|zu)\b|regnet|schneit|wird\b|wurde\b)"
    r"|sie\s(?:können|müssen|dürfen|sollten|haben|finden|erhalten|brauchen|benötigen|möchten)\b"  # "you"
    r"|il\s(?:y\sa|faut|fallait|s['’]agit|est\s\w{1,20}\s(?:de|que|d['’])|pleut|neige)",
    re.IGNORECASE,
)
_CLAUSE_FIRST = re.compile(  # "When you close it, they are deleted."
    r"(?:when|if|once|unless|while|until|as\s(?:long|soon)\sas|wenn|falls|sobald|solange|quand|lorsque|cuando|quando|indien"
    r"|zodra)\s(?P<subject>you|we|one|it|he|she|they|sie|er|es|man|il|elle|on|hij|ze|je|u)\b(?!\s(?:rain|snow|regnet|schneit))"
    r"(?:[^,.;:!?]{0,60},\s(?:then\s|dann\s)?(?P<main>it|he|she|they)\b)?",
    re.IGNORECASE,
)
_OBJECT = re.compile(  # "Visitors may climb it on Sundays."
    r"(?:(?!(?i:the|an?|this|that|these|those|each|every|any|some|no|my|your|his|her|its|our|their|and|or|if|when|that)\s)"
    r"[^\W\d_]{1,20}(?:['’][a-z]{1,2})?\s(?![A-ZÀ-Þ])){1,5}?(?P<object>it|them|him)\b"
    r"(?!\s(?:is|are|was|were|has|have|had|will|would|can|could|must|may|might|should|rains?|snows?|seems?|takes)\b)"
)
_POINTS = re.compile(
    rf"(?:{_any_of(_POINTING)})\b"
    rf"|(?:so|nor)\s(?:{_AUXILIARY})\b"
    r"|(?:the|a)\ssame\s(?:applies|goes|holds)\b|dasselbe\b"
    r"|de[nt]?\s(?:är|er|var|har|kan|ska|skall?|får|må|måste|blir|bliver|blev|gäller|gælder|gjelder|kostar|koster|\w{2,12}s)\b"
    r"|het\s(?:is|was|wordt|werd|heeft|had|kan|mag|moet|geldt|kost)\b",
    re.IGNORECASE,
)
_SUBJECTLESS = re.compile(
    r"no\s(?:se|lo|la|le|los|las|es|son|está|están|debe|deben|puede|pueden|cubre|incluye|tiene|requiere|contiene)\b"
    r"|(?:non\s(?:si|è|sono|può|possono|deve|devono|vale|ha|hanno)|può|possono|deve|devono|è|contiene)\s"
    r"|não\s(?:se|é|são|pode|podem|deve|devem|cobre|inclui|tem|haverá)\b",
    re.IGNORECASE,
)
_OF_A_GROUP = re.compile(  # some of what was named: "The third is red.", "Neither is waterproof."
    rf"the\s(?:first|second|third|fourth|last|other|others|rest|same|remainder|\w{{2,15}}est)"
    rf"(?:\s(?:two|three|four|one|ones))?\s(?:{_AUXILIARY})\b"
    rf"|(?:(?:the\s)?next|another)\sones?\s(?:{_AUXILIARY})\b"
    rf"|(?:each|all|some|others|another|one|two|three|half|most|many|few|several|any)\s(?:{_AUXILIARY})\b"
    r"|(?:none|neither|both|all|some|most|each|one|half)\sof\s(?:them|these|those)\b"
    r"|(?:das\s(?:erste|zweite|dritte|letzte)|(?:le|la)\s(?:premi[eè]re?|second|seconde|dernier|dernière))\b",
    re.IGNORECASE,
)
_OF_TWO = re.compile(
    rf"(?:the\s(?:former|latter)|both|neither|either)\s(?:{_AUXILIARY})\b|(?:der|die|das)\s(?:erstere|letztere)\b"
    r"|(?:beide|ambos|ambas|entrambi|entrambe)\b|ce(?:t|tte)?\s(?:dernier|dernière|premier)\b|quest['’]ultim[oa]\b",
    re.IGNORECASE,
)
_NAMES_TWO = re.compile(r"\b(?:and|or|und|oder|et|ou|y|o|e|en|of|és|och|og|i|и|и́)\b|[;&]")
_NAMES_SEVERAL = re.compile(
    r"\b[^\W\d_]{3,}s\b|\b(?:and|or|both|people|men|women|children|police|\d+)\b", re.IGNORECASE
)
_LINKS = re.compile(rf"(?:{_any_of(_LINKING)})(?=[\s,，、:])", re.IGNORECASE)
_PATTERNS: dict[_Kind, re.Pattern[str]] = {
    "linking": _LINKS,
    "two": _OF_TWO,
    "group": _OF_A_GROUP,
    "pointing": _POINTS,
    "subjectless": _SUBJECTLESS,
}
_THING = re.compile(  # a pronoun of things with a verb, and no noun: "Those have been put off."
    rf"(?:those|these|that|this|it)(?:['’](?:s|ll|d)\b|\s(?:{_AUXILIARY}|all|both|only|also|still|just|never|really)\b)"
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
_ONE_OF_THEM = re.compile(  # "Interns need one from the first day."
    r"\b(?:needs?|gets?|receives?|requires?)\sones?"
    r"(?=[.,;!?]|\s(?:from|at|in|on|for|if|unless|when|too|before|after|with)\b)",
    re.IGNORECASE,
)
_LAST = re.compile(  # at the end of a sentence
    r"(?P<before>[^,;:()\"“”]{1,100}?)\s(?:(?:in|with|on|for|from|to|by|under|at|into|onto|without|about|through|against"
    r"|behind|over|near|inside)\s(?P<person>it|them)(?:\s(?:too|either|again|as\swell))?"
    r"|(?:darin|damit|dafür|darauf|davon|daran|darunter|dagegen|daraus|erin|ermee|ervoor|erop|daarin|daarmee|daarop)"
    r"(?:\s[^\W\d_]{3,20}){0,3}|dedans|dessus|dessous|(?:avec|pour|sans)\s(?:lui|elles?|eux)"
    r"|(?:en|con|para|sin|sobre)\s(?:él|ellas?|ellos?|ello)|(?:in|con|per|senza|su)\s(?:esso|essa|essi|esse|loro)"
    r"|nel[ea]s?|(?:com|para|sem)\sel[ea]s?)[.!]$",
    re.IGNORECASE,
)
_HAS_INSIDE = re.compile(  # a clause of its own, or what the subject has: "The cup has milk in it."
    r"\b(?:and|or|that|which|who|whose|when|if|where|because|while|as|than|und|oder|dass|et|ou|qui|que|y|o|e|che)\s"
    r"|\b(?:has|have|had)\s(?!been|to|not)|\bcontains?\b|\bhat\b|\bhaben\b",
    re.IGNORECASE,
)
_DETERMINERS = frozenset(
    re.findall(
        r"\w+",
        """
        the a an this these my your his her our their its some any each every no both another one two three
        der die das den dem ein eine einen einem einer kein keine keinen le la les un une des du el los las una unos
        il lo gli i uno os as um uma de het een
        """,
    )
)
_MAX_WORDS_BEFORE_LAST = 10
_NO_PRONOUNS = {"it": frozenset(["il"]), "es": frozenset(["es"])}  # by language: they are such in another one
_BEGINNING = re.compile(r"(?:\W|\d{1,2}[.)]\s){0,12}")
_MAX_CHARACTERS = 160  # of a sentence that are looked at

_MAX_ANTECEDENTS = 3  # of a longer chain the first and the last
_MAX_DISTANCE = 20  # sentences; a longer chain goes on from the one there
_SUBJECT_OF_ITS_OWN = frozenset(["linking", "one"])
_READABLE_KINDS = _SUBJECT_OF_ITS_OWN | {"subjectless"}  # beside other sentences they do not seem to speak of those
_WORD = re.compile(r"\w+")
_NAME = re.compile(r"\s[A-ZÀ-ÞА-Я]\w")


class _Reference(NamedTuple):
    """How a sentence refers back, and to whom: the pronoun, in one form; empty but for persons and owners."""

    kind: _Kind
    person: str = ""


def refers_back(text: str) -> bool:
    """Whether ``text``, a sentence, speaks of what the ones before it speak of: by a pronoun, in a dozen languages."""
    return _reference_of(text) is not None


def seems_to_refer(text: str, language: str | None = None) -> bool:
    """Whether ``text``, a sentence, seems to speak of whatever sentence it stands behind.

    :param language: as of :func:`antecedents`.
    """
    reference = _reference_of(text, language)
    return reference is not None and reference.kind not in _READABLE_KINDS


def begins_with_thing(text: str) -> bool:
    """Whether ``text``, what one says at a time, begins with a pronoun of things ("those", "it") and names none."""
    return _THING.match(text) is not None and _NO_PERSON.match(text) is None


def antecedents(sentences: Sequence[str], language: str | None = None) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The sentences of one paragraph that refer back, each with those that say to what, up to one that names it; those
    that speak of the same person by the same pronoun are passed over. By place.

    :param language: of the sentences, its ISO 639-1 code, where it is known.
    """
    references = [_reference_of(sentence, language) for sentence in sentences]
    chains: list[tuple[int, ...]] = []
    for place, reference in enumerate(references):
        chain: tuple[int, ...] = ()
        if reference is not None and place:
            before = _place_before(sentences, references, place, reference)
            if _is_named(references[before], sentences[before]):
                chain = (before, *(_place_of_name(sentences, before, language) if references[before] is None else ()))
            else:
                chain = (before, *chains[before])
            chain = chain if len(chain) <= _MAX_ANTECEDENTS else (chain[0], chain[-1])
            yield place, chain
        chains.append(chain)


def _is_named(reference: _Reference | None, sentence: str) -> bool:
    """Whether ``sentence`` says by itself of what it speaks."""
    if reference is None or reference.kind in _SUBJECT_OF_ITS_OWN:
        return True
    return reference.kind == "owner" and _NAME.search(sentence) is not None  # "Her brother Carl was a painter."


def _place_of_name(sentences: Sequence[str], place: int, language: str | None) -> Iterator[int]:
    """The place of the sentence before ``place`` that names what the one there calls "the town"."""
    if is_of_something_named(sentences[place], language):
        places = range(place - 1, max(-1, place - 1 - _MAX_DISTANCE), -1)
        yield from islice((before for before in places if has_name(sentences[before], language)), 1)


def _place_before(
    sentences: Sequence[str], references: Sequence[_Reference | None], place: int, reference: _Reference
) -> int:
    """The place of the next sentence before ``place`` that may say what it refers to."""
    before, farthest = place - 1, max(0, place - _MAX_DISTANCE)
    while before > farthest and _is_passed_over(reference, references[before], sentences[before]):
        before -= 1
    if before == 0 and reference.kind == "two" and not _NAMES_TWO.search(sentences[0]):
        return place - 1
    return before


def _is_passed_over(reference: _Reference, before: _Reference | None, sentence: str) -> bool:
    """Whether ``sentence``, with the reference ``before``, does not say what ``reference`` refers to: it speaks of the
    same, of several where one is meant, or of one where two are.
    """
    if reference.kind in ("group", "two") and before is not None and before.kind in ("group", "two"):
        return True
    if reference.kind == "verb":
        return before is not None and before.kind == "verb"
    if reference.kind == "two":
        return not _NAMES_TWO.search(sentence)
    if reference.person == "they" and before is None and not _NAMES_SEVERAL.search(sentence):
        return True
    if not reference.person or before is None:
        return False
    if before.kind == "owner" and reference.kind == "owner":
        return before.person == reference.person
    if before.kind != "person":
        return False
    return (
        before.person == reference.person
        or (before.person in _PLURAL and reference.person not in _PLURAL)
        or any(_PERSONS.get(word) == reference.person for word in _WORD.findall(normalised(sentence)))
    )


def _reference_of(text: str, language: str | None = None) -> _Reference | None:
    beginning = _BEGINNING.match(text)
    text = text[beginning.end() if beginning else 0 :][:_MAX_CHARACTERS]
    if text.startswith(_PERSONS_UNSPACED):
        return _Reference("person", next(form for form in _PERSONS_UNSPACED if text.startswith(form)))
    if text.startswith(_POINTING_UNSPACED):
        return _Reference("pointing")
    if text.startswith(_LINKING_UNSPACED):
        return _Reference("linking")
    kind = next((kind for kind, pattern in _PATTERNS.items() if pattern.match(text)), None)
    if kind is not None:
        return _Reference(kind)
    verb_kind = begins_with_verb(text, language)
    if verb_kind is not None:
        return _Reference(verb_kind)
    return (
        _person_of(text, language)
        or _object_of(text)
        or _last_of(text)
        or (_Reference("one") if _ONE_OF_THEM.search(text) else None)
    )


def _object_of(text: str) -> _Reference | None:
    """The reference of a sentence whose first noun is a pronoun behind its subject, or in a clause before it."""
    clause = _CLAUSE_FIRST.match(text)
    if clause is not None:
        word = normalised(clause.group("subject"))
        word = word if word in _PERSONS else normalised(clause.group("main") or "")
        return _Reference("person", _PERSONS[word]) if word in _PERSONS else None
    match = _OBJECT.match(text)
    return None if match is None else _Reference("person", _PERSONS[match.group("object")])


def _last_of(text: str) -> _Reference | None:
    """The reference of a sentence that ends in a pronoun behind a preposition, with no noun for it but the subject, or
    has such an adverb: "The pot may be washed in it.", "Der Topf darf darin gekocht werden.".
    """
    match = _LAST.match(text)
    if match is None:
        return None
    words = match.group("before").split()
    has_other_noun = any(word.lower() in _DETERMINERS for word in words[1:]) or any(
        word[0].isupper() or word[0].isdigit() for word in words[2:]
    )
    if has_other_noun or len(words) > _MAX_WORDS_BEFORE_LAST or _HAS_INSIDE.search(text):
        return None
    person = match.group("person")
    return _Reference("pointing") if person is None else _Reference("person", _PERSONS[person.lower()])


def _person_of(text: str, language: str | None) -> _Reference | None:
    match = _PERSON.match(text)
    if match is None:
        return None
    is_first = match.group("first") is not None
    form = match.group("first" if is_first else "later")
    word = normalised(form)
    if word in _NO_PRONOUNS.get(language or "", ()) or _NO_PERSON.match(text, match.end() - len(form)):
        return None
    if not is_first and word in _OWNING and not _OF_SOME.match(text):
        return None  # "In its early days the club was poor."
    return _Reference("owner" if is_first and word in _OWNING else "person", _PERSONS[word])
