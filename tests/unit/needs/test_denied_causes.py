"""What was not the cause comes with the sentence that says what was."""

import pytest

from ragzip.text.structure import structure_of


def companions(text, start):
    units = structure_of(text, "text/plain", "0").units
    place = next(place for place, unit in enumerate(units) if text.startswith(start, unit.start))
    return [text[units[companion].start : units[companion].end] for companion in units[place].relation.companions]


@pytest.mark.parametrize(
    ("denial", "cause"),
    [
        ("A new belt arrived but it was not the cause.", "Driver 7.3 had been installed on Sunday."),
        ("Bo Lund replaced the fuse, which did not help.", "Water had got into the meter."),
        ("Neither pump was to blame, and Ann Fry said the valve wasn't the problem.", "Sand had blocked the inlet."),
        ("Das Netzteil war nicht die Ursache.", "Ein Kabel war gebrochen."),
        ("Le câble n'était pas le problème.", "Une souris avait rongé la prise."),
    ],
)
def test_what_was_not_the_cause_comes_with_what_was(denial, cause):
    assert cause in companions(f"Oban has a mill. {denial} {cause} Leeds has none.", denial)


@pytest.mark.parametrize(
    "sentence", ["That is not the reason for the delay.", "Was it not the cause?", "Bo Lund is not a solution of salt."]
)
def test_other_sentences_do_not(sentence):
    assert "Leeds has two mills." not in companions(f"Oban has a mill. {sentence} Leeds has two mills.", sentence)
