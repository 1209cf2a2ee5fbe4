"""Draws scale.csv: plot_scale.py FOLDER writes scale, SVG and PNG."""

import csv
import pathlib
import sys

import figures
from figures import pyplot
from matplotlib.ticker import MaxNLocator

MIB = 1 << 20
JOBS = {
    "rewrite": ("Streams", "length of the stream", lambda n: size(n)),
    "freq": ("Feeds", "number of feeds", lambda n: f"{n:,}"),
}


def main():
    folder = pathlib.Path(sys.argv[1])
    with open(folder / "scale.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    figure, grid = pyplot.subplots(2, 2, figsize=(16, 9))
    figure.subplots_adjust(left=0.055, right=0.865, top=0.82, bottom=0.075, hspace=0.5, wspace=0.6)
    for (job, texts), panels in zip(JOBS.items(), grid):
        draw([row for row in rows if row["job"] == job], *texts, panels)
    figures.heading(
        figure,
        "As the work grows: time for a byte, and peak memory",
        "`benchlens rewrite` on streams and `benchlens freq` on feeds. Median time without the start of the "
        "process, logarithmic; largest resident set of any run.\n"
        "Orange: the default. Blue: the strictest bound.",
    )
    figures.save(figure, folder, "scale")


def draw(rows, title, amount, amount_text, panels):
    series = {}
    for row in rows:
        series.setdefault(row["way"], []).append(row)
    amounts = sorted({int(row["amount"]) for row in rows})
    cost, memory = panels
    for panel, unit in ((cost, "nanoseconds a byte"), (memory, "MiB at the peak")):
        panel.set_xscale("log")
        panel.set_title(f"{title}: {unit}", loc="left", pad=10)
        panel.set_xticks(amounts, [amount_text(it) for it in amounts])
        panel.set_xlabel(amount)
        panel.minorticks_off()
        panel.xaxis.grid(False)
    cost.set_yscale("log")
    ends = {cost: [], memory: []}
    for way, points in series.items():
        colour, front = (figures.OURS, 3) if way == "default" else (figures.PEER, 2)
        xs = [int(point["amount"]) for point in points]
        for panel, ys in (
            (cost, [float(point["ns_per_byte"]) for point in points]),
            (memory, [int(point["peak_bytes"]) / MIB for point in points]),
        ):
            # If the start-up time varies by more than a small input takes, there is nothing to show.
            shown = [(x, y) for x, y in zip(xs, ys) if y > 0]
            if not shown:
                continue
            panel.plot(
                *zip(*shown),
                "o-",
                color=colour,
                linewidth=2.4 if front == 3 else 1.2,
                markersize=7 if front == 3 else 4,
                zorder=front,
            )
            ends[panel].append((*shown[-1], way, colour))
    bounds = bounds_of(series)
    memory.plot(*zip(*bounds), "--", color=figures.LIMIT, linewidth=2)
    ends[memory].append((*bounds[-1], "bound", figures.LIMIT))
    memory.set_ylim(0, memory.get_ylim()[1])
    memory.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    low, high = cost.get_ylim()
    ticks = [tick for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if low <= tick <= high]
    cost.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    cost.minorticks_off()
    for panel, labels in ends.items():
        figures.end_labels(panel, labels)


def bounds_of(series):
    """The strictest bound of any way at each amount."""
    strictest = {}
    for row in (row for points in series.values() for row in points):
        bound = int(row["bound_bytes"]) / MIB
        strictest[int(row["amount"])] = min(bound, strictest.get(int(row["amount"]), bound))
    return sorted(strictest.items())


def size(count):
    return f"{count >> 30} GiB" if count >= 1 << 30 else f"{count >> 20} MiB"


if __name__ == "__main__":
    main()
