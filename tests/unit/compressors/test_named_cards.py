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
    second_ticket = [
        (name, {"OPS-412": "OPS-413", "Tomas Lind": "Eva Karlsson"}.get(value, value)) for name, value in TICKET
    ]
    for pairs in ([TICKET, second_ticket], [second_ticket, TICKET]):
        texts = [FORMS["lines"](record) for record in pairs]
        kept = ragzip.compress(texts, "Who is assigned to OPS-412?", target_tokens=34, cache=False).text
        assert "Tomas Lind" in kept and "Eva Karlsson" not in kept


HOSTS = [
    "host: web-01\nip: 10.0.0.11\nos: Debian 12\nrole: frontend",
    "host: db-01\nip: 10.0.0.21\nos: Rocky 9\nrole: database",
]
ROOMS = [
    "Habitación 101\nCamas: 2\nPrecio: 80 euros\nVista: patio\nAire acondicionado: no",
    "Habitación 205\nCamas: 1\nPrecio: 95 euros\nVista: mar\nAire acondicionado: sí",
]


@pytest.mark.parametrize(
    ("texts", "query", "value"),
    [(HOSTS, "What OS runs on db-01?", "Rocky 9"), (ROOMS, "¿Cuánto cuesta la habitación 205?", "95 euros")],
)
def test_the_first_value_or_line_names_the_record(texts, query, value):
    assert value in ragzip.compress(texts, query, target_tokens=36, cache=False).text


NUMBERS = "Anna: 4411\nBen: 4412\nCarla: 4413\nDave: 4414\nEve: 4415\nFinn: 4416\n"


def test_a_number_in_a_list_is_that_of_its_line():
    assert ragzip.compress(NUMBERS, "Whose number is 4414?", target_tokens=12, cache=False).text == "Dave: 4414"


PHONE = "{name}\nBattery: {hours} hours\nWeight: {grams} g\nWaterproof: {proof}\nPrice: 249 EUR"
PHONES = [
    PHONE.format(name="X200", hours=18, grams=210, proof="no"),
    PHONE.format(name="X200 Pro", hours=30, grams=240, proof="IP67"),
    PHONE.format(name="X300", hours=26, grams=190, proof="IP68"),
]
MINUTES = [
    "Minutes, 5 May 2026\nPresent: Ana, Joe\nDecision: the logo stays blue.\nTodo: Joe asks the printer for an offer.",
    "Minutes, 12 May 2026\nPresent: Ana, Joe, Mia\nDecision: the fair in Lyon is cancelled.\nTodo: none.",
    "Minutes, 19 May 2026\nPresent: Joe, Mia\nDecision: no stand in Nice.\nTodo: none.",
]


@pytest.mark.parametrize(
    ("texts", "query", "first_line", "line"),
    [
        (PHONES, "Is the X200 waterproof?", "X200", "Waterproof: no"),
        (PHONES, "What does the X300 weigh?", "X300", "Weight: 190 g"),
        (MINUTES, "What was decided on 12 May?", "Minutes, 12 May 2026", "Decision: the fair in Lyon is cancelled."),
        (MINUTES, "Who was present on 5 May?", "Minutes, 5 May 2026", "Present: Ana, Joe"),
    ],
)
def test_a_line_on_top_names_all_lines_below_it(texts, query, first_line, line):
    result = ragzip.compress(texts, query, target_tokens=28, cache=False)
    (kept,) = [document.text for document in result.documents if line in document.text]
    assert kept.split("\n")[0] == first_line


AGREEMENT = "Supplier agreement with {name}. Term: {months} months. Notice period: {notice}. Governing law: {law}."
AGREEMENTS = [
    AGREEMENT.format(name="Alba GmbH", months=24, notice="three months", law="Germany"),
    AGREEMENT.format(name="Brisk Ltd", months=12, notice="30 days", law="England"),
    AGREEMENT.format(name="Cora SpA", months=36, notice="six months", law="Italy"),
]


INCIDENTS = [
    "INC-7731: VPN drops every 30 minutes. Reported by Sales. Root cause: MTU mismatch. Fixed on 3 Nov by K. Weiss.",
    "INC-7732: Printer prints blank pages. Reported by HR staff. Root cause: empty toner. Fixed on 4 Nov by O. Braun.",
    "INC-7740: VPN login fails for contractors. Reported by IT staff. Root cause: expired certificate. Still open.",
]


FLATS = [
    "Flat 3B, Elm Street 12. 62 m2, two rooms. Rent 890 euros. Pets on request. Free from 1 February.",
    "Flat 1A, Elm Street 12. 48 m2, one room. Rent 720 euros. No pets. Free now.",
    "House, Oak Lane 4. 120 m2, five rooms, garden. Rent 1,650 euros. Pets welcome. Free from March.",
]


@pytest.mark.parametrize("texts", [AGREEMENTS, PHONES, MINUTES, INCIDENTS, FLATS])
@pytest.mark.parametrize(
    "query",
    [
        "What is the notice period with Brisk?",
        "How heavy is the X300?",
        "Who was present on 12 May?",
        "What was the root cause of INC-7740?",
        "Who fixed INC-7732?",
        "Are pets allowed in flat 1A?",
    ],
)
@pytest.mark.parametrize("tokens", [24, 40, 60])
def test_lines_with_the_label_of_another_text_come_with_their_first_line(texts, query, tokens):
    result = ragzip.compress(texts, query, target_tokens=tokens, cache=False)
    for text, document in zip(texts, result.documents, strict=True):
        first_line = text.split("\n")[0].split(". ")[0]
        assert not document.text or document.text.startswith(first_line)
