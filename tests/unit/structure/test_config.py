"""Settings: a key under the header of its section; what is kept can be loaded, and says what the file says."""

import configparser
import random
import tomllib
from pathlib import Path

import pytest

import ragzip
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats.config import read, recognises

ROOT = Path(__file__).parents[3]
PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
INI = """\
; of all machines
[database]
host = db.local
# the port of the replica
port = 5433
paths = /var/a
    /var/b

[cache]
host = cache.local
ttl = 300
"""


def included(part, whole):
    """Whether all values of ``part`` stand in ``whole`` at the same keys; lists of tables may have lost some."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and included(part[key], whole[key]) for key in part)
    if isinstance(part, list) and part and isinstance(part[0], dict):
        return all(any(included(item, other) for other in whole) for item in part)
    return part == whole


@pytest.mark.parametrize("query", ["Which extras are there for torch?", "line length of ruff", "the licence", None])
@pytest.mark.parametrize("tokens", [30, 80, 200, 600])
def test_kept_toml_loads_and_says_the_same(query, tokens):
    document = ragzip.Document("pyproject.toml", PROJECT)
    result = ragzip.compress(document, query, target_tokens=tokens, compressor="extractive/bm25")
    assert result.stats.tokens_out <= tokens
    assert included(tomllib.loads(result.text), tomllib.loads(PROJECT))


def test_any_choice_of_settings_loads():
    structure = read(PROJECT)
    rng = random.Random(7)
    for _ in range(60):
        chosen = [unit for unit in structure.units if unit.relation.section is None and rng.random() < 0.2]
        needed = [structure.units[need].span for unit in chosen for need in unit.relation.needs]
        spans = [unit.span for unit in chosen] + needed
        written = structure.form.keep(spans, [(0, len(PROJECT))])
        if written is not None:
            assert included(tomllib.loads(written.text), tomllib.loads(PROJECT))


def test_a_setting_comes_with_its_header_and_comment():
    result = ragzip.compress(ragzip.Document("app.ini", INI), "Which port?", target_tokens=20, compressor="bm25")
    assert result.text == "; of all machines\n[database]\n# the port of the replica\nport = 5433"
    parser = configparser.ConfigParser()
    parser.read_string(result.text)
    assert parser["database"]["port"] == "5433"


def test_further_lines_belong_to_their_setting():
    units = [INI[unit.start : unit.end] for unit in read(INI).units]
    assert "paths = /var/a\n    /var/b" in units and "; of all machines\n[database]" in units


@pytest.mark.parametrize(("name", "kind"), [("0", "config"), ("a.ini", "config"), ("a.txt", "config")])
def test_settings_are_known(name, kind):
    assert structure_of(INI, "text/plain", name).kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "Dear Anna,\n\nx = 3 is right. [See the note.]\n\nYours,\nBen",
        "# Title\n\n- [link](a)\n- b = 2\n\nSome text follows here.",
        "[1] A. Author: A paper. 2001.\n[2] B. Author: Another paper. 2002.\n[3] C. Author: A third. 2003.",
        "[Anna enters.]\nANNA: Who is there?\nBEN: It is me = Ben.\nANNA: Come in.",
        "x = [1, 2]\ny = x[0]\nz = y + 1\nprint(z)\n",
        "",
    ],
)
def test_other_texts_are_no_settings(text):
    assert not recognises(text)


def test_odd_texts_do_not_break_it():
    for text in (
        "=",
        "[",
        "[]",
        "a=",
        "[a]\n" * 50,
        'a = """\n' + "x\n" * 50,
        "a = [\n" * 50,
        "[a]\r\nb=1\r\n",
        "\n" * 9,
    ):
        structure = read(text)
        assert structure is None or all(0 <= unit.start < unit.end <= len(text) for unit in structure.units)


def test_lines_of_a_long_value_come_with_what_opens_and_closes_it():
    text = "[a]\nnames = [\n" + "".join(f'  "name {number}",\n' for number in range(40)) + "]\nb = 1\n"
    for tokens in (30, 60, 120):
        result = ragzip.compress(ragzip.Document("a.toml", text), "name 17", target_tokens=tokens, compressor="bm25")
        assert "name 17" in tomllib.loads(result.text)["a"]["names"]


PROPERTIES = """\
app.timeout=30
greeting=Hello \\
    dear \\
    customer
farewell=Good \\
bye
mail.host = smtp.example
mail.timeout: 10
! comment
url=http\\://x.example/a
pattern=x[^a
last=1
"""
ENVIRONMENT = """\
A=1
MULTI="line one
line \\" two"  # as it is sent
KEY='-----BEGIN KEY-----
abc
-----END KEY-----'
OPEN="never closed
PORT="8080"
HOST=x.example
"""


def values_of(name, text):
    structure = structure_of(text, "text/plain", name)
    assert structure.kind == "config"
    return [text[unit.start : unit.end] for unit in structure.units]


def test_properties_have_lines_that_go_on():
    assert values_of("app.properties", PROPERTIES) == [
        "app.timeout=30",
        "greeting=Hello \\\n    dear \\\n    customer",
        "farewell=Good \\\nbye",
        "mail.host = smtp.example",
        "mail.timeout: 10",
        "! comment\nurl=http\\://x.example/a",
        "pattern=x[^a",
        "last=1",
    ]
    document = ragzip.Document("app.properties", PROPERTIES)
    text = ragzip.compress(document, "What is the mail timeout?", target_tokens=15, cache=False).text
    assert "mail.timeout: 10" in text and "dear" not in text


@pytest.mark.parametrize("name", [".env", "prod.env", "app/.env.local"])
def test_values_in_quotes_go_over_several_lines(name):
    assert values_of(name, ENVIRONMENT) == [
        "A=1",
        'MULTI="line one\nline \\" two"  # as it is sent',
        "KEY='-----BEGIN KEY-----\nabc\n-----END KEY-----'",
        'OPEN="never closed',
        'PORT="8080"',
        "HOST=x.example",
    ]


def test_settings_that_stand_equally_far_in_are_settings_each():
    text = "[user]\n\tname = Ann\n\temail = ann@x.example\n[core]\n\teditor = vi\n"
    assert values_of("a.cfg", text) == [
        "[user]", "name = Ann", "email = ann@x.example", "[core]", "editor = vi",
    ]  # fmt: skip


UNITS = "\n".join(
    f"# /etc/systemd/system/{name}.service\n[Unit]\nDescription={what}\n\n[Service]\nUser={name}\nMemoryMax={limit}\n"
    for name, what, limit in [
        ("ingest", "Sensor ingest", "512M"),
        ("tiles", "Map tile server", "4G"),
        ("mail", "Mail", "1G"),
    ]
)
STATIONS = "\n".join(
    f'[[station]]\nid = "ST-{number}"\nname = "{name}"\n[station.alarm]\nhigh_cm = {high}\nlow_cm = {low}\n'
    for number, (name, high, low) in enumerate([("Bergen", 310, 12), ("Vardø", 355, 9), ("Bodø", 333, 14)])
)


@pytest.mark.parametrize("tokens", [40, 60, 80, 120])
def test_a_setting_comes_with_what_names_its_record(tokens):
    text = ragzip.compress(UNITS, "What is the memory limit of the map tile server?", target_tokens=tokens).text
    assert "MemoryMax=4G" in text
    for record in text.split("# /etc/systemd/system/")[1:]:
        assert record.count("MemoryMax=") <= 1
    assert text.startswith("# /etc/systemd/system/")
    document = ragzip.Document("stations.toml", STATIONS)
    text = ragzip.compress(document, "How high is the high alarm of Vardø?", target_tokens=tokens).text
    stations = {station["name"]: station.get("alarm", {}) for station in tomllib.loads(text)["station"]}
    all_alarms = {station["name"]: station["alarm"] for station in tomllib.loads(STATIONS)["station"]}
    assert stations["Vardø"]["high_cm"] == 355
    assert all(alarm.items() <= all_alarms[name].items() for name, alarm in stations.items())


def test_parts_of_records_are_read_with_their_names():
    readings = [unit.reading for unit in read(STATIONS).units if unit.reading]
    assert any("Vardø" in reading and "high_cm = 355" in reading for reading in readings)
    units = read(UNITS).units
    for unit in units:
        if unit.reading and "MemoryMax" in unit.reading:
            assert UNITS[slice(*units[unit.relation.needs[0]].span)].startswith("# /etc/systemd")


def test_settings_in_blocks_are_none_of_these():
    assert read("http {\n  server {\n    listen 80;\n  }\n}\n") is None
    assert read("<VirtualHost *:80>\n  ServerName a\n</VirtualHost>\n") is None


VARIABLES = """\
# How results are cached: off, lazy or eager
CACHE_MODE=lazy

DATABASE_POOL=5
# connections; 0 means as many as needed

export LANG="C.UTF-8"  # of all workers
"""
KERNEL = """\
net.ipv4.ip_forward = 0
# keep it low: swapping hurts latency
vm.swappiness = 10
net.core.somaxconn = 4096
"""
LEVELS = """\
[compression]
level = 6
# 1 is fastest, 9 is smallest and slowest

[retry]
attempts = 5
; waits double after every attempt
; up to a minute
[cache]
size = 10
# size = 20

"""


@pytest.mark.parametrize(
    ("source", "setting"),
    [
        (VARIABLES, "# How results are cached: off, lazy or eager\nCACHE_MODE=lazy"),
        (VARIABLES, "DATABASE_POOL=5\n# connections; 0 means as many as needed"),
        (VARIABLES, 'export LANG="C.UTF-8"  # of all workers'),
        (KERNEL, "# keep it low: swapping hurts latency\nvm.swappiness = 10"),
        (LEVELS, "level = 6\n# 1 is fastest, 9 is smallest and slowest"),
        (LEVELS, "; waits double after every attempt\n; up to a minute\n[cache]"),
        (LEVELS, "size = 10"),
    ],
)
def test_a_setting_comes_with_the_comment_that_explains_it(source, setting):
    structure = structure_of(source, "", "")
    assert structure.kind == "config"
    assert setting in [source[slice(*unit.span)] for unit in structure.units]


@pytest.mark.parametrize(
    "text",
    [
        "# Sums\n\nA=1 and B=2.\nC=3 is the rest.\nThat is all.\n",
        "E=mc2\nF=ma\nThese are laws.\n",
        "The values:\nx.y = 1\nx.z = 2\n",
    ],
)
def test_prose_with_equations_is_no_list_of_variables(text):
    assert structure_of(text, "", "").kind != "config"


def test_sections_with_dots_in_their_names_are_no_files():
    text = (
        '[tool.poetry]\nname = "ledger"\nversion = "3.2.0"\n\n[tool.ruff]\nline-length = 110\n\n[tool.ruff.lint]\n'
        'select = ["E"]\nignore = ["E501"]\n\n[tool.pytest.ini_options]\ntestpaths = ["tests"]\ntimeout = 30\n'
    )
    assert structure_of(text, "text/plain", "doc").kind == "config"
    kept = ragzip.compress(text, "test timeout", target_tokens=40, compressor="extractive/bm25", cache=False).text
    assert "timeout = 30" in kept and "ruff" not in kept
