"""Prose in small letters has sentences, too."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.splitters import sentences

TEXTS = [
    [
        "the mill was built in 1901.",
        "it burned down in 1923, approx. 20 years later.",
        "the owner, mr. hale, rebuilt it e.g. with brick walls.",
        "prof. lee visited it on jan. 5 and wrote about it.",
        "is it open today?",
        "you can visit from 9 a.m. to 5 p.m. every day.",
    ],
    [
        "somente poderá solicitar a dispensa o acadêmico que estiver matriculado.",
        "o acadêmico deverá frequentar as disciplinas, cf. art. 5 da lei, até a conclusão do processo.",
        "o pedido será analisado pelo coordenador do curso.",
    ],
    [
        "der hund wurde 1901 geboren.",
        "er lebte z.b. in berlin und starb ca. 10 jahre später.",
        "am 3. juni kam ein neuer.",
        "niemand wusste davon.",
    ],
    [
        "le moulin a été construit en 1901.",
        "m. dupont l'a reconstruit, p. ex. avec des briques.",
        "personne ne fut blessé.",
    ],
    ["мельница сгорела в 1923 году.", "никто не пострадал.", "владелец, т. е. иванов, восстановил её."],
    [
        "hey guys, so i tried the new update today.",
        "it broke my wifi.",
        "i rolled back to 2.3.1 and it works again.",
        "Thanks in advance.",
        "btw the battery is fine.",
        "i use a Pixel 7 from Google.",
    ],
    [
        "The ferry was built in Riga.",
        "it sails every day.",
        "dogs travel free of charge.",
        "bikes cost 3 euros.",
    ],
    ["the mill was old .", "it burned in 1923 .", "nobody was hurt ."],  # as tokenised corpora have it
]


@pytest.mark.parametrize("parts", TEXTS)
def test_sentences_in_small_letters(parts):
    text = " ".join(parts)
    assert [text[start:end] for start, end in sentences(text)] == parts


@pytest.mark.parametrize(
    "text",
    [
        "The line to Oban, opened in 1880 by the Callander and Oban Rly. and later run by the Caledonian, is scenic.",
        "Son of Rhys ap. gwilym, suc. fa. and coh. of Edward; he was lord of the manor.",
        "quark inc. on monday dropped its bid to acquire rival adobe systems",
        "the exhibition is open mon. to fri. from nine, and closed on sun. and holidays",
        "at tel. no. five five five, ext. twelve, dept. of parks",
        "and lived approx. in the same street as his uncle. Then he moved to Riga. There he died.",
    ],
)
def test_abbreviations_before_small_letters_end_nothing(text):
    assert len(sentences(text)) == text.count(". T") + 1


def test_the_sentence_that_answers_comes_whole():
    text = " ".join(TEXTS[0])
    for compressor in ("auto", "extractive/bm25"):
        result = ragzip.compress(text, "who rebuilt the mill?", target_tokens=40, compressor=compressor, cache=SCORES)
        assert "the owner, mr. hale, rebuilt it e.g. with brick walls." in result.text
        assert "you can visit" not in result.text
