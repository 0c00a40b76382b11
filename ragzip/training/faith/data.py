"""Summaries with what they sum up, and the same sentences with one thing made wrong."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ragzip.checking.evidence import Sources
from ragzip.checking.facts import facts
from ragzip.checking.inventions import How, alter
from ragzip.errors import InputError
from ragzip.files.rows import rows
from ragzip.text.spans import Span
from ragzip.text.splitters import sentences

__all__ = [
    "COPIED",
    "FILES",
    "KINDS",
    "Case",
    "Summary",
    "cases",
    "held_back",
    "read_copies",
    "read_summaries",
    "sources_of",
    "summaries_of",
]

FILES = {  # read where they are; all may be trained on
    "scitldr": "compression/scitldr.jsonl.gz",
    "qmsum": "meetings/qmsum.jsonl.gz",
    "squality": "summaries/squality.jsonl.gz",
}
COPIED = {  # texts that sentences are copied from, and how many
    "qa/hotpotqa.jsonl.gz": 1600,
    "qa/squad-v1.1.jsonl.gz": 1000,
    "meetings/qmsum.jsonl.gz": 700,
    "summaries/squality.jsonl.gz": 600,
    "compression/scitldr.jsonl.gz": 600,
}
_SHORTENED = "compression/google.jsonl.gz"
_PAIRS = 1800  # of it
_WORDS = range(6, 46)  # in a sentence that is copied
_BESIDE = 2  # sentences before and behind it
HELD_GROUPS = 8  # one of so many is held back
KINDS = ("untouched", "number", "name", "name of the source", "denial put in", "denial taken out")
_LONGEST = 4  # sentences taken of a summary
_NAMED = 60  # texts of a source that names are taken from
_OTHERS = 3  # sources that a strange name comes from


class Summary(NamedTuple):
    """A summary that people wrote, sentence by sentence, the texts that it sums up, and the question that it answers.

    ``group``: the abstract, meeting or story that it is of.
    """

    name: str
    sources: tuple[str, ...]
    sentences: tuple[str, ...]
    question: str = ""
    group: str = ""


class Case(NamedTuple):
    """A sentence of a summary, by its number there, as it was or with one thing made wrong, at ``wrong``."""

    summary: int
    sentence: int
    kind: str
    text: str
    wrong: Span | None = None


def read_summaries(folder: Path, references: int = 1) -> list[Summary]:
    """Those of the files in ``folder`` (see :data:`FILES`), for each abstract or question.

    :param references: where several people summed up the same, so many of their summaries.
    :raises InputError: none of the files is there, or one cannot be read.
    """
    out = [
        summary
        for name, file in FILES.items()
        if (folder / file).is_file()
        for summary in summaries_of(name, folder / file, references)
    ]
    if not out:
        raise InputError(f"data: {folder} has none of {', '.join(FILES.values())}.")
    return out


def summaries_of(name: str, file: Path, references: int = 1) -> list[Summary]:
    """Those of one of :data:`FILES`; see :func:`read_summaries`."""
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
    held: set[str] = set()
    for name in FILES:
        groups = dict.fromkeys(summary.group for summary in summaries if summary.name == name)
        held |= set(list(groups)[::HELD_GROUPS])
    return (
        [summary for summary in summaries if summary.group not in held],
        [summary for summary in summaries if summary.group in held],
    )


def _of(name: str, row: dict[str, Any]) -> Iterator[tuple[list[str], str, list[str]]]:
    """What is summed up, the question, and what people wrote."""
    if name == "scitldr":
        yield [row["title"], " ".join(row["sentences"])], "", row["summaries"]
    elif name == "qmsum":
        turns = [f"{turn['speaker']}: {turn['text']}" for turn in row["transcript"]]
        for query in row["queries"]:
            numbers = [i for first, last in query["spans"] for i in range(first, min(last + 1, len(turns)))]
            if numbers:
                yield [turns[i] for i in numbers], query["query"], [query["answer"]]
    else:
        for question in row["questions"]:
            yield [row["document"]], question["question"], question["summaries"]


def read_copies(folder: Path, seed: int, share: float = 1.0) -> list[Summary]:
    """Sentences as they stand in a text ("copied"), and shortened by people ("shortened"), with what stands around.

    Half of those that are copied have one thing replaced or turned round first, in the text as well: so it is not the
    sentence alone that tells whether it is right.

    :param share: of the numbers in :data:`COPIED`, how many.
    """
    rng = random.Random(seed)
    out: list[Summary] = []
    for file, most in COPIED.items():
        texts = list(dict.fromkeys(text for _, row in rows(folder / file) for text in _texts(row)))
        names: list[str] = []
        for text in rng.sample(texts, len(texts)):
            found = [text[start:end] for start, end in sentences(text)]
            fit = [i for i, sentence in enumerate(found) if len(sentence.split()) in _WORDS]
            if not fit:
                continue
            i = rng.choice(fit)
            made = alter(found[i], rng.choice(_BOTH), rng, names) if rng.random() < 0.5 else None
            if made is not None:
                found[i] = made.text
            around = found[max(0, i - _BESIDE) : i + _BESIDE + 1]
            out.append(Summary("copied", tuple(around), (found[i],)))
            names = _names(out[-1]) or names
            most -= 1
            if most < (1 - share) * COPIED[file]:
                break
    pairs = [(row["source"], row["compressed"]) for _, row in rows(folder / _SHORTENED)]
    for source, short in rng.sample(pairs, min(len(pairs), int(share * _PAIRS))):
        out.append(Summary("shortened", (source,), (short,)))
    return out


_BOTH: tuple[How, ...] = ("negation", "negation", "number", "name")


def _texts(row: dict[str, Any]) -> Iterator[str]:
    """Paragraphs of a record: of its documents, of a meeting's turns, of a story, of an abstract."""
    if "documents" in row:
        yield from (document["text"] for document in row["documents"])
    elif "transcript" in row:
        yield from (f"{turn['speaker']}: {turn['text']}" for turn in row["transcript"])
    elif "document" in row:
        yield from (part for part in row["document"].split("\n\n") if part.strip())
    else:
        yield " ".join(row["sentences"])


def cases(summaries: Sequence[Summary], seed: int, most: int | None = _LONGEST) -> list[Case]:
    """Every sentence, untouched, and in each way in which it can be made wrong.

    A strange name is one of another summary's sources that does not stand in its own; a name of the source does.

    :param most: sentences of a summary that is more than twice as long; None: all.
    """
    rng = random.Random(seed)
    names = [_names(summary) for summary in summaries]
    out: list[Case] = []
    for i, summary in enumerate(summaries):
        read, question_words = sources_of(summary.sources), _words(summary.question)
        others = [names[j] for j in rng.sample(range(len(summaries)), min(_OTHERS, len(summaries))) if j != i]
        strange = [
            name for each in others for name in each if not read.mentions(name) and not _words(name) & question_words
        ]
        chosen = list(summary.sentences)
        if most is not None and len(chosen) > 2 * most:
            chosen = rng.sample(chosen, most)
        ways: tuple[tuple[str, How, Sequence[str]], ...] = (
            ("number", "number", ()),
            ("name", "name", strange),
            ("name of the source", "name", names[i]),
            ("denial", "negation", ()),
        )
        for n, sentence in enumerate(chosen):
            out.append(Case(i, n, "untouched", sentence))
            for kind, how, pool in ways:
                made = alter(sentence, how, rng, pool)
                if made is not None and made.text != sentence:
                    which = kind if how != "negation" else "denial put in" if "not" in made.now else "denial taken out"
                    out.append(Case(i, n, which, made.text, Span(made.at, made.at + len(made.now))))
    return out


@lru_cache(maxsize=4)
def sources_of(texts: tuple[str, ...]) -> Sources:
    """``texts``, read. Summaries of the same stand together: a long story is read once for all of them."""
    return Sources(texts)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _names(summary: Summary) -> list[str]:
    found = {
        text[fact.start : fact.end]
        for text in (source[:2000] for source in summary.sources[:_NAMED])
        for fact in facts(text)
        if fact.kind == "name" and not fact.common
    }
    return sorted(found)
