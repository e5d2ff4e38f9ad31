"""Make names.csv: bits per character of the names model of chapter 02 with each recurrent layer.

    python datasets/make_names.py datasets/names.csv

One thread, about five minutes on one core. names.md describes the columns.
"""

import csv
import sys

import torch
from torch import nn

from course_utils import data
from course_utils.training.names import name_bits, train_names

SEEDS = 3
# the first three with equally many hidden units; the last two with as many parameters as the RNN (24,149)
LAYERS = [(nn.RNN, 128), (nn.LSTM, 128), (nn.GRU, 128), (nn.LSTM, 61), (nn.GRU, 72)]

if __name__ == "__main__":
    torch.set_num_threads(1)
    splits = data.name_splits()
    with open(sys.argv[1], "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["layer", "hidden", "seed", "train", "validation", "test"])
        for layer, hidden in LAYERS:
            for seed in range(SEEDS):
                model = train_names(layer, seed, splits[0], hidden=hidden)
                bits = (f"{name_bits(model, part):.3f}" for part in splits)
                rows.writerow([layer.__name__, hidden, seed, *bits])
                file.flush()
