"""The page that moves an alarm's threshold: its counts against people counted by torch, and everything by keyboard."""

import random

import pytest
import torch

from course_utils import language
from course_utils.explore import Explorer

from .driving import press, state


def test_the_counts_are_those_of_people_counted_one_by_one(show):
    page, dice = show(Explorer("alarm")), random.Random(0)
    for _ in range(5):
        bins, prevalence, threshold = dice.choice([10, 20, 50]), dice.randint(1, 50), dice.randint(0, 100)
        ill, well = (
            torch.rand(bins, dtype=torch.float64, generator=torch.Generator().manual_seed(k)) for k in (bins, 99)
        )
        ill, well = ill / ill.sum(), well / well.sum()
        got = state(page, ill=ill.tolist(), well=well.tolist(), prevalence=prevalence, threshold=threshold)
        rings = (torch.arange(bins) + 0.5) * 100 / bins > threshold
        caught, wrong = 10 * prevalence * ill[rings].sum(), (1000 - 10 * prevalence) * well[rings].sum()
        wanted = {
            "caught": caught,
            "wrong": wrong,
            "alarms": caught + wrong,
            "missed": 10 * prevalence - caught,
            "sensitivity": ill[rings].sum(),
            "specificity": 1 - well[rings].sum(),
        }
        assert {name: got[name] for name in wanted} == pytest.approx({k: v.item() for k, v in wanted.items()}, abs=1e-9)
        assert got["ppv"] == pytest.approx((caught / (caught + wrong)).item()) if rings.any() else got["ppv"] is None


def test_the_alarm_of_the_chapter_s_first_section(show):
    """At 2 %, with 90 % sensitivity and specificity, 18 of 116 alarms are right."""
    got = state(show(Explorer("alarm")), ill=[0.1, 0.9], well=[0.9, 0.1], prevalence=2, threshold=50)
    assert got["ppv"] == pytest.approx(18 / 116) and got["missed"] == pytest.approx(2)


def test_everything_by_keyboard_and_told_in_words(show):
    language.use("English")
    page = show(Explorer("alarm"))
    before = state(page)
    press(page, "#threshold", *["ArrowLeft"] * 20)
    lower = state(page)
    assert lower["threshold"] == before["threshold"] - 20 and lower["missed"] < before["missed"]
    assert "Threshold 30 %, prevalence 15 %" in page.locator("#says").inner_text()
    press(page, "#prevalence", "Home")
    rare = state(page)
    assert rare["prevalence"] == 1 and rare["ppv"] < lower["ppv"] and rare["sensitivity"] == lower["sensitivity"]
    press(page, "#none", "Enter")
    assert state(page)["ppv"] is None and "It never rings" in page.locator("#says").inner_text()
    press(page, "#all", "Enter")
    everybody = state(page)
    assert everybody["alarms"] == pytest.approx(1000) and everybody["missed"] == pytest.approx(0)
