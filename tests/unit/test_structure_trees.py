"""JSON, XML and YAML: what is kept parses, and holds values of the source at their paths."""

import json
import random
import re
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import yaml

from ragzip.text.structure import structure_of

WORDS = ["attic", "cellar", "fault", "ok", "None", "44", "9.5", "true", "x\n\ny", "Zoë", "日本", "a:b", "-1", "#c", "&"]
WORDS += ["<b>", '"q"', "'{[,", "C:\\temp"]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
KEYS = ["id", "name", "status", "tempC", "rooms_list", "a-b", "sub.key", "Größe", "note"]
MARK = re.compile(r"… \d+ of \d+ items left out")


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
    return map(Draw, range(1000 if at_length else 100))


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
        values = [draw.container() for _ in range(draw.randint(2, 6))]
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
    others = iter(full)
    return all(word in words for word in (kept.text or "").split()) and all(
        any(in_order(child, other) for other in others) for child in kept
    )


def test_kept_xml_is_well_formed_and_in_place(at_length):
    for draw in draws(at_length):
        source = '<?xml version="1.0" encoding="UTF-8"?>' + to_xml({"a": draw.container(), "b": draw.container()})
        structure = structure_of(source, "application/xml", "0")
        assert structure.kind == "xml"
        for text in kept_texts(draw, structure, source):
            assert in_order(ElementTree.fromstring(text), ElementTree.fromstring(source)), (text, source)


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
