"""Threads of mail: what a later one changes, headers over nothing, quotations of several levels."""

import re

import pytest
from structure_checks import compressed, texts_and_needs

from ragzip.text.structure import structure_of
from ragzip.text.structure.formats import mail

DRILL = (
    "From: facilities@acme.example\nTo: all\nDate: Tue, 9 Sep\nSubject: Fire drill\n\nDear colleagues,\n\n"
    "the fire drill will be held on Thursday at 10.30. When the alarm sounds, leave the building by the stairs. The "
    "meeting point is the car park in Dock Street.\n\n--\n"
    "From: facilities@acme.example\nTo: all\nDate: Wed, 10 Sep\nSubject: Fire drill, new time\n\nDear colleagues,\n\n"
    "as the inspector is ill the drill will be held on Friday at 14.00. The meeting point has also changed: it is now "
    "the lawn behind the canteen. Everything else stays as announced."
)
CLASS = (
    "Von: Schule <info@schule.example>\nDatum: 3. Mai\nBetreff: Ausflug\n\nLiebe Eltern,\n\nder Ausflug in den Zoo ist "
    "am Montag. Treffpunkt für den Ausflug ist der Bahnhof. Bitte geben Sie Geld mit.\n\n"
    "Von: Schule <info@schule.example>\nDatum: 5. Mai\nBetreff: AW: Ausflug\n\nLiebe Eltern,\n\nder Ausflug in den Zoo "
    "wird auf Mittwoch verschoben. Alles andere bleibt.\n"
)
CLUB = (
    "De : Paul\nDate : 3 mai\nObjet : Réunion du club\n\nBonjour à tous,\n\nla réunion du club aura lieu dans la salle "
    "4. Apportez vos cartes.\n\nDe : Marie\nDate : 5 mai\nObjet : Re : Réunion du club\n\nBonjour,\n\nchangement de "
    "salle : la réunion du club aura lieu dans la salle 9. À bientôt.\n"
)
NOTARY = (
    "Von: Kanzlei Brandt\nDatum: 3. März\nBetreff: Notartermin\n\nSehr geehrte Frau Ude,\n\ndie Beurkundung ist am "
    "Dienstag um 14 Uhr. Bitte bringen Sie einen Ausweis mit.\n\nVon: Kanzlei Brandt\nDatum: 5. März\nBetreff: AW: "
    "Notartermin\n\nSehr geehrte Frau Ude,\n\nleider ist der Verkäufer krank. Wir können Ihnen stattdessen Freitag um "
    "9 Uhr anbieten.\n"
)
WORKSHOP = (
    "From: Petra\nDate: 3 Feb\nSubject: Workshop\n\nHi all,\n\nthe workshop is on Thursday at 9:00 in room Aurora. "
    "Please bring laptops.\n\nFrom: Petra\nDate: 5 Feb\nSubject: Re: Workshop\n\nHi,\n\nour guests land late. So let's "
    "begin at 10:30. Room Aurora is taken, so we move to Borealis.\n"
)


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        (DRILL, "the fire drill will be held on Thursday", "held on Friday at 14.00."),
        (DRILL, "The meeting point is the car park", "the lawn behind the canteen."),
        (CLASS, "der Ausflug in den Zoo ist am Montag.", "auf Mittwoch verschoben."),
        (CLUB, "dans la salle 4.", "dans la salle 9."),
        (NOTARY, "die Beurkundung ist am Dienstag", "stattdessen Freitag um 9 Uhr anbieten."),
        (WORKSHOP, "the workshop is on Thursday", "begin at 10:30."),
        (WORKSHOP, "the workshop is on Thursday", "move to Borealis."),
    ],
)
def test_what_a_later_mail_changes_comes_with_the_change(text, before, after):
    (needs,) = [needs for unit, needs in texts_and_needs("mail", text) if before in unit]
    assert any(needed.endswith(after) for needed in needs)
    for tokens in range(20, 160, 10):
        kept = compressed(text, f"{before} {after}", tokens)
        assert before not in kept or after in kept


def test_a_mail_changes_no_other_statement_and_no_other_mail():
    assert not any(
        "Friday" in need for unit, needs in texts_and_needs("mail", DRILL) if "stairs" in unit for need in needs
    )
    unrelated_mails = DRILL.replace("facilities", "canteen", 1).replace("Subject: Fire drill\n", "Subject: Menu\n")
    (needs,) = [needs for unit, needs in texts_and_needs("mail", unrelated_mails) if "on Thursday" in unit]
    assert not any("Friday" in needed for needed in needs)


def test_the_latest_mail_may_stand_first():
    first, second = DRILL.split("--\n")
    text = second.replace("Subject: ", "Subject: Re: ") + "\n\n-----Original Message-----\n" + first
    (needs,) = [needs for unit, needs in texts_and_needs("mail", text) if "on Thursday" in unit]
    assert any("Friday" in needed for needed in needs)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        (DRILL, "When is the fire drill?"),
        (DRILL, "Where is the meeting point for the fire drill?"),
        (CLASS, "Wann ist der Ausflug?"),
        (CLUB, "Où est la réunion du club ?"),
    ],
)
def test_no_header_and_no_greeting_over_nothing(text, query):
    last_words = ("Dock Street.", "10.30.", "14.00.", "canteen.", "announced.", "stairs.")
    last_words += ("Montag.", "verschoben.", "Bahnhof.", "mit.", "bleibt.")
    last_words += ("salle 4.", "salle 9.", "cartes.", "bientôt.")
    for tokens in range(20, 130, 6):
        kept = compressed(text, query, tokens)
        parts = re.split(r"(?m)^(?=(?:From|Von|De) ?:)", kept)
        assert all(part.rstrip().endswith(last_words) for part in parts if part.strip()), kept


@pytest.mark.parametrize(
    "query", ["Who sent the mail about the fire drill?", "When was the mail with the new time sent?"]
)
def test_headers_come_alone_where_they_are_asked_for(query):
    assert "From: facilities@acme.example" in compressed(DRILL, query, 40)


QUOTED = (
    "From: Lena Hofer\nTo: Paul Adeyemi\nSubject: Re: Re: Desks\n\nHi Paul,\n\nplease change the order to 14 desks.\n\n"
    "On Mon, 4 Aug, Paul Adeyemi wrote:\n> Dear Lena,\n>\n> the desks are ready to be sent on Wednesday, between 8\n"
    "> and 10 am.\n>\n> On Fri, 1 Aug, Lena Hofer\n> <lena@x.example> wrote:\n>> Please use the entrance in Mill\n"
    ">> Street, not the one in the yard.\n>>\n>> Am 30. Juli schrieb Ute Roth:\n>>> Die Farbe der Tische ist Eiche.\n"
)


@pytest.mark.parametrize("start", ["", "> and so on\n\n"])
def test_what_is_quoted_needs_who_wrote_it_and_no_more(start):
    text = start + QUOTED.partition("desks.\n\n")[2] if start else QUOTED
    assert structure_of(text, "text/plain", "0").kind == "mail"
    units = dict(texts_and_needs("mail", text))
    (needs,) = [needs for unit, needs in units.items() if "ready" in unit]
    assert needs == ["On Mon, 4 Aug, Paul Adeyemi wrote:"]
    (needs,) = [needs for unit, needs in units.items() if "entrance" in unit]
    assert needs == ["> On Fri, 1 Aug, Lena Hofer\n> <lena@x.example> wrote:"]
    assert units[">>> Die Farbe der Tische ist Eiche."] == [">> Am 30. Juli schrieb Ute Roth:"]


def test_a_quoted_answer_fits_where_it_did_not_with_all_above_it():
    kept = compressed(QUOTED, "Which entrance should be used for the delivery?", 50)
    assert (
        "not the one in the yard." in kept and "Lena Hofer\n> <lena@x.example> wrote:" in kept and "Eiche" not in kept
    )


@pytest.mark.parametrize(
    "text", ["> a quotation of a book\n> in two lines\n\nand what I think", "She wrote:\n\nDear Ann"]
)
def test_a_quotation_alone_is_no_mail(text):
    assert not mail.recognises(text)


@pytest.mark.parametrize(
    ("reply", "said", "other"),
    [
        ("Friday would be better than Wednesday.", "the desks are ready on Wednesday.", "The colour is oak."),
        ("Freitag wäre besser als Mittwoch.", "die Tische kommen am Mittwoch.", "Die Farbe ist Eiche."),
        ("Plutôt vendredi au lieu de mercredi.", "les tables arrivent mercredi.", "La couleur est le rouge."),
    ],
)
def test_what_is_quoted_comes_with_what_the_reply_would_rather_have(reply, said, other):
    text = (
        f"From: Lena Hofer\nSubject: Re: Desks\n\nHi Paul,\n\n{reply} It rains.\n\nOn Mon, 4 Aug, Paul Adeyemi wrote:\n"
        f"> {said}\n>\n> {other}\n"
    )
    units = dict(texts_and_needs("mail", text))
    assert reply in units[f"> {said}"] and reply not in units[f"> {other}"]
