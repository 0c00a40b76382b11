"""Parts encoded within the text around them, and the temperature of attention."""

import json
import pickle
import shutil

import numpy as np
import onnx
import pytest

from ragzip.backends.late_chunks import _passes
from ragzip.backends.runtimes.graphs import GraphChange, changed_graph
from ragzip.backends.runtimes.onnx import OnnxEmbedder, load_onnx
from ragzip.errors import ModelError, OptionError, StorageError
from ragzip.models import shipped
from ragzip.retrievers.dense import DenseRetriever
from ragzip.types import Document

MILL = ["The mill stands in Bervie.", "It burned down in 1902.", "", "Nobody rebuilt it."]


@pytest.fixture(scope="module")
def embedder():
    return OnnxEmbedder()


def test_each_token_is_in_one_piece_of_one_pass():
    rng = np.random.default_rng(3)
    for _ in range(100):
        room = int(rng.integers(4, 60))
        sizes = [int(size) for size in rng.integers(0, 40, size=rng.integers(1, 12))]
        ends = np.cumsum(sizes)
        read = []
        for context, pieces in _passes(sizes, room):
            assert 0 <= context.start < context.end <= sum(sizes)
            assert context.end - context.start == min(room, sum(sizes))
            for part, (start, end) in pieces:
                assert context.start <= start < end <= context.end
                assert ends[part] - sizes[part] <= start and end <= ends[part]
                read += range(start, end)
        assert read == list(range(sum(sizes)))


def test_a_part_alone_is_the_mean_of_its_own_states(embedder):
    model = load_onnx(str(shipped("embedder")), GraphChange(token_states=True))
    ids = model.tokenizer.encode(MILL[0], add_special_tokens=True).ids
    [states] = model.run([ids])
    assert states.shape == (len(ids), 384)
    [vector] = embedder.embed_parts(MILL[:1])
    mean = states[1:-1].mean(0)
    assert np.allclose(vector, mean / np.linalg.norm(mean), atol=1e-6)
    whole = states.mean(0)
    assert np.allclose(embedder.embed(MILL[:1])[0], whole / np.linalg.norm(whole), atol=1e-5)


def test_parts_know_the_text_around_them(embedder):
    question = embedder.embed(["What happened to the mill in Bervie in 1902?"])[0]
    within, alone = embedder.embed_parts(MILL), embedder.embed(MILL)
    assert within[1] @ question > alone[1] @ question + 0.1
    assert not within[2].any() and np.allclose(np.linalg.norm(within[[0, 1, 3]], axis=1), 1, atol=1e-5)
    titled = embedder.embed_parts(["It burned down in 1902."], "The mill of Bervie")
    assert titled[0] @ question > embedder.embed_parts(["It burned down in 1902."])[0] @ question + 0.1


def test_long_parts_and_long_titles(embedder):
    parts = ["Corn is ground between stones. " * 150, "The river drives the wheel."]
    vectors = embedder.embed_parts(parts, "Mills " * 400)
    assert vectors.shape == (2, 384) and np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedder.embed_parts([]).shape == (0, 384)


def test_situated_passages(tmp_path):
    text = "The mill stands in Bervie. It has two wheels. It burned down in 1902. Nobody rebuilt it afterwards."
    documents = [Document("mill", text, title="Notes"), Document("other", "Quokkas live on Rottnest Island.")]
    index = DenseRetriever(documents, situated=True, max_words=6, cache=tmp_path / "cache")
    assert len(index) == 5
    query = "When did the mill in Bervie burn?"
    plain = DenseRetriever(documents, max_words=6, cache=False)
    scores, plain_scores = ({p.id: p.score for p in one.retrieve(query, 5)} for one in (index, plain))
    burned = next(p.id for p in index.passages if "burned" in p.text)
    assert scores[burned] > plain_scores[burned] + 0.1
    assert max(scores, key=scores.get) == burned
    index.save(tmp_path / "index")
    loaded = DenseRetriever.load(tmp_path / "index", cache=tmp_path / "cache")
    assert loaded.situated and loaded.retrieve(query, 5) == index.retrieve(query, 5)
    loaded.add(documents[0])  # from the cache, without a change
    assert sorted(loaded.retrieve(query, 5), key=lambda p: p.id) == sorted(index.retrieve(query, 5), key=lambda p: p.id)
    assert np.array_equal(index.as_embedder().embed(["a"]), index.embedder.embed(["a"]))


def test_a_temperature_changes_vectors_and_fingerprint(embedder, tmp_path):
    sharper = OnnxEmbedder(temperature=0.8)
    assert sharper.fingerprint != embedder.fingerprint and "temperature=0.8" in sharper.fingerprint
    text = " ".join(MILL * 8)
    assert 0.8 < embedder.embed([text])[0] @ sharper.embed([text])[0] < 0.9999
    assert np.array_equal(OnnxEmbedder(temperature=1).embed([text]), embedder.embed([text]))
    again = pickle.loads(pickle.dumps(sharper))
    assert again.fingerprint == sharper.fingerprint and np.array_equal(again.embed([text]), sharper.embed([text]))
    assert not np.array_equal(sharper.embed_parts(MILL[:2]), embedder.embed_parts(MILL[:2]))
    DenseRetriever([Document("a", text)], embedder=sharper, cache=False).save(tmp_path / "index")
    with pytest.raises(StorageError, match=r"temperature=0\.8"):
        DenseRetriever.load(tmp_path / "index", cache=False)


def test_softmax_of_the_changed_graph_is_that_of_scores_by_temperature(tmp_path):
    helper, float_type = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("Softmax", ["scores"], ["weights"], axis=-1)],
        "attention",
        [helper.make_tensor_value_info("scores", float_type, [1, 3])],
        [helper.make_tensor_value_info("weights", float_type, [1, 3])],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), tmp_path / "model.onnx")
    import onnxruntime

    session = onnxruntime.InferenceSession(changed_graph(tmp_path / "model.onnx", GraphChange(0.5)))
    scores = np.array([[1.0, 2.0, 4.0]], np.float32)
    weights = np.exp(scores / 0.5)
    assert np.allclose(session.run(None, {"scores": scores})[0], weights / weights.sum(), atol=1e-6)
    with pytest.raises(ModelError, match="pool its token states"):
        changed_graph(tmp_path / "model.onnx", GraphChange(token_states=True))
    model = onnx.load(tmp_path / "model.onnx")
    model.graph.node[0].op_type = "Relu"
    onnx.save(model, tmp_path / "model.onnx")
    with pytest.raises(ModelError, match="no softmax"):
        changed_graph(tmp_path / "model.onnx", GraphChange(0.5))


@pytest.mark.parametrize("temperature", [0, 0.05, 11, float("nan"), "warm", None])
def test_temperatures_out_of_range(temperature):
    with pytest.raises(OptionError, match="temperature"):
        OnnxEmbedder(temperature=temperature)


def test_a_model_of_fewer_positions_is_read_in_shorter_passes(tmp_path, embedder):
    shutil.copytree(shipped("embedder"), tmp_path / "model")
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    (tmp_path / "model" / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 40}))
    parts = ["The river drives the wheel. " * 4] * 4
    short = OnnxEmbedder(tmp_path / "model").embed_parts(parts)
    assert short.shape == (4, 384) and not np.allclose(short, embedder.embed_parts(parts), atol=1e-3)
