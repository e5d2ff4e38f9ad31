"""The stored runs of chapter 07, and the script that makes them. (The controls of the claims stand in the chapter
itself.)"""

import hashlib
import math
import subprocess
import sys

import pytest
import torch

from course_utils import data
from course_utils.data import horizon


@pytest.fixture(scope="module")
def script(load_script):
    return load_script("datasets/make_horizon.py")


@pytest.fixture(scope="module")
def chapter(run_cells):
    """The functions that chapter 07 writes out, from its own cells."""
    known = {"math": math, "torch": torch, "nn": torch.nn, "F": torch.nn.functional}
    return run_cells("07", "task-code", "initialise", "race", "reach-code", definitions=True, **known)


# --- the stored runs


def test_every_setting_of_the_script_is_stored_once_for_each_seed(script):
    stored = [(run.cell, run.init, run.lag, run.noise, run.lr, run.budget, run.seed) for run in data.horizon_runs()]
    assert stored == [(*setting, seed) for setting in script.settings() for seed in range(script.SEEDS)]


def test_stored_numbers_are_possible(script):
    for run in data.horizon_runs():
        assert 0 < run.reach < 10 and 10 <= run.steps <= run.budget and 0.15 < run.accuracy <= 1
        assert run.steps == run.budget or run.accuracy > 0.9, run  # who stopped early was nearly always right


def test_the_card_describes_the_file(root):
    card, content = ((root / "datasets" / name) for name in ("horizon.md", "horizon.csv"))
    card, content = card.read_text(encoding="utf-8"), content.read_bytes()
    assert hashlib.sha256(content).hexdigest() in card and f"{len(content):,} bytes" in card
    assert f"{len(content.splitlines()) - 1} runs" in card
    assert all(f"| `{column}` |" in card for column in horizon.Run.__annotations__)


# --- the script


@pytest.mark.parametrize("cell, init", [("RNN", "orthogonal"), ("LSTM", "chrono"), ("GRU", "+1")])
def test_script_and_chapter_run_the_same_race(script, chapter, cell, init):
    torch.manual_seed(3)
    ours = script.Latch(cell, init, 6)
    torch.manual_seed(3)
    theirs = chapter["Latch"](cell, init, 6)

    def generator():
        return torch.Generator().manual_seed(4)

    x, y = script.latch_batch(20, 6, 0.5, generator())
    assert torch.equal(x, chapter["latch_batch"](20, 6, 0.5, generator())[0])
    assert script.reach(ours, x, y) == chapter["reach"](theirs, x, y) > 0
    theirs.float()
    assert script.train(ours, 6, 0.5, 3e-3, 12, generator()) == chapter["train"](theirs, 6, 0.5, 3e-3, 12, generator())
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), theirs.parameters()))


def test_initialisation_touches_what_it_says_and_nothing_else(script):
    lag, H = 40, script.HIDDEN
    for cell, init in script.NETWORKS:
        fresh = {}
        for name in ("default", init):
            torch.manual_seed(0)
            rnn = getattr(torch.nn, cell)(4, H)
            script.initialise(rnn, name, lag)
            fresh[name] = rnn
        changed = {
            name
            for name, value in fresh[init].state_dict().items()
            if not torch.equal(value, fresh["default"].state_dict()[name])
        }
        assert changed == {"default": set(), "orthogonal": {"weight_hh_l0"}}.get(init, {"bias_ih_l0", "bias_hh_l0"}), (
            cell,
            init,
        )
        W = fresh[init].weight_hh_l0
        if init == "orthogonal":
            assert torch.allclose(W @ W.T, torch.eye(H), atol=1e-5)
        elif init != "default":
            keep = (fresh[init].bias_ih_l0 + fresh[init].bias_hh_l0).unflatten(0, (-1, H))[1]
            scale = 1 + keep.exp()  # time scale in steps
            assert (
                (keep == float(init)).all()
                if init != "chrono"
                else 2 <= scale.min() < 10 and 30 < scale.max() <= lag + 1
            )


@pytest.mark.parametrize("cell", ["LSTM", "GRU"])
def test_the_bias_belongs_to_the_gate_that_keeps(script, cell):
    def kept(bias):
        """Share of a difference in the old memory (c, or h for the GRU) that one step keeps, in each unit."""
        torch.manual_seed(0)
        rnn = getattr(torch.nn, cell)(4, script.HIDDEN)
        script.initialise(rnn, bias, 5)
        none, some = torch.zeros(1, script.HIDDEN), torch.full((1, script.HIDDEN), 0.5)

        def step(old):
            return rnn(torch.zeros(1, 4), (none, old))[1][1] if cell == "LSTM" else rnn(torch.zeros(1, 4), old)[1]

        return (step(some) - step(none)) / 0.5

    assert (kept(30) - 1).abs().max() < 1e-5 and kept(-30).abs().max() < 0.9


def test_stored_verdicts_come_out_again(script):
    stored = {
        (run.cell, run.init, run.lag, run.noise, run.lr, run.budget, run.seed): run for run in data.horizon_runs()
    }
    for key in (("RNN", "orthogonal", 5, 0.1, 3e-3, 500, 0), ("GRU", "chrono", 10, 0.1, 3e-3, 500, 1)):
        before, _, accuracy = script.run(*key)
        assert float(before) == pytest.approx(stored[key].reach, rel=0.05)
        assert float(accuracy) >= 0.95 and stored[key].accuracy >= 0.95


def test_the_script_needs_a_target(root):
    refused = subprocess.run([sys.executable, root / "datasets" / "make_horizon.py"], capture_output=True, text=True)
    assert refused.returncode != 0 and "usage" in refused.stderr
