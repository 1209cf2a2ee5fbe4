"""How all plots look: one palette, readable from the last row of a room."""

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot

# Okabe and Ito's colours, told apart by colour-blind eyes and in greyscale.
OURS = "#D55E00"
PEER = "#56626B"
COPY = "#9AA5AD"
LIMIT = "#0072B2"
SERIES = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D31")
INK = "#1F2A30"
FAINT = "#E3E7EA"

KIND = {"ours": OURS, "peer": PEER, "copy": COPY, "limit": LIMIT}

pyplot.rcParams.update(
    {
        "font.family": "DejaVu Sans",
        "font.size": 12,
        "text.color": INK,
        "axes.edgecolor": FAINT,
        "axes.labelcolor": INK,
        "axes.titlesize": 14,
        "axes.titleweight": "bold",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": FAINT,
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        # Looks the same where a font is missing, and the same figures give the same file.
        "svg.fonttype": "path",
        "svg.hashsalt": "benchlens",
        "figure.facecolor": "white",
    }
)


def heading(figure, title, subtitle):
    """A sentence that says what is seen, and a smaller one that says how it was measured."""
    figure.text(0.01, 0.985, title, fontsize=20, fontweight="bold", va="top")
    figure.text(0.01, 0.925, subtitle, fontsize=12, va="top", color=PEER)


def save(figure, folder, name):
    for ending in ("svg", "png"):
        metadata = {"Date": None} if ending == "svg" else {}
        figure.savefig(folder / f"{name}.{ending}", dpi=150, metadata=metadata)
    pyplot.close(figure)


def significant(value):
    """Two digits that count: 0.040, 0.45, 4.5, 45."""
    if value >= 9.95:
        return f"{value:,.0f}"
    return f"{value:#.2g}"


def end_labels(panel, ends, gap=0.068):
    """Names lines right of the panel, at the height of their last points. Names that would overlap
    are moved apart; where many lines lie on each other, only ours stays and the others are counted.
    `ends` holds x, y, text and colour; `gap` is a share of the panel's height."""
    panel.set_xlim(panel.get_xlim())
    panel.set_ylim(panel.get_ylim())
    to_axes = panel.transData + panel.transAxes.inverted()
    placed = sorted(
        (to_axes.transform((x, y))[1], x, y, text, colour) for x, y, text, colour in ends
    )
    labels = []
    for bundle in bundles(placed, gap / 2):
        labels += bundle if len(bundle) <= 3 else counted(bundle)
    labels.sort()
    heights = []
    for height, *_ in labels:
        heights.append(max(height, heights[-1] + gap) if heights else height)
    # Shifts them back by the mean displacement, so that labels are around their lines, not all above them.
    drift = sum(new - old[0] for new, old in zip(heights, labels)) / len(labels)
    drift = max(drift, heights[-1] - 1)
    for height, (_, x, y, text, colour) in zip(heights, labels):
        panel.annotate(
            text,
            (x, y),
            xytext=(1.04, height - drift),
            textcoords="axes fraction",
            xycoords="data",
            va="center",
            fontsize=11,
            color=colour,
            annotation_clip=False,
            fontweight="bold" if colour != PEER else "normal",
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "linewidth": 0.7,
                "alpha": 0.5,
                "shrinkA": 0,
                "shrinkB": 4,
            },
        )


def bundles(placed, near):
    """Groups of neighbours, each nearer to the one before it than `near`."""
    groups = []
    for label in placed:
        if groups and label[0] - groups[-1][-1][0] < near:
            groups[-1].append(label)
        else:
            groups.append([label])
    return groups


def counted(bundle):
    """The highlighted labels of a bundle, and one label for all others."""
    others = [label for label in bundle if label[4] == PEER]
    height, x, y, _, colour = others[len(others) // 2]
    highlighted = [label for label in bundle if label[4] != PEER]
    text = f"{len(others)} others" if highlighted else f"{len(others)} ways"
    return [*highlighted, (height, x, y, text, colour)]
