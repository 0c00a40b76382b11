"""``parity="llmlingua"`` and llmlingua 0.2.2 over the development contexts: the share of words kept alike."""

import difflib
import sys
import tempfile
import warnings
from pathlib import Path

from common import encoding_cache, records

SETS = [("qa", "hotpotqa"), ("qa", "squad-v1.1"), ("qa", "musique"), ("longbench", "gov_report")]
SETS += [("longbench", "dureader"), ("logs_code", "tool-results"), ("longbench", "qmsum")]
CONTEXTS, LONGEST = 200, 4_000  # characters
RATES = (0.2, 0.33, 0.5, 0.7)
FORCED = ["\n", ".", "!", "?", ","]
OPTIONS = {
    "plain": {},
    "force tokens": {"force_tokens": FORCED},
    "force tokens, drop_consecutive": {"force_tokens": FORCED, "drop_consecutive": True},
}


def run(data):
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from tiny.checkpoints import make

    encoding_cache()
    warnings.simplefilter("ignore")
    texts = contexts(data)
    with tempfile.TemporaryDirectory() as folder:
        return [row for kind in ("bert", "xlm-roberta") for row in compare(kind, make(kind, Path(folder)), texts)]


def compare(kind, path, texts):
    from llmlingua import PromptCompressor

    import ragzip

    theirs = PromptCompressor(str(path), device_map="cpu", use_llmlingua2=True)
    for label, options in OPTIONS.items():
        ours = ragzip.load("llmlingua2", model=path, parity="llmlingua", **options)
        for rate in RATES:
            words = same = identical = 0
            for text in texts:
                expected = theirs.compress_prompt([text], rate=rate, **options)["compressed_prompt"]
                found = ragzip.compress(text, rate=rate, compressor=ours, cache=False).text
                identical += found == expected
                a, b = expected.split(), found.split()
                blocks = difflib.SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
                words += max(len(a), len(b))
                same += sum(block.size for block in blocks)
            yield {
                "checkpoint": kind, "options": label, "rate": rate, "contexts": len(texts), "words": words,
                "same_words": round(same / words, 5), "identical_texts": identical,
            }  # fmt: skip


def contexts(data):
    """As many of each set as there are, in turn, up to 200."""
    rows = [records(data, name, folder=folder) for folder, name in SETS]
    out = []
    for number in range(max(map(len, rows))):
        for found in rows:
            if number < len(found) and (text := _text(found[number])[:LONGEST].replace("\0", "").strip()):
                out.append(text)
    return out[:CONTEXTS]


def _text(record):
    if "documents" in record:
        return "\n".join(document["text"] for document in record["documents"])
    return record.get("context") or record["text"]
