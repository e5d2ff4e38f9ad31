"""How many times slower than nn.LSTM are the two LSTMs that chapter 05 writes from scratch?

    OMP_NUM_THREADS=1 python benchmarks/lstm.py             # prints one line for each model and hidden size

The classes are read from source/chapters/05_lstm.py, so that what is measured is what is taught. A training step is
forward, backward, gradient clipping and SGD on one-hot input (batch 32, 35 steps, 28 symbols) with one thread, timed
as everywhere in the course (course_utils.timing). Aim: FusedLSTM at most 2.5 times nn.LSTM at H = 256 and 2.3 times at
H = 64."""

import argparse
from pathlib import Path

import torch
from torch import nn

from course_utils import timing
from course_utils.authoring.source import pick, read

CHAPTER = Path(__file__).resolve().parents[1] / "source" / "chapters" / "05_lstm.py"
B, T, V = 32, 35, 28


def chapter_models():
    """The classes EquationLSTM and FusedLSTM of chapter 05."""
    namespace = {"torch": torch, "nn": nn}
    cells = {cell.name: cell for cell in read(CHAPTER).cells}
    for name in ("equation-lstm", "fused-lstm"):
        exec(pick(cells[name].zh, "en"), namespace)
    return namespace["EquationLSTM"], namespace["FusedLSTM"]


def training_step(recurrent, H):
    """A function that makes one training step of a character model with the given recurrent layer."""
    readout = nn.Linear(H, V)
    parameters = [*recurrent.parameters(), *readout.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=0.1)
    x = nn.functional.one_hot(torch.randint(V, (B, T)), V).float()  # (B, T, V)
    targets = torch.randint(V, (B * T,))

    def step():
        optimizer.zero_grad()
        nn.functional.cross_entropy(readout(recurrent(x)[0]).flatten(0, 1), targets).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()

    return step


def measure(H, rounds):
    """Milliseconds of a training step for each model. Returns a dict by name, nn.LSTM first."""
    EquationLSTM, FusedLSTM = chapter_models()
    models = {
        "nn.LSTM": nn.LSTM(V, H, batch_first=True),
        "EquationLSTM": EquationLSTM(V, H),
        "FusedLSTM": FusedLSTM(V, H),
    }
    return timing.milliseconds({name: training_step(model, H) for name, model in models.items()}, rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for H in (256, 64):
        times = measure(H, rounds)
        for name, ms in times.items():
            print(f"H = {H:3}  {name:13} {ms:6.1f} ms  × {ms / times['nn.LSTM']:.2f}")
