"""A query for the tests that failed gets the lines that name them."""

import pytest

import ragzip

PYTEST = """\
$ pytest -q
............F.....................s....F........x....                    [100%]
=================================== FAILURES ===================================
______________________________ test_refund_partial ______________________________

    def test_refund_partial():
        order = make_order(total=4000)
>       assert refund(order, 1500).remaining == 2500
E       assert 2400 == 2500
E        +  where 2400 = Refund(order=12, amount=1500, fee=100).remaining

tests/test_refunds.py:41: AssertionError
_____________________________ test_export_csv[utf-16] _____________________________

encoding = 'utf-16'

    def test_export_csv(tmp_path, encoding):
>       assert path.read_text(encoding) == EXPECTED
E       UnicodeError: UTF-16 stream does not start with BOM

tests/test_export.py:88: UnicodeError
=========================== short test summary info ============================
FAILED tests/test_refunds.py::test_refund_partial - assert 2400 == 2500
FAILED tests/test_export.py::test_export_csv[utf-16] - UnicodeError: UTF-16 s...
2 failed, 49 passed, 1 skipped, 1 xfailed, 1 warning in 7.31s
"""
GO = """\
$ go test ./...
=== RUN   TestParse
--- PASS: TestParse (0.00s)
=== RUN   TestRefund
    refund_test.go:41: got 2400, want 2500; the test of the refund failed here
--- FAIL: TestRefund (0.01s)
=== RUN   TestExport
    export_test.go:88: failed to read the file that the test wrote
--- FAIL: TestExport (0.02s)
=== RUN   TestLogin
--- PASS: TestLogin (0.00s)
FAIL
FAIL	example.com/shop	0.412s
ok  	example.com/shop/auth	0.101s
"""
TAP = """\
TAP version 13
ok 1 - parses an empty test file
ok 2 - a failed login test is logged
not ok 3 - refunds a part
ok 4 - test of failed payments
not ok 5 - exports utf-16
ok 6 - logs in
1..6
# tests 6
# pass 4
# fail 2
"""


@pytest.mark.parametrize(
    ("output", "names"),
    [
        (PYTEST, ["test_refund_partial - ", "test_export_csv[utf-16] - "]),
        (GO, ["--- FAIL: TestRefund", "--- FAIL: TestExport"]),
        (TAP, ["not ok 3 - refunds a part", "not ok 5 - exports utf-16"]),
    ],
)
def test_the_lines_that_name_failed_tests_come_first(output, names):
    query = "which tests failed?"
    kept = ragzip.compress(output, query, target_tokens=95, compressor="extractive/bm25", cache=False).text
    assert all(name in kept for name in names)
