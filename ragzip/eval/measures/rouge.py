"""ROUGE and BLEU, equal to the packages that published figures are made with.

:func:`rouge_l` is the summary-level ROUGE-L of the ``rouge`` package (1.0.1), which LongBench uses; :func:`rouge` that
of ``rouge_score`` (no stemming), which most papers use; :func:`bleu` is sacrebleu's with its 13a tokenizer.
"""

from __future__ import annotations

import math
import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

__all__ = ["Rouge", "bleu", "rouge", "rouge_l"]

_DEEPEST = 985  # steps: the package recurses, and LongBench counts its RecursionError, as any error of it, as 0
_PLAIN = re.compile(r"[a-z0-9]+")


class Rouge(NamedTuple):
    """F1 of single words, of pairs of words, and of the longest common subsequence; 0 to 1 each."""

    rouge1: float
    rouge2: float
    rougeL: float


def rouge_l(prediction: str, reference: str) -> float:
    """Summary-level ROUGE-L F1 over sets of words, sentences cut at full stops. 0 to 1.

    What makes the package fail makes 0, as in LongBench: a text without a sentence, or sentences so long that its
    recursion is too deep (985 steps, where Python allows 1,000).
    """
    predicted, expected = _sentences(prediction), _sentences(reference)
    if not predicted or not expected:
        return 0.0
    if max(map(len, predicted)) >= _DEEPEST and not _all_shallow(expected, predicted):
        return 0.0
    by_word: dict[str, list[int]] = {}
    for number, sentence in enumerate(predicted):
        for word in dict.fromkeys(sentence):
            by_word.setdefault(word, []).append(number)
    union: set[str] = set()
    for sentence in expected:
        for number in sorted({number for word in {*sentence} for number in by_word.get(word, ())}):
            common = _common(sentence, predicted[number])
            if common is None:
                return 0.0
            union |= common
    recall = len(union) / len({word for sentence in expected for word in sentence})
    precision = len(union) / len(by_word)
    return 2.0 * ((precision * recall) / (precision + recall + 1e-8))


def _sentences(text: str) -> list[tuple[str, ...]]:
    """Words by sentence, each sentence once; one of white space alone has one empty word, as in the package."""
    return list(dict.fromkeys(tuple(" ".join(part.split()).split(" ")) for part in text.split(".") if part))


def _all_shallow(expected: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> bool:
    """Whether no two sentences without a common word are too deep for the package, which then takes a step for each
    predicted word.
    """
    deep = [{*sentence} for sentence in predicted if len(sentence) >= _DEEPEST]
    return not any(words.isdisjoint(sentence) for words in deep for sentence in expected)


def _common(x: Sequence[str], y: Sequence[str]) -> set[str] | None:
    """Words of the longest common subsequence that the package finds; None where finding it is too deep for it.

    Of the table of lengths that the package fills and walks back through from its last corner, only the columns that so
    many steps can reach are kept, along the longer text, each as the bits of :func:`_columns`.
    """
    if min(len(x), len(y)) >= _DEEPEST:  # each step goes back by one word at most
        return None
    across = len(x) <= len(y)
    shorter, longer = (x, y) if across else (y, x)
    columns = deque(_columns(shorter, longer), maxlen=_DEEPEST + 1)

    def length(i: int, j: int) -> int:
        row, column = (i, j) if across else (j, i)
        return (columns[column - len(longer) - 1] & ((1 << row) - 1)).bit_count()

    i, j = len(x), len(y)
    found: set[str] = set()
    for _ in range(_DEEPEST):
        if not i or not j:
            return found
        if x[i - 1] == y[j - 1]:
            found.add(x[i - 1])
            i, j = i - 1, j - 1
        elif length(i - 1, j) > length(i, j - 1):
            i -= 1
        else:
            j -= 1
    return None


def _columns(x: Sequence[str], y: Sequence[str]) -> Iterator[int]:
    """For each beginning of ``y``, the shortest first: at which words of ``x`` its longest common subsequence with the
    beginning of ``x`` grows, as bits (Hyyrö 2004): their count is the length.
    """
    places: dict[str, int] = {}
    for i, word in enumerate(x):
        places[word] = places.get(word, 0) | 1 << i
    everywhere = (1 << len(x)) - 1
    still = everywhere  # where it does not grow
    yield 0
    for word in y:
        if match := places.get(word):
            new = still & match
            still = ((still + new) | (still - new)) & everywhere
        yield everywhere & ~still


def _longest(x: Sequence[str], y: Sequence[str]) -> int:
    """The length of the longest common subsequence."""
    shorter, longer = sorted((x, y), key=len)
    last = deque(_columns(shorter, longer), maxlen=1)
    return last[0].bit_count()


def rouge(prediction: str, reference: str) -> Rouge:
    """ROUGE-1, -2 and -L F1 over lower-case letters and digits of English, no stemming."""
    predicted, expected = _PLAIN.findall(prediction.lower()), _PLAIN.findall(reference.lower())
    ones = _f1(sum((Counter(predicted) & Counter(expected)).values()), len(predicted), len(expected))
    pairs, wanted = Counter(pairwise(predicted)), Counter(pairwise(expected))
    twos = _f1(sum((pairs & wanted).values()), pairs.total(), wanted.total())
    return Rouge(ones, twos, _f1(_longest(predicted, expected), len(predicted), len(expected)))


def _f1(same: int, predicted: int, expected: int) -> float:
    if not same:
        return 0.0
    precision, recall = same / predicted, same / expected
    return 2 * precision * recall / (precision + recall)


_MARKS = re.compile(r"([{-~\[-` -&(-+:-@/])")
_STOP_AFTER, _STOP_BEFORE = re.compile(r"([^0-9])([.,])"), re.compile(r"([.,])([^0-9])")
_DASH = re.compile(r"([0-9])(-)")


def _tokens_13a(text: str) -> list[str]:
    """As the 13a tokenizer of mteval cuts text."""
    text = text.replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for entity, character in (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")):
        text = text.replace(entity, character)
    text = _MARKS.sub(r" \1 ", f" {text} ")
    text = _STOP_BEFORE.sub(r" \1 \2", _STOP_AFTER.sub(r"\1 \2 ", text))
    return _DASH.sub(r"\1 \2 ", text).split()


def bleu(predictions: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Corpus BLEU of up to four-grams without smoothing, 0 to 100.

    :param references: of each prediction, one or more.
    """
    same, counts = [0] * 4, [0] * 4
    length = wanted = 0
    for prediction, expected in zip(predictions, references, strict=True):
        tokens, others = _tokens_13a(prediction), [_tokens_13a(reference) for reference in expected]
        length += len(tokens)
        wanted += min((abs(len(other) - len(tokens)), len(other)) for other in others)[1]
        for n in range(1, 5):
            grams, most = _grams(tokens, n), Counter[tuple[str, ...]]()
            for other in others:
                most |= _grams(other, n)
            same[n - 1] += (grams & most).total()
            counts[n - 1] += grams.total()
    if not all(same):
        return 0.0
    mean = sum(math.log(part / whole) for part, whole in zip(same, counts, strict=True)) / 4
    return 100 * math.exp(mean + min(0.0, 1 - wanted / length))


def _grams(tokens: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(tokens[i:] for i in range(n)), strict=False))
