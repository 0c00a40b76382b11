"""Every recipe in an environment that has six packages alone: most from packed data over a bundle to a model and its
card, the rewriter and the embedder, which no bundle carries, by their own commands.
"""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from recipes.checker_data import write_summaries
from recipes.questions import many, write
from recipes.rewriter_data import write_texts
from recipes.soft_data import write_places
from tiny.checkpoints import llama, make

import ragzip
from ragzip.backends.load import load_pruner
from ragzip.backends.runtimes.onnx import OnnxEmbedder
from ragzip.cli import app
from ragzip.soft.prompt import SoftPrompt
from ragzip.soft.reader import SoftReader
from ragzip.text.splitters import sentences
from ragzip.training.bundle.make import _copy_package
from ragzip.training.bundle.run import unpack_wheels

from .fresh_environment import make_environment, make_wheels, run_there

TOKENS = 20_000


class Elsewhere(NamedTuple):
    """The other machine: its packages, and the wheels of what is missing there for any recipe."""

    environment: Path
    wheels: Path


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    return Elsewhere(
        make_environment(tmp_path_factory.mktemp("environment")),
        make_wheels(tmp_path_factory.mktemp("wheels"), "compllm"),
    )


def call(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def train_there(recipe, folder, elsewhere, *options):
    """The folder of the results of a bundle that was carried to a machine without a network."""
    bundle = folder / "bundle"
    call("train", "bundle", recipe, "-o", bundle, "--wheels", elsewhere.wheels, "--tokens", TOKENS, *options)
    assert all(part.stat().st_size <= 48 * 2**20 for part in bundle.iterdir())
    carried = folder / "carried"
    carried.mkdir()
    for name in ("run.py", "parts.json", *(part.name for part in bundle.glob("bundle.tar.*"))):
        shutil.copyfile(bundle / name, carried / name)
    run_there(carried / "run.py", elsewhere.environment, "--device", "cpu", "--checkpoint")
    results = carried / "results"
    assert all(part.stat().st_size <= 15 * 2**20 for part in results.iterdir())
    return results


def test_pruner(elsewhere, tmp_path):
    """From the shipped int8 weights, which so short a training moves by less than half a step of int8."""
    data, packed, dev = write(tmp_path / "q.jsonl", many(40)), tmp_path / "a.packed", tmp_path / "dev.packed"
    for out_folder, options in ((packed, ()), (dev, ("--dev", "--most", 10))):
        call("train", "pack", "pruner-english", "--data", data, "-o", out_folder, *options)
    results = train_there("pruner", tmp_path, elsewhere, "--packed", packed, "--dev", dev)
    out_folder, work = tmp_path / "out", tmp_path / "work"
    call("train", "finish", results, "--dev", data, "-o", out_folder, "--checkpoint", work)
    figures = json.loads((out_folder / "run.json").read_text("utf-8"))
    assert figures["tokens"] >= TOKENS and figures["sources"] and "all kept" in figures["dev"]
    assert figures["agreement"]["correlation"] > 0.999
    assert (out_folder / "CARD.md").is_file() and (work / "checkpoint.pt").is_file()
    assert ragzip.compress(
        ["A mill. It burned down."], "mill?", compressor=ragzip.load("pruner", model=out_folder)
    ).text


def test_checker(elsewhere, tmp_path):
    """From the shipped pruner, as by default."""
    data, dev_data = write_summaries(tmp_path / "data", 100), write_summaries(tmp_path / "dev")
    packed, dev = tmp_path / "a.packed", tmp_path / "dev.packed"
    call("train", "pack", "checker", "--data", data, "-o", packed)
    call("train", "pack", "checker", "--data", dev_data, "-o", dev, "--dev", "--most", 10)
    results = train_there("checker", tmp_path, elsewhere, "--packed", packed, "--dev", dev)
    call("train", "finish", results, "--train", data, "--dev", dev_data, "-o", tmp_path / "out")
    settings = json.loads((tmp_path / "out" / "config.json").read_text("utf-8"))["ragzip"]
    assert settings["run"]["log"][-1]["tokens"] >= TOKENS and "dev all ahead" in settings["run"]["log"][-1]
    assert settings["run"]["agreement"]["sentences"] > 20 and settings["run"]["agreement"]["correlation"] > 0.99
    assert 0 < settings["doubt"]["threshold"] <= 1 and load_pruner(tmp_path / "out")


@pytest.mark.parametrize("method", ["reader", "compllm", "gmsa", "xrag"])
def test_soft(elsewhere, tmp_path, method):
    model, data, packed = llama(tmp_path), write_places(tmp_path, 60), tmp_path / "a.packed"
    call("train", "pack", "soft", "--data", data, "--tokenizer", model, "-o", packed)
    results = train_there(method, tmp_path, elsewhere, "--packed", packed, "--dev", packed, "-m", model)
    call("train", "finish", results, "-o", tmp_path / "out")
    assert json.loads((tmp_path / "out" / "config.json").read_text("utf-8"))["run"]["log"][-1]["tokens"] >= TOKENS
    if method == "reader":
        assert SoftReader(model, adapter=tmp_path / "out").generate([SoftPrompt.of("A.", "B?")], max_tokens=2)
        return
    compressor = ragzip.load(f"soft/{method}", model=model, adapter=tmp_path / "out")
    assert ragzip.compress("Ada lives in Oslo.", "Where?", compressor=compressor, cache=False).segments


def run_module(name, folder, elsewhere, *arguments):
    """The output of ``python -m NAME`` there, with the package and the wheels laid out as a bundle lays them out."""
    package, site, script = folder / "package", folder / "site", folder / "script.py"
    _copy_package(package, ("bpe",))
    unpack_wheels(elsewhere.wheels, site)
    script.write_text(
        f"import runpy, sys\nsys.path.insert(0, {str(package)!r})\nsys.path.append({str(site)!r})\n"
        f"runpy.run_module({name!r}, run_name='__main__', alter_sys=True)\n"
    )
    return run_there(script, elsewhere.environment, *map(str, arguments))


def test_rewriter(elsewhere, tmp_path):
    (tmp_path / "data").mkdir()
    model, data, out_folder = llama(tmp_path), write_texts(tmp_path / "data"), tmp_path / "adapter"
    places = {"--model": model, "--train": data, "--dev": data, "--out": out_folder}
    options = [part for option in places.items() for part in option]
    run_module("ragzip", tmp_path, elsewhere, "train", "rewriter", *options, "--tokens", TOKENS, "--device", "cpu")
    last = json.loads((out_folder / "config.json").read_text("utf-8"))["run"]["log"][-1]
    assert last["tokens"] >= TOKENS and {"nll", "dev scitldr", "dev squad"} <= set(last)
    rewrite = ragzip.load("abstractive/recomp", model=model, adapter=out_folder)
    assert ragzip.compress(["Ada lives in Oslo. It rains."], target_tokens=12, compressor=rewrite, cache=False).text


def test_embedder(elsewhere, tmp_path):
    records = many()
    for record in records:
        for document in record["documents"]:
            document["sentences"] = [list(span) for span in sentences(document["text"])]
    pairs, out_folder = write(tmp_path / "pairs.jsonl", records), tmp_path / "embedder"
    module = "ragzip.training.embedder"
    output = run_module(module, tmp_path, elsewhere, make("bert", tmp_path), "--pairs", pairs, "--out", out_folder)
    agreement = json.loads((out_folder / "agreement.json").read_text("utf-8"))
    assert json.loads(output[output.index("{") :]) == agreement and agreement["spearman"] >= 0.99
    assert OnnxEmbedder(out_folder).embed(["A mill.", "It burned."]).shape == (2, 32)
