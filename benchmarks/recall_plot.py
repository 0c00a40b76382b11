"""A plot of what is kept against tokens."""


def plot(rows, path):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    sets = list(dict.fromkeys(row["set"] for row in rows))
    figure = Figure(figsize=(4 * len(sets), 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, name in zip(figure.subplots(1, len(sets), sharey=True), sets, strict=True):
        mine = [row for row in rows if row["set"] == name]
        for compressor in dict.fromkeys(row["compressor"] for row in mine):
            points = [row for row in mine if row["compressor"] == compressor]
            x, y = [row["tokens"] for row in points], [row["kept"]["mean"] for row in points]
            axes.plot(x, y, marker=".", label=compressor)
            low, high = ([row["kept"][end] for row in points] for end in ("low", "high"))
            axes.fill_between(x, low, high, alpha=0.12)
        axes.set(title=f"{name}: {mine[0]['what']} kept", xlabel="share of the tokens kept", xscale="log")
        shares = [0.02, 0.05, 0.1, 0.2, 0.5]
        axes.set_xticks(shares, [f"{share:.0%}" for share in shares])
        axes.set_xticks([], minor=True)
        axes.grid(alpha=0.3)
    axes.legend(fontsize=7)
    figure.savefig(path, dpi=100)
