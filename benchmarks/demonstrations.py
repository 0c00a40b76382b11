"""Few-shot examples: whether those that are chosen show the right label, and what a reader makes of them.

python benchmarks/demonstrations.py --data DATA [--model READER] [--queries 40]

``labels`` needs no reader: each example of LongBench's TREC is a query to the others of its context, and 8 of them are
chosen. ``shown`` is the share of queries whose label is among the 8, ``vote`` the share whose label most of the 8 have,
weighted by rank. ``reader`` has a bank of the first 64 examples of a context, and as queries its own input and examples
after the 64th; arms ending in "/4" have a quarter of the tokens of the 8 that BM25 chooses.
"""

import argparse
import random
from collections import defaultdict
from pathlib import Path

from common import SEED, interval, records, save

from ragzip.compressors.demonstrations.ranking import Meaning, Wording, marginal_ranking
from ragzip.eval.measures.metrics import best
from ragzip.eval.runs.readers import load_reader
from ragzip.eval.suites.longbench import tasks
from ragzip.integrations.demonstrations import DemonstrationBank, cut

SHOTS, BANK = 8, 64
SIGNS = {
    "trec": {"input": "Question:", "label": "Type:"},
    "samsum": {"input": "Dialogue:", "label": "Summary:"},
    "triviaqa": {"input": "Passage:", "question": "Question:", "label": "Answer:"},
}
TEMPLATES = {
    "trec": "Question: {input}\nType: {label}",
    "samsum": "Dialogue: {input}\nSummary: {label}",
    "triviaqa": "Passage:\n{input}\nQuestion:\n{question}\nAnswer:\n{label}",
}
BM25 = "bm25, 8 whole"
ARMS = {  # options of the bank, and the share of the tokens of BM25's 8
    BM25: ({"similarity": "bm25", "diversity": 0.0}, None),
    "embedder, 8 whole": ({"diversity": 0.0}, None),
    "embedder and diversity, 8 whole": ({}, None),
    "bm25, shortened/4": ({"similarity": "bm25", "diversity": 0.0}, 0.25),
    "embedder, whole/4": ({"diversity": 0.0, "least_rate": 1.0}, 0.25),
    "embedder and diversity, shortened/4": ({}, 0.25),
    "embedder and diversity, shortened for the query/4": ({"kept_for": "query"}, 0.25),
    "embedder and diversity, words/4": ({"compressor": "token/pruner-words"}, 0.25),
}
DIVERSITIES = (0.0, 0.1, 0.2, 0.35, 0.5)


def run(data, model=None, queries=40, tasks=("trec", "samsum"), arms=tuple(ARMS)):
    if model is None:
        return {"labels": labels(data, queries)}
    reader = load_reader(str(model))
    return {"reader": {"model": reader.name, **{task: read(data, task, reader, queries, arms) for task in tasks}}}


def examples(row, task):
    """The demonstrations of a context, and its own input with an answer in the place of its label."""
    return cut(row["context"], **SIGNS[task]), cut(f"{row['input'].rstrip()} {row['answers'][0]}", **SIGNS[task])[0]


def labels(data, queries):
    """Shares of queries whose label is shown, and is voted for, by similarity and diversity."""
    hits, votes = defaultdict(list), defaultdict(list)
    for row in records(data, "trec", folder="longbench"):
        shots, _ = examples(row, "trec")
        embedder = DemonstrationBank(shots).chooser.similarity.embedder
        drawn = random.Random(SEED).sample(range(len(shots)), min(queries, len(shots)))
        for number in drawn:
            others = shots[:number] + shots[number + 1 :]
            texts = [one.input for one in others]
            choices = {"random": random.Random(f"{SEED} {number}").sample(range(len(others)), SHOTS)}
            for name, similarity in (("bm25", Wording()), ("embedder", Meaning(embedder))):
                near = similarity.nearest(shots[number].input, texts, 4 * SHOTS)
                for diversity in DIVERSITIES:
                    order = marginal_ranking(near.relevance, near.likeness, SHOTS, diversity)
                    choices[f"{name}, diversity {diversity}"] = [int(near.numbers[place]) for place in order]
            for name, chosen in choices.items():
                chosen_labels = [others[place].label for place in chosen]
                hits[name].append(shots[number].label in chosen_labels)
                votes[name].append(shots[number].label == voted(chosen_labels))
    return {name: {"n": len(hits[name]), "shown": interval(hits[name]), "vote": interval(votes[name])} for name in hits}


def voted(chosen_labels):
    weights = defaultdict(float)
    for rank, label in enumerate(chosen_labels, 1):
        weights[label] += 1 / rank
    return max(weights, key=weights.get)


def read(data, task, reader, queries, arms):
    """Score, tokens and NLL of each of ``arms``; differences to BM25's 8 are paired by query."""
    arms = dict.fromkeys((BM25, *arms))
    scores, nll, tokens = defaultdict(list), defaultdict(list), defaultdict(list)
    settings = tasks()[task]
    rows = records(data, task, folder="longbench")
    for row in rows:
        shots, own = examples(row, task)
        asked = [own, *shots[BANK:]][: max(1, queries // len(rows))]
        banks = {name: bank(shots[:BANK], task, ARMS[name][0]) for name in arms}
        for query in asked:
            answers = row["answers"] if query is own else [query.label]
            full = banks[BM25].select(query.input, question=query.question, count=SHOTS).stats.tokens_out
            for name in arms:
                share = ARMS[name][1]
                target = None if share is None else int(share * full)
                chosen = banks[name].select(query.input, question=query.question, count=SHOTS, target_tokens=target)
                context = f"{chosen.text}\n{banks[name].template.beginning(query.input, query.question).rstrip()}"
                before = settings["prompt"].partition("{context}")[0]
                answer = reader.read(
                    before + context, max_tokens=settings["max_tokens"], gold=answers, plain=True, stop="\n"
                )
                prediction = answer.text.lstrip("\n").split("\n")[0]
                scores[name].append(best(settings["metric"], prediction, answers, tuple(row["all_classes"] or ())))
                nll[name].append(answer.nll / answer.nll_tokens)
                tokens[name].append(chosen.stats.tokens_out)
    return {name: arm_figures(name, scores, nll, tokens) for name in arms}


def bank(shots, task, options):
    return DemonstrationBank(shots, template=TEMPLATES[task], separator="\n", **options)


def arm_figures(name, scores, nll, tokens):
    return {
        "n": len(scores[name]),
        "tokens": interval(tokens[name]),
        "score": interval(scores[name]),
        "score difference": interval([one - base for one, base in zip(scores[name], scores[BM25], strict=True)]),
        "nll": interval(nll[name]),
        "nll difference": interval([one - base for one, base in zip(nll[name], nll[BM25], strict=True)]),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with longbench/*.jsonl.gz")
    parser.add_argument("--model", type=Path, help="language model that reads; without it, labels alone")
    parser.add_argument("--queries", type=int, default=40, help="of each task for a reader; of each context for labels")
    parser.add_argument("--tasks", nargs="*", choices=SIGNS, default=["trec", "samsum"])
    parser.add_argument("--arms", nargs="*", choices=ARMS, default=list(ARMS), help="of a reader, beside BM25's 8")
    parser.add_argument("--out", help="name of the file in results/; default: printed alone")
    options = parser.parse_args()
    figures = run(options.data, options.model, options.queries, options.tasks, options.arms)
    for part, by_name in figures.get("labels", {}).items():
        print("labels", part, by_name)
    for task, arms in figures.get("reader", {}).items():
        for name, arm in arms.items() if isinstance(arms, dict) else ():
            print(task, name, arm)
    if options.out:
        arms = " ".join(f'"{name}"' for name in options.arms)
        model = ""
        if options.model is not None:
            model = f" --model {options.model.name} --tasks {' '.join(options.tasks)} --arms {arms}"
        command = (
            f"python benchmarks/demonstrations.py --data DATA --queries {options.queries} --out {options.out}{model}"
        )
        save(options.out, figures, command)


if __name__ == "__main__":
    main()
