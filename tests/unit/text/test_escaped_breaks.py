"""Line breaks that a text spells out part its units, and stay as they are in what is kept."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.escaped_breaks import with_line_breaks

PARTS = [
    "The mill was built in 1901.",
    "It burned down in 1923.",
    "Nobody was hurt.",
    "The owner rebuilt it with brick walls.",
    "Visitors pay three euros.",
]


@pytest.mark.parametrize(
    "separator", [r"\n", r"\n\n", r"\r\n", r" \n ", "<br>", "<br/>", "<BR />\n", "&nbsp;", "\u200b"]
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_one_sentence_comes_by_itself(separator, compressor):
    text = separator.join(PARTS)
    result = ragzip.compress(text, "What do visitors pay?", target_tokens=8, compressor=compressor, cache=SCORES)
    assert result.text == "Visitors pay three euros."
    result = ragzip.compress(text, "Who rebuilt it with bricks?", target_tokens=10, compressor=compressor, cache=SCORES)
    assert result.text == "The owner rebuilt it with brick walls."


VISIT = (
    r"# Visit\n\nThe mill is open from nine to five.\nIt costs three euros.\n\n## Parking\n\n"
    r"- Cars: behind the mill, free.\n- Buses: in Mill Lane, 5 euros.\n- Bikes: at the door."
)


def test_headings_and_lists_are_told():
    result = ragzip.compress(VISIT, "Where can buses park?", target_tokens=15, cache=SCORES)
    assert result.text == r"## Parking\n- Buses: in Mill Lane, 5 euros."
    assert [VISIT[start:end] for start, end in result.documents[0].spans]


@pytest.mark.parametrize(
    "text",
    [
        r"The path is C:\new\table, the copy in D:\notes\next. It is full.",
        r"We write $\nu = \nabla f$ and $\neq$ here, with \node and \newline. It works.",
        r"print('a\nb') prints two lines.",
        "if a<b and b>c: pass",
        "Two lines\nof text.",
    ],
)
def test_other_backslashes_are_none(text):
    assert with_line_breaks(text) == text


def test_sentences_without_blanks_are_kept_one_by_one():
    text = "Das Haus ist alt.Es brannte 1923 ab.Der Sohn baute es neu.Karl half ihm dabei."
    result = ragzip.compress(text, "Wer half?", target_tokens=10, compressor="extractive/bm25", cache=SCORES)
    assert result.text == "Karl half ihm dabei."


@pytest.mark.parametrize(
    "around", ["{}", "# Review\n\n{}\n\n- one item here\n- two", "{}\n\n| a | b |\n|---|---|\n| 1 | 2 |"]
)
def test_sentences_without_blanks_are_kept_one_by_one_in_other_kinds(around):
    text = around.format("Bought it last week.I love it!It works well.Battery is fine.The case is red.Five stars.")
    result = ragzip.compress(text, "battery", target_tokens=7, compressor="extractive/bm25", cache=SCORES)
    assert result.text.endswith("Battery is fine.") and "well" not in result.text
