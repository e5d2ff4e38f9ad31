"""Chapter 06: the diagram of the GRU, weights ported from Keras, and being the grader."""

import os
import sys
import warnings

import matplotlib
import pytest
import torch
from torch import nn

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from course_utils import language, plotting, timing
from course_utils.explore import judge
from course_utils.plotting.gru import BLOCKS


@pytest.fixture
def keras_cell(run_cells, capsys):
    """keras_cell() -> what the Keras cell of the chapter defines, and what it prints."""

    def run():
        space = run_cells("06", "keras-port", os=os, torch=torch, nn=nn, apart=lambda a, b: (a - b).abs().max().item())
        return space, capsys.readouterr().out

    return run


def test_keras_weights_give_the_same_outputs_and_the_record_says_what_is_printed(keras_cell, need, monkeypatch):
    """Keras lies in a folder of its own, `make foreign`: in .venv the chapter would find it too, and print more."""
    folder = os.environ.get("COURSE_KERAS")
    need(folder, "make foreign, then COURSE_KERAS=~/.cache/rnn-course/keras")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setattr(sys, "path", [*sys.path, folder])  # what both have, .venv provides
    space, printed = keras_cell()
    assert printed.strip().endswith("below 1e-5") and space["RECORD"].endswith("below 1e-5")

    # The control: with r and z left in Keras's order, the same weights give something else.
    space["reordered"] = lambda block: block
    assert space["port"]() > 1e-3


def test_without_keras_the_cell_shows_the_record_of_a_run(keras_cell, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    space, printed = keras_cell()
    assert "not installed" in printed and space["RECORD"] in printed


@pytest.mark.parametrize("claim", ["Q6-operations-size"])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_more_units_are_no_more_operations_and_more_steps_are(run_cells, claim, kind):
    """The control of the claim: with more steps instead of more units, it is false."""
    space = run_cells("06", "nodes", definitions=True, batch=torch.randn(2, 5, 3))
    with timing.without_onednn():
        few = space["operations"](kind(3, 4, batch_first=True))
        assert space["operations"](kind(3, 16, batch_first=True)) == few
        space["batch"] = torch.randn(2, 10, 3)
        assert space["operations"](kind(3, 4, batch_first=True)) > few


@pytest.fixture(params=["中文", "English"])
def diagram(request):
    with matplotlib.rc_context():
        plotting.style()
        language.use(request.param)
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a glyph that is missing is a warning
            fig = plotting.gru_diagram()
            fig.canvas.draw()
        yield fig.axes[0]
    plt.close("all")
    language.use("中文")


def arrives(ax, x, y):
    """The styles of the lines whose last point is (x, y)."""
    ends = [(line.get_linestyle(), line.get_xydata()[-1]) for line in ax.lines if len(line.get_xdata()) > 1]
    return [style for style, end in ends if end == pytest.approx((x, y), abs=1e-6)]


def test_the_diagram_of_the_gru_has_the_connections_of_the_equations(diagram):
    for block in "rz":  # both gates read h (solid) and x (dashed)
        assert arrives(diagram, BLOCKS[block] - 0.15, 1.7) == ["-"], block
        assert arrives(diagram, BLOCKS[block] + 0.15, 1.7) == ["--"], block
    assert arrives(diagram, BLOCKS["n"], 1.7) == ["--"]  # the candidate reads x …
    assert arrives(diagram, BLOCKS["n"] + 0.42, 2.05) == ["-"]  # … and what r lets through of W_hn h
    assert arrives(diagram, 6.95, 2.25) == arrives(diagram, 6.95, 1.85) == ["-"]  # r and W_hn meet in one node
    assert arrives(diagram, BLOCKS["z"], 4.2) == ["-"]  # z multiplies the old state
    assert arrives(diagram, BLOCKS["n"] - 0.2, 3.3) == ["-"]  # 1 - z multiplies the candidate


def arguments(seed, state=1.0, bias=1.0):
    g = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*shape, generator=g, dtype=torch.float64)

    return draw(2, 3), state * draw(2, 4), draw(12, 3), draw(12, 4), bias * draw(12), bias * draw(12)


def verdict(capsys, inputs, tolerance, function="gru_cell"):
    """(wrong ones caught, wrong ones, right ones wronged, right ones), read from what judge prints."""
    language.use("English")
    try:
        judge("E06", function, inputs, tolerance)
    finally:
        language.use("中文")
    first = capsys.readouterr().out.splitlines()[0]
    return [int(word.strip(";")) for word in first.split() if word.strip(";").isdigit()]


def test_lazy_inputs_miss_what_full_ones_catch(capsys):
    caught, wrong, wronged, right = verdict(capsys, [arguments(0, state=0.0, bias=0.0)], 1e-9)
    assert 0 < caught < wrong and wronged == 0 < right
    assert verdict(capsys, [arguments(0)], 1e-9) == [wrong, wrong, 0, right]


def test_one_implementation_that_changes_its_arguments_does_not_spoil_the_others(capsys):
    inputs = [arguments(0)[2:]]  # W_ih, W_hh, b_ih, b_hh
    before = [tensor.clone() for tensor in inputs[0]]
    caught, wrong, wronged, right = verdict(capsys, inputs, 1e-9, function="chung_to_torch")
    assert caught == wrong - 1 and wronged == 0 < right  # one converts in place, to the right values: not told apart
    assert all(map(torch.equal, before, inputs[0]))


def test_no_tolerance_wrongs_right_answers_and_a_huge_one_catches_nothing(capsys):
    assert verdict(capsys, [arguments(0)], 0.0)[2] > 0
    assert verdict(capsys, [arguments(0)], 100.0)[0] == 0


def test_without_the_implementations_it_says_where_they_are(monkeypatch, tmp_path):
    monkeypatch.setitem(judge.__globals__, "SOURCE", tmp_path)
    with pytest.raises(FileNotFoundError, match="E06"):
        judge("E06", "gru_cell", [arguments(0)], 1e-9)
