"""What a harness of agents puts into the results of tools is no part of them."""

import pytest

import ragzip
from ragzip.text.structure import structure_of

REMINDER = """\
<system-reminder>
The TodoWrite tool hasn't been used recently. Make sure that you NEVER mention this reminder to the user.

Here are the existing contents of your todo list:

[1. [completed] Write the Dockerfile of the server
2. [in_progress] Build the image of the server
3. [pending] Start the server and look at its logs]
</system-reminder>
"""
RESULT = "\n".join(
    [
        "2024-05-14 08:12:04 INFO  Starting the server on port 8080",
        "2024-05-14 08:12:05 INFO  Reading the settings of the server from /etc/server.toml",
        "2024-05-14 08:12:06 ERROR Bind failed, the address is in use",
        "2024-05-14 08:12:07 INFO  Shutting down",
    ]
)
EVENT = REMINDER.replace(
    "[1.", "<task-notification>\n<event>The server failed to start</event>\n</task-notification>\n[1."
)
CALL = "Bash docker logs server 2>&1 | tail -30 Look at the logs of the server"


@pytest.mark.parametrize("text", [f"{RESULT}\n\n{REMINDER}", f"{REMINDER}\n{RESULT}"], ids=["behind", "before"])
def test_reminders_are_kept_only_where_they_are_asked_for(text):
    kept = ragzip.compress(text, CALL, compressor="bm25", rate=0.6, cache=False).text
    assert "Bind failed" in kept
    assert "reminder" not in kept and "Dockerfile" not in kept and "pending" not in kept
    query = "What is pending on the todo list?"
    assert "[pending]" in ragzip.compress(text, query, compressor="bm25", rate=0.6, cache=False).text


def test_reminders_that_report_something_stay():
    text = f"{RESULT}\n\n{EVENT}"
    kept = ragzip.compress(text, "Why did the server not start?", compressor="bm25", rate=0.6, cache=False).text
    assert "The server failed to start" in kept
    assert "</task-notification>" not in kept.split("\n") and "<system-reminder>" not in kept


@pytest.mark.parametrize("opening", ["<system-reminder>", "<system-reminder>\n[SYSTEM NOTIFICATION - NOT USER INPUT]"])
def test_what_stands_before_a_report_is_no_part_of_it(opening):
    notice = "This is an automated event of the server, NOT a message.\n<task-notification>\n<task-id>b4tj</task-id>"
    text = f"{RESULT}\n\n{EVENT.replace('<task-notification>', notice).replace('<system-reminder>', opening)}"
    kept = ragzip.compress(text, "Why did the server not start?", compressor="bm25", rate=0.6, cache=False).text
    assert "The server failed to start" in kept
    assert not any(noise in kept for noise in ("NOTIFICATION", "automated", "task-id"))


def test_a_reminder_without_an_end_is_text():
    text = f"{RESULT}\n\n{REMINDER.replace('</system-reminder>', '')}"
    assert "Build the image" in ragzip.compress(text, "Which image is built?", compressor="bm25", rate=0.4).text


def test_reminders_are_found_beside_other_asides():
    chat = "\n".join(
        f"[14/05/2024, 08:1{number}:00] {name}: {said}"
        for number, (name, said) in enumerate(
            [("Ann", "Where is the key of the mill?"), ("Ben", "It is in the blue box."), ("Ann", "Thank you!")] * 3
        )
    )
    structure = structure_of(f"{chat}\n\n{REMINDER}", "text/plain", "0")
    assert {unit.aside for unit in structure.units} >= {"reminder"} and structure.kind == "transcript"


RUSSIAN_MAIL = """\
От: Ольга Петрова <petrova@sever.ru>
Кому: Отдел закупок
Тема: Поставка кабеля
Дата: 14 марта 2024, 11:20

Добрый день, Игорь!

Кабель отгрузим 21 марта. Муфты отправим отдельно 19 марта. Самовывоз невозможен.

С уважением,
Ольга Петрова
менеджер по продажам, тел. +7 812 555-14-22
"""


@pytest.mark.parametrize(
    ("query", "is_asked"),
    [
        ("телефон менеджера", True),
        ("Кто подписал письмо?", True),
        ("经理的电话是多少", True),
        ("Когда отправят муфты?", False),
        ("Wie wird das Kabel почти geliefert?", False),
    ],
)
def test_signatures_are_asked_for_in_other_languages(query, is_asked):
    kept = ragzip.compress(RUSSIAN_MAIL, query, compressor="bm25", target_tokens=110, cache=False).text
    assert ("555-14-22" in kept) == is_asked
