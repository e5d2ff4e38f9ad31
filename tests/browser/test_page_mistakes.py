"""The game of chapter 18: find the piece of a statement that is wrong."""

import pytest

from course_utils import data, language
from course_utils.explore import Explorer

from .driving import press, state

STATEMENTS = [
    {"parts": ["a0", "a1", "a2"], "wrong": 1, "right": "a is mended", "where": "Chapter 5"},
    {"parts": ["b0", "b1"], "wrong": None, "right": "b holds", "where": ""},
    {"parts": ["c0", "c1", "c2"], "wrong": 2, "right": "c is mended", "where": "Chapter 6"},
]


def page(framed):
    language.use("English")
    return framed(Explorer("mistakes", statements=STATEMENTS))


def turn_to(frame, statement):
    return state(frame, at=state(frame)["order"].index(statement))


def test_nothing_is_told_before_the_answer_and_then_all_is(framed):
    frame = page(framed)
    turn_to(frame, 0)
    assert "mended" not in frame.locator("body").inner_text()
    frame.locator(".piece").nth(1).click()
    said = frame.locator("#why").inner_text()
    assert "Found" in said and "a is mended" in said and "Chapter 5" in said
    assert (state(frame)["answered"], state(frame)["right"]) == (1, 1)


def test_a_wrong_piece_shows_the_right_one_and_only_the_first_answer_counts(framed):
    frame = page(framed)
    turn_to(frame, 2)
    frame.locator(".piece").nth(0).click()
    assert "Not there" in frame.locator("#why").inner_text()
    assert frame.locator(".piece.wrong").all_inner_texts() == ["c2"]
    assert frame.locator(".piece:disabled").count() == 4
    assert state(frame, answer=2)["right"] == 0


def test_that_nothing_is_wrong_is_an_answer(framed):
    frame = page(framed)
    turn_to(frame, 1)
    press(frame, ".piece >> nth=2", "Enter")
    assert state(frame)["right"] == 1 and frame.evaluate("document.activeElement.id") in ("next", "")
    turn_to(frame, 0)
    frame.locator(".piece").last.click()
    assert (state(frame)["answered"], state(frame)["right"]) == (2, 1)


def test_going_back_keeps_the_answer_and_shuffling_starts_again(framed):
    frame = page(framed)
    frame.locator(".piece").first.click()
    frame.locator("#next").click()
    frame.locator("#back").click()
    assert frame.locator(".piece:disabled").count() > 0 and frame.locator("#back").is_disabled()
    before = state(frame)["seed"]
    frame.locator("#shuffle").click()
    got = state(frame)
    assert got["seed"] == before + 1 and got["answered"] == 0 and got["at"] == 0
    assert sorted(got["order"]) == [0, 1, 2]


def test_orders_differ_with_the_seed_and_not_without(framed):
    frame = framed(Explorer("mistakes", **data.history.mistakes()))
    orders = [state(frame, seed=seed)["order"] for seed in (1, 2, 1)]
    assert orders[0] == orders[2] != orders[1]


@pytest.mark.parametrize("name", ["中文", "English"])
def test_who_knows_everything_finds_all_of_the_chapter_s_errors(framed, name):
    language.use(name)
    chapter = data.history.mistakes()
    frame = framed(Explorer("mistakes", **chapter))
    truths = [-1 if one["wrong"] is None else one["wrong"] for one in chapter["statements"]]
    for at, statement in enumerate(state(frame)["order"]):
        got = state(frame, at=at, answer=truths[statement])
        assert got["right"] == got["answered"] == at + 1
        assert frame.locator("#next").is_disabled() == (at == len(truths) - 1)
