"""The features of the check: what is measured of a sentence, and the keys of their weights in a config.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["FEATURES", "MODEL_FEATURES", "RULE_FEATURES", "SENTENCE_TYPES", "weights_by_file_key", "weights_from_file"]

SENTENCE_TYPES = ("denies", "states")  # with a negation or without: the features have other weights

# Name of each feature -> its key in config.json, which older releases read as well.
_RULE_FILE_KEYS = {
    "numbers not in sources": "numbers nowhere",
    "small numbers not in sources": "small numbers nowhere",  # one and two, in words
    "names not in sources": "names nowhere",
    "acronyms not in sources": "shouted names nowhere",
    "common words not in sources": "common names nowhere",  # with a capital, though mostly written without one
    "dates not in sources": "dates nowhere",
    "quotes not in sources": "quotes nowhere",
    # How much less the windows around a fact resemble the sentence than the best window does.
    "number distance by words": "numbers elsewhere",
    "name distance by words": "names elsewhere",
    "number distance by meaning": "numbers elsewhere, by meaning",
    "name distance by meaning": "names elsewhere, by meaning",
    "different count": "counted otherwise",
    "same count": "counted so",
    "negated": "denies",
    "negation in sources": "denied there",  # share of the negated terms that one negation of the sources covers
    "negated windows": "denied near",  # share of the nearest windows with a negation; below 0 if the sentence has none
    "negated alone": "denies alone",  # none of the nearest windows has a negation
    "negated only in sources": "denied where it does not",
    "word overlap": "words found",
    "similarity": "similar",
    "similarity gain when flipped": "likelier turned round",
}
_MODEL_FILE_KEYS = {
    "error logit": "read as wrong",
    "mean word error logit": "read as wrong, word by word",
    "worst word error logit": "its worst word",
    "mean word error logit with a small number not in sources": "read as wrong, a small number is nowhere",
    "mean word error logit above flipped": "read as wronger",
    "worst word error logit above flipped": "its worst word is worse",
}
_FILE_KEYS = {**_RULE_FILE_KEYS, **_MODEL_FILE_KEYS, "bias": "bias"}

RULE_FEATURES = tuple(_RULE_FILE_KEYS)
MODEL_FEATURES = tuple(_MODEL_FILE_KEYS)
FEATURES = (*RULE_FEATURES, *MODEL_FEATURES)


def weights_from_file(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The weights of a config.json by feature name, for each of :data:`SENTENCE_TYPES`, and the threshold."""
    weights = {
        sentence_type: {name: settings[sentence_type][key] for name, key in _FILE_KEYS.items()}
        for sentence_type in SENTENCE_TYPES
    }
    return {**settings, **weights}


def weights_by_file_key(weights: Mapping[str, Any]) -> dict[str, Any]:
    """The same weights under the keys of a config.json."""
    settings = {
        sentence_type: {_FILE_KEYS[name]: value for name, value in weights[sentence_type].items()}
        for sentence_type in SENTENCE_TYPES
    }
    return {**weights, **settings}
