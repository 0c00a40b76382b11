"""Records with the very value that a query names come, and none with another one that begins alike."""

import pytest

import ragzip

PODS = """\
$ kubectl get pods -A
NAMESPACE         NAME                      READY   STATUS             RESTARTS      AGE
payments-staging  api-d68ba192a-3c44c       1/1     Running            1 (3d ago)    85d
payments-staging  cron-c2101896c-3gb5f      1/1     Running            3 (5h ago)    10d
payments-staging  gateway-e2d51996a-db332   0/1     Pending            14 (2m ago)   39d
monitoring        redis-0cb78e39b-4dd32     1/1     Running            0             12d
payments          web-01cf4c415-g5fb2       0/1     ImagePullBackOff   3 (5h ago)    50d
kube-system       redis-24b925e0c-gf223     0/1     Pending            1 (3d ago)    56d
default           web-799ac6881-cfdd4       1/1     Running            0             80d
payments          worker-aa3824191-4fb2g    0/1     CrashLoopBackOff   2 (9m ago)    8d
payments          gateway-903018123-c535d   0/1     Pending            0             29d
payments          api-bb4d68373-5f22h       1/1     Running            1 (3d ago)    58d
"""
ORDERS = """\
order,customer,city
10401,Hanna Berg,Lyon
10402,Hanna Berg Lindgren,Oslo
10403,Luis Ortega,Madrid
10404,Hanna Berg,Lyon
10405,Hanna Berg Lindgren,Oslo
10406,Mehmet Yilmaz,Izmir
"""


@pytest.mark.parametrize(
    ("table", "query", "kept", "left_out"),
    [
        (PODS, "pods in the payments namespace", ["web-01", "worker-aa", "gateway-90", "api-bb"], "payments-staging"),
        (PODS, "pods in the payments-staging namespace", ["api-d6", "cron-c2", "gateway-e2"], "payments  "),
        (ORDERS, "what did Hanna Berg order?", ["10401", "10404"], "Lindgren"),
    ],
)
def test_a_record_with_a_longer_value_is_another_one(table, query, kept, left_out):
    text = ragzip.compress(table, query, target_tokens=280, compressor="extractive/bm25", cache=False, rate=0.7).text
    assert all(name in text for name in kept)
    assert left_out not in text


def test_records_are_read_where_others_are_alike():
    """The names of the columns are a group by themselves here."""
    query = "which pod restarted most often"
    text = ragzip.compress(PODS, query, target_tokens=80, compressor="extractive/bm25", cache=False).text
    assert "gateway-e2d51996a-db332   0/1     Pending            14 (2m ago)" in text


PROCESSES = """\
USER       PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
root         1  0.3  0.0  49132 16484 ?        SLl  05:26   2:56 /sbin/init splash
root        20  0.0  0.0      0     0 ?        S    05:26   0:00 [cpuhp/1]
root        21  0.0  0.0      0     0 ?        S    05:26   0:00 [migration/1]
mail       310  0.1  0.2  22140  9012 ?        Ss   05:27   0:09 /usr/sbin/exim4 -bd
www        412  1.2  2.1 412200 88102 ?        Sl   05:27   9:41 nginx: worker process
www        413  0.8  2.0 411900 86440 ?        Sl   05:27   7:12 nginx: worker process
"""


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("what is PID 1", ["/sbin/init"]),
        ("which process has the PID 20?", ["[cpuhp/1]"]),
        ("compare PID 412 and 413", ["9:41", "7:12"]),
    ],
)
def test_a_number_is_looked_for_in_the_column_that_the_query_names(query, kept):
    text = ragzip.compress(PROCESSES, query, target_tokens=120, compressor="extractive/bm25", cache=False).text
    assert all(words in text for words in kept)
    assert len(text.splitlines()) == 1 + len(kept)


@pytest.mark.parametrize(
    ("value", "other_value", "query"),
    [
        ("Not detected", "Detected", "Was HIV antibody detected?"),
        ("Detected", "Not detected", "Was HIV antibody detected?"),
        ("Only with permission", "Permission", "Does HIV testing need permission?"),
        ("Partly paid", "Paid", "Was the HIV test paid?"),
    ],
)
def test_a_value_and_its_denial_answer_the_same_question(value, other_value, query):
    rows = [("Hemoglobin", "10.2"), ("HIV 1/2 Ab", value), ("HBsAg", other_value), ("Platelets", "148")]
    text = "\n".join(f"{name:18}{cell}" for name, cell in [("Test", "Result"), *rows])
    kept = ragzip.compress(text, query, target_tokens=18, cache=False).text
    assert f"HIV 1/2 Ab        {value}" in kept
