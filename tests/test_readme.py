"""What the README shows works, and its tables are those of the code."""

import doctest
import re
from pathlib import Path

import pytest
from readme_outputs import blocks, printed

import ragzip.api
import ragzip.output.layout
import ragzip.pipeline
import ragzip.types
from ragzip.compressors.registry import TABLE
from ragzip.text.protect import PATTERNS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = blocks(README)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_examples_print_what_the_page_says(block):
    assert printed(block.code) == block.output, "python tests/readme_outputs.py --write"


def test_no_output_is_said_of_what_is_not_run():
    """Neither in a comment behind a print, nor in a block that is indented: those have none."""
    assert not re.findall(r"^.*print\(.*\)\s+#.*$", README, re.M)
    assert not re.findall(r"^    .*print\(.*$", re.sub(r"```python\n.*?```", "", README, flags=re.S), re.M)


def test_docstrings_print_what_they_say():
    for module in (ragzip.pipeline, ragzip.output.layout, ragzip.types, ragzip.api):
        assert doctest.testmod(module).failed == 0, module


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
