"""The walk back: messages against the arrows of the unrolled network."""

import matplotlib.pyplot as plt
from matplotlib.patches import FancyBboxPatch

from .graph import BLOCK, EDGE, SOFT

BACK = "#b35900"


def backward_graph(states, losses, messages, votes, *, total=r"$\partial L/\partial W_h$"):
    """T steps with thin arrows forward and thick dashed arrows back.

    states: T + 1 labels, h_0 … h_T, on the arrows to the right. losses: T labels for what comes down from each step's
    own loss
    ("" where there is none). messages: T labels; messages[t - 1] goes from step t to the left ("" for no arrow).
    votes: T labels for what each step contributes to the weights, collected in the bar `total`. Returns the figure."""
    T = len(votes)
    if (len(states), len(losses), len(messages)) != (T + 1, T, T):
        raise ValueError(
            f"backward_graph with {T} votes needs {T + 1} states, {T} losses and {T} messages, "
            f"got {len(states)}, {len(losses)} and {len(messages)}"
        )
    fig, ax = plt.subplots(figsize=(1.6 + 1.9 * T, 3.3))
    ax.set(xlim=(-0.75, 2 * T - 0.1), ylim=(-0.5, 3.1))
    ax.axis("off")

    def arrow(start, end, back):
        look = (
            {"color": BACK, "lw": 2.4, "linestyle": (0, (3, 1)), "mutation_scale": 16}
            if back
            else {"color": EDGE, "lw": 1}
        )
        ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, **look})

    def write(x, y, label, **more):
        ax.text(x, y, label, **{"ha": "center", "va": "center", "fontsize": 9, **more})

    ax.add_patch(
        FancyBboxPatch(
            (0.35, -0.42),
            2 * T - 1.2,
            0.42,
            boxstyle="round,pad=0,rounding_size=0.06",
            facecolor="none",
            edgecolor=BACK,
            linewidth=1.5,
        )
    )
    write(T - 0.25, -0.21, total, color=BACK)
    for t in range(1, T + 1):
        x = 2 * t - 1
        ax.add_patch(
            FancyBboxPatch(
                (x - 0.35, 1.1), 0.7, 0.75, boxstyle="round,pad=0,rounding_size=0.08", facecolor=BLOCK, edgecolor=EDGE
            )
        )
        write(x, 1.475, "$A$", fontsize=11)
        arrow((x - 1.65, 1.68), (x - 0.35, 1.68), back=False)
        write(x - 1, 1.9, states[t - 1])
        if messages[t - 1]:
            arrow((x - 0.35, 1.3), (x - 1.65, 1.3), back=True)
            write(x - 1, 1.03, messages[t - 1], color=BACK)
        arrow((x, 1.1), (x, 0.02), back=True)
        write(x + 0.1, 0.5, votes[t - 1], ha="left", color=BACK)
        if losses[t - 1]:
            arrow((x, 2.6), (x, 1.85), back=True)
            write(x, 2.8, losses[t - 1], color=BACK)
    arrow((2 * T - 0.65, 1.68), (2 * T - 0.35, 1.68), back=False)
    write(2 * T - 0.3, 1.9, states[T], color=SOFT)
    return fig
