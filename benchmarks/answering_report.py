"""Tables of the benchmarks on domains and on the decision that nothing answers."""


def domains(figures, bounds):
    out = [
        "### Domains\n",
        "Supporting spans kept at 20 % of the tokens, among ten passages of the same set (MuSiQue: its own sixteen); "
        "paired difference to the best of wording, meaning and both:\n",
    ]
    out += bounds([row for row in figures if row["set"] != "mean"])
    means = [f"`{row['compressor']}` {row['kept']:.3f}" for row in figures if row["set"] == "mean"]
    return "\n".join([*out, f"\nMean of the sets: {', '.join(means)}.", ""])


def answering(figures, cell):
    out = [
        "### Whether something answers\n",
        "`auto` without a budget, on questions that its decision was not fitted on. Area (under the curve): the share "
        "of pairs of an answered and an unanswerable question in which the best document of the former has the higher "
        "score.\n",
        "| set | answered | unanswerable | area | answer kept | nothing kept of unanswerable | of answered |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in figures:
        cells = [row["set"], str(row["answered"]), str(row["unanswerable"]), f"{row['area']:.2f}"]
        cells += [cell(row[name]) for name in ("answer kept", "nothing kept, unanswerable", "nothing kept, answered")]
        out.append("| " + " | ".join(cells) + " |")
    return "\n".join([*out, ""])
