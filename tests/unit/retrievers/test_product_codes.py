"""Indexes of codes in place of vectors."""

import json

import numpy as np
import pytest

from ragzip.errors import InputError, OptionError, StorageError
from ragzip.retrievers.dense import DenseRetriever
from ragzip.retrievers.product_codes import Codebook, ProductCodes
from ragzip.retrievers.vectors import FlatVectors
from ragzip.testing import FakeEmbedder
from ragzip.types import Document

COUNT, DIMENSION = 600, 32


def unit_vectors(count, seed):
    """Vectors near a few directions, as those of texts are."""
    rng = np.random.default_rng(seed)
    centers = np.random.default_rng(0).normal(size=(20, DIMENSION))
    vectors = centers[rng.integers(20, size=count)] + 0.5 * rng.normal(size=(count, DIMENSION))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


PASSAGES, QUERIES = unit_vectors(COUNT, 1), unit_vectors(40, 2)


@pytest.fixture(scope="module")
def codes():
    index = ProductCodes(DIMENSION, code_bytes=8)
    index.add(PASSAGES)
    return index


def documents(count):
    return [Document(f"d{number}", f"Mill number {number} grinds {number * 7} sacks.") for number in range(count)]


@pytest.fixture(scope="module")
def retriever():
    return DenseRetriever(documents(300), embedder=FakeEmbedder(), cache=False, index="pq")


def test_scores_are_those_of_the_vectors_that_codes_stand_for(codes):
    scores = QUERIES @ codes.vectors(range(COUNT)).T
    for query, row_scores in zip(QUERIES, scores, strict=True):
        nearest = codes.search(query, 5)
        assert np.allclose([score for _, score in nearest], np.sort(row_scores)[::-1][:5], atol=1e-4)
        assert np.allclose([row_scores[row] for row, _ in nearest], [score for _, score in nearest], atol=1e-4)


def test_codes_are_near_their_vectors(codes):
    assert codes.codes.shape == (COUNT, 8)
    errors = ((codes.vectors(range(COUNT)) - PASSAGES) ** 2).sum(1)
    assert errors.mean() < 0.1  # 1 would be that of no code at all
    flat = FlatVectors(DIMENSION)
    flat.add(PASSAGES)
    same = [flat.search(query, 1)[0][0] in [row for row, _ in codes.search(query, 10)] for query in QUERIES]
    assert np.mean(same) > 0.9


def test_more_bytes_lose_less(codes):
    fewer = ProductCodes(DIMENSION, code_bytes=2)
    fewer.add(PASSAGES)
    assert ((fewer.vectors(range(COUNT)) - PASSAGES) ** 2).sum() > ((codes.vectors(range(COUNT)) - PASSAGES) ** 2).sum()


def test_the_rotation_is_one_and_training_gives_the_same_again(codes):
    rotation = codes.codebook.rotation
    assert np.allclose(rotation @ rotation.T, np.eye(DIMENSION), atol=1e-4)
    again = Codebook.trained(PASSAGES, 8, 1)
    assert np.array_equal(again.rotation, rotation) and np.array_equal(again.centroids, codes.codebook.centroids)


def test_fewer_passages_than_the_dimension():
    vectors = np.random.default_rng(5).normal(size=(260, 288)).astype(np.float32)
    rotation = Codebook.trained(vectors, 36, 1).rotation
    assert np.allclose(rotation @ rotation.T, np.eye(288), atol=1e-4)


def test_cells_that_are_all_read_change_nothing(codes):
    in_cells = ProductCodes(DIMENSION, code_bytes=8, cells=7, probes=7)
    in_cells.add(PASSAGES)
    assert np.array_equal(in_cells.codes, codes.codes)
    few = ProductCodes(DIMENSION, code_bytes=8, cells=7, probes=1)
    few.add(PASSAGES)
    for query in QUERIES:
        whole = codes.search(query, COUNT)
        assert [score for _, score in in_cells.search(query, COUNT)] == pytest.approx([score for _, score in whole])
        assert 0 < len(few.search(query, COUNT)) < COUNT
        assert dict(few.search(query, COUNT)).items() <= {row: pytest.approx(score) for row, score in whole}.items()


def test_too_few_passages_to_train():
    with pytest.raises(InputError, match="received 40 passages to train a PQ index on, expected 256 or more"):
        DenseRetriever(documents(40), embedder=FakeEmbedder(), cache=False, index="pq")
    with pytest.raises(InputError, match="expected 300 or more"):
        DenseRetriever(documents(290), embedder=FakeEmbedder(), cache=False, index="pq", cells=300)
    empty = DenseRetriever(embedder=FakeEmbedder(), cache=False, index="pq")
    assert empty.retrieve("mill", 3) == [] and empty.add(documents(256)) == 256


class Short(FakeEmbedder):
    dimension = 8


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"index": "hnsw"}, "index: received 'hnsw'"), ({"index": "pq", "code_bytes": 7}, "a divisor of"),
     ({"index": "pq", "cells": 0}, "cells"), ({"index": "pq", "probes": 0}, "probes"),
     ({"code_bytes": 8}, "index='pq'"), ({"probes": 3}, "index='pq'"),
     ({"query_embedder": Short()}, "vectors of 8 numbers"), ({"situated": 1}, "situated"),
     ({"situated": True}, "embed_parts")],
)  # fmt: skip
def test_options_are_checked(options, reason):
    with pytest.raises(OptionError, match=reason):
        DenseRetriever(embedder=FakeEmbedder(), cache=False, **options)


def test_options_of_a_saved_index_hold_or_are_refused(tmp_path):
    options = {"embedder": FakeEmbedder(), "cache": False}
    DenseRetriever(documents(300), index="pq", cells=16, probes=1, **options).save(tmp_path / "pq")
    DenseRetriever(documents(5), **options).save(tmp_path / "flat")
    for received in ({"probes": 16}, {"index": "pq", "probes": 16, "cells": 16}):
        loaded = DenseRetriever.load(tmp_path / "pq", **received, **options)
        assert loaded.product_codes.probes == 16 and len(loaded.retrieve("mill", 300)) == 300
    assert DenseRetriever.load(tmp_path / "pq", **options).product_codes.probes == 1
    for received in ({"cells": 4}, {"index": "flat"}, {"code_bytes": 4}, {"probes": 0}):
        with pytest.raises(OptionError, match=next(iter(received))):
            DenseRetriever.load(tmp_path / "pq", **received, **options)
    for received in ({"index": "pq"}, {"probes": 16}, {"cells": 4}):
        with pytest.raises(OptionError, match="flat"):
            DenseRetriever.load(tmp_path / "flat", **received, **options)
    assert DenseRetriever.load(tmp_path / "flat", index="flat", **options).vectors([]).shape == (0, 64)


def test_vectors_of_passages_by_themselves_are_not_taken_for_situated_ones(tmp_path):
    DenseRetriever(documents(3), cache=False).save(tmp_path / "plain")
    with pytest.raises(StorageError, match=r"situated: received True, expected False.*Rebuild"):
        DenseRetriever.load(tmp_path / "plain", situated=True, cache=False)
    DenseRetriever(documents(3), situated=True, cache=False).save(tmp_path / "situated")
    with pytest.raises(StorageError, match="situated: received False, expected True"):
        DenseRetriever.load(tmp_path / "situated", situated=False, cache=False)
    assert DenseRetriever.load(tmp_path / "situated", cache=False).situated


def test_changes_and_saving(retriever, tmp_path):
    retriever.save(tmp_path / "index")
    loaded = DenseRetriever.load(tmp_path / "index", embedder=FakeEmbedder(), cache=False)
    query = "Mill number 17 grinds 119 sacks."
    assert loaded.retrieve(query, 5) == retriever.retrieve(query, 5)
    assert loaded.retrieve(query, 1)[0].id == "d17"
    loaded.delete(["d17"])
    assert all(passage.id != "d17" for passage in loaded.retrieve(query, 299))
    loaded.add([Document("new", query)])
    assert loaded.retrieve(query, 1)[0].id == "new" and len(loaded) == 300
    loaded.save(tmp_path / "index")
    again = DenseRetriever.load(tmp_path / "index", embedder=FakeEmbedder(), cache=False)
    assert again.retrieve(query, 5) == loaded.retrieve(query, 5)
    code_bytes = 8 * 300
    assert next((tmp_path / "index").glob("data-*/codes.npy")).stat().st_size < code_bytes + 200


def test_all_texts_are_embedded_where_the_index_has_codes(retriever):
    text = retriever.passages[3].text
    assert np.array_equal(retriever.as_embedder().embed([text]), retriever.embedder.embed([text]))
    assert not np.array_equal(retriever.vectors([3]), retriever.embedder.embed([text]))


def test_trained_centroids_score_and_first_ones_encode(retriever, tmp_path):
    retriever.save(tmp_path / "index")
    index = DenseRetriever.load(tmp_path / "index", embedder=FakeEmbedder(), cache=False)
    first, codes = index.product_codes.codebook.centroids, index.product_codes.codes
    index.use_trained(FakeEmbedder(), 2 * first)
    assert np.allclose(index.vectors([0, 5]), 2 * retriever.vectors([0, 5]), atol=1e-5)
    index.add([Document("again", retriever.passages[5].text)])
    assert np.array_equal(index.product_codes.codes[-1], codes[5])
    index.save(tmp_path / "index")
    loaded = DenseRetriever.load(tmp_path / "index", embedder=FakeEmbedder(), cache=False)
    assert np.array_equal(loaded.product_codes.codebook.centroids, first)
    assert np.array_equal(loaded.product_codes.codebook.scoring, 2 * first)
    with pytest.raises(InputError, match="centroids"):
        index.use_trained(FakeEmbedder(), first[:2])
    with pytest.raises(OptionError, match="index='pq'"):
        _ = DenseRetriever(embedder=FakeEmbedder(), cache=False).product_codes


def test_an_index_is_bound_to_its_query_embedder(retriever, tmp_path):
    class Other(FakeEmbedder):
        fingerprint = "other"

    retriever.save(tmp_path / "index")
    index = DenseRetriever.load(tmp_path / "index", embedder=FakeEmbedder(), cache=False)
    index.use_trained(Other(), index.product_codes.codebook.centroids)
    index.save(tmp_path / "index")
    with pytest.raises(StorageError, match="query_embedder 'other'"):
        DenseRetriever.load(tmp_path / "index", embedder=FakeEmbedder(), cache=False)
    loaded = DenseRetriever.load(tmp_path / "index", embedder=FakeEmbedder(), query_embedder=Other(), cache=False)
    assert loaded.retrieve("Mill number 9", 2) == index.retrieve("Mill number 9", 2)


@pytest.mark.parametrize(
    ("name", "value"), [("code_bytes", 5), ("code_bytes", None), ("cells", 2**40), ("cells", 3), ("probes", -1)]
)
def test_settings_that_do_not_fit_the_files(retriever, tmp_path, name, value):
    retriever.save(tmp_path / "index")
    file = tmp_path / "index" / "index.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {name: value}))
    with pytest.raises(StorageError):
        DenseRetriever.load(tmp_path / "index", embedder=FakeEmbedder(), cache=False)
