"""Claims that people made, with their evidence: whether the check of rewritings tells supported from refuted ones."""

import numpy as np
from answering import area
from common import records

from ragzip.compressors.checking.check import Checker
from ragzip.training.data import spread

SETS = ("fever-symmetric", "fm2", "scifact-pairs", "covid-fact", "healthver", "breaking-nli", "begin", "qags")
REFUTED = ("refuted", "not-supported")
MOST = 300  # claims of a label


def run(data, most=MOST, model=None):
    """The share of pairs of a supported claim and one of another label in which the latter is doubted more.

    :param model: the folder of a checker; default: the shipped one.
    """
    checker = Checker(model=model)
    return [_row(data, name, most, checker) for name in SETS]


def _row(data, name, most, checker):
    claims = records(data, name, folder="facts")
    claims_by_label = {
        "supported": [claim for claim in claims if claim["label"] == "supported"],
        "refuted": [claim for claim in claims if claim["label"] in REFUTED],
        "unknown": [claim for claim in claims if claim["label"] == "unknown"],
    }
    doubts = {label: _doubts(checker, spread(labelled, most)) for label, labelled in claims_by_label.items()}
    row = {"set": name, **{label: len(values) for label, values in doubts.items()}}
    row |= {f"area, {label}": area(doubts[label], doubts["supported"]) for label in ("refuted", "unknown")}
    row |= {
        f"refused, {label}": round(float((values >= checker.threshold).mean()), 4)
        for label, values in doubts.items()
        if len(values)
    }
    print(row, flush=True)
    return row


def _doubts(checker, claims):
    verdicts = []
    for claim in claims:
        sources = [document["text"] for document in claim["documents"]]
        verdicts += checker.check([claim["claim"]], sources, known=claim["documents"][0]["title"] or "")
    return np.array([verdict.doubt for verdict in verdicts])
