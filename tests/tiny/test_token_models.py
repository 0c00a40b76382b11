"""Token classification checkpoints of every supported architecture, in torch and in ONNX."""

import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
import transformers

import ragzip
from ragzip.backends.export.classifier import export_classifier
from ragzip.backends.load import load_word_scorer
from ragzip.backends.runtimes.onnx import load_onnx
from ragzip.backends.runtimes.torch import TorchModel, undo_onednn
from ragzip.backends.scorers.classifier import TokenClassifier
from ragzip.errors import ModelError, OptionError, StorageError

from .checkpoints import KINDS, corpus, make

pytestmark = pytest.mark.filterwarnings("ignore")
TEXT = (
    "Ada Lovelace wrote to Charles Babbage on 12 March 1842; she asked about brass.\n\nNaïve café, 北京很大。 👍🏽 end"
)


@pytest.mark.parametrize("kind", KINDS)
def test_probabilities_are_the_models_own(checkpoints, kind):
    """Its own special tokens at the ends, softmax at label 1, offsets that cut the source."""
    path = checkpoints[kind]
    tokenizer = transformers.AutoTokenizer.from_pretrained(path)
    model = transformers.AutoModelForTokenClassification.from_pretrained(path).eval()
    encoded = tokenizer(TEXT, return_tensors="pt", return_offsets_mapping=True)
    offsets = encoded.pop("offset_mapping")[0][1:-1].tolist()
    with torch.no_grad():
        inputs = {name: encoded[name] for name in ("input_ids", "attention_mask")}
        expected = model(**inputs).logits.softmax(-1)[0, 1:-1, 1].numpy()
    spans, keep = load_word_scorer(path, "torch").score_words([TEXT])[0]
    np.testing.assert_allclose(keep, expected, atol=1e-5)
    assert keep.std() > 0.01 and len(spans) == len(offsets)
    for (start, end), (left, right) in zip(spans.tolist(), offsets, strict=True):
        assert TEXT[start:end] == TEXT[left:right].strip()


@pytest.mark.parametrize("kind", KINDS)
def test_onnx_agrees_with_torch_and_needs_none_of_it(checkpoints, exported, kind):
    texts = [TEXT, corpus()[0]]
    expected = load_word_scorer(checkpoints[kind], "torch").score_words(texts)
    exact = load_word_scorer(exported[kind, "fp32"], None)
    assert exact.fingerprint.startswith("onnx:")
    for ours, theirs in zip(exact.score_words(texts), expected, strict=True):
        assert np.array_equal(ours.spans, theirs.spans)
        np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-4)
    small = load_word_scorer(exported[kind, "int8"], "onnx").score_words(texts)[1].scores
    same = (small > np.median(small)) == (expected[1].scores > np.median(expected[1].scores))
    assert same.mean() >= 0.97
    size = {dtype: (exported[kind, dtype] / "model.onnx").stat().st_size for dtype in ("fp32", "int8")}
    assert size["int8"] < 0.6 * size["fp32"]
    measured = json.loads((exported[kind, "int8"] / "agreement.json").read_text())
    assert measured["same"] >= 0.95 and measured["tokens"] > 500


@pytest.mark.parametrize("source", ["torch", "fp32", "int8"])
def test_a_score_does_not_depend_on_what_is_scored_beside_it(checkpoints, exported, source):
    scorer = load_word_scorer(checkpoints["bert"] if source == "torch" else exported["bert", source], None)
    texts = [text[:n] for text, n in zip(corpus(), (100, 2000, 350, 9000, 101, 99, 340, 345), strict=False)]
    together = scorer.score_words(texts)
    for text, pieces in zip(texts, together, strict=True):
        assert np.array_equal(scorer.score_words([text])[0].scores, pieces.scores)


def test_export_refuses_what_disagrees(checkpoints, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("ragzip.backends.export.classifier", fromlist=["x"]).MIN_SAME_SHARE, "int8", 1.01)
    with pytest.raises(ModelError, match="disagrees with"):
        export_classifier(checkpoints["bert"], tmp_path / "out", dtype="int8")
    assert not (tmp_path / "out").exists()


def test_export_refuses_a_quantiser_that_breaks_the_model(checkpoints, tmp_path, monkeypatch):
    def broken(source, target):
        import onnx

        model = onnx.load(str(source))
        for tensor in model.graph.initializer:
            array = onnx.numpy_helper.to_array(tensor)
            if array.ndim == 2 and array.dtype == np.float32:
                tensor.CopyFrom(onnx.numpy_helper.from_array(array[::-1].copy(), tensor.name))
        onnx.save(model, str(target))

    monkeypatch.setattr("ragzip.backends.export.classifier.quantize", broken)
    with pytest.raises(ModelError, match="kept or dropped alike"):
        export_classifier(checkpoints["bert"], tmp_path / "out", dtype="int8")


def test_export_errors(checkpoints, tmp_path):
    with pytest.raises(OptionError, match="dtype"):
        export_classifier(checkpoints["bert"], tmp_path, dtype="int4")
    for texts in ([" "], ["hello"], ["\u200b"]):
        with pytest.raises(OptionError, match="texts"):
            export_classifier(checkpoints["bert"], tmp_path / "out", texts=texts)
    with pytest.raises(OptionError, match="is an input of this call"):
        export_classifier(checkpoints["bert"], checkpoints["bert"])
    with pytest.raises(ModelError, match="no folder"):
        export_classifier(tmp_path / "nothing", tmp_path / "out")
    (tmp_path / "part" / "model.onnx").mkdir(parents=True)
    with pytest.raises(StorageError, match="is a folder"):
        export_classifier(checkpoints["bert"], tmp_path / "part")
    assert [path.name for path in (tmp_path / "part").iterdir()] == ["model.onnx"]
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="is a file, expected a folder"):
        export_classifier(checkpoints["bert"], tmp_path / "file" / "out")


def test_a_checkpoint_of_another_kind_is_refused(tmp_path, checkpoints, gpt, exported):
    from ragzip.models import shipped

    config = transformers.BertConfig(vocab_size=100, hidden_size=32, num_hidden_layers=1, num_attention_heads=4)
    transformers.BertModel(config).save_pretrained(tmp_path / "encoder")
    transformers.AutoTokenizer.from_pretrained(checkpoints["bert"]).save_pretrained(tmp_path / "encoder")
    with pytest.raises(ModelError, match=r"no weights for, or is, classifier"):
        load_word_scorer(tmp_path / "encoder", "torch")
    with pytest.raises(ModelError, match="no folder"):
        load_word_scorer(tmp_path / "absent", None)
    transformers.BertForSequenceClassification(config).save_pretrained(tmp_path / "sequence")
    transformers.AutoTokenizer.from_pretrained(checkpoints["bert"]).save_pretrained(tmp_path / "sequence")
    with pytest.raises(ModelError, match="BertForSequenceClassification"):
        load_word_scorer(tmp_path / "sequence", "torch")
    with pytest.raises(ModelError, match="causal-lm"):
        ragzip.load("selective-context", model=checkpoints["bert"])
    with pytest.raises(OptionError, match="WordScorer"):
        ragzip.load("llmlingua2", model=5)
    with pytest.raises(ModelError, match="expected a token classification checkpoint"):
        ragzip.load("llmlingua2")
    with pytest.raises(ModelError, match="embedder"):
        load_word_scorer(shipped("embedder"), "onnx")
    with pytest.raises(ModelError, match=r"no model\.onnx"):
        load_word_scorer(checkpoints["bert"], "onnx")
    for options in (
        {"backend": "jax"}, {"backend": "onnx", "device": "cuda"}, {"window": 4}, {"window": 9999}, {"window": "64"}
    ):  # fmt: skip
        with pytest.raises(OptionError, match=r"backend|device|window"):
            ragzip.load("llmlingua2", model=exported["bert", "fp32"], **options)
    with pytest.raises(OptionError, match="device"):
        ragzip.load("llmlingua2", model=checkpoints["bert"], device="nonsense")


def test_one_output_is_read_as_a_sigmoid(tmp_path):
    path = make("bert", tmp_path, labels=1)
    keep = load_word_scorer(path, "torch").score_words([TEXT])[0].scores
    assert keep.min() >= 0 and keep.max() <= 1 and keep.std() > 0.01


def test_long_texts_in_windows(checkpoints):
    model = TorchModel(checkpoints["bert"])
    text = "\n\n".join(corpus())[:30_000]
    lengths = []
    run = model.run
    model.run = lambda windows: lengths.extend(map(len, windows)) or run(windows)
    for window, most in ((None, 257), (64, 64), (512, 512)):
        lengths.clear()
        spans, keep = TokenClassifier(model, window=window).score_words([text])[0]
        assert len(spans) == len(keep) == sum(lengths) - 2 * len(lengths)
        assert max(lengths) <= most and np.mean(lengths) > 0.6 * most
    short = " ".join(text.split()[:200])
    lengths.clear()
    TokenClassifier(model).score_words([short])
    assert len(lengths) == 1 and lengths[0] > 257


def test_one_pass_serves_every_rate_budget_and_tokenizer(checkpoints):
    from ragzip.cache import SegmentCache
    from ragzip.testing import MemoryStore

    compressor = ragzip.load("llmlingua2", model=checkpoints["bert"])
    cache = SegmentCache(MemoryStore())
    texts = [text[:1500] for text in corpus()[:4]]
    first = ragzip.compress(texts, rate=0.5, compressor=compressor, cache=cache).stats
    assert (first.cache_hits, first.cache_misses) == (0, 4)
    for options in (
        {"rate": 0.2},
        {"target_tokens": 77},
        {"rate": 0.5, "tokenizer": "cl100k_base"},
        {"threshold": 0.6},
    ):
        stats = ragzip.compress(texts, compressor=compressor, cache=cache, **options).stats
        assert (stats.cache_hits, stats.cache_misses) == (4, 0)


@pytest.mark.parametrize("backend", ["torch", "onnx"])
def test_threads_and_pickles(checkpoints, exported, backend):
    path = checkpoints["xlm-roberta"] if backend == "torch" else exported["xlm-roberta", "int8"]
    pipeline = ragzip.Pipeline(ragzip.load("llmlingua2", model=path), rate=0.4, cache=False)
    texts = [text[:600] for text in corpus()[:6]]
    alone = [pipeline.run(text).text for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda text: pipeline.run(text).text, texts * 2)) == alone * 2
    assert pickle.loads(pickle.dumps(pipeline)).run(texts[0]).text == alone[0]


def test_the_fingerprint_follows_the_weights(tmp_path):
    paths = [make("bert", tmp_path / str(seed), seed=seed) for seed in (0, 1)]
    first, second = (load_word_scorer(path, None).fingerprint for path in paths)
    assert first != second and first == load_word_scorer(paths[0], None).fingerprint
    assert load_word_scorer(paths[0], None, window=64).fingerprint != first


def test_the_fingerprint_of_onnx_follows_weights_beside_it_and_settings(exported, tmp_path):
    import shutil

    import onnx

    prints = []
    for scale in (1.0, 1.1):
        folder = shutil.copytree(exported["bert", "fp32"], tmp_path / str(scale))
        model = onnx.load(str(folder / "model.onnx"))
        for tensor in model.graph.initializer:
            if tensor.data_type == onnx.TensorProto.FLOAT:
                array = onnx.numpy_helper.to_array(tensor) * np.float32(scale)
                tensor.CopyFrom(onnx.numpy_helper.from_array(array, tensor.name))
        (folder / "model.onnx").unlink()
        onnx.save(
            model, str(folder / "model.onnx"), save_as_external_data=True, location="model.onnx_data", size_threshold=0
        )
        prints.append(load_word_scorer(folder, None).fingerprint)
    config = json.loads((folder / "config.json").read_text())
    config["ragzip"]["longest"] = 64
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.onnx").touch()  # written anew: not the one in memory
    prints.append(load_word_scorer(folder, None).fingerprint)
    assert len(set(prints)) == 3


def test_loading_leaves_the_host_alone(checkpoints):
    threads, state = torch.get_num_threads(), torch.random.get_rng_state()
    level = transformers.utils.logging.get_verbosity()
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda i: TorchModel(checkpoints["bert"], placeholders=["[NEW0]"] * (i % 2)), range(8)))
    assert len({model.fingerprint for model in made}) == 2
    assert torch.equal(state, torch.random.get_rng_state()) and torch.get_num_threads() == threads
    assert transformers.utils.logging.get_verbosity() == level


def test_faster_linear_layers_give_the_same_numbers(checkpoints):
    model = TorchModel(checkpoints["bert"])
    window = [[2, *range(10, 60), 3]]
    fast = model.run(window)[0]
    undo_onednn(model.module)
    np.testing.assert_allclose(fast, model.run(window)[0], atol=1e-4)


def test_padding_on_an_accelerator_changes_nothing_much(checkpoints):
    """The batches of an accelerator, run on the CPU."""
    model = TorchModel(checkpoints["bert"])
    windows = [[2, *range(10, 10 + n), 3] for n in (5, 80, 33, 34, 200)]
    alone = model.run(windows)
    model._rows, model._together = lambda longest: 3, lambda longest, length: True
    for one, batched in zip(alone, model.run(windows), strict=True):
        np.testing.assert_allclose(one, batched, atol=1e-4)


def test_self_information(gpt):
    """-log p of each token after the begin token and those before it, sentence by sentence."""
    from ragzip.backends.scorers.surprisal import SelfInformation

    tokenizer = transformers.AutoTokenizer.from_pretrained(gpt)
    model = transformers.AutoModelForCausalLM.from_pretrained(gpt).eval()
    scorer = SelfInformation(TorchModel(gpt, kind="causal-lm"))
    text = "The river rises in the hills. It reaches the sea at Inverbervie."
    spans, keep = scorer.score_words([text])[0]
    expected = []
    for sentence in ("The river rises in the hills.", " It reaches the sea at Inverbervie."):
        ids = torch.tensor([[tokenizer.bos_token_id, *tokenizer(sentence).input_ids]])
        with torch.no_grad():
            logs = model(ids).logits.log_softmax(-1)[0, :-1]
        expected += (-logs[range(ids.shape[1] - 1), ids[0, 1:]]).tolist()
    np.testing.assert_allclose(keep, expected, atol=1e-3)
    assert "".join(text[start:end] for start, end in spans.tolist()) == text.replace(" ", "")
    repeated = scorer.score_words([" ".join(["One two three four five six seven."] * 60)])[0].scores.reshape(60, -1)
    assert np.allclose(repeated[1:], repeated[1], atol=1e-5)  # whichever window of 128 it falls in
    many = scorer.score_words([*corpus()[:2], text, "x"])
    assert np.array_equal(many[2].scores, keep)  # whatever it shared a batch with


def test_selective_context(gpt):
    text = corpus()[0][:3000]
    for level in ("word", "sentence", "phrase"):
        compressor = ragzip.load("selective-context", model=gpt, level=level)
        result = ragzip.compress(text, rate=0.5, compressor=compressor)
        assert result.stats.tokens_out <= result.stats.target_tokens
        assert level == "sentence" or result.stats.tokens_out >= 0.95 * result.stats.target_tokens
    with pytest.raises(OptionError, match="level"):
        ragzip.load("selective-context", model=gpt, level="clause")
    with pytest.raises(ModelError, match="causal language model"):
        ragzip.load("selective-context")


def test_noun_phrases_stay_together(gpt, tmp_path):
    import spacy
    from spacy.tokens import Doc

    @spacy.Language.component("two_nouns")
    def parse(doc):
        """Adjectives and nouns depend on the last noun of their run: enough for noun chunks."""
        if not len(doc):
            return doc
        words = [token.text for token in doc]
        nouns = [word in ("house", "garden") for word in words]
        noun = [next((j for j in range(i, len(words)) if nouns[j]), i) for i in range(len(words))]
        phrase = [word in ("the", "old", "red", "house", "garden") for word in words]
        heads = [noun[i] if phrase[i] and not nouns[i] else (0 if nouns[i] else i) for i in range(len(words))]
        heads = [i if nouns[i] else head for i, head in enumerate(heads)]
        deps = ["nsubj" if nouns[i] else ("amod" if phrase[i] else "ROOT") for i in range(len(words))]
        pos = ["NOUN" if nouns[i] else ("ADJ" if phrase[i] else "VERB") for i in range(len(words))]
        return Doc(doc.vocab, words=words, spaces=[bool(t.whitespace_) for t in doc], heads=heads, deps=deps, pos=pos)

    pipeline = spacy.blank("en")
    pipeline.add_pipe("two_nouns")
    pipeline.to_disk(tmp_path / "pipeline")
    compressor = ragzip.load("selective-context", model=gpt, pipeline=tmp_path / "pipeline")
    text = "Yesterday the old house burnt while the red garden slept soundly under snow."
    units = ragzip.compress(text, rate=0.6, compressor=compressor, cache=False).documents[0].units
    found = [text[unit.start : unit.end] for unit in units]
    assert "the old house" in found and "the red garden" in found and "Yesterday" in found
    again = pickle.loads(pickle.dumps(compressor))
    first, second = (ragzip.compress(text, rate=0.6, compressor=one).text for one in (compressor, again))
    assert first == second
    with pytest.raises(ModelError, match="no parser"):
        spacy.blank("en").to_disk(tmp_path / "bare")
        ragzip.load("selective-context", model=gpt, pipeline=tmp_path / "bare")
    with pytest.raises(ModelError, match="spaCy has no"):
        ragzip.load("selective-context", model=gpt, pipeline=tmp_path / "absent")


def test_onnx_models_are_shared(exported):
    assert load_onnx(exported["bert", "fp32"]) is load_onnx(str(exported["bert", "fp32"]))
