"""The recipe of query encoder and centroids, on a small BERT: some steps, resuming, the index in use."""

import json
from functools import partial

import numpy as np
import pytest
import torch
import transformers
from click.testing import CliRunner

from ragzip.backends.runtimes.onnx import OnnxEmbedder
from ragzip.cli.app import app
from ragzip.errors import InputError, ModelError, OptionError, StorageError
from ragzip.models import shipped
from ragzip.retrievers.base import to_passages
from ragzip.retrievers.dense import DenseRetriever
from ragzip.retrievers.product_codes import Codebook
from ragzip.training.embedder import export
from ragzip.training.mean_pooled import MeanPooled, from_embedder
from ragzip.training.retriever.data import (
    RankedPassages,
    RankingBatch,
    RankingQuestion,
    batches,
    read_ranking_questions,
)
from ragzip.training.retriever.model import JointRanker, padded, pairwise_loss
from ragzip.training.retriever.recipe import train_retriever
from ragzip.types import Document

TOWNS = ("Bervie", "Oslo", "Marlow", "Tessel", "Kyoto", "Bergen", "Turin", "Ghent", "Porto", "Riga")
TRADES = ("miller", "baker", "cooper", "weaver", "tanner", "smith")
PLACES = ("bridge", "market", "river", "harbour", "church")
PASSAGES = [
    (f"{trade}{town}{place}", f"The {trade} of {town} lives at the {place} and was born in {1500 + number}.")
    for number, (town, trade, place) in enumerate((t, r, p) for t in TOWNS for r in TRADES for p in PLACES)
]
FEW_TOKENS = 1200


def record(number):
    trade_town_place, text = PASSAGES[number]
    other_name, other_text = PASSAGES[(number + 77) % len(PASSAGES)]
    year = str(1500 + number)
    words = text.split()
    return {
        "question": f"When was the {words[1]} at the {words[7]} of {words[3]} born?",
        "answers": [year],
        "support_kind": "answer",
        "support_spans": [{"doc": trade_town_place, "start": text.index(year), "end": text.index(year) + 4}],
        "documents": [
            {"id": other_name, "title": None, "text": other_text, "support": False},
            {"id": trade_town_place, "title": None, "text": text, "support": True},
        ],
    }


@pytest.fixture(scope="module")
def embedder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("embedder")
    checkpoint = folder / "checkpoint"
    checkpoint.mkdir()
    (checkpoint / "tokenizer.json").write_bytes((shipped("embedder") / "tokenizer.json").read_bytes())
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=30522, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=64,
    )  # fmt: skip
    model = transformers.BertModel(config).eval()
    with torch.no_grad():
        model.embeddings.word_embeddings.weight.mul_(20)  # so that vectors depend on the words, and not on the bias
    model.save_pretrained(checkpoint)
    pairs = [(f"Who lives in {town}?", [text for _, text in PASSAGES[::13]]) for town in TOWNS]
    export(checkpoint, pairs, folder / "embedder")
    return OnnxEmbedder(folder / "embedder")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, embedder):
    folder = tmp_path_factory.mktemp("retriever")
    documents = [Document(name, text) for name, text in PASSAGES[:280]]
    DenseRetriever(documents, embedder=embedder, cache=False, index="pq").save(folder / "index")
    (folder / "qa.jsonl").write_text("".join(json.dumps(record(number)) + "\n" for number in range(0, 300, 2)))
    return folder


@pytest.fixture(scope="module")
def trained(folder, embedder):
    out = folder / "out"
    options = {"embedder": embedder.folder, "tokens": FEW_TOKENS, "device": "cpu", "cache": False}
    return out, options, train_retriever(folder / "index", [folder / "qa.jsonl"], out, **options)


def test_the_network_is_that_of_the_embedder(embedder):
    network = from_embedder(embedder)
    assert network.encoder.config.num_attention_heads in (1, 2, 4) and not network.training
    texts = [text for _, text in PASSAGES[:5]]
    ids, mask = padded([embedder.token_ids(text) for text in texts])
    with torch.no_grad():
        vectors = network(ids, mask).numpy()
    assert (vectors * embedder.embed(texts)).sum(1).min() > 0.98
    assert isinstance(network, MeanPooled)


def test_a_graph_that_is_no_bert(tmp_path, embedder):
    import onnx

    model = onnx.load(str(embedder.folder / "model.onnx"))
    for name in ("tokenizer.json", "config.json"):
        (tmp_path / name).write_bytes((embedder.folder / name).read_bytes())
    for tensor in model.graph.initializer:
        if tensor.name == "encoder.embeddings.LayerNorm.bias":
            tensor.name = "renamed"
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            if name == "encoder.embeddings.LayerNorm.bias":
                node.input[place] = "renamed"
    onnx.save(model, str(tmp_path / "model.onnx"))
    with pytest.raises(ModelError, match=r"LayerNorm\.bias"):
        from_embedder(OnnxEmbedder(tmp_path))


def test_questions_and_their_passages(folder):
    passages = RankedPassages()
    questions = read_ranking_questions([folder / "qa.jsonl"], passages)
    assert len(questions) == 150 and len(set(passages.texts)) == len(passages.texts)
    for question in questions:
        [positive] = question.positives
        assert question.answers[0] in passages.texts[positive]
    (folder / "bad.jsonl").write_text('{"question": "Who?"}\n')
    with pytest.raises(InputError, match=r"bad\.jsonl:1: KeyError"):
        read_ranking_questions([folder / "bad.jsonl"], passages)
    (folder / "none.jsonl").write_text(json.dumps(record(0) | {"documents": [], "support_spans": []}) + "\n")
    with pytest.raises(InputError, match="without a question"):
        read_ranking_questions([folder / "none.jsonl"], passages)


def test_batches_go_on_where_they_stopped():
    questions = [RankingQuestion(f"q{number}", (), (number, number + 1)) for number in range(30)]
    ids = [tuple(range(5 + number % 4)) for number in range(30)]
    drawn = batches(questions, ids, 40, 3)
    first = [next(drawn) for _ in range(8)]
    assert next(batches(questions, ids, 40, 3, skip=5)) == first[5]
    assert all(40 <= batch.tokens < 50 for batch in first)
    epoch = [question.query for batch in first for question in batch.questions][:30]
    assert sorted(epoch) == sorted(question.query for question in questions)
    assert all(p in q.positives for batch in first for q, p in zip(batch.questions, batch.positives, strict=True))


def test_the_loss_is_that_of_exchanged_ranks(embedder):
    """Against the formula, written out for one question of four passages, one of which holds the answer."""
    rng = np.random.default_rng(0)
    book = Codebook(np.eye(4, dtype=np.float32), rng.normal(size=(2, 256, 2)).astype(np.float32), np.zeros((1, 4)))
    net = JointRanker(MeanPooled(torch.nn.Identity()), book, rng.integers(256, size=(5, 2)))
    query = torch.tensor([[0.5, -0.1, 0.7, 0.2]])
    scores = (query @ net.vectors().T)[0].detach().numpy()
    positive = int(np.argsort(-scores)[2])  # two others are above it
    texts = [f"Text {number}." for number in range(5)]
    texts[int(np.argsort(-scores)[1])] = "The answer is 1902."
    question = RankingQuestion("When?", ("1902",), (positive,))
    batch = RankingBatch((question,), (positive,), ((1, 2),))
    loss = pairwise_loss(net, query, batch, RankedPassages(texts=texts))
    order = [number for number in np.argsort(-scores) if "1902" not in texts[number]]
    rank = order.index(positive) + 1
    wanted = sum(
        abs(1 / rank - 1 / (order.index(other) + 1)) * np.logaddexp(0, 20 * (scores[other] - scores[positive]))
        for other in order
        if other != positive
    )
    assert rank == 2 and loss.item() == pytest.approx(float(wanted), rel=1e-4)
    loss.backward()
    used = {(piece, int(code)) for row in net.codes[order] for piece, code in enumerate(row)}
    moved = net.centroids.grad.abs().sum(2).nonzero().tolist()
    assert {(piece, code) for piece, code in moved} == used


def test_a_trained_index_in_use(folder, embedder, trained):
    out, _, figures = trained
    assert figures["log"][-1]["tokens"] >= FEW_TOKENS and all(np.isfinite(row.get("rank", 0)) for row in figures["log"])
    assert "skipped" not in figures["log"][-1]
    queries = OnnxEmbedder(out)
    index = DenseRetriever.load(out / "index", embedder=embedder, query_embedder=queries, cache=False)
    before = DenseRetriever.load(folder / "index", embedder=embedder, cache=False)
    assert np.array_equal(index.product_codes.codes, before.product_codes.codes)
    assert np.array_equal(index.product_codes.codebook.centroids, before.product_codes.codebook.centroids)
    assert not np.array_equal(index.product_codes.codebook.scoring, before.product_codes.codebook.scoring)
    assert queries.fingerprint != embedder.fingerprint
    state = torch.load(out / "work" / "checkpoint.pt", weights_only=True)["held"]
    network = from_embedder(embedder)
    network.load_state_dict(
        network.state_dict()
        | {name.removeprefix("encoder."): tensor for name, tensor in state.items() if name.startswith("encoder.")}
    )
    text = PASSAGES[3][1]
    ids = torch.tensor([queries.token_ids(text)])
    with torch.no_grad():
        vector = network(ids, torch.ones_like(ids))[0].numpy()
    assert queries.embed([text])[0] @ vector > 0.9999  # the export has what was trained
    assert len(index.retrieve("Where does the miller of Oslo live?", 5)) == 5
    with pytest.raises(StorageError, match="query_embedder"):
        DenseRetriever.load(out / "index", embedder=embedder, cache=False)


@pytest.mark.parametrize("situated", [False, True])
def test_queries_learn_alone_over_vectors(folder, embedder, tmp_path, situated):
    texts = [text for _, text in PASSAGES]
    documents = [Document(f"d{number}", " ".join(texts[number : number + 2])) for number in range(0, 250, 2)]
    options = {"situated": situated, "max_words": 18, "cache": False, "embedder": embedder}
    DenseRetriever(documents, **options).save(tmp_path / "index")
    rows = []
    for number in range(0, 300, 2):
        text, year = " ".join(texts[number : number + 2]), str(1500 + number)
        span = {"doc": f"d{number}", "start": text.index(year), "end": text.index(year) + 4}
        document = {"id": f"d{number}", "title": None, "text": text}
        rows.append(record(number) | {"documents": [document], "support_spans": [span]})
    (tmp_path / "qa.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    call = {"embedder": embedder.folder, "tokens": FEW_TOKENS, "device": "cpu", "cache": False}
    figures = train_retriever(tmp_path / "index", [tmp_path / "qa.jsonl"], tmp_path / "out", **call)
    assert figures["passages"] == 300 and all(np.isfinite(row.get("rank", 0)) for row in figures["log"])
    queries = OnnxEmbedder(tmp_path / "out")
    index = DenseRetriever.load(tmp_path / "out" / "index", embedder=embedder, query_embedder=queries, cache=False)
    before = DenseRetriever.load(tmp_path / "index", embedder=embedder, cache=False)
    assert index.situated == situated and len(index) == 250
    assert np.array_equal(index.vectors(range(250)), before.vectors(range(250)))
    assert queries.fingerprint != embedder.fingerprint and len(index.retrieve("Who lives in Oslo?", 3)) == 3


def test_supporting_passages_of_a_document(tmp_path):
    sentences = [f"Sentence number {number} says that {number} came." for number in range(40)]
    text = " ".join(sentences)
    start = text.index("number 7 says")
    row = record(0) | {"documents": [{"id": "a", "title": "T", "text": text}], "answers": ["7"]}
    row["support_spans"] = [{"doc": "a", "start": start, "end": start + 8}]
    (tmp_path / "qa.jsonl").write_text(json.dumps(row) + "\n")
    passages = RankedPassages(partial(to_passages, max_words=15))
    [question] = read_ranking_questions([tmp_path / "qa.jsonl"], passages)
    [positive] = question.positives
    assert len(passages.texts) > 10 and "number 7 says" in passages.texts[positive]
    assert passages.texts[positive].startswith("T")


def test_a_run_that_stopped_goes_on(folder, trained, monkeypatch):
    out, options, figures = trained
    files = [folder / "qa.jsonl"]
    stopped = folder / "stopped"
    monkeypatch.setattr("ragzip.training.loop._Clock.is_last_step", lambda clock: True)
    train_retriever(folder / "index", files, stopped, **options | {"minutes": 5})
    assert json.loads((stopped / "work" / "log.jsonl").read_text().splitlines()[-1])["step"] == 1
    monkeypatch.undo()
    resumed = train_retriever(folder / "index", files, stopped, **options)
    assert resumed["log"][-1]["step"] == figures["log"][-1]["step"]
    centroids = [np.load(next((place / "index").glob("data-*/scoring.npy"))) for place in (out, stopped)]
    assert np.allclose(*centroids, atol=1e-6)


def test_inputs_are_checked(folder, embedder, tmp_path):
    DenseRetriever(embedder=embedder, cache=False).save(tmp_path / "empty")
    options = {"embedder": embedder.folder, "cache": False, "device": "cpu"}
    with pytest.raises(OptionError, match="no passages"):
        train_retriever(tmp_path / "empty", [folder / "qa.jsonl"], tmp_path / "out", **options)
    with pytest.raises(StorageError, match="embedder"):
        train_retriever(folder / "index", [folder / "qa.jsonl"], tmp_path / "out", cache=False, device="cpu")
    with pytest.raises(OptionError, match="is an input"):
        train_retriever(folder / "index", [folder / "qa.jsonl"], folder / "index", **options)
    assert not (tmp_path / "out").exists()


def test_a_run_that_is_over_is_written_again_on_the_command_line(folder, embedder, trained):
    out, _, figures = trained
    command = f"train retriever --index {folder / 'index'} --data {folder / 'qa.jsonl'} --out {out}"
    more = f"--embedder {embedder.folder} --tokens {FEW_TOKENS} --device cpu"
    done = CliRunner().invoke(app, [*command.split(), *more.split()])
    assert done.exit_code == 0, done.output
    assert "recall@5" in done.output.splitlines()[-1]
    rows = [json.loads(line) for line in (out / "work" / "log.jsonl").read_text().splitlines()]
    assert rows == figures["log"]  # there was nothing left to do
