"""The calibration of ``token/gemfilter`` for a model: its best layer, or its retrieval heads. No weight changes.

    python -m ragzip.training.gemfilter layer --model SmolLM2-135M-Instruct.gguf --questions qa.jsonl.gz
    python -m ragzip.training.gemfilter heads --model SmolLM2-135M-Instruct.gguf --out heads.json

``layer`` prints the layers from the best down, by the words of the answers that each keeps of some questions in the QA
schema. ``heads`` hides made-up facts in a text, lets the model read the question, and writes the heads that look at the
word of the fact that is to be copied next.
"""

from __future__ import annotations

import argparse
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.backends.runtimes.attention import AttentionReader
from ragzip.backends.runtimes.torch import TorchModel
from ragzip.backends.scorers.prompt_attention import frame_of, text_scores
from ragzip.backends.scorers.retrieval_heads import MARK, AttentionHead, RetrievalHeads
from ragzip.backends.windows import Tokens, tokenize
from ragzip.checks import number_in, whole_number
from ragzip.errors import InputError, ModelError
from ragzip.files.writing import check_output
from ragzip.models import SAMPLE
from ragzip.text.spans import Span
from ragzip.text.splitters import sentences
from ragzip.training.data import Question, read_qa

__all__ = ["LayerScore", "Needle", "best_layers", "make_needles", "retrieval_heads"]

_log = logging.getLogger(__name__)
SEED = 20261128
NEEDLES = 40
QUESTIONS = 50
_SHARE = 0.25  # of the tokens, in which answers are looked for
_MIN_RETRIEVAL_SCORE = 0.1  # of a head that copies, as in the paper
_MAX_HEAD_SHARE = 0.05  # of all heads: fewer copy in every model of the paper
_NEEDLE_CHARACTERS = (600, 1200, 2400, 4000)  # of the texts that needles are hidden in
_DEPTHS = 10  # places in a text, from its beginning to its end
_PLACES = ("Eldham", "Corran", "Marlow", "Tessany", "Quinby", "Ostrava Bay", "Halbrook", "Vennick")
_THINGS = ("lighthouse", "archive", "boathouse", "observatory", "greenhouse", "chapel", "print shop", "dairy")
_COLOURS = ("crimson", "silver", "amber", "violet", "scarlet", "turquoise", "ivory", "copper")
_ANIMALS = ("heron", "badger", "otter", "falcon", "lynx", "walrus", "magpie", "tortoise")


class LayerScore(NamedTuple):
    """A layer and the mean share of the answers' tokens that it keeps."""

    layer: int
    kept: float


@dataclass(frozen=True)
class Needle:
    """A made-up fact in a text, with the question for it.

    :param fact: where its sentence is in ``text``.
    :param answer: where the words to copy are in ``text``.
    """

    text: str
    question: str
    fact: Span
    answer: Span


def best_layers(
    model: AttentionReader, questions: Sequence[Question], *, share: float = _SHARE, softmax: bool = False
) -> list[LayerScore]:
    """All layers of ``model``, the best first: by the share of the answers' tokens among the best ``share`` of the
    tokens of a question's passages, the mean over the questions. Of layers that keep the same, the earlier comes first.

    All layers are read in one pass of the model.

    :param softmax: as of :class:`~ragzip.compressors.token.gemfilter.GemFilter`.
    :raises InputError: no question has an answer in a relevant passage, or a passage is longer than the model reads.
    """
    number_in(share, "share", above=0)
    kept_or_none = [_kept_by_layer(model, question, share, softmax) for question in questions]
    kept_by_question = [kept for kept in kept_or_none if kept is not None]
    if not kept_by_question:
        raise InputError(
            f"questions: received {len(questions)} of which none has its answer in a relevant passage, expected some "
            "that have, word by word."
        )
    means = np.mean(kept_by_question, 0).tolist()
    return [LayerScore(layer, means[layer]) for layer in sorted(range(len(means)), key=lambda layer: -means[layer])]


def _kept_by_layer(
    model: AttentionReader, question: Question, share: float, softmax: bool
) -> npt.NDArray[np.float64] | None:
    """The share of the answers' tokens that each layer keeps; None where no passage has them. *Shape:* (layers,)."""
    tokens_by_text = tokenize(model.model.tokenizer, [passage.text for passage in question.passages])
    is_answer = np.concatenate(
        [
            _inside(tokens, _occurrences(passage.text, question.answers) if passage.relevant else ())
            for passage, tokens in zip(question.passages, tokens_by_text, strict=True)
        ]
    )
    if not is_answer.any():
        return None
    frame = frame_of(model, question.query)
    windows = [[*frame.before, *tokens.ids.tolist(), *frame.after] for tokens in tokens_by_text if len(tokens.ids)]
    products_by_text = model.products(windows, [[len(window) - 1] for window in windows], range(model.layer_count))
    kept_count = max(1, round(share * len(is_answer)))
    kept_shares = []
    for layer in range(model.layer_count):
        scores = np.concatenate(
            [text_scores(products[layer, :, 0], frame, softmax=softmax) for products in products_by_text]
        )
        kept_shares.append(is_answer[np.argsort(-scores, kind="stable")[:kept_count]].sum() / is_answer.sum())
    return np.array(kept_shares)


def _occurrences(text: str, answers: Sequence[str]) -> list[Span]:
    return [Span(*match.span()) for answer in answers if answer for match in re.finditer(re.escape(answer), text)]


def _inside(tokens: Tokens, spans: Sequence[Span]) -> npt.NDArray[np.bool_]:
    """A mask of the tokens that share a character with one of ``spans``. *Shape:* (n,)."""
    is_inside = np.zeros(len(tokens.ids), bool)
    for start, end in spans:
        is_inside |= (tokens.spans[:, 0] < end) & (tokens.spans[:, 1] > start)
    return is_inside


def make_needles(count: int = NEEDLES, *, text: str | None = None, seed: int = SEED) -> list[Needle]:
    """``count`` made-up facts, each between two sentences of a stretch of ``text``, over four lengths (600 to 4,000
    characters) and ten depths.

    :param text: what the facts are hidden in, repeated where it is too short; default: a sample of the package.
    :raises OptionError: no needles.
    """
    whole_number(count, "count", least=1)
    rng = np.random.default_rng(seed)
    source = SAMPLE.read_text("utf-8") if text is None else text
    source_sentences = [source[start:end].strip() for start, end in sentences(source)]
    return [
        _needle(_stretch(source_sentences, _NEEDLE_CHARACTERS[number % len(_NEEDLE_CHARACTERS)], rng), number, rng)
        for number in range(count)
    ]


def _stretch(source_sentences: Sequence[str], characters: int, rng: np.random.Generator) -> list[str]:
    """Consecutive sentences of about so many characters, from a random place on and around the end."""
    stretch: list[str] = []
    sentence_number = int(rng.integers(len(source_sentences)))
    while sum(map(len, stretch)) < characters:
        stretch.append(source_sentences[sentence_number % len(source_sentences)] or "…")
        sentence_number += 1
    return stretch


def _needle(stretch: Sequence[str], number: int, rng: np.random.Generator) -> Needle:
    place, thing, colour, animal = (str(rng.choice(words)) for words in (_PLACES, _THINGS, _COLOURS, _ANIMALS))
    opening, answer = f"The password of the {thing} in {place} is ", f"{colour} {animal} {int(rng.integers(100, 1000))}"
    depth = round(number % _DEPTHS / (_DEPTHS - 1) * len(stretch))
    before = "".join(f"{sentence} " for sentence in stretch[:depth])
    after = "".join(f" {sentence}" for sentence in stretch[depth:])
    fact = f"{opening}{answer}."
    answer_start = len(before) + len(opening)
    return Needle(
        f"{before}{fact}{after}",
        f"What is the password of the {thing} in {place}?",
        Span(len(before), len(before) + len(fact)),
        Span(answer_start, answer_start + len(answer)),
    )


def retrieval_heads(model: AttentionReader, needles: Sequence[Needle]) -> RetrievalHeads:
    """The heads of ``model`` that copy the answers of ``needles`` (Wu et al. 2024, arXiv 2404.15574), best first.

    A head's score is the share of the answers' tokens at which its highest attention falls on the token in the needle
    that is to be written next. Heads with a score of 0.1 and more count, at most a twentieth of all.

    What differs: the answer is given to the model rather than generated, so that all of its tokens are read in one
    pass, and also from models that would not find it.

    :raises ModelError: no head copies.
    """
    copied_shares = np.mean([_copied_shares(model, needle) for needle in needles], 0)
    limit = max(1, int(_MAX_HEAD_SHARE * copied_shares.size))
    best_first = np.argsort(-copied_shares, axis=None, kind="stable")[:limit]
    layer_numbers, head_numbers = np.unravel_index(best_first, copied_shares.shape)
    heads = [AttentionHead(*pair) for pair in zip(layer_numbers.tolist(), head_numbers.tolist(), strict=True)]
    scores = {head: float(copied_shares[head]) for head in heads if copied_shares[head] >= _MIN_RETRIEVAL_SCORE}
    if not scores:
        raise ModelError(
            f"model: no head of {model.model.source} copies from its context (the best one {copied_shares.max():.1%} "
            f"of the tokens of {len(needles)} needles), expected one with {_MIN_RETRIEVAL_SCORE:.0%} or more."
        )
    return RetrievalHeads(
        Path(model.model.source).name, model.layer_count, model.head_count, scores, needles=len(needles)
    )


def _copied_shares(model: AttentionReader, needle: Needle) -> npt.NDArray[np.float64]:
    """The share of the answer's tokens that each head looks at before they are written. *Shape:* (layers, heads)."""
    (tokens,) = tokenize(model.model.tokenizer, [needle.text])
    answer_numbers = np.flatnonzero(_inside(tokens, [needle.answer]))
    frame = frame_of(model, needle.question)
    prompt_ids = [*frame.before, *tokens.ids.tolist(), *frame.after]
    window = [*prompt_ids, *tokens.ids[answer_numbers[:-1]].tolist()]
    positions = range(len(prompt_ids) - 1, len(window))
    (products,) = model.products([window], [positions], range(model.layer_count))
    is_copied = [
        products[:, :, step, : position + 1].argmax(-1) == len(frame.before) + answer_numbers[step]
        for step, position in enumerate(positions)
    ]
    return np.asarray(np.mean(is_copied, 0), np.float64)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m ragzip.training.gemfilter",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=("layer", "heads"))
    parser.add_argument("--model", required=True, help="folder, hub id or GGUF file of a causal language model")
    parser.add_argument("--questions", type=Path, help="for layer: a file in the QA schema")
    parser.add_argument("--most", type=int, default=QUESTIONS, help="questions to read")
    parser.add_argument("--softmax", action="store_true", help="for layer: as the option of token/gemfilter")
    parser.add_argument("--text", type=Path, help="for heads: a text to hide needles in; default: one of the package")
    parser.add_argument("--needles", type=int, default=NEEDLES)
    parser.add_argument("--out", type=Path, help="for heads: the JSON file to write")
    parser.add_argument("--device")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if options.what == "layer" and options.questions is None:
        parser.error("layer needs --questions")
    if options.what == "heads":
        if options.out is None:
            parser.error("heads needs --out")
        check_output(options.out, MARK, [options.text])
    reader = AttentionReader(TorchModel(options.model, kind="causal-lm", device=options.device))
    if options.what == "layer":
        questions = read_qa(options.questions, options.most)
        for layer, kept in best_layers(reader, questions, softmax=options.softmax):
            _log.info("layer %d keeps %.1f %% of the answers' tokens in a quarter of the text", layer, 100 * kept)
        return
    text = None if options.text is None else options.text.read_text("utf-8")
    heads = retrieval_heads(reader, make_needles(options.needles, text=text))
    heads.write(options.out)
    _log.info("%d heads in %s", len(heads.scores), options.out)


if __name__ == "__main__":
    main()
