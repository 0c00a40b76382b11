"""Whether what is kept of JSON, XML, CSV and code parses: files of this Python and its packages, and generated ones."""

import ast
import csv
import io
import json
import random
import sysconfig
from collections import Counter, defaultdict
from pathlib import Path
from xml.etree import ElementTree

from common import SEED

import ragzip

RATES = (0.05, 0.15, 0.3, 0.5, 0.8)
FORMATS = {
    "json": "application/json", "jsonl": "application/x-ndjson", "xml": "application/xml", "csv": "text/csv",
    "py": "text/x-python",
}  # fmt: skip
MAX_CHARACTERS = 40_000
GENERATED = 1000  # texts of each format
COMPRESSOR = "extractive/bm25"
_WORDS = [
    "alpha", "beta", "gamma", "delta", "station", "mill", "water", "price", "region", "status", "error", "owner",
    "total", "pump", "valve", "Leeds", "York",
]  # fmt: skip
_VALUES = ("1", "f(x=[1,\n 2])", "'''a\nb: '''", "[n for n in (1, 2)]")


def well_formed(questions):
    """Outputs that parse, by format, of files and of generated texts."""
    rows = []
    for origin, texts in (("files", files(questions)), ("generated", generated(GENERATED))):
        for kind, sources in texts.items():
            row = {"origin": origin, "format": kind, "inputs": len(sources)} | parsed(kind, sources)
            print(row, flush=True)
            rows.append(row)
    return rows


def parsed(kind, sources):
    """Of the outputs at all rates those that parse, that are empty, and (of CSV) that have rows without the header."""
    counts = Counter()
    failures = []
    for number, (name, text) in enumerate(sources):
        query = " ".join(random.Random(SEED + number).choices(text.split(), k=3))[:80]
        for rate in RATES:
            try:
                kept = compressed(kind, text, query, rate)
                is_fine = not kept or parses(kind, kept, text)
            except Exception as error:  # none is to be raised: it is counted, and the benchmark goes on
                kept, is_fine = repr(error), False
            counts["outputs"] += 1
            counts["empty"] += not kept
            counts["parse"] += is_fine
            if not is_fine and len(failures) < 5:
                failures.append({"input": name, "rate": rate, "kept": kept[:300]})
    return {**counts, "share": round(counts["parse"] / max(1, counts["outputs"]), 4), "failures": failures}


def compressed(kind, text, query, rate):
    document = ragzip.Document("0", text, mime=FORMATS[kind])
    return ragzip.compress(document, query, rate=rate, compressor=COMPRESSOR, cache=False).text


def parses(kind, kept, source):
    """Whether a parser of the format takes what is kept, and, of a table, its rows are whole and the first is the
    header, where it has one (a row of names, without digits); or all its rows are there with the same columns.
    """
    try:
        if kind == "json":
            json.loads(kept)
        elif kind == "jsonl":
            [json.loads(line) for line in kept.split("\n") if line.strip()]
        elif kind == "xml":
            ElementTree.fromstring(kept)
        elif kind == "py":
            ast.parse(kept)
        else:
            delimiter = max(",;\t|", key=source.partition("\n")[0].count)
            rows, source_rows = (
                [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row] for text in (kept, source)
            )
            known_rows = set(map(tuple, source_rows))
            has_header = not any(character.isdigit() for character in "".join(source_rows[0]))
            are_whole = all(tuple(row) in known_rows for row in rows) and (not has_header or rows[0] == source_rows[0])
            return are_whole or has_whole_columns(rows, source_rows)
    except (ValueError, SyntaxError, csv.Error, ElementTree.ParseError, RecursionError):
        return False
    return True


def has_whole_columns(rows, source_rows):
    """Whether ``rows`` are all rows of the source, header included, cut to columns that the header names."""
    header = source_rows[0]
    if len(set(header)) < len(header) or not set(rows[0]) <= set(header):
        return False
    columns = [header.index(name) for name in rows[0]]
    return columns == sorted(columns) and rows == [[row[column] for column in columns] for row in source_rows]


def files(most):
    """Files of the standard library and the installed packages that parse themselves, by format."""
    folders = [Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib")]
    paths = defaultdict(list)
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix[1:] in FORMATS and "ragzip" not in path.parts:
                paths[path.suffix[1:]].append(path)
    texts = {}
    for kind, candidates in sorted(paths.items()):
        random.Random(SEED).shuffle(candidates)
        texts[kind] = []
        for path in candidates:
            text = _text(path)
            if text and parses(kind, text, text):
                texts[kind].append((f"{path.parent.name}/{path.name}", text))
            if len(texts[kind]) == most:
                break
    return texts


def _text(path):
    try:
        if path.stat().st_size > MAX_CHARACTERS:
            return ""
        text = path.read_text("utf-8")
        return "" if "\0" in text else text
    except (OSError, UnicodeDecodeError):
        return ""


def generated(count):
    """``count`` texts of each format, drawn with a seed."""
    makers = {"json": _json, "jsonl": _json_lines, "xml": _xml, "csv": _csv, "py": _code}
    return {
        kind: [(f"{kind} {number}", make(random.Random(SEED + number))) for number in range(count)]
        for kind, make in makers.items()
    }


def _value(generator, depth):
    if depth > 3 or generator.random() < 0.4:
        scalars = [
            generator.choice(_WORDS),
            generator.randrange(10**6),
            generator.random(),
            True,
            None,
            "",
            'é "x"\n\\',
        ]
        return generator.choice(scalars)
    if generator.random() < 0.5:
        return [_value(generator, depth + 1) for _ in range(generator.randrange(6))]
    return {generator.choice(_WORDS): _value(generator, depth + 1) for _ in range(generator.randrange(6))}


def _record(generator):
    return {word: _value(generator, 2) for word in generator.sample(_WORDS, generator.randrange(1, 6))}


def _json(generator):
    value = [_record(generator) for _ in range(generator.randrange(1, 25))]
    value = generator.choice([value, {"items": value, "next": None}, {word: _value(generator, 0) for word in _WORDS}])
    layout = generator.choice([{}, {"indent": 2}, {"separators": (",", ":")}, {"indent": "\t"}])
    return json.dumps(value, ensure_ascii=generator.random() < 0.5, **layout)


def _json_lines(generator):
    return "\n".join(json.dumps(_record(generator)) for _ in range(generator.randrange(2, 40)))


def _xml(generator):
    def element(depth):
        made = ElementTree.Element(generator.choice(_WORDS))
        for word in generator.sample(_WORDS, generator.randrange(3)):
            made.set(word, generator.choice(['a "b" <c>', "1", ""]))
        if depth > 3 or generator.random() < 0.4:
            made.text = generator.choice([" ".join(generator.choices(_WORDS, k=5)), "a < b & c", None])
        else:
            made.extend(element(depth + 1) for _ in range(generator.randrange(5)))
        return made

    root = ElementTree.Element("root")
    root.extend(element(1) for _ in range(generator.randrange(1, 12)))
    if generator.random() < 0.5:
        ElementTree.indent(root)
    declaration = '<?xml version="1.0"?>\n' if generator.random() < 0.5 else ""
    return declaration + ElementTree.tostring(root, "unicode")


def _csv(generator):
    stream = io.StringIO()
    quoting = generator.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    writer = csv.writer(
        stream, delimiter=generator.choice(",;\t"), quoting=quoting, lineterminator=generator.choice(["\n", "\r\n"])
    )
    columns = generator.sample(_WORDS, generator.randrange(2, 8))
    writer.writerow(columns)
    for number in range(generator.randrange(3, 40)):
        cells = [
            generator.choice([generator.choice(_WORDS), generator.randrange(10**5), 'say "x"', "a, b; c"])
            for _ in columns
        ]
        writer.writerow([number, *cells[1:]])
    return stream.getvalue()


def _code(generator):
    lines = [f"import {module}" for module in generator.sample(["os", "sys", "json", "re", "math"], 2)]
    for number in range(generator.randrange(1, 8)):
        function = _function(generator, number)
        if generator.random() < 0.4:
            function = [f"    {line}" if line else line for line in ["@staticmethod", *function]]
            lines += ["", "", f"class Part{number}:", f'    """The {generator.choice(_WORDS)}."""', ""]
        else:
            lines += ["", ""]
        lines += function
    return "\n".join(lines) + "\n"


def _function(generator, number):
    name, value = (word.lower() for word in generator.sample(_WORDS, 2))
    return [
        f"def {name}_{number}({value}, *, n=1):",
        f'    """One line: {value}."""',
        "    for i in range(n):",
        f"        if i > {generator.randrange(9)}:  # {generator.choice(_WORDS)}",
        f"            {value} += {generator.choice(_VALUES)}",
        "        else:",
        "            pass",
        f"    return {value}",
    ]
