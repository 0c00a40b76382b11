"""The tables of rewriting, and those of the check's card."""

import json
from pathlib import Path

from ragzip.training.checker.data import FILES

KINDS = ("untouched", "number", "name", "denial put in", "denial taken out", "name of the source")


def rewriting(figures, cell):
    out = ["### Rewriting\n"]
    out.append(
        "`abstractive/recomp` with a model, what it writes checked, against others at as many tokens, example by "
        "example; paired difference of the rewriting to each. SciTLDR's abstracts are read whole, of the others what "
        "`extractive/pruner` leaves; default is SmolLM2-135M-Instruct with the shipped adapter:\n"
    )
    out += arms(figures["arms"], cell)
    out += ["", *check(figures["check"])]
    chat = figures["chat"]
    out.append(
        f"\nEight chunks through a chat endpoint that takes {1000 * chat['latency']:.0f} ms: "
        f"{1000 * chat['seconds']:.0f} ms in all with an empty cache, "
        f"{1000 * chat['uncached']:.0f} ms with caching off; "
        f"the first call (models are loaded) {1000 * chat['first']:.0f} ms."
    )
    return "\n".join([*out, ""])


def arms(found, cell):
    """Each metric of each model and set, and how many sentences were borne out."""
    out = ["| model | set | n | tokens | metric | arm | mean | rewriting over it |"]
    out.append("| --- | --- | ---: | ---: | --- | --- | ---: | ---: |")
    for model, sets in found.items():
        for name, row in sets.items():
            for metric, values in row["scores"].items():
                for arm, value in values.items():
                    over = cell(row["difference"][metric].get(arm)) if arm != "rewritten" else ""
                    cells = [model, name, value["n"], row["tokens"], metric, f"`{arm}`", cell(value), over]
                    out.append("| " + " | ".join(map(str, cells)) + " |")
    for model, sets in found.items():
        for name, row in sets.items():
            told = ", ".join(f"{n} {kind}" for kind, n in row["claims"].items())
            out.append(f"\nSentences of {model} on {name}: {told}.")
    return out


def check(figures):
    """What the check refuses, by what was made wrong in a sentence."""
    out = [
        "Sentences of summaries that people wrote (all: of these three sets), and below them such as stand in what is "
        "read or are shortened from it, untouched and with one thing made wrong; share refused:\n"
    ]
    out.append("| set | " + " | ".join(KINDS) + " |")
    out.append("| --- |" + " ---: |" * len(KINDS))
    for name, row in figures.items():
        cells = [f"{row[kind]['refused']:.1%} of {row[kind]['n']:,}" if kind in row else "–" for kind in KINDS]
        out.append(f"| {name} | " + " | ".join(cells) + " |")
    return out


def checker_card(folder: Path, replace):
    settings = json.loads((folder / "config.json").read_text("utf-8"))["ragzip"]
    run, last = settings["run"], settings["run"]["log"][-1]
    counts = run["sentences"]
    summed_up = sum(counts[name] for name in FILES)
    lines = [
        f"{summed_up:,} sentences of summaries (each twice, with other names and numbers; "
        f"{counts['denials']:,} with denials, seen more often) and {counts['copies']:,} that were copied or "
        f"shortened; {last['tokens']:,} tokens with their wrong forms, "
        f"{last['seconds'] // 60} minutes on two processor cores. Of the forms of a sentence, int8 takes the same one "
        f"for the worst as float32 does {run['agreement']['kept']:.1%} of the time.",
        "",
        *check(settings["figures"]),
        "",
        f"Refused is a doubt of {settings['doubt']['threshold']:.2f} or more.",
        "",
    ]
    replace(folder / "CARD.md", "<!-- figures: made by benchmarks -->", "<!-- end of figures -->", "\n".join(lines))


def rewriter_card(folder: Path, results: Path, cell, replace):
    """How the adapter that rewrites was trained, and what it does against others."""
    if not results.exists():
        return
    figures = json.loads(results.read_text("utf-8"))["figures"]
    run = json.loads((folder / "config.json").read_text("utf-8"))["run"]
    first, last = run["log"][0], run["log"][-1]
    told = ", ".join(
        f"{key.removeprefix('dev ')} {first[key]:.2f} → {last[key]:.2f}" for key in first if key.startswith("dev ")
    )
    counts = ", ".join(f"{n:,} of {name}" for name, n in run["examples"].items())
    lines = [
        f"{counts}; {last['tokens']:,} tokens in {last['seconds'] // 60} minutes on two processor cores. Nats a token "
        f"of what people wrote, on development data: {told}.",
        "",
        *arms({"default": figures["arms"]["default"]}, cell),
        "",
    ]
    replace(folder / "CARD.md", "<!-- figures: made by benchmarks -->", "<!-- end of figures -->", "\n".join(lines))
