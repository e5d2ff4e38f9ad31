"""Data for the notebooks: real text read from installed packages, files of `datasets/`, seeded generators. Nothing is
downloaded."""

from . import samples
from .dates import date_pairs, date_splits
from .gpu import h100_times
from .horizon import horizon_runs
from .names import first_names, name_runs, name_splits
from .ngram import ngram_bits_per_char
from .sequences import recall_batch, sine_batch
from .sound import resynthesised
from .sources import datasets_dir
from .text import Vocabulary, shifted_batch, split, translation_batch
from .vowels import japanese_vowels

__all__ = [
    "Vocabulary",
    "datasets_dir",
    "date_pairs",
    "date_splits",
    "first_names",
    "h100_times",
    "horizon_runs",
    "japanese_vowels",
    "name_runs",
    "name_splits",
    "ngram_bits_per_char",
    "recall_batch",
    "resynthesised",
    "samples",
    "shifted_batch",
    "sine_batch",
    "split",
    "translation_batch",
]
