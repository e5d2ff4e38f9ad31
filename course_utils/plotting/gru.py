"""The GRU cell, with every connection of its equations."""

from course_utils import language

from .cell import BELT, SOFT, Pen

BLOCKS = {"r": 1.7, "z": 3.7, "n": 5.9}  # x of each block, in the order of the drawing
NAMES = {"r": ("重置门", "reset gate"), "z": ("更新门", "update gate"), "n": ("候选", "candidate")}


def gru_diagram(ax=None):
    """One step of a GRU as PyTorch has it: one state, which runs along the top; the reset gate masks what W_hn makes
    of it on the way to the candidate; the update gate mixes old state and candidate.

    ax: where to draw (a new figure without it). Returns the figure."""
    pen = Pen(ax, (7.6, 4.3), (-0.75, 9.1), (-0.65, 4.9))
    belt, product, top, shelf, h_rail, x_rail = 4.4, 3.3, 2.45, 1.7, 0.8, 0.3
    r, z, n = BLOCKS.values()

    # the belt: h_{t-1} times z, plus (1 - z) * n
    for left, right in zip([-0.3, z, n], [z, n, 8.6]):
        pen.line((left + 0.2, belt), (right - 0.2, belt), colour=BELT, width=2.2)
    pen.node(z, belt, r"$\times$")
    pen.node(n, belt, "$+$")
    pen.write(-0.2, belt, "$h_{t-1}$", ha="right")
    pen.write(8.5, belt, "$h_t$", ha="left")
    note = language.say("唯一的状态：新旧加权平均", "the only state: an average of old and new")
    pen.write((z + n) / 2, belt + 0.42, note, fontsize=9, color=SOFT)

    # z to the belt and, as 1 - z, to the candidate
    pen.line((z, top), (z, belt - 0.2))
    pen.dots(z, product)
    pen.line((z, product), (z + 0.65, product))
    pen.box(z + 1, product - 0.2, product + 0.2, "$1-z$", half=0.35)
    pen.line((z + 1.35, product), (n - 0.2, product))
    pen.line((n, top), (n, product - 0.2))
    pen.node(n, product, r"$\times$")
    pen.line((n, product + 0.2), (n, belt - 0.2))

    # the old state also feeds all three blocks; on its way to the candidate r masks it
    pen.dots(0.3, belt, BELT, 5)
    pen.line((0.3, belt), (0.3, h_rail), (6.95, h_rail), arrow=False)
    pen.line((6.95, h_rail), (6.95, 1.0))
    pen.box(6.95, 1.0, 1.4, "$W_{hn}$", half=0.35)
    pen.line((6.95, 1.4), (6.95, 1.85))
    pen.node(6.95, 2.05, r"$\times$")
    pen.line((6.75, 2.05), (n + 0.42, 2.05))
    pen.line((r, top), (r, 2.95), (6.95, 2.95), (6.95, 2.25))
    pen.line((0.6, -0.15), (0.6, x_rail), (n, x_rail), style="--", arrow=False)
    pen.write(0.6, -0.4, "$x_t$")
    for block, x in BLOCKS.items():
        if block == "n":
            pen.line((x, x_rail), (x, shelf), style="--")
        else:
            pen.line((x - 0.15, h_rail), (x - 0.15, shelf))
            pen.line((x + 0.15, x_rail), (x + 0.15, shelf), style="--")
            pen.dots([x - 0.15, x + 0.15], [h_rail, x_rail])
        pen.box(x, shelf, top, r"$\tanh$" if block == "n" else r"$\sigma$")
        pen.write(x + 0.08, top + 0.22, f"${block}_t$", ha="left")
        pen.write(x - 0.08, top + 0.22, language.say(*NAMES[block]), ha="right", fontsize=9, color=SOFT)
    return pen.ax.figure
