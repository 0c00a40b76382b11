"""The recipe of the check of rewritings from a small BERT on: what is made wrong is learnt."""

import json

from click.testing import CliRunner
from recipes.checker_data import write_summaries
from recipes.questions import pair_encoder

from ragzip.cli import app
from ragzip.compressors.checking.features import SENTENCE_TYPES

TOKENS = 20_000


def test_the_recipe_from_beginning_to_end(tmp_path):
    data, dev = write_summaries(tmp_path / "data", 60), write_summaries(tmp_path / "dev")
    work, out, model = tmp_path / "work", tmp_path / "checker", pair_encoder(tmp_path)
    options = {"train": data, "dev": dev, "work": work, "out": out, "model": model, "tokens": TOKENS}
    arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    result = CliRunner().invoke(app, ["train", "checker", *arguments])
    assert result.exit_code == 0, result.output
    settings = json.loads((out / "config.json").read_text("utf-8"))["ragzip"]
    assert set(settings["doubt"]) == {*SENTENCE_TYPES, "threshold"} and 0 < settings["doubt"]["threshold"] <= 1
    assert set(settings["figures"]) == {"all", "scitldr", "qmsum", "squality", "copied", "shortened"}
    assert settings["figures"]["all"]["untouched"]["refused"] <= 0.05
    run = settings["run"]
    assert set(run["claims"]) == {"fever-symmetric"}
    assert run["log"][0]["tokens"] == 0 and run["log"][-1]["tokens"] >= TOKENS
    assert {"dev summaries ahead", "dev copies found at 5 %"} <= set(run["log"][-1])
    sentences = run["sentences"]
    assert sum(sentences[name] for name in ("scitldr", "qmsum-summaries", "squality")) > sentences["denials"] > 0
