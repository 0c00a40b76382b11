"""Every recipe, stopped at a random step some steps after its checkpoint and started again: the same losses."""

import json
import zlib
from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny.checkpoints import llama

from ragzip.training import loop, rewriter
from ragzip.training.bundle import train as bundled
from ragzip.training.packed.format import write_packed
from ragzip.training.packed.make import packed_of, tokenizer_of
from ragzip.training.soft.packed import language_tokenizer, pack_questions
from ragzip.training.soft.recipe import METHODS

from .checker_data import write_summaries
from .questions import many, pair_encoder, write
from .rewriter_data import write_texts
from .soft_data import small_batches, write_places

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("one_thread")]

TOKENS = {"pruner": 7_000, "checker": 7_000, "rewriter": 8_000}  # the others: 1,100, six batches of 200


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """A folder with an unpacked bundle of each recipe, and the texts of the rewriter."""
    folder = tmp_path_factory.mktemp("bundles")
    encoder, language_model = pair_encoder(folder), llama(folder)
    data = {"pruner": ("pruner-english", [write(folder / "q.jsonl", many())]), "checker": ("checker", folder / "told")}
    write_summaries(folder / "told")
    packed = {name: packed_of(files, mixture, tokenizer_of(encoder)) for name, (mixture, files) in data.items()}
    places = pack_questions([write_places(folder, 40)], language_tokenizer(language_model))
    for recipe in (*bundled.PLANS, *METHODS):
        bundle = folder / recipe
        bundle.mkdir()
        arrays = packed.get(recipe, places)
        write_packed(bundle / bundled.TRAIN, arrays.arrays, arrays.about)
        (bundle / bundled.MODEL).symlink_to(encoder if recipe in bundled.PLANS else language_model)
        description = {"recipe": recipe, "tokens": TOKENS.get(recipe, 1100), "rate": None, "seed": 3}
        (bundle / bundled.DESCRIPTION).write_text(json.dumps(description | {"model_file": None}))
    (folder / "rewriter").mkdir()
    write_texts(folder / "rewriter")
    return folder


@pytest.fixture(autouse=True)
def short_steps(monkeypatch):
    """Small batches, and a row of the log for each."""
    monkeypatch.setattr(loop, "STEPS_PER_ROW", 1)
    for name, plan in bundled.PLANS.items():
        monkeypatch.setitem(bundled.PLANS, name, replace(plan, batch_tokens=1200, rate=2e-3))
    with small_batches():
        yield


def train(recipe, bundles, work):
    """The losses of each step, with the development figures of the last one, and the trained tensors."""
    if recipe == "rewriter":
        texts, model = bundles / recipe, bundles / "reader" / bundled.MODEL
        rewriter.train_rewriter(model, texts, texts, work / "out", work, TOKENS[recipe], device="cpu")
        log = work / "log.jsonl"
    else:
        bundled.train_bundled(bundles / recipe, work, device="cpu")
        log = (work if recipe in bundled.PLANS else work / bundled.ADAPTER / "work") / "log.jsonl"
    rows = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    losses = {
        row["step"]: {
            name: value
            for name, value in row.items()
            if name != "seconds" and (row is rows[-1] or not name.startswith("dev "))
        }
        for row in rows
        if row["step"]
    }
    return losses, torch.load(log.with_name("checkpoint.pt"), weights_only=True)["held"]


class Stop(Exception):
    pass


SOFT_ALIKE = ("gmsa", "xrag")  # they are trained by the recipe of compllm


@pytest.mark.parametrize(
    "recipe",
    [
        *(pytest.param(name, marks=pytest.mark.full if name in SOFT_ALIKE else ()) for name in METHODS),
        *bundled.PLANS,
        "rewriter",
    ],
)
def test_the_losses_are_those_of_a_run_that_was_not_stopped(recipe, bundles, tmp_path, monkeypatch):
    losses, weights = train(recipe, bundles, tmp_path / "whole")
    rng = np.random.default_rng(zlib.crc32(recipe.encode()))
    saved_at = int(rng.integers(1, len(losses) - 2))
    stopped_at = int(rng.integers(saved_at, len(losses)))
    take_step = loop._Training.take_step

    def stopping(training, batch):
        if training.step == stopped_at:
            raise Stop
        take_step(training, batch)
        training.clock.saved = -np.inf if training.step == saved_at else np.inf

    with monkeypatch.context() as patch, pytest.raises(Stop):
        patch.setattr(loop._Training, "take_step", stopping)
        train(recipe, bundles, tmp_path / "cut")
    (checkpoint,) = (tmp_path / "cut").rglob("checkpoint.pt")
    assert torch.load(checkpoint, weights_only=True)["step"] == saved_at < len(losses) - 1
    again, weights_again = train(recipe, bundles, tmp_path / "cut")
    assert again.keys() == losses.keys() and len(losses) > 4
    assert all(again[step] == pytest.approx(row, abs=1e-4) for step, row in losses.items())
    assert all(torch.equal(weights_again[name], tensor) for name, tensor in weights.items())
