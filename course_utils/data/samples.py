"""One small sample of each kind of sequence: T steps with I numbers in each, float32 (T, I). The same every time."""

import math

import torch
from torch.nn import functional as F

from .vowels import japanese_vowels


def text(tokens):
    """A list of T tokens as one-hot vectors (T, V): column k belongs to the k-th different token, in order of
    appearance."""
    seen = list(dict.fromkeys(tokens))
    return F.one_hot(torch.tensor([seen.index(token) for token in tokens]), len(seen)).float()


def speech():
    """A man saying the vowels /a/ and /e/ in one breath: (20, 12), 12 cepstral coefficients (no unit), a frame every
    6.4 ms. Source: japanese_vowels()."""
    return japanese_vowels()[0][0][0]


def video():
    """A bright dot that bounces between left and right while it sinks, 24 frames.

    Returns the frames (24, 16, 16), brightness from 0 to 1, and their features (24, 16): the mean brightness of each
    4 × 4 block,
    row by row. A real system would take the features from a convolutional network."""
    t = torch.arange(24)
    x = 7.5 + 6 * torch.cos(2 * math.pi * t / 16)  # centre of the dot, in pixels
    y = 2 + 0.5 * t
    pixel = torch.arange(16)
    distance2 = (pixel - x[:, None, None]) ** 2 + (pixel[:, None] - y[:, None, None]) ** 2  # (T, row, column)
    frames = torch.exp(-distance2 / 4)
    return frames, F.avg_pool2d(frames, 4).flatten(1)


def stock(days=30):
    """An invented share price in yuan, (days, 1), starting at 100: a random walk, each day's relative change drawn
    from N(0, 2 %)."""
    changes = 0.02 * torch.randn(days - 1, generator=torch.Generator().manual_seed(0))
    return 100 * torch.cat([torch.zeros(1), changes.cumsum(0)]).exp().unsqueeze(1)


def music():
    """Beethoven's Ode to Joy (1824, public domain), its 62 notes in C: (62, 2), MIDI note number (60 is middle C) and
    length in beats."""
    start = [64, 64, 65, 67, 67, 65, 64, 62, 60, 60, 62, 64]
    middle = [62, 62, 64, 60, 62, 64, 65, 64, 60, 62, 64, 65, 64, 62, 60, 62, 55]
    notes = [*start, 64, 62, 62, *start, 62, 60, 60, *middle, *start, 62, 60, 60]
    phrase = [1] * 12 + [1.5, 0.5, 2]
    beats = [*phrase, *phrase, 1, 1, 1, 1, 1, 0.5, 0.5, 1, 1, 1, 0.5, 0.5, 1, 1, 1, 1, 2, *phrase]
    return torch.tensor([notes, beats], dtype=torch.float32).T.contiguous()
