"""Every recipe from packed data over a bundle, trained in an environment that has six packages alone, to a model."""

import json
import shutil

import pytest
from click.testing import CliRunner
from tiny.checkpoints import llama
from tiny.faith_data import write_summaries
from tiny.questions import many, pair_encoder, write
from tiny.soft_data import write_places

import ragzip
from ragzip.backends.load import load_pruner
from ragzip.cli import app
from ragzip.models import shipped
from ragzip.soft.prompt import SoftPrompt
from ragzip.soft.reader import SoftReader

from .fresh_environment import make_environment, make_wheels, run_there

TOKENS = 20_000


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    return make_environment(tmp_path_factory.mktemp("environment"))


def call(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def train_there(recipe, folder, environment, *options, tokens=TOKENS):
    """The folder of the results of a bundle that was carried to a machine without a network."""
    wheels = folder / "wheels"
    wheels.mkdir()
    bundle = folder / "bundle"
    call("train", "bundle", recipe, "-o", bundle, "--wheels", make_wheels(wheels, recipe), "--tokens", tokens, *options)
    assert all(part.stat().st_size <= 48 * 2**20 for part in bundle.iterdir())
    carried = folder / "carried"
    carried.mkdir()
    for name in ("run.py", "parts.json", *(part.name for part in bundle.glob("bundle.tar.*"))):
        shutil.copyfile(bundle / name, carried / name)
    run_there(carried / "run.py", environment, "--device", "cpu", "--checkpoint")
    results = carried / "results"
    assert all(part.stat().st_size <= 15 * 2**20 for part in results.iterdir())
    return results


def test_pruner(environment, tmp_path):
    data, packed, dev = write(tmp_path / "q.jsonl", many(40)), tmp_path / "a.packed", tmp_path / "dev.packed"
    for out, options in ((packed, ()), (dev, ("--dev", "--most", 10))):
        call("train", "pack", "pruner-english", "--data", data, "--tokenizer", shipped("pruner"), "-o", out, *options)
    results = train_there("pruner", tmp_path, environment, "--packed", packed, "--dev", dev)
    out, work = tmp_path / "out", tmp_path / "work"
    call("train", "finish", results, "--dev", data, "-o", out, "--checkpoint", work)
    figures = json.loads((out / "run.json").read_text("utf-8"))
    assert figures["tokens"] >= TOKENS and figures["sources"] and "all kept" in figures["dev"]
    assert (out / "CARD.md").is_file() and (work / "checkpoint.pt").is_file()
    assert ragzip.compress(["A mill. It burned down."], "mill?", compressor=ragzip.load("pruner", model=out)).text


def test_checker(environment, tmp_path):
    """From float weights: a short training moves the shipped int8 ones by less than a step of int8, which loses it."""
    data, packed, dev = write_summaries(tmp_path / "data"), tmp_path / "a.packed", tmp_path / "dev.packed"
    model = pair_encoder(tmp_path)
    for out, options in ((packed, ()), (dev, ("--dev", "--most", 10))):
        call("train", "pack", "checker", "--data", data, "--tokenizer", model, "-o", out, *options)
    results = train_there("checker", tmp_path, environment, "--packed", packed, "--dev", dev, "-m", model)
    call("train", "finish", results, "--train", data, "--dev", data, "-o", tmp_path / "out")
    settings = json.loads((tmp_path / "out" / "config.json").read_text("utf-8"))["ragzip"]
    assert settings["run"]["log"][-1]["tokens"] >= TOKENS and "dev all ahead" in settings["run"]["log"][-1]
    assert 0 < settings["doubt"]["threshold"] <= 1 and load_pruner(tmp_path / "out", None)


@pytest.mark.parametrize("method", ["reader", "compllm", "gmsa", "xrag"])
def test_soft(environment, tmp_path, method):
    model, data, packed = llama(tmp_path), write_places(tmp_path, 60), tmp_path / "a.packed"
    call("train", "pack", "soft", "--data", data, "--tokenizer", model, "-o", packed)
    results = train_there(method, tmp_path, environment, "--packed", packed, "--dev", packed, "-m", model, tokens=2000)
    call("train", "finish", results, "-o", tmp_path / "out")
    assert json.loads((tmp_path / "out" / "config.json").read_text("utf-8"))["run"]["log"][-1]["tokens"] >= 2000
    if method == "reader":
        assert SoftReader(model, adapter=tmp_path / "out").generate([SoftPrompt.of("A.", "B?")], max_tokens=2)
        return
    compressor = ragzip.load(f"soft/{method}", model=model, adapter=tmp_path / "out")
    assert ragzip.compress("Ada lives in Oslo.", "Where?", compressor=compressor, cache=False).segments
