"""Logs: which lines are records, which of them are alike, and how what is kept is written.

Lines of loghub (Zhu et al., "Loghub", ISSRE 2023) stand here as examples of their formats.
"""

import json
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared_scores import SCORES
from structured import PROSE, assert_structure, assert_written

import ragzip
from ragzip.cache import SegmentCache
from ragzip.testing import MemoryStore
from ragzip.text.spans import Span
from ragzip.text.structure.formats import log
from ragzip.text.structure.readers import structure_of

FORMATS = {  # a line of each, with its time
    "Android": ("03-17 16:13:46.145  2227  2227 I PhoneStatusBar: suspendAutohide", "03-17 16:13:46.145"),
    "Apache": (
        "[Sun Dec 04 04:47:44 2005] [error] mod_jk child workerEnv in error state 6",
        "Sun Dec 04 04:47:44 2005",
    ),
    "BGL": (
        "- 1117838570 2005.06.03 R02-M1-N0-C:J12-U11 2005-06-03-15.42.50.675872 R02-M1 RAS KERNEL INFO corrected",
        "1117838570",
    ),
    "HDFS": ("081109 203807 222 INFO dfs.DataNode: PacketResponder 0 for block blk_-69 terminating", "081109 203807"),
    "HPC": ("443445 node-80 action start 1098389763 1 boot  (command 3194)", "1098389763"),
    "Hadoop": ("2015-10-18 18:01:48,963 INFO [main] org.apache.MRAppMaster: Executing", "2015-10-18 18:01:48,963"),
    "HealthApp": ("20171223-22:15:29:606|Step_LSC|30002312|onStandStepChanged 3579", "20171223-22:15:29:606"),
    "Linux": ("Jun 14 15:16:02 combo sshd(pam_unix)[19937]: check pass; user unknown", "Jun 14 15:16:02"),
    "Mac": ("Jul  1 13:06:35 calvisitor kernel[0]: AirPort: Link Up on awdl0", "Jul  1 13:06:35"),
    "OpenStack": (
        "nova-api.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 25746 INFO nova.wsgi [req-38] GET",
        "2017-05-16 00:00:00.008",
    ),
    "Proxifier": ("[10.30 16:49:06] chrome.exe - proxy.hk:5070 open through proxy HTTPS", "10.30 16:49:06"),
    "Spark": ("17/06/09 20:10:52 INFO executor.Backend: Got assigned task 78", "17/06/09 20:10:52"),
    "Thunderbird": ("- 1131566461 2005.11.09 dn228 Nov 9 12:01:01 dn228/dn228 crond: closed", "1131566461"),
    "Windows": ("2016-09-28 04:30:31, Info                  CBS    Expecting attribute name", "2016-09-28 04:30:31"),
    "Zookeeper": ("2015-07-29 19:04:12,394 - INFO  [/10.10.34.11:3888] - Received request", "2015-07-29 19:04:12,394"),
    "access": ('10.0.0.7 - - [10/Oct/2023:13:55:36 -0700] "GET /a HTTP/1.1" 200 12', "10/Oct/2023:13:55:36 -0700"),
    "nginx": ("2024/05/01 12:00:03 [error] 31#31: *7 upstream timed out", "2024/05/01 12:00:03"),
    "ISO": ("2024-05-01T12:00:03.123Z ERROR [pool-1] c.e.Orders - no stock", "2024-05-01T12:00:03.123Z"),
    "Kubernetes": ("E0501 12:00:03.123456       1 reflector.go:138] Failed to watch", "E0501 12:00:03.123456"),
    "dmesg": ("[   12.345678] usb 1-1: device descriptor read error", "   12.345678"),
    "logfmt": ('time="2024-05-01T12:00:03Z" level=error msg="no route"', "2024-05-01T12:00:03Z"),
    "process": ("(EngineCore pid=55) INFO 04-21 18:09:52 [runner.py:71] Starting to load", "04-21 18:09:52"),
    "level": ("WARNING:root:disk is nearly full", ""),
}
TRACE = """\
2024-05-01 12:00:01,000 INFO shop.web: started
2024-05-01 12:00:02,000 ERROR shop.orders: order 4711 failed
java.lang.IllegalStateException: no stock for sku-881
\tat shop.Stock.reserve(Stock.java:88)
\tat shop.Orders.place(Orders.java:41)
Caused by: java.sql.SQLException: deadlock
\t... 2 more
2024-05-01 12:00:03,000 INFO shop.web: request 17 done
2024-05-01 12:00:04,000 INFO shop.web: request 18 done
2024-05-01 12:00:05,000 INFO shop.web: request 19 done
"""


def ssh_log(count=300):
    lines = [
        f"Dec 10 {7 + number // 3600:02}:{number // 60 % 60:02}:{number % 60:02} lab sshd[{2000 + number}]: "
        f"Failed password for root from 10.0.{number % 7}.{number % 250} port {4000 + number} ssh2"
        for number in range(count)
    ]
    lines[count // 2] = lines[count // 2][:15] + " lab kernel: node-17 /var: disk full, write refused"
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", FORMATS)
def test_lines_of_known_formats_are_records_with_their_times(name):
    line, time = FORMATS[name]
    source = f"{line}\n" * 12
    assert log.recognises(source)
    structure = log.read(source)
    assert structure.kind == "log"
    mark = structure.form.keep([structure.units[0].span], [structure.units[0].span]).text
    assert mark == f"{line} (×12, until {time})" if time else mark == f"{line} (×12)"


@pytest.mark.parametrize("text", PROSE)
def test_prose_tables_and_conversations_are_no_logs(text):
    assert not log.recognises(text)
    assert structure_of(text, "text/plain", "x").kind != "log"


def test_a_trace_belongs_to_its_record():
    structure = log.read(TRACE)
    texts = [TRACE[unit.start : unit.end] for unit in structure.units]
    (head,) = [number for number, text in enumerate(texts) if text.startswith("2024-05-01 12:00:02")]
    cause = next(number for number, text in enumerate(texts) if text.startswith("Caused by"))
    assert structure.units[head].relation.needs == (cause,) and structure.units[cause].relation.needs == (head,)
    calls = [unit for text, unit in zip(texts, structure.units, strict=True) if text.startswith(("at ", "..."))]
    assert calls and all(unit.relation.needs == (head, cause) for unit in calls)
    assert all("order 4711" in unit.reading and "Caused by" in unit.reading for unit in calls)
    assert_structure(structure, TRACE)


def test_a_long_trace_is_parted_and_its_parts_need_its_first_lines():
    frames = "".join(f"\tat shop.Deep.call{number}(Deep.java:{number})\n" for number in range(40))
    source = TRACE.replace("\t... 2 more\n", frames + "Caused by: java.io.IOException: pipe\n" + frames)
    structure = log.read(source)
    head = next(number for number, unit in enumerate(structure.units) if "order 4711" in source[unit.start : unit.end])
    parts = [unit for unit in structure.units if head in unit.relation.needs]
    assert len(parts) >= 10
    (cause,) = structure.units[head].relation.needs  # the last one: what all began with
    assert source.startswith("Caused by: java.io.IOException: pipe", structure.units[cause].start)
    assert_structure(structure, source)


JAVA = (
    "2024-05-04 10:00:00,123 INFO  [main] c.x.App - Starting\n"
    "2024-05-04 10:00:01,456 ERROR [http-1] c.x.OrderController - Failed to save order 77\n"
    "java.lang.IllegalStateException: could not save\n"
    "\tat com.x.OrderService.save(OrderService.java:88)\n\tat com.x.OrderController.post(OrderController.java:31)\n"
    'Caused by: java.sql.SQLException: duplicate key value violates unique constraint "orders_pk"\n'
    "\tat org.postgresql.Driver.exec(Driver.java:12)\n"
    "2024-05-04 10:00:02,000 INFO  [http-2] c.x.OrderController - Saved order 78\n"
    "2024-05-04 10:00:03,000 WARN  [http-3] c.x.Stock - Stock of item 5 is low: 2 left\n"
)
PYTHON = (
    "2024-05-04 10:00:00 INFO start job 3\n2024-05-04 10:00:01 ERROR job 3 crashed\n"
    'Traceback (most recent call last):\n  File "/srv/app/jobs.py", line 40, in run\n    self.step()\n'
    '  File "/srv/app/steps.py", line 12, in step\n    return self.rows[0]\nIndexError: list index out of range\n'
    "2024-05-04 10:00:02 INFO start job 4\n2024-05-04 10:00:03 INFO job 4 done\n"
)
NODE = (
    "2024-05-04T10:00:00.123Z info: listening on 80\n2024-05-04T10:00:01.123Z error: request 5 failed\n"
    "TypeError: Cannot read properties of undefined (reading 'id')\n    at load (/srv/app/load.js:10:5)\n"
    "    at async handle (/srv/app/handle.js:40:9)\n2024-05-04T10:00:02.123Z info: request 6 done\n"
)


@pytest.mark.parametrize("source", [JAVA, PYTHON, NODE])
@pytest.mark.parametrize("name", ["pasted", "a.log"])
def test_a_pasted_log_with_traces_is_a_log(source, name):
    assert structure_of(source, "text/plain", name).kind == "log"


@pytest.mark.parametrize(
    ("source", "query", "head", "cause", "tokens"),
    [
        (JAVA, "Why did saving order 77 fail?", "Failed to save order 77", "duplicate key value", (60, 80, 150)),
        (PYTHON, "Why did job 3 crash?", "job 3 crashed", "IndexError: list index out of range", (30, 40, 60, 100)),
        (NODE, "Why did request 5 fail?", "request 5 failed", "TypeError: Cannot read", (60, 80)),
    ],
)
def test_what_went_wrong_comes_with_its_cause(source, query, head, cause, tokens):
    scores = SegmentCache(MemoryStore())
    for target in tokens:
        text = ragzip.compress(source, query, target_tokens=target, cache=scores).text
        assert head in text and cause in text
    whole = ragzip.compress(source, query, target_tokens=tokens[-1], cache=scores).text
    assert all(line in whole for line in source.split("\n") if line.startswith((" ", "\t")))


def test_the_first_record_kept_of_a_group_says_how_many_there_are():
    source = ssh_log()
    structure = log.read(source)
    text = structure.form.keep([structure.units[0].span], [Span(0, len(source))]).text
    assert text.endswith("ssh2 (×299 with other values, last Dec 10 07:04:59)")
    text = structure.form.keep([structure.units[40].span], [Span(0, len(source))]).text
    assert text.endswith("(×299 with other values, first Dec 10 07:00:00, last Dec 10 07:04:59)")


def test_a_group_that_is_kept_whole_says_nothing_of_its_number():
    structure = log.read(TRACE)
    kept = [unit.span for unit in structure.units]
    assert "×" not in structure.form.keep(kept, [Span(0, len(TRACE))]).text


def test_equal_records_in_a_row_are_one():
    source = TRACE + "".join(f"2024-05-01 12:01:{second:02},000 WARN shop.web: retry\n" for second in range(30))
    structure = log.read(source)
    assert len(structure.units) == len(log.read(TRACE).units) + 1
    text = structure.form.keep([structure.units[-1].span], [Span(0, len(source))]).text
    assert text == "2024-05-01 12:01:00,000 WARN shop.web: retry (×30, until 2024-05-01 12:01:29,000)"
    assert_structure(structure, source)


def test_words_of_long_names_are_read():
    source = "".join(
        f"2024-05-01 12:00:{second:02} INFO steps: setTodayTotalDetailSteps={second * 17}\n" for second in range(20)
    )
    readings = [unit.reading for unit in log.read(source).units]
    assert "set today total detail steps" in readings[3] and readings[3].startswith("2024-05-01 12:00:03")
    assert readings[0].endswith(", first)") and readings[-1].endswith(", last)")


def test_json_lines_are_read_as_words_and_kept_as_json():
    source = "".join(
        json.dumps({"ts": f"2024-05-01T12:00:{n % 60:02}Z", "level": "error" if n == 50 else "info", "msg": f"job {n}"})
        + "\n"
        for n in range(200)
    )
    structure = structure_of(source, "text/plain", "x")
    assert structure.kind == "log"
    assert structure.units[50].reading.startswith("ts: 2024-05-01T12:00:50Z, level: error, msg: job 50")
    kept = structure.form.keep([structure.units[0].span, structure.units[50].span], [Span(0, len(source))]).text
    values = [json.loads(line) for line in kept.splitlines()]
    assert values[1]["records_with_other_values"] in (199, 200)
    assert_structure(structure, source)


def test_colours_are_no_part_of_a_log():
    source = "".join(f"\x1b[32m2024-05-01 12:00:{n:02}\x1b[0m INFO job {n} done\n" for n in range(20))
    structure = structure_of(source, "text/plain", "x")
    assert structure.kind == "log"
    written = structure.form.keep([structure.units[3].span], [Span(0, len(source))])
    assert written.text.startswith("2024-05-01 12:00:03 INFO job 3 done")
    assert_structure(structure, source)


@pytest.mark.parametrize("compressor", ["extractive/bm25", "truncate"])
@pytest.mark.parametrize("budget", [10, 40, 100, 400])
def test_the_budget_holds(compressor, budget):
    result = ragzip.compress(ssh_log(), "When was the disk full?", target_tokens=budget, compressor=compressor)
    assert result.stats.tokens_out <= budget


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "Which node had a disk full error and when?",
            "Dec 10 07:02:30 lab kernel: node-17 /var: disk full, write refused",
        ),
        ("Which port did sshd[2077] see?", "port 4077 ssh2"),
        ("When was the last failed password?", "Dec 10 07:04:59"),
        ("How many times did the password fail?", "×299"),
    ],
)
def test_what_is_asked_of_a_log_is_kept(question, answer):
    result = ragzip.compress(ssh_log(), question, target_tokens=200, compressor="extractive/bm25")
    assert answer in result.text
    assert_written(result.segments[0].form.keep(result.segments[0].held, result.segments[0].held), ssh_log())


def test_what_is_kept_is_never_longer():
    result = ragzip.compress(TRACE, "What failed?", compressor="extractive/bm25")
    assert result.stats.tokens_out <= result.stats.tokens_in


LINES = st.one_of(
    st.sampled_from([line for line, _ in FORMATS.values()]),
    st.sampled_from(
        ["", "  indented", "\tat a.B(C.java:1)", "free text", "Traceback (most recent call last):", "\r", "x" * 300]
    ),
    st.text(max_size=40),
)


@given(st.lists(LINES, max_size=60), st.sampled_from(["\n", "\r\n"]))
def test_any_lines_are_read_or_refused(lines, line_end):
    source = line_end.join(lines)
    log.recognises(source)
    structure = log.read(source)
    if structure is not None:
        assert_structure(structure, source)


@pytest.mark.limits
def test_a_large_log_is_read_in_linear_time():
    def seconds(source):
        start = perf_counter()
        assert log.recognises(source) and log.read(source)
        return perf_counter() - start

    small, large = ssh_log(2_000), ssh_log(20_000)
    seconds(small)
    assert seconds(large) < 40 * min(seconds(small) for _ in range(3))


@pytest.mark.parametrize("line", ["\t" * 5_000, "a " * 5_000, "1" * 20_000, "=" * 20_000, "[" * 20_000, "Jun " * 5_000])
def test_long_lines_cost_no_more_than_their_length(line):
    start = perf_counter()
    source = f"{line}\n" * 20
    log.recognises(source)
    log.read(source)
    assert perf_counter() - start < 5


def test_of_many_alike_only_a_few_are_read():
    source = ssh_log(1_500)
    (segment,) = ragzip.compress(source, "failed password", target_tokens=300, compressor="extractive/bm25").segments
    assert 8 <= sum(unit.score > 0 for unit in segment.units) <= 10


def test_the_frames_of_a_panic_stay_together():
    lines = [
        f'time=2024-09-01T10:{minute:02d}:00Z level=info component=http msg="done" rows={minute}'
        for minute in range(40)
    ]
    lines[20] = (
        'time=2024-09-01T10:20:23Z level=error component=store msg="flush failed" shard=17\n'
        "panic: runtime error: index out of range [17] with length 16\n\ngoroutine 211 [running]:\n"
        "main.(*Store).shardFor(0xc0001a2000, 0x11)\n\t/src/store/shard.go:74 +0x1d8\n"
        "main.(*Store).Flush(0xc0001a2000)\n\t/src/store/flush.go:132 +0x9b\n"
        "created by main.run in goroutine 1\n\t/src/main.go:58 +0x33f"
    )
    for tokens in (200, 300, None):
        query = "In which function and source line did the goroutine panic?"
        text = ragzip.compress("\n".join(lines), query, target_tokens=tokens, cache=SCORES).text
        assert ("shard.go:74" in text) and ("main.go:58" in text) and "panic: runtime error" in text


@pytest.mark.parametrize("margin", ["2024-05-14T08:00:5{}.9Z", "[2024-05-14 08:00:5{}]", "May 14 08:00:5{} ci run[7]:"])
def test_a_line_further_in_needs_those_above_it(margin):
    lines = ["PASS src/cart.test.ts", "FAIL src/price.test.ts", "  ● rounds up", "    Expected: 10.13", "1 failed"]
    times = [margin.format(number) for number in range(len(lines))]
    units = log.read("\n".join(f"{time} {line}" for time, line in zip(times, lines, strict=True))).units
    assert [unit.relation.needs for unit in units] == [(), (), (1,), (1, 2), ()]


@pytest.mark.parametrize("time", ["10:{:02}", "[10:{:02}]", "10:{:02}:07"])
def test_a_time_of_day_before_a_level_is_that_of_a_log(time):
    lines = [f"{time.format(minute)} INFO batch {minute} done" for minute in range(8)]
    lines[4] = f"{time.format(4)} ERROR batch 4 failed: no space left"
    text = "\n".join(lines)
    assert structure_of(text, "", "").kind == "log"
    assert ragzip.compress(text, "Why did the import fail?", target_tokens=40).text == lines[4]


SLOW_QUERIES = """\
# Time: 2026-04-09T06:11:20.402118Z
# User@Host: shop[shop] @ web1 [10.1.0.7]  Id: 4120
# Query_time: 3.204118  Lock_time: 0.000101 Rows_sent: 1  Rows_examined: 801233
SET timestamp=1775715080;
SELECT COUNT(*) FROM parcels WHERE sent_at IS NULL;
# Time: 2026-04-09T06:15:47.118900Z
# User@Host: shop[shop] @ web2 [10.1.0.8]  Id: 4177
# Query_time: 11.902411  Lock_time: 0.000088 Rows_sent: 40  Rows_examined: 5120044
SET timestamp=1775715347;
SELECT p.id FROM payments p
  JOIN shops s ON s.id = p.shop_id
  WHERE s.city = 'Turku';
# Time: 2026-04-09T06:31:02.700010Z
# User@Host: audit[audit] @ bi1 [10.1.0.40]  Id: 4251
# Query_time: 7.511020  Lock_time: 2.400100 Rows_sent: 0  Rows_examined: 31
SET timestamp=1775716262;
UPDATE bins SET held = held + 1 WHERE sku = 'B-7';
"""
SLOW_QUERIES_OF_OLD = """\
# Time: 260409  6:11:20
# User@Host: shop[shop] @ localhost []
# Query_time: 2.4  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 7120
use shop;
SET timestamp=1775715080;
SELECT MAX(price) FROM lamps;
# User@Host: crm[crm] @ localhost []
# Query_time: 9.1  Lock_time: 0.1 Rows_sent: 0  Rows_examined: 450112
SET timestamp=1775715084;
DELETE FROM visits WHERE day < '2025-01-01';
"""
DUMP = """\
# Time: a dump of the night, with its settings
SET NAMES utf8;
CREATE TABLE lamps (id INT PRIMARY KEY, price INT);
INSERT INTO lamps VALUES (1, 40);
"""


@pytest.mark.parametrize(
    ("text", "query", "time", "statement"),
    [
        (SLOW_QUERIES, "How long did the query on parcels take?", "Query_time: 3.204118", "FROM parcels"),
        (SLOW_QUERIES, "Which query was the slowest?", "Query_time: 11.902411", "WHERE s.city = 'Turku'"),
        (SLOW_QUERIES, "Which statement has the highest lock time?", "Lock_time: 2.400100", "UPDATE bins"),
        (SLOW_QUERIES_OF_OLD, "How long did the deletion of visits take?", "Query_time: 9.1", "DELETE FROM visits"),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_a_slow_query_comes_with_its_time(text, query, time, statement, compressor):
    assert structure_of(text, "", "").kind == "log"
    kept_text = ragzip.compress(text, query, target_tokens=130, compressor=compressor).text
    assert time in kept_text and statement in kept_text


def test_a_dump_with_comments_is_no_log_of_slow_queries():
    assert structure_of(DUMP, "", "").kind == "code"
