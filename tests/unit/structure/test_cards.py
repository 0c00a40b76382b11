"""The keys of vCards and calendars, which are read in words, and events, which come with their times."""

import pytest

import ragzip

CARDS = """\
BEGIN:VCARD
VERSION:3.0
FN:Marta Kowalska
N:Kowalska;Marta;;;
ORG:Hafen Logistik GmbH;Customs
TITLE:Head of Customs
TEL;TYPE=WORK,VOICE:+49 40 555 0101
TEL;TYPE=CELL:+49 171 555 0102
EMAIL;TYPE=INTERNET:m.kowalska@hafen-logistik.example
NOTE:Prefers mail. On leave in July.
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Jens Petersen
N:Petersen;Jens;;Dr.;
ORG:Baltic Freight;IT
TITLE:IT Support
TEL;TYPE=WORK,VOICE:+49 40 555 0133
EMAIL;TYPE=INTERNET:j.petersen@hafen-logistik.example
BDAY:1979-04-02
END:VCARD
"""
CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1@x
DTSTART;TZID=Europe/Berlin:20240506T090000
DTEND;TZID=Europe/Berlin:20240506T093000
SUMMARY:Team stand-up
RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR
LOCATION:Room Elbe
END:VEVENT
BEGIN:VEVENT
UID:2@x
DTSTART;TZID=Europe/Berlin:20240508T140000
DTEND;TZID=Europe/Berlin:20240508T153000
SUMMARY:Budget review
LOCATION:Room Alster
DESCRIPTION:Bring the forecast sheet.
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize(
    ("text", "query", "answer"),
    [
        (CARDS, "mobile number of Marta Kowalska", "TEL;TYPE=CELL:+49 171 555 0102"),
        (CARDS, "when is Jens Petersen's birthday", "BDAY:1979-04-02"),
        (CARDS, "Which company does Jens Petersen work for?", "ORG:Baltic Freight;IT"),
        (CALENDAR, "when is the budget review", "DTSTART;TZID=Europe/Berlin:20240508T140000"),
        (CALENDAR, "how often does the stand-up repeat?", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR"),
    ],
)
def test_the_keys_of_cards_and_calendars_are_read_in_words(text, query, answer):
    kept = ragzip.compress(text, query, target_tokens=60, compressor="extractive/bm25", cache=False).text
    assert answer in kept
