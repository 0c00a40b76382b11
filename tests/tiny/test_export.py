"""The embedder's recipe from end to end, on a BERT of the same layout made here."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs ragzip[torch]")
transformers = pytest.importorskip("transformers", reason="needs ragzip[torch]")
pytest.importorskip("onnx", reason="needs ragzip[torch]")

from ragzip.backends.runtimes.onnx import OnnxEmbedder  # noqa: E402
from ragzip.errors import ModelError  # noqa: E402
from ragzip.models import shipped  # noqa: E402
from ragzip.training.embedder import agreement, export, read_pairs  # noqa: E402

PAIRS = [
    ("What is red?", ["The apple is red.", "The sky is blue.", "Grass is green.", "Cars are fast.", "It rains."])
] * 3

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = json.loads((shipped("embedder") / "tokenizer.json").read_text("utf-8"))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=30522, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=64,
    )  # fmt: skip
    transformers.BertModel(config).eval().save_pretrained(folder)
    return folder


def test_export_agrees_and_runs_without_torch(checkpoint, tmp_path):
    measured = export(checkpoint, PAIRS, tmp_path / "out")
    assert measured.spearman >= 0.99 and measured.pairs == 15
    embedder = OnnxEmbedder(tmp_path / "out")
    assert embedder.dimension == 32 and json.loads((tmp_path / "out" / "agreement.json").read_text())["pairs"] == 15
    model = transformers.AutoModel.from_pretrained(checkpoint)
    ids = embedder._model.tokenizer.encode("The apple is red.").ids
    with torch.no_grad():
        mean = model(input_ids=torch.tensor([ids])).last_hidden_state[0].mean(0).numpy()
    ours = embedder.embed(["The apple is red."])[0]
    assert ours @ (mean / np.linalg.norm(mean)) > 0.99


def test_a_model_that_disagrees_is_not_written(checkpoint, tmp_path, monkeypatch):
    monkeypatch.setattr("ragzip.training.embedder.LEAST_AGREEMENT", 1.1)
    with pytest.raises(ModelError, match="agrees with float"):
        export(checkpoint, PAIRS, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_agreement_of_a_model_with_itself():
    embedder = OnnxEmbedder()
    assert agreement(embedder, embedder, PAIRS)[1:] == (pytest.approx(1), 1.0, 0.0)


def test_pairs(tmp_path):
    row = {"question": "q", "documents": [{"text": "One. Two.", "sentences": [[0, 4], [5, 9]]}]}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n")
    assert read_pairs([tmp_path / "a.jsonl"], 5) == [("q", ["One.", "Two."])]
    (tmp_path / "b.jsonl").write_text(
        json.dumps({"question": "q", "documents": [{"text": "x", "sentences": None}]}) + "\n"
    )
    assert read_pairs([tmp_path / "b.jsonl"], 5) == [("q", ["x"])]
