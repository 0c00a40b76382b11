"""ROUGE and BLEU, equal to the packages behind published figures.

:func:`rouge_l` is the summary-level ROUGE-L of the ``rouge`` package (1.0.1), which LongBench uses; :func:`rouge` that
of ``rouge_score`` (no stemming), which most papers use; :func:`bleu` is sacrebleu's with its 13a tokenizer.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["Rouge", "bleu", "rouge", "rouge_l"]

# The package recurses, and LongBench scores its RecursionError, as any of its errors, with 0.
_MAX_STEPS = 985
_MAX_GRAM_WORDS = 4
_PLAIN = pattern_of(r"[a-z0-9]+")


class Rouge(NamedTuple):
    """F1 of single words, of pairs of words, and of the longest common subsequence; 0 to 1 each."""

    rouge1: float
    rouge2: float
    rougeL: float


def rouge_l(prediction: str, reference: str) -> float:
    """Summary-level ROUGE-L F1 over sets of words, sentences split at full stops. 0 to 1.

    0 where the package fails, as in LongBench: a text without a sentence, or sentences so long that its recursion is
    too deep (985 steps, where Python allows 1,000).
    """
    predicted, expected = _sentences(prediction), _sentences(reference)
    if not predicted or not expected:
        return 0.0
    if max(map(len, predicted)) >= _MAX_STEPS and not _all_shallow(expected, predicted):
        return 0.0
    sentences_by_word: dict[str, list[int]] = {}
    for position, sentence in enumerate(predicted):
        for word in dict.fromkeys(sentence):
            sentences_by_word.setdefault(word, []).append(position)
    common_words: set[str] = set()
    for sentence in expected:
        positions = {position for word in {*sentence} for position in sentences_by_word.get(word, ())}
        for position in sorted(positions):
            subsequence_words = _common(sentence, predicted[position])
            if subsequence_words is None:
                return 0.0
            common_words |= subsequence_words
    recall = len(common_words) / len({word for sentence in expected for word in sentence})
    precision = len(common_words) / len(sentences_by_word)
    return 2.0 * ((precision * recall) / (precision + recall + 1e-8))


def _sentences(text: str) -> list[tuple[str, ...]]:
    """Words by sentence, each sentence once; a sentence of white space has one empty word, as in the package."""
    return list(dict.fromkeys(tuple(" ".join(part.split()).split(" ")) for part in text.split(".") if part))


def _all_shallow(expected: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> bool:
    """Whether the package can compare all sentences without a common word, for which it takes a step per predicted
    word.
    """
    long_sentences = [{*sentence} for sentence in predicted if len(sentence) >= _MAX_STEPS]
    return not any(words.isdisjoint(sentence) for words in long_sentences for sentence in expected)


def _common(x: Sequence[str], y: Sequence[str]) -> set[str] | None:
    """Words of the longest common subsequence that the package finds; None where its recursion is too deep.

    The package fills a table of lengths and walks back from its last corner. Here only the columns within reach of
    that many steps are stored, along the longer text, each as the bits of :func:`_columns`.
    """
    if min(len(x), len(y)) >= _MAX_STEPS:  # each step goes back by at most one word of each text
        return None
    x_is_shorter = len(x) <= len(y)
    shorter, longer = (x, y) if x_is_shorter else (y, x)
    columns = deque(_columns(shorter, longer), maxlen=_MAX_STEPS + 1)

    def length(x_words: int, y_words: int) -> int:
        row, column = (x_words, y_words) if x_is_shorter else (y_words, x_words)
        return (columns[column - len(longer) - 1] & ((1 << row) - 1)).bit_count()

    x_end, y_end = len(x), len(y)
    words: set[str] = set()
    for _ in range(_MAX_STEPS):
        if not x_end or not y_end:
            return words
        if x[x_end - 1] == y[y_end - 1]:
            words.add(x[x_end - 1])
            x_end, y_end = x_end - 1, y_end - 1
        elif length(x_end - 1, y_end) > length(x_end, y_end - 1):
            x_end -= 1
        else:
            y_end -= 1
    return None


def _columns(x: Sequence[str], y: Sequence[str]) -> Iterator[int]:
    """Bit sets, one for each prefix of ``y``, the shortest first (Hyyrö 2004): the words of ``x`` at which the longest
    common subsequence of that prefix with the prefixes of ``x`` grows. The number of bits is its length.
    """
    positions_by_word: dict[str, int] = {}
    for position, word in enumerate(x):
        positions_by_word[word] = positions_by_word.get(word, 0) | 1 << position
    all_positions = (1 << len(x)) - 1
    constant = all_positions  # positions at which the length does not grow
    yield 0
    for word in y:
        if matches := positions_by_word.get(word):
            new_matches = constant & matches
            constant = ((constant + new_matches) | (constant - new_matches)) & all_positions
        yield all_positions & ~constant


def _common_length(x: Sequence[str], y: Sequence[str]) -> int:
    """The length of the longest common subsequence."""
    shorter, longer = sorted((x, y), key=len)
    last_column = deque(_columns(shorter, longer), maxlen=1)
    return last_column[0].bit_count()


def rouge(prediction: str, reference: str) -> Rouge:
    """ROUGE-1, -2 and -L F1 over lower-case letters and digits of English, no stemming."""
    predicted, expected = _PLAIN.findall(prediction.lower()), _PLAIN.findall(reference.lower())
    common_words = (Counter(predicted) & Counter(expected)).total()
    predicted_pairs, expected_pairs = Counter(pairwise(predicted)), Counter(pairwise(expected))
    common_pairs = (predicted_pairs & expected_pairs).total()
    return Rouge(
        _f1(common_words, len(predicted), len(expected)),
        _f1(common_pairs, predicted_pairs.total(), expected_pairs.total()),
        _f1(_common_length(predicted, expected), len(predicted), len(expected)),
    )


def _f1(common: int, predicted: int, expected: int) -> float:
    if not common:
        return 0.0
    precision, recall = common / predicted, common / expected
    return 2 * precision * recall / (precision + recall)


_MARKS = pattern_of(r"([{-~\[-` -&(-+:-@/])")
_STOP_AFTER, _STOP_BEFORE = pattern_of(r"([^0-9])([.,])"), pattern_of(r"([.,])([^0-9])")
_DASH = pattern_of(r"([0-9])(-)")


def _tokens_13a(text: str) -> list[str]:
    """The tokens of ``text`` by the 13a tokenizer of mteval."""
    text = text.replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for entity, character in (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")):
        text = text.replace(entity, character)
    text = _MARKS.sub(r" \1 ", f" {text} ")
    text = _STOP_BEFORE.sub(r" \1 \2", _STOP_AFTER.sub(r"\1 \2 ", text))
    return _DASH.sub(r"\1 \2 ", text).split()


def bleu(predictions: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Corpus BLEU of up to four-grams without smoothing, 0 to 100.

    :param references: one or more for each prediction.
    """
    common_counts, gram_counts = [0] * _MAX_GRAM_WORDS, [0] * _MAX_GRAM_WORDS
    predicted_length = reference_length = 0
    for prediction, expected in zip(predictions, references, strict=True):
        tokens = _tokens_13a(prediction)
        references_tokens = [_tokens_13a(reference) for reference in expected]
        predicted_length += len(tokens)
        reference_length += min(map(len, references_tokens), key=lambda size: (abs(size - len(tokens)), size))
        for order in range(_MAX_GRAM_WORDS):
            grams, reference_grams = _grams(tokens, order + 1), Counter[tuple[str, ...]]()
            for reference_tokens in references_tokens:
                reference_grams |= _grams(reference_tokens, order + 1)
            common_counts[order] += (grams & reference_grams).total()
            gram_counts[order] += grams.total()
    if not all(common_counts):
        return 0.0
    log_precisions = [math.log(common / total) for common, total in zip(common_counts, gram_counts, strict=True)]
    log_brevity_penalty = min(0.0, 1 - reference_length / predicted_length)
    return 100 * math.exp(sum(log_precisions) / _MAX_GRAM_WORDS + log_brevity_penalty)


def _grams(tokens: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(tokens[start:] for start in range(size)), strict=False))
