"""What chapter 17c writes out, the worlds that it makes up, and the gallery. (The controls of its claims stand in the
chapter itself.)"""

import copy
import math

import matplotlib
import pytest
import torch
import yaml
from torch import nn
from torch.nn import functional as F

matplotlib.use("Agg")

from course_utils import data, language
from course_utils.authoring import source
from course_utils.data import machines, shop, walkers

CELLS = (
    "baselines-code",
    "next-code",
    "leak-code",
    "walkers-code",
    "fork-code",
    "rul-code",
    "rul-train",
    "split-code",
    "late-code",
)


@pytest.fixture(scope="module")
def chapter(run_cells):
    """The functions and classes that the chapter writes out, from its own cells."""
    names = dict(torch=torch, nn=nn, F=F, math=math, copy=copy, data=data, V=len(data.items()), WINDOW=20, MOST=60)
    return run_cells("17c", "setup", *CELLS, definitions=True, **names, AHEAD=torch.arange(1, 13))


# --- the next item


def test_a_rank_counts_from_one_and_a_tie_takes_the_worst_place(chapter):
    scores = torch.tensor([[3.0, 2.0, 1.0], [1.0, 1.0, 0.0], [0.0, 5.0, 9.0]])
    rank = chapter["ranks"](scores, torch.tensor([0, 1, 0]))
    assert rank.tolist() == [1, 2, 3]
    assert chapter["hit"](rank, 2) == pytest.approx(2 / 3) and chapter["hit"](rank, 3) == 1
    assert chapter["mrr"](rank) == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)


def test_markov_leans_on_what_is_popular_where_it_saw_nothing(chapter):
    visits = torch.tensor([[0, 1], [0, 1], [0, 2]])
    table = chapter["markov"](visits, 1)
    assert torch.allclose(table.sum(1), torch.ones(len(table)))
    assert torch.allclose(table[5], chapter["popularity"](visits))  # item 5 never occurred
    assert table[0, 1] == pytest.approx((2 + 2 / 6) / 4)


def test_only_order_is_gone_from_the_shuffled_visits(chapter):
    visits = data.sessions(200)
    mixed = chapter["first_nine_shuffled"](visits, 0)
    assert torch.equal(mixed[:, -1], visits[:, -1]) and not torch.equal(mixed, visits)
    assert torch.equal(mixed.sort(1).values, visits.sort(1).values)
    assert torch.equal(chapter["together"](mixed), chapter["together"](visits))
    assert not torch.equal(chapter["markov"](mixed, 1), chapter["markov"](visits, 1))


def test_a_neighbour_of_the_same_visit_holds_the_answer(chapter):
    """Two visits of strangers; the third question is the first one, a click later."""
    V = chapter["V"]
    bags = [[0, 1], [8, 9], [0, 1, 2]]
    chapter["seen"] = torch.stack([torch.zeros(V).index_fill_(0, torch.tensor(bag), 1.0) for bag in bags])
    chapter["answers"] = torch.tensor([2, 10, 3])
    chapter["visits"] = torch.tensor([[20, 21]]).repeat(1501, 1)
    asked = torch.tensor([0])
    assert chapter["neighbour_ranks"](torch.tensor([1, 2]), asked, k=1).item() <= 2
    assert chapter["neighbour_ranks"](torch.tensor([1]), asked, k=1).item() > 2


def test_visits_keep_to_one_interest_and_mostly_to_its_order():
    visits = data.sessions(2000)
    kind, favourite = visits // shop.MEMBERS, (visits // shop.MEMBERS).mode(1).values
    assert 0.65 < (kind == favourite[:, None]).double().mean() < 0.8
    steps = (visits[:, 1:] - visits[:, :-1]) % shop.MEMBERS
    same = (kind[:, 1:] == favourite[:, None]) & (kind[:, :-1] == favourite[:, None])
    assert (steps == 1)[same].double().mean() > 0.6
    assert torch.equal(visits, data.sessions(2000)) and not torch.equal(visits, data.sessions(2000, seed=1))


@pytest.mark.parametrize("name", ["中文", "English"])
def test_every_item_has_a_name_of_its_own(name):
    language.use(name)
    assert len(set(data.items())) == 96 == len(data.items()) and len(shop.ITEMS_OF) == 12
    language.use("中文")


# --- trajectories


def test_constant_velocity_is_right_about_who_walks_straight_on(chapter):
    t = torch.arange(20.0)
    path = torch.stack([t, 2 * t], 1)[None]  # one step a look
    own = torch.cat([path[:, :8] - path[:, 7:8], torch.zeros(1, 8, 2)], 2)
    future = path[:, 8:] - path[:, 7:8]
    for steps in (1, 4, 7):
        assert chapter["ade"](chapter["constant_velocity"](own, steps), future) < 1e-5
    assert chapter["fde"](future + torch.tensor([3.0, 4.0]), future) == pytest.approx(5)


def test_everybody_stands_at_the_origin_and_faces_the_first_axis():
    own, others, future = data.as_seen(data.crossings(50))
    assert own.shape == (150, 8, 4) and others.shape == (150, 8, 2, 4) and future.shape == (150, 12, 2)
    assert own[:, -1, :2].abs().max() < 1e-6 and own[:, 0, 1].abs().max() < 1e-5 and (own[:, 0, 0] < 0).all()


def test_as_seen_keeps_distances():
    scenes = data.crossings(5)
    own, others, _ = data.as_seen(scenes)
    apart = (scenes[:, 0, 3] - scenes[:, 1, 3]).norm(dim=-1)
    seen = (own[::3, 3, :2] - others[::3, 3, 0, :2]).norm(dim=-1)
    assert torch.allclose(apart, seen, atol=1e-4)


def test_people_make_way_and_mostly_after_they_have_been_seen():
    making, straight = data.crossings(300), data.crossings(300, avoiding=False)

    def closest(scenes):
        gaps = (scenes[:, :, None] - scenes[:, None]).norm(dim=-1) + 99 * torch.eye(3)[:, :, None]
        return gaps.amin((1, 2, 3)).median()

    assert closest(making) > 1.5 * closest(straight)
    moved = (making - straight).norm(dim=-1).mean((0, 1))
    assert moved[walkers.SEEN - 1] < 0.2 * moved[-1] and moved[-1] > 0.5


def test_a_network_with_nobody_in_reach_does_not_know_that_it_could_look(chapter):
    """Both networks from the same seed, on squares 60 m apart: what they predict is the same to the last bit."""
    own, others, _ = data.as_seen(data.crossings(20, apart=True))
    predicted = []
    for neighbours in (False, True):
        torch.manual_seed(0)
        predicted.append(chapter["Walker"](neighbours)(own, others))
    assert torch.equal(*predicted)
    near = data.as_seen(data.crossings(20))[1]
    torch.manual_seed(0)
    assert not torch.equal(predicted[0], chapter["Walker"](True)(own, near))


def test_before_the_fork_nothing_tells_the_turn():
    paths, left = data.forks(2000)
    sideways = paths[:, : walkers.SEEN, 1]
    assert (sideways[left].mean(0) - sideways[~left].mean(0)).abs().max() < 0.005
    assert paths[left, -1, 1].min() > 0.5 and paths[~left, -1, 1].max() < -0.5
    assert 0.45 < left.double().mean() < 0.55


def test_with_one_head_it_is_the_plain_squared_error_and_with_two_the_better_one_counts(chapter):
    path = torch.zeros(1, 20, 2)
    futures = torch.stack([torch.full((12, 2), 1.0), torch.full((12, 2), 3.0)])[None]
    assert chapter["squared"](futures, path).tolist() == [[2.0, 18.0]]
    assert chapter["squared"](futures, path).amin(1).item() == 2


# --- machines


def test_a_machine_fails_when_its_damage_is_full_and_no_sensor_reads_it():
    made = data.wearing_machines(100)
    rows = torch.arange(100)
    assert (made.damage[rows, made.life - 1] < 1).all()
    short = made.life < machines.CYCLES
    assert (made.damage[rows[short], made.life[short]] >= 1).all()
    assert made.life.min() >= 60 and made.readings.shape == (100, 150, 4)
    early = made.readings[:, :10].mean(1)
    assert early.std(0).min() > 0.3  # each sensor is off by a constant of its own
    assert torch.equal(made.readings, data.wearing_machines(100).readings)


def test_calibrated_machines_differ_in_their_constants_alone():
    made, exact = data.wearing_machines(100), data.wearing_machines(100, calibrated=True)
    off = made.readings - exact.readings
    assert torch.allclose(off, off[:, :1].expand_as(off), atol=1e-5) and off[:, 0].std(0).min() > 0.3
    assert torch.equal(made.damage, exact.damage)


def test_too_many_machines_for_one_draw_are_refused(monkeypatch):
    monkeypatch.setattr(machines, "WEAR", (0.0, 0.0, 0.0))
    with pytest.raises(ValueError, match="only 0 of 5"):
        data.wearing_machines(5)


def test_a_window_ends_with_the_cycle_that_is_asked_about(chapter):
    series = torch.arange(300.0).reshape(2, 150)[..., None].expand(-1, -1, 4)
    window = chapter["window_of"](series, torch.tensor([1]), torch.tensor([40]))
    assert window.shape == (1, 20, 4) and window[0, -1, 0] == 150 + 39 and window[0, 0, 0] == 150 + 20


def test_ridge_without_a_penalty_is_least_squares_and_a_large_penalty_leaves_the_mean(chapter):
    g = torch.Generator().manual_seed(0)
    x, y = torch.randn(60, 3, generator=g), torch.randn(60, generator=g)
    rows = torch.cat([x, torch.ones(60, 1)], 1)
    best = rows @ torch.linalg.lstsq(rows, y[:, None]).solution[:, 0]
    assert torch.allclose(chapter["Ridge"](x, y, 0)(x), best, atol=1e-4)
    assert torch.allclose(chapter["Ridge"](x, y, 1e8)(x), y.mean().expand(60), atol=1e-3)


def test_a_group_of_questions_stays_on_one_side(chapter):
    """Each machine has its own reading and its own answer: copying is perfect at random and useless by machine."""
    groups = torch.arange(60).repeat_interleave(10)
    view = groups[:, None].float()
    chapter |= {"due": (groups % 2 * 40).float(), "all_which": groups}
    shuffled, _, own = chapter["copied"](view, torch.arange(600), 0)
    apart, mean, nobody = chapter["copied"](view, groups, 0)
    assert shuffled < 1 < mean < apart
    assert own == 1 and nobody == 0


def test_both_networks_learn_from_the_same_questions(chapter):
    """The GRU that reads from the start, and the one that is allowed the last 20 cycles only (Q17c-rul-control)."""
    cycle, life, rows = torch.arange(1, 151), torch.tensor([[150], [63], [90], [77]]), torch.tensor([1, 3])
    chapter |= {
        "cycle": cycle,
        "alive": (cycle <= life) & (cycle >= 20),
        "left_over": (life - cycle).clamp(0, 60).float(),
        "readings": torch.zeros(4, 150, 4),
    }
    _, answers, counts = chapter["whole_lives"](rows)
    _, in_windows, at_the_end = chapter["last_twenty"](rows)
    assert torch.equal(answers[counts], in_windows[at_the_end]) and len(in_windows) == 9 + 12


def test_late_costs_what_it_is_said_to_cost(chapter):
    wanted = torch.tensor([10.0, 10.0])
    assert chapter["cost"](torch.tensor([12.0, 7.0]), wanted, 5) == (5 * 2 + 3) / 2
    assert chapter["cost"](torch.tensor([12.0, 7.0]), wanted, 1) == (2 + 3) / 2


# --- the gallery


@pytest.fixture(scope="module")
def cells(root):
    """Notebook -> names of its cells, for every chapter there is."""
    return {
        path.stem: {cell.name for cell in source.read(path).cells}
        for path in sorted((root / "source" / "chapters").glob("*.py"))
    }


def test_the_gallery_has_a_row_for_each_of_the_fourteen_and_knows_its_words():
    rows = data.gallery.applications()
    assert [row.id for row in rows] == [f"U-{n:02}" for n in range(1, 15)]
    for row in rows:
        assert row.field in data.gallery.FIELDS and row.shape in data.gallery.SHAPES
        assert row.verdict in data.gallery.VERDICTS
    assert {row.verdict for row in rows} == set(data.gallery.VERDICTS)


@pytest.mark.parametrize("row", data.gallery.applications(), ids=lambda row: row.id)
def test_a_row_leads_to_a_chapter_and_a_cell_of_it(row, root, cells):
    notebook, cell = row.place
    if notebook in cells:
        assert not cell or cell in cells[notebook]
    else:  # a chapter that the plan has and nobody has written yet, or a part of one that still has the cell
        planned = yaml.safe_load((root / "source" / "plan.yaml").read_text(encoding="utf-8"))["chapters"].values()
        assert notebook in {entry["stem"] for entry in planned} or any(cell in names for names in cells.values())


def test_the_errors_of_the_seed_s_table_stay_mended():
    """Text generation and tagging go step by step, and the two rows that it forgot are there."""
    shapes = {row.id: row.shape for row in data.gallery.applications()}
    assert shapes["U-03"] == shapes["U-04"] == "N-N" and {"U-09", "U-13"} <= set(shapes)
