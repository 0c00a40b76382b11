"""Metrics of a prediction against a reference, each 0 to 1.

Those with LongBench's names (Bai et al. 2023, arXiv 2308.14508) give what its own functions give, peculiarities
included; they are called alike: ``metric(prediction, ground_truth, all_classes=…)``. Chinese ones need ``jieba``.
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
from ragzip.errors import InputError, MissingExtraError, UnknownNameError
from ragzip.eval.measures.rouge import bleu, rouge, rouge_l

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
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_ASCII = frozenset(string.punctuation)
_ALL = _ASCII | set(
    "！？｡。＂＃＄％＆＇（）＊＋，－／：；＜＝＞＠［＼］＾＿｀｛｜｝～｟｠｢｣､、〃》「」『』【】〔〕〖〗〘〙〚〛〜〝〞〟〰〾〿–—‘’‛“”„‟…‧﹏."
)
_NUMBER = re.compile(r"\d+")
_MAX_RUN_ZH = 500  # characters
_RUN_ZH = re.compile(  # jieba's own class of what may be one word with its neighbours
    rf"[\u4E00-\u9FD5a-zA-Z0-9+#&._%\-]{{1,{_MAX_RUN_ZH}}}|[^\u4E00-\u9FD5a-zA-Z0-9+#&._%\-]+"
)


def _plain(text: str) -> list[str]:
    """Lower-case words without punctuation and articles, as SQuAD compares them."""
    bare = "".join(character for character in text.lower() if character not in _ASCII)
    return _ARTICLES.sub(" ", bare).split()


def qa_f1_score(prediction: str, ground_truth: str, **_: Any) -> float:
    """F1 of words, as SQuAD counts it."""
    return _f1(_plain(prediction), _plain(ground_truth))


def qa_f1_zh_score(prediction: str, ground_truth: str, **_: Any) -> float:
    """F1 of Chinese words, as jieba cuts them.

    :raises MissingExtraError: without ``ragzip[eval]``.
    """
    return _f1(_plain_zh(prediction), _plain_zh(ground_truth))


def _plain_zh(text: str) -> list[str]:
    bare = ("".join(c for c in word.lower() if c not in _ALL) for word in _words_zh(text))
    return [kept for word in bare if (kept := "".join(word.split()))]


def _f1(predicted: Sequence[str], expected: Sequence[str]) -> float:
    same = (Counter(predicted) & Counter(expected)).total()
    if not same:
        return 0.0
    precision, recall = same / len(predicted), same / len(expected)
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

    A class that is a part of the right one's name does not count, but the one after such a class does, whatever it is:
    the official function takes from the list it walks through.
    """
    named = [name for name in all_classes if name in prediction]
    at = 0
    while at < len(named):
        if named[at] in ground_truth and named[at] != ground_truth:
            named.remove(named[at])
        at += 1
    return 1.0 / len(named) if ground_truth in named else 0.0


def count_score(prediction: str, ground_truth: str, **_: Any) -> float:
    """Share of the numbers in the prediction that are the right one."""
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
    """Similarity of the first line that is neither fence nor comment, in hundredths.

    The ratio is difflib's, as fuzzywuzzy takes it where python-Levenshtein is not installed; LongBench does not ask
    for that package.
    """
    lines = prediction.lstrip("\n").split("\n")
    line = next((line for line in lines if "`" not in line and "#" not in line and "//" not in line), "")
    if line == ground_truth:
        return 1.0
    if not line or not ground_truth:
        return 0.0
    possible = 2 * min(len(line), len(ground_truth)) / (len(line) + len(ground_truth))
    if round(100 * possible) == 0:  # a line of 400 times the length: not compared, which takes the product of both
        return 0.0
    return round(100 * difflib.SequenceMatcher(None, line, ground_truth).ratio()) / 100


def exact_match(prediction: str, ground_truth: str, **_: Any) -> float:
    """1 if the same but for case, punctuation, articles and white space (SQuAD), else 0."""
    return float(_plain(prediction) == _plain(ground_truth))


def substring_match(prediction: str, ground_truth: str, **_: Any) -> float:
    """1 if the reference stands in the prediction, compared as in :func:`exact_match`, else 0."""
    return float(" ".join(_plain(ground_truth)) in " ".join(_plain(prediction)))


def _rouge(kind: int) -> Metric:
    def metric(prediction: str, ground_truth: str, **_: Any) -> float:
        return rouge(prediction, ground_truth)[kind]

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
    """The best score of ``prediction`` against any of ``answers``; 0 where there is none.

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
    """The words of ``text``, as jieba cuts them, which takes the square of a run without punctuation: of a longer one,
    which is no text, parts are cut by themselves.
    """
    cut = _jieba().cut
    for run in _RUN_ZH.findall(text):
        yield from cut(run)


@lru_cache(1)
def _jieba() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its regular expressions are written in an older way
        try:
            import jieba
        except ModuleNotFoundError as error:
            raise MissingExtraError("jieba", "eval") from error
        jieba.setLogLevel(logging.WARNING)
        jieba.initialize()
    return jieba
