"""A compressor of your own: one scoring method; splitting, budgets, spans and citations are inherited."""

import numpy as np

import ragzip
from ragzip.compressors.extractive.family import Extractive


class FewerPronouns(Extractive):
    """Prefers sentences that name things over sentences that point at them."""

    name = "example/fewer-pronouns.v1"

    def score(self, query, passages):
        pronouns = {"it", "they", "he", "she", "this", "that", "them"}
        return [
            np.array(
                [-sum(word.casefold().strip(".,") in pronouns for word in s.split()) for s in passage.sentences], float
            )
            for passage in passages
        ]


text = "It was late when they met. Ada Lovelace met Charles Babbage in June 1833. She liked it. He showed them that."
result = ragzip.compress(text, target_tokens=16, compressor=FewerPronouns(), cache=False)
print(result.text)
print(result.diff("ansi"))
