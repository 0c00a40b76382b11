"""The record that a query names, and the value of it that the query asks for."""

import json

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.compressors.extractive.records.first_stage import identifier_shares
from ragzip.compressors.extractive.records.items import Items, items_of_texts
from ragzip.text.spans import Span
from ragzip.text.structure import Item, structure_of

TITLES = [
    "Crash when config file is empty",
    "Typo in README",
    "Memory leak in worker pool",
    "CLI exits 0 on failure",
    "Slow startup on Windows",
    "Timeout ignored on retries",
    "Race in cache eviction",
    "Docs: clarify auth flow",
    "Unicode error on BOM",
]
PEOPLE = ["felix", "ines", "luca", "mei", "noor", "katya", "oskar", "priya", "hiro"]
ISSUES = json.dumps(
    {
        "items": [
            {
                "id": 2100 + n,
                "number": 4100 + n,
                "title": title,
                "user": {"login": f"user{n}", "site_admin": False},
                "state": "open",
                "assignee": {"login": f"{PEOPLE[n]}-dev"},
                "comments": n,
                "created_at": f"2024-01-{n + 1:02d}",
                "closed_at": None,
                "body": "Steps to reproduce: run the tool. Expected no failure.",
                "labels": [{"id": n, "name": "bug"}],
            }
            for n, title in enumerate(TITLES)
        ]
    },
    indent=2,
)
LIMITS = {"shipments": (250, 60), "labels": (80, 30), "pickups": (40, 12), "webhooks": (20, 6), "rates": (500, 120)}
PATHS = {
    f"/{name}": {
        "get": {
            "summary": f"List {name}",
            "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": limit}}],
            "responses": {"200": {"description": f"A page of {name}"}},
        }
    }
    for name, (limit, _) in LIMITS.items()
}
YAML = "paths:\n" + "".join(
    f"  /{name}:\n    get:\n      summary: List {name}\n      parameters:\n        - name: limit\n          in: query\n"
    f"          schema:\n            type: integer\n            maximum: {limit}\n      responses:\n        '200':\n"
    f"          description: A page of {name}\n        '429':\n          description: At most {calls} calls a minute\n"
    for name, (limit, calls) in LIMITS.items()
)

HOURS = [f"2024-07-{day:02d}T{hour:02d}:00" for day in (1, 2) for hour in range(24)]
DEGREES = [round(12 + (n * 37 % 140) / 10, 1) for n in range(48)]
WINDS = [round((n * 53 % 310) / 10, 1) for n in range(48)]
HOUR_QUERY = "What was the temperature on 2024-07-02 at 15:00?"


def kept(text, query, tokens, compressor="auto"):
    return ragzip.compress(text, query, target_tokens=tokens, cache=SCORES, compressor=compressor).text


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    "query",
    [
        "Who is assigned to issue 4106 (Race in cache eviction)?",
        "Which login is the assignee of issue number 4106?",
        "Who is the assignee of 'Race in cache eviction'?",
    ],
)
def test_the_record_that_is_named_comes_with_the_field_that_is_asked_for(query, compressor):
    text = kept(ISSUES, query, 90, compressor)
    records = [item for item in json.loads(text)["items"] if isinstance(item, dict)]
    assert any(item.get("title") == TITLES[6] and item.get("assignee") == {"login": "oskar-dev"} for item in records)


def test_a_path_that_is_named_comes_before_the_largest_value():
    text = kept(json.dumps({"paths": PATHS}, indent=1), "What is the maximum limit when listing pickups?", 80)
    parameters = json.loads(text)["paths"]["/pickups"]["get"]["parameters"]
    assert parameters[0]["schema"]["maximum"] == 40 and "500" not in text


def test_yaml_with_paths_and_codes_as_keys_is_read_by_its_records():
    assert structure_of(YAML, "text/plain", "0").kind == "yaml"
    text = kept(YAML, "What is the rate limit for listing pickups?", 80)
    assert "/pickups:" in text and "At most 12 calls a minute" in text


def test_a_reply_stays_with_the_message_that_asks_what_the_query_asks():
    names = ["Daria Novak", "Felix Hartmann", "Grace Mori", "Chen Wei", "Elif Demir", "Hiro Tanaka"]
    words = ["lunch is here", "who has the key to rack 12?", "I do, desk 4.17", "thanks a lot", "see you", "bye then"]
    messages = [
        {
            "id": f"m{n}",
            "user": {"team": "T0F", "real_name": name, "avatar": f"https://a.example/avatars/{n}.png"},
            "text": said,
            "blocks": [{"type": "rich_text", "elements": [{"type": "text", "text": said}]}],
            "reactions": [{"name": "thumbs", "count": n}],
            "edited": {"by": "nobody in particular", "at": f"2024-05-01T10:0{n}:00Z"},
        }
        for n, (name, said) in enumerate(zip(names, words, strict=True))
    ]
    text = kept(json.dumps(messages), "What is the real name of the person who has the key to rack 12?", 110)
    assert "Felix Hartmann" in text and "I do, desk 4.17" in text
    assert text.count("I do, desk 4.17") == text.count("who has the key to rack 12?") == 1


def test_records_that_are_as_good_stay():
    names = ["auth", "cart", "mail", "shop", "tide"]
    services = {
        name: {
            "image": f"registry.example/{name}:1",
            "limits": {"memory": f"{n + 1}28Mi", "cpu": "100m"},
            "note": "x" * 300,
        }
        for n, name in enumerate(names)
    }
    limits = json.loads(kept(json.dumps(services), "Compare the memory limits of cart and shop", 80))
    assert limits["cart"]["limits"]["memory"] == "228Mi" and limits["shop"]["limits"]["memory"] == "428Mi"


def test_a_word_picks_records_only_where_few_of_a_list_have_it():
    items = [(Item(Span(0, 90), place, 6),) for place in range(6) for _ in range(2)]
    records = Items(items)
    assert records.with_records([3]) == [2, 3]
    assert records.with_records([0, 2]) == [0, 1, 2, 3]
    assert records.with_records([0, 2, 4]) == [0, 2, 4]
    assert records.with_records([]) == [] and Items([]).with_records([1]) == [1]


def test_an_identifier_counts_for_its_whole_record():
    items = [(Item(Span(0, 90), place, 3),) for place in (0, 0, 1, 1, 2, 2)]
    texts = ["number: 1", "state: open", "number: 2", "state: open", "number: 3", "state: open"]
    assert identifier_shares("state of 2", texts, items).tolist() == [0, 0, 1, 1, 0, 0]
    assert identifier_shares("state of 2", texts).tolist() == [0, 0, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("query", "records", "shares"),
    [
        ("order 4777", ["order: 4777, amount: 64.20", "order: 4771, amount: 4777.32", "order 4777."], [1, 0, 1]),
        ("Rechnung 1250", ["Rechnung: 1250, Betrag: 640,00", "Rechnung: 1248, Betrag: 1250,40, Status: offen"], [1, 0]),
        ("version 1.2", ["1.2 dark theme", "1.20 profiles", "1.2.5 fixes", "11.2", "1.2.0"], [1, 0, 0, 0, 1]),
        ("port 80", ["nginx 80", "tomcat 8080", "0.80 s", "80,443,8443"], [1, 0, 0, 1]),
        ("the net 10.0.4", ["10.0.4.12", "10.0.5.12"], [1, 0]),
    ],
)
def test_a_number_is_no_part_of_a_longer_one(query, records, shares):
    assert list(identifier_shares(query, records)) == shares


def test_records_of_several_texts_are_told_apart():
    items = (Item(Span(0, 9), 0, 2),)
    first, second = items_of_texts([[items], [items]])
    assert first == items and second != items and second[0].place == 0


def test_of_records_with_the_same_time_the_one_with_the_date_is_picked():
    text = kept(json.dumps({"hourly": {"time": HOURS, "temperature_2m": DEGREES}}), HOUR_QUERY, 120)
    hourly = json.loads(text)["hourly"]
    assert HOURS[39] in hourly["time"] and hourly["temperature_2m"][hourly["time"].index(HOURS[39])] == DEGREES[39]


@pytest.mark.parametrize("tokens", [70, 120, 200, 300])
@pytest.mark.parametrize("query", ["What was the temperature on 2024-07-02 at 15:00?", "wind at 03:00", "highest wind"])
def test_lists_side_by_side_are_cut_at_the_same_places(tokens, query):
    source = {"hourly": {"time": HOURS, "temperature_2m": DEGREES, "wind_speed": WINDS}, "place": "Vardø " * 9}
    hourly = json.loads(kept(json.dumps(source), query, tokens))["hourly"]
    rows = [{key: value for key, value in hourly.items()}]
    columns = {"time": HOURS, "temperature_2m": DEGREES, "wind_speed": WINDS}
    (values,) = rows
    assert "time" in values
    times = [value for value in values["time"] if not value.startswith("…")]
    for key, column in values.items():
        cells = [cell for cell in column if not str(cell).startswith("…")]
        assert cells == [columns[key][HOURS.index(time)] for time in times], key
        assert len(cells) == 48 or str(column[-1]).startswith("…"), key


def test_any_list_that_is_cut_has_a_sign():
    numbers = json.dumps({"name": "gauge", "levels": list(range(1000, 1200)), "note": "level 1077 was the highest"})
    for tokens in (60, 150, 400):
        levels = json.loads(kept(numbers, "Was there a level of 1077?", tokens)).get("levels", ["…"])
        assert str(levels[-1]).startswith("…"), tokens
    nested = json.dumps(
        [{"name": f"room {n}", "steps": [{"do": f"step {n}.{k} of the plan"} for k in range(9)]} for n in range(80)]
    )
    for room in json.loads(kept(nested, "steps of room 7 and room 71, step 7.3 and 71.8 of the plan", 400))[:-1]:
        assert len(room.get("steps", [])) in (0, 9) or str(room["steps"][-1]).startswith("…"), room


@pytest.mark.parametrize(
    ("text", "query", "tokens"),
    [
        (
            "[common]\nsize = 25M\n\n[test]\nsize = 50M\n\n[live]\n# raised for sales until May\nsize = 40M\n",
            "What is the size on live?",
            12,
        ),
        (
            "id,status,summary,resolution\n4101,closed,Printer is silent,Firmware\n4102,open,Invoice is empty,\n"
            '4103,open,"Scanner not found, USB","Waits for a cable, two hubs and a new driver"\n4104,closed,No logo,\n',
            "What happened to ticket 4103?",
            24,
        ),
    ],
)
def test_no_other_record_comes_in_place_of_one_that_is_too_large(text, query, tokens):
    result = ragzip.compress(text, query, target_tokens=tokens, cache=SCORES)
    assert result.text == ""
    assert "would hold it" in str(result.stats.notes)


STAGES = [
    f"kind: Deployment\nmetadata:\n  name: api\n  namespace: {stage}\nspec:\n  replicas: {count}\n  containers:\n"
    f"    - name: api\n      image: example.org/api:{version}\n      memory: {memory}\n"
    for stage, count, version, memory in [("staging", 1, "1.9.0-rc2", "256Mi"), ("production", 6, "1.8.4", "1Gi")]
]
SIDECAR = "    - name: metrics\n      image: example.org/exporter:0.2\n      memory: 64Mi\n"
SERVICES = """services:
  web:
    image: nginx:1.25
    depends_on:
      - app
    restart: always
  app:
    build: ./app
    restart: on-failure
  cache:
    command: redis-server --maxmemory-policy allkeys-lru
"""


@pytest.mark.parametrize(
    ("text", "query", "tokens", "kept_part", "missing_part"),
    [
        (SERVICES, "What restart policy does the app service have?", 25, "on-failure", "cache"),
        (
            "---\n".join([*STAGES, STAGES[1].replace("api", "shop")]) + SIDECAR,
            "What is the memory of the api container in production?",
            60,
            "1Gi",
            "256Mi",
        ),
    ],
)
def test_records_with_a_key_or_value_of_the_query_come_before_others(text, query, tokens, kept_part, missing_part):
    written = kept(text, query, tokens)
    assert kept_part in written
    assert missing_part not in written


INVOICES = json.dumps(
    {
        "object": "list",
        "data": [
            {
                "id": f"in_1P9a{number}",
                "number": f"INV-204{number}",
                "customer": {"id": f"cus_1{number}", "name": name, "email": f"pay@{name[:6].lower()}.example"},
                "currency": "gbp",
                "amount_total": 84000 + number,
                "amount_paid": 20000,
                "amount_remaining": 64000 + number,
                "status": "open",
                "lines": {
                    "data": [{"description": "Team plan", "quantity": 7, "unit_amount": 12000}],
                    "has_more": False,
                },
                "due_date": f"2024-05-1{number}",
                "metadata": {"po": f"77-{number}", "channel": "web", "agent": None},
            }
            for number, name in enumerate(["Brandt AG", "Okafor Ltd", "Lindqvist & Co", "Sato KK"])
        ],
    }
)
BOATS = "boats:\n" + "".join(
    f"  - name: {name}\n    owner:\n      name: {owner}\n      town: Ely\n      phone: 555-{1000 + year}\n"
    f"    berth: {berth}\n"
    f"    loa_m: {loa}\n    beam_m: {loa / 3:.1f}\n    built: {year}\n    fuel: diesel\n    insurance:\n"
    f"      company: Northern Mutual\n      policy: NM-{year}-{berth}\n      until: 2025-03-31\n"
    "    notes: hauled out each winter\n"
    for name, owner, berth, loa, year in [
        ("Tern", "A. Holt", 4, 8.2, 1987),
        ("Gull", "B. Marsh", 9, 6.9, 1994),
        ("Heron", "C. Ives", 11, 12.4, 2003),
    ]
)


@pytest.mark.parametrize(
    ("text", "query", "value", "missing_part"),
    [
        (INVOICES, "What is the balance due of the invoice for Okafor Ltd?", "64001", "64002"),
        (BOATS, "What is the waterline length of Gull?", "loa_m: 6.9", "12.4"),
    ],
)
@pytest.mark.parametrize("tokens", [180, None])
def test_a_record_that_is_named_is_whole_where_a_word_of_the_query_stands_nowhere(
    text, query, value, missing_part, tokens
):
    written = kept(text, query, tokens)
    assert value in written
    assert missing_part not in written


DESK = (
    "Our team looks after this on working days between eight and four, and answers within a day. Should it be urgent, "
    "ring the desk and give your number, your room and what you see on the screen."
)
ANSWERS = {
    "How do I reset my password?": f"Press the grey key on the start page. {DESK} It arrives by mail.",
    "How do I change my address?": f"Open the profile. {DESK} Save it.",
    "Can I use the network from abroad?": f"Yes, with the token. {DESK} Ask first.",
    "How do I reset my code?": f"Go to the counter. {DESK} Bring a card.",
}
ENTRIES = [{"id": number, "question": key, "answer": ANSWERS[key]} for number, key in enumerate(ANSWERS)]
FAQS = {
    "json": json.dumps(ENTRIES),
    "other keys": json.dumps({"faq": [{"n": 3, "q": entry["question"], "a": entry["answer"]} for entry in ENTRIES]}),
    "python": str(ENTRIES),
    "xml": "<faq>{}</faq>".format(
        "".join(f"<e><question>{key}</question><answer>{answer}</answer></e>" for key, answer in ANSWERS.items())
    ),
}


@pytest.mark.parametrize("method", ["auto", "extractive/bm25"])
@pytest.mark.parametrize("tokens", [50, 130, None])
@pytest.mark.parametrize("faq", FAQS.values(), ids=FAQS)
def test_an_answer_comes_with_its_own_question(faq: str, tokens: int | None, method: str) -> None:
    for question, answer in ANSWERS.items():
        kept = ragzip.compress(faq, question, target_tokens=tokens, compressor=method).text
        assert question in kept
        assert answer.partition(".")[0] in kept
        assert not any(other in kept for other in ANSWERS if other != question)


NGINX = """worker_processes auto;
http {
    gzip on;
    upstream app {
        server 10.0.0.11:8000 weight=3;
        server 10.0.0.12:8000;
        server 10.0.0.13:8000 backup;
    }
    server {
        listen 443 ssl;
        server_name shop.example.com;
        ssl_certificate /etc/ssl/shop.pem;
        location /static/ { root /var/www; expires 30d; }
    }
    server {
        listen 80;
        server_name shop.example.com;
        return 301 https://$host$request_uri;
    }
}
"""


def test_a_line_that_opens_a_block_names_no_entry():
    document = ragzip.Document("nginx.conf", NGINX)
    kept = ragzip.compress([document], "Which server is the backup?", target_tokens=60, cache=False).text
    assert "server 10.0.0.13:8000 backup;" in kept
