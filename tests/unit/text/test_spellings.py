"""Words of a query are found in another spelling, where none is spelled as they are."""

import pytest

import ragzip
from ragzip import Document
from ragzip.retrievers.bm25 import BM25Retriever

OTHERS = {
    "": ["The garden is old.", "A café sells soup.", "The choir sings.", "Bikes stand at the gate."],
    "zh": ["花园里有栗树。", "合唱团晚上排练。", "走廊里挂着画。"],
}
CASES = [
    ("El teléfono de urgencias es el 112.", "telefono"),
    ("Das Büro in München hat zu.", "Muenchen"),
    ("Herr Schlueter leitet das Haus.", "Schlüter"),
    ("Le cœur du village bat.", "coeur"),
    ("Biuro w Łódź jest nieczynne.", "Lodz"),
    ("Văn phòng ở Đà Nẵng không mở cửa.", "Nang"),
    ("Ο δρόμος είναι κλειστός.", "ΔΡΟΜΟΣ"),
    ("İSTANBUL'da ofis yok.", "istanbul"),
    ("IŞIK dükkânı kapalı.", "ışık"),
    ("تفتح المكتبة يوم الأحد.", "مكتبة"),
    ("זמני הספרייה בשבת.", "ספרייה"),
    ("圖書館星期一不開放。", "图书馆"),
    ("りんごは赤い。", "リンゴ"),
    ("The Wi-Fi code is 4471.", "wifi"),
    ("The signoff came late.", "sign-off"),
    ("A private room costs 12,500 kr.", "12500"),
    ("Fees are refunded in full.", "refund"),
    ("Buses stop at the mill.", "bus"),
    ("A box is kept there.", "boxes"),
    ("Adres biblioteki to Długa 5.", "biblioteka"),
    ("Библиотеку закрыли в мае.", "библиотека"),
    ("Kirjastossa on hissi.", "kirjasto"),
    ("Hunde brauchen eine Leine.", "Hund"),
    ("Wysyłamy paczki we wtorek.", "wysyłka"),
    ("Арендаторы платят дважды.", "арендатору"),
    ("On altı yaşından küçükler giremez.", "yasinda"),
    ("We close at noon on Sat.", "saturday"),
    ("It opened on 4 Sept.", "september"),
    ("Di 3 Dez ist Inventur.", "Dezember"),
]


@pytest.mark.parametrize(("sentence", "query"), CASES)
def test_a_sentence_is_found(sentence, query):
    others = OTHERS["zh" if sentence[-1] == "。" else ""]
    text = " ".join([*others[:2], sentence, *others[2:]])
    result = ragzip.compress(text, query, compressor="extractive/bm25", target_tokens=30, cache=False)
    assert sentence in result.text


@pytest.mark.parametrize(("sentence", "query"), CASES)
def test_a_passage_is_retrieved(sentence, query):
    documents = [Document("right", sentence), *(Document(text, text) for texts in OTHERS.values() for text in texts)]
    assert [passage.id for passage in BM25Retriever(documents).retrieve(query, k=1)] == ["right"]


@pytest.mark.parametrize(
    ("text", "sentence", "query"),
    [
        ("Die Miete ist im Voraus zu zahlen. {} Das Haus hat einen Garten.", "Die Kündigungsfrist ist lang.", "Frist"),
        (
            "Die Miete ist im Voraus zu zahlen. {} Das Haus hat einen Garten.",
            "Die Kündigung ist möglich.",
            "Kündigungsfrist",
        ),
        (
            "Børn er gratis og skal have ble på. {} Sauna er ikke med i prisen.",
            "Pensionist: 45 kr.",
            "pensionistbillet",
        ),
        ("Smält smöret och rör om. {} Låt degen jäsa i en bunke.", "Ugnen har hög temperatur.", "ugnstemperatur"),
        (
            "Het loket is open van maandag tot vrijdag. {} De balie is boven.",
            "Een rijbewijs kost 40 euro.",
            "rijbewijsaanvraag",
        ),
    ],
)
def test_compounds_and_their_parts_are_found(text, sentence, query):
    method = ragzip.load("extractive/bm25", neighbours=0)
    result = ragzip.compress(text.format(sentence), query, compressor=method, target_tokens=18, cache=False)
    assert result.text == sentence


@pytest.mark.parametrize(
    ("exact", "other", "query"),
    [
        ("The resume is one page.", "We résumé the talks.", "resume"),
        ("La pena es breve.", "La peña es alta.", "pena"),
        ("You sort the mail.", "You've got mail.", "you"),
        ("They went away.", "That is a way.", "away"),
        ("A refund is due.", "Fees are refunded.", "refund"),
        ("Die Frist endet.", "Die Kündigungsfrist endet.", "Frist"),
    ],
)
def test_the_exact_word_comes_first(exact, other, query):
    result = ragzip.compress(f"{other} {exact}", query, compressor="extractive/bm25", target_tokens=8, cache=False)
    assert result.text == exact


def test_other_words_stay_others():
    documents = [Document("other", "That is a way. You've got a contrast in the company. Profits are attributable.")]
    for query in ("away", "contract", "compare", "rate", "table"):
        assert not BM25Retriever(documents).retrieve(query, k=1), query


def test_languages_of_one_letter_with_a_sign_are_told_from_each_other():
    texts = ["The C service reads the sensor.", "The C++ service was replaced.", "The C# service runs on port 80."]
    for query, right in (("C# service", 2), ("the service in C++?", 1), ("c# port", 2)):
        assert ragzip.compress(texts, query, target_tokens=12, compressor="bm25", cache=False).text == texts[right]


@pytest.mark.parametrize(
    ("text", "query", "right"),
    [
        ("Article III covers fees. Article VII covers dogs. Article IX covers noise.", "Article 7", "dogs."),
        ("Article 3 covers fees. Article 7 covers dogs. Article 9 covers noise.", "Article VII", "dogs."),
        ("Kapitel III behandelt Wege. Kapitel VIII behandelt Hunde. Kapitel IX ist kurz.", "Kapitel 8", "Hunde."),
        ("Henry VIII burned the hall. Henry VI sold the hall. Henry III built it.", "Henry 6", "sold the hall."),
    ],
)
def test_numbers_are_found_in_roman_and_arabic_numerals(text, query, right):
    passages = [Document(sentence, f"{sentence}.") for sentence in text.removesuffix(".").split(". ")]
    (best,) = BM25Retriever(passages).retrieve(query, k=1)
    assert best.text.endswith(right)
    assert right in ragzip.compress(text, f"What about {query}?", target_tokens=10, compressor="bm25", cache=False).text
