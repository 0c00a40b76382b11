"""Keys of bookings, orders, invoices, HTTP and git in other words: "Check-out" is what a guest calls leaving the room.
And the values of a file that ls lists with keys.

A model is to read the other words with the key; what is kept is the line as it stands.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache, lru_cache

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.splitters import SplitUnit
from ragzip.text.words import in_words

__all__ = [
    "key_readings",
    "keyed_reading",
    "lead_reading",
    "listed_reading",
    "words_of_setting",
    "worded",
    "worded_line",
]

_LISTED_FILE = pattern_of(  # as ls prints it
    r"(?P<mode>[-dlbcps][r-][w-][xsS-][r-][w-][xsS-][r-][w-][xtT-])[.+@]?[ ]+\d{1,7}[ ]+(?P<owner>\S{1,64})[ ]+"
    r"(?P<group>\S{1,64})[ ]+(?P<size>\d[\d.,]{0,15}[KMGT]?)[ ]+"
    r"(?P<time>[A-Z][a-z]{2}[ ]+\d{1,2}[ ]+[\d:]{4,5}|\d{4}-\d\d-\d\d[ ]\d\d:\d\d\S*(?:[ ][+-]\d{4})?)"
    r"[ ](?P<name>\S[^\n]{0,300})"
)
_STATUS_LINE = pattern_of(r"(?:[<>] )?HTTP/\d(?:\.\d)? \d{3}\b")
_KEY = pattern_of(r"[-*•<>\s]{0,4}(?:\*\*)?([^\W\d_][^:：\n*]{1,39}?)(?:\*\*)?[ \t]?[:：](?:\*\*)?[ \t]*(?=\S)")
_CAMEL = pattern_of(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_KEY_WITH_PARTS = pattern_of(r"[A-Za-z_][\w-]{1,40}(?:;[\w-]{1,30}=[\w/,-]{1,60}){0,6}(?=[:;= ])")
_PART_OF_KEY = pattern_of(r"[;=,]")
_LINES_WITH_KEYS = frozenset(["record", "item", "sentence"])
_OTHER_WORDS = """
booking reference, booking number, booking code, booking id, reservation number, reservation code, record locator, pnr
    = confirmation number, reservation code
confirmation number, confirmation code = booking reference, reservation number
check-in, check in, checkin, arrival = arrive
check-out, check out, checkout = leave room
departure = leave
carrier, shipped via, shipped by, courier, shipping company = company that delivers parcels
tracking number, tracking code, tracking id = track the parcel
estimated delivery, expected delivery, delivery date, estimated arrival = package arrives
order total, grand total, total amount, total price, amount paid = paid altogether, cost
amount due, balance due = must be paid
due date, payment due, due by, payable by = must be paid, deadline
ship to, shipping address, delivery address, deliver to = sent to
bill to, billing address = payer
payment method, paid with, payment = paid by
cancellation, cancellation policy, free cancellation = cancel
boarding, boarding time = at the gate
valid until, expires, expiry date, expiration date = valid, expire
order number, order id, order no = order reference
reason, cause = why
changes to be committed = staged files
changes not staged for commit = changed files, unstaged
untracked files = new files
retry-after = seconds to wait, try again
location = redirected to
cache-control = cached
content-type = type of the body
server = software of the server
www-authenticate = log in, credentials
buchungsnummer, buchungscode, reservierungsnummer, vorgangsnummer = bestätigungsnummer, buchung
anreise, check-in ab = ankunft, ankommen
abreise, check-out bis = auschecken, verlassen
versand durch, versanddienst, zusteller, paketdienst = liefert das paket
sendungsnummer, sendungsverfolgung = paket verfolgen
voraussichtliche lieferung, liefertermin, lieferdatum, zustellung = paket ankommen
gesamtbetrag, gesamtsumme, rechnungsbetrag, endbetrag = insgesamt zu zahlen, kosten
fällig am, fälligkeit, zahlbar bis, zahlungsziel, fälligkeitsdatum = bezahlen, frist
lieferadresse, versandadresse = geliefert nach
zahlungsart, zahlung, bezahlung = bezahlt mit
stornierung, storno = stornieren, absagen
numéro de réservation, référence, référence de réservation = numéro de confirmation
arrivée = arriver
départ = quitter, partir
transporteur, livré par = livre le colis
numéro de suivi = suivre le colis
livraison prévue, date de livraison = colis arrive
total ttc, montant total, total à payer = payer en tout, prix
échéance, date d'échéance, date limite de paiement = payer, délai
adresse de livraison = envoyé à
mode de paiement, paiement = payer avec
annulation = annuler
número de reserva, localizador, código de reserva = número de confirmación
llegada, entrada = llegar
salida = dejar, salir
transportista, enviado por = entrega el paquete
número de seguimiento = seguir el paquete
entrega estimada, fecha de entrega = llega el paquete
importe total, total a pagar = pagar en total, precio
vencimiento, fecha de vencimiento = pagar, plazo
dirección de entrega, dirección de envío = enviado a
forma de pago, método de pago = pagar con
cancelación = cancelar
numero di prenotazione, codice di prenotazione = numero di conferma
arrivo = arrivare
partenza = lasciare, partire
corriere, spedito con = consegna il pacco
consegna prevista, data di consegna = arriva il pacco
importo totale, totale da pagare = pagare in totale, prezzo
scadenza, data di scadenza = pagare entro
modalità di pagamento, pagamento = pagare con
boekingsnummer, reserveringsnummer, boekingscode = bevestigingsnummer, boeking
aankomst, inchecken = aankomen
uitchecken, vertrek = vertrekken, verlaten
bezorger, vervoerder, verzonden met = bezorgt het pakket
verwachte levering, leverdatum, bezorgdatum = pakket aankomt
totaalbedrag, te betalen = betalen in totaal, kosten
vervaldatum, betalen voor, betaaltermijn = betaald, betalen, termijn
afleveradres, verzendadres = verzonden naar
número da reserva, código da reserva = número de confirmação
chegada = chegar
saída, partida = sair, deixar
transportadora, enviado por = entrega o pacote
entrega prevista, data de entrega = chega o pacote
valor total, total a pagar = pagar no total, preço
vencimento, data de vencimento = pagar até, prazo
"""


_WORDS_OF_TAXES = {  # of lines of an invoice
    "mwst": "Mehrwertsteuer, Umsatzsteuer",
    "ust": "Umsatzsteuer, Mehrwertsteuer",
    "vat": "value added tax, sales tax",
    "gst": "goods and services tax, sales tax",
    "tva": "taxe sur la valeur ajoutée",
    "iva": "impuesto, imposta, imposto",
    "btw": "omzetbelasting",
}
_TAX = pattern_of(rf"\b(?:{'|'.join(_WORDS_OF_TAXES)})\b(?=[^\n]{{0,60}}\d)", re.IGNORECASE)
_MAX_CHARACTERS_OF_SUM = 100
_WORDS_OF_SETTINGS = {  # of Linux, Kubernetes, compose, systemd, nginx, iCalendar, vCard, by the name in small letters
    "memtotal": "total memory",
    "memfree": "free memory",
    "memavailable": "available memory",
    "limits": "at most, maximum",
    "containerport": "listens on",
    "livenessprobe": "health check, alive",
    "readinessprobe": "health check, ready",
    "restartpolicy": "when it fails, crashes",
    "depends_on": "starts after",
    "runs-on": "operating system, runner, machine",
    "execstart": "command that is run, started",
    "restartsec": "seconds before it is started again",
    "workingdirectory": "folder",
    "memorymax": "memory at most",
    "wantedby": "started at boot by",
    "client_max_body_size": "maximum upload size",
    "proxy_pass": "requests are forwarded to",
    "dtstart": "when it starts, begins, date",
    "dtend": "when it ends, until",
    "rrule": "how often it repeats",
    "attendee": "guest, participant",
    "organizer": "host, who organises",
    "bday": "birthday, born",
    "tel": "phone number, telephone",
    "cell": "mobile",
    "adr": "address",
    "org": "company, works for",
    "worker_connections": "connections at most",
}


def words_of_setting(name: str) -> str:
    """The words that questions use for a setting of a well-known program; "" for any other."""
    return _WORDS_OF_SETTINGS.get(name.lower(), "")


@lru_cache(4096)
def worded(label: str) -> str:
    """A key with what it says in words, where it is no word itself, or well-known: "maxRetries (max retries)"."""
    words = [in_words(label) if _CAMEL.search(label) else "", words_of_setting(label)]
    return f"{label} ({'; '.join(filter(None, words))})" if any(words) else label


def worded_line(line: str) -> str:
    """A line of a vCard, a calendar or settings, with what its key says in words: "TEL;TYPE=CELL (mobile):+49"."""
    key = _KEY_WITH_PARTS.match(line)
    words = "; ".join(filter(None, map(words_of_setting, _PART_OF_KEY.split(key[0])))) if key is not None else ""
    return f"{key[0]} ({words}){line[key.end() :]}" if key is not None and words else line


def key_readings(source: str, parts: Sequence[SplitUnit]) -> dict[int, str]:
    """The texts that models read in place of the lines among ``parts`` that are known keys with their values, by their
    place.
    """
    texts = ((number, part, source[part.start : part.end]) for number, part in enumerate(parts))
    readings = (
        (number, listed_reading(text) or keyed_reading(text))
        for number, part, text in texts
        if part.kind in _LINES_WITH_KEYS
    )
    return {number: reading for number, reading in readings if reading is not None}


def listed_reading(line: str) -> str | None:
    """The text that a model reads in place of a line in which ls lists a file: "file: a.txt, size: 912, …"; None for
    any other line.
    """
    listed = _LISTED_FILE.fullmatch(line)
    if listed is None:
        return None
    kind = "directory" if listed["mode"][0] == "d" else "file"
    return (
        f"{kind}: {listed['name']}, size: {listed['size']}, modified: {listed['time']}, owner: {listed['owner']}"
        f", group: {listed['group']}, permissions: {listed['mode']}"
    )


def keyed_reading(line: str) -> str | None:
    """The text that a model reads in place of a line that is a known key with its value: the key with the words that
    others use for it; for the tax in an invoice, its full name. None for any other line.
    """
    is_sum = len(line) <= _MAX_CHARACTERS_OF_SUM and line[-1:].isalnum()  # no sentence
    tax = _TAX.search(line) if is_sum else None
    if tax is not None:
        return f"{line} ({_WORDS_OF_TAXES[tax[0].lower()]})"
    if _STATUS_LINE.match(line):
        return f"status code of the response, returned: {line}"
    key = _KEY.match(line)
    if key is None:
        return None
    label = key[1].strip()
    other_words = _words_by_key().get(label.casefold())
    words = worded(label) if other_words is None else f"{label} ({other_words})"
    return None if words == label else f"{words}: {line[key.end() :]}"


def lead_reading(lead: str) -> str:
    """A line that leads others, "Changes to be committed:", with the words that others use for it."""
    other_words = _words_by_key().get(lead.rstrip(":： ").casefold())
    return lead if other_words is None else f"{lead.rstrip(':： ')} ({other_words}):"


@cache
def _words_by_key() -> dict[str, str]:
    words_by_key: defaultdict[str, list[str]] = defaultdict(list)  # a key may be of two languages
    for line in " ".join(_OTHER_WORDS.split("\n    ")).strip().split("\n"):
        keys, _, words = line.partition(" = ")
        for key in keys.split(","):
            words_by_key[key.strip()].append(words.strip())
    return {key: ", ".join(words) for key, words in words_by_key.items()}
