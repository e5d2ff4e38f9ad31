"""The horizon map counts and averages stored runs in the page: its numbers against torch, on data drawn when the test
runs."""

import random

import pytest
import torch

from course_utils import language
from course_utils.explore import Explorer

from .driving import state

ROWS = [["RNN", "default"], ["RNN", "orthogonal"], ["LSTM", "+1"], ["LSTM", "chrono"], ["GRU", "+3"]]


@pytest.fixture
def horizon(show):
    return show(Explorer("horizon"))


def draw(dice):
    """A made-up map: rows x lags x seeds of each measurement, and how to read it."""
    shape = dice.randint(1, len(ROWS)), dice.randint(1, 6), dice.randint(1, 5)

    def number(make):
        return [[[make() for _ in range(shape[2])] for _ in range(shape[1])] for _ in range(shape[0])]

    return {
        "rows": dice.sample(ROWS, shape[0]),
        "lags": sorted(dice.sample(range(1, 200), shape[1])),
        "accuracy": number(lambda: round(dice.choice([dice.uniform(0.2, 1), dice.uniform(0.9, 1)]), 3)),
        "steps": number(lambda: dice.randint(10, 500)),
        "reach": number(lambda: 10 ** dice.uniform(-30, 0)),
        "threshold": round(dice.uniform(0.5, 0.99), 2),
        "seeds": dice.randint(1, shape[2]),
        "row": dice.randrange(shape[0]),
        "lag": dice.randrange(shape[1]),
    }


def test_counts_means_and_horizons_equal_torch_on_20_random_maps(horizon):
    dice = random.SystemRandom()
    for _ in range(20):
        setting = draw(dice)
        got = state(horizon, **setting)
        accuracy, steps, reach = (
            torch.tensor(setting[key], dtype=torch.float64)[..., : setting["seeds"]]
            for key in ("accuracy", "steps", "reach")
        )
        solved = accuracy >= setting["threshold"]
        assert got["solved"] == solved.sum(2).tolist(), setting
        assert (torch.tensor(got["accuracy"], dtype=torch.float64) - accuracy.mean(2)).abs().max() < 1e-6
        assert (torch.tensor(got["reach"], dtype=torch.float64) - reach.log10().mean(2)).abs().max() < 1e-6
        for r, row in enumerate(got["steps"]):
            for l, shown in enumerate(row):
                needed = steps[r, l][solved[r, l]]
                assert shown is None if not len(needed) else abs(shown - needed.mean().item()) < 1e-6
        majority = solved.double().mean(2) > 0.5
        assert got["horizon"] == majority.long().cumprod(1).sum(1).tolist(), setting


def test_everything_by_keyboard(horizon):
    page = horizon
    before = page.locator("#map").inner_html()
    page.focus("input[name=view]:checked")
    for view in ("accuracy", "steps", "reach"):
        page.keyboard.press("ArrowRight")
        assert state(page)["view"] == view and page.locator("#map").inner_html() != before
    for selector, key, name, value in [
        ("#threshold", "ArrowLeft", "threshold", 0.94),
        ("#seeds", "ArrowLeft", "seeds", 3),
        ("#row", "ArrowDown", "row", 1),
        ("#lag", "ArrowDown", "lag", 1),
    ]:
        words = page.locator("#says").text_content()
        page.focus(selector)
        page.keyboard.press(key)
        assert state(page)[name] == pytest.approx(value)
        if name != "threshold":
            assert page.locator("#says").text_content() != words


def test_a_click_picks_the_square_and_gives_the_line_to_copy(horizon):
    box = horizon.locator("#map").bounding_box()
    horizon.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.85)
    got = state(horizon)
    assert (got["row"], got["lag"]) == (1, 1)
    assert horizon.locator("#line").text_content() == 'MY_SQUARE = "GRU", "chrono", 25'
    assert "GRU · chrono，间隔 25" in horizon.locator("#says").text_content()


def test_one_seed_can_tell_another_story(horizon):
    mixed = {"accuracy": [[[0.99, 0.3, 0.3, 0.3], [0.3] * 4], [[0.3, 0.99, 0.99, 0.99], [0.99] * 4]]}
    assert state(horizon, **mixed, seeds=1)["horizon"] == [1, 0]
    assert state(horizon, seeds=4)["horizon"] == [0, 2]
    assert state(horizon, seeds=2)["horizon"] == [0, 0]  # one of two is not more than half


@pytest.mark.parametrize("speech, expected", [("中文", "视界"), ("English", "horizon")])
def test_speaks_both_languages(show, speech, expected):
    language.use(speech)
    page = show(Explorer("horizon"))
    for view in ("solved", "accuracy", "steps", "reach"):
        state(page, view=view)
        text = page.locator("body").inner_text() + page.locator("#map").get_attribute("aria-label")
        assert expected in text and " || " not in text
