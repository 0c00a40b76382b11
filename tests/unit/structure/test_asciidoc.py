"""AsciiDoc: a row of a table comes with its header, between the lines that open and close it."""

from itertools import pairwise

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of

PORTS = """\
= Ports

Some text on the ports of the service.

|===
|Name |Port |Protocol

|web
|8080
|TCP

|metrics
|9090
|TCP

|dns
|53
|UDP
|===

More text here.
"""
NAMED = """\
.The ports
[cols="1,1,1",options="header"]
|===
|Name |Port |Protocol
|web |8080 |TCP
|metrics |9090 |TCP
|dns |53 |UDP
|===
"""
QUERY = "Which port is used for metrics?"


@pytest.mark.parametrize("name", ["0", "a.adoc"])
@pytest.mark.parametrize("text", [PORTS, NAMED])
def test_a_row_comes_with_its_header(name, text):
    result = ragzip.compress(ragzip.Document(name, text), QUERY, target_tokens=45, cache=False)
    kept = result.text
    assert result.stats.tokens_out <= 45
    assert kept.count("|===\n") + kept.endswith("|===") == 2 and "|Name |Port |Protocol" in kept
    assert kept.index("metrics") < kept.index("9090") < kept.rindex("|===")


@pytest.mark.parametrize("text", [PORTS, NAMED])
def test_rows_are_read_with_the_names_of_their_columns(text):
    structure = structure_of(text, "text/plain", "0")
    assert structure.kind == "asciidoc"
    readings = [unit.reading for unit in structure.units if unit.reading]
    assert "Name: metrics, Port: 9090, Protocol: TCP" in readings and len(readings) == 3


@pytest.mark.parametrize(
    "text",
    ["|===\n|===\n", "|===\n|a\n|===\n", "|===\n", "= A\n", "= A\n\nText.\n\n|===\n|a |b\n|===", ".\n|===\n\n|==="],
)
def test_odd_texts_do_not_break_it(text):
    for name in ("a.adoc", "0"):
        units = structure_of(text, "text/plain", name).units
        assert all(0 <= unit.start < unit.end <= len(text) for unit in units)
        ragzip.compress(ragzip.Document(name, text), "What is a?", target_tokens=10, cache=False)


HANDBOOK = """\
= Harbour handbook

== Berths

NOTE: All lengths are in metres.

|===
|Berth |Length

|A1 |120
|===

== Mooring

. Call the harbour master.
. Wait for the berth to be confirmed.
.. Ships over 150 m need two tugs.
.. Ships over 200 m need three tugs,
fore and aft.
. Make fast.

== Fees

Quay fee:: 0.62 kr
"""


@pytest.mark.parametrize("tokens", range(20, 80, 6))
def test_items_come_whole_with_those_above_and_headings_over_something(tokens):
    query = "How many tugs does a ship over 200 m need?"
    text = ragzip.compress(HANDBOOK, query, target_tokens=tokens, cache=SCORES).text
    assert ("three tugs,\nfore and aft." in text) == (".. Ships over 200 m" in text)
    assert "need" not in text or ". Wait for the berth" in text
    lines = [line for line in text.splitlines() if line]
    assert not any(one.startswith("== ") and other.startswith("== ") for one, other in pairwise([*lines, "== "]))
