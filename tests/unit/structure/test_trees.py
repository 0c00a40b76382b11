"""JSON, XML and YAML: what is kept parses, and holds values of the source at their paths."""

import json
import random
import re
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import pytest
import yaml

import ragzip
from ragzip.text.structure import structure_of

WORDS = ["attic", "cellar", "fault", "ok", "None", "44", "9.5", "true", "x\n\ny", "Zoë", "日本", "a:b", "-1", "#c", "&"]
WORDS += ["<b>", '"q"', "'{[,", "C:\\temp"]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
KEYS = ["id", "name", "status", "tempC", "rooms_list", "a-b", "sub.key", "Größe", "note"]
MARK = re.compile(r"…(?: \d+ of \d+ (?:items|elements) left out)?")


class Draw(random.Random):
    """Values drawn from a seed."""

    def text(self, most=6):
        return " ".join(self.choices(WORDS, k=self.randint(0, most)))

    def scalar(self):
        kind = self.randint(0, 9)
        if kind == 9:
            return ". ".join(self.text() for _ in range(50))
        return [None, True, self.randint(-5, 10**6), self.uniform(-9, 9), "", [], {}, "ok", self.text()][kind]

    def value(self, depth=4):
        kind = self.randint(0, 4) if depth else 9
        if kind < 2:
            return {self.choice(KEYS): self.value(depth - 1) for _ in range(self.randint(0, 5))}
        if kind == 2:
            return [self.value(depth - 1) for _ in range(self.randint(0, 6))]
        if kind == 3:
            return [
                {"id": n, "name": self.text(), "sensor": None, "x": self.scalar()} for n in range(self.randint(1, 12))
            ]
        return self.scalar()

    def container(self):
        value = self.value()
        return value if isinstance(value, (dict, list)) and value else {"rooms": [value, value], "id": self.value()}


def draws(at_length):
    """Of each generated input, what to draw it from."""
    return map(Draw, range(1000 if at_length else 20))


def is_part(kept, full):
    """Whether ``kept`` holds nothing but values of ``full`` at their paths, in order."""
    if isinstance(kept, dict) and isinstance(full, dict):
        return all(key in full and is_part(value, full[key]) for key, value in kept.items())
    if isinstance(kept, list) and isinstance(full, list):
        items = iter(full)
        kept = [item for item in kept if not (isinstance(item, str) and MARK.fullmatch(item))]
        return all(any(is_part(item, other) for other in items) for item in kept)
    if isinstance(kept, str) and isinstance(full, str):
        words = iter(full.split())
        return kept == full or (len(full) > 300 and all(word in words for word in kept.split()))
    return kept == full or kept != kept


def kept_texts(draw, structure, source):
    """Texts of drawn units with what they need, with and without the marks of lists; spans are checked."""
    units = structure.units
    last_end = 0
    for unit in units:
        assert last_end <= unit.start < unit.end
        assert source[unit.start : unit.end].strip() == source[unit.start : unit.end]
        last_end = unit.end
    for share in (1, 2, 3, 8):
        chosen = {number for number in range(len(units)) if draw.randint(1, share) == 1}
        needed = {need for number in chosen for need in units[number].relation.needs}
        for marked in (False, True):
            spans = [units[n].span for n in chosen | needed if marked or units[n].relation.section is None]
            written = structure.form.keep(spans, [(0, len(source))])
            for (start, end), offset in zip(written.spans, written.offsets, strict=True):
                assert written.text[offset : offset + end - start] == source[start:end]
            again = structure.form.keep([(0, len(source))], written.held)
            assert again.text == written.text
            if written.text:
                yield written.text


def test_kept_json_parses_and_has_values_at_their_paths(at_length):
    for draw in draws(at_length):
        value = draw.container()
        source = json.dumps(value, indent=draw.choice([None, 2, "\t"]), ensure_ascii=draw.random() < 0.5)
        structure = structure_of(source, "application/json", "0")
        assert structure.kind == "json"
        for text in kept_texts(draw, structure, source):
            assert is_part(json.loads(text), value), (text, source)


def test_kept_json_lines_parse(at_length):
    for draw in draws(at_length):
        values = [draw.container() for _ in range(2)]
        source = "\n".join(map(json.dumps, values))
        structure = structure_of(source, "application/x-ndjson", "0")
        assert structure.kind == "json"
        for text in kept_texts(draw, structure, source):
            assert is_part([json.loads(line) for line in text.split("\n")], values), (text, source)


def to_xml(value, tag="root", depth=0):
    """A value as XML, some of it as attributes."""
    tag = re.sub(r"\W", "_", tag)
    if isinstance(value, dict):
        attributes = "".join(
            f" {re.sub(chr(92) + 'W', '_', key)}={quoteattr(str(v))}" for key, v in value.items() if key == "id"
        )
        inner = "".join(to_xml(v, key, depth + 1) for key, v in value.items() if key != "id")
        return f"\n{' ' * depth}<{tag}{attributes}>{inner}</{tag}>"
    if isinstance(value, list):
        return f"<{tag}>{''.join(to_xml(item, 'item', depth + 1) for item in value)}</{tag}>"
    if value == "ok":
        return f"<{tag}>text <b>ok</b> <i>and</i> more</{tag}>"
    return f"<{tag}/>" if value is None else f"<{tag}>{escape(str(value))}</{tag}>"


def in_order(kept, full):
    """Whether all of ``kept``, an element, is in ``full``, in order."""
    if kept.tag != full.tag or kept.attrib != full.attrib:
        return False
    words = iter((full.text or "").split())
    remaining_items = iter(full)
    return all(word in words for word in (kept.text or "").split()) and all(
        any(in_order(child, other) for other in remaining_items) for child in kept
    )


def test_kept_xml_is_well_formed_and_in_place(at_length):
    for draw in draws(at_length):
        source = '<?xml version="1.0" encoding="UTF-8"?>' + to_xml({"a": draw.container(), "b": draw.container()})
        structure = structure_of(source, "application/xml", "0")
        assert structure.kind == "xml"
        for text in kept_texts(draw, structure, source):
            assert in_order(ElementTree.fromstring(text), ElementTree.fromstring(source)), (text, source)


def mixed_xml(draw):
    """An article with text beside its elements."""
    parts = [
        lambda: escape(draw.text(12)) + draw.choice([" ", "\n", ". Next one. "]),
        lambda: f"<b>{escape(draw.text(2))}</b>",
        lambda: f"\n<p>{escape(draw.text(8))}</p>\n",
        lambda: f"<!-- {draw.randint(0, 9)} & <p> -->",
        lambda: f"<![CDATA[{draw.text(3)} && a < b]]>",
        lambda: "<br/>",
    ]
    body = "".join(draw.choice(parts)() for _ in range(draw.randint(20, 60)))
    return f'<!DOCTYPE article [<!ATTLIST p id ID #IMPLIED>]>\n<article lang="en">{body}</article>'


def test_kept_xml_with_text_beside_elements_is_well_formed(at_length):
    for draw in draws(at_length):
        source = mixed_xml(draw)
        structure = structure_of(source, "application/xml", "0")
        assert structure.kind == "xml", source
        for text in kept_texts(draw, structure, source):
            kept, full = (" ".join(ElementTree.fromstring(xml).itertext()) for xml in (text, source))
            words = iter("".join(full.split()))
            assert all(word in words for word in "".join(kept.split())), (text, source)


def test_kept_yaml_loads_and_has_values_at_their_paths(at_length):
    kinds = set()
    for draw in draws(at_length):
        source = yaml.dump(
            draw.container(),
            indent=draw.choice([2, 4]),
            allow_unicode=draw.random() < 0.5,
            default_style=draw.choice([None, None, "|", '"']),
            default_flow_style=False,
            sort_keys=False,
            Dumper=DUMPER,
        )
        structure = structure_of(source, "application/yaml", "0")
        kinds.add(structure.kind)
        full = yaml.load(source, LOADER)
        if structure.kind == "yaml":
            for text in kept_texts(draw, structure, source):
                assert is_part(yaml.load(text, LOADER), full), (text, source)
    assert "yaml" in kinds


ROOMS = [
    {"id": 0, "name": "hall", "sensor": None, "note": None, "tempC": 21},
    {"id": 1, "name": "attic", "sensor": "T-14", "note": None, "tempC": 44},
]
XXE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd"><!ENTITY c "&b;&b;">]><a><x>&c;</x><y>1</y></a>'
K8S = """kind: Deployment
spec:
  replicas: 3  # at night 1
  containers:
    - name: web
      image: web:1.8.2
      resources: {limits: {memory: 512Mi}}
    - name: sidecar
      image: proxy:0.9
      resources: {limits: {memory: 64Mi}}
---
kind: Service
spec:
  ports: [80, 443]
"""


def readings(source, name):
    return [unit.reading for unit in structure_of(source, "text/plain", name).units]


def test_readings_have_path_and_members():
    assert readings(json.dumps({"house": {"rooms": ROOMS}}), "r.json") == [
        "[",
        "house rooms id: 0, name: hall, sensor: none, note: none, tempC (temp c): 21",
        "house rooms id: 1, name: attic, sensor: T-14, note: none, tempC (temp c): 44",
        "]",
    ]
    assert readings("<orders><order id='7'><by>Ek</by></order><order/></orders>", "o.xml")[:2] == [
        "[",
        "orders order id: 7, by: Ek",
    ]
    assert readings(K8S.split("---")[0], "k.yaml")[1:3] == [
        "spec replicas: 3 (at night 1)",
        "]",  # the first dash stands for what is left out
    ]


def test_a_member_of_a_long_record_needs_the_name_of_the_record():
    issues = [{"state": "open", "title": f"Crash {n}", "body": f"It crashes {n}. " * 30} for n in range(3)]
    structure = structure_of(json.dumps(issues), "text/plain", "i.json")
    state, title = structure.units[1:3]
    assert title.reading == "(Crash 0) title: Crash 0" and not title.relation.needs
    assert state.reading == "(Crash 0) state: open" and state.relation.needs == (2,)
    result = ragzip.compress(
        ragzip.Document("i.json", json.dumps(issues)), "crashes 2", target_tokens=40, compressor="extractive/bm25"
    )
    assert json.loads(result.text)[0]["title"] == "Crash 2"


def test_columns_without_values_and_blobs_are_noise_but_a_missing_value_is_not():
    structure = structure_of(json.dumps(ROOMS), "text/plain", "0")
    kept = json.loads(structure.form.keep([unit.span for unit in structure.units], [(0, 10**6)]).text)
    assert kept == [{key: value for key, value in room.items() if key != "note"} for room in ROOMS]
    long = {"a": "QUJD" * 100, "b": 1}
    assert readings(json.dumps([long, long]), "0")[:2] == ["[", "(1) b: 1"]


def test_a_list_says_how_many_items_were_left_out():
    for source, name, mark, short_mark in [
        (json.dumps(ROOMS * 3), "r.json", '"… 5 of 6 items left out"]', ',"…"]'),
        (f"<a>{'<b><c>1</c></b>' * 6}</a>", "r.xml", "<!-- … 5 of 6 elements left out --></a>", "<!-- … --></a>"),
        ("- a: 1\n- b: 2\n" * 3, "r.yaml", "\n# … 5 of 6 items left out", ""),
    ]:
        structure = structure_of(source, "text/plain", name)
        marks = [unit for unit in structure.units if unit.relation.section is not None]
        items = [unit for unit in structure.units if unit.relation.section is None]
        kept = structure.form.keep([items[2].span, *(unit.span for unit in marks)], [(0, len(source))]).text
        assert kept.endswith(mark) and kept != source and len(marks) == 1 + bool(short_mark)
        kept = structure.form.keep([items[2].span, marks[0].span], [(0, len(source))]).text
        assert kept.endswith(short_mark) and ("left out" in kept) == (not short_mark)
        assert "left out" not in structure.form.keep([items[2].span], [(0, len(source))]).text
        assert "left out" not in structure.form.keep([(0, len(source))], [(0, len(source))]).text


def test_a_small_budget_has_a_short_mark():
    orders = json.dumps([{"id": n, "city": ["Leeds", "York"][n % 2], "total": n * 7} for n in range(30)])
    kept = {
        tokens: ragzip.compress(
            ragzip.Document("o.json", orders), "total of id 17", target_tokens=tokens, compressor="extractive/bm25"
        ).text
        for tokens in (17, 20, 40)
    }
    order = '{"id":17, "city": "York", "total":119}'
    assert kept == {17: f"[{order}]", 20: f'[{order},"…"]', 40: f'[{order},"… 29 of 30 items left out"]'}


def test_a_label_names_a_record():
    jobs = "jobs:\n" + "".join(
        f"  job{n}:\n    runs-on: machine{n}\n    strategy:\n      matrix:\n        python: [3.{n}, 3.{n + 1}]\n"
        "    steps:\n" + "      - run: make all targets\n" * 20
        for n in range(3)
    )
    document = ragzip.Document("ci.yml", jobs)
    kept = ragzip.compress(document, "Which python has job2?", target_tokens=40, compressor="extractive/bm25")
    assert kept.text.startswith("jobs:\n  job2:\n") and "python: [3.2, 3.3]" in kept.text
    python = next(unit for unit in structure_of(jobs, "", "ci.yml").units if "python: 3.2" in unit.reading)
    assert not python.relation.needs


LOADS = {
    "json": json.loads,
    "yaml": lambda text: list(yaml.load_all(text, LOADER)),
    "xml": ElementTree.fromstring,
}


@pytest.mark.parametrize(
    ("source", "name"),
    [(json.dumps(ROOMS * 9, indent=2), "r.json"), (K8S * 3, "k.yaml"), (to_xml({"a": ROOMS * 9}), "r.xml")],
)
@pytest.mark.parametrize("budget", [10, 25, 60, 120, None])
def test_budgets_hold_and_what_is_kept_parses(source, name, budget):
    document = ragzip.Document(name, source)
    result = ragzip.compress(
        document,
        "How warm is the attic? What image has the sidecar?",
        target_tokens=budget,
        compressor="extractive/bm25",
    )
    assert budget is None or result.stats.tokens_out <= budget
    if result.text:
        LOADS[name[2:]](result.text)
    for citation in result.citations():
        assert result.text[citation.start : citation.end] == source[citation.source_start : citation.source_end]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "{",
        "[1]",
        "[note] It rained, as ever.",
        "{curly} braces are no JSON: {}",
        '"a string"',
        "Dear Ann,\nthe plan: as agreed.\nDate: Monday\nYours, Bo",
        "Subject: Rain\nFrom: ann@example.org\nTo: bo@example.org\n\nIt rains.",
        "---\ntitle: Rain\ntags: [a]\n---\n\n# Rain\n\nIt rains, as ever.",
        "# Title\n\n- one\n- two: and more\n\nText.",
        "Ann: Hello.\nBo: Hi!\nAnn: It rains.\nBo: As ever.",
        "<p>It rains.</p> And <b>more</b>",
        "<html><body><p>It rains.</p></body></html>",
        "<!DOCTYPE html><html><head><title>a</title></head><body/></html>",
        "a < b and c > d",
        "Überschrift:\n  Der Regen kommt: bald.\n  Und geht: nie.\n",
        "[" * 100_000,
        '{"a":' * 50_000 + "1" + "}" * 50_000,
        "<a>" * 5_000 + "</a>" * 5_000,
        XXE,
    ],
)
def test_what_is_not_surely_a_tree_is_none(source):
    assert structure_of(source, "text/plain", "0").kind not in ("json", "yaml", "xml")


@pytest.mark.parametrize("mime", ["application/json", "application/yaml", "application/xml"])
@pytest.mark.parametrize(
    "source",
    [
        "",
        "[" * 5000,
        "a: [",
        XXE,
        "- " * 5000 + "a",
        "&a [*a]",
        "a: &b\n  c: *b",
        "\x01: 1",
        "? [a]\n: b",
        "%YAML 1.1\n---\na: 1",
    ],
)
def test_what_does_not_load_is_prose(mime, source):
    assert structure_of(source, mime, "0").kind == "prose"


def test_used_anchors_come_with_what_uses_them():
    source = "base: &b\n  x: 1\n  y: 2\nlist: &l [1, 2]\ndev:\n  <<: *b\n  z: *l\nother: 5\n"
    structure = structure_of(source, "application/yaml", "0")
    user = next(unit for unit in structure.units if "z" in unit.reading)
    needs = [structure.units[number].span for number in user.relation.needs]
    kept = yaml.load(structure.form.keep([user.span, *needs], [(0, len(source))]).text, LOADER)
    assert kept["dev"]["z"] == [1, 2] and "other" not in kept
