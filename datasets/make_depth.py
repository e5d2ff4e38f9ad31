"""Make depth.csv: how well stacks of one to four LSTM layers, equally many parameters, spell the names of chapter 02.

    python datasets/make_depth.py datasets/depth.csv

One thread, about five minutes on one core. depth.md describes the columns.
"""

import csv
import sys

import torch
from torch import nn
from torch.nn import functional as F

from course_utils import data
from course_utils.training import fit

PARAMETERS = 56_500  # at most; the network is as wide as that allows
LEARNING_RATE = 0.005
EPOCHS = 8
SEEDS = 3
VOCABULARY = data.Vocabulary("abcdefghijklmnopqrstuvwxyz")


class DeepSpeller(nn.Module):
    """Embedding, a stack of LSTM layers of one width, scores for the next letter; (B, T) -> (B, T, symbols). residual
    adds the input of each layer to its output."""

    def __init__(self, symbols, layers, hidden, residual):
        super().__init__()
        self.embedding = nn.Embedding(symbols, hidden)
        self.layers = nn.ModuleList(nn.LSTM(hidden, hidden, batch_first=True) for _ in range(layers))
        self.readout = nn.Linear(hidden, symbols)
        self.residual = residual

    def forward(self, x):
        h = self.embedding(x)
        for layer in self.layers:
            out, _ = layer(h)
            h = h + out if self.residual else out
        return self.readout(h)


def parameters(layers, hidden):
    return sum(p.numel() for p in DeepSpeller(len(VOCABULARY), layers, hidden, False).parameters())


def widest(layers):
    """The largest number of hidden units whose parameters stay within the budget."""
    hidden = 1
    while parameters(layers, hidden + 1) <= PARAMETERS:
        hidden += 1
    return hidden


def collate(names):
    return data.shifted_batch(names, VOCABULARY)


def bits(model, batch):
    letters, following = batch  # (B, T), (B, T)
    nats = F.cross_entropy(model(letters).flatten(0, 1), following.flatten())
    return nats / torch.log(torch.tensor(2.0))


def run(layers, residual, seed, train, validation, test):
    """(epoch, validation bits, test bits) after each epoch."""
    torch.manual_seed(seed)
    model = DeepSpeller(len(VOCABULARY), layers, widest(layers), residual)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    batches = torch.utils.data.DataLoader(train, 64, shuffle=True, collate_fn=collate)
    for epoch in range(1, EPOCHS + 1):
        fit(model, bits, batches, optimizer=optimizer, label="")
        model.eval()
        with torch.no_grad():
            yield epoch, *(bits(model, collate(names)).item() for names in (validation, test))


if __name__ == "__main__":
    torch.set_num_threads(1)
    splits = data.name_splits()
    with open(sys.argv[1], "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["layers", "hidden", "residual", "seed", "epoch", "validation", "test"])
        for seed in range(SEEDS):
            for layers in (1, 2, 3, 4):
                for residual in (False, True):
                    for epoch, validation, test in run(layers, residual, seed, *splits):
                        how = [layers, widest(layers), int(residual), seed, epoch]
                        rows.writerow([*how, f"{validation:.3f}", f"{test:.3f}"])
                    file.flush()
