"""Tables of the benchmarks against llmlingua."""

from markdown_tables import section, table


def side_by_side(figures):
    libraries = list(figures["speed"][0]["seconds_median"])
    workloads = [
        (
            row["workload"],
            *(
                f"{row['seconds_median'][library]:.3f} ({row['times_faster_than_llmlingua'][library]:.1f})"
                for library in libraries
            ),
            f"{row['int8_times_faster_than_fp32']:.2f}",
        )
        for row in figures["speed"]
    ]
    kept = figures["kept_by_int8_as_by_fp32"].items()
    rows = [(f"words that fp32 keeps too, {key}", f"{share:.1%}") for key, share in kept]
    rows += [(f"{dtype} model, megabytes", row["megabytes"]) for dtype, row in figures["export"].items()]
    rows += [
        (f"peak memory for {row['tokens']:,} tokens, {library}, megabytes", f"{row['peak_mb']:,}")
        for library, row in figures["memory_200k_tokens"].items()
    ]
    obtained = figures["obtained_rate"]
    below = max(row["asked"] - row["obtained"] for row in obtained)
    above = max(row["obtained"] - row["asked"] for row in obtained)
    sizes = [row["tokens"] for row in obtained]
    rows += [
        (f"rate obtained, {min(sizes)} to {max(sizes):,} tokens: most below the one asked", f"{below:.4f}"),
        ("most above it", f"{max(0.0, above):.4f}"),
    ]
    columns = ["seconds (times as fast as llmlingua)", *(f"#{library}" for library in libraries), "#int8 over fp32"]
    return section(
        "llmlingua 0.2.2 and ragzip side by side",
        f"The same weights ({figures['weights']}) at rate {figures['rate']}, a process each, taking turns:",
        table(columns, workloads),
        table(["int8", "#"], rows),
    )


def parity(figures):
    columns = ["checkpoint", "options", "#rate", "#contexts", "#words", "#kept alike", "#texts identical"]
    rows = [
        (
            row["checkpoint"],
            row["options"],
            row["rate"],
            row["contexts"],
            f"{row['words']:,}",
            f"{row['same_words']:.3%}",
            row["identical_texts"],
        )
        for row in figures
    ]
    return section('`parity="llmlingua"` against llmlingua 0.2.2', table(columns, rows))
