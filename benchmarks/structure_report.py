"""The tables of benchmarks/README.md about structured texts."""


def structure(figures, cell):
    lines = [
        "### Structured texts\n",
        "Arms use the budget up, but for `auto` by default, which keeps what the query may need. `prose only`: without "
        "the readers of structure; `in chunks`: sentences in chunks of 150 words; `chunks by`: these whole, the last "
        "one cut. Paired differences of `auto, whole budget` to each.\n",
    ]
    for part, title in (
        ("tables", "Rows that answer, kept whole under their header (of JSON: with their keys)"),
        ("logs", "Questions whose lines are all kept whole"),
        ("tool results", "Identifiers that a result brings into a session, kept with the call as the query"),
        ("conversations", "Support kept whole, of turns and sentences"),
    ):
        rows = [row for row in figures[part] if part != "tables" or row["group"].endswith(", all")]
        lines += [f"{title}:\n", *compared(rows, cell), ""]
    return "\n".join([*lines, *parsed(figures["well-formed"]), "", *others(figures), ""])


def compared(rows, cell):
    lines = ["| group | n | arm | tokens | kept | difference |", "| --- | ---: | --- | ---: | ---: | ---: |"]
    for row in rows:
        difference = cell(row["difference"]) if "difference" in row else ""
        cells = [row["group"], f"{row['n']:,}", row["arm"], f"{row['tokens']:.1%}", cell(row["kept"]), difference]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def parsed(rows):
    lines = [
        "Outputs that parse, at 5, 15, 30, 50 and 80% of the tokens (of CSV: under the header, no row cut):\n",
        "| inputs | format | n | outputs | empty | parse |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    return lines + [
        f"| {row['origin']} | {row['format']} | {row['inputs']:,} | {row['outputs']:,} | {row['empty']:,} "
        f"| {row['share']:.1%} |"
        for row in rows
    ]


def others(figures):
    lines = ["| what | figure |", "| --- | ---: |"]
    lines += [
        f"| seconds for a log of {row['bytes'] / 1e6:.0f} MB, {row['log']}, {row['arm']} | {row['seconds']:.1f} |"
        for row in figures["long log"]
    ]
    lines += [
        f"| {row['set']}: outputs that the readers change | {row['differ']} of {row['outputs']} |"
        for row in figures["prose"]
    ]
    kinds = figures["kinds"]
    return [
        *lines,
        f"| documents of prose that are taken for another kind | {kinds['taken for another kind']:,} of "
        f"{kinds['documents of prose']:,} |",
    ]
