"""The recipe of the check of rewritings, on a few summaries: what is made wrong, weighed and written."""

import json

import numpy as np
import pytest

from ragzip.compressors.checking.check import doubt
from ragzip.compressors.checking.features import FEATURES, SENTENCE_TYPES
from ragzip.errors import InputError
from ragzip.testing import FakeEmbedder
from ragzip.training.checker.data import KINDS, Summary, cases, read_copies, read_summaries
from ragzip.training.checker.pairs import questions
from ragzip.training.checker.recipe import FeatureTable, figures, fit, threshold, train_checker

from .checker_data import said, write_summaries
from .questions import pair_encoder


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_summaries(tmp_path_factory.mktemp("checker"))


def test_every_sentence_is_made_wrong_in_each_way(data):
    summaries = read_summaries(data)
    assert [one.name for one in summaries] == ["scitldr"] * 24 + ["qmsum"] * 24 + ["squality"] * 24
    made = cases(summaries, 1)
    assert made == cases(summaries, 1) and {case.kind for case in made} == set(KINDS)
    for case in made:
        own = summaries[case.summary]
        was, text = own.sentences[case.sentence], case.text
        if case.kind == "untouched":
            assert text == was and case.wrong is None
            continue
        assert text != was
        now, everything = text[slice(*case.wrong)], " ".join(own.sources)
        if case.kind == "name":
            assert now not in everything
        elif case.kind == "name of the source":
            assert now in everything and now not in was
        elif case.kind == "denial put in":
            assert "not" in now and "not" not in was
        elif case.kind == "denial taken out":
            assert now == "" and "not" in was and "not" not in text
    with pytest.raises(InputError, match="has none of"):
        read_summaries(data / "qa")


def test_sentences_that_are_copied(data):
    made = read_copies(data, 1)
    assert made == read_copies(data, 1) and len(read_copies(data, 1, 0.01)) < len(made)
    assert {one.name for one in made} == {"copied", "shortened"}
    copied = [one for one in made if one.name == "copied"]
    assert all(one.sentences[0] in one.sources for one in copied)
    true = {sentence for i in range(24) for sentence in said(i)}
    true |= {f"Marketing: {sentence}" for sentence in true}
    true |= {"It was a hard winter that year.", "Nobody wrote about it in the papers."}
    changed = [one for one in copied if one.sentences[0] not in true]
    assert 0.2 * len(copied) < len(changed) < 0.7 * len(copied)  # half, where there is something to change
    assert all(one.sentences[0] != one.sources[0] for one in made if one.name == "shortened")


@pytest.mark.parametrize("embedder", [None, FakeEmbedder()])
def test_what_the_model_reads(embedder):
    own = Summary("one", (" ".join(said(3)), "Edith was sent to Lima in 1950."), (said(3)[1],))
    (question,) = questions([own, Summary("two", ("Harriet was in Kyoto.",), ())], embedder, 1)
    assert question.query.startswith(said(3)[1])
    first, *wrong = question.passages
    assert first.text == said(3)[1] and first.keep == (False,) and first.words == ()
    assert wrong and all(one.keep == (True,) and one.relevant and one.words for one in wrong)
    without = next(one for one in wrong if "did find" in one.text)
    assert [without.text[slice(*span)] for span in without.words] == ["did", "find"]


def test_weights_tell_what_was_made_wrong():
    rng = np.random.default_rng(0)
    kinds = np.array(["untouched"] * 300 + ["denial put in"] * 300)
    values = rng.normal(size=(600, len(FEATURES))) * 0.1
    values[:, [i for i, name in enumerate(FEATURES) if "not in sources" in name]] = 0
    values[300:, FEATURES.index("worst word error logit")] += 1
    table = FeatureTable(values, kinds, np.array(["a", "b"] * 300))
    weights = fit(table)
    assert set(weights) == set(SENTENCE_TYPES) and all(
        set(weights[way]) == {*FEATURES, "bias"} for way in SENTENCE_TYPES
    )
    assert all(weights[way]["worst word error logit"] > 3 for way in SENTENCE_TYPES)
    weights["threshold"] = threshold(table, weights)
    found = figures(table, weights)
    assert found["all"]["untouched"] == {"refused": pytest.approx(0.05, abs=0.005), "n": 300}
    assert found["all"]["denial put in"]["refused"] > 0.95 and set(found) == {"all", "a", "b"}
    values[0, FEATURES.index("numbers not in sources")] = 1
    assert doubt(values, weights)[0] == 1


def test_the_recipe_on_a_small_encoder(tmp_path, monkeypatch):
    """A step or two; the shipped encoder, and what it learns, is in tests/training."""
    monkeypatch.setattr("ragzip.training.pruner.export.LEAST_SAME", 0.0)
    monkeypatch.setattr("ragzip.training.checker.recipe.OnnxEmbedder", FakeEmbedder)
    monkeypatch.setattr("ragzip.training.checker.recipe._DEV_COPIES_SHARE", 0.005)
    data, out = write_summaries(tmp_path / "data", count=6), tmp_path / "checker"
    train_checker(data, data, out, tmp_path / "work", tokens=1000, model=pair_encoder(tmp_path))
    settings = json.loads((out / "config.json").read_text("utf-8"))["ragzip"]
    assert set(settings["doubt"]) == {*SENTENCE_TYPES, "threshold"} and 0 < settings["doubt"]["threshold"] <= 1
    assert set(settings["figures"]) == {"all", "scitldr", "qmsum", "squality", "copied", "shortened"}
