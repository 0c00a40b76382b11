"""Threads of forums, tickets and chats: each post under who wrote it and when, a reply with what its speaker adds."""

import pytest

import ragzip
from ragzip.text.structure.formats.transcript import read
from ragzip.text.structure.readers import structure_of

LABELS = [
    "Posted by {name}, 3 Feb 2023, 19:0{number}",
    "--- Comment by {name} (2024-02-19 09:1{number}) ---",
    "Beitrag von {name} am 03.02.2023 um 19:0{number}",
    "Commentaire de {name}, 3/2/2023 19:0{number}",
    "@{name} commented on Feb 1{number}, 2023",
    "{name} (owner) replied 1{number} days ago",
]
POSTS = [
    ("kettle.on", "It shows E15. I cleaned the filter and all of the hoses twice."),
    ("Drum Roll", "E15 is the leak sensor. Tilt the machine back so that the water runs out."),
    ("Hal", "Do not tilt it with the power on. Unplug it first, and wait for a minute."),
    ("kettle.on", "It was not the hose clip. It was the door seal, part 4471, for 18 pounds."),
]


@pytest.mark.parametrize("label", LABELS)
def test_a_post_stands_under_its_writer(label: str) -> None:
    labels = [label.format(name=name, number=number) for number, (name, _) in enumerate(POSTS)]
    text = "\n\n".join(f"{above}\n{words}" for above, (_, words) in zip(labels, POSTS, strict=True))
    structure = structure_of(text, "text/plain", "")
    texts = [text[slice(*unit.span)] for unit in structure.units]
    assert structure.kind == "transcript"
    for number, unit in enumerate(structure.units):
        if texts[number].startswith(("E15 is", "It was the door")):
            assert {texts[place] for place in unit.relation.needs} >= {labels[1 if "leak" in texts[number] else 3]}


def test_few_comments_behind_a_report_stand_under_their_writers() -> None:
    comments = [
        "@kim-lee commented on 4 Sep\nIt is the seal.",
        "ann (maintainer) commented 2 days ago\nFixed in 5.3.2.",
    ]
    text = "\n\n".join(
        ["The pump leaks.", "**Expected**", "It should be dry.", *comments, "Ann commented on the report."]
    )
    headings = [text[slice(*unit.span)] for unit in structure_of(text, "text/plain", "").units if unit.relation.section]
    assert headings == ["**Expected**", *(comment.split("\n")[0] for comment in comments)]


def test_a_time_behind_a_name_is_no_part_of_it() -> None:
    text = (
        "Customer (14:02): hi my order has not arrived\n"
        "Agent Lea (14:05): It was returned. The address was incomplete.\n"
        "Customer (14:06): can you send it again\nAgent Lea (14:07): Yes, we can. There is a fee of $6.50 for that."
    )
    structure = structure_of(text, "text/plain", "")
    assert structure.kind == "transcript"
    assert all(
        text[slice(*unit.span)] != "There is a fee of $6.50 for that." or unit.relation.needs
        for unit in structure.units
    )


def test_a_reply_comes_with_the_next_message_of_its_speaker() -> None:
    text = (
        "[12/04/24, 18:02:11] Marco: is dinner confirmed for Saturday?\n"
        "[12/04/24, 18:03:40] Giulia: no, they are closed\n"
        "[12/04/24, 18:04:02] Giulia: I booked a table for Friday 19 at 20:30\n"
        "[12/04/24, 18:09:01] Luca: I bring the cake"
    )
    structure = read(text)
    assert structure is not None
    question, reply, further, other = (unit.relation for unit in structure.units)
    assert question.companions == reply.companions == (2,)
    assert not further.companions
    assert not other.companions


def test_the_mark_of_an_edited_message_is_no_message() -> None:
    text = "\n\n".join(
        f"{name}  9:3{number} AM\nI found it, the disk is full\nthe archive job failed on Sunday\n(edited)"
        for number, name in enumerate(["sven", "joe", "sven", "mia"])
    )
    structure = structure_of(text, "text/plain", "")
    assert structure.kind == "transcript"
    assert "(edited)" not in [text[slice(*unit.span)] for unit in structure.units]


ISSUE = """\
**lukas-m** opened this issue on Oct 3, 2026
### Memory grows without bound
With `stream=True` it grows by 40 MB per minute.

**maria-dev** commented on Oct 4, 2026
It's the new cache, it never evicts. Setting `size=0` works around it.

**jt** commented on Oct 9, 2026
The workaround does not help on Windows.

**maria-dev** {closes} on Oct 15, 2026
Fixed in 4.2.2. Note that 4.2.1 only has half of the fix.
"""


@pytest.mark.parametrize(
    "closes", ["closed this as completed in #5121", "merged this pull request", "approved these changes"]
)
def test_who_closes_a_thread_says_what_stands_below(closes: str) -> None:
    text = ISSUE.format(closes=closes)
    units = structure_of(text, "text/plain", "").units
    needed = [text[slice(*units[number].span)] for number in units[-2].relation.needs]
    assert text[slice(*units[-2].span)] == "Fixed in 4.2.2." and len(needed) == 1
    assert needed[0].startswith(f"**maria-dev** {closes}")


CHAT = (
    "12/03/2024, 08:14 - Rob: Morning all, water is back on at the taps near the gate\n"
    "12/03/2024, 08:20 - Sheila: The top end is off until the pipe is mended\n"
    "12/03/2024, 09:40 - Amit: <Media omitted>\n"
    "12/03/2024, 10:31 - Rob: This message was deleted\n"
)


@pytest.mark.parametrize(
    ("query", "is_kept"), [("When is the water back?", False), ("Who sent a picture of the taps?", True)]
)
def test_what_stands_for_a_picture_is_kept_only_where_it_is_asked_for(query: str, is_kept: bool) -> None:
    compressor = ragzip.load("extractive/bm25", fill="units")
    text = ragzip.compress(CHAT, query, target_tokens=80, compressor=compressor, cache=False).text
    assert ("<Media omitted>" in text) is is_kept
