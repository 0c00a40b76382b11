"""Asides of mail (headers, greetings, signatures, disclaimers, quoted history), of chats (pleasantries, what stands in
the place of pictures), of letters (addresses) and of papers (imprints, references), reminders that a harness of agents
puts into the results of tools, and hints at commands, which are kept only where the query asks for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ragzip.compressors.outline import Outline
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure import Aside
from ragzip.text.words import content

__all__ = ["unasked"]

_OF_PEOPLE = (  # who somebody is, and how to reach them
    r"phones?|telephones?|tel|mobiles?|cell|fax|call|dial|e-?mails?|contacts?|reach(?:ed)?|address(?:es)?|postcode"
    r"|zip"
    r"|websites?|url|who|whose|whom|signatures?|signed|job|title|position|role|company|employer|offices?|department"
    r"|telefon\w*|handy\w*|mobil\w*|rufnummer|durchwahl|anruf\w*|anzurufen|adresse\w*|anschrift|kontakt\w*|erreich\w*"
    r"|wer|wem|wen|wessen|unterschrift|funktion|firma|abteilung|webseite|postleitzahl"
    r"|téléphon\w*|portable|appel\w*|joindre|contacter|courriel|qui|poste|fonction|société|entreprise|bureau"
    r"|teléfono|móvil|llamar|correo|direcci[oó]n|contacto|qui[eé]n|firmado|cargo|puesto|empresa|oficina"
    r"|telefono|cellulare|indirizzo|contatt\w*|chi|azienda|ufficio|telefoon\w*|adres|bereik\w*|bedrijf|functie"
    r"|ondertekend|firmat[oa]|quem|endereço|contat\w*|assinad\w*|assinou|telemóvel|celular|vem|hvem|adress\w*"
    r"|underskr\w+"
    r"|kto|kogo|komu|adres\w*|podpis\w*|stanowisk\w*|firm[ay]|dzwoni\w*|zadzwoni\w*|kdo|koho|zavolat"
    r"|kim\w{0,4}|imza\w*|şirket\w*|aláír\w*|cím\w{0,4}|cég\w*|cine|semnat\w*|телефон\w*|адрес\w*|позвон\w+"
    r"|контакт\w*"
    r"|почт(?:а|у|ы|е|ой)|кто|кого|кому|кем|чья|чей|подпис\w*|должност\w*|компани\w*|фирм\w*|хто|зателефон\w+"
    r"|підпис\w*|посад\w*"
    r"|τηλ[έε]φων\w*|διε[ύυ]θυνσ\w*|ποιος|ποια|υπ[έεο]γρ\w+|טלפון|כתובת|מי|חתם|חתום|(?:ال)?هاتف|(?:ال)?عنوان|رقم"
)
_OF_PEOPLE_UNSPACED = (
    "电话|電話|手机|手機|邮箱|郵箱|地址|联系|聯繫|谁|誰|签名|署名|連絡|住所|メール"  # without blanks between words
    "|전화|연락처|주소|누가|누구|โทร|ที่อยู่|ใคร"
)
_OF_LAW = (
    r"disclaimers?|confidential\w*|privileged?|legal\w*|liab\w+|recipients?|virus\w*|regist\w+|vat|unsubscribe"
    r"|directors?|geschäftsführ\w*|vertraulich\w*|haftung\w*|rechtlich\w*|handelsregister\w*|amtsgericht|ust-?id\w*"
    r"|confidentiel\w*|confidentialité|juridique|responsabilité|siret|destinataire|confidencial\w*|aviso legal|cif"
    r"|riservat\w*|vertrouwelijk\w*"
)
_OF_EARLIER_MAIL = (
    r"quot\w+|original (?:mail|message|e-?mail)|(?:earlier|previous) (?:mail|message|e-?mail)s?|whole thread|zitat\w*"
    r"|zitiert\w*|ursprüngliche\w*|vorherige\w*|cité\w*|message d'origine|précédent\w*|citad\w+|mensaje original"
)
_OF_HEADER = (  # who wrote to whom, when, and about what
    r"(?:e-?)?mails?|messages?|sent|sends?|sender|subject|wrot\w+|written|writes?|recipients?|addressed"
    r"|addressees?|dated?"
    r"|repl(?:y|ies|ied)|received|receives?|cc|bcc|copied|from whom|to whom|mail\w*"
    r"|nachricht\w*|antwort\w*|geschrieben|schrieb\w*|schreib\w*|gesendet|geschickt|schickt\w*|absender\w*"
    r"|empfänger\w*|betreff|datum|von wem|an wen"
    r"|courriels?|écrit\w*|envoy\w+|expéditeur|destinataires?|objet|correos?|mensajes?|escri\w+|envi\w+|remitente"
    r"|destinatari\w+|asunto|fecha|scri\w+|inviat\w*|mittente|oggetto|messaggi\w*|bericht\w*|schreef|geschreven"
    r"|verstuur\w*|verzonden|afzender|ontvanger|onderwerp"
)
_OF_GREETING = r"greet\w*|salutations?|addressed|anrede|begrüß\w*|salu(?:e|ation|do|da|to|ta)\w*|aanhef"

_OF_MEDIA = (
    r"media|photos?|pictures?|pics?|images?|videos?|audios?|voice|stickers?|gifs?|files?|attach\w*|documents?"
    r"|deleted?"
    r"|fotos?|bild\w*|datei\w*|gelöscht\w*|images?|fichiers?|supprim\w*|imagen\w*|archivos?|borrad\w+|eliminad\w+"
    r"|immagin\w+|allegat\w+|cancellat\w+|imagens?|arquivos?|apagad\w+|afbeelding\w*|bestand\w*|verwijderd\w*|фото"
    r"|видео"
    r"|файл\w*|удал\w+|sent|sends?|shar\w+|messages?|nachricht\w*|messaggi\w*|mensajes?|berichten?"
)
_OF_PLEASANTRIES = (
    r"thank\w*|gratitude|grateful|appreciat\w+|greet\w*|hello|bye|farewell|wish(?:es|ed)?|congrat\w+|prais\w+"
    r"|compliment\w*"
    r"|proud|happy|glad|excited|feel\w*|felt|react\w*|reactions?|respon\w+|repl\w+|answer\w*|says?|said|tell|told"
    r"|think|thought"
    r"|opinions?|support\w*|encourag\w+|dank\w*|gratul\w+|sagt\w*|grüß\w*|remerci\w+|félicit\w+|dit|agradec\w+"
    r"|dice|dijo"
)
_OF_IMPRINT = (
    r"authors?|writers?|wrote|written|who|whom|whose|doi|licen[sc]\w*|copyright\w*|publi\w+|journals?|when|dates?"
    r"|dated|years?"
    r"|received|accepted|affiliat\w*|universit\w*|institut\w*|departments?|correspond\w*|contacts?|e-?mails?"
    r"|address\w*"
    r"|cit(?:e[ds]?|ing|ations?)|keywords?|sha|sources?|urls?|links?|isbn|issn|pmid|editors?|where|countr(?:y|ies)"
    r"|identifiers?"
    r"|wer|wann|autor\w*|veröffentlich\w*|datum|lizenz\w*|quand|auteurs?|date|quién|cuándo|autor\w*|fecha"
)
_OF_CITATIONS = (
    r"references?|bibliograph\w*|cit(?:e[ds]?|ing|ations?)|literature|sources?|papers?|articles?|stud(?:y|ies)|books?"
    r"|publi\w+|authors?|writers?|wrote|written|journals?|doi|isbn|urls?|links?|research\w*|literatur\w*|quellen?"
    r"|bücher|artikel|studien?|autor\w*|veröffentlich\w*|références?|livres?|auteurs?|études?|referencias?|fuentes?"
    r"|libros?|bibliograf\w*|artículos?|estudios?|riferiment\w+|fonti|libri|artigos?|bronnen|boeken"
)
_OF_REMINDERS = r"(?:system[- ])?reminders?|notices?|notifications?|to-?dos?|todo ?lists?|open tasks"
_OF_CONTROLS = (
    r"who|whom|whose|authors?|users?|when|how (?:old|long|many|often|popular)|dates?|dated|ask(?:ed|ing)"
    r"|answered|posted|edited|modified|viewed"
    r"|views?|votes?"
    r"|scores?|points?|badges?|reputation|popular\w*|likes?|shares?|comments?|repl(?:y|ies)|buttons?|links?|menus?"
    r"|follow\w*"
    r"|wann|wie (?:alt|viele|oft)|datum|stimmen|quand|combien|cuándo|cuánt\w+|quando|quant\w+|wanneer|hoeveel"
)
_OF_HINTS = r"how|undo|discard|commands?|use|unstage|restore|add|push|wie|befehl|comment|cómo|come"


def _any_of(words: str, unspaced: str = "") -> re.Pattern[str]:
    within_words = f"|{unspaced}" if unspaced else ""
    return pattern_of(rf"(?<!\w)(?:{words})(?!\w){within_words}", re.IGNORECASE)


_ASKING: dict[Aside, re.Pattern[str]] = {
    "signature": _any_of(_OF_PEOPLE, _OF_PEOPLE_UNSPACED),
    "disclaimer": _any_of(f"{_OF_PEOPLE}|{_OF_LAW}", _OF_PEOPLE_UNSPACED),
    "history": _any_of(_OF_EARLIER_MAIL),
    "header": _any_of(_OF_HEADER),
    "greeting": _any_of(_OF_GREETING),
    "media": _any_of(_OF_MEDIA),
    "imprint": _any_of(_OF_IMPRINT),
    "pleasantry": _any_of(_OF_PLEASANTRIES),
    "citation": _any_of(_OF_CITATIONS),
    "reminder": _any_of(_OF_REMINDERS),
    "hint": _any_of(_OF_HINTS),
    "control": _any_of(_OF_CONTROLS),
}


def unasked(query: str | None, outlines: Sequence[Outline], sources: Sequence[str]) -> npt.NDArray[np.bool_]:
    """A mask of the units of all ``outlines`` that are asides which ``query`` does not ask for. *Shape:* (n,).

    It asks for quoted history where that has a word of it that the text proper has not, too.
    """
    return np.array(
        [
            is_unasked
            for outline, source in zip(outlines, sources, strict=True)
            for is_unasked in _unasked_of(query, outline, source)
        ],
        bool,
    )


def _unasked_of(query: str | None, outline: Outline, source: str) -> Iterator[bool]:
    if not any(outline.asides):
        yield from (False for _ in outline.spans)
        return
    asked_asides = {aside for aside, pattern in _ASKING.items() if query is not None and pattern.search(query)}
    query_terms = content(query if query and "history" in outline.asides else "")
    terms_of_text = {
        term
        for span, aside in zip(outline.spans, outline.asides, strict=True)
        if aside in (None, "header") and query_terms
        for term in query_terms.intersection(content(source[slice(*span)]))
    }
    missing_terms = query_terms - terms_of_text
    for span, aside in zip(outline.spans, outline.asides, strict=True):
        if aside == "history" and missing_terms:
            yield "history" not in asked_asides and missing_terms.isdisjoint(content(source[slice(*span)]))
        else:
            yield aside is not None and aside not in asked_asides
