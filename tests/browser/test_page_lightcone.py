"""The page of light cones: what each half of a readout sees, against the same network in torch, and by keyboard."""

import pytest
import torch

from course_utils import language
from course_utils.explore import Explorer

H, I, T = 2, 2, 8


@pytest.fixture(params=["中文", "English"])
def open_page(request, show):
    language.use(request.param)
    return show(Explorer("lightcone"))


def draw_setting(g, layers, both, readout):
    def normal(*shape):
        return torch.randn(shape, generator=g, dtype=torch.float64)

    def direction():
        return [
            {"W_x": normal(H, I if layer == 0 else 2 * H), "W_h": normal(H, H), "b": normal(H)} for layer in range(2)
        ]

    t = int(torch.randint(1, T + 1, (), generator=g))
    setting = {"x": normal(T, I), "forward": direction(), "backward": direction(), "nudge": 1.0}
    return setting | {"layers": layers, "both": both, "readout": readout, "t": t}


def readout(s, x):
    """The two halves of what is read, from torch's own RNN."""
    rnn = torch.nn.RNN(I, H, s["layers"], batch_first=True, bidirectional=True).double()
    state = {}
    for layer in range(s["layers"]):
        for suffix, cells in (("", s["forward"]), ("_reverse", s["backward"])):
            cell = (
                cells[layer] if suffix == "" or s["both"] else {k: torch.zeros_like(v) for k, v in cells[layer].items()}
            )
            state |= {f"weight_ih_l{layer}{suffix}": cell["W_x"], f"weight_hh_l{layer}{suffix}": cell["W_h"]}
            state |= {f"bias_ih_l{layer}{suffix}": cell["b"], f"bias_hh_l{layer}{suffix}": torch.zeros(H).double()}
    rnn.load_state_dict(state)
    with torch.no_grad():
        out, h_n = rnn(x[None])
    f, b = out[0, :, :H], out[0, :, H:]
    if s["readout"] == "final":
        return h_n[-2, 0], h_n[-1, 0]
    if s["readout"] == "mean":
        return f.mean(0), b.mean(0)
    t = T - 1 if s["readout"] == "last" else s["t"] - 1
    return f[t], b[t]


def cone(s):
    before, moved = readout(s, s["x"]), ([], [])
    for k in range(T):
        x = s["x"].clone()
        x[k] += s["nudge"]
        for half, new, old in zip(moved, readout(s, x), before):
            half.append((new - old).abs().max().item())
    return moved


def plain(setting):
    return {
        key: [{name: v.tolist() for name, v in cell.items()} for cell in value]
        if isinstance(value, list)
        else value.tolist()
        if isinstance(value, torch.Tensor)
        else value
        for key, value in setting.items()
    }


@pytest.mark.parametrize("readout_name", ["step", "last", "final", "mean"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("both", [False, True])
def test_each_half_moves_as_in_torch(show, readout_name, layers, both):
    page = show(Explorer("lightcone"))
    setting = draw_setting(torch.Generator().manual_seed(layers + 2 * both), layers, both, readout_name)
    page.evaluate("setting => explorer.set(setting)", plain(setting))
    state = page.evaluate("explorer.state()")
    forward, backward = cone(setting)
    assert state["forward"] == pytest.approx(forward, abs=1e-12)
    assert state["backward"] == pytest.approx(backward if both else [0] * T, abs=1e-12)


def test_the_blind_half_of_the_last_column(open_page):
    open_page.select_option("#both", "true")
    open_page.select_option("#readout", "last")
    assert open_page.evaluate("explorer.state().backward.slice(0, -1)") == [0] * 7
    assert open_page.evaluate("explorer.state().backward.at(-1)") > 0.1
    open_page.select_option("#readout", "final")
    assert min(open_page.evaluate("explorer.state().backward")) > 0


def test_the_step_is_chosen_by_keyboard_and_told_in_words(open_page):
    slider = open_page.locator("#t")
    before = open_page.locator("#says").inner_text()
    slider.focus()
    slider.press("ArrowRight")
    assert open_page.evaluate("explorer.state().forward.filter(v => v > 0).length") == 5
    assert open_page.locator("#says").inner_text() != before
