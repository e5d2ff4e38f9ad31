"""The LSTM cell, with every connection of its equations."""

import matplotlib.pyplot as plt
from matplotlib.patches import Circle, FancyBboxPatch

from course_utils import language

BLOCK, EDGE, SOFT, BELT = "#cfe3f2", "#222222", "#555555", "#b35900"
BLOCKS = {"f": 1.7, "i": 3.2, "g": 4.7, "o": 6.6}  # x of each block, in the order of the drawing


def lstm_diagram():
    """One step of an LSTM: x_t and h_{t-1} go into all four blocks; the cell state runs along the top; tanh(c_t)
    comes before the output gate.

    Hochreiter & Schmidhuber 1997 with the forget gate of Gers, Schmidhuber & Cummins 2000, no peepholes. Returns the
    figure."""
    fig, ax = plt.subplots(figsize=(7.6, 4.3))
    ax.set(xlim=(-0.75, 9.1), ylim=(-0.65, 4.9), aspect="equal")
    ax.axis("off")
    belt, product, top, shelf, h_rail, x_rail = 4.4, 3.3, 2.25, 1.5, 0.8, 0.3

    def line(*points, colour=EDGE, width=1.2, style="-", arrow=True):
        xs, ys = zip(*points)
        ax.plot(xs, ys, color=colour, linewidth=width, linestyle=style, solid_capstyle="butt")
        if arrow:
            (x0, y0), (x1, y1) = points[-2:]
            ax.annotate(
                "",
                (x1, y1),
                (x1 + (x0 - x1) / 50, y1 + (y0 - y1) / 50),
                arrowprops={"arrowstyle": "-|>", "color": colour, "shrinkA": 0, "shrinkB": 0, "lw": width},
            )

    def node(x, y, sign):
        ax.add_patch(Circle((x, y), 0.2, facecolor="white", edgecolor=EDGE, zorder=3))
        ax.text(x, y, sign, ha="center", va="center_baseline", zorder=4)

    def box(x, low, high, label, half=0.42):
        ax.add_patch(
            FancyBboxPatch(
                (x - half, low),
                2 * half,
                high - low,
                boxstyle="round,pad=0,rounding_size=0.08",
                facecolor=BLOCK,
                edgecolor=EDGE,
                zorder=3,
            )
        )
        ax.text(x, (low + high) / 2, label, ha="center", va="center_baseline", zorder=4)

    # the belt: c_{t-1} times f, plus i * g
    f, i, g, o = BLOCKS.values()
    line((-0.1, belt), (f - 0.2, belt), colour=BELT, width=2.2)
    line((f + 0.2, belt), (g - 0.2, belt), colour=BELT, width=2.2)
    line((g + 0.2, belt), (8.4, belt), colour=BELT, width=2.2)
    node(f, belt, r"$\times$")
    node(g, belt, "$+$")
    ax.text(-0.2, belt, "$c_{t-1}$", ha="right", va="center")
    ax.text(8.5, belt, "$c_t$", ha="left", va="center")

    ax.plot(7.5, belt, "o", color=BELT, markersize=5)
    ax.text(
        (f + g) / 2,
        belt + 0.28,
        language.say("细胞状态：只有乘和加", "the cell state: only × and +"),
        ha="center",
        va="center",
        fontsize=9,
        color=SOFT,
    )

    # what the blocks do to it
    line((f, top), (f, belt - 0.2))
    line((i, top), (i, product), (g - 0.2, product))
    line((g, top), (g, product - 0.2))
    node(g, product, r"$\times$")
    line((g, product + 0.2), (g, belt - 0.2))

    # c_t through tanh, then times o
    out = 7.5
    line((out, belt), (out, 3.75))
    box(out, 3.3, 3.75, r"$\tanh$")
    line((out, 3.3), (out, 2.8))
    node(out, 2.6, r"$\times$")
    line((o, top), (o, 2.6), (out - 0.2, 2.6))
    line((out + 0.2, 2.6), (8.4, 2.6))
    ax.text(8.5, 2.6, "$h_t$", ha="left", va="center")

    # both inputs reach all four blocks
    line((-0.1, h_rail), (o - 0.15, h_rail), arrow=False)
    line((0.6, -0.15), (0.6, x_rail), (o + 0.15, x_rail), style="--", arrow=False)
    ax.text(-0.2, h_rail, "$h_{t-1}$", ha="right", va="center")
    ax.text(0.6, -0.4, "$x_t$", ha="center", va="center")
    names = {
        "f": ("遗忘门", "forget gate"),
        "i": ("输入门", "input gate"),
        "g": ("候选", "candidate"),
        "o": ("输出门", "output gate"),
    }
    for block, x in BLOCKS.items():
        line((x - 0.15, h_rail), (x - 0.15, shelf))
        line((x + 0.15, x_rail), (x + 0.15, shelf), style="--")
        if block != "o":  # a dot where a line branches; crossings have none
            ax.plot([x - 0.15, x + 0.15], [h_rail, x_rail], "o", color=EDGE, markersize=4)
        box(x, shelf, top, r"$\tanh$" if block == "g" else r"$\sigma$")
        ax.text(x + 0.08, top + 0.22, f"${block}_t$", ha="left", va="center")
        ax.text(x - 0.08, top + 0.22, language.say(*names[block]), ha="right", va="center", fontsize=9, color=SOFT)
    return fig
