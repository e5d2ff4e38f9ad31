"""Synthetic sequences. Each call draws a fresh batch from the torch.Generator it is given."""

import math

import torch


def sine_batch(batch_size, length, generator):
    """Sine waves with a period of 10 to 40 steps and any phase, to be predicted one step ahead.

    Returns inputs and targets, both (B, T, 1) float32; targets[:, t] is inputs[:, t + 1]."""
    period = 10 + 30 * torch.rand(batch_size, 1, generator=generator)
    phase = 2 * math.pi * torch.rand(batch_size, 1, generator=generator)
    wave = torch.sin(2 * math.pi * torch.arange(length + 1) / period + phase).unsqueeze(2)  # (B, T + 1, 1)
    return wave[:, :-1], wave[:, 1:]


def recall_batch(batch_size, length, symbols, generator):
    """Sequences of random symbols; the task is to name the first one at the end.

    Returns inputs (B, T) int64 with values 0 … symbols - 1, and targets (B,), the first column."""
    inputs = torch.randint(symbols, (batch_size, length), generator=generator)
    return inputs, inputs[:, 0]


def copy_batch(batch_size, shortest, longest, symbols, generator):
    """Sequences of `shortest` to `longest` random symbols, to be written out again: the batch of a translation.

    Returns sources (B, S) int64 with values 3 … symbols + 2 (0, 1, 2 are <pad>, <bos>, <eos>) padded with 0, their
    lengths (B,), and targets (B, S + 1): the source, then <eos>, then padding."""
    lengths = torch.randint(shortest, longest + 1, (batch_size,), generator=generator)
    width = int(lengths.max())
    sources = 3 + torch.randint(symbols, (batch_size, width), generator=generator)
    sources = sources * (torch.arange(width) < lengths.unsqueeze(1))
    targets = torch.nn.functional.pad(sources, (0, 1))
    targets[torch.arange(batch_size), lengths] = 2
    return sources, lengths, targets
