"""Ray Data on a local cluster of two workers: the same as one process, also where a worker is killed on the way."""

import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="needs ragzip[ray]")
pytestmark = pytest.mark.filterwarnings("default")  # Ray's own warnings are Ray's

import batch_program  # noqa: E402

import ragzip  # noqa: E402
from ragzip.errors import InputError, OptionError  # noqa: E402
from ragzip.integrations.batches import compress_rows  # noqa: E402
from ragzip.retrievers.dense import DenseRetriever  # noqa: E402
from ragzip.testing import FakeEmbedder  # noqa: E402
from ragzip.types import Document  # noqa: E402

OPTIONS = {"compressor": "extractive/bm25", "target_tokens": 40, "cache": False}


@pytest.fixture(scope="module")
def cluster():
    import ray

    paths = os.pathsep.join([str(Path(ragzip.__file__).parents[1]), str(Path(batch_program.__file__).parent)])
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        runtime_env={"env_vars": {"PYTHONPATH": paths + os.pathsep + os.environ.get("PYTHONPATH", "")}},
    )
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    yield ray
    ray.shutdown()


def as_bytes(rows):
    """The rows as JSON, the same for equal rows whatever library has held them."""
    return [json.dumps(row, sort_keys=True, ensure_ascii=False).encode() for row in rows]


def plain_rows(count):
    """Rows whose contexts have one type, as a column needs it."""
    return [{**row, "context": json.dumps(row["context"])} for row in batch_program.rows(count)]


def test_the_same_as_one_process(cluster):
    rows = [*plain_rows(60), {"id": 60, "query": "None?", "context": None}]
    dataset = cluster.data.from_items(rows, override_num_blocks=8)
    new_rows = ragzip.ray.compress_dataset(dataset, workers=2, batch_size=8, documents=True, **OPTIONS).take_all()
    assert as_bytes(new_rows) == as_bytes(compress_rows(rows, documents=True, **OPTIONS))
    assert new_rows[-1]["compressed"] is None and "context" in new_rows[-1]["compressed_error"]


def test_lists_of_documents_in_a_column(cluster):
    rows = [{"q": row["query"], "passages": [{"text": row["context"], "title": "T"}]} for row in plain_rows(6)]
    names = {"context_field": "passages", "query_field": "q", "keep_context": True}
    new_rows = ragzip.ray.compress_dataset(cluster.data.from_items(rows), workers=1, **names, **OPTIONS).take_all()
    assert as_bytes(new_rows) == as_bytes(compress_rows(rows, **names, **OPTIONS))


def test_a_worker_that_is_killed(cluster, tmp_path):
    rows = plain_rows(120)
    log = tmp_path / "pids"
    log.touch()
    dataset = cluster.data.from_items(rows, override_num_blocks=12)
    options = {**OPTIONS, "compressor": batch_program.Slow(log)}
    new_rows, errors = [], []

    def take():
        try:
            new_rows.extend(ragzip.ray.compress_dataset(dataset, workers=2, batch_size=5, **options).take_all())
        except BaseException as error:
            errors.append(error)

    taker = threading.Thread(target=take)
    taker.start()
    deadline = time.monotonic() + 120
    while len(set(log.read_text().split())) < 2 or log.read_text().count("\n") < 30:
        assert time.monotonic() < deadline and not errors, errors
        time.sleep(0.02)
    victim = int(log.read_text().split()[-1])
    assert victim != os.getpid()
    os.kill(victim, signal.SIGKILL)
    taker.join(240)
    assert not taker.is_alive() and not errors, errors
    assert as_bytes(new_rows) == as_bytes(compress_rows(rows, **OPTIONS))
    assert len(log.read_text().split()) > len(rows) and len(set(log.read_text().split())) == 3, (
        "its batch was done again"
    )


def document_rows(count):
    return [
        {"id": f"d{number}", "text": row["context"], "title": f"Row {number}"}
        for number, row in enumerate(plain_rows(count))
    ]


@pytest.mark.parametrize("options", [{}, {"index": "pq", "code_bytes": 4}, {"max_words": 40, "overlap": 1}])
def test_an_index_is_what_one_process_makes(cluster, options, tmp_path):
    rows = document_rows(140)
    documents = [Document(row["id"], row["text"], title=row["title"]) for row in rows]
    options = {"embedder": FakeEmbedder(), "cache": False, "max_words": 80, **options}
    dataset = cluster.data.from_items(rows, override_num_blocks=7)
    index = ragzip.ray.index_dataset(dataset, workers=2, batch_size=9, **options)
    index.save(tmp_path / "ray")
    DenseRetriever(documents, **options).save(tmp_path / "one")
    contents = [
        {path.name: path.read_bytes() for path in (tmp_path / name).rglob("*") if path.suffix in (".jsonl", ".npy")}
        for name in ("ray", "one")
    ]
    assert len(contents[0]) > 1 and contents[0] == contents[1]


def test_documents_are_encoded_once(cluster, tmp_path):
    dataset = cluster.data.from_items(document_rows(20), override_num_blocks=4)
    options = {"compressor": batch_program.MeanVectors(), "cache": str(tmp_path / "cache"), "workers": 2}
    encoded = [ragzip.ray.encode_dataset(dataset, **options).take_all() for _ in range(2)]
    assert [row["id"] for row in encoded[0]] == [row["id"] for row in document_rows(20)]
    assert all(row["encoded_new"] == row["encoded_pieces"] > 0 for row in encoded[0])
    assert all(row["encoded_bytes"] > row["encoded_vectors"] > 0 for row in encoded[0])
    assert all(row["encoded_new"] == 0 < row["encoded_pieces"] for row in encoded[1])
    with pytest.raises(OptionError, match="soft"):
        ragzip.ray.encode_dataset(dataset, compressor="extractive/bm25", cache=str(tmp_path / "cache"))


def test_a_row_that_is_no_document(cluster):
    dataset = cluster.data.from_items([{"id": "a", "text": "A mill."}, {"text": "No id."}])
    with pytest.raises(InputError, match="an id"):
        ragzip.ray.index_dataset(dataset, embedder=FakeEmbedder())
    with pytest.raises(OptionError, match="max_word"):
        ragzip.ray.index_dataset(dataset, max_word=3)


def test_wrong_options(cluster):
    dataset = cluster.data.from_items([{"context": "x"}])
    for options in ({"workers": 0}, {"cores": 0}, {"batch_size": 0}, {"rate": 7}, {"targt_tokens": 1}):
        with pytest.raises(OptionError, match=r"received.*expected"):
            ragzip.ray.compress_dataset(dataset, **options)
    with pytest.raises(OptionError, match="Dataset"):
        ragzip.ray.compress_dataset([{"context": "x"}])
