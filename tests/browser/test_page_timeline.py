"""The timeline of chapter 18: put in order by keyboard and by mouse, and judged."""

import itertools

import pytest

from course_utils import data, language
from course_utils.explore import Explorer

from .driving import press, state


def work(date):
    return {key: f"{key} of {date}" for key in ("name", "claimed", "measured", "where", "cite", "url", "reading")} | {
        "date": date
    }


def page(framed, *dates):
    works = {f"w{k}": work(date) for k, date in enumerate(dates)}
    return framed(Explorer("timeline", works=works, rounds=[{"name": "one", "works": list(works)}]))


def in_order(a, b):
    n = min(len(a), len(b))
    return a[:n] <= b[:n]


@pytest.mark.parametrize("dates", list(itertools.permutations(["1986", "1990", "2014-06", "2014-09"])))
def test_every_order_is_judged_by_its_pairs_and_the_fewest_have_to_move(framed, dates):
    got = state(page(framed, *dates))
    pairs = list(itertools.combinations(dates, 2))
    assert (got["pairs"], got["wrong"]) == (6, sum(not in_order(a, b) for a, b in pairs))
    stay = [date for date, fits in zip(dates, got["fits"]) if fits]
    assert all(in_order(a, b) for a, b in itertools.combinations(stay, 2))
    longest = max(n for n in range(1, 5) for some in itertools.combinations(dates, n) if list(some) == sorted(some))
    assert len(stay) == longest


def test_dates_that_cannot_be_told_apart_may_stand_either_way(framed):
    assert state(page(framed, "1990", "1990", "1990-05", "1990"))["wrong"] == 0
    assert state(page(framed, "1990-05", "1990-04"))["wrong"] == 1


def test_by_keyboard_into_order_which_shows_years_and_references(framed):
    language.use("English")
    frame = page(framed, "1997", "1982", "1990")
    assert (
        "cite of" not in frame.locator("#card").inner_text() and "1997" not in frame.locator(".when").all_inner_texts()
    )
    press(frame, ".event >> nth=0", "ArrowDown", "ArrowDown")
    assert state(frame)["dates"] == ["1982", "1990", "1997"] and state(frame)["chosen"] == 2
    assert not state(frame)["revealed"]
    press(frame, "#check", "Enter")
    assert state(frame)["revealed"] and "not one of 3 pairs" in frame.locator("#says").inner_text()
    assert frame.locator(".when").all_inner_texts() == ["1982", "1990", "1997"]
    assert "cite of 1997" in frame.locator("#card").inner_text() and frame.locator("#axis circle").count() == 3


def test_a_wrong_order_keeps_its_years_until_asked(framed):
    language.use("English")
    frame = page(framed, "1997", "1982", "1990")
    frame.locator("#check").click()
    assert not state(frame)["revealed"] and "2 still stand the wrong way round" in frame.locator("#says").inner_text()
    assert frame.locator(".mark.wrong").count() == 1
    frame.locator("#reveal").click()
    assert frame.locator(".when").first.inner_text() == "1997"


def test_by_mouse_an_event_is_dragged(framed):
    frame = page(framed, "1997", "1982", "1990")
    first, last = (frame.locator(".event").nth(k).bounding_box() for k in (0, 2))
    mouse = frame.page.mouse
    mouse.move(first["x"] + 20, first["y"] + 10)
    mouse.down()
    mouse.move(last["x"] + 20, last["y"] + 10, steps=5)
    mouse.up()
    assert state(frame)["dates"] == ["1982", "1990", "1997"]


def test_the_buttons_move_the_chosen_event_and_stop_at_the_ends(framed):
    frame = page(framed, "1997", "1982", "1990")
    frame.locator("#earlier").click()
    assert state(frame)["dates"] == ["1997", "1982", "1990"]
    frame.locator("#later").click()
    assert state(frame)["dates"] == ["1982", "1997", "1990"] and state(frame)["chosen"] == 1


@pytest.mark.parametrize("name", ["中文", "English"])
def test_every_round_of_the_chapter_can_be_solved(framed, name):
    language.use(name)
    chapter = data.history.timeline()
    frame = framed(Explorer("timeline", **chapter))
    for k, entry in enumerate(chapter["rounds"]):
        frame.locator("#round").select_option(str(k))
        assert state(frame)["wrong"] > 0 and not state(frame)["revealed"]
        right = sorted(entry["works"], key=lambda id: chapter["works"][id]["date"])
        assert state(frame, order=right)["wrong"] == 0
