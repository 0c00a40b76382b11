"""Durations, temperatures and times of day that a question asks for, in the records that have them."""

import pytest

import ragzip

RECIPE = """\
Grandma's Lemon Tart
Serves 8 | Prep 30 min | Bake 45 min

For the pastry
- 200 g plain flour
- 100 g cold butter, cubed
- 1 egg yolk

For the filling
- 4 lemons (zest and juice)
- 5 eggs
- 140 g caster sugar

Method
1. Rub the butter into the flour and bind with the yolk. Chill for {chill}.
2. Heat the oven to 180C/160C fan. Bake blind for 15 minutes, then remove the beans.
3. Whisk the filling without letting it froth. Lower the oven to 140C/120C fan before you pour it in.
4. Cool completely before removing it from the tin.
"""


@pytest.mark.parametrize("chill", ["30 minutes", "half an hour", "two hours", "1-2 hours"])
def test_a_duration(chill):
    text = RECIPE.format(chill=chill)
    kept = ragzip.compress(text, "How long does the pastry chill?", target_tokens=70, cache=False).text
    assert f"Chill for {chill}." in kept


@pytest.mark.parametrize(
    "query", ["At which temperature is the filled tart baked?", "What oven temperature for the filled tart?"]
)
def test_a_temperature(query):
    kept = ragzip.compress(RECIPE.format(chill="30 minutes"), query, target_tokens=80, cache=False).text
    assert "140C" in kept


EVENTS = """\
BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1@acme
DTSTART:20261203T090000Z
SUMMARY:Board call
LOCATION:Room Curie
DESCRIPTION:Agenda: Q4 numbers and the hiring freeze
END:VEVENT
BEGIN:VEVENT
UID:2@acme
DTSTART:20261204T130000Z
SUMMARY:Security review
LOCATION:Room Turing
ORGANIZER:lena@example.org
STATUS:CANCELLED
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("Where is the board call?", "LOCATION:Room Curie"),
        ("When is the board call?", "DTSTART:20261203T090000Z"),
        ("Who runs the security review?", "ORGANIZER:lena@example.org"),
    ],
)
def test_the_key_that_a_question_word_asks_for(query, value):
    assert value in ragzip.compress(EVENTS, query, target_tokens=42, cache=False).text
