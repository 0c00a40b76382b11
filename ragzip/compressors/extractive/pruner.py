"""The shipped pruner: one small encoder reads query and passage together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.backends.cached import CachedEmbedder, CachedPassageScorer
from ragzip.backends.load import load_embedder, load_pruner
from ragzip.checks import flag, whole_number
from ragzip.compressors.extractive.bm25 import by_wording
from ragzip.compressors.extractive.evidence import ANSWERED, answer_evidence, collect, names, variant
from ragzip.compressors.extractive.family import Analysis, Extractive, Passage, Scores
from ragzip.compressors.extractive.multilingual import MULTILINGUAL_IF_INSTALLED, in_any_language, multilingual_embedder
from ragzip.compressors.extractive.record_scores import with_records
from ragzip.compressors.fingerprints import Fingerprinted
from ragzip.compressors.reading import unread_language, unread_languages, unread_note
from ragzip.compressors.relevance import needed
from ragzip.errors import ModelError
from ragzip.fitting.choose import Fill
from ragzip.text.questions import asks
from ragzip.text.scores import Pieces, pool, sigmoid

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
    :mod:`ragzip.compressors.extractive.evidence`; scores are probabilities, calibrated, so that 0.5 means as much; a
    token budget is met exactly, and what says nothing new is set back.

    A call without a budget keeps what has a score of 0.07 or more: low, since losing the answer costs more than a
    sentence too many; where nothing has, the best sentences, unless the model is sure that nothing answers. Without a
    query a sentence is worth the mean of its words. Of several questions in one query the best score counts. The
    shipped model reads English. Texts in other languages, and all texts where the query is in one, are chosen from by
    meaning and wording in any language, see :mod:`ragzip.compressors.extractive.multilingual`; without
    ``ragzip[multilingual]`` by wording alone. A note says so.

    :param model: a folder made by ``ragzip train pruner``, or any :class:`~ragzip.backends.protocols.PassageScorer`;
        default: the shipped one.
    :param backend: "onnx", the only one.
    :param hops: 2 reads a quarter of the text a second time, with the best sentence behind the query, for questions
        that need two documents; 1 does not.
    :param similarity: count the embedder's similarity of the query and the sentences that may matter, 15 % of the text
        (its vectors are cached for every query).
    :raises OptionError: an option outside its range.
    """

    name: ClassVar[str] = "extractive/pruner.v1"
    default_threshold = 0.07  # keeps the answers of 96 % of SQuAD's questions; 0.5 would lose a third of them
    scores_are_probabilities: ClassVar[bool] = True

    def __init__(
        self,
        model: str | Path | PassageScorer | None = None,
        *,
        backend: str | None = None,
        hops: int = 2,
        similarity: bool = True,
        fill: Fill = "relevant",
        reorder: bool = False,
    ) -> None:
        super().__init__(fill=fill, reorder=reorder)
        self.hops = hops = whole_number(hops, "hops", least=1, most=2, expected="1 or 2")
        similarity = flag(similarity, "similarity")
        self.languages = LANGUAGES if model is None else None
        scorer, fusion = load_pruner(model, backend)
        self.scorer = CachedPassageScorer(scorer)
        self.embedder = CachedEmbedder(load_embedder(None, None)) if similarity else None
        evidence_names, variant_name = (
            names(hops=hops, similarity=similarity),
            variant(hops=hops, similarity=similarity),
        )
        try:
            weights = fusion[variant_name] if fusion else {"logit": 1.0, "bias": 0.0}
        except KeyError as error:
            raise ModelError(f"model: {model} has no weights for hops={hops}, similarity={similarity}.") from error
        weights_of_several = fusion.get(variant(hops=hops, similarity=similarity, several=True), weights)
        # links and a second hop say nothing where there is one passage, so each case has weights of its own
        self._weights = tuple(
            (np.array([variant_weights.get(name, 0.0) for name in evidence_names]), variant_weights["bias"])
            for variant_weights in (weights, weights_of_several)
        )

        self._answered = _answered_weights(fusion, similarity=similarity)

    @property
    def tells_unanswerable(self) -> bool:
        """Whether the model was trained to tell that nothing answers, and is sure of it often enough."""
        return self._answered is not None and self._answered.least > 0

    @property
    def models(self) -> tuple[Fingerprinted, ...]:
        """See :func:`~ragzip.compressors.fingerprints.models_of`."""
        models: tuple[Fingerprinted, ...] = (self.scorer,) if self.embedder is None else (self.scorer, self.embedder)
        return models if self.languages is None else (*models, MULTILINGUAL_IF_INSTALLED)

    def score(self, query: str | None, passages: Sequence[Passage]) -> list[Scores]:
        return self.analyse(query, passages).scores

    def analyse(self, query: str | None, passages: Sequence[Passage]) -> Analysis:
        texts = [passage.prose for passage in passages]
        if query is None:
            language = unread_language(query, texts, self.languages)
            return (
                self._read(query, passages)
                if language is None
                else by_wording(query, passages, (unread_note(language),))
            )
        languages = unread_languages(query, texts, self.languages)
        if not any(languages):
            return self._read(query, passages)
        return self._with_unread(query, passages, languages)

    def _with_unread(self, query: str, passages: Sequence[Passage], languages: Sequence[str | None]) -> Analysis:
        """What is said of passages of which the model does not read those with one of ``languages``."""
        embedder = multilingual_embedder()
        note = unread_note(*sorted({language for language in languages if language}), with_meaning=embedder is not None)
        unread = in_any_language(query, passages, embedder, (note,))
        read_numbers = [number for number, language in enumerate(languages) if language is None]
        if not read_numbers:
            return unread
        read = self._read(query, [passages[number] for number in read_numbers])
        scores = list(unread.scores)
        relevances = [float(passage_scores.max(initial=0.0)) for passage_scores in scores]
        for place, number in enumerate(read_numbers):
            scores[number] = read.scores[place]
            relevances[number] = read.relevance[place] if read.relevance else float(scores[number].max(initial=0.0))
        is_answered = False in (unread.nothing_answers, read.nothing_answers)
        return Analysis(scores, relevances, notes=unread.notes, nothing_answers=False if is_answered else None)

    def _read(self, query: str | None, passages: Sequence[Passage]) -> Analysis:
        """What the model says of passages that it reads."""
        if query is None:
            read_passages = self.scorer.score_passages(None, [(passage.title, passage.text) for passage in passages])
            words_by_passage = [
                Pieces(passage_scores.spans, sigmoid(passage_scores.word).astype(np.float32))
                for passage_scores in read_passages
            ]
            return Analysis(
                [_means(*words_and_passage) for words_and_passage in zip(words_by_passage, passages, strict=True)]
            )
        evidence = collect(query, passages, self.scorer, self.embedder, self.hops)
        weights, weight_bias = self._weights[len(passages) > 1]
        all_scores = with_records(query, sigmoid(evidence.values @ weights + weight_bias), passages)
        scores = np.split(all_scores, np.cumsum([len(passage.spans) for passage in passages])[:-1])
        if self._answered is None:
            relevances = np.array([passage_scores.relevance for passage_scores in evidence.read])
            return Analysis(scores, relevance=sigmoid(relevances).tolist())
        speaking = answer_evidence(evidence, passages, similarity=self.embedder is not None)
        has_answer = self._answered.probabilities(np.vstack([speaking, speaking.max(axis=0)]))
        relevance = has_answer[:-1].tolist()
        if not self.tells_unanswerable:
            return Analysis(scores, relevance=relevance)
        may_have_none = asks(query) and not any(
            any(passage.records) for passage in passages
        )  # it reads little of those
        return Analysis(
            scores,
            relevance=relevance,
            nothing_answers=bool(has_answer[-1] < self._answered.least) and may_have_none,
        )

    def needed(self, scores: Sequence[Scores]) -> npt.NDArray[np.bool_]:
        return needed(scores)


class _Answered(NamedTuple):
    """The weights of :func:`~ragzip.compressors.extractive.evidence.answer_evidence`, and the probability below which
    it is sure that nothing answers (0: the scores of the sentences tell).
    """

    weights: npt.NDArray[np.float64]
    bias: float
    least: float

    def probabilities(self, values: npt.NDArray[np.float64]) -> Scores:
        """That there is an answer. *Shape:* (n, kinds) to (n,)."""
        return sigmoid(values @ self.weights + self.bias)


def _answered_weights(fusion: Mapping[str, Mapping[str, float]], *, similarity: bool) -> _Answered | None:
    """The weights in the settings of a model; None where it has none."""
    weights = fusion.get(ANSWERED + ("+similarity" if similarity else ""))
    if weights is None:
        return None
    kinds = ("relevance", "logit", *(["similarity"] if similarity else []))
    return _Answered(np.array([weights.get(kind, 0.0) for kind in kinds]), weights["bias"], weights.get("least", 0.0))


def _means(words: Pieces, passage: Passage) -> Scores:
    """The mean of each sentence's words."""
    return np.maximum(pool(words.spans, words.scores, np.zeros_like(words.scores), passage.spans), 0.0)
