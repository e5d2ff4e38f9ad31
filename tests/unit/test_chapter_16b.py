"""What chapter 16b writes out. Controls that do not stand in the chapter are here."""

import matplotlib
import numpy as np
import pytest
import torch
from torch import nn

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from course_utils import data, plotting
from course_utils.training.names import VOCABULARY, NameModel
from course_utils.training.tunes import TuneModel


@pytest.fixture(scope="module")
def chapter(run_cells):
    """The functions that the chapter writes out, from its own cells."""
    return run_cells("16b", "setup", "choose-code", "memory-code", definitions=True)


# --- sampling


def left(scores, chapter, **knobs):
    return chapter["choose"](scores, **knobs).isfinite().sum(1).tolist()


def test_top_k_and_top_p_keep_what_they_promise(chapter):
    scores = torch.tensor([[0.5, 0.3, 0.15, 0.05], [0.05, 0.9, 0.03, 0.02]]).log()
    assert left(scores, chapter) == [4, 4]
    assert left(scores, chapter, k=2) == [2, 2]
    assert left(scores, chapter, p=0.79) == [2, 1]  # the fewest that hold the share
    assert left(scores, chapter, p=0.81) == [3, 1]
    assert left(scores, chapter, p=1e-9) == [1, 1]  # never nothing
    cold = chapter["choose"](scores, temperature=0.5).softmax(1)
    assert torch.allclose(cold[0, 0] / cold[0, 1], torch.tensor((0.5 / 0.3) ** 2))
    assert torch.isfinite(chapter["choose"](scores, p=0.79)[1]).tolist() == [False, True, False, False]


def test_the_chance_of_a_list_counts_each_of_its_names_once(chapter):
    assert chapter["chance"](["ann", "ann", "bob", "zoe"], ["ann", "bob", "cid", "dan"]) == 0.5


def test_with_the_state_cut_only_the_last_letter_counts(run_cells):
    space = run_cells("16b", "setup", "names-train", definitions=True, names_test=["ab", "cb"])
    torch.manual_seed(0)
    model = NameModel(nn.LSTM, hidden=8)
    bits = space["bits_without_memory"](model)
    with torch.no_grad():
        letters = {c: model(torch.tensor([[i]]))[0, 0].log_softmax(0) for i, c in enumerate(VOCABULARY.symbols)}
    b, eos = VOCABULARY.encode("b")[0], VOCABULARY.eos
    paths = [("<bos>", VOCABULARY.encode("a")[0]), ("a", b), ("b", eos)]
    paths += [("<bos>", VOCABULARY.encode("c")[0]), ("c", b), ("b", eos)]
    expected = -sum(letters[read][following].item() for read, following in paths) / 6 / 0.6931471805599453
    assert bits == pytest.approx(expected, rel=1e-5)


# --- tunes


@pytest.fixture(scope="module")
def composing(run_cells):
    """What the chapter writes out about tunes."""
    return run_cells("16b", "setup", "tunes-code", definitions=True)


def test_a_tune_is_eight_bars_of_four_eighths_and_comes_home(composing):
    for tune in data.tunes(200, seed=3):
        bars = tune.split("|")
        assert len(bars) == 8 and all(sum(length for _, length in bar) == 4 for bar in data.tune_notes(tune))
        assert bars[0] == bars[2] == bars[6] and bars[1] == bars[7] and bars[1][0] in "ECD"
        assert composing["comes_home"](tune)


def test_the_splits_of_tunes_share_no_tune_and_are_the_same_every_time():
    train, validation, test = data.tune_splits()
    assert (len(train), len(validation), len(test)) == (2000, 200, 200)
    assert len({*train, *validation, *test}) == 2400 and data.tune_splits()[2] == test
    assert data.tunes(5, seed=1) != data.tunes(5, seed=2)


def test_abc_is_read():
    assert data.tune_notes("C2DE|c3d") == [[(60, 2), (62, 1), (64, 1)], [(72, 3), (74, 1)]]
    scale = [pitch for (bar,) in map(data.tune_notes, ("CDEFGABcdefgab",)) for pitch, _ in bar]
    assert scale == [60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79, 81, 83]


@pytest.mark.parametrize(
    "tune, bar", [("C2||D2", "bar 2, ''"), ("C2|^F2", r"bar 2, '\^F2'"), ("2C|D", "bar 1"), ("C22", "bar 1")]
)
def test_what_is_not_in_the_subset_is_one_error_that_names_the_bar(tune, bar):
    with pytest.raises(ValueError, match=f"{bar}.*notes C to b with lengths 2 to 4"):
        data.tune_notes(tune)


def test_a_tune_sounds_at_its_pitches_for_its_time():
    sound = data.tune_sound("A2E")
    assert len(sound) == round(3 * 0.2 * 8000) and abs(sound).max() <= 1
    for part, hertz in ((sound[:3200], 440.0), (sound[3200:], 329.63)):
        spectrum = abs(np.fft.rfft(part))
        assert abs(spectrum.argmax() * 8000 / len(part) - hertz) < 5


def test_a_clip_of_the_chapter_is_small():
    wave = data.tune_sound(data.tune_splits()[0][0])
    assert len(wave) / 8000 <= 8 and len(wave) * 2 * 4 / 3 < 150_000  # 16 bits, as base64


def test_a_header_makes_an_abc_file():
    assert data.with_header("C4|D4", "x").splitlines() == ["X:1", "T:x", "M:2/4", "L:1/8", "K:C", "C4|D4|]"]


def test_counting_writes_only_what_it_has_seen_following(composing):
    follows = composing["what_follows"](["C2D2", "C2E2"], 3)
    assert follows["C2"] == ["D", "E"] and follows["^^"] == ["C", "C"] and follows["E2"] == ["$"]
    made = composing["written_by_counting"](["C2D2", "C2E2"], 3, 50)
    assert set(made) == {"C2D2", "C2E2"}
    endless = composing["written_by_counting"](["CCCCCCCC"], 2, 5, longest=6)
    assert all(set(text) == {"C"} and len(text) <= 6 for text in endless)


def test_bars_and_form_are_judged(composing):
    assert composing["adds_up"]("C2DE") and not composing["adds_up"]("C2D") and not composing["adds_up"]("2C")
    tune = data.tunes(1, seed=0)[0]
    assert composing["valid_bars"]([tune, "C4|D2"]) == 9 / 10
    bars = tune.split("|")
    assert not composing["comes_home"]("|".join([*bars[:6], bars[4], bars[7]]))
    assert not composing["comes_home"]("|".join([*bars, *bars[:2]]))  # the repeat comes two bars late


def test_the_forget_bias_is_set_on_the_forget_gates_alone():
    torch.manual_seed(0)
    plain = TuneModel(5, hidden=3)
    torch.manual_seed(0)
    biased = TuneModel(5, hidden=3, forget_bias=4.0)
    changed = [
        (a != b).nonzero().flatten().tolist()
        for a, b in zip(plain.parameters(), biased.parameters())
        if not torch.equal(a, b)
    ]
    assert changed == [[3, 4, 5]] and biased.rnn.bias_hh_l0[3:6].tolist() == [4, 4, 4]


def test_the_piano_roll_draws_a_block_for_each_note():
    _, ax = plt.subplots()
    plotting.piano_roll(ax, data.tune_notes("C2D|E"), eighth=0.5, same=(1,))
    boxes = [blocks.get_paths()[0].get_extents() for blocks in ax.collections]
    assert [(box.x0, (box.y0 + box.y1) / 2) for box in boxes] == [(0, 60), (1.0, 62), (1.5, 64)]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["C4", "D4", "E4"]
    plt.close("all")
