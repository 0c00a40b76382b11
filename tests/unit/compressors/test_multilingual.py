"""Texts that the shipped pruner does not read: told apart, scored by meaning and wording, with notes."""

import gzip
import json
import sys

import numpy as np
import pytest
from shared_scores import SCORES

import ragzip
from ragzip.backends.cached import CachedEmbedder
from ragzip.backends.load import load_embedder
from ragzip.backends.protocols import TwoSidedEmbedder
from ragzip.backends.runtimes.onnx import weights_beside
from ragzip.compressors.extractive.pruning.multilingual import (
    MULTILINGUAL_IF_INSTALLED,
    in_any_language,
    language_evidence,
    multilingual_embedder,
    multilingual_reader,
)
from ragzip.compressors.extractive.texts.passages import Passage
from ragzip.compressors.reading import UNKNOWN, asks_in_another_language, unread_languages
from ragzip.errors import ModelError
from ragzip.models import MULTILINGUAL, is_installed, shipped
from ragzip.text.splitters import sentences
from ragzip.text.words import terms

ENGLISH = frozenset(["en"])
needs_wheel = pytest.mark.skipif(not is_installed(MULTILINGUAL), reason="needs ragzip[multilingual]")
TEXTS = {
    "en": "Anna Berg built a bakery by the river in 1850. The mill of the village burned down in 1902.",
    "de": "Anna Berg baute 1850 eine Bäckerei am Fluss. Die Mühle des Dorfes ist im Jahr 1902 abgebrannt.",
    "fr": "Anna Berg a construit une boulangerie au bord de la rivière en 1850. "
    "Le moulin du village a brûlé en 1902, et ce fut la fin.",
    "ru": "Анна Берг построила пекарню у реки в 1850 году. Мельница в деревне сгорела в 1902 году.",
    "zh": "安娜·贝格于1850年在河边建了一家面包店。村里的磨坊在1902年被烧毁了。",
    "ja": "アンナ・ベルクは1850年に川沿いにパン屋を建てた。村の水車小屋は1902年に焼失した。",
    "ar": "بنت آنا بيرغ مخبزا على ضفة النهر في عام 1850. احترقت طاحونة القرية في عام 1902.",
    "hi": "अन्ना बर्ग ने 1850 में नदी के किनारे एक बेकरी बनाई थी। गाँव की चक्की 1902 में जल गई थी।",
}
BASQUE = (
    "Errota ibaiaren ondoan eraiki zuten duela urte asko eta herriko jendeak bertan ehotzen zuen garia egunero, baina "
    "sute handi batek gau batean erabat erre zuen eta ez zen inor zauritu, zorionez herritarrentzat."
)
QUESTIONS = {
    "en": "When did the mill burn down?",
    "de": "Wann ist die Mühle abgebrannt?",
    "fr": "Quand le moulin a-t-il brûlé ?",
    "ru": "Когда сгорела мельница?",
    "zh": "磨坊是什么时候被烧毁的？",
    "ja": "水車小屋はいつ焼失しましたか？",
    "ar": "متى احترقت الطاحونة؟",
    "hi": "चक्की कब जल गई?",
}


def passage(text, title=None):
    return Passage(title, text, tuple(sentences(text)))


@pytest.mark.parametrize("language", [language for language in TEXTS if language != "en"])
def test_a_language_is_told_by_document(language):
    texts, told = [TEXTS["en"], TEXTS[language], TEXTS["en"]], "Cyrillic script" if language == "ru" else language
    assert unread_languages(QUESTIONS["en"], texts, ENGLISH) == [None, told, None]
    assert unread_languages(QUESTIONS["en"], [TEXTS["en"]], ENGLISH) == [None]
    assert unread_languages(QUESTIONS["en"], texts, None) == [None, None, None]


@pytest.mark.parametrize("language", ["de", "ru", "zh", "ja", "ar", "hi"])
def test_no_text_is_read_with_a_question_in_another_language(language):
    (told,) = unread_languages(QUESTIONS[language], [TEXTS["en"]], ENGLISH)
    assert told is not None


def test_a_language_without_a_table_of_words():
    assert unread_languages("Noiz erre zen errota?", [BASQUE], ENGLISH) == [UNKNOWN]
    assert unread_languages(QUESTIONS["en"], [BASQUE], ENGLISH) == [None]  # the question is English: nothing is sure


@pytest.mark.parametrize("language", TEXTS)
def test_a_question_in_another_language_than_the_text(language):
    assert not asks_in_another_language(QUESTIONS[language], TEXTS[language])
    if language != "en":
        assert asks_in_another_language(QUESTIONS["en"], TEXTS[language])
        assert asks_in_another_language(QUESTIONS["de"], TEXTS[language]) == (language != "de")
    assert not asks_in_another_language("minimoto", TEXTS["de"])  # one word is of no language
    assert not asks_in_another_language(QUESTIONS["de"], "1902")


@pytest.mark.parametrize(
    "text",
    [
        "A minibike, sometimes called a minimoto or pocketbike, is a miniature motorcycle. Most minibikes are small.",
        "Vadim Nikolayevich Vlasov (born 19 December 1980) is a former Russian football player. He played for Volga.",
        "Date | Title | Album\n2009 | Tic Tic Nervoso | Malhação ID\n2010 | Playsson Raiz | Ao Vivo",
        "def comment(self, s, **args):\n    self.write(u'// ')\n    self.write_line(s)\n    return self.indent",
        "Los Angeles, El Paso, La Jolla, Las Vegas, San Jose, Santa Fe, El Monte, La Mesa, Los Gatos, Las Cruces",
    ],
)
def test_names_tables_and_code_stay_english(text):
    assert unread_languages("minibike size", [text, TEXTS["en"]], ENGLISH)[0] is None


def test_evidence_is_of_the_words_and_their_forms():
    query, texts = "Где построена мельница?", ["Мельницу построили у реки.", "Дождь шёл всю ночь."]
    evidence = language_evidence(query, [passage(text) for text in texts], None)
    assert evidence["wording"][0] == 1 and evidence["wording"][1] == 0
    assert 0 < evidence["coverage"][0] < 1
    assert {len(values) for values in evidence.values()} == {2}
    assert language_evidence(query, [passage("")], None)["wording"].shape == (0,)


@pytest.mark.parametrize(
    ("one", "other"), [("أحمد", "احمد"), ("مدرسة", "مدرسه"), ("ёлка", "елка"), ("हिंदी", "हिन्दी"), ("یک", "يك")]
)
def test_letters_in_two_spellings_are_one_term(one, other):
    assert terms(one) == terms(other)


@needs_wheel
@pytest.mark.parametrize("language", TEXTS)
def test_the_answer_is_kept_in(language):
    for query_language in {language, "en"}:
        result = ragzip.compress(TEXTS[language], QUESTIONS[query_language], rate=0.75, cache=False)
        assert "1902" in result.text
        assert ("multilingual" in [note.code for note in result.stats.notes]) == (language != "en")


@needs_wheel
@pytest.mark.parametrize("language", TEXTS)
def test_the_multilingual_pruner_by_name(language):
    result = ragzip.compress(
        [TEXTS[language], "El gato duerme en el sofá. La cena está lista.", "It rained. The paint is green."],
        QUESTIONS[language],
        rate=0.5,
        compressor=ragzip.load("pruner", model="multilingual"),
        cache=False,
    )
    assert "1902" in result.text and not result.documents[1].text and not result.documents[2].text
    assert not result.stats.notes


@needs_wheel
def test_its_words_are_stored_once():
    folder = shipped(MULTILINGUAL)
    graph, holder = folder / "model.onnx", folder / "embedder" / "model.onnx"
    assert weights_beside(graph) == [holder, graph] and graph.stat().st_size < holder.stat().st_size / 2
    assert MULTILINGUAL_IF_INSTALLED.fingerprint.startswith("multilingual:")
    assert MULTILINGUAL_IF_INSTALLED in ragzip.load("pruner").models


PAGE = """<html><head><title>Stadtbad</title></head><body><nav><a href="/">Start</a></nav><h1>Stadtbad Lindau</h1>
<p>Das Bad wurde 1964 eröffnet und hat drei Becken, eine Sauna und ein Café mit Blick auf den See.</p>
<h2>Preise</h2><ul><li>Erwachsene zahlen 6,50 Euro</li><li>Kinder unter sechs Jahren baden kostenlos</li></ul>
<h2>Öffnungszeiten</h2><p>Im Sommer ist das Bad von 8 bis 21 Uhr geöffnet, im Winter nur bis 18 Uhr.</p>
<h2>Anfahrt</h2><p>Vom Bahnhof fährt die Buslinie 4 alle zwanzig Minuten zum Haupteingang an der Seestraße.</p>
</body></html>"""


@needs_wheel
@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("Wie lange hat das Bad im Winter auf?", "bis 18 Uhr"),
        ("Welcher Bus fährt zum Bad?", "Buslinie 4"),
        ("Was kostet der Eintritt für Kinder?", "Kinder unter sechs Jahren baden kostenlos"),
    ],
)
def test_pages_in_other_languages_are_read(query, answer):
    result = ragzip.compress(PAGE, query, target_tokens=45, compressor="html/pruner", cache=False)
    assert answer in result.text
    assert [note.code for note in result.stats.notes if note.code == "multilingual"]


@needs_wheel
def test_without_a_budget_only_what_answers_is_kept():
    others = ["我们喜欢在春天去公园散步。今天天气很好。", "Сегодня идёт дождь. Дети играют в парке."]
    others += [
        "Il gatto dorme sul divano. La cena è pronta e i bambini hanno fame.",
        "अब बारिश हो रही है। बच्चे पार्क में खेल रहे हैं।",
    ]
    texts = [*others, TEXTS["zh"], *(f"{text} {text[::-1]}" for text in others)]
    result = ragzip.compress(texts, QUESTIONS["zh"], cache=False)
    assert "1902" in result.documents[4].text
    assert result.stats.rate < 0.5


@needs_wheel
def test_english_passages_get_what_they_get_without_the_others():
    pruner = ragzip.load("pruner")
    english = [passage(TEXTS["en"]), passage("The paint of the bridge is green. It rained.")]
    alone = pruner.analyse(QUESTIONS["en"], english)
    mixed = pruner.analyse(QUESTIONS["en"], [english[0], passage(TEXTS["zh"]), english[1]])
    assert np.array_equal(mixed.scores[0], alone.scores[0]) and np.array_equal(mixed.scores[2], alone.scores[1])
    assert mixed.relevance[0] == alone.relevance[0] and mixed.relevance[2] == alone.relevance[1]
    assert mixed.nothing_answers is not True


def test_without_the_package_wording_alone_decides(monkeypatch):
    monkeypatch.setitem(sys.modules, "ragzip_multilingual", None)
    result = ragzip.compress(TEXTS["de"], QUESTIONS["de"], rate=0.6, cache=False)
    assert "1902" in result.text
    (note,) = (note for note in result.stats.notes if note.code == "unread-language")
    assert "pip install 'ragzip[multilingual]'" in note
    with pytest.raises(ModelError, match=r"ragzip-multilingual: run  pip install 'ragzip\[multilingual\]'"):
        ragzip.load("embedding", model="multilingual")
    unrelated = in_any_language(QUESTIONS["de"], [passage(TEXTS["zh"])], None)
    assert unrelated.nothing_answers is False  # an answer may be worded otherwise


@needs_wheel
def test_the_embedder_reads_queries_and_passages_with_their_prefixes():
    embedder = load_embedder("multilingual", None)
    assert isinstance(embedder, TwoSidedEmbedder) and embedder.dimension == 384
    queries = embedder.for_queries()
    assert queries.fingerprint != embedder.fingerprint
    assert not np.allclose(embedder.embed(["mill"]), queries.embed(["mill"]), atol=1e-3)
    plain = load_embedder(None, None)
    assert plain.for_queries() is plain
    vectors, query = CachedEmbedder(embedder).embed_with_query(list(TEXTS.values()), QUESTIONS["en"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=2e-3)
    other_query = queries.embed(["Which paint is best for a boat?"])[0]
    assert (vectors @ query > vectors @ other_query).all()


@needs_wheel
@pytest.mark.parametrize("name", ["embedding", "hybrid"])
def test_methods_by_meaning_take_it_by_name(name):
    compressor = ragzip.load(name, model="multilingual")
    texts = [TEXTS["ja"], TEXTS["hi"], "我们喜欢在春天去公园散步。", "Heute regnet es in den Bergen sehr stark."]
    result = ragzip.compress(texts, QUESTIONS["en"], rate=0.6, compressor=compressor, cache=False)
    assert "1902" in result.documents[0].text and "1902" in result.documents[1].text


@needs_wheel
def test_dense_retrieval_over_languages():
    pytest.importorskip("faiss", reason="needs ragzip[dense]")
    from ragzip.retrievers.dense import DenseRetriever

    documents = [ragzip.Document(language, text) for language, text in TEXTS.items()]
    documents += [
        ragzip.Document("x", "今天天气很好，孩子们在公园里玩。"),
        ragzip.Document("y", "Il gatto dorme sul divano."),
    ]
    found = DenseRetriever(documents, embedder="multilingual", cache=False).retrieve(QUESTIONS["fr"], k=3)
    assert {document.id for document in found} <= set(TEXTS)


@needs_wheel
@pytest.mark.torch
def test_the_recipe_finds_weights_that_rank(tmp_path):
    pytest.importorskip("torch", reason="needs ragzip[torch]")
    from ragzip.training.languages import fitted_weights, language_questions

    rows = [
        {
            "question": QUESTIONS[language],
            "answers": [str(year)],
            "support_spans": [{"doc": language, "start": text.index("1902"), "end": text.index("1902") + 4}],
            "documents": [{"id": language, "title": None, "text": text.replace("1902", str(year))}],
        }
        for year, (language, text) in enumerate(TEXTS.items(), 1902)
    ]
    file = tmp_path / "mills.jsonl.gz"
    file.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    questions = language_questions(file, most=8)
    for kind, model in (("similarity", multilingual_embedder()), ("reading", multilingual_reader())):
        weights = fitted_weights(questions, [kind, "coverage"], model)
        assert weights[kind] > 0 and weights["bias"] < 0


GENES = "gene\tchrom\tlog2FC\tpadj\n" + "\n".join(
    f"{name}\tchr{number}\t{number * 0.3 - 2:.2f}\t1e-{number + 1}"
    for number, name in enumerate(["TP53", "BRCA1", "EGFR", "MYC", "KRAS", "PTEN", "RB1", "ATM", "CDK4", "CDKN2A"])
)
NAMES = ["Amara Okafor", "Bjorn Berg", "Daria Novak", "Elif Demir", "I Duarte", "Juan de la Cruz", "Jan van de Velde"]
HITS = {"hits": [{"_id": n, "_source": {"customer": name, "la": "o", "a": "de"}} for n, name in enumerate(NAMES)]}
ORDERS = " order_no |      customer       | total_eur | paid \n----------+---------------------+-----------+------\n"
ORDERS += "\n".join(f" {70010 + n:>8} | {NAMES[n % 7]:<19} | {99.5 + n * 31.25:>9.2f} | t" for n in range(20))
CODE = """\
#include <vector>
namespace o {
class Vec {
 public:
  Vec(int a, int v) : a_(a), v_(v) {}
  int z() const { return a_ * v_; }
  void na(int k) { for (int i = 0; i < k; ++i) { do { v_ += i; } while (v_ < k); } }
 private:
  int a_, v_;
};
}
int main() { o::Vec v(1, 2); v.na(7); return v.z(); }
"""
REPAIRS = {
    "de": ("Zähler;Datum;Befund", "der Zähler wurde nicht getauscht", "die Dichtung ist alt und wird ersetzt"),
    "fr": ("compteur;date;constat", "le compteur ne marche plus et il est sale", "la vanne est bloquée dans le mur"),
    "es": ("contador;fecha;nota", "el contador no funciona y está muy sucio", "la válvula fue cambiada por una nueva"),
}


@pytest.mark.parametrize(
    ("text", "query"),
    [
        (GENES, "What is the adjusted p-value (padj) of CDKN2A?"),
        (ORDERS, "What is the total in euro of order 70024?"),
        (CODE, "What does z return?"),
        (json.dumps(HITS), "Who is hit 4?"),
    ],
)
def test_names_and_codes_of_records_are_of_no_language(text, query):
    result = ragzip.compress(text, query, target_tokens=50, cache=SCORES)
    assert not {note.code for note in result.stats.notes} & {"multilingual", "unread-language"}


@pytest.mark.parametrize("language", REPAIRS)
@pytest.mark.parametrize("is_json", [False, True])
def test_sentences_in_records_tell_their_language(language, is_json):
    header, *findings = REPAIRS[language]
    rows = [(f"Z-{100 + n}", f"2024-05-{n + 10}", findings[n % 2]) for n in range(8)]
    text = "\n".join([header, *map(";".join, rows)])
    if is_json:
        text = json.dumps([dict(zip(header.split(";"), row, strict=True)) for row in rows], ensure_ascii=False)
    result = ragzip.compress(text, "What is wrong with Z-103?", target_tokens=60, cache=SCORES)
    assert any(repr(language) in note for note in result.stats.notes)


POOL = """Horaires de la piscine municipale
Lundi : fermé
Mardi et jeudi : 12 h - 14 h et 17 h - 20 h
Mercredi : 10 h - 18 h
Samedi et dimanche : 9 h - 13 h
Pendant les vacances scolaires, la piscine ouvre tous les jours de 10 h à 19 h, sauf le lundi."""
PHONES = """Rubrica interna
Portineria - 100
Ufficio personale - 112
Contabilità - 120
Magazzino - 131
Per le emergenze comporre il 112 dall'esterno."""
SALES = """Région;Vendeur;CA 2022;CA 2023
Nord;Dubois;120000;131000
Sud;Martin;98000;87000
Est;Bernard;143000;150500
Ouest;Petit;76000;90200"""
ORDER = (
    '{"pedido": 88, "cliente": "Ana Lima", "itens": [{"nome": "mesa", "preco": 450.0}, {"nome": "cadeira", '
    '"preco": 120.5}], "entrega": {"prazo": "5 dias"}}'
)


@needs_wheel
@pytest.mark.parametrize(
    ("records", "query", "tokens", "answer"),
    [
        (POOL, "Quand la piscine est-elle ouverte le mercredi ?", 40, "Mercredi : 10 h - 18 h"),
        (PHONES, "Qual è il numero del magazzino?", 30, "Magazzino - 131"),
        (SALES, "Quel est le CA 2023 de la région Est ?", 45, "Est;Bernard;143000;150500"),
        (ORDER, "Qual é o preço da cadeira?", 40, '"cadeira", "preco":120.5'),
    ],
)
def test_records_in_other_languages_are_found_by_their_wording(records, query, tokens, answer):
    assert answer in ragzip.compress(records, query, target_tokens=tokens).text
