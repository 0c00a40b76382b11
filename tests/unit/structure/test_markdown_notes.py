"""Markdown: footnotes, and what stands after them."""

import pytest

import ragzip
from ragzip.text.structure import structure_of

NOTED = """\
# Limits

## Calls

| Plan | Calls |
|---|---|
| Free | 60 |
| Pro[^1] | 600 |

[^1]: 300 during the trial.

## Streams

- Free: none
- Pro: 5 streams

### Size

Each stream carries at most 1 MB/s.

## Errors

Beyond a limit the reply is 429.
"""


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("query", "heading", "line"),
    [
        ("How many streams does Pro have?", "## Streams", "- Pro: 5 streams"),
        ("How much does a stream carry?", "### Size", "Each stream carries at most 1 MB/s."),
        ("What is the reply beyond a limit?", "## Errors", "Beyond a limit the reply is 429."),
    ],
)
def test_headings_after_a_footnote_lead_what_is_below_them(query, heading, line, compressor):
    kept = ragzip.compress(NOTED, query, target_tokens=60, compressor=compressor).text
    assert f"{heading}\n" in kept.partition(line)[0] and line in kept


def test_a_footnote_in_the_middle_ends_no_section():
    units = structure_of(NOTED, "text/markdown", "").units
    title = units[0].relation.section
    assert title is not None and NOTED[title.start : title.end].endswith("the reply is 429.")
