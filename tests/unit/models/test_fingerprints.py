"""Fingerprints of ONNX models change with every file that the model is made of."""

import json
import shutil

import numpy as np
import pytest

import ragzip
from ragzip.backends.identity import function_identity, lasts
from ragzip.backends.load import load_embedder
from ragzip.backends.runtimes.onnx import OnnxEmbedder, load_onnx, weights_beside
from ragzip.errors import OptionError
from ragzip.models import shipped


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(shipped("embedder"), tmp_path / "model")
    return tmp_path / "model"


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_a_file_beside_the_graph_is_read_again(folder, name):
    before, first = load_onnx(folder), OnnxEmbedder(folder)
    assert load_onnx(folder) is before
    content = json.loads((folder / name).read_text("utf-8"))
    if name == "config.json":
        content["window"] = 32
    else:
        content["normalizer"]["lowercase"] = not content["normalizer"]["lowercase"]
    (folder / name).write_text(json.dumps(content), "utf-8")
    after = OnnxEmbedder(folder)
    assert after.fingerprint != first.fingerprint and load_onnx(folder) is not before
    text = ["The MILL burned down in 1902, and nobody knows why. " * 20]
    assert not np.array_equal(after.embed(text), first.embed(text))


def test_weights_in_a_folder_below(tmp_path):
    (tmp_path / "parts").mkdir()
    graph, weights = tmp_path / "model.onnx", tmp_path / "parts" / "weights.data"
    graph.write_bytes(b"... location parts/weights.data ...")
    weights.write_bytes(b"1")
    (tmp_path / "other.data").write_bytes(b"2")
    assert weights_beside(graph) == [weights]


def test_an_embedder_of_the_callers_own_needs_a_fingerprint():
    class Bare:
        dimension = 3

        def embed(self, texts):
            return np.zeros((len(texts), 3), np.float32)

    for model in (Bare(), object(), 5):
        with pytest.raises(OptionError, match="expected a folder, a hub id or a TextEmbedder"):
            load_embedder(model, None)
    assert load_embedder(ragzip.testing.FakeEmbedder(), None).fingerprint == "fake:64"


def test_functions_by_name():
    class Counter:
        def count(self, text):
            return len(text)

        __call__ = count

    assert function_identity(test_functions_by_name) == f"{__name__}.test_functions_by_name"
    counter = Counter()
    for function in (lambda text: 1, counter, counter.count, len):
        assert not lasts(function_identity(function))
    assert function_identity(counter) == function_identity(counter) != function_identity(Counter())
