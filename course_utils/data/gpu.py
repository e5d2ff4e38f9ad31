"""Times measured once on a GPU, for learners who have none."""

import csv
from dataclasses import dataclass

from .sources import datasets_dir


@dataclass(frozen=True)
class Timing:
    """One measurement; datasets/h100.md says what each field means."""

    experiment: str  # "cells", "depth", "stream" or "prompt"
    device: str  # name it wherever a number is shown
    torch: str
    dtype: str
    model: str
    batch: int
    steps: int
    hidden: int
    ms: float  # median of the repeats
    low: float
    high: float
    bytes: int  # what must be kept from token to token; 0 where that was not asked


def h100_times(**wanted):
    """The measurements in datasets/h100.csv, a list of Timing in the order of the file.

    wanted (experiment="cells", hidden=64, …) keeps those whose fields have these values. RuntimeError where the file is
    missing.

    Source: datasets/make_h100.py, run once on one NVIDIA H100 80GB."""
    file = datasets_dir() / "h100.csv"
    if not file.exists():
        raise RuntimeError("datasets/h100.csv is missing. Run: git checkout -- datasets/h100.csv")
    types = Timing.__annotations__
    with open(file, encoding="utf-8", newline="") as lines:
        rows = [Timing(**{name: types[name](text or 0) for name, text in row.items()}) for row in csv.DictReader(lines)]
    return [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]
