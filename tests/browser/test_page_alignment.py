"""The page with the chapter's translator in it: translation and alignment, as torch has them."""

import pytest
import torch
from torch import nn

from course_utils import language
from course_utils.explore import Explorer, packed

SYMBOLS = ["<pad>", "<bos>", "<eos>", *"1289年月日 "]
WRITTEN = ["<pad>", "<bos>", "<eos>", *"-1289"]


def state(page):
    return page.evaluate("explorer.state()")


def network(seed):
    """The chapter's network in small, untrained, in half-precision numbers, so that packing loses nothing."""
    torch.manual_seed(seed)
    parts = nn.ModuleDict(
        {
            "embed": nn.Embedding(len(SYMBOLS), 5),
            "encoder": nn.GRU(5, 4, batch_first=True, bidirectional=True),
            "embed_written": nn.Embedding(len(WRITTEN), 3),
            "decoder": nn.GRU(3, 4, batch_first=True),
            "bridge": nn.Linear(8, 4),
            "key": nn.Linear(8, 4, bias=False),
            "readout": nn.Linear(12, len(WRITTEN)),
        }
    )
    parts.load_state_dict({name: (3 * value).half().float() for name, value in parts.state_dict().items()})
    return parts.double()


def exported(parts):
    gru = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    data = {f"{part}_{name}": getattr(parts[part], f"{name}_l0") for part in ("encoder", "decoder") for name in gru}
    data |= {f"backward_{name}": getattr(parts["encoder"], f"{name}_l0_reverse") for name in gru}
    data |= {"embed": parts["embed"].weight, "embed_written": parts["embed_written"].weight, "key": parts["key"].weight}
    for part in ("bridge", "readout"):
        data |= {f"{part}_weight": parts[part].weight, f"{part}_bias": parts[part].bias}
    return {name: packed(value) for name, value in data.items()}


@torch.no_grad()
def expected(parts, text, temperature=1.0, hidden=()):
    """ids and weights as the chapter's code computes them."""
    states, ends = parts["encoder"](parts["embed"](torch.tensor([[SYMBOLS.index(c) for c in text]])))
    h = torch.tanh(parts["bridge"](torch.cat([ends[0], ends[1]], dim=1)))[None]
    keys, last, ids, weights = parts["key"](states), 1, [], []
    while len(ids) < 40 and last != 2:
        q, h = parts["decoder"](parts["embed_written"](torch.tensor([[last]])), h)
        scores = q @ keys.transpose(1, 2) / 4**0.5 / temperature
        scores[..., list(hidden)] = -torch.inf
        alpha = scores.softmax(-1)
        last = int(parts["readout"](torch.cat([q, alpha @ states], dim=2)).argmax())
        ids.append(last)
        weights.append(alpha[0, 0])
    return ids, torch.stack(weights)


@pytest.mark.parametrize("seed", range(3))
def test_translation_and_weights_are_torch_s(show, seed):
    parts = network(seed)
    data = {"symbols": SYMBOLS, "written_symbols": WRITTEN, "typed": "", "examples": []} | exported(parts)
    page = show(Explorer("alignment", **data))
    page.locator("#typed").press_sequentially("12年8月 9日")
    for temperature, hidden in ((1.0, []), (0.3, [2]), (4.0, [0, 5])):
        page.evaluate("p => explorer.set(p)", {"temperature": temperature, "hidden": hidden, "typed": "12年8月 9日"})
        got, (ids, weights) = state(page), expected(parts, "12年8月 9日", temperature, hidden)
        assert got["ids"] == ids
        assert torch.allclose(torch.tensor(got["weights"], dtype=torch.float64), weights, atol=1e-9)
        assert all(row[i] == 0 for row in got["weights"] for i in hidden)


def test_the_page_s_own_network_reads_dates_and_looks_where_it_should(show):
    page = show(Explorer("alignment"))
    for text, iso, month in (("2026年8月9日", "2026-08-09", [5, 6]), ("1999年12月31日", "1999-12-31", [5, 6, 7])):
        page.locator("#typed").fill(text)
        got = state(page)
        assert got["written"] == iso and page.locator("#written").inner_text() == iso
        assert sum(got["weights"][6][i] for i in month) > 0.5


def test_a_row_by_slider_and_by_click_tells_where_it_looks(show):
    language.use("English")
    page = show(Explorer("alignment"))
    page.locator("#row").fill("7")
    top = max(state(page)["weights"][6])
    assert "character 7" in page.locator("#says").inner_text() and f"{top:.2f}" in page.locator("#says").inner_text()
    page.locator('rect[data-row="0"]').click()
    assert state(page)["row"] == 0


def test_hidden_places_weigh_nothing_until_all_are_hidden(show):
    page = show(Explorer("alignment"))
    places = len(state(page)["weights"][0])
    page.locator("#mask button").nth(5).press("Enter")
    got = state(page)
    assert got["hidden"] == [5] and all(row[5] == 0 and abs(sum(row) - 1) < 1e-9 for row in got["weights"])
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    page.evaluate("n => explorer.set({hidden: [...Array(n).keys()]})", places)
    assert state(page)["hidden"] == []  # something must be left to see


def test_what_it_has_never_seen_is_told_and_skipped_and_an_empty_source_is_no_error(show):
    page = show(Explorer("alignment"))
    before = state(page)["weights"]
    page.locator("#typed").press_sequentially("é")
    assert "从没见过：é" in page.locator("#says").inner_text() and state(page)["weights"] == before
    page.locator("#typed").fill("")
    assert state(page)["written"] == "" and "写点什么" in page.locator("#says").inner_text()


def test_another_example_is_read(show):
    page = show(Explorer("alignment"))
    page.locator("#example").select_option(index=1)
    assert state(page)["typed"] == page.locator("#typed").input_value() == page.locator("#example").input_value()
