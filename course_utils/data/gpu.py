"""Times measured once on a GPU, for learners who have none."""

from dataclasses import dataclass, fields

from .sources import table


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

    wanted (experiment="cells", hidden=64, …) keeps those whose fields have these values; TypeError for a field that is
    not there. RuntimeError where the file is missing.

    Source: datasets/make_h100.py, run once on one NVIDIA H100 80GB."""
    columns = [field.name for field in fields(Timing)]
    if unknown := set(wanted) - set(columns):
        raise TypeError(f"h100_times has no column {', '.join(sorted(unknown))}; it has {', '.join(columns)}")
    return [
        row for row in table("h100.csv", Timing) if all(getattr(row, name) == value for name, value in wanted.items())
    ]
