"""Pronouns of a dozen languages, and how those that name the same are called alike."""

from __future__ import annotations

import re

from ragzip.text.auxiliaries import AUXILIARY
from ragzip.text.lazy_patterns import pattern_of

__all__ = [
    "NO_PERSON",
    "OWNING",
    "PERSONS",
    "PERSONS_UNSPACED",
    "PLURAL",
    "POINTING",
    "POINTING_UNSPACED",
    "object_pronoun",
]

PERSONS = {  # how a pronoun, and who owns something, are named alike
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
PLURAL = frozenset(["they", "ils", "elles", "ellos", "ellas", "loro", "eles", "elas", "они", "вони"])
OWNING = frozenset(
    re.findall(
        r"\w+",
        """
        his her its their sein seine ihr ihre son sa ses leur leurs su sus suo sua suoi sue seu sua seus suas zijn haar
        hun hans hennes hendes deras deres его её их його її
        """,
    )
)
POINTING = r"""
    this that these those there such both neither none either here
    dies diese dieser dieses diesen diesem dort beide ce cela ceci cette cet ces
    este esta esto estos estas ese esa eso esos esas ambos ambas ninguno ninguna
    questo questa questi queste quello quella entrambi entrambe nessuno isto isso esse essa esses essas ambos
    from\ there from\ here von\ dort von\ hier dorthin de\ là desde\ allí desde\ ahí de\ allí allí da\ lì lì de\ lá dali
    daarvandaan vanaf\ daar
    dit dat deze beide это этот эта эти це ці
"""
POINTING_UNSPACED = (*tuple("這这那其此该該"), "これ", "それ", "あれ", "この", "その", "그것", "이것", "이는")
PERSONS_UNSPACED = (*tuple("它他她"), "彼女", "彼", "그는", "그녀")
_JUDGED = (  # about the words after it: "It is forbidden to smoke."
    "possible|impossible|likely|unlikely|important|necessary|advisable|easy|hard|difficult|better|best|forbidden|prohibited"
    "|permitted|allowed|known|said|believed|thought|reported|assumed|estimated|clear|true|false|unclear|unknown|recommended"
    "|required|common|usual|customary|illegal|legal|dangerous|safe|useful|worth|enough|said|claimed|decided|agreed|planned"
    "|an? (?:myth|fact|pity|shame|mistake|duty)|time|up"
)
NO_PERSON = pattern_of(  # "Es gibt zwei Seen."
    rf"it\s(?:(?:is|was|has\sbeen|will\sbe|may\sbe|can\sbe|seems|appears|became)\s(?:(?:not|also|still|now|only|\w+ly)\s)?(?:{_JUDGED})"
    r"\b[^.!?]{0,60}?\b(?:that|to|whether|for)\b|(?:seems|appears|turns?\sout|turned\sout)\b"
    r"|(?:rain|snow)|is\s(?:cold|hot|warm|dry|wet|dark|late|early)\b|takes\b)"
    r"|es\s(?:gibt|gab|geht|ist\b[^.!?]{0,60}\b(?:dass|zu)\b|regnet|schneit|wird\b|wurde\b)"
    r"|sie\s(?:können|müssen|dürfen|sollten|haben|finden|erhalten|brauchen|benötigen|möchten)\b"  # "you"
    r"|il\s(?:y\sa|faut|fallait|s['’]agit|est\s\w{1,20}\s(?:de|que|d['’])|pleut|neige)",
    re.IGNORECASE,
)
_OBJECT = pattern_of(  # "Visitors may climb it on Sundays."
    r"(?:(?!(?i:the|an?|this|that|these|those|each|every|any|some|no|my|your|his|her|its|our|their|and|or|if|when|that|because|until|once|while)\s)"
    r"[^\W\d_]{1,20}(?:['’][a-z]{1,2})?\s(?![A-ZÀ-Þ])){1,5}?(?P<object>it|them|him)\b"
    rf"(?!\s(?:{AUXILIARY}|rains?|snows?|seems?|takes)\b)"
)
_OBJECT_OF_RULE = pattern_of(  # "Pupils of the upper school may use them."
    r"[A-Z][^\W\d_]{2,20}s\s(?:of|in|from|with|under|over|at|on|who)\s(?:[^\s,;:.()]{1,20}\s){1,5}?"
    r"(?:may|must|can|cannot|could|should|shall)\s(?:not\s|only\s|also\s)?[a-z]{2,15}\s(?P<object>it|them)\b"
)


def object_pronoun(text: str) -> str | None:
    """The object of a sentence, where that is a pronoun after no other noun than the subject: "Cats may climb it."."""
    match = _OBJECT.match(text) or _OBJECT_OF_RULE.match(text)
    return None if match is None else match.group("object")
