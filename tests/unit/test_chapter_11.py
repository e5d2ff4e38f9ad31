"""What chapter 11 writes out and draws. (The controls of its claims stand in the chapter itself.)"""

import matplotlib
import pytest
import torch
from torch import nn
from torch.nn import functional as F

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from course_utils import data, plotting
from course_utils.plotting.attention import LOOK

LETTERS, BANDS = 12, 8


@pytest.fixture(scope="module")
def chapter(run_cells):
    """The functions and classes that the chapter writes out, from its own cells."""
    g = torch.Generator().manual_seed(0)
    known = {"torch": torch, "nn": nn, "F": F, "data": data, "LETTERS": LETTERS, "BANDS": BANDS}
    known |= {
        "SPECTRA": torch.rand(LETTERS, BANDS, generator=g),
        "DURATIONS": torch.randint(2, 5, (LETTERS,), generator=g),
    }
    texts = data.date_pairs(data.date_splits()[0], 400, seed=1, dates=2)
    known["source"] = data.Vocabulary.of(written for written, _ in texts)
    known["target"] = data.Vocabulary.of(iso for _, iso in texts)
    cells = [f"{name}-code" for name in ("attention", "translator", "align", "speech", "self", "position", "memory")]
    return run_cells("11", "setup", *cells, "training", "translating", definitions=True, **known)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


# --- the translator


def test_the_company_of_longer_strings_changes_no_translation(chapter):
    """Padding is read by no encoder and seen by no attention."""
    torch.manual_seed(0)
    model = chapter["Translator"](len(chapter["source"]), len(chapter["target"]), looking=True).double()
    pairs = [("2026年8月9日", "2026-08-09"), ("Sunday, August 9, 2026 / 二〇二六年八月九日", "2026-08-09/2026-08-09")]
    written = torch.full((1, 5), 3)
    for looking in (True, False):
        model.looking = looking
        alone, lengths, _ = data.translation_batch(pairs[:1], chapter["source"], chapter["target"])
        both, both_lengths, _ = data.translation_batch(pairs, chapter["source"], chapter["target"])
        with torch.no_grad():
            by_itself = model(alone, lengths, written)
            in_company = model(both, both_lengths, written.expand(2, -1))[:1]
            untold = model(both, torch.full((2,), both.shape[1]), written.expand(2, -1))[:1]
        assert torch.allclose(by_itself, in_company, atol=1e-12)
        assert not torch.allclose(by_itself, untold, atol=1e-3)  # lengths not honoured


def test_the_two_arms_start_from_the_same_numbers(chapter):
    arms = []
    for looking in (True, False):
        torch.manual_seed(3)
        arms.append(chapter["Translator"](20, 14, looking).state_dict())
    assert arms[0].keys() == arms[1].keys() and all(torch.equal(arms[0][name], arms[1][name]) for name in arms[0])


def test_writing_on_its_own_takes_the_most_likely_symbol_each_time(chapter):
    torch.manual_seed(1)
    model = chapter["Translator"](len(chapter["source"]), len(chapter["target"]), looking=True)
    texts = ["2026年8月9日", "1999年12月31日星期五"]
    for text, wrote in zip(texts, chapter["translate"](model, texts)):
        ids = [chapter["target"].bos, *chapter["target"].encode(wrote)]
        with torch.no_grad():
            scores = model(
                torch.tensor([chapter["source"].encode(text)]), torch.tensor([len(text)]), torch.tensor([ids])
            )
        likely = scores[0].argmax(1).tolist()
        kept = [id for id in likely if id > 2]
        assert kept[: len(wrote)] == ids[1:]


# --- the toys


@pytest.mark.parametrize("backwards", [False, True])
def test_every_frame_belongs_to_the_letter_it_is_said_to(chapter, backwards):
    text, frames, places = chapter["speech_batch"](50, torch.Generator().manual_seed(5), backwards)
    real = places >= 0
    clean = chapter["SPECTRA"][text.gather(1, places.clamp(min=0))]
    assert (frames - clean)[real].std() == pytest.approx(0.05, rel=0.1) and not frames[~real].any()
    steps = places.diff(dim=1)[real[:, 1:]]
    assert set(steps.tolist()) == ({0, -1} if backwards else {0, 1})
    for row, letters in zip(places, text):
        assert [int((row == s).sum()) for s in range(6)] == chapter["DURATIONS"][letters].tolist()


def test_which_came_first_is_labelled_as_it_is(chapter):
    symbols, first = chapter["order_batch"](500, torch.Generator().manual_seed(0))
    a, b = (symbols == 0), (symbols == 1)
    assert (a.sum(1) == 1).all() and (b.sum(1) == 1).all()
    assert torch.equal(first, (a.int().argmax(1) < b.int().argmax(1)).long()) and 0.4 < first.float().mean() < 0.6


def test_a_block_without_positions_only_moves_what_is_moved(chapter):
    torch.manual_seed(0)
    block, x, order = chapter["Block"](8, 16).double(), torch.randn(2, 5, 8, dtype=torch.float64), torch.randperm(5)
    assert torch.allclose(block(x[:, order]), block(x)[:, order], atol=1e-12)
    past = torch.ones(5, 5, dtype=torch.bool).tril()
    changed = torch.cat([x[:, :3], torch.randn(2, 2, 8, dtype=torch.float64)], dim=1)
    assert torch.allclose(block(x, past)[:, :3], block(changed, past)[:, :3], atol=1e-12)
    assert not torch.allclose(block(x)[:, :3], block(changed)[:, :3], atol=1e-3)  # without the causal mask


def test_writing_leaves_rows_alone_that_are_not_addressed(chapter):
    memory, alpha = torch.rand(4, 3), torch.tensor([0.0, 1.0, 0.0, 0.0])
    new = chapter["write"](memory, alpha, torch.ones(3), torch.tensor([1.0, 2.0, 3.0]))
    assert torch.equal(new[[0, 2, 3]], memory[[0, 2, 3]]) and torch.equal(new[1], torch.tensor([1.0, 2.0, 3.0]))


# --- figures


def test_the_thickest_line_goes_to_the_largest_weight():
    ax = plotting.attention_graph("abc", [0.1, 0.7, 0.2], "x").axes[0]
    lines = [line for line in ax.lines if line.get_color() == LOOK]
    thick = max(lines, key=lambda line: line.get_linewidth())
    assert len(lines) == 3 and thick.get_xdata()[0] == 2
    assert {"0.10", "0.70", "0.20", "a", "b", "c"} <= {text.get_text() for text in ax.texts}


def test_an_alignment_shows_its_numbers_where_they_belong():
    _, ax = plt.subplots()
    weights = torch.tensor([[0.9, 0.1, 0.0], [0.25, 0.25, 0.5]])
    plotting.alignment(ax, weights, "abc", "xy", numbers=True)
    told = {text.get_position(): text.get_text() for text in ax.texts}
    assert told == {(s, t): f"{weights[t, s]:.2f}" for t in range(2) for s in range(3)}
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["x", "y"]


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: plotting.alignment(ax, torch.rand(2, 3), "ab", "xyz"),
        lambda ax: plotting.attention_graph("abc", [0.5, 0.5], "x"),
    ],
)
def test_labels_that_do_not_fit_are_refused(draw):
    with pytest.raises(ValueError, match="2"):
        draw(plt.subplots()[1])
