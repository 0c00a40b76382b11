import json
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from ragzip.cli import listing
from ragzip.cli.app import app
from ragzip.compressors.registry import TABLE
from ragzip.text.structure.readers import READERS

PROJECT = Path(__file__).parents[3] / "pyproject.toml"


def sections(*options):
    shown = CliRunner().invoke(app, ["list", *options])
    assert shown.exit_code == 0
    lines = shown.output.split("\n")
    assert max(map(len, lines)) <= 100
    return {part.split("\n")[0]: part for part in shown.output.split("\n\n")}


@pytest.fixture
def bare(monkeypatch):
    """No extra is installed."""
    monkeypatch.setattr(listing, "is_installed", lambda library: False)


@pytest.fixture
def full(monkeypatch):
    """Every extra is installed."""
    monkeypatch.setattr(listing, "is_installed", lambda library: True)


def test_what_runs_without_extras(bare):
    parts = sections()
    ready, needing = parts["Run as installed:"], parts['Need pip install "ragzip[torch]":']
    for name in ("auto", "extractive/recomp", "extractive/bm25", "token/semantic", "baseline/none"):
        assert f"  {name} " in ready and f"  {name} " not in needing
    for name in ("soft/compllm", "soft/mean-pool", "extractive/exit", "html/paths", "token/selective-context"):
        assert f"  {name} " in needing and f"  {name} " not in ready
    named = parts["Run with a model you name (--model; on a server --url):"]
    for name in ("token/llmlingua2", "abstractive/recomp"):
        assert f"  {name} " in named
    assert all(f'pip install "ragzip[{extra}]"' in parts["Extras:"] for extra in listing.PURPOSES)


def test_what_runs_with_every_extra(full):
    parts = sections()
    assert len(parts) == 4 and "pip install" not in "".join(parts.values())
    assert "  soft/compllm " in parts["Run with a model you name (--model; on a server --url):"]


def test_every_kind_of_text_is_listed(full):
    (kinds,) = (part for heading, part in sections().items() if heading.startswith("Kinds of text"))
    for reader in READERS:
        assert len(re.findall(rf"^  {reader.kind} +\S", kinds, re.M)) == 1
        assert all(
            ending in kinds.split() or f"({ending}" in kinds or f"{ending})" in kinds for ending in reader.endings
        )


def test_as_json(bare):
    table = json.loads(CliRunner().invoke(app, ["list", "--json"]).output)
    keys = {"target", "about", "paper", "model", "extra", "runs", "missing_extra", "install"}
    assert set(table) == set(TABLE) and all(set(entry) == keys for entry in table.values())
    assert table["auto"]["runs"] and table["auto"]["install"] is None
    soft = table["soft/compllm"]
    assert not soft["runs"] and soft["missing_extra"] == "torch" and soft["install"] == 'pip install "ragzip[torch]"'


def test_an_extra_is_listed_without_a_purpose(bare, monkeypatch):
    monkeypatch.delitem(listing.PURPOSES, "ray")
    assert re.search(r'\n  ray +missing: pip install "ragzip\[ray\]"', sections()["Extras:"])
    assert "  dev " not in sections()["Extras:"]


def test_extras_are_those_of_the_package():
    extras = tomllib.loads(PROJECT.read_text("utf-8"))["project"]["optional-dependencies"]
    assert set(listing.PURPOSES) <= extras.keys() - {"all", "dev", "docs", "frameworks", "testing"}
    assert listing.libraries_of("parquet") == ["pyarrow"] and set(listing.libraries_of("hub")) == {
        "pyarrow",
        "datasets",
    }
    assert not listing.is_missing("torch") or listing.is_missing("train")
