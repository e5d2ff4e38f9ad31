"""The page of two GRUs: machine A against nn.GRU, machine B against its formula, and the controls by keyboard."""

import secrets

import pytest
import torch
from torch import nn

from course_utils import language
from course_utils.explore import Explorer

from .driving import close

H, I, T = 3, 2, 8


@pytest.fixture(params=["中文", "English"])
def open_page(request, show):
    language.use(request.param)
    return show(Explorer("dialects"))


def draw_setting(g):
    def normal(*shape):
        return torch.randn(shape, generator=g, dtype=torch.float64)

    def choice():
        return bool(torch.randint(2, (), generator=g))

    return {
        "W_ih": normal(3 * H, I),
        "W_hh": normal(3 * H, H),
        "b_ih": normal(3 * H),
        "b_hh": normal(3 * H),
        "h_0": normal(H).tanh(),
        "x": normal(T, I),
        "opposite": choice(),
        "negate": choice(),
        "before": choice(),
        "r_bias": int(torch.randint(-8, 9, (), generator=g)) / 2,
        "z_bias": int(torch.randint(-8, 9, (), generator=g)) / 2,
    }


def machine_a(s):
    gru = nn.GRU(I, H, batch_first=True).double()
    shift = torch.tensor([s["r_bias"], s["z_bias"], 0.0], dtype=torch.float64).repeat_interleave(H)
    gru.load_state_dict(
        {"weight_ih_l0": s["W_ih"], "weight_hh_l0": s["W_hh"], "bias_ih_l0": s["b_ih"] + shift, "bias_hh_l0": s["b_hh"]}
    )
    with torch.no_grad():
        return torch.cat([s["h_0"][None], gru(s["x"][None], s["h_0"][None, None])[0][0]])  # (T + 1, H)


def machine_b(s):
    (W_r, W_z, W_n), (U_r, U_z, U_n) = s["W_ih"].chunk(3), s["W_hh"].chunk(3)
    (b_r, b_z, b_n), (c_r, c_z, c_n) = s["b_ih"].chunk(3), s["b_hh"].chunk(3)
    h, states = s["h_0"], [s["h_0"]]
    for x in s["x"]:
        r = torch.sigmoid(W_r @ x + b_r + U_r @ h + c_r + s["r_bias"])
        a = W_z @ x + b_z + U_z @ h + c_z + s["z_bias"]
        z = torch.sigmoid(-a if s["negate"] else a)
        past = U_n @ (r * h) + c_n if s["before"] else r * (U_n @ h + c_n)
        n = torch.tanh(W_n @ x + b_n + past)
        h = (1 - z) * h + z * n if s["opposite"] else (1 - z) * n + z * h
        states.append(h)
    return torch.stack(states)


def test_both_machines_compute_what_they_say(open_page):
    seed = secrets.randbelow(10**6)
    g = torch.Generator().manual_seed(seed)
    for k in range(20):
        s = draw_setting(g)
        state = open_page.evaluate(
            "s => { explorer.set(s); return explorer.state() }",
            {n: v.tolist() if torch.is_tensor(v) else v for n, v in s.items()},
        )
        a, b = machine_a(s), machine_b(s)
        for name, want in {"h_a": a, "h_b": b, "gap": (a - b).abs().max()}.items():
            assert close(state[name], want), f"seed {seed}, setting {k}: {name}"


def test_two_reversals_cancel_and_the_keyboard_finds_it(open_page):
    page = open_page

    def gap():
        return page.evaluate("explorer.state().gap")

    assert gap() == 0
    page.locator("#opposite").focus()
    page.keyboard.press("Space")
    assert gap() > 0.1
    page.locator("#negate").focus()
    page.keyboard.press("Space")
    assert gap() < 1e-12
    page.locator("#before").focus()
    page.keyboard.press("Space")
    with_reset_in_play = gap()
    assert with_reset_in_play > 0.01
    page.locator("#r_bias").focus()
    page.keyboard.press("End")
    assert page.locator("#r_bias").input_value() == "8"
    assert gap() < with_reset_in_play / 10
