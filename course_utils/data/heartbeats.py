"""Invented electrocardiograms: each heart has beats of a shape of its own, and now and then one comes too early.
Nothing in them was measured on a human being.

The waves P, Q, R, S, T as bell curves: P. E. McSharry, G. D. Clifford, L. Tarassenko, L. A. Smith (2003), "A dynamical
model for generating synthetic electrocardiogram signals", IEEE Trans. Biomed. Eng. 50(3), 289-294; sizes are ours."""

from dataclasses import dataclass

import torch

RATE = 64  # samples a second
SECONDS = 8  # a strip
BEATS = 24  # no strip has more
NORMAL, ATRIAL, VENTRICULAR = range(3)
# P, Q, R, S, T: where (s after the R peak), how wide (s), how high (mV)
CENTRE = torch.tensor([-0.18, -0.035, 0.0, 0.035, 0.26])
WIDTH = torch.tensor([0.025, 0.012, 0.014, 0.014, 0.05])
HEIGHT = torch.tensor([0.15, -0.12, 1.0, -0.2, 0.3])
QRS = slice(1, 4)


@dataclass(frozen=True)
class Strips:
    """Strips of 8 seconds, 64 samples a second; a patient's strips follow one another."""

    signal: torch.Tensor  # (count, 512) mV
    peak: torch.Tensor  # (count, 24) sample of each R peak, in order; -1 after the last
    kind: torch.Tensor  # (count, 24) NORMAL, ATRIAL or VENTRICULAR; -1 after the last
    patient: torch.Tensor  # (count,) whose: 0, 1, …


def heart_strips(patients, strips, seed, alike=False):
    """`strips` strips of each of `patients` invented patients, Strips. `alike`: all have the same heart."""
    g = torch.Generator().manual_seed(seed)
    signals, peaks, kinds = [], [], []
    for _ in range(patients):
        shapes, pace = _heart(alike, g)
        signal, peak, kind = _record(strips, shapes, pace, g)
        signals.append(signal)
        peaks.append(peak)
        kinds.append(kind)
    whose = torch.arange(patients).repeat_interleave(strips)
    return Strips(torch.cat(signals), torch.cat(peaks), torch.cat(kinds), whose)


def _heart(alike, g):
    """The shapes of one patient's beats: width and height, each (kind, wave); seconds from beat to beat."""
    rolls, sizes = torch.rand(3, generator=g), torch.randn(3, 5, generator=g)
    pace = 0.8 * (0.15 * torch.randn(1, generator=g)).exp()
    if alike:
        rolls, sizes = torch.ones(3), torch.zeros(3, 5)
    block, turned, other_way = bool(rolls[0] < 0.35), bool(rolls[1] < 0.3), bool(rolls[2] < 0.5)
    width = (WIDTH * (0.2 * sizes[0]).exp()).repeat(3, 1)
    height = (HEIGHT * (0.35 * sizes[1]).exp()).repeat(3, 1)
    if block:  # a bundle branch block: this heart's normal beats are wide
        width[:, QRS] *= 2.2
    if turned:  # the electrodes lie such that the R wave points down
        height[:, QRS] *= -1
    # a ventricular beat: no P wave, a wide QRS complex, often the other way round, and the T wave against it
    width[VENTRICULAR, QRS] *= 2 * (0.15 * sizes[2, QRS]).exp()
    height[VENTRICULAR] *= torch.tensor([0.0, 0.5, 1.1, 1.5, -1.0])
    if other_way:
        height[VENTRICULAR] *= -1
    return (width, height), pace


def _record(strips, shapes, pace, g):
    """One patient's signal (strips, 512), peak (strips, 24), kind (strips, 24)"""
    width, height = shapes

    def random(*shape):
        return torch.rand(strips, *shape, generator=g)

    def noise(*shape):
        return torch.randn(strips, *shape, generator=g)

    # a tenth of all beats come early from the atria, a tenth from the ventricles; a pause follows
    roll = random(BEATS)
    kind = torch.where(roll < 0.1, ATRIAL, torch.where(roll < 0.2, VENTRICULAR, NORMAL))
    step = pace * (1 + 0.06 * noise(BEATS))
    step = torch.where(kind == NORMAL, step, step * (0.62 + 0.2 * random(BEATS)))
    pause = torch.tensor([1.0, 1.15, 1.35])[kind]
    step[:, 1:] *= pause[:, :-1]
    time = step.cumsum(1) - 2 * pace * random(1)  # s, of the R peaks

    clock = torch.arange(SECONDS * RATE) / RATE
    away = clock[:, None, None] - time[:, None, :, None] - CENTRE  # (strips, 512, beats, waves)
    tall = height[kind] * (1 + 0.1 * noise(BEATS, 1))  # no two beats are quite the same
    signal = (tall[:, None] * (-0.5 * (away / width[kind][:, None]).square()).exp()).sum((2, 3))
    signal += 0.1 * torch.sin(2 * torch.pi * (0.25 * clock + random(1)))  # breathing
    signal += 0.05 * noise(len(clock))
    shake = (-0.5 * ((clock - SECONDS * random(1)) / 0.2).square()).exp()  # the arm moved
    signal += 0.3 * (random(1) < 0.5) * shake * noise(len(clock))

    sample = (time * RATE).round().long()
    outside = (sample < 0) | (sample >= len(clock))
    order = outside.long().argsort(dim=1, stable=True)  # those of the strip first
    peak, kind = (x.masked_fill(outside, -1).gather(1, order) for x in (sample, kind))
    return signal, peak, kind
