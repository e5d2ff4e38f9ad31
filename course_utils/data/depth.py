"""The stored measurements behind the comparison of stacks in chapter 08."""

from dataclasses import dataclass

from .sources import table


@dataclass(frozen=True)
class DepthRun:
    """One network after one epoch: bits per character on names it was not trained on; see datasets/depth.md."""

    layers: int
    hidden: int  # units in each layer: all networks have about as many parameters
    residual: int  # 1: each layer adds its input to its output; 0: plain
    seed: int
    epoch: int
    validation: float
    test: float


def depth_runs():
    """All rows of datasets/depth.csv, a list of DepthRun in the order of the file. RuntimeError where it is missing.

    Source: datasets/make_depth.py."""
    return table("depth.csv", DepthRun)
