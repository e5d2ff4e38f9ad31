"""The page that shifts a forecast: its distances against torch, and everything by keyboard."""

import random

import pytest
import torch

from course_utils import language
from course_utils.explore import Explorer

from .driving import press, state


def made_up(dice):
    """A walk and a forecast of it that copies the value `copied` steps back, with some noise."""
    lead, n = dice.randint(1, 9), dice.randint(40, 90)
    truth = [0.0]
    for _ in range(n - 1):
        truth.append(truth[-1] + dice.gauss(0, 1))
    copied = dice.choice([0, lead, 2 * lead])
    forecast = [truth[max(0, i - copied)] + dice.gauss(0, 0.1) for i in range(n)]
    return {
        "name": "步 || walk",
        "unit": "m",
        "lead": lead,
        "step": "步 || steps",
        "truth": truth,
        "forecast": forecast,
    }


def test_distances_and_scores_equal_torch_s_on_20_random_series(show):
    page, dice = show(Explorer("shift")), random.Random(0)
    for _ in range(20):
        series = made_up(dice)
        got = state(page, series=[series], pick=0, shift=0)
        truth, forecast = (torch.tensor(series[key], dtype=torch.float64) for key in ("truth", "forecast"))
        n, lead = len(truth), series["lead"]
        wanted = []
        for shift in range(-lead, 2 * lead + 1):
            pairs = [(truth[i], forecast[i + shift]) for i in range(n) if 0 <= i + shift < n]
            wanted.append(sum(abs(a - b) for a, b in pairs) / len(pairs))
        assert got["shifts"] == list(range(-lead, 2 * lead + 1))
        assert torch.allclose(torch.tensor(got["distances"], dtype=torch.float64), torch.stack(wanted), atol=1e-9)
        assert got["best"] == torch.stack(wanted).argmin() - lead
        y, called, last = truth[lead:], forecast[lead:], truth[:-lead]
        assert got["skill"] == pytest.approx((1 - (called - y).abs().mean() / (last - y).abs().mean()).item())
        assert got["r2"] == pytest.approx((1 - (called - y).square().sum() / (y - y.mean()).square().sum()).item())


def test_the_page_s_own_share_is_yesterday_s_price_and_its_electricity_is_not(show):
    page = show(Explorer("shift"))
    share = state(page)
    assert share["best"] == 1 and share["r2"] > 0.9 and share["skill"] < 0.05
    page.locator("#pick").select_option(index=1)
    electricity = state(page)
    assert electricity["best"] == 0 and electricity["skill"] > 0.3


def test_everything_by_keyboard_and_told_in_words(show):
    language.use("English")
    page = show(Explorer("shift"))
    words = page.locator("#says").inner_text()
    assert "Shifted by 0" in words and "lowest" not in words  # what shifting shows is not told beforehand
    press(page, "#shift", "ArrowRight")
    words = page.locator("#says").inner_text()
    assert state(page)["shift"] == 1 and "Shifted by 1" in words and "this forecast is the last value seen" in words
    press(page, "#shift", "Home")
    assert state(page)["shift"] == -1
    press(page, "#lead", "Enter")
    assert state(page)["shift"] == 1
    press(page, "#zero", "Space")
    assert state(page)["shift"] == 0
    press(page, "#width", "ArrowLeft")
    assert state(page)["width"] == 59
    before = page.locator("#picture").inner_html()
    press(page, "#start", "ArrowRight", "ArrowRight")
    assert state(page)["start"] == 2 and page.locator("#picture").inner_html() != before
    press(page, "#pick", "ArrowDown")
    assert state(page)["pick"] == 1 and "electricity" in page.locator("#says").inner_text()
    press(page, "#one", *["Enter"] * 3)
    assert state(page)["shift"] == 3


def test_one_more_step_than_there_are_is_not_taken(show):
    page = show(Explorer("shift"))
    press(page, "#one", *["Enter"] * 5)
    assert state(page)["shift"] == 2
    got = state(page, width=10_000, start=10_000)
    assert got["start"] == 0 and got["width"] == 180


def test_a_single_series_needs_no_choice(show):
    page = show(Explorer("shift", series=[made_up(random.Random(1))]))
    assert not page.locator("#pick").is_visible()
