"""The data of chapter 00. (Its controls stand in the chapter itself, beside their claims.)"""

import hashlib
import re
import subprocess
import sys

import numpy as np
import pytest
import torch

from course_utils import data
from course_utils.data import vowels


def test_japanese_vowels_are_the_whole_set():
    (train_x, train_y), (test_x, test_y) = data.japanese_vowels()
    assert (len(train_x), len(test_x)) == (len(train_y), len(test_y)) == (270, 370)
    assert all(x.dtype == torch.float32 and x.shape[1] == 12 and x.isfinite().all() for x in train_x + test_x)
    lengths = [len(x) for x in train_x + test_x]
    assert (min(lengths), max(lengths), sum(lengths)) == (7, 29, 4274 + 5687)
    assert train_y.bincount().tolist() == [30] * 9 and test_y.bincount().tolist() == [
        31,
        35,
        88,
        44,
        29,
        24,
        40,
        50,
        29,
    ]  # as UCI says


def test_japanese_vowels_have_time_in_rows_and_coefficients_in_columns():
    (train_x, _), _ = data.japanese_vowels()
    first, second = train_x[0][:2, 0].tolist(), train_x[0][0, :2].tolist()
    assert train_x[0].shape == (20, 12)
    assert first == pytest.approx([1.860936, 1.891651]) and second == pytest.approx(
        [1.860936, -0.207383]
    )  # as printed in the source
    assert torch.equal(
        torch.cat(train_x), (torch.cat(train_x).double() * 1e6).round().div(1e6).float()
    )  # all six decimals kept


def test_a_missing_or_changed_file_says_what_to_run(tmp_path, monkeypatch):
    monkeypatch.setattr(vowels, "datasets_dir", lambda: tmp_path)
    command = re.escape("git checkout -- datasets/japanese_vowels.npz")
    with pytest.raises(RuntimeError, match=command):
        data.japanese_vowels()
    (tmp_path / "japanese_vowels.npz").write_bytes(b"version https://git-lfs")
    with pytest.raises(RuntimeError, match=command):
        data.japanese_vowels()


def test_the_card_names_the_file(root):
    card = (root / "datasets" / "japanese_vowels.md").read_text(encoding="utf-8")
    content = (root / "datasets" / "japanese_vowels.npz").read_bytes()
    assert hashlib.sha256(content).hexdigest() in card and f"{len(content):,} bytes" in card


HEAD = "#a comment\n@dimensions 12\n@data\n"


def utterance(T, speaker, coefficients=12):
    return ":".join(",".join(f"{k + t / 10}" for t in range(T)) for k in range(coefficients)) + f":{speaker}\n"


def run_script(root, folder, target):
    return subprocess.run(
        [sys.executable, root / "datasets" / "make_japanese_vowels.py", folder, target], capture_output=True, text=True
    )


def test_the_script_makes_the_arrays_and_the_same_bytes_each_time(root, tmp_path):
    (tmp_path / "JapaneseVowels_TRAIN.ts").write_text(HEAD + utterance(3, 9) + utterance(2, 1))
    (tmp_path / "JapaneseVowels_TEST.ts").write_text(HEAD + utterance(1, 4))
    for name in ("one.npz", "two.npz"):
        assert run_script(root, tmp_path, tmp_path / name).returncode == 0
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    made = np.load(tmp_path / "one.npz")
    assert made["train_frames"].shape == (5, 12) and made["train_frames"][1] == pytest.approx(np.arange(12) + 0.1)
    assert made["train_lengths"].tolist() == [3, 2] and made["train_speakers"].tolist() == [9, 1]
    assert made["test_lengths"].tolist() == [1] and made["test_speakers"].tolist() == [4]


def test_the_script_refuses_another_set(root, tmp_path):
    (tmp_path / "JapaneseVowels_TRAIN.ts").write_text(HEAD + utterance(3, 1, coefficients=11))
    refused = run_script(root, tmp_path, tmp_path / "out.npz")
    assert (
        refused.returncode != 0 and "11 series, expected 12" in refused.stderr and not (tmp_path / "out.npz").exists()
    )
