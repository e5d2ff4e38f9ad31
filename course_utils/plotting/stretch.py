"""What one step does to small changes: a matrix as a stretch, and the slope of tanh."""

import numpy as np

from course_utils import language

from .style import COLOURS


def stretch(ax, matrix):
    """Draw on `ax` the unit circle and where `matrix` (2, 2), an array or a detached tensor, sends it: an ellipse.

    Its longest and shortest half-axes carry their lengths: by these factors the matrix stretches the direction that
    it stretches most, and the one that it stretches least. Returns `ax`."""
    matrix = np.asarray(matrix, dtype=float)
    if matrix.shape != (2, 2):
        raise ValueError(f"stretch draws matrices of shape (2, 2), got {matrix.shape}")
    angle = np.linspace(0, 2 * np.pi, 201)
    circle = np.stack([np.cos(angle), np.sin(angle)])  # (2, 201): each column is a nudge of length 1
    ellipse = matrix @ circle
    ax.plot(*circle, color="#555555", linestyle=":", label=language.say("推一下，长度 1", "a nudge of length 1"))
    ax.plot(*ellipse, color=COLOURS[0], linestyle="-", label=language.say("到了这里", "where it arrives"))
    one = circle[:, 22]  # one of the nudges, so that turning can be seen
    ax.plot(*one, "o", color="#555555", fillstyle="none")
    ax.plot(*(matrix @ one), "o", color=COLOURS[0], label=language.say("同一推：○ 到了 ●", "one nudge: ○ goes to ●"))
    axes, factors, _ = np.linalg.svd(matrix)  # columns of `axes`: directions after the step
    for k, name in enumerate([language.say("最多", "most"), language.say("最少", "least")]):
        tip = axes[:, k] * factors[k]
        tip = -tip if tip[0] < -1e-9 or (abs(tip[0]) <= 1e-9 and tip[1] < 0) else tip  # of two half-axes the right one
        colour, style = COLOURS[1 + k], ("-", "--")[k]
        ax.plot([0, tip[0]], [0, tip[1]], color=colour, linestyle=style, linewidth=2.2)
        ax.plot([], [], color=colour, linestyle=style, linewidth=2.2, label=f"{name} × {factors[k]:.2f}")
    ax.set_aspect("equal", adjustable="datalim")
    ax.set_xlabel(language.say("单元 1", "unit 1"))
    ax.set_ylabel(language.say("单元 2", "unit 2"))
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), fontsize=9)
    return ax


def tanh_slope(left, right, at=(0, 1, 2, 3)):
    """Draw tanh with its tangents at the points `at` on the axes `left`, and its slope 1 − tanh² on `right`: the
    further a unit saturates, the less of a nudge gets through. Returns both axes."""
    a = np.linspace(-4, 4, 201)
    left.plot(a, np.tanh(a), color="#555555", linestyle="-")
    right.plot(a, 1 - np.tanh(a) ** 2, color="#555555", linestyle="-")
    for k, point in enumerate(at):
        h = np.tanh(point)
        slope = 1 - h**2
        run = np.array([-0.8, 0.8]) / np.hypot(1, slope)  # every tangent is drawn equally long
        left.plot(point + run, h + slope * run, color=COLOURS[k % len(COLOURS)], linestyle="-", linewidth=2.4)
        right.plot(point, slope, "o", color=COLOURS[k % len(COLOURS)])
        right.annotate(f"{slope:.2g}", (point, slope), (6, 6), textcoords="offset points", fontsize=9)
    left.set_xlabel(language.say("tanh 里面的数 $a$", "the number $a$ inside tanh"))
    left.set_ylabel(r"$h=\tanh(a)$")
    right.set_xlabel(language.say("tanh 里面的数 $a$", "the number $a$ inside tanh"))
    right.set_ylabel(language.say("斜率 $1-h^2$", "slope $1-h^2$"))
    right.set_ylim(0, 1.15)
    return left, right
