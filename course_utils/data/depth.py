"""The stored measurements behind the comparison of stacks in chapter 08."""

import csv
from dataclasses import dataclass

from .sources import datasets_dir


@dataclass(frozen=True)
class DepthRun:
    """One network after one epoch: bits per character on names it was not trained on; see datasets/depth.md."""

    layers: int
    hidden: int  # units in each layer: all networks have about as many parameters
    residual: bool  # each layer adds its input to its output
    seed: int
    epoch: int
    validation: float
    test: float


def depth_runs():
    """All rows of datasets/depth.csv, a list of DepthRun in the order of the file. RuntimeError where it is missing.

    Source: datasets/make_depth.py."""
    file = datasets_dir() / "depth.csv"
    if not file.exists():
        raise RuntimeError("datasets/depth.csv is missing. Run: git checkout -- datasets/depth.csv")
    with open(file, encoding="utf-8", newline="") as lines:
        return [_run(row) for row in csv.DictReader(lines)]


def _run(row):
    counts = {name: int(row[name]) for name in ("layers", "hidden", "seed", "epoch")}
    residual = row["residual"] == "1"
    return DepthRun(**counts, residual=residual, validation=float(row["validation"]), test=float(row["test"]))
