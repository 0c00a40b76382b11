"""Records of a log that are alike: which are of a group, and how many a count says."""

import pytest

import ragzip
from ragzip.text.spans import Span
from ragzip.text.structure.formats import log
from ragzip.text.structure.formats.log.templates import template_numbers


def test_lines_that_differ_in_numbers_only_are_of_one_group():
    lines = [f"Dec 10 07:00:{n:02} lab sshd[{2000 + n}]: Failed password from 10.0.0.{n} port {n}" for n in range(60)]
    lines[30] = "Dec 10 07:00:30 lab kernel: node-17 /var: disk full, write refused"
    groups = [unit.group for unit in log.read("\n".join(lines)).units]
    assert groups.count(groups[0]) == 59 and groups[30] != groups[0]


def test_what_fails_is_of_no_group_with_what_does_not():
    lines = [
        "task 1 in job 7 state READY to DONE",
        "task 2 in job 7 state READY to FAILED",
        "task 3 in job 9 state A to DONE",
    ]
    first, second, third = template_numbers(lines)
    assert first == third != second


def test_a_request_with_another_status_is_of_another_group():
    lines = [
        f'10.0.0.7 - - [10/Oct/2023:13:55:{number:02} -0700] "GET /{number} HTTP/1.1" {500 if number == 9 else 200} 12'
        for number in range(30)
    ]
    groups = [unit.group for unit in log.read("\n".join(lines)).units]
    assert groups.count(groups[0]) == 29 and groups[9] != groups[0]


def heartbeats(*workers):
    return "".join(
        f"2024-05-04 10:00:{second:02d} INFO worker {workers[second % len(workers)]} sent its heartbeat\n"
        for second in range(28)
    )


def marks_of(source):
    structure = log.read(source)
    text = structure.form.keep([structure.units[0].span], [Span(0, len(source))]).text
    return text[text.index(" (×") :] if " (×" in text else ""


@pytest.mark.parametrize(
    ("source", "mark"),
    [
        (heartbeats(1, 2), " (×28 with other values, last 2024-05-04 10:00:27)"),
        (heartbeats("a", "a", "b", "b"), " (×28 with other values, last 2024-05-04 10:00:27)"),
        (heartbeats(1), " (×28, until 2024-05-04 10:00:27)"),
        (
            "".join(
                f"{line}2024-05-04 10:01:00 INFO idle since {line[17:19]}\n" for line in heartbeats(1).splitlines(True)
            ),
            " (×28 like this, last 2024-05-04 10:00:27)",
        ),
        (heartbeats(1) + heartbeats(2), " (×28, until 2024-05-04 10:00:27)"),  # one count of a line
    ],
)
def test_a_count_is_of_equal_records_or_says_that_they_are_not(source, mark):
    assert marks_of(source) == mark


@pytest.mark.parametrize(
    "line",
    [
        "{letter}1125 10:{minute:02}:00.000000 12 sync.go:7] syncing pod",
        "Nov 25, 2026 10:{minute:02}:00 {level} org.app.Pool - connection {minute} checked by worker-{minute}",
        "11-25 10:{minute:02}:00.000  2227  2227 {letter} SyncService: syncing",
    ],
)
def test_records_of_other_levels_are_not_alike(line):
    failing = (17, 18, 19)
    lines = [
        line.format(letter="IE"[minute in failing], level=("INFO", "SEVERE")[minute in failing], minute=minute)
        for minute in range(40)
    ]
    result = ragzip.compress(
        ragzip.Document("a.log", "\n".join(lines)), "Which errors were there?", target_tokens=100,
        compressor="extractive/bm25", cache=False,
    )  # fmt: skip
    assert lines[17] in result.text
    assert "×40" not in result.text
    assert "×37" not in result.text.partition(lines[17])[2].partition("\n")[0]


JSON_LOG = "".join(
    f'{{"ts": "2024-06-03T10:{minute:02}:00Z", "level": "info", "svc": "mail", "msg": "queued", "req": "r-{minute}"}}\n'
    for minute in range(40)
)
TEXT_LOG = "".join(f"2024-06-03 10:{minute:02}:00 INFO  mail queued r-{minute}\n" for minute in range(40))


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(("records", "target_tokens"), [(JSON_LOG, 50), (TEXT_LOG, 26)])
def test_a_record_comes_without_the_number_of_those_like_it_where_that_does_not_fit(records, target_tokens, compressor):
    query = "What happened to request r-17?"
    (line,) = [line for line in records.splitlines() if "r-17" in line]
    kept = ragzip.compress(records, query, target_tokens=target_tokens, compressor=compressor).text
    assert kept == line
    counted = ragzip.compress(records, query, target_tokens=3 * target_tokens, compressor=compressor).text
    assert line in counted and "with" in counted


SERVER_LOG = """\
#Software: Internet Server 10.0
#Fields: date time s-ip cs-method cs-uri-stem sc-status time-taken
2024-06-03 00:00:03 10.0.0.5 GET /index.html 200 15
2024-06-03 00:00:09 10.0.0.5 GET /img/logo.png 200 3
2024-06-03 00:01:44 10.0.0.5 POST /api/order 500 3120
2024-06-03 00:02:01 10.0.0.5 GET /index.html 304 2
2024-06-03 00:02:30 10.0.0.5 GET /help 404 9
"""


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize("query", ["Which request failed with status 500?", "What was the time taken by /api/order?"])
def test_a_line_of_a_server_comes_with_the_names_of_the_fields(query, compressor):
    kept = ragzip.compress(SERVER_LOG, query, target_tokens=75, compressor=compressor).text
    assert "#Fields: date time" in kept and "POST /api/order 500 3120" in kept
