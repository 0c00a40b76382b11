"""Structured texts at equal tokens: tables, what still parses, logs, tool results, conversations; and prose unchanged.

Arms: ``auto`` by default and with the whole budget used; ``auto`` as if there were no readers (all is prose); sentences
in chunks of 150 words by bm25 and embedding; these chunks whole, as retrievers leave them; truncation.
"""

import json
import re
import tempfile
from collections import defaultdict

import structure_detection
import structure_logs
import structure_parsing
import structure_tables
from common import SEED, interval, records
from structure_arms import AUTO, DEFAULT, NAMES, PROSE, Text, arm, held

from ragzip.text.tokens import token_counter

CONVERSATIONS = (("meetings", "qmsum"), ("qa", "friendsqa"), ("qa", "molweni"))
CONVERSATION_RATE = 0.2
TOOL_RATE = 0.25
PROSE_SETS = ("hotpotqa", "squad-v1.1-rag10", "nq-open-rag10")
PROSE_TARGETS = (100, 300)
_IDENTIFIER = re.compile(  # paths, symbols, numbers, hashes: what a later call repeats to the letter
    r"[\w.@:~-]*+/[\w./@:~-]++"
    r"|\b[A-Za-z_]\w*+(?:[._:-]\w++)++"
    r"|\b[A-Za-z]++_\w++"
    r"|\b[A-Za-z]?[a-z]{2,}+[A-Z]\w*+"
    r"|\b[0-9a-f]{7,}+\b"
    r"|\d[\d.,:]*\d\d"
)


def run(data, questions=100):
    with tempfile.TemporaryDirectory() as folder:
        return {
            "seed": SEED,
            "questions of each set, at most": questions,
            "readers": [reader.kind for reader in structure_detection.READERS],
            "tables": compared(structure_tables.tasks(data, questions), folder),
            "well-formed": structure_parsing.well_formed(questions),
            "logs": compared(structure_logs.tasks(data, questions), folder),
            "long log": structure_logs.timing(data),
            "tool results": compared(tool_results(data), folder),
            "conversations": compared(conversations(data, questions), folder),
            "prose": prose(data, questions, folder),
            "kinds": structure_detection.kinds(data, questions if questions < 100 else None),
        }


def compared(tasks, folder):
    """For each group of ``tasks`` and each arm what is kept, at which share of the tokens, and the paired difference of
    ``auto``, with the budget used up, from it.
    """
    shares = defaultdict(lambda: defaultdict(list))
    tokens = defaultdict(lambda: defaultdict(list))
    for task in tasks:
        source_tokens = sum(token_counter().many([text.text for text in task.texts]))
        for name in NAMES:
            kept = arm(name, task.texts, task.query, max(1, int(task.rate * source_tokens)), folder)
            for group in task.groups:
                shares[group][name].append(float(task.share(kept)))
                tokens[group][name].append(kept.tokens / source_tokens)
    rows = []
    for group, by_arm in shares.items():
        for name, values in by_arm.items():
            row = {"group": group, "arm": name, "n": len(values), "kept": interval(values)}
            row["tokens"] = round(sum(tokens[group][name]) / len(values), 4)
            if name not in (AUTO, DEFAULT):
                row["difference"] = interval([a - b for a, b in zip(by_arm[AUTO], values, strict=True)])
            print(f"{group:32} {name:22} {row['kept']['mean']:.3f} at {row['tokens']:.3f} n={row['n']}", flush=True)
            rows.append(row)
    return rows


def tool_results(data):
    """Of the identifiers that a result brings into the session, the share that is kept with the call as the query: of
    those that the next call with any repeats, and (few calls are recorded) of those that calls or results repeat later.
    """
    by_session = defaultdict(list)
    for row in records(data, "tool-results", folder="logs_code"):
        by_session[row["session"]].append(row)
    for rows in by_session.values():
        rows.sort(key=lambda row: int(row["id"].rsplit("-")[-1]))
        before = set()
        for number, row in enumerate(rows):
            new = identifiers(row["text"]) - identifiers(row["call"])
            after = rows[number + 1 :]
            next_calls = (new & identifiers(later["call"]) for later in after)
            repeated_by = {
                "in the next call": next(filter(None, next_calls), None),
                "repeated later": {
                    name for later in after for name in (new - before) & identifiers(later["call"] + later["text"])
                },
            }
            before |= identifiers(row["text"])
            for where, repeated in repeated_by.items():
                if repeated:
                    share = _share_of_identifiers(repeated)
                    groups = (f"tool results, {where}, {TOOL_RATE:.0%}",)
                    yield structure_tables.Task(groups, (Text(row["id"], row["text"]),), spoken(row), TOOL_RATE, share)


def identifiers(text):
    """Paths, symbols and numbers of three digits and more."""
    return {match[0].strip(".,:-") for match in _IDENTIFIER.finditer(text)} - {""}


def spoken(row):
    """A call as a query: the tool and the values of its arguments."""
    try:
        values = [str(value) for value in json.loads(row["call"]).values()]
    except ValueError:
        values = [row["call"]]
    return " ".join([row["tool"], *values])


def _share_of_identifiers(repeated):
    return lambda kept: len(repeated & identifiers(kept.text)) / len(repeated)


def conversations(data, questions):
    """Support kept whole, of turns and sentences."""
    for folder, name in CONVERSATIONS:
        count = 0
        for record in spread(records(data, name, folder=folder), questions):
            for query, text, spans in asked_of(record):
                if not spans or count == questions:
                    continue
                count += 1
                texts = (Text(record["id"], text),)
                groups = (f"{name}, {CONVERSATION_RATE:.0%}",)
                yield structure_tables.Task(
                    groups, texts, query, CONVERSATION_RATE, share_of_spans(record["id"], spans)
                )


def asked_of(record):
    """The questions about a conversation: query, text and the spans that answer."""
    if "transcript" not in record:
        (document,) = record["documents"][:1]
        yield record["question"], document["text"], [(span["start"], span["end"]) for span in record["support_spans"]]
        return
    turns = [f"{turn['speaker']}: {turn['text']}" for turn in record["transcript"]]
    ends = [0]
    for turn in turns:
        ends.append(ends[-1] + len(turn) + 1)
    places = [(start, start + len(turn)) for start, turn in zip(ends, turns, strict=False)]
    for query in record["queries"][:3]:
        yield (
            query["query"],
            "\n".join(turns),
            [place for first, last in query["spans"] for place in places[first : last + 1]],
        )


def share_of_spans(name, spans):
    return lambda kept: sum(held(kept, name, [span]) for span in spans) / len(spans)


def spread(rows, most):
    return rows[:: max(1, len(rows) // most)][:most]


def prose(data, questions, folder):
    """Outputs that differ with and without the readers, of sets that are prose."""
    rows = []
    for name in PROSE_SETS:
        outputs = differing = 0
        examples = []
        for record in spread(records(data, name), questions):
            texts = tuple(
                Text(f"{number}", document["text"], title=document["title"])
                for number, document in enumerate(record["documents"])
            )
            for target in PROSE_TARGETS:
                kept = [arm(arm_name, texts, record["question"], target, folder) for arm_name in (AUTO, PROSE)]
                outputs += 1
                if kept[0].text != kept[1].text:
                    differing += 1
                    examples.append({"id": record["id"], "target": target})
        rows.append({"set": name, "outputs": outputs, "differ": differing, "examples": examples[:5]})
        print(rows[-1], flush=True)
    return rows
