"""Streams that have no end: a wave whose rhythm changes, and pairs of which only the recent ones count."""

import math

import torch
from torch.nn import functional as F


def changing_wave(steps, change, generator):
    """A noisy wave of period 20 up to step `change`, and from there on of period 13 and another shape. A tensor
    (steps,) of numbers around 0, about 1 in size; the noise has a standard deviation of 0.1."""
    later = torch.arange(steps) >= change
    phase = (2 * math.pi / torch.where(later, 13.0, 20.0)).cumsum(0)
    wave = torch.sin(phase) + 0.5 * later * torch.sin(2 * phase + 1)
    return wave + 0.1 * torch.randn(steps, generator=generator)


KEYS, VALUES = 32, 4
UNKNOWN = VALUES  # the answer where nothing recent was written under the key


def recent_pairs(count, steps, window, generator):
    """A start sign, then at each step a pair (key, value) is written and a key is asked for. The answer is the value
    written under it within the last `window` steps (this one counts), or UNKNOWN. No key is written twice within a
    window, so `window` must be smaller than KEYS (ValueError).

    Returns x (count, 1 + steps, 1 + 2 * KEYS + VALUES), one-hot: start sign, key, value, key asked for; and y
    (count, 1 + steps), whose first answer is UNKNOWN."""
    if window >= KEYS:
        raise ValueError(f"window must be smaller than {KEYS}, the number of keys, got {window}")
    keys = torch.empty(count, steps, dtype=torch.long)
    last = torch.full((count, KEYS), -window)  # when each key was written last
    for t in range(steps):
        free = torch.rand(count, KEYS, generator=generator).masked_fill(last > t - window, -1)
        keys[:, t] = free.argmax(dim=1)
        last.scatter_(1, keys[:, t : t + 1], t)
    values = torch.randint(VALUES, (count, steps), generator=generator)
    asked = torch.randint(KEYS, (count, steps), generator=generator)
    age = torch.arange(steps)[:, None] - torch.arange(steps)
    found = (keys[:, None, :] == asked[:, :, None]) & (age >= 0) & (age < window)  # (count, asked at, written at)
    answers = torch.where(found.any(dim=2), values.gather(1, found.int().argmax(dim=2)), UNKNOWN)
    hot = [F.one_hot(keys, KEYS), F.one_hot(values, VALUES), F.one_hot(asked, KEYS)]
    x = F.pad(torch.cat(hot, dim=2).float(), (1, 0, 1, 0))  # room for the start sign, in time and in width
    x[:, 0, 0] = 1
    return x, F.pad(answers, (1, 0), value=UNKNOWN)
