"""Chapter 01: its samples, its figure, and controls that would only interrupt the reader in the notebook."""

import itertools
import random

import matplotlib
import pytest
import torch

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from torch import nn

from course_utils import data, language, plotting

NEEDED = ("setup", "stories", "models", "order-data", "arrows-claim")


@pytest.fixture(autouse=True)
def fresh():
    with matplotlib.rc_context():
        yield
    plt.close("all")
    language.use("中文")


@pytest.fixture(scope="module")
def chapter(run_cells):
    """The names that the chapter's cells define, untrained."""
    names = run_cells("01", *NEEDED)
    return run_cells("01", "bag", "windows-train", definitions=True, **names)


# --- samples


def test_samples_are_sequences_and_the_same_every_time():
    shapes = {"speech": (20, 12), "stock": (30, 1), "music": (62, 2)}
    for name, shape in shapes.items():
        x = getattr(data.samples, name)()
        assert x.shape == shape and x.dtype == torch.float32 and torch.equal(x, getattr(data.samples, name)())


def test_text_has_one_column_for_each_different_token():
    assert data.samples.text(list("abca")).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]


def test_video_features_follow_the_dot():
    frames, features = data.samples.video()
    assert frames.shape == (24, 16, 16) and features.shape == (24, 16)
    for frame, feature in zip(frames, features):
        row, column = divmod(frame.argmax().item(), 16)  # the brightest pixel lies in (or beside) the brightest block
        block_row, block_column = divmod(feature.argmax().item(), 4)
        assert abs(row - (4 * block_row + 1.5)) < 3 and abs(column - (4 * block_column + 1.5)) < 3
    assert len({features[t].argmax().item() for t in range(24)}) > 4  # and it does move


def test_price_starts_at_100_and_its_changes_know_nothing_of_each_other():
    changes = data.samples.stock(3000).log().diff(dim=0)[:, 0]
    assert data.samples.stock()[0] == 100 and (data.samples.stock() > 0).all()
    assert abs(changes.std() - 0.02) < 0.001
    assert abs(torch.corrcoef(torch.stack([changes[:-1], changes[1:]]))[0, 1]) < 0.06


def test_melody_has_sixteen_bars_of_four_beats():
    pitch, beats = data.samples.music().T
    bar_lines = beats.cumsum(0)
    assert bar_lines[-1] == 64 and all(4.0 * bar in bar_lines for bar in range(1, 17))
    assert pitch[:15].tolist() == [64, 64, 65, 67, 67, 65, 64, 62, 60, 60, 62, 64, 64, 62, 62]
    assert set(pitch.tolist()) <= {55, 60, 62, 64, 65, 67}


# --- the figure


def test_reading_graphs_join_states_and_never_inputs():
    plotting.style()
    fig = plotting.reading_graphs(3)
    fig.canvas.draw()
    arrows = [[(text.xyann, text.xy) for text in ax.texts if getattr(text, "arrow_patch", None)] for ax in fig.axes]
    sideways = [[pair for pair in drawn if pair[0][1] == pair[1][1]] for drawn in arrows]
    assert sideways[0] == [] and len(arrows[0]) == 6
    assert len(sideways[1]) == 4 and {start[1] for start, _ in sideways[1]} == {
        1.35
    }  # h_0 to the first cell, two between, one out
    assert {"$h_0$", "$h_{3}$"} <= {text.get_text() for text in fig.axes[1].texts}
    with pytest.raises(ValueError, match="T = 0"):
        plotting.reading_graphs(0)


# --- the tasks


def test_order_batch_is_what_it_says(chapter):
    x, first = chapter["order_batch"](500, 32, (5, 9), torch.Generator().manual_seed(0), margin=8)
    for row, answer in zip(x.tolist(), first.tolist()):
        marks = sorted((row.index(0), row.index(1)))
        assert row.count(0) == row.count(1) == 1 and row[marks[0]] == answer
        assert 5 <= marks[1] - marks[0] <= 9 and marks[0] >= 8 and marks[1] <= 23
    assert 0.4 < first.float().mean() < 0.6


def test_a_story_names_one_thing_and_ends_the_same(chapter):
    endings = set()
    for item in chapter["items"]:
        words = chapter["story"](item, random.Random(1))
        assert [word for word in words if word in chapter["items"]] == [item]
        endings.add(tuple(words[-3:]))
    assert len(endings) == 1


def test_no_bag_can_tell_an_order_and_an_untrained_reader_can(chapter):
    torch.manual_seed(0)
    bag, reader = chapter["Bag"](10, 4), chapter["Reader"](10, 4)
    x = torch.tensor(list(itertools.permutations([3, 7, 1, 4])))

    def spread(scores):
        return (scores.amax(0) - scores.amin(0)).max()

    assert spread(bag(x)) < 1e-5 < 1e-2 < spread(reader(x))


def test_a_window_sees_both_marks_up_to_its_width_and_not_beyond(chapter):
    """By gradients, for any weights: no unit depends on two steps that lie a window apart."""
    torch.manual_seed(0)
    for width in (5, 9):
        look = chapter["Window"](10, 2, window=width).look.double()
        x = torch.randn(1, 16, 24, dtype=torch.float64)
        reach = torch.autograd.functional.jacobian(lambda x: look(x).sum((0, 1)), x).abs().sum((1, 2)) > 0  # (units, T)  # noqa: B023
        together = {b - a for unit in reach for a, b in itertools.combinations(unit.nonzero().flatten().tolist(), 2)}
        assert max(together) == width - 1


def test_paths_of_a_network_that_looks_ahead_are_not_a_triangle(chapter):
    both_ways = nn.GRU(3, 5, batch_first=True, bidirectional=True).double()
    assert chapter["paths"](lambda x: both_ways(x)[0], torch.randn(1, 4, 3, dtype=torch.float64)).all()
