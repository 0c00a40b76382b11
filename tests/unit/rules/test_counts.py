"""Where a query asks how many there are, the line that says so comes, not what it counts."""

import pytest
from shared_scores import SCORES

import ragzip

COMPILER = """\
src/api/client.ts(14,7): error TS2322: Type 'string | undefined' is not assignable to type 'string'.
src/api/client.ts(31,12): error TS2532: Object is possibly 'undefined'.
src/pages/home.tsx(8,10): error TS2305: Module '"../lib/date"' has no exported member 'formatDay'.
src/pages/home.tsx(40,3): error TS2741: Property 'onClose' is missing in type '{ open: true; }'.
Found 4 errors in 2 files.
"""
ORDERS = """\
db=> select * from orders;
 id  |  customer  |  status   | total
-----+------------+-----------+--------
 101 | Acme Ltd   | shipped   |  120.00
 102 | Birch & Co | cancelled |   75.50
 103 | Cedar SA   | shipped   |  310.20
(3 rows)
"""
GRADLE = """\
> Task :app:compileTestJava
> Task :app:test FAILED

CartTest > appliesVoucher() FAILED
    org.opentest4j.AssertionFailedError: expected: <90> but was: <100>

StockTest > reserves() SKIPPED

14 tests completed, 1 failed, 3 skipped

BUILD FAILED in 9s
"""

PLAN = """\
  # aws_db_instance.main must be replaced
-/+ resource "aws_db_instance" "main" {
      ~ engine_version = "15.4" -> "16.2" # forces replacement
    }

  # aws_s3_bucket.logs will be destroyed
  - resource "aws_s3_bucket" "logs" {
      - bucket = "shop-logs" -> null
    }

Plan: 1 to add, 1 to change, 2 to destroy.
"""


@pytest.mark.parametrize(
    ("output", "query", "line", "sizes"),
    [
        (COMPILER, "How many errors are there?", "Found 4 errors in 2 files.", (20, 80, 110)),
        (ORDERS, "How many orders are there?", "(3 rows)", (50, 60)),
        (GRADLE, "How many tests were skipped?", "14 tests completed, 1 failed, 3 skipped", (30, 60)),
        (PLAN, "How many resources will be destroyed?", "Plan: 1 to add, 1 to change, 2 to destroy.", (40, 70)),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_the_line_that_says_how_many_comes(output, query, line, sizes, compressor):
    for target_tokens in sizes:
        kept = ragzip.compress(output, query, target_tokens=target_tokens, compressor=compressor, cache=SCORES).text
        assert line in kept


def test_several_lines_with_a_number_are_told_apart_by_the_other_words():
    log = "".join(
        f"2024-06-03 10:0{minute}:00 INFO  worker-{minute} done: {40 + minute} orders packed\n" for minute in range(9)
    )
    query = "How many orders has worker-7 packed?"
    assert "47 orders" in ragzip.compress(log, query, target_tokens=30, cache=SCORES).text


def test_rows_that_a_database_prints_are_not_counted_as_alike():
    session = (
        "mysql> SELECT name, engine, rows FROM tables;\n+-----------+--------+---------+\n"
        "| name      | engine | rows    |\n+-----------+--------+---------+\n| users     | InnoDB |   20412 |\n"
        "| sessions  | MEMORY |     118 |\n| invoices  | InnoDB |   99120 |\n| audit_log | MyISAM | 1204554 |\n"
        "+-----------+--------+---------+\n4 rows in set (0.01 sec)\n\nmysql> SELECT COUNT(*) FROM users;\n"
        "+----------+\n| COUNT(*) |\n+----------+\n|    20412 |\n+----------+\n1 row in set (0.00 sec)\n"
    )
    query = "Which engine does the audit_log table use?"
    kept = ragzip.compress(session, query, target_tokens=90, compressor="extractive/bm25", cache=SCORES).text
    assert "| audit_log | MyISAM | 1204554 |" in kept and "×" not in kept
