"""The tables of benchmarks/README.md, and the figures of README.md and docs/explain/figures.md, from results/*.json."""

import json
from pathlib import Path

from answering_report import answering, claims, domains, languages
from recall_plot import plot
from retrieval_table import retrieval
from rewriting_tables import checker_card, rewriter_card, rewriting
from structure_report import structure

from ragzip.models import card, shipped

HERE = Path(__file__).parent
CHOOSING = HERE.parent / "docs" / "choosing.md"
FIGURES = HERE.parent / "docs" / "explain" / "figures.md"
RETRIEVAL = HERE.parent / "docs" / "guides" / "retrieval.md"
SETS = {
    "hotpotqa": "HotpotQA",
    "2wikimultihopqa": "2Wiki",
    "musique": "MuSiQue",
    "squad-v1.1-rag10": "SQuAD",
    "nq-open-rag10": "NQ",
}
BEGIN, END = "<!-- tables: made by report.py -->", "<!-- end of tables -->"


def write_tables():
    replace(HERE / "README.md", BEGIN, END, tables())
    for page in (HERE.parent / "README.md", CHOOSING, FIGURES):
        replace(page, "<!-- figures: made by benchmarks/report.py -->", "<!-- end of figures -->", headline())
    file = HERE / "results" / "reader.json"
    if file.exists():
        made = reader(json.loads(file.read_text("utf-8"))["figures"])
        begin = "<!-- reader: made by benchmarks/report.py -->"
        replace(FIGURES, begin, "<!-- end of reader -->", made)
    file = HERE / "results" / "retrieval.json"
    if file.exists():
        made = retrieval(json.loads(file.read_text("utf-8"))["figures"], cell)
        replace(RETRIEVAL, "<!-- retrieval: made by benchmarks/report.py -->", "<!-- end of retrieval -->", made)
    pruner_card()
    soft_card()
    checker_card(shipped("checker"), replace)
    rewriter_card(shipped("rewriter"), HERE / "results" / "rewriting.json", cell, replace)


def replace(page, begin, end, made):
    text = page.read_text("utf-8")
    head, tail = text.split(begin)[0], text.split(end)[1]
    page.write_text(f"{head}{begin}\n\n{made}\n{end}{tail}", "utf-8")


def headline():
    """What is kept at each set's share of the tokens, by compressor."""
    figures = json.loads((HERE / "results" / "pruning.json").read_text("utf-8"))["figures"]["bounds"]
    rows = {(row["set"], row["compressor"]): row for row in figures}
    sets = list(dict.fromkeys(row["set"] for row in figures))
    columns = [f"{SETS.get(name, name)}, {rows[name, 'auto']['rate']:.0%}" for name in sets]
    out = ["| compressor | " + " | ".join(columns) + " |"]
    out.append("| --- |" + " ---: |" * len(sets))
    for compressor in ("extractive/bm25", "extractive/embedding", "extractive/hybrid", "auto"):
        cells = [cell(rows[name, compressor]["kept"]) for name in sets]
        out.append(f"| `{compressor}` | " + " | ".join(cells) + " |")
    return "\n".join([*out, ""])


def tables():
    parts = []
    for name, make in MADE.items():
        file = HERE / "results" / f"{name}.json"
        if file.exists():
            parts.append(make(json.loads(file.read_text("utf-8"))["figures"]))
    return "\n".join(parts)


def retention(figures):
    out = ["### What is left at a given share of tokens\n"]
    for metric, title in (("support_recall", "supporting spans kept whole"), ("answer_contained", "answer contained")):
        rates = sorted({row["rate"] for row in figures})
        out.append(f"{title.capitalize()}, mean and 95 % interval:\n")
        out.append("| set | compressor | " + " | ".join(f"{rate:.0%} of tokens" for rate in rates) + " |")
        out.append("| --- | --- |" + " ---: |" * len(rates))
        for key in dict.fromkeys((row["set"], row["compressor"]) for row in figures):
            cells = [cell(row[metric]) for row in figures if (row["set"], row["compressor"]) == key]
            out.append(f"| {key[0]} | {key[1]} | " + " | ".join(cells) + " |")
        out.append("")
    return "\n".join(out)


def cell(value):
    return f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]" if value else "–"


def budgets(figures):
    out = ["### The budget holds\n"]
    out.append("| compressor | budget | over it | units left out | of these would fit | used, mean | used, least |")
    out.append("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for row in figures:
        budget = f"{row['target_tokens']} tokens" if "target_tokens" in row else f"rate {row['rate']}"
        out.append(
            f"| {row['compressor']} | {budget} | {row['over_target']} of {row['contexts']} | {row['units_left_out']:,} "
            f"| {row['of_these_would_fit']} | {row['budget_used_mean']:.1%} | {row['budget_used_least']:.1%} |"
        )
    return "\n".join([*out, ""])


def splitting(figures):
    out = ["### Sentence boundaries\n", "| set | documents | boundaries | precision | recall | F1 |"]
    out.append("| --- | ---: | ---: | ---: | ---: | ---: |")
    for row in figures:
        out.append(
            f"| {row['set']} | {row['documents']:,} | {row['boundaries']:,} | {row['precision']:.4f} "
            f"| {row['recall']:.4f} | {row['f1']:.4f} |"
        )
    return "\n".join([*out, ""])


def speed(figures):
    long = figures["long"]
    out = ["### Speed\n", "| what | figure |", "| --- | ---: |"]
    out.append(f"| `import ragzip`, seconds | {figures['import']['seconds_median']:.3f} |")
    out.append(f"| counting 100,000 tokens, milliseconds | {figures['count']['milliseconds_per_100k_tokens']:.1f} |")
    warm = figures["warm_cache"]["warm_over_cold_median"]
    out.append(f"| 10 documents at a new rate, share of the cold time | {warm:.1%} |")
    out.append(f"| embedder, tokens a second | {long['embedder_tokens_per_second']:,} |")
    for key, row in long.items():
        if isinstance(row, dict):
            times = f"{row['cold_seconds']} / {row['warm_seconds']}"
            out.append(f"| {key}, {long['tokens']:,} tokens, seconds cold / warm | {times} |")
    return "\n".join([*out, ""])


def side_by_side(figures):
    libraries = list(figures["speed"][0]["seconds_median"])
    out = ["### llmlingua 0.2.2 and ragzip side by side\n"]
    out.append(f"The same weights ({figures['weights']}) at rate {figures['rate']}, a process each, taking turns:\n")
    out.append("| seconds (times as fast as llmlingua) | " + " | ".join(libraries) + " | int8 over fp32 |")
    out.append("| --- |" + " ---: |" * (len(libraries) + 1))
    for row in figures["speed"]:
        cells = [
            f"{row['seconds_median'][library]:.3f} ({row['times_faster_than_llmlingua'][library]:.1f})"
            for library in libraries
        ]
        out.append(f"| {row['workload']} | " + " | ".join(cells) + f" | {row['int8_times_faster_than_fp32']:.2f} |")
    out.append("\n| int8 | |\n| --- | ---: |")
    for key, share in figures["kept_by_int8_as_by_fp32"].items():
        out.append(f"| words that fp32 keeps too, {key} | {share:.1%} |")
    for dtype, row in figures["export"].items():
        out.append(f"| {dtype} model, megabytes | {row['megabytes']} |")
    for library, row in figures["memory_200k_tokens"].items():
        out.append(f"| peak memory for {row['tokens']:,} tokens, {library}, megabytes | {row['peak_mb']:,} |")
    short = max(row["asked"] - row["obtained"] for row in figures["obtained_rate"])
    over = max(row["obtained"] - row["asked"] for row in figures["obtained_rate"])
    sizes = [row["tokens"] for row in figures["obtained_rate"]]
    out.append(f"| rate obtained, {min(sizes)} to {max(sizes):,} tokens: most below the one asked | {short:.4f} |")
    out.append(f"| most above it | {max(0.0, over):.4f} |")
    return "\n".join([*out, ""])


def parity(figures):
    out = ['### `parity="llmlingua"` against llmlingua 0.2.2\n']
    out.append("| checkpoint | options | rate | contexts | words | kept alike | texts identical |")
    out.append("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for row in figures:
        out.append(
            f"| {row['checkpoint']} | {row['options']} | {row['rate']} | {row['contexts']} | {row['words']:,} "
            f"| {row['same_words']:.3%} | {row['identical_texts']} |"
        )
    return "\n".join([*out, ""])


def pruning(figures):
    out = ["### The pruner at equal tokens\n"]
    out.append("Supporting spans kept whole, or an answer contained; paired difference to the best baseline:\n")
    out += bounds(figures["bounds"])
    out.append("\n| set | readings | similarity | kept |\n| --- | ---: | --- | ---: |")
    for row in figures["options"]:
        similar = "yes" if row["similarity"] else "no"
        out.append(f"| {row['set']} | {row['hops']} | {similar} | {cell(row['kept'])} |")
    out.append("\nWithout a budget (the threshold alone):\n")
    out += thresholds(figures["threshold"])
    out.append("\nWithout a query:\n\n| what | figure |\n| --- | ---: |")
    for row in figures["words"]:
        if row["set"] == "google":
            out.append(f"| F1 of kept words, {row['rule']}, mean of sentences | {cell(row['F1'])} |")
        else:
            kept = cell(row["all words of an answer"])
            out.append(f"| all words of an answer kept at half the tokens, {row['compressor']} | {kept} |")
    return "\n".join([*out, ""])


def bounds(rows):
    yield "| set | tokens | compressor | kept | difference |"
    yield "| --- | ---: | --- | ---: | ---: |"
    for row in rows:
        difference = f"{cell(row['difference'])} to {row['best baseline']}" if "difference" in row else ""
        yield f"| {row['set']} | {row['tokens']:.1%} | {row['compressor']} | {cell(row['kept'])} | {difference} |"


def thresholds(rows):
    yield "| set | questions | nothing kept | tokens kept | answer kept | average precision | F1 |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    for row in rows:
        rest = [cell(row.get("answer kept")), cell(row.get("average precision")), str(row.get("F1", "–"))]
        cells = [row["set"], row["kind"], cell(row["nothing kept"]), cell(row["tokens"]), *rest]
        yield "| " + " | ".join(cells) + " |"


def latency(figures):
    out = ["### The pruner's latency\n", f"{figures['documents']} documents, {figures['tokens']:,} tokens, cold:\n"]
    out.append("| what | figure |\n| --- | ---: |")
    out += [f"| {name}, seconds | {value:.4f} |" for name, value in figures["seconds, median"].items()]
    out += [f"| {name} | {value} |" for name, value in figures.items() if isinstance(value, float)]
    return "\n".join([*out, ""])


def pages(figures):
    out = [
        "### Web pages\n",
        "All answers kept, of the questions whose answers stand in the page; paired differences:\n",
    ]
    peers = [key for key in figures["answers"]["rows"][0] if key.startswith("over ")]
    out.append("| budget | compressor | tokens | kept | " + " | ".join(peers) + " |")
    out.append("| ---: | --- | ---: | ---: |" + " ---: |" * len(peers))
    for row in figures["answers"]["rows"]:
        cells = [f"{row['budget']:,}", row["compressor"], f"{row['tokens']:,}", cell(row["kept"])]
        out.append("| " + " | ".join([*cells, *(cell(row[peer]) if peer in row else "" for peer in peers)]) + " |")
    clean, same = figures["cleaning"], figures["parity"]
    out.append(f"\nCleaned: {cell(clean['ratio'])} tokens for one of the visible text; "
               f"{clean['pages that lose text']} of {clean['pages']} pages lose some of it. ")  # fmt: skip
    if "same" in same:
        out.append(f"As htmlrag 0.1.1 cleans and cuts them: {same['same']:.1%} of {same['pages']} pages, "
                   f"{same['times as fast']} times as fast.")  # fmt: skip
    out.append("\nA page of a million characters, nothing cached (seconds on this machine):\n")
    out.append("| what | figure |\n| --- | ---: |")
    out += [f"| {name} | {value} |" for name, value in figures["time"].items()]
    return "\n".join([*out, ""])


def suite(made):
    """Where several budgets were run, a line for each."""
    rows = [row for row in made["rows"] if row["compressor"] != "none" and row["quality"]]
    compressors = list(dict.fromkeys(row["compressor"] for row in rows))
    out = [f"### {made['suite']}: what is left, without a reader\n"]
    out.append("Answers kept, or where they do not stand in the context as they are (*), their words:\n")
    out.append("| task | n | budget | " + " | ".join(compressors) + " |")
    out.append("| --- | ---: | ---: |" + " ---: |" * len(compressors))
    for task, budget in dict.fromkeys((row["task"], budget_of(row)) for row in rows):
        found = {r["compressor"]: r for r in rows if r["task"] == task and budget_of(r) == budget}
        one = next(iter(found.values()))
        star = "" if one["measure"] == "answer kept" else " *"
        cells = [f"{found[c]['quality']['mean']:.3f}" if c in found else "" for c in compressors]
        out.append(f"| {task}{star} | {one['quality']['n']:,} | {budget} | " + " | ".join(cells) + " |")
    out.append(f"\n![{made['suite']}](results/suite_{made['suite']}.svg)\n")
    return "\n".join(out)


def budget_of(row):
    return f"{row['rate_asked']:.0%}" if row["rate_asked"] else f"{row['target_tokens']:,} tokens"


def reader(figures):
    name = figures["reader"].split("-instruct")[0]
    out = [
        f"A small model that answers ({name}, greedy), from ten paragraphs a question and from what is left of them:\n"
    ]
    out.append("| set | compressor | n | tokens kept | F1 | over the whole context | exact match | NLL of the answer |")
    out.append("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    rows = [row for row in figures["rows"] if row["task"] != "all tasks"]
    sets = list(dict.fromkeys(row["task"] for row in rows))
    for row in sorted(
        rows, key=lambda row: (sets.index(row["task"]), row["compressor"] != "none", row["compressor"], -row["rate"])
    ):
        asked = f" {row['rate_asked']:.0%}" if row["rate_asked"] else ""
        cells = [cell(row["scores"]["qa_f1"]), signed(row["difference"]), cell(row["scores"]["exact_match"])]
        nll = f"{row['nll']['mean']:.2f}" if row["nll"] else ""
        out.append(
            f"| {row['task']} | `{row['compressor']}`{asked} | {row['n']} | {row['rate']:.1%} | "
            + " | ".join([*cells, nll])
            + " |"
        )
    return "\n".join([*out, ""])


def signed(value):
    return f"{value['mean']:+.3f} [{value['low']:+.3f}, {value['high']:+.3f}]" if value else ""


def soft(figures):
    """Share of the text's gain, by set; and what vectors save."""
    sets = figures["gain"]
    asked = ", ".join(f"{name}: {row['questions']} questions" for name, row in sets.items())
    out = ["### Soft tokens\n"]
    out.append(
        f"{figures['model']}, {figures['reader']}. Of what the text tells of the answer, vectors tell ({asked}):\n"
    )
    out.append("| arm | " + " | ".join(sets) + " |")
    out.append("| --- |" + " ---: |" * len(sets))
    for arm in next(iter(sets.values()))["retained"]:
        out.append(f"| {arm} | " + " | ".join(cell(row["retained"].get(arm)) for row in sets.values()) + " |")
    for arm in next(iter(sets.values()))["tokens to a vector"]:
        told = [str(row["tokens to a vector"][arm]) for row in sets.values()]
        out.append(f"| {arm}: tokens to a vector, measured | " + " | ".join(told) + " |")
    for arm in ("none", "text"):
        out.append(
            f"| NLL of the answer, {arm} | " + " | ".join(f"{row['nll'][arm]:.3f}" for row in sets.values()) + " |"
        )
    out.append("\nReading a context of 8,000 tokens whose vectors are cached, to the first token:\n")
    out.append("| context | positions | seconds | times as fast | keys and values, megabytes | share |")
    out.append("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, row in figures["speed"].items():
        cells = [f"{row['tokens']:,}", row["seconds"], row["times as fast"], round(row["kv_bytes"] / 1e6, 1)]
        out.append(f"| {name} | " + " | ".join(map(str, [*cells, row["share of kv"]])) + " |")
    out.append("\nMaking vectors, and how large they are:\n")
    out.append("| method | pieces | tokens | seconds | float16, kilobytes | int8, kilobytes |")
    out.append("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, rows in figures["encoding"].items():
        for row in rows:
            sizes = [round(row[key] / 1e3) for key in ("float16_bytes", "int8_bytes")]
            cells = [f"{row['pieces']:,}", f"{row['tokens']:,}", row["seconds"], *(f"{size:,}" for size in sizes)]
            out.append(f"| {name} | " + " | ".join(map(str, cells)) + " |")
    return "\n".join([*out, ""])


def soft_grains(figures):
    """Share of the text's gain at equal positions, by set."""
    sets = figures["gain"]
    asked = ", ".join(f"{name}: {row['questions']} questions" for name, row in sets.items())
    out = [f"### Soft tokens under one budget\n\n{figures['model']}; of what the text tells of the answer ({asked}):\n"]
    out += ["| arm, tokens to a position | " + " | ".join(sets) + " |", "| --- |" + " ---: |" * len(sets)]
    for arm in next(iter(sets.values()))["retained"]:
        out.append(f"| {arm} | " + " | ".join(cell(row["retained"].get(arm)) for row in sets.values()) + " |")
    return "\n".join([*out, ""])


def soft_card():
    """The soft adapters' card: how they were trained, and their figures."""
    page, file = card("soft/reader"), HERE / "results" / "soft.json"
    out = ["| adapter | questions | tokens of contexts | minutes | while training, on development data |"]
    out.append("| --- | ---: | ---: | ---: | --- |")
    for name in ("reader", "compllm", "gmsa", "xrag"):
        run = json.loads((shipped(f"soft/{name}") / "config.json").read_text("utf-8"))["run"]
        looked = [row for row in run["log"] if any(key.startswith("dev ") for key in row)]
        figures = {
            key.removeprefix("dev "): [row[key] for row in looked] for key in looked[0] if key.startswith("dev ")
        }
        told = "; ".join(f"{key} " + " → ".join(map(str, values)) for key, values in figures.items())
        last = run["log"][-1]
        out.append(f"| {name} | {run['questions']:,} | {last['tokens']:,} | {last['seconds'] // 60} | {told} |")
    replace(page, "<!-- run: made by benchmarks/report.py -->", "<!-- end of run -->", "\n".join(out))
    if not file.exists():
        return
    made = soft(json.loads(file.read_text("utf-8"))["figures"]).partition("\n\n")[2]
    replace(page, "<!-- figures: made by benchmarks/report.py -->", "<!-- end of figures -->", made)


def pruner_card():
    """The pruner's card: its figures, and a plot of what is kept against tokens."""
    folder, file = shipped("pruner"), HERE / "results" / "pruning.json"
    if not file.exists():
        return
    figures = json.loads(file.read_text("utf-8"))["figures"]
    rows = [row for row in figures["bounds"] if row["compressor"] != "extractive/pruner"]
    lines = [*bounds(rows), "", *thresholds(figures["threshold"]), "", "![what is kept against tokens](recall.png)", ""]
    begin, end = "<!-- figures: made by benchmarks/report.py -->", "<!-- end of figures -->"
    replace(folder / "CARD.md", begin, end, "\n".join(lines))
    plot(figures["curve"], folder / "recall.png")


MADE = {
    "pruning": pruning,
    "domains": lambda figures: domains(figures, bounds),
    "answering": lambda figures: answering(figures, cell),
    "claims": claims,
    "languages": languages,
    "latency": latency,
    "pages": pages,
    "soft": soft,
    "soft_grains": soft_grains,
    "rewriting": lambda figures: rewriting(figures, cell),
    "suite_qa": suite,
    "suite_longbench": suite,
    "suite_meetings": suite,
    "structure": lambda figures: structure(figures, cell),
    "retrieval": lambda figures: "### Retrieval with feedback\n\n" + retrieval(figures, cell),
    "retention": retention,
    "budgets": budgets,
    "side_by_side": side_by_side,
    "parity": parity,
    "splitting": splitting,
    "speed": speed,
}
