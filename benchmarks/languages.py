"""Answers kept in other languages than English: a passage among nine others, and English questions over foreign ones.

python benchmarks/languages.py --data DATA [--questions 40] [--arms ARM ...] [--sets SET ...]

Each question has the passage with its answer among nine others of the same set, drawn with a fixed seed, without an
answer in them. Arms that are measured again replace their figures in results/languages.json, the others stay.
"""

import argparse
import json
import random
import tempfile
import time
from pathlib import Path

from common import RESULTS, SEED, documents, interval, records, save

import ragzip
from ragzip.eval.measures.kept import contains

XQUAD = tuple(f"xquad-{language}" for language in ("ar", "de", "el", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh"))
TYDI = tuple(f"tydiqa-{language}" for language in ("ar", "bn", "fi", "id", "ko", "ru", "sw", "te"))
OTHERS = ("jsquad", "cmrc2018", "piaf", "heq", "drcd", "norquad", "persianqa", "tquad", "iapp-thai", "arcd", "faquad")
SETS = (*XQUAD, *TYDI, *OTHERS)
CROSS = tuple(f"xquad-{language}" for language in ("de", "es", "zh", "ar", "hi"))
ENGLISH = "squad-v1.1"
PASSAGES = 10
POOL = 60  # passages of a set that the others are drawn from
RATE, CROSS_RATE = 0.05, 0.15
ARMS = {
    "auto": ("auto", {}),
    "extractive/bm25": ("extractive/bm25", {}),
    "extractive/embedding": ("extractive/embedding", {"model": "multilingual"}),
    "extractive/hybrid": ("extractive/hybrid", {"model": "multilingual"}),
}
NO_BUDGET = "no budget"


def among_others(data, name, questions):
    """``questions`` records of a set, spread over it, each with its passage among nine others."""
    answerable = [record for record in records(data, name) if record["answers"] and record["support_spans"]]
    chosen = answerable[:: max(1, len(answerable) // questions)][:questions]
    passages = list({d["text"]: d for record in answerable for d in record["documents"]}.values())
    passages = passages[:: max(1, len(passages) // POOL)]
    return [with_distractors(record, passages) for record in chosen]


def with_distractors(record, passages):
    """``record`` with nine of ``passages`` that hold no answer, its own among them."""
    (own,) = record["documents"]
    draw = random.Random(f"{SEED} {record['id']}")
    others = [d for d in passages if d["text"] != own["text"] and not contains(d["text"], record["answers"])]
    mixed = [own, *draw.sample(others, min(PASSAGES - 1, len(others)))]
    draw.shuffle(mixed)
    return record | {"documents": mixed}


def in_english(data, found):
    """``found``, of XQuAD, with the questions of the English original, where our data has it."""
    english = {record["id"].split(":")[-1]: record["question"] for record in records(data, ENGLISH)}
    return [
        record | {"question": english[record["id"].split(":")[-1]]}
        for record in found
        if record["id"].split(":")[-1] in english
    ]


def measure(found, name, options, rate, cache):
    """Answers kept, tokens kept, seconds of processor time a question, and codes of notes."""
    budget = {} if rate is None else {"rate": rate}
    pipeline = ragzip.Pipeline(ragzip.load(name, **options), cache=cache, **budget)
    kept, tokens, empty, codes = [], [], [], {}
    start = time.process_time()
    for record in found:
        result = pipeline.run(documents(record), record["question"])
        kept.append(float(contains(result.text, record["answers"])))
        tokens.append(result.stats.rate)
        empty.append(float(not result.text))
        for code in {note.code for note in result.stats.notes}:
            codes[code] = codes.get(code, 0) + 1
    seconds = (time.process_time() - start) / max(1, len(found))
    return {
        "answer_kept": interval(kept),
        "tokens_kept": interval(tokens),
        "empty": round(sum(empty) / max(1, len(empty)), 4),
        "seconds": round(seconds, 3),
        "notes": codes,
    }


def run(data, questions=40, arms=tuple(ARMS), sets=SETS, label=""):
    """Figures of all sets and arms, a row each."""
    rows = []
    with tempfile.TemporaryDirectory() as cache:
        for name, cross in [(name, False) for name in sets] + [(name, True) for name in CROSS if name in sets]:
            found = among_others(data, name, len(records(data, name)) if cross else questions)
            if cross:
                found = in_english(data, found)
                found = found[:: max(1, len(found) // questions)][:questions]
            for arm in arms:
                rates = (CROSS_RATE,) if cross else (RATE, None) if arm == "auto" else (RATE,)
                for rate in rates:
                    row = {"set": name, "question": "en" if cross else "same", "arm": f"{arm}{label}", "rate": rate}
                    row |= measure(found, *ARMS[arm], rate, cache)
                    rows.append(row)
                    answers = row["answer_kept"]
                    print(
                        f"{name:14} {row['question']:4} {row['arm']:24} {rate or NO_BUDGET:9} n={answers['n']} "
                        f"kept {answers['mean']:.3f} [{answers['low']:.3f}, {answers['high']:.3f}] "
                        f"tokens {row['tokens_kept']['mean']:.3f} empty {row['empty']:.2f} {row['seconds']:.2f} s "
                        f"{row['notes']}",
                        flush=True,
                    )
    return rows


def merged(rows):
    """``rows``, and those of results/languages.json that they do not replace."""
    path = RESULTS / "languages.json"
    earlier = json.loads(path.read_text("utf-8"))["figures"] if path.is_file() else []

    def key(row):
        return (row["set"], row["question"], row["arm"], row["rate"])

    replaced = {key(row) for row in rows}
    return [row for row in earlier if key(row) not in replaced] + rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with qa/*.jsonl.gz")
    parser.add_argument("--questions", type=int, default=40, help="of each set [40]")
    parser.add_argument("--arms", nargs="*", choices=ARMS, default=list(ARMS))
    parser.add_argument("--sets", nargs="*", choices=SETS, default=list(SETS))
    parser.add_argument("--label", default="", help="behind the names of the arms, such as ' (before)'")
    options = parser.parse_args()
    rows = run(options.data, options.questions, options.arms, options.sets, options.label)
    save("languages", merged(rows))


if __name__ == "__main__":
    main()
