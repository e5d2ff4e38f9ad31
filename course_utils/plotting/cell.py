"""The pen that draws recurrent cells: lines with arrows, round nodes, boxes."""

import matplotlib.pyplot as plt
from matplotlib.patches import Circle, FancyBboxPatch

BLOCK, EDGE, SOFT, BELT, DETOUR = "#cfe3f2", "#222222", "#555555", "#b35900", "#0060a8"


class Pen:
    """Draws on axes without a frame, in units of its own. ax: where (a new figure of `size` without it)."""

    def __init__(self, ax, size, xlim, ylim):
        self.ax = ax if ax is not None else plt.subplots(figsize=size)[1]
        self.ax.set(xlim=xlim, ylim=ylim, aspect="equal")
        self.ax.axis("off")

    def line(self, *points, colour=EDGE, width=1.2, style="-", arrow=True):
        xs, ys = zip(*points)
        self.ax.plot(xs, ys, color=colour, linewidth=width, linestyle=style, solid_capstyle="butt")
        if arrow:
            (x0, y0), (x1, y1) = points[-2:]
            look = {"arrowstyle": "-|>", "color": colour, "shrinkA": 0, "shrinkB": 0, "lw": width}
            self.ax.annotate("", (x1, y1), (x1 + (x0 - x1) / 50, y1 + (y0 - y1) / 50), arrowprops=look)

    def node(self, x, y, sign, radius=0.2):
        self.ax.add_patch(Circle((x, y), radius, facecolor="white", edgecolor=EDGE, zorder=3))
        self.ax.text(x, y, sign, ha="center", va="center_baseline", zorder=4)

    def box(self, x, low, high, label, half=0.42):
        shape = "round,pad=0,rounding_size=0.08"
        patch = FancyBboxPatch(
            (x - half, low), 2 * half, high - low, boxstyle=shape, facecolor=BLOCK, edgecolor=EDGE, zorder=3
        )
        self.ax.add_patch(patch)
        self.ax.text(x, (low + high) / 2, label, ha="center", va="center_baseline", zorder=4)

    def dots(self, xs, ys, colour=EDGE, size=4):
        """Where a line branches; crossings have none."""
        self.ax.plot(xs, ys, "o", color=colour, markersize=size)

    def write(self, x, y, text, **look):
        self.ax.text(x, y, text, **{"ha": "center", "va": "center"} | look)
