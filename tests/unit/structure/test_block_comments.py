"""Comments inside blocks, which say what the line below them means; headers of manual pages, which say nothing."""

import pytest

import ragzip
from ragzip.text.structure.readers import structure_of

SCHEMA = """\
syntax = "proto3";
package shop.v1;

message Order {
  string id = 1;
  repeated Item items = 2;
  // Set only once the parcel left the warehouse.
  // Empty before.
  optional string tracking_code = 4;
  reserved 5, 6;
}

service Orders {
  // Idempotent: repeating it with the same key returns the first order.
  rpc Create(CreateRequest) returns (Order);
  rpc Cancel(CancelRequest) returns (Empty);
  rpc List(ListRequest) returns (Orders);
}
"""
COMMENTED = [
    ("When is the tracking code set?", "  // Empty before.\n  optional string tracking_code = 4;", 45),
    ("Is creating an order idempotent?", "first order.\n  rpc Create(CreateRequest) returns (Order);", 48),
]


@pytest.mark.parametrize(("query", "lines", "tokens"), COMMENTED)
def test_comments_come_with_the_line_below_them(query, lines, tokens):
    kept = ragzip.compress(SCHEMA, query, target_tokens=tokens, cache=False).text
    assert lines in kept
    units = [SCHEMA[slice(*unit.span)] for unit in structure_of(SCHEMA, "text/plain", "").units]
    assert not any(unit.startswith("//") and "\n" not in unit for unit in units)


MANUAL = """\
RSYNC(1)                         User Commands                        RSYNC(1)

NAME
       rsync - a fast, versatile, remote (and local) file-copying tool

OPTIONS
       -n, --dry-run
              This makes rsync perform a trial run that doesn't make any
              changes.

       --timeout=SECONDS
              This option allows you to set a maximum I/O timeout in seconds.
              If no data is transferred for the specified time then rsync will
              exit. The default is 0, which means no timeout.
"""


def test_the_header_of_a_manual_page_is_no_heading():
    kept = ragzip.compress(MANUAL, "What is the default timeout?", target_tokens=40, cache=False).text
    assert "--timeout=SECONDS" in kept and "The default is 0" in kept and "RSYNC(1)" not in kept


SERVER = """\
worker_processes auto;

events { worker_connections 1024; }

http {
    # 413 for anything larger; uploads have a limit of their own below
    client_max_body_size 10m;

    upstream app {
        server 10.0.0.5:8080 weight=3;
        server 10.0.0.6:8080 backup;
    }
}
"""
VACANCY = """\
Senior Data Engineer - Vienna or remote within the EU

What you bring
• 5+ years with Python and SQL
• English C1; German is a plus, not a must

What we offer
• EUR 72,000-85,000 gross per year depending on experience
• 30 days of vacation
"""


@pytest.mark.parametrize(
    ("text", "query", "tokens", "title", "answer"),
    [
        (SERVER, "Which server is only a backup?", 45, "events { worker_connections 1024; }", "10.0.0.6:8080 backup"),
        (VACANCY, "What is the salary?", 30, "Senior Data Engineer", "EUR 72,000-85,000"),
    ],
)
def test_what_stands_over_all_blocks_is_not_needed_by_each(text, query, tokens, title, answer):
    kept = ragzip.compress(text, query, target_tokens=tokens, cache=False).text
    assert answer in kept and title not in kept
