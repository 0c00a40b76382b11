"""The recipe of query encoder and centroids, on a small BERT: it learns words that passages do not have."""

import json

from recipes.test_retriever_training import PASSAGES, PLACES, embedder, folder, record  # noqa: F401

from ragzip.training.retriever.recipe import train_retriever

OTHER_WORDS = dict(zip(PLACES, ("arch", "square", "stream", "quay", "chapel"), strict=True))


def test_it_learns(folder, embedder, monkeypatch):  # noqa: F811
    monkeypatch.setattr("ragzip.training.retriever.recipe.RATE", 1e-3)  # of weights that were drawn, not trained
    monkeypatch.setattr("ragzip.training.retriever.recipe._CENTROIDS_FACTOR", 0.3)
    rows = [record(number) for number in range(len(PASSAGES))]
    for row in rows:
        place = next(place for place in PLACES if place in row["question"])
        row["question"] = row["question"].replace(place, OTHER_WORDS[place])
    (folder / "other.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    figures = train_retriever(
        folder / "index",
        [folder / "other.jsonl"],
        folder / "learnt",
        dev=[folder / "other.jsonl"],  # few questions are learnt by heart
        embedder=embedder.folder,
        tokens=80_000,
        device="cpu",
        cache=False,
    )
    first, last = figures["log"][0], figures["log"][-1]
    assert last["rank"] < 0.7 * figures["log"][1]["rank"]
    assert last["dev recall@5"] > first["dev recall@5"] + 0.2
