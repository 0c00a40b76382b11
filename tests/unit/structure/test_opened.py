"""Records and classes that a small budget does not hold as a whole are opened: a value comes with what it is of."""

import json
import pickle
from dataclasses import replace

import pytest
import yaml
from shared_scores import SCORES

import ragzip
from ragzip.compressors.outline import outline, structured
from ragzip.text.structure import structure_of
from ragzip.types import Budget, Document, Segment

SERVICE = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels:
    app: {name}
spec:
  replicas: {replicas}
  template:
    spec:
      containers:
        - name: main
          image: registry.example/{name}:1.0
          ports:
            - containerPort: 8080
"""
SERVICES = "---\n".join(
    SERVICE.format(name=name, replicas=replicas) for name, replicas in (("web", 3), ("worker", 5), ("mailer", 1))
)
JOBS = {
    name: {"kind": "job", "meta": {"replicas": replicas, "image": f"registry.example/{name}:1.0", "port": 9000}}
    for name, replicas in (("web", 3), ("worker", 5), ("mailer", 1))
}
CACHE = """\
class Cache:
    def __init__(self, size):
        self.size = size
        self.data = {}

    def get(self, key):
        return self.data.get(key)

    def delete(self, key):
        self.data.pop(key, None)
"""
PLACES = {
    "results": [
        {
            "title": "Lighthouse of Ayr",
            "body": "The lighthouse stands on a rock at the mouth of the harbour. It was built in 1872 by Thomas Hale. "
            "Its lamp is lit by the harbour master every evening. In 1931 the lamp was changed to electric light. "
            "Visitors may climb the stairs on Sundays in summer.",
        },
        {
            "title": "Bridge of Doon",
            "body": "The bridge crosses the river in a single arch. Its stones came from the quarry nearby. "
            "The poet Burns wrote of it in 1790. Today it is open to walkers alone, and to no cart.",
        },
    ]
}
REPLICAS = "How many replicas does the worker have?"


def compressed(name, text, query, tokens):
    result = ragzip.compress(Document(name, text), query, target_tokens=tokens, cache=SCORES)
    assert result.stats.tokens_out <= tokens
    return result.text


@pytest.mark.parametrize("tokens", [25, 30, 50, 80])
def test_a_value_needs_the_name_of_its_document(tokens):
    documents = list(yaml.safe_load_all(compressed("a.yaml", SERVICES, REPLICAS, tokens)))
    replicas = {document["metadata"]["name"]: document["spec"].get("replicas") for document in documents}
    assert replicas["worker"] == 5


def test_a_value_needs_the_name_of_its_item():
    items = json.dumps({"items": list(yaml.safe_load_all(SERVICES))})
    kept = [item for item in json.loads(compressed("a.json", items, REPLICAS, 40))["items"] if isinstance(item, dict)]
    assert [(item["metadata"]["name"], item["spec"]["replicas"]) for item in kept] == [("worker", 5)]


@pytest.mark.parametrize("tokens", [20, 30, 40])
def test_a_nested_record_is_opened(tokens):
    kept = json.loads(compressed("a.json", json.dumps(JOBS), REPLICAS, tokens))
    assert kept["worker"]["meta"]["replicas"] == 5


def test_a_class_is_opened():
    text = compressed("a.py", CACHE, "How is a key deleted?", 50)
    assert text.startswith("class Cache:\n") and "def delete(self, key):\n        self.data.pop(key, None)" in text
    assert "__init__" not in text


def test_the_sentences_of_a_long_value_are_told_apart():
    kept = json.loads(compressed("a.json", json.dumps(PLACES), "When was the lamp changed to electric light?", 40))
    assert kept["results"][0]["title"] == "Lighthouse of Ayr"
    assert "In 1931 the lamp was changed to electric light." in kept["results"][0]["body"]


@pytest.mark.parametrize(("name", "text"), [("a.yaml", SERVICES), ("a.json", json.dumps(JOBS)), ("a.py", CACHE)])
def test_units_and_their_form_are_of_one_reading(name, text):
    segment = structured(Segment.whole(Document(name, text), 0), Budget(len, max_tokens=60))
    segment = pickle.loads(pickle.dumps(segment))
    opened = structure_of(text, "text/plain", name, longest_unit=segment.form.longest_unit)
    assert len(opened.units) > len(structure_of(text, "text/plain", name).units)
    spans = outline(segment, Budget(len)).spans
    assert spans == tuple(unit.span for unit in opened.units)
    kept = segment.keep([spans[-1]])
    spans_of_coarse = outline(kept, Budget(len)).spans
    assert kept.text and len(spans_of_coarse) == 1


@pytest.mark.parametrize(("name", "text"), [("a.yaml", SERVICES), ("a.py", CACHE)])
def test_what_just_fits_is_kept_whole(name, text):
    document = Document(name, text)
    whole_units = structure_of(text, "text/plain", name).units
    longest = max(whole_units, key=lambda unit: unit.end - unit.start)
    counted = Segment.whole(document, 0)
    written = replace(counted, form=structure_of(text, "text/plain", name).form).keep([longest.span]).text
    assert outline(structured(counted, Budget(len, max_tokens=len(written))), Budget(len)).spans == tuple(
        unit.span for unit in whole_units
    )
    opened = outline(structured(counted, Budget(len, max_tokens=len(written) - 1)), Budget(len)).spans
    assert len(opened) > len(whole_units)


def test_a_large_budget_keeps_records_whole():
    text = compressed("a.json", json.dumps(PLACES), "When was the lamp changed to electric light?", 400)
    assert json.loads(text)["results"][0] == PLACES["results"][0]


def plist(*pairs):
    values = "".join(f"  <key>{key}</key>\n  {value}\n" for key, value in pairs)
    return f'<?xml version="1.0"?>\n<plist version="1.0">\n<dict>\n{values}</dict>\n</plist>\n'


ARGUMENTS = "".join(f"<string>--exclude=/srv/data/part{number}</string>" for number in range(12))
AGENT = plist(
    ("Label", "<string>org.example.backup</string>"),
    ("StartInterval", "<integer>3600</integer>"),
    ("ExitTimeOut", "<integer>20</integer>"),
    ("RunAtLoad", "<true/>"),
    ("ProgramArguments", f"<array>{ARGUMENTS}</array>"),
    ("EnvironmentVariables", "<dict><key>PATH</key><string>/usr/bin</string><key>LANG</key><string>C</string></dict>"),
)
SETTINGS = "".join(
    f"<setting>{name}</setting><value>{value}</value>"
    for name, value in (
        ("host", "a.example"),
        ("timeout", "30"),
        ("retries", "5"),
        ("port", "8080"),
        ("mode", "strict"),
    )
)
TERMS = (
    "<list><dt>boom</dt><dd>The spar along the foot.</dd><dd>Of wood.</dd><dt>gaff</dt><dd>The upper spar.</dd></list>"
)


def units_of(name, text):
    units = structure_of(text, "text/plain", name).units
    return {"".join(text[unit.start : unit.end].split("\n  ")): unit for unit in units}


def test_a_key_and_its_value_are_one_unit():
    units = units_of("a.plist", AGENT)
    assert units["<key>ExitTimeOut</key><integer>20</integer>"].reading.endswith("ExitTimeOut (exit time out): 20")
    assert units["<key>RunAtLoad</key><true/>"].reading.endswith("true")
    assert list(units_of("a.xml", f"<config>{SETTINGS}</config>"))[1] == "<setting>timeout</setting><value>30</value>"
    terms = list(units_of("a.xml", TERMS))  # behind the place for the sign of what was left out
    assert terms[1] == "<dt>boom</dt><dd>The spar along the foot.</dd><dd>Of wood.</dd>"


def test_what_is_in_a_long_value_needs_its_key():
    units = list(units_of("a.plist", AGENT).items())
    key = next(number for number, (text, _) in enumerate(units) if text == "<key>ProgramArguments</key>")
    value = dict(units)["<string>--exclude=/srv/data/part7</string>"]
    assert value.relation.needs == (key,) and "ProgramArguments" in value.reading
    assert units[key][1].relation.section.start > units[key][1].end  # the key comes only with something of it


def test_values_stand_under_their_own_keys():
    text = compressed("a.plist", AGENT, "Is part7 excluded?", 80)
    assert "<key>ProgramArguments</key><array><string>--exclude=/srv/data/part7</string>" in text
    text = compressed("a.xml", f"<config>{SETTINGS}</config>", "What is the timeout?", 20)
    assert "<setting>timeout</setting><value>30</value>" in text


@pytest.mark.parametrize(
    "children",
    [
        "<name>Ann</name><age>30</age><town>Ayr</town><score>7</score>",  # members of one record
        "<key>a</key><key>b</key><value>1</value><key>c</key>",
        "<b>x</b><c>1</c><b>y</b><c>2</c>",
    ],
)
def test_other_elements_are_no_keys(children):
    units = units_of("a.xml", f"<all><other>{'x' * 70}</other><rest>{children}</rest></all>")
    assert not any("</key><value>" in text or "</b><c>" in text for text in units if "<rest>" not in text)


BODY = """\
  let e = d.filter(full_age);
  let f = count(e);
  let fit = lm(f, "age");
  let z = fit.coef(0);
  let w = z * 2 + fit.r2 - 17;
"""
FUNCTIONS = {
    "a.py": "def catch_curve(d, plus_group=12):\n"
    + BODY.replace("  let", "    x =").replace(";", "")
    + "    return w\n",
    "a.js": "function catch_curve(d, plus_group = 12) {\n" + BODY + "  return w;\n}\n",
    "a.rs": "pub fn catch_curve(d: &Data, plus_group: u8) -> f64 {\n" + BODY + "  w\n}\n",
    "a.go": "package a\n\nfunc catch_curve(d Data, plus_group int) float64 {\n" + BODY + "  return w\n}\n",
    "a.R": "catch_curve <- function(d, plus_group = 12) {\n" + BODY.replace("let ", "").replace("=", "<-") + "  w\n}\n",
    "a.cpp": "class Curve {\n public:\n  double catch_curve(int d, int plus_group = 12) {\n"
    + BODY
    + "  return w;\n  }\n};\n",
    "a.swift": "struct Curve {\n  func catch_curve(_ d: Data, plus_group: Int = 12) -> Double {\n"
    + BODY
    + "  return w\n  }\n}\n",
    "a.rb": "class Curve\n  def catch_curve(d, plus_group: 12)\n"
    + BODY.replace("  let ", "    ")
    + "    w\n  end\nend\n",
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_larger_than_the_budget_says_how_it_is_called(name):
    """It was left out, where a small one beside it fitted."""
    document = ragzip.Document(name, FUNCTIONS[name])
    text = ragzip.compress(document, "Which arguments does catch_curve take?", target_tokens=45, cache=SCORES).text
    assert "catch_curve" in text and "plus_group" in text and "z * 2" not in text
    assert "…" in text or "..." in text
    assert text.count("{") == text.count("}")


RIS = "".join(
    f"TY  - JOUR\nAU  - {author}\nTI  - {title}\nJO  - {journal}\nPY  - {year}\nVL  - 7\nDO  - 10.1/{year}.7\nER  -\n\n"
    for author, title, journal, year in [
        ("Berg, N", "Melt of the fjord ice", "Polar Notes", 2011),
        ("Okafor, A", "Salt and brine", "Sea Letters", 2014),
        ("Diaz, A", "Tides of the north", "J Coast", 2017),
    ]
)


def test_lines_of_an_opened_record_are_read_with_it():
    structure = structure_of(RIS, "text/plain", "0", longest_unit=40)
    (reading,) = (unit.reading for unit in structure.units if RIS[slice(*unit.span)] == "JO  - Sea Letters")
    assert "Okafor, A" in reading and "Salt and brine" in reading and "Berg" not in reading
    text = ragzip.compress(RIS, "In which journal did Okafor publish on brine?", target_tokens=42, cache=SCORES).text
    assert "Okafor" in text and "Berg" not in text and "Diaz" not in text


ISSUES = json.dumps(
    [
        {"number": 812, "title": "Dark mode flickers", "state": "open", "user": {"login": "pia"},
         "assignee": {"login": "okada"}, "labels": [{"name": "ui"}], "comments": 3},
        {"number": 815, "title": "Crash on startup with empty config", "state": "open", "user": {"login": "rjs"},
         "assignee": {"login": "mwolf"}, "labels": [{"name": "bug"}, {"name": "p1"}], "comments": 12},
        {"number": 819, "title": "Docs: typo in README", "state": "closed", "user": {"login": "lee"},
         "assignee": None, "labels": [], "comments": 0},
    ],
    indent=2,
)  # fmt: skip


@pytest.mark.parametrize("tokens", [40, 54, 56, 58, 59, 60, 61, 62, 63, 64, 70])
@pytest.mark.parametrize(("name", "text"), [("a.json", ISSUES), ("a.yaml", yaml.safe_dump(json.loads(ISSUES)))])
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_a_record_is_opened_that_is_larger_than_the_budget_by_a_little(name, text, tokens, compressor):
    query = "Who is assigned to the crash on startup?"
    document = ragzip.Document(name, text)
    kept_text = ragzip.compress(document, query, target_tokens=tokens, compressor=compressor, cache=SCORES).text
    assert "mwolf" in kept_text and "okada" not in kept_text
