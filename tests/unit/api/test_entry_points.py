"""Compressors of other packages: found by their entry points, which are looked up once."""

import os

import pytest

import ragzip
from ragzip.compressors import registry
from ragzip.compressors.baselines import Truncate
from ragzip.errors import UnknownNameError


def install(folder, name):
    """A package that registers the truncating baseline as a compressor called ``name``."""
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
    target = f"{Truncate.__module__}:{Truncate.__name__}"
    (about / "entry_points.txt").write_text(f"[{registry.GROUP}]\nmine/{name} = {target}\n", "utf-8")


def test_what_another_package_registers_is_found_by_name(tmp_path, monkeypatch):
    install(tmp_path / "one", "shorter")
    monkeypatch.syspath_prepend(tmp_path / "one")
    assert registry.entries()["mine/shorter"].about == "from shorter"
    for name in ("mine/shorter", "shorter", "shorter_mine"):
        assert ragzip.compress("One two three.", target_tokens=2, compressor=name, cache=False).text == "One two"


def test_packages_are_read_again_only_where_one_may_have_come(tmp_path, monkeypatch):
    reads = []
    look_up = registry.entry_points
    monkeypatch.setattr(registry, "entry_points", lambda **group: reads.append(group) or look_up(**group))
    folder = tmp_path / "one"
    install(folder, "shorter")
    monkeypatch.syspath_prepend(folder)
    for _ in range(3):
        ragzip.load("shorter")
    assert len(reads) == 1
    with pytest.raises(UnknownNameError):
        ragzip.load("later")
    install(folder, "later")
    os.utime(folder, ns=(1, 1))  # a clock may be too coarse to tell
    ragzip.load("later")
    assert len(reads) == 2
