"""The streams of chapter 13, what it writes out, and the control of the one claim that has none in the chapter."""

import copy
import io
import json
import re
import warnings

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from course_utils import data
from course_utils.data.streams import KEYS, UNKNOWN, VALUES


@pytest.fixture(scope="module")
def chapter(run_cells):
    """The functions and classes that the chapter writes out, from its own cells."""
    known = {"torch": torch, "nn": nn, "F": F, "data": data, "copy": copy, "io": io, "warnings": warnings}
    known |= {"WIDTH": 128, "UNITS": 256, "LAYERS": 2, "WINDOW": 16, "UNKNOWN": UNKNOWN}
    known |= {"CHARACTERS": dict.fromkeys("abcdefgh"), "TAGS": ["O", "B", "I"]}
    cells = "transformer", "bytes-counted", "operations-counted", "chunked-tagger", "int8-run", "online-run", "sink-run"
    return run_cells("13", "pieces", *cells, definitions=True, **known)


# --- the streams


def test_the_wave_changes_its_period_where_it_says(seed=3):
    wave = data.changing_wave(4000, change=2000, generator=torch.Generator().manual_seed(seed))
    for part, period in ((wave[:2000], 20), (wave[2000:], 13)):
        assert (part[period:] - part[:-period]).std() < 0.2 < 0.5 < (part[5:] - part[:-5]).std()


def test_one_generator_one_wave():
    one, two = (data.changing_wave(50, 20, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(one, two)


def test_the_answer_is_what_was_written_lately_and_nothing_older():
    window = 5
    x, y = data.recent_pairs(6, 200, window, torch.Generator().manual_seed(2))
    assert x.shape == (6, 201, 1 + 2 * KEYS + VALUES) and (x[:, 0].sum(dim=1) == 1).all() and (x[:, 0, 0] == 1).all()
    key, value, asked = (part.argmax(dim=2) for part in x[:, 1:, 1:].split([KEYS, VALUES, KEYS], dim=2))
    for row in range(6):
        for t in range(200):
            recent = {key[row, s].item(): value[row, s].item() for s in range(max(0, t - window + 1), t + 1)}
            assert len(recent) == min(t + 1, window)  # no key twice within a window
            assert y[row, t + 1] == recent.get(asked[row, t].item(), UNKNOWN)


# --- what the chapter writes out


@pytest.mark.parametrize("kind", [nn.GRU, nn.LSTM])
def test_pieces_of_any_size(chapter, kind):
    torch.manual_seed(0)
    rnn, x = kind(3, 5, batch_first=True).double(), torch.randn(2, 11, 3).double()
    with torch.no_grad():
        for size in (1, 4, 11, 50):
            assert torch.allclose(chapter["in_pieces"](rnn, x, size), rnn(x)[0], rtol=0, atol=1e-12)


def test_a_step_of_the_transformer_sees_the_past_only(chapter):
    torch.manual_seed(0)
    model, x = chapter["Transformer"](2, 16).double(), torch.randn(1, 9, 16).double()
    changed = x.clone()
    changed[:, 6:] += 1
    with torch.no_grad():
        assert torch.equal(model(x)[:, :6], model(changed)[:, :6])
        assert not torch.allclose(model(x)[:, 6:], model(changed)[:, 6:])


def test_bytes_are_those_of_the_tensors(chapter):
    half, double = torch.zeros(3, 5).half(), torch.zeros(7).double()
    assert chapter["nbytes"]([(half, double), [half]]) == 30 + 56 + 30


def test_enough_look_ahead_is_the_whole_and_the_chunk_does_not_matter_to_the_forward_half(chapter):
    torch.manual_seed(0)
    model, x = chapter["Tagger"](embedding=4, hidden=6).double(), torch.randint(0, 8, (3, 20))
    with torch.no_grad():
        whole = model(x)
        for C in (1, 3, 8):
            assert torch.allclose(model.chunked(x, C, k=20), whole, rtol=0, atol=1e-12)
        assert not torch.allclose(model.chunked(x, 3, k=1), whole, atol=1e-3)


def test_rounding_keeps_at_most_as_many_levels_as_the_bits_allow(chapter):
    torch.manual_seed(0)
    model = chapter["Tagger"](embedding=4, hidden=6)
    small = chapter["rounded"](model, bits=3)
    assert len(small.forwards.weight_hh_l0.unique()) <= 7 < len(model.forwards.weight_hh_l0.unique())
    assert torch.equal(small.embedding.weight, model.embedding.weight)
    assert torch.equal(small.forwards.bias_hh_l0, model.forwards.bias_hh_l0)
    assert torch.allclose(chapter["rounded"](model, 16).forwards.weight_hh_l0, model.forwards.weight_hh_l0, atol=1e-4)


def test_int8_is_quiet_and_leaves_the_model_alone(chapter):
    torch.manual_seed(0)
    model = chapter["Tagger"](embedding=4, hidden=6)
    before = copy.deepcopy(model.state_dict())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chapter["quantised"](model)
    assert all(torch.equal(before[name], now) for name, now in model.state_dict().items())


def test_the_masks_keep_what_their_names_say(chapter):
    masks = chapter["masks"](40)
    kept = {way: mask.sum(dim=1).tolist() for way, mask in masks.items()}
    assert kept["all"] == list(range(1, 41)) and kept["window"][15:] == [16] * 25
    assert kept["window + first"][16:] == kept["window + one more"][16:] == [17] * 24
    assert masks["window + first"][39, 0] and not masks["window + one more"][39, 0]
    assert all(not mask.triu(1).any() for mask in masks.values())


# --- running and learning


@pytest.fixture(scope="module")
def forecast(chapter):
    torch.manual_seed(0)
    return chapter["Forecaster"](), data.changing_wave(400, 200, torch.Generator().manual_seed(0))


def test_frozen_is_one_pass_over_the_whole(chapter, forecast):
    model, stream = forecast
    errors = chapter["run_on"](model, stream, lr=0.0)
    with torch.no_grad():
        prediction = model(stream[None, :-1, None])[0].flatten()
    expected = (prediction - stream[1:]).square()[: len(errors)]
    assert torch.allclose(errors, expected, atol=1e-5)


def test_learning_starts_after_the_first_prediction(chapter, forecast):
    model, stream = forecast
    before = copy.deepcopy(model.state_dict())
    frozen, online = (chapter["run_on"](model, stream, lr) for lr in (0.0, 1e-2))
    assert torch.equal(frozen[:10], online[:10]) and not torch.allclose(frozen[10:20], online[10:20])
    assert all(torch.equal(before[name], now) for name, now in model.state_dict().items())


@pytest.mark.parametrize("claim, lr, cheats", [("Q13-order", 1e-2, True), ("Q13-order", 1e-9, False)])
def test_learning_first_shrinks_the_error_only_where_something_is_learnt(chapter, forecast, claim, lr, cheats):
    """The control of Q13-order: with a rate next to zero, the order of predicting and learning makes no difference."""
    model, stream = forecast
    honest, cheating = (chapter["run_on"](model, stream, lr, learn_first=first) for first in (False, True))
    assert (cheating.mean() / honest.mean() < 0.97) == cheats


# --- the page holds the stored measurements


def test_the_page_shows_what_was_measured(root):
    page = (root / "course_utils/explore/pages/stream.html").read_text(encoding="utf-8")
    stored = json.loads(re.search(r"/\*DATA\*/(.*?)/\*END\*/", page, re.S)[1])["measured"]
    rows = data.h100_times(experiment="stream", batch=1)
    names = {"attention with cache": "cached", "attention recomputed": "recomputed"}
    expected = {"cached": {}, "recomputed": {}}
    for row in rows:
        if row.model in names:
            expected[names[row.model]][str(row.steps)] = round(1000 * row.ms, 1)
    (gru,) = (row for row in rows if row.model == "GRU")
    assert stored == {"GRU": {"any": round(1000 * gru.ms, 1)}} | expected
