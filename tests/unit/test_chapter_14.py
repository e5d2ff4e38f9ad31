"""What chapter 14 writes out. (The controls of its claims stand in the chapter itself; its monitor, rules and ward are
tested in test_monitor.py.)"""

import warnings

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from course_utils.training import Monitor, ward


@pytest.fixture(scope="module")
def chapter(run_cells):
    """The functions and classes that the chapter writes out, from its own cells."""
    cells = [f"{name}-code" for name in ("hooks", "hooks-use", "gates", "mix", "one-batch", "gradcheck", "anomaly")]
    known = {"torch": torch, "nn": nn, "F": F, "ward": ward, "Monitor": Monitor, "warnings": warnings}
    return run_cells("14", *cells, "order-code", definitions=True, **known)


def test_the_stethoscope_hears_what_the_monitor_hears(chapter):
    def both(model, optimizer):
        return chapter["Stethoscope"](model, optimizer), Monitor(model, optimizer, every=1)

    _, (scope, monitor) = chapter["train_reader"](both, steps=6)
    assert scope.before == pytest.approx(monitor.norm_before, rel=1e-5)
    assert scope.after == pytest.approx(monitor.norm_after, rel=1e-5)
    assert scope.ratio == pytest.approx(monitor.update_ratio, rel=1e-4)
    assert max(scope.after) < 0.1001 < max(scope.before)


def test_the_push_sees_other_leaks_as_well(chapter):
    class Centred(nn.Module):  # subtracts the mean over the batch
        def forward(self, x):
            return x.sum(dim=1) - x.sum(dim=1).mean(dim=0)

    x = torch.randn(4, 5, 3, generator=torch.Generator().manual_seed(0))
    assert chapter["rows_mix"](Centred(), x) > 0.1
    assert chapter["rows_mix"](nn.Flatten(), x) == 0


def test_the_loop_trains_on_the_last_chunk_and_keeps_the_state(chapter):
    """With a learning rate of 0 its losses are those of the network on the whole sequence."""
    torch.manual_seed(0)
    model = ward.Teller(6, 6)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    ids = ward.chain(3, 12, torch.Generator().manual_seed(0))
    x, y = F.one_hot(ids[:, :-1], 6).float(), ids[:, 1:]
    model.eval()
    losses = chapter["train_stream"](model, optimizer, x, y, chunk=4, clip=1.0)
    with torch.no_grad():
        whole = F.cross_entropy(model(x)[0].transpose(1, 2), y, reduction="none")  # (3, 11)
    assert losses == pytest.approx([part.mean().item() for part in whole.split(4, dim=1)], rel=1e-5)
    assert model.training and all(isinstance(loss, float) for loss in losses)


def test_swapping_axes_changes_nothing_else(chapter):
    torch.manual_seed(0)
    model = ward.Reader(4, 4)
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    wrong = chapter["swapped"](model)
    assert all(torch.equal(value, weights[name]) for name, value in wrong.state_dict().items())
    x, _ = ward.first_symbol(5, 5, torch.Generator().manual_seed(0))
    right = ward.Reader(4, 4)
    right.load_state_dict(weights)
    assert torch.allclose(wrong(x)[:, :], right.readout(right.rnn(x.transpose(0, 1))[0].transpose(0, 1)[:, -1]))


def test_the_lowest_loss_of_two_softmaxes_is_as_the_text_says():
    """ln(1 + 3/e) for four classes, however large the scores."""
    scores = torch.tensor([[1e4, 0.0, 0.0, 0.0]], dtype=torch.float64)
    loss = F.cross_entropy(scores.softmax(dim=1), torch.tensor([0]))
    assert loss.item() == pytest.approx(torch.log1p(3 * torch.exp(torch.tensor(-1.0, dtype=torch.float64))).item())
    assert f"{loss.item():.3f}" == "0.744"
