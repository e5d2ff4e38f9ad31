"""An invented intensive care unit: patients whose state nobody sees in full, and nurses who look more often where they
are worried. Nothing in it was measured on a human being."""

from dataclasses import dataclass

import torch

HOURS = 24
VITALS = (
    "心率（次/分） || heart rate (per min)",
    "平均动脉压（mmHg） || mean arterial pressure (mmHg)",
    "呼吸频率（次/分） || respiratory rate (per min)",
    "血乳酸（mmol/L） || lactate (mmol/L)",
)
# how much of the patient's state shows in each, and how seldom each is measured: the log odds for an hour at which
# nobody is worried
SHOWS = torch.tensor([0.6, 0.6, 0.6, 0.8])
SELDOM = torch.tensor([-1.0, -1.3, -1.6, -3.2])
HABITS = "worried", "random"


@dataclass(frozen=True)
class Stays:
    """The first 24 hours in intensive care, hour by hour: one stay for each patient."""

    true: torch.Tensor  # (count, 24, 4) what could have been measured: VITALS
    measured: torch.Tensor  # (count, 24, 4) bool: what was measured
    worse: torch.Tensor  # (count,) 1.0: got worse within the 48 hours that follow
    ventilated: torch.Tensor  # (count,) hour at which a ventilator was switched on, infinity without one


def icu_stays(count, seed, habit="worried", more=0.0):
    """`count` invented stays, Stays. The patients of a seed are the same for every habit.

    habit   "worried": the sicker a patient looks, the more is measured; "random": each gets the measurements that
            another patient's looks call for, so that all in all there are as many
    more    added to the log odds of every measurement: a ward that measures everybody more often
    ValueError for another habit."""
    if habit not in HABITS:
        raise ValueError(f"habit is one of {', '.join(HABITS)}, got {habit!r}")
    patients, nurses = torch.Generator().manual_seed(2 * seed), torch.Generator().manual_seed(2 * seed + 1)

    def noise(*shape):
        return torch.randn(count, *shape, generator=patients)

    def random():
        return torch.rand(count, generator=patients)

    start, slope, wander = 0.7 * noise(1), noise(1), 0.2 * noise(HOURS)
    state = start + slope * torch.arange(HOURS) / HOURS + wander.cumsum(1)  # (count, 24) high: ill
    worse = (random() < (1.5 * state[:, -1] - 3.2).sigmoid()).float()

    own = 0.8 * noise(1, len(VITALS))  # everybody has a normal of one's own
    away = own + SHOWS * state[..., None] + 0.5 * noise(HOURS, len(VITALS))
    heart, pressure, breath, lactate = away.unbind(2)
    true = torch.stack([80 + 12 * heart, 85 - 10 * pressure, 17 + 3.5 * breath, 1.3 * (0.45 * lactate).exp()], dim=2)

    # four of five who get worse are ventilated, nearly always after the first 24 hours, and a few of the others
    given = random() < torch.where(worse > 0, 0.8, 0.04)
    hour = torch.where(random() < 0.05, HOURS * random(), HOURS + 48 * random())
    ventilated = torch.where(given, hour, torch.inf)

    looks = state + 0.3 * torch.randn(count, HOURS, generator=nurses)
    if habit == "random":
        looks = looks[torch.randperm(count, generator=nurses)]
    chance = (SELDOM + more + looks[..., None]).sigmoid()
    measured = torch.rand(count, HOURS, len(VITALS), generator=nurses) < chance
    return Stays(true, measured, worse, ventilated)
