"""Markdown that is told by its rarer signs: front matter, footnotes, questions in bold type, folded text."""

import pytest

import ragzip
from ragzip.text.structure import structure_of

FRONT = "---\ntitle: Backups\nvalid_until: 2025-03-31\n---\n\nBackups run at 02:00. They are kept for 35 days.\n"
NOTES = "Sales rose by 8 %[^1] in the north. The staff is happy.\n\n[^1]: Without Leeds; with it sales fell.\n"
BOLD_QUESTIONS = "**Is parking free?**\n\nNot on Saturdays.\n\n**Are dogs allowed?**\n\nYes, on a lead.\n"


@pytest.mark.parametrize("source", [FRONT, f"\ufeff{FRONT}", NOTES, BOLD_QUESTIONS])
def test_rare_signs_show_that_a_text_is_markdown(source):
    assert structure_of(source, "text/plain", "0").kind == "markdown"


@pytest.mark.parametrize(
    "source",
    [
        "---\nname: web\nport: 80\n---\nname: db\nport: 5432\n",
        "---\nOnly a rule stands here.\n---\nAnd text below.\n",
        "See [^a] in the pattern.\nIt means any letter but a.\n",
        "**Is parking free?** Nobody knows. It was on Monday.\n",
    ],
)
def test_what_only_looks_like_such_a_sign(source):
    assert structure_of(source, "text/plain", "0").kind != "markdown"


def test_what_rare_signs_part_is_kept_whole():
    text = ragzip.compress(FRONT, "Until when is it valid?", target_tokens=14, cache=False).text
    assert text == "---\nvalid_until: 2025-03-31\n---"
    text = ragzip.compress(BOLD_QUESTIONS, "Is parking free?", target_tokens=16, cache=False).text
    assert text == "**Is parking free?**\n\nNot on Saturdays."
    for query in ("How did sales change in the north?", "Did sales fall with Leeds?"):
        text = ragzip.compress(NOTES, query, target_tokens=29, cache=False).text
        assert ("rose by 8 %" in text) == ("sales fell" in text)


FOLDED = """\
# Install

<details>
<summary>Windows</summary>

Use the MSI. Python is not included.

</details>

<details><summary><b>Linux</b></summary>

Use the package. Python is included.

- It is of 2024.

</details>

Ask us.
"""


@pytest.mark.parametrize("name", ["0", "a.md"])
@pytest.mark.parametrize(
    ("query", "summary", "kept"),
    [
        ("Is Python included on Windows?", "Windows", "Python is not included."),
        ("Is Python included on Linux?", "Linux", "Python is included."),
    ],
)
def test_folded_text_comes_with_its_summary(query, summary, kept, name):
    for target_tokens in range(22, 70, 4):
        document = ragzip.Document(name, FOLDED)
        text = ragzip.compress(document, query, target_tokens=target_tokens, cache=False).text
        assert kept in text and f"{summary}<" in text
        for other, sentences in (("Windows<", ["MSI", "not included"]), ("Linux<", ["package", "is included", "2024"])):
            assert (other in text) == any(sentence in text for sentence in sentences)
        assert not text.rstrip().endswith("</summary>")
