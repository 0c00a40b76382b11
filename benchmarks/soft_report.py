"""Tables of the benchmarks of soft tokens."""

from markdown_tables import interval_cell, section, table


def soft(figures):
    """Share of the text's gain, by set; and what vectors save."""
    sets = figures["gain"].values()
    first = next(iter(sets))
    gain = [(arm, *(interval_cell(row["retained"].get(arm)) for row in sets)) for arm in first["retained"]]
    gain += [
        (f"{arm}: tokens to a vector, measured", *(row["tokens to a vector"][arm] for row in sets))
        for arm in first["tokens to a vector"]
    ]
    gain += [(f"NLL of the answer, {arm}", *(f"{row['nll'][arm]:.3f}" for row in sets)) for arm in ("none", "text")]
    reading = [
        (
            name,
            f"{row['tokens']:,}",
            row["seconds"],
            row["times as fast"],
            round(row["kv_bytes"] / 1e6, 1),
            row["share of kv"],
        )
        for name, row in figures["speed"].items()
    ]
    encoding = [
        (
            name,
            f"{row['pieces']:,}",
            f"{row['tokens']:,}",
            row["seconds"],
            *(f"{round(row[key] / 1e3):,}" for key in ("float16_bytes", "int8_bytes")),
        )
        for name, rows in figures["encoding"].items()
        for row in rows
    ]
    questions = ", ".join(f"{name}: {row['questions']} questions" for name, row in figures["gain"].items())
    return section(
        "Soft tokens",
        f"{figures['model']}, {figures['reader']}. Of what the text tells of the answer, vectors tell ({questions}):",
        table(["arm", *(f"#{name}" for name in figures["gain"])], gain),
        "Reading a context of 8,000 tokens whose vectors are cached, to the first token:",
        table(
            ["context", "#positions", "#seconds", "#times as fast", "#keys and values, megabytes", "#share"], reading
        ),
        "Making vectors, and how large they are:",
        table(["method", "#pieces", "#tokens", "#seconds", "#float16, kilobytes", "#int8, kilobytes"], encoding),
    )


def soft_grains(figures):
    """Share of the text's gain at equal positions, by set."""
    sets = figures["gain"].values()
    questions = ", ".join(f"{name}: {row['questions']} questions" for name, row in figures["gain"].items())
    gain = [(arm, *(interval_cell(row["retained"].get(arm)) for row in sets)) for arm in next(iter(sets))["retained"]]
    return section(
        "Soft tokens under one budget",
        f"{figures['model']}; of what the text tells of the answer ({questions}):",
        table(["arm, tokens to a position", *(f"#{name}" for name in figures["gain"])], gain),
    )
