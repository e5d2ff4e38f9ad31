"""The page of backward messages: its numbers against autograd, and its controls by keyboard."""

import secrets

import pytest
import torch

from course_utils import language
from course_utils.explore import Explorer

from .driving import close


@pytest.fixture(params=["中文", "English"])
def open_page(request, show):
    language.use(request.param)
    return show(Explorer("messages"))


def draw_setting(g):
    """Random data for the page: every size of T, every length of chunk, with and without a loss at every step."""

    def normal(*shape):
        return torch.randn(shape, generator=g, dtype=torch.float64)

    return {
        "W_x": normal(3, 2),
        "W_h": 0.7 * normal(3, 3),
        "b": normal(3),
        "h_0": normal(3).tanh(),
        "x": normal(10, 2),
        "target": normal(3),
        "T": int(torch.randint(2, 11, (), generator=g)),
        "chunk": int(torch.randint(1, 11, (), generator=g)),
        "scale": int(torch.randint(0, 31, (), generator=g)) / 10,
        "every": bool(torch.randint(2, (), generator=g)),
    }


def by_autograd(s, chunk):
    """The states (T + 1, H), and the gradients with respect to x (T, I), the sums before tanh (T, H) and the recurrent
    weights (H, H)."""
    x = s["x"][: s["T"]].clone().requires_grad_()
    W_h = (s["scale"] * s["W_h"]).requires_grad_()
    h, loss, sums, states = s["h_0"], 0, [], [s["h_0"]]
    for t in range(1, s["T"] + 1):
        if (t - 1) % chunk == 0:
            h = h.detach()
        sums.append(s["W_x"] @ x[t - 1] + W_h @ h + s["b"])
        h = torch.tanh(sums[-1])
        states.append(h)
        if s["every"] or t == s["T"]:
            loss = loss + 0.5 * (h - s["target"]).square().sum()
    dx, dW_h, *deltas = torch.autograd.grad(loss, [x, W_h, *sums], allow_unused=True, materialize_grads=True)
    return torch.stack(states), dx, torch.stack(deltas), dW_h


def test_the_numbers_are_the_gradients(open_page):
    seed = secrets.randbelow(10**6)
    g = torch.Generator().manual_seed(seed)
    for k in range(20):
        s = draw_setting(g)
        state = open_page.evaluate(
            "s => { explorer.set(s); return explorer.state() }",
            {n: v.tolist() if torch.is_tensor(v) else v for n, v in s.items()},
        )
        h, dx, delta, dW_h = by_autograd(s, s["chunk"])
        full_dx = by_autograd(s, 11)[1]
        for name, want in {"h": h, "dx": dx, "delta": delta, "dW_h": dW_h, "full_dx": full_dx}.items():
            assert close(state[name], want), f"seed {seed}, setting {k}: {name}"
        votes = torch.tensor(state["vote"], dtype=torch.float64)
        assert torch.allclose(votes, delta[:, :, None] * h[:-1, None, :], rtol=0, atol=1e-6), (
            f"seed {seed}, setting {k}: vote"
        )
        exactly_zero = torch.tensor(state["dx"], dtype=torch.float64).eq(0).all(dim=1)
        assert torch.equal(exactly_zero, dx.eq(0).all(dim=1)), (
            f"seed {seed}, setting {k}: which inputs receive exactly nothing"
        )


def test_a_missing_slope_would_be_seen(open_page):
    """The comparison above has eyes: the same network without tanh's slope gives other numbers."""
    state = open_page.evaluate("explorer.state()")
    h = torch.tensor(state["h"], dtype=torch.float64)
    last = h[-1] - torch.tensor([0.6, -0.5, 0.2], dtype=torch.float64)  # the page's own target
    assert close(state["own"][-1], last) and not close(state["delta"][-1], last)


def test_keyboard_cuts_and_mends(open_page):
    open_page.locator("#chunk").focus()
    for _ in range(5):
        open_page.keyboard.press("ArrowLeft")
    state = open_page.evaluate("explorer.state()")
    assert state["T"] == 8 and state["chunk"] == 5
    silent = [not any(row) for row in state["dx"]]
    assert silent == [True] * 5 + [False] * 3
    assert all(any(row) for row in state["full_dx"])
    assert open_page.locator(".wall").count() == 1 and "5" in open_page.locator("[role=status]").inner_text()
    open_page.keyboard.press("End")
    assert (
        all(any(row) for row in open_page.evaluate("explorer.state().dx")) and open_page.locator(".wall").count() == 0
    )


def test_keyboard_walks_back_through_every_action(open_page):
    open_page.locator("#step").focus()
    seen, told = [], set()
    for _ in range(24):  # three actions at each of the eight steps
        open_page.keyboard.press("Enter")
        state = open_page.evaluate("explorer.state()")
        seen.append((state["t"], state["op"]))
        told.add(open_page.locator("[role=status]").inner_text())
        sent = sum(op == 3 for _, op in seen)
        assert open_page.locator("rect.dx").count() == sent == open_page.locator("rect.vote").count()
    assert seen == [(t, op) for t in range(8, 0, -1) for op in (1, 2, 3)] and len(told) == 24
    shown = open_page.locator("#total td").all_inner_texts()
    want = open_page.evaluate("explorer.state().dW_h.flat()")
    assert [float(v.replace("−", "-")) for v in shown] == pytest.approx(want, abs=5e-5)
    open_page.locator("#back").focus()
    open_page.keyboard.press("Enter")
    assert open_page.evaluate("[explorer.state().t, explorer.state().op]") == [1, 2]


def test_a_loss_at_every_step_and_a_stronger_recurrence(open_page):
    before = open_page.evaluate("explorer.state()")
    open_page.locator("#every").focus()
    open_page.keyboard.press("Space")
    state = open_page.evaluate("explorer.state()")
    assert [any(row) for row in before["own"]] == [False] * 7 + [True] and all(any(row) for row in state["own"])
    assert open_page.locator("#every").get_attribute("aria-pressed") == "true"
    open_page.locator("#scale").focus()
    for _ in range(5):
        open_page.keyboard.press("ArrowRight")
    assert (
        open_page.evaluate("explorer.state().scale") == 1.5 and open_page.evaluate("explorer.state().dx") != state["dx"]
    )
