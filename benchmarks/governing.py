"""Whether word-level methods keep what governs a clause; and words against whole sentences where there is no query."""

import random
import re
from collections import Counter

from common import SEED, records

import ragzip
from ragzip.compressors.token.clauses import is_loose
from ragzip.compressors.token.llmlingua2 import LLMLingua2
from ragzip.eval.kept import contains
from ragzip.patterns import governing
from ragzip.protect import Protector
from ragzip.splitters import sentences
from ragzip.testing import FakeWordScorer
from ragzip.tokens import token_counter
from ragzip.words import content

RATES = (0.3, 0.5, 0.7)
SETS = (  # folder, name, sentences
    ("qa", "squad-v1.1", 300), ("qa", "condaqa", 500), ("facts", "cannot", 1400), ("longbench", "gov_report", 200),
    ("longbench", "qmsum", 200), ("qa", "xquad-de", 150), ("qa", "xquad-es", 150), ("qa", "piaf", 150),
    ("qa", "faquad", 100), ("qa", "xquad-zh", 100), ("qa", "jsquad", 50),
)  # fmt: skip
TOGETHER = 5  # sentences of one text
CONTEXTS = 60
_CLAUSE = re.compile(r"[^.!?;:,。！？；，、\n]+")
_NUMBERS = Protector("numbers")


def run(data):
    return {"kept with the clause": list(kept_forms(data)), "without a query": list(without_query(data))}


def kept_forms(data):
    """Of the clauses of which a word is kept, the share that keeps all its forms, by kind and method."""
    texts = []
    for folder, name, most in SETS:
        found = {}
        for record in records(data, name, folder=folder):
            for text in _texts(record):
                found.update((text[a:b], None) for a, b in sentences(text[:20_000]) if b - a < 400)
            if len(found) > 400 * most:
                break
        chosen = [text for text in found if any(form.kind == "negation" for form in governing(text))]
        texts += _some(chosen, most)
    random.Random(SEED).shuffle(texts)
    for method, compressor in (("pruner-words", "token/pruner-words"), ("llmlingua2", LLMLingua2(FakeWordScorer()))):
        for rate in RATES:
            seen, kept = Counter(), Counter()
            for i in range(0, len(texts), TOGETHER):
                text = "\n\n".join(texts[i : i + TOGETHER])
                spans = ragzip.compress(text, rate=rate, compressor=compressor, cache=False).documents[0].spans
                _count(text, spans, seen, kept)
            shares = {kind: round(kept[kind] / seen[kind], 4) for kind in seen}
            row = {"method": method, "rate": rate, "sentences": len(texts), "clauses": dict(seen), "keep it": shares}
            print(row, flush=True)
            yield row


def _count(text, spans, seen, kept):
    forms = [form for form in governing(text) if form.kind == "negation" or not is_loose(text, form)]
    for clause in _CLAUSE.finditer(text):
        here = [form for form in forms if clause.start() <= form.span.start < clause.end()]
        words = re.compile(r"\w+").finditer(text, clause.start(), clause.end())
        if not here or not any(_held(spans, *word.span()) for word in words):
            continue
        for kind in {form.kind for form in here}:
            seen[kind] += 1
            kept[kind] += all(_held(spans, *form.span) for form in here if form.kind == kind)


def _held(spans, start, end):
    return any(a <= start and end <= b for a, b in spans)


def without_query(data):
    """What sentences and words keep at the same number of tokens."""
    count = token_counter()
    for name, contexts in (("paragraphs", paragraphs), ("meetings", meetings), ("reports", reports)):
        for rate in (0.3, 0.5):
            rows = []
            for text, answers, wanted in contexts(data):
                whole = ragzip.compress(text, rate=rate, cache=False)
                if not whole.text:
                    continue
                limit = count(whole.text)
                words = ragzip.compress(text, target_tokens=limit, compressor="token/pruner-words", cache=False)
                rows.append((_measured(text, answers, wanted, whole), _measured(text, answers, wanted, words)))
            for method, values in zip(("sentences", "words"), zip(*rows, strict=True), strict=True):
                row = {"contexts": name, "rate": rate, "method": method, "n": len(rows), **_means(values)}
                print(row, flush=True)
                yield row


def _measured(text, answers, wanted, result):
    spans = result.documents[0].spans
    negations = [form.span for form in governing(text) if form.kind == "negation"]
    return {
        "tokens": result.stats.tokens_out,
        "answers": _mean([contains(result.text, [answer]) for answer in answers]),
        "words of the summary": len(wanted & content(result.text)) / len(wanted) if wanted else None,
        "numbers": _mean([_held(spans, *span) for span in _NUMBERS(text)]),
        "negations": _mean([_held(spans, *span) for span in negations]),
    }


def paragraphs(data):
    """SQuAD paragraphs with all their answers."""
    answers = {}
    for record in records(data, "squad-v1.1"):
        answers.setdefault(record["documents"][0]["text"], set()).add(record["answers"][0])
    for text in _some([text for text in answers if len(text) > 600], CONTEXTS):
        yield text, sorted(answers[text]), set()


def meetings(data):
    """Turns of QMSum that queries are answered from, with the words of the answers that stand there."""
    found = []
    for record in records(data, "qmsum", folder="meetings"):
        for query in record["queries"]:
            first, last = map(int, query["spans"][0])
            turns = record["transcript"][first : last + 1]
            text = "\n".join(f"{turn['speaker']}: {turn['text']}" for turn in turns)[:8000]
            if len(text) > 1500:
                found.append((text, [], content(query["answer"]) & content(text)))
    yield from _some(found, CONTEXTS)


def reports(data):
    """Pieces of government reports, with the words of the summary that stand there."""
    for record in records(data, "gov_report", folder="longbench"):
        text = record["context"]
        for start in _some(range(0, len(text) - 6000, 6000), 3):
            piece = text[start : start + 6000]
            yield piece, [], content(record["answers"][0]) & content(piece)


def _texts(record):
    if "documents" not in record:
        return [record["context"]]
    return [record.get("claim", ""), *(document["text"] for document in record["documents"])]


def _some(found, most):
    return found[:: max(1, len(found) // most)][:most]


def _mean(values):
    return sum(values) / len(values) if values else None


def _means(rows):
    named = {name: [row[name] for row in rows if row[name] is not None] for name in rows[0]}
    return {name: round(sum(values) / len(values), 3) for name, values in named.items() if values}


if __name__ == "__main__":
    import sys

    run(sys.argv[1])
