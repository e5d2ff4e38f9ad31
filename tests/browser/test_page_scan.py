"""The scan visualiser of chapter 12."""

import math

import pytest
import torch

from course_utils.explore import Explorer

from .driving import close, press, state


@pytest.mark.parametrize("T", [2, 5, 8, 13])
@pytest.mark.parametrize("seed", [1, 2])
def test_after_all_rounds_it_is_the_loop(framed, T, seed):
    frame = framed(Explorer("scan"))
    got = state(frame, T=T, seed=seed, h_0=0.7, round=99)
    a, b = (torch.tensor(got["x"][name], dtype=torch.float64) for name in "ab")
    h, expected = torch.tensor(0.7, dtype=torch.float64), []
    for a_t, b_t in zip(a, b, strict=True):
        h = a_t * h + b_t
        expected.append(h)
    assert got["round"] == got["rounds"] == math.ceil(math.log2(T))
    # every cell now stands for all steps from the beginning
    assert close(got["a"], a.cumprod(0))
    assert close(
        [0.7 * product + rest for product, rest in zip(got["a"], got["b"], strict=True)], torch.stack(expected)
    )


def test_half_way_a_cell_stands_for_the_last_steps_only(framed):
    got = state(framed(Explorer("scan")), T=8, round=1)
    a, b = got["x"]["a"], got["x"]["b"]
    assert close(got["a"], torch.tensor([a[0], *(a[t] * a[t - 1] for t in range(1, 8))], dtype=torch.float64))
    assert close(got["b"], torch.tensor([b[0], *(a[t] * b[t - 1] + b[t] for t in range(1, 8))], dtype=torch.float64))
    assert got["work"] == 7


def test_a_gate_that_looks_takes_a_round_for_every_cell(framed):
    frame = framed(Explorer("scan"))
    got = state(frame, T=6, depends=True, round=99)
    assert got["round"] == got["rounds"] == 6
    x_a, x_b = (torch.tensor(got["x"][name], dtype=torch.float64) for name in "ab")
    h = torch.tensor(1.0, dtype=torch.float64)
    for t in range(6):
        h = torch.sigmoid(torch.logit(x_a[t]) + 2 * h) * h + x_b[t]
        assert close(got["h"][t], h)
    assert "?" not in frame.locator("#pic").text_content()
    state(frame, round=2)
    assert frame.locator("#pic").text_content().count("?") == 3  # steps 1 to 3 known, of 6


def test_by_keyboard(framed):
    frame = framed(Explorer("scan"))
    press(frame, "#go", "Enter", "Enter")
    assert state(frame)["round"] == 2
    press(frame, "#length", "ArrowRight")
    got = state(frame)
    assert len(got["a"]) == 9 and got["round"] == 0 and got["rounds"] == 4
    press(frame, "#depends", "Space")
    assert state(frame)["rounds"] == 9
    press(frame, "#go", "Enter")
    press(frame, "#again", "Enter")
    assert state(frame)["round"] == 0
    press(frame, "#cell", "Home")
    assert "h₀" in state(frame, depends=False)["shown"]


def test_the_formula_is_that_of_the_cell(framed):
    got = state(framed(Explorer("scan")), T=8, cell=5, round=1)
    numbers = [f"{got[name][4]:.2f}".replace("-", "−") for name in "ab"]
    assert all(number in got["shown"] for number in numbers) and "h₃" in got["shown"]
