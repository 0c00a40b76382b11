"""Tables of the benchmarks on domains, languages, the decision that nothing answers, and claims."""


def domains(figures, bounds):
    out = [
        "### Domains\n",
        "Supporting spans kept at 20% of the tokens, among ten passages of the same set (MuSiQue: its own sixteen); "
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
        "score. Answers of CLAPNQ and RepLiQA are mostly in other words than the text's: few can be found in it.\n",
        "| set | answered | unanswerable | area | answer kept | nothing kept of unanswerable | of answered |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in figures:
        cells = [row["set"], str(row["answered"]), str(row["unanswerable"]), f"{row['area']:.2f}"]
        cells += [cell(row[name]) for name in ("answer kept", "nothing kept, unanswerable", "nothing kept, answered")]
        out.append("| " + " | ".join(cells) + " |")
    return "\n".join([*out, ""])


def claims(figures):
    lines = [
        "### Claims of people\n",
        "The check of rewritings on claims that people made about a text, development parts. Area (under the curve): "
        "the share of pairs of a supported claim and another in which the other is doubted more.\n",
        "| set | supported | refuted | unknown | area, refuted | area, unknown | refused of supported | of refuted | "
        "of unknown |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in figures:
        counts = [str(row[label]) for label in ("supported", "refuted", "unknown")]
        shares = [row.get(f"area, {label}") for label in ("refuted", "unknown")]
        shares += [row.get(f"refused, {label}") for label in ("supported", "refuted", "unknown")]
        cells = [row["set"], *counts, *("" if share is None else f"{share:.2f}" for share in shares)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def languages(figures):
    shares = sorted({(row["question"] == "en", row["rate"]) for row in figures if row["rate"]})
    lines = ["### Other languages\n"]
    for is_cross, share in shares:
        rows = [row for row in figures if (row["question"] == "en") == is_cross]
        columns = sorted({(row["arm"], row["rate"] or 0) for row in rows}, key=lambda column: (-column[1], column[0]))
        kept = {(row["set"], row["arm"], row["rate"] or 0): row["answer_kept"] for row in rows}
        names = [f"`{arm}`{'' if rate else ', no budget'}" for arm, rate in columns]
        question = "an English question, passages in the language" if is_cross else "question and passages"
        lines += [
            f"Answers kept at {share:.0%} of the tokens, among ten passages of the same set; {question}:\n",
            f"| set | questions | {' | '.join(names)} |",
            f"| --- | ---: |{' ---: |' * len(columns)}",
        ]
        for name in dict.fromkeys(row["set"] for row in rows):
            values = [kept.get((name, *column)) for column in columns]
            count = next(value["n"] for value in values if value)
            cells = ["–" if value is None else f"{value['mean']:.2f}" for value in values]
            lines.append(f"| {name} | {count} | {' | '.join(cells)} |")
        means = [[row["answer_kept"]["mean"] for row in rows if (row["arm"], row["rate"] or 0) == c] for c in columns]
        cells = [f"{sum(values) / len(values):.3f}" for values in means]
        lines.append(f"| mean | | {' | '.join(cells)} |\n")
    return "\n".join(lines)
