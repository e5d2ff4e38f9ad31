"""Chapter 10: what it writes out is what its helper does, and what its claims rest on."""

import itertools
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from course_utils import data
from course_utils.authoring.source import read
from course_utils.training import translation


@pytest.fixture(scope="module")
def chapter(root):
    """The names that the chapter's definitions make, without its trainings."""
    cells = {cell.name: cell.text("en") for cell in read(root / "source" / "chapters" / "10_seq2seq.py").cells}
    space = {"torch": torch, "nn": nn, "F": F, "data": data, "PAD": 0, "BOS": 1, "EOS": 2, "partial": partial}
    space |= {"pack_padded_sequence": nn.utils.rnn.pack_padded_sequence, "itertools": itertools}
    exec("import math\nfrom collections import Counter", space)
    for name in ("model", "loss", "greedy", "beam-search"):
        exec(cells[name], space)
    exec(cells["copy-models"].split("def copier")[0], space)
    exec(cells["bleu"].split("references =")[0], space)
    return space


@pytest.fixture
def pair(chapter):
    """The chapter's model and the helper's, with the same weights."""
    torch.manual_seed(0)
    theirs = translation.Seq2Seq(8, 8, embedding=4, hidden=6)
    with torch.no_grad():
        for weight in theirs.parameters():
            weight.mul_(3)
    mine = chapter["Seq2Seq"](8, 8, embedding=4, hidden=6)
    mine.load_state_dict(theirs.state_dict())
    return mine, theirs


@pytest.fixture
def batch():
    return data.copy_batch(7, 2, 5, 5, torch.Generator().manual_seed(1))


def test_model_loss_and_decoding_are_those_of_the_helper(chapter, pair, batch):
    mine, theirs = pair
    sources, lengths, _ = batch
    assert chapter["teacher_forced_loss"](mine, batch) == translation.teacher_forced_loss(theirs, batch)
    assert torch.equal(
        chapter["greedy_decode"](mine, sources, lengths, 6), translation.greedy_decode(theirs, sources, lengths, 6)
    )


@pytest.mark.parametrize("width, alpha", [(1, 0.0), (3, 0.0), (3, 1.0)])
def test_beam_search_is_that_of_the_helper(chapter, pair, width, alpha):
    mine, theirs = pair
    state = theirs.encode(torch.tensor([[3, 4, 5]]), torch.tensor([3]))
    assert chapter["beam_search"](mine, state, width, 5, alpha) == translation.beam_search(
        theirs, state, width, 5, alpha
    )


def test_reversing_leaves_padding_behind(chapter):
    sources = torch.tensor([[3, 4, 5], [6, 7, 0]])
    assert chapter["reverse"](sources, torch.tensor([3, 2])).tolist() == [[5, 4, 3], [7, 6, 0]]


def test_bleu_of_a_perfect_translation_and_of_half_of_it(chapter):
    reference = ["一二三四五六七八"]
    assert chapter["bleu"](reference, reference) == pytest.approx(100)
    assert chapter["bleu"](["一二三四"], reference) == pytest.approx(100 * 2.718281828**-1)


def test_the_recorded_runs_are_complete():
    runs = data.translation_runs()
    arms = [("train", 1, 0.0), ("test", 1, 0.0), ("test", 5, 0.0), ("test", 5, 1.0)]
    trainings = [("places", 0), ("places", 1), ("places", 2), ("interface", 0)]
    expected = [(*training, *arm) for training in trainings for arm in arms]
    assert [(run.data, run.seed, run.part, run.width, run.alpha) for run in runs] == expected
    assert all(0 <= run.exact <= 100 and 0 <= run.bleu <= 100.1 for run in runs)
    assert {run.seen for run in runs if run.part == "train"} == {100}


def test_the_judged_answers_separate_on_rows_of_different_length(root, chapter, capsys):
    """What the last page asks for can be done: three inputs catch every wrong loss and wrong none."""
    from course_utils.explore import judge

    cells = {cell.name: cell.text("en") for cell in read(root / "source" / "chapters" / "10_seq2seq.py").cells}
    space = {"torch": torch}
    exec(cells["judge-lazy"].split("judge(")[0], space)
    judge("E09", "teacher_forced_loss", [space["random_input"](k, [4, 2, 3]) for k in range(3)], tolerance=1e-9)
    said = capsys.readouterr().out
    assert "7 / 7" in said and "0 / 3" in said
