"""The code that chapter 03 shows, on other networks than the chapter's: other sizes, lengths and seeds."""

from functools import partial

import matplotlib
import pytest
import torch
from torch import nn
from torch.nn import functional as F

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from course_utils import plotting


@pytest.fixture
def chapter(run_cells):
    """chapter(cell, …): the functions that these cells define, without running the chapter's own numbers."""
    return partial(run_cells, "03", definitions=True, torch=torch, nn=nn, F=F)


def network(seed, T, I, H):
    g = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(shape, generator=g, dtype=torch.float64)

    return normal(T, I), normal(H), normal(H), [normal(H, I), 0.7 * normal(H, H), normal(H)]


@pytest.mark.parametrize("T, I, H", [(1, 2, 3), (2, 1, 1), (7, 3, 5), (30, 4, 2)])
def test_walking_back_is_autograd_at_any_size(chapter, T, I, H):
    code = chapter("run", "compare")
    x, h_0, y, weights = network(T, T, I, H)
    hs = code["run"](x, h_0, *weights)
    mine = code["add_votes"](x, hs, code["walk_back"](hs, weights[1], y))
    theirs = code["autograd"](x, h_0, y, weights)
    assert all(torch.allclose(mine[name], theirs[name], rtol=1e-12, atol=1e-12) for name in theirs)


def test_compare_shows_each_kind_of_mistake_in_its_line(chapter, capsys):
    compare = chapter("compare")["compare"]
    right = {"dW_x": torch.tensor([[1.0, 2.0]]), "dW_h": torch.tensor([[3.0, -1.0]]), "db": torch.tensor([2.0])}
    assert compare(right | {"dW_h": 0.5 * right["dW_h"]}, right) == 1.5
    header, dW_x, dW_h, db = capsys.readouterr().out.splitlines()
    assert dW_x.split()[-3:] == db.split()[-3:] == ["True", "1.000", "1.000"]
    assert dW_h.split()[-3:] == ["False", "1.000", "0.500"]  # a constant factor: direction kept, length not
    with pytest.raises(AssertionError, match="dW_h"):
        compare(right | {"dW_h": right["dW_h"].T}, right)


def test_the_mistakes_of_the_control_vanish_where_they_cannot_matter(chapter):
    """A missing transpose is invisible for a symmetric W_h or a single step: the chapter's network must be neither,
    and is not."""
    code = chapter("run", "bptt-control")
    x, h_0, y, (W_x, W_h, b) = network(3, 6, 2, 4)
    symmetric = W_h + W_h.T
    hs = code["run"](x, h_0, W_x, symmetric, b)
    assert torch.allclose(
        code["walk_back_wrongly"](hs, symmetric, y, "no transpose"), code["walk_back"](hs, symmetric, y)
    )
    hs = code["run"](x, h_0, W_x, W_h, b)
    wrong, right = code["walk_back_wrongly"](hs, W_h, y, "no transpose"), code["walk_back"](hs, W_h, y)
    assert torch.equal(wrong[-1], right[-1]) and not torch.allclose(wrong[:-1], right[:-1])


@pytest.mark.parametrize("seed", range(5))
def test_default_networks_hear_the_last_steps_and_rotations_all_of_them(chapter, seed):
    """Q3e on networks that the chapter does not use."""
    code = chapter("run", "shares-code")
    torch.manual_seed(seed)
    rnn = nn.RNN(3, 16).double()
    W_x, W_h, b = (v.detach() for v in (rnn.weight_ih_l0, rnn.weight_hh_l0, rnn.bias_ih_l0))
    x, h_0, y, _ = network(seed, 20, 3, 16)
    turning, none = torch.linalg.qr(W_h)[0], torch.zeros_like(b)

    def last_five(scale, matrix, bias):
        share = code["shares"](scale * x, h_0, 0.5 * y, W_x, matrix, bias)
        assert share.sum().item() == pytest.approx(1)
        return share[-5:].sum()

    assert last_five(1, W_h, b) > 0.9 and last_five(0.1, W_h, none) > 0.9  # nothing helps the default matrix
    assert last_five(1, turning, none) > 0.6 > last_five(0.1, turning, none)  # nor the orthogonal one, unless quiet


@pytest.mark.parametrize("T, length", [(20, 5), (11, 4), (6, 6), (5, 1)])
def test_chunks_change_the_gradient_and_not_the_states(chapter, T, length):
    code = chapter("run", "truncate-code")
    x, h_0, y, weights = network(T + length, T, 2, 3)
    x.requires_grad_()
    states = code["run_in_chunks"](x, h_0, weights, length, code["detached"])
    assert torch.equal(states, code["run"](x, h_0, *weights)[1:])
    (grad,) = torch.autograd.grad(code["last_step_loss"](states, y), x)
    seen = (T - 1) // length * length  # where the last chunk begins
    assert not grad[:seen].any() and grad[seen:].any(dim=1).all()


def test_the_picture_of_the_walk_names_everything_and_refuses_half_a_list():
    figure = plotting.backward_graph(["a", "b", "c"], ["", "loss"], ["", "message"], ["vote 1", "vote 2"], total="sum")
    assert {"a", "b", "c", "loss", "message", "vote 1", "vote 2", "sum"} <= {
        text.get_text() for text in figure.axes[0].texts
    }
    plt.close(figure)
    with pytest.raises(ValueError, match="3 states"):
        plotting.backward_graph(["a", "b"], ["", ""], ["", ""], ["", ""])
