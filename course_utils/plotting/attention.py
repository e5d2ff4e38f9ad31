"""Where a decoder looks: the idea as a diagram, and the weights of a trained model as a map."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyBboxPatch

from course_utils import language

from .graph import BLOCK, EDGE, SOFT
from .strip import SIGNED

LOOK = "#D55E00"


def attention_graph(symbols, weights, written):
    """An encoder that leaves one state for each of `symbols` (S), and a decoder about to write `written`: one line to
    each state, as thick as its weight; the numbers stand below the states. weights: S numbers that add up to 1.
    Returns the figure."""
    S = len(symbols)
    if len(weights) != S:
        raise ValueError(f"attention_graph needs one weight for each symbol, got {len(weights)} for {S}")
    fig, ax = plt.subplots(figsize=(1.2 + 0.75 * S, 3.6))
    ax.set(xlim=(0.2, S + 0.8), ylim=(-1.0, 4.1))
    ax.axis("off")

    def box(x, y, label, colour=BLOCK):
        shape = FancyBboxPatch(
            (x - 0.3, y - 0.28), 0.6, 0.56, boxstyle="round,pad=0,rounding_size=0.08", facecolor=colour, edgecolor=EDGE
        )
        ax.add_patch(shape)
        ax.text(x, y, label, ha="center", va="center")

    def arrow(start, end):
        ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": SOFT, "shrinkA": 0, "shrinkB": 0})

    middle = (S + 1) / 2
    for s, (symbol, weight) in enumerate(zip(symbols, weights), start=1):
        ax.plot([s, middle], [1.28, 2.72], color=LOOK, linewidth=0.4 + 7 * weight, linestyle="-", zorder=0)
        box(s, 1, f"$h_{{{s}}}$")
        ax.text(s, -0.1, symbol, ha="center", va="center", fontsize=12)
        ax.text(s, -0.7, f"{weight:.2f}", ha="center", va="center", fontsize=9, color=LOOK)
        arrow((s, 0.12), (s, 0.72))
        if s < S:
            ax.annotate(
                "",
                (s + 0.7, 1),
                (s + 0.3, 1),
                arrowprops={"arrowstyle": "<|-|>", "color": SOFT, "shrinkA": 0, "shrinkB": 0},
            )
    box(middle, 3, "$q$", "#f6dcc8")
    ax.text(
        middle + 0.45,
        3,
        language.say(f"解码器：要写“{written}”了", f"decoder, about to write “{written}”"),
        ha="left",
        va="center",
        fontsize=9,
    )
    ax.text(0.25, -0.7, r"$\alpha$", ha="left", va="center", color=LOOK)
    return fig


def alignment(ax, weights, asked, asking, *, numbers=False):
    """Draw weights (T, S), an array or a detached tensor: one row for each symbol written (`asking`, T labels), one
    column for each place of the source (`asked`, S labels); darker is more, from 0 to 1. numbers=True prints each
    weight into its square. Returns the image."""
    weights = np.asarray(weights)
    if weights.shape != (len(asking), len(asked)):
        raise ValueError(f"weights are {weights.shape}, but the labels {(len(asking), len(asked))}")
    image = ax.imshow(weights, cmap=SIGNED.reversed(), vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    ax.grid(False)
    ax.set_xticks(range(len(asked)), asked)
    ax.set_yticks(range(len(asking)), asking)
    ax.set_xlabel(language.say("原文的位置（键）", "place of the source (key)"))
    ax.set_ylabel(language.say("正在写（查询）", "being written (query)"))
    ax.figure.colorbar(image, ax=ax, label=language.say("权重 $\\alpha$", "weight $\\alpha$"), pad=0.02)
    if numbers:
        for t, row in enumerate(weights.tolist()):
            for s, weight in enumerate(row):
                colour = "white" if weight > 0.65 else "black"
                ax.text(s, t, f"{weight:.2f}", ha="center", va="center", color=colour)
    return image
