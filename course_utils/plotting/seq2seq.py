"""The encoder, the decoder, and the one state that is handed over."""

import matplotlib.pyplot as plt

from course_utils.language import say

from .style import COLOURS

_SOURCE = ["八", "月", "九", "日"]
_TARGET = ["0", "8", "-", "0"]


def seq2seq_diagram():
    """Four steps of reading and four of writing; 八月九日 on its way to 08-0…. Returns the figure."""
    fig, ax = plt.subplots(figsize=(8.6, 3.1))
    ax.set(xlim=(-0.7, 10.2), ylim=(-1.35, 2.4))
    ax.axis("off")
    reading, writing = range(4), range(6, 10)
    for x, symbol in zip(reading, _SOURCE):
        _box(ax, x, COLOURS[0])
        _arrow(ax, (x, -0.75), (x, -0.38))
        ax.text(x, -1.0, symbol, ha="center", va="center", fontsize=13)
    for x, given, symbol in zip(writing, ["BOS", *_TARGET], _TARGET):
        _box(ax, x, COLOURS[2])
        _arrow(ax, (x, -0.75), (x, -0.38))
        ax.text(x, -1.0, given, ha="center", va="center", fontsize=13 if given != "BOS" else 10)
        _arrow(ax, (x, 0.38), (x, 1.0))
        ax.text(x, 1.25, symbol, ha="center", va="center", fontsize=13)
    for x in [*reading, *writing][:-1]:
        if x != 3:
            _arrow(ax, (x + 0.38, 0), (x + 0.62, 0))
    _arrow(ax, (9.38, 0), (9.8, 0))
    ax.text(10.0, 0, "…", ha="center", va="center", fontsize=13)
    _arrow(ax, (3.38, 0), (5.62, 0), color=COLOURS[1], linewidth=3.5)
    ax.text(4.5, 0.7, say("最后的状态", "last state"), ha="center", color=COLOURS[1])
    ax.text(4.5, 0.28, "$(h_S, c_S)$", ha="center", color=COLOURS[1])
    for x in list(writing)[:-1]:  # what was written is fed back
        ax.plot([x + 0.18, x + 0.5, x + 0.5], [1.25, 1.25, -1.0], linestyle="--", color="#666666", linewidth=1)
        _arrow(ax, (x + 0.5, -1.0), (x + 0.83, -1.0), color="#666666")
    for middle, name, colour in (
        (1.5, say("编码器：读", "encoder: reads"), COLOURS[0]),
        (7.5, say("解码器：写", "decoder: writes"), COLOURS[2]),
    ):
        ax.text(middle, 2.0, name, ha="center", fontsize=12, color=colour)
    return fig


def _box(ax, x, colour):
    ax.add_patch(plt.Rectangle((x - 0.38, -0.38), 0.76, 0.76, facecolor=colour + "22", edgecolor=colour, linewidth=1.5))
    ax.text(x, 0, "LSTM", ha="center", va="center", fontsize=9)


def _arrow(ax, start, end, color="#333333", linewidth=1.2):
    ax.annotate(
        "",
        end,
        start,
        arrowprops={"arrowstyle": "-|>", "color": color, "linewidth": linewidth, "shrinkA": 0, "shrinkB": 0},
    )
