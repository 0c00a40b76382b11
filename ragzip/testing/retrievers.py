"""The contract of every retriever."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ragzip.errors import InputError, OptionError
from ragzip.testing.data import PIECES
from ragzip.testing.final import Final
from ragzip.types import Document

__all__ = ["RetrieverContract"]


class RetrieverContract(Final):
    """The contract of every retriever. Override :meth:`make`; set ``saves = False`` for one that has no ``save``."""

    saves: bool = True

    def make(self, documents: Sequence[Document]) -> Any:
        """A retriever over ``documents``."""
        raise TypeError(f"{type(self).__name__}: override make()")

    corpus = tuple(Document(f"d{i}", piece, title=f"Piece {i}", metadata={"n": i}) for i, piece in enumerate(PIECES))

    def test_best_first_and_at_most_k(self) -> None:
        retriever = self.make(self.corpus)
        for k in (1, 3, 100):
            found = retriever.retrieve("Who wrote to Babbage about brass?", k)
            assert 1 <= len(found) <= k and found[0].metadata["ragzip"]["source"] == "d0"
            scores = [document.score for document in found]
            assert scores == sorted(scores, reverse=True)
            assert len({document.id for document in found}) == len(found)

    def test_passages_point_into_their_document(self) -> None:
        long = Document("long", " ".join(PIECES[:4] * 20), metadata={"a": 1})
        for found in self.make([long]).retrieve("river Mearns sea", 5):
            place = found.metadata["ragzip"]
            assert place["source"] == "long" and found.metadata["a"] == 1
            assert found.text == long.text[place["start"] : place["end"]]

    def test_add_replace_delete(self) -> None:
        retriever = self.make(self.corpus)
        before = len(retriever)
        extra = Document("new", "Quokkas live on Rottnest Island.")
        assert retriever.add([extra]) == 1 and len(retriever) == before + 1
        assert retriever.retrieve("quokkas Rottnest", 1)[0].id == "new"
        retriever.add([Document("new", "Numbats eat termites.")])
        assert len(retriever) == before + 1
        assert retriever.retrieve("numbats termites", 1)[0].text == "Numbats eat termites."
        assert retriever.delete(["new", "absent"]) == 1 and len(retriever) == before
        assert all(found.id != "new" for found in retriever.retrieve("numbats termites", before))

    def test_save_and_load(self, tmp_path: Path) -> None:
        if not self.saves:
            return
        retriever = self.make(self.corpus)
        for _ in range(2):  # the second time it replaces the first
            retriever.save(tmp_path / "index")
        loaded = type(retriever).load(tmp_path / "index")
        query = "Who wrote to Babbage?"
        assert loaded.retrieve(query, 5) == retriever.retrieve(query, 5)
        loaded.delete(["d0"])
        loaded.add([Document("d0", "Brass again.")])
        assert len(loaded) == len(retriever)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["index"]

    def test_empty_and_bad_input(self) -> None:
        empty = self.make([])
        assert empty.retrieve("anything", 3) == [] and len(empty) == 0
        retriever = self.make(self.corpus[:3])
        for bad in ("", "  ", b"bytes", 5, "a\0b"):
            with pytest.raises(InputError):
                retriever.retrieve(bad, 3)
        for k in (0, -1, 1.5, True):
            with pytest.raises(OptionError):
                empty.retrieve("x", k)

    def test_threads(self) -> None:
        retriever = self.make(self.corpus)
        alone = [document.id for document in retriever.retrieve("river sea", 4)]
        with ThreadPoolExecutor(8) as pool:
            results = list(
                pool.map(lambda _: [document.id for document in retriever.retrieve("river sea", 4)], range(24))
            )
        assert all(ids == alone for ids in results)
