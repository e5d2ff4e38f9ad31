"""Data for the notebooks: real text read from installed packages, files of `datasets/`, seeded generators. Nothing is
downloaded."""

from . import samples
from .gpu import h100_times
from .horizon import horizon_runs
from .names import first_names, name_runs, name_splits
from .ngram import ngram_bits_per_char
from .rules import rule_runs
from .sequences import recall_batch, sine_batch
from .sound import resynthesised
from .sources import datasets_dir
from .text import Vocabulary, shifted_batch, split
from .vowels import japanese_vowels

__all__ = [
    "Vocabulary",
    "datasets_dir",
    "first_names",
    "h100_times",
    "horizon_runs",
    "japanese_vowels",
    "name_runs",
    "name_splits",
    "ngram_bits_per_char",
    "recall_batch",
    "resynthesised",
    "rule_runs",
    "samples",
    "shifted_batch",
    "sine_batch",
    "split",
]
