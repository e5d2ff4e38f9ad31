"""Chapter 06: weights ported from Keras, and being the grader."""

import os
import sys

import pytest
import torch
from torch import nn

from course_utils import language
from course_utils.explore import judge


def test_keras_weights_give_the_same_outputs(run_cells, need, capsys, monkeypatch):
    """Keras lies in a folder of its own, `make foreign`: in .venv the chapter would find it too, and print more."""
    folder = os.environ.get("COURSE_KERAS")
    need(folder, "make foreign, then COURSE_KERAS=~/.cache/rnn-course/keras")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setattr(sys, "path", [*sys.path, folder])  # what both have, .venv provides
    space = run_cells("06", "keras-port", torch=torch, nn=nn)
    assert "below 1e-5: True" in capsys.readouterr().out

    # The control: with r and z left in Keras's order, the same weights give something else.
    layer, x = space["theirs"], space["keras_input"]
    ported = space["keras_gru_to_torch"](layer)
    with torch.no_grad():
        for parameter in ported.parameters():
            r, z, n = parameter.chunk(3)
            parameter.copy_(torch.cat([z, r, n]))
        assert (ported(x)[0] - torch.as_tensor(layer(x))).abs().max() > 1e-3


def arguments(seed, state=1.0, bias=1.0):
    g = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*shape, generator=g, dtype=torch.float64)

    return draw(2, 3), state * draw(2, 4), draw(12, 3), draw(12, 4), bias * draw(12), bias * draw(12)


def verdict(capsys, inputs, tolerance):
    """(wrong ones caught, wrong ones, right ones wronged, right ones), read from what judge prints."""
    language.use("English")
    try:
        judge("E06", "gru_cell", inputs, tolerance)
    finally:
        language.use("中文")
    first = capsys.readouterr().out.splitlines()[0]
    return [int(word.strip(";")) for word in first.split() if word.strip(";").isdigit()]


def test_lazy_inputs_miss_what_full_ones_catch(capsys):
    caught, wrong, wronged, right = verdict(capsys, [arguments(0, state=0.0, bias=0.0)], 1e-9)
    assert 0 < caught < wrong and wronged == 0 < right
    assert verdict(capsys, [arguments(0)], 1e-9) == [wrong, wrong, 0, right]


def test_no_tolerance_wrongs_right_answers_and_a_huge_one_catches_nothing(capsys):
    assert verdict(capsys, [arguments(0)], 0.0)[2] > 0
    assert verdict(capsys, [arguments(0)], 100.0)[0] == 0


def test_without_the_implementations_it_says_where_they_are(monkeypatch, tmp_path):
    monkeypatch.setitem(judge.__globals__, "SOURCE", tmp_path)
    with pytest.raises(FileNotFoundError, match="E06"):
        judge("E06", "gru_cell", [arguments(0)], 1e-9)
