"""A time that is told from the sentence before comes with it: "Three years later" is false after another year."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of

STARTS = {
    "en": "In 2004 the firm moved. In 2015 Karl sold his share. ",
    "de": "Im Jahr 2004 zog die Firma um. Im Jahr 2015 verkaufte Karl seinen Anteil. ",
    "fr": "En 2004, la société déménagea. En 2015, Karl vendit sa part. ",
    "es": "En 2004 la empresa se mudó. En 2015 Karl vendió su parte. ",
    "it": "Nel 2004 la ditta si trasferì. Nel 2015 Karl vendette la sua quota. ",
    "pt": "Em 2004 a empresa mudou. Em 2015 Karl vendeu a sua parte. ",
    "nl": "In 2004 verhuisde het bedrijf. In 2015 verkocht Karl zijn deel. ",
}


def companions(text, start):
    units = structure_of(text, "text/plain", "0").units
    texts = [text[unit.start : unit.end] for unit in units]
    place = next(place for place, unit_text in enumerate(texts) if unit_text.startswith(start))
    return [texts[companion] for companion in units[place].relation.companions]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Three years later Ida Brand became director."),
        ("en", "Ida Brand became director two weeks later."),
        ("en", "The next day Ida Brand opened the shop."),
        ("en", "Six months before that, Ida Brand had resigned."),
        ("en", "Soon afterwards Ida Brand left."),
        ("en", "By then Leeds had two mills."),
        ("en", "The mill closed a month after, and Ida Brand left."),
        ("de", "Drei Jahre später wurde Ida Brand Direktorin."),
        ("de", "Am nächsten Tag öffnete der Laden."),
        ("de", "Damals hatte Kiel zwei Mühlen."),
        ("fr", "Trois ans plus tard, Ida Brand devint directrice."),
        ("fr", "Le lendemain, la boutique ouvrit."),
        ("es", "Tres años después, Ida Brand fue directora."),
        ("it", "Tre anni più tardi Ida Brand divenne direttrice."),
        ("pt", "Três anos depois, Ida Brand tornou-se diretora."),
        ("nl", "Drie jaar later werd Ida Brand directeur."),
    ],
)
def test_a_time_comes_with_what_it_is_told_from(language, sentence):
    before = STARTS[language].strip().partition(". ")[2]
    assert companions(STARTS[language] + sentence, sentence) == [before]


@pytest.mark.parametrize(
    "sentence",
    [
        "Three years later, in 2018, Ida Brand became director.",
        "Ida Brand came in May 2016 and left two years later.",
        "Two days after the storm Ida Brand left.",
        "After the war Ida Brand moved to Rome and two years later to Bath.",
        "Ida Brand signed the contract; a month later the mill opened.",
        "Ida Brand works on the day of the fair.",
        "Ida Brand takes two years longer than planned.",
    ],
)
def test_a_time_that_is_told_in_the_sentence_needs_no_other(sentence):
    assert companions(STARTS["en"] + sentence, sentence) == []


def test_a_sentence_without_a_date_brings_the_date_before_it():
    text = "In 1990 Bo Lund moved to Oban. The harbour was new. Two years later Ida Brand came. Nobody knew."
    assert companions(text, "Two years") == ["The harbour was new.", "In 1990 Bo Lund moved to Oban."]


def test_a_time_at_the_beginning_of_a_paragraph_is_told_from_the_one_before_it():
    text = "The firm moved in 2004.\n\nIn 2015 Karl sold his share.\n\nThree years later Ida Brand became director."
    assert companions(text, "Three years") == ["In 2015 Karl sold his share."]
    text = "The firm moved in 2004.\n\n## Ida\n\nThree years later Ida Brand became director."
    assert companions(text, "Three years") == []


@pytest.mark.parametrize("tokens", range(26, 60, 4))
def test_no_other_year_comes_in_its_place(tokens):
    text = STARTS["en"] + "The office is in Kiel. Three years later Ida Brand became director. She has two dogs."
    kept = ragzip.compress(text, "When did Ida Brand become director?", target_tokens=tokens, cache=SCORES).text
    assert "Three years later" in kept and "In 2015" in kept


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ("De bibliotheek is gevestigd in de oude kerk.", "Daarvoor zat ze in het stadhuis."),
        ("Das Haus gehört der Gemeinde.", "Seither ist der Eintritt frei."),
        ("Le pont fut rouvert par le maire.", "Depuis lors, Brest grandit."),
        ("El puente fue abierto por el alcalde.", "Desde entonces, Cádiz crece."),
        ("Il ponte fu aperto dal sindaco.", "Da allora il traffico è raddoppiato."),
    ],
)
def test_what_goes_on_from_a_time_comes_with_it(before, sentence):
    assert companions(f"{before} {sentence}", sentence) == [before]
