"""The final assessment and the summary to print: forms drawn by number, first answers, the report, what is kept."""

import json

import pytest

from course_utils import language
from course_utils.explore import Explorer, assessment, certificate
from course_utils.questions import assessment as bank

from .driving import press, state

PLACE = "http://127.0.0.1:1/"


@pytest.fixture
def served(page):
    """served(name=page) -> open(name): pages of one place, as Jupyter serves them: they share what is kept."""

    def serve(**pages):
        page.route(
            PLACE + "*",
            lambda route: route.fulfill(
                body=pages[route.request.url.rsplit("/", 1)[1]], content_type="text/html; charset=utf-8"
            ),
        )

        def open_(name):
            page.goto(PLACE + name)
            page.wait_for_function("() => window.explorer")
            return page

        page.goto(PLACE + next(iter(pages)))
        page.evaluate("localStorage.clear()")
        return open_

    yield serve
    language.use("中文")


def answers():
    return {item.id: item.answer for item in bank.items()}


def test_a_form_has_one_item_of_every_goal_and_is_the_same_for_the_same_number(framed):
    language.use("English")
    frame = framed(assessment())
    goal = {item.id: item.goal for item in bank.items()}
    forms = {}
    for number in (1, 2, 3, 1):
        got = state(frame, number=number)
        assert [goal[name] for name in got["items"]] == list(bank.goals())
        assert forms.setdefault(number, (got["items"], got["options"])) == (got["items"], got["options"])
        assert all(sorted(order) == list(range(len(order))) for order in got["options"])
    assert len({tuple(items) for items, _ in forms.values()}) == 3
    assert len({json.dumps(options) for _, options in forms.values()}) == 3


def test_in_time_every_item_is_drawn_and_every_place_holds_the_answer(framed):
    language.use("English")
    frame, seen, places = framed(assessment()), set(), set()
    for number in range(1, 25):
        got = state(frame, number=number)
        seen |= set(got["items"])
        places |= {order.index(answers()[name]) for name, order in zip(got["items"], got["options"])}
    assert seen == set(answers()) and places == {0, 1, 2}
    assert len(state(frame, per=2)["items"]) == 2 * len(bank.goals())
    assert set(state(frame, per=9)["items"]) == set(answers())


def test_the_first_answer_counts_and_the_report_points_back(framed):
    language.use("English")
    frame = framed(assessment())
    first, second = state(frame, per=9)["items"][:2]
    wrong = next(k for k in range(3) if k != answers()[first])
    state_after = frame.evaluate("chosen => { explorer.set({chosen}); return explorer.state(); }", {first: wrong})
    frame.evaluate("chosen => explorer.set({chosen})", {first: answers()[first], second: answers()[second]})
    got = state(frame)
    assert state_after["right"] == 0 and (got["answered"], got["right"]) == (2, 1) and got["first"][first] == wrong
    assert "2 of 48 answered, 1 right at the first try" in frame.locator("#count").inner_text()
    item = next(item for item in bank.items() if item.id == first)
    why = frame.locator(".why").first.inner_text()
    assert item.why[answers()[first]] in why and f"section {item.section}" in why


def test_by_keyboard_and_a_pointer_is_the_notebook_s_own_link(framed):
    language.use("English")
    frame = framed(assessment())
    outer = frame.page
    press(frame, "#number", "ArrowUp", "Tab")
    assert state(frame)["number"] == 2
    frame.locator("[name=q0]").first.focus()
    outer.keyboard.press("Space")
    assert state(frame)["answered"] == 1
    listen = "e => { e.preventDefault(); window.went = e.target.getAttribute('href') }"
    outer.evaluate(f"() => {{ document.querySelector('.course').onclick = {listen} }}")
    frame.locator(".why a").first.focus()
    outer.keyboard.press("Enter")
    item = next(item for item in bank.items() if item.id == state(frame)["items"][0])
    assert outer.evaluate("window.went") == item.to and "#cell-id=" in item.to


def test_a_curve_says_its_numbers(framed):
    language.use("中文")
    frame = framed(assessment())
    state(frame, per=9)
    curves = [item for item in bank.items() if item.kind == "curve"]
    said = frame.evaluate("[...document.querySelectorAll('fieldset svg')].map(s => s.getAttribute('aria-label'))")
    assert len(said) == len(curves)
    for item, label in zip(curves, said):
        assert item.curves["y"] in label and all(f"{name}: " in label for name in item.curves["lines"])
    text = frame.locator("fieldset svg").first.text_content()
    assert all(name in text for name in curves[0].curves["lines"])


def test_what_was_answered_stays_in_this_browser_until_it_is_forgotten(served):
    language.use("English")
    open_ = served(assessment=assessment().page.page, certificate=certificate().page)
    page = open_("assessment")
    name = state(page)["items"][0]
    goal = next(item.goal for item in bank.items() if item.id == name)
    wrong = next(k for k in range(3) if k != answers()[name])
    page.evaluate("chosen => explorer.set({chosen})", {name: wrong})
    assert state(open_("assessment"))["kept"] == {name: False}
    got = state(open_("certificate"))
    assert [(g["id"], g["right"], g["answered"]) for g in got["goals"]] == [(goal, 0, 1)]
    page = open_("assessment")
    page.evaluate("chosen => explorer.set({chosen})", {name: answers()[name]})  # another day: the latest counts
    assert state(page)["kept"] == {name: True} and "1/1" in page.locator("#report").inner_text()
    press(page, "#forget", "Enter")
    assert state(page)["kept"] == {} and state(open_("certificate"))["goals"] == []


def test_texts_are_text(framed):
    item = {"id": "a", "goal": "00", "kind": "k", "where": "w", "linked": False, "ask": "<b>x</b>", "code": "a < b"}
    item |= {"curves": None, "options": ["<i>1</i>", "2"], "answer": 0, "why": ["<u>y</u>", "n"]}
    frame = framed(Explorer("assessment", goals=[{"id": "00", "title": "<s>t</s>"}], items=[item]))
    frame.evaluate("explorer.set({chosen: {a: 0}})")
    assert frame.locator("b:text('x'), i, u, s").count() == 0 and "<s>t</s>" in frame.locator("#report").inner_text()


# --- the summary


STANDING = {"chapters": {"00": 1, "05": 0.6}, "bets": {"05": [2, 5]}, "scores": {"E04": [10, 10], "E01": [9, 10]}}


@pytest.mark.parametrize("speaks, sums", [("中文", "共 19/20 分"), ("English", "19 of 20 points")])
def test_the_summary_sets_out_what_was_done(framed, speaks, sums):
    language.use(speaks)
    frame = framed(certificate())
    assert state(frame)["exercises"] == []
    got = state(frame, standing=STANDING, kept={"05-1997": True, "05-block": False}, name="<b>李</b>")
    assert [(e["name"], e["got"], e["of"]) for e in got["exercises"]] == [("E01", 9, 10), ("E04", 10, 10)]
    assert all(e["title"] for e in got["exercises"])
    assert [(g["id"], g["right"], g["answered"]) for g in got["goals"]] == [("05", 1, 2)]
    text = frame.locator("#sheet").inner_text()
    assert sums in text and "<b>李</b>" in text and "60%" in text and "2/5" in text


def test_printing_is_the_browser_s(framed):
    language.use("English")
    frame = framed(certificate())
    frame.evaluate("() => { window.print = () => { window.printed = true; } }")
    press(frame, "#print", "Enter")
    assert frame.evaluate("window.printed") is True
    frame.page.emulate_media(media="print")
    assert not frame.locator(".bar").is_visible()
    frame.page.emulate_media(media="screen")


def test_a_stored_summary_holds_nothing_of_whoever_built_it(monkeypatch, tmp_path):
    (tmp_path / ".scores.json").write_text('{"E01": [3, 10]}')
    monkeypatch.setenv("COURSE_BETS", str(tmp_path / ".bets.json"))
    assert "[3, 10]" in certificate().page
    monkeypatch.setenv("COURSE_STORE", "1")
    assert "[3, 10]" not in certificate().page
