"""Negations, modals, quantifiers, exceptions, comparatives, oppositions and doubts.

Each governs its clause: without it the clause says something else. One table serves protection, word-level methods, the
check of rewritings and the evaluation.

Languages: those of :data:`GOVERNED_LANGUAGES`; of a few others the negations alone. All are searched at once, whatever
the language of the text: a few words more are kept, which does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.parted_verbs import PARTED_VERBS
from ragzip.text.patterns import any_of
from ragzip.text.spans import Span

__all__ = [
    "DENIALS",
    "GOVERNED_LANGUAGES",
    "GOVERNING",
    "LOOSE",
    "NO_DENIALS",
    "GoverningForm",
    "GoverningKind",
    "governing",
]

GoverningKind = Literal["negation", "modal", "quantifier", "exception", "comparative", "opposition", "doubt"]
GOVERNED_LANGUAGES = frozenset(  # whose forms are words of their own; elsewhere many are endings, or are not listed
    ["en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "zh", "ja"]
)

_ENGLISH_NEGATIONS = r"""
    not no never none nor neither nobody nothing nowhere without cannot hardly scarcely barely rarely seldom
    no\ longer no\ one unable fail fails failed lack lacks lacked lacking refuse refuses refused deny denies
    denied absent false falsely untrue myths? hoax misconception refuted disproved disproven debunked
    devoid\ of free\ (?:of|from) exempt\ from stopp(?:ed|ing)(?=\ \w{2,20}ing\b) stopp(?:ed|ing)\ from
    ceas(?:ed?|ing)\ to
    (?:came\ back|come\ back|comes\ back|test(?:ed|s|ing)?|was|were|is|are|be|been|returned)\ negative(?!\ \d)
    negative\ for
"""
_CONTRASTS = r"""
    not(?:\s[^\s.!?;:]{1,30}){1,10}?\sbut\s(?:by|in|on|at|to|for|from|with|of|as|rather|instead|because|only)
    pas(?:\s[^\s.!?;:]{1,30}){1,10}?\smais\s(?:par|de|du|des|à|au|aux|en|dans|pour|avec|chez)
    non(?:\s[^\s.!?;:]{1,30}){1,10}?\sma\s(?:da|dal|dalla|di|in|a|per|con)
    não(?:\s[^\s.!?;:]{1,30}){1,10}?\smas\s(?:por|pelo|pela|de|em|no|na|sim|para|com)
    niet(?:\s[^\s.!?;:]{1,30}){1,10}?\smaar\s(?:door|van|in|op|met|voor|aan|bij)
    ikke(?:\s[^\s.!?;:]{1,30}){1,10}?\smen\s(?:af|av|i|på|til|med|for|fra)
    inte(?:\s[^\s.!?;:]{1,30}){1,10}?\sutan
"""  # "not by Apple but by Oracle" is one statement
_BUT_FEW = r"""
    (?:(?<=\ball\ )|(?<=\bevery\ )|(?<=\bany\ )|(?<=\bno\ ))\w{1,20}\ but(?!\ (?:it|he|she|they|we|i|you|not?|this)\b)
    (?:(?<=\ball\ )|(?<=body\ )|(?<=thing\ )|(?<=ryone\ )|(?<=none\ ))but(?=\ (?:the|an?|one|two|three|\d|(?-i:[A-Z])))
    (?:(?<=\btod[oa]s\ )|(?<=\btod[oa]s\ l[oa]s\ )|(?<=\btod[oa]s\ [oa]s\ ))\w{1,20}\ menos (?<=\btod[oa]s\ )menos
    op\ (?:één|een|twee|drie|vier|vijf|\d{1,3})\ na bortsett\ fra bortset\ fra förutom på\ nær abgesehen\ von
"""  # "every day but Monday": from the word before on, not from the quantifier, which may begin an item of a list
_MAY = (  # not the month: "4 May", "in May", "May 2024"
    r"(?-i:may|MAY) (?<!\d\ )(?<!\d\.\ )(?<!(?:st|nd|rd|th)\ )(?<!\b(?:in|by|of|to|on)\ )(?<!\b(?:the|mid)\ )"
    r"(?<!\b(?:from|late|last|next|each|till)\ )(?<!\b(?:early|until|since|every|after)\ )(?-i:May)(?!\ \d)"
)
_LOOSE_QUANTIFIERS = """
    all every each some any many most several both half twice double about approximately nearly almost over under
    alle allen aller jeder jede jedes jeden jedem einige einigen viele vielen manche mehrere mehreren etwa fast
    halbe halben halber halbes anderthalb doppelt
    tous toutes tout toute chaque quelques plusieurs beaucoup environ presque
    todos todas todo toda cada algunos algunas muchos muchas varios varias hasta casi media medio doble
    tutti tutte tutto tutta ogni alcuni alcune molti molte circa quasi mezza mezzo doppio
    alguns algumas muitos muitas vários várias até meia meio dobro
    elke elk iedere ieder enkele sommige veel tot bijna halve dubbel
    alla varje några många över nogle mange noen
"""
_LOOSE_QUANTIFIERS_UNSPACED = "全部 所有 大约 大約 すべて 約"
_LOOSE_COMPARATIVES = """
    before after earlier later older newer below above
    vor nach früher später avant après antes después prima dopo mais depois voor na före efter før
"""
LOOSE = frozenset(  # forms that govern the word beside them, and leave the rest of the clause as it is
    (_LOOSE_QUANTIFIERS + _LOOSE_QUANTIFIERS_UNSPACED + _LOOSE_COMPARATIVES).split()
)
_WORDS_BY_KIND: dict[GoverningKind, str] = {
    "negation": _ENGLISH_NEGATIONS
    + r"""
        abgeraten untersagt unzulässig unwirksam ungültig gesperrt ausgefallen
        nicht nichts nie niemals niemand niemandem niemanden nirgends nirgendwo nirgendwohin kein keine
        keinen keinem keiner keines keins keinerlei keineswegs keinesfalls mitnichten ohne weder kaum
        ne pas jamais aucun aucune rien personne ni sans guère nulle? aucunement nullement
        ningún ninguno ninguna nunca jamás nadie nada tampoco sin
        non nessun nessuno nessuna (?<!\d\ )mai(?!\ \d) niente nulla neppure nemmeno né senza
        não nenhum nenhuma ninguém nem sem tampouco
        niet geen nooit niemand niets nergens zonder noch evenmin
        inte ej icke aldrig ingen inget inga ingenting utan ikke aldri intet uden uten
        deny denying avoiding stops?(?=\ \w{2,20}ing\b) discontinu(?:e[sd]?|ing) quits?(?!\ claim) quitting
        gave\ up given\ up ceas(?:es|ed|ing) negatives? exempt(?:ed|ion)?
        rul(?:e[sd]?|ing)\ out declin(?:e[sd]?|ing)\ (?:to|by) (?:was|were|is|are|been|be)\ declined inoperable void
        déconseill(?:e|ent|é|ée|és|ées) irrecevables? caduque?s? faute\ de défaut\ de
        desaconsej(?:a|an|ó|aron|ado|ada|ados|adas) sconsigli(?:a|ano|ò|ato|ata|ati|ate) neanche mica
        desaconselh(?:a|am|ou|aram|ado|ada|ados|adas) afgeraden afgesloten geannuleerd
        avråd(?:er|de|s)? avrått varken hverken verken fraråd(?:er|ede|et|t)? frarådde avstängd stengt næppe neppe
        anything\ but far\ from by\ no\ means alles\ andere\ als weit\ davon\ entfernt loin\ d(?:e|['’]\w+)
        lejos\ de tutt['’]altro\ che lontan[oaie]\ da(?:l|ll['’]\w+)? longe\ de allesbehalve ver\ van
        allt\ annat\ än alt\ anne?t\ enn?
        frei\ von aufgehört aufhören hört(?:e|en)?\ auf verweiger(?:n|t|te|ten) mangelt(?:e|en)? fehl(?:en|t|te|ten)
        gescheitert scheiter(?:n|t|te|ten) verzicht(?:en|et|ete|eten) leugn(?:en|et|ete|eten) bestreite(?:n|t)
        bestritt(?:en)? negativ(?:e[nmrs]?)? vermeide?t vermied(?:en)?
        dépourvue?s? dénuée?s? exempte?s? (?:arrêt|cess)(?:é|e|a|ent|er|èrent)\ d(?:e|['’]\w+) refus(?:e|a|er|ent|èrent)
        échou(?:é|e|a|er|ent|èrent) nié démenti manque(?:nt)? négatif(?:s|ve|ves)? négatives? évit(?:e|a|ent)
        libres?\ de exent[oa]s? desprovist[oa]s? carec(?:e|en|ía|ían) (?:dej|ces)(?:a|an|ó|aron|ado|ar)\ de
        (?:rehus|neg|fracas)(?:ó|aron|ado) niegan? falta\ de negativ[oaei]s? evit(?:a|an|ó|aron)
        priv[oaie]\ di esent[ei] (?:smett(?:e|ono)|sm(?:ise|isero|esso)|cess(?:a|ano|ò|arono|ato))\ di
        (?:rifiut|neg)(?:a|ano|ò|arono|ato) manc(?:a|ano|ò|arono|anza) liber[oaie]\ da
        isent[oa]s? livres?\ de desprovid[oa]s? carecem? deix(?:a|am|ou|aram|ar)\ de
        (?:recus|neg|fracass)(?:a|am|ou|aram) evit(?:am|ou|aram)
        vrij\ van vrijgesteld (?:stop(?:t|te|ten)|gestopt)\ met weiger(?:en|t|de|den) ontbre(?:ekt|ken) ontbrak(?:en)?
        ontken(?:nen|t|de|den|d) mislukt(?:e|en)? negatieve? vermijdt vermeed gebrek\ aan
        fri(?:a|tt)?\ från fri(?:t|e)?\ for slutade? slutat sluttet holdt\ op\ med ophør(?:er|te) vägra(?:r|de|t)?
        nægte(?:r|de|t)? nekte(?:r|t)? sakna(?:r|s|de|des|t)? mangle(?:r|de|t)? förneka(?:r|de|t)? benægte(?:r|de|t)?
        benekte(?:r|t)? misslyckades mislykkedes mislyktes negativ(?:t|a) undvek undgår unngår
        reject rejects rejected refusing failing lacking unlikely banned bans? illegal impossible exclude[sd]?
        exclusions? forbids? prohibits? cancell?ed prevent(?:s|ed)? avoid(?:s|ed)? too\ \w{1,20}\ to
        abgelehnt abgesagt verhindert vermeiden unmöglich ausgeschlossen Ausschlüsse
        refusée?s? rejetée?s? annulée?s? empêch(?:e|é|ée|er) éviter exclue?s? exclusions
        rechaz(?:ó|ado|ada|aron) imposible evitar cancelad[oa]s? excluid[oa]s? exclusiones
        rifiutat[oaie] respint[oaie] impossibile evitare annullat[oaie] esclus[oaie] esclusioni
        recusou recusad[oa]s? rejeitad[oa]s? impossível excluíd[oa]s? exclusões
        geweigerd afgewezen afgelast vermijden onmogelijk uitgesloten
        avvisades? omöjligt? undvika? inställt? undantag afvist umuligt? undgå unngå aflyst avlyst undtagelser unntak
        out\ of\ (?:order|stock|service|date|use|print|reach|bounds|scope|range|question|season|business)
        falsch unwahr Mythos Irrglaube Irrtum widerlegt
        faux fausse mythe réfuté hors\ (?:service|d['’]usage|d['’]état)
        falso falsa mito fuera\ de\ (?:servicio|uso|plazo) fuori\ (?:servizio|uso|luogo) guasto
        fora\ de\ (?:serviço|uso|prazo) avariado
        onwaar mythe fabeltje buiten\ (?:werking|gebruik|dienst|bereik)
        falskt? osant usandt usant myten? myter ur\ (?:funktion|drift|bruk) ude\ af\ (?:drift|funktion)
        ute\ av\ (?:drift|funksjon)
        не нет нельзя никогда никто ничего ни без запрещено запрещается
        nigdy nikt żaden żadna żadne bez není nejsou nesmí nelze nikdy nikdo žádný žádná
        δεν μην όχι ποτέ χωρίς κανείς κανένας değil yok asla
        لا ولا لم لن ليس ليست دون بدون غير
    """
    + PARTED_VERBS,
    "modal": _MAY
    + r"""
        must might shall should ought can could would will need (?:has|have|had)\ to
        (?:would|could|might|should|must)\ have(?:\ been)?
        required forbidden prohibited
        wäre wären hätte hätten würde würden
        serait seraient aurait auraient habría habrían hubiera hubieran sería serían
        avrebbe avrebbero sarebbe sarebbero teria teriam seria seriam
        måste ska skall skulle bör får kunde förbjudet må skal bør burde kunne ville forbudt
        muss muß müssen musste mussten müsste müssten verboten darf dürfen durfte durften dürfte dürften soll sollen
        sollte sollten kann können könnte
        könnten
        doit doivent devrait devraient devra devait devaient peut peuvent pourrait pourraient pouvait pouvaient faut
        interdit interdite
        debe deben debería deberían puede pueden podría podrían debía debían podía podían prohibido prohibida hay\ que
        (?:tiene|tienen)\ que
        deve devono dovrebbe dovrebbero può possono potrebbe potrebbero doveva dovevano poteva potevano bisogna
        vietato vietata
        devem deveria deveriam devia deviam pode podem poderia poderiam podia podiam proibido proibida
        (?:tem|têm)\ (?:de|que)
        moet moeten moest moesten hoeft hoeven verboden mag mogen mocht mochten zou zouden kan kunnen kon konden
    """,
    "quantifier": _LOOSE_QUANTIFIERS
    + r"""
        few at\ least at\ most up\ to more\ than less\ than fewer\ than no\ more\ than no\ less\ than only\ a\ few
        a\ (?:maximum|minimum)\ of
        wenige wenigen mindestens höchstens maximal bis\ zu mehr\ als weniger\ als
        la\ plupart peu au\ moins au\ plus au\ maximum jusqu plus\ de moins\ de
        pocos pocas al\ menos por\ lo\ menos como\ máximo a\ lo\ sumo más\ de menos\ de
        pochi poche parecchi almeno al\ massimo fino\ a più\ di meno\ di
        poucos poucas pelo\ menos no\ máximo mais\ de
        weinig minstens hoogstens ten\ minste ten\ hoogste maximaal meer\ dan minder\ dan
        minst högst upp\ till mer\ än mindre\ än mindst højst op\ til mere\ end mindre\ end
        høyst opptil opp\ til mer\ enn mindre\ enn
    """,
    "exception": r"""
        unless except with\ the\ exception\ of
        (?<!\bto\ )(?<!\b(?:we|he)\ )(?<!\b(?:they|will|must|also)\ )(?<!\byou\ )(?<!\bI\ )save\ for(?!\ retirement)
        only but\ not other\ than apart\ from aside\ from excluding barring instead\ of
        rather\ than (?:provided|providing)\ that as\ long\ as
        außer nur sofern ausgenommen ausschließlich lediglich statt es\ sei\ denn
        mit\ Ausnahme bis\ auf(?!\ (?:weiteres|den\ letzten))
        sauf seulement hormis excepté uniquement à\ moins\ que à\ l['’]exception
        salvo excepto (?:a|con)\ excepción\ de solo sólo solamente únicamente a\ menos\ que
        tranne eccetto (?:ad|fatta)\ eccezione soltanto solamente a\ meno\ che
        exceto (?:à|com)\ exce(?:p)?ção apenas somente só a\ menos\ que
        behalve met\ uitzondering\ van alleen slechts uitsluitend tenzij mits
        bara endast utom såvida med\ (?:undantag|undtagelse|unntak) undtagen medmindre unntatt med\ mindre kun
        if wenn falls sondern sinon s['’]ils? indien als\ (?:je|u|hij|wij|we|jullie) hvis ifall
        si\ (?:le|la|les|l['’]|un|une|des|on|vous|tu|il|elle|ils|elles|nous|je|ce|cette|el|los|las|no|se|usted|su|sus)
        (?<!-)se\ (?:il|gli|i|l['’]|non|non|os|um|uma|você|não|ele|ela|nessun)
        so\ long\ as on\ condition\ that vorausgesetzt soweit
        pourvu\ qu(?:e|['’]\w+) à\ condition\ (?:de|que|(?:d|qu)['’]\w+)
        siempre\ (?:que|y\ cuando) con\ tal\ de\ que a\ condición\ de\ que purché a\ condizione\ che a\ patto\ che
        desde\ que contanto\ que op\ voorwaarde\ dat förutsatt\ att forudsat\ at forutsatt\ at
        om(?=\s\w{1,20}\s(?:inte|ej|ikke|icke)\b) (?<=[.;,]\s)om(?!\ste\b)
        sino bensì
    """
    + _CONTRASTS
    + _BUT_FEW,
    "comparative": _LOOSE_COMPARATIVES
    + r"""
        more less fewer higher lower larger smaller greater better worse longer shorter
        more\ than less\ than fewer\ than \w{2,20}er\ than exceed exceeds exceeded
        mehr weniger \w{2,20}er\ als höher niedriger größer kleiner besser schlechter älter länger kürzer geringer
        plus moins supérieure? inférieure? meilleure? pire
        más menos mayor menor mejor peor superior inferior
        maggiore minore più meno superiore inferiore migliore peggiore
        maior menor melhor pior
        meer minder \w{2,20}er\ dan hoger lager groter kleiner beter slechter
        fler färre högre lägre större flere færre højere lavere høyere
    """,
    "opposition": r"""
        against gegen contre contra contro tegen mot emot imod
    """,
    "doubt": r"""
        alleged allegedly alleges? so-called reportedly supposedly supposed\ to purported(?:ly)? ostensibly presumably
        apparently rumou?red believed claim(?:s|ed) according\ to (?:accused|suspected)\ of as\ (?:if|though)
        (?:nearly|almost)(?!\s\d)
        (?:believes?|says?|said|thought|think|argue[sd]?|suggest(?:s|ed)?|assert(?:s|ed)?|suspect(?:s|ed)?)\ that
        (?:claim|assume[sd]?|imagine[sd]?|reported|pretend(?:s|ed)?|fear(?:s|ed)?|hope[sd]?|insist(?:s|ed)?)\ that
        (?:said|thought|reported|expected|planned|claim|likely|used|wants?|wanted|hope[sd]?|proposed)\ to
        intend(?:s|ed)?\ to
        (?:try|tries|tried|trying|attempt(?:s|ed)?|threaten(?:s|ed)?|offer(?:s|ed)?|promise[sd]?)\ to
        (?:says?|said|thinks?|thought|believes?)(?=\s(?:the|it|he|she|they|there|this|we|you|his|her|its|their)\b)
        perhaps maybe possibly probably likely whether doubt(?:s|ed|ful)?
        angeblich(?:e[nmrs]?)? mutmaßlich(?:e[nmrs]?)? sogenannte[nmrs]? vermeintlich(?:e[nmrs]?)? vermutlich beinahe
        vielleicht wahrscheinlich möglicherweise ob versuch(?:t|te|ten) wollten? drohten?
        um\ ein\ Haar glaub(?:t|en|te|ten) vermut(?:et|en|ete|eten) behaupt(?:et|en|ete|eten)
        peut-être probablement voulai(?:t|ent) (?:tent|essay)(?:e|é|a|ait|aient|èrent)\ d(?:e|['’]\w+)
        prétendu(?:e|s|es|ment)? prétend(?:ent|ait|aient)? présumée?s? soi-disant selon faill(?:i|it|ait|irent)
        (?:croi(?:t|ent)|croyai(?:t|ent)|affirme(?:nt)?|affirmai(?:t|ent))\ qu(?:e|['’]\w+)
        (?:di(?:t|sait|saient)|pensai(?:t|ent))\ qu(?:e|['’]\w+) presque(?!\s\d)
        quizás? tal\ vez probablemente intent(?:ó|aron|aba|aban) querían?
        supuest[oa]s? supuestamente presunt[oa]s? presuntamente según por\ poco a\ punto\ de casi(?!\s\d)
        (?:creían?|creen?|afirman?|afirmaban?|decían?|dijo|pensaban?)\ que
        forse probabilmente volevan?o? tentò tentato\ di cerc(?:ò|ava|avano)\ di
        presunt[ei] cosiddett[oaie] sedicente per\ poco stava\ per quasi(?!\s\d) secondo\ (?:il|lo|la|i|gli|le|l['’])
        (?:credevan?o?|credono|sostiene|sostengono|afferma|affermava|pensavan?o?|dicevan?o?)\ che
        talvez provavelmente tent(?:ou|aram|ava|avam) queriam?
        supost[oa]s? supostamente alegad[oa]s? alegadamente por\ pouco quase(?!\s\d) segundo\ (?:o|a|os|as)
        (?:acreditam?|acreditavam?|afirmam?|diziam?|pensavam?)\ que
        misschien waarschijnlijk probeerden? wilden?
        vermeende? zogenaamde? zogenoemde naar\ verluidt volgens geloof(?:t|de|den) geloven beweer(?:t|de|den) beweren
        bijna(?!\s\d)
        kanske förmodligen måske formentlig kanskje trolig försökte forsøgte forsøkte prøvde
        påstå(?:s|dda|tt|tte|r) påstået påståede så\ kallade? såkald(?:t|te) såkalte? misstänkta? angivelig(?:t|e)?
        formodede antatte trodde troede enligt ifølge nästan næsten nesten
    """,
}
_UNSPACED_BY_KIND: dict[GoverningKind, str] = {
    "negation": r"""
        不 没 沒 無 无 未 非 勿 (?<![特分区級级性个類类鉴告])别(?![人的墅名称]) 禁止 ない なかった なく ません なし ずに
        停止 戒(?=[了烟酒掉]) 拒绝 拒絕 否认 否認 缺乏 缺少 避免 阴性 陰性 免于
        やめた やめまし 拒否 拒ん 否定 欠如 欠け 避け
        谣言 謠言 误解 誤解 虚假 嘘 デマ नहीं बिना मत(?=\s)
    """,
    "modal": "必须 必須 須 须 应 应该 應該 需 可能 可以 べき かもしれない なければならない",
    "quantifier": _LOOSE_QUANTIFIERS_UNSPACED + r" 至少 至多 最多 少なくとも 最大(?=\d) 以上 以下 以内 未満 超",
    "opposition": "反对 反對 反対",
    "doubt": """
        也许 也許 或许 或許 大概 たぶん おそらく 据称 據稱 据说 據說
        所谓 所謂 声称 聲稱 几乎 幾乎 差点 险些 相信 らしい 疑い いわゆる ところだった 信じられ
    """,
    "exception": r"""
        除(?![了非夕草去此]|法(?!国|國))[^，。！？；、\s]{1,15}?外 除いて 除き 除く 除了 除非 以外 ただし 限り(?=[、は])
        如果 假如 要是 もし 只 仅 僅 だけ のみ しか
    """,
    "comparative": "更 较 較 高于 低于 大于 小于 より",
}


def _alternatives(kind: GoverningKind) -> str:
    contractions = r"|\bn['’](?=\w)|(?<=\w)n['’]t\b" if kind == "negation" else ""
    return rf"\b(?:{any_of(_WORDS_BY_KIND[kind])})\b|{any_of(_UNSPACED_BY_KIND[kind])}{contractions}"


GOVERNING: dict[GoverningKind, re.Pattern[str]] = {
    kind: pattern_of(_alternatives(kind), re.IGNORECASE) for kind in _WORDS_BY_KIND
}
_DENYING_WORDS = r"failing lacking refusing reject rejects rejected unlikely instead\ of rather\ than \w+n['’]t"
DENIALS = pattern_of(rf"\b(?:{any_of(_ENGLISH_NEGATIONS + _DENYING_WORDS)})\b", re.IGNORECASE)  # in English
NO_DENIALS = pattern_of(  # phrases that only look like denials
    r"\b(?:not only|no\.? \d|no one else|no doubt|whether or not|if not)\b", re.IGNORECASE
)


class GoverningForm(NamedTuple):
    """The span and the kind of a form that governs its clause."""

    span: Span
    kind: GoverningKind


def governing(text: str) -> Iterator[GoverningForm]:
    """The forms in ``text`` that govern their clauses, grouped by kind."""
    for kind, pattern in GOVERNING.items():
        for match in pattern.finditer(text):
            yield GoverningForm(Span(*match.span()), kind)
