"""Texts and what people wrote of them, for the recipe of the adapter that rewrites."""

import gzip
import json

PLACES = ["Oslo", "Bergen", "Lima", "Quito", "Cairo", "Accra"]
NAMES = ["Ada", "Ben", "Cleo", "Dan", "Eve", "Finn"]


def write_texts(path):
    """The folder, with a file of every set that the recipe reads."""
    abstracts, meetings, questions = [], [], []
    for name, place in zip(NAMES, PLACES, strict=True):
        sentence = f"{name} lives in {place}."
        abstracts.append({"sentences": [sentence, "It rains."], "summaries": [sentence]})
        turns = [
            {"speaker": "A", "text": sentence},
            {"speaker": "B", "text": "Right."},
            {"speaker": "A", "text": "Bye."},
        ]
        query = {"query": f"Where does {name} live?", "answer": f"In {place}.", "spans": [[0, 1]]}
        meetings.append({"transcript": turns, "queries": [query, query | {"spans": []}]})
        document = {"id": "d", "title": None, "text": f"It rains. {sentence}"}
        span = {"doc": "d", "start": 10 + sentence.index(place), "end": 10 + len(sentence) - 1}
        questions.append(
            {"question": f"Where is {name}?", "answers": [place], "documents": [document], "support_spans": [span]}
        )
    for file, found in (("compression/scitldr", abstracts), ("meetings/qmsum", meetings), ("qa/squad-v1.1", questions)):
        (path / file).parent.mkdir()
        (path / f"{file}.jsonl.gz").write_bytes(_zipped(found))
    return path


def _zipped(found):
    return gzip.compress("".join(json.dumps(row) + "\n" for row in found).encode())
