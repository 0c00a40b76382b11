"""A record that alone has a word of the question is not passed over for records without it."""

import json

import numpy as np
import pytest
from shared_scores import SCORES

import ragzip
from ragzip.compressors.extractive.pruner import Pruner
from ragzip.compressors.extractive.records.first_stage import query_words, rare_word_shares
from ragzip.testing import FakePassageScorer

DISKS = """\
Filesystem              Size  Used Avail Use% Mounted on
tmpfs                   7.8G     0  7.8G   0% /dev/shm
/dev/sda2               119G  101G   12G  90% /
/dev/mapper/sys-media   1.8T  1.1T  700G  62% /srv/media
/dev/mapper/sys-mirror  3.6T  1.9T  1.7T  53% /srv/mirror
host.lan:/export/iso     11T  8.0T  3.0T  73% /mnt/iso
"""
PROCESSES = """\
USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
root           1  0.0  0.1 168140 12988 ?        Ss   May01   0:41 /sbin/init splash
mail        2210 91.7  6.2 881200 52211 ?        R    08:12 201:07 python -m app.indexer --all
mail        2214  0.4  1.9 412330 15002 ?        S    08:12   0:33 gunicorn: main [app]
www-data    1190  0.1  0.3  77120  9120 ?        S    May02   1:11 nginx: worker process
"""


@pytest.mark.parametrize(
    ("table", "query", "row", "tokens"),
    [
        (DISKS, "How full is the mirror volume?", "/srv/mirror", 66),
        (DISKS, "How full is the media volume?", "/srv/media", 66),
        (PROCESSES, "How much CPU does the indexer process use?", "91.7", 80),
    ],
)
def test_the_row_that_a_question_names_is_kept(table, query, row, tokens):
    assert row in ragzip.compress(table, query, target_tokens=tokens, cache=SCORES).text


def test_parts_of_names_count_and_what_a_record_is_counts_less():
    rows = ["vg0-backup 64%", "vg0-data 99%", "data-volume 12%", "backups"]
    assert rare_word_shares("Is the backup full?", rows[:3]).tolist() == [1.0, 0, 0]
    assert rare_word_shares("Is the backup volume full?", rows[:3]).tolist() == [1.0, 0, 0.25]
    assert rare_word_shares("Is the backup full?", rows).tolist() == [0.0, 0, 0, 0]  # two rows of four have it
    assert rare_word_shares("What is it, and why?", rows).tolist() == [0.0, 0, 0, 0]
    assert rare_word_shares("Is the backup full?", ["vg0-backup"]).tolist() == [0.0]


def test_words_of_very_few_of_many_records_are_rare():
    rows = [f"pump {number}" for number in range(98)]
    shares = rare_word_shares("Which pump is at the harbour?", [*rows, "pump 98 harbour", "pump 99, harbour wall"])
    assert np.flatnonzero(shares).tolist() == [98, 99]
    some = [f"pump {number} harbour" if number % 4 else f"pump {number}" for number in range(100)]
    assert not rare_word_shares("Which pump is at the harbour?", some).any()


def test_how_full_something_is_asks_for_no_extreme():
    text = ragzip.compress(DISKS, "Which disk is the fullest?", target_tokens=66, cache=SCORES).text
    assert "90%" in text


def test_sentences_are_left_to_the_model():
    talk = ["kai: the umask takes bits away, so others may not read it", "lea: it is back in 9.04", "kai: good"]
    assert not rare_word_shares("Which version is umask back in?", talk).any()


TICKET = ["summary: Exports hang", "assignee: Jonas Beck", "duedate: 2024-06-30", "body: It has to do with the limit"]


@pytest.mark.parametrize(
    ("query", "place"),
    [("Who is assigned to the ticket?", 1), ("What is the due date?", 2), ("What was summarised?", None)],
)
def test_a_key_is_named_by_the_beginning_of_a_word_or_by_two_words(query, place):
    shares = rare_word_shares(query, TICKET)
    assert shares.argmax() == place and shares.sum() == 1 if place is not None else not shares.any()


def test_function_words_speak_for_no_record():
    ticket = json.dumps(dict(line.split(": ") for line in TICKET))
    compressor = Pruner(FakePassageScorer(), hops=1, similarity=False)
    document = ragzip.Document("a.json", ticket)
    text = ragzip.compress(document, "What is it to do with the limit?", compressor=compressor, target_tokens=15).text
    assert "limit" in text
    text = ragzip.compress(document, "Who is assigned to the ticket?", compressor=compressor, target_tokens=15).text
    assert "Jonas Beck" in text and "body" not in text


def test_a_short_plural_names_a_record():
    assert (("kid", "kids"), True) in list(query_words("May the Kids chair be returned?"))


@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("How many staff in the South in 2021?", "| 2021 | 14 | 12 |"),
        ("How many staff in the North in 2022?", "| 2022 | 16 | 12 |"),
        ("What was the revenue in the South in 2021?", "| 2021 | 410 | 388 |"),
    ],
)
def test_function_words_name_no_record(query, row):
    table = "{}\n\n| year | North | South |\n| --- | --- | --- |\n{}\n"
    text = "\n".join(
        [
            table.format("Revenue in thousand EUR in all towns", "| 2021 | 410 | 388 |\n| 2022 | 455 | 402 |"),
            table.format("Staff of all towns", "| 2021 | 14 | 12 |\n| 2022 | 16 | 12 |"),
        ]
    )
    assert row in ragzip.compress(text, query, target_tokens=42, cache=False).text


@pytest.mark.parametrize(
    ("query", "identifiers"),
    [
        ('{"command": "docker logs web 2>&1 | head -100"}', set()),
        ("grep -n5 E4410 app.log | tail -20", {"e4410"}),
        ("journalctl -u app.service --lines 50 && sed -n 7p a.txt", {"50", "7p"}),
        ("Which nights were at -20 degrees?", {"20"}),
    ],
)
def test_how_many_lines_a_command_gives_identifies_nothing(query, identifiers):
    assert {word for notations, is_whole in query_words(query) if is_whole for word in notations} >= identifiers
    words = {word for notations, _ in query_words(query) for word in notations if word[0].isdigit()}
    assert words == {word for word in identifiers if word[0].isdigit()}


def test_a_sentence_with_the_rare_word_is_no_reason_to_raise_a_word_of_quantity():
    texts = ["name: limit, maximum: 100", "Weight is in grams. Parcels above 31500 g are never taken.", "name: status"]
    assert rare_word_shares("What is the maximum weight of a parcel?", texts).tolist() == [0.125, 0.0, 0.0]


@pytest.mark.parametrize(
    ("query", "shares"),
    [
        ("Is the patient taking lisinopril?", [0.25, 0.0, 0.0, 0.0]),  # two texts have the other word
        ("Who is the patient?", [0.5, 0.0, 0.0, 0.0]),
        ("Is the patient allergic to penicillin?", [0.25, 1.0, 0.0, 0.0]),
    ],
)
def test_a_word_for_a_kind_of_thing_names_little(query, shares):
    texts = ["Patient: 67 y/o male", "Allergies: penicillin", "Course: lisinopril, held", "Stopped: lisinopril"]
    assert rare_word_shares(query, texts).tolist() == shares
