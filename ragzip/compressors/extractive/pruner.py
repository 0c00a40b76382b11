"""The shipped pruner: one small encoder reads query and passage together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from ragzip.checks import flag, whole_number
from ragzip.compressors.extractive.bm25 import by_wording
from ragzip.compressors.extractive.family import Analysis, Extractive
from ragzip.compressors.extractive.pruning.fused import FusedReader
from ragzip.compressors.extractive.pruning.multilingual import (
    MULTILINGUAL_IF_INSTALLED,
    in_any_language,
    multilingual_embedder,
    multilingual_reader,
)
from ragzip.compressors.extractive.texts.passages import Passage
from ragzip.compressors.fingerprints import Fingerprinted
from ragzip.compressors.reading import asks_in_another_language, unread_language, unread_languages, unread_note
from ragzip.compressors.relevance import needed_units
from ragzip.fitting.choose import Fill
from ragzip.text.scores import Scores

if TYPE_CHECKING:
    from ragzip.backends.protocols import PassageScorer

__all__ = ["LANGUAGES", "Pruner"]

LANGUAGES = frozenset(["en"])  # that the shipped model reads


class Pruner(Extractive):
    """Sentences by a model that reads query and passage together, as Provence (Chirkova et al. 2025, arXiv 2501.16214)
    and EXIT (Hwang et al. 2024, arXiv 2412.12559) do it, with 23 MB of weights of our own.

    One pass gives what each sentence, each word, and the passage as a whole are worth; title and all other sentences of
    the passage are read with them. What differs from Provence: a sentence is trained against all others of its
    question; wording (BM25), meaning (the shipped embedder), links between documents and a second hop count too, see
    :mod:`ragzip.compressors.extractive.pruning.evidence`; scores are probabilities, calibrated, so that 0.5 means as
    much; a token budget is met exactly, and what says nothing new is set back.

    A call without a budget keeps what has a score of 0.07 or more: low, since losing the answer costs more than a
    sentence too many; where nothing has, the best sentences, unless the model is sure that nothing answers. Without a
    query a sentence is worth the mean of its words. Of several questions in one query the best score counts. The
    shipped model reads English. Texts in other languages are read by the multilingual one of ``ragzip[multilingual]``,
    and those in another language than the query are chosen from by meaning and wording; without that package wording
    alone decides. A note says so.

    :param model: "multilingual" (``ragzip[multilingual]``), a folder made by ``ragzip train pruner``, or any
        :class:`~ragzip.backends.protocols.PassageScorer`; default: the English one that is shipped.
    :param hops: 2 reads a quarter of the text a second time, with the best sentence after the query, for questions
        that need two documents; 1 does not.
    :param similarity: count the embedder's similarity of the query and the sentences that may matter, 11% of the text
        (its vectors are cached for every query).
    :raises OptionError: an option outside its range.
    """

    name: ClassVar[str] = "extractive/pruner.v1"
    default_threshold = 0.07  # keeps the answers of 96% of SQuAD's questions; 0.5 would lose a third of them
    scores_are_probabilities: ClassVar[bool] = True

    def __init__(
        self,
        model: str | Path | PassageScorer | None = None,
        *,
        hops: int = 2,
        similarity: bool = True,
        fill: Fill = "relevant",
    ) -> None:
        super().__init__(fill=fill)
        self.hops = whole_number(hops, "hops", least=1, most=2, expected="1 or 2")
        self.languages = LANGUAGES if model is None else None
        self.reader = FusedReader(model, hops=self.hops, similarity=flag(similarity, "similarity"))

    @property
    def tells_unanswerable(self) -> bool:
        """Whether the model was trained to tell that nothing answers, and is sure of it often enough."""
        return self.reader.tells_unanswerable

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        models = self.reader.models
        return models if self.languages is None else (*models, MULTILINGUAL_IF_INSTALLED)

    def analyse(self, query: str | None, passages: Sequence[Passage]) -> Analysis:
        texts = [passage.prose for passage in passages]
        if query is None:
            language = unread_language(query, texts, self.languages)
            return (
                self.reader.analyse(query, passages)
                if language is None
                else by_wording(query, passages, (unread_note(language),))
            )
        languages = unread_languages(query, texts, self.languages)
        if not any(languages):
            return self.reader.analyse(query, passages)
        return self._with_unread(query, passages, languages)

    def _with_unread(self, query: str, passages: Sequence[Passage], languages: Sequence[str | None]) -> Analysis:
        """The scores of passages some of which the model cannot read: those whose entry in ``languages`` is a
        language.
        """
        reader = multilingual_reader()
        note = unread_note(*sorted({language for language in languages if language}), is_read=reader is not None)
        unread_numbers = [number for number, language in enumerate(languages) if language is not None]
        compared_numbers = [
            number
            for number in unread_numbers
            if reader is None or asks_in_another_language(query, passages[number].prose)
        ]
        asked_alike = [number for number in unread_numbers if number not in compared_numbers]
        parts = []
        if read_numbers := [number for number, language in enumerate(languages) if language is None]:
            parts.append((read_numbers, self.reader.analyse(query, [passages[number] for number in read_numbers])))
        if asked_alike:
            parts.append((asked_alike, in_any_language(query, [passages[number] for number in asked_alike], reader)))
        if compared_numbers:
            of_all = in_any_language(query, passages, multilingual_embedder())  # a similarity counts beside the others
            compared = of_all._replace(scores=[of_all.scores[number] for number in compared_numbers])
            parts.append((compared_numbers, compared))
        return _joined(parts, len(passages))._replace(notes=(note,))

    def needed(self, scores: Sequence[Scores]) -> npt.NDArray[np.bool_]:
        return needed_units(scores)


def _joined(parts: Sequence[tuple[Sequence[int], Analysis]], passage_count: int) -> Analysis:
    """One analysis of all passages from those of some, each with the numbers of its passages."""
    scores: list[Scores] = [np.zeros(0)] * passage_count
    relevances = [0.0] * passage_count
    for numbers, analysis in parts:
        relevances_of_part = analysis.relevance or [
            float(passage_scores.max(initial=0.0)) for passage_scores in analysis.scores
        ]
        for number, passage_scores, relevance in zip(numbers, analysis.scores, relevances_of_part, strict=True):
            scores[number], relevances[number] = passage_scores, relevance
    is_answered = any(analysis.nothing_answers is False for _, analysis in parts)
    return Analysis(scores, relevances, nothing_answers=False if is_answered else None)
