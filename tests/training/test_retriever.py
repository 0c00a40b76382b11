"""The recipe of query encoder and centroids, on a small BERT: it finds more than before."""

from tiny.test_retriever_training import embedder, folder  # noqa: F401

from ragzip.training.retriever.recipe import train_retriever


def test_it_learns(folder, embedder, monkeypatch):  # noqa: F811
    monkeypatch.setattr("ragzip.training.retriever.recipe.RATE", 2e-3)  # of weights that were drawn, not trained
    data = [folder / "qa.jsonl"]
    figures = train_retriever(
        folder / "index", data, folder / "learnt", embedder=embedder.folder, tokens=60_000, device="cpu", cache=False
    )
    first, last = figures["log"][0], figures["log"][-1]
    assert last["dev recall@5"] > first["dev recall@5"] + 0.1
