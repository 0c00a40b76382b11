"""Words that say of something that it does not take place, is not to be had or holds no more: "Cancelled.", "Sold
out until May.", "Dieser Kurs ist abgesagt.".
"""

from __future__ import annotations

import re

from ragzip.text.changes import CANCELLED, PUT_OFF, REVOKED
from ragzip.text.governing import governing
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["begins_with_status", "denies", "governs", "is_status", "names_status"]

_STATUSES = "|".join(
    [
        CANCELLED,
        PUT_OFF,
        REVOKED,
        # English
        r"(?:fully|all) booked|booked (?:up|out)|sold out",
        r"out of (?:stock|order|service|print|use)|closed|adjourned|suspended|discontinued|expired|superseded",
        r"retracted|deprecated|obsolete|void|invalid|deleted|unavailable|not (?:available|in (?:force|use|stock))",
        r"no longer (?:available|offered|in (?:force|use|print|stock)|valid|sold|made|produced|applicable|applies)",
        # German
        r"ausgebucht|ausverkauft|geschlossen|gestrichen|eingestellt|ausgesetzt|abgelaufen|vergriffen|zurückgerufen",
        r"gesperrt|belegt|entfällt|fällt aus|entfallen",
        r"ausgefallen|ungültig|überholt|außer (?:betrieb|kraft)|ausser (?:betrieb|kraft)",
        r"nicht (?:mehr )?(?:lieferbar|verfügbar|erhältlich|gültig|vorrätig)",
        # French
        r"compl(?:ets?|ètes?)|fermée?s?|suspendue?s?|épuisée?s?|expirée?s?|périmée?s?|hors service|indisponibles?",
        r"en rupture de stock|guichets fermés",
        r"n['’]est plus (?:disponible|valable)",
        # Spanish, Portuguese, Italian
        r"agotad[oa]s?|cerrad[oa]s?|suspendid[oa]s?|caducad[oa]s?|descatalogad[oa]s?|fuera de servicio",
        r"(?:aforo )?completo",
        r"sin plazas|no disponibles?|esgotad[oa]s?|fechad[oa]s?|encerrad[oa]s?|suspens[oa]s?",
        r"lotad[oa]s?|expirad[oa]s?|vencid[oa]s?|fora de serviço|indispon(?:ível|íveis)",
        r"cancellat[oaie]|esaurit[oaie]|chius[oaie]|sospes[oaie]|scadut[oaie]|soppress[oaie]|al completo",
        r"tutto esaurito|fuori (?:servizio|uso|produzione)",
        r"non (?:più )?disponibil[ei]",
        # Dutch, Swedish, Danish, Norwegian
        r"afgezegd|uitverkocht|volgeboekt|gesloten|opgeschort|vervallen|verlopen|buiten (?:gebruik|werking|dienst)",
        r"niet (?:meer )?(?:leverbaar|beschikbaar|geldig)",
        r"inställ[dt]a?|slutsål[dt]a?|fullboka[dt]e?|stäng[dt]a?|uppskjut(?:en|et|na)|utgå(?:ngen|tt)|upphäv[dt]a?",
        r"aflyst|avlyst|udsolgt|utsolgt|fuld(?:t )?booket|full(?:t )?booket|lukket|stengt|udsat|utsatt|udgået",
        r"utgått|ophævet|opphevet",
        # Polish, Russian, Ukrainian
        r"odwołan[eyai]|wyprzedan[eyai]|zamknięt[eyai]|przełożon[eyai]|brak miejsc|uchylon[eyai]|nieczynn[eyai]",
        r"отмен[её]н[оаы]?|закрыт[оаы]?|распродан[оаы]?|перенес[её]н[оаы]?|мест нет|скасован[оаий]|закрит[оаий]",
        r"розпродан[оаий]",
    ]
).replace(" ", r"\s")  # in a wrapped text it may be a line end
_STATUSES_UNSPACED = "已取消|已满|售罄|已关闭|延期|停办|中止|満席|完売|売り切れ|休業|休止|廃止|취소|매진|마감|휴무"
_ADVERBS = (
    "(?:now|currently|already|temporarily|permanently|unfortunately|sadly|completely|provisionally|leider|derzeit|zurzeit"
    "|momentan|aktuell|bereits|schon|vorübergehend|dauerhaft|déjà|actuellement|momentanément|temporairement"
    "|définitivement|ya|actualmente|temporalmente|definitivamente|già|attualmente|temporaneamente|já|atualmente"
    "|temporariamente|nu|momenteel|tijdelijk|al|reeds)"
)
_THIS = (  # who is said to be so, in a sentence: what stands above it
    "(?:(?:it|they|er|sie|es|il|elle|ils|elles|(?:this|these|dieser?s?|cette|cet?|este|esta|estos|estas|questo|questa"
    "|questi|queste|deze|dit)(?: [^\\W\\d_]{2,20}(?: [^\\W\\d_]{2,20})?)??) )"  # "il bar" is no "il" of French
    "(?:is|are|has been|have been|ist|sind|wurden?|est|sont|a été|ont été|está|están|ha sido|han sido|è|sono|è stat[oa]"
    "|sono stat[ie]|é|foi|foram|is|zijn|werd|werden) "
)
_TAIL = (  # since when, until when or why it is so
    r" (?:until|till|since|due to|because|owing to|with effect from|as of|as from|from"
    r"|by (?:act|law|order|regulation|decree)|this (?:week|month|year|term|season)"
    r"|for (?:good|now|the (?:time being|season|day|year|summer|winter)|renovations?|repairs?|maintenance)"
    r"|bis|seit|ab|wegen|aufgrund|jusqu|depuis|à partir|pour (?:travaux|cause)|en raison|hasta|desde|por|debido"
    r"|a partir|fino|dal?|per|a causa|até|devido|tot|sinds|vanaf|wegens|till|sedan|indtil|siden|på grund"
    r"|do|od|до|с|из-за|через)\b"
)
_END = (
    r"(?=\W{0,3}$|[.!。！;]|\s?[–—(]|\s-\s"
    r"|,\s(?:as|since|because|owing|see|da|weil|siehe|car|voir|ya que|véase|perché|vedi|porque|omdat|zie)\b)"
)
_BEGINNING = r"(?:[-*+•–][ \t]{1,4}|\d{1,3}[.)][ \t]{1,4})?[\W_]{0,4}"
_SAID = rf"(?:{_ADVERBS} )?(?:{_STATUSES})"
_STATUS = pattern_of(
    rf"{_BEGINNING}(?:(?:{_THIS})?{_SAID}(?:{_TAIL}|{_END})|(?:{_STATUSES_UNSPACED}){_END})", re.IGNORECASE
)
_STATUS_AT_END = pattern_of(
    rf"(?:[(\[,:–—]|\s-)\s?(?:{_SAID}|{_STATUSES_UNSPACED})(?:{_TAIL}[^.!?()]{{0,40}})?[)\].!*_#\s]{{0,6}}$",
    re.IGNORECASE,
)
_STATUS_AT_START = pattern_of(rf"(?:{_SAID})\b|{_STATUSES_UNSPACED}", re.IGNORECASE)
_BARE_STATUS = pattern_of(rf"\W{{0,4}}(?:{_SAID}|{_STATUSES_UNSPACED})\W{{0,4}}", re.IGNORECASE)
_STATUS_OF_HEADING = pattern_of(  # of what stands under a heading: not so, not so any more, not so yet, or then
    r"\b(?:myths?|false|wrong|mistakes?|misconceptions?|retracted|retractions?|withdrawn|repealed|obsolete|deprecated|former"
    r"|formerly|previous(?:ly)?|old|until|before|after|since|draft|proposed|proposals?|rejected|cancel(?:l)?ed|hypothetical|fiction"
    r"|contra-?indications?|exclusions?|excluded|limitations?|don['’]ts|cons|disadvantages|avoid|banned|absent"
    r"|mythen|irrtümer|falsch|früher|alt|bisher|bis|seit|nach|entwurf|abgelehnt|ausgeschlossen|ausschlüsse|gegenanzeigen|nachteile"
    r"|mythes|faux|ancien(?:ne)?s?|jusqu|depuis|après|projet|rejeté|exclusions|contre-indications|inconvénients"
    r"|mitos|falso|antiguos?|hasta|desde|después|borrador|rechazad[oa]s?|exclusiones|contraindicaciones|desventajas)\b"
    r"|\b(?:1[5-9]|20)\d\d\b",
    re.IGNORECASE,
)
_GOVERNING_KINDS = frozenset(["negation", "exception"])
_MAX_CHARACTERS = 200  # of a unit that are looked at


def begins_with_status(text: str, start: int = 0, end: int | None = None) -> bool:
    """Whether the first sentence of ``text[start:end]``, after the marker of an item, says no more than that
    something is called off, closed, sold out …, and until when or why.
    """
    return _STATUS.match(text[start:end][:_MAX_CHARACTERS]) is not None


def governs(heading: str) -> bool:
    """Whether what stands under a heading is not so without it: "Not covered", "Polish (sold out)"."""
    heading = heading[:_MAX_CHARACTERS]
    if _STATUS_OF_HEADING.search(heading) is not None or _STATUS_AT_END.search(heading) is not None:
        return True
    return denies(heading)


def names_status(head: str) -> bool:
    """Whether the head of a list begins with such a word: "Closed in winter"."""
    return _STATUS_AT_START.match(head) is not None


def denies(text: str) -> bool:
    """Whether ``text`` has a negation, or a word that excepts something."""
    return any(form.kind in _GOVERNING_KINDS for form in governing(text))


def is_status(text: str) -> bool:
    """Whether ``text`` is nothing but such a word: no heading of what follows."""
    return _BARE_STATUS.fullmatch(text) is not None
