"""Real speech: nine speakers, two vowels."""

import hashlib
import io

import numpy as np
import torch

from .sources import datasets_dir

_FILE = "japanese_vowels.npz"
_SHA256 = "4e4daddef348ef608cd4ecf49b833ae6b2d9e4768e49572c9cd23c0809d7f587"


def japanese_vowels():
    """640 utterances of /a/ and /e/ by nine male speakers, to be told apart.

    Returns (train_x, train_y), (test_x, test_y) with 270 and 370 utterances. x is a list of float32 tensors (T, 12),
    T from 7 to 29:
    12 LPC cepstral coefficients (no unit) of frames 25.6 ms long, one every 6.4 ms. y (N,) int64 is the speaker, 0 to
    8. Sorted by speaker.
    RuntimeError where the file is missing or not the one the course was written for.

    Source: UCI "Japanese Vowels" (Kudo, Toyama and Shimbo 1999), see datasets/japanese_vowels.md."""
    file = datasets_dir() / _FILE
    content = file.read_bytes() if file.exists() else b""
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise RuntimeError(
            f"datasets/{_FILE} is missing or not the file this course was written for. Run: git checkout -- datasets/{_FILE}"  # noqa: E501
        )
    arrays = np.load(io.BytesIO(content))
    return tuple(_part(arrays, name) for name in ("train", "test"))


def _part(arrays, name):
    frames = torch.from_numpy(arrays[f"{name}_frames"])  # (sum of T, 12)
    utterances = list(frames.split(arrays[f"{name}_lengths"].tolist()))
    return utterances, torch.from_numpy(arrays[f"{name}_speakers"]) - 1
