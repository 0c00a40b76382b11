"""The recipe of the check of rewritings from the shipped encoder on: what is made wrong is learnt."""

import json
import sys

from tiny.faith_data import write_summaries

from ragzip.compressors.checking.features import SENTENCE_TYPES
from ragzip.training.faith import __main__ as recipe


def test_the_recipe_from_beginning_to_end(tmp_path, monkeypatch):
    data, out = write_summaries(tmp_path / "data"), tmp_path / "checker"
    options = {"train": data, "dev": data, "work": tmp_path / "work", "out": out, "tokens": 1500}
    monkeypatch.setattr(
        sys, "argv", ["faith", *(part for name, value in options.items() for part in (f"--{name}", str(value)))]
    )
    recipe.main()
    settings = json.loads((out / "config.json").read_text("utf-8"))["ragzip"]
    assert set(settings["doubt"]) == {*SENTENCE_TYPES, "threshold"} and 0 < settings["doubt"]["threshold"] <= 1
    assert set(settings["figures"]) == {"all", "scitldr", "qmsum", "squality", "copied", "shortened"}
    assert settings["figures"]["all"]["untouched"]["refused"] <= 0.05
    run = settings["run"]
    assert run["log"][0]["tokens"] == 0 and run["log"][-1]["tokens"] >= 1500
    assert {"dev summaries ahead", "dev copies found at 5 %"} <= set(run["log"][-1])
    sentences = run["sentences"]
    assert sum(sentences[name] for name in ("scitldr", "qmsum-summaries", "squality")) > sentences["denials"] > 0
