"""Training questions of the checker: evidence, and a sentence untouched or with an error."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from ragzip.backends.protocols import TextEmbedder
from ragzip.compressors.checking.evidence import nearest
from ragzip.text.spans import Span
from ragzip.text.words import words
from ragzip.training.checker.data import SentenceVariant, Summary, cases, sources_of
from ragzip.training.data import LabelledPassage, Question

__all__ = ["SOURCE", "questions"]

SOURCE = "inventions"


def questions(summaries: Sequence[Summary], embedder: TextEmbedder | None, seed: int) -> list[Question]:
    """A question for each sentence of ``summaries``: its evidence as the query; the sentence and its wrong variants as
    passages, with errors labelled "kept".

    :param embedder: to choose the evidence by meaning, too; None: by words alone.
    """
    listed_questions = []
    for summary_number, summary_variants in groupby(cases(summaries, seed, most=None), key=lambda case: case.summary):
        listed = list(summary_variants)
        sources = sources_of(summaries[summary_number].sources)
        windows = None if embedder is None else embedder.embed(sources.windows)
        for _, group in groupby(listed, key=lambda case: case.sentence):
            sentence_forms = list(group)
            similarities = np.zeros(len(sources.windows), np.float32)
            if embedder is not None and windows is not None:
                similarities = (embedder.embed([sentence_forms[0].text]) @ windows.T)[0]
            evidence = sources.evidence(nearest(sources.share(sentence_forms[0].text), similarities))
            listed_questions.append(Question(evidence, tuple(map(_passage, sentence_forms)), SOURCE))
    return listed_questions


def _passage(case: SentenceVariant) -> LabelledPassage:
    wrong = case.wrong is not None
    marked = _marked(case.text, case.wrong) if case.wrong is not None else ()
    return LabelledPassage(None, case.text, (Span(0, len(case.text)),), (wrong,), wrong, marked)


def _marked(text: str, wrong: Span) -> tuple[Span, ...]:
    """The wrong words; where words were removed, the neighbouring ones."""
    start, end = wrong
    if text[start:end].strip():
        return (wrong,)
    word_spans = [Span(*span) for span in words(text)]
    preceding = [span for span in word_spans if span.end <= start][-1:]
    return tuple(preceding + [span for span in word_spans if span.start >= end][:1])
