"""Questions for the recipes of soft compressors: who lives where, each in a paragraph of its own."""

import gzip
import json
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from ragzip.training.soft import recipe

PLACES = ["Oslo", "Bergen", "Lima", "Quito", "Cairo", "Accra", "Delhi", "Kyoto", "Perth", "Turin"]
NAMES = ["Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hal", "Ida", "Jon"]


def write_places(folder, count=200):
    """The path of ``count`` questions with the paragraph that answers each, and another one beside it."""
    rng = np.random.default_rng(0)
    path = folder / "places.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for _ in range(count):
            name, other_name = map(str, rng.choice(NAMES, 2, replace=False))
            place, elsewhere = map(str, rng.choice(PLACES, 2))
            texts = [f"{name} lives in {place}.", f"{other_name} lives in {elsewhere}."]
            documents = [{"id": str(i), "title": "", "text": text} for i, text in enumerate(texts)]
            span = {"doc": "0", "start": 0, "end": len(texts[0])}
            row = {"question": f"Where does {name} live?", "answers": [place], "documents": documents}
            file.write(json.dumps(row | {"support_spans": [span], "support_kind": "sentence"}) + "\n")
        file.write(json.dumps(row | {"answers": [], "support_spans": []}) + "\n")
    return path


@contextmanager
def small_batches():
    """More steps for the same tokens."""
    with pytest.MonkeyPatch.context() as patch:
        for name, method in recipe.METHODS.items():
            patch.setitem(recipe.METHODS, name, replace(method, size=200, rate=2e-3))
        yield
