"""Subtitles: captions that roll up the screen, and what says how cues are shown."""

from structure_checks import compressed

ROLLING = (
    "WEBVTT\nKind: captions\nLanguage: en\n\n00:00:00.469 --> 00:00:03.169 align:start position:0%\n \n"
    "welcome<00:00:01.469><c> to</c><00:00:01.620><c> the</c><00:00:01.740><c> series</c>\n\n"
    "00:00:03.169 --> 00:00:03.179 align:start position:0%\nwelcome to the series\n \n\n"
    "00:00:03.179 --> 00:00:06.000 align:start position:0%\nwelcome to the series\n"
    "on<00:00:03.469><c> heat</c><00:00:03.620><c> pumps</c>\n\n"
    "00:00:06.000 --> 00:00:06.010 align:start position:0%\non heat pumps\n \n\n"
    "00:00:06.010 --> 00:00:09.000 align:start position:0%\non heat pumps\n"
    "they<00:00:06.469><c> need</c><00:00:06.620><c> 45</c><00:00:07.1><c> degrees</c>\n\n"
    "00:00:09.000 --> 00:00:09.010 align:start position:0%\nthey need 45 degrees\n \n"
)


def test_lines_that_roll_up_the_screen_come_once():
    kept = compressed(ROLLING, "How many degrees do heat pumps need?", 100)
    assert kept.count("welcome to the series") == kept.count("on heat pumps") == kept.count("they need 45 degrees") == 1
    assert "align" not in kept and "<" not in kept and "00:00:06.010 --> 00:00:09.000\nthey need" in kept


def test_rolling_captions_with_two_lines_and_line_ends_of_windows():
    cues = ["one of them", "two of them", "three of them", "four of them"]
    pairs = zip(["", *cues], cues, strict=False)
    blocks = [f"{n + 1}\r\n00:00:0{n},000 --> 00:00:0{n + 1},000\r\n{a}\r\n{b}" for n, (a, b) in enumerate(pairs)]
    text = "\r\n\r\n".join(blocks).replace("\r\n\r\none", "\r\none")
    kept = compressed(text, "three", 200)
    assert [kept.count(cue) for cue in cues] == [1, 1, 1, 1]


def test_two_speakers_may_say_the_same():
    said = ["Stop it.", "Stop it.", "Why?", "It hurts.", "Sorry.", "Fine.", "Good."]
    blocks = [f"{n + 1}\n00:00:0{n},000 --> 00:00:0{n + 1},000\n{words}" for n, words in enumerate(said)]
    assert compressed("\n\n".join(blocks), "Stop it.", 300).count("Stop it.") == 2
