import numpy as np
import pytest

import ragzip
from ragzip.compressors.extractive.embedding import Embedding
from ragzip.compressors.extractive.family import Extractive
from ragzip.compressors.extractive.hybrid import Hybrid
from ragzip.errors import OptionError
from ragzip.testing import FakeEmbedder
from ragzip.text.queries.questions import telling_terms
from ragzip.types import Document


def best(result):
    """The sentence with the best score."""
    return max((u.score, d.source.text[u.start : u.end]) for d in result.documents for u in d.units)[1]


def test_titles_are_context():
    docs = [
        Document("a", "It was founded in 1902. It has a harbour.", title="Port of Marlow"),
        Document("b", "It was founded in 1877. It has a zoo.", title="City of Tessel"),
    ]
    for compressor in ("bm25", "embedding", "hybrid"):
        result = ragzip.compress(docs, "When was Tessel founded?", rate=0.4, compressor=compressor, cache=False)
        assert best(result) == "It was founded in 1877.", compressor


def test_neighbours_are_context():
    text = "Apples grow here. The mill burned down. Nobody knows why. Pears grow there. Plums too."
    without = ragzip.load("bm25", neighbours=0.0)
    with_ = ragzip.load("bm25", neighbours=0.5)
    scores = [
        [u.score for u in ragzip.compress(text, "mill burned", rate=0.5, compressor=c, cache=False).documents[0].units]
        for c in (without, with_)
    ]
    assert scores[0][2] == scores[0][4] == 0 and scores[1][2] > scores[1][4] == 0


def test_without_a_query_the_central_sentence_wins():
    text = (
        "Bees live in colonies. A colony of bees has one queen. Worker bees of the colony gather nectar. "
        "My uncle once bought a car. Bees make honey from nectar in the colony."
    )
    for compressor in ("embedding", "bm25", "hybrid"):
        result = ragzip.compress(text, rate=0.7, compressor=compressor, cache=False)
        assert "car" not in result.text and "Bees" in result.text, compressor


def test_a_heading_that_is_the_title_comes_last():
    document = Document("a", "# Marlow\n\nMarlow has a harbour. Rain falls often.", title="Marlow")
    result = ragzip.compress(document, "What does Marlow have?", target_tokens=7, compressor="embedding", cache=False)
    assert result.text == "Marlow has a harbour."


def test_a_row_comes_with_its_header():
    rows = "\n".join(f"| Town{i} | {1800 + i} |" for i in range(90))
    text = "| town | founded |\n|---|---|\n" + rows + "\n\nSome more text of another kind stands below it. " * 60
    result = ragzip.compress(text, "Town7", target_tokens=30, compressor="bm25", cache=False)
    assert result.text.startswith("| town | founded |\n") and "| Town7 | 1807 |" in result.text
    too_small = ragzip.compress(text, "Town7", target_tokens=12, compressor="bm25", cache=False)
    assert "Town7" not in too_small.text and "larger than the budget" in too_small.stats.notes[0]


def test_only_the_best_by_words_are_embedded_when_there_are_many():
    embedder = FakeEmbedder()
    text = " ".join(f"The town of T{i}x is small." for i in range(50))
    compressor = Hybrid(embedder, most_embedded=10)
    result = ragzip.compress(text, "Where is T7x?", rate=0.1, compressor=compressor, cache=False)
    assert embedder.seen == 11 and best(result) == "The town of T7x is small."
    assert ragzip.compress(text, rate=0.1, compressor=compressor, cache=False).text


def test_own_embedder_and_options():
    embedder = FakeEmbedder()
    result = ragzip.compress("Red fish. Blue bird.", "Blue bird", rate=0.5, compressor=Embedding(embedder), cache=False)
    assert result.text == "Blue bird." and embedder.seen == 3
    for bad in ({"neighbours": -1}, {"fill": "everything"}):
        with pytest.raises(OptionError):
            Embedding(embedder, **bad)
    for bad in ({"weight": 2}, {"most_embedded": 0}):
        with pytest.raises(OptionError):
            Hybrid(embedder, **bad)


def test_a_method_is_one_scoring_call():
    class Longest(Extractive):
        name = "test/longest.v1"

        def score(self, query, passages):
            return [np.array([float(len(s)) for s in passage.sentences]) for passage in passages]

    result = ragzip.compress(
        "Tiny. A somewhat longer sentence. Mid one.", target_tokens=6, compressor=Longest(), cache=False
    )
    assert result.text == "A somewhat longer sentence."


def test_a_method_without_scores_is_refused():
    with pytest.raises(OptionError, match=r"Nothing: received .* without score and analyse"):
        type("Nothing", (Extractive,), {"name": "test/nothing.v1"})


def test_truncation_after_another_compressor_cuts_the_end():
    text = "One pump broke. Two pumps ran. Rain fell. The pump was red and the pump was loud. Nobody came."
    chain = ragzip.Pipeline(["bm25", "truncate"], target_tokens=6, cache=False)
    assert chain.run(text, "pump red loud").text.startswith(("One pump", "The pump"))
    assert chain.run(text, "pump red loud").documents[0].units == ()


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("What was the war about?", {"war"}),
        ("How can I pay?", {"pay"}),
        ("Which ships sank in World War I?", {"ship", "sank", "world", "war"}),
        ("Wann wurde die Brücke gebaut?", {"brücke", "gebaut"}),
        ("Quand le pont a-t-il été construit ?", {"pont", "construit"}),
        ("Wie groß ist die Straße?", {"gross", "strasse"}),
        ("kto płaci za odesłanie", {"płaci", "odesłanie"}),
        ("¿Cuántos niños hay en el año?", {"niño", "año"}),
        ("Когда был подписан новый договор?", {"подписан", "новый", "договор"}),
        ("Who is he?", {"who", "is", "he"}),
    ],
)
def test_function_words_of_a_query_do_not_count(query, terms):
    assert terms <= set(telling_terms(query)) and not {"was", "the", "die", "can", "le"} & set(telling_terms(query))


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("According to my contract, what is the fee?", {"contract", "fee"}),
        ("What are the roles of parks according to the document?", {"role", "park"}),
        ("Is flour named as the main source in the text?", {"flour", "main", "source"}),
        ("Who runs the document store of the US?", {"run", "document", "store", "us"}),
        ("Please tell me", {"please", "tell"}),
    ],
)
def test_where_the_answer_is_and_who_asks_tell_nothing(query, terms):
    assert set(telling_terms(query)) == terms


def test_a_sentence_with_function_words_alone_is_not_found():
    text = "You can do it all here. Fees are paid by card. I can go in the evening."
    result = ragzip.compress(text, "How can I pay the fees?", target_tokens=12, compressor="bm25")
    assert result.text == "Fees are paid by card."
