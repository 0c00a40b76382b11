"""What the README and the docs show works, and their tables are those of the code."""

import doctest
import importlib.util
import re
import sys
from pathlib import Path

import pytest
from readme_outputs import PAGES, ROOT, blocks, printed

import ragzip.api
import ragzip.output.layout
import ragzip.pipeline
import ragzip.types

MAX_README_BYTES = 8192
README = (ROOT / "README.md").read_text("utf-8")
TEXTS = {str(page.relative_to(ROOT)): page.read_text("utf-8") for page in PAGES}
EXAMPLES = [(page, number, block) for page, text in TEXTS.items() for number, block in enumerate(blocks(text))]
LINKING = [*TEXTS, "benchmarks/README.md", "examples/README.md"]


def loaded(path):
    """The module in a file that is in no package."""
    sys.path.insert(0, str(path.parent))
    try:
        specification = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
    finally:
        sys.path.pop(0)
    return module


@pytest.mark.parametrize(("page", "number", "block"), EXAMPLES, ids=[f"{page}-{n}" for page, n, _ in EXAMPLES])
def test_examples_print_what_the_page_says(page, number, block):
    assert printed(block.code) == block.output, f"python tests/readme_outputs.py --write {page}"


def test_no_output_is_said_of_what_is_not_run():
    """Neither in a comment behind a print, nor in a block that is indented: those have none."""
    for page, text in TEXTS.items():
        assert not re.findall(r"^.*print\(.*\)\s+#.*$", text, re.M), page
        without_examples = re.sub(r"```python\n.*?```", "", text, flags=re.S)
        assert not re.findall(r"^    .*print\(.*$", without_examples, re.M), page


def test_the_readme_is_short():
    assert len(README.encode()) <= MAX_README_BYTES


def test_docstrings_print_what_they_say():
    for module in (ragzip.pipeline, ragzip.output.layout, ragzip.types, ragzip.api):
        assert doctest.testmod(module).failed == 0, module


def test_tables_of_the_docs_are_those_of_the_code():
    reference = loaded(ROOT / "tools" / "reference.py")
    pages = reference.pages()
    assert len(pages) >= 6
    for page in pages:
        text = page.read_text("utf-8")
        assert reference.current(text) == text, f"{page}: python tools/reference.py"
    for page, text in reference.card_pages():
        assert page.read_text("utf-8") == text, f"{page}: python tools/reference.py"


def test_no_broken_links():
    for page in LINKING:
        text = (ROOT / page).read_text("utf-8")
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", text):
            assert (ROOT / page).parent.joinpath(target).exists(), (page, target)


def test_no_broken_anchors():
    """As GitHub and MyST make them of headings."""
    for page in LINKING:
        text = (ROOT / page).read_text("utf-8")
        for target, anchor in re.findall(r"\]\((?!https?://)([^)#]*)#([^)]+)\)", text):
            file = (ROOT / page).parent / target if target else ROOT / page
            text_there = file.read_text("utf-8")
            for included in re.findall(r"```\{include\} (\S+)", text_there):
                text_there += (file.parent / included).read_text("utf-8")
            headings = re.findall(r"^#+ (.+)$", text_there, re.M)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in slugs, (page, target, anchor)


def test_benchmark_tables_are_made_from_their_files():
    report = loaded(ROOT / "benchmarks" / "report.py")
    assert report.tables() in (ROOT / "benchmarks" / "README.md").read_text("utf-8")
    assert report.headline() in README
    assert report.headline() in Path(report.FIGURES).read_text("utf-8")
