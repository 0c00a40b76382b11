"""The table of shipped models, their files, and the two packages that bring them."""

import json
import sys
import tomllib
from pathlib import Path

import pytest

from ragzip import __version__, models
from ragzip.errors import ModelError
from ragzip.models import SAMPLE, SHIPPED, card, shipped

ROOT = Path(__file__).parents[3]
ADAPTERS = ROOT / "packages" / "ragzip-adapters"
PACKAGES = {"torch": ADAPTERS, "multilingual": ROOT / "packages" / "ragzip-multilingual"}
FILES = {
    "onnx": ("agreement.json", "config.json", "model.onnx", "tokenizer.json"),
    "adapter": ("adapter.safetensors", "config.json"),
    "ranks": ("cl100k_base.tiktoken.gz", "o200k_base.tiktoken.gz"),
}
needs_checkout = pytest.mark.skipif(not (ADAPTERS / "pyproject.toml").exists(), reason="needs a checkout")


@pytest.mark.parametrize("name", SHIPPED)
def test_files_and_card_of(name):
    if extra := SHIPPED[name].extra:
        pytest.importorskip(PACKAGES[extra].name.replace("-", "_"), reason=f"needs ragzip[{extra}]")
    folder = shipped(name)
    assert [file for file in FILES[SHIPPED[name].kind] if not (folder / file).is_file()] == []
    assert card(name).read_text("utf-8").startswith("# ")
    if SHIPPED[name].kind == "adapter":
        assert json.loads((folder / "config.json").read_text("utf-8"))["method"] == folder.name


@needs_checkout
def test_every_folder_of_weights_is_in_the_table():
    packages = [Path(models.__file__).parent, *(path / path.name.replace("-", "_") for path in PACKAGES.values())]
    weights = [
        path.parent.relative_to(package)
        for package in packages
        for kind in ("*.onnx", "*.safetensors", "*.tiktoken.gz")
        for path in package.rglob(kind)
    ]
    assert {folder.as_posix() for folder in weights} == set(SHIPPED)
    assert SAMPLE.is_file()


def test_an_unknown_name():
    with pytest.raises(ModelError, match="'nonsense' is shipped, expected one of pruner, "):
        shipped("nonsense")


def test_adapters_that_are_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "ragzip_adapters", None)
    for find in (shipped, card):
        for name in ("rewriter", "soft/reader"):
            with pytest.raises(ModelError, match=r"ragzip-adapters: run  pip install 'ragzip\[torch\]'"):
                find(name)
    assert shipped("pruner").is_dir()


@needs_checkout
@pytest.mark.parametrize("extra", PACKAGES)
def test_the_packages_fit_together(extra):
    folder = PACKAGES[extra]
    package = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    main = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (version,) = (
        line.split('"')[1]
        for line in (folder / folder.name.replace("-", "_") / "__init__.py").read_text("utf-8").splitlines()
        if line.startswith("__version__")
    )
    assert version == __version__
    series = ".".join(version.split(".")[:2])
    assert f"{package['project']['name']}~={series}.0" in main["project"]["optional-dependencies"][extra]
    assert package["project"]["license"].startswith(main["project"]["license"])
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
