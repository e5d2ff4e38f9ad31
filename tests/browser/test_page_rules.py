"""The grid of guesses in chapter 12."""

from course_utils.explore import Explorer

from .driving import press, state

COLUMNS = [
    {"name": "一 || one", "options": ["会 || yes", "不会 || no"], "answers": [0, 1], "measured": ["0.98", "0.12"]},
    {"name": "二 || two", "options": ["32", "5", "1"], "answers": [2, 0], "measured": ["", ""]},
]


def page(framed):
    return framed(Explorer("rules", rules=["甲 || A", "乙 || B"], columns=COLUMNS))


def test_nothing_is_given_away_before_the_column_is_revealed(framed):
    frame = page(framed)
    assert "0.98" not in frame.locator("body").inner_text()
    frame.locator("[data-column='0']").click()
    text = frame.locator("#grid").inner_text()
    assert "0.98" in text and "0.12" in text
    assert state(frame)["revealed"] == [True, False]


def test_guesses_are_scored_and_blank_ones_are_not(framed):
    frame = page(framed)
    square = frame.locator("[data-c='0'][data-r='0']")
    square.click()  # "yes", which is right; the square below is left blank
    frame.locator("[data-column='0']").click()
    frame.locator("[data-c='1'][data-r='1']").click()
    frame.locator("[data-c='1'][data-r='1']").click()  # "5", which is wrong
    got = state(frame)
    assert (got["made"], got["hits"]) == (1, 1)
    frame.locator("[data-column='1']").click()
    got = state(frame)
    assert (got["made"], got["hits"]) == (2, 1)
    assert frame.locator("td.right").count() == 1 and frame.locator("td.wrong").count() == 1


def test_by_keyboard_the_focus_stays_where_it_was(framed):
    frame = page(framed)
    press(frame, "[data-c='1'][data-r='0']", "Space", "Space", "Space", "Space")
    assert state(frame)["guesses"] == [[None, None], [0, None]]  # all round and back to the first
    assert frame.evaluate("document.activeElement.dataset.c") == "1"
