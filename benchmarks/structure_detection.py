"""Which kind each document of the dev sets is taken for, with no type and its id as a name: prose is to stay prose.

python benchmarks/structure_detection.py --data DATA [--documents N]
"""

import argparse
import json
from collections import Counter, defaultdict
from itertools import islice
from pathlib import Path

from common import records

from ragzip.text.structure import structure_of
from ragzip.text.structure.names import ending_of
from ragzip.text.structure.readers import READERS

FOLDERS = ("qa", "longbench", "meetings", "summaries", "compression", "facts", "logs_code")
STRUCTURED = {  # sets that are not prose, or not only, and why
    "qa/doc2dial": "questions as headings",
    "qa/fetaqa": "tables", "qa/tatqa": "tables", "qa/financebench": "tables in reports", "qa/cosqa": "code",
    "qa/friendsqa": "turns", "qa/molweni": "turns", "qa/locomo": "turns", "longbench/samsum": "turns",
    "meetings/qmsum": "turns", "longbench/qmsum": "turns", "longbench/vcsum": "turns", "longbench/lcc": "code",
    "longbench/repobench-p": "code", "longbench/trec": "labelled questions", "longbench/lsht": "labelled texts",
    "longbench/triviaqa": "questions with answers", "longbench/passage_count": "numbered paragraphs",
    "longbench/passage_retrieval_en": "numbered paragraphs", "logs_code/loghub": "logs",
    "logs_code/tool-results": "logs, code",
}  # fmt: skip
EXAMPLES = 3  # of each set and kind


def kinds(data, documents=None):
    """For each set how many documents are of each kind; and examples of what is not prose in sets that are.

    :param documents: of each set at most (None: all).
    """
    rows = []
    for path in sorted(path for folder in FOLDERS for path in (Path(data) / folder).glob("*.jsonl.gz")):
        name = f"{path.parent.name}/{path.name.removesuffix('.jsonl.gz')}"
        counts, examples = Counter(), defaultdict(list)
        texts = dict(
            text for record in records(data, name.split("/")[1], folder=path.parent.name) for text in _texts(record)
        )
        for text, text_id in islice(texts.items(), documents):
            kind = kind_of(text, text_id)
            counts[kind] += 1
            if kind != "prose" and len(examples[kind]) < EXAMPLES:
                examples[kind].append({"id": text_id, "text": text[:200]})
        row = {
            "set": name,
            "documents": sum(counts.values()),
            "kinds": dict(counts),
            "is": STRUCTURED.get(name, "prose"),
        }
        if row["is"] == "prose" and examples:
            row["examples"] = dict(examples)
        if set(counts) - {"prose"}:
            print({key: value for key, value in row.items() if key != "examples"}, flush=True)
        rows.append(row)
    prose = [row for row in rows if row["is"] == "prose"]
    structured_count = sum(row["documents"] - row["kinds"].get("prose", 0) for row in prose)
    return {
        "documents of prose": sum(row["documents"] for row in prose),
        "taken for another kind": structured_count,
        "sets": rows,
    }


def kind_of(text, name):
    """The kind by which a text is read; prose is not read, which takes long."""
    ending = ending_of(name)
    if any(ending in reader.endings or reader.recognises(text) for reader in READERS):
        return structure_of(text, "text/plain", name).kind
    return "prose"


def _texts(record):
    """The texts of a record, with an id each."""
    if "transcript" in record:
        yield "\n".join(f"{turn['speaker']}: {turn['text']}" for turn in record["transcript"]), record["id"]
    for document in record.get("documents") or ():
        yield document["text"], str(document.get("id") or "0")
    for key in ("context", "text", "document", "source", "claim"):
        if isinstance(record.get(key), str):
            yield record[key], str(record.get("id") or record.get("_id") or "0")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--documents", type=int, help="of each set at most")
    options = parser.parse_args()
    print(json.dumps(kinds(options.data, options.documents), ensure_ascii=False, indent=1))
