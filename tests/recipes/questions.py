"""Questions over the demo corpus, and a small encoder that reads pairs, for the recipes of the pruner and the check."""

import json

from tiny.checkpoints import corpus, make
from tokenizers import Tokenizer, processors

from ragzip.training import data
from ragzip.training.pruner import variants

RECORD = {
    "question": "When did the mill of Marlow burn down?",
    "answers": ["1902"],
    "dataset": "mine",
    "support_kind": "answer",
    "support_spans": [{"doc": "a", "start": 36, "end": 40}],
    "documents": [
        {"id": "a", "title": "Marlow", "text": "It has a mill. It burned down in 1902. Nobody minded.", "support": 1},
        {"id": "b", "title": "Tessel", "text": "Tessel has a zoo. It opened in 1877.", "support": 0},
    ],
}  # fmt: skip
RECORD["support_spans"][0].update(start=RECORD["documents"][0]["text"].index("1902"))
RECORD["support_spans"][0].update(end=RECORD["support_spans"][0]["start"] + 4)


def write(path, records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def many(n=24):
    """Questions over the demo corpus: each paragraph's first sentence is asked about by its rarest words."""
    records = []
    for i in range(n):
        text = corpus()[i % len(corpus())].split("\n\n")[2]
        unrelated = corpus()[(i + 7) % len(corpus())].split("\n\n")[2]
        first = next(iter(data._sentences(text)))
        records.append(
            {
                "question": " ".join(sorted(variants.content(text[slice(*first)]))[:4]) + "?",
                "answers": [text[slice(*first)]],
                "support_kind": "sentence",
                "support_spans": [{"doc": "x", "start": first.start, "end": first.end}],
                "documents": [{"id": "y", "title": None, "text": unrelated}, {"id": "x", "title": None, "text": text}],
            }
        )
    return records


def pair_encoder(folder):
    """The path of a small BERT that sets a query before a passage."""
    path = make("bert", folder, scale=1.0)
    tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(path / "tokenizer.json"))
    return path
