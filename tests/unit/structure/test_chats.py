"""Chats: nobody says who comes and goes, replies come with their question, sentences with what they speak of."""

import pytest
from shared_scores import SCORES
from structure_checks import compressed, texts_and_needs, units_of

import ragzip
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats.transcript.asking import asks_without_mark


def needed_texts(text, start):
    ((_, needs),) = [pair for pair in texts_and_needs("transcript", text) if start in pair[0]]
    return " | ".join(needs)


IRC = (
    "09:40 < nils> can somebody restart the mirror?\n09:41 -!- ida [~ida@home] has joined #mirrors\n"
    "09:43 < ida> done, it was out of memory\n09:44 -!- nils [~n@x] has quit [Connection reset]\n"
    "09:50 * ida leaves for lunch\n09:58 < ole> which one is next?\n"
)
QUASSEL = (
    "[18:02] <nils> the pump is loud again\n*** ida has joined #pumps\n[18:05] <ole> grease it\n"
    "* nils has quit (Ping timeout)\n[18:09] <ida> the grease is in the red box\n[18:10] <ole> ok\n"
)
GROUP = (
    "05/06/2024, 08:00 - Mira created group Allotment\n05/06/2024, 08:02 - Mira: Who has the long ladder?\n"
    "05/06/2024, 08:03 - Mira added Otto\n05/06/2024, 08:09 - Otto: It stands behind the shed\n"
    "05/06/2024, 08:12 - Pia left\n05/06/2024, 08:15 - Mira: Thanks a lot\n"
)


@pytest.mark.parametrize(
    ("chat", "event", "said"),
    [
        (IRC, "09:41 -!- ida [~ida@home] has joined #mirrors", "09:40 < nils> can somebody restart the mirror?"),
        (IRC, "09:44 -!- nils [~n@x] has quit [Connection reset]", "09:43 < ida> done, it was out of memory"),
        (QUASSEL, "*** ida has joined #pumps", "[18:02] <nils> the pump is loud again"),
        (QUASSEL, "* nils has quit (Ping timeout)", "[18:05] <ole> grease it"),
        (GROUP, "05/06/2024, 08:03 - Mira added Otto", "05/06/2024, 08:02 - Mira: Who has the long ladder?"),
        (GROUP, "05/06/2024, 08:12 - Pia left", "It stands behind the shed"),
    ],
)
def test_nobody_says_who_comes_and_goes(chat, event, said):
    units = dict(texts_and_needs("transcript", chat))
    assert units[event] == [] and said in units


def test_a_reply_is_to_what_was_said_before_one_came():
    assert needed_texts(GROUP.replace("It stands behind the shed", "No"), "- Otto: No") == (
        "05/06/2024, 08:02 - Mira: Who has the long ladder?"
    )


@pytest.mark.parametrize(
    ("asked", "replies"),
    [
        (
            "Who can bring a cake on Sunday? I have the coffee",
            ["I can't, my oven is broken", "I can, with plums from us"],
        ),
        ("Has anyone read chapter four? I have not.", ["No, and I shall not do it", "yes but I forgot it all again"]),
        ("Where do we park? Please tell me.", ["behind the mill", "No, that is closed for the fair"]),
    ],
)
def test_a_question_may_have_a_few_words_behind_it(asked, replies):
    first, second = replies
    chat = (
        f"[10:01] Ana: {asked}\n[10:05] Ben: {first}\n[10:09] Eva: {second}\n[10:12] Ana: The weather is fine at last\n"
    )
    question = asked.partition("?")[0]
    assert question in needed_texts(chat, first) and question in needed_texts(chat, second)
    assert first in needed_texts(chat, question)
    behind = asked.partition("? ")[2]
    (unit,) = [text for text, _ in texts_and_needs("transcript", chat) if behind in text]
    assert question in unit or question in needed_texts(chat, behind)


@pytest.mark.parametrize(
    ("words", "referring", "meant"),
    [
        ("The rehearsal on Monday is off, sorry.\nNext one is Friday at 7", "Next one", "rehearsal on Monday"),
        ("The 8:10 train does not run today. Another one is due at 8:40.", "Another one", "8:10 train"),
        ("My brother has found the missing keys now. He brings them at noon.", "He brings", "missing keys"),
    ],
)
def test_a_sentence_of_a_message_needs_what_it_speaks_of(words, referring, meant):
    chat = (
        f"[10:01] Ana: {words}\n[10:05] Ben: Thank you for that\n[10:07] Ana: Bring some chairs\n[10:09] Ben: I will\n"
    )
    assert meant in needed_texts(chat, referring)
    long = chat.replace("[10:01] Ana: ", "[10:01] Ana: " + "We met in the large hall and talked of the plans. " * 4)
    assert meant not in needed_texts(long, referring)
    (unit,) = [unit for unit in units_of("transcript", long).units if referring in long[slice(*unit.span)]]
    companions = [long[slice(*units_of("transcript", long).units[place].span)] for place in unit.relation.companions]
    assert any(meant in companion for companion in companions)


def test_starred_lines_of_a_message_are_nobodys_coming_or_going():
    text = (
        "[10:01] Ann: hi there\n[10:02] Bob: It is easy:\n* Go past the shop\n* turn left at the church, which is old\n"
        "* then walk on until you see the mill on the left, and stop. It is not far. You cannot miss it.\n"
        "[10:03] Ann: ok thanks\n* Kim has joined #town\n[10:05] Kim: hello\n"
    )
    kept = ragzip.compress(text, "Where do I turn left?", target_tokens=70).text
    assert "Bob: It is easy:" in kept and "turn left at the church" in kept


DISK = (  # Molweni (Li et al. 2020), development set, Apache-2.0
    "cantmountanyhd: what is that image posting site like pastebin ? let me upload the screenshot\n"
    "codebrainz: ca n't just paste the text ?\n"
    "codebrainz: this comes up in google : URL\n"
    "codebrainz: easiest solution is to boot back into windows and shutdown properly\n"
    "cantmountanyhd: but i have done it so many times\n"
    "cantmountanyhd: restart through windows is a proper shut down right ?\n"
    "cantmountanyhd: then i have done it more than a few times\n"
)


def test_wording_counts_in_talk_that_is_not_written_in_sentences():
    assert all(unit.is_record for unit in units_of("transcript", DISK).units)
    kept = ragzip.compress(DISK, "What is the solution to cantmountanyhd's problem?", target_tokens=20).text
    assert "boot back into windows and shutdown properly" in kept
    written = "\n".join(f"{line}." for line in DISK.splitlines())
    assert not any(unit.is_record for unit in units_of("transcript", written).units)


def test_a_greeting_answers_no_question():
    asides = {
        text: unit.aside
        for talk in ["Ana: Are you there?\nBen: Hey, Ana!\nAna: Did it work?\nBen: Great!\nAna: The pump is new.\n"]
        for unit in units_of("transcript", talk).units
        for text in [talk[slice(*unit.span)]]
    }
    assert asides["Ben: Hey, Ana!"] == "pleasantry"
    assert asides["Ben: Great!"] is None


INTERVIEW = """\
[Scene: the pier. Ann Lee waits.]
Ann: Who holds the spare key of the boat house?
(A gull cries.)
Ben: The harbour master. He keeps it in drawer nine, below the charts.
#NOTE#: ( Cy enters and drops a coil of rope . )
Cy: Is the ferry late again? I have to be in Leith by noon.
Ben: It left Leith at ten.
Ann: Then it is late, and so am I.
[They walk to the end of the pier.]
"""


def test_lines_in_brackets_are_nobodys_words():
    units = structure_of(INTERVIEW, "text/plain", "0").units
    texts = {INTERVIEW[slice(*unit.span)]: unit.relation for unit in units}
    for direction in ("(A gull cries.)", "#NOTE#: ( Cy enters and drops a coil of rope . )"):
        assert texts[direction].section is None and not texts[direction].needs
    sections = [INTERVIEW[slice(*unit.relation.section)] for unit in units if unit.relation.section]
    assert not any("(" in section or "[" in section for section in sections), sections


@pytest.mark.parametrize("query", ["Who enters with a rope?", "What happens at the end of the pier?"])
@pytest.mark.parametrize("tokens", [24, 40])
def test_no_speaker_over_a_line_in_brackets(query, tokens):
    lines = ragzip.compress(INTERVIEW, query, target_tokens=tokens, cache=SCORES).text.split("\n")
    assert not any(line.endswith(":") for line in lines), lines


def test_what_is_said_behind_a_pause_has_its_speaker():
    source = INTERVIEW.replace("drawer nine, ", "drawer nine,\n(He thinks.)\n")
    kept = ragzip.compress(source, "What is below the charts?", target_tokens=45, cache=SCORES).text
    assert "below the charts" in kept and "Ben: " in kept


@pytest.mark.parametrize(
    "correction",
    [
        "sorry, I moved it, now it is with Mrs Kay",
        "I've moved it, Mrs Kay has it",
        "oh sorry, scratch that, Mrs Kay has it",
        "Entschuldigung, ich habe es verlegt, Mrs Kay hat es",
    ],
)
def test_what_a_speaker_says_comes_with_that_it_was_moved(correction):
    chat = (
        "12/03/24, 18:02 - Mia: the key is under the blue pot\n12/03/24, 18:04 - Tom: ok\n"
        f"12/03/24, 18:30 - Mia: {correction}\n12/03/24, 18:31 - Tom: thanks\n12/03/24, 19:00 - Tom: do we need milk?\n"
    )
    for target_tokens in range(20, 90, 6):
        text = ragzip.compress(chat, "Where is the key?", target_tokens=target_tokens, cache=False).text
        assert "blue pot" not in text or correction in text


COPIED = """\
ann  9:02 AM
checkout fails since 8:55
bob  9:07 AM
the rates client hangs
ann  9:15 AM
errors are gone since 9:13
carl  9:20 AM
who writes the report?
ann  9:21 AM
I'll take it, due Friday
"""


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_words_that_end_with_a_time_are_no_name_above_others(compressor):
    """Lines of a chat as they are copied: the name and the time stand above what is said."""
    query = "Who writes the report?"
    kept = ragzip.compress(COPIED, query, target_tokens=50, compressor=compressor, cache=SCORES).text
    assert "carl  9:20 AM\nwho writes the report?\nann  9:21 AM\nI'll take it" in kept
    query = "Since when are the errors gone?"
    kept = ragzip.compress(COPIED, query, target_tokens=20, compressor=compressor, cache=SCORES).text
    assert kept == "ann  9:15 AM\nerrors are gone since 9:13"


def test_stops_with_their_times_are_no_talk():
    stops = "Oslo 08:05\nMoss 08:47\nHalden 09:46\nOslo 10:05\nMoss 10:47\nHalden 11:46\nOslo 12:05\nRygge 12:55\n"
    assert structure_of(stops, "", "").kind != "transcript"


def test_a_number_may_stand_for_the_name_of_a_speaker():
    chat = (
        "05.05.23, 16:10 - +49 151 2345678: Der Klempner kommt morgen\n05.05.23, 16:11 - Mira: Danke\n"
        "05.05.23, 16:12 - +49 151 2345678: Bitte den Keller aufsperren\n05.05.23, 16:30 - Jonas: Mache ich\n"
    )
    texts = [text for text, _ in texts_and_needs("transcript", chat)]
    assert "05.05.23, 16:12 - +49 151 2345678: Bitte den Keller aufsperren" in texts


FAMILY = """\
[04/02/2024, 09:15:00] Dad: Car is at the garage till Tuesday, can someone pick up grandpa?
[04/02/2024, 09:17:21] Lea: not me, no license
[04/02/2024, 09:18:01] Jonas: I can, where from?
[04/02/2024, 09:19:33] Dad: Station, his train comes in 12.08 platform 4
[04/02/2024, 09:25:10] Mum: He likes to be early. You two play cards
[04/02/2024, 09:30:00] Tim: whats the wifi password at yours btw
[04/02/2024, 09:31:12] Dad: Blaubeere77
[04/02/2024, 09:36:50] Mum: New curtains in the kitchen, do you like them?
[04/02/2024, 09:38:50] Tim: very nice colour
[04/02/2024, 09:40:50] Lea: I bring the cake
"""
TEAM = """\
[12.03.24, 10:00:12] Nora: wann ist morgen das Meeting mit dem Vertrieb
[12.03.24, 10:01:40] Emil: um halb elf
[12.03.24, 10:05:12] Nora: Kann jemand den Beamer aus Raum 4 mitbringen?
[12.03.24, 10:06:40] Emil: ich nicht, bin im Homeoffice
[12.03.24, 10:07:02] Jana: mach ich
[12.03.24, 10:09:30] Emil: Die Folien sind im Ordner Vertrieb
[12.03.24, 10:11:30] Jana: Danke, sehe ich mir heute an
"""


@pytest.mark.parametrize(
    ("text", "query", "answer"),
    [
        (FAMILY, "wifi password?", "Dad: Blaubeere77"),
        (FAMILY, "who can pick up grandpa?", "Jonas: I can, where from?"),
        (TEAM, "Meeting mit dem Vertrieb", "Emil: um halb elf"),
        (TEAM, "Wer bringt den Beamer mit?", "Jana: mach ich"),
    ],
)
def test_a_question_comes_with_the_reply_that_answers_it(text, query, answer):
    result = ragzip.compress(text, query, target_tokens=110, compressor="extractive/bm25", cache=False)
    assert answer in result.text


@pytest.mark.parametrize(
    "words", ["what a day", "when you arrive ring twice", "how nice", "what I meant was the other"]
)
def test_statements_ask_nothing(words):
    assert not asks_without_mark(words)


def test_a_change_that_names_the_old_value_changes_nothing_else():
    chat = (
        "03/05/2024, 10:12 - Anna: Are we still on for the mill tour?\n03/05/2024, 10:13 - Ole: Yes, Sunday at 12\n"
        "03/05/2024, 10:15 - Anna: Great, how much is it?\n03/05/2024, 10:20 - Ole: 5 euros\nand kids are free\n"
        "04/05/2024, 08:00 - Ole: Change of plan: 14 instead of 12\n"
    )
    for compressor in ("auto", "extractive/bm25"):
        kept = ragzip.compress(chat, "Do kids pay?", target_tokens=50, compressor=compressor, cache=False).text
        assert "kids are free" in kept and "how much is it" in kept
        kept = ragzip.compress(
            chat, "At what time on Sunday?", target_tokens=80, compressor=compressor, cache=False
        ).text
        assert "Sunday at 12" not in kept or "14 instead of 12" in kept


def test_a_reply_that_states_what_holds_after_yes_is_kept_where_its_question_does_not_fit():
    # after Molweni dev
    talk = (
        "rhodry: error when it opens the file , input and output error , whatever I try to write there\n"
        "comicinker: did you try to check that card , or to write to another one before you came here with it ?\n"
        "rhodry: yes , i have formatted the card just before trying to write on it\n"
        "comicinker: good\n"
    )
    for query, budget, is_with_question in (("When has rhodry formatted the card?", 25, False), ("card?", 60, True)):
        text = compressed(talk, query, budget)
        assert "yes , i have formatted the card" in text
        assert ("did you try to check" in text) is is_with_question
