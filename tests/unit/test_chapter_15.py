"""What chapter 15 writes out, and the three series that it forecasts. (The controls of its claims stand in the chapter
itself.)"""

import gzip
import hashlib
import math

import matplotlib
import pytest
import torch
from torch import nn
from torch.nn import functional as F

matplotlib.use("Agg")

from course_utils import data
from course_utils.data import series

CELLS = (
    "windows-code",
    "forecaster-code",
    "shift-claim",
    "r2",
    "shuffle-code",
    "ridge-code",
    "recursive-code",
    "load-inputs-code",
    "quantile-code",
    "calibrate",
    "valleys",
)


@pytest.fixture(scope="module")
def chapter(run_cells):
    """The functions and classes that the chapter writes out, from its own cells."""
    return run_cells("15", "setup", *CELLS, definitions=True, torch=torch, nn=nn, F=F, math=math)


# --- windows


def test_a_window_is_followed_by_what_follows_it(chapter):
    x, y = chapter["windows"](torch.arange(10.0), 4, steps=3)
    assert x.shape == (4, 4, 1) and y.shape == (4, 3)
    assert torch.equal(torch.cat([x[..., 0], y], 1), torch.arange(4.0)[:, None] + torch.arange(7.0))


@pytest.mark.parametrize("split, shared", [("time", True), ("gap", False)])
def test_with_a_gap_no_training_window_reaches_into_the_test_part(chapter, monkeypatch, split, shared):
    """The two parts as the nearest neighbour gets them: cut from 0, 1, 2, … each value is its own time."""
    seen = {}

    def watched(x_train, y_train, x):
        seen.update(train=max(x_train.max(), y_train.max()), test=x.min())
        return torch.zeros(len(x))

    monkeypatch.setitem(chapter, "nearest", watched)
    monkeypatch.setattr(torch, "randn", lambda *shape, generator: torch.ones(*shape))
    chapter["walk_skill"](0, split)
    assert (seen["train"] >= seen["test"]) == shared


def test_shuffled_windows_have_their_neighbours_in_training(chapter):
    """What the shuffled split fakes on a series without any pattern, and splitting by time does not."""
    assert chapter["walk_skill"](50, "shuffled") > 0.3 > 0 > chapter["walk_skill"](50, "time")


# --- forecasters


def test_ridge_without_a_penalty_is_least_squares_and_a_large_penalty_leaves_the_mean(chapter):
    g = torch.Generator().manual_seed(0)
    x, y = torch.randn(50, 3, 2, generator=g), torch.randn(50, 2, generator=g)
    rows = torch.cat([x.flatten(1), torch.ones(50, 1)], 1)
    best = rows @ torch.linalg.lstsq(rows, y).solution
    assert torch.allclose(chapter["Ridge"](x, y, 0)(x), best, atol=1e-4)
    assert torch.allclose(chapter["Ridge"](x, y, 1e9)(x), y.mean(0).expand(50, 2), atol=1e-4)


def test_training_keeps_the_epoch_that_is_best_on_validation(chapter):
    """The answers of validation are not those of training: the best epoch is the first, however many follow."""
    g = torch.Generator().manual_seed(0)
    x = torch.randn(128, 5, 1, generator=g)
    train, validation = (x, torch.full((128, 1), 100.0)), (x, torch.full((128, 1), -100.0))
    short, long = (chapter["trained"](train, validation, seed=1, epochs=epochs, lr=0.05) for epochs in (1, 6))
    assert torch.equal(short(x), long(x))
    agreeing = chapter["trained"](train, train, seed=1, epochs=6, lr=0.05)
    assert F.l1_loss(agreeing(x), train[1]) < F.l1_loss(long(x), train[1])


def test_recursion_feeds_on_what_it_wrote(chapter):
    x = torch.tensor([[[1.0], [1.0]], [[2.0], [3.0]]])
    fibonacci = chapter["recursive"](lambda x: x.sum(1), x, 4)
    assert fibonacci.tolist() == [[2, 3, 5, 8], [5, 8, 13, 21]]
    assert x[:, :, 0].tolist() == [[1, 1], [2, 3]]


# --- scores and intervals


def test_skill_is_one_zero_and_negative_where_it_should(chapter):
    truth, last = torch.tensor([1.0, 2.0, 4.0]), torch.tensor([0.0, 1.0, 2.0])
    skill = chapter["skill"]
    assert skill(truth, truth, last) == 1 and skill(last, truth, last) == 0
    assert skill(truth + 2 * (last - truth), truth, last) == -1


def test_copying_yesterday_has_a_high_r_squared_on_a_walk_and_none_on_its_steps(chapter):
    steps = torch.randn(2000, generator=torch.Generator().manual_seed(0))
    walk = steps.cumsum(0)
    assert chapter["r_squared"](walk[:-1], walk[1:]) > 0.98
    assert chapter["r_squared"](torch.zeros(2000), steps) < 0.01


def test_the_pinball_loss_is_least_at_the_quantiles(chapter):
    chapter["QUANTILES"] = torch.tensor([0.1, 0.5, 0.9])
    y = torch.linspace(0, 1, 1001)[:, None]
    best = chapter["pinball"](torch.tensor([[0.1, 0.5, 0.9]]).expand(1001, 3), y)
    for column in range(3):
        for off in (-0.05, 0.05):
            worse = torch.tensor([[0.1, 0.5, 0.9]]).repeat(1001, 1)
            worse[:, column] += off
            assert chapter["pinball"](worse, y) > best


def test_widening_covers_eight_tenths_of_the_rows_it_was_measured_on(chapter):
    g = torch.Generator().manual_seed(0)
    chapter["answer"] = torch.randn(1000, generator=g)
    rows = torch.arange(1000) < 500
    for half in (0.1, 3.0):  # too narrow, too wide
        band = torch.full((1000,), -half), torch.full((1000,), half)
        assert abs(chapter["coverage"](chapter["widened"](band, rows), rows) - 0.8) < 0.01
        assert abs(chapter["coverage"](band, rows) - 0.8) > 0.1


def test_a_shortage_costs_what_it_is_said_to_cost(chapter):
    chapter |= {"answer": torch.tensor([5.0, 5.0, 5.0]), "exam": torch.tensor([True, True, False])}
    assert chapter["cost"](torch.tensor([4.0, 7.0, 100.0]), 9) == (9 * 1 + 2) / 2


def test_weeks_and_what_is_known_by_them_do_not_meet(chapter):
    """A week's forecasts begin a day before it: nothing that is known by then is in it, nor known later than that."""
    chapter |= {"DAY": 48, "WEEK": 336, "now": torch.arange(383, 3984)}
    aims = chapter["now"] + 48
    known, week = chapter["known_by"](6), chapter["weeks"](6, 7)
    first_forecast = chapter["now"][week].min()
    assert not (known & week).any() and week.sum() == 336 and aims[known].max() <= first_forecast


@pytest.mark.parametrize("lag, found", [(0, 0), (1, 1), (2, 2)])
def test_the_valley_is_where_the_forecast_was_copied_from(chapter, lag, found):
    truth = torch.randn(200, generator=torch.Generator().manual_seed(0)).cumsum(0)
    copied = torch.cat([truth[:1].expand(lag), truth[: len(truth) - lag]])
    assert chapter["valley"]({"truth": truth.tolist(), "forecast": copied.tolist(), "lead": 1}) == found


# --- the series

FILES = [
    ("stock", series.Price, data.stock_prices),
    ("weather", series.Weather, data.seattle_weather),
    ("load", series.Load, data.electricity_load),
]


@pytest.mark.parametrize("name, row, load", FILES)
def test_a_series_is_what_its_card_says(root, name, row, load):
    card, content = ((root / "datasets" / f"{name}{ending}") for ending in (".md", ".csv"))
    card, content = card.read_text(encoding="utf-8"), content.read_bytes()
    assert hashlib.sha256(content).hexdigest() in card and f"{len(content):,} bytes" in card
    assert f"{len(load()):,} " in card and all(f"| `{column}` |" in card for column in row.__annotations__)


def test_the_series_are_in_order_and_whole():
    prices, days, half_hours = (load() for _, _, load in FILES)
    for times in ([row.date for row in prices], [row.date for row in days], [row.time for row in half_hours]):
        assert times == sorted(set(times))
    assert len(days) == 366 + 3 * 365 and len(half_hours) == 12 * 7 * 48
    assert min(row.adjusted_close for row in prices) > 0 and all(row.temp_min <= row.temp_max for row in days)


def test_the_scripts_keep_what_the_course_uses(load_script, tmp_path):
    stocks, rain, taylor, target = (tmp_path / name for name in ("stocks.csv.gz", "rain.csv", "taylor.py", "made.csv"))
    with gzip.open(stocks, "wt") as file:
        file.write("Ticker,Date,Close,Adj Close\nAAPL,2000-03-01,130.31,4.18666\nIBM,2000-03-01,100,90\n")
    load_script("datasets/make_stock.py").make(stocks, target)
    assert target.read_text() == "date,adjusted_close\n2000-03-01,4.1867\n"

    rain.write_text("date,precipitation,temp_max,temp_min,wind,weather\n2012/01/01,0.0,12.8,5.0,4.7,drizzle\n")
    load_script("datasets/make_weather.py").make(rain, target)
    assert target.read_text() == "date,precipitation,temp_max,temp_min,wind\n2012-01-01,0.0,12.8,5.0,4.7\n"

    taylor.write_text("import pandas\n\ndef load_taylor():\n    names = ['x']\n    return [22262, 21756]\n")
    load_script("datasets/make_load.py").make(taylor, target)
    assert target.read_text() == "time,load\n2000-06-05 00:00,22262\n2000-06-05 00:30,21756\n"
