"""The page of three knobs: the probabilities before and after them, as torch and the chapter's own code have them."""

import pytest
import torch
from torch import nn

from course_utils import language
from course_utils.explore import Explorer, packed

SYMBOLS = ["<pad>", "<bos>", "<eos>", *"abcdefgh"]


def state(page):
    return page.evaluate("explorer.state()")


def network(seed):
    """The chapter's network in small, in half-precision numbers, so that packing loses nothing."""
    torch.manual_seed(seed)
    parts = nn.Embedding(len(SYMBOLS), 4), nn.LSTM(4, 6, batch_first=True), nn.Linear(6, len(SYMBOLS))
    for part in parts:
        part.load_state_dict({name: (3 * value).half().float() for name, value in part.state_dict().items()})
    return [part.double() for part in parts]


def exported(embed, rnn, readout):
    names = ("W_ih", "W_hh", "b_ih", "b_hh")
    weights = dict(zip(names, rnn.parameters())) | {"embed": embed.weight, "W_y": readout.weight, "b_y": readout.bias}
    return {name: packed(value) for name, value in weights.items()}


@pytest.fixture(scope="module")
def choose(run_cells):
    return run_cells("16b", "setup", "choose-code", definitions=True)["choose"]


@pytest.mark.parametrize("seed", range(3))
def test_before_and_after_the_knobs_are_the_chapter_s(show, choose, seed):
    embed, rnn, readout = parts = network(seed)
    page = show(Explorer("dice", symbols=SYMBOLS, typed="", **exported(*parts)))
    page.locator("#typed").press_sequentially("Badge")
    ids = torch.tensor([[1, *(SYMBOLS.index(letter) for letter in "badge")]])
    with torch.no_grad():
        scores = readout(rnn(embed(ids))[0][:, -1])
    scores[:, :2] = -torch.inf  # never the start sign or padding
    for temperature, k, p in [(1, 0, 1), (0.4, 0, 1), (2, 3, 1), (1, 0, 0.7), (1.5, 5, 0.6)]:
        page.evaluate("knobs => explorer.set(knobs)", {"temperature": temperature, "k": k, "p": p})
        got, after = state(page), choose(scores, temperature=temperature, k=k or None, p=p).softmax(1)[0]
        assert torch.allclose(torch.tensor(got["before"], dtype=torch.float64), scores.softmax(1)[0], atol=1e-9)
        assert torch.allclose(torch.tensor(got["after"], dtype=torch.float64), after, atol=1e-9)
        assert f"留下 {int((after > 0).sum())} 种" in page.locator("#says").inner_text()


def test_sliders_are_the_knobs(show):
    page = show(Explorer("dice"))
    for knob, value, key in (("#temperature", "0.5", "temperature"), ("#k", "2", "k"), ("#p", "0.6", "p")):
        page.locator(knob).fill(value)
        assert state(page)[key] == float(value)
    assert sum(share > 0 for share in state(page)["after"]) <= 2


def test_it_writes_names_that_begin_as_typed_and_marks_the_copies(show):
    language.use("English")
    page = show(Explorer("dice", typed="em", known_names=[]))
    page.locator("#write").press("Enter")
    got = state(page)
    assert len(got["names"]) == 20 and all(name.startswith("em") and len(name) <= 16 for name in got["names"])
    assert got["copies"] == page.locator("#names .copy").count() == 0
    page.evaluate("name => explorer.set({known_names: [name]})", got["names"][0])
    copies = got["names"].count(got["names"][0])
    assert state(page)["copies"] == page.locator("#names .copy").count() == copies
    assert f"the {copies} underlined" in page.locator("#count").inner_text()
    page.evaluate("explorer.set({temperature: 0.01, names: []})")
    page.locator("#write").press("Enter")
    assert len(set(state(page)["names"])) == 1  # cold, it writes its favourite only


def test_a_letter_is_drawn_and_taken_back(show):
    page = show(Explorer("dice", typed=""))
    page.evaluate("explorer.set({k: 1})")  # the favourite alone: one way to draw
    favourite = state(page)["after"].index(1)
    page.locator("#draw").press("Enter")
    assert state(page)["typed"] == ["<pad>", "<bos>", "<eos>", "a", "e", "m", "n"][favourite]
    page.locator("#back").press("Enter")
    assert state(page)["typed"] == ""


def test_a_letter_it_has_never_seen_is_told_and_skipped(show):
    page = show(Explorer("dice"))
    before = state(page)["before"]
    page.locator("#typed").press_sequentially("é")
    assert "从没见过：é" in page.locator("#says").inner_text() and state(page)["before"] == before
