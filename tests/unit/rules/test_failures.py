"""A question for errors gets the records whose level says so, and no others that speak of errors."""

import numpy as np
import pytest

import ragzip
from ragzip.compressors.extractive.rules.failures import with_failures
from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.compressors.outline import outline
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats.log.times import level_of
from ragzip.types import Budget, Document, Segment

APPLICATION = """\
2024-05-14 08:12:04 INFO  [main] Error handler registered for 5 routes
2024-05-14 08:14:22 WARN  [http-4] Slow query took 2210 ms
2024-05-14 08:15:41 ERROR [http-2] Payment provider refused the connection
2024-05-14 08:20:10 INFO  [http-1] GET /health 200 2ms
"""
ANDROID = """\
03-17 16:13:38.861  2227  2227 D TextView: no error dialogs
03-17 16:13:38.902  3021  3055 W CameraService: retrying
03-17 16:13:38.902  3021  3055 E CameraService: Failed to open camera 1
03-17 16:13:39.106  1702  2639 I ActivityManager: Start proc 12104
"""
JSON = """\
{"ts":"2024-05-14T08:00:09Z","level":"info","msg":"error budget 99.9%"}
{"ts":"2024-05-14T08:01:15Z","level":"warn","msg":"index refresh slow"}
{"ts":"2024-05-14T08:02:40Z","level":"error","msg":"card declined"}
{"ts":"2024-05-14T08:11:02Z","level":"info","msg":"token revoked"}
"""
ACCESS = """\
10.0.4.18 - - [12/Jun/2024:06:31:02 +0000] "GET /error-pages/style.css HTTP/1.1" 200 310
10.0.7.31 - - [12/Jun/2024:06:26:11 +0000] "POST /api/login HTTP/1.1" 401 52
10.0.9.2 - - [12/Jun/2024:06:27:40 +0000] "GET /api/orders?id=77 HTTP/1.1" 500 210
10.0.4.18 - - [12/Jun/2024:06:31:05 +0000] "GET /about.html HTTP/1.1" 304 0
"""


def weighed(text, query):
    """The scores of the four records, all of which a model finds as good."""
    lines = outline(Segment.whole(Document("0", text), 0, structure_of(text, "text/plain", "0").form), Budget(len))
    return with_failures(query, TextUnits(lines, text), np.full(len(lines.spans), 0.5)).tolist()


@pytest.mark.parametrize("text", [APPLICATION, ANDROID, JSON, ACCESS], ids=["words", "letters", "members", "statuses"])
def test_errors_are_told_by_their_level(text):
    scores = weighed(text, "Which errors occurred?")
    assert sorted(scores)[-1] == 0.5 and sorted(scores)[-2] < 0.2 and scores[2] == 0.5
    assert weighed(text, "Why did it fail?") == pytest.approx([0.25, 0.25, 0.5, 0.25], abs=1e-5)
    assert weighed(text, "Who logged in?") == [0.5] * 4


SERVER = """\
server-1  | 2024-05-14 08:12:04 INFO  Starting on port 8080
server-1  | 2024-05-14 08:12:05 INFO  Reading settings of server-1
server-1  | 2024-05-14 08:12:06 ERROR Bind failed, address in use
server-1  | 2024-05-14 08:12:06 INFO  Shutting down server-1
"""
TRACE = """\
Starting the service
Traceback (most recent call last):
  File "/srv/app.py", line 12, in <module>
    main()
  File "/srv/app.py", line 8, in main
    raise RuntimeError(
RuntimeError: no device was found
The service has ended
"""


@pytest.mark.parametrize(
    ("call", "is_run"),
    [
        ("Bash docker logs server-1 2>&1 | tail -30", True),
        ("run tests path tests/unit", True),
        ("Why is the page slow?\nexecute bash command make build", True),
        ("npm install", True),
        ("Bash cat notes.txt | head -5", False),
        ("Read /srv/app.py", False),
        ("grep pattern main", False),
        ("How do I run the tests?", False),
        ("the address of the server", False),
    ],
)
def test_what_went_wrong_comes_first_of_a_command_that_was_run(call, is_run):
    assert weighed(SERVER, call) == [0.5, 0.5, 0.5, 0.5]
    lines = outline(Segment.whole(Document("0", SERVER), 0, structure_of(SERVER, "text/plain", "0").form), Budget(len))
    scores = with_failures(call, TextUnits(lines, SERVER), np.array([0.5, 0.9, 0.1, 0.2])).tolist()
    assert scores == [0.5, 0.9, pytest.approx(0.891) if is_run else 0.1, 0.2]


def test_the_message_of_an_exception_needs_no_calls():
    structure = structure_of(TRACE, "text/plain", "0")
    [message] = [unit for unit in structure.units if TRACE[slice(*unit.span)].startswith("RuntimeError:")]
    calls = [unit for unit in structure.units if "File" in TRACE[slice(*unit.span)]]
    assert not any("File" in TRACE[slice(*structure.units[need].span)] for need in message.relation.needs)
    assert calls and all(structure.units.index(message) in unit.relation.needs for unit in calls)
    result = ragzip.compress(TRACE, "Bash ./service 2>&1", target_tokens=20, cache=False)
    assert "RuntimeError: no device was found" in result.text


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("I0514 08:00:00.123456 1 main.go:5] error budget", "other"),
        ("E0514 08:00:00.123456 1 main.go:5] no such host", "failure"),
        ("name: error-pages-5f6d, status: Running", None),
        ("ts=1 level=warn msg=error", "warning"),
        ("A text of somebody who had to make an informed choice.", None),
    ],
)
def test_the_level_is_no_word_of_the_message(line, level):
    assert level_of(line) == level


RUN = """\
tests/test_a.py::test_one PASSED
tests/test_a.py::test_two FAILED
tests/test_b.py::test_three PASSED
=================================== FAILURES ===================================
___________________________________ test_two ___________________________________
E       AssertionError: assert 3 == 4
tests/test_a.py:11: AssertionError
========================= 1 failed, 2 passed in 0.12s =========================
"""


@pytest.mark.parametrize("query", ["Why did test_two fail?", "Why has test_two failed?"])
def test_what_went_wrong_is_the_best_answer_to_why_something_failed(query):
    for target_tokens in (50, 60, 70):
        assert "assert 3 == 4" in ragzip.compress(RUN, query, target_tokens=target_tokens, cache=False).text


def test_of_several_messages_the_one_that_the_query_names():
    log = RUN.replace(
        "========================= 1 failed",
        "__________________________________ test_four ___________________________________\n"
        "E       KeyError: 'port'\ntests/test_c.py:7: KeyError\n========================= 2 failed",
    )
    text = ragzip.compress(log, "Why did test_four fail?", target_tokens=60, cache=False).text
    assert "KeyError: 'port'" in text


SETTLEMENT = """\
2024-04-09 22:00:00 INFO  [job-1] com.acme.SettlementJob - run 5512 of settlement started
2024-04-09 22:00:31 ERROR [job-1] com.acme.SettlementJob - run 5512 aborted, conflict with recovery
2024-04-09 22:00:32 INFO  [job-1] com.acme.Alerting - page sent to the settlement team
2024-04-09 22:45:10 INFO  [http-9] com.acme.AdminApi - run 5512 retried by jmeyer
"""
COURIERS = """\
{"level":"info","ts":"2024-05-07T08:20:05Z","msg":"order delivered","order":"O-7781"}
{"level":"error","ts":"2024-05-07T08:44:10Z","msg":"handover failed","order":"O-7782","reason":"house not found"}
{"level":"info","ts":"2024-05-07T08:45:00Z","msg":"order assigned","order":"O-7783"}
{"level":"info","ts":"2024-05-07T09:01:31Z","msg":"order delivered","order":"O-7783"}
"""


@pytest.mark.parametrize(
    ("log", "query"),
    [
        (SETTLEMENT, "Why did the settlement job fail?"),
        (SETTLEMENT, "Why was run 5512 not finished?"),
        (COURIERS, "Which order could not be delivered and why?"),
    ],
)
def test_the_record_of_the_failure_is_the_best_where_its_names_are_written_as_one_or_nothing_names_it(log, query):
    lines = outline(Segment.whole(Document("0", log), 0, structure_of(log, "text/plain", "0").form), Budget(len))
    scores = with_failures(query, TextUnits(lines, log), np.array([0.9, 0.1, 0.8, 0.7]))
    assert scores.argmax() == 1


POD = """\
Status:       Pending
Containers:
  web:
    Image:          shop/web:2
    State:          Waiting
    Ready:          False
Events:
  Type     Reason     Age    From     Message
  ----     ------     ----   ----     -------
  Normal   Scheduled  3m12s  default  Assigned shop/web-1 to node-2
  Normal   Pulled     3m10s  kubelet  Image is present
  Normal   Started    3m9s   kubelet  Started container start-up
  Warning  Failed     58s    kubelet  Couldn't find key url in Secret shop/queue
"""


@pytest.mark.parametrize("query", ["Why is the pod not starting?", "Why won't web start?"])
def test_the_only_warning_of_a_text_tells_why_something_does_not_work(query):
    assert "Couldn't find key url" in ragzip.compress(POD, query, target_tokens=60, cache=False).text


REPLY = (
    '{"type": "https://api.example/errors", "title": "Unprocessable", "status": 422, "trace": "5b1f7a",'
    ' "detail": "destination is closed"}'
)
REPLIES = (
    '[{"id": 7, "state": "declined", "gateway": "north", "failure_reason": "the issuer did not reply in time"},'
    ' {"id": 8, "state": "paid", "gateway": "west", "failure_reason": null}]'
)


@pytest.mark.parametrize(
    ("reply", "query", "reason"),
    [
        (REPLY, "Why was the transfer rejected?", "destination is closed"),
        (REPLIES, "Why was payment 7 declined?", "the issuer did not reply in time"),
    ],
)
def test_a_member_that_says_why_is_as_good_as_the_best_of_its_record(reply, query, reason):
    result = ragzip.compress(reply, query, target_tokens=30, cache=False, compressor="bm25")
    assert reason in result.text


REPORT = """\
<testsuite name="hire" tests="4" failures="1" errors="0" time="2.31">
  <testcase classname="hire.TaxTest" name="reduced" time="0.4"/>
  <testcase classname="hire.TaxTest" name="zero" time="0.1"/>
  <testcase classname="hire.PdfTest" name="accents" time="1.6">
    <failure message="expected 'Zoë' but was 'Zo?'">at PdfTest.java:33</failure>
  </testcase>
  <testcase classname="hire.MailTest" name="bounce" time="0.2"/>
</testsuite>
"""


@pytest.mark.parametrize("query", ["Which test failed and why?", "Which tests failed?", "Why did the test fail?"])
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_the_failed_case_of_a_report_comes_and_no_passed_one(query, compressor):
    for target_tokens in (95, 105):
        kept_text = ragzip.compress(REPORT, query, target_tokens=target_tokens, compressor=compressor).text
        assert "accents" in kept_text and "expected 'Zoë'" in kept_text and "bounce" not in kept_text


def test_a_passed_case_comes_where_it_is_asked_for():
    assert "bounce" in ragzip.compress(REPORT, "How long did the bounce test take?", target_tokens=80).text


UPLOADS = "".join(
    f"2024-06-03 10:0{number}:01 INFO  uploading file report-{number}.pdf\n2024-06-03 10:0{number}:04 {outcome}\n"
    for number, outcome in enumerate(
        [
            "INFO  uploaded file report-0.pdf",
            "ERROR upload of file report-1.pdf failed: quota exceeded",
            "INFO  uploaded file report-2.pdf",
            "INFO  uploaded file report-3.pdf",
        ]
    )
)
EVENTS = """\
LAST SEEN   TYPE      REASON      OBJECT          MESSAGE
3m          Normal    Scheduled   pod/web-t4bnl   Successfully assigned prod/web-t4bnl to node-2
2m          Normal    Pulling     pod/web-t4bnl   Pulling image "registry.local/web:3.0.0-rc1"
2m          Warning   Failed      pod/web-t4bnl   Failed to pull image "registry.local/web:3.0.0-rc1": not found
44m         Normal    Completed   job/cron-2851   Job completed
"""


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("records", "query", "line", "target_tokens"),
    [
        (UPLOADS, "Which file could not be uploaded?", "report-1.pdf failed: quota exceeded", 45),
        (UPLOADS, "Which file wasn't uploaded?", "report-1.pdf failed: quota exceeded", 45),
        (EVENTS, "Which image could not be pulled?", 'Failed to pull image "registry.local/web:3.0.0-rc1"', 70),
    ],
)
def test_what_could_not_be_done_stands_in_a_failure(records, query, line, target_tokens, compressor):
    kept = ragzip.compress(records, query, target_tokens=target_tokens, compressor=compressor).text
    assert line in kept and "uploaded file" not in kept


def test_the_severity_of_an_item_does_not_say_that_something_was_not_done():
    items = (
        '[{"id":1,"severity":"error","note":"ok"},{"id":2,"severity":"info","note":"late"},'
        '{"id":3,"severity":"warning","note":"ok"},{"id":4,"severity":"info","note":"bill not paid"}]'
    )
    query = "Which bill was not paid?"
    assert '"id":4' in ragzip.compress(items, query, target_tokens=38, compressor="extractive/bm25").text
