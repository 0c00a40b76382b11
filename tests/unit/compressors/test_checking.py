import json
import random

import numpy as np
import pytest

from ragzip.compressors.checking.check import Checker, measure
from ragzip.compressors.checking.evidence import Sources
from ragzip.compressors.checking.facts import denials, facts, numbers, spoken
from ragzip.compressors.checking.features import FEATURES
from ragzip.compressors.checking.inventions import alter, flip
from ragzip.errors import ModelError, OptionError
from ragzip.models import shipped
from ragzip.testing import FakeEmbedder

SOURCES = [
    "The harbour at Eastmouth was closed on 14 March 2019. A survey had found that the north wall had moved by 14 cm. "
    "Ellen Marsh, the surveyor, said that nobody had noticed.",
    "Repairs were put off twice, because the estimate had risen from 2.4 to 6.1 million pounds. The council did not "
    "want to pay. Boats land at Corran now, and the fish market has moved there too.",
]


def found(text):
    return [(fact.kind, text[fact.start : fact.end]) for fact in facts(text)]


def test_facts_of_a_sentence():
    assert found("In March 2019 Ellen Marsh paid $2.4 million for twenty-five boats.") == [
        ("date", "March"),
        ("number", "2019"),
        ("name", "Ellen"),
        ("name", "Marsh"),
        ("number", "2.4 million"),
        ("number", "twenty-five"),
    ]
    assert found('However, marketing said that "it could not be done" at the BBC\'s studio.') == [
        ("quote", '"it could not be done"'),
        ("negation", "not"),
        ("name", "BBC"),
    ]
    assert found("May we go? March on! We propose it. Introducing one idea.") == []
    assert [fact.shouted for fact in facts("He asked GPT and Ellen.")] == [True, False]
    assert [fact.common for fact in facts("He asked the Manager and Ellen.")] == [True, False]


def test_values_of_numbers():
    values = [value for *_, value in numbers("3,000 and 2.5 million, one hundred and two, 5k, the 21st, one")]
    assert values == ["3000", "2500000", "102", "5000", "21"]
    assert {"12.5", "1250", "14.1", "1984", "25"} <= spoken(
        "twelve fifty, fourteen point one, nineteen eighty four, 25"
    )


def test_denials():
    assert len(denials("They did not agree, and she never came without him.")) == 3
    assert not denials("It is not only cheap but fast. No doubt it works.")


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        ("The council did not want to pay.", "The council did want to pay."),
        ("They can't swim.", "They can swim."),
        ("It cannot be.", "It can be."),
        ("The wall was moved.", "The wall was not moved."),
        ("We propose a method.", "We do not propose a method."),
        ("The council decided on Monday.", "The council did not decide on Monday."),
        ("This paper introduces a wall.", "This paper does not introduce a wall."),
    ],
)
def test_turning_a_sentence_round(text, turned):
    made = flip(text)
    assert made.text == turned and turned[made.at : made.at + len(made.now)] == made.now


def test_one_thing_is_made_wrong():
    rng = random.Random(0)
    text = "Ellen Marsh measured 14 cm in 2,019 places."
    number = alter(text, "number", rng, [])
    assert number.text != text and [*numbers(number.text)] != [*numbers(text)]
    name = alter(text, "name", rng, ["Peter Brook"])
    assert name.text == "Peter Brook measured 14 cm in 2,019 places." and name.was == "Ellen Marsh"
    assert alter("it rained.", "name", rng, ["Peter"]) is None and alter(text, "name", rng, ["Marsh"]) is None


def test_what_stands_in_the_sources():
    read = Sources(SOURCES, known="Who is Peter?")

    def holds(text):
        return [read.holds(fact) for fact in facts(text)]

    assert holds("He saw Ellen and Peter in Eastmouth in March.") == [True] * 4
    assert holds("He saw Corrans and EM on 14 April 2019.") == [True, True, True, False, True]
    assert holds("It was 6 million, 2.4 million, or 7 million.") == [True, True, False]
    assert holds('She said that "the council did want", and he "moved by 14 cm".') == [False, True]


def test_names_made_from_others():
    short = ["Britain has many fishing boats.", "A recurrent network is slow."]
    long = [*short, "The Industrial Designer spoke.", *["It rained on the harbour all day."] * 20]

    def holds(word, sources):
        (fact,) = (fact for fact in facts(f"It was {word} then.") if fact.kind == "name")
        return Sources(sources).holds(fact)

    assert holds("British", short) and not holds("Fisher", short)  # of names, not of any word
    assert holds("RN", short) and not holds("RN", long)  # initials of any words make up everything in a long text
    assert holds("ID", long) and holds("IDs", long)
    assert not [fact for fact in facts("It was on two TVs.") if fact.kind == "name"]


def test_what_is_counted():
    read = Sources(["There are fourteen buttons and 9 lamps.", "Three men came."])

    def said(text):
        (values,) = measure([text], read, FakeEmbedder()).values
        return {
            name
            for name, value in zip(FEATURES, values, strict=True)
            if value and ("count" in name or "not in" in name)
        }

    assert said("It has 14 buttons.") == {"same count"}
    assert said("It has nine buttons.") == {"different count"}
    assert said("It has 14 screws.") == set()
    assert said("It has 15 buttons.") == {"different count", "numbers not in sources"}
    assert said("Four women came.") == {"numbers not in sources"}
    assert said("Two women came.") == {"small numbers not in sources"}


def test_evidence_is_what_speaks_of_a_sentence():
    read = Sources(SOURCES)
    embedder = FakeEmbedder()
    values, nearest = measure(["Boats land at Corran now.", "The council wanted to pay."], read, embedder)
    assert values.shape == (2, len(FEATURES)) and np.isfinite(values).all()
    assert read.evidence(nearest[0]).startswith("Boats land at Corran") and read.owners[nearest[0][0]] == 1
    one = dict(zip(FEATURES, values[1], strict=True))
    assert one["negated only in sources"] > 0.3 and one["negated"] == 0


def test_the_shipped_check():
    true = [
        "The north wall had moved by 14 cm.",
        "The harbour at Eastmouth was closed in March 2019.",
        "The council did not want to pay for the repairs.",
        "The fish market has moved to Corran.",
        "Ellen Marsh said that nobody had noticed.",
        "The estimate for repairs had risen to 6.1 million pounds.",
    ]
    wrong = [
        ("The north wall had moved by 40 cm.", "'40'"),
        ("The harbour at Portsmouth was closed in March 2019.", "'Portsmouth'"),
        ("The harbour at Eastmouth was closed in May 2019.", "'May'"),
        ("Peter Brook said that nobody had noticed.", "'Peter'"),
        ("The estimate for repairs had risen to 9.1 million pounds.", "'9.1 million'"),
        ("The fish market has not moved to Corran.", "den"),
    ]
    checker = Checker()
    verdicts = checker.check(true, SOURCES)
    assert [one.verdict for one in verdicts] == ["supported"] * 6
    assert [one.source for one in verdicts] == [0, 0, 1, 1, 0, 1]
    for (text, reason), one in zip(wrong, checker.check([text for text, _ in wrong], SOURCES), strict=True):
        assert one.verdict == "altered" and reason in " ".join(one.reasons), text
    assert checker.check(["Chess is an old game from India."], SOURCES)[0].verdict == "invented"
    assert checker.check(["It rained."], [""])[0].verdict == "invented" and checker.check([], SOURCES) == []
    assert Checker(threshold=1.0).check([wrong[-1][0]], SOURCES)[0].verdict == "supported"
    with pytest.raises(OptionError, match="threshold"):
        Checker(threshold=0)


def test_a_checker_of_ones_own(tmp_path):
    for file in shipped("checker").iterdir():
        (tmp_path / file.name).symlink_to(file)
    settings = json.loads((shipped("checker") / "config.json").read_text("utf-8"))
    settings["ragzip"]["doubt"]["threshold"] = 0.25
    (tmp_path / "config.json").unlink()
    (tmp_path / "config.json").write_text(json.dumps(settings), "utf-8")
    checker = Checker(model=tmp_path)
    assert checker.threshold == 0.25
    assert [one.doubt for one in checker.check(["It rained."], SOURCES)] == [
        one.doubt for one in Checker().check(["It rained."], SOURCES)
    ]
    with pytest.raises(ModelError, match="holds no checker"):
        Checker(model=shipped("pruner"))
    with pytest.raises(ModelError, match="model"):
        Checker(model=tmp_path / "nothing")


def test_claims_of_what_is_free_of_something_or_has_stopped_are_supported():
    sources = [
        "The yoghurt is free of gluten and lactose. It is made in Leeds.",
        "Anna Lee stopped taking metformin in 2019. The test for influenza came back negative.",
    ]
    true = [
        "The yoghurt is free of gluten.",
        "Anna Lee stopped taking metformin.",
        "The influenza test was negative.",
        "The yoghurt is made in Leeds.",
    ]
    assert {claim.verdict for claim in Checker().check(true, sources)} == {"supported"}
    assert denials("It is free of gluten.") and not denials("The train stopped at noon.")
