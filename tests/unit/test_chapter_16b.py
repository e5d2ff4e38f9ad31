"""What chapter 16b writes out. Controls that do not stand in the chapter are here."""

import pytest
import torch
from torch import nn

from course_utils.training.names import VOCABULARY, NameModel


@pytest.fixture(scope="module")
def chapter(run_cells):
    """The functions that the chapter writes out, from its own cells."""
    return run_cells("16b", "setup", "choose-code", "memory-code", definitions=True)


# --- sampling


def left(scores, chapter, **knobs):
    return chapter["choose"](scores, **knobs).isfinite().sum(1).tolist()


def test_top_k_and_top_p_keep_what_they_promise(chapter):
    scores = torch.tensor([[0.5, 0.3, 0.15, 0.05], [0.05, 0.9, 0.03, 0.02]]).log()
    assert left(scores, chapter) == [4, 4]
    assert left(scores, chapter, k=2) == [2, 2]
    assert left(scores, chapter, p=0.79) == [2, 1]  # the fewest that hold the share
    assert left(scores, chapter, p=0.81) == [3, 1]
    assert left(scores, chapter, p=1e-9) == [1, 1]  # never nothing
    cold = chapter["choose"](scores, temperature=0.5).softmax(1)
    assert torch.allclose(cold[0, 0] / cold[0, 1], torch.tensor((0.5 / 0.3) ** 2))
    assert torch.isfinite(chapter["choose"](scores, p=0.79)[1]).tolist() == [False, True, False, False]


def test_the_chance_of_a_list_counts_each_of_its_names_once(chapter):
    assert chapter["chance"](["ann", "ann", "bob", "zoe"], ["ann", "bob", "cid", "dan"]) == 0.5


def test_with_the_state_cut_only_the_last_letter_counts(run_cells):
    space = run_cells("16b", "setup", "names-train", definitions=True, names_test=["ab", "cb"])
    torch.manual_seed(0)
    model = NameModel(nn.LSTM, hidden=8)
    bits = space["bits_without_memory"](model)
    with torch.no_grad():
        letters = {c: model(torch.tensor([[i]]))[0, 0].log_softmax(0) for i, c in enumerate(VOCABULARY.symbols)}
    b, eos = VOCABULARY.encode("b")[0], VOCABULARY.eos
    paths = [("<bos>", VOCABULARY.encode("a")[0]), ("a", b), ("b", eos)]
    paths += [("<bos>", VOCABULARY.encode("c")[0]), ("c", b), ("b", eos)]
    expected = -sum(letters[read][following].item() for read, following in paths) / 6 / 0.6931471805599453
    assert bits == pytest.approx(expected, rel=1e-5)
