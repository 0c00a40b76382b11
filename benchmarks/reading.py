"""Whether what comes out can be read and says what the source says: whole units, headings, negations."""

import random
import re

from common import SEED, documents, records

import ragzip
from ragzip.text.governing import governing
from ragzip.text.splitters import sentences

MIXED = (
    ("qa", "hotpotqa"), ("qa", "squad-v1.1-rag10"), ("qa", "policyqa"), ("qa", "tatqa"), ("qa", "mtrag"),
    ("qa", "doc2dial"), ("qa", "covid-qa"), ("qa", "friendsqa"), ("qa", "xquad-de"), ("qa", "xquad-zh"),
    ("logs_code", "loghub"), ("longbench", "gov_report"), ("longbench", "qmsum"), ("longbench", "samsum"),
)  # fmt: skip
COMPRESSORS = ("auto", "extractive/bm25", "extractive/hybrid", "extractive/embedding")
TARGETS = (60, 200)
CONTEXTS = 10  # of each set
DENYING = (
    ("facts", "cannot", 400), ("facts", "jnli", 250), ("qa", "condaqa", 300), ("qa", "policyqa", 300),
    ("qa", "subjqa", 300),
    ("qa", "covid-qa", 300), ("qa", "hotpotqa", 250), ("qa", "xquad-de", 120),
    ("qa", "piaf", 120), ("qa", "xquad-es", 120),
)  # fmt: skip
RATES = (0.3, 0.5, 0.7)
TOGETHER = 5  # sentences of one text
_CLAUSE = re.compile(r"[^.!?;:,。！？；，、\n]+")


def run(data):
    return {"whole units": whole_units(data), "negations": list(negations(data))}


def whole_units(data):
    """Outputs in which a unit is kept in part, or a heading, lead-in or header stands over nothing."""
    outputs = fragments = over_nothing = empty = 0
    for folder, name in MIXED:
        for record in _some(records(data, name, folder=folder), CONTEXTS):
            context = [ragzip.Document(d.id, d.text[:20_000], title=d.title) for d in documents(record)]
            for compressor in COMPRESSORS:
                for target in TARGETS:
                    query = record.get("question") or record.get("input") or "What is said about it?"
                    result = ragzip.compress(context, query, target_tokens=target, compressor=compressor)
                    outputs += 1
                    empty += not result.text
                    fragments += any(_parted(segment) for segment in result.segments)
                    over_nothing += any(_over_nothing(segment) for segment in result.segments)
        print(name, outputs, fragments, over_nothing, empty, flush=True)
    return {
        "outputs": outputs,
        "with a fragment": fragments,
        "with a heading over nothing": over_nothing,
        "empty": empty,
    }


def _parted(segment):
    """Whether a unit is kept in part."""
    return any(
        start < unit.end and unit.start < end and not (start <= unit.start and unit.end <= end)
        for unit in segment.units
        for start, end in segment.held
        if not segment.document.text[start:end].isspace()
    )


def _over_nothing(segment):
    kept = [unit for unit in segment.units if any(a <= unit.start and unit.end <= b for a, b in segment.held)]
    texts = [unit for unit in kept if unit.section is None]
    return any(
        unit.section is not None and not any(unit.section[0] <= text.start < unit.section[1] for text in texts)
        for unit in kept
    )


def negations(data):
    """Of the clauses that had a negation and of which a word is kept, the share that keeps it."""
    texts = []
    for folder, name, most in DENYING:
        found = []
        for record in records(data, name, folder=folder):
            for text in [record.get("claim", ""), *(d["text"] for d in record["documents"])]:
                found += [text[start:end] for start, end in sentences(text) if _negations(text[start:end])]
        texts += _some(list(dict.fromkeys(found)), most)
    random.Random(SEED).shuffle(texts)
    for rate in RATES:
        clauses = keeping = 0
        for i in range(0, len(texts), TOGETHER):
            text = "\n\n".join(texts[i : i + TOGETHER])
            result = ragzip.compress(text, rate=rate, compressor="token/pruner-words", cache=False)
            spans = result.documents[0].spans
            for clause in _CLAUSE.finditer(text):
                forms = [(clause.start() + a, clause.start() + b) for a, b in _negations(clause[0])]
                words = [m.span() for m in re.finditer(r"\w+", text[: clause.end()][clause.start() :])]
                kept = [any(a <= clause.start() + s and clause.start() + e <= b for a, b in spans) for s, e in words]
                if forms and any(kept):
                    clauses += 1
                    keeping += all(any(a <= s and e <= b for a, b in spans) for s, e in forms)
        row = {"rate": rate, "sentences": len(texts), "clauses": clauses, "keep it": round(keeping / clauses, 4)}
        print(row, flush=True)
        yield row


def _negations(text):
    return [form.span for form in governing(text) if form.kind == "negation"]


def _some(found, most):
    return found[:: max(1, len(found) // most)][:most]
