"""The page of section 1.3: a bag and a GRU answer for the words in any order."""

import itertools
import random

import pytest
import torch
from torch import nn

from course_utils import language
from course_utils.explore import Explorer

from .driving import close, state


def setting(seed):
    """Data for the page, the order of the words, and what torch makes of them in float64."""
    pick = random.Random(seed)
    torch.manual_seed(seed)
    words, answers, E, W, H, T = (
        pick.randint(*limits) for limits in ((3, 12), (2, 8), (1, 9), (1, 9), (1, 12), (1, 7))
    )
    embed, net = (
        nn.Embedding(words, E).double(),
        nn.Sequential(nn.Linear(E, W), nn.ReLU(), nn.Linear(W, answers)).double(),
    )
    read, gru, readout = (
        nn.Embedding(words, E).double(),
        nn.GRU(E, H, batch_first=True).double(),
        nn.Linear(H, answers).double(),
    )
    with torch.no_grad():
        for parameter in itertools.chain(*(part.parameters() for part in (embed, net, read, gru, readout))):
            parameter.copy_(torch.randn_like(parameter))
        sentence = [pick.randrange(words) for _ in range(T)]
        order = pick.sample(sentence, T)
        x = torch.tensor([order])
        states = gru(read(x))[0]
        expected = {
            "bag": net(embed(x).sum(1)).softmax(-1)[0],
            "gru": readout(states[:, -1]).softmax(-1)[0],
            "h": states[0],
        }
    given = {
        "words": [f"w{k}" for k in range(words)],
        "answers": [f"a{k}" for k in range(answers)],
        "sentences": [sentence],
        "bag": {"embed": embed.weight, "W1": net[0].weight, "b1": net[0].bias, "W2": net[2].weight, "c": net[2].bias},
        "gru": {
            "embed": read.weight,
            "W_ih": gru.weight_ih_l0,
            "W_hh": gru.weight_hh_l0,
            "b_ih": gru.bias_ih_l0,
            "b_hh": gru.bias_hh_l0,
            "W_y": readout.weight,
            "c": readout.bias,
        },
    }
    return given, order, expected


@pytest.mark.parametrize("seed", range(20))
def test_the_page_computes_what_torch_computes(show, seed):
    given, order, expected = setting(seed)
    page = show(Explorer("shuffle", **given))
    page.evaluate("order => explorer.set({ order })", order)
    shown = state(page)
    assert shown["order"] == order
    for name in ("bag", "gru"):
        assert close(shown[name], expected[name])
    assert shown["h"][0] == [0] * expected["h"].shape[1]
    assert close(shown["h"][1:], expected["h"])


def test_through_all_orders_the_bag_is_frozen_and_the_gru_is_not(show):
    page = show(Explorer("shuffle"))
    seen = []
    for _ in range(6):
        seen.append((tuple(state(page)["order"]), tuple(state(page)["bag"]), tuple(state(page)["gru"])))
        page.locator("#next").press("Enter")
    assert len({order for order, _, _ in seen}) == 6 and state(page)["order"] == list(seen[0][0])
    assert len({bag for _, bag, _ in seen}) == 1 and len({gru for _, _, gru in seen}) == 6
    assert state(page)["tried"] == 6 and state(page)["bagChange"] == 0 and state(page)["gruChange"] > 0.1


@pytest.mark.parametrize("name", ["中文", "English"])
def test_words_are_moved_by_keyboard_and_the_change_is_told(show, name):
    language.use(name)
    page = show(Explorer("shuffle", words=["cat", "dog", "chases"], answers=["cat", "dog"]))
    told = page.locator("#says").inner_text()
    page.locator(".token").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert state(page)["order"] == [2, 1, 0]
    assert page.evaluate("document.activeElement.textContent") == "cat"  # the moved word keeps the focus
    page.keyboard.press("ArrowRight")  # already last
    assert state(page)["order"] == [2, 1, 0]
    assert page.locator("#says").inner_text() != told and page.locator("[role=status]").count() == 1
    page.locator("#left").press("Enter")
    assert state(page)["order"] == [2, 0, 1]
    page.locator("#restore").press("Enter")
    assert state(page)["order"] == [0, 2, 1] and page.locator("#says").inner_text() == told


def test_words_are_dragged(show):
    page = show(Explorer("shuffle"))
    first, last = (page.locator(".token").nth(k).bounding_box() for k in (0, 2))
    page.mouse.move(first["x"] + 10, first["y"] + 10)
    page.mouse.down()
    page.mouse.move(last["x"] + 10, last["y"] + 10, steps=12)
    page.mouse.up()
    assert state(page)["order"] == [2, 1, 0]
    page.mouse.move(first["x"] + 10, first["y"] + 10, steps=5)  # let go: nothing moves any more
    assert state(page)["order"] == [2, 1, 0]


def test_another_sentence_starts_afresh(show):
    page = show(Explorer("shuffle", sentences=[[0, 2, 1], [1, 2, 0]]))
    page.locator("#next").click()
    page.locator("#sentence").select_option("1")
    assert state(page)["order"] == [1, 2, 0] and state(page)["tried"] == 1
    assert page.locator("#pic").get_attribute("aria-label") == page.locator("#says").inner_text()
