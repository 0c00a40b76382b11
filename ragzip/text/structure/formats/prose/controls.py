"""Controls in the text of pages, copied or scraped: "Share", "Add a comment", votes, dates and authors of posts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.base import StructuredUnit

__all__ = ["controls"]

_CONTROL = pattern_of(
    r"(?:share(?: (?:this|on|via)(?: [\w&-]+){0,3})?|tweet|pin it|follow(?:ing| us(?: on [\w&-]+)?)?"
    r"|subscribe(?: now)?|reply"
    r"|reply to this(?: topic| post| comment)?|like|likes?|dislike|upvote|downvote|vote|flag"
    r"|report(?: abuse| post| comment)?"
    r"|copy (?:link|url)|permalink|bookmark|save|print|download pdf|quote|edit|hide|show (?:more|less|all)"
    r"|load more(?: comments)?"
    r"|(?:read|see|view|learn) more|more\.{0,3}|back to top|skip to (?:main )?content|toggle (?:menu|navigation)"
    r"|menu|search"
    r"|(?:log|sign) ?(?:in|up|out)(?: or sign up)?|register|create (?:an )?account|my account|advertisements?"
    r"|sponsored"
    r"|improve this (?:question|answer)|add (?:a )?comment|leave a (?:comment|reply)|post (?:a )?(?:comment|reply)"
    r"|show \d{1,4} more comments?|view all \d{1,5} (?:comments|replies)"
    r"|(?:hide|show|view) (?:\d{1,4} )?(?:replies|comments)"
    r"|\d{1,5} (?:answers?|repl(?:y|ies)|comments?|shares?|likes?|views?|points?|upvotes?|followers|reactions?)"
    r"|(?:sort(?:ed)? by|order by|filter by)\b[^\n]{0,40}|highest score(?: \(default\))?"
    r"|accept(?:ed)? (?:all )?cookies|accept all"
    r"|reject all|cookie settings|manage (?:cookies|preferences)|privacy policy|terms of (?:use|service)"
    r"|all rights reserved"
    r"|(?:previous|next)(?: (?:page|post|article|topic))?|« ?prev(?:ious)?|next ?»|related (?:posts|articles)"
    r"|community wiki"
    r"|parent|prev|context|\[[-–+]\]|give award|crosspost|follow this (?:question|topic)"
    r"|teilen|antworten|folgen|melden|gefällt mir|bearbeiten|drucken|mehr (?:lesen|anzeigen|erfahren)|weiterlesen"
    r"|anzeige|werbung"
    r"|anmelden|registrieren|nach oben|kommentieren|kommentar (?:schreiben|hinzufügen)|zitieren|alle akzeptieren"
    r"|zum inhalt springen"
    r"|partager|répondre|suivre|signaler|j['’]aime|imprimer|lire (?:la suite|plus)|publicité|se connecter"
    r"|s['’]inscrire"
    r"|ajouter un commentaire|tout accepter|haut de page|aller au contenu"
    r"|compartir|responder|seguir|denunciar|me gusta|imprimir|leer más|publicidad|iniciar sesión|registrarse|comentar"
    r"|aceptar (?:todo|todas)|condividi|rispondi|segui|segnala|mi piace|stampa|leggi (?:tutto|di più)|pubblicità"
    r"|accedi"
    r"|registrati|delen|beantwoorden|volgen|vind ik leuk|afdrukken|lees (?:meer|verder)|advertentie|inloggen)",
    re.IGNORECASE,
)
_STAMP = pattern_of(  # of a post, without its author: "Asked 14 years ago", "answered May 29, 2009 at 18:13"
    r"(?:asked|modified|viewed|edited|answered|commented|posted|active"
    r"|last (?:edited|updated|modified)(?: on| by)?)\s"
    r"[^\n.!?]{0,20}\d[^\n!?]{0,30}",
    re.IGNORECASE,
)
_COUNT = pattern_of(  # votes, badges, points of a user: "26.1k", "73k 17 gold badges", "90 revs, 63 users 14%"
    r"[-+▲▼✓]?\s?\d{1,3}(?:[.,]\d{1,3}){0,3}\s?[kKmM]?(?:\s\d{1,4}){0,3}"
    r"|(?:[\d.,]{1,9}[km]?[\s•·●]{1,3}){0,3}\d{1,5}\s(?:gold|silver|bronze)\sbadges?"
    r"|\d{1,5}\srevs?,[^\n]{0,40}|[|•·–—]",
    re.IGNORECASE,
)
_NAME = pattern_of(r"[^\W_][\w.'’-]{0,24}(?: [\w.'’-]{1,24}){0,2}")  # of an author
_MAX_CHARACTERS = 80
_LEAST = 3  # different controls, for a text to be one of a page


def controls(source: str, units: Sequence[StructuredUnit]) -> list[int]:
    """The places of the units that are controls of a page; none in a text with few."""
    texts = [_plain(source[slice(*unit.span)]) for unit in units]
    places = {place for place, text in enumerate(texts) if text and _CONTROL.fullmatch(text)}
    if len({texts[place].casefold() for place in places}) < _LEAST:
        return []
    stamps = {place for place, text in enumerate(texts) if text and _STAMP.fullmatch(text)}
    counts = {place for place, text in enumerate(texts) if text and _COUNT.fullmatch(text)}
    names = (place + 1 for place in stamps if place + 2 in places | counts)
    places |= stamps | {place for place in names if _NAME.fullmatch(texts[place])}
    for order in (1, -1):  # counts beside controls, and beside such counts
        for place, place_beside in pairwise(range(len(units))[::order]):
            if place in places and place_beside in counts:
                places.add(place_beside)
    return sorted(places)


def _plain(text: str) -> str:
    """A short line without the marks of items; "" of any other text."""
    return "" if len(text) > _MAX_CHARACTERS or "\n" in text else text.lstrip("-*• ").strip(" *_")
