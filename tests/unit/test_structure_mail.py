"""Mail: what it says needs sender, date and subject; what a thread says twice it says once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structure_checks import EXAMPLES, PROSE, compressed, texts_and_needs, units_of, written

from ragzip.text.structure import mail, structure_of

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
