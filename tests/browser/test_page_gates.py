"""The gate theatre of chapter 05."""

import random

import pytest
import torch
from torch import nn

from course_utils import language
from course_utils.explore import Explorer

from .driving import close, press, state


def random_setting(seed):
    """Data for the page: one LSTM unit with random weights, a random stream."""
    generator, pick = torch.Generator().manual_seed(seed), random.Random(seed)
    features, kinds, steps = pick.randint(1, 5), pick.randint(2, 4), pick.randint(1, 24)

    def draw(*shape):
        return 2 * torch.randn(*shape, generator=generator, dtype=torch.float64)

    return {
        "W_ih": draw(4, features),
        "W_hh": draw(4) * pick.choice([0, 1]),
        "b": draw(4),
        "tokens": draw(kinds, features),
        "names": [f"符号 {k} || symbol {k}" for k in range(kinds)],
        "stream": [pick.randrange(kinds) for _ in range(steps)],
        "repeat": pick.randint(1, 3),
        "forget_gate": pick.random() < 0.7,
    }


def torch_says(setting):
    """Gates and states from nn.LSTMCell where there is a forget gate, else from the equations of 1997; the road by
    autograd."""
    x = setting["tokens"][setting["stream"] * setting["repeat"]]  # (T, I)

    def pre(x_t, h):
        return setting["W_ih"] @ x_t + setting["W_hh"] * h + setting["b"]

    cell = nn.LSTMCell(x.shape[1], 1, dtype=torch.float64)
    with torch.no_grad():
        for parameter, value in zip(
            cell.parameters(), [setting["W_ih"], setting["W_hh"][:, None], setting["b"], torch.zeros(4)]
        ):
            parameter.copy_(value)
    h = c = torch.zeros(1, 1, dtype=torch.float64)
    rows, cs = [], []
    for x_t in x:
        i, f, g, o = pre(x_t, h.detach()[0, 0])
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        c = c.detach().requires_grad_()
        old = c
        if setting["forget_gate"]:
            h, c = cell(x_t[None], (h.detach(), c))  # h detached: the road along the belt only
        else:
            f = torch.ones_like(f)
            c = old + i * g
            h = o * torch.tanh(c)
        cs.append(torch.autograd.grad(c.sum(), old)[0][0, 0])  # dc_t / dc_{t-1}
        rows.append(torch.stack([i, f, g, o, c.detach()[0, 0], h.detach()[0, 0]]))
    road = [torch.ones((), dtype=torch.float64)]
    for factor in reversed(cs[1:]):
        road.append(road[-1] * factor)
    return dict(zip("ifgoch", torch.stack(rows, dim=1))) | {"road": torch.stack(road[::-1])}


@pytest.mark.parametrize("run", range(20))
def test_gates_says_what_torch_says(framed, run):
    seed = random.SystemRandom().randrange(2**32)  # another setting at every run; a failure names it
    setting = random_setting(seed)
    got = state(framed(Explorer("gates", **setting)))
    for name, expected in torch_says(setting).items():
        assert close(got[name], expected), (seed, name)


def test_gates_the_numbers_in_the_picture_are_those_of_the_state(framed):
    frame = framed(Explorer("gates"))
    for name in "ifo":
        assert [float(text) for text in frame.locator(f"#pic text.{name}").all_text_contents()] == pytest.approx(
            state(frame)[name], abs=0.00501
        )


def test_gates_the_forget_bias_moves_memory_and_gradient_by_keyboard(framed):
    frame = framed(Explorer("gates"))
    press(frame, "#bias", "Home")
    low = state(frame)
    press(frame, "#bias", "End")
    high = state(frame)
    assert (low["forget_bias"], high["forget_bias"]) == (-2, 5)
    assert high["h"][11] > 0.5 > low["h"][11] and high["road"][1] > 1e6 * low["road"][1]
    assert low["i"] == high["i"] and low["o"] == high["o"]


def test_gates_missions_of_the_chapter_can_be_done(framed):
    frame = framed(Explorer("gates"))
    press(frame, "#bias", *["ArrowRight"] * 10)
    assert state(frame)["forget_bias"] == pytest.approx(1) and state(frame)["h"][11] < 0.1
    press(frame, "#bias", "End")
    press(frame, "#t", "Home", *["ArrowRight"] * 7)
    assert state(frame)["t"] == 8 and state(frame)["h"][11] > 0.5
    frame.locator("#token").select_option("2")  # wipe
    assert state(frame)["stream"][7] == 2 and state(frame)["h"][11] < 0.2
    press(frame, "#restore", "Enter")
    assert state(frame)["h"][11] > 0.5


def test_gates_without_a_forget_gate_memory_grows_and_the_gradient_stays(framed):
    frame = framed(Explorer("gates"))
    press(frame, "#repeat", "End")
    with_gate = state(frame)
    press(frame, "#switch", "Enter")
    without = state(frame)
    assert len(without["c"]) == 240 and set(without["f"]) == {1} and set(without["road"]) == {1}
    assert max(without["c"]) > 10 > max(with_gate["c"]) and min(without["c"]) >= 0
    assert frame.locator("#bias").is_disabled() and frame.locator("#switch").get_attribute("aria-pressed") == "true"
    assert "tanh" in frame.locator("#says").inner_text()
    press(frame, "#switch", "Enter")
    assert state(frame)["c"] == with_gate["c"]


def test_gates_a_click_and_the_slider_choose_the_same_step(framed):
    frame = framed(Explorer("gates"))
    box = frame.locator("#pic").bounding_box()
    frame.page.mouse.click(box["x"] + box["width"] * (96 + 640 * 16.5 / 24) / 744, box["y"] + 100)
    assert state(frame)["t"] == 17
    clicked = frame.locator("#says").inner_text()
    press(frame, "#t", "Home", *["ArrowRight"] * 16)
    assert frame.locator("#says").inner_text() == clicked


@pytest.mark.parametrize("speaks, word", [("中文", "记忆"), ("English", "memory")])
def test_gates_speaks_one_language(framed, speaks, word):
    language.use(speaks)
    frame = framed(Explorer("gates"))
    text = frame.evaluate("document.body.innerText + document.querySelector('#pic').getAttribute('aria-label')")
    assert word in text and " || " not in text and "NaN" not in text
    assert any("一" <= character <= "鿿" for character in text) == (speaks == "中文")
