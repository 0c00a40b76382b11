"""Sentences that take back what one before them says: "The report was wrong.", "It was cancelled.", "In the end …"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragzip.text.auxiliaries import AUXILIARY
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.references import refers_back

__all__ = ["taken_back"]

_LABEL_OF_NOTE = (  # before a sentence that says of the one before when it holds
    r"(?:(?:(?:please )?note(?: that)?|n\.?b\.?|important|attention|warning|caution|hinweis|achtung|wichtig|remarque"
    r"|nota|attenzione|atención|atenção|let op|obs)\s?[:!.–—-]?\s+)?"
)
_TAKES_BACK = pattern_of(  # a sentence that says of the one before that it does not hold, or when
    _LABEL_OF_NOTE
    + r"(?:(?:this|that|it|which) (?:is|was) (?:not (?:true|the case|correct|so(?=\s?[.,;:!?]))|false|wrong|incorrect"
    r"|untrue"
    r"|a (?:myth|lie|hoax)|no longer (?:true|so|the case))|the (?:opposite|reverse|contrary) (?:is|was) true"
    r"|none of (?:this|that|it|these) \w|(?:this|that|it) (?:only applies|applies only|does not apply|did not apply)"
    r"|(?:this|that|these|those|it|they) (?:no longer|never) (?:appl(?:y|ies|ied)|holds?|held|exists?|existed|happens?"
    r"|happened|took place|came about|materiali[sz]ed)\b|(?:this|that|it) (?:did not|never) happen\b"
    r"|nothing (?:ever )?(?:came|has come|became) of (?:it|this|that|them|these|the)\b"
    r"|that is, (?:unless|except|if|only)\b|(?:not (?:true|so(?=\s?[.,;:!?]))|unless|only if|but (?:not|only))\b"
    r"|but (?:it|they|this|that|he|she) (?:is|was|are|were|does|do|did)\b"
    r"|i (?:do|did) not\.|i (?:disagree|(?:don['’]t|do not) (?:agree|think so))\b"
    r"|(?:correction|erratum|retraction|clarification)(?=\s?[:(,.–—]|\s(?:of|to)\b)"
    r"|das (?:stimmt nicht|ist (?:falsch|nicht wahr|ein irrtum)|gegenteil)|(?:dies|das) gilt (?:nur|nicht)"
    r"|daraus wurde nichts|es sei denn|korrektur\b|berichtigung\b"
    r"|c['’]est faux|ce n['’]est pas vrai|le contraire|cel?a ne (?:s['’]applique|vaut|concerne)"
    r"|es falso|no es (?:cierto|verdad)|esto (?:solo|no) se aplica|lo contrario|corrección\b"
    r"|è falso|non è vero|questo (?:vale solo|non (?:vale|si applica|riguarda))|é falso|não é verdade"
    r"|isto não (?:se aplica|vale)|dit (?:is niet waar|geldt (?:alleen|niet))|nie dotyczy to\b|nie jest to prawd"
    r"|(?:[^\W\d_]{1,15} ){0,4}это (?:правило )?не (?:распространяется|относится|касается|так)\b"
    r"|(?:it|he|she|they|(?:the|his|her|its|their) [\w-]{1,20}) now (?:say|expect|admit|put|den(?:y|ie))s?\b"
    r"|\((?:false|wrong|not true|falsch|faux|falso)\))",
    re.IGNORECASE,
)
_BE = (
    r"(?:is|are|was|were|turned|proved|ist|sind|war|waren|wurden?|est|sont|était|étaient"
    r"|fut|furent|es|son|era|eran|fue|fueron|è|erano?|fu|furono|foi|foram|zijn|werd|werden"
    r"|(?:has|have|had|hat|haben|a|ont|ha|han)(?=\s[^.,;:!?]{0,40}?"  # not who lifts or cancels something
    r"\b(?:been|turned|proved|proven|sich|worden|été|sido|stat[oaie]|geworden)\b))"
)
_BETWEEN = (  # that and what is said
    r"(?:been|proven?|proved|out|to|be|later|then|since|soon|now|also|however|finally|eventually|subsequently|simply"
    r"|quite"
    r"|completely|formally|officially|meanwhile|sich|als|später|dann|inzwischen|jedoch|aber|wieder|bald|été|ensuite"
    r"|depuis|plus|tard|finalement|sido|después|luego|más|tarde|finalmente|stat[oaie]|poi|dopo|depois|mais|geworden"
    r"|weer)"
)
_SO = rf"\s{_BE}(?>(?:\s{_BETWEEN}(?!\w)){{0,4}})"
_NOT_SO = (  # said of a statement
    r"wrong|false|untrue|incorrect|inaccurate|mistaken|unfounded|baseless|groundless|invented|fabricated|exaggerated"
    r"|an? (?:mistake|error|hoax|lie|fake|misunderstanding|forgery|invention)|made up(?! of)|denied|disputed|refuted"
    r"|disproved"
    r"|debunked|discredited|retracted|corrected|falsch|unwahr|erfunden|widerlegt|dementiert|ein irrtum|faux|fausse"
    r"|inexacte?|démentie?|erron[ée]e?|infondée?|fals[oa]|desmentid[oa]|erróne[oa]|infundad[oa]|smentit[oa]"
    r"|infondat[oa]"
    r"|errat[oa]|errad[oa]|onjuist|onwaar|ontkend|weerlegd"
)
_CALLED_OFF = (  # said of what was planned, decided or in force
    r"cancell?ed|called off|withdrawn|dropped|scrapped|shelved|abandoned|revoked|overturned|overruled|quashed|annulled"
    r"|reversed|repealed|rescinded|recalled|lifted(?! by an? )|abolished|suspended(?! from\b)|postponed"
    r"|struck down|set aside|put off|given up"
    r"|abgesagt|zurückgezogen|zurückgenommen|aufgehoben|widerrufen|aufgegeben|verschoben|gekippt|abgeschafft|kassiert"
    r"|annulée?s?|retirée?s?|abandonnée?s?|cassée?s?|abrogée?s?|levée?s?|reportée?s?|révoquée?s?|supprimée?s?"
    r"|cancelad[oa]s?|anulad[oa]s?|retirad[oa]s?|revocad[oa]s?|derogad[oa]s?|abandonad[oa]s?|aplazad[oa]s?"
    r"|suspendid[oa]s?"
    r"|annullat[oaie]|ritirat[oaie]|revocat[oaie]|abbandonat[oaie]|abrogat[oaie]|rinviat[oaie]|sospes[oaie]"
    r"|adiad[oa]s?|revogad[oa]s?|suspens[oa]s?"
    r"|afgelast|ingetrokken|herroepen|vernietigd|opgeheven|uitgesteld"
)
_THIS = pattern_of(  # "It was cancelled.", "Es wurde später abgesagt."
    rf"(?:it|this|that|they|these|those|both|es|sie|er|dies|das|il|elle|cela|ils|elles|esto|eso|questo|dit|dat|het"
    rf"|ze){_SO}\s(?:{_NOT_SO}|{_CALLED_OFF})(?!\w)"
    rf"|(?:fue|fueron|foi|foram|fu|(?:ha|han) sido|è stat[oa]"
    rf"|sono stat[ie])(?>(?:\s{_BETWEEN}(?!\w)){{0,3}})\s(?:{_CALLED_OFF})(?!\w)",
    re.IGNORECASE,
)
_UNDONE_FOR_PERSON = pattern_of(  # "She was disqualified an hour later."
    rf"(?:he|she|they|both|er|sie|beide|ils?|elles?|él|ella|ellos|ellas|lui|lei|ele|ela|eles|elas|hij|zij|ze){_SO}"
    r"\s(?:disqualified|acquitted|exonerated|stripped of|reinstated|disqualifiziert|freigesprochen|disqualifiée?s?"
    r"|acquittée?s?|descalificad[oa]s?|absuelt[oa]s?|squalificat[oaie]|assolt[oaie]|desclassificad[oa]s?"
    r"|absolvid[oa]s?|gediskwalificeerd|vrijgesproken)(?!\w)",
    re.IGNORECASE,
)
_NAMED = pattern_of(  # "The report was wrong.", "The plan for the bridge has since been dropped."
    r"(?:the|this|that|these|those|both|all|his|her|its|their|der|die|das|diese[rs]?|le|la|les|cette?|ces|l['’]|el|los"
    r"|las"
    rf"|esta|este|il|lo|questa?|de|het|deze"
    rf"|dit)\s?(?P<noun>[^\W\d_]{{3,24}})(?:\s[^\s.,;:!?()]{{1,24}}){{0,5}}?{_SO}"
    rf"\s(?:(?:{_NOT_SO})|{_CALLED_OFF})(?!\w)",
    re.IGNORECASE,
)
_DENIES = pattern_of(  # "The owner has denied this.", "Its editor withdrew the rumour.", "They set the verdict aside."
    r"[^.,;:!?()]{2,60}?\s(?:has |have |had |later |since |also |always ){0,3}(?:"
    r"(?:denied|denies|deny|disputed|disputes|refuted|retracted|contradicted|contradicts"
    r"|(?:could|did|can|do(?:es)?) not (?:confirm|replicate|reproduce|verify|support)|failed to (?:confirm"
    r"|replicate|reproduce))\s"
    r"(?:(?P<pointing>it|this|that|them|these|those|everything)\b(?! \w)"
    r"|(?:the|this|that|these|those|all|any|his|her|its|their)\s(?P<denied>(?-i:[a-zà-þ])[^\W\d_]{2,23})\b)"
    r"|(?:withdrew|dropped|cancelled|scrapped|overturned|overruled|quashed|reversed|rejected|repealed|revoked|suspended"
    r"|annulled|voided|vetoed|blocked|halted|lifted|rescinded|reconsidered|struck down|set aside|called off|put off)\s"
    r"(?:the|this|that|these|those|all|any|his|her|its|their)\s(?P<undone>(?-i:[a-zà-þ])[^\W\d_]{2,23})\b"
    r"|(?:set|struck|called|put)\s(?:the|this|that|his|her|its|their)\s(?P<parted>(?-i:[a-zà-þ])[^\W\d_]{2,23})"
    r"\s(?:aside|down|off|on hold)\b"
    r"|(?:hob|hoben|nahm|nahmen)\s(?:[^\W\d_]{2,30}\s){0,5}?(?:den|die|das|diese[ns]?|seine[n]?|ihre[n]?)"
    r"\s(?P<aufgehoben>[^\W\d_]{3,24})(?:\s(?:vo[nm]|über|des|der|zu[rm]?)\s[^.,;:!?()]{1,40}?)?(?:\s(?:wieder|teilweise|ganz|vorläufig))?"
    r"\s(?:auf|zurück)\b"
    r"|(?:kippte|kassierte|annullierte|widerrief|stoppte)n?\s(?:[^\W\d_]{2,30}\s){0,5}?"
    r"(?:den|die|das|diese[ns]?|seine[n]?|ihre[n]?)\s(?P<gekippt>[^\W\d_]{3,24})\b"
    r"|(?:a|ont)\s(?:annulé|suspendu|cassé|retiré|levé|abrogé|révoqué)\s(?:l['’]|(?:la|le|les|cette?|ces|sa|son)\s)"
    r"(?P<annulé>[^\W\d_]{3,24})\b"
    r"|(?:anuló|suspendió|revocó|retiró|derogó|ha (?:anulado|suspendido|revocado)|annullò|sospese|revocò"
    r"|ha (?:annullato|sospeso|revocato))\s"
    r"(?:l['’]|(?:la|las?|los|el|est[ae]|su|il|lo|gli|quest[ao])\s)(?P<anulado>[^\W\d_]{3,24})\b)",
    re.IGNORECASE,
)
_NOT_ANY_MORE = pattern_of(  # "From August it does not.", "Since 2020 it no longer does."
    r"(?:from|since|as of|after|until|in|on|by|now|today)\b[^.,;:!?()]{0,30}?,?\s(?:it|they|he|she|this"
    rf"|that) (?:(?:no longer|never) (?:{AUXILIARY})|(?:{AUXILIARY}) (?:not|no longer)|(?:{AUXILIARY}|ca|wo|sha)n['’]t)"
    r"(?: any ?more)?[.!]$",
    re.IGNORECASE,
)
_IN_FACT = pattern_of(  # what was so, behind what was thought or planned: "In the end it cost 2 million."
    r"(?:in (?:fact|reality|truth|actual fact|the end|the event)|actually|eventually|ultimately|as it turned out"
    r"|tatsächlich|in wirklichkeit|in wahrheit|am ende|letztlich|schließlich|en réalité|en fait|finalement|au final"
    r"|en realidad|al final|finalmente|in realtà|alla fine|na realidade|no final|uiteindelijk|in werkelijkheid)"
    r"(?=[\s,])",
    re.IGNORECASE,
)
_CAUSE_FIRST = pattern_of(  # "Because asbestos was found, the opening has been put off."
    r"(?:because|since|as|after|when|owing to|due to|given|following|on account of|parce que|puisque|comme|après|suite"
    r"|en raison|à cause|porque|como|debido|tras|después|por|poiché|siccome|dopo|a causa|porquanto|devido|após"
    r"|depois)\b[^.,;:!?]{2,80},\s",
    re.IGNORECASE,
)
_SUPPOSED = pattern_of(
    r"\b(?:(?:was|were|is|are|been) (?:long |widely |generally |originally |first |at first )?(?:held|thought|believed"
    r"|supposed|assumed|considered|said|expected|planned|meant|intended|scheduled|estimated|put at|budgeted|forecast)"
    r"|(?:was|were) to\b|(?:at first|initially|originally"
    r"|for a long time)|(?:gal|gil)t(?:en)?\b|geplant|veranschlagt|vorgesehen|erwartet"
    r"|ursprünglich|zunächst|lange zeit|sollten?\b|devai(?:t|ent)|était prévue?|étaient prévu|passai(?:t|ent) pour"
    r"|on croyait|longtemps|d['’]abord|debían?\b|estaba previst|se (?:creía|pensaba)|al principio|doveva(?:no)?\b"
    r"|era previst|si credeva|all['’]inizio|deviam?\b|zou(?:den)?\b|aanvankelijk)",
    re.IGNORECASE,
)
_MAX_SENTENCES_TO_FACT = 3
_OF_SAYING = pattern_of(
    r"(?:report|claim|finding|effect|study|studies|paper|results?|link|association|rumou?r|story|stories|news|article|statement|announcement|allegation|accusation|account"
    r"|information"
    r"|bericht|meldung|gerücht|behauptung|nachricht|aussage|rapport|rumeur|nouvelle|annonce|accusation|noticia|rumor"
    r"|informe"
    r"|notizia|voce|voci|notícia|boato|gerucht)",
    re.IGNORECASE,
)
_SAYS = pattern_of(
    r"\b(?:report(?:s|ed|edly)|found(?= that)|suggest(?:s|ed)|showed|shows(?= that)|sa(?:id|ys?)|wrote|writes"
    r"|claim(?:s|ed)|announce[sd]?|according to|alleged(?:ly)?|told"
    r"|stated"
    r"|rumou?red|called|accused|published|berichte\w{0,3}|meldete\w?|schrieb|behaupte\w{0,3}|sagte\w?|laut|soll(?:en)?"
    r"|a(?:vait)? (?:annoncé|affirmé|écrit|rapporté)|selon|dijo|anunció|informó|según|afirmó|ha (?:detto|annunciato"
    r"|scritto)"
    r"|secondo|disse|anunciou|segundo|meldde|schreef|volgens)\b",
    re.IGNORECASE,
)
_OF_ACTS = pattern_of(  # that a sentence before may tell in other words
    r"(?:plans?|rulings?|verdicts?|judge?ments?|sentence|awards?|penalt(?:y|ies)|recommendations?|measures?|urteil|jugement|sentencia|sentenza|sentença|vonnis|offers?"
    r"|deals?|orders?|bans?|prohibitions?|decisions?|announcements?|invitations?|bookings?|contracts?|agreements?|appointments?"
    r"|(?:re)?opening|closure|launch|start|completion|departure|move|release|hearing|trial|works?|match|concert|festival"
    r"|eröffnung|öffnung|schließung|beginn|umzug|ouverture|fermeture|départ|début|apertura|cierre|inicio|chiusura|inizio"
    r"|abertura|início|opening|verbot|interdiction|prohibición|divieto"
    r"|angebot|plan|pläne|entscheidung|beschluss|auftrag|vertrag|offre|projet|décision|accord|oferta|decisión|acuerdo"
    r"|offerta|progetto|decisione|accordo|decisão|besluit|aanbod|empfehlung|maßnahme|recomm?and(?:ation|ación)|misura|medida)",
    re.IGNORECASE,
)
_DECIDES = pattern_of(
    r"\b(?:deci(?:d|s)|vote[ds]?\b|rul(?:ed|es)\b|held\b|found\b|award|order(?:s|ed)\b|grant|approv|agreed?\b|adopt"
    r"|sentenced|convicted|fined|jailed|impos|advis|recommend|appoint|announc|plann|wants?\sto\b|banned\b"
    r"|(?:was|were|due|set|is|are)\sto\b|scheduled\b|outlaw|prohibit|forbid|forbad|sollten?\b|verb[io][eo]t|devai(?:t|ent)\b"
    r"|interdi[ts]|prohíb|prohib|debían?\b|doveva|vietat"
    r"|beschl|entsch|stimmte|verurteilt|genehmig|verhäng|plant|décid|voté|jugé|condamn|accord|adopt|prév|orden|decid|acord"
    r"|aprob|conden|otorg|votó|decis|approv|condann|besl[ou])",
    re.IGNORECASE,
)
_NAMES_OF_NOUNS = ("noun", "denied", "undone", "parted", "aufgehoben", "gekippt", "annulé", "anulado")  # groups
_MAX_SENTENCES_BACK = 6
_ENDING = pattern_of(r"(?:ing|ment|ion|al|ung)?e?[ns]?$", re.IGNORECASE)
_MIN_STEM_CHARACTERS, _MAX_STEM_CHARACTERS = 3, 5
_MAX_CHARACTERS = 200  # of a sentence that are looked at


def taken_back(texts: Sequence[str], number: int) -> int | None:
    """The place of the sentence that the one at ``number`` takes back."""
    text = texts[number][:_MAX_CHARACTERS]
    if any(pattern.match(text) for pattern in (_TAKES_BACK, _THIS, _UNDONE_FOR_PERSON, _NOT_ANY_MORE)):
        return number - 1
    if _IN_FACT.match(text):
        places = range(number - 1, max(number - 1 - _MAX_SENTENCES_TO_FACT, -1), -1)
        return next((place for place in places if _SUPPOSED.search(texts[place][:_MAX_CHARACTERS])), None)
    cause = _CAUSE_FIRST.match(text)
    start = 0 if cause is None else cause.end()
    match = _NAMED.match(text, start) or _DENIES.match(text, start)
    if match is None:
        return None
    nouns = [noun for name, noun in match.groupdict().items() if noun and name in _NAMES_OF_NOUNS]
    return _named(texts, number, nouns[0]) if nouns else _pointed_at(texts, number)


def _pointed_at(texts: Sequence[str], number: int) -> int:
    """The place of the sentence that the one at ``number`` calls "this": the one before, or what was said before that,
    where it only speaks on: "A study found … It was small."
    """
    if _SAYS.search(texts[number - 1]) or not refers_back(texts[number - 1]):
        return number - 1
    places = range(number - 2, max(number - 1 - _MAX_SENTENCES_TO_FACT, -1), -1)
    return next((place for place in places if _SAYS.search(texts[place])), number - 1)


def _named(texts: Sequence[str], number: int, noun: str) -> int | None:
    """The place of the nearest sentence before the one at ``number`` that says what is called ``noun`` there."""
    stem = _ENDING.sub("", noun[_MIN_STEM_CHARACTERS:])
    stem = (noun[:_MIN_STEM_CHARACTERS] + stem)[:_MAX_STEM_CHARACTERS]
    begins_with_stem = re.compile(rf"\b{stem}", re.IGNORECASE)
    places = range(number - 1, max(number - 1 - _MAX_SENTENCES_BACK, -1), -1)
    same_word = next((place for place in places if begins_with_stem.search(texts[place])), None)
    if same_word is not None:
        return same_word
    if _OF_SAYING.match(noun):
        return next((place for place in places if _SAYS.search(texts[place])), None)
    if _OF_ACTS.fullmatch(noun):
        deciding = [place for place in places if _DECIDES.search(texts[place])]
        return next((place for place in deciding if not refers_back(texts[place])), next(iter(deciding), number - 1))
    return None
