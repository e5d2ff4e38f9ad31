"""What chapter 17a writes out, and the synthetic speech it works on. (The controls of its claims stand in the chapter
itself.)"""

import copy
import itertools
import math
from collections import defaultdict

import matplotlib
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

matplotlib.use("Agg")

from course_utils import data
from course_utils.data.utterances import FORMANTS, LETTERS, RATE, Voice, ringing

CELLS = (
    "mfcc-code",
    "baseline-code",
    "paths-code",
    "forward-code",
    "beam-code",
    "recogniser",
    "speaker",
)


@pytest.fixture(scope="module")
def chapter(run_cells):
    """The functions and classes that the chapter writes out, from its own cells."""
    modules = {"copy": copy, "itertools": itertools, "math": math, "torch": torch, "nn": nn, "F": F}
    rnn = {
        "pack_padded_sequence": pack_padded_sequence,
        "pad_packed_sequence": pad_packed_sequence,
        "pad_sequence": pad_sequence,
    }
    sizes = {"LETTERS": LETTERS, "RATE": RATE, "WINDOW": 256, "HOP": 128, "BANDS": 20, "KEPT": 13, "STACK": 3}
    space = run_cells("17a", *CELLS, definitions=True, defaultdict=defaultdict, **modules, **rnn, **sizes)
    space["MEL"] = space["mel_filters"]()
    return space


@pytest.fixture
def speak(request):
    return lambda text, seed=0, **how: data.speak(text, torch.Generator().manual_seed(seed), **how)


# --- synthetic speech


@pytest.mark.parametrize("letter", "aeiou")
def test_a_pulse_rings_at_the_formants(letter):
    spectrum = torch.fft.rfft(ringing(torch.tensor([float(f) for f in FORMANTS[letter]]), samples=4000)).abs()
    frequencies = torch.linspace(0, RATE / 2, len(spectrum))
    peaks = (spectrum[1:-1] > spectrum[:-2]) & (spectrum[1:-1] > spectrum[2:])
    found = frequencies[1:-1][peaks]
    for formant in FORMANTS[letter]:
        assert (found - formant).abs().min() < 40


def test_a_vowel_repeats_with_its_pitch():
    wave = data.vowel("a", voice=Voice(pitch=100))
    assert len(wave) == RATE // 2
    assert torch.allclose(wave[1000:2000], wave[1080:2080], atol=1e-4)


def test_an_utterance_knows_where_its_letters_lie(speak):
    utterance = speak("asu")
    assert utterance.text == "asu" and 0 < utterance.start < utterance.ends[0] < utterance.ends[2] < len(utterance.wave)
    assert utterance.letter_at(0) is None and utterance.letter_at(len(utterance.wave) - 1) is None
    assert [utterance.letter_at(end - 1) for end in utterance.ends] == [0, 1, 2]
    assert all(0.08 * RATE - 1 <= end - start <= 0.2 * RATE + 1 for start, end in itertools.pairwise(utterance.ends))


def test_s_is_high_and_vowels_are_low(speak):
    def high_share(letter):
        utterance = speak(letter, noise=0)
        power = torch.fft.rfft(utterance.wave).abs().square()
        return (power[len(power) // 2 :].sum() / power.sum()).item()

    assert high_share("s") > 0.8 > 0.3 > high_share("a")


def test_without_seconds_each_letter_has_a_duration_of_its_own(speak):
    one, other = (speak("aam", seed, seconds=None) for seed in (1, 2))
    lasting = [[end - start for start, end in itertools.pairwise((u.start, *u.ends))] for u in (one, other)]
    assert lasting[0] == lasting[1] and lasting[0][0] == lasting[0][1] < lasting[0][2]


@pytest.mark.parametrize("text", ["", "ab", "A"])
def test_only_letters_of_the_language_are_spoken(speak, text):
    with pytest.raises(ValueError, match="aeioums"):
        speak(text)


def test_the_same_seed_says_the_same():
    first, second = (data.utterances(3, torch.Generator().manual_seed(4)) for _ in range(2))
    assert all(torch.equal(a.wave, b.wave) and a.text == b.text for a, b in zip(first, second))
    assert all(3 <= len(u.text) <= 6 for u in first)


# --- features


def test_mel_filters_are_triangles_that_widen(chapter):
    mel = chapter["MEL"]
    assert mel.shape == (20, 129) and mel.min() == 0 and mel.max() <= 1
    tops = mel.argmax(1)
    assert (tops.diff() > 0).all() and tops[-1] - tops[-2] > tops[1] - tops[0]


def test_mfcc_of_a_flat_spectrum_is_loudness_alone(chapter):
    n, k = torch.arange(20), torch.arange(13)
    dct = (math.pi / 20 * (n + 0.5) * k[:, None]).cos() * (2 / 20) ** 0.5
    chapter |= {"DCT": dct, "log_mel": lambda wave: torch.full((4, 20), 2.0)}
    coefficients = chapter["mfcc"](None)
    assert coefficients.shape == (4, 13) and coefficients[:, 1:].abs().max() < 1e-5
    assert torch.allclose(dct[1:] @ dct[1:].T, torch.eye(12), atol=1e-5)


def test_power_finds_a_tone_at_its_frequency(chapter):
    tone = torch.sin(2 * math.pi * 1000 * torch.arange(RATE) / RATE)
    power = chapter["power"](tone)
    assert power.shape == (1 + (RATE - 256) // 128, 129) and (power.argmax(1) == 1000 * 256 / RATE).all()


# --- scores and the baseline


@pytest.mark.parametrize("a, b, distance", [("", "abc", 3), ("aei", "aei", 0), ("aei", "ai", 1), ("mus", "sum", 2)])
def test_edit_distance(chapter, a, b, distance):
    assert chapter["edit_distance"](a, b) == chapter["edit_distance"](b, a) == distance


def test_the_label_error_rate_counts_letters_not_utterances(chapter, speak):
    assert chapter["error_rate"](["aeiou", "a"], [speak("aeiou"), speak("s")]) == 1 / 6


# --- CTC


@pytest.mark.parametrize("path, text", [("aab-b", "abb"), ("aabbb", "ab"), ("---", ""), ("a-a", "aa"), ("-a--", "a")])
def test_collapse_merges_before_it_deletes(chapter, path, text):
    assert "".join(chapter["collapse"](path, blank="-")) == text


def test_paths_to_a_text_are_as_many_as_the_formula_says(chapter):
    """Without repeats C(T + U, 2U); each repeat takes a step: the first is given by stars and bars."""
    for steps in (2, 3, 5):
        assert len(chapter["paths_to"]([1, 2], steps)) == math.comb(steps + 2, 4)
        assert len(chapter["paths_to"]([1, 1], steps)) == math.comb(steps + 1, 4)


@pytest.mark.parametrize("text", [[1], [2, 1], [1, 1], [1, 1, 1], [3, 1, 1, 3]])
def test_the_forward_algorithm_is_torchs_and_the_sum_over_paths(chapter, text):
    for seed in range(3):
        g = torch.Generator().manual_seed(seed)
        log_p = torch.randn(6, 4, generator=g, dtype=torch.float64).log_softmax(1)
        ours = chapter["ctc_forward"](log_p, text)
        assert abs(ours - chapter["by_torch"](log_p, text)) < 1e-8
        assert abs(ours - chapter["by_enumeration"](log_p, text)) < 1e-8


def test_the_leap_between_equal_letters_makes_a_difference_only_where_letters_repeat(chapter):
    log_p = torch.randn(6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64).log_softmax(1)
    forward = chapter["ctc_forward"]
    assert forward(log_p, [1, 1], leap_between_equals=True) > forward(log_p, [1, 1]) + 0.01
    assert torch.equal(forward(log_p, [1, 2], leap_between_equals=True), forward(log_p, [1, 2]))


def test_a_text_too_long_for_the_steps_has_no_path(chapter):
    log_p = torch.zeros(2, 3, dtype=torch.float64).log_softmax(1)
    assert chapter["ctc_forward"](log_p, [1, 1]) == -math.inf
    assert chapter["ctc_forward"](log_p, [1, 2]) > -math.inf


def test_a_wide_prefix_beam_is_enumeration(chapter):
    for seed in range(5):
        p = torch.randn(5, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).softmax(1)
        beam, totals = chapter["prefix_beam"](p, width=10_000), chapter["enumerated"](p)
        assert all(abs(beam.get(text, 0) - total) < 1e-12 for text, total in totals.items())
        assert next(iter(beam)) == max(totals, key=totals.get)


def test_greedy_takes_the_likeliest_path_and_the_beam_the_likeliest_text(chapter):
    p = torch.tensor([[0.6, 0.4], [0.6, 0.4]], dtype=torch.float64)
    assert chapter["greedy"](p) == () and next(iter(chapter["prefix_beam"](p))) == (1,)


# --- networks


def test_padding_changes_nothing_for_the_recogniser(chapter):
    torch.manual_seed(0)
    model = chapter["Recogniser"]()
    short, long = torch.randn(12, 13), torch.randn(30, 13)
    alone, together = chapter["probabilities"](model, [short]), chapter["probabilities"](model, [short, long])
    assert torch.allclose(alone[0], together[0], atol=1e-6) and together[1].shape == (10, 8)


@pytest.mark.parametrize("monotonic", [True, False])
def test_reading_aloud_is_the_forward_pass_on_its_own_frames(chapter, monotonic):
    torch.manual_seed(0)
    speaker = chapter["Speaker"](monotonic)
    text = torch.tensor([[1, 2, 3, 4], [5, 6, 0, 0]])
    frames, looks = speaker.read_aloud(text, 6)
    again, weights, *_ = speaker(text, F.pad(frames[:, :-1], (0, 0, 1, 0)))
    assert torch.allclose(frames, again, atol=1e-5) and torch.allclose(looks, weights, atol=1e-5)
    assert torch.allclose(looks.sum(2), torch.ones(2, 6)) and looks[1, :, 2:].abs().max() == 0


def test_monotonic_attention_never_turns_back_and_content_may(chapter):
    torch.manual_seed(0)
    text = torch.randint(1, 8, (20, 10))
    turns = {}
    for monotonic in (True, False):
        speaker = chapter["Speaker"](monotonic)
        for weights in speaker.parameters():  # at its first values, content looks at about the same letter throughout
            weights.data *= 4
        _, looks = speaker.read_aloud(text, 25)
        turns[monotonic] = (looks.argmax(2).diff(dim=1) < 0).any().item()
    assert turns == {True: False, False: True}
