"""Soft compressors and their reader over small Llamas with the layouts of published checkpoints."""

import json
import pickle

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import save_file

import ragzip
from ragzip.backends.runtimes.onnx import OnnxEmbedder
from ragzip.cache import SegmentCache
from ragzip.compressors.extractive.bm25 import BM25
from ragzip.compressors.soft.compllm import CompLLM
from ragzip.compressors.soft.family import Soft
from ragzip.compressors.soft.gmsa import GMSA
from ragzip.compressors.soft.mean_pool import MeanPool
from ragzip.compressors.soft.pisco import Pisco
from ragzip.compressors.soft.xrag import Xrag
from ragzip.errors import InputError, ModelError, OptionError
from ragzip.eval.evaluate import evaluate
from ragzip.eval.runs.readers import load_reader
from ragzip.eval.runs.runner import arms
from ragzip.eval.suites.load import load_suite
from ragzip.retrievers.dense import DenseRetriever
from ragzip.soft.adapters import load_adapter, save_adapter
from ragzip.soft.encoders.base import MeanPooling
from ragzip.soft.encoders.compllm import CompLLMEncoder
from ragzip.soft.encoders.gmsa import GMSAEncoder
from ragzip.soft.encoders.xrag import XragEncoder
from ragzip.soft.language import LanguageModel
from ragzip.soft.prompt import SoftPrompt, from_base64, in_format, to_base64, vectors_of
from ragzip.soft.reader import SoftReader
from ragzip.testing import FakeEmbedder, MemoryStore
from ragzip.types import Document, SoftSegment

from .checkpoints import causal, corpus, llama

TEXT = "Oslo is the capital of Norway. It lies at the end of a fjord, and about 700,000 people live in it."
QUERY = "What is the capital of Norway?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return llama(tmp_path_factory.mktemp("soft"))


@pytest.fixture
def lm(folder):
    return LanguageModel(folder)


@pytest.fixture
def reader(lm):
    return SoftReader(lm)


def stirred(encoder, seed=0):
    """``encoder`` with numbers in it, as after training."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for tensor in encoder.tensors().values():
            tensor.add_(0.1 * torch.randn(tensor.shape, generator=generator))
    return encoder


def test_one_token_a_vector_reads_as_text_does(lm, reader):
    soft, text = MeanPooling(lm), f" {TEXT}"
    pieces = [text[slice(*span)] for span in soft.pieces(text)]
    parts = [SoftSegment(vectors, soft.space) for vectors in soft.encode(pieces, 1)]
    prompts = [SoftPrompt(("Background:", *context), plain=True) for context in ([text], parts)]
    one, two = reader.likelihood(prompts, ["Oslo", "Oslo"])
    assert one.tokens == two.tokens and one.nll == pytest.approx(two.nll, abs=0.02)


def test_likelihood_is_the_models_own(lm, reader):
    found = reader.likelihood([SoftPrompt(("Norway's capital is ",), plain=True)], ["Oslo"])[0]
    ids = lm.ids("Norway's capital is ") + lm.ids("Oslo")
    logits = lm.module(torch.tensor([ids])).logits[0].log_softmax(-1)
    start = len(ids) - found.tokens
    expected = -sum(float(logits[i - 1, ids[i]]) for i in range(start, len(ids)))
    assert found.nll == pytest.approx(expected, abs=1e-3)


def test_batches_say_what_single_prompts_say(lm):
    result = ragzip.compress(TEXT, QUERY, compressor=MeanPool(lm), cache=False)
    prompts = [SoftPrompt.of(context, QUERY) for context in ("", TEXT, result, TEXT * 3)]
    alone, together = SoftReader(lm, batch=1), SoftReader(lm, batch=3)
    assert alone.generate(prompts, max_tokens=12) == together.generate(prompts, max_tokens=12)
    answers = ["Oslo", "a fjord", "Oslo", "in it"]
    for one, two in zip(alone.likelihood(prompts, answers), together.likelihood(prompts, answers), strict=True):
        assert one.nll == pytest.approx(two.nll, abs=1e-3)
    assert "".join(alone.stream(prompts[2], max_tokens=12)).strip() == alone.generate(prompts[2:3], max_tokens=12)[0]


def test_the_chat_format_stands_around_the_whole_message(lm):
    result = ragzip.compress(TEXT, QUERY, compressor=MeanPool(lm), cache=False)
    vectors = vectors_of(SoftPrompt.of(result, QUERY, template="A {context} B {query}"), lm)
    k = result.stats.tokens_out
    before, after = lm.embed(torch.tensor(lm.ids("<user>A "))), lm.embed(torch.tensor(lm.ids(f" B {QUERY}<|end|><a>")))
    assert torch.equal(vectors[: len(before)], before) and torch.equal(vectors[len(before) + k :], after)
    soft = np.concatenate([soft.vectors for soft in result.segments[0].soft])
    assert torch.equal(vectors[len(before) : len(before) + k], torch.from_numpy(soft).float())


def test_a_text_may_hold_any_character(lm, reader):
    parts = ("A \ue000 B ", SoftSegment(np.zeros((2, 32), np.float16), lm.fingerprint), " C \ue001 D")
    before, soft, after = in_format(SoftPrompt(parts), lm)
    assert before == "<user>A \ue000 B " and len(soft) == 2 and after == " C \ue001 D<|end|><a>"


def test_prompts_for_a_serving_engine(lm, reader):
    vectors = vectors_of(SoftPrompt.of(ragzip.compress(TEXT, QUERY, compressor=MeanPool(lm), cache=False), QUERY), lm)
    again = from_base64(to_base64(vectors))
    assert torch.equal(again, vectors) and again.shape[1] == lm.hidden
    made = lm.module.generate(inputs_embeds=again[None], max_new_tokens=8, do_sample=False, pad_token_id=0)
    prompt = SoftPrompt.of(ragzip.compress(TEXT, QUERY, compressor=MeanPool(lm), cache=False), QUERY)
    assert lm.tokenizer.decode(made[0], skip_special_tokens=True).strip() == reader.generate([prompt], max_tokens=8)[0]
    for bad in ("no base64!", "aGVsbG8="):
        with pytest.raises(InputError, match="prompt_embeds"):
            from_base64(bad)


def test_vectors_of_another_model_are_refused(lm, reader, tmp_path):
    other = LanguageModel(llama(tmp_path, seed=1))
    result = ragzip.compress(TEXT, QUERY, compressor=MeanPool(other), cache=False)
    with pytest.raises(ModelError, match="language model"):
        reader.generate([SoftPrompt.of(result, QUERY)])
    with pytest.raises(OptionError, match="template"):
        SoftPrompt.of(result, QUERY, template="no place for it")
    with pytest.raises(InputError, match="SoftPrompt"):
        reader.generate(["a text"])
    with pytest.raises(InputError, match="reads 2048"):
        reader.generate([SoftPrompt.of(TEXT * 100, QUERY)])
    with pytest.raises(InputError, match="empty"):
        reader.generate([SoftPrompt(("",), plain=True)])
    with pytest.raises(InputError, match="answers"):
        reader.likelihood([SoftPrompt.of(TEXT, QUERY)], [""])


@pytest.mark.parametrize("kind", [CompLLMEncoder, GMSAEncoder])
def test_training_begins_with_mean_pooling(lm, kind):
    encoder, mean = kind(lm), MeanPooling(lm)
    for one, two in zip(encoder.encode([TEXT, "Oslo."], 2), mean.encode([TEXT, "Oslo."], 2), strict=True):
        assert np.allclose(one, two, atol=1e-3)


@pytest.mark.parametrize("kind", [CompLLMEncoder, GMSAEncoder])
def test_vectors_do_not_depend_on_what_is_encoded_beside(lm, kind):
    encoder = stirred(kind(lm))
    texts = [TEXT[slice(*span)] for text in corpus()[:3] for span in encoder.pieces(text)[:6]] + [TEXT]
    together = encoder.encode(texts, 4)
    for text, vectors in zip(texts, together, strict=True):
        assert np.allclose(vectors, encoder.encode([text], 4)[0], atol=2e-3)  # but for rounding
        assert vectors.shape == (encoder.sizes([text], 4)[0], lm.hidden)
    assert not np.allclose(together[-1], MeanPooling(lm).encode([TEXT], 4)[0], atol=1e-2)


def test_the_alignment_block_runs_on_its_own_weights(lm):
    encoder = stirred(GMSAEncoder(lm))
    before = encoder.encode([TEXT], 2)[0]
    for name, tensor in encoder.tensors().items():
        if "block" in name and name.endswith("proj.weight"):
            kept = tensor.clone()
            with torch.no_grad():
                tensor.add_(torch.ones_like(tensor))
            assert not np.array_equal(encoder.encode([TEXT], 2)[0], before), name
            tensor.data.copy_(kept)
    assert np.array_equal(encoder.encode([TEXT], 2)[0], before)


def test_adapters_do_not_disturb_each_other_nor_the_model(lm, reader):
    prompt = SoftPrompt.of(TEXT, QUERY)
    before = reader.likelihood([prompt], ["Oslo"])
    first, second = stirred(CompLLMEncoder(lm)), stirred(GMSAEncoder(lm), 1)
    one, two = first.encode([TEXT], 2)[0], second.encode([TEXT], 2)[0]
    third = stirred(CompLLMEncoder(lm), 2)
    assert not np.array_equal(third.encode([TEXT], 2)[0], one)
    assert np.array_equal(first.encode([TEXT], 2)[0], one) and np.array_equal(second.encode([TEXT], 2)[0], two)
    assert reader.likelihood([prompt], ["Oslo"]) == before


@pytest.mark.parametrize("kind", ["compllm", "gmsa", "xrag"])
def test_saved_and_loaded(lm, folder, tmp_path, kind):
    fresh = {"compllm": CompLLMEncoder, "gmsa": GMSAEncoder, "xrag": lambda lm: XragEncoder(lm, FakeEmbedder())}
    ratio = 1 if kind == "xrag" else 4
    encoder = stirred(fresh[kind](lm))
    save_adapter(encoder, tmp_path / "adapter", {"note": "tiny"})
    again = load_adapter(kind, LanguageModel(folder), tmp_path / "adapter", embedder=FakeEmbedder())
    assert np.allclose(again.encode([TEXT], ratio)[0], encoder.encode([TEXT], ratio)[0], atol=2e-2)
    assert json.loads((tmp_path / "adapter" / "config.json").read_text("utf-8"))["note"] == "tiny"
    with pytest.raises(ModelError, match="of the size"):
        load_adapter(kind, LanguageModel(llama(tmp_path, layers=1, name="one")), tmp_path / "adapter")
    with pytest.raises(ModelError, match="holds"):
        load_adapter("gmsa" if kind == "compllm" else "compllm", lm, tmp_path / "adapter")
    (tmp_path / "adapter" / "adapter.safetensors").write_bytes(b"damaged")
    with pytest.raises(ModelError, match="safetensors"):
        load_adapter(kind, lm, tmp_path / "adapter", embedder=FakeEmbedder())
    with pytest.raises(ModelError, match=r"cannot be read|neither"):
        load_adapter(kind, lm, tmp_path / "nowhere", embedder=FakeEmbedder())


def test_compressors_by_name(folder, tmp_path):
    lm = LanguageModel(folder)
    save_adapter(stirred(CompLLMEncoder(lm)), tmp_path / "compllm")
    save_adapter(stirred(GMSAEncoder(lm)), tmp_path / "gmsa")
    for name, ratio in (("compllm", 4), ("gmsa", 3)):
        compressor = ragzip.load(f"soft/{name}", model=folder, adapter=tmp_path / name, ratio=ratio, chooser=BM25())
        result = ragzip.compress([TEXT, corpus()[0]], QUERY, compressor=compressor, rate=0.2, cache=False)
        assert 0 < result.stats.tokens_out <= 0.2 * result.stats.tokens_in
        assert SoftReader(compressor.encoder.lm).generate([SoftPrompt.of(result, QUERY)], max_tokens=3)
    with pytest.raises(OptionError, match="2 or 4"):
        CompLLM(folder, adapter=tmp_path / "compllm", ratio=3)
    with pytest.raises(ModelError, match="of the size"):
        GMSA(folder, adapter=None)  # the shipped one is for SmolLM2-135M


def test_a_model_whose_layers_do_not_run_by_themselves(tmp_path):
    lm = LanguageModel(causal(tmp_path))
    with pytest.raises(ModelError, match="layers"):
        GMSAEncoder(lm)
    assert CompLLMEncoder(lm).encode([TEXT], 2)[0].shape[1] == lm.hidden


def test_a_second_query_runs_no_encoder(lm, monkeypatch):
    compressor = CompLLM.__new__(CompLLM)
    Soft.__init__(compressor, stirred(CompLLMEncoder(lm)), ratio=2)
    cache, runs = SegmentCache(MemoryStore()), []
    forward = CompLLMEncoder.forward
    monkeypatch.setattr(
        CompLLMEncoder, "forward", lambda self, ids, ratio: runs.append(ids.numel()) or forward(self, ids, ratio)
    )
    documents = [text[:900] for text in corpus()[:6]]
    ragzip.compress(documents, QUERY, compressor=compressor, cache=cache)
    once = sum(runs)
    assert once == sum(len(lm.ids(text[slice(*s)])) for text in documents for s in compressor.encoder.pieces(text))
    ragzip.compress(documents, "What is basalt?", compressor=compressor, cache=cache)
    assert sum(runs) == once
    changed = documents[2].replace("the", "our", 1)
    result = ragzip.compress([*documents[:2], changed, *documents[3:]], QUERY, compressor=compressor, cache=cache)
    assert result.stats.cache_misses <= 2 and 0 < sum(runs) - once <= 40


class Counting(FakeEmbedder):
    pass


def test_an_index_is_the_cache_of_xrag(lm):
    documents = [Document(str(i), text[:1500], title=f"Article {i}") for i, text in enumerate(corpus()[:4])]
    embedder = Counting()
    index = DenseRetriever(documents, embedder=embedder, cache=False)
    found = index.retrieve("rocks and minerals", 3)
    encoder = stirred(XragEncoder(lm, index.as_embedder()))
    compressor = Xrag.__new__(Xrag)
    Soft.__init__(compressor, encoder, ratio=1)
    before = embedder.seen
    result = ragzip.compress(found, "rocks", compressor=compressor, cache=False)
    assert embedder.seen == before
    assert [len(segment.soft) for segment in result.segments] == [1, 1, 1] and result.stats.tokens_out < 10
    text = f"{found[0].title}: {found[0].text}"
    expected = encoder.head(torch.from_numpy(embedder.embed([text]))).detach().numpy()
    assert np.allclose(result.segments[0].soft[0].vectors, expected, atol=2e-2)
    ragzip.compress("Nothing that the index has.", "rocks", compressor=compressor, cache=False)
    assert embedder.seen == before + 2


def test_a_published_projector(lm, tmp_path):
    """xRAG's checkpoints: the language model's tensors, and the projector's beside them."""
    torch.manual_seed(3)
    net = torch.nn.Sequential(torch.nn.Linear(64, lm.hidden), torch.nn.GELU(), torch.nn.Linear(lm.hidden, lm.hidden))
    tensors = {f"projector.projector.{key}": value.contiguous() for key, value in net.state_dict().items()}
    save_file(tensors, tmp_path / "model-00002-of-00002.safetensors")
    save_file({"model.norm.weight": torch.ones(lm.hidden)}, tmp_path / "model-00001-of-00002.safetensors")
    embedder = FakeEmbedder()
    encoder = load_adapter("xrag", lm, tmp_path, embedder=embedder)
    expected = net(torch.from_numpy(embedder.embed([TEXT]))).detach().numpy()
    assert np.allclose(encoder.encode([TEXT])[0], expected, atol=1e-2)
    with pytest.raises(ModelError, match="another model"):
        load_adapter("xrag", lm, tmp_path, embedder=OnnxEmbedder())
    with pytest.raises(ModelError, match="embedder"):
        XragEncoder(lm, embedder, embedded_by="onnx:other")


def _pisco(folder):
    """A checkpoint as naver/pisco saves it."""
    base, small = (
        llama(folder, seed=5, name="base", tied=False),
        llama(folder, seed=6, name="small", layers=2, hidden=16),
    )
    path = folder / "pisco"
    config = {"model_type": "PISCO", "decoder_model_name": str(base), "compressor_model_name": str(small),
              "compr_rate": 4, "compressor_mlp_hidden_dim": 24, "lora_decoder": True, "lora_r_decoder": 4}  # fmt: skip
    path.mkdir()
    (path / "config.json").write_text(json.dumps(config), "utf-8")
    torch.manual_seed(7)
    decoder, tokens = _with_tokens(base, ["<MEM>", "<AE>"])
    import peft  # takes seconds

    adapter = peft.LoraConfig(
        task_type="CAUSAL_LM", r=4, lora_alpha=8, target_modules="all-linear", lora_dropout=0.1,
        modules_to_save=["embed_tokens", "lm_head"],
    )  # fmt: skip
    peft.inject_adapter_in_model(adapter, decoder, adapter_name="default")
    with torch.no_grad():
        for name, parameter in decoder.named_parameters():
            if "lora_B" in name or "modules_to_save" in name:
                parameter.add_(0.1 * torch.randn(parameter.shape))
    kept = ("embed_tokens", "lm_head", "lora", "adapter")
    state = {key: value for key, value in decoder.state_dict().items() if any(word in key for word in kept)}
    torch.save(state, path / "decoder_state.pt")
    tokens.save_pretrained(path / "decoder_tokenizer")
    compressor, marks = _with_tokens(small, ["<MEM>"])
    compressor.save_pretrained(path / "compressor")
    marks.save_pretrained(path / "compressor_tokenizer")
    connector = torch.nn.Sequential(torch.nn.Linear(16, 24), torch.nn.ReLU(), torch.nn.Linear(24, 32))
    torch.save(connector.state_dict(), path / "connector.pt")
    return path, decoder.eval(), tokens, compressor.eval(), marks, connector


def _with_tokens(path, names):
    tokenizer = transformers.AutoTokenizer.from_pretrained(path)
    tokenizer.add_special_tokens({"additional_special_tokens": names})
    model = transformers.AutoModelForCausalLM.from_pretrained(path)
    model.resize_token_embeddings(len(tokenizer))
    return model, tokenizer


def test_a_pisco_checkpoint(tmp_path):
    path, decoder, tokens, compressor, marks, connector = _pisco(tmp_path)
    soft = Pisco(path, chooser=BM25())
    ids = marks.encode(TEXT, add_special_tokens=False)
    k = len(ids) // 4 + 1
    with torch.no_grad():
        given = torch.tensor([ids + [marks.convert_tokens_to_ids("<MEM>")] * k])
        states = compressor(given, output_hidden_states=True).hidden_states[-1][0, -k:]
        expected = connector(states)
    vectors = soft.encoder.encode([TEXT], 4)[0]
    assert np.allclose(vectors, expected.numpy(), atol=1e-2)
    prompt = tokens.encode("Background: ", add_special_tokens=False)
    with torch.no_grad():
        rows = torch.cat([decoder.get_input_embeddings()(torch.tensor([prompt])), expected[None].half().float()], 1)
        wanted = decoder(inputs_embeds=rows).logits[0, -1].log_softmax(-1)
    reader = SoftReader(soft.encoder.lm)
    result = ragzip.compress(TEXT, QUERY, compressor=soft, cache=False)
    found = reader.likelihood([SoftPrompt(("Background: ", *result.parts), plain=True)], ["Oslo"])[0]
    first = tokens.encode(" Oslo", add_special_tokens=False)
    with torch.no_grad():
        more = decoder.get_input_embeddings()(torch.tensor([first[:-1]]))
        logits = decoder(inputs_embeds=torch.cat([rows, more], 1)).logits[0].log_softmax(-1)
    nll = -float(wanted[first[0]]) - sum(float(logits[rows.shape[1] + i, token]) for i, token in enumerate(first[1:]))
    assert found.tokens == len(first) and found.nll == pytest.approx(nll, abs=0.05)
    with pytest.raises(ModelError, match="pisco"):
        Pisco(tmp_path / "base")
    (path / "connector.pt").write_bytes(b"no tensors")
    with pytest.raises(ModelError, match="connector"):
        Pisco(path)


def test_an_evaluation_over_vectors(lm, tmp_path):
    row = {"question": QUERY, "answers": ["Oslo"], "context": TEXT * 3}
    (tmp_path / "own.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    suite = load_suite(tmp_path / "own.jsonl")
    grid = arms(["soft"], rates=[0.3])
    own = {"soft": MeanPool(lm, ratio=(2, 4), chooser=BM25())}
    options = {"compressors": own, "cache": False, "likelihood": True}
    evaluate(suite, grid, out=tmp_path / "run", reader=load_reader(SoftReader(lm)), **options)
    lines = (tmp_path / "run" / "records.jsonl").read_text("utf-8").splitlines()
    none, soft = sorted(
        (json.loads(line) for line in lines if '"id"' in line), key=lambda one: one["compressor"] == "soft"
    )
    assert none["error"] is soft["error"] is None and none["kept"]["answer"] == 1 and soft["kept"]["answer"] is None
    assert soft["tokens_out"] <= 0.3 * soft["tokens_in"] and soft["prompt_tokens"] < none["prompt_tokens"]
    assert soft["nll"] > 0 and soft["scores"].keys() == none["scores"].keys()


def test_they_can_be_sent_to_workers(folder, tmp_path):
    lm = LanguageModel(folder)
    encoders = [stirred(CompLLMEncoder(lm)), stirred(GMSAEncoder(lm)), stirred(XragEncoder(lm, FakeEmbedder()))]
    for encoder in [*encoders, MeanPooling(lm, most=32)]:
        again = pickle.loads(pickle.dumps(encoder))
        ratio = 1 if isinstance(encoder, XragEncoder) else 2
        assert np.array_equal(again.encode([TEXT], ratio)[0], encoder.encode([TEXT], ratio)[0])
        assert again.fingerprint == encoder.fingerprint
    compressor, reader = pickle.loads(pickle.dumps((MeanPool(lm), SoftReader(lm, batch=2))))
    assert compressor.encoder.lm is reader.lm and reader.batch == 2
    result = ragzip.compress(TEXT, QUERY, compressor=compressor, cache=False)
    assert reader.generate([SoftPrompt.of(result, QUERY)], max_tokens=3)
    soft = Pisco(_pisco(tmp_path)[0], chooser=BM25())
    again = pickle.loads(pickle.dumps(soft))
    assert again.encoder.space == soft.encoder.space
    assert np.array_equal(again.encoder.encode([TEXT], 4)[0], soft.encoder.encode([TEXT], 4)[0])
