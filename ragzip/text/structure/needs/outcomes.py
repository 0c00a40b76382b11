"""Sentences that state the outcome of a request in the ones before them: "Refused, 3 votes to 1."."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["asking", "makes_request", "replies"]

_OUTCOME = pattern_of(  # of what the sentence before asks for: "Refused, 3 votes to 1."
    r"(?:(?:unanimously|narrowly|einstimmig|mehrheitlich) )?(?:agreed|refused|approved|rejected|carried|adopted|denied"
    r"|seconded|granted|passed|lost|defeated|withdrawn|deferred|postponed|adjourned|dismissed|upheld|declined"
    r"|accepted|noted|resolved"
    r"|angenommen|abgelehnt|vertagt|zurückgestellt|zurückgezogen|genehmigt|beschlossen|adopté|rejeté|refusé|approuvé"
    r"|reporté|accordé|aprobad[oa]|rechazad[oa]|aplazad[oa]|denegad[oa]|approvat[oa]|respint[oa]|rinviat[oa]"
    r"|aprovad[oa]"
    r"|rejeitad[oa]|adiad[oa]|aangenomen|verworpen|afgewezen|uitgesteld|goedgekeurd)e?s?"
    r"(?:[.,;:!]|\s(?:by|unanimously|with|on|until|mit|einstimmig|bis|à|par|por|con|all['’]|met)\b)",
    re.IGNORECASE,
)
_OUTCOME_OF = pattern_of(  # "The motion to buy it was not put to the vote."
    r"(?:the|this|that|his|her|its|their) (?:[a-z]{3,14} )?(?P<noun>motion|proposal|suggestion|idea|variant|version"
    r"|option"
    r"|sum|amount|figure|request|application|appeal|amendment|resolution"
    r"|petition|complaint|objection|offer|bill|claim|bid|action)s?(?: (?:to|for|that|by) (?:[\w'’-]{1,20} ){1,6}?| )"
    r"(?:was|were|is|has|have|had|failed|passed|succeeded)\b"
    r"|(?:der|die|das|sein|ihr)e? (?:antrag|vorschlag|klage|berufung|revision|beschwerde|einspruch)"
    r" (?:wurde|wird|ist|blieb|hatte|fand|scheitert)"
    r"|(?:la|le|sa) (?:motion|proposition|demande|requête|plainte) (?:a|est|fut|n['’])"
    r"|(?:la|su) (?:moción|propuesta|solicitud|demanda) (?:fue|es|ha|se|queda|resulta)\b"
    r"|(?:la|sua) (?:mozione|proposta|richiesta|domanda) (?:è|viene|fu|non)\b",
    re.IGNORECASE,
)
_OF_IT = pattern_of(  # "It was lost by two votes to three."
    r"(?:it|this|that|they|er|sie|es|il|elle) (?:was|were|is|has been|wurde|wird|est|a été|fut) (?=\w)", re.IGNORECASE
)
_ASKS = pattern_of(
    r"\b(?:propos|mov(?:ed|es)\b|want(?:s|ed)\b|prefer(?:s|red)\b|ask|request|appl(?:y|ie)|appeal|suggest|demand"
    r"|sought|seek|offer|claim|object|petition"
    r"|complain|propon|propus|beantrag|schlug|schlägt|klag|bat\b|forder|demand|requ[êi]|plaint|solicit|pid(?:e|ió)\b)",
    re.IGNORECASE,
)
_PROPOSES = pattern_of(r"\b(?:propos|mov(?:ed|es)\b|tabled?\b)", re.IGNORECASE)  # what a motion is, not a suggestion
_ASKS_WHETHER = pattern_of(  # a question in a report of it: "A resident asked whether hens may be kept."
    r"\b(?:ask(?:s|ed)|wants?(?:ed)? to know|[ei]nquired?|wondered|queried)\b[^.!?;]{0,50}?"
    r"\b(?:whether|if|why|how|when|where|who|what|which)\b"
    r"|\b(?:fragte?n?|erkundigten? sich|woll(?:te|ten) wissen)\b[^.!?;]{0,40}?,\s(?:ob|warum|weshalb|wie|wann|wo|wer"
    r"|was"
    r"|welche\w?)\b"
    r"|\b(?:(?:a|ont|avait) demandé|demand(?:e|ent|a|èrent)|voulai(?:t|ent) savoir)\b[^.!?;]{0,40}?\b(?:si|s['’]ils?"
    r"|pourquoi"
    r"|comment|quand|où|qui|combien)\b"
    r"|\b(?:pregunt(?:ó|a|aron)|ha preguntado|quis(?:o|ieron) saber)\b[^.!?;]{0,40}?\b(?:si|por qué|cómo|cuándo|dónde"
    r"|quién"
    r"|cuánto)\b"
    r"|\b(?:chies(?:e|ero)|(?:ha|hanno) chiesto|domand(?:ò|arono))\b[^.!?;]{0,40}?\b(?:se|perché|come|quando|dove|chi"
    r"|quanto)\b"
    r"|\b(?:pergunt(?:ou|aram)|quis(?:eram)? saber)\b[^.!?;]{0,40}?\b(?:se|por que|como|quando|onde|quem|quanto)\b"
    r"|\b(?:vroeg(?:en)?|vraagt|wilde(?:n)? weten)\b[^.!?;]{0,40}?\b(?:of|waarom|hoe|wanneer|waar|wie|wat)\b"
    r"|\bспросил[аи]?\b[^.!?;]{0,60}?\b(?:ли|почему|как|когда|где|кто|что|сколько)\b",
    re.IGNORECASE,
)
_REPLIES = pattern_of(  # "The clerk said that …", "She was told that …"
    r"(?:[^.!?;:,]{2,60},\s)?[^.!?;:,]{2,50}?\b(?:sa(?:id|ys)|repl(?:ied|ies)|answer(?:ed|s)|explain(?:ed|s)"
    r"|respond(?:ed|s)"
    r"|confirm(?:ed|s)|stated?|pointed out|assured|told|denied|noted|advised|thought|did not know"
    r"|sagten?|sagt|antworten?|antwortete\w?|erwidert\w{0,2}|erklärt\w{0,2}|bestätigt\w{0,2}|verneint\w{0,2}"
    r"|bejaht\w{0,2}"
    r"|(?:a|ont|avait) (?:répondu|expliqué|confirmé|dit|précisé)|répond(?:it|irent)?|expliqua|précise"
    r"|respond(?:ió|e|ieron)|contest(?:ó|a|aron)|explic(?:ó|a)|dijo|confirmó|aclaró"
    r"|rispose(?:ro)?|ha (?:risposto|detto|spiegato)|spiegò|disse|respondeu|disse|explicou|confirmou"
    r"|antwoordden?|zei(?:den)?|bevestigde|ответил[аи]?|сказал[аи]?|пояснил[аи]?)(?!\w)",
    re.IGNORECASE,
)
_MAX_SENTENCES_TO_OUTCOME = 3
_MAX_SENTENCES_TO_NOUN = 6
_STEM_CHARACTERS = 5  # "proposal", "proposed"
_OF_PROPOSALS = frozenset(["motio", "resol"])  # stems


def asking(texts: Sequence[str], number: int) -> int | None:
    """The place of the sentence with the request whose outcome the one at ``number`` states."""
    if _OUTCOME.match(texts[number]):
        return number - 1
    of_it = _OF_IT.match(texts[number])
    if of_it is not None:
        may_be_meant = makes_request(texts[number - 1]) or _OUTCOME_OF.match(texts[number - 1]) is not None
        return number - 1 if may_be_meant and _OUTCOME.match(texts[number], of_it.end()) else None
    match = _OUTCOME_OF.match(texts[number])
    if match is None:
        return None
    nearest_first = range(number - 1, max(number - 1 - _MAX_SENTENCES_TO_NOUN, -1), -1)
    stem = match["noun"][:_STEM_CHARACTERS].lower() if match["noun"] else ""
    with_noun = (
        place for place in nearest_first if stem and stem in texts[place].lower() and makes_request(texts[place])
    )
    proposals = (place for place in nearest_first if stem in _OF_PROPOSALS and _PROPOSES.search(texts[place]))
    askable = nearest_first[:_MAX_SENTENCES_TO_OUTCOME] if stem else nearest_first[:_MAX_SENTENCES_TO_NOUN]
    of_any_noun = (place for place in askable if makes_request(texts[place]))
    return next(chain(with_noun, proposals, of_any_noun), None)


def makes_request(text: str) -> bool:
    """Whether a sentence asks for something, or says that somebody did."""
    return _ASKS.search(text) is not None


def replies(text: str, following_text: str) -> bool:
    """Whether ``text`` tells of a question, and the sentence after it of the reply."""
    return _ASKS_WHETHER.search(text) is not None and _REPLIES.match(following_text) is not None
