"""Metrics of a prediction against a reference, each 0 to 1.

The metrics with LongBench's names (Bai et al. 2023, arXiv 2308.14508) return what its own functions return, oddities
included. All have one signature: ``metric(prediction, ground_truth, all_classes=…)``. Chinese ones need ``jieba``.
"""

from __future__ import annotations

import difflib
import logging
import re
import string
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from ragzip.checks import item_list, shown
from ragzip.errors import InputError, UnknownNameError, needs_extra
from ragzip.eval.measures.rouge import bleu, rouge, rouge_l
from ragzip.text.lazy_patterns import pattern_of

__all__ = [
    "METRICS",
    "best",
    "classification_score",
    "code_sim_score",
    "count_score",
    "exact_match",
    "metric_named",
    "qa_f1_score",
    "qa_f1_zh_score",
    "retrieval_score",
    "retrieval_zh_score",
    "rouge_score",
    "rouge_zh_score",
    "substring_match",
]

Metric = Callable[..., float]
_ARTICLES = pattern_of(r"\b(a|an|the)\b")
_ASCII_PUNCTUATION = frozenset(string.punctuation)
_PUNCTUATION = _ASCII_PUNCTUATION | set(
    "！？｡。＂＃＄％＆＇（）＊＋，－／：；＜＝＞＠［＼］＾＿｀｛｜｝～｟｠｢｣､、〃》「」『』【】〔〕〖〗〘〙〚〛〜〝〞〟〰〾〿–—‘’‛“”„‟…‧﹏."
)
_NUMBER = pattern_of(r"\d+")
_MAX_CHARS_PER_RUN_ZH = 500
_RUN_ZH = pattern_of(  # jieba's own class of characters that may share a word
    rf"[\u4E00-\u9FD5a-zA-Z0-9+#&._%\-]{{1,{_MAX_CHARS_PER_RUN_ZH}}}|[^\u4E00-\u9FD5a-zA-Z0-9+#&._%\-]+"
)


def _plain(text: str) -> list[str]:
    """Lower-case words without punctuation and articles, as SQuAD compares them."""
    unpunctuated = "".join(character for character in text.lower() if character not in _ASCII_PUNCTUATION)
    return _ARTICLES.sub(" ", unpunctuated).split()


def qa_f1_score(prediction: str, ground_truth: str, **_: Any) -> float:
    """F1 of words, as SQuAD counts it."""
    return _f1(_plain(prediction), _plain(ground_truth))


def qa_f1_zh_score(prediction: str, ground_truth: str, **_: Any) -> float:
    """F1 of Chinese words, as jieba cuts them.

    :raises MissingExtraError: without ``ragzip[eval]``.
    """
    return _f1(_plain_zh(prediction), _plain_zh(ground_truth))


def _plain_zh(text: str) -> list[str]:
    unpunctuated = (
        "".join(character for character in word.lower() if character not in _PUNCTUATION) for word in _words_zh(text)
    )
    return [word for spaced_word in unpunctuated if (word := "".join(spaced_word.split()))]


def _f1(predicted: Sequence[str], expected: Sequence[str]) -> float:
    common_count = (Counter(predicted) & Counter(expected)).total()
    if not common_count:
        return 0.0
    precision, recall = common_count / len(predicted), common_count / len(expected)
    return 2 * precision * recall / (precision + recall)


def rouge_score(prediction: str, ground_truth: str, **_: Any) -> float:
    """ROUGE-L F1, see :func:`~ragzip.eval.measures.rouge.rouge_l`."""
    return rouge_l(prediction, ground_truth)


def rouge_zh_score(prediction: str, ground_truth: str, **_: Any) -> float:
    """ROUGE-L F1 of Chinese words, as jieba cuts them.

    :raises MissingExtraError: without ``ragzip[eval]``.
    """
    return rouge_l(" ".join(_words_zh(prediction)), " ".join(_words_zh(ground_truth)))


def classification_score(prediction: str, ground_truth: str, *, all_classes: Sequence[str], **_: Any) -> float:
    """1 ÷ the number of classes that the prediction names, if the right one is among them; else 0.

    A class whose name is part of the right one's does not count, but the class after it always does: the official
    function removes items from the list that it iterates over.
    """
    named_classes = [name for name in all_classes if name in prediction]
    index = 0
    while index < len(named_classes):
        if named_classes[index] in ground_truth and named_classes[index] != ground_truth:
            named_classes.remove(named_classes[index])
        index += 1
    return 1.0 / len(named_classes) if ground_truth in named_classes else 0.0


def count_score(prediction: str, ground_truth: str, **_: Any) -> float:
    """Share of the numbers in the prediction that equal the right one."""
    return _share(prediction, str(ground_truth))


def retrieval_score(prediction: str, ground_truth: str, **_: Any) -> float:
    """Share of the numbers in the prediction that are the right paragraph's."""
    return _share(prediction, _paragraph(r"Paragraph (\d+)", ground_truth))


def retrieval_zh_score(prediction: str, ground_truth: str, **_: Any) -> float:
    """Share of the numbers in the prediction that are the right paragraph's (段落)."""
    return _share(prediction, _paragraph(r"段落(\d+)", ground_truth))


def _paragraph(pattern: str, ground_truth: str) -> str:
    """The number of the right paragraph.

    :raises InputError: a reference that names none.
    """
    number = re.search(pattern, ground_truth)
    if number is None:
        raise InputError(f"ground_truth: received {shown(ground_truth)}, expected the number of a paragraph in it.")
    return number.group(1)


def _share(prediction: str, number: str) -> float:
    numbers = _NUMBER.findall(prediction)
    return numbers.count(number) / len(numbers) if numbers else 0.0


def code_sim_score(prediction: str, ground_truth: str, **_: Any) -> float:
    """Similarity of the first line that is neither fence nor comment, rounded to hundredths.

    The ratio is difflib's, which fuzzywuzzy uses where python-Levenshtein is not installed; LongBench does not require
    that package.
    """
    lines = prediction.lstrip("\n").split("\n")
    line = next((line for line in lines if "`" not in line and "#" not in line and "//" not in line), "")
    if line == ground_truth:
        return 1.0
    if not line or not ground_truth:
        return 0.0
    max_ratio = 2 * min(len(line), len(ground_truth)) / (len(line) + len(ground_truth))
    if round(100 * max_ratio) == 0:  # 400 times as long: a comparison would take time with the product of both lengths
        return 0.0
    return round(100 * difflib.SequenceMatcher(None, line, ground_truth).ratio()) / 100


def exact_match(prediction: str, ground_truth: str, **_: Any) -> float:
    """1 if both are equal except for case, punctuation, articles and white space (SQuAD), else 0."""
    return float(_plain(prediction) == _plain(ground_truth))


def substring_match(prediction: str, ground_truth: str, **_: Any) -> float:
    """1 if the reference is in the prediction, compared as in :func:`exact_match`, else 0."""
    return float(" ".join(_plain(ground_truth)) in " ".join(_plain(prediction)))


def _rouge(field: int) -> Metric:
    def metric(prediction: str, ground_truth: str, **_: Any) -> float:
        return rouge(prediction, ground_truth)[field]

    return metric


def _bleu(prediction: str, ground_truth: str, **_: Any) -> float:
    return bleu([prediction], [[ground_truth]]) / 100


METRICS: dict[str, Metric] = {
    "qa_f1": qa_f1_score,
    "qa_f1_zh": qa_f1_zh_score,
    "rouge_l": rouge_score,
    "rouge_l_zh": rouge_zh_score,
    "classification": classification_score,
    "retrieval": retrieval_score,
    "retrieval_zh": retrieval_zh_score,
    "count": count_score,
    "code_sim": code_sim_score,
    "exact_match": exact_match,
    "substring": substring_match,
    "rouge1": _rouge(0),
    "rouge2": _rouge(1),
    "rougeL": _rouge(2),
    "bleu": _bleu,
}


def metric_named(name: str) -> Metric:
    """The metric called ``name``.

    :raises UnknownNameError: not in :data:`METRICS`.
    """
    if not isinstance(name, str) or name not in METRICS:
        raise UnknownNameError(f"metric: received {shown(name)}, expected one of {', '.join(METRICS)}.")
    return METRICS[name]


def best(name: str, prediction: str, answers: Sequence[str], classes: Sequence[str] | None = None) -> float:
    """The best score of ``prediction`` against any of ``answers``; 0 without answers.

    :raises UnknownNameError: no such metric.
    :raises InputError: no texts.
    """
    metric = metric_named(name)
    if not isinstance(prediction, str):
        raise InputError(f"prediction: received {type(prediction).__name__}, expected a text.")
    answers = item_list(answers, "answers", str, expected="a list of texts", error=InputError)
    if classes is not None:
        classes = item_list(classes, "classes", str, expected="a list of texts", error=InputError)
    return max((metric(prediction, answer, all_classes=classes or []) for answer in answers), default=0.0)


def _words_zh(text: str) -> Iterator[str]:
    """The words of ``text`` as jieba cuts them.

    Its time grows with the square of a run without punctuation, so that longer runs are cut in parts.
    """
    segmenter = _jieba()
    for run in _RUN_ZH.findall(text):
        yield from segmenter.cut(run)


@lru_cache(1)
def _jieba() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escape sequences in its regular expressions
        with needs_extra("eval"):
            import jieba
        jieba.setLogLevel(logging.WARNING)
        jieba.initialize()
    return jieba
