"""What ``git log`` prints."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of

LOG = """commit 4f2a9c1d (HEAD -> main)
Author: Anna Lee <anna@x.org>
Date:   Fri May 3 10:12:44 2024 +0200

    Fix crash when the queue is empty

    The worker read from an empty list.

commit 88be021a
Merge: 1c9d7730 77aa0112
Author: Ole Hansen <ole@x.org>
Date:   Thu May 2 09:00:01 2024 +0200

    Add retry to the uploader

commit 1c9d7730
Author: Anna Lee <anna@x.org>
Date:   Wed May 1 16:20:10 2024 +0200

    Bump version to 2.1
"""


def test_a_commit_is_a_record():
    structure = structure_of(LOG, "", "")
    assert structure.kind == "commits" and len(structure.units) == 3
    assert structure_of(LOG.replace("\n", "\r\n"), "", "").kind == "commits"
    assert structure_of(LOG + "\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n", "", "").kind != "commits"
    assert structure_of("commit to the plan\nAuthor: nobody", "", "").kind != "commits"


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("query", "subject", "value"),
    [
        ("Who added the retry?", "Add retry to the uploader", "Ole Hansen"),
        ("Which commit fixed the crash?", "Fix crash when the queue is empty", "commit 4f2a9c1d"),
        ("When was the version bumped to 2.1?", "Bump version to 2.1", "commit 1c9d7730"),
    ],
)
def test_lines_of_a_commit_come_with_what_it_is_about(compressor, query, subject, value):
    for tokens in (24, 36, 60, 90):
        text = ragzip.compress(LOG, query, target_tokens=tokens, compressor=compressor, cache=SCORES).text
        assert subject in text and value in text
        kept_commits = text.count("commit ")
        assert kept_commits == sum(other in text for other in ("Fix crash", "Add retry", "Bump version"))
    assert (
        "Wed May 1" in ragzip.compress(LOG, "When was the version bumped to 2.1?", target_tokens=50, cache=SCORES).text
    )
