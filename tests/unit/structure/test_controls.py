"""Pages of questions and comments, copied as text: buttons, votes and dates are no text; commands are steps."""

import pytest

import ragzip
from ragzip.text.structure import structure_of
from ragzip.text.structure.commands import is_command

QUESTION = """How do I undo the most recent local commits in Git?

Asked 14 years ago
Modified 3 months ago
Viewed 14.2m times
26.1k

I accidentally committed the wrong files to Git but haven't pushed the commit to the server yet.

Share
Improve this question
Follow
edited Jul 25, 2022 at 1:32
community wiki
90 revs, 63 users 14%
1
Add a comment
|

108 Answers
Sorted by: Highest score

28.8k

Undo a commit & redo

git commit -m "Something terribly misguided" # (0: Your Accident)
git reset HEAD~                              # (1)
git add .                                    # (3)
git commit -c ORIG_HEAD                      # (4)

git reset is the command responsible for the undo. It leaves your files on disk untouched.
Share
Follow
answered May 29, 2009 at 18:13
Ann Lutz
73k 17 gold badges

51

If you have already pushed the commit, use git revert instead.
Share
answered Jun 2, 2010 at 11:00
Bob
"""
BEITRAG = """Fahrrad quietscht beim Treten

Teilen
Melden

Bei mir quietscht das Tretlager seit dem Regen. Was hilft dagegen?

Antworten
Zitieren

Das Lager ausbauen, reinigen und neu fetten. Kettenöl hilft hier nicht.

Gefällt mir
Antworten
"""
ISSUE = """Crash when file is empty #412
Open

dana commented on Mar 3
With v2.3.0 `parse("")` raises IndexError. Expected: empty list.

kim commented on Mar 4 (Member)
Can reproduce. Regression from #398.

lee commented on Mar 9, edited
Same here on 2.3.1. Workaround: pass a blank instead.

kim commented on Mar 20 (Member)
Fixed in 2.3.2, thanks for the report. 2.2.x is not affected.
"""


@pytest.mark.parametrize(
    ("text", "query", "tokens", "kept", "left_out"),
    [
        (
            QUESTION,
            "How do I undo the last commit in git?",
            80,
            "git reset is the command",
            ["Share", "26.1k", "Follow"],
        ),
        (
            QUESTION,
            "What should I use if I pushed the commit?",
            80,
            "git revert instead",
            ["Share", "badges", "Ann Lutz"],
        ),
        (QUESTION, "When was the question asked?", 80, "Asked 14 years ago", []),
        (BEITRAG, "Was hilft gegen das Quietschen?", 50, "neu fetten", ["Teilen", "Antworten", "Gefällt"]),
    ],
)
def test_controls_of_a_page_are_kept_only_where_the_query_asks_for_them(text, query, tokens, kept, left_out):
    for compressor in ("auto", "extractive/bm25"):
        compressed = ragzip.compress(text, query, target_tokens=tokens, compressor=compressor, cache=False).text
        assert kept in compressed or compressor != "auto"
        assert not any(control in compressed for control in left_out)


def test_few_such_lines_are_no_page():
    text = "Steps\n\nShare\nEdit\n\nThe menu has two entries. Both need a login.\n"
    assert not any(unit.aside for unit in structure_of(text, "text/plain", "a").units)


def test_commands_below_each_other_are_one_block():
    texts = [QUESTION[slice(*unit.span)] for unit in structure_of(QUESTION, "text/plain", "a").units]
    (block,) = [text for text in texts if "git add ." in text]
    assert block.startswith("git commit -m") and block.endswith("# (4)")


@pytest.mark.parametrize(
    "line", ["find out more about it", "make it so, then go home.", "sort the post by date", "which one is it?", "git."]
)
def test_sentences_in_small_letters_are_no_commands(line):
    assert not is_command(line)


@pytest.mark.parametrize(
    "line", ["git add .", "npm install", "$ sudo apt update", "find . -name a.txt", "docker compose up -d", "cat a.txt"]
)
def test_commands_are_told_without_a_prompt(line):
    assert is_command(line)


@pytest.mark.parametrize("tokens", range(20, 120, 10))
def test_a_comment_comes_below_its_own_author(tokens):
    compressed = ragzip.compress(ISSUE, "Which version fixes the crash?", target_tokens=tokens, cache=False).text
    assert "Fixed in 2.3.2" not in compressed or "kim commented on Mar 20 (Member)\nFixed" in compressed
    assert "Workaround" not in compressed or "lee commented on Mar 9, edited" in compressed
