"""The tables of benchmarks/README.md, and the figures of README.md and the docs, from results/*.json."""

import json
from pathlib import Path

from answering_report import answering, claims, domains, languages
from markdown_tables import interval_cell, replace_part, section, signed_cell, table
from peers_report import parity, side_by_side
from recall_plot import plot
from retrieval_table import retrieval
from rewriting_tables import checker_card, rewriter_card, rewriting
from soft_report import soft, soft_grains
from structure_report import structure

from ragzip.models import card, shipped

HERE = Path(__file__).parent
RESULTS = HERE / "results"
DOCS = HERE.parent / "docs"
CHOOSING, FIGURES = DOCS / "choosing.md", DOCS / "explain" / "figures.md"
RETRIEVAL = DOCS / "guides" / "retrieval.md"
SETS = {
    "hotpotqa": "HotpotQA",
    "2wikimultihopqa": "2Wiki",
    "musique": "MuSiQue",
    "squad-v1.1-rag10": "SQuAD",
    "nq-open-rag10": "NQ",
}
TABLE_MARKS = "<!-- tables: made by report.py -->", "<!-- end of tables -->"


def marks(name):
    """The marks around a part of a page that is made here."""
    return f"<!-- {name}: made by benchmarks/report.py -->", f"<!-- end of {name} -->"


def figures_of(name):
    """What a benchmark measured; None if it has not been run."""
    file = RESULTS / f"{name}.json"
    return json.loads(file.read_text("utf-8"))["figures"] if file.exists() else None


def write_tables():
    replace_part(HERE / "README.md", *TABLE_MARKS, tables())
    for page in (HERE.parent / "README.md", CHOOSING, FIGURES):
        replace_part(page, *marks("figures"), headline())
    if (figures := figures_of("reader")) is not None:
        replace_part(FIGURES, *marks("reader"), reader(figures))
    if (figures := figures_of("retrieval")) is not None:
        replace_part(RETRIEVAL, *marks("retrieval"), retrieval(figures, interval_cell))
    pruner_card()
    soft_card()
    checker_card(shipped("checker"), replace_part)
    rewriter_card(shipped("rewriter"), RESULTS / "rewriting.json", interval_cell, replace_part)


def tables():
    """All tables, one benchmark after another."""
    measured = ((make, figures_of(name)) for name, make in SECTIONS.items())
    return "\n".join(make(figures) for make, figures in measured if figures is not None)


def headline():
    """What is kept at each set's share of the tokens, by compressor."""
    rows = {(row["set"], row["compressor"]): row for row in figures_of("pruning")["bounds"]}
    names = list(dict.fromkeys(name for name, _ in rows))
    columns = [f"#{SETS.get(name, name)}, {rows[name, 'auto']['rate']:.0%}" for name in names]
    compressors = ("extractive/bm25", "extractive/embedding", "extractive/hybrid", "auto")
    kept = [
        [f"`{compressor}`", *(interval_cell(rows[name, compressor]["kept"]) for name in names)]
        for compressor in compressors
    ]
    return table(["compressor", *columns], kept) + "\n"


def pruning(figures):
    options = [
        (row["set"], row["hops"], "yes" if row["similarity"] else "no", interval_cell(row["kept"]))
        for row in figures["options"]
    ]
    return section(
        "The pruner at equal tokens",
        "Supporting spans kept whole, or an answer contained; paired difference to the best baseline:",
        bounds(figures["bounds"]),
        table(["set", "#readings", "similarity", "#kept"], options),
        "Without a budget:",
        thresholds(figures["threshold"]),
        "Without a query:",
        table(["what", "#figure"], map(_words_row, figures["words"])),
    )


def _words_row(row):
    if row["set"] == "google":
        return f"F1 of kept words, {row['rule']}, mean of sentences", interval_cell(row["F1"])
    return (
        f"all words of an answer kept at half the tokens, {row['compressor']}",
        interval_cell(row["all words of an answer"]),
    )


def bounds(rows):
    """What each compressor keeps, and its difference to the best baseline."""
    cells = [
        (
            row["set"],
            f"{row['tokens']:.1%}",
            row["compressor"],
            interval_cell(row["kept"]),
            f"{interval_cell(row['difference'])} to {row['best baseline']}" if "difference" in row else "",
        )
        for row in rows
    ]
    return table(["set", "#tokens", "compressor", "#kept", "#difference"], cells)


def thresholds(rows):
    """What calls without a budget keep."""
    columns = ["set", "questions", "#nothing kept", "#tokens kept", "#answer kept", "#average precision", "#F1"]
    cells = [
        (
            row["set"],
            row["kind"],
            *(interval_cell(row.get(name)) for name in ("nothing kept", "tokens", "answer kept", "average precision")),
            row.get("F1", "–"),
        )
        for row in rows
    ]
    return table(columns, cells)


def latency(figures):
    seconds = [(f"{name}, seconds", f"{value:.4f}") for name, value in figures["seconds, median"].items()]
    ratios = [(name, value) for name, value in figures.items() if isinstance(value, float)]
    return section(
        "The pruner's latency",
        f"{figures['documents']} documents, {figures['tokens']:,} tokens, cold:",
        table(["what", "#figure"], [*seconds, *ratios]),
    )


def pages(figures):
    rows, cleaning, parity = figures["answers"]["rows"], figures["cleaning"], figures["parity"]
    peers = [key for key in rows[0] if key.startswith("over ")]
    answers = [
        (
            f"{row['budget']:,}",
            row["compressor"],
            f"{row['tokens']:,}",
            interval_cell(row["kept"]),
            *(interval_cell(row[peer]) if peer in row else "" for peer in peers),
        )
        for row in rows
    ]
    cleaned = (
        f"Cleaned: {interval_cell(cleaning['ratio'])} tokens for one of the visible text; "
        f"{cleaning['pages that lose text']} of {cleaning['pages']} pages lose some of it."
    )
    if "same" in parity:
        cleaned += (
            f" As htmlrag 0.1.1 cleans and cuts them: {parity['same']:.1%} of {parity['pages']} pages, "
            f"{parity['times as fast']} times as fast."
        )
    return section(
        "Web pages",
        "All answers kept, of the questions whose answers stand in the page; paired differences:",
        table(["#budget", "compressor", "#tokens", "#kept", *(f"#{peer}" for peer in peers)], answers),
        cleaned,
        "A page of a million characters, nothing cached (seconds on this machine):",
        table(["what", "#figure"], figures["time"].items()),
    )


def retention(figures):
    rates = sorted({row["rate"] for row in figures})
    columns = ["set", "compressor", *(f"#{rate:.0%} of tokens" for rate in rates)]
    keys = list(dict.fromkeys((row["set"], row["compressor"]) for row in figures))
    parts = []
    for metric, title in (("support_recall", "Supporting spans kept whole"), ("answer_contained", "Answer contained")):
        rows = [
            (*key, *(interval_cell(row[metric]) for row in figures if (row["set"], row["compressor"]) == key))
            for key in keys
        ]
        parts += [f"{title}, mean and 95% interval:", table(columns, rows)]
    return section("What is left at a given share of tokens", *parts)


def budgets(figures):
    columns = [
        "compressor",
        "budget",
        "#over it",
        "#units left out",
        "#of these would fit",
        "#used, mean",
        "#used, least",
    ]
    rows = [
        (
            row["compressor"],
            f"{row['target_tokens']} tokens" if "target_tokens" in row else f"rate {row['rate']}",
            f"{row['over_target']} of {row['contexts']}",
            f"{row['units_left_out']:,}",
            row["of_these_would_fit"],
            f"{row['budget_used_mean']:.1%}",
            f"{row['budget_used_least']:.1%}",
        )
        for row in figures
    ]
    return section("The budget holds", table(columns, rows))


def splitting(figures):
    rows = [
        (
            row["set"],
            f"{row['documents']:,}",
            f"{row['boundaries']:,}",
            *(f"{row[name]:.4f}" for name in ("precision", "recall", "f1")),
        )
        for row in figures
    ]
    columns = ["set", "#documents", "#boundaries", "#precision", "#recall", "#F1"]
    return section("Sentence boundaries", table(columns, rows))


def speed(figures):
    long = figures["long"]
    rows = [
        ("`import ragzip`, seconds", f"{figures['import']['seconds_median']:.3f}"),
        ("counting 100,000 tokens, milliseconds", f"{figures['count']['milliseconds_per_100k_tokens']:.1f}"),
        (
            "10 documents at a new rate, share of the cold time",
            f"{figures['warm_cache']['warm_over_cold_median']:.1%}",
        ),
        ("embedder, tokens a second", f"{long['embedder_tokens_per_second']:,}"),
    ]
    rows += [
        (f"{key}, {long['tokens']:,} tokens, seconds cold / warm", f"{row['cold_seconds']} / {row['warm_seconds']}")
        for key, row in long.items()
        if isinstance(row, dict)
    ]
    return section("Speed", table(["what", "#figure"], rows))


def suite(figures):
    """What is left of a suite, a line for each task and budget."""
    rows = [row for row in figures["rows"] if row["compressor"] != "none" and row["quality"]]
    compressors = list(dict.fromkeys(row["compressor"] for row in rows))
    rows_by_line = {}
    for row in rows:
        rows_by_line.setdefault((row["task"], budget_of(row)), {})[row["compressor"]] = row
    lines = []
    for (task, budget), by_compressor in rows_by_line.items():
        first = next(iter(by_compressor.values()))
        star = "" if first["measure"] == "answer kept" else " *"
        kept = [
            f"{by_compressor[name]['quality']['mean']:.3f}" if name in by_compressor else "" for name in compressors
        ]
        lines.append((f"{task}{star}", f"{first['quality']['n']:,}", budget, *kept))
    return section(
        f"{figures['suite']}: what is left, without a reader",
        "Answers kept, or where they do not stand in the context as they are (*), their words:",
        table(["task", "#n", "#budget", *(f"#{compressor}" for compressor in compressors)], lines),
        f"![{figures['suite']}](results/suite_{figures['suite']}.svg)",
    )


def budget_of(row):
    return f"{row['rate_asked']:.0%}" if row["rate_asked"] else f"{row['target_tokens']:,} tokens"


def reader(figures):
    rows = [row for row in figures["rows"] if row["task"] != "all tasks"]
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    rows.sort(key=lambda row: (tasks.index(row["task"]), row["compressor"] != "none", row["compressor"], -row["rate"]))
    cells = [
        (
            row["task"],
            f"`{row['compressor']}`" + (f" {row['rate_asked']:.0%}" if row["rate_asked"] else ""),
            row["n"],
            f"{row['rate']:.1%}",
            interval_cell(row["scores"]["qa_f1"]),
            signed_cell(row["difference"]),
            interval_cell(row["scores"]["exact_match"]),
            f"{row['nll']['mean']:.2f}" if row["nll"] else "",
        )
        for row in rows
    ]
    columns = ["set", "compressor", "#n", "#tokens kept", "#F1", "#over the whole context", "#exact match",
               "#NLL of the answer"]  # fmt: skip
    name = figures["reader"].split("-instruct")[0]
    about = (
        f"A small model that answers ({name}, greedy), from ten paragraphs a question and from what is left of them:"
    )
    return f"{about}\n\n{table(columns, cells)}\n"


def soft_card():
    """The soft adapters' card: how they were trained, and their figures."""
    page = card("soft/reader")
    columns = ["adapter", "#questions", "#tokens of contexts", "#minutes", "while training, on development data"]
    adapters = ("reader", "compllm", "gmsa", "xrag")
    replace_part(page, *marks("run"), table(columns, map(_run_of_adapter, adapters)))
    if (figures := figures_of("soft")) is not None:
        replace_part(page, *marks("figures"), soft(figures).partition("\n\n")[2])


def _run_of_adapter(name):
    run = json.loads((shipped(f"soft/{name}") / "config.json").read_text("utf-8"))["run"]
    probed = [row for row in run["log"] if any(key.startswith("dev ") for key in row)]
    names = [key for key in probed[0] if key.startswith("dev ")]
    figures = "; ".join(f"{key.removeprefix('dev ')} " + " → ".join(str(row[key]) for row in probed) for key in names)
    last = run["log"][-1]
    return name, f"{run['questions']:,}", f"{last['tokens']:,}", last["seconds"] // 60, figures


def pruner_card():
    """The pruner's card: its figures, and a plot of what is kept against tokens."""
    if (figures := figures_of("pruning")) is None:
        return
    folder = shipped("pruner")
    rows = [row for row in figures["bounds"] if row["compressor"] != "extractive/pruner"]
    parts = [bounds(rows), thresholds(figures["threshold"]), "![what is kept against tokens](recall.png)"]
    replace_part(folder / "CARD.md", *marks("figures"), "\n\n".join(parts) + "\n")
    plot(figures["curve"], folder / "recall.png")


SECTIONS = {
    "pruning": pruning,
    "domains": lambda figures: domains(figures, lambda rows: bounds(rows).split("\n")),
    "answering": lambda figures: answering(figures, interval_cell),
    "claims": claims,
    "languages": languages,
    "latency": latency,
    "pages": pages,
    "soft": soft,
    "soft_grains": soft_grains,
    "rewriting": lambda figures: rewriting(figures, interval_cell),
    "suite_qa": suite,
    "suite_longbench": suite,
    "suite_meetings": suite,
    "structure": lambda figures: structure(figures, interval_cell),
    "retrieval": lambda figures: "### Retrieval with feedback\n\n" + retrieval(figures, interval_cell),
    "retention": retention,
    "budgets": budgets,
    "side_by_side": side_by_side,
    "parity": parity,
    "splitting": splitting,
    "speed": speed,
}
