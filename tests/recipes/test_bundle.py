"""Parts that are carried to another machine and back, and figures of packed development data."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from tiny.checkpoints import llama

from ragzip.cli import app
from ragzip.errors import InputError, ModelError
from ragzip.training.bundle import run
from ragzip.training.bundle.finish import finish_results
from ragzip.training.bundle.make import PRESENT, missing_packages, write_bundle
from ragzip.training.data import question_of
from ragzip.training.packed.build import Group
from ragzip.training.packed.draws import EVERYTHING
from ragzip.training.packed.format import write_packed
from ragzip.training.packed.make import pack
from ragzip.training.pruner.probes import area_under_curve, checker_probe, pruner_probe

from .packing import TEXT, record, tokenizer


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """A folder of parts, and the file that they were made of."""
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("parts")
    (source / "inner").mkdir()
    (source / "inner" / "a.bin").write_bytes(np.random.default_rng(0).bytes(50_000))
    run.write_parts({"x": source}, folder, "bundle", 20_000)
    return folder, source / "inner" / "a.bin"


def test_parts_come_back_as_they_were(parts, tmp_path):
    folder, file = parts
    sizes = [part.stat().st_size for part in sorted(folder.glob("bundle.tar.*"))]
    assert len(sizes) == 4 and max(sizes) == 20_000
    run.unpack(folder, tmp_path / "out")
    assert (tmp_path / "out" / "x" / "inner" / "a.bin").read_bytes() == file.read_bytes()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["x"]


@pytest.mark.parametrize("change", ["missing", "damaged", "no manifest"])
def test_parts_that_were_not_carried_whole_are_named(parts, tmp_path, change):
    for path in parts[0].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    if change == "no manifest":
        (tmp_path / run.MANIFEST).unlink()
    else:
        part = tmp_path / "bundle.tar.001"
        part.unlink() if change == "missing" else part.write_bytes(part.read_bytes()[:-1] + b"?")
    expected = "has no parts.json" if change == "no manifest" else "bundle.tar.001 missing or damaged"
    with pytest.raises(InputError, match=f"results: .*{expected}"):
        finish_results(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def carry(parts, folder):
    for path in parts.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "run.py").write_bytes(Path(run.__file__).read_bytes())


def error_of_run(folder):
    """What run.py in ``folder`` says as it ends with exit code 1."""
    outcome = subprocess.run([sys.executable, str(folder / "run.py")], capture_output=True, text=True)
    assert outcome.returncode == 1, outcome.stderr
    return outcome.stderr


def test_run_says_in_one_line_what_was_not_carried_whole(parts, tmp_path):
    carry(parts[0], tmp_path)
    (tmp_path / "bundle.tar.001").unlink()
    assert error_of_run(tmp_path) == f"run.py: {tmp_path}: bundle.tar.001 missing or damaged. Copy them again.\n"
    assert not (tmp_path / "work" / "bundle").exists()


def test_an_unfinished_unpacking_begins_anew_and_another_bundle_is_not_taken_for_this_one(parts, tmp_path):
    carry(parts[0], tmp_path)
    unfinished = tmp_path / "work" / "bundle.unfinished" / "x" / "inner"
    unfinished.mkdir(parents=True)
    (unfinished / "a.bin").write_bytes(b"")
    bundle = run.unpacked(tmp_path, tmp_path / "work")
    assert (bundle / "x" / "inner" / "a.bin").read_bytes() == parts[1].read_bytes()
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["bundle"]
    assert run.unpacked(tmp_path, tmp_path / "work") == bundle
    (tmp_path / "new").write_bytes(b"b")
    run.write_parts({"new": tmp_path / "new"}, tmp_path, "bundle", 20_000)
    assert "work: is of another bundle" in error_of_run(tmp_path)


def test_a_bundle_brings_what_is_missing_there():
    packages = missing_packages("pruner")
    assert {"sentencex", "bm25s", "diskcache", "tenacity"} <= packages.keys()
    assert not packages.keys() & {*PRESENT, "numpy"} and "peft" not in packages
    assert {"peft", "accelerate"} <= missing_packages("compllm").keys()


def packed_questions():
    rows = [record(TEXT, "1902"), record(TEXT, None, query="Who painted it?"), record(TEXT, "1902", query="When?")]
    groups = [Group(name, "en", [question_of(row) for row in rows], 1.0, EVERYTHING) for name in ("a", "b")]
    return pack(groups, tokenizer())


def test_what_cannot_be_bundled_is_refused(tmp_path):
    packed = packed_questions()
    write_packed(tmp_path / "a.packed", packed.arrays, packed.about)
    (tmp_path / "wheels").mkdir()
    with pytest.raises(InputError, match="another recipe than compllm"):
        write_bundle("compllm", tmp_path / "a.packed", tmp_path / "out", model=tmp_path)
    with pytest.raises(InputError, match=r"has none of .*bm25s.*pip download"):
        write_bundle("pruner", tmp_path / "a.packed", tmp_path / "out", wheels=tmp_path / "wheels")
    write_packed(tmp_path / "b.packed", packed.arrays, packed.about | {"tokenizer": "0"})
    with pytest.raises(InputError, match=r"b\.packed: received data packed with another tokenizer"):
        write_bundle("pruner", tmp_path / "a.packed", tmp_path / "out", dev=tmp_path / "b.packed")
    write_packed(tmp_path / "s.packed", packed.arrays, packed.about | {"kind": "soft"})
    with pytest.raises(InputError, match=r"s\.packed: received data packed with another tokenizer"):
        write_bundle("gmsa", tmp_path / "s.packed", tmp_path / "out", model=llama(tmp_path))
    with pytest.raises(ModelError, match="expected the language model that gmsa"):
        write_bundle("gmsa", tmp_path / "s.packed", tmp_path / "out")
    command = ["train", "bundle", "reader", "--packed", str(tmp_path / "a.packed"), "-o", str(tmp_path / "out")]
    assert "another recipe than reader" in CliRunner().invoke(app, command).output
    assert not (tmp_path / "out").exists()


class Marked(torch.nn.Module):
    """A network whose outputs say which windows hold a token, and that the sentences with it are needed."""

    def __init__(self, token):
        super().__init__()
        self.token = token

    def forward(self, input_ids, attention_mask):
        values = (input_ids == self.token).float()
        return torch.stack([9 * values, values, values, values.amax(1, keepdim=True).expand_as(values)], -1)


def test_figures_of_packed_development_data():
    packed = packed_questions()
    rated_figures = pruner_probe(packed, rate=0.6)(Marked(tokenizer().token_to_id("1902")))
    assert rated_figures == {"a kept": 1.0, "b kept": 1.0, "all kept": 1.0} | {
        f"{name} answerable": 0.5 for name in ("a", "b", "all")
    }
    figures = pruner_probe(packed)(Marked(tokenizer().token_to_id("painted")))
    assert figures["all answerable"] == 0.0
    assert checker_probe(packed)(Marked(tokenizer().token_to_id("painted")))["all ahead"] == 0.0


def test_area_under_the_curve():
    assert area_under_curve(np.array([2.0, 3.0]), np.array([0.0, 1.0])) == 1.0
    assert area_under_curve(np.array([1.0, 0.0]), np.array([1.0])) == 0.25
    assert math.isclose(area_under_curve(np.zeros(3), np.zeros(4)), 0.5)
