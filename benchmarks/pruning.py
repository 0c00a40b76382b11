"""The pruner against bm25, embedding and their fusion at equal tokens: support, answers, abstention, words."""

import tempfile

import numpy as np
from common import SEED, documents, interval, records

import ragzip
from ragzip.eval.measures.kept import contains
from ragzip.text.tokens import token_counter
from ragzip.text.words import content, words

BASELINES = ("extractive/bm25", "extractive/embedding", "extractive/hybrid")
COMPRESSORS = ("auto", "extractive/pruner", *BASELINES)
BOUNDS = {  # set: what is counted, at which share of the tokens
    "hotpotqa": ("support", 0.2),
    "2wikimultihopqa": ("support", 0.2),
    "musique": ("support", 0.15),
    "squad-v1.1-rag10": ("answer", 0.05),
    "nq-open-rag10": ("answer", 0.05),
}
WHOLE_UNITS = "the most that whole units allow"
CURVE = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5)
MOST = 200


def run(data, causal=None):
    with tempfile.TemporaryDirectory() as cache:
        return {
            "bounds": list(bounds(data, cache)),
            "curve": list(curve(data, cache)),
            "options": list(options(data, cache)),
            "threshold": list(threshold(data, cache)),
            "words": list(word_keep(data, cache, causal)),
        }


def answerable(data, name, most=MOST):
    found = [r for r in records(data, name) if r["answers"] and r["support_spans"]]
    return found[:: max(1, len(found) // most)][:most]


def measure(found, compressor, rate, cache, what):
    """For each question the share of its support kept, or whether an answer is; and the tokens kept."""
    pipeline = ragzip.Pipeline(compressor, rate=rate, cache=cache)
    shares, token_shares = [], []
    for record in found:
        result = pipeline.run(documents(record), record["question"])
        token_shares.append(result.stats.rate)
        if what == "support":
            place = {d["id"]: i for i, d in enumerate(record["documents"])}
            hits = [
                any(a <= span["start"] and span["end"] <= b for a, b in result.documents[place[span["doc"]]].spans)
                for span in record["support_spans"]
            ]
            shares.append(sum(hits) / len(hits))
        else:
            shares.append(float(contains(result.text, record["answers"])))
    return np.array(shares), np.array(token_shares)


def most_possible(found, rate):
    """For each question, whether a unit with an answer is within the budget; and the share of the tokens that the
    smallest one has (the budget, where none is).
    """
    pipeline = ragzip.Pipeline("extractive/bm25", rate=rate, cache=False)
    count = token_counter()
    fits, token_shares = [], []
    for record in found:
        result = pipeline.run(documents(record), record["question"])
        units = [d.source.text[slice(*unit.span)].strip() for d in result.documents for unit in d.units]
        tokens = min(count.many([unit for unit in units if contains(unit, record["answers"])]), default=np.inf)
        fits.append(float(tokens <= result.stats.target_tokens))
        token_shares.append(min(tokens, result.stats.target_tokens) / result.stats.tokens_in)
    return np.array(fits), np.array(token_shares)


def bounds(data, cache):
    for name, (what, rate) in BOUNDS.items():
        found = answerable(data, name)
        got = {c: measure(found, c, rate, cache, what) for c in COMPRESSORS}
        best = max(BASELINES, key=lambda c: got[c][0].mean())
        for c in COMPRESSORS:
            row = {"set": name, "what": what, "rate": rate, "compressor": c, "kept": interval(got[c][0])}
            row["tokens"] = round(float(got[c][1].mean()), 4)
            if c not in BASELINES:
                row |= {"best baseline": best, "difference": interval(got[c][0] - got[best][0])}
            print(f"{name:18} {what} {rate:.2f} {c:22} {row['kept']} {row.get('difference', '')}", flush=True)
            yield row
        if what == "answer":
            kept, tokens = most_possible(found, rate)
            row = {"set": name, "what": what, "rate": rate, "compressor": WHOLE_UNITS, "kept": interval(kept)}
            yield row | {"tokens": round(float(tokens.mean()), 4)}


def curve(data, cache):
    for name, (what, _) in BOUNDS.items():
        found = answerable(data, name)[:60]
        for c in ("auto", *BASELINES):
            for rate in CURVE:
                got, kept = measure(found, c, rate, cache, what)
                yield {"set": name, "what": what, "compressor": c, "rate": rate} | {
                    "tokens": round(float(kept.mean()), 4),
                    "kept": interval(got),
                }
        print(f"{name:18} curve done", flush=True)


def options(data, cache):
    """What each part of the pruner brings."""
    for name, (what, rate) in BOUNDS.items():
        found = answerable(data, name)[:100]
        for hops in (1, 2):
            for similarity in (False, True):
                c = ragzip.load("pruner", hops=hops, similarity=similarity)
                got, _ = measure(found, c, rate, cache, what)
                row = {"set": name, "hops": hops, "similarity": similarity, "kept": interval(got)}
                print(f"{name:18} hops={hops} similarity={similarity} {row['kept']}", flush=True)
                yield row


def threshold(data, cache):
    """Calls without a budget: what is kept of questions that have an answer there, and of those that have none."""
    pipeline = ragzip.Pipeline("auto", cache=cache)
    for name, kind, most in (
        ("squad-v2-unanswerable", "unanswerable", 300),
        ("squad-v1.1", "answerable", 300),
        ("selqa", "answerable", 150),
        ("wikiqa", "answerable", 124),
        ("hotpotqa", "answerable", 125),
        ("squad-v1.1-rag10", "answerable", 200),
    ):
        found = records(data, name)
        found = [r for r in found if bool(r["answers"]) == (kind == "answerable")]
        found = found[:: max(1, len(found) // most)][:most]
        empty, answered, token_shares, chosen = [], [], [], []
        for record in found:
            result = pipeline.run(documents(record), record["question"])
            empty.append(float(not result.text))
            token_shares.append(result.stats.rate)
            answered.append(float(contains(result.text, record["answers"])))
            if any(document.units for document in result.documents):  # short contexts stay whole, without scores
                chosen.append(sentences(record, result))
        row = {"set": name, "kind": kind, "nothing kept": interval(empty), "tokens": interval(token_shares)}
        if kind == "answerable":
            precision, recall, average = (np.array(column) for column in zip(*chosen, strict=True))
            both = precision.mean() + recall.mean()
            row |= {
                "answer kept": interval(answered),
                "recall": interval(recall),
                "average precision": interval(average),
                "F1": round(float(2 * precision.mean() * recall.mean() / max(1e-9, both)), 4),
            }
        print(row, flush=True)
        yield row


def sentences(record, result):
    """Precision and recall of the sentences that the call keeps, and average precision of the order of their scores."""
    spans = {}
    for span in record["support_spans"]:
        spans.setdefault(span["doc"], []).append((span["start"], span["end"]))
    scored = []
    for given, document in zip(record["documents"], result.documents, strict=True):
        for unit in document.units:
            is_right = any(start < unit.end and unit.start < end for start, end in spans.get(given["id"], []))
            is_kept = any(start <= unit.start and unit.end <= end for start, end in document.spans)
            scored.append((unit.score, is_right, is_kept))
    scored.sort(key=lambda row: -row[0])
    kept = [is_right for _, is_right, is_kept in scored if is_kept]
    total = sum(is_right for _, is_right, _ in scored) or 1
    hits, precisions = 0, []
    for rank, (_, is_right, _) in enumerate(scored, 1):
        if is_right:
            hits += 1
            precisions.append(hits / rank)
    return sum(kept) / max(1, len(kept)), sum(kept) / total, float(np.sum(precisions) / total)


def word_keep(data, cache, causal=None):
    """Without a query: F1 on deletions, and answers whose words are all kept of SQuAD paragraphs at half the tokens."""
    found = [r for r in records(data, "google", folder="compression") if r["keep"]]
    for rule in ("threshold 0.5", "the reference's own tokens"):
        hits = kept = wanted = 0
        scores = []
        for record in found:
            text = record["source"]
            gold = {w for a, b in record["keep"] for w in words(text, a, b)}
            gold = {w[0] for w in gold}
            if rule == "threshold 0.5":
                limits = {"threshold": 0.5}
            else:
                limits = {"target_tokens": token_counter()(" ".join(text[a:b] for a, b in record["keep"]))}
            result = ragzip.compress(text, compressor="token/pruner-words", cache=cache, **limits)
            mine = {w[0] for a, b in result.documents[0].spans for w in words(text, a, b)}
            hits, kept, wanted = hits + len(mine & gold), kept + len(mine), wanted + len(gold)
            scores.append(2 * len(mine & gold) / max(1, len(mine) + len(gold)))
        row = {
            "set": "google",
            "rule": rule,
            "F1": interval(scores),
            "F1 over all words": round(2 * hits / (kept + wanted), 4),
        }
        print(row, flush=True)
        yield row
    found = records(data, "squad-v1.1")
    found = found[:: len(found) // 500][:500]
    methods = {
        "token/pruner-words": words_kept("token/pruner-words", cache),
        "random": random_words,
        "stop words first": stop_words,
    }
    if causal:
        selective = ragzip.load("token/selective-context", model=str(causal), level="word")
        methods["selective context"] = words_kept(selective, cache)
    for name, method in methods.items():
        got = [float(method(r["documents"][0]["text"], spans_of(r), i)) for i, r in enumerate(found)]
        row = {"set": "squad-v1.1", "compressor": name, "all words of an answer": interval(got)}
        print(row, flush=True)
        yield row


def spans_of(record):
    return [(span["start"], span["end"]) for span in record["support_spans"]]


def whole(text, spans, kept):
    """Whether every word of one of the answers is among ``kept`` (starts of words)."""
    return any(all(start in kept for start, _ in words(text, *span)) for span in spans)


def words_kept(compressor, cache):
    def method(text, spans, seed):
        result = ragzip.compress(text, rate=0.5, compressor=compressor, cache=cache)
        return whole(text, spans, {w[0] for a, b in result.documents[0].spans for w in words(text, a, b)})

    return method


def random_words(text, spans, seed):
    found = list(words(text))
    order = np.random.default_rng(SEED + seed).permutation(len(found))
    return whole(text, spans, fill(text, [found[i] for i in order]))


def stop_words(text, spans, seed):
    """Function words go first, then words from the end."""
    found = list(words(text))
    order = sorted(range(len(found)), key=lambda i: (not content(text[slice(*found[i])]), i))
    return whole(text, spans, fill(text, [found[i] for i in order]))


def fill(text, ordered):
    """Starts of the first words of ``ordered`` that make up half of the tokens."""
    count = token_counter()
    most, used, kept = count(text) // 2, 0, set()
    for start, end in ordered:
        cost = count(" " + text[start:end])
        if used + cost <= most:
            used += cost
            kept.add(start)
    return kept
