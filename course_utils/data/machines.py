"""Made-up machines that wear out: four sensors, and a damage that none of them shows by itself."""

from dataclasses import dataclass

import torch

from course_utils.language import side

CYCLES = 150
SENSORS = "负载 || load", "温度 || temperature", "振动 || vibration", "压力 || pressure"
WEAR = 0.4, 1.0, 2.2  # by load: light, medium, heavy


def sensors():
    """The four names, in the notebook's language."""
    return [side(name) for name in SENSORS]


@dataclass(frozen=True)
class Machines:
    readings: torch.Tensor  # (N, 150, 4) in units without a name; after the failure they mean nothing
    life: torch.Tensor  # (N,) int64, between 60 and 150: the cycle that was the last
    damage: torch.Tensor  # (N, 150), from 0 to 1; no sensor reads it


def wearing_machines(count=300, seed=0, calibrated=False):
    """`count` machines, each run until it failed.

    Load changes between three levels, and damage grows with it, at a rate of the machine's own. Temperature, vibration
    and pressure follow load, and late in life damage. Every sensor of every machine is off by a constant of its own
    (its calibration), and noisy; if `calibrated`, the constants are 0 and nothing else changes. Those that would fail
    before cycle 60 or after 150 are left out. The same seed gives the same machines."""
    g = torch.Generator().manual_seed(seed)
    drawn = 3 * count  # of which about half live as long as wanted

    def normal(*shape):
        return torch.randn(*shape, generator=g)

    usual = normal(drawn, 3).softmax(1)  # how often each load
    rate = 0.008 * (0.25 * normal(drawn)).exp()
    level = torch.multinomial(usual, 1, generator=g)[:, 0]
    now = 0.2 * torch.rand(drawn, generator=g)
    load, damage = [], []
    for _ in range(CYCLES + 1):
        switched = torch.rand(drawn, generator=g) < 0.1
        level = torch.where(switched, torch.multinomial(usual, 1, generator=g)[:, 0], level)
        load.append(level - 1 + 0.1 * normal(drawn))
        damage.append(now)
        now = now + rate * torch.tensor(WEAR)[level] * (0.5 + torch.rand(drawn, generator=g))
    load, damage = torch.stack(load, 1), torch.stack(damage, 1)  # (drawn, 151)
    life = (damage < 1).sum(1)
    kept = ((life >= 60) & (life <= CYCLES)).nonzero()[:count, 0]
    if len(kept) < count:
        raise ValueError(f"only {len(kept)} of {count} machines; try another seed")
    load, damage = load[kept, :CYCLES], damage[kept, :CYCLES]
    late = damage.clamp(max=1.2) ** 3
    readings = [load, 0.8 * load + late, 0.4 * load + late * (1 + 0.5 * load), -0.6 * load - 0.8 * late]
    readings = torch.stack(readings, 2)
    off = (0 if calibrated else 0.4) * normal(count, 1, 4)
    return Machines(readings + off + 0.15 * normal(*readings.shape), life[kept], damage)
