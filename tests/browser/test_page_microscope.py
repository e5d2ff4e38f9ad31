"""The gradient microscope computes real Jacobian products: its numbers against torch, from the same W and inputs."""

import random

import pytest
import torch

from course_utils import language
from course_utils.explore import Explorer

from .driving import state

F = {"tanh": torch.tanh, "relu": torch.relu, "linear": lambda a: a}
OFF = float("-inf")


@pytest.fixture
def microscope(show):
    return show(Explorer("microscope"))


def float64(rows):
    return torch.tensor(rows, dtype=torch.float64)


def torch_profile(W, x, nonlinearity):
    """log10 of ||dh_T/dh_{T-k}||, k = 0 … 100, and the derivatives f' of the last 100 steps (100, H), both by autograd
    from W and x alone."""
    f, h, jacobians, slopes = F[nonlinearity], torch.zeros(len(W), dtype=torch.float64), [], []
    for x_t in x:
        a = (W @ h + x_t).requires_grad_()
        slopes.append(torch.autograd.grad(f(a).sum(), a)[0])
        jacobians.append(torch.func.jacrev(lambda h: f(W @ h + x_t))(h))  # noqa: B023
        h = f(a).detach()
    J, log, profile = torch.eye(len(W), dtype=torch.float64), 0.0, [0.0]
    for step in jacobians[:-101:-1]:
        J = J @ step
        norm = torch.linalg.matrix_norm(J, 2).item()
        log += torch.tensor(norm, dtype=torch.float64).log10().item()
        profile.append(log)
        J = J / norm if norm else J
    return profile, torch.stack(slopes[-100:])


def draws(count):
    """Settings drawn now: a page that looked its numbers up could not know them."""
    dice = random.SystemRandom()
    return [
        {
            "rho": round(dice.uniform(0.5, 1.8), 2),
            "variance": dice.choice([0, round(dice.uniform(0.01, 2), 2)]),
            "seed": dice.randrange(1, 1000),
            "nonlinearity": dice.choice(list(F)),
            "kind": dice.choice(["gaussian", "orthogonal"]),
        }
        for _ in range(count)
    ]


def test_profile_equals_torch_on_20_random_settings(microscope):
    for setting in draws(20):
        got = state(microscope, **setting)
        W, x = float64(got["W"]), float64(got["x"])
        want, slopes = torch_profile(W, x, setting["nonlinearity"])
        for k, (mine, true) in enumerate(zip(got["log10"], want, strict=True)):
            assert mine == true == OFF or abs(10 ** (mine - true) - 1) < 1e-6, (setting, k, mine, true)
        assert abs(got["mean"] - slopes.mean().item()) < 1e-6, setting
        shares = torch.histc(slopes.clamp(max=0.999999), 10, 0, 1) / slopes.numel()
        assert (float64(got["shares"]) - shares).abs().max() < 1e-3, (
            setting
        )  # a slope on the edge of a bin may fall to either side


@pytest.mark.parametrize("kind", ["gaussian", "orthogonal"])
def test_sliders_mean_what_they_say(microscope, kind):
    for setting in draws(5):
        got = state(microscope, **setting | {"kind": kind})
        W, x = float64(got["W"]), float64(got["x"])
        assert abs(torch.linalg.eigvals(W).abs().max().item() / setting["rho"] - 1) < 1e-9
        assert ((W @ W.T - setting["rho"] ** 2 * torch.eye(len(W), dtype=torch.float64)).abs().max() < 1e-9) == (
            kind == "orthogonal"
        )
        assert x.shape == (120, 32) and abs(x.var().item() - setting["variance"]) < 0.15 * setting["variance"] + 1e-12


def test_another_network_has_other_weights(microscope):
    first, again, other = (state(microscope, seed=seed)["W"] for seed in (1, 1, 2))
    assert first == again != other


def test_everything_by_keyboard(microscope):
    page = microscope
    moved = {"#rho": ("rho", 0.91), "#variance": ("variance", 1.01), "#lag": ("lag", 51)}
    for selector, (name, value) in moved.items():
        words = page.locator("#says").text_content()
        page.focus(selector)
        page.keyboard.press("ArrowRight")
        assert state(page)[name] == pytest.approx(value)
        assert page.locator("#says").text_content() != words
    page.focus("input[name=nonlinearity]:checked")
    page.keyboard.press("ArrowRight")
    assert state(page)["nonlinearity"] == "relu"
    page.focus("input[name=kind]:checked")
    page.keyboard.press("ArrowRight")
    assert state(page)["kind"] == "orthogonal"
    page.focus("#pin")
    page.keyboard.press("Enter")
    assert state(page)["pinned"] and page.locator("#pin").get_attribute("aria-pressed") == "true"
    page.focus("#another")
    page.keyboard.press("Enter")
    assert state(page)["seed"] == 2


def test_status_reads_the_numbers_out(microscope):
    state(microscope, rho=1, variance=0, kind="orthogonal", nonlinearity="linear", lag=50)
    assert "测得 1.0；" in microscope.locator("#says").text_content()
    got = state(microscope, rho=0.9, variance=1, kind="gaussian", nonlinearity="tanh", lag=50)
    digits, exponent = f"{10 ** (got['log10'][50] - got['log10'][1]):.1e}".split("e")
    written = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    assert f"{digits}×10{written}" in microscope.locator("#says").text_content()
    state(microscope, nonlinearity="relu", variance=0)
    assert "所有单元都关着" in microscope.locator("#says").text_content()


def test_click_reads_the_lag_under_the_pointer(microscope):
    box = microscope.locator("#profile").bounding_box()
    microscope.mouse.click(box["x"] + box["width"] * (52 + 420 * 0.3) / 484, box["y"] + 100)
    assert state(microscope)["lag"] == 30


@pytest.mark.parametrize("speech, expected", [("中文", "谱半径"), ("English", "spectral radius")])
def test_speaks_both_languages(page, speech, expected):
    language.use(speech)
    page.set_content(Explorer("microscope").page)
    text = page.locator("body").inner_text()
    assert expected in text and " || " not in text
    for name in page.locator("svg").evaluate_all("all => all.map(svg => svg.getAttribute('aria-label'))"):
        assert name and " || " not in name


def lag_ratio(page, lag, **setting):
    log10 = state(page, **setting)["log10"]
    return log10[lag] - log10[1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_missions_of_chapter_04_have_the_answers_it_gives(microscope, seed):
    def at_50(**setting):
        return lag_ratio(microscope, 50, rho=1.5, nonlinearity="tanh", seed=seed, **setting)

    assert (
        at_50(kind="gaussian", variance=0) > 8
        and min(at_50(kind="gaussian", variance=v) for v in (0.02, 0.03, 0.04)) < 0
    )
    assert (
        at_50(kind="orthogonal", variance=0.1)
        > 0
        > min(at_50(kind="orthogonal", variance=v / 100) for v in range(15, 50, 5))
    )

    def at_100(rho, **setting):
        return lag_ratio(microscope, 100, rho=rho, kind="orthogonal", seed=seed, **setting)

    small = {"variance": 0.05, "nonlinearity": "tanh"}
    assert -5.6 < at_100(1.0, **small) < -4.6 and abs(at_100(1.25, **small)) < 0.7
    assert at_100(1.2, variance=1, nonlinearity="relu") < 0 < at_100(1.45, variance=1, nonlinearity="relu")
    for nonlinearity, quiet, loud in (("linear", 0, 2), ("relu", 0.01, 2)):
        assert at_100(1.0, variance=quiet, nonlinearity=nonlinearity) == pytest.approx(
            at_100(1.0, variance=loud, nonlinearity=nonlinearity), abs=1e-9
        )
