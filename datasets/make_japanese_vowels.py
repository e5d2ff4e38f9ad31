"""Make japanese_vowels.npz from the two files of the UCI set "Japanese Vowels" that sktime 1.2.0 ships.

    pip download sktime==1.2.0 --no-deps
    unzip sktime-1.2.0-py3-none-any.whl 'sktime/datasets/data/JapaneseVowels/*'
    python datasets/make_japanese_vowels.py sktime/datasets/data/JapaneseVowels datasets/japanese_vowels.npz

The same input gives the same bytes: the archive is not compressed and carries no dates.
"""

import sys
from pathlib import Path

import numpy as np

COEFFICIENTS = 12


def read_ts(path):
    """Frames of all utterances end to end (sum of T, 12) float32, their lengths (N,) int64, their speakers 1-9 (N,)
    int64."""
    lines = [line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines()]
    start = [line.lower() for line in lines].index("@data") + 1
    utterances, speakers = [], []
    for line in filter(None, lines[start:]):
        *coefficients, speaker = line.split(":")  # 12 comma-separated series, then the class
        utterance = np.array([series.split(",") for series in coefficients], dtype=np.float32).T
        if utterance.shape[1] != COEFFICIENTS:
            raise ValueError(f"{path}: an utterance has {utterance.shape[1]} series, expected {COEFFICIENTS}")
        utterances.append(utterance)
        speakers.append(int(speaker))
    return np.concatenate(utterances), np.array([len(u) for u in utterances], np.int64), np.array(speakers, np.int64)


def make(folder, target):
    arrays = {}
    for part in ("train", "test"):
        names = f"{part}_frames", f"{part}_lengths", f"{part}_speakers"
        arrays |= dict(zip(names, read_ts(Path(folder, f"JapaneseVowels_{part.upper()}.ts"))))
    np.savez(target, **arrays)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python make_japanese_vowels.py FOLDER_WITH_TS_FILES TARGET.npz")
    make(*sys.argv[1:])
