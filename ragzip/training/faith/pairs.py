"""What the model is trained on: a sentence behind its evidence, untouched and made wrong."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from ragzip.backends.protocols import TextEmbedder
from ragzip.checking.evidence import nearest
from ragzip.text.spans import Span
from ragzip.text.words import words
from ragzip.training.faith.data import Case, Summary, cases, sources_of
from ragzip.training.pruner.data import Passage, Question

__all__ = ["SOURCE", "questions"]

SOURCE = "inventions"


def questions(summaries: Sequence[Summary], embedder: TextEmbedder | None, seed: int) -> list[Question]:
    """For each sentence of ``summaries`` its evidence as the query, and as passages the sentence and its wrong forms;
    what is "kept" is wrong.

    :param embedder: None: evidence is chosen by wording alone.
    """
    out = []
    for i, mine in groupby(cases(summaries, seed, most=None), key=lambda case: case.summary):
        listed = list(mine)
        read = sources_of(summaries[i].sources)
        windows = None if embedder is None else embedder.embed(read.windows)
        for _, group in groupby(listed, key=lambda case: case.sentence):
            forms = list(group)
            alike = np.zeros(len(read.windows), np.float32)
            if embedder is not None and windows is not None:
                alike = (embedder.embed([forms[0].text]) @ windows.T)[0]
            seen = read.evidence(nearest(read.share(forms[0].text), alike))
            out.append(Question(seen, tuple(map(_passage, forms)), SOURCE))
    return out


def _passage(case: Case) -> Passage:
    wrong = case.wrong is not None
    marked = _marked(case.text, case.wrong) if case.wrong is not None else ()
    return Passage(None, case.text, (Span(0, len(case.text)),), (wrong,), wrong, marked)


def _marked(text: str, wrong: Span) -> tuple[Span, ...]:
    """What is wrong; where something is missing, the words beside it."""
    start, end = wrong
    if text[start:end].strip():
        return (wrong,)
    found = [Span(*span) for span in words(text)]
    before = [span for span in found if span.end <= start][-1:]
    return tuple(before + [span for span in found if span.start >= end][:1])
