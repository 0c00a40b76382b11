"""The recipe of the adapter that rewrites, on a small Llama: its loss falls."""

from recipes.rewriter_data import write_texts
from tiny.checkpoints import llama

from ragzip.training.rewriter import train_rewriter


def test_it_learns(tmp_path):
    data = write_texts(tmp_path)
    figures = train_rewriter(llama(tmp_path), data, data, tmp_path / "adapter", tmp_path / "work", 60_000)
    first, last = figures["log"][0], figures["log"][-1]
    assert last["dev scitldr"] < 0.8 * first["dev scitldr"]
