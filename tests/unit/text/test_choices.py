"""Questions with choices, kept whole: no choice without its question and the right one."""

import pytest

import ragzip
from ragzip.text.structure.formats.prose.reader import read_prose

QUIZ = """\
1. Which gas do plants take in?
A) Oxygen
B) Carbon dioxide
C) Helium
Answer: B

2. Which planet is largest?
A) Jupiter
B) Mars
C) Venus
Answer: A
"""
IN_BRACKETS = (
    QUIZ.replace("A)", "(a)").replace("B)", "(b)").replace("C)", "(c)").replace("Answer:", "Correct answer is:")
)
GERMAN = QUIZ.replace("Answer: B", "Lösung: B").replace("Answer: A", "Richtige Antwort: A")


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize("quiz", [QUIZ, IN_BRACKETS])
def test_a_question_comes_with_its_choices_and_the_right_one(quiz, compressor):
    first, second = quiz.rstrip().split("\n\n")
    for target_tokens in range(6, 70, 5):
        options = {"target_tokens": target_tokens, "compressor": compressor, "cache": False}
        text = ragzip.compress(quiz, "Which planet is the largest?", **options).text.rstrip()
        assert text in ("", first, second, f"{first}\n\n{second}")


def test_choices_in_other_languages():
    units = read_prose(GERMAN).units
    assert [len(unit.relation.needs) for unit in units] == [4] * 10


@pytest.mark.parametrize(
    "text",
    ["It has parts.\nA) Oxygen\nB) Helium\nWe answer: nothing.\n", "Answer: B\nC) is wrong.\n", "A) One\nAnswer: A\n"],
)
def test_what_tells_no_choice(text):
    assert all(len(unit.relation.needs) < 2 for unit in read_prose(text).units)
