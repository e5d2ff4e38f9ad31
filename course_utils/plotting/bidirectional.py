"""The bidirectional network, unrolled."""

import matplotlib.pyplot as plt
from matplotlib.patches import FancyBboxPatch, Rectangle

from course_utils import language

FORWARD, BACKWARD, EDGE, SOFT = "#cfe3f2", "#fbdcc4", "#222222", "#555555"


def bidirectional_graph(T):
    """Two chains over x_1 … x_T: one hands its state to the right, one to the left; above each step the two states
    stand end to end. The states after the whole sequence, what `h_n` holds, have a thick edge. Returns the figure."""
    if T < 2:
        raise ValueError(f"bidirectional_graph needs two steps or more, got {T}")
    fig, ax = plt.subplots(figsize=(1.6 + 1.5 * T, 3.6))
    ax.set(xlim=(-0.75, 1.5 * T - 0.35), ylim=(-0.3, 4.0))
    ax.axis("off")

    def arrow(start, end):
        ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": EDGE, "shrinkA": 0, "shrinkB": 0})

    def box(x, y, colour, label, final):
        shape = FancyBboxPatch((x - 0.25, y - 0.26), 0.5, 0.52, boxstyle="round,pad=0,rounding_size=0.08")
        shape.set(facecolor=colour, edgecolor=EDGE, linewidth=3 if final else 1)
        ax.add_patch(shape)
        ax.text(x, y, label, ha="center", va="center")

    def note(y, label):
        ax.text(-0.72, y, label, va="center", fontsize=9, color=SOFT)

    for t in range(1, T + 1):
        x = 1.5 * t - 1
        forward, backward = x - 0.28, x + 0.28  # beside each other, so that no arrow runs through a box
        ax.text(x, 0, f"$x_{{{t}}}$", ha="center", va="center")
        arrow((x - 0.06, 0.2), (forward, 0.84))
        arrow((x + 0.06, 0.2), (backward, 1.94))
        box(forward, 1.1, FORWARD, rf"$\overrightarrow{{h}}_{{{t}}}$", t == T)
        box(backward, 2.2, BACKWARD, rf"$\overleftarrow{{h}}_{{{t}}}$", t == 1)
        if t < T:
            arrow((forward + 0.25, 1.1), (forward + 1.25, 1.1))
            arrow((backward + 1.25, 2.2), (backward + 0.25, 2.2))
        for half, colour in ((forward, FORWARD), (backward, BACKWARD)):
            ax.add_patch(Rectangle((half - 0.28, 3.1), 0.56, 0.38, facecolor=colour, edgecolor=EDGE))
        ax.text(x, 3.72, f"out$_{{{t}}}$", ha="center", va="center")
        arrow((forward, 1.36), (forward, 3.1))
        arrow((backward, 2.46), (backward, 3.1))
    note(0, language.say("输入", "input"))
    note(1.1, language.say("正方向", "forward"))
    note(2.2, language.say("反方向", "backward"))
    note(3.3, language.say("拼起来", "end to end"))
    return fig
