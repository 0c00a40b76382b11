"""Documents of which all scores far less than the best unit are kept where a name leads to them."""

import numpy as np
import pytest

import ragzip
from ragzip.compressors.extractive.family import Extractive

QUERY = "How long before 2005 did the government fight the ferry fraud in Riga?"
BEST = ragzip.Document("a", "It has fought the fraud of Captain Hansen since 2001.", title="Ferry fraud")


class Scored(Extractive):
    """Scores from the first word of each sentence."""

    name = "scored.v1"
    scores_are_probabilities = True
    default_threshold = 0.0

    def __init__(self, scores, **options):
        super().__init__(**options)
        self.scores = scores

    def score(self, query, passages):
        return [
            np.array([self.scores.get(sentence.split()[0], 0.02) for sentence in passage.sentences])
            for passage in passages
        ]


def kept(other, best_score=0.9, score=0.02, title=None, **options):
    compressor = Scored({"It": best_score, other.split()[0]: score, "Rain": 0.001}, **options)
    rain = ragzip.Document("c", " ".join(f"Rain fell for {days} days." for days in range(2, 60)))
    documents = [BEST, ragzip.Document("b", other, title=title), rain]
    result = ragzip.compress(documents, QUERY, target_tokens=60, compressor=compressor, cache=False)
    assert result.documents[0].text == BEST.text
    return result.documents[1].text


FAR = "Teachers need a degree from a public school of Oslo, and most are certified by the state."


def test_a_document_without_a_link_is_left_out():
    assert kept(FAR) == "" and kept(FAR, title="Public schools") == ""
    assert kept("Sailors began to ask for more, which was in 2001 too.") == ""


@pytest.mark.parametrize(
    ("other", "options"),
    [
        ("Sailors knew of old Hansen for years before that.", {}),  # a name of the best sentence
        ("Sailors left the port of Riga early in the year.", {}),  # of the query
        ("Sailors began to ask for more, which was in 2005.", {}),  # a year of the query
        (FAR, {"title": "Fraud"}),
        (FAR, {"score": 0.05}),  # it scores well enough for itself
        (FAR, {"best_score": 0.2}),  # the best one says too little
        (FAR, {"fill": "units"}),
        (FAR.lower(), {}),  # names cannot be told
    ],
)
def test_a_link_keeps_a_document(other, options):
    assert kept(other, **options) == other
