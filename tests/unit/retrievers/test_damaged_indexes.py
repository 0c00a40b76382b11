"""Saved indexes that somebody has changed: they are read as they are, or refused with a StorageError."""

import json
import random
import shutil
from collections import Counter

import pytest

from ragzip.errors import StorageError
from ragzip.retrievers.bm25 import BM25Retriever
from ragzip.retrievers.dense import DenseRetriever
from ragzip.retrievers.hybrid import HybridRetriever
from ragzip.testing import FakeEmbedder
from ragzip.testing.data import PIECES
from ragzip.types import Document

DOCS = [Document(f"d{i}", piece) for i, piece in enumerate(PIECES)]
DENSE = {"embedder": FakeEmbedder(), "cache": False}
KINDS = {"bm25": (BM25Retriever, {}), "dense": (DenseRetriever, DENSE), "hybrid": (HybridRetriever, DENSE)}
VALUES = [
    None, True, False, 0, -1, 1, 2**70, 10**400, 1e308, float("inf"), float("nan"), "", "x", "../../x", [], [1], {},
    {"a": 1}, "data-0123456789abcdef",
]  # fmt: skip


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    root = tmp_path_factory.mktemp("saved")
    for name, (kind, options) in KINDS.items():
        kind(DOCS, **options).save(root / name)
    return root


def places(value, path=()):
    """Paths to all values in JSON, the first ones of long lists and objects."""
    yield path
    if isinstance(value, dict):
        for key in list(value)[:40]:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for i in range(min(5, len(value))):
            yield from places(value[i], (*path, i))


def bent_json(rng, value):
    path = rng.choice(list(places(value)))
    if not path:
        return rng.choice(VALUES)
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    if isinstance(holder, dict) and rng.random() < 0.25:
        del holder[path[-1]]
    else:
        holder[path[-1]] = rng.choice(VALUES)
    return value


def bend(rng, file):
    """Change ``file``: another value in its JSON, cut off, other bytes, a folder in its place, or gone."""
    data = file.read_bytes()
    way = rng.random()
    if file.suffix in (".json", ".jsonl") and way < 0.6:
        lines = data.decode().split("\n") if file.suffix == ".jsonl" else [data.decode()]
        number = rng.randrange(max(1, len(lines) - 1))
        lines[number] = json.dumps(bent_json(rng, json.loads(lines[number]))) if way < 0.58 else "[" * 50_000
        file.write_text("\n".join(lines), "utf-8")
    elif way < 0.75:
        file.write_bytes(data[: rng.randrange(len(data) + 1)])
    elif way < 0.83:
        file.unlink()
        if way < 0.79:
            file.mkdir()
    else:
        changed = bytearray(data)
        reach = min(len(changed), rng.choice([64, 200, len(changed)]))
        for _ in range(rng.choice([1, 1, 3, 20]) if reach else 0):
            changed[rng.randrange(reach)] = rng.randrange(256)
        file.write_bytes(bytes(changed))


def outcomes(saved, folder, count, seed):
    """How many bent indexes were refused, and how many could be used."""
    rng = random.Random(seed)
    counts = Counter()
    for _ in range(count):
        name = rng.choice(list(KINDS))
        kind, options = KINDS[name]
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(saved / name, folder)
        files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
        bend(rng, rng.choice(files))
        try:
            index = kind.load(folder, **options)
            index.retrieve("river sea Babbage", 3)
            index.delete(["d0"])
            index.add([Document("new", "One river more.")])
            index.retrieve("river", 2)
            counts["used"] += 1
        except StorageError:
            counts["refused"] += 1
    return counts


@pytest.mark.limits
def test_bent_indexes(saved, tmp_path):
    counts = outcomes(saved, tmp_path / "bent", 250, seed=1)
    assert counts["refused"] > 100 and counts["used"] > 20


@pytest.mark.slow
def test_many_bent_indexes(saved, tmp_path):
    assert outcomes(saved, tmp_path / "bent", 6000, seed=2)["refused"] > 3000


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "data", ["../../other", "/etc", "data-0123456789abcdef/../..", "data-0123456789ABCDEF", "", None, 5, ["data"]]
)
def test_an_index_points_nowhere_else(saved, tmp_path, name, data):
    kind, options = KINDS[name]
    shutil.copytree(saved / name, tmp_path / "index")
    pointer = json.loads((tmp_path / "index" / "index.json").read_text())
    (tmp_path / "index" / "index.json").write_text(json.dumps(pointer | {"data": data}))
    with pytest.raises(StorageError, match="names the data"):
        kind.load(tmp_path / "index", **options)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("max_words", float("inf")), ("max_words", 0), ("max_words", True), ("overlap", -1), ("overlap", "1"),
     ("passages", 10**30), ("kind", ["bm25"])],
)  # fmt: skip
def test_settings_of_an_index_are_checked(saved, tmp_path, setting, value):
    shutil.copytree(saved / "bm25", tmp_path / "index")
    file = tmp_path / "index" / "index.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {setting: value}))
    with pytest.raises(StorageError, match=setting):
        BM25Retriever.load(tmp_path / "index")
