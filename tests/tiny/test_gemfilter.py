"""GemFilter: an early layer's attention against a full forward pass, its windows, retrieval heads, calibration."""

import logging
import pickle
import sys

import numpy as np
import pytest
import torch
import transformers

import ragzip
from ragzip.backends.load import load_prompt_attention
from ragzip.backends.runtimes.attention import AttentionReader
from ragzip.backends.runtimes.torch import TorchModel
from ragzip.backends.scorers.prompt_attention import PromptAttention, default_layer, frame_of
from ragzip.backends.scorers.retrieval_heads import AttentionHead, RetrievalHeads, attention_heads
from ragzip.backends.windows import cut, tokenize
from ragzip.errors import InputError, ModelError, OptionError, StorageError
from ragzip.text.spans import Span
from ragzip.text.splitters import sentences
from ragzip.training import gemfilter
from ragzip.training.data import LabelledPassage, Question
from ragzip.types import Document

from .checkpoints import corpus, llama
from .induction import induction
from .pruners import judge

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("one_thread")]
QUERY = "Who wrote about brass?"
TEXT = "Ada Lovelace wrote to Charles Babbage about brass. It rained in Marlow; naïve café. 北京很大。 The mill burned."


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {kind: judge(kind, folder, chat=kind != "gpt2") for kind in ("llama", "gemma2", "gpt2")}


@pytest.fixture(scope="module")
def scorer(models):
    return load_prompt_attention(models["llama"], layer=1)


def rotated(vectors, theta=10_000.0):
    """Rotary embeddings in the plain way. *Shape:* (heads, tokens, width)."""
    half = vectors.shape[-1] // 2
    angles = torch.arange(vectors.shape[1])[:, None] * theta ** (-torch.arange(half) / half)
    first, second = vectors[..., :half], vectors[..., half:]
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)


def products_of(path, ids, layer):
    """Inner products of the last query with all keys, from the projections of a whole forward pass.

    *Shape:* (heads, tokens).
    """
    model = transformers.AutoModelForCausalLM.from_pretrained(path).eval()
    seen, width = {}, 8
    if model.config.model_type == "gpt2":
        names = {model.transformer.h[layer].attn.c_attn: "all"}
    else:
        attention = model.model.layers[layer].self_attn
        names = {attention.q_proj: "query", attention.k_proj: "key"}
    for module, name in names.items():
        module.register_forward_hook(lambda module, inputs, output, name=name: seen.update({name: output[0]}))
    with torch.no_grad():
        assert model(input_ids=torch.tensor([ids])).logits.shape[1] == len(ids)
    if "all" in seen:
        seen["query"], seen["key"], _ = seen["all"].chunk(3, -1)
    query, key = (seen[name].reshape(len(ids), -1, width).transpose(0, 1) for name in ("query", "key"))
    if "all" not in seen:
        query, key = rotated(query), rotated(key)
    key = key.repeat_interleave(len(query) // len(key), 0)
    factor = model.config.query_pre_attn_scalar if model.config.model_type == "gemma2" else width
    return (query[:, -1:] @ key.transpose(1, 2))[:, 0].numpy() * factor**-0.5


def in_fives(scores):
    """The mean of each score with two neighbours on either side, as far as there are any."""
    return [float(np.mean(scores[max(0, place - 2) : place + 3])) for place in range(len(scores))]


@pytest.mark.parametrize("kind", ["llama", "gemma2", "gpt2"])
def test_scores_are_the_last_querys_products_in_a_full_forward_pass(models, kind):
    for layer in (0, 1):
        scorer = load_prompt_attention(models[kind], layer=layer)
        frame = frame_of(scorer.model, QUERY)
        (tokens,) = tokenize(scorer.model.model.tokenizer, [TEXT])
        ids = [*frame.before, *tokens.ids.tolist(), *frame.after]
        summed = products_of(models[kind], ids, layer).sum(0)[len(frame.before) : -len(frame.after)]
        spans, scores = scorer.score_words([TEXT], QUERY)[0]
        np.testing.assert_allclose(scores, in_fives(summed), rtol=1e-3, atol=1e-3 * np.abs(summed).max())
        assert scores.std() > 1e-3 and np.array_equal(spans, tokens.spans)
        assert "".join(dict.fromkeys(TEXT[start:end] for start, end in spans.tolist())).startswith("Ada")


def test_the_question_ends_the_prompt(scorer):
    frame = frame_of(scorer.model, QUERY)
    tokenizer = scorer.model.model.hf_tokenizer
    assert QUERY in tokenizer.decode(frame.after) and tokenizer.decode(frame.before).startswith("<|user|>")
    assert tokenizer.decode(frame.after).endswith("<|assistant|>\n")
    assert "main points" in tokenizer.decode(frame_of(scorer.model, None).after)
    other, general = (scorer.score_words([TEXT], query)[0].scores for query in ("When did it rain?", None))
    assert not np.allclose(other, general)


def test_layers_after_it_are_not_run(models):
    scorer = load_prompt_attention(judge_of_four(models), layer=1)
    ran = []
    for number, layer in enumerate(scorer.model.model.module.model.layers):
        layer.mlp.register_forward_hook(lambda *_, number=number: ran.append(("mlp", number)))
        layer.self_attn.q_proj.register_forward_hook(lambda *_, number=number: ran.append(("query", number)))
    scorer.model.model.module.lm_head.register_forward_hook(lambda *_: ran.append(("head", 0)))
    scorer.score_words([TEXT], QUERY)
    assert ran == [("query", 0), ("mlp", 0), ("query", 1)]


def judge_of_four(models):
    """A Llama of four layers."""
    folder = models["llama"].parent
    return folder / "four" if (folder / "four").is_dir() else llama(folder, name="four", layers=4)


def test_a_model_that_is_read_still_runs_whole(models):
    model = TorchModel(models["llama"], kind="causal-lm")
    window = [list(range(5, 60))]
    before = model.run(window)[0]
    reader = AttentionReader(model)
    products = reader.products(window, [[54]], [0, 1])[0]
    assert np.array_equal(AttentionReader(model).products(window, [[54]], [0, 1])[0], products)
    assert np.array_equal(model.run(window)[0], before)
    with pytest.raises(ModelError, match="2 layers with attention, and layer 2"):
        reader.products(window, [[54]], [0, 2])


def test_a_score_does_not_depend_on_its_batch(scorer):
    texts = [text[:size] for text, size in zip(corpus(), (100, 900, 350, 101, 99, 340), strict=False)]
    together = scorer.score_words([*texts, ""], QUERY)
    assert len(together[-1].scores) == 0
    for text, pieces in zip(texts, together, strict=False):
        assert np.array_equal(scorer.score_words([text], QUERY)[0].scores, pieces.scores)


def test_padding_on_an_accelerator_changes_nothing_much(models):
    """The batches of an accelerator, run on the CPU."""
    scorer = load_prompt_attention(models["llama"], layer=1)
    texts = [text[:size] for text, size in zip(corpus(), (100, 900, 350, 101, 99), strict=False)]
    alone = scorer.score_words(texts, QUERY)
    model = scorer.model.model
    model._rows, model._together = lambda longest: 3, lambda longest, length: True
    for one, batched in zip(alone, scorer.score_words(texts, QUERY), strict=True):
        np.testing.assert_allclose(one.scores, batched.scores, rtol=1e-3, atol=1e-3 * np.abs(one.scores).max())


def test_a_long_text_is_read_in_windows_each_with_the_question(models):
    scorer, whole = (load_prompt_attention(models["llama"], layer=1, window=window) for window in (160, None))
    text = corpus()[0][:2500]
    frame = frame_of(scorer.model, QUERY)
    (tokens,) = tokenize(scorer.model.model.tokenizer, [text])
    ranges = cut(text, tokens.spans, 160 - len(frame.before) - len(frame.after))
    assert len(ranges) > 3
    windows = [[*frame.before, *tokens.ids[start:stop].tolist(), *frame.after] for start, stop in ranges]
    assert max(map(len, windows)) <= 160
    products = scorer.model.products(windows, [[len(window) - 1] for window in windows], [1])
    expected = [in_fives(one[0, :, 0].sum(0)[len(frame.before) : -len(frame.after)]) for one in products]
    spans, scores = scorer.score_words([text], QUERY)[0]
    np.testing.assert_allclose(scores, np.concatenate(expected), rtol=1e-4, atol=1e-2)
    assert np.array_equal(spans, tokens.spans) and scorer.fingerprint != whole.fingerprint
    with pytest.raises(InputError, match="leaves half of them"):
        scorer.score_words([text], "What? " * 60)


@pytest.mark.parametrize("level", ["word", "sentence"])
def test_a_budget_is_filled_by_words_or_whole_sentences(models, level):
    compressor = ragzip.load("gemfilter", model=models["llama"], layer=1, level=level)
    text = corpus()[0][:1500]
    result = ragzip.compress(text, QUERY, rate=0.5, compressor=compressor)
    spans = result.documents[0].spans
    assert 0 < result.stats.tokens_out <= result.stats.target_tokens
    again = ragzip.compress(text, QUERY, rate=0.25, compressor=compressor)
    assert again.stats.cache_misses == 0 and again.stats.tokens_out < result.stats.tokens_out
    assert ragzip.compress(text, f"Which {level}?", rate=0.25, compressor=compressor).stats.cache_misses == 1
    if level == "word":
        assert result.stats.tokens_out >= 0.95 * result.stats.target_tokens
    else:
        cuts = {start for start, _ in sentences(text)} | {end for _, end in sentences(text)}
        assert {start for start, _ in spans} | {end for _, end in spans} <= cuts


def test_a_sentence_has_the_mean_of_its_eight_best_tokens(models):
    compressor = ragzip.load("gemfilter", model=models["llama"], layer=1, level="sentence")
    text = corpus()[0][:1200]
    result = ragzip.compress(Document("a", text), QUERY, rate=0.9, compressor=compressor, cache=False)
    spans, scores = compressor.scorer.score_words([text], QUERY)[0]
    units = result.documents[0].units
    assert len(units) > 4
    for unit in units:
        inside = [
            score for (start, _), score in zip(spans.tolist(), scores, strict=True) if unit.start <= start < unit.end
        ]
        assert unit.score <= np.mean(sorted(inside)[-8:]) + 1e-6
    exact = [
        np.isclose(unit.score, np.mean(sorted(scores[(spans[:, 0] >= unit.start) & (spans[:, 0] < unit.end)])[-8:]))
        for unit in units
    ]
    assert np.mean(exact) > 0.7  # others come no sooner than the word that they follow


def test_heads_are_summed_in_place_of_a_layer(models, tmp_path):
    path = models["llama"]
    pairs = [(1, 3), (0, 2)]
    scorer = load_prompt_attention(path, heads=attention_heads(pairs))
    frame = frame_of(scorer.model, QUERY)
    (tokens,) = tokenize(scorer.model.model.tokenizer, [TEXT])
    ids = [*frame.before, *tokens.ids.tolist(), *frame.after]
    summed = sum(products_of(path, ids, layer)[head] for layer, head in pairs)[len(frame.before) : -len(frame.after)]
    np.testing.assert_allclose(
        scorer.score_words([TEXT], QUERY)[0].scores, in_fives(summed), rtol=1e-3, atol=1e-3 * np.abs(summed).max()
    )
    RetrievalHeads("tiny", 2, 4, {AttentionHead(*pair): 0.5 for pair in pairs}, 3).write(tmp_path / "heads.json")
    stored = ragzip.load("gemfilter", model=path, heads=tmp_path / "heads.json")
    assert stored.scorer.fingerprint == scorer.fingerprint
    copied = pickle.loads(pickle.dumps(stored))
    results = [ragzip.compress(TEXT, QUERY, rate=0.5, compressor=one, cache=False).text for one in (stored, copied)]
    assert results[0] == results[1] != ""


def test_what_cannot_be_read_is_refused(models, tmp_path):
    path = models["llama"]
    for options, message in (
        ({"layer": 2}, "layer: received 2"),
        ({"layer": -1}, "layer"),
        ({"layer": 1, "heads": [(0, 0)]}, "one of the two"),
        ({"heads": [(0, 4)]}, "2 layers of 4 heads"),
        ({"heads": [(0, 1, 2)]}, "pairs"),
        ({"heads": []}, "received none"),
        ({"window": 20}, "window"),
        ({"level": "phrase"}, "level"),
    ):
        with pytest.raises(OptionError, match=message):
            ragzip.load("gemfilter", model=path, **options)
    with pytest.raises(ModelError, match="causal language model"):
        ragzip.load("gemfilter")
    with pytest.raises(ModelError, match="holds no retrieval heads"):
        attention_heads(tmp_path / "absent.json")
    RetrievalHeads("another", 30, 9, {AttentionHead(1, 1): 0.5}).write(tmp_path / "heads.json")
    with pytest.raises(ModelError, match="those of another"):
        ragzip.load("gemfilter", model=path, heads=tmp_path / "heads.json")
    (tmp_path / "mine.json").write_text("{}")
    with pytest.raises(StorageError):
        RetrievalHeads("x", 1, 1, {AttentionHead(0, 0): 1.0}).write(tmp_path / "mine.json")


def test_the_best_layer_keeps_most_of_the_answers(models):
    reader = AttentionReader(TorchModel(models["llama"], kind="causal-lm"))
    passages = (
        LabelledPassage(None, TEXT, (), relevant=True),
        LabelledPassage(None, "Babbage was out. " * 5, (), relevant=False),
    )
    questions = [Question(QUERY, passages, answers=("Ada Lovelace",)), Question("Who?", passages, answers=("nobody",))]
    scores = dict(gemfilter.best_layers(reader, questions))
    for layer in (0, 1):
        pieces = PromptAttention(reader, layer=layer).score_words([passage.text for passage in passages], QUERY)
        totals = np.concatenate([one.scores for one in pieces])
        best = set(np.argsort(-totals, kind="stable")[: round(len(totals) / 4)].tolist())
        wanted = {number for number, (start, _) in enumerate(pieces[0].spans.tolist()) if start < len("Ada Lovelace")}
        assert scores[layer] == pytest.approx(len(best & wanted) / len(wanted))
    assert list(scores.values()) == sorted(scores.values(), reverse=True)
    with pytest.raises(InputError, match="none has its answer"):
        gemfilter.best_layers(reader, questions[1:])
    assert [default_layer(count) for count in (1, 2, 30, 32)] == [0, 1, 22, 24]


def test_needles_are_whole_facts_at_every_depth():
    needles = gemfilter.make_needles(40)
    assert needles == gemfilter.make_needles(40) and len({needle.text for needle in needles}) == 40
    places = [needle.fact.start / len(needle.text) for needle in needles]
    assert min(places) == 0 and max(places) > 0.8
    lengths = sorted(len(needle.text) for needle in needles)
    assert lengths[0] < 1200 and lengths[-1] > 4000
    for needle in needles:
        fact, answer = needle.text[slice(*needle.fact)], needle.text[slice(*needle.answer)]
        assert fact.startswith("The password of the ") and fact.endswith(f"{answer}.")
        assert needle.text.count(answer) == 1
    own = gemfilter.make_needles(4, text="One sentence here. And another one.", seed=1)
    assert all("And another one." in needle.text for needle in own)


def needle_of(text, answer):
    start = text.index(answer)
    return gemfilter.Needle(text, "Which?", Span(0, len(text)), Span(start, start + len(answer)))


def test_retrieval_heads_are_those_that_copy(tmp_path):
    """A model made so that one head looks at what followed the last token before, as in trained models."""
    reader = AttentionReader(TorchModel(induction(tmp_path), kind="causal-lm"))
    needles = [
        needle_of("Rain fell. The word is heron 418. We left.", "heron 418"),
        needle_of("So the name was heron 725, I think.", "heron 725"),
    ]
    heads = gemfilter.retrieval_heads(reader, needles)
    assert list(heads.scores) == [AttentionHead(1, 0)] and heads.scores[1, 0] > 0.5
    assert (heads.layers, heads.heads_per_layer, heads.needles) == (2, 2, 2)
    copied = gemfilter._copied_shares(reader, needles[0])
    assert copied[1, 0] > 0.5 and copied[0].max() < 0.3 and copied[1, 1] < 0.3


def test_the_calibration_as_a_program(models, tmp_path, monkeypatch, caplog):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["gemfilter", *map(str, arguments)])
        with caplog.at_level(logging.INFO):
            gemfilter.main()

    (tmp_path / "text.txt").write_text("It rained in Marlow. The mill burned. " * 30)
    hidden = ("--needles", 1, "--text", tmp_path / "text.txt")
    run("heads", "--model", induction(tmp_path), "--out", tmp_path / "heads.json", *hidden)
    assert attention_heads(tmp_path / "heads.json").needles == 1 and "1 heads in" in caplog.text
    rows = tmp_path / "qa.jsonl"
    rows.write_text(
        '{"question": "Who?", "answers": ["Ada"], "documents": [{"id": "a", "title": null, "text": "Ada came. It '
        'rained.", "support": true}], "support_spans": [{"doc": "a", "start": 0, "end": 9}]}\n'
    )
    with pytest.raises(InputError, match="expected at most the 512 that the model reads"):
        run("heads", "--model", induction(tmp_path), "--out", tmp_path / "heads.json", "--needles", 4)
    run("layer", "--model", models["llama"], "--questions", rows)
    assert "layer 0 keeps" in caplog.text and "layer 1 keeps" in caplog.text
    with pytest.raises(SystemExit):
        run("layer", "--model", models["llama"])


def test_attention_weights_in_place_of_products(models):
    """The weights that the model itself gives its attention, by the architecture's plain function."""
    scorer = load_prompt_attention(models["llama"], layer=1, softmax=True)
    frame = frame_of(scorer.model, QUERY)
    (tokens,) = tokenize(scorer.model.model.tokenizer, [TEXT])
    ids = [*frame.before, *tokens.ids.tolist(), *frame.after]
    model = transformers.AutoModelForCausalLM.from_pretrained(models["llama"], attn_implementation="eager").eval()
    with torch.no_grad():
        weights = model(input_ids=torch.tensor([ids]), output_attentions=True).attentions[1][0, :, -1].numpy()
    expected = in_fives(weights.sum(0)[len(frame.before) : -len(frame.after)])
    np.testing.assert_allclose(scorer.score_words([TEXT], QUERY)[0].scores, expected, rtol=1e-3, atol=1e-5)
    assert scorer.fingerprint != load_prompt_attention(models["llama"], layer=1).fingerprint
