"""The retriever protocol, and indexes over passages."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol, Self

from ragzip.checks import check_text, item_list, iter_of, whole_number
from ragzip.context import description_of
from ragzip.errors import InputError, OptionError, StorageError
from ragzip.files.generations import new_generation, read_generation, undamaged
from ragzip.pages.form import page_form
from ragzip.pages.page import Page, is_page
from ragzip.process.forking import ForkSafeLock
from ragzip.retrievers.feedback import RM3, VectorFeedback
from ragzip.text.spans import Span
from ragzip.text.splitters import passages as split
from ragzip.text.structure import structure_of_document
from ragzip.text.structure.passages import structured_passages
from ragzip.text.structure.readers import media_type
from ragzip.types import Document, Segment

__all__ = ["PassageIndex", "Retriever", "readable", "to_passages"]

PASSAGES_NAME = "passages.jsonl"


class Retriever(Protocol):
    """Anything that finds documents for a query."""

    def retrieve(self, query: str, k: int = 10) -> list[Document]:
        """At most ``k`` documents, best first, each with its score."""
        ...


def to_passages(documents: Iterable[Document], *, max_words: int = 150, overlap: int = 0) -> list[Document]:
    """Cut documents into passages: texts at sentence ends, web pages between blocks and under their headings (passages
    are HTML), and tables, JSON, code and the like between rows, records and so on; of these, without overlap, each
    passage has the headings above it, the header of its table, the keys of its values.

    A passage is a document whose ``metadata["ragzip"]`` is ``{"source": id, "start": …, "end": …}``: its document and
    its character offsets there. Its id is ``id#start-end``, or plain ``id`` for a document of one passage.
    """
    max_words, overlap = whole_number(max_words, "max_words", least=1), whole_number(overlap, "overlap")
    passages: list[Document] = []
    for document in listed_documents(documents):
        cut_texts = list(_cut(document, max_words, overlap))
        for span, text, title, mime in cut_texts:
            passages.append(
                Document(
                    document.id if len(cut_texts) == 1 else f"{document.id}#{span.start}-{span.end}",
                    text,
                    title=title,
                    mime=mime,
                    metadata={**document.metadata, "ragzip": {"source": document.id, **span._asdict()}},
                )
            )
    return passages


def _cut(document: Document, max_words: int, overlap: int) -> Iterator[tuple[Span, str, str | None, str]]:
    """The place, text, title and media type of each passage of ``document``."""
    if is_page(document):
        page = page_form(document.text)
        for page_span in page.passages(max_words):
            yield page_span, page.write([page_span]).text, document.title or page.page.name, "text/html"
        return
    structure = structure_of_document(document)
    if structure.kind == "prose":
        for start, end in split(document.text, max_words=max_words, overlap=overlap):
            yield Span(start, end), document.text[start:end], document.title, document.mime
        return
    document_segment = Segment.whole(document, 0, structure.form)
    mime = media_type(structure.kind, document)
    for place, spans in structured_passages(structure, max_words=max_words):
        yield place, document_segment.keep(spans).text, document.title, mime


def readable(passage: Document) -> str:
    """The searched text of a passage; of a web page, the visible text."""
    return Page.of(passage.text).visible() if is_page(passage) else passage.text


def listed_documents(documents: Iterable[Document]) -> list[Document]:
    """``documents``, one or several, as a list.

    :raises InputError: something else.
    """
    if isinstance(documents, Document):
        return [documents]
    items = list(iter_of(documents, "documents", expected="ragzip.Documents", error=InputError))
    for position, item in enumerate(items):
        if not isinstance(item, Document):
            raise description_of(item).error(f"documents[{position}]", "ragzip.Documents")
    return items


class PassageIndex(ABC):
    """An index over passages that is built once, changed in place, saved and loaded.

    Threads may share an index; changes wait for each other. A subclass keeps its arrays in step with ``self.passages``
    by :meth:`_added` and :meth:`_deleted`, and searches with what :meth:`_encoded` makes of a query.

    :param max_words: longest passage, in words; documents are cut at sentence ends.
    :param overlap: sentences shared by neighbouring passages.
    :ivar feedback: of the first passages of a search on a second one; None for a single search. It may be replaced at
        any time.
    """

    kind: str
    files: tuple[str, ...] = (PASSAGES_NAME,)  # of a saved index
    feedback: VectorFeedback | RM3 | None = None
    _origin: Path | None = None  # the saved index whose files are still in use

    def __init__(self, documents: Iterable[Document] = (), *, max_words: int = 150, overlap: int = 0) -> None:
        self.max_words, self.overlap = whole_number(max_words, "max_words", least=1), whole_number(overlap, "overlap")
        self.passages: list[Document] = []
        self._lock = ForkSafeLock()
        self.add(documents)

    def __len__(self) -> int:
        return len(self.passages)

    def add(self, documents: Iterable[Document]) -> int:
        """Index ``documents``; one whose id is already indexed is replaced. Returns how many passages are new."""
        return self._add(documents, self._added)

    def cut(self, documents: Iterable[Document]) -> list[Document]:
        """The passages of ``documents``, as the index has them."""
        return to_passages(documents, max_words=self.max_words, overlap=self.overlap)

    def _add(self, documents: Iterable[Document], added: Callable[[Sequence[Document]], None]) -> int:
        """Index ``documents`` by ``added``, which is called with their passages."""
        listed = list({document.id: document for document in listed_documents(documents)}.values())
        new_passages = self.cut(listed)
        with self._lock:
            is_kept = self._without({document.id for document in listed}) + [True] * len(new_passages)
            if new_passages:
                added(new_passages)  # first, so that a failure loses nothing
                self.passages = [*self.passages, *new_passages]
            self._keep(is_kept)
        return len(new_passages)

    def delete(self, ids: str | Iterable[str]) -> int:
        """Remove all passages of the documents with these ids. Returns how many there were."""
        document_ids = set(id_list(ids))
        with self._lock:
            return self._keep(self._without(document_ids))

    def _without(self, ids: set[str]) -> list[bool]:
        return [passage.metadata["ragzip"]["source"] not in ids for passage in self.passages]

    def _keep(self, is_kept: list[bool]) -> int:
        removed_count = len(is_kept) - sum(is_kept)
        if removed_count:
            self._deleted(is_kept)
            self.passages = [passage for passage, kept in zip(self.passages, is_kept, strict=True) if kept]
        return removed_count

    def retrieve(self, query: str, k: int = 10) -> list[Document]:
        """At most ``k`` passages, best first, each with its score.

        :raises InputError: an empty query.
        :raises OptionError: k under 1.
        """
        checked_query, k = _checked_query(query), check_k(k)
        with self._lock:
            if not self.passages:
                return []
            encoded_query = self._encoded(checked_query)
            if self.feedback is not None:
                first_passages = self._nearest(encoded_query, self.feedback.passages)
                encoded_query = self._moved(encoded_query, first_passages)
            return self._nearest(encoded_query, k)

    def retrieve_with_feedback(self, query: str, first_passages: Iterable[Document], k: int = 10) -> list[Document]:
        """At most ``k`` passages for the query and what ``first_passages`` add to it, best first.

        :param first_passages: for the query, best first, from any retriever or reranker; as many of them are read as
            ``feedback`` says. Without any, this is a search without feedback.
        :raises InputError: an empty query, or something else than documents.
        :raises OptionError: k under 1, or an index without feedback.
        """
        checked_query, k = _checked_query(query), check_k(k)
        listed_passages = listed_documents(first_passages)
        if self.feedback is None:
            raise OptionError(
                f"retrieve_with_feedback: received a {type(self).__name__} without feedback, expected one that was "
                "made with the option feedback."
            )
        with self._lock:
            if not self.passages:
                return []
            encoded_query = self._encoded(checked_query)
            if listed_passages:
                encoded_query = self._moved(encoded_query, listed_passages[: self.feedback.passages])
            return self._nearest(encoded_query, k)

    def _nearest(self, encoded_query: Any, k: int) -> list[Document]:
        ranked = self._search(encoded_query, min(k, len(self.passages)))
        return [scored(self.passages[passage_number], score) for passage_number, score in ranked]

    def save(self, folder: str | Path) -> None:
        """Write the index to ``folder``; an earlier one is replaced once all files are written. Processes and
        threads may save to one folder and load from it at the same time.

        :raises StorageError: the folder holds other files, or cannot be written.
        """
        with new_generation(Path(folder), self.files) as generation:
            generation.settings.update(self._write(generation.folder))

    def _write(self, folder: Path) -> dict[str, Any]:
        """The settings of the index, whose files are written to ``folder``."""
        with self._lock:
            with (folder / PASSAGES_NAME).open("w", encoding="utf-8") as passages_file:
                for passage in self.passages:
                    passages_file.write(json.dumps(_row(passage), ensure_ascii=False) + "\n")
            if self.passages:
                self._save(folder)
            shape_settings = {"max_words": self.max_words, "overlap": self.overlap, "passages": len(self.passages)}
            return {"kind": self.kind, **shape_settings, **self._settings()}

    @classmethod
    def load(cls, folder: str | Path, **options: Any) -> Self:
        """The index that :meth:`save` wrote; its arrays stay on disk, mapped into memory.

        :param options: those of the constructor that the index does not store, such as an embedder.
        :raises StorageError: no such index, a damaged one, one of another kind, or made with another embedder.
        """
        return read_generation(folder, lambda generation: cls._read(generation.folder, generation.settings, options))

    @classmethod
    def _read(cls, folder: Path, settings: Any, options: dict[str, Any]) -> Self:
        """The index whose files are in ``folder``."""
        check_kind(folder, settings, cls.kind)
        max_words = saved_number(folder, settings, "max_words", 1)
        overlap = saved_number(folder, settings, "overlap", 0)
        passage_count = saved_number(folder, settings, "passages", 0)
        options = cls._options_for(options, folder, settings)
        try:
            index = cls(max_words=max_words, overlap=overlap, **options)
        except TypeError as error:
            raise OptionError(f"load: received the options {sorted(options)}; {error}.") from error
        with undamaged(folder):
            with (folder / PASSAGES_NAME).open(encoding="utf-8") as passages_file:
                index.passages = [_document(json.loads(row_text)) for row_text in passages_file]
            if len(index.passages) != passage_count:
                raise StorageError(
                    f"index: {folder} has {len(index.passages)} passages, expected {passage_count}. Rebuild it."
                )
            index._load(folder, settings)
        index._origin = folder
        return index

    @classmethod
    def _options_for(cls, options: dict[str, Any], folder: Path, settings: dict[str, Any]) -> dict[str, Any]:
        """The options that the constructor takes for the index in ``folder``, of those received.

        :raises OptionError: one that the saved index cannot have any more.
        """
        return options

    def _reading(self) -> AbstractContextManager[None]:
        """A context that reports damage: loading does not read all arrays of a saved index."""
        return undamaged(self._origin) if self._origin is not None else nullcontext()

    def _settings(self) -> dict[str, Any]:
        return {}

    @abstractmethod
    def _added(self, passages: Sequence[Document]) -> None: ...

    @abstractmethod
    def _deleted(self, is_kept: Sequence[bool]) -> None: ...

    @abstractmethod
    def _encoded(self, query: str) -> Any:
        """The encoded query that :meth:`_search` takes."""

    @abstractmethod
    def _moved(self, encoded_query: Any, first_passages: Sequence[Document]) -> Any:
        """``encoded_query`` with the feedback of ``first_passages``."""

    @abstractmethod
    def _search(self, encoded_query: Any, k: int) -> list[tuple[int, float]]: ...

    @abstractmethod
    def _save(self, folder: Path) -> None: ...

    @abstractmethod
    def _load(self, folder: Path, settings: dict[str, Any]) -> None: ...


def _checked_query(query: str) -> str:
    """``query``, a text that is not blank.

    :raises InputError: a blank or bad one.
    """
    if not check_text(query, "query").strip():
        raise InputError("query: received an empty text, expected what to look for.")
    return query


class PassageRows:
    """The rows of passages in an index, by their ids."""

    def __init__(self) -> None:
        self._passages: list[Document] | None = None
        self._row_by_id: dict[str, int] = {}

    def of(self, passages: Sequence[Document], indexed: list[Document]) -> list[int | None]:
        """The row of each passage in ``indexed``, None of one that is not in it with this id and text.

        :param indexed: all passages of the index, a new list after every change.
        """
        if self._passages is not indexed:
            self._row_by_id = {passage.id: row for row, passage in enumerate(indexed)}
            self._passages = indexed
        rows = [self._row_by_id.get(passage.id) for passage in passages]
        return [
            row if row is not None and indexed[row].text == passage.text else None
            for row, passage in zip(rows, passages, strict=True)
        ]


def id_list(ids: str | Iterable[str]) -> list[str]:
    """The ids of documents, one or several.

    :raises InputError: something else.
    """
    if isinstance(ids, str):
        return [ids]
    return item_list(ids, "ids", str, expected="ids of documents", error=InputError)


def check_k(k: int) -> int:
    """``k`` as a plain int.

    :raises OptionError: under 1, or no whole number.
    """
    return whole_number(k, "k", least=1)


def scored(document: Document, score: float) -> Document:
    """``document`` with another score."""
    return Document(
        document.id,
        document.text,
        title=document.title,
        score=score,
        mime=document.mime,
        metadata=document.metadata,
    )


def check_kind(folder: Path, settings: Any, kind: str) -> None:
    """Check that ``settings`` are those of an index of this kind.

    :raises StorageError: they are not.
    """
    if not isinstance(settings, dict) or settings.get("kind") != kind:
        received_kind = settings.get("kind") if isinstance(settings, dict) else settings
        raise StorageError(
            f"index: {folder} holds kind {received_kind!r:.80}, expected {kind!r}. Load it as that, or rebuild it."
        )


def saved_number(folder: Path, settings: dict[str, Any], name: str, least: int) -> int:
    """A setting of a saved index.

    :raises StorageError: it is missing, no whole number or under ``least``.
    """
    expected = f"a whole number, {least} or more. Rebuild it"
    return whole_number(
        settings.get(name), f"index {folder}, {name}", least=least, expected=expected, error=StorageError
    )


def _row(document: Document) -> dict[str, Any]:
    row = {"id": document.id, "text": document.text, "title": document.title, "mime": document.mime}
    try:
        json.dumps(dict(document.metadata), ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise StorageError(f"index: the metadata of {document.id!r} cannot be stored as JSON ({error}).") from error
    return row | {"metadata": dict(document.metadata)}


def _document(row: dict[str, Any]) -> Document:
    passage = Document(row["id"], row["text"], title=row["title"], mime=row["mime"], metadata=row["metadata"])
    if not isinstance(passage.mime, str):
        raise ValueError(f"passage {passage.id!r:.80} has the type {passage.mime!r:.80}")
    origin = row["metadata"]["ragzip"]
    offsets = (origin["start"], origin["end"])
    if not isinstance(origin["source"], str) or not all(type(offset) is int for offset in offsets):
        raise ValueError(f"passage {passage.id!r:.80} does not say where in which document it is")
    return passage
