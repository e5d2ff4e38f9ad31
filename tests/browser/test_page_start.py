"""The start page: what is next, how far the learner is, search; by keyboard."""

import pytest

from course_utils import language
from course_utils.explore import Explorer, course_map

from .driving import state


@pytest.fixture
def page_of_the_course(framed):
    language.use("English")
    return framed(course_map())


def standing(chapters=None, scores=None, bets=None):
    return {"chapters": chapters or {}, "scores": scores or {}, "bets": bets or {}}


def test_what_is_next_is_the_first_thing_not_done(page_of_the_course):
    frame = page_of_the_course
    assert state(frame)["next"] == "00"
    assert state(frame, standing=standing({"00": 1, "01": 0.97, "02": 0.5}))["next"] == "02"
    assert "Go on with" in frame.locator("#next").inner_text()
    done = {"00": 1, "01": 1, "02": 1}
    assert state(frame, standing=standing(done))["next"] == "E01"
    assert state(frame, standing=standing(done, {"E01": [9, 10]}))["next"] == "E01"
    assert state(frame, standing=standing(done, {"E01": [10, 10]}, {"02": [1, 3]}))["next"] == "03"
    row = frame.locator("#map > li", has_text="E01").inner_text()
    assert "10/10" in row and "100% run" in row and "bets won 1/3" in row


def test_search_by_keyboard_in_both_languages(page_of_the_course):
    frame = page_of_the_course
    frame.locator("#search").focus()
    for typed, wanted in [("forget gate", "forget gate"), ("梯度消失", "梯度消失"), ("LSTM", "05"), ("E04", "05")]:
        frame.page.keyboard.press("Control+A")
        frame.page.keyboard.type(typed)
        assert any(wanted in title for title in state(frame)["found"]), typed
        assert frame.locator("#found li").count() == len(state(frame)["found"]) < 20
    frame.page.keyboard.press("Control+A")
    frame.page.keyboard.type("no such thing anywhere")
    assert state(frame)["found"] == [] and "0 found" in frame.locator("#count").inner_text()


def test_a_click_is_the_notebook_s_own_link(page_of_the_course):
    """Jupyter opens a link of the notebook in place; the list of plain links is hidden once the page is alive."""
    frame = page_of_the_course
    outer = frame.page
    listen = "e => { e.preventDefault(); window.went = e.target.href }"
    outer.evaluate(f"() => {{ document.querySelector('.course').onclick = {listen} }}")
    frame.locator("#next a").focus()
    outer.keyboard.press("Enter")
    assert outer.evaluate("window.went").endswith("notebooks/en/00_quick_start.ipynb")
    assert not outer.locator(".course ul").is_visible()


def test_titles_are_text(framed):
    language.use("English")
    chapter = {"id": "00", "title": "<b>x</b>", "about": "<i>y</i>", "minutes": [1, 2], "stars": 1, "to": "a.ipynb"}
    frame = framed(Explorer("start", chapters=[chapter | {"sections": [], "quizzes": [], "exercises": []}], terms=[]))
    assert "<b>x</b>" in frame.locator("#map").inner_text() and frame.locator("#map b").count() == 0


def test_an_answered_quiz_is_remembered_by_this_browser_alone(page, tmp_path):
    """Quiz and start page opened from one place, as Jupyter serves them."""
    language.use("English")
    question = {"ask": "One?", "options": ["a", "b"], "answer": 1, "why": ["no", "yes"]}
    chapter = {"id": "00", "title": "t", "about": "a", "minutes": [1, 2], "stars": 1, "to": "x", "sections": []}
    chapter |= {"exercises": [], "quizzes": [{"of": 1, "keys": ["一？", "One?"]}]}
    pages = {"quiz": Explorer("quiz", questions=[question]), "start": Explorer("start", chapters=[chapter], terms=[])}
    page.route(
        "http://127.0.0.1:1/*",
        lambda route: route.fulfill(
            body=pages[route.request.url.rsplit("/", 1)[1]].page, content_type="text/html; charset=utf-8"
        ),
    )
    page.goto("http://127.0.0.1:1/start")
    assert "quiz" not in page.locator("#map").inner_text()
    page.goto("http://127.0.0.1:1/quiz")
    page.locator("[value='1']").press("Space")
    page.goto("http://127.0.0.1:1/start")
    assert "quiz 1/1" in page.locator("#map").inner_text()
    language.use("中文")
