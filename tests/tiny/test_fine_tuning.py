"""One recipe from questions to a model that compresses, in some steps: the others are in ``recipes``."""

import pytest
from click.testing import CliRunner
from recipes.questions import many, pair_encoder, write

import ragzip
from ragzip.cli import app

from .checkpoints import corpus


@pytest.mark.filterwarnings("ignore")
def test_fine_tuning_from_the_command_line(tmp_path, monkeypatch):
    monkeypatch.setattr("ragzip.training.pruner.export.LEAST_SAME", 0.5)  # random weights: near-ties abound
    encoder = pair_encoder(tmp_path)
    file = write(tmp_path / "mine.jsonl", many(16))
    out = tmp_path / "pruner"
    command = ["train", "pruner", "--data", str(file), "--out", str(out), "--model", str(encoder), "--tokens", "1500"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "supporting sentences kept" in result.output
    names = {"model.onnx", "config.json", "tokenizer.json", "agreement.json", "CARD.md", "run.json", "curve.png"}
    assert names <= {path.name for path in out.iterdir()}
    assert "mine.jsonl" in (out / "CARD.md").read_text()
    for options in ({}, {"hops": 1}, {"similarity": False}, {"hops": 1, "similarity": False}):
        compressor = ragzip.load("pruner", model=out, **options)
        assert ragzip.compress(list(corpus()[:3]), "Who was Chopin?", rate=0.2, compressor=compressor).text
