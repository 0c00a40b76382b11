"""Summaries with their sources, and copies of their sentences with one error each."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ragzip.compressors.checking.evidence import Sources
from ragzip.compressors.checking.facts import facts
from ragzip.compressors.checking.inventions import How, alter
from ragzip.errors import InputError
from ragzip.files.rows import rows
from ragzip.text.spans import Span
from ragzip.text.splitters import sentences

__all__ = [
    "COPIED",
    "FILES",
    "KINDS",
    "SentenceVariant",
    "Summary",
    "cases",
    "held_back",
    "read_copies",
    "read_summaries",
    "sources_of",
    "summaries_of",
]

FILES = {  # files that are missing are skipped; the licences of all allow training
    "scitldr": "compression/scitldr.jsonl.gz",
    "qmsum": "meetings/qmsum.jsonl.gz",
    "squality": "summaries/squality.jsonl.gz",
}
COPIED = {  # files of texts, and the number of sentences copied from each
    "qa/hotpotqa.jsonl.gz": 1600,
    "qa/squad-v1.1.jsonl.gz": 1000,
    "meetings/qmsum.jsonl.gz": 700,
    "summaries/squality.jsonl.gz": 600,
    "compression/scitldr.jsonl.gz": 600,
}
_SHORTENED = "compression/google.jsonl.gz"
_SHORTENED_COUNT = 1800  # of it
_COPIED_WORD_COUNTS = range(6, 46)  # in a sentence that is copied
_CONTEXT_SENTENCES = 2  # sentences before and after it
HELD_GROUPS = 8  # one group in so many is held back
KINDS = ("untouched", "number", "name", "name of the source", "denial put in", "denial taken out")
_MAX_SENTENCES = 4  # sentences taken of a summary
_MAX_NAME_TEXTS = 60  # texts of a source that names are taken from
_OTHER_SOURCES = 3  # sources that a strange name comes from


class Summary(NamedTuple):
    """A human-written summary, sentence by sentence, with its source texts and the question that it answers.

    ``group``: the abstract, meeting or story that it summarises.
    """

    name: str
    sources: tuple[str, ...]
    sentences: tuple[str, ...]
    question: str = ""
    group: str = ""


class SentenceVariant(NamedTuple):
    """A sentence of a summary, by its number there, untouched or with one error, at the span ``wrong``."""

    summary: int
    sentence: int
    kind: str
    text: str
    wrong: Span | None = None


def read_summaries(folder: Path, references: int = 1) -> list[Summary]:
    """The summaries of the files in ``folder`` (see :data:`FILES`).

    :param references: the most summaries of one abstract or question, where several people wrote one.
    :raises InputError: none of the files is there, or one cannot be read.
    """
    summaries = [
        summary
        for name, file in FILES.items()
        if (folder / file).is_file()
        for summary in summaries_of(name, folder / file, references)
    ]
    if not summaries:
        raise InputError(f"data: {folder} has none of {', '.join(FILES.values())}.")
    return summaries


def summaries_of(name: str, file: Path, references: int = 1) -> list[Summary]:
    """The summaries of one of :data:`FILES`; see :func:`read_summaries`."""
    return [
        Summary(name, tuple(sources), tuple(text[start:end] for start, end in sentences(text)), question, where)
        for where, row in rows(file)
        for sources, question, texts in _of(name, row)
        for text in texts[:references]
    ]


def held_back(summaries: Sequence[Summary]) -> tuple[list[Summary], list[Summary]]:
    """The summaries to train on, and those that the weights of the evidence are fitted on: an eighth of the abstracts,
    meetings and stories of each file.
    """
    held_groups: set[str] = set()
    for name in FILES:
        groups = dict.fromkeys(summary.group for summary in summaries if summary.name == name)
        held_groups |= set(list(groups)[::HELD_GROUPS])
    return (
        [summary for summary in summaries if summary.group not in held_groups],
        [summary for summary in summaries if summary.group in held_groups],
    )


def _of(name: str, row: dict[str, Any]) -> Iterator[tuple[list[str], str, list[str]]]:
    """The (source texts, question, summaries) of a record."""
    if name == "scitldr":
        yield [row["title"], " ".join(row["sentences"])], "", row["summaries"]
    elif name == "qmsum":
        turns = [f"{turn['speaker']}: {turn['text']}" for turn in row["transcript"]]
        for query in row["queries"]:
            turn_numbers = [
                turn_number for first, last in query["spans"] for turn_number in range(first, min(last + 1, len(turns)))
            ]
            if turn_numbers:
                yield [turns[turn_number] for turn_number in turn_numbers], query["query"], [query["answer"]]
    else:
        for question in row["questions"]:
            yield [row["document"]], question["question"], question["summaries"]


def read_copies(folder: Path, seed: int, share: float = 1.0) -> list[Summary]:
    """Sentences copied from a text ("copied") or shortened by people ("shortened"), with the sentences around them.

    Half of the copied ones are altered first, in the text as well, so that a sentence alone does not tell whether it is
    right.

    :param share: of the counts in :data:`COPIED`.
    """
    rng = random.Random(seed)
    copies: list[Summary] = []
    for file, left_to_copy in COPIED.items():
        texts = list(dict.fromkeys(text for _, row in rows(folder / file) for text in _texts(row)))
        known_names: list[str] = []
        for text in rng.sample(texts, len(texts)):
            text_sentences = [text[start:end] for start, end in sentences(text)]
            suitable = [
                number for number, sentence in enumerate(text_sentences) if len(sentence.split()) in _COPIED_WORD_COUNTS
            ]
            if not suitable:
                continue
            number = rng.choice(suitable)
            altered = (
                alter(text_sentences[number], rng.choice(_COPY_ERRORS), rng, known_names)
                if rng.random() < 0.5
                else None
            )
            if altered is not None:
                text_sentences[number] = altered.text
            neighbourhood = text_sentences[max(0, number - _CONTEXT_SENTENCES) : number + _CONTEXT_SENTENCES + 1]
            copies.append(Summary("copied", tuple(neighbourhood), (text_sentences[number],)))
            known_names = _names(copies[-1]) or known_names
            left_to_copy -= 1
            if left_to_copy < (1 - share) * COPIED[file]:
                break
    pairs = [(row["source"], row["compressed"]) for _, row in rows(folder / _SHORTENED)]
    for source, short in rng.sample(pairs, min(len(pairs), int(share * _SHORTENED_COUNT))):
        copies.append(Summary("shortened", (source,), (short,)))
    return copies


_COPY_ERRORS: tuple[How, ...] = ("negation", "negation", "number", "name")


def _texts(row: dict[str, Any]) -> Iterator[str]:
    """The paragraphs of a record: documents, turns of a meeting, parts of a story, or an abstract."""
    if "documents" in row:
        yield from (document["text"] for document in row["documents"])
    elif "transcript" in row:
        yield from (f"{turn['speaker']}: {turn['text']}" for turn in row["transcript"])
    elif "document" in row:
        yield from (paragraph for paragraph in row["document"].split("\n\n") if paragraph.strip())
    else:
        yield " ".join(row["sentences"])


def cases(summaries: Sequence[Summary], seed: int, most: int | None = _MAX_SENTENCES) -> list[SentenceVariant]:
    """Every sentence, untouched and with each kind of error that it can have.

    Errors of the kind "name" take a name from the sources of another summary, those of "name of the source" from its
    own.

    :param most: sentences sampled from a summary of more than twice as many; None: all.
    """
    rng = random.Random(seed)
    names = [_names(summary) for summary in summaries]
    variants: list[SentenceVariant] = []
    for summary_number, summary in enumerate(summaries):
        sources, question_words = sources_of(summary.sources), _words(summary.question)
        other_names = [
            names[other_number]
            for other_number in rng.sample(range(len(summaries)), min(_OTHER_SOURCES, len(summaries)))
            if other_number != summary_number
        ]
        strange_names = [
            name
            for name_list in other_names
            for name in name_list
            if not sources.mentions(name) and not _words(name) & question_words
        ]
        chosen = list(summary.sentences)
        if most is not None and len(chosen) > 2 * most:
            chosen = rng.sample(chosen, most)
        ways: tuple[tuple[str, How, Sequence[str]], ...] = (
            ("number", "number", ()),
            ("name", "name", strange_names),
            ("name of the source", "name", names[summary_number]),
            ("denial", "negation", ()),
        )
        for sentence_number, sentence in enumerate(chosen):
            variants.append(SentenceVariant(summary_number, sentence_number, "untouched", sentence))
            for kind, how, pool in ways:
                altered = alter(sentence, how, rng, pool)
                if altered is not None and altered.text != sentence:
                    variant_kind = (
                        kind if how != "negation" else "denial put in" if "not" in altered.now else "denial taken out"
                    )
                    variants.append(
                        SentenceVariant(
                            summary_number,
                            sentence_number,
                            variant_kind,
                            altered.text,
                            Span(altered.at, altered.at + len(altered.now)),
                        )
                    )
    return variants


@lru_cache(maxsize=4)
def sources_of(texts: tuple[str, ...]) -> Sources:
    """The indexed ``texts``; cached, since summaries of the same story follow each other."""
    return Sources(texts)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _names(summary: Summary) -> list[str]:
    names = {
        text[fact.start : fact.end]
        for text in (source[:2000] for source in summary.sources[:_MAX_NAME_TEXTS])
        for fact in facts(text)
        if fact.kind == "name" and not fact.common
    }
    return sorted(names)
