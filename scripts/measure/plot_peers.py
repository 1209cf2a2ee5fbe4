"""Draws peers.csv: plot_peers.py FOLDER writes peers_rewriting and peers_counting, SVG and PNG."""

import csv
import json
import math
import pathlib
import statistics
import sys

import figures
from figures import pyplot

INPUTS = {
    "sparse": "sparse\na match in 64 KiB",
    "dense": "dense\na match in 50 bytes",
    "near_miss": "near misses\nelvielvielvi…",
    "binary": "binary\nrandom bytes",
    "all_e": "all e\neeeeeeee…",
}


def main():
    folder = pathlib.Path(sys.argv[1])
    with open(folder / "peers.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    facts = json.loads((folder / "peers.json").read_text())
    machine = f"{facts['cpu']}, {facts['cores']} cores"
    draw_rewriting([row for row in rows if row["job"] == "rewrite"], machine, folder)
    draw_counting([row for row in rows if row["job"] == "freq"], machine, folder)


def draw_rewriting(rows, machine, folder):
    """One panel per input and one line per way, ordered by the worst input."""
    speeds = {}
    for row in rows:
        speeds.setdefault(row["way"], {})[row["input"]] = float(row["rate"] or "nan")
    kinds = {row["way"]: row["kind"] for row in rows}
    notes = {row["way"]: row["note"] for row in rows}
    timed = {way: [v for v in at.values() if not math.isnan(v)] for way, at in speeds.items()}
    # The default is drawn, and not `vector`, which it chooses.
    drawn = [w for w in speeds if kinds[w] != "limit" and w not in ("cat", "vector") and timed[w]]
    drawn.sort(key=lambda way: min(timed[way]))
    figure, panels = pyplot.subplots(1, len(INPUTS), figsize=(16, 9), sharey=True)
    figure.subplots_adjust(left=0.175, right=0.985, top=0.775, bottom=0.075, wspace=0.07)
    low = min(min(timed[way]) for way in drawn) / 1.4
    high = max(max(timed[way]) for way in timed) * 1.9
    for panel, (name, title) in zip(panels, INPUTS.items()):
        memcpy, cat = speeds["memcpy"][name], speeds["cat"][name]
        panel.set_xscale("log")
        panel.set_xlim(low, high)
        first, _, second = title.partition("\n")
        panel.set_title(first, loc="left", pad=44)
        panel.text(0, 1.048, second, transform=panel.transAxes, fontsize=11, color=figures.PEER)
        for speed, limit, style in ((memcpy, "memcpy", "-"), (cat, "cat", "--")):
            panel.axvline(speed, color=figures.LIMIT, linestyle=style, linewidth=1.6, zorder=1)
            panel.text(
                speed,
                1.008,
                limit,
                transform=panel.get_xaxis_transform(),
                ha="center",
                color=figures.LIMIT,
                fontsize=10.5,
            )
        for place, way in enumerate(drawn):
            speed, colour = speeds[way].get(name, float("nan")), figures.KIND[kinds[way]]
            if math.isnan(speed):
                panel.text(
                    low * 1.1,
                    place,
                    "not the same answer",
                    va="center",
                    fontsize=9,
                    color=figures.PEER,
                )
                continue
            panel.plot(
                [low, speed], [place, place], color=colour, linewidth=1.2, alpha=0.35, zorder=2
            )
            hollow = kinds[way] == "copy"
            panel.plot(
                speed,
                place,
                "o",
                markersize=9,
                color=colour,
                zorder=3,
                markerfacecolor="white" if hollow else colour,
                markeredgewidth=1.8,
            )
            panel.annotate(
                figures.significant(speed),
                (speed, place),
                (9, 0),
                textcoords="offset points",
                va="center",
                fontsize=10,
                color=colour,
                fontweight="bold" if kinds[way] == "ours" else "normal",
                zorder=4,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
            )
        panel.yaxis.grid(False)
        panel.tick_params(axis="y", pad=6)
        ticks = [tick for tick in (0.01, 0.1, 1, 10, 100) if low <= tick <= high]
        panel.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        panel.minorticks_off()
        panel.set_xlabel("GB/s")
        panel.spines["left"].set_visible(False)
    panels[0].set_yticks(range(len(drawn)), [label(way, notes[way]) for way in drawn])
    colour_labels(panels[0], [kinds[way] for way in drawn])
    megabytes = round(
        statistics.mean(float(r["rate"]) * float(r["median_s"]) for r in rows if r["rate"]) * 1000
    )
    figures.heading(
        figure,
        "Rewriting elvis to Elvis: throughput on five inputs",
        f"{megabytes} MB from file to file in memory, process start included; median; GB/s, logarithmic; "
        f"sorted by the worst input.\nOrange: ours. Hollow: only copies. "
        f"memcpy: memory to memory. {machine}.",
    )
    figures.save(figure, folder, "peers_rewriting")


def draw_counting(rows, machine, folder):
    """One bar per way; the read limits as lines."""
    limits = [row for row in rows if row["kind"] == "limit"]
    drawn = [row for row in rows if row["kind"] != "limit" and row["rate"]]
    drawn.sort(key=lambda row: float(row["rate"]))
    figure, panel = pyplot.subplots(figsize=(16, 9))
    figure.subplots_adjust(left=0.25, right=0.95, top=0.82, bottom=0.08)
    most = max(float(row["rate"]) for row in rows if row["rate"])
    for place, row in enumerate(drawn):
        rate, same = float(row["rate"]), row["verdict"] == "same"
        colour = figures.KIND[row["kind"]]
        panel.barh(
            place,
            rate,
            height=0.68,
            color=colour if same else "white",
            edgecolor=colour,
            hatch=None if same else "///",
            linewidth=1,
        )
        text = f"{rate:,.0f}"
        if row["to_go_freq"] and row["way"] != "Go freq" and same:
            text += f"   {figures.significant(float(row['to_go_freq']))}× Go freq"
        elif not same:
            text += "   not the same answer"
        panel.annotate(
            text,
            (rate, place),
            (7, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontweight="bold" if row["kind"] == "ours" else "normal",
            zorder=4,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85},
        )
    for row in limits:
        rate = float(row["rate"])
        one = row["threads"] == "1"
        panel.axvline(
            rate, color=figures.LIMIT, linewidth=1.8, linestyle="--" if one else "-", zorder=3
        )
        panel.text(
            rate,
            1.01,
            f"{row['way']}\n{rate:,.0f}",
            transform=panel.get_xaxis_transform(),
            ha="right" if one else "left",
            color=figures.LIMIT,
        )
    panel.set_xlim(0, most * 1.12)
    panel.set_yticks(range(len(drawn)), [label(row["way"], row["note"]) for row in drawn])
    colour_labels(panel, [row["kind"] for row in drawn])
    panel.yaxis.grid(False)
    panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    panel.set_xlabel("documents per second")
    panel.spines["left"].set_visible(False)
    figures.heading(
        figure,
        "Counting in feeds: documents per second",
        f"{rows[0]['input']} of 39 items from memory, process start included; median. Orange: ours. "
        f"Hatched: does not answer the same question. {machine}.",
    )
    figures.save(figure, folder, "peers_counting")


def label(way, note):
    short = {"whole file in memory": "in memory", "copies": "", "the default": "default"}
    note = ", ".join(filter(None, (short.get(part, part) for part in note.split(", "))))
    return f"{way} ({note})" if note else way


def colour_labels(panel, kinds):
    for text, kind in zip(panel.get_yticklabels(), kinds):
        text.set_color(figures.KIND[kind] if kind != "copy" else figures.PEER)
        if kind == "ours":
            text.set_fontweight("bold")


if __name__ == "__main__":
    main()
