"""Logs of 16 systems: lines that answer questions, kept whole at a tenth of the tokens; and the time of a long log.

``data/log_questions.json`` holds the questions, written after reading the logs: the lines that a right context has, by
number; or how often something is logged, which a right context says, or shows by having all of these lines.
"""

import json
import random
import re
import time
from pathlib import Path

from common import SEED, records
from structure_arms import PROSE_MIME, Text, held, loaded
from structure_tables import Task

import ragzip

QUESTIONS = Path(__file__).parent / "data" / "log_questions.json"
RATE = 0.1
LONG_LOG_BYTES = 5_000_000
LONG_LOG_TARGET = 2000  # tokens
_NUMBER = re.compile(r"\d+")
_TIMED = (("auto", "text/plain"), ("extractive/bm25", "text/plain"), ("extractive/bm25", PROSE_MIME))


def tasks(data, questions):
    logs = {row["system"]: row["text"] for row in records(data, "loghub", folder="logs_code")}
    for entry in json.loads(QUESTIONS.read_text("utf-8"))[:questions]:
        text = logs[entry["system"]]
        lines = _lines(text)
        if entry["kind"] == "count":
            matching = [text[start:end] for start, end in lines if re.search(entry["pattern"], text[start:end])]
            assert len(matching) == entry["count"], entry
            share = _tells(entry, text)
        else:
            share = _has([lines[number] for number in entry["lines"]], entry["system"])
        groups = (f"logs, {RATE:.0%}", f"logs, {RATE:.0%}, {entry['kind']}")
        yield Task(groups, (Text(entry["system"], text),), entry["question"], RATE, share)


def _lines(text):
    """The span of each line without white space at its end."""
    spans, start = [], 0
    for line in text.split("\n"):
        spans.append((start, start + len(line.rstrip())))
        start += len(line) + 1
    return spans


def _has(spans, name):
    return lambda kept: held(kept, name, spans)


def _tells(entry, text):
    """Whether what is kept has such a line, and says how often, or has them all."""

    def share(kept):
        matching = [line for line in kept.text.split("\n") if re.search(entry["pattern"], line)]
        written = [_without_source(line, text) for line in matching]
        numbers = {int(number) for line in written for number in _NUMBER.findall(line)}
        line_count = sum(len(line) > 0 for line in written)
        is_told = bool(numbers & {entry["count"], entry["count"] - 1}) or _sums_to(written, entry["count"])
        return bool(matching) and (len(matching) >= entry["count"] or (line_count and is_told))

    return share


def _without_source(line, text):
    """What was written behind a line of the source."""
    for end in range(len(line), 0, -1):
        if line[:end].strip() and f"{line[:end].strip()}\n" in text:
            return line[end:]
    return ""


def _sums_to(written, count):
    """Whether the numbers of several marks are together how often it is logged."""
    numbers = [int(found[0]) for line in written if (found := _NUMBER.findall(line))]
    return bool(numbers) and count in (sum(numbers), sum(numbers) + len(written))


def timing(data):
    """Seconds for a log of 5 MB, with nothing cached: lines of the logs again and again, with other numbers."""
    lines = [line for row in records(data, "loghub", folder="logs_code") for line in row["text"].split("\n")]
    generator = random.Random(SEED)
    rows = []
    for name, source in (("one system", lines[:300]), ("all systems", lines)):
        text = long_log(source, generator)
        for compressor, mime in _TIMED:
            document = ragzip.Document("long.log", text, mime=mime)
            start, start_of_process = time.perf_counter(), time.process_time()
            result = ragzip.compress(
                document,
                "Which errors were there, and when?",
                target_tokens=LONG_LOG_TARGET,
                compressor=loaded(compressor, ()),
                cache=False,
            )
            row = {"log": name, "arm": f"{compressor} as {mime}", "bytes": len(text)}
            row["seconds"] = round(time.perf_counter() - start, 2)
            row["seconds of processors"] = round(time.process_time() - start_of_process, 2)
            rows.append(row | {"tokens": result.stats.tokens_out})
            print(rows[-1], flush=True)
    return rows


def long_log(lines, generator):
    """Lines at random, their numbers of two digits and more changed."""
    written, size = [], 0
    while size < LONG_LOG_BYTES:
        line = _NUMBER.sub(lambda number: _other(number[0], generator), generator.choice(lines))
        written.append(line)
        size += len(line) + 1
    return "\n".join(written)


def _other(number, generator):
    return number if len(number) < 2 else str(generator.randrange(10 ** (len(number) - 1), 10 ** len(number)))
