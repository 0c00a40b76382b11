"""A few summaries for the recipe of the check of rewritings."""

import gzip
import json

from ragzip.training.checker.data import COPIED

NAMES = ["Ada", "Bennett", "Clement", "Dinah", "Edith", "Finlay", "Gustav", "Harriet"]
PLACES = ["Oslo", "Bergen", "Lima", "Quito", "Cairo", "Accra", "Delhi", "Kyoto"]


def said(i):
    name, place = NAMES[i % 8], PLACES[(i // 8 + i) % 8]
    return f"{name} was sent to {place} in {1900 + i}.", f"There {name} did not find the {i + 12} boats that were lost."


def write_summaries(path, count=24):
    """The folder, with files of every set that the recipe reads."""
    rows_by_file = {name: [] for name in (*COPIED, "compression/google.jsonl.gz", "facts/fever-symmetric.jsonl.gz")}
    for i in range(count):
        first, second = said(i)
        text = f"It was a hard winter that year. {first} {second} Nobody wrote about it in the papers."
        rows_by_file["compression/scitldr.jsonl.gz"].append(
            {"title": "Boats", "sentences": [text], "summaries": [first]}
        )
        turns = [{"speaker": "Marketing", "text": part} for part in (first, second)]
        query = {"query": "What was said?", "answer": f"{first} {second}", "spans": [[0, 1]]}
        rows_by_file["meetings/qmsum.jsonl.gz"].append({"transcript": turns, "queries": [query]})
        questions = [{"question": "What was lost?", "summaries": [second, first]}]
        rows_by_file["summaries/squality.jsonl.gz"].append({"document": text, "questions": questions})
        rows_by_file["qa/hotpotqa.jsonl.gz"].append({"documents": [{"text": text}]})
        rows_by_file["qa/squad-v1.1.jsonl.gz"].append({"documents": [{"text": text}]})
        rows_by_file["compression/google.jsonl.gz"].append(
            {"source": f"{first[:-1]}, said the papers.", "compressed": first}
        )
        documents = [{"id": f"text {i}", "title": None, "text": text}]
        rows_by_file["facts/fever-symmetric.jsonl.gz"] += [
            {"claim": sentence, "label": label, "documents": documents, "support_spans": [], "group": f"text {i}"}
            for sentence, label in ((first, "supported"), (said(i + 1)[0], "refuted"))
        ]
    for file, rows in rows_by_file.items():
        (path / file).parent.mkdir(parents=True, exist_ok=True)
        (path / file).write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    return path
