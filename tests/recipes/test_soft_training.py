"""The recipes of soft compressors on a small Llama: data, gradients, adapters in use, runs that end in time."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from tiny.checkpoints import CORPUS, llama

import ragzip
from ragzip.backends.runtimes.torch import undo_onednn
from ragzip.cache import SegmentCache
from ragzip.cli import app
from ragzip.compressors.soft.corpus import encode_corpus
from ragzip.compressors.soft.family import Soft
from ragzip.compressors.soft.mean_pool import MeanPool
from ragzip.errors import InputError, ModelError, OptionError
from ragzip.files.documents import read_documents
from ragzip.models import shipped
from ragzip.soft.adapters import LoRA
from ragzip.soft.encoders.base import MeanPooling, weighed
from ragzip.soft.encoders.compllm import CompLLMEncoder
from ragzip.soft.encoders.gmsa import GMSAEncoder
from ragzip.soft.language import LanguageModel
from ragzip.soft.prompt import SoftPrompt
from ragzip.soft.reader import SoftReader
from ragzip.testing import FakeSoftEncoder, MemoryStore
from ragzip.training.packed.format import write_packed
from ragzip.training.soft import objectives as on
from ragzip.training.soft import recipe
from ragzip.training.soft.data import GroupPool, batches, read_question_groups
from ragzip.training.soft.initial import _rarity
from ragzip.training.soft.packed import language_tokenizer, pack_questions, read_groups, soft_files
from ragzip.types import Document, SoftSegment

from .soft_data import small_batches, write_places


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return llama(tmp_path_factory.mktemp("soft"))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_places(tmp_path_factory.mktemp("data"))


def test_questions_are_read(data, tmp_path):
    groups = read_question_groups(data)
    questions = {question for group in groups for question in group.questions}
    assert sum(len(group.questions) for group in groups) == len(questions) == len(groups) < 101
    assert all(answer in group.gold[0] for group in groups for _, answer in group.questions)
    assert len(read_question_groups(data, 7)) == 7
    document = {"id": "d", "text": "Ada lives in Oslo with Ben."}
    about = {"documents": [document], "support_spans": [{"doc": "d", "start": 0, "end": 27}]}
    pairs = [("Who?", "Ada"), ("Where?", "Oslo"), ("Who?", "Ada"), ("With whom?", "Ben")]
    with (tmp_path / "one.jsonl").open("w", encoding="utf-8") as file:
        for question, answer in pairs:
            file.write(json.dumps({"question": question, "answers": [answer], **about}) + "\n")
    assert [one.questions for one in read_question_groups(tmp_path / "one.jsonl")] == [(pairs[0], pairs[1], pairs[3])]
    (tmp_path / "bad.jsonl").write_text('{"question": "Why?"}\n', "utf-8")
    with pytest.raises(InputError, match="QA schema"):
        read_question_groups(tmp_path / "bad.jsonl")


def test_batches_are_the_same_for_a_seed_and_go_on_where_they_were(data):
    pools = [GroupPool.of(read_question_groups(data))]
    draw = lambda skip: batches(pools, len, seed=3, size=300, most=lambda done: 60, skip=skip)  # noqa: E731
    first, later = draw(0), draw(2)
    drawn = [next(first) for _ in range(4)]
    assert [next(later) for _ in range(2)] == drawn[2:]
    assert all(batch.tokens == sum(len(t) for s in batch.samples for t in s.texts) >= 300 for batch in drawn)
    samples = [sample for batch in drawn for sample in batch.samples]
    assert any(len(sample.texts) == 2 for sample in samples) and any(len(sample.texts) == 1 for sample in samples)
    both = [sample for sample in samples if len(sample.questions) > 1]  # what the other paragraph answers is asked too
    assert both and all(any(a in text for text in one.texts) for one in both for _, a in one.questions)


@pytest.mark.parametrize("kind", [CompLLMEncoder, GMSAEncoder])
def test_training_sees_what_the_compressor_makes(folder, kind):
    lm = LanguageModel(folder)
    encoder = kind(lm)
    with torch.no_grad():
        for tensor in encoder.tensors().values():
            tensor.add_(0.05 * torch.randn(tensor.shape, generator=torch.Generator().manual_seed(1)))
    texts = ["Ada lives in Oslo. Ben lives in Lima, which is far away.", "Eve lives in Cairo."]
    own = on.encoded(encoder, texts, 2)
    for text, vectors in zip(texts, own, strict=True):
        pieces = [text[slice(*span)] for span in encoder.pieces(text)]
        made = np.concatenate(encoder.encode(pieces, 2))
        assert np.allclose(vectors.detach().numpy(), made, atol=2e-2)
    soft = SoftSegment(own[1].detach().numpy(), lm.fingerprint)
    template = "C {context} Q {query}"
    outcome = on.read(lm, [on.ContextQuestions(template, [own[1]], [("Where?", "Cairo")])], None, ended=False)
    nll = torch.nn.functional.cross_entropy(outcome.logits, outcome.targets, reduction="sum").item()
    prompt = SoftPrompt.of([soft], "Where?", template=template)
    assert SoftReader(lm).likelihood([prompt], ["Cairo"])[0].nll == pytest.approx(nll, abs=0.1)


def test_questions_that_share_a_reading_do_not_see_each_other(folder):
    lm = LanguageModel(folder)
    encoder = MeanPooling(lm)
    texts = ["Ada lives in Oslo. Ben lives in Lima.", "Eve lives in Cairo, far away from Ada, Ben, Finn and Gus."]
    query_questions = [
        [("Where does Ada live?", "Oslo"), ("And Ben, tell me?", "Lima, far away"), ("Eve?", "Cairo")],
        [("Q?", "A")],
    ]
    parts = [[texts[0], on.encoded(encoder, [texts[1]], 2)[0]], [texts[1]]]
    askings = [
        on.ContextQuestions("C {context} Q {query}:", on.joined(p), q)
        for p, q in zip(parts, query_questions, strict=True)
    ]
    outcome = on.read(lm, askings, None, ended=False, states=True)
    alone = [
        on.read(lm, [on.ContextQuestions(one.template, one.parts, [question])], None, ended=False, states=True)
        for one in askings
        for question in one.questions
    ]
    assert torch.equal(outcome.targets, torch.cat([one.targets for one in alone]))
    assert torch.allclose(outcome.logits, torch.cat([one.logits for one in alone]), atol=1e-4)
    assert torch.allclose(outcome.states, torch.cat([one.states for one in alone], 1), atol=1e-4)
    tokens = torch.nn.functional.cross_entropy(alone[3].logits, alone[3].targets, reduction="sum").item()
    prompt = SoftPrompt.of([texts[1]], "Q?", template="C {context} Q {query}:")
    read = SoftReader(lm).likelihood([prompt], ["A"])[0]
    assert read.tokens == len(alone[3].targets) and read.nll == pytest.approx(tokens, abs=1e-3)


def test_gradients_reach_the_adapter_alone(folder):
    lm = LanguageModel(folder)
    undo_onednn(lm.module)
    reader, encoder = LoRA(lm), CompLLMEncoder(lm)
    lm.training.add(encoder.adapter)
    with torch.no_grad():  # at first nothing goes through the linear layer, nor through LoRA's second matrix
        for name, tensor in encoder.tensors().items():
            if name == "head.out.weight" or "lora_B" in name:
                tensor.normal_(std=0.1, generator=torch.Generator().manual_seed(0))
    vectors = on.encoded(encoder, ["Ada lives in Oslo."], 2)
    asking = on.ContextQuestions("{context}{query}", vectors, [("", "Oslo")])
    student = on.read(lm, [asking], reader.adapter, states=True)
    with torch.no_grad():
        teacher = on.read(lm, [replace(asking, parts=["Ada lives in Oslo."])], reader.adapter, states=True)
    for parameter in [*lm.lora(encoder.adapter).values(), *encoder.head.parameters()]:
        parameter.requires_grad_(True)
    sum(on.distilled(student, teacher).values()).backward()
    assert encoder.head["out"].weight.grad.abs().sum() > 0
    assert all(parameter.grad.abs().sum() > 0 for parameter in lm.lora(encoder.adapter).values())
    assert all(parameter.grad is None for parameter in lm.lora(reader.adapter).values())
    assert lm.embeddings.weight.grad is None
    same = on.distilled(teacher, teacher)
    assert float(same["hidden"]) == 0 and abs(float(same["kl"])) < 1e-5


def test_rare_tokens_weigh_more(folder):
    lm = LanguageModel(folder)
    rarity = _rarity(lm, ["the the the the Oslo", "the the the Lima the"])
    often, one, other = (
        weighed(lm.embed(torch.tensor([lm.ids(text)[-1:]])), rarity).item() for text in ("the", "Oslo", "Lima")
    )
    assert often < min(one, other) - 0.1


@pytest.fixture(scope="module", autouse=True)
def more_steps():
    with small_batches():
        yield


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """So few questions that development figures take no longer than the steps."""
    return write_places(tmp_path_factory.mktemp("few"), 40)


@pytest.fixture(scope="module")
def adapted(folder, few, tmp_path_factory):
    out = tmp_path_factory.mktemp("reader")
    recipe.train_soft("reader", folder, [few], out, tokens=600)
    return out


def test_a_trained_adapter_goes_on_with_other_data(folder, few, adapted, tmp_path):
    exact = {"reader": adapted, "precision": "fp32"}  # in bfloat16 the gains of so small a model are off by .04
    first = recipe.train_soft("compllm", folder, [few], tmp_path / "first", tokens=600, **exact)
    begun = {**exact, "adapter": tmp_path / "first"}
    more = recipe.train_soft("compllm", folder, [few], tmp_path / "more", tokens=400, seed=1, **begun)
    last, after = first["log"][-1], more["log"][len(first["log"]) :]
    assert more["log"][: len(first["log"])] == first["log"]
    assert after[0]["tokens"] == last["tokens"] and after[-1]["tokens"] >= last["tokens"] + 400
    for name in ("dev gain at 2", "dev gain at 4"):  # float16 in the file
        assert after[0][name] == pytest.approx(last[name], abs=0.02)
    with pytest.raises(ModelError, match="compllm"):
        recipe.train_soft("gmsa", folder, [few], tmp_path / "other", **begun)
    with pytest.raises(OptionError, match="adapter"):
        recipe.train_soft("reader", folder, [few], tmp_path / "other", adapter=adapted)


@pytest.mark.parametrize("method", ["reader", "compllm", "gmsa", "xrag"])
def test_a_trained_adapter_is_read(folder, few, adapted, tmp_path, method):
    """Three steps of each recipe; what is learnt is in tests/training, and runs that stop in test_resuming.py."""
    reader = None if method == "reader" else adapted
    figures = recipe.train_soft(method, folder, [few], tmp_path / "out", reader=reader, tokens=600, seed=4)
    assert any(name.startswith("dev ") for name in figures["log"][-1])
    if method == "reader":
        assert SoftReader(folder, adapter=tmp_path / "out").generate([SoftPrompt.of("A.", "B?")], max_tokens=2)
        return
    compressor = ragzip.load(f"soft/{method}", model=folder, adapter=tmp_path / "out")
    result = ragzip.compress("Ada lives in Oslo.", "Where does Ada live?", compressor=compressor, cache=False)
    prompt = SoftPrompt.of(result, "Where does Ada live?")
    assert SoftReader(folder, adapter=adapted).generate([prompt], max_tokens=4)


def test_a_run_ends_when_its_minutes_are_over_and_goes_on_in_another_precision(folder, few, tmp_path):
    short = recipe.train_soft("reader", folder, [few], tmp_path / "out", tokens=600, minutes=1e-4)
    assert 0 < short["log"][-1]["tokens"] < 600 and (tmp_path / "out" / "adapter.safetensors").is_file()
    uninterrupted = recipe.train_soft(
        "reader", folder, [few], tmp_path / "out", tokens=600, device="cpu", precision="bf16"
    )
    assert uninterrupted["log"][: len(short["log"])] == short["log"] and uninterrupted["log"][-1]["tokens"] >= 600
    assert np.isfinite(uninterrupted["log"][-1]["nll"])


def test_packed_questions_are_those_of_the_files(folder, few, tmp_path):
    out = tmp_path / "soft.packed"
    arguments = ["train", "pack", "soft", "--data", str(few), "--tokenizer", str(folder), "-o", str(out)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    tokenizer = LanguageModel(folder).tokenizer.backend_tokenizer
    assert read_groups([out], tokenizer) == read_groups([few], tokenizer) == [read_question_groups(few)]
    assert read_groups([out], tokenizer, 3) == [read_question_groups(few, 3)]
    logs = [
        recipe.train_soft("reader", folder, [path], tmp_path / f"from-{path.name}", tokens=300, seed=2)["log"]
        for path in (few, out)
    ]
    figures = [{name: value for name, value in log[-1].items() if name != "seconds"} for log in logs]
    assert figures[0] == figures[1]


def test_other_packed_files_and_tokenizers_are_refused(folder, data, tmp_path):
    tokenizer = language_tokenizer(folder)
    packed = pack_questions([data], tokenizer)
    write_packed(tmp_path / "a.packed", packed.arrays, packed.about | {"kind": "pruner"})
    with pytest.raises(InputError, match="another recipe"):
        read_groups([tmp_path / "a.packed"], tokenizer)
    write_packed(tmp_path / "b.packed", packed.arrays, packed.about | {"tokenizer": "0"})
    with pytest.raises(InputError, match="another tokenizer"):
        read_groups([tmp_path / "b.packed"], tokenizer)
    with pytest.raises(ModelError, match="expected a byte-level one"):
        pack_questions([data], language_tokenizer(shipped("pruner")))
    with pytest.raises(InputError, match="none of the files"):
        soft_files(tmp_path)


def test_what_cannot_be_trained(folder, data, tmp_path):
    with pytest.raises(OptionError, match="method"):
        recipe.train_soft("pisco", folder, [data], tmp_path)
    (tmp_path / "none.jsonl").write_text("", "utf-8")
    with pytest.raises(InputError, match="no question"):
        recipe.train_soft("reader", folder, [tmp_path / "none.jsonl"], tmp_path)


class Fake(Soft):
    name = "soft/fake.v1"


def test_a_corpus_is_encoded_once_however_often_it_stops():
    documents = [Document(str(i), f"Document {i} says a thing. And {i} more.") for i in range(200)]
    encoder, cache = FakeSoftEncoder(), SegmentCache(MemoryStore())

    def stop(done, total):
        if done == 77:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_corpus(documents, Fake(encoder, ratio=2), cache=cache, progress=stop)
    first = encoder.seen
    steps = []
    done = encode_corpus(documents, Fake(encoder, ratio=2), cache=cache, progress=lambda *at: steps.append(at))
    assert encoder.seen == done.pieces == first + done.encoded and first > 77
    assert steps[-1] == (200, 200) and done.bytes == done.vectors * 8 * 2
    assert encode_corpus(documents, Fake(encoder, ratio=2), cache=cache).encoded == 0
    result = ragzip.compress(documents[:5], "a thing", compressor=Fake(encoder, ratio=2), cache=cache)
    assert result.stats.cache_misses == 0


def test_the_command_encodes_and_trains(folder, few, tmp_path, monkeypatch):
    run = CliRunner().invoke
    files = [str(path) for path in sorted(CORPUS.iterdir())[:2]]
    command = ["encode", *files, "-c", "soft/mean-pool", "-m", str(folder), "--cache", str(tmp_path / "cache")]
    first = run(app, command)
    assert first.exit_code == 0 and "2 documents" in first.output, first.output
    again = run(app, [*command, "--stored", "float16"])
    assert " 0 of " in again.output
    compressor = MeanPool(folder)
    result = ragzip.compress(read_documents(files), compressor=compressor, cache=tmp_path / "cache")
    assert result.stats.cache_misses == 0
    assert run(app, ["encode", files[0], "-c", "bm25", "-m", "x"]).exit_code != 0
    arguments = ["train", "soft", "reader", "-m", str(folder), "--data", str(few), "-o", str(tmp_path / "r")]
    trained = run(app, [*arguments, "--tokens", "1000"])
    assert trained.exit_code == 0 and "nll" in trained.output, trained.output
    assert SoftReader(folder, adapter=tmp_path / "r").generate([SoftPrompt.of("A.", "B?")], max_tokens=2)
    assert isinstance(MeanPooling(LanguageModel(folder)).fingerprint, str)
