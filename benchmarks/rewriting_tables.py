"""The tables of rewriting, and those of the check's card."""

import json
from pathlib import Path

KINDS = ("untouched", "number", "name", "denial put in", "denial taken out", "name of the source")


def rewriting(figures, cell):
    out = ["### Rewriting\n"]
    out.append(
        "What the pruner left, rewritten by a model and checked (`extractive/pruner`, then `abstractive/recomp`), "
        "against others at as many tokens, example by example; paired difference of the rewriting to each:\n"
    )
    out.append("| model | set | n | tokens | metric | arm | mean | rewriting over it |")
    out.append("| --- | --- | ---: | ---: | --- | --- | ---: | ---: |")
    for model, sets in figures["arms"].items():
        for name, row in sets.items():
            for metric, arms in row["scores"].items():
                for arm, value in arms.items():
                    over = cell(row["difference"][metric].get(arm)) if arm != "rewritten" else ""
                    cells = [model, name, value["n"], row["tokens"], metric, f"`{arm}`", cell(value), over]
                    out.append("| " + " | ".join(map(str, cells)) + " |")
    for model, sets in figures["arms"].items():
        for name, row in sets.items():
            found = ", ".join(f"{n} {kind}" for kind, n in row["claims"].items())
            out.append(f"\nSentences of {model} on {name}: {found}.")
    out += ["", *check(figures["check"])]
    chat = figures["chat"]
    out.append(
        f"\nEight chunks through a chat endpoint that takes {1000 * chat['latency']:.0f} ms: "
        f"{1000 * chat['seconds']:.0f} ms in all with an empty cache, "
        f"{1000 * chat['uncached']:.0f} ms with caching off; "
        f"the first call (models are loaded) {1000 * chat['first']:.0f} ms."
    )
    return "\n".join([*out, ""])


def check(figures):
    """What the check refuses, by what was made wrong in a sentence."""
    out = ["Sentences of summaries that people wrote, untouched and with one thing made wrong; share refused:\n"]
    out.append("| set | " + " | ".join(KINDS) + " |")
    out.append("| --- |" + " ---: |" * len(KINDS))
    for name, row in figures.items():
        cells = [f"{row[kind]['refused']:.1%} of {row[kind]['n']:,}" if kind in row else "–" for kind in KINDS]
        out.append(f"| {name} | " + " | ".join(cells) + " |")
    return out


def checker_card(folder: Path, replace):
    settings = json.loads((folder / "config.json").read_text("utf-8"))["ragzip"]
    run, last = settings["run"], settings["run"]["log"][-1]
    lines = [
        f"{run['sentences']:,} sentences, {last['tokens']:,} tokens with their wrong forms, "
        f"{last['seconds'] // 60} minutes on two processor cores. Of the forms of a sentence, int8 takes the same one "
        f"for the worst as float32 does {run['agreement']['kept']:.1%} of the time.",
        "",
        *check(settings["figures"]),
        "",
        f"Refused is a doubt of {settings['doubt']['threshold']:.2f} or more.",
        "",
    ]
    replace(folder / "CARD.md", "<!-- figures: made by benchmarks -->", "<!-- end of figures -->", "\n".join(lines))
