"""Packing of data files into token arrays."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ragzip.backends.protocols import TextEmbedder
from ragzip.checks import choice
from ragzip.compressors.checking.facts import denials
from ragzip.errors import InputError, ModelError, model_errors
from ragzip.training import data
from ragzip.training.data import Question, spread
from ragzip.training.packed.build import Group, build, identity
from ragzip.training.packed.draws import EVERYTHING, Draw
from ragzip.training.packed.format import Packed, ragged, read_packed
from ragzip.training.packed.negatives import hard_negatives
from ragzip.training.packed.sampler import mean_tokens
from ragzip.training.sources import MIXTURES, TABLE, ReadOptions, Source, altered

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = [
    "MIXTURES",
    "named",
    "pack",
    "pack_checker",
    "pack_files",
    "pack_pruner",
    "packed_data",
    "packed_file",
    "packed_of",
    "read_sources",
    "tokenizer_of",
    "user_groups",
]

_log = logging.getLogger(__name__)
_USER_DRAW = Draw(most_others=9, untitled=0.15)
_DENIALS_SHARE = 10.0
_SUMMARIES = ("scitldr", "qmsum-summaries", "squality")


def packed_of(
    data_paths: Path | Sequence[Path],
    mixture: str,
    tokenizer: Tokenizer,
    *,
    seed: int = 0,
    embedder: TextEmbedder | None = None,
    dev: bool = False,
    most: int | None = None,
) -> Packed:
    """Data for training: the sources of ``mixture`` in a data folder, or a user's own files in the QA schema.

    :param embedder: to choose the evidence of summaries by meaning, too (checker).
    :param dev: for measuring: without random changes.
    :param most: the most questions of a source, evenly spread; None: all.
    :raises InputError: no question in them, or one that cannot be read.
    """
    choice(mixture, "mixture", MIXTURES)
    if isinstance(data_paths, Path):
        if data_paths.is_dir():
            sources = [
                (source, spread(questions, most))
                for source, questions in read_sources(data_paths, mixture, ReadOptions(seed, embedder))
            ]
            if mixture == "checker":
                return pack_checker(sources, tokenizer, seed=seed, dev=dev)
            return pack_pruner(sources, tokenizer, mixture, seed=seed, dev=dev)
        data_paths = [data_paths]
    return pack_files(data_paths, tokenizer, dev=dev, most=most)


def tokenizer_of(path: Path) -> Tokenizer:
    """The tokenizer in the folder of a model, or of a tokenizer.json.

    :raises ModelError: there is none, or a damaged one.
    """
    from tokenizers import Tokenizer

    file = path / "tokenizer.json" if path.is_dir() else path
    if not file.is_file():
        raise ModelError(f"tokenizer: {path} has no tokenizer.json. Expected the folder of a model, or that file.")
    with model_errors(f"tokenizer: {file} cannot be used"):
        tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def packed_data(
    file: Path | None,
    folder: Path,
    mixture: str,
    tokenizer: Tokenizer,
    *,
    seed: int = 0,
    embedder: TextEmbedder | None = None,
) -> Packed:
    """The packed data in ``file``; without one, a data folder is packed by :func:`packed_of`.

    :raises InputError: ``file`` was packed with another tokenizer, or is no packed file.
    """
    if file is None:
        return packed_of(folder, mixture, tokenizer, seed=seed, embedder=embedder)
    return packed_file(file, tokenizer)


def packed_file(file: Path, tokenizer: Tokenizer) -> Packed:
    """The packed data in ``file``, for a model with this tokenizer.

    :raises InputError: it was packed with another one, or is no packed file.
    """
    packed = read_packed(file)
    if packed.about["tokenizer"] != identity(tokenizer):
        raise InputError(
            f"{file}: received data packed with another tokenizer than the model's. Pack it with --tokenizer, the "
            "folder of the model that training begins with."
        )
    return packed


def named(packed: Packed) -> dict[str, dict[str, float]]:
    """Questions and share of each source, for a card."""
    total = sum(source["share"] for source in packed.about["sources"])
    sizes = np.diff(packed.arrays["source"]).tolist()
    return {
        source["name"]: {"questions": size, "share": source["share"] / total}
        for source, size in zip(packed.about["sources"], sizes, strict=True)
    }


def read_sources(folder: Path, mixture: str, context: ReadOptions) -> list[tuple[Source, list[Question]]]:
    """The questions of each source of ``mixture`` whose files are in ``folder``; others are skipped, with a log line.

    :raises InputError: none is there.
    """
    questions_by_source: list[tuple[Source, list[Question]]] = []
    for source in TABLE:
        if mixture not in source.shares:
            continue
        files = [folder / file for file in source.files]
        missing = [file for file in files if not file.is_file()]
        if missing:
            _log.info("%s is skipped: %s is missing", source.name, ", ".join(map(str, missing)))
            continue
        questions = source.reader(files, context)
        _log.info("%s: %d questions", source.name, len(questions))
        questions_by_source.append((source, questions))
    if not any(questions for _, questions in questions_by_source):
        raise InputError(
            f"data: received {folder}, which has no question of the mixture {mixture}. Expected a folder with qa/ and "
            "other files named in ragzip.training.sources, or files of your own in the QA schema."
        )
    return questions_by_source


def pack_pruner(
    questions_by_source: Sequence[tuple[Source, Sequence[Question]]],
    tokenizer: Tokenizer,
    mixture: str,
    *,
    seed: int = 0,
    dev: bool = False,
) -> Packed:
    """Packed questions at the shares of ``mixture``, with altered queries and hard negatives."""
    lower_case = _has_no_capitals(tokenizer)
    groups = [
        _group(source, questions, mixture, seed, dev)
        for source, questions in questions_by_source
        if lower_case or not source.uncased
    ]
    return pack(groups, tokenizer)


def pack_checker(
    questions_by_source: Sequence[tuple[Source, Sequence[Question]]],
    tokenizer: Tokenizer,
    *,
    seed: int = 0,
    dev: bool = False,
) -> Packed:
    """Packed sentences with their evidence; negated ones of summaries are included twice, as they are few."""
    groups = [_group(source, questions, "checker", seed, dev) for source, questions in questions_by_source]
    denying = [
        question
        for group in groups
        if group.name in _SUMMARIES
        for question in group.questions
        if denials(question.passages[0].text)
    ]
    if denying and not dev:
        draw = next(group.draw for group in groups if group.name in _SUMMARIES)
        groups.append(Group("denials", "en", denying, _DENIALS_SHARE, draw, 1.0, answerable=False))
    return pack(groups, tokenizer)


def pack_files(files: Sequence[Path], tokenizer: Tokenizer, *, dev: bool = False, most: int | None = None) -> Packed:
    """Packed questions of a user's files; see :func:`user_groups`."""
    return pack(user_groups(files, dev=dev, most=most), tokenizer)


def user_groups(files: Sequence[Path], *, dev: bool = False, most: int | None = None) -> list[Group]:
    """The questions of each of a user's files, in the QA schema, with a share by its size.

    :raises InputError: no question in them.
    """
    groups = []
    for file in files:
        questions = spread(data.read_qa(file), most)
        if questions:
            groups.append(Group(file.name, file.name, questions, float(len(questions)), _draw(_USER_DRAW, dev)))
    if not groups:
        raise InputError(f"data: no question in {', '.join(map(str, files))}; expected files in the QA schema.")
    return groups


def pack(groups: Sequence[Group], tokenizer: Tokenizer) -> Packed:
    """The token arrays of ``groups``."""
    arrays, about, texts = build(groups, tokenizer)
    _log.info("%d texts, %d passages, %d questions", len(arrays["text.ends.offsets"]) - 1, len(arrays["passage"]),
              len(arrays["question"]))  # fmt: skip
    if any(group.draw.hard_negatives for group in groups):
        names = sorted({group.language for group in groups})
        languages = [names.index(group.language) for group in groups for _ in group.questions]
        answers = [question.answers for group in groups for question in group.questions]
        arrays |= hard_negatives(arrays, texts, answers, languages)
    else:
        arrays |= ragged("negatives", [()] * len(arrays["passage"]))
    packed = Packed(arrays, about)
    for source, tokens in zip(about["sources"], mean_tokens(packed), strict=True):
        source["tokens"] = round(tokens, 1)
    return packed


def _group(source: Source, questions: Sequence[Question], mixture: str, seed: int, dev: bool) -> Group:
    return Group(
        source.name,
        source.language,
        [question for question in questions if question.passages],
        source.shares[mixture],
        _draw(source.draw, dev),
        source.word_weight,
        partial(altered, seed=seed) if source.altered and not dev else None,
        source.answerable,
    )


def _draw(draw: Draw, dev: bool) -> Draw:
    return EVERYTHING if dev else draw


def _has_no_capitals(tokenizer: Tokenizer) -> bool:
    normalizer = tokenizer.normalizer
    return normalizer is not None and normalizer.normalize_str("A") == "a"
