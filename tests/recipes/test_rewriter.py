"""The recipe of the adapter that rewrites, on a small Llama: runs that are over, the adapter in use."""

import json
import pickle

import pytest
import torch
from tiny.checkpoints import llama

import ragzip
from ragzip.backends.runtimes.generate import Generator
from ragzip.backends.runtimes.lora import read_adapter
from ragzip.backends.scorers.instructed import NOTHING, instruction
from ragzip.errors import ModelError
from ragzip.soft.adapters import LoRA, load_reader_lora
from ragzip.soft.encoders.base import fill
from ragzip.soft.language import LanguageModel
from ragzip.training import rewriter
from ragzip.training.loop import Plan

from .rewriter_data import NAMES, PLACES, write_texts

FEW_TOKENS = 6_000  # that it learns from 40,000 is in tests/training


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return llama(tmp_path_factory.mktemp("rewriter"))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_texts(tmp_path_factory.mktemp("data"))


def test_examples_are_what_people_wrote(data):
    found = rewriter.read_examples(data, 1)
    assert [one.target for one in found["scitldr"]] == [
        f"{n} lives in {p}." for n, p in zip(NAMES, PLACES, strict=True)
    ]
    assert {one.query for one in found["scitldr"]} == {None}
    assert found["qmsum"][0] == rewriter.RewriteExample(
        "Where does Ada live?", "A: Ada lives in Oslo.\nB: Right.", "In Oslo."
    )
    assert len(found["qmsum"]) == 6
    for one in found["squad"]:
        name = one.query.removeprefix("Where is ").rstrip("?")
        if one.target == NOTHING:
            assert name not in one.text
        else:
            assert one.target.startswith(f"{name} lives in") and one.target in one.text


def test_batches_go_on_where_they_stopped(folder, data):
    lm, examples = LanguageModel(folder), rewriter.read_examples(data, 1)
    plan = Plan(tokens=10_000, batch_tokens=1500, seed=3)
    made = rewriter.batches(lm, examples, plan)
    first = [next(made) for _ in range(3)]
    assert next(rewriter.batches(lm, examples, plan, skip=2)) == first[2]
    assert all(1500 <= batch.tokens < 2400 for batch in first)
    prompt, target = first[0].examples[0]
    text = lm.tokenizer.decode(prompt)
    assert text.startswith("<user>Write the text below again") and text.endswith("<a>")
    assert target[-1] == lm.tokenizer.eos_token_id


@pytest.fixture(scope="module")
def trained(folder, data, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    return out, rewriter.train_rewriter(folder, data, data, out / "adapter", out / "work", FEW_TOKENS)


def test_a_run_that_is_over_trains_no_more(folder, data, trained):
    out, figures = trained
    assert json.loads((out / "adapter" / "config.json").read_text())["run"]["examples"]["qmsum"] == 6
    again = rewriter.train_rewriter(folder, data, data, out / "again", out / "work", FEW_TOKENS)
    assert again["log"] == figures["log"]  # there was nothing left to do
    one, two = (
        read_adapter(out / name, "rewriter", LanguageModel(folder).module, "")[1] for name in ("adapter", "again")
    )
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_the_adapter_in_use(folder, data, trained):
    adapter = trained[0] / "adapter"
    plain, merged = Generator(folder, dtype="float32"), Generator(folder, dtype="float32", adapter=adapter)
    assert merged.fingerprint != plain.fingerprint
    lm = LanguageModel(folder)
    config, tensors = read_adapter(adapter, "rewriter", lm.module, "")
    beside = fill(LoRA(lm, **config["settings"], method="rewriter"), tensors)
    ids = torch.tensor([lm.chat_ids(instruction(None, "Ada lives in Oslo. It rains.", 12))])
    with torch.no_grad(), lm.using(beside.adapter):
        wanted = lm.module(input_ids=ids).logits
    with torch.no_grad():
        found, before = (one.model.module(input_ids=ids).logits for one in (merged, plain))
    assert torch.allclose(found, wanted, atol=1e-3) and not torch.allclose(before, wanted, atol=1e-1)
    again = pickle.loads(pickle.dumps(merged))
    assert again.fingerprint == merged.fingerprint
    assert again.read("Hello", max_tokens=8).text == merged.read("Hello", max_tokens=8).text
    result = ragzip.compress(
        ["Ada lives in Oslo. It rains. It snows. Ben lives in Bergen."],
        target_tokens=12,
        cache=False,
        compressor=ragzip.load("abstractive/recomp", model=folder, adapter=adapter, dtype="float32"),
    )
    assert 0 < result.stats.tokens_out <= 12


def test_adapters_of_others_are_refused(folder, trained, tmp_path):
    with pytest.raises(ModelError, match="holds 'rewriter', expected 'reader'"):
        load_reader_lora(LanguageModel(folder), trained[0] / "adapter")
    with pytest.raises(ModelError, match="cannot be read"):
        Generator(folder, adapter=tmp_path)
    with pytest.raises(ModelError, match="language model of the size"):
        Generator(llama(tmp_path, layers=1), adapter=trained[0] / "adapter")
