"""Replies above the mail that they answer, which alone has a header."""

import pytest
from structure_checks import compressed

from ragzip.text.structure import structure_of
from ragzip.text.structure.formats import mail

OUTLOOK = (
    "Please book the Astra, not the Grand.\n\nRegards\nAnna\n\n-----Original Message-----\nFrom: Ben Ross\n"
    "Sent: Friday, May 3, 2024 9:12 AM\nTo: Anna Hale\nSubject: Hotel in Sarno\n\nHi Anna,\nthe Grand costs 140 a "
    "night, the Astra 95. Which one?\nBen\n"
)
DANISH = (
    "Hej Anna,\n\nVi leverer på torsdag i stedet for tirsdag.\n\nBo\n\nFra: Anna Hale <anna@x.example>\n"
    "Sendt: 3. maj 2024 09:12\nTil: Bo Madsen\nEmne: Levering af pumper\n\nHej Bo,\n\nhvornår kommer pumperne? Vi skal "
    "bruge 12 stk.\n\nHilsen Anna\n"
)
POLISH = (
    "Proszę o dostawę w piątek.\n\nEwa\n\nOd: Jan Nowak\nWysłano: 3 maja 2024 09:12\nDo: Ewa Lis\nTemat: Dostawa pomp"
    "\n\nDzień dobry,\n\nna kiedy mamy zaplanować dostawę pomp? Mamy 12 sztuk.\n\nJan\n"
)
FORWARDED = (
    "Bonjour,\n\nvoir ci-dessous.\n\nMarie\n\n---------- Message transféré ---------\nDe : Paul Roy <paul@x.example>\n"
    "Date : ven. 3 mai 2024 à 09:12\nObjet : Devis toiture\nÀ : Marie Petit <marie@x.example>\n\nBonjour Marie,\n\nle "
    "devis pour la toiture est de 8 400 €.\n\nCordialement,\nPaul\n"
)
STEPS = "To move a file\n\nFrom: the folder in which it is\nTo: the folder in which it will be\n\nThen press OK.\n"


@pytest.mark.parametrize("text", [OUTLOOK, DANISH, POLISH, FORWARDED])
def test_a_header_below_the_reply_is_that_of_a_mail(text):
    assert mail.recognises(text)


def test_fields_of_a_form_are_no_mail():
    assert not mail.recognises(STEPS)


@pytest.mark.parametrize(
    ("text", "question", "reply"),
    [
        (OUTLOOK, "Which one?", "Please book the Astra, not the Grand."),
        (DANISH, "hvornår kommer pumperne?", "Vi leverer på torsdag i stedet for tirsdag."),
        (POLISH, "na kiedy mamy zaplanować dostawę pomp?", "Proszę o dostawę w piątek."),
    ],
)
def test_a_question_comes_with_the_reply_above_it(text, question, reply):
    units = structure_of(text, "text/plain", "").units
    texts = [text[unit.start : unit.end] for unit in units]
    asked = next(place for place, unit_text in enumerate(texts) if question in unit_text)
    assert texts.index(reply) in units[asked].relation.companions


def test_the_reply_is_kept_with_its_question():
    kept = compressed(OUTLOOK, "What does the Astra cost?", 60)
    assert "not the Grand" in kept and "the Astra 95" in kept and "From: Ben Ross" in kept


def test_a_forwarded_mail_needs_its_header_and_no_line_of_dashes():
    kept = compressed(FORWARDED, "Quel est le montant du devis ?", 60)
    assert "8 400 €" in kept and "De : Paul Roy" in kept and "transféré" not in kept


OFFERS = """\
From: Marta <marta@acme.io>
To: Jo <jo@acme.io>
Subject: Fwd: Venue for the offsite
Date: Mon, 23 Nov 2026 10:12

Jo, see below. I'd take the second offer. Please confirm by Wednesday, otherwise we lose the date.

---------- Forwarded message ---------
From: Events <events@seehotel.example>
Date: Fri, 20 Nov 2026 17:30
Subject: Venue for the offsite

Dear Marta,
we can offer:
1) 12-14 January, 24 rooms, 189 EUR per night
2) 19-21 January, 30 rooms, 165 EUR per night, breakfast not included
Both offers are valid until 27 November.
Best regards
Sven Holt
"""


def test_what_writers_say_of_themselves_is_read_with_their_name():
    kept = compressed(OFFERS, "Which offer does Marta prefer?", 60)
    assert "I'd take the second offer." in kept and "From: Marta" in kept


def test_a_greeting_right_above_the_text_is_no_part_of_it():
    units = structure_of(OFFERS, "text/plain", "").units
    texts = {OFFERS[slice(*unit.span)]: unit.aside for unit in units}
    assert texts["Dear Marta,"] == "greeting" and texts["we can offer:"] is None
