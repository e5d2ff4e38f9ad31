"""What chapter 05 brings along: the diagrams of the cells, and the benchmark that reads its two LSTMs from it."""

import warnings

import matplotlib
import pytest
import torch
from torch import nn

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from course_utils import language, plotting
from course_utils.authoring.source import read
from course_utils.plotting.cell import DETOUR
from course_utils.plotting.lstm import BLOCKS


@pytest.fixture
def benchmark(load_script):
    return load_script("benchmarks/lstm.py")


@pytest.fixture(params=["中文", "English"])
def diagram(request):
    with matplotlib.rc_context():
        plotting.style()
        language.use(request.param)
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a glyph that is missing is a warning
            fig = plotting.lstm_diagram()
            fig.canvas.draw()
        yield fig.axes[0]
    plt.close("all")
    language.use("中文")


def paths(ax, start=None, end=None):
    """The drawn lines that begin or end at a point."""

    def same(p, q):
        return q is None or p == pytest.approx(q, abs=1e-6)

    lines = [line for line in ax.lines if len(line.get_xdata()) > 1]
    return [
        line for line in lines if same(tuple(line.get_xydata()[0]), start) and same(tuple(line.get_xydata()[-1]), end)
    ]


def rail(ax, style):
    """The arrows that go up into the blocks: from h_{t-1} (solid) or x_t (dashed)."""
    return [
        line
        for line in ax.lines
        if line.get_linestyle() == style
        and len(line.get_xdata()) == 2
        and line.get_xdata()[0] == line.get_xdata()[1]
        and line.get_ydata()[1] == 1.5
    ]


def test_both_inputs_enter_all_four_blocks(diagram):
    for style in ("-", "--"):
        entered = [
            block for block, x in BLOCKS.items() for line in rail(diagram, style) if abs(line.get_xdata()[1] - x) < 0.42
        ]
        assert sorted(entered) == ["f", "g", "i", "o"], style


def test_the_cell_state_passes_through_tanh_before_the_output_gate(diagram):
    tanh = [text for text in diagram.texts if text.get_text() == r"$\tanh$"]
    assert len(tanh) == 2  # the candidate, and c_t
    x, y = max((text.get_position() for text in tanh), key=lambda position: position[1])
    into, out = paths(diagram, start=(x, 4.4)), paths(diagram, end=(x, 2.8))
    assert len(into) == len(out) == 1
    assert out[0].get_ydata()[0] < y < into[0].get_ydata()[-1]


def texts(fig):
    return [text.get_text() for text in fig.axes[0].texts]


def test_the_cell_of_1997_has_no_forget_gate_and_nothing_else_is_missing():
    try:
        old, new = texts(plotting.lstm_diagram(forget_gate=False)), texts(plotting.lstm_diagram())
        assert "$f_t$" in new and "$f_t$" not in old
        assert {"$i_t$", "$g_t$", "$o_t$", "$c_t$", "$h_t$"} <= set(old)
        assert new.count(r"$\times$") - old.count(r"$\times$") == 1
    finally:
        plt.close("all")


def test_the_indirect_path_reaches_all_that_leads_to_the_cell_state_and_not_the_output_gate():
    try:
        ax = plotting.lstm_diagram(paths=True).axes[0]
        ends = [line.get_xydata()[-1] for line in ax.lines if line.get_color() == DETOUR]
        entered = {block for block, x in BLOCKS.items() for end in ends if end == pytest.approx((x - 0.15, 1.5))}
        assert entered == {"f", "i", "g"}
    finally:
        plt.close("all")


@pytest.mark.parametrize("cell", ["equation-lstm", "fused-lstm"])
def test_the_readable_lstms_stay_readable(root, cell):
    source = {c.name: c for c in read(root / "source" / "chapters" / "05_lstm.py").cells}[cell].zh
    assert len(source.splitlines()) <= 25


def test_the_benchmark_measures_the_models_of_the_chapter(benchmark):
    times = benchmark.measure(8, rounds=1)
    assert list(times) == ["nn.LSTM", "EquationLSTM", "FusedLSTM"] and min(times.values()) > 0


def test_the_benchmarks_step_trains(benchmark):
    torch.manual_seed(0)
    model = nn.LSTM(benchmark.V, 8, batch_first=True)
    before = model.weight_hh_l0.detach().clone()
    benchmark.training_step(model, 8)()
    assert not torch.equal(before, model.weight_hh_l0)
