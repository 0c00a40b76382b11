"""Transcripts: no cue without its time, no sentence without its speaker, no short reply without what it replies to."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structure_checks import EXAMPLES, PROSE, compressed, texts_and_needs, units_of, written

from ragzip.text.structure import structure_of, transcript

SRT = (
    "1\n00:00:01,000 --> 00:00:04,000\nHello and welcome\n\n2\n00:00:04,500 --> 00:00:06,000\nto the show.\n\n"
    "3\n00:00:07,000 --> 00:00:09,000\n- Who are you?\n"
)
VTT = (
    "WEBVTT - talk\n\nNOTE made by hand\n\nintro\n00:01.000 --> 00:04.000 align:start\n<v Anna>Hello <b>there</b>.\n\n"
    "00:05.000 --> 00:06.000\nBye.\n"
)
MEETING = (
    "Minutes of 3 May\nPresent: Anna, Ben\n\n[00:12:31] Anna: We start with the money that we have. The budget is 300 "
    "euros.\n[00:12:40] Ben: Only 300?\n\n[00:12:44] Anna: Yes.\n\n## Hiring\n\n[00:13:00] Ben: Agreed.\n"
)


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_no_transcript(text):
    assert not transcript.recognises(text)


def test_cues_of_a_sentence_are_together():
    structure = units_of("transcript", SRT)
    assert [SRT[slice(*unit.span)].count("-->") for unit in structure.units] == [2, 1]
    assert structure.units[0].reading == "[00:00:01] Hello and welcome to the show."
    assert written(structure, [1]) == "3\n00:00:07,000 --> 00:00:09,000\n- Who are you?"


def test_cues_of_webvtt_need_its_head():
    structure = units_of("transcript", VTT)
    assert written(structure, [2]) == "WEBVTT - talk\n\n00:05.000 --> 00:06.000\nBye."
    assert structure.units[1].reading == "[00:01] Anna: Hello there."
    assert "NOTE" not in written(structure, range(3))


@pytest.mark.parametrize(
    "text",
    [
        SRT,
        VTT,
        MEETING,
        "12/03/2024, 14:00 - Messages are encrypted.\n12/03/2024, 14:05 - Anna: Are you coming tonight?\n"
        "12/03/2024, 14:06 - Ben Smith: Yes\n12/03/2024, 14:07 - Anna: Great. Bring the tent, and all of the water.\n"
        "12/03/2024, 14:09 - Ben Smith: ok will do",
        "[14:05] <anna> how do i mount a disk?\n[14:05] <@ben> mount /dev/sda1 /mnt\n[14:06] <anna> thanks\n"
        "[14:06] * ben waves to all\n[14:07] <carl> use sudo for it",
        "Anna Smith  2:05 PM\nHi all. The deploy failed.\nWe roll back.\n\nBen  2:06 PM\nWhy?\n\nAnna Smith  2:07 PM\n"
        "The disk was full. I freed some.\n\nBen  2:09 PM\nok thanks a lot",
        "HAMLET\nTo be, or not to be,\nthat is the question.\n\n"
        "OPHELIA\nGood my lord, how does your honour?\n\nHAMLET\n"
        "Well, well, well.\n\nOPHELIA\nMy lord, I have remembrances of yours.\n",
        "0:00\nhello and welcome\n"
        "0:04\nto this video on pumps\n0:09\nfirst we open the lid\n0:14\nand look inside of it\n",
        "**Anna:** We start now. The budget is 300.\n\n**Ben:** Fine with me.\n\n"
        "**Anna:** Ok then.\n\n**Ben:** Let us go.",
    ],
)
def test_layouts_of_transcripts(text):
    assert structure_of(text, "text/plain", "0").kind == "transcript"
    units_of("transcript", text)


def test_a_sentence_needs_its_speaker():
    units = dict(texts_and_needs("transcript", MEETING))
    assert units["The budget is 300 euros."] == ["[00:12:31] Anna:"]
    structure = units_of("transcript", MEETING)
    (budget,) = [unit for unit in structure.units if unit.reading and "300" in unit.reading]
    assert budget.reading == "Anna: The budget is 300 euros."
    (label,) = [unit for unit in structure.units if MEETING[slice(*unit.span)] == "[00:12:31] Anna:"]
    assert label.relation.section is not None


def test_a_short_reply_needs_the_turn_before():
    units = dict(texts_and_needs("transcript", MEETING))
    assert units["[00:12:44] Anna: Yes."][-1] == "[00:12:40] Ben: Only 300?"
    assert units["[00:13:00] Ben: Agreed."] == []  # a heading stands between them
    replies = "".join(
        f"{name}: {words}\n" for name, words in zip("AB" * 20, ["Is it old, Ben?", *["Yes."] * 39], strict=True)
    )
    needs = [len(unit.relation.needs) for unit in units_of("transcript", replies).units]
    assert max(needs) <= 4


def test_the_heading_of_turns():
    structure = units_of("transcript", MEETING)
    last = structure.units[-1]
    assert last.relation.heading is not None
    assert MEETING[slice(*structure.units[last.relation.heading].span)] == "## Hiring"


def test_what_is_kept_has_its_time():
    cues = "".join(f"{n}\n00:{n:02}:01,000 --> 00:{n:02}:04,000\nPump number {n} stands\n\n" for n in range(1, 30))
    for tokens in (30, 60, 120, 300):
        text = compressed(cues, "Where does pump number 17 stand?", tokens, name="talk.srt")
        assert text.count("-->") == text.count("Pump")
    assert "00:17:01" in compressed(cues, "Where does pump number 17 stand?", 150, name="talk.srt")


said = st.text(st.sampled_from("abcdé日.?! "), min_size=1, max_size=40).map(lambda text: f"x{text.strip()}")


@settings(max_examples=EXAMPLES)
@given(st.lists(st.lists(said, min_size=1, max_size=3), min_size=2, max_size=9), st.booleans(), st.data())
def test_no_cue_without_its_time(cues, is_vtt, data):
    mark = "." if is_vtt else ","
    blocks = [
        f"{number}\n00:00:{number:02}{mark}000 --> 00:00:{number + 1:02}{mark}000\n" + "\n".join(lines)
        for number, lines in enumerate(cues)
    ]
    text = ("WEBVTT\n\n" if is_vtt else "") + "\n\n".join(blocks) + "\n"
    structure = units_of("transcript", text)
    places = data.draw(st.sets(st.integers(0, len(structure.units) - 1)))
    kept = written(structure, [place for place in places if structure.units[place].relation.section is None])
    in_blocks = [block for block in kept.strip().split("\n\n") if block and block != "WEBVTT"]
    assert all(block in blocks for block in in_blocks)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(["Anna", "Ben", "Dr. Lee"]), st.lists(said, min_size=1, max_size=9)), min_size=2)
)
def test_no_sentence_without_its_speaker(turns):
    text = "\n".join(f"{name}: {'. '.join(sentences)}" for name, sentences in turns)
    for place, unit in enumerate(units_of("transcript", text).units):
        if unit.relation.section is None:
            kept = written(units_of("transcript", text), [place])
            assert kept.startswith(("Anna:", "Ben:", "Dr. Lee:"))


@given(st.text(st.sampled_from("ab:.?1\n\t<>[]()-*_日 ,>"), max_size=200))
def test_nothing_breaks(text):
    transcript.recognises(text)
    transcript.read(text)


CHAT = (
    "04/05/2024, 10:01 - Anna: Who brings the tent?\n04/05/2024, 10:02 - Ben: I can\n"
    "04/05/2024, 10:03 - Cleo: <Media omitted>\n04/05/2024, 10:05 - Anna: And the stove?\n"
    "04/05/2024, 10:06 - Dan: Me. It is the blue one\nfrom last year\n04/05/2024, 10:09 - Ben: When do we meet?\n"
    "04/05/2024, 10:12 - Anna: At 7 at the station\n"
)
ASKED_SRT = (
    "1\n00:00:01,000 --> 00:00:03,000\nANNA: Is the bridge safe?\n\n2\n00:00:03,500 --> 00:00:05,000\n"
    "BEN: No. It is closed.\n\n3\n00:00:06,000 --> 00:00:08,000\nANNA: Which way, then?\n\n"
    "4\n00:00:08,500 --> 00:00:10,000\nBEN: Along the river.\n"
)


def needed_texts(text, start):
    ((_, needs),) = [pair for pair in texts_and_needs("transcript", text) if start in pair[0]]
    return " | ".join(needs)


@pytest.mark.parametrize(
    ("text", "words", "needed"),
    [
        (CHAT, "Who brings the tent?", "Ben: I can"),
        (CHAT, "Ben: I can", "Who brings the tent?"),
        (CHAT, "And the stove?", "Me."),
        (CHAT, "Me.", "And the stove?"),
        (CHAT, "the blue one", "Me."),
        (CHAT, "When do we meet?", "At 7 at the station"),
        (CHAT.replace("10:02 - Ben: I can\n", "10:02 - Ben: ok\n"), "Who brings the tent?", "Ben: ok"),
        (
            CHAT.replace("10:02 - Ben: I can", "10:02 - Ben: IMG-1.jpg (file attached)").replace("<Media om", "I d<om"),
            "Who brings the tent?",
            "Cleo: I d<omitted>",
        ),
        (CHAT.replace("- Ben: I can", "- Anna: It is for Friday"), "Who brings the tent?", None),
        (CHAT.replace("I can", "the weather will be very bad that day"), "Who brings the tent?", None),
        (MEETING, "Ben: Only 300?", "Anna: Yes."),
        (ASKED_SRT, "Is the bridge safe?", "No. It is closed."),
        (ASKED_SRT, "No. It is closed.", "Is the bridge safe?"),
        (ASKED_SRT.replace("ANNA:", "-").replace("BEN:", "-"), "Which way, then?", "Along the river."),
        (
            "Anna: Can we swim here?\nBen: No, not since the flood of the year before last.\nAnna: What a pity it is.\n"
            "Ben: There is a lake behind the hill. It is warm in the summer and clean.\nAnna: Is it far away?\n",
            "No, not since",
            "Anna: Can we swim here?",
        ),
        (
            "Anna: Can we swim here?\nBen: Where? In the river?\nAnna: Yes, in the river.\nBen: I would not do it.\n",
            "Can we swim here?",
            None,  # a question is no reply
        ),
    ],
)
def test_a_question_needs_its_reply_and_a_short_reply_its_question(text, words, needed):
    needs = needed_texts(text, words)
    assert not needs if needed is None else needed in needs


def test_no_other_reply_is_read_as_the_answer():
    for tokens in range(20, 130, 10):
        for query in ("Who brings the stove?", "When do they meet?", "Who brings the tent?"):
            text = compressed(CHAT, query, tokens)
            assert ("And the stove?" in text) == ("Dan: Me." in text)
            assert "blue one" not in text or "Me." in text
            assert ("the tent?" in text) == ("I can" in text)
            assert ("do we meet?" in text) == ("At 7" in text)
        text = compressed(ASKED_SRT, "Is the bridge safe?", tokens)
        assert ("safe?" in text) == ("closed" in text) and ("way, then?" in text) == ("river" in text)


def test_items_under_items_are_no_turns():
    items = "".join(
        f"- {team}\n  - first: {first} Berg, ext. 44{number}\n  - second: {second} Nord, ext. 45{number}\n"
        for number, (team, first, second) in enumerate([("Press", "Ada", "Kai"), ("Bindery", "Ana", "Ugo")] * 2)
    )
    assert not transcript.recognises(f"# Runbook: print room\n\n## Contacts\n\n{items}\n- 2023: all moved.\n")
    talk = "- Ada: shall we print it?\n- Nils: not yet, the proof is wrong.\n- Ada: by when, then?\n- Nils: by noon.\n"
    assert transcript.recognises(talk * 2)
