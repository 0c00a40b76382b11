"""Word scores by word, and a call of a word-level method with a scorer."""

import re

import numpy as np

import ragzip
from ragzip.compressors.token.llmlingua2 import LLMLingua2
from ragzip.testing import FakeWordScorer
from ragzip.text.scores import Pieces


class Given:
    """Scores by word, 0.5 where none is given; ``seen`` are the texts."""

    fingerprint = "given"

    def __init__(self, **scores):
        self.scores, self.seen = scores, []

    def score_words(self, texts, query=None):
        self.seen += texts
        out = []
        for text in texts:
            spans = [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]
            keep = [self.scores.get(text[a:b], 0.5) for a, b in spans]
            out.append(Pieces(np.array(spans, np.int32).reshape(-1, 2), np.array(keep, np.float32)))
        return out


def run(text, scorer=None, *, options=None, **call):
    compressor = LLMLingua2(scorer or FakeWordScorer(), **(options or {}))
    return ragzip.compress(text, compressor=compressor, cache=False, **call)
