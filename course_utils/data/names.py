"""US first names, and how well networks spell them."""

from dataclasses import dataclass

from .sources import package_file, table
from .text import split

_FILES = {
    "dist.female.first": "bd2f310fc4e5d5e5ea122c9d4342c9821145823118eb20db1647f305ec77b358",
    "dist.male.first": "0a5078ef6effe3b483d15b0f7f95047662126c9bfb624ecd5e5b978fc0f2470b",
}


def first_names():
    """5,163 different first names in lower case, sorted: letters a–z only.

    Source: US census of 1990 (public domain), as shipped in the PyPI package names 0.3.0 (MIT)."""
    lines = b"".join(package_file("names", name, sha256, "pip install names==0.3.0") for name, sha256 in _FILES.items())
    return sorted({line.split()[0].lower() for line in lines.decode("ascii").splitlines()})


def name_splits():
    """first_names() in three: train (4,131), validation (516) and test (516), lists that are the same every time.

    Choose on validation, whatever there is to choose; look at test once, at the end."""
    rest, test = split(first_names(), 0.1, seed=0)
    train, validation = split(rest, 1 / 9, seed=0)
    return train, validation, test


@dataclass(frozen=True)
class NameRun:
    """The names model trained once: bits per character on each of the three splits; see datasets/names.md."""

    layer: str  # "RNN", "LSTM" or "GRU"
    hidden: int  # units; 128, or fewer where the parameters are as many as the RNN's
    seed: int
    train: float
    validation: float
    test: float


def name_runs():
    """All runs in datasets/names.csv, a list of NameRun in the order of the file. RuntimeError where it is missing.

    Source: datasets/make_names.py."""
    return table("names.csv", NameRun)
