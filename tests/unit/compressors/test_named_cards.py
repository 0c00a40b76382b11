"""Passages that are one record: the number in the line that names it is that of all its lines."""

import json

import pytest

import ragzip

TICKET = [
    ("Ticket", "OPS-412"),
    ("Summary", "Nightly export fails"),
    ("Status", "In Progress"),
    ("Assignee", "Tomas Lind"),
    ("Fix version", "7.3"),
    ("Created", "2026-11-20"),
]
ORDER = [
    ("Order no.", "55-1182"),
    ("Customer", "Lena Vogt"),
    ("Item", "Kettle KX-3"),
    ("Carrier", "DHL"),
    ("Total", "59.90 EUR"),
    ("Payment", "PayPal"),
]
FORMS = {
    "lines": lambda pairs: "\n".join(f"{name}: {value}" for name, value in pairs),
    "bullets": lambda pairs: "\n".join(f"- **{name}:** {value}" for name, value in pairs),
    "bold": lambda pairs: "\n".join(f"**{name}:** {value}  " for name, value in pairs),
    "equal signs": lambda pairs: "\n".join(f"{name} = {value}" for name, value in pairs),
    "columns": lambda pairs: "\n".join(f"{name:20}{value}" for name, value in pairs),
    "table": lambda pairs: (
        "| Field | Value |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in pairs)
    ),
    "page": lambda pairs: (
        "<table>" + "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in pairs) + "</table>"
    ),
    "json": lambda pairs: json.dumps({name.lower().replace(".", ""): value for name, value in pairs}),
}
ASKED = [
    (TICKET, "Who is assigned to OPS-412?", "Tomas Lind"),
    (TICKET, "What is the status of OPS-412?", "In Progress"),
    (ORDER, "Which carrier delivers order 55-1182?", "DHL"),
    (ORDER, "How was order 55-1182 paid?", "PayPal"),
]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize(("pairs", "query", "value"), ASKED)
def test_a_value_of_the_record_that_the_query_names(form, pairs, query, value):
    assert value in ragzip.compress(form(pairs), query, target_tokens=34, cache=False).text


def test_the_values_of_another_record_are_left_out():
    other = [(name, {"OPS-412": "OPS-413", "Tomas Lind": "Eva Karlsson"}.get(value, value)) for name, value in TICKET]
    for pairs in ([TICKET, other], [other, TICKET]):
        texts = [FORMS["lines"](record) for record in pairs]
        kept = ragzip.compress(texts, "Who is assigned to OPS-412?", target_tokens=34, cache=False).text
        assert "Tomas Lind" in kept and "Eva Karlsson" not in kept


NUMBERS = "Anna: 4411\nBen: 4412\nCarla: 4413\nDave: 4414\nEve: 4415\nFinn: 4416\n"


def test_a_number_in_a_list_is_that_of_its_line():
    assert ragzip.compress(NUMBERS, "Whose number is 4414?", target_tokens=12, cache=False).text == "Dave: 4414"
