"""Sentences that take back a statement of one before them: "The report was wrong.", "It was cancelled.", "In the end
…".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragzip.text.auxiliaries import AUXILIARY
from ragzip.text.changes import CANCELLED, PUT_OFF, REVOKED
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.references.sentences import refers_back

__all__ = ["FIGURE", "FIGURE_REVISED", "taken_back"]

_LABEL_OF_NOTE = (  # before a sentence that says of the one before when it holds
    r"(?:(?:(?:please )?note(?: that)?|n\.?b\.?|important|attention|warning|caution|hinweis|achtung|wichtig|remarque"
    r"|nota|attenzione|atención|atenção|let op|obs)\s?[:!.–—-]?\s+)?"
)
_RULE = "(?:rule|offer|price|discount|rate|limit|service|guarantee|warranty|right|benefit|fee|option|promise|period)"
_TAKES_BACK = pattern_of(  # a sentence that says of the one before that it does not hold, or when
    _LABEL_OF_NOTE + r"(?:(?:this|that|it|which)(?:,? too,?| also)? (?:is|was) (?:also |simply |of course |just )?"
    r"(?:not (?:true|the case|correct|so(?=\s?[.,;:!?]))|false|wrong|incorrect|untrue|a (?:myth|lie|hoax|fallacy))"
    r"|there (?:is|was|are) (?:\w{1,12} ){0,2}no (?:\w{1,12} )?(?:evidence|proof|truth|basis|support|foundation|data)"
    r" (?:for|of|to|in|that supports?) (?:this|that|it|these|any of (?:this|these|it))\b(?! \w)"
    r"|the (?:opposite|reverse|contrary) (?:is|was) true"
    r"|none of (?:this|that|it|these) \w"
    rf"|(?:however,? |but )?(?:(?:it|(?:this|that)(?: {_RULE})?) (?:only (?:applies|holds)|(?:applies|holds) only"
    r"|d(?:oes|id) not apply)"
    rf"|(?:this|that|these|those)(?: {_RULE}s?)? (?:(?:(?:is|are) valid|holds?|appl(?:y|ies))"
    r"(?: for [^.!?;,]{1,40}?)? (?:only|solely|exclusively)\b|(?:is|are) (?:(?:only|solely) (?:valid|for)"
    r"|(?:limited|restricted) to)\b))"
    r"|(?:this|that|these|those|it|they) (?:no longer|never) (?:appl(?:y|ies|ied)|holds?|held|exists?|existed|happens?"
    r"|happened|took place|came about|materiali[sz]ed)\b|(?:this|that|it) (?:did not|never) happen\b"
    r"|nothing (?:ever )?(?:came|has come|became) of (?:it|this|that|them|these|the)\b"
    r"|that is, (?:unless|except|if|only)\b|(?:not (?:true|so(?=\s?[.,;:!?]))|unless|only if|but (?:not|only))\b"
    r"|but (?:it|they|this|that|he|she) (?:is|was|are|were|does|do|did)\b"
    r"|i (?:do|did) not\.|i (?:disagree|(?:don['’]t|do not) (?:agree|think so))\b"
    r"|(?:correction|erratum|retraction|clarification)(?=\s?[:(,.–—]|\s(?:of|to)\b)"
    r"|(?:edit(?:ed)?|updated?|addendum|nachtrag|aktualisierung|mise à jour|actualización|aggiornamento|atualização)"
    r"\s?(?:\d{1,2}|\([^()]{1,30}\))?\s?[:：]"
    r"|das (?:stimmt nicht|ist (?:falsch|gelogen|nicht wahr|ein (?:irrtum|mythos|märchen)|eine lüge)|gegenteil)"
    r"|(?:dies|das) gilt (?:jedoch |aber |allerdings )?(?:nur|nicht|ausschließlich|lediglich)"
    r"|daraus wurde nichts|es sei denn|korrektur\b|berichtigung\b"
    r"|dafür gibt es (?:[^\W\d_]{1,15} )?keine(?:n|rlei)? (?:beleg|beweis|hinweis|nachweis)"
    r"|c['’]est (?:faux|inexact|un (?:mythe|mensonge)|une (?:erreur|légende))|ce n['’]est pas vrai"
    r"|le contraire|cel?a ne (?:s['’]applique|vaut|concerne)"
    r"|(?:(?:eso|esto) )?(?:es|era) (?:falso|mentira|un (?:mito|error|bulo)|una mentira)"
    r"|(?:(?:eso|esto) )?no es (?:cierto|verdad)|esto (?:s[oó]lo|únicamente|no) (?:se aplica|vale|es válido)"
    r"|lo contrario|corrección\b"
    r"|(?:(?:questo|ciò) )?è (?:falso|una bugia|un (?:mito|errore))|(?:(?:isso|isto) )?é (?:falso|mentira|um mito)"
    r"|dat is (?:niet waar|onwaar|onzin|een (?:leugen|mythe))|non è vero"
    r"|(?:questo|ciò) (?:vale solo|non (?:vale|si applica|riguarda))|é falso|não é verdade"
    r"|isto (?:não|só) (?:se aplica|vale)|dit (?:is niet waar|geldt (?:alleen|niet))|nie dotyczy to\b|nie jest to prawd"
    r"|(?:[^\W\d_]{1,15} ){0,4}это (?:правило )?не (?:распространяется|относится|касается|так)\b"
    r"|(?:it|he|she|they|(?:the|his|her|its|their) [\w-]{1,20}) now (?:say|expect|admit|put|den(?:y|ie))s?\b"
    r"|это (?:неправда|ложь|миф|неверно|ошибка|заблуждение)(?!\w)"
    r"|(?:但|但是|然而)?(?:[这那此该](?:种|一|个|些|项)?|上述)(?:说法|观点|看法|传言|谣言|消息|报道|信息|结论|主张)?"
    r"(?:其实|实际上|完全|显然|都|已被证明)?是?(?:错误|错的|不实|不正确|不准确|不成立|假的|谣言|不对|不是真的|没有根据)|事实并非如此"
    r"|(?:しかし、?)?(?:これ|それ|こ(?:の|うした)(?:説|話|情報|主張|報道|噂|うわさ))は(?:実は|完全に)?"
    r"(?:誤り|間違い|嘘|ウソ|デマ|迷信|事実ではない|事実ではありません|正しくない)"
    r"|(?:하지만 |그러나 )?"
    r"(?:이는|이것은|그것은|이 (?:주장|소문|말|정보|보도)[은는]) (?:사실이 아니|거짓|틀[린렸]|잘못)"
    r"|[这此该](?:项|个)?(?:规定|优惠|服务|政策)?(?:仅|只)(?:适用|限|对)|(?:これ|それ)は[^。]{1,30}?(?:に限[りる]|のみ)"
    r"|\((?:false|wrong|not true|falsch|faux|falso)\))",
    re.IGNORECASE,
)
_NOT_ALLOWED = pattern_of(  # said of what the sentence before tells: "This is not permitted.", "C'est interdit."
    r"(?:(?:however|but|unfortunately|jedoch|leider|toutefois|mais|sin embargo|pero|tuttavia|ma|mas|echter),?\s)?(?:"
    r"(?:(?:this|that|doing so)\s(?:is|was)|(?:these|those)\s(?:are|were))"
    r"\s(?:(?:strictly|expressly|generally|normally|currently|also|always|therefore|still)\s)?"
    r"(?:(?:not|never)\s(?:\w{2,10}ly\s)?"
    r"(?:permitted|allowed|possible|recommended|advisable|advised|supported|covered|included|accepted|acceptable|safe"
    r"|legal|lawful|refundable|refunded|reimbursed|insured)"
    r"|forbidden|prohibited|banned|illegal|unlawful|impossible|unsafe|dangerous"
    r"|against\s(?:the|our)\s(?:law|rules|policy)|an?\s(?:criminal\s)?offen[cs]e)\b"
    r"|it\s(?:is|was)\s(?:\w{2,10}ly\s)?(?:not\s(?:permitted|allowed)|forbidden|prohibited|banned|illegal"
    r"|unlawful)(?=\s?[.,;!])"
    r"|(?:das|dies)\s(?:ist|war|sind|wird)\s(?:[a-zäöüß]{2,14}\s){0,2}?(?:nicht\s(?:erlaubt|gestattet|zulässig"
    r"|möglich|vorgesehen|versichert|empfehlenswert|gedeckt|enthalten|empfohlen|unterstützt|übernommen|erstattet"
    r"|akzeptiert)|verboten|untersagt|unzulässig|strafbar|gefährlich|unmöglich|ausgeschlossen)\b"
    r"|(?:c['’]est|(?:cela|ceci)\sest)\s(?:\w{2,14}\s)?(?:interdit|illégal|dangereux|impossible|déconseillé|défendu"
    r"|exclu)\b"
    r"|(?:ce|cela|ceci)\sn['’](?:est|était)\spas\s(?:permis|autorisé|possible|admis|recommandé|couvert|inclus"
    r"|remboursé)\b"
    r"|(?:esto|eso|isto|isso)\s(?:está|es|queda|é)\s(?:\w{2,16}\s)?"
    r"(?:prohibid|proibid|ilegal|peligros|perigos|imposible|impossível|desaconsejad|desaconselhad)\w{0,2}\b"
    r"|(?:esto|eso|isto|isso)\s(?:no|não)\s(?:está|es|é)\s(?:permitid|posible|possível|autorizad|recomenda|cubiert"
    r"|cobert"
    r"|incluid|incluíd)\w{0,4}\b"
    r"|(?:questo|ciò)\s(?:è\s(?:\w{2,16}\s)?(?:vietat|proibit|illegal|pericolos|impossibil|sconsigliat)"
    r"|non\sè\s(?:permess|consentit|ammess|possibil|autorizzat|consigliat|copert|inclus))\w\b"
    r"|(?:dit|dat)\sis\s(?:\w{2,14}\s)?(?:niet\s(?:toegestaan|mogelijk|verzekerd|gedekt|inbegrepen)|verboden|strafbaar"
    r"|gevaarlijk)\b"
    r"|(?:это|так делать)\s(?:\w{2,16}\s)?(?:запрещено|не\s(?:разрешено|разрешается|допускается|рекомендуется)|нельзя"
    r"|невозможно|незаконно|опасно)\b"
    r"|(?:jest\sto|to\s(?:jest\s)?)\s?(?:\w{2,16}\s)?(?:zabronione|zakazane|niedozwolone|niemożliwe|niebezpieczne)\b"
    r"|nie\sjest\sto\s(?:dozwolone|możliwe|zalecane)\b"
    r"|(?:これ|それ|この行為)は(?:[^。]{0,12}?)(?:禁止|認められていません|許可されていません|できません|違法)"
    r"|(?:这|這|此举|这样做|此行为)(?:是|种行为是?)?(?:严格|明令)?(?:不(?:被)?(?:允许|允許|可以|合法)|(?:被)?禁止|违法|違法)"
    r"|(?:이는|이것은|이 행위는) (?:[^.]{0,12}?)(?:금지|허용되지 않|불법))",
    re.IGNORECASE,
)
_SINCE_THEN = (  # "As of version 4, ", "Seit Mai "
    r"(?>(?:(?:as of|as from|from|since|starting|beginning|with|in|after|by|today|now|nowadays|currently|ab|seit"
    r"|mit|heute|inzwischen|depuis|dès|à partir|aujourd['’]hui|désormais|desde|a partir|hoy|ahora|dal?|oggi|ora|hoje"
    r"|sinds|vanaf)\b[^.,;:!?()]{0,40}(?:,\s|(?=\s(?:ist|war|gilt|stimmt|is)\s)\s))?)"
)
_OF_THE_CASE = (
    r"(?:true|so|the case|valid|correct|possible|allowed|permitted|required|necessary|supported|available"
    r"|in (?:force|use)"
    r"|der fall|so|wahr|richtig|gültig|möglich|erlaubt|nötig|aktuell|le cas|vrai|valable|possible|autorisé|obligatoire"
    r"|ainsi|así|cierto|verdad|el caso|válido|posible|così|vero|valido|il caso|possibile|assim|o caso|verdade|possível"
    r"|zo|het geval|waar|mogelijk|geldig)(?!\w)"
)
_NO_LONGER = pattern_of(  # "As of version 4, this is no longer the case.", "Das gilt seit Mai nicht mehr."
    _SINCE_THEN + rf"(?:(?:this|that|it|which) (?:is|was|has been) (?:now )?no longer {_OF_THE_CASE}"
    rf"|(?:(?:das|dies) (?:ist|war)|(?:ist|war) (?:das|dies))(?: [^.,;:!?]{{1,30}}?)?? nicht mehr {_OF_THE_CASE}"
    r"|(?:(?:das|dies) (?:gilt|stimmt|galt)|(?:gilt|stimmt|galt) (?:das|dies))(?: [^.,;:!?]{1,30}?)?? nicht mehr\b"
    rf"|ce n['’](?:est|était) plus {_OF_THE_CASE}|cela ne (?:vaut|s['’]applique) plus"
    rf"|(?:(?:eso|esto) )?ya no (?:es|era) {_OF_THE_CASE}|(?:eso|esto) ya no (?:vale|rige|se aplica)"
    rf"|(?:(?:questo|ciò) )?non (?:è|vale) più {_OF_THE_CASE}|(?:(?:isso|isto) )?já não é {_OF_THE_CASE}"
    rf"|(?:dat|dit) is(?: [^.,;:!?]{{1,30}}?)?? niet meer {_OF_THE_CASE})",
    re.IGNORECASE,
)
_TRUE_UNTIL = pattern_of(  # "That was true until 2006."
    r"(?:(?:this|that|it) (?:(?:is|was|remained|used to be) (?:only |still )?(?:true|so|correct|the case|valid|right)"
    r"|(?:applied|held)(?: true)?) (?:only )?(?:until|till|before|up to)"
    r"|(?:this|that) used to be (?:true|so|the case)|(?:das|dies) (?:galt|stimmte|war)(?: nur| noch)?"
    r"(?: so| wahr| richtig| der fall)? bis|c['’]était (?:vrai|le cas|valable) jusqu"
    r"|(?:(?:eso|esto) )?(?:era|fue) (?:cierto|verdad|así|válido) hasta"
    r"|(?:(?:questo|ciò) )?(?:era|fu) (?:vero|così|valido) fino|dat (?:was|gold)(?: zo| waar| alleen)? tot)\b",
    re.IGNORECASE,
)
_THIS_NOUN = pattern_of(  # the sentence before, whatever it calls that
    r"(?:this|these|dies(?:e[rsn]?)?|cette?|ces|est[aeo]s?|quest[aoie]|dit|deze)\s", re.IGNORECASE
)
_LATER_UNDONE = pattern_of(r"(?:it|he|she|they|we) (?:later|then|since|subsequently|eventually|soon) ", re.IGNORECASE)
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
_CALLED_OFF_IN_GERMAN = (
    r"abgesagt|zurückgezogen|zurückgenommen|aufgehoben|widerrufen|aufgegeben|verschoben|gekippt|abgeschafft|kassiert"
)
_CALLED_OFF = (  # said of what was planned, decided or in force
    rf"{CANCELLED}|{PUT_OFF}|{REVOKED}|{_CALLED_OFF_IN_GERMAN}"
    r"|dropped|scrapped|shelved|abandoned|overturned|overruled|quashed|annulled|reversed|lifted(?! by an? )"
    r"|suspended(?! from\b)|struck down|set aside|given up|taken back|undone"
    r"|abandonnée?s?|cassée?s?|levée?s?|révoquée?s?|revocad[oa]s?|abandonad[oa]s?|suspendid[oa]s?"
    r"|revocat[oaie]|abbandonat[oaie]|sospes[oaie]|suspens[oa]s?|herroepen|vernietigd|opgeheven"
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
    rf"|dit)\s?(?P<noun>[^\W\d_]{{3,24}})(?:\s[^\s.,;:!?()]{{1,24}}){{0,5}}?(?:{_SO}"
    rf"\s(?:(?:{_NOT_SO})|{_CALLED_OFF})"
    rf"|\swurden?(?:\s[^\s.,;:!?()]{{1,24}}){{1,4}}?\s(?:{_CALLED_OFF_IN_GERMAN}))(?!\w)",
    re.IGNORECASE,
)
_DENIES = pattern_of(  # "The owner has denied this.", "Its editor withdrew the rumour.", "They set the verdict aside."
    r"[^.,;:!?()]{2,60}?\s(?:has |have |had |later |since |also |always ){0,3}(?:"
    r"(?:denied|denies|deny|declined|disputed|disputes|refuted|retracted|contradicted|contradicts"
    r"|(?:could|did|can|do(?:es)?) not (?:confirm|replicate|reproduce|verify|support)|failed to (?:confirm"
    r"|replicate|reproduce))\s"
    r"(?:(?P<pointing>it|this|that|them|these|those|everything)\b(?! \w)"
    r"|(?:the|this|that|these|those|all|any|his|her|its|their)\s(?P<denied>(?-i:[a-zà-þ])[^\W\d_]{2,23})\b)"
    r"|(?:withdrew|dropped|cancelled|scrapped|overturned|overruled|quashed|reversed|rejected|repealed|revoked|suspended"
    r"|annulled|voided|vetoed|blocked|halted|lifted|rescinded|reconsidered|declined|struck down|set aside|called off"
    r"|put off|turned down|took back|went back on|did not (?:accept|take up))\s"
    r"(?:the|this|that|these|those|all|any|his|her|its|their)\s(?P<undone>(?-i:[a-zà-þ])[^\W\d_]{2,23})\b"
    r"|(?:set|struck|called|put)\s(?:the|this|that|his|her|its|their)\s(?P<parted>(?-i:[a-zà-þ])[^\W\d_]{2,23})"
    r"\s(?:aside|down|off|on hold)\b"
    r"|(?:hob|hoben|nahm|nahmen)\s(?:[^\W\d_]{2,30}\s){0,5}?(?:den|die|das|diese[ns]?|seine[n]?|ihre[n]?)"
    r"\s(?P<aufgehoben>[^\W\d_]{3,24})(?:\s(?:vo[nm]|über|des|der|zu[rm]?)\s[^.,;:!?()]{1,40}?)?(?:\s(?:wieder"
    r"|teilweise|ganz|vorläufig))?"
    r"\s(?:auf|zurück)\b"
    r"|(?:hat|haben|hatten?)\s(?:den|die|das|diese[ns]?)\s(?P<ausgeschlagen>[^\W\d_]{3,24})"
    r"\s(?:nicht angenommen|abgelehnt|ausgeschlagen|zurückgewiesen)\b"
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
_TURNS_BACK = pattern_of(  # "A day later she backed down."
    r"(?:[^.;:!?()]{0,40},\s)?[^.,;:!?()]{0,50}?\b(?:(?:has|have|had|later|then|since)\s){0,3}"
    r"(?:backed down|back-?tracked|changed (?:his|her|its|their) minds?|(?:made|did|done) an? u-turn"
    r"|reversed course|machten?(?: (?:er|sie|es))? einen rückzieher"
    r"|ruderten?(?: (?:er|sie|es))? zurück|überlegten? es sich anders"
    r"|(?:est|sont) revenue?s? sur (?:sa|leur|cette) (?:décision|promesse)"
    r"|(?:a|ont) (?:fait marche arrière|changé d['’]avis)"
    r"|se retract(?:ó|aron)|di(?:o|eron) marcha atrás|cambi(?:ó|aron) de (?:opinión|idea)"
    r"|(?:fece|fecero|ha fatto|hanno fatto) marcia indietro|cambi(?:ò|arono) idea|volt(?:ou|aram) atrás"
    r"|kwam(?:en)? (?:daarop |hierop )?terug op|krabbelden? terug)(?!\w)",
    re.IGNORECASE,
)
_IN_FACT = pattern_of(  # the fact, after a belief or a plan: "In the end it cost 2 million."
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
FIGURE_REVISED = pattern_of(  # "In 1994 the number was corrected to 421."
    r"(?:(?:in|on|by|after|later|since|following|im|am|nach|später|en|après|plus tard|después|más tarde|nel|dopo|em)\b"
    r"[^.;:!?]{0,100}?[\s,])?"
    r"(?:the|this|that|its|their|die|diese|dieser?|der|le|la|ce(?:tte)?|el|esta|este|il|questa|questo|o|a)\s"
    r"(?:(?:\w{3,12}\s)?(?:number|figure|count|total|toll|estimate|sum|amount|value|price)|zahl|summe|schätzung|nombre"
    r"|chiffre|bilan|número|cifra|numero)s?"
    r"\s(?:was|were|has|had|is|wurde|ist|a|fue|ha|è|foi)\s(?:(?:been|later|since|then|été|sido|stato|stata|später)\s){0,2}"
    r"(?:corrected|revised|raised|lowered|increased|reduced|adjusted|put (?:up|down)|korrigiert|auf|nach|corrigée?"
    r"|révisée?|ramenée?|corregid[oa]|revisad[oa]|corrett[oa]|rivist[oa]|corrigid[oa])\b",
    re.IGNORECASE,
)
FIGURE = pattern_of(
    r"\d|\b(?:hundreds?|thousands?|millions?|dozens?|two|three|four|five|six|seven|eight|nine|ten)\b", re.IGNORECASE
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
    r"(?:report|claim|finding|effect|study|studies|paper|results?|link|association|rumou?r|story|stories|news|article"
    r"|statement|announcement|allegation|accusation|account"
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
    r"|secondo|annunciò|disse|anunciou|segundo|meldde|schreef|volgens)\b",
    re.IGNORECASE,
)
_OF_ACTS = pattern_of(  # that a sentence before may tell in other words
    r"(?:plans?|rulings?|verdicts?|judge?ments?|sentence|awards?|penalt(?:y|ies)|recommendations?|measures?|urteil"
    r"|jugement|sentencia|sentenza|sentença|vonnis|offers?|posts?|elections?|nominations?|prizes?"
    r"|deals?|orders?|bans?|prohibitions?|decisions?|announcements?|invitations?|bookings?|contracts?|agreements?"
    r"|appointments?"
    r"|(?:re)?opening|closure|launch|start|completion|departure|move|release|hearing|trial|works?|match|concert"
    r"|festival"
    r"|eröffnung|öffnung|schließung|beginn|umzug|ouverture|fermeture|départ|début|apertura|cierre|inicio|chiusura"
    r"|inizio"
    r"|abertura|início|opening|verbot|interdiction|prohibición|divieto"
    r"|wahl|angebot|plan|pläne|entscheidung|beschluss|auftrag|vertrag|offre|projet|décision|accord|oferta|decisión"
    r"|acuerdo"
    r"|offerta|progetto|decisione|accordo|decisão|besluit|aanbod|empfehlung|maßnahme|recomm?and(?:ation|ación)|misura"
    r"|medida)",
    re.IGNORECASE,
)
_DECIDES = pattern_of(
    r"\b(?:deci(?:d|s)|vote[ds]?\b|rul(?:ed|es)\b|held\b|found\b|award|order(?:s|ed)\b|grant|approv|agreed?\b|adopt"
    r"|sentenced|convicted|fined|jailed|impos|advis|recommend|appoint|announc|plann|wants?\sto\b|banned\b|elected\b"
    r"|chose\b"
    r"|(?:was|were|due|set|is|are)\sto\b|scheduled\b|outlaw|prohibit|forbid|forbad|sollten?\b|verb[io][eo]t|devai(?:t"
    r"|ent)\b"
    r"|interdi[ts]|prohíb|prohib|debían?\b|doveva|vietat"
    r"|gewählt|wählte|kündigte|beschl|entsch|stimmte|verurteilt|genehmig|verhäng|plant|décid|voté|jugé|condamn|accord"
    r"|adopt|prév|orden|decid|acord"
    r"|aprob|conden|otorg|votó|decis|approv|condann|besl[ou])",
    re.IGNORECASE,
)
_OF_THE_ONE_BEFORE = (_TAKES_BACK, _NOT_ALLOWED, _NO_LONGER, _TRUE_UNTIL, _THIS, _UNDONE_FOR_PERSON, _NOT_ANY_MORE)
_NAMES_OF_NOUNS = (
    "noun",
    "denied",
    "undone",
    "parted",
    "aufgehoben",
    "ausgeschlagen",
    "gekippt",
    "annulé",
    "anulado",
)  # groups
_MAX_SENTENCES_BACK = 6
_ENDING = pattern_of(r"(?:ing|ment|ion|al|ung)?e?[ns]?$", re.IGNORECASE)
_MIN_STEM_CHARACTERS, _MAX_STEM_CHARACTERS = 3, 5
_MAX_CHARACTERS = 200  # of a sentence that are looked at


def taken_back(texts: Sequence[str], number: int) -> int | None:
    """The place of the sentence that the one at ``number`` takes back."""
    text = texts[number][:_MAX_CHARACTERS]
    if any(pattern.match(text) for pattern in _OF_THE_ONE_BEFORE):
        return number - 1
    if _IN_FACT.match(text):
        places = range(number - 1, max(number - 1 - _MAX_SENTENCES_TO_FACT, -1), -1)
        return next((place for place in places if _SUPPOSED.search(texts[place][:_MAX_CHARACTERS])), None)
    if FIGURE_REVISED.match(text):
        places = range(number - 1, max(number - 1 - _MAX_SENTENCES_TO_FACT, -1), -1)
        return next((place for place in places if FIGURE.search(texts[place])), None)
    if _TURNS_BACK.match(text):
        places = range(number - 1, max(number - 1 - _MAX_SENTENCES_TO_FACT, -1), -1)
        stating = (_SAYS, _DECIDES)
        return next((place for place in places if any(pattern.search(texts[place]) for pattern in stating)), None)
    cause = _CAUSE_FIRST.match(text)
    start = 0 if cause is None else cause.end()
    match = _NAMED.match(text, start) or _DENIES.match(text, start)
    if match is None:
        return None
    nouns = [noun for name, noun in match.groupdict().items() if noun and name in _NAMES_OF_NOUNS]
    if not nouns:
        return _pointed_at(texts, number)
    place = _named(texts, number, nouns[0])
    is_of_the_one_before = _THIS_NOUN.match(text, start) or _LATER_UNDONE.match(text, start)
    return number - 1 if place is None and is_of_the_one_before else place


def _pointed_at(texts: Sequence[str], number: int) -> int:
    """The place of the sentence that the one at ``number`` calls "this": the one before, or, where that only continues
    a statement, the sentence with the statement: "A study found … It was small."
    """
    if _SAYS.search(texts[number - 1]) or not refers_back(texts[number - 1]):
        return number - 1
    places = range(number - 2, max(number - 1 - _MAX_SENTENCES_TO_FACT, -1), -1)
    return next((place for place in places if _SAYS.search(texts[place])), number - 1)


def _named(texts: Sequence[str], number: int, noun: str) -> int | None:
    """The place of the nearest sentence before the one at ``number`` with the statement that this one calls
    ``noun``.
    """
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
