"""The page where one types a name: the state and the next letter, as torch has them."""

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
    parts = nn.Embedding(len(SYMBOLS), 4), nn.RNN(4, 6, batch_first=True), nn.Linear(6, len(SYMBOLS))
    for part in parts:
        part.load_state_dict({name: value.half().float() for name, value in part.state_dict().items()})
    return [part.double() for part in parts]


def weights(embed, rnn, readout):
    names = ("W_ih", "W_hh", "b_ih", "b_hh")
    return dict(zip(names, rnn.parameters())) | {"embed": embed.weight, "W_y": readout.weight, "b_y": readout.bias}


@pytest.mark.parametrize("seed", range(3))
def test_state_and_next_letter_are_torch_s(show, seed):
    embed, rnn, readout = parts = network(seed)
    data = {name: packed(value) for name, value in weights(*parts).items()}
    page = show(Explorer("typing", symbols=SYMBOLS, typed="", **data))
    page.locator("#typed").press_sequentially("Badge")
    got = state(page)
    ids = torch.tensor([[1, *(SYMBOLS.index(letter) for letter in "badge")]])
    with torch.no_grad():
        h = rnn(embed(ids))[0][0]
        scores = readout(h[-1])
    scores[:2] = -torch.inf  # never the start sign or padding
    assert torch.allclose(torch.tensor(got["h"][1:], dtype=torch.float64), h, atol=1e-9)
    assert torch.allclose(torch.tensor(got["p"], dtype=torch.float64), scores.softmax(0), atol=1e-9)
    favourite = SYMBOLS[int(scores.argmax())] if scores.argmax() > 2 else "结束"
    assert favourite in page.locator("#says").inner_text() and got["typed"] == "badge"


def test_a_letter_it_has_never_seen_is_told_and_skipped(show):
    page = show(Explorer("typing"))
    before = state(page)["h"]
    page.locator("#typed").press_sequentially("é")
    assert "从没见过：é" in page.locator("#says").inner_text() and state(page)["h"] == before


def test_it_writes_names_that_begin_as_typed_and_end(show):
    language.use("English")
    page = show(Explorer("typing", typed="ma"))
    page.locator("#finish").press("Enter")
    first = state(page)["names"]
    assert len(first) == 5 and all(name.startswith("ma") and len(name) <= 20 for name in first)
    assert page.locator("#names li").all_inner_texts() == first
    page.locator("#finish").press("Enter")
    assert state(page)["names"] != first
    page.evaluate("explorer.set({temperature: 0.01, names: []})")
    page.locator("#finish").press("Enter")
    assert len(set(state(page)["names"])) == 1  # cold, it writes its favourite only
