"""The page of chapter 00: a GRU listens to a recording frame by frame, and the learner tampers with what it hears and
remembers."""

import random

import pytest
import torch
from torch import nn

from course_utils import language
from course_utils.explore import Explorer

from .driving import close, press, state

I, N = 3, 3  # coefficients and speakers in the page's own data


def random_setting(seed):
    """Data for the page and what the learner did to them, with the states and logits (T, …) that torch gets in
    float64."""
    generator, pick = torch.Generator().manual_seed(seed), random.Random(seed)
    I, H, N, T = pick.randint(1, 12), pick.randint(1, 16), pick.randint(2, 9), pick.randint(2, 29)

    def draw(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    gru, readout = nn.GRU(I, H).double(), nn.Linear(H, N).double()
    with torch.no_grad():
        for parameter in (*gru.parameters(), *readout.parameters()):
            parameter.copy_(draw(*parameter.shape))
    other, x = draw(2, I), draw(T, I)
    muted, wiped = (
        pick.sample(range(1, I + 1), pick.randint(0, I // 2)),
        pick.sample(range(2, T + 1), pick.randint(0, min(2, T - 1))),
    )
    edits = {f"{pick.randint(1, T)},{pick.randint(1, I)}": pick.uniform(-4, 4) for _ in range(pick.randint(0, 3))}
    setting = {
        "weight_ih": gru.weight_ih_l0,
        "weight_hh": gru.weight_hh_l0,
        "bias_ih": gru.bias_ih_l0,
        "bias_hh": gru.bias_hh_l0,
        "weight": readout.weight,
        "bias": readout.bias,
        "recordings": [{"x": other, "speaker": [1, 1]}, {"x": x, "speaker": [1] * (T - 1) + [2]}],
    }
    touched = {"recording": 1, "t": T, "muted": muted, "wiped": wiped, "edits": edits}

    heard = x.clone()
    for place, v in edits.items():
        t, k = map(int, place.split(","))
        heard[t - 1, k - 1] = v
    heard[:, [k - 1 for k in muted]] = 0
    starts = [0, *(t - 1 for t in sorted(wiped)), T]  # a wiped memory is a new beginning
    with torch.no_grad():
        h = torch.cat([gru(heard[a:b])[0] for a, b in zip(starts, starts[1:])])
        return setting, touched, heard, h, readout(h)


@pytest.mark.parametrize("run", range(20))
def test_it_hears_what_torch_hears(show, run):
    seed = random.SystemRandom().randrange(2**32)  # another setting at every run; a failure names it
    setting, touched, heard, h, logits = random_setting(seed)
    page = show(Explorer("vowel", **setting))
    got = state(page, **touched)

    assert (
        close(got["x"], heard)
        and close(got["h"], h)
        and close(got["logits"], logits)
        and close(got["p"], logits.softmax(-1))
    ), seed
    bars = page.locator("#pic rect.belief").evaluate_all("bars => bars.map(bar => +bar.getAttribute('width') / 130)")
    assert close(bars, logits[-1].softmax(-1)), seed  # what is drawn is what was computed


def test_the_future_is_not_heard_yet(show):
    page = show(Explorer("vowel"))

    def drawn():
        return page.locator("#pic rect[fill-opacity]").count()

    assert state(page)["t"] > 1 and drawn() > N  # it opens with something to see
    press(page, "#t", "Home")
    assert state(page)["t"] == 1 and drawn() == N
    press(page, "#t", "ArrowRight", "ArrowRight")
    assert state(page)["t"] == 3 and drawn() == 3 * N
    before = state(page)
    press(page, "#t", "End")
    press(page, "#value", "ArrowRight")  # tampering with the last frame leaves the earlier ones alone
    after = state(page)
    assert after["t"] == 5 and after["h"][:4] == before["h"][:4] and after["h"][4] != before["h"][4]


def test_one_frame_changed_by_keyboard(show):
    page = show(Explorer("vowel"))
    before = state(page)
    press(page, "#t", "Home", "ArrowRight")
    press(page, "#k", "End")
    press(page, "#value", "Home")
    after = state(page)
    assert (
        after["k"] == I
        and after["x"][1] == [*before["x"][1][:2], -4]
        and after["x"][:1] + after["x"][2:] == before["x"][:1] + before["x"][2:]
    )
    assert after["h"][0] == before["h"][0] and all(a != b for a, b in zip(after["h"][1:], before["h"][1:]))
    assert "没改动时" in page.locator("#says").inner_text()
    press(page, "#restore", "Enter")
    assert state(page)["h"] == before["h"] and "没改动时" not in page.locator("#says").inner_text()


def test_mute_silences_one_coefficient_everywhere(show):
    page = show(Explorer("vowel"))
    before = state(page)
    press(page, "#k", "ArrowRight")
    press(page, "#mute", "Space")
    assert state(page)["x"] == [[a, 0, c] for a, _, c in before["x"]] and state(page)["p"] != before["p"]
    assert page.locator("#value").is_disabled() and page.locator("#mute").get_attribute("aria-pressed") == "true"
    press(page, "#mute", "Space")
    assert state(page)["x"] == before["x"] and page.locator("#value").is_enabled()


def test_wiping_makes_a_new_beginning(show):
    page = show(Explorer("vowel"))
    x, before = state(page)["x"], state(page)
    press(page, "#t", "Home", "ArrowRight", "ArrowRight")
    press(page, "#wipe", "Enter")
    wiped = state(page)
    assert wiped["wiped"] == [3] and wiped["h"][:2] == before["h"][:2] and wiped["h"][2] != before["h"][2]
    page.evaluate("x => explorer.set({recordings: [{x, speaker: [1, 1, 1]}], recording: 0, wiped: []})", x[2:])
    assert state(page)["h"] == wiped["h"][2:]  # the same as hearing only what came after


def test_another_recording_starts_untouched(show):
    page = show(Explorer("vowel"))
    press(page, "#t", "End")
    press(page, "#mute", "Enter")
    press(page, "#utterance", "ArrowDown")
    now = state(page)
    assert now["recording"] == 1 and now["muted"] == [] and len(now["x"]) == 6 and now["t"] == 5
    assert page.locator("#utterance option").all_inner_texts() == ["1: 1 号", "2: 1 号，接着 2 号"]
    press(page, "#utterance", "ArrowUp")
    assert state(page)["x"] == page.evaluate("D.recordings[0].x")


def test_a_click_chooses_frame_and_coefficient(show):
    page = show(Explorer("vowel"))
    page.locator("#pic g[data-k='2'] rect").click()  # the middle of the row
    assert state(page)["k"] == 2 and state(page)["t"] == 3
    assert page.locator("#t").input_value() == "3" and page.locator("#k").input_value() == "2"


@pytest.mark.parametrize(
    "speaks, expected",
    [("中文", "听了 5 帧（51 毫秒）：它认为是 {} 号"), ("English", "After 5 frames (51 ms) it says no. {},")],
)
def test_the_verdict_is_told_in_words(show, speaks, expected):
    language.use(speaks)
    page = show(Explorer("vowel"))
    press(page, "#t", "End")
    p = torch.tensor(state(page)["p"])
    winner, words = int(p[-1].argmax()) + 1, page.locator("#says").inner_text()
    assert words.startswith(expected.format(winner)) and f"{round(100 * float(p[-1].max()))}%" in words
    since = next(t for t in range(1, 6) if (p[t - 1 :].argmax(1) == p[-1].argmax()).all())
    assert (f"从第 {since} 帧起" in words) or (f"since frame {since}." in words)


def test_play_walks_to_the_end_and_stops(show):
    page = show(Explorer("vowel"))
    T = len(state(page)["x"])
    press(page, "#t", "End")
    press(page, "#play", "Enter")
    assert page.locator("#play").get_attribute("aria-pressed") == "true"
    page.wait_for_function("T => explorer.state().t < T", arg=T)  # from the beginning again
    page.wait_for_function("T => explorer.state().t === T", arg=T)
    page.wait_for_function("() => play.getAttribute('aria-pressed') === 'false'")


def test_one_frame_is_said_in_the_singular(show):
    language.use("English")
    page = show(Explorer("vowel"))
    press(page, "#t", "Home")
    assert "After 1 frame (" in page.locator("#says").inner_text()
