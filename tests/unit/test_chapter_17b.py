"""What chapter 17b writes out, its invented patients and hearts, and the glucose that is real. (The controls of its
claims stand in the chapter itself, but for one.)"""

import gzip
import hashlib
import math

import matplotlib
import pytest
import torch
from torch import nn
from torch.nn import functional as F

matplotlib.use("Agg")

from course_utils import data
from course_utils.data import glucose, heartbeats, icu

CELLS = (
    "ppv",
    "carried",
    "scores-code",
    "risk-code",
    "future-claim",
    "gru-d-code",
    "beat-code",
    "leak",
    "usual-beat",
    "own-training",
    "beat-rules",
)


@pytest.fixture(scope="module")
def chapter(run_cells):
    """The functions and classes that the chapter writes out, from its own cells."""
    names = run_cells("17b", "setup", *CELLS, definitions=True, torch=torch, nn=nn, F=F, math=math)
    names |= {"MEAN": torch.zeros(4), "SPREAD": torch.ones(4), "AROUND": torch.arange(-20, 28)}
    return names


@pytest.fixture(scope="module")
def stays():
    return data.icu_stays(2000, seed=5)


@pytest.fixture(scope="module")
def strips():
    return data.heart_strips(patients=6, strips=4, seed=5)


# --- scores


def test_auroc_is_the_chance_that_the_ill_score_higher(chapter):
    g = torch.Generator().manual_seed(0)
    score, y = torch.randint(0, 6, (60,), generator=g).float(), (torch.rand(60, generator=g) < 0.3).float()
    pairs = score[y > 0][:, None] - score[y == 0]
    by_hand = ((pairs > 0).float() + 0.5 * (pairs == 0)).mean().item()
    assert chapter["auroc"](score, y) == pytest.approx(by_hand)
    assert chapter["auroc"](-score, y) == pytest.approx(1 - by_hand)


def test_average_precision_of_a_list_called_by_hand(chapter):
    score, y = torch.tensor([0.1, 0.9, 0.5, 0.7]), torch.tensor([0.0, 1.0, 1.0, 0.0])
    assert chapter["average_precision"](score, y) == pytest.approx((1 / 1 + 2 / 3) / 2)


def test_of_scores_without_meaning_average_precision_is_the_prevalence(chapter):
    g = torch.Generator().manual_seed(0)
    y = (torch.rand(20_000, generator=g) < 0.15).float()
    assert chapter["average_precision"](torch.randn(20_000, generator=g), y) == pytest.approx(0.15, abs=0.01)


def test_the_share_of_true_alarms_counts_people(chapter):
    assert chapter["share_of_true_alarms"](0.02, 0.9, 0.9) == pytest.approx(18 / (18 + 98))
    assert chapter["share_of_true_alarms"](0.3, 0.8, 1.0) == pytest.approx(1)


def test_logistic_regression_finds_the_weights_that_made_the_answers(chapter):
    g = torch.Generator().manual_seed(0)
    x = torch.randn(20_000, 2, generator=g)
    y = (torch.rand(20_000, generator=g) < (x @ torch.tensor([2.0, -1.0]) - 0.5).sigmoid()).float()
    model = chapter["logistic"](x, y)
    assert torch.allclose(model.weight[0], torch.tensor([2.0, -1.0]), atol=0.1)
    assert model.bias.item() == pytest.approx(-0.5, abs=0.1)


# --- the ward


def test_a_value_is_carried_forward_and_its_age_is_known(chapter):
    true = torch.arange(6.0)[None, :, None].repeat(1, 1, 2)
    seen = torch.tensor([[0, 1, 0, 0, 1, 0], [1, 0, 0, 0, 0, 0]]).bool().T[None]
    value, since = chapter["carried"](true, seen)
    assert value[0, 1:, 0].tolist() == [1, 1, 1, 4, 4] and value[0, 0, 0].isnan()
    assert since[0, :, 0].tolist() == [1, 0, 1, 2, 0, 1]
    assert value[0, :, 1].tolist() == [0] * 6 and since[0, :, 1].tolist() == [0, 1, 2, 3, 4, 5]


def test_nothing_that_was_not_measured_reaches_the_inputs(chapter, stays):
    """Change what nobody measured: the inputs are the same."""
    hidden = icu.Stays(stays.true.where(stays.measured, -999.0), stays.measured, stays.worse, stays.ventilated)
    for inputs in ("values_only", "with_mask", "both"):
        assert torch.equal(chapter[inputs](stays), chapter[inputs](hidden))


def test_habits_change_who_is_measured_and_nothing_else(stays):
    random, busy = data.icu_stays(2000, seed=5, habit="random"), data.icu_stays(2000, seed=5, more=0.7)
    for other in (random, busy):
        assert torch.equal(stays.true, other.true) and torch.equal(stays.worse, other.worse)
    share = [ward.measured.float().mean().item() for ward in (stays, random, busy)]
    assert share[0] == pytest.approx(share[1], abs=0.005) and share[2] > share[0] + 0.05
    by_worse = [
        ward.measured[ward.worse == 1].float().mean() - ward.measured[ward.worse == 0].float().mean()
        for ward in (stays, random)
    ]
    assert by_worse[0] > 0.1 and abs(by_worse[1]) < 0.02
    with pytest.raises(ValueError, match="worried, random"):
        data.icu_stays(10, seed=0, habit="lazy")


def test_few_cells_are_measured_unless_the_ward_measures_everybody():
    """Q17b-ward: nearly four fifths are empty; with a ward that measures a lot they are not."""
    claim = "Q17b-ward"
    assert data.icu_stays(2000, seed=3).measured.float().mean() < 0.3, claim
    assert not data.icu_stays(2000, seed=3, more=2.0).measured.float().mean() < 0.3, claim


def test_the_ventilator_comes_after_the_forecast_nearly_always(stays):
    given = stays.ventilated.isfinite()
    assert (stays.ventilated[given] > icu.HOURS).float().mean() > 0.9
    assert given[stays.worse == 1].float().mean() > 0.7 > 0.1 > given[stays.worse == 0].float().mean()


def test_training_keeps_the_epoch_that_is_best_on_validation(chapter):
    """The answers of validation are the opposite: the first epoch is the best, however many follow."""
    g = torch.Generator().manual_seed(0)
    x = torch.randn(256, 5, 2, generator=g)
    train, check = (x, torch.ones(256)), (x, torch.zeros(256))

    def model(epochs, check):
        torch.manual_seed(1)
        return chapter["trained"](chapter["Risk"](2), chapter["risk_loss"], train, check, epochs)(x)

    assert torch.equal(model(1, check), model(4, check))
    assert model(4, train).mean() > model(4, check).mean() + 0.1


def test_fading_trusts_what_was_just_measured_and_forgets_what_is_old(chapter):
    torch.manual_seed(0)
    model = chapter["Fading"]()
    with torch.no_grad():
        model.pace.fill_(1e6)
    g = torch.Generator().manual_seed(0)
    value, zero = torch.randn(3, 24, 4, generator=g), torch.zeros(3, 24, 4)
    fresh, old = torch.cat([value, zero + 1, zero], 2), torch.cat([value, zero, zero + 1], 2)
    for offset in (0.0, 5.0):  # however fast it forgets, a value just measured is taken as it is
        with torch.no_grad():
            model.offset.fill_(offset)
        assert torch.allclose(model(fresh), model.risk(fresh))
        assert torch.allclose(model(old), model.risk(torch.cat([zero, zero, zero + 1], 2)))


# --- the heart


def test_peaks_lie_on_the_r_waves(strips):
    """With one heart for all, the signal is highest at the R peaks of normal beats."""
    alike = data.heart_strips(patients=3, strips=4, seed=1, alike=True)
    around = F.pad(alike.signal, (3, 3)).unfold(1, 7, 1)  # (12, 512, 7)
    for row in range(len(alike.signal)):
        normal = alike.peak[row][alike.kind[row] == heartbeats.NORMAL]
        assert (alike.signal[row, normal] > 0.5).float().mean() > 0.9
        assert (around[row, normal].argmax(1) - 3).abs().float().mean() < 1
    for peak, kind in zip(strips.peak, strips.kind):
        count = int((peak >= 0).sum())
        assert count >= 4 and (peak[:count].diff() > 0).all() and peak[:count].max() < strips.signal.shape[1]
        assert (peak[count:] == -1).all() and (kind[count:] == -1).all() and (kind[:count] >= 0).all()


def test_hearts_differ_unless_they_are_alike():
    def usual(alike):
        strips = data.heart_strips(patients=8, strips=6, seed=2, alike=alike)
        beats = [
            torch.stack(
                [
                    strips.signal[row, p - 5 : p + 6]
                    for row in (strips.patient == patient).nonzero()[:, 0]
                    for p, k in zip(strips.peak[row], strips.kind[row])
                    if k == heartbeats.NORMAL and 5 <= p < 506
                ]
            ).mean(0)
            for patient in range(8)
        ]
        return torch.stack(beats).std(0).max()

    assert usual(alike=False) > 4 * usual(alike=True)


def test_no_more_beats_than_there_is_room_for():
    """The fastest hearts still end before the room for beats does."""
    strips = data.heart_strips(patients=200, strips=1, seed=3)
    assert (strips.peak[:, -1] == -1).all()


def test_the_usual_beat_is_the_median_and_is_removed_where_beats_are(chapter):
    peak = torch.full((1, 24), -1)
    peak[0, :3] = torch.tensor([60, 200, 340])
    signal = torch.zeros(1, 512)
    for place, height in zip((60, 200, 340), (1.0, 1.0, 5.0)):
        signal[0, place] = height
    usual, place = chapter["usual_beat"](signal, peak)
    assert usual[0, 20] == 1 and usual[0].sum() == 1 and place[0, 1].tolist() == list(range(180, 228))
    strips = heartbeats.Strips(signal, peak, torch.where(peak >= 0, 0, -1), torch.tensor([0]))
    left = chapter["unusual"](strips)[0] - chapter["standard"](strips)[0].min()
    assert left.argmax() == 340
    assert left[60] == pytest.approx(left[200].item()) and left[400] == pytest.approx(0, abs=1e-5)


def test_earliness_is_measured_by_the_strips_own_pace(chapter):
    peak = torch.full((1, 24), -1)
    peak[0, :5] = torch.tensor([0, 50, 100, 125, 175])
    strips = heartbeats.Strips(torch.zeros(1, 512), peak, torch.where(peak >= 0, 0, -1), torch.tensor([0]))
    early = chapter["earliness"](strips)[0]
    assert early[:5, 0].tolist() == [0, 0, 0, 0.5, 0] and early[:5, 1].tolist() == [0, 0, 0.5, 0, 0]
    assert early[5:].abs().sum() == 0


@pytest.mark.parametrize("halves", [{}, {"rnn": False}, {"conv": False}])
def test_each_half_of_the_reader_scores_every_beat(chapter, strips, halves):
    """Without an LSTM, a beat's score does not depend on what is far away; with one it does."""
    torch.manual_seed(0)
    model = chapter["BeatReader"](**halves)
    signal = chapter["standard"](strips)
    changed = signal.clone()
    changed[:, 400:] += 1
    before, after = model(signal, strips.peak), model(changed, strips.peak)
    early = (strips.peak >= 0) & (strips.peak < 300)
    assert before.shape == strips.peak.shape
    assert torch.allclose(before[early], after[early]) == (halves == {"rnn": False})


# --- glucose


def test_the_readings_are_what_their_card_says(root):
    card = (root / "datasets" / "glucose.md").read_text(encoding="utf-8")
    content = (root / "datasets" / "glucose.csv").read_bytes()
    readings = data.glucose_readings()
    assert hashlib.sha256(content).hexdigest() in card and f"{len(content):,} bytes" in card
    assert f"{len(readings):,} " in card
    assert all(f"| `{column}` |" in card for column in glucose.Reading.__annotations__)
    minutes = [reading.minute for reading in readings]
    assert minutes == sorted(set(minutes)) and all(30 < reading.glucose < 500 for reading in readings)


def test_the_script_sorts_keeps_the_first_of_a_moment_and_drops_the_dates(load_script, tmp_path):
    source, target = tmp_path / "CGM.csv.gz", tmp_path / "made.csv"
    with gzip.open(source, "wt") as file:
        file.write("isig,datetime,glucose\n20.1,2010-03-25 00:01:00,110\nnil,2010-03-24 09:51:00,258\n")
        file.write("22.5,2010-03-24 09:51:00,260\n")
    load_script("datasets/make_glucose.py").make(source, target)
    assert target.read_text() == "minute,glucose\n591,258\n1441,110\n"
