"""Mail: what it says needs sender, date and subject; what a thread says twice it says once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structure_checks import EXAMPLES, PROSE, compressed, texts_and_needs, units_of, written

import ragzip
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats import mail

LETTER = (
    "Received: from mx by host\n\tby other; Mon, 1 Jan 2024\nFrom: Anna Bauer <anna@example.org>\n"
    "To: Ben <ben@example.org>\nSubject: Budget for May\nDate: Mon, 6 May 2024 10:12:00 +0200\nMIME-Version: 1.0\n"
    "X-Spam: no\n\nHi Ben,\n\nthe budget is 400 euros. Please do not spend more. We need:\n\n- two pumps\n- a hose\n\n"
    "Best regards,\nAnna\nTel. 555-1234\n"
)
THREAD = (
    "From: Ben <ben@example.org>\nSent: Tuesday, May 7, 2024 9:00 AM\nTo: Anna Bauer\nSubject: RE: Budget for May\n\n"
    "Fine with me. The pumps will be ordered on Friday.\n\n> May I order a hose as well?\nYes, do.\n\nBen\n\n"
    "On Mon, 6 May 2024 at 10:12, Anna Bauer\n<anna@example.org> wrote:\n> Hi Ben,\n> the budget is 400 euros. Please "
    "do not spend\n> more."
    "\n\n-----Original Message-----\nFrom: Anna Bauer\nSent: Monday, May 6, 2024 10:12 AM\nTo: Ben\n"
    "Subject: Budget for May\n\nHi Ben,\nthe budget is 400 euros. Please do not spend more.\n\n--\nAnna Bauer\n"
    "Head of Pumps\n"
)
GERMAN = (
    "Von: Anna Bauer\nGesendet: Montag, 6. Mai 2024 10:12\nAn: Ben\nBetreff: Budget\n\nHallo Ben, das Budget ist 400 "
    "Euro. Mehr gibt es nicht.\n\nMit freundlichen Grüßen\nAnna\n"
)


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_no_mail(text):
    assert not mail.recognises(text)


@pytest.mark.parametrize("text", [LETTER, THREAD, GERMAN])
def test_mail_is_known_by_its_header(text):
    assert structure_of(text, "text/plain", "0").kind == "mail"


def test_text_needs_sender_date_and_subject():
    units = dict(texts_and_needs("mail", LETTER))
    header = ["From: Anna Bauer <anna@example.org>", "Subject: Budget for May", "Date: Mon, 6 May 2024 10:12:00 +0200"]
    assert units["Please do not spend more."] == header
    assert units["- a hose"] == [*header, "We need:"]
    assert units["Best regards,\nAnna\nTel. 555-1234"] == header
    units = dict(texts_and_needs("mail", GERMAN))
    assert units["Mehr gibt es nicht."] == ["Von: Anna Bauer", "Gesendet: Montag, 6. Mai 2024 10:12", "Betreff: Budget"]


def test_headers_for_machines_go():
    structure = units_of("mail", LETTER)
    text = written(structure, range(len(structure.units)))
    assert text.startswith("From:") and "Received" not in text and "X-Spam" not in text and "Tel. 555-1234" in text


def test_a_thread_says_it_once_and_answers_keep_what_they_answer():
    structure = units_of("mail", THREAD)
    text = written(structure, range(len(structure.units)))
    assert text.count("400 euros") == 1 and "wrote:" not in text and "> May I order a hose as well?" in text
    units = dict(texts_and_needs("mail", THREAD))
    assert units["Yes, do."][-1] == "> May I order a hose as well?"
    (needs,) = [needs for unit, needs in units.items() if "400 euros" in unit]
    assert needs[0] == "From: Anna Bauer"  # not Ben's header, which stands first


def test_a_quotation_that_stands_nowhere_else_is_kept_as_one():
    text = (
        "From: Ben <b@x.org>\nSubject: Re: Rain\nDate: 1 May 2024\n\nI agree. Let us wait.\n\n"
        "On 30 April 2024, Carla wrote:\n> It rains. We should wait.\n> The roof is open.\n"
    )
    units = dict(texts_and_needs("mail", text))
    assert units["> It rains. We should wait.\n> The roof is open."][-1] == "On 30 April 2024, Carla wrote:"


def test_attachments_in_base64_go():
    data = "\n".join(["QUJD" * 19] * 40)
    text = (
        'From: a@x.org\nSubject: map\nContent-Type: multipart/mixed; boundary="b0undary99"\n\n--b0undary99\n'
        f"Content-Type: text/plain\n\nThe map is attached.\n\n--b0undary99\nContent-Type: image/png\n"
        f"Content-Transfer-Encoding: base64\n\n{data}\n--b0undary99--\n"
    )
    structure = units_of("mail", text)
    kept = written(structure, range(len(structure.units)))
    assert kept.split() == ["From:", "a@x.org", "Subject:", "map", "The", "map", "is", "attached."]


def test_what_is_kept_says_who_wrote_it():
    mails = "\n".join(
        f"From: writer{n}@x.org\nDate: {n} May 2024\nSubject: Pump {n}\n\nThe pump {n} costs {n}00 euros. It is red.\n"
        for n in range(1, 9)
    )
    for tokens in (20, 40, 80, 160):
        text = compressed(mails, "What does pump 5 cost?", tokens, mime="message/rfc822")
        assert text.count("costs") <= text.count("From:") == text.count("Date:") == text.count("Subject:")
    text = compressed(mails, "What does pump 5 cost?", 80, mime="message/rfc822")
    assert "From: writer5@x.org\nDate: 5 May 2024\nSubject: Pump 5" in text and "500 euros" in text


ENGLISH_OFFICE = """From: Clara Hale <clara.hale@northwater.example>
To: pumps@northwater.example
Subject: Re: Weir inspection
Date: Tue, 14 May 2024 09:12:44 +0100

CAUTION: This email originated from outside of the organization. Do not click links.

Hi all,

the inspection of the weir is moved to Thursday at 10:30. Please bring helmets.

> Can we use the small boat?

Yes, it is at the lock.

Best regards,
Clara Hale
Head of Inspections | North Water Ltd
12 Mill Lane, Leeds LS1 4AB
Tel: +44 113 496 0000 | www.northwater.example

This email and any attachments are confidential and intended solely for the addressee. If you have received this email
in error, please notify the sender and delete it. North Water Ltd accepts no liability for viruses.

On Mon, 13 May 2024 at 17:40, Ben Ode <ben@northwater.example> wrote:
> Hello Clara,
> the gauge at Bath reads 4.2 metres.
>
> Cheers
> Ben
"""
GERMAN_OFFICE = """Von: Anna Bauer <a.bauer@wasserwerk.example>
Gesendet: Montag, 6. Mai 2024 10:12
An: Technik
Betreff: Pumpe 7

Hallo zusammen,

die Pumpe 7 wird am Freitag getauscht. Der Ersatz kostet 1.450 Euro.

Viele Grüße aus Ulm
Anna Bauer
Leiterin Technik
Telefon: +49 731 555 0190
Mobil: +49 170 555 0190

Wasserwerk Ulm GmbH, Sitz der Gesellschaft: Ulm, Amtsgericht Ulm HRB 7301
Geschäftsführer: Dr. Jan Kessler, USt-IdNr. DE 811 555 123

Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind oder diese E-Mail irrtümlich
erhalten haben, informieren Sie bitte sofort den Absender. Das unerlaubte Kopieren ist nicht gestattet.

Von meinem iPhone gesendet
"""
FRENCH_OFFICE = """De : Luc Martin <luc.martin@eaux.example>
Envoyé : lundi 6 mai 2024 10:12
À : Équipe
Objet : Vanne du canal

Bonjour,

La vanne du canal sera fermée mercredi à 8 heures. La clé est chez le gardien.

Bien cordialement,

Luc Martin
Responsable du réseau
Eaux du Nord, 4 rue des Moulins, 59000 Lille
Tél. : +33 3 20 55 01 90

P.S. : le portail reste ouvert.

Ce message et ses pièces jointes sont confidentiels. Si vous avez reçu ce message par erreur, merci de le détruire.
Pensez à la planète avant d'imprimer ce message.
"""
OFFICE = {"en": ENGLISH_OFFICE, "de": GERMAN_OFFICE, "fr": FRENCH_OFFICE}
ASIDES = {  # of each: the text of signatures, disclaimers, history
    "en": (
        ["Best regards,", "12 Mill Lane", "+44 113 496 0000"],
        ["CAUTION", "confidential", "accepts no liability"],
        ["gauge at Bath", "> Cheers"],
    ),
    "de": (
        ["Viele Grüße", "Leiterin Technik", "+49 731 555 0190", "Von meinem iPhone"],
        ["Amtsgericht Ulm", "vertrauliche", "unerlaubte Kopieren"],
        [],
    ),
    "fr": (["Bien cordialement", "4 rue des Moulins", "+33 3 20"], ["confidentiels", "avant d'imprimer"], []),
}


def kept_of(language, query, tokens=150, **options):
    document = ragzip.Document("0", OFFICE[language], mime="message/rfc822")
    return ragzip.compress(document, query, target_tokens=tokens, **{"compressor": "extractive/bm25"} | options).text


@pytest.mark.parametrize("language", OFFICE)
def test_asides_are_known(language):
    units = units_of("mail", OFFICE[language]).units
    text_of = {
        aside: "\n".join(OFFICE[language][unit.start : unit.end] for unit in units if unit.aside == aside)
        for aside in (None, "signature", "disclaimer", "history")
    }
    for aside, pieces in zip(("signature", "disclaimer", "history"), ASIDES[language], strict=True):
        assert all(piece in text_of[aside] and piece not in text_of[None] for piece in pieces), (aside, text_of)
    asides = {place for place, unit in enumerate(units) if unit.aside not in (None, "header")}
    assert not any(asides.intersection(unit.relation.needs) for unit in units)


@pytest.mark.parametrize(
    ("language", "query", "answer"),
    [
        ("en", "When is the inspection of the weir?", "Thursday at 10:30"),
        ("en", "Where is the boat?", "> Can we use the small boat?\n\nYes, it is at the lock."),
        ("de", "Was kostet der Ersatz der Pumpe 7?", "1.450 Euro"),
        ("fr", "Quand la vanne sera-t-elle fermée ?", "mercredi à 8 heures"),
    ],
)
@pytest.mark.parametrize("fill", ["relevant", "units"])
def test_asides_are_left_out(language, query, answer, fill):
    for tokens in (80, 120, 150):
        kept = kept_of(language, query, tokens, compressor=ragzip.load("extractive/bm25", fill=fill))
        assert answer in kept and not any(piece in kept for pieces in ASIDES[language] for piece in pieces), kept


@pytest.mark.parametrize("language", OFFICE)
def test_asides_are_left_out_without_a_query(language):
    kept = kept_of(language, None)
    assert kept and not any(piece in kept for pieces in ASIDES[language] for piece in pieces), kept


@pytest.mark.parametrize(
    ("language", "query", "piece"),
    [
        ("en", "What is the phone number of Clara Hale?", "+44 113 496 0000"),
        ("en", "What is the address of North Water?", "12 Mill Lane"),
        ("en", "Is this email confidential?", "are confidential"),
        ("en", "What does the gauge at Bath read?", "4.2 metres"),
        ("de", "Welche Telefonnummer hat Anna Bauer?", "+49 731 555 0190"),
        ("de", "Wer ist Geschäftsführer der Wasserwerk Ulm GmbH?", "Dr. Jan Kessler"),
        ("fr", "Qui est le responsable du réseau ?", "Responsable du réseau"),
        ("fr", "Où est le portail ? Reste-t-il ouvert ?", "le portail reste ouvert"),
    ],
)
def test_asides_come_where_they_are_asked_for(language, query, piece):
    assert piece in kept_of(language, query)


def body_asides(body):
    text = f"From: a@x.org\nSubject: s\nDate: 1 May 2024\n\n{body}"
    return {text[unit.start : unit.end]: unit.aside for unit in units_of("mail", text).units[3:]}


@pytest.mark.parametrize(
    "body",
    [
        "Thanks Ben\n\nThe pump is at gate 4\nIt is red.",
        "Thank you.\n\nPumps: 3 pieces\nHoses: 2 pieces\n- a valve",
        "Send it here:\n\nHale & Sons\nMill Lane 12\nTel. +44 113 496 0000",
        "The ramp is intended only for staff. We received this invoice in error.",
        "The report is confidential until the board decides on Friday.",
        "Best wishes from the weir, where it rains all day long.",
    ],
)
def test_text_is_no_aside(body):
    asides = body_asides(body)
    assert all(aside is None or text.startswith("Thank") for text, aside in asides.items()), asides


@pytest.mark.parametrize(
    "ending",
    [
        "Best,\nAnna", "Cheers, Ben", "Sent from my iPhone", "--\nAnna Bauer\nAll my views are my own. So they are.",
        "Anna Bauer\nNorth Water\n+44 113 496 0000", "MfG\nA. Bauer", "Un saludo,\nLuis\nMóvil: +34 600 555 010",
        "Thanks,\nBest regards,\nAnna", "Distinti saluti\nLuca", "Get Outlook for iOS",
    ],
)  # fmt: skip
def test_signatures(ending):
    asides = body_asides(f"The pump is at gate 4. It is red.\n\n{ending}\n")
    assert [text for text, aside in asides.items() if aside == "signature"] == [ending]


lines = st.text(st.sampled_from("abcé日. "), min_size=1, max_size=40).map(lambda text: f"x{text.strip()}x.")
bodies = st.lists(lines, min_size=1, max_size=4)
FIELDS = ("From: w", "Subject: s", "Date: ")


def mail_of(number, body, mark):
    header = f"From: w{number}@x.org\nSubject: s{number}\nDate: {number} May\n\n"
    return header + "\n".join(mark + line for line in body)


@settings(max_examples=EXAMPLES)
@given(st.lists(st.tuples(bodies, st.sampled_from(["", "> "])), min_size=1, max_size=6), st.data())
def test_no_text_without_its_header(mails, data):
    text = "\n".join(mail_of(number, *body_and_mark) for number, body_and_mark in enumerate(mails))
    structure = units_of("mail", text)
    places = data.draw(st.sets(st.integers(0, len(structure.units) - 1)))
    kept = {place for place in places if structure.units[place].relation.section is None}
    written(structure, kept)
    kept |= {needed for place in kept for needed in structure.units[place].relation.needs}
    kept_starts = {structure.units[place].start for place in kept}
    for place in kept:
        end = structure.units[place].end
        number, mail_start = text.count("From: w", 0, end) - 1, text.rindex("From: w", 0, end)
        assert {text.index(f"{field}{number}", mail_start) for field in FIELDS} <= kept_starts


@given(st.text(st.sampled_from("abFrom: \nSubjectDate:>-@1wrote\t "), max_size=200))
def test_nothing_breaks(text):
    mail.recognises(text)
    mail.read(text)
    mail.read("From: a\nDate: b\n\n" + text)


ANSWERED = (
    "From: Anna <a@x.org>\nDate: 3 May 2024\nSubject: Re: The hall\n\nHi Ben,\n\n> How many chairs are there?\n120.\n\n"
    "> Can we bring our own food?\nYes, but no alcohol.\n\n> When does the hall open?\n\n"
    "At 8, the caretaker is there from 7.\n\n> Is there a stage?\n>\n> And are there lights?\n"
    "No. There is a platform of two metres.\n\nBest,\nAnna\n"
)


@pytest.mark.parametrize(
    ("quote", "answer"),
    [
        ("> How many chairs are there?", "120."),
        ("> Can we bring our own food?", "Yes, but no alcohol."),
        ("> When does the hall open?", "At 8, the caretaker is there from 7."),
        ("> And are there lights?", "No."),
        ("> Is there a stage?", "No."),
    ],
)
def test_a_quotation_and_its_answer_need_each_other(quote, answer):
    units = dict(texts_and_needs("mail", ANSWERED))
    assert answer in units[quote] and quote in units[answer]
    assert "No." in units["There is a platform of two metres."]


@pytest.mark.parametrize("query", ["How many chairs are there?", "Can we bring food?", "Is there a stage?"])
def test_no_quoted_question_without_its_answer(query):
    pairs = [("How many", "120."), ("Can we", "no alcohol"), ("When does", "At 8"), ("Is there", "No.")]
    for tokens in range(40, 160, 10):
        text = compressed(ANSWERED, query, tokens)
        assert all((question in text) == (answer in text) for question, answer in pairs)
