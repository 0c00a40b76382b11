"""Model folders and cache entries that somebody has bent: a typed error, or a miss; never a wrong number."""

import json

import numpy as np
import pytest

from ragzip.backends.cached import (
    CachedEmbedder,
    CachedPairScorer,
    CachedPassageScorer,
    CachedPathScorer,
    CachedRewriter,
    CachedSoftEncoder,
    CachedWordScorer,
)
from ragzip.backends.load import load_embedder, load_pruner
from ragzip.backends.runtimes.onnx import OnnxEmbedder
from ragzip.backends.runtimes.seq2seq_onnx import Seq2SeqOnnx
from ragzip.backends.windows import tokenize
from ragzip.cache import SegmentCache, use_cache
from ragzip.errors import ModelError, OptionError, model_errors
from ragzip.files.packing import pack
from ragzip.testing.fakes import (
    FakeEmbedder,
    FakePairScorer,
    FakePassageScorer,
    FakePathScorer,
    FakeRewriter,
    FakeSoftEncoder,
    FakeWordScorer,
    MemoryStore,
)
from ragzip.text.tokens import token_counter

TEXT = "Paris is the capital of France. It rained on Monday."
WORD_LEVEL = {
    "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
    "pre_tokenizer": {"type": "Whitespace"}, "post_processor": None, "decoder": None,
    "model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "a": 1}, "unk_token": "[UNK]"},
}  # fmt: skip
MARKED = WORD_LEVEL | {
    "model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "a": 1, "[CLS]": 2, "[SEP]": 3}, "unk_token": "[UNK]"},
    "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
}
PANICS_AT_LOADING = WORD_LEVEL | {"normalizer": {"type": "Precompiled", "precompiled_charsmap": ""}}
PANICS_AT_WORK = WORD_LEVEL | {"pre_tokenizer": {"type": "FixedLength", "length": 0}}


@pytest.mark.parametrize("content", [PANICS_AT_LOADING, PANICS_AT_WORK, {}, [], "x", None, WORD_LEVEL | {"model": 1}])
def test_a_tokenizer_file_that_panics(content, tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(ModelError, match="tokenizer"):
        token_counter(path)("a b")


def test_a_tokenizer_that_panics_inside_a_model(tmp_path):
    from tokenizers import Tokenizer

    with pytest.raises(ModelError, match="tokenizer"):
        tokenize(Tokenizer.from_str(json.dumps(PANICS_AT_WORK)), ["a b"])
    folder = bent(tmp_path, "embedder", "tokenizer.json", json.dumps(PANICS_AT_WORK))
    with pytest.raises(ModelError):
        OnnxEmbedder(folder).embed(["a b"])


def test_ends_that_are_meant_are_left_alone():
    for end in (KeyboardInterrupt, SystemExit, GeneratorExit):
        with pytest.raises(end), model_errors("x"):
            raise end
    with pytest.raises(OptionError), model_errors("x"):
        raise OptionError("its own type stays")


def graph(values, *, pooled):
    """An ONNX model that looks up ``values`` numbers for each token id, and takes their mean over the text."""
    from onnx import TensorProto, helper, numpy_helper

    shape = ["batch", values] if pooled else ["batch", "tokens", values]
    table = numpy_helper.from_array(np.linspace(-1, 1, 4 * values, dtype=np.float32).reshape(4, values), "table")
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["states" if pooled else "output"])]
    if pooled:
        nodes.append(helper.make_node("ReduceMean", ["states"], ["output"], axes=[1], keepdims=0))
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])]
    outputs = [helper.make_tensor_value_info("output", TensorProto.FLOAT, shape)]
    model = helper.make_graph(nodes, "tiny", inputs, outputs, [table])
    return helper.make_model(model, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()


GRAPHS = {"embedder": graph(6, pooled=True), "pruner": graph(4, pooled=False)}
CONFIGS_OF = {"embedder": {"dimension": 6, "window": 16}, "pruner": {"ragzip": {"fusion": {"logit": {"bias": 0.0}}}}}


def bent(tmp_path, model, name="", content=None):
    """A small model folder in which the file ``name`` has another content, or is missing."""
    folder = tmp_path / model
    folder.mkdir()
    files = {
        "model.onnx": GRAPHS[model],
        "tokenizer.json": json.dumps(MARKED).encode(),
        "config.json": json.dumps(CONFIGS_OF[model]).encode(),
    }
    for file, data in (files | {name: content}).items():
        if data is not None:
            (folder / file).write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder


def test_the_small_models_are_sound(tmp_path):
    assert load_embedder(bent(tmp_path, "embedder"), "onnx").embed([TEXT]).shape == (1, 6)
    scorer, fusion = load_pruner(bent(tmp_path, "pruner"))
    assert fusion == {"logit": {"bias": 0.0}} and scorer.score_passages("a", [(None, "a a")])[0].word.shape == (2,)


CONFIGS = [
    "", "x", "[]", "null", "1", '"text"', "[" * 100_000, json.dumps({}),
    *(json.dumps(CONFIGS_OF["embedder"] | change) for change in (
        {"window": None}, {"window": "x"}, {"window": 2}, {"window": 0}, {"window": -5}, {"window": [1]},
        {"window": 1e9}, {"dimension": None}, {"dimension": 3}, {"dimension": "x"}, {"dimension": 0},
        {"max_position_embeddings": "x"}, {"max_position_embeddings": [3]}, {"max_position_embeddings": -7},
        {"ragzip": {"longest": "x"}}, {"ragzip": {"longest": 1}}, {"ragzip": {"longest": -1}},
        {"model_type": "roberta", "pad_token_id": "x"}, {"window": {}}, {"dimension": True},
    )),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(CONFIGS)))
def test_an_embedder_with_a_bent_config(number, tmp_path):
    folder = bent(tmp_path, "embedder", "config.json", CONFIGS[number])
    with pytest.raises(ModelError):
        load_embedder(folder, "onnx").embed([TEXT])


FUSIONS = [None, [], "x", 1, {"a": 1}, {"a": []}, {"a": {"bias": "x"}}, {"a": {}}, {"a": {"bias": None}}]


@pytest.mark.parametrize("fusion", FUSIONS)
def test_a_pruner_with_bent_weights_of_its_evidence(fusion, tmp_path):
    content = json.dumps({"ragzip": {"fusion": fusion}})
    with pytest.raises(ModelError, match="no pruner"):
        load_pruner(bent(tmp_path, "pruner", "config.json", content))


@pytest.mark.parametrize("settings", [None, [], ["fusion"], "fusion", 3])
def test_a_pruner_with_bent_settings(settings, tmp_path):
    folder = bent(tmp_path, "pruner", "config.json", json.dumps({"ragzip": settings}))
    with pytest.raises(ModelError):
        load_pruner(folder)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_model_with_a_file_missing_cut_off_or_replaced(name, tmp_path):
    whole = (bent(tmp_path, "embedder") / name).read_bytes()
    for i, content in enumerate((None, b"", whole[: len(whole) // 2], b"\0" * 100, b"\xff\xfe{}")):
        place = tmp_path / str(i)
        place.mkdir()
        with pytest.raises(ModelError):
            load_embedder(bent(place, "embedder", name, content), "onnx")


def test_a_tokenizer_of_another_model(tmp_path):
    """Its ids are none of the model's, whose runtime has an error of its own for that."""
    vocabulary = {"[UNK]": 10**6, "[CLS]": 2, "[SEP]": 3}
    tokenizer = MARKED | {"model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"}}
    embedder = OnnxEmbedder(bent(tmp_path, "embedder", "tokenizer.json", json.dumps(tokenizer)))
    with pytest.raises(ModelError, match="do not fit"):
        embedder.embed([TEXT])


def test_a_tokenizer_without_marks(tmp_path):
    with pytest.raises(ModelError, match="tokenizer"):
        OnnxEmbedder(bent(tmp_path, "embedder", "tokenizer.json", json.dumps(WORD_LEVEL)))


@pytest.mark.parametrize("config", ["[]", "x", '{"decoder_start_token_id": "x"}', '{"eos_token_id": ["x"]}'])
def test_an_encoder_decoder_with_a_bent_config(config, tmp_path):
    for name in ("encoder_model.onnx", "decoder_model.onnx"):
        (tmp_path / name).write_bytes(GRAPHS["pruner"])
    (tmp_path / "tokenizer.json").write_text(json.dumps(MARKED), "utf-8")
    model = Seq2SeqOnnx(tmp_path)
    with pytest.raises(ModelError, match="do not fit"):
        model.rewrite(None, [TEXT], 5)
    (tmp_path / "config.json").write_text(config, "utf-8")
    with pytest.raises(ModelError, match=r"config|could not be loaded"):
        Seq2SeqOnnx(tmp_path)


PATHS = [["html", "p0"], ["html", "p1"]]
SCORERS = {
    "embed": (CachedEmbedder, FakeEmbedder, lambda scorer: scorer.embed([TEXT])),
    "words": (CachedWordScorer, FakeWordScorer, lambda scorer: scorer.score_words([TEXT])),
    "passages": (CachedPassageScorer, FakePassageScorer, lambda scorer: scorer.score_passages("Paris?", [("T", TEXT)])),
    "pairs": (CachedPairScorer, FakePairScorer, lambda scorer: scorer.score_pairs("Paris?", [TEXT])),
    "paths": (CachedPathScorer, FakePathScorer, lambda scorer: scorer.score_paths("prompt", PATHS)),
    "rewrite": (CachedRewriter, FakeRewriter, lambda scorer: scorer.rewrite(None, [TEXT], 10)),
    "soft": (CachedSoftEncoder, FakeSoftEncoder, lambda scorer: scorer.encode([TEXT], 2)),
    "soft int8": (lambda fake: CachedSoftEncoder(fake, "int8"), FakeSoftEncoder, lambda s: s.encode([TEXT], 2)),
}  # fmt: skip
FOREIGN = {
    "no dimension": np.array(1.0, np.float32), "empty": np.zeros(0, np.float16), "one byte": np.array([255], np.uint8),
    "bytes": np.array([0xC3, 0x28], np.uint8), "numbers": np.arange(7, dtype=np.float32), "doubles": np.ones((1, 64)),
    "not finite": np.full((1, 64), np.nan, np.float16), "vector of nan": np.full(64, np.nan, np.float16),
    "vector of singles": np.ones(64, np.float32), "pair": np.array([np.inf], np.float32), "two": np.ones(2, np.float64),
    "words out of place": np.full((4, 3), 10**6, np.int32), "words of two columns": np.zeros((4, 2), np.int32),
    "words backwards": np.array([[5, 9, 0], [0, 4, 0]], np.int32), "negative": np.full((2, 3), -1, np.int32),
    "passage without relevance": np.zeros((0, 5), np.int32), "passage out of place": np.full((3, 5), 10**6, np.int32),
    "passage of nan": np.array([[0, 4, 0x7FC00000, 0, 0], [0, 0, 0, 0, 0]], np.int32),
    "soft of another width": np.ones((5, 3), np.float16), "soft of another length": np.ones((1, 8), np.float16),
    "steps of nan": np.full((5, 12), -1, np.int8), "long": np.zeros(3, np.int64),
}  # fmt: skip


def plain(value):
    """Numbers and texts of a result, whatever arrays they stand in."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.tolist() if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize("name", SCORERS)
def test_an_entry_of_another_shape_is_a_miss_and_replaced(name):
    wrap, fake, ask = SCORERS[name]
    store = MemoryStore()
    with use_cache(SegmentCache(store)):
        expected = plain(ask(wrap(fake())))
    (key,) = store.items
    sound = store.items[key]
    for kind, array in FOREIGN.items():
        store.items[key] = pack(array)
        scorer = fake()
        with use_cache(SegmentCache(store)) as counters:
            assert plain(ask(wrap(scorer))) == expected, kind
        assert (counters.hits, counters.misses) == (0, 1), f"{kind} was taken for an entry"
        assert store.items[key] == sound, f"{kind} was left in the cache"
    with use_cache(SegmentCache(store)) as counters:
        assert plain(ask(wrap(fake()))) == expected
    assert (counters.hits, counters.misses) == (1, 0)


class Crooked(MemoryStore):
    """A store of the caller's own that answers with something else."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def get_many(self, keys):
        return self.answer


@pytest.mark.parametrize("answer", [None, [], 3, "x", {b"k": b"v"}, {1: 2}])
def test_a_store_that_answers_with_something_else(answer):
    with use_cache(SegmentCache(Crooked(answer))):
        vectors = CachedEmbedder(FakeEmbedder()).embed([TEXT])
    assert np.allclose(vectors, CachedEmbedder(FakeEmbedder()).embed([TEXT]))


class Wrong:
    """A model of the caller's own that gives ``result`` whatever it is asked."""

    fingerprint, dimension, space, hidden = "wrong", 64, "lm", 8

    def __init__(self, result):
        for method in ("embed", "score_words", "score_passages", "score_pairs", "score_paths", "encode"):
            setattr(self, method, lambda *args: result)

    def sizes(self, texts, ratio):
        return [1] * len(texts)


@pytest.mark.parametrize("name", [name for name in SCORERS if name != "rewrite"])
@pytest.mark.parametrize("cached", [True, False])
def test_a_model_that_gives_something_else(name, cached):
    wrap, _, ask = SCORERS[name]
    for result in (None, [], 3, "x", {}, [None], [None] * 3, np.zeros((3, 5)), ["x"], np.array(["x"]), object()):
        with use_cache(SegmentCache(MemoryStore()) if cached else None), pytest.raises(ModelError, match="wrong gave"):
            ask(wrap(Wrong(result)))
