"""A bank of demonstrations, from which each new input gets those that suit it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from ragzip.backends.protocols import TextEmbedder, Vectors
from ragzip.cache import CacheOption, open_cache, use_cache
from ragzip.checks import answers_misuse, check_text, choice, iter_of, shown, whole_number
from ragzip.compressors.base import Compressor
from ragzip.compressors.demonstrations.compressor import Demonstrations, KeptFor, SimilarityName, with_notes
from ragzip.compressors.demonstrations.marks import marks_of
from ragzip.compressors.demonstrations.ranking import Meaning, ranked
from ragzip.errors import InputError
from ragzip.fitting.limits import check_limits
from ragzip.integrations.demonstrations.template import Demonstration, Template
from ragzip.output.layout import Layout
from ragzip.pipeline import Pipeline
from ragzip.result import CompressedDocument, Result, Stats
from ragzip.text.tokens import Tokenizer, token_counter
from ragzip.types import Budget, Note, Segment, SoftSegment

__all__ = ["DemonstrationBank", "Order", "Selection"]

Order = Literal["best-last", "best-first"]
_EXPECTED = "Demonstrations, pairs (input, label), or dicts with 'input' and 'label'"


@dataclass(frozen=True, repr=False)
class Selection:
    """The demonstrations for one input, in the order of the prompt.

    :param demonstrations: with what is kept of their inputs; of vectors, with the whole input.
    :param numbers: their places in the bank.
    :param result: the prompt and its figures, as :func:`ragzip.compress` returns them.
    """

    demonstrations: tuple[Demonstration, ...]
    numbers: tuple[int, ...]
    result: Result

    @property
    def text(self) -> str:
        """The demonstrations as the prompt writes them.

        :raises SoftTextError: inputs are vectors: :attr:`parts` has them.
        """
        return self.result.text

    @property
    def parts(self) -> tuple[str | SoftSegment, ...]:
        """The same as texts and vectors in turn, for :class:`ragzip.soft.prompt.SoftPrompt`."""
        return self.result.parts

    @property
    def stats(self) -> Stats:
        """Tokens given (of the chosen demonstrations, whole) and kept."""
        return self.result.stats

    def __len__(self) -> int:
        return len(self.demonstrations)

    def __str__(self) -> str:
        return str(self.result)


class DemonstrationBank:
    r"""Few-shot examples, from which :meth:`select` takes those that suit an input, within a budget.

    Each text is embedded once and remembered, in the cache as well.

    >>> bank = DemonstrationBank([("Who wrote it?", "person"), ("Where is it?", "place")], similarity="bm25")
    >>> bank.select("Who painted it?", count=1).text
    'Who wrote it?\nperson'

    :param demonstrations: :class:`Demonstration`\ s, pairs (input, label), or dicts with "input", "label" and perhaps
        "question".
    :param compressor: of the inputs: a registry name or a Compressor. A soft one makes vectors of them.
    :param similarity: "embedder", "bm25", "soft" or a TextEmbedder; ``diversity``, ``rate``, ``least_rate`` and
        ``kept_for`` as well: see :class:`~ragzip.compressors.demonstrations.compressor.Demonstrations`.
    :param template: how the prompt writes a demonstration; default: input, question (where there are any) and label,
        each on a line of its own.
    :param separator: between demonstrations.
    :param order: "best-last": the most similar one next to the new input; or "best-first".
    :param tokenizer: the target model's, as for :func:`ragzip.compress`, as is ``cache``.
    :raises InputError: no such demonstrations.
    :raises OptionError: an option outside its range.
    """

    @answers_misuse
    def __init__(
        self,
        demonstrations: Iterable[Demonstration | tuple[str, str] | Mapping[str, str]] = (),
        *,
        compressor: str | Compressor = "auto",
        similarity: SimilarityName | TextEmbedder | None = None,
        diversity: float = 0.2,
        rate: float | None = None,
        least_rate: float = 0.25,
        kept_for: KeptFor = "label",
        template: str | None = None,
        separator: str = "\n\n",
        order: Order = "best-last",
        tokenizer: Tokenizer = None,
        cache: CacheOption = None,
    ) -> None:
        self.chooser = Demonstrations(
            compressor=compressor,
            similarity=similarity,
            diversity=diversity,
            rate=rate,
            least_rate=least_rate,
            kept_for=kept_for,
        )
        if isinstance(self.chooser.similarity, Meaning):
            embedder = _Remembering(self.chooser.similarity.embedder)
            self.chooser.similarity = self.chooser.similarity.with_embedder(embedder)
        self.template = None if template is None else Template(template)
        self.layout = Layout(separator=separator)
        self.order: Order = choice(order, "order", get_args(Order))
        self.counter, self.cache = token_counter(tokenizer), cache
        self.demonstrations: tuple[Demonstration, ...] = ()
        self.add(demonstrations)

    def __len__(self) -> int:
        return len(self.demonstrations)

    def add(self, demonstrations: Iterable[Demonstration | tuple[str, str] | Mapping[str, str]]) -> int:
        """Add ``demonstrations`` at the end of the bank. Returns how many there are of them.

        :raises InputError: something else; nothing is added then.
        """
        items = list(iter_of(demonstrations, "demonstrations", expected=_EXPECTED, error=InputError))
        added = tuple(_demonstration(item, f"demonstrations[{number}]") for number, item in enumerate(items))
        self._check_questions(added)
        with use_cache(open_cache(self.cache)):
            self._remember(added)
        self.demonstrations = (*self.demonstrations, *added)
        return len(added)

    def _remember(self, added: Sequence[Demonstration]) -> None:
        similarity = self.chooser.similarity
        if added and isinstance(similarity, Meaning) and isinstance(similarity.embedder, _Remembering):
            similarity.embedder.remember([_compared_text(example.input, example.question) for example in added])

    def _check_questions(self, added: Sequence[Demonstration]) -> None:
        if self.template is not None and not self.template.has_question and any(example.question for example in added):
            raise InputError(
                f"demonstrations: received questions, expected none with the template {self.template.pattern!r}. Set "
                "{question} into it."
            )

    @answers_misuse
    def select(
        self,
        query: str | None = None,
        *,
        question: str = "",
        count: int = 8,
        target_tokens: int | None = None,
    ) -> Selection:
        """The demonstrations that suit ``query``, as many as the budget holds.

        :param query: the new input (None: those that suit most inputs of the bank).
        :param question: what is asked about it, where the bank has questions.
        :param count: most demonstrations.
        :param target_tokens: most tokens of :attr:`Selection.text` (vectors count, too); None: no limit.
        :raises InputError: a query that is no text.
        :raises OptionError: a count or a budget outside its range.
        """
        count = whole_number(count, "count", least=1)
        check_limits(target_tokens, None)
        compared_query = None if query is None else _compared_text(check_text(query, "query"), question)
        with use_cache(open_cache(self.cache)):
            order, notes = self._ranked(compared_query or None, count)
        if self.order == "best-last":
            order = order[::-1]
        template = self.template or self._default_template()
        documents = [
            template.document(self.demonstrations[number], str(number), score=relevance) for number, relevance in order
        ]
        pipeline = Pipeline(
            _Ranked(self.chooser, notes, best_last=self.order == "best-last"),
            target_tokens=target_tokens,
            tokenizer=self.counter,
            layout=self.layout,
            cache=self.cache,
        )
        return self._selection(pipeline.run(documents, compared_query or None))

    def _ranked(self, query: str | None, count: int) -> tuple[list[tuple[int, float]], tuple[Note, ...]]:
        """The best demonstrations with their relevance, the same one not twice; and what there is to say of that."""
        first_numbers = {example: number for number, example in reversed(list(enumerate(self.demonstrations)))}
        numbers = sorted(first_numbers.values())
        examples = [self.demonstrations[number] for number in numbers]
        texts = [_compared_text(example.input, example.question) for example in examples]
        similarity = self.chooser.similarity
        order = ranked(similarity, query, texts, count, self.chooser.diversity)
        return [(numbers[row], relevance) for row, relevance in order], similarity.notes(query, texts)

    def _default_template(self) -> Template:
        has_questions = any(example.question for example in self.demonstrations)
        return Template("{input}\n{question}\n{label}" if has_questions else "{input}\n{label}")

    def _selection(self, result: Result) -> Selection:
        shown_documents = [
            document for document, segment in zip(result.documents, result.segments, strict=True)
            if segment.text or segment.soft
        ]  # fmt: skip
        numbers = tuple(int(document.id) for document in shown_documents)
        kept = tuple(
            replace(self.demonstrations[number], input=_kept_input(document, self.demonstrations[number].input))
            for number, document in zip(numbers, shown_documents, strict=True)
        )
        return Selection(kept, numbers, result)


class _Ranked:
    """The compressor of a bank: the documents are ranked already."""

    fill, scores_are_probabilities, tidies = "none", False, False

    def __init__(self, chooser: Demonstrations, notes: tuple[Note, ...], *, best_last: bool) -> None:
        self.name, self.chooser, self.notes, self.best_last = chooser.name, chooser, notes, best_last

    def compress(self, query: str | None, segments: Sequence[Segment], budget: Budget) -> list[Segment]:
        order = list(range(len(segments)))
        best_first = order[::-1] if self.best_last else order
        relevance = {number: segments[number].document.score or 0.0 for number in best_first}
        return with_notes(self.chooser.filled(query, segments, relevance, budget), self.notes)


class _Remembering:
    """A :class:`~ragzip.backends.protocols.TextEmbedder` that keeps the vectors of a bank in memory."""

    def __init__(self, embedder: TextEmbedder) -> None:
        self.embedder, self.fingerprint, self.dimension = embedder, embedder.fingerprint, embedder.dimension
        self._vectors: dict[str, Vectors] = {}

    def remember(self, texts: Sequence[str]) -> None:
        """Embed those of ``texts`` that are not in memory yet."""
        missing = list(dict.fromkeys(text for text in texts if text not in self._vectors))
        self._vectors.update(zip(missing, self.embedder.embed(missing), strict=True))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors. *Shape:* (n, dimension)."""
        missing = list(dict.fromkeys(text for text in texts if text not in self._vectors))
        fresh = dict(zip(missing, self.embedder.embed(missing), strict=True)) if missing else {}
        vectors = [fresh[text] if text in fresh else self._vectors[text] for text in texts]
        return np.stack(vectors) if vectors else np.zeros((0, self.dimension), np.float32)


def _compared_text(input: str, question: str) -> str:
    """The text of a demonstration, or of a new input, that is compared."""
    return "\n".join(part.strip() for part in (question, input) if part.strip())


def _kept_input(document: CompressedDocument, whole_input: str) -> str:
    """The kept text of the input of a demonstration."""
    marks = marks_of(document.source)
    if document.soft or marks is None or document.text == document.source.text:
        return whole_input
    before, after = document.source.text[: marks.input.start], document.source.text[marks.input.end :]
    return document.text.removeprefix(before.rstrip()).removesuffix(after.lstrip()).strip()


def _demonstration(item: Any, where: str) -> Demonstration:
    if isinstance(item, Demonstration):
        return item
    if isinstance(item, Mapping) and {"input", "label"} <= item.keys() <= {"input", "label", "question"}:
        return Demonstration(**item)
    if isinstance(item, tuple) and len(item) == 2:
        return Demonstration(*item)
    raise InputError(f"{where}: received {shown(item)}, expected {_EXPECTED}.")
