"""The unrolled network."""

import matplotlib.pyplot as plt
from matplotlib.patches import FancyBboxPatch

BLOCK, EDGE, SOFT = "#cfe3f2", "#222222", "#555555"


def unrolled_graph(T, *, inputs=None, outputs=None):
    """A recurrent network drawn for T steps: x_t comes into A from below, h_{t-1} from the left, h_t leaves to the
    right.

    inputs and outputs are T labels each (characters, say); by default x_1 … x_T and y_1 … y_T. outputs=[] draws no
    outputs.
    Returns the figure."""
    inputs = [f"$x_{{{t}}}$" for t in range(1, T + 1)] if inputs is None else list(inputs)
    outputs = [f"$y_{{{t}}}$" for t in range(1, T + 1)] if outputs is None else list(outputs)
    if T < 1 or len(inputs) != T or len(outputs) not in (0, T):
        raise ValueError(
            f"unrolled_graph({T}) needs {T} inputs and {T} outputs (or none), got {len(inputs)} and {len(outputs)}"
        )
    fig, ax = plt.subplots(figsize=(1.4 + 1.25 * T, 2.9 if outputs else 2.2))
    ax.set(xlim=(-0.6, T + 0.85), ylim=(-0.35, 3.1 if outputs else 2.1), aspect="auto")
    ax.axis("off")

    def arrow(start, end, label="", shift=(0, 0)):
        ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": EDGE, "shrinkA": 0, "shrinkB": 0})
        ax.text(
            (start[0] + end[0]) / 2 + shift[0],
            (start[1] + end[1]) / 2 + shift[1],
            label,
            ha="center",
            va="center",
            fontsize=9,
            color=SOFT,
        )

    def write(x, y, label):
        ax.text(x, y, label, ha="center", va="center")

    write(-0.02, 1.4, "$h_0$")
    for t in range(1, T + 1):
        ax.add_patch(
            FancyBboxPatch(
                (t - 0.28, 1.1), 0.56, 0.6, boxstyle="round,pad=0,rounding_size=0.08", facecolor=BLOCK, edgecolor=EDGE
            )
        )
        write(t, 1.4, "$A$")
        write(t, 0, inputs[t - 1])
        write(t + 0.5, 1.6, f"$h_{{{t}}}$")
        arrow((t, 0.25), (t, 1.1), "$W_x$", (0.17, -0.05))
        arrow((t - 0.72 - 0.16 * (t == 1), 1.4), (t - 0.28, 1.4), "$W_h$", (0, -0.25))  # the first one starts at h_0
        if outputs:
            arrow((t, 1.7), (t, 2.5), "$W_y$", (0.17, 0))
            write(t, 2.75, outputs[t - 1])
    arrow((T + 0.28, 1.4), (T + 0.75, 1.4))
    return fig
