"""Words that correct an earlier statement: "sorry, wrong", "I meant Tuesday", "not 41, 14"; in mail, "has moved"."""

from __future__ import annotations

import re
from typing import NamedTuple

from ragzip.text.changes import CANCELLED, INSTEAD_OF, MOVED, PUT_OFF
from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import DIGIT
from ragzip.text.words import content

__all__ = ["Withdrawal", "denied", "says_changed", "things", "withdrawal"]

_SPACE = r"[\s,.!…:;–—-]{1,4}"
_FILLER = (  # before the words that say it
    "oh|ah|ach|ok|okay|no|nope|nee|nein|non|hmm?|um|uh|erm?|ähm?|euh|eh|damn|argh|yes|ja|wow|haha|actually|well|so|all"
    "|hey|guys|very|sehr|zut|ay|uy|mist|shit"
)
_APOLOGY = (
    "sorry|(?:my )?apologies|pardon|oops|whoops|ups|oups|ops|oeps|wait|hold on|hang on"
    "|entschuldig(?:ung|t|e)|verzeihung|moment|halt|warte(?:t)?|désolée?s?|excusez?-moi|attend(?:s|ez)"
    r"|perd[oó]n|perdonad?|disculpad?|lo siento|esperad?|scusa(?:te|mi)?|aspetta(?:te)?|mi dispiace|wacht|excuus"
)
_ERROR = (
    r"wrong|mistaken?|mixed|confused|misread|misremembered|typo|correction|meant|falsch|verwechselt|vertan|geirrt"
    r"|verlesen|vertippt|korrektur|meinte|trompée?s?|faux|fausse|erreur|confondue?|voulais|equivo\w{1,20}|error"
    r"|confund\w{1,20}|quería|quise|sbagli\w{1,20}|errore|confus[oa]|volevo|intendevo|fout(?:je)?|verkeerd|vergist?e?"
    r"|bedoel(?:de)?"
)
_AFTER_APOLOGY = (  # what may put something right, or say something else
    r"(?:\d|(?:only|just|not|it['’]?s|it is|they['’]?re|they are|that['’]?s|should be|make it|the|at|on|nur|doch|erst"
    r"|es ist|um|am|nicht|das|seulement|c['’]est|à|pas|le|la|solo|sólo|es|son|a las|no|è|alle|il|alleen|het is"
    r"|om|niet|toch)\b)"
)
_SURE = (
    r"correction\b|i meant\b|no[,. ]{1,2}wait\b|wait[,. ]{1,2}no\b|(?:scratch|scrap|strike) (?:that|this|it)\b"
    r"|(?:i|we)(?:['’]ve| have)? (?:just |since )?(?:moved|changed|switched|swapped|replaced) (?:it|them|that)\b"
    r"|(?:please )?(?:ignore|disregard|forget) (?:that|this|my (?:last|previous)|what i (?:said|wrote))\b"
    r"|my (?:mistake|bad|error|fault)\b|edit(?:ed)?\s?:|typo\b|make that\b"
    r"|i (?:was|(?:got|had|read) (?:that|it)) wrong\b|i take (?:that|it) back\b"
    r"|i (?:misspoke|misread|stand corrected)\b|wrong[,.!:]|change of plans?\b"
    r"|on second thoughts?\b|update\s?:|erratum\b|actually,? (?:no|not|make)\b"
    r"|korrektur\b|(?:ich )?meinte\b|nein[,. ]{1,2}(?:moment|halt|warte)\b|moment[,. ]{1,2}nein\b|mein fehler\b"
    r"|vergiss(?:t)? (?:das|es|was)\b|streicht? das\b|quatsch[,.!]|doch nicht\b|planänderung\b|besser gesagt\b"
    r"|(?:ich|wir) habe?n? (?:es|sie|ihn|das) (?:jetzt |inzwischen )?(?:verlegt|getauscht|geändert|verschoben)\b"
    r"|(?:ich )?hab(?:e)? (?:mich|das|es) (?:geirrt|vertan|verlesen|vertippt|verschrieben|versprochen|verwechselt)\b"
    r"|falsch[,.!:]|tippfehler\b|nachtrag\s?:"
    r"|rectification\b|je voulais dire\b|je me suis tromp|je corrige\b|attends?,? non\b|non[,. ]{1,2}attend"
    r"|a?u(?:tant| temps) pour moi\b|oubliez?,? (?:ça|ce que)\b|mon erreur\b|erreur (?:de ma part\b|[:,.!])"
    r"|faute de frappe\b|changement de (?:plan|programme)\b|en fait,? (?:non|pas|c['’]est)\b"
    r"|corrección\b|corrijo\b|(?:quise|quería) decir\b|me (?:he )?(?:equivo|confund)|(?:error|fallo) mío\b|mi error\b"
    r"|mejor dicho\b|olvidad? (?:eso|lo)\b|espera,? no\b|no[,. ]{1,2}espera\b|cambio de planes\b"
    r"|en realidad,? (?:no|es|son)\b"
    r"|correzione\b|correggo\b|volevo dire\b|intendevo\b|(?:mi sono|ho) sbagliat|mi sono confus|errore mio\b"
    r"|mio errore\b|colpa mia\b|anzi\b|come non detto\b|lascia(?:te)? perdere\b|aspetta,? no\b|no[,. ]{1,2}aspetta\b"
    r"|cambio di programma\b|errore di battitura\b|in realtà,? (?:no|è|sono)\b"
    r"|correctie\b|ik bedoel(?:de)?\b|bedoelde\b|ik (?:heb me )?vergist?\b|ik had het (?:mis|fout)\b|foutje\b"
    r"|mijn fout\b|vergeet (?:dat|wat)\b|laat maar\b|wacht,? nee\b|nee[,. ]{1,2}wacht\b|tikfout\b"
    r"|(?:verkeerd|fout)[,.!:]|toch niet\b"
)
_TAKES_BACK = pattern_of(
    rf"(?:(?:{_FILLER}|{_APOLOGY}){_SPACE}){{0,3}}?(?:(?P<sure>{_SURE})"
    rf"|(?:{_APOLOGY}){_SPACE}(?:(?:{_FILLER}|{_APOLOGY}){_SPACE}){{0,3}}"
    rf"(?:(?P<error>[^.!?\n]{{0,40}}?\b(?:{_ERROR})\b)|{_AFTER_APOLOGY}))",
    re.IGNORECASE,
)
_STAR = pattern_of(r"\*(?![\s*])[^*\n]{1,40}|[^*\n]{1,40}(?<![\s*])\*")  # "*8.40", in chats
_DENIED = pattern_of(  # "not Tuesday, Wednesday", "Wednesday, not Tuesday"
    r"(?:(?:it['’]?s|its) )?(?:not|nicht|pas|no|non|niet) (?P<denied>[^,;!?\n]{1,40}?)"
    r"(?:[,;.–—-]{1,2} ?| (?:but|sondern|mais|sino|ma|maar) )\w"
    r"|[^,;!?\n]{1,60}(?:[,;–—-]| and| und| et| y| e| en|(?<=\d)) (?:not|nicht|pas|no|non|niet)"
    r" (?P<denied_later>[^,;!?\n]{1,40}?)[.!]?$",
    re.IGNORECASE,
)
_CHANGED = pattern_of(
    rf"\b(?:{CANCELLED}|{PUT_OFF}|{MOVED}"
    r"|ha(?:s|ve) (?:also |now |been )?changed?|(?:is|are|was|were|be|been) (?:also |now )?changed"
    r"|changes? (?:of|to|in)"
    r"|new (?:time|date|day|place|venue|room|address|prices?|deadline|meeting point|plan|number|link|location|hours)"
    r"|(?:been|is|are|was|were) (?:now )?moved|moved (?:to|from)|cancellation"
    r"|updates?|updated|corrections?|corrected|erratum|instead|no longer|supersedes?|replaces"
    r"|(?:will|is|are) now|now (?:be|takes?|starts?|begins?)|(?:move|moving|shift|push|bring) (?:it |this |us )?"
    r"(?:to|back|forward)|let['’]?s (?:(?:rather|just|now) )?(?:make it|move|begin|start|meet)"
    r"|(?:later|earlier) than planned"
    r"|geändert|änderung(?:en)?|ändert"
    r"|neue[rsmn]? (?:termin|zeit|ort|raum|treffpunkt|datum|uhrzeit|adresse|frist|nummer)"
    r"|entfällt|fällt aus|stattdessen|korrektur|berichtigung|nicht mehr|nunmehr"
    r"|aktualisier\w{1,20}|verschieben|verlegen|vorziehen"
    r"|changements?|changée?s?|modifi\w{1,20}|nouve(?:l|lle|au) (?:heure|horaire|date|lieu|salle|adresse)"
    r"|à la place|au lieu|rectificatif|mise à jour|désormais|n['’]est plus"
    r"|ne \w{1,20} plus|(?:reporter|déplacer|décaler|avancer) (?:à|au|le|la)"
    r"|cambios?|cambiad[oa]s?|cambia|nuev[oa] (?:hora|fecha|lugar|sala|dirección)"
    r"|en lugar|en vez|corrección|rectificación|actualización|ya no"
    r"|aplazar|posponer|adelantar|trasladar"
    r"|cambi(?:o|ato|ata|ati|ate|amento)|nuov[oa] (?:ora|orario|data|luogo|sede|sala|indirizzo)"
    r"|invece|correzione|rettifica|aggiornamento"
    r"|non \w{1,20} più|d['’]ora in poi|spostare|rinviare|posticipare|anticipare"
    r"|gewijzigd|wijziging(?:en)?|veranderd|nieuwe (?:tijd|datum|plaats|zaal|plek|adres)"
    r"|in plaats|correctie|niet meer|voortaan"
    r"|verzetten|verplaatsen|uitstellen)\b",
    re.IGNORECASE,
)
_PREFERRED = pattern_of(
    rf"\b(?:{INSTEAD_OF}|better than|besser als|lieber als|plutôt que|mejor que|meglio (?:di|del|della|che)|beter dan"
    r"|liever dan)\s(?P<denied>[^,.;:!?\n]{1,40})",
    re.IGNORECASE,
)
_SENTENCE_START = pattern_of(r"[.!?…\n]\s+")
_ASKS_AT_END = pattern_of(r"[?？؟]\W{0,4}$")
_MAX_CHARACTERS_BEFORE = 60
_MAX_WORDS_OF_DENIAL = 10
_MAX_WORDS_OF_STAR = 4
_LEAST_LETTERS_IN_COMMON = 4


class Withdrawal(NamedTuple):
    """A statement that takes back something said before: ``words`` deny ``denied_terms`` of it, or correct something
    related to them; ``is_sure``: even where it seems to be unrelated.
    """

    words: str
    denied_terms: frozenset[str]
    is_sure: bool

    def may_mean(self, statement: str) -> bool:
        """Whether it may take back ``statement``, an earlier statement."""
        if self.denied_terms:
            return not self.denied_terms.isdisjoint(content(statement))
        return _are_related(statement, self.words)


def withdrawal(words: str) -> Withdrawal | None:
    """The withdrawal in ``words`` of a person who has spoken before; None where they take nothing back, or only ask."""
    if _ASKS_AT_END.search(words[-10:]):
        return None
    starts = [0, *(stop.end() for stop in _SENTENCE_START.finditer(words[:_MAX_CHARACTERS_BEFORE]))]
    for start in starts:
        taking_back = _TAKES_BACK.match(words, start)
        if taking_back is not None:
            is_sure = taking_back["sure"] is not None or taking_back["error"] is not None
            return Withdrawal(words, frozenset(), is_sure)
    word_count = len(words.split())
    if word_count <= _MAX_WORDS_OF_STAR and _STAR.fullmatch(words):
        return Withdrawal(words, frozenset(), True)
    denial = _DENIED.match(words) if word_count <= _MAX_WORDS_OF_DENIAL else None
    denied_terms = things(denial["denied"] or denial["denied_later"]) if denial else frozenset()
    return Withdrawal(words, denied_terms, False) if denied_terms else None


def _are_related(text: str, other: str) -> bool:
    """Whether two statements may be of one thing: they share a word of some length, or both hold a number."""
    if DIGIT.search(text) and DIGIT.search(other):
        return True
    return any(len(term) >= _LEAST_LETTERS_IN_COMMON for term in things(text) & things(other))


def things(text: str) -> frozenset[str]:
    """The terms of ``text`` that are function words of no language."""
    return frozenset(term for term in content(text) if not is_function_word(term))


def denied(sentence: str) -> frozenset[str]:
    """The terms that ``sentence`` rejects: "Friday would be better than Wednesday"."""
    preferring = _PREFERRED.search(sentence)
    return things(preferring["denied"]) if preferring is not None else frozenset()


def says_changed(sentence: str) -> bool:
    """Whether ``sentence`` says that an earlier statement no longer holds."""
    return _CHANGED.search(sentence) is not None or _PREFERRED.search(sentence) is not None
