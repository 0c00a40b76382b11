"""What is left after compression: supporting sentences found, answers contained, at the tokens really kept."""

import tempfile

from common import documents, interval, records

import ragzip
from ragzip.eval.measures.kept import contains

SETS = ("hotpotqa", "2wikimultihopqa", "squad-v1.1-rag10", "nq-open-rag10")
COMPRESSORS = ("baseline/truncate", "extractive/bm25", "extractive/embedding", "extractive/hybrid")  # auto: pruning.py
RATES = (0.1, 0.2, 0.3, 0.5)
MOST = 300


def run(data):
    figures = []
    with tempfile.TemporaryDirectory() as cache:
        for name in SETS:
            answerable = [r for r in records(data, name) if r["answers"] and r["support_spans"]][:MOST]
            for compressor in COMPRESSORS:
                for rate in RATES:
                    row = measure(answerable, compressor, rate, cache)
                    figures.append({"set": name, "compressor": compressor, "rate": rate} | row)
                    print(f"{name:20} {compressor:22} {rate:.1f}  {summary(row)}", flush=True)
    return figures


def measure(found, compressor, rate, cache):
    pipeline = ragzip.Pipeline(compressor, rate=rate, cache=cache)
    kept, recall, contained = [], [], []
    for record in found:
        result = pipeline.run(documents(record), record["question"])
        kept.append(result.stats.rate)
        place = {d["id"]: i for i, d in enumerate(record["documents"])}
        hits = [
            any(
                start <= span["start"] and span["end"] <= end
                for start, end in result.documents[place[span["doc"]]].spans
            )
            for span in record["support_spans"]
        ]
        recall.append(sum(hits) / len(hits))
        if not {"yes", "no"} & {answer.lower() for answer in record["answers"]}:
            contained.append(contains(result.text, record["answers"]))
    return {
        "tokens_kept": interval(kept),
        "support_recall": interval(recall),
        "answer_contained": interval(contained),
    }


def summary(row):
    parts = (
        f"{key} {value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]" for key, value in row.items() if value
    )
    return "  ".join(parts)
