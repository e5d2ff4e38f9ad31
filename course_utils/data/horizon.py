"""The stored measurements behind the horizon map of chapter 07."""

from dataclasses import dataclass

from .sources import table


@dataclass(frozen=True)
class Run:
    """One network trained on the latch task; datasets/horizon.md says what each field means."""

    cell: str  # "RNN", "LSTM" or "GRU"
    init: str  # "default", "orthogonal", "+1", "+3" or "chrono"
    lag: int  # steps of noise between the symbol and the question
    noise: float  # its standard deviation
    lr: float
    budget: int  # steps of Adam allowed
    seed: int
    # before training: the share of the last state's gradient that gets back to the state just after the symbol
    reach: float
    steps: int  # steps of Adam taken
    accuracy: float  # on 1,000 unseen sequences; chance is 0.25


def horizon_runs():
    """All runs in datasets/horizon.csv, a list of Run in the order of the file. RuntimeError where the file is missing.

    Source: datasets/make_horizon.py."""
    return table("horizon.csv", Run)
