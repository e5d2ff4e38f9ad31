"""The ward round: curves first, tests on demand, then a diagnosis and its cure."""

import pytest

from course_utils import language
from course_utils.explore import Explorer
from course_utils.training import ward


def state(page):
    return page.evaluate("explorer.state()")


@pytest.fixture(scope="module")
def charts():
    """One patient and one healthy training, as the notebook hands them over."""
    patient = next(one for one in ward.PATIENTS if one.rule == "graph")  # its training ends at the second chunk
    sick, cured = (ward.run(patient.program, 0, well) for well in (False, True))
    return [ward.chart(sick, cured, patient), ward.chart(ward.run(ward.healthy_forecast, 0))]


def choose(page, option):
    page.locator("#options input").nth(option).check()
    page.locator("#diagnose").press("Enter")


def test_the_answer_is_told_only_after_the_diagnosis(show, charts):
    page = show(Explorer("ward", charts=charts))
    assert page.locator("#cure").is_hidden() and page.locator("#diagnose").is_disabled()
    assert "✓" not in page.locator("body").inner_text()
    answer = state(page)["answer"]
    choose(page, answer)
    assert state(page) | {"loss": None} == {"bed": 0, "loss": None, "given": answer, "answer": answer, "right": 1}
    assert "诊断正确" in page.locator("#says").inner_text()
    assert "+ state = tuple(part.detach() for part in state)" in page.locator("#cure").inner_text().replace("+", "+ ")
    assert "对 1 床" in page.locator("#score").inner_text()


def test_a_wrong_diagnosis_names_the_right_one_and_cannot_be_taken_back(show, charts):
    language.use("English")
    page = show(Explorer("ward", charts=charts))
    wrong = (state(page)["answer"] + 1) % 5
    choose(page, wrong)
    assert "Not that; it is: the state handed on is not detached" in page.locator("#says").inner_text()
    assert state(page)["given"] == wrong and state(page)["right"] == 0
    assert all(page.locator("#options input").nth(k).is_disabled() for k in range(5))


def test_a_healthy_bed_is_right_only_as_healthy(show, charts):
    page = show(Explorer("ward", charts=charts))
    page.locator("#beds button").nth(1).press("Enter")
    assert state(page)["bed"] == 1
    choose(page, 4)
    assert state(page)["right"] == 1 and page.locator("#cure").is_hidden()


def test_measurements_are_shown_when_they_are_ordered(show, charts):
    page = show(Explorer("ward", charts=charts))
    assert page.locator("#tests tr").count() == 0
    page.locator("#order").press("Enter")
    assert page.locator("#tests tr").count() == len(charts[0]["tests"])
    assert "backward through the graph a second time" in page.locator("#says").inner_text()
    page.locator("#beds button").nth(1).click()
    assert page.locator("#tests tr").count() == 0  # another bed, not yet examined


def test_the_keyboard_alone_will_do(show, charts):
    page = show(Explorer("ward", charts=charts))
    page.locator("#options input").nth(0).focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.locator("#diagnose").focus()
    page.keyboard.press("Enter")
    assert state(page)["given"] == 1


def test_curves_are_those_of_the_training(show, charts):
    page = show(Explorer("ward", charts=charts[::-1]))
    assert state(page)["loss"] == charts[1]["loss"]
    points = page.locator("#pic polyline").first.get_attribute("points").split()
    heights = [float(point.split(",")[1]) for point in points]
    lowest, highest = heights.index(max(heights)), heights.index(min(heights))  # y grows downwards
    loss = charts[1]["loss"]
    assert abs(loss[lowest] - min(loss)) < 0.01 and loss[highest] == max(loss)
    assert page.locator("#pic circle").count() == 0
    page.locator("#beds button").nth(1).click()
    assert page.locator("#pic circle").count() > 0  # a single step is a dot


def test_the_page_s_own_beds_are_complete(show):
    page = show(Explorer("ward"))
    for bed in range(page.locator("#beds button").count()):
        page.locator("#beds button").nth(bed).click()
        choose(page, state(page)["answer"])
        assert state(page)["right"] == bed + 1
