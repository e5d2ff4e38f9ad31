"""Feed-forward and recurrent reading of the same sequence, one above the other."""

import matplotlib.pyplot as plt
from matplotlib.patches import FancyBboxPatch

from course_utils import language

from .graph import BLOCK, EDGE


def reading_graphs(T):
    """Two drawings for T steps. Above: one feed-forward network applied to each input by itself. Below: a recurrent
    network,
    whose only arrows from left to right run between states, from h_0 on. Returns the figure."""
    if T < 1:
        raise ValueError(f"reading_graphs needs at least one step, got T = {T}")
    fig, axes = plt.subplots(2, 1, figsize=(1.8 + 1.3 * T, 4.6))
    titles = [
        language.say("前馈：每次从零开始", "feed-forward: a fresh start each time"),
        language.say("循环：状态交给下一步", "recurrent: the state is handed on"),
    ]
    for recurrent, (ax, title) in enumerate(zip(axes, titles)):
        ax.set(xlim=(-0.5, T + 0.85), ylim=(-0.25, 2.95), title=title)
        ax.axis("off")
        for t in range(1, T + 1):
            _box(ax, t, "$A$" if recurrent else "$F$")
            _write(ax, t, 0, f"$x_{{{t}}}$")
            _write(ax, t, 2.7, f"$y_{{{t}}}$")
            _arrow(ax, (t, 0.25), (t, 1.05))
            _arrow(ax, (t, 1.65), (t, 2.42))
            if recurrent:
                _arrow(ax, (t + 0.28, 1.35), (t + 0.72, 1.35))
                _write(ax, t + 0.5, 1.62, f"$h_{{{t}}}$")
        if recurrent:
            _write(ax, 0, 1.35, "$h_0$")
            _arrow(ax, (0.2, 1.35), (0.72, 1.35))
    return fig


def _box(ax, t, label):
    ax.add_patch(
        FancyBboxPatch(
            (t - 0.28, 1.05), 0.56, 0.6, boxstyle="round,pad=0,rounding_size=0.08", facecolor=BLOCK, edgecolor=EDGE
        )
    )
    _write(ax, t, 1.35, label)


def _write(ax, x, y, label):
    ax.text(x, y, label, ha="center", va="center")


def _arrow(ax, start, end):
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": EDGE, "shrinkA": 0, "shrinkB": 0})
