"""Tables of FeTaQA and TAT-QA as CSV, Markdown and JSON: the rows that answer, kept whole under their header."""

import csv
import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from common import SEED, records
from structure_arms import Text, held, tokens_of

RATE = 0.15
SETS = ("fetaqa", "tatqa")
FORMATS = {"csv": "text/csv", "md": "text/markdown", "json": "application/json"}
OTHERS = 4  # tables beside the one that answers


@dataclass(frozen=True)
class Task:
    """A question: its texts, the share of their tokens that may be kept, and what is counted of what is kept. It counts
    in each of ``groups``.
    """

    groups: tuple
    texts: tuple
    query: str
    rate: float
    share: Callable[[Any], float]


class Table:
    """The rows of a text with one row a line, its cells parted by bars."""

    def __init__(self, text, spans):
        self.lines = [(start, end) for start, end in spans]
        rows = [[cell.strip() for cell in text[start:end].split("|")] for start, end in spans]
        width = max(map(len, rows))
        self.rows = [row + [""] * (width - len(row)) for row in rows]
        above = next((number for number, row in enumerate(self.rows) if row[0]), 1)
        self.header_rows = max(1, above)  # rows without a first cell stand above the columns

    def rows_of(self, spans):
        """The numbers of the rows in which one of ``spans`` lies."""
        return [
            number
            for number, (start, end) in enumerate(self.lines)
            if any(a < end and start < b for a, b in spans) and number >= self.header_rows
        ]

    def keys(self):
        """A name for each column, of its rows of header; no two are alike."""
        names = []
        for column in zip(*self.rows[: self.header_rows], strict=True):
            name = " ".join(dict.fromkeys(filter(None, column))) or f"column {len(names) + 1}"
            names.append(name if name not in names else f"{name} ({len(names) + 1})")
        return names

    def written(self, kind):
        """The table as text of a format, and of each row the spans of what must be kept of it."""
        return {"csv": self._csv, "md": self._markdown, "json": self._json}[kind]()

    def _csv(self):
        text, places = "", []
        for row in self.rows:
            stream = io.StringIO()
            csv.writer(stream, lineterminator="").writerow(row)
            places.append(_cells(text, stream.getvalue(), (stream_cell(cell) for cell in row)))
            text += stream.getvalue() + "\n"
        return text, places

    def _markdown(self):
        text, places = "", []
        for number, row in enumerate(self.rows):
            line = f"| {' | '.join(row)} |"
            places.append(_cells(text, line, row))
            text += line + "\n" + ("|" + " --- |" * len(row) + "\n" if number == 0 else "")
        return text, places

    def _json(self):
        keys = self.keys()
        text, places = "[", [[] for _ in range(self.header_rows)]
        for row in self.rows[self.header_rows :]:
            pairs = [f"{json.dumps(key)}: {json.dumps(cell)}" for key, cell in zip(keys, row, strict=True)]
            line = "{" + ", ".join(pairs) + "}"
            places.append(_cells(text, line, [pair if cell else "" for pair, cell in zip(pairs, row, strict=True)]))
            text += line + ", "
        return text.removesuffix(", ") + "]", places


def stream_cell(cell):
    """``cell`` as a writer of CSV has it."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="").writerow([cell])
    return stream.getvalue() if cell else ""


def _cells(before, line, cells):
    """Where ``cells`` (in order; empty ones are left out) stand in ``line``, which comes behind ``before``."""
    places, start = [], 0
    for cell in cells:
        if cell:
            start = line.index(cell, start)
            places.append((len(before) + start, len(before) + start + len(cell)))
            start += len(cell)
    return places


def tasks(data, questions):
    for name in SETS:
        questions_asked = [found for record in records(data, name) if (found := _asked(record))]
        questions_asked = questions_asked[:: max(1, len(questions_asked) // questions)][:questions]
        for kind in FORMATS:
            for scope in ("one table", "several tables"):
                for number, (record, table, answering) in enumerate(questions_asked):
                    other_tables = (
                        [other[1] for other in _others(questions_asked, number)] if scope == "several tables" else []
                    )
                    yield from _task(
                        (f"{name}, {kind}, {scope}", f"{kind}, all"), record, table, answering, kind, other_tables
                    )


def _asked(record):
    """A record, its table and the numbers of the rows that answer; None where no row does."""
    document = record["documents"][0]
    if not document["sentences"] or len(document["sentences"]) < 4:
        return None
    table = Table(document["text"], document["sentences"])
    spans = [(span["start"], span["end"]) for span in record["support_spans"] if span["doc"] == document["id"]]
    answering = table.rows_of(spans)
    return (record, table, answering) if answering else None


def _others(asked, number):
    """Questions about other tables."""
    group = asked[number][0]["group"]
    candidates = [other for other in asked if other[0]["group"] != group]
    return random.Random(SEED + number).sample(candidates, min(OTHERS, len(candidates)))


def _task(groups, record, table, answering, kind, others):
    """The task, unless the rows that answer and the header are more than may be kept."""
    text, places = table.written(kind)
    name = f"table.{kind}"
    texts = [Text(name, text, FORMATS[kind], record["documents"][0]["title"])]
    texts += [Text(f"other {n}.{kind}", other.written(kind)[0], FORMATS[kind]) for n, other in enumerate(others)]
    texts += [
        Text(document["id"], document["text"], title=document["title"])
        for document in record["documents"][1:]
        if document["text"]
    ]
    random.Random(SEED).shuffle(texts)
    header = [span for row in places[: table.header_rows] for span in row]
    needed = [places[row] for row in answering if places[row]]
    visible = [text[start:end] for row in needed for start, end in [(row[0][0], row[-1][1])]]
    header_text = text[header[0][0] : header[-1][1]] if header else ""
    room = RATE * sum(tokens_of(source.text) for source in texts)
    if needed and tokens_of("\n".join([header_text, *visible])) + 8 <= room:
        yield Task(groups, tuple(texts), record["question"], RATE, _share_of_rows(name, header, needed))


def _share_of_rows(name, header, needed):
    def share(kept):
        return held(kept, name, header) * sum(held(kept, name, row) for row in needed) / len(needed)

    return share
