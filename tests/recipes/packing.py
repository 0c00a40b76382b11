"""Records of training data, written and tokenised."""

import gzip
import json
from functools import lru_cache
from pathlib import Path

import ragzip
from ragzip.training.packed.make import tokenizer_of

SHIPPED = Path(ragzip.__file__).parent / "models" / "pruner"


@lru_cache(maxsize=1)
def tokenizer():
    return tokenizer_of(SHIPPED)


def write(path, records):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return path


def document(text, support, name="d", title=None, sentences=None):
    return {"id": name, "title": title, "text": text, "sentences": sentences, "support": support}


def record(text, answer, *, kind="answer", query="What burned down in the village?", **more):
    spans = (
        [] if answer is None else [{"doc": "d", "start": text.index(answer), "end": text.index(answer) + len(answer)}]
    )
    return {
        "question": query,
        "answers": [] if answer is None and kind is None else [answer or "yes"],
        "documents": [document(text, answer is not None or kind == "passage")],
        "support_spans": spans,
        "support_kind": kind,
    } | more


TEXT = "The village had a mill. The mill burned down in 1902. Nobody rebuilt it."


def claim(text, label, evidence=TEXT, spans=(), **more):
    spans = [{"doc": "d", "start": evidence.index(s), "end": evidence.index(s) + len(s)} for s in spans]
    return {"claim": text, "label": label, "documents": [document(evidence, True)], "support_spans": spans} | more
