"""Provence, EXIT and RECOMP on small checkpoints of their layouts, against the plain way to run each."""

import numpy as np
import pytest
import torch
import transformers

import ragzip
from ragzip.backends.load import load_embedder, load_judge, load_provence
from ragzip.backends.runtimes.torch import TorchModel
from ragzip.errors import InputError, ModelError, OptionError
from ragzip.text.splitters import sentences

from .checkpoints import corpus, make
from .pruners import PROVENCES, judge, provence

pytestmark = pytest.mark.filterwarnings("ignore")
QUERY = "Who wrote to Babbage about brass?"
TEXT = "Ada Lovelace wrote to Charles Babbage on 12 March 1842. She asked about brass.\n\nIt rained in Marlow all day."


@pytest.mark.parametrize("kind", PROVENCES)
def test_provence_is_the_mean_keep_probability_of_a_sentence(kind, tmp_path):
    path, tokenizer, ranker, head = provence(kind, tmp_path)
    encoded = tokenizer(QUERY, TEXT, return_tensors="pt", return_offsets_mapping=True, return_token_type_ids=True)
    offsets = encoded.pop("offset_mapping")[0].numpy()
    inside = np.array([sequence == 1 for sequence in encoded.sequence_ids(0)])
    inputs = {name: encoded[name] for name in ("input_ids", "attention_mask")}
    if kind == "open-bert":
        inputs["token_type_ids"] = encoded["token_type_ids"]
    with torch.no_grad():
        found = ranker(**inputs, output_hidden_states=True)
        keep = head(found.hidden_states[-1]).softmax(-1)[0, :, 1].numpy()
    expected = []
    for start, end in sentences(TEXT):
        mine = inside & (offsets[:, 1] > start) & (offsets[:, 0] < end)
        expected.append(keep[mine].mean())
    scored = load_provence(path).score_passages(QUERY, [("A title", TEXT)])[0]
    np.testing.assert_allclose(scored.sentence_scores(sentences(TEXT)), expected, atol=2e-5)
    assert scored.relevance == pytest.approx(float(found.logits[0, 0]), abs=1e-4)
    assert np.std(expected) > 1e-3


def test_provence_compresses_abstains_and_reads_long_documents(tmp_path):
    path, *_ = provence("open-xlm-roberta", tmp_path)
    compressor = ragzip.load("provence", model=path)
    long = "\n\n".join(corpus()[:3])
    result = ragzip.compress(long, QUERY, target_tokens=100, compressor=compressor)
    assert 80 < result.stats.tokens_out <= 100
    scores = [unit.score for unit in result.documents[0].units]
    assert 0 < min(scores) <= max(scores) < 1
    again = ragzip.compress(long, QUERY, rate=0.3, compressor=compressor)
    assert again.stats.cache_misses == 0
    nothing = ragzip.compress(TEXT, QUERY, threshold=0.9999, compressor=compressor)
    assert nothing.text == "" and "nothing is relevant" in nothing.stats.notes[0]


def test_what_is_no_provence_is_refused(tmp_path):
    with pytest.raises(ModelError, match="no pruning head"):
        load_provence(make("bert", tmp_path))
    with pytest.raises(ModelError, match="expected an OpenProvence"):
        ragzip.load("provence")


@pytest.mark.parametrize("kind", ["llama", "gemma2", "gpt2"])
@pytest.mark.parametrize("chat", [True, False])
def test_exit_with_a_shared_prefix_equals_whole_prompts(kind, chat, tmp_path):
    path = judge(kind, tmp_path, chat=chat)
    scorer = load_judge(path)
    texts = [corpus()[0][start:end] for start, end in sentences(corpus()[0])][:12]
    head = f"Query:\n{QUERY}\nFull context:\n{' '.join(texts)}"
    model = transformers.AutoModelForCausalLM.from_pretrained(path).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(path)
    pair = [tokenizer.encode(word, add_special_tokens=False)[0] for word in ("Yes", "No")]
    expected = []
    for ids in scorer.prompts(head, texts):
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([ids])).logits[0, -1]
        expected.append(float(logits[pair].softmax(0)[0]))
    found = scorer.score_pairs(head, texts)
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert np.std(expected) > 1e-3
    np.testing.assert_allclose(scorer.score_pairs(head, texts[:1]), expected[:1], atol=1e-3)
    prompt = tokenizer.decode(scorer.prompts(head, texts)[0])
    assert QUERY in prompt and texts[0] in prompt and ("assistant" in prompt) == chat


def test_exit_reads_the_context_once(tmp_path, monkeypatch):
    path = judge("llama", tmp_path)
    compressor = ragzip.load("exit", model=path)
    module = compressor.scorer.scorer.model.module
    read = []
    forward = type(module).forward

    def counted(self, input_ids=None, **rest):
        read.append(input_ids.numel())
        return forward(self, input_ids=input_ids, **rest)

    monkeypatch.setattr(type(module), "forward", counted)
    text = corpus()[0][:2500]
    result = ragzip.compress(text, QUERY, rate=0.3, compressor=compressor, cache=False)
    prompt_length = sum(map(len, compressor.scorer.scorer.prompts("x", [text])))
    assert result.text and sum(read) < 6 * prompt_length
    with pytest.raises(InputError, match="context='document'"):
        ragzip.compress("\n\n".join(corpus()[:4]), QUERY, rate=0.3, compressor=compressor, cache=False)
    own = ragzip.load("exit", model=path, context="document")
    assert ragzip.compress([text[:600] for text in corpus()[:3]], QUERY, rate=0.3, compressor=own, cache=False).text
    with pytest.raises(OptionError, match="context"):
        ragzip.load("exit", model=path, context="none")
    with pytest.raises(ModelError, match="causal language model"):
        ragzip.load("exit")


def test_recomp_is_the_dot_product_of_token_means(tmp_path):
    tokenizer_path = make("bert", tmp_path)
    encoder = transformers.AutoModelForTokenClassification.from_pretrained(tokenizer_path).bert.eval()
    path = tmp_path / "encoder"
    encoder.save_pretrained(path)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tokenizer_path)
    tokenizer.save_pretrained(path)
    texts = ["Ada wrote to Babbage.", "It rained in Marlow all day, and nobody asked about brass."]
    batch = tokenizer([*texts, QUERY], return_tensors="pt", padding=True)
    with torch.no_grad():
        states = encoder(**{name: batch[name] for name in ("input_ids", "attention_mask")}).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1)
    means = ((states * mask).sum(1) / mask.sum(1)).numpy()
    embedder = load_embedder(path, None)
    np.testing.assert_allclose(embedder.embed([*texts, QUERY]), means, atol=1e-4)
    compressor = ragzip.load("recomp", model=path, top=1)
    result = ragzip.compress(" ".join(texts), QUERY, compressor=compressor, rate=0.99)
    assert result.text == texts[int((means[:2] @ means[2]).argmax())]
    assert isinstance(embedder.model, TorchModel)


def test_recomp_keeps_the_best_n():
    text = (
        "Paris is the capital of France. It rained. Lyon is a city in France. Bread is eaten. Paris lies on the Seine."
    )
    for top in (1, 2, 3):
        compressor = ragzip.load("recomp", top=top)
        result = ragzip.compress(text, "What is the capital of France?", compressor=compressor, rate=0.99)
        assert len(result.documents[0].units) == top
        assert "Paris is the capital of France." in result.text and "Bread" not in result.text
    with pytest.raises(OptionError, match="top"):
        ragzip.load("recomp", top=0)
