"""Transcripts: no cue without its time, no sentence without its speaker, no short reply without what it replies to."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structure_checks import EXAMPLES, PROSE, compressed, texts_and_needs, units_of, written

import ragzip
from ragzip.compressors.outline import outline
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats import transcript
from ragzip.text.tokens import token_counter

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
    blocks = [  # no line like another: captions that roll repeat those above them
        f"{number}\n00:00:{number:02}{mark}000 --> 00:00:{number + 1:02}{mark}000\n"
        + "\n".join(f"{line[0]}{number}{place}{line[1:]}" for place, line in enumerate(lines))
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
        (CHAT.replace("I can", "the weather will be very bad, " * 5), "Who brings the tent?", None),
        (CHAT.replace("Ben: I can", "Ben: Is there one? Or two?"), "Who brings the tent?", None),
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


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        ("Who brings the tent?", "the big green one from Lea, I think, is what we have."),
        ("what's the address again?", "14 Quarry Rd, not 41 like on the invitation!"),
        ("Wann kommt der Bus?", "Er kommt heute leider erst um acht. Oder noch später."),
        ("Où est la clé ?", "Chez la voisine du dessous, comme toujours le soir."),
    ],
)
def test_a_question_comes_with_the_very_next_turn_where_both_fit(question, reply):
    chat = f"Ana: {question}\nBen: {reply}\nAna: thanks to you.\nCleo: It rains a lot today.\n"
    (unit,) = [unit for unit in transcript.read(chat).units if question in chat[slice(*unit.span)]]
    companions = [chat[slice(*transcript.read(chat).units[place].span)] for place in unit.relation.companions]
    assert " ".join(companions).removeprefix("Ben: ") == reply
    assert reply.split()[-1] in compressed(chat, question, 40)
    assert unit.relation.needs == ()


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


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("The train is at 8.15 on Saturday, platform 4.", "sorry, wrong. It's 8.40, same platform."),
        ("bread and cheese from me", "sorry, only bread. Cheese is Liv"),
        ("see you at 8.15 then", "*8.40"),
        ("see you on Tuesday then", "I meant Wednesday"),
        ("see you on Tuesday then", "not Tuesday, Wednesday"),
        ("see you on Tuesday then", "Wednesday, not Tuesday."),
        ("it is in room 41", "no wait, room 14"),
        ("I will be there at noon", "scratch that, I cannot come"),
        ("the shop opens at nine", "my mistake, at ten"),
        ("the shop opens at nine", "edit: at ten"),
        ("the fee is 20 euros for all of us", "ok. oh wait, I looked at the wrong page of it. The fee is 25."),
        ("der Zug fährt um 8.15 Uhr", "Entschuldigung, falsch. Um 8.40"),
        ("wir treffen uns am Dienstag", "nicht Dienstag, sondern Mittwoch"),
        ("ich bringe Brot und Käse", "ups, nur das Brot"),
        ("le train part à 8h15", "pardon, à 8h40"),
        ("on se voit à midi", "je me suis trompée, à une heure"),
        ("el tren sale a las 8:15", "perdón, a las 8:40"),
        ("la cena es el martes", "me equivoqué, es el jueves"),
        ("il treno parte alle 8:15", "scusate, alle 8:40"),
        ("ci vediamo giovedì", "volevo dire venerdì"),
        ("de trein gaat om 8.15", "sorry, om 8.40"),
        ("het feest is op vrijdag", "foutje, het is zaterdag"),
    ],
)
@pytest.mark.parametrize("stamp", ["", "12/05/24, 18:0{} - ", "[18:0{}] "])
def test_what_is_taken_back_and_what_is_said_instead_need_each_other(said, instead, stamp):
    lines = [f"Ana: {said}", "Ben: the weather is nice.", f"Ana: {instead}", "Ben: fine with me.", "Cleo: fine, too."]
    text = "\n".join(stamp.format(number) + line for number, line in enumerate(lines))
    units = texts_and_needs("transcript", text)
    (needs,) = [needs for unit, needs in units if said in unit]
    assert any(instead.rpartition(". ")[2] in needed for needed in needs)
    (needs,) = [needs for unit, needs in units if instead.rpartition(". ")[2] in unit]
    assert any(said in needed for needed in needs)


@pytest.mark.parametrize(
    ("said", "later"),
    [
        ("the tent is in the car", "sorry I'm late"),
        ("I'll do the salad", "not bad, thanks"),
        ("we meet at 5 sharp", "sorry, what is wrong?"),
        ("the salad is ready", "the salad is not too spicy"),
        ("we leave now, all of us", "so sorry, the dog is ill"),
        ("das Zelt ist da", "Moment, ich komme"),
    ],
)
def test_what_takes_nothing_back(said, later):
    text = f"Ana: {said}\nBen: the weather is nice.\nAna: {later}\nBen: fine with me.\n"
    assert later not in needed_texts(text, said)


def test_what_is_taken_back_is_the_last_that_may_be_meant():
    chat = (
        "Priya: The train is at 8.15 on Saturday, platform 4.\nTom: shall I bring a tent?\nPriya: yes, and the stove\n"
        "Tom: the stove is broken.\nPriya: sorry, it's 8.40, same platform\nTom: fine, more sleep for me\n"
    )
    assert "8.40" in needed_texts(chat, "8.15") and "8.40" not in needed_texts(chat, "and the stove")
    in_two = (
        "Ana: It is on Tuesday.\nBen: good, I like that.\nAna: sorry, wrong\nAna: it's on Thursday\nBen: ok then.\n"
    )
    assert "Thursday" in needed_texts(in_two, "on Tuesday") and "Tuesday" in needed_texts(in_two, "Thursday")
    far = "Ana: It is at 8.\n" + "Ben: hm, it rains.\n" * 7 + "Ana: sorry, wrong. At 9.\n"
    assert "At 9" not in needed_texts(far, "at 8.")


@pytest.mark.parametrize("speech", ["sorry, wrong. At {}.", "no wait, {}?", "I meant {}."])
def test_no_chain_of_corrections_grows_without_end(speech):
    text = "".join(f"Ana: {speech.format(number)}\nBen: Why is it so, Ana?\n" for number in range(60))
    assert max(len(unit.relation.needs) for unit in transcript.read(text).units) <= 24


@pytest.mark.parametrize("stamp", ["", "12/05/24, 18:0{} - "])
def test_nothing_is_said_as_it_was_before_it_was_taken_back(stamp):
    lines = [
        "Ana: Who's bringing what on Saturday?",
        "Kofi: I'll do the salad",
        "Ben: bread and cheese from me",
        "Ben: sorry, only bread. Cheese is Liv",
        "Liv: ok",
        "Ana: and drinks?",
    ]
    text = "\n".join(stamp.format(number) + line for number, line in enumerate(lines))
    for tokens in range(16, 120, 8):
        kept = compressed(text, "Who brings the cheese?", tokens)
        assert ("bread and cheese" in kept) == ("only bread" in kept)
    assert "Cheese is Liv" in compressed(text, "Who brings the cheese?", 80)


def test_a_question_is_as_good_as_it_and_its_answer():
    chat = (
        "Ana: Who brings the cheese?\nKofi: I do not know it, sadly.\nBen: it rains a lot today.\n"
        "Kofi: Cheese and bread are what I bring.\nAna: good, thanks to you.\n"
    )
    structure = transcript.read(chat)
    scores = np.array([0.8, 0.0, 0.0, 0.6, 0.0])
    segment = ragzip.types.Segment.whole(ragzip.Document("0", chat), 0)
    related = outline(segment, ragzip.types.Budget(token_counter())).related_scores(scores)
    assert [len(unit.relation.answers) for unit in structure.units] == [1, 0, 0, 0, 0]
    assert related.tolist() == [0.4, 0.0, 0.0, 0.6, 0.0] and scores[0] == 0.8


COUNCIL = (
    "Ms Hale: The budget for 2026 is 340,000 pounds. The roof takes 90,000 of it, as planned.\n"
    "Mr Ortiz: And the windows? They were to be done in the same year.\nMs Hale: {}\n"
    "Ms Ito: Has the lottery fund answered?\nMr Ortiz: Not so far. It meets in June.\n"
)


@pytest.mark.parametrize(
    "speech",
    [
        "Those have been put off until 2027.",
        "That's for the year after, I was told.",
        "Das ist auf 2027 verschoben.",
        "Ce sont des travaux pour 2027.",
        "Eso se hará en 2027.",
    ],
)
def test_what_begins_with_a_pronoun_of_things_comes_with_the_turn_before(speech):
    text = COUNCIL.format(speech)
    (unit,) = [unit for unit in transcript.read(text).units if text[slice(*unit.span)] == speech]
    companions = [text[slice(*transcript.read(text).units[place].span)] for place in unit.relation.companions]
    assert companions == ["They were to be done in the same year.", "And the windows?"]


def test_no_those_without_what_they_are():
    text = COUNCIL.format("Those have been put off until 2027.")
    for tokens in range(16, 120, 6):
        for query in (
            "Has the lottery fund answered in 2027?",
            "When will the windows be done?",
            "What is put off until 2027?",
        ):
            kept = compressed(text, query, tokens)
            assert "Those have" not in kept or "windows" in kept or kept.count("\n") == 0


def test_items_under_items_are_no_turns():
    items = "".join(
        f"- {team}\n  - first: {first} Berg, ext. 44{number}\n  - second: {second} Nord, ext. 45{number}\n"
        for number, (team, first, second) in enumerate([("Press", "Ada", "Kai"), ("Bindery", "Ana", "Ugo")] * 2)
    )
    assert not transcript.recognises(f"# Runbook: print room\n\n## Contacts\n\n{items}\n- 2023: all moved.\n")
    talk = "- Ada: shall we print it?\n- Nils: not yet, the proof is wrong.\n- Ada: by when, then?\n- Nils: by noon.\n"
    assert transcript.recognises(talk * 2)


def test_departures_in_columns_are_no_talk():
    board = "Time   Destination        Plat  Expected\n" + "".join(
        f"09:{minute:02}  {to:18} {plat:<5} {expected}\n"
        for minute, to, plat, expected in [
            (2, "London Kings Cross", 8, "On time"), (8, "Manchester Airport", 15, "09:21"), (13, "Hull", 2, "On time"),
            (15, "York", 12, "Cancelled"), (22, "Hull", 11, "On time"), (30, "York", 8, "09:44"),
        ]
    )  # fmt: skip
    assert structure_of(board, "text/plain", "0").kind == "table"
