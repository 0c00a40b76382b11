"""Soft tokens: documents as vectors of a language model, made once and read for every question.

python examples/soft_tokens.py MODEL    (a folder, a GGUF file or a hub id; needs ragzip[torch])
"""

import sys
from pathlib import Path
from tempfile import mkdtemp

import ragzip
from ragzip.cache import SegmentCache
from ragzip.compressors.soft.corpus import encode_corpus
from ragzip.compressors.soft.mean_pool import MeanPool
from ragzip.soft.prompt import SoftPrompt, to_base64, vectors_of
from ragzip.soft.reader import SoftReader

CORPUS = Path(__file__).parent / "corpus"
QUESTIONS = ["Who was the first person to walk on the Moon?", "Which rocket launched Apollo 8?"]


def main(model):
    text = (CORPUS / "apollo-program.md").read_text("utf-8")
    documents = [ragzip.Document(f"apollo-{i}", part) for i, part in enumerate(text.split("\n\n")) if part.strip()]
    # compllm and gmsa are loaded in the same way, for SmolLM2-135M-Instruct with the shipped adapters, for others with
    # adapter= a folder made by `ragzip train soft`
    compressor = MeanPool(model, ratio=(2, 4))
    reader = SoftReader(compressor.encoder.lm)
    cache = SegmentCache(ragzip.cache.DiskStore(mkdtemp()))

    ahead = encode_corpus(documents, compressor, cache=cache)
    print(f"encoded ahead: {ahead.pieces} pieces, {ahead.vectors} vectors, {ahead.bytes / 1024:.0f} KiB")
    for question in QUESTIONS:
        result = ragzip.compress(documents, question, compressor=compressor, cache=cache)
        (answer,) = reader.generate([SoftPrompt.of(result, question)], max_tokens=24)
        stats = result.stats
        print(f"{question}\n  {stats.tokens_in} → {stats.tokens_out} tokens, {stats.cache_misses} pieces encoded")
        print(f"  {answer}")

    # the most relevant tenth as text, and a budget: pieces that matter less are told more coarsely
    mixed = MeanPool(model, ratio=(2, 4, 8), text=0.1)
    result = ragzip.compress(documents, QUESTIONS[1], compressor=mixed, rate=0.3, cache=cache)
    kinds = ["text" if isinstance(part, str) else f"{len(part)} vectors" for part in result.parts]
    print(f"at 30%: {result.stats.tokens_out} of {result.stats.tokens_in} tokens, as {', '.join(kinds[:6])} …")

    # for a serving engine that reads embeddings (vLLM with --enable-prompt-embeds)
    vectors = vectors_of(SoftPrompt.of(result, QUESTIONS[1]), compressor.encoder.lm)
    print(f"prompt_embeds: {tuple(vectors.shape)}, {len(to_base64(vectors)) // 1024} KiB in base64")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
