"""What the README shows works, and its tables are those of the code."""

import re
from pathlib import Path

import pytest

from ragzip.protect import PATTERNS
from ragzip.registry import TABLE

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.S)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_python_blocks_run(block, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(block.replace('open("diff.html", "w").write(', "(lambda text: text)("), "README.md", "exec"), {})
    shown = capsys.readouterr().out
    for line in block.splitlines():
        printed, _, comment = line.partition("#")
        if printed.strip().startswith("print(") and comment:
            assert comment.split(",")[0].strip() in shown


def test_the_table_of_compressors():
    rows = dict(re.findall(r"^\| `([\w/-]+)` \| ([^|]+) \|$", README, re.M))
    assert {name: rows[name] for name in TABLE} == {name: entry.about for name, entry in TABLE.items()}


def test_the_names_of_protected_spans():
    (listed,) = re.findall(r"\| `protect` \| a sequence of names \(([^)]+)\)", README)
    assert re.findall(r"\w+", listed) == list(PATTERNS)


def test_no_broken_links():
    for page in ("README.md", "benchmarks/README.md", "examples/README.md", "docs/architecture.md", "CONTRIBUTING.md"):
        text = (ROOT / page).read_text("utf-8")
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", text):
            assert (ROOT / page).parent.joinpath(target).exists() or (ROOT / target).exists(), (page, target)


def test_benchmark_tables_are_made_from_their_files():
    import sys

    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import report
    finally:
        sys.path.pop(0)
    assert report.tables() in (ROOT / "benchmarks" / "README.md").read_text("utf-8")
    assert report.headline() in README
