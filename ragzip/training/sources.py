"""The sources of training data: files, readers, licences, and shares of the mixtures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path

import numpy as np

from ragzip.backends.protocols import TextEmbedder
from ragzip.training import data
from ragzip.training.checker.claims import read_claims
from ragzip.training.checker.data import held_back, read_copies, summaries_of
from ragzip.training.checker.pairs import questions
from ragzip.training.data import Question
from ragzip.training.packed.draws import Draw
from ragzip.training.pruner import variants

__all__ = ["MIXTURES", "TABLE", "ReadOptions", "Source", "altered", "licences_of"]

MIXTURES = ("pruner-english", "pruner-multilingual", "checker")
_REFERENCES = 4  # summaries of the same, to train on
_VARIANTS_PER_QUESTION = 2  # error variants of a sentence, and altered queries of a question


@dataclass(frozen=True)
class ReadOptions:
    """The options of readers."""

    seed: int = 0
    embedder: TextEmbedder | None = None  # to choose the evidence of summaries by meaning, too


Reader = Callable[[Sequence[Path], ReadOptions], list[Question]]


@dataclass(frozen=True)
class Source:
    """One set of questions.

    :param files: below the data folder.
    :param labels: the meaning of its labels.
    :param shares: of the tokens, by mixture, relative to the other sources; empty: in no mixture.
    :param word_weight: of its word labels; None: a little for those of relevant passages.
    :param answerable: whether its questions say that their passages answer them, or do not.
    :param uncased: its text is in small letters: for a tokenizer that has no capitals.
    """

    name: str
    files: tuple[str, ...]
    reader: Reader
    licence: str
    language: str
    labels: str
    shares: dict[str, float] = field(default_factory=dict)
    draw: Draw = field(default_factory=Draw)
    word_weight: float | None = None
    altered: bool = False
    answerable: bool = True
    uncased: bool = False


def licences_of(mixture: str) -> dict[str, str]:
    """The licence of each source of ``mixture``, by name."""
    return {source.name: source.licence for source in TABLE if mixture in source.shares}


def altered(question: Question, seed: int = 0) -> list[str]:
    """Queries similar to that of ``question`` that its passages do not answer."""
    relevant_passages = tuple(passage for passage in question.passages if passage.relevant)
    supporting = Question(question.query, relevant_passages, "", question.answers)
    rng = np.random.default_rng([seed, *question.query.encode()[:64]])
    changed = [
        variants.unanswerable(supporting, rng) for _ in range(_VARIANTS_PER_QUESTION if supporting.passages else 0)
    ]
    return list(dict.fromkeys(variant.query for variant in changed if variant is not None))


def _each(read: Callable[[Path], list[Question]]) -> Reader:
    return lambda files, context: [question for file in files for question in read(file)]


def _cut_as_given(file: Path) -> list[Question]:
    return data.read_qa(file, given_sentences=True)


def _paragraph_words(file: Path) -> list[Question]:
    return data.paragraph_words(data.read_qa(file))


def _meetings(files: Sequence[Path], context: ReadOptions) -> list[Question]:
    return [question for file in files for question in data.read_meetings(file, context.seed)]


def _copies(files: Sequence[Path], context: ReadOptions) -> list[Question]:
    return questions(read_copies(files[0].parent.parent, context.seed), None, context.seed)


def _summaries(name: str) -> Reader:
    def reader(files: Sequence[Path], context: ReadOptions) -> list[Question]:
        training_summaries, _ = held_back(
            [summary for file in files for summary in summaries_of(name, file, _REFERENCES)]
        )
        return [
            question
            for number in range(_VARIANTS_PER_QUESTION)
            for question in questions(training_summaries, context.embedder, context.seed + number)
        ]

    return reader


_qa, _tables, _turns = _each(data.read_qa), _each(data.read_records), _each(_cut_as_given)
_ANSWER = "sentences that hold an answer"
_SENTENCE = "supporting sentences"
_UNANSWERABLE = f"{_ANSWER}; a question without answers needs no sentence"
_PASSAGE = "the document as a whole"
_HOPS = Draw(most_others=9, second_hop=0.4, incomplete=0.1, hard_negatives=1)
# a single passage gets similar ones beside it, so that relevance has a contrast
_ALONE = Draw(hard_negatives=2, untitled=0.15)
_ALTERED = Draw(hard_negatives=1, untitled=0.15, altered=0.3, emptied=0.15)
_LANGUAGE_SHARE = 60.0  # of 100, of all languages but English, in the multilingual mixture
_LANGUAGE_ROOTS = 985.0  # sum of the square roots of the languages' questions


def _english(share: float) -> dict[str, float]:
    return {"pruner-english": share, "pruner-multilingual": share * (100 - _LANGUAGE_SHARE) / 100}


def _english_alone(share: float) -> dict[str, float]:
    """The share of a large source with similar others, in the English mixture only: with such sources the packed
    multilingual data would be half as large again.
    """
    return {"pruner-english": share}


def _language(count: int, of_language: int | None = None) -> dict[str, float]:
    """The share of ``count`` questions of a language that has ``of_language``.

    Languages count by the square root of their questions: Japanese, with half of all, would crowd out those with some
    hundreds; at equal shares these would be seen hundreds of times.
    """
    total = count if of_language is None else of_language
    return {"pruner-multilingual": _LANGUAGE_SHARE * sqrt(total) / _LANGUAGE_ROOTS * count / total}


def _qa_source(
    name: str,
    licence: str,
    labels: str,
    shares: dict[str, float],
    draw: Draw = _ALONE,
    reader: Reader = _qa,
    language: str = "en",
    *,
    file: str | None = None,
    altered: bool = False,
    uncased: bool = False,
) -> Source:
    path = file or f"qa/{name}.jsonl.gz"
    return Source(name, (path,), reader, licence, language, labels, shares, draw, altered=altered, uncased=uncased)


def _word_source(
    name: str, file: str, reader: Reader, licence: str, labels: str, share: float, weight: float
) -> Source:
    """Word labels without a query."""
    return Source(name, (file,), reader, licence, "en", labels, _english(share), word_weight=weight, answerable=False)


def _claim_source(name: str, licence: str, share: float, language: str = "en", labels: str = "") -> Source:
    return Source(
        name,
        (f"facts/{name}.jsonl.gz",),
        _each(read_claims),
        licence,
        language,
        labels or "claims that the evidence does not support",
        {"checker": share},
        Draw(forms=3),
        word_weight=1.0,
        answerable=False,
    )


def _sentence_source(name: str, files: tuple[str, ...], reader: Reader, licence: str, share: float) -> Source:
    labels = "human-written sentences, and the same with one error"
    return Source(
        name, files, reader, licence, "en", labels, {"checker": share}, Draw(forms=3), word_weight=1.0, answerable=False
    )


_SQUAD, _NQ, _ALL_RIGHTS = "CC BY-SA 4.0", "CC BY-SA 3.0", "none stated"
# Shares: questions that nothing answers are about a quarter of all, counted as questions and with those made here
# (altered, emptied, incomplete): as many as a retriever brings back in vain.
TABLE: tuple[Source, ...] = (
    _qa_source("hotpotqa", "CC BY-SA 4.0", _SENTENCE, _english(7), _HOPS),
    _qa_source("hotpotqa-fullwiki", "CC BY-SA 4.0", f"{_SENTENCE}; some are missing", _english(3), _HOPS),
    _qa_source("2wikimultihopqa", "Apache-2.0", _SENTENCE, _english(6), _HOPS),
    _qa_source("musique", "CC BY 4.0", "sentences that hold the answer of a step", _english(3), _HOPS),
    _qa_source("steps", "CC BY 4.0", "sentences that answer one step", _english(2), Draw(most_others=6, untitled=0.15),
         _each(data.decomposed), file="qa/musique.jsonl.gz"),
    _qa_source("musique-gold", "CC BY 4.0", "sentences that hold the answer or a bridge to it", _english(9), _HOPS),
    _qa_source("musique-unanswerable", "CC BY 4.0", "a step is missing: no sentence", _english(2),
         Draw(hard_negatives=1)),
    _qa_source("nq", _NQ, _ANSWER, _english(7), Draw(most_others=4, untitled=0.15, incomplete=0.1),
         file="qa/nq-open-rag10.jsonl.gz"),
    _qa_source("nq-alone", _NQ, _ANSWER, _english(1), file="qa/nq-open.jsonl.gz"),
    _qa_source("nq-answerable", _NQ, _UNANSWERABLE, _english(5)),
    _qa_source("squad", _SQUAD, _ANSWER, _english(10), Draw(most_others=3, untitled=0.15, incomplete=0.1),
         file="qa/squad-v1.1-rag10.jsonl.gz"),
    _qa_source("squad-alone", _SQUAD, _ANSWER, _english(3), _ALTERED, file="qa/squad-v1.1.jsonl.gz", altered=True),
    _qa_source("squad-routerlens", _SQUAD, _ANSWER, _english_alone(1), _ALTERED, altered=True),
    _qa_source("squad2-backtranslated", "Apache-2.0; text CC BY-SA 4.0", _UNANSWERABLE, _english_alone(11)),
    _qa_source("squad2-train", _SQUAD, _UNANSWERABLE, _english(4)),
    _qa_source("squad2-pairs", _SQUAD, "a question with an answer and a like one without", _english(3), _ALONE,
         _each(data.read_pairs)),
    _qa_source("squad2-pairs-lower", _SQUAD, "the same in small letters", _english(0.5), _ALONE, _each(data.read_pairs),
         uncased=True),
    _qa_source("policyqa", "MIT", _ANSWER, _english(2)),
    _qa_source("selqa", "Apache-2.0", _SENTENCE, _english(1)),
    _qa_source("qed", _NQ, _SENTENCE, _english(1)),
    _qa_source("qed-train", _NQ, _SENTENCE, _english_alone(3), _ALTERED, altered=True),
    _qa_source("tydiqa-en", "Apache-2.0", _ANSWER, _english(3)),
    _qa_source("covid-qa", "Apache-2.0", _ANSWER, _english(2)),
    _qa_source("repliqa", "CC BY 4.0", f"{_PASSAGE}, or sentences with the answer; none without", _english_alone(2)),
    _qa_source("condaqa", "Apache-2.0", f"the sentence with the negation, or {_PASSAGE}", _english(1)),
    _qa_source("entailmentbank", "Apache-2.0", "facts of the proof", _english(2), Draw()),
    _qa_source("fetaqa", "CC BY-SA 4.0", "rows of a table", _english(4), Draw(hard_negatives=2), _tables),
    _qa_source("tatqa", "CC BY 4.0", "rows of a table and spans of text", _english(4), Draw(hard_negatives=1), _tables),
    _qa_source("molweni", "Apache-2.0", "turns of a chat; none without an answer", _english(1), Draw(), _turns),
    _qa_source("pubmedqa", "MIT", _PASSAGE, _english(1), Draw(hard_negatives=2)),
    _qa_source("bioasq", "CC BY 2.5", f"sentences of the snippets, or {_PASSAGE}", _english_alone(2),
         Draw(hard_negatives=1)),
    Source("qmsum", ("meetings/qmsum.jsonl.gz",), _meetings, "MIT", "en", "turns that an answer was drawn from",
           _english(1.5)),
    # No licence is stated for these three: read by no mixture whose weights are passed on.
    _qa_source("squad-reqa", _ALL_RIGHTS, _SENTENCE, {}),
    _qa_source("squadshifts-reddit", _ALL_RIGHTS, _ANSWER, {}),
    _qa_source("subjqa", _ALL_RIGHTS, _UNANSWERABLE, {}),
    _word_source("deletions", "compression/google.jsonl.gz", _each(data.read_deletions), "provided as it is by Google",
           "words that an editor kept", 3, 1.0),
    _word_source("paragraph-words", "qa/squad-v1.1.jsonl.gz", _each(_paragraph_words), _SQUAD,
           "words that questions ask about or are answered with", 1, 1.0),
    _word_source("extracts", "compression/scitldr.jsonl.gz", _each(data.read_extracts), "Apache-2.0",
           "sentences and words that a summary has", 0.5, 0.3),
    _qa_source("jaquad", "CC BY-SA 3.0", _ANSWER, _language(31744, 36125), language="ja"),
    _qa_source("jsquad", "CC BY-SA 4.0", _ANSWER, _language(4381, 36125), language="ja"),
    _qa_source("cmrc2018", "CC BY-SA 4.0", _ANSWER, _language(3375), language="zh"),
    _qa_source("drcd", "CC BY-SA 3.0", _ANSWER, _language(3524), language="zh-Hant"),
    _qa_source("iapp-thai", "MIT", _ANSWER, _language(5630), language="th"),
    _qa_source("tquad", "MIT", _ANSWER, _language(5833), language="tr"),
    _qa_source("norquad", "CC0", _ANSWER, _language(3574), language="no"),
    _qa_source("piaf", "MIT", _ANSWER, _language(3156), language="fr"),
    _qa_source("squad2-fi", "Apache-2.0; text CC BY-SA 4.0", _UNANSWERABLE, _language(10820, 11321), language="fi"),
    _qa_source("tydiqa-fi", "Apache-2.0", _ANSWER, _language(501, 11321), language="fi"),
    _qa_source("heq", "CC BY 4.0", _UNANSWERABLE, _language(1499), language="he"),
    _qa_source("arcd", "MIT", _ANSWER, _language(673, 1285), language="ar"),
    _qa_source("tydiqa-ar", "Apache-2.0", _ANSWER, _language(612, 1285), language="ar"),
    _qa_source("faquad", "CC BY 4.0", _ANSWER, _language(806), language="pt"),
    _qa_source("tydiqa-bn", "Apache-2.0", _ANSWER, _language(84), language="bn"),
    _qa_source("tydiqa-id", "Apache-2.0", _ANSWER, _language(372), language="id"),
    _qa_source("tydiqa-ko", "Apache-2.0", _ANSWER, _language(1612), language="ko"),
    _qa_source("tydiqa-ru", "Apache-2.0", _ANSWER, _language(527), language="ru"),
    _qa_source("tydiqa-sw", "Apache-2.0", _ANSWER, _language(2558), language="sw"),
    _qa_source("tydiqa-te", "Apache-2.0", _ANSWER, _language(436), language="te"),
    _qa_source("afriqa", "CC BY 4.0", "sentences that hold an answer; query in an African language or translated",
         _language(1511), reader=_each(data.read_translated), language="african"),
    _sentence_source("scitldr", ("compression/scitldr.jsonl.gz",), _summaries("scitldr"), "Apache-2.0", 11),
    _sentence_source("qmsum-summaries", ("meetings/qmsum.jsonl.gz",), _summaries("qmsum"), "MIT", 14),
    _sentence_source("squality", ("summaries/squality.jsonl.gz",), _summaries("squality"), "CC BY 4.0", 15),
    _sentence_source("copies",
             ("qa/hotpotqa.jsonl.gz", "qa/squad-v1.1.jsonl.gz", "meetings/qmsum.jsonl.gz",
              "summaries/squality.jsonl.gz", "compression/scitldr.jsonl.gz", "compression/google.jsonl.gz"),
             _copies, "as in the rows of these files", 18),
    _claim_source("begin", "CC BY 4.0", 6),
    _claim_source("breaking-nli", "CC BY-SA 4.0", 3),
    _claim_source("cannot", "CC BY-SA 4.0", 6),
    _claim_source("fever-symmetric", "CC BY-SA 3.0", 2),
    _claim_source("fm2", "Apache-2.0; text CC BY-SA", 6),
    _claim_source("jnli", "CC BY-SA 4.0", 1, "ja"),
    _claim_source("klue-nli", "CC BY-SA 4.0", 1, "ko"),
    _claim_source("scifact-pairs", "CC BY 4.0; abstracts ODC-By", 2),
    _claim_source("wice", "ODC-BY; text CC BY-SA, Common Crawl terms", 3),
    _claim_source("wice-tokens", "ODC-BY; text CC BY-SA, Common Crawl terms", 3, "en", "words that are not supported"),
)  # fmt: skip
