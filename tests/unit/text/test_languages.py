"""The language of a text is known or said to be unknown, the same each time."""

import pytest

from ragzip.text.languages import language_of, prose_in

TEXTS = {
    "en": "The mill burned down in 1902. Nobody was hurt.",
    "de": "Die Mühle brannte 1902 ab. Am 3. Juni war der Umbau nicht fertig.",
    "fr": "M. Dupont est arrivé hier. Il n'est pas dans la maison.",
    "es": "El Sr. Pérez vive en EE. UU. desde 1990. La Dra. López no llegó.",
    "it": "Il Sig. Rossi vive nella casa. Non è certo che sia qui.",
    "pt": "O Sr. Silva mora na cidade. Ele não está em casa.",
    "nl": "Dhr. Jansen kwam om 9 uur. Dit is niet waar.",
    "sv": "Han kommer till staden i juni. Det är inte säkert.",
    "da": "Den 3. juni kommer han til byen. Det er ikke sikkert.",
    "fi": "Kokous on 3. kesäkuuta. Se on hyvä, mutta hän ei ole täällä.",
    "cs": "Dne 3. června přijde. Není to ale jisté, protože je nemocný.",
    "pl": "Przyszedł w 1990 r. do domu i nie jest to pewne.",
    "tr": "Bu kitap çok güzel ve daha iyi bir ev için.",
    "hu": "Ez a könyv nem volt meg, de az asztal is kell.",
    "ru": "Он жил на ул. Ленина в г. Москва. Потом он уехал.",
    "uk": "Він жив у Києві, але не був там після 1990 року.",
    "ar": "هل هذا صحيح؟ نعم هذا في المدينة التي كانت هنا",
    "fa": "این کتاب را برای آن خریدم که در خانه است",
    "hi": "यह एक वाक्य है। यह दूसरा नहीं है।",
    "th": "นี่คือประโยคภาษาไทย",
    "ja": "貯水池は夏の間に水を失った。",
    "zh": "水库在夏天失去了水。",
    "ko": "오늘은 서울입니다.",
    "el": "Ο μύλος κάηκε το 1902.",
}


@pytest.mark.parametrize("language", TEXTS)
def test_language(language):
    assert language_of(TEXTS[language]) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "Mario Rossi, Jean Dupont, Hans Meier",
        "Anna Berg, 19 Bell Yard, tel. 555-2033",
        "2024-05-01 01:12:11 INFO node-1 sync done",
        "int main(void) { return 0; }",
        "The dog is not there. Der Hund ist nicht da. Le chien est dans la maison. The cat was here.",
        "The mill burned. 水库在夏天失去了大约水. Nobody was hurt at all.",
    ],
)
def test_unknown(text):
    assert language_of(text) is None


def test_the_beginning_decides():
    assert language_of(TEXTS["de"] * 200 + TEXTS["en"] * 200) == "de"


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("gene: BRCA1, chrom: chr1, log2FC: -1.70, padj: 1e-2", ""),
        ("node_modules/a > dependencies > de-la-o: ^2.0.1", ""),
        ("name: Vincent van de Velde, city: La Rochelle", ""),
        ("std::vector<int> v; for (auto& a : v) { do_it(a); }", ""),
        ("Zähler: Z-2465, Befund: Der Zähler wurde am 3. Mai getauscht", "Der Zähler wurde am Mai getauscht"),
        ("état: la vanne ne ferme plus, note: O.K.", "la vanne ne ferme plus"),
        ("имя: Анна, 7", "имя Анна"),
    ],
)
def test_prose_of_records(record, words):
    assert prose_in(record) == words
