"""What does the training monitor of chapter 14 cost?

    OMP_NUM_THREADS=1 python benchmarks/monitor.py          # prints one line for each layer

A training step is forward, backward, clipping and Adam on one-hot input (batch 32, 35 steps, 28 symbols) with H = 64
and one thread. Two runs take turns, one with the monitor at its default settings and one without; ten steps are one
task, so that every task holds one look at gates and updates. Printed is the ratio of the times (course_utils.timing).
Aim: at most 1.10.
"""

import argparse

import torch
from torch import nn

from course_utils import timing
from course_utils.training import Monitor

B, T, V, H = 32, 35, 28, 64
STEPS = 10  # one look of the monitor in each task


def training(layer, monitored):
    """A function that makes ten training steps of a character model."""
    torch.manual_seed(0)
    recurrent, readout = layer(V, H, batch_first=True), nn.Linear(H, V)
    model = nn.ModuleList([recurrent, readout])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x = nn.functional.one_hot(torch.randint(V, (B, T)), V).float()  # (B, T, V)
    targets = torch.randint(V, (B * T,))
    monitor = Monitor(model, optimizer, clip=1.0) if monitored else None

    def steps():
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(readout(recurrent(x)[0]).flatten(0, 1), targets)
            if monitor is not None:
                monitor.record(loss)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()

    return steps


def ratio(layer, rounds):
    """Time with the monitor / time without it."""
    tasks = {monitored: training(layer, monitored) for monitored in (False, True)}
    times = timing.milliseconds(tasks, rounds)
    return times[True] / times[False]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    for layer in (nn.LSTM, nn.GRU):
        print(f"{layer.__name__:5} H = {H}: with / without monitor = {ratio(layer, rounds):.3f}")
