"""The table of the benchmark of retrieval with feedback."""

METRICS = {"recall@1": "recall@1", "recall@5": "recall@5", "recall@10": "recall@10", "mrr": "MRR"}


def retrieval(figures, cell):
    """What each retriever finds, and the paired difference of its recall@5 to the same one without feedback."""
    questions = ", ".join(f"{count} of {name}" for name, count in figures["questions"].items())
    lines = [
        f"Supporting paragraphs found among {figures['paragraphs']:,}, mean of the sets ({questions} questions):\n",
        f"| retriever | {' | '.join(METRICS.values())} | recall@5, difference | to |",
        f"| --- |{' ---: |' * (len(METRICS) + 1)} --- |",
    ]
    for row in figures["rows"]:
        values = [cell(row[metric]) if metric == "recall@5" else f"{row[metric]['mean']:.3f}" for metric in METRICS]
        difference = cell(row["difference"]["recall@5"]) if row["baseline"] else ""
        lines.append(f"| {row['retriever']} | {' | '.join(values)} | {difference} | {row['baseline'] or ''} |")
    return "\n".join([*lines, ""])
