"""Asides in mail: greetings, signatures, and disclaimers with the details that the law requires of a company."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure.base import Aside

__all__ = ["asides_of_lines", "is_closing", "is_greeting", "is_text_or_postscript"]

_NAMES = r"(?:,? [A-ZÀ-Þ][\w.'’-]{0,20}){0,3}"  # "Best regards, Anna Bauer"
_CLOSING = pattern_of(
    r"(?i:(?:(?:with )?(?:best|kind|warm|warmest|many|kindest)\s)?"
    r"(?:regards|wishes|thanks|cheers|sincerely|yours(?: (?:sincerely|faithfully|truly|ever))?|thank you|best|thx|br)"
    r"(?: and (?:kind |best )?regards| in advance| again)?"
    r"|(?:mit )?(?:freundlichen|freundlichem|besten|herzlichen|vielen|viele|liebe|beste|schöne|herzliche|lieben)"
    r" (?:grüßen|grüße?|gruss|gruß|grüsse|dank)(?: (?:aus|nach) \w{2,20})?|gruß|grüße|mfg|lg|vg"
    r"|(?:bien )?cordialement|bien à (?:vous|toi)|(?:sincères|meilleures|cordiales) salutations"
    r"|(?:mes )?salutations distinguées|amicalement|(?:un )?(?:cordial )?saludos?(?: cordial(?:es)?)?|atentamente"
    r"|(?:cordiali|distinti) saluti|cumprimentos|atenciosamente|met vriendelijke groet(?:en)?|groeten)"
    rf"{_NAMES}[,.!]?$"
)
_GREETING = pattern_of(
    r"(?:dear|hi|hello|hey|good (?:morning|afternoon|evening|day)|greetings|to whom it may concern"
    r"|sehr geehrte[rs]?|liebe[rs]?|hallo|guten (?:tag|morgen|abend)|moin|servus|grüezi"
    r"|bonjour|bonsoir|chère?s?|salut|madame|monsieur|mesdames|estimad[oa]s?|querid[oa]s?|hola"
    r"|buen[oa]s (?:días|tardes)|car[oaie]|gentil[ei]|egregi[oa]?|ciao|salve|buon(?:giorno|asera)|prezad[oa]s?|olá"
    r"|bom dia|beste|geachte|dag|kära|hej|kære|уважаем\w+|здравствуйте|добрый день)\b"
    r"(?:(?<=\b[dm]r)\.|(?<=\b(?:mrs|sra))\.|(?<=\bprof)\.|(?<=\b(?:ms|sr|st))\.|[^.?!:;,\n]"
    r"|, (?=dear|liebe|chère?|cara?|querid|hi\b)){0,60}(?P<mark>[,!:.]?)",
    re.IGNORECASE,
)
_MAX_WORDS_OF_GREETING, _MAX_WORDS_WITHOUT_MARK = 7, 3
_SENT_FROM = pattern_of(
    r"sent (?:from|via) (?:my |the |outlook|yahoo|mail)[^\n]{0,40}$|get outlook for [^\n]{1,30}$"
    r"|von meinem [^\n]{1,40} gesendet\.?$|diese nachricht wurde von [^\n]{1,40} gesendet\.?$"
    r"|envoyé (?:de|depuis) (?:mon|ma) [^\n]{1,40}$|enviado (?:desde|do) (?:mi|meu) [^\n]{1,40}$"
    r"|inviato dal? (?:mio )?[^\n]{1,30}$|verzonden vanaf mijn [^\n]{1,30}$",
    re.IGNORECASE,
)
_DELIMITER = "--"  # of RFC 3676: all below it is the signature
_REACHED = pattern_of(  # how somebody is reached
    r"(?:\b(?:tel|telefon|phone|mobile?|handy|fax|cell|tél|teléfono|móvil|direct|office)\b|☎|📞|\b[TMF]:)"
    r"[.: ]{0,3}[+(\d]"
    r"|\+\d[\d ()/.-]{6,}|\bwww\.\w|^https?://\S+$|^[^\s@]{1,64}@[^\s@]{1,255}\.\w{1,24}$",
    re.IGNORECASE,
)
_LABEL_OF_CONTACT = pattern_of(
    r"(?:[tmfew]|tel\w*|phone|mobile?|fax|cell|e-?mail|web\w*|address|office|direct|skype|linkedin|handy|adresse|büro"
    r"|tél\w*|portable|bureau|móvil|correo|dirección|ust-?id\w*|vat\w*|hrb|geschäftsf\w+|sitz)\b[^:]{0,20}:",
    re.IGNORECASE,
)
_OF_TEXT = pattern_of(
    r"(?:\S+\s+){4,}\S*\w[.!?]$"  # a sentence
    r"|[-*•]\s|\d{1,3}[.)]\s"  # an item of a list
    r"|\w[\w ]{1,30}:\s*\S"  # a value with its name
)
_POSTSCRIPT = pattern_of(r"p\.?\s?s\.?[:. ]", re.IGNORECASE)
_MAX_SIGNATURE_LINES = 12
_MAX_SIGNATURE_CHARACTERS = 90
_MAX_BLOCK_LINES = 7  # of a signature without a closing
_MAX_POSTSCRIPT_LINES = 8
_SURE_OF_LAW = pattern_of(  # in lower case
    r"not the (?:intended|named) (?:recipient|addressee)"
    r"|you (?:have )?receive[d]? this (?:e-?mail|message|communication)[^.]{0,20} (?:in error|by mistake)"
    r"|this (?:e-?mail|message)[^.]{0,20} originated (?:from )?outside|consider the environment before print"
    r"|virus[- ]free\. |scanned (?:for viruses|for malware|by \w+ anti-?virus)"
    r"|nicht der (?:richtige|beabsichtigte|vorgesehene) (?:adressat|empfänger)"
    r"|diese (?:e-?mail|nachricht)[^.]{0,30} irrtümlich|(?:unbefugte|unerlaubte) (?:weitergabe|weiterleitung|kopieren)"
    r"|bevor sie diese (?:e-?mail|nachricht) (?:aus)?drucken"
    r"|(?:reçu|recevez) ce (?:message|mail|courriel)[^.]{0,30} par erreur|pas le destinataire"
    r"|avant d'imprimer ce (?:message|mail|courriel)"
    r"|recibi\w+ este (?:mensaje|correo)[^.]{0,30} por error|no es (?:usted )?el destinatario"
    r"|ricevuto (?:questo|il presente) [^.]{0,30} per errore|recebeu esta mensagem por (?:engano|erro)"
    r"|niet de (?:beoogde|bedoelde) (?:ontvanger|geadresseerde)|ten onrechte (?:is )?ontvangen"
)
_OF_LAW = pattern_of(  # in lower case
    r"confidential|privileged|disclaimer|unauthori[sz]ed|liab(?:le|ility)|registered (?:office|in)|company no"
    r"|this (?:e-?mail|message)|intended (?:only|solely)|(?:sole|exclusive) use|unsubscribe|vertraulich|haftung"
    r"|diese (?:e-?mail|nachricht)|ausschließlich für|geschäftsführ(?:er|ung)|amtsgericht|handelsregister|hr[ab] ?\d{2}"
    r"|ust-?id|sitz der gesellschaft|confidentiel|confidentialité|ce (?:message|courriel|mail)\b|usage exclusif"
    r"|capital (?:social )?de|rcs [a-z]|siret|confidencial|este (?:mensaje|correo)|aviso legal|uso exclusivo|riservat"
    r"|vertrouwelijk|dit bericht"
)
_MIN_SIGNS_OF_LAW = 2  # different ones, in the last lines of a mail


def asides_of_lines(source: str, lines: Sequence[Span], first: int, end: int) -> list[tuple[int, int, Aside | None]]:
    """The parts of the lines from ``first`` to ``end`` of a mail, none of which is quoted: first line, line after the
    last, and the kind of aside (None: text).
    """
    asides: dict[int, Aside] = {}
    is_at_end = True
    for block in reversed(list(_blocks(lines, first, end))):
        if _is_disclaimer(source, lines, block, is_at_end=is_at_end):
            asides.update(dict.fromkeys(block, "disclaimer"))
        else:
            is_at_end &= not any(_is_text(_line(source, lines, number)) for number in block)
    visible = [number for number in range(first, end) if _is_visible(lines, number) and number not in asides]
    asides.update(dict.fromkeys(_signature(source, lines, visible), "signature"))
    if visible and visible[0] + 1 in visible[1:2] and is_greeting(_line(source, lines, visible[0])):
        asides.setdefault(visible[0], "greeting")  # right above the text, which is no part of it
    for number in range(first + 1, end):  # blank lines belong to the part before
        if not _is_visible(lines, number) and number - 1 in asides:
            asides[number] = asides[number - 1]
    parts: list[tuple[int, int, Aside | None]] = []
    for aside, numbers in groupby(range(first, end), key=asides.get):
        part = list(numbers)
        parts.append((part[0], part[-1] + 1, aside))
    return parts


def is_greeting(text: str) -> bool:
    """Whether ``text``, the first of a mail, greets and says nothing else."""
    greeting = _GREETING.fullmatch(text) if len(text) <= _MAX_SIGNATURE_CHARACTERS else None
    if greeting is None:
        return False
    return len(text.split()) <= (_MAX_WORDS_OF_GREETING if greeting["mark"] else _MAX_WORDS_WITHOUT_MARK)


def is_closing(line: str) -> bool:
    """Whether a line closes a mail or letter: "Yours sincerely,"."""
    return _CLOSING.match(line) is not None


def is_text_or_postscript(line: str) -> bool:
    """Whether a line below the closing of a letter is no name, function or address."""
    return _POSTSCRIPT.match(line) is not None or _is_text(line)


def _line(source: str, lines: Sequence[Span], number: int) -> str:
    return source[slice(*lines[number])].strip()


def _is_visible(lines: Sequence[Span], number: int) -> bool:
    return lines[number].start < lines[number].end


def _blocks(lines: Sequence[Span], first: int, end: int) -> Iterator[range]:
    """The runs of lines that are not blank, by number."""
    start = first
    for number in range(first, end + 1):
        if number == end or not _is_visible(lines, number):
            if start < number:
                yield range(start, number)
            start = number + 1


def _is_disclaimer(source: str, lines: Sequence[Span], block: range, *, is_at_end: bool) -> bool:
    text = " ".join(source[lines[block[0]].start : lines[block[-1]].end].lower().split())
    if _SURE_OF_LAW.search(text):
        return True
    return is_at_end and len(set(_OF_LAW.findall(text))) >= _MIN_SIGNS_OF_LAW


def _is_text(line: str) -> bool:
    """Whether a line is no line of a signature: a sentence, an item, a value that is no way to reach somebody."""
    if len(line) > _MAX_SIGNATURE_CHARACTERS:
        return True
    return _OF_TEXT.match(line) is not None and not (_LABEL_OF_CONTACT.match(line) or _REACHED.search(line))


def _signature(source: str, lines: Sequence[Span], visible: Sequence[int]) -> Sequence[int]:
    """The lines, by number, of the signature among ``visible`` ones: from the last closing on, up to a postscript."""
    texts = [_line(source, lines, number) for number in visible]
    window = range(max(0, len(visible) - _MAX_SIGNATURE_LINES - 1), len(visible))
    if (delimiter := next((place for place in window if texts[place] == _DELIMITER), None)) is not None:
        return visible[delimiter:]
    late = range(max(0, len(visible) - _MAX_POSTSCRIPT_LINES), len(visible))
    end = next((place for place in late if _POSTSCRIPT.match(texts[place])), len(visible))
    start = end
    for place in range(end - 1, max(-1, end - 2 - _MAX_SIGNATURE_LINES), -1):
        if _CLOSING.match(texts[place]):
            while place and _CLOSING.match(texts[place - 1]):
                place -= 1
            return [visible[number] for number in range(place, end)]
        if _SENT_FROM.match(texts[place]):
            start = place
        elif _is_text(texts[place]):
            break
    return [visible[number] for number in range(_block_start(visible, texts, start), end)]


def _block_start(visible: Sequence[int], texts: Sequence[str], end: int) -> int:
    """The place where the signature without a closing begins that ends before ``end``: a name, and how the person is
    reached; ``end`` without one.
    """
    start = end
    while start and (start == end or visible[start] - visible[start - 1] == 1):
        start -= 1
    block = texts[start:end]
    is_introduced = start == 0 or texts[start - 1].endswith(":")
    if is_introduced or not 2 <= len(block) <= _MAX_BLOCK_LINES or any(map(_is_text, block)):
        return end
    return start if any(map(_REACHED.search, block)) else end
