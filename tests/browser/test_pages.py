"""The pages of course_utils/explore, opened straight in a headless Chromium, in a frame as a notebook shows them."""

import itertools
import random

import pytest
import torch
from torch import nn

from course_utils import language
from course_utils.explore import Explorer, explorer

from .driving import close, press, state

PAGES = sorted(page.stem for page in explorer.PAGES.glob("*.html"))
LANGUAGES = ["中文", "English"]


# --- what every page owes its readers


@pytest.mark.parametrize("name, speaks", list(itertools.product(PAGES, LANGUAGES)))
def test_every_page(framed, name, speaks):
    language.use(speaks)
    frame = framed(Explorer(name))
    assert isinstance(state(frame), dict) and frame.evaluate("typeof explorer.set") == "function"
    text = frame.evaluate(
        "document.body.innerText + [...document.querySelectorAll('[aria-label],[title]')].map(e => (e.ariaLabel ?? '') + (e.title ?? '')).join()"  # noqa: E501
    )
    assert " || " not in text and "undefined" not in text and "NaN" not in text
    chinese = any("一" <= character <= "鿿" for character in text)
    quoting = ("quiz", "alignment", "lattice")  # words of the author's, Chinese dates, a Chinese sentence
    assert chinese == (speaks == "中文") or name in quoting
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than a notebook's output"
    unnamed = frame.evaluate("""[...document.querySelectorAll('button, input, select, textarea, svg[role=img], [tabindex]')]
        .filter(e => !(e.labels?.[0]?.textContent || e.ariaLabel || e.getAttribute('aria-labelledby') || e.localName === 'button' && e.textContent.trim())).map(e => e.outerHTML)""")  # noqa: E501
    assert unnamed == []


@pytest.mark.parametrize("name", PAGES)
def test_tab_reaches_every_control(framed, name):
    frame = framed(Explorer(name))
    controls = "[...document.querySelectorAll('button, select, textarea, input:not([type=radio])')].filter(e => !e.disabled && e.offsetParent)"  # noqa: E501
    expected = set(range(frame.evaluate(f"{controls}.length")))
    visited = set()
    frame.page.locator("body").first.focus()
    for _ in range(len(expected) + frame.evaluate("document.querySelectorAll('input[type=radio]').length") + 3):
        frame.page.keyboard.press("Tab")
        visited.add(frame.evaluate(f"{controls}.indexOf(document.activeElement)"))
    assert expected <= visited


@pytest.mark.parametrize("name", PAGES)
def test_the_frame_fits_the_page_and_the_stand_in_is_gone(framed, name):
    frame = framed(Explorer(name, height=40))
    frame.page.wait_for_function("() => document.querySelector('iframe').offsetHeight > 60")
    frame.wait_for_function("() => document.documentElement.scrollHeight <= innerHeight")
    assert frame.page.locator("body > div p").count() == 0


def test_an_error_in_a_page_is_shown(framed):
    frame = framed(Explorer("fold"))
    frame.evaluate("setTimeout(() => { throw new Error('unequal shapes') })")
    frame.locator("[role=alert]", has_text="unequal shapes").wait_for()
    problems = frame.page.problems
    assert any("unequal shapes" in line for line in problems)
    problems.clear()


# --- fold


def random_setting(seed):
    """Weights, inputs and T for the fold page, and what torch says about them."""
    generator, pick = torch.Generator().manual_seed(seed), random.Random(seed)
    I, H, O, T = pick.randint(1, 3), pick.randint(1, 5), pick.randint(1, 2), pick.randint(1, 12)

    def draw(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    setting = {
        "W_x": draw(H, I),
        "W_h": draw(H, H),
        "b": draw(H),
        "W_y": draw(O, H),
        "b_y": draw(O),
        "h_0": draw(H),
        "x": draw(12, I),
        "T": T,
    }
    rnn = nn.RNN(I, H, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for parameter, value in zip(rnn.parameters(), [setting["W_x"], setting["W_h"], setting["b"], torch.zeros(H)]):
            parameter.copy_(value)
        h = rnn(setting["x"][None, :T], setting["h_0"][None, None])[0][0]  # (T, H)
    y = h @ setting["W_y"].T + setting["b_y"]
    return setting, h, y, sum(setting[k].numel() for k in ("W_x", "W_h", "b", "W_y", "b_y"))


def shown(v, digits=2):
    text = f"{abs(v):.{digits}f}"
    return "−" + text if v < 0 and float(text) else text


@pytest.mark.parametrize("run", range(20))
def test_fold_says_what_torch_says(framed, run):
    seed = random.SystemRandom().randrange(2**32)  # another setting at every run; a failure names it
    setting, h, y, parameters = random_setting(seed)
    frame = framed(Explorer("fold", **setting))
    got = state(frame)
    assert (
        close(got["h"][1:], h)
        and close(got["y"], y)
        and close(got["h"][0], setting["h_0"])
        and got["parameters"] == parameters
    ), seed
    text = [float(v.replace("−", "-")) for v in frame.locator("#pic text.h").all_text_contents()]
    assert torch.allclose(torch.tensor(text[h.shape[1] :], dtype=torch.float64), h.flatten(), atol=0.00501, rtol=0), (
        seed
    )
    frame.evaluate("explorer.set({T: 1, t: 1})")
    assert close(state(frame)["h"][1:], h[:1]) and state(frame)["parameters"] == parameters, seed


def test_fold_parameters_do_not_depend_on_T(framed):
    frame = framed(Explorer("fold"))
    counts = []
    press(frame, "#T", "Home")
    for T in range(1, 13):
        assert state(frame)["T"] == T and frame.locator("#pic .swatch[data-weight=W_h]").count() == T
        counts.append((state(frame)["parameters"], frame.locator("#total b").inner_text()))
        frame.page.keyboard.press("ArrowRight")
    assert set(counts) == {(33, "33")}


def test_fold_an_input_changes_later_states_and_no_earlier_one(framed):
    frame = framed(Explorer("fold"))
    press(frame, "#T", "End")
    press(frame, "#t", *["ArrowRight"] * 3)
    before = state(frame)
    assert before["t"] == 5 and before["change"] == [0] * 13
    press(frame, "#x2", *["ArrowRight"] * 4)
    after = state(frame)
    assert after["x"][4][1] == pytest.approx(before["x"][4][1] + 0.4) and after["x"][:4] == before["x"][:4]
    assert after["h"][:5] == before["h"][:5] and all(a != b for a, b in zip(after["h"][5:], before["h"][5:]))
    assert after["change"][:5] == [0] * 5 and all(after["change"][5:])
    assert "h₅" in frame.locator("#says").inner_text()
    press(frame, "#restore", "Enter")
    assert state(frame)["h"] == before["h"]


def test_fold_blocked_input_is_not_said_to_change_anything(framed):
    frame = framed(Explorer("fold", W_x=torch.zeros(4, 2)))
    press(frame, "#x1", "ArrowRight")
    assert state(frame)["change"] == [0] * 6 and "挡住" in frame.locator("#says").inner_text()


def test_fold_steps_through_the_four_operations(framed):
    frame = framed(Explorer("fold", T=2))
    frame.locator("#step").focus()
    numbers = []
    for t, op in itertools.product((1, 2), (1, 2, 3, 4)):
        frame.page.keyboard.press("Enter")
        at = state(frame)
        assert (at["t"], at["op"], at["walking"]) == (t, op, True)
        assert frame.locator("tr.now th:first-child").first.inner_text().startswith(str(op))
        numbers.append(frame.locator("#pic text.h").count() + frame.locator("#pic text.y").count())
    assert numbers == [4, 4, 8, 9, 9, 9, 13, 14]  # h_0, then 4 states and 1 output for each step, as they are computed
    row = frame.locator("tr", has_text="h₂ = tanh a₂").locator("td").all_inner_texts()
    assert row == [shown(v, 3) for v in state(frame)["h"][2]]
    press(frame, "#back", "Enter")
    assert (state(frame)["t"], state(frame)["op"]) == (2, 3)
    press(frame, "#all", "Enter")
    assert not state(frame)["walking"]


def test_fold_the_sum_shown_is_the_sum(framed):
    frame = framed(Explorer("fold"))
    rows = [
        [float(v.replace("−", "-")) for v in frame.locator(f"#sums tr:nth-child({n}) td").all_inner_texts()]
        for n in (2, 3, 4, 5)
    ]
    assert all(abs(a + b + c - total) < 0.0021 for a, b, c, total in zip(*rows)) and len(rows[3]) == 4


def test_fold_folds_and_unfolds(framed):
    frame = framed(Explorer("fold"))
    cells = "#pic .swatch[data-weight=W_x]"
    unfolded = state(frame)
    assert frame.locator(cells).count() == 5
    press(frame, "#fold", "Space")
    assert frame.locator(cells).count() == 1 and frame.locator("#fold").get_attribute("aria-pressed") == "true"
    assert state(frame)["h"] == unfolded["h"] and "5" in frame.locator("#pic").get_attribute("aria-label")
    press(frame, "#fold", "Space")
    assert frame.locator(cells).count() == 5


def test_fold_a_click_on_a_step_is_the_slider(framed):
    frame = framed(Explorer("fold"))
    frame.locator("#pic text.h").last.click()
    assert state(frame)["t"] == 5 and frame.locator("#t").input_value() == "5"


# --- quiz

QUESTIONS = [
    {"ask": "1 + 1?", "options": ["1", "2"], "answer": 1, "why": ["one is too few", "two it is"]},
    {
        "ask": "<img src=x onerror=alert(1)></script> & 2 < 3?",
        "options": ["<b>yes</b>", "no", "h₁ ≤ −1"],
        "answer": 0,
        "why": ["less", "more", "<i>what</i>"],
    },
]


def test_quiz_counts_first_choices_and_says_why(framed):
    language.use("English")
    frame = framed(Explorer("quiz", questions=QUESTIONS))
    press(frame, "[name=q0][value='0']", "Space")
    assert (
        "one is too few" in frame.locator(".why").first.inner_text()
        and "Think again" in frame.locator(".why").first.inner_text()
    )
    frame.page.keyboard.press("ArrowDown")
    assert (
        "two it is" in frame.locator(".why").first.inner_text() and "Right" in frame.locator(".why").first.inner_text()
    )
    assert state(frame) == {"first": [0, None], "answered": 1, "right": 0}
    press(frame, "[name=q1][value='0']", "Space")
    assert state(frame) == {"first": [0, 0], "answered": 2, "right": 1}
    assert frame.locator("#count").inner_text() == "2 of 2 answered, 1 right at the first try."


def test_quiz_texts_are_text(framed):
    frame = framed(Explorer("quiz", questions=QUESTIONS))
    assert "<img src=x onerror=alert(1)></script> & 2 < 3?" in frame.locator("legend").last.inner_text()
    assert frame.locator("label", has_text="<b>yes</b>").count() == 1 and frame.locator("img").count() == 0
    frame.evaluate("explorer.set({chosen: [1, 2]})")
    assert "<i>what</i>" in frame.locator(".why").last.inner_text() and state(frame)["right"] == 1


def test_quiz_questions_are_groups_with_their_question_as_name(framed):
    frame = framed(Explorer("quiz", questions=QUESTIONS))
    assert frame.get_by_role("group", name="1. 1 + 1?").get_by_role("radio", name="2").count() == 1
    assert frame.get_by_role("status").count() == 3
