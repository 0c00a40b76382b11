"""One method and one recipe on torch, with small checkpoints: the others are in ``tiny`` and ``recipes``."""

import pytest
from click.testing import CliRunner

import ragzip
from ragzip.cli import app

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def needs_torch():
    pytest.importorskip("torch", reason="needs ragzip[torch]")
    pytest.importorskip("transformers", reason="needs ragzip[torch]")


def test_a_token_classifier(tmp_path):
    from tiny.checkpoints import corpus, make

    path = make("bert", tmp_path)
    compressor = ragzip.load("llmlingua2", model=path)
    result = ragzip.compress(corpus()[0], rate=0.4, compressor=compressor)
    assert 0.3 < result.stats.rate <= 0.4
    for citation in result.citations():
        assert corpus()[0][citation.source_start : citation.source_end] == result.text[citation.start : citation.end]


def test_fine_tuning_from_the_command_line(tmp_path, monkeypatch):
    from recipes.questions import many, pair_encoder, write
    from tiny.checkpoints import corpus

    from ragzip.training.data import spread
    from ragzip.training.pruner.statements import statement_questions

    monkeypatch.setattr("ragzip.training.pruner.export.LEAST_SAME", 0.5)  # random weights: near-ties abound
    some_statements = spread(statement_questions(), 24)  # all of them in ``recipes``
    monkeypatch.setattr("ragzip.training.pruner.recipe.statement_questions", lambda: some_statements)
    file = write(tmp_path / "mine.jsonl", many(16))
    trained = tmp_path / "pruner"
    command = ["train", "pruner", "--data", str(file), "--out", str(trained), "--tokens", "1500"]
    result = CliRunner().invoke(app, [*command, "--model", str(pair_encoder(tmp_path))])
    assert result.exit_code == 0, result.output
    assert "supporting sentences kept" in result.output
    names = {"model.onnx", "config.json", "tokenizer.json", "agreement.json", "CARD.md", "run.json", "curve.png"}
    assert names <= {path.name for path in trained.iterdir()}
    assert "mine.jsonl" in (trained / "CARD.md").read_text()
    for options in ({}, {"hops": 1}, {"similarity": False}, {"hops": 1, "similarity": False}):
        compressor = ragzip.load("pruner", model=trained, **options)
        assert ragzip.compress(list(corpus()[:3]), "Who was Chopin?", rate=0.2, compressor=compressor).text
