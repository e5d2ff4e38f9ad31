"""The LSTM cell, with every connection of its equations."""

from course_utils import language

from .cell import BELT, DETOUR, SOFT, Pen

BLOCKS = {"f": 1.7, "i": 3.2, "g": 4.7, "o": 6.6}  # x of each block, in the order of the drawing
NAMES = {
    "f": ("遗忘门", "forget gate"),
    "i": ("输入门", "input gate"),
    "g": ("候选", "candidate"),
    "o": ("输出门", "output gate"),
}


def lstm_diagram(ax=None, *, forget_gate=True, paths=False):
    """One step of an LSTM: x_t and h_{t-1} go into all blocks; the cell state runs along the top; tanh(c_t) comes
    before the output gate.

    ax: where to draw (a new figure without it). forget_gate=True is the cell of Hochreiter & Schmidhuber 1997 with
    the forget gate of Gers, Schmidhuber & Cummins 2000, no peepholes; False is the cell of 1997. paths=True colours
    the indirect path from c_{t-1} to c_t, by way of h_{t-1}, beside the direct one. Returns the figure."""
    pen = Pen(ax, (7.6, 4.3), (-0.75, 9.1), (-0.65, 4.9))
    belt, product, top, shelf, h_rail, x_rail = 4.4, 3.3, 2.25, 1.5, 0.8, 0.3
    detour = {"colour": DETOUR, "width": 2.2} if paths else {}
    f, i, g, o = BLOCKS.values()

    # the belt: c_{t-1} times f, plus i * g
    stops = ([f] if forget_gate else []) + [g]
    for left, right in zip([-0.3, *stops], [*stops, 8.6]):
        pen.line((left + 0.2, belt), (right - 0.2, belt), colour=BELT, width=2.2)
    if forget_gate:
        pen.node(f, belt, r"$\times$")
    pen.node(g, belt, "$+$")
    pen.write(-0.2, belt, "$c_{t-1}$", ha="right")
    pen.write(8.5, belt, "$c_t$", ha="left")
    pen.dots(7.5, belt, BELT, 5)
    if paths:
        note, x = language.say("直接路径：只乘 $f_t$", "direct path: times $f_t$ alone"), (f + g) / 2
    elif forget_gate:
        note, x = language.say("细胞状态：只有乘和加", "the cell state: only × and +"), (f + g) / 2
    else:
        note, x = language.say("系数永远是 1", "the coefficient is always 1"), g / 2
    pen.write(x, belt + 0.42, note, fontsize=9, color=BELT if paths else SOFT)

    # what the blocks do to it
    if forget_gate:
        pen.line((f, top), (f, belt - 0.2), **detour)
    pen.line((i, top), (i, product), (g - 0.2, product), **detour)
    pen.line((g, top), (g, product - 0.2), **detour)
    pen.node(g, product, r"$\times$")
    pen.line((g, product + 0.2), (g, belt - 0.2), **detour)

    # c_t through tanh, then times o
    out = 7.5
    pen.line((out, belt), (out, 3.75))
    pen.box(out, 3.3, 3.75, r"$\tanh$")
    pen.line((out, 3.3), (out, 2.8))
    pen.node(out, 2.6, r"$\times$")
    pen.line((o, top), (o, 2.6), (out - 0.2, 2.6))
    pen.line((out + 0.2, 2.6), (8.4, 2.6))
    pen.write(8.5, 2.6, "$h_t$", ha="left")

    # both inputs reach all blocks
    if paths:  # only f, i and g lead on to c_t
        pen.line((-0.1, h_rail), (g - 0.15, h_rail), arrow=False, **detour)
        pen.line((g - 0.15, h_rail), (o - 0.15, h_rail), arrow=False)
        pen.line((-0.42, belt - 0.3), (-0.42, h_rail + 0.3), style=":", **detour)
        note = language.say("间接路径：\n经过 $h_{t-1}$\n和 $W_h$", "indirect path:\nthrough $h_{t-1}$\nand $W_h$")
        pen.write(-0.3, 3.3, note, fontsize=9, color=DETOUR, ha="left")
    else:
        pen.line((-0.1, h_rail), (o - 0.15, h_rail), arrow=False)
    pen.line((0.6, -0.15), (0.6, x_rail), (o + 0.15, x_rail), style="--", arrow=False)
    pen.write(-0.2, h_rail, "$h_{t-1}$", ha="right")
    pen.write(0.6, -0.4, "$x_t$")
    for block, x in BLOCKS.items():
        if block == "f" and not forget_gate:
            continue
        pen.line((x - 0.15, h_rail), (x - 0.15, shelf), **(detour if block != "o" else {}))
        pen.line((x + 0.15, x_rail), (x + 0.15, shelf), style="--")
        if block != "o":
            pen.dots([x - 0.15, x + 0.15], [h_rail, x_rail])
        pen.box(x, shelf, top, r"$\tanh$" if block == "g" else r"$\sigma$")
        pen.write(x + 0.08, top + 0.22, f"${block}_t$", ha="left")
        pen.write(x - 0.08, top + 0.22, language.say(*NAMES[block]), ha="right", fontsize=9, color=SOFT)
    return pen.ax.figure
