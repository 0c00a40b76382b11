"""Packed questions for soft compressors: the token ids of texts, questions and answers, from which the texts come back.

=====================  ============================================================================================
``text.ids``           token ids of each distinct paragraph, question and answer, ragged
``question``           question and answer of each pair, as numbers of texts, (n, 2)
``group.questions``    first pair of each group, and their number at the end
``group.gold``         supporting paragraphs of each group, ragged
``group.others``       its other paragraphs, ragged
``source``             the first group of each file, and their number at the end
=====================  ============================================================================================

A byte-level tokenizer gives every text back as it was, so that training on a packed file is training on its texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ragzip.errors import InputError, ModelError, model_errors
from ragzip.training.packed.build import identity
from ragzip.training.packed.format import Packed, is_packed, ragged, read_packed, smallest
from ragzip.training.packed.make import tokenizer_of
from ragzip.training.soft.data import QuestionGroup, read_question_groups

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["KIND", "SOURCES", "language_tokenizer", "pack_questions", "packed_questions", "read_groups", "soft_files"]

KIND = "soft"
# of a data folder; their licences let weights be passed on, see ragzip.training.sources
SOURCES = (
    *("hotpotqa", "2wikimultihopqa", "musique", "nq-open-rag10", "squad-v1.1", "squad-routerlens", "qed-train"),
    *("tydiqa-en", "covid-qa", "policyqa", "squad2-train"),
)
_TEXTS_AT_ONCE = 1000


def soft_files(folder: Path) -> list[Path]:
    """The files of :data:`SOURCES` in a data folder.

    :raises InputError: none is there.
    """
    source_files = [folder / "qa" / f"{name}.jsonl.gz" for name in SOURCES]
    source_files = [source_file for source_file in source_files if source_file.is_file()]
    if not source_files:
        raise InputError(f"data: received {folder}, which has none of the files qa/NAME.jsonl.gz of {KIND} training.")
    return source_files


def language_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer of the language model in a folder, a tokenizer.json or a GGUF file.

    :raises ModelError: there is none, or a damaged one.
    """
    if path.suffix != ".gguf":
        return tokenizer_of(path)
    from transformers import AutoTokenizer

    with model_errors(f"tokenizer: {path} cannot be used"):
        tokenizer: Tokenizer = AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name).backend_tokenizer
    return tokenizer


def pack_questions(files: Sequence[Path], tokenizer: Tokenizer, *, most: int | None = None) -> Packed:
    """The question groups of ``files`` (QA schema) as token ids.

    :param most: the most groups of a file; None: all.
    :raises InputError: no question has an answer in its documents.
    :raises ModelError: the tokenizer does not give texts back as they were.
    """
    groups_by_file = {file.name: read_question_groups(file, most) for file in files}
    groups = [group for file_groups in groups_by_file.values() for group in file_groups]
    if not groups:
        raise InputError("data: no question has an answer and a document that supports it.")
    text_numbers: dict[str, int] = {}

    def number(text: str) -> int:
        return text_numbers.setdefault(text, len(text_numbers))

    questions = [(number(query), number(answer)) for group in groups for query, answer in group.questions]
    arrays = {
        "question": smallest(np.array(questions, np.int64)),
        "group.questions": smallest(np.cumsum([0, *(len(group.questions) for group in groups)])),
        **ragged("group.gold", [[number(text) for text in group.gold] for group in groups]),
        **ragged("group.others", [[number(text) for text in group.others] for group in groups]),
        "source": np.cumsum([0, *map(len, groups_by_file.values())]).astype(np.int64),
    }
    arrays |= ragged("text.ids", _ids(list(text_numbers), tokenizer))
    about = {"kind": KIND, "tokenizer": identity(tokenizer), "sources": [{"name": name} for name in groups_by_file]}
    return Packed(arrays, about)


def _ids(texts: Sequence[str], tokenizer: Tokenizer) -> list[list[int]]:
    token_ids: list[list[int]] = []
    for batch_start in range(0, len(texts), _TEXTS_AT_ONCE):
        batch = texts[batch_start : batch_start + _TEXTS_AT_ONCE]
        batch_ids = [encoding.ids for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False)]
        for text, decoded in zip(batch, _texts(batch_ids, tokenizer), strict=True):
            if text != decoded:
                raise ModelError(
                    f"tokenizer: received one that gives {text!r:.60} back as {decoded!r:.60}, expected a byte-level "
                    "one. Train with files in the QA schema."
                )
        token_ids += batch_ids
    return token_ids


def _texts(ids: Sequence[Sequence[int]], tokenizer: Tokenizer) -> list[str]:
    return tokenizer.decode_batch([list(text_ids) for text_ids in ids], skip_special_tokens=False)


def packed_questions(path: Path, tokenizer: Tokenizer) -> dict[str, list[QuestionGroup]]:
    """The question groups of a packed file, by the name of the file that they were in.

    :raises InputError: it is no packed file of questions for soft compressors, or was packed with another tokenizer.
    """
    packed = read_packed(path)
    if packed.about.get("kind") != KIND:
        raise InputError(f"{path}: received packed data of another recipe, expected `ragzip train pack {KIND}`.")
    if packed.about["tokenizer"] != identity(tokenizer):
        raise InputError(f"{path}: received data packed with another tokenizer than the language model's.")
    arrays = packed.arrays
    ids_of_texts = np.split(arrays["text.ids"], arrays["text.ids.offsets"][1:-1])
    texts = _texts([text_ids.tolist() for text_ids in ids_of_texts], tokenizer)
    groups = [_group(packed, texts, number) for number in range(len(arrays["group.questions"]) - 1)]
    group_starts = arrays["source"].tolist()
    return {
        source["name"]: groups[group_starts[number] : group_starts[number + 1]]
        for number, source in enumerate(packed.about["sources"])
    }


def _group(packed: Packed, texts: Sequence[str], number: int) -> QuestionGroup:
    first_pair, end_pair = packed.arrays["group.questions"][number : number + 2].tolist()
    text_pairs = packed.arrays["question"][first_pair:end_pair].tolist()
    gold_texts, other_texts = (packed.row(f"group.{name}", number).tolist() for name in ("gold", "others"))
    return QuestionGroup(
        tuple((texts[query], texts[answer]) for query, answer in text_pairs),
        tuple(texts[text_number] for text_number in gold_texts),
        tuple(texts[text_number] for text_number in other_texts),
    )


def read_groups(files: Sequence[Path], tokenizer: Any, most: int | None = None) -> list[list[QuestionGroup]]:
    """The question groups of each of ``files``, in the QA schema or packed; files without any are left out.

    :param most: the most groups of a file; None: all.
    """
    groups: list[list[QuestionGroup]] = []
    for file in files:
        by_name: Mapping[str, list[QuestionGroup]] = (
            packed_questions(file, tokenizer) if is_packed(file) else {file.name: read_question_groups(file, most)}
        )
        groups += [file_groups[:most] for file_groups in by_name.values() if file_groups]
    return groups
