import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from ragzip.backends.cached import CachedEmbedder
from ragzip.backends.progress import report_progress
from ragzip.backends.runtimes.onnx import OnnxEmbedder
from ragzip.cache import SegmentCache, use_cache
from ragzip.errors import ModelError
from ragzip.models import shipped
from ragzip.testing import MemoryStore
from ragzip.training.embedder import spearman

ROWS = json.loads((Path(__file__).parents[2] / "data" / "embedder_pairs.json").read_text("utf-8"))["rows"]


@pytest.fixture(scope="module")
def embedder():
    return OnnxEmbedder()


def test_the_figures_of_the_card_hold(embedder):
    ours, theirs = [], []
    for row in ROWS:
        vectors = embedder.embed([row["question"], *row["sentences"]])
        ours.append(vectors[1:] @ vectors[0])
        theirs.append(row["similarities"])
    a, b = np.concatenate(ours), np.concatenate(theirs)
    assert spearman(a, b) >= 0.99
    assert np.abs(a - b).max() < 0.08
    agreement = json.loads((shipped("embedder") / "agreement.json").read_text())
    assert agreement["spearman"] >= 0.99 and agreement["pairs"] > 5000


def test_a_vector_does_not_depend_on_company(embedder):
    texts = [text for row in ROWS[:2] for text in row["sentences"]]
    together = embedder.embed(texts)
    alone = np.concatenate([embedder.embed([text]) for text in texts])
    assert np.array_equal(together, alone)
    assert np.array_equal(embedder.embed(texts[::-1])[::-1], together)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


def test_long_and_empty_texts(embedder, at_length):
    long = "the quick brown fox jumps over the lazy dog. " * (2000 if at_length else 150)
    vectors = embedder.embed(["", long, long * 3, "fox"])  # the longer one has more windows than are read
    assert vectors.shape == (4, 384) and np.isfinite(vectors).all()
    assert vectors[1] @ vectors[2] > 0.99
    assert embedder.embed([]).shape == (0, 384)


def test_a_cached_vector_equals_a_fresh_one(embedder):
    cached = CachedEmbedder(embedder)
    texts = ROWS[0]["sentences"]
    fresh = cached.embed(texts)
    with use_cache(SegmentCache(MemoryStore())) as counters:
        first, second = cached.embed(texts), cached.embed(texts)
    assert np.array_equal(fresh, first) and np.array_equal(first, second)
    assert counters.hits == counters.misses == len(texts)


def test_progress_threads_and_pickle(embedder):
    seen = []
    with report_progress(lambda done, total: seen.append((done, total))):
        embedder.embed(["a", "b", "c"])
    assert seen == [(1, 3), (2, 3), (3, 3)]
    clone = pickle.loads(pickle.dumps(embedder))
    assert clone.fingerprint == embedder.fingerprint
    with ThreadPoolExecutor(4) as pool:
        vectors = list(pool.map(lambda _: clone.embed(["same text"])[0], range(16)))
    assert all(np.array_equal(vector, vectors[0]) for vector in vectors)


def test_missing_and_damaged_models(tmp_path):
    with pytest.raises(ModelError, match=r"model\.onnx, tokenizer\.json, config\.json"):
        OnnxEmbedder(tmp_path)
    for name in ("model.onnx", "tokenizer.json", "config.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(ModelError, match="could not be loaded"):
        OnnxEmbedder(tmp_path)


def test_spearman():
    assert spearman(np.array([1, 2, 3, 4]), np.array([10, 20, 30, 40])) == pytest.approx(1)
    assert spearman(np.array([1, 2, 2, 3]), np.array([1, 2, 2, 3])) == pytest.approx(1)
    assert spearman(np.array([1, 2, 3]), np.array([3, 2, 1])) == pytest.approx(-1)
