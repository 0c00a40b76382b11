"""Whether something in the context answers: area under the curve, and what calls without a budget keep."""

import numpy as np
from common import documents, interval, records

import ragzip
from ragzip.eval.measures.kept import contains
from ragzip.training.pruner.probes import area_under_curve
from ragzip.training.pruner.shipped import RECIPES

RECIPE = RECIPES["pruner-english"]
SETS = {  # answered and unanswerable questions of one kind
    "squad": ("squad-v1.1", "squad-v2-unanswerable"),
    "nq": ("nq-open", "nq-answerable"),
    "clapnq": ("clapnq",),
    "repliqa": ("repliqa",),
    "musique": ("musique-gold", "musique-unanswerable"),
    "molweni": ("molweni",),
}
MOST = 150  # questions of either


def run(data, most=MOST, compressor="auto"):
    """Questions that the decision was fitted on are left out."""
    return [_row(data, name, files, most, compressor) for name, files in SETS.items()]


def _row(data, name, files, most, compressor):
    pipeline = ragzip.Pipeline(compressor, threshold=0.0)
    free = ragzip.Pipeline(compressor)
    answered, unanswerable = (_some(data, files, is_answered, most) for is_answered in (True, False))
    worth = [np.array([_worth(pipeline, record) for record in found]) for found in (answered, unanswerable)]
    row = {"set": name, "answered": len(answered), "unanswerable": len(unanswerable), "area": area(*worth)}
    kept = [free.run(documents(record), record["question"]) for record in answered]
    row["answer kept"] = interval(
        [float(contains(result.text, record["answers"])) for result, record in zip(kept, answered, strict=True)]
    )
    row["nothing kept, answered"] = interval([float(not result.text) for result in kept])
    row["nothing kept, unanswerable"] = interval(
        [float(not free.run(documents(record), record["question"]).text) for record in unanswerable]
    )
    print(row, flush=True)
    return row


def _some(data, files, is_answered, most):
    found = []
    for file in files:
        first = max(RECIPE.calibrated_on.get(file, 0), RECIPE.decided_on.get(file, 0))
        found += [record for record in records(data, file)[first:] if bool(record["answers"]) == is_answered]
    return found[:: max(1, len(found) // most)][:most]


def _worth(pipeline, record):
    """The highest score of a document, which is the probability that it answers."""
    result = pipeline.run(documents(record), record["question"])
    return max((document.score for document in result.documents if document.score is not None), default=0.0)


def area(above, below):
    """The share of pairs of a score of ``above`` and one of ``below`` with the former higher; None without either."""
    return round(area_under_curve(above, below), 4) if len(above) and len(below) else None
