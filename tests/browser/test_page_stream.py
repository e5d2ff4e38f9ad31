"""The live stream of chapter 13: bytes, multiply-adds and microseconds of three ways to take one more token."""

import pytest

from course_utils import data
from course_utils.explore import Explorer

from .driving import press, state


@pytest.mark.parametrize("N", [1, 64, 576, 8192])
def test_the_meters_show_the_formulas_of_the_chapter(framed, run_cells, N):
    sizes = {"WIDTH": 128, "UNITS": 256, "LAYERS": 2}
    expected = run_cells("13", "operations-counted", definitions=True, **sizes)["by_formula"](N)
    got = state(framed(Explorer("stream")), N=N)
    assert got["operations"] == expected
    assert got["bytes"] == {"GRU": 2048, "cached": 2048 * N, "recomputed": 512 * N}
    assert set(got["microseconds"].values()) == {None}  # nothing was stored for this size


def test_the_measured_size_shows_what_was_kept_and_how_long_it_took(framed):
    frame = framed(Explorer("stream"))
    for row in data.h100_times(experiment="stream", batch=1, model="attention with cache"):
        got = state(frame, size="h100", N=row.steps)
        assert got["microseconds"]["cached"] == round(1000 * row.ms, 1)
        # the stored bytes include the token that was timed
        assert state(frame, N=row.steps + 1)["bytes"]["cached"] == row.bytes
    got = state(frame, N=65)
    assert got["microseconds"]["cached"] is None and got["microseconds"]["GRU"] > 0
    assert state(frame, N=8192)["bytes"]["GRU"] == 4096


def test_a_length_that_was_not_measured_says_so(framed):
    frame = framed(Explorer("stream"))
    state(frame, size="h100", N=100)
    assert frame.locator("#pic").text_content().count("没有量过") == 2


def test_by_keyboard(framed):
    frame = framed(Explorer("stream"))
    press(frame, "#next", "Enter", "Enter")
    assert state(frame)["N"] == 3
    press(frame, "#length", "End")
    assert state(frame)["N"] == 65536 and frame.locator("#next").is_disabled()
    press(frame, "#length", "Home", "ArrowRight")
    assert state(frame)["N"] == 2
    press(frame, "#size", "ArrowDown")
    assert state(frame)["size"] == "h100"
    press(frame, "#again", "Enter")
    assert state(frame)["N"] == 1 and frame.locator("#again").is_disabled()


def test_playing_adds_tokens_until_it_is_pressed_again(framed):
    frame = framed(Explorer("stream"))
    press(frame, "#play", "Enter")
    frame.wait_for_function("explorer.state().N >= 3")
    press(frame, "#play", "Enter")
    assert frame.locator("#play").get_attribute("aria-pressed") == "false"


def test_the_words_tell_the_ratio(framed):
    frame = framed(Explorer("stream"))
    state(frame, N=8192)
    assert "8,192" in frame.locator("#says").text_content()
    assert frame.locator("#pic").text_content().count("8,192") == 2
