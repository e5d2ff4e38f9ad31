"""Make horizon.csv: which recurrent networks learn the latch task of chapter 07, at which lag, from which
initialisation.

    python datasets/make_horizon.py datasets/horizon.csv

One thread, about 20 minutes on one core. The task, the networks and the training are those of the chapter;
tests/unit/test_chapter_07.py
compares the two. horizon.md describes the columns.
"""

import csv
import sys

import torch
from torch import nn
from torch.nn import functional as F

SYMBOLS, HIDDEN, BATCH, SEEDS = 4, 32, 32, 4
NETWORKS = [("RNN", "default"), ("RNN", "orthogonal")] + [
    (cell, init) for cell in ("LSTM", "GRU") for init in ("default", "+1", "+3", "chrono")
]


def latch_batch(n, lag, noise, generator):
    """A one-hot symbol, then `lag` steps of noise. Returns x (n, lag + 1, 4) and the symbols y (n,)."""
    y = torch.randint(SYMBOLS, (n,), generator=generator)
    x = noise * torch.randn(n, lag + 1, SYMBOLS, generator=generator)
    x[:, 0] = F.one_hot(y, SYMBOLS)
    return x, y


@torch.no_grad()
def initialise(rnn, init, lag):
    """Change one thing in a freshly made nn.RNN, nn.LSTM or nn.GRU: the recurrent weights, or the bias of the gate
    that keeps the past."""

    def set_gate(block, bias):
        rnn.bias_ih_l0.unflatten(0, (-1, HIDDEN))[block] = bias
        rnn.bias_hh_l0.unflatten(0, (-1, HIDDEN))[block] = 0

    if init == "orthogonal":
        nn.init.orthogonal_(rnn.weight_hh_l0)
    elif init == "chrono":
        bias = torch.empty(HIDDEN).uniform_(1, lag).log()
        set_gate(1, bias)  # block 1: the forget gate of nn.LSTM, the update gate of nn.GRU
        if isinstance(rnn, nn.LSTM):
            set_gate(0, -bias)  # block 0: the input gate
    elif init != "default":
        set_gate(1, float(init))  # "+1", "+3"


class Latch(nn.Module):
    def __init__(self, cell, init, lag):
        super().__init__()
        self.rnn = getattr(nn, cell)(SYMBOLS, HIDDEN, batch_first=True)
        initialise(self.rnn, init, lag)
        self.readout = nn.Linear(HIDDEN, SYMBOLS)

    def forward(self, x):  # (B, T, 4)
        return self.readout(self.rnn(x)[0][:, -1])  # (B, 4)


def reach(model, x, y):
    """Of the gradient at the last hidden state, the share that gets back to the state just after the symbol: a ratio
    of mean norms (float64)."""
    model, x = model.double(), x.double()
    with torch.no_grad():
        _, state = model.rnn(x[:, :1])
    start = [s.requires_grad_() for s in (state if isinstance(state, tuple) else (state,))]
    out, _ = model.rnn(x[:, 1:], tuple(start) if len(start) == 2 else start[0])
    last = out[:, -1]  # (B, H)
    *begin, end = torch.autograd.grad(F.cross_entropy(model.readout(last), y), [*start, last])
    model.float()
    return (torch.cat([g[0] for g in begin], 1).norm(dim=1).mean() / end.norm(dim=1).mean()).item()


def train(model, lag, noise, lr, steps, generator):
    """Adam on fresh batches, until the last 10 batches average 99 % right, at most `steps` times. Returns the number
    of steps."""
    optimizer, recent = torch.optim.Adam(model.parameters(), lr=lr), []
    for step in range(1, steps + 1):  # noqa: B007
        x, y = latch_batch(BATCH, lag, noise, generator)
        scores = model(x)
        optimizer.zero_grad()
        F.cross_entropy(scores, y).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        recent = [*recent[-9:], (scores.argmax(1) == y).float().mean().item()]
        if len(recent) == 10 and sum(recent) >= 9.9:
            break
    return step


def run(cell, init, lag, noise, lr, steps, seed):
    """One network: reach before training, steps taken, accuracy on 1,000 sequences it has never seen."""
    torch.manual_seed(seed)
    model = Latch(cell, init, lag)
    exam = latch_batch(1000, lag, noise, torch.Generator().manual_seed(10_000 + seed))
    before = reach(model, *(part[:200] for part in exam))
    taken = train(model, lag, noise, lr, steps, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        accuracy = (model(exam[0]).argmax(1) == exam[1]).float().mean().item()
    return f"{before:.2e}", taken, f"{accuracy:.3f}"


def settings():
    """The map; the map with loud noise; then, at lag 25 and with default initialisation only, other noise, other
    learning rates, four times the steps."""
    for noise, lags in ((0.1, [5, 10, 25, 50, 100]), (1.0, [5, 10, 25])):
        for lag in lags:
            for network in NETWORKS:
                yield *network, lag, noise, 3e-3, 500
    for network in NETWORKS:
        if network[1] == "default":
            yield *network, 25, 0.0, 3e-3, 500
            yield *network, 25, 0.3, 3e-3, 500
            yield *network, 25, 0.1, 1e-3, 500
            yield *network, 25, 0.1, 1e-2, 500
            yield *network, 25, 0.1, 3e-3, 2000


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python make_horizon.py TARGET.csv")
    torch.set_num_threads(1)
    with open(sys.argv[1], "w", newline="", buffering=1, encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["cell", "init", "lag", "noise", "lr", "budget", "seed", "reach", "steps", "accuracy"])
        for setting in settings():
            for seed in range(SEEDS):
                table.writerow([*setting, seed, *run(*setting, seed)])
            print(*setting, flush=True)
